//! A request made of what the log holds of one.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{CONTENT_LENGTH, HOST, HeaderName, HeaderValue};
use http::{HeaderMap, Method, Request, Uri};
use http_body_util::Full;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::config::Issue;
use crate::proxy::headers::HOP_BY_HOP;
use crate::record::detail::{CapturedBody, ExchangeDetail, HeaderLine};
use crate::record::redact::is_masked;

/// Headers that are made anew each time.
const MADE_ANEW: [&str; 7] = [
    "content-length",
    "expect",
    "host",
    "trailer",
    "traceparent",
    "tracestate",
    "x-request-id",
];

/// A request to send.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplayRequest {
    /// Method.
    #[schema(example = "POST")]
    pub method: String,
    /// Host, with port if it is not the usual one.
    #[schema(example = "127.0.0.1:8080")]
    pub host: String,
    /// Path and query.
    #[schema(example = "/orders?limit=10")]
    pub path: String,
    /// Headers, besides `Host` and `Content-Length`.
    #[serde(default)]
    pub headers: Vec<HeaderLine>,
    /// Body, if it is text.
    #[serde(default)]
    pub body: Option<String>,
    /// Body in base64, if it is not.
    #[serde(default)]
    pub body_base64: Option<String>,
}

/// A request of the log, and what it lacks.
pub(super) struct Repeated {
    pub(super) request: ReplayRequest,
    pub(super) left_out: Vec<String>,
    pub(super) incomplete: bool,
}

/// The request as its caller sent it.
pub(super) fn as_sent(detail: &ExchangeDetail) -> Repeated {
    let summary = &detail.summary;
    let target = match &summary.query {
        Some(query) => format!("{}?{query}", summary.path),
        None => summary.path.clone(),
    };
    repeat(
        summary.method.clone(),
        summary.host.clone(),
        &target,
        &detail.kept.client_request,
        &detail.kept.request_body,
    )
}

/// The request as its service got it.
pub(super) fn as_forwarded(detail: &ExchangeDetail) -> Option<ReplayRequest> {
    let kept = &detail.kept;
    let headers = kept.upstream_request.as_ref()?;
    let host = headers.iter().find(|header| header.name == "host");
    let repeated = repeat(
        detail.summary.method.clone(),
        host.map_or_else(|| detail.summary.host.clone(), |host| host.value.clone()),
        kept.upstream_path.as_deref()?,
        headers,
        &kept.request_body,
    );
    Some(repeated.request)
}

fn repeat(
    method: String,
    host: String,
    target: &str,
    headers: &[HeaderLine],
    body: &CapturedBody,
) -> Repeated {
    let mut repeated = Repeated {
        request: ReplayRequest {
            method,
            host,
            ..ReplayRequest::default()
        },
        left_out: Vec::new(),
        incomplete: false,
    };
    repeated.target(target);
    for header in headers {
        repeated.header(header);
    }
    repeated.body(body);
    repeated
}

impl Repeated {
    fn target(&mut self, target: &str) {
        let (path, query) = match target.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (target, None),
        };
        if is_masked(path) {
            self.incomplete = true;
            let note = "The path holds a secret that is not in the log; put it in.";
            self.left_out.push(note.to_owned());
        }
        self.request.path.push_str(path);
        let mut kept = Vec::new();
        for pair in query.into_iter().flat_map(|query| query.split('&')) {
            if is_masked(pair) {
                let name = pair.split_once('=').map_or(pair, |(name, _)| name);
                self.left_out.push(format!(
                    "Query parameter `{name}` is left out: its value is not in the log."
                ));
            } else {
                kept.push(pair);
            }
        }
        if !kept.is_empty() {
            self.request.path.push('?');
            self.request.path.push_str(&kept.join("&"));
        }
    }

    fn header(&mut self, header: &HeaderLine) {
        let HeaderLine { name, value } = header;
        let name = name.as_str();
        if HOP_BY_HOP.contains(&name) || MADE_ANEW.contains(&name) || name.starts_with(':') {
            return;
        }
        // What is kept of a body is decoded.
        if name == "content-encoding" {
            return;
        }
        if is_masked(value) {
            self.left_out.push(format!(
                "Header `{name}` is left out: its value is not in the log."
            ));
            return;
        }
        self.request.headers.push(header.clone());
    }

    fn body(&mut self, body: &CapturedBody) {
        let CapturedBody {
            content_type: _,
            content_encoding,
            bytes,
            decoded_bytes: _,
            truncated,
            kept_bytes: _,
            text,
            utf_16: _,
            base64,
        } = body;
        if *bytes == 0 {
            return;
        }
        if let Some(coding) = content_encoding {
            self.left_out.push(format!(
                "The body was sent as {coding} and is sent decoded."
            ));
        }
        if *truncated || (text.is_none() && base64.is_none()) {
            self.incomplete = true;
            self.left_out
                .push(format!("Of the body's {bytes} bytes not all were kept."));
        }
        if text.as_deref().is_some_and(is_masked) {
            self.incomplete = true;
            let note = "Secrets in the body are masked; put them in.";
            self.left_out.push(note.to_owned());
        }
        match body.in_utf_16() {
            Some(bytes) => self.request.body_base64 = Some(STANDARD.encode(bytes)),
            None => {
                self.request.body.clone_from(text);
                self.request.body_base64.clone_from(base64);
            }
        }
    }
}

impl ReplayRequest {
    /// The request for a connection, with a request id of its own.
    ///
    /// # Errors
    /// What cannot be sent, and where.
    pub fn to_http(&self, request_id: &str) -> Result<Request<Full<Bytes>>, Issue> {
        let Self {
            method,
            host,
            path,
            headers,
            body,
            body_base64,
        } = self;
        let wrong = |place: &str, message: String| Issue::error(place, message);
        let method = Method::from_bytes(method.as_bytes()).map_err(|_| {
            wrong(
                "request.method",
                format!("`{}` is not a method", method.escape_debug()),
            )
        })?;
        if method == Method::CONNECT {
            let message = "`CONNECT` asks for a tunnel, which is not sent again";
            return Err(wrong("request.method", message.to_owned()));
        }
        if !path.starts_with('/') {
            let message = "a path begins with `/`".to_owned();
            return Err(wrong("request.path", message));
        }
        if let Some(bad) = path
            .chars()
            .find(|c| c.is_ascii_control() || *c == ' ' || !c.is_ascii())
        {
            let message = format!(
                "`{}` has to be percent-encoded in a path",
                bad.escape_debug()
            );
            return Err(wrong("request.path", message));
        }
        let uri: Uri = path
            .parse()
            .map_err(|error| wrong("request.path", format!("this is no path: {error}")))?;
        let host = HeaderValue::from_str(host).map_err(|_| {
            let message = "a host cannot hold control characters".to_owned();
            wrong("request.host", message)
        })?;
        let body = match (body, body_base64) {
            (Some(_), Some(_)) => {
                let message = "give either `body` or `body_base64`".to_owned();
                return Err(wrong("request.body_base64", message));
            }
            (Some(text), None) => Bytes::from(text.clone()),
            (None, Some(base64)) => STANDARD
                .decode(base64)
                .map_err(|error| {
                    wrong("request.body_base64", format!("this is no base64: {error}"))
                })?
                .into(),
            (None, None) => Bytes::new(),
        };
        let mut sent = header_map(headers)?;
        sent.insert(HOST, host);
        sent.insert(
            HeaderName::from_static("x-request-id"),
            HeaderValue::from_str(request_id).expect("a request id is plain text"),
        );
        if !body.is_empty() || !super::is_safe(method.as_str()) {
            sent.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
        }
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = method;
        *request.uri_mut() = uri;
        *request.headers_mut() = sent;
        Ok(request)
    }
}

fn header_map(lines: &[HeaderLine]) -> Result<HeaderMap, Issue> {
    let mut headers = HeaderMap::new();
    for (index, HeaderLine { name, value }) in lines.iter().enumerate() {
        let at = |part: &str| format!("request.headers[{index}].{part}");
        let lower = name.trim().to_ascii_lowercase();
        let name = HeaderName::from_bytes(lower.as_bytes()).map_err(|_| {
            let message = format!("`{}` cannot be the name of a header", lower.escape_debug());
            Issue::error(at("name"), message)
        })?;
        // How the connection is used is decided by who makes it.
        if HOP_BY_HOP.contains(&name.as_str()) || name == HOST || name == CONTENT_LENGTH {
            let message = format!("`{name}` is set by itself; leave it out");
            return Err(Issue::error(at("name"), message));
        }
        let value = HeaderValue::from_str(value).map_err(|_| {
            let message = "a header's value cannot hold control characters or line ends";
            Issue::error(at("value"), message.to_owned())
        })?;
        headers.append(name, value);
    }
    Ok(headers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::fixtures::{kept, row};
    use crate::record::redact::MASK;

    fn line(name: &str, value: &str) -> HeaderLine {
        HeaderLine {
            name: name.to_owned(),
            value: value.to_owned(),
        }
    }

    fn detail(change: impl FnOnce(&mut ExchangeDetail)) -> ExchangeDetail {
        let mut detail = ExchangeDetail {
            summary: row(1),
            sentence: String::new(),
            kept: kept(),
        };
        change(&mut detail);
        detail
    }

    #[test]
    fn what_the_log_does_not_hold_is_left_out_and_said() {
        let repeated = as_sent(&detail(|detail| {
            detail.summary.query = Some(format!("a=1&api_key={MASK}&b=2"));
            detail.kept.client_request = vec![
                line("host", "localhost:8080"),
                line("connection", "close"),
                line("content-length", "5"),
                line("accept", "*/*"),
                line("authorization", &format!("Bearer {MASK}")),
                line("x-api-key", "gw_dev_…3f9c"),
            ];
        }));
        assert_eq!(repeated.request.path, "/orders/7?a=1&b=2");
        assert_eq!(repeated.request.headers, [line("accept", "*/*")]);
        assert_eq!(repeated.left_out.len(), 3, "{:?}", repeated.left_out);
        assert!(!repeated.incomplete, "a key is granted instead");
    }

    #[test]
    fn a_body_that_is_not_there_whole_makes_a_request_incomplete() {
        let with = |body: CapturedBody| {
            as_sent(&detail(|detail| detail.kept.request_body = body)).incomplete
        };
        let text = |text: &str| CapturedBody {
            bytes: 9,
            text: Some(text.to_owned()),
            ..CapturedBody::default()
        };
        assert!(!with(text("whole")));
        assert!(with(text(&format!("{{\"password\":\"{MASK}\"}}"))));
        assert!(with(CapturedBody {
            truncated: true,
            ..text("beginn")
        }));
        assert!(with(CapturedBody {
            bytes: 5,
            ..CapturedBody::default()
        }));
    }

    #[test]
    fn what_cannot_be_sent_is_refused_at_its_place() {
        let good = ReplayRequest {
            method: "POST".to_owned(),
            host: "localhost".to_owned(),
            path: "/a".to_owned(),
            ..ReplayRequest::default()
        };
        assert!(good.to_http("r").is_ok());
        type Change = fn(&mut ReplayRequest);
        let table: &[(&str, Change)] = &[
            ("request.method", |r| r.method = "A B".to_owned()),
            ("request.method", |r| r.method = "CONNECT".to_owned()),
            ("request.path", |r| r.path = "http://else.where/".to_owned()),
            ("request.path", |r| r.path = "/a b".to_owned()),
            ("request.path", |r| r.path = "/a\r\nx: y".to_owned()),
            ("request.path", |r| r.path = "/•••".to_owned()),
            ("request.host", |r| r.host = "a\nb".to_owned()),
            ("request.headers[0].name", |r| {
                r.headers = vec![line("transfer-encoding", "chunked")];
            }),
            ("request.headers[0].name", |r| {
                r.headers = vec![line("a b", "c")]
            }),
            ("request.headers[0].value", |r| {
                r.headers = vec![line("a", "b\r\nc: d")];
            }),
            ("request.body_base64", |r| {
                r.body_base64 = Some("*".to_owned())
            }),
        ];
        for (place, change) in table {
            let mut request = good.clone();
            change(&mut request);
            assert_eq!(request.to_http("r").unwrap_err().path, *place);
        }
    }
}
