//! The gateway's own answers: problem details (RFC 9457), or the same as HTML, text or a status of
//! gRPC for callers that want nothing else. The only place that builds an error response.

use bytes::Bytes;
use http::header::{
    ACCEPT, ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderName, RETRY_AFTER, WWW_AUTHENTICATE,
};
use http::{HeaderMap, HeaderValue, Response};
use http_body_util::Full;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::body::AnswerBody;
use super::error::{ErrorCode, ProxyError, limit_wait_ms, whole_seconds};
use super::grpc;
use crate::ids::ExchangeId;

const PROXY_STATUS: HeaderName = HeaderName::from_static("proxy-status");

/// Who a problem is told to, and about what.
pub struct Asked<'a> {
    /// Headers of the request.
    pub headers: &'a HeaderMap,
    /// Its id in the log.
    pub exchange: ExchangeId,
    /// Its `X-Request-Id`.
    pub request_id: &'a str,
}

/// The answer to a request that failed.
pub fn answer(error: &ProxyError, asked: &Asked<'_>) -> Response<AnswerBody> {
    let code = error.code();
    let own = HeaderValue::from_static;
    let (content_type, text) = match wanted(asked.headers) {
        Form::Grpc(content_type) => (content_type.clone(), String::new()),
        Form::Problem => (own("application/problem+json"), problem(error, asked)),
        Form::Html => (own("text/html; charset=utf-8"), html(error, asked)),
        Form::Text => (own("text/plain; charset=utf-8"), plain(error, asked)),
    };
    let mut response = Response::new(AnswerBody::Own(Full::new(Bytes::from(text))));
    match grpc::content_type(asked.headers) {
        // Its status is in its own fields; an empty body makes it one frame of headers that ends the
        // stream, which is what gRPC calls a trailers-only answer.
        Some(_) => grpc::refuse(response.headers_mut(), code, &error.detail()),
        None => *response.status_mut() = error.status(),
    }
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, content_type);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    insert(
        headers,
        PROXY_STATUS,
        &format!("gatewright; error={}", code.proxy_status()),
    );
    match error {
        ProxyError::MethodNotAllowed(methods) => insert(headers, ALLOW, &methods.join(", ")),
        ProxyError::Limited(hits) => {
            let wait = whole_seconds(limit_wait_ms(hits));
            insert(headers, RETRY_AFTER, &wait.to_string());
        }
        ProxyError::Unavailable { retry_after_ms, .. } => {
            insert(
                headers,
                RETRY_AFTER,
                &whole_seconds(*retry_after_ms).to_string(),
            );
        }
        ProxyError::Process(problem) => {
            let wait = whole_seconds(problem.retry_after_ms);
            insert(headers, RETRY_AFTER, &wait.to_string());
        }
        ProxyError::Unauthenticated(problem) => {
            for challenge in &problem.challenges {
                if let Ok(challenge) = HeaderValue::from_str(challenge) {
                    headers.append(WWW_AUTHENTICATE, challenge);
                }
            }
        }
        // RFC 6750, section 3.1.
        ProxyError::Forbidden(problem) if !problem.scopes.is_empty() => {
            let scopes = problem.scopes.join(" ");
            let challenge = format!(
                "Bearer realm=\"gatewright\", error=\"insufficient_scope\", scope=\"{scopes}\""
            );
            insert(headers, WWW_AUTHENTICATE, &challenge);
        }
        ProxyError::Forbidden(_)
        | ProxyError::Request(..)
        | ProxyError::Version(_)
        | ProxyError::RouteNotFound
        | ProxyError::Upstream(..)
        | ProxyError::Fault { .. }
        | ProxyError::FaultReset
        | ProxyError::Aggregate(_)
        | ProxyError::BodyTooLarge { .. } => {}
    }
    response
}

/// The answer to a connection that is not taken, as bytes: it is closed without being read.
pub fn too_many_connections() -> Vec<u8> {
    let code = ErrorCode::TooManyConnections;
    let reason = "As many connections are open as the gateway takes. Try again in a moment.";
    let error = ProxyError::Request(code, reason.into());
    let id = Uuid::now_v7();
    let asked = Asked {
        headers: &HeaderMap::new(),
        exchange: ExchangeId(id),
        request_id: &id.to_string(),
    };
    let text = problem(&error, &asked);
    let head = format!(
        "HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/problem+json\r\n\
         cache-control: no-store\r\nproxy-status: gatewright; error={}\r\nretry-after: 1\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n",
        code.proxy_status(),
        text.len(),
    );
    (head + &text).into_bytes()
}

fn insert(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

enum Form<'h> {
    Grpc(&'h HeaderValue),
    Problem,
    Html,
    Text,
}

/// gRPC for its clients, who read nothing else. ERR-2: HTML or text only for those who take that and
/// no JSON.
fn wanted(headers: &HeaderMap) -> Form<'_> {
    if let Some(content_type) = grpc::content_type(headers) {
        return Form::Grpc(content_type);
    }
    let accept: Vec<_> = headers
        .get_all(ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .collect();
    let accept = accept.join(",").to_ascii_lowercase();
    if accept.is_empty() || accept.contains("json") {
        Form::Problem
    } else if accept.contains("text/html") {
        Form::Html
    } else if accept.contains("text/plain") {
        Form::Text
    } else {
        Form::Problem
    }
}

fn problem(error: &ProxyError, asked: &Asked<'_>) -> String {
    let code = error.code();
    let kind = match code {
        // Registered by the IETF draft on rate-limit headers (RL-5).
        ErrorCode::RateLimited | ErrorCode::QuotaExceeded => {
            "https://iana.org/assignments/http-problem-types#quota-exceeded".to_owned()
        }
        code => format!("urn:gatewright:problem:{}", code.as_str()),
    };
    let mut members = Map::new();
    members.insert("type".to_owned(), json!(kind));
    members.insert("title".to_owned(), json!(code.title()));
    members.insert("status".to_owned(), json!(error.status().as_u16()));
    members.insert("detail".to_owned(), json!(error.detail()));
    members.insert(
        "instance".to_owned(),
        json!(format!("urn:uuid:{}", asked.exchange)),
    );
    members.insert("code".to_owned(), json!(code.as_str()));
    members.insert("request_id".to_owned(), json!(asked.request_id));
    if let ProxyError::Limited(hits) = error {
        let names: Vec<_> = hits.iter().map(|hit| hit.name.as_str()).collect();
        members.insert("violated-policies".to_owned(), json!(names));
    }
    if let ProxyError::Version(problem) = error {
        members.insert("versions".to_owned(), json!(problem.versions));
    }
    if let ProxyError::Aggregate(refused) = error {
        members.insert("part".to_owned(), json!(refused.part));
    }
    if let ProxyError::Process(problem) = error
        && !problem.output.is_empty()
    {
        members.insert("output".to_owned(), json!(problem.output));
    }
    if let ProxyError::BodyTooLarge { most: limit, .. } = error {
        members.insert("limit_bytes".to_owned(), json!(limit));
    }
    Value::Object(members).to_string()
}

fn plain(error: &ProxyError, asked: &Asked<'_>) -> String {
    let code = error.code();
    let output = output(error).map_or(String::new(), |lines| format!("\n{lines}\n"));
    format!(
        "{} {}\n{}\n{}\n{output}\ncode: {}\nrequest id: {}\n",
        error.status().as_u16(),
        error.status().canonical_reason().unwrap_or_default(),
        code.title(),
        error.detail(),
        code.as_str(),
        asked.request_id,
    )
}

/// What the service's program wrote last.
fn output(error: &ProxyError) -> Option<String> {
    match error {
        ProxyError::Process(problem) if !problem.output.is_empty() => {
            Some(problem.output.join("\n"))
        }
        _ => None,
    }
}

/// Holds nothing of the request but its id, whose characters are harmless; escaped all the same.
fn html(error: &ProxyError, asked: &Asked<'_>) -> String {
    let code = error.code();
    format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{status} {title}</title>\
         <body><h1>{status}</h1><p><strong>{title}</strong></p><p>{detail}</p>{output}\
         <p><small>{code} · request {id}</small></p></body></html>\n",
        status = error.status().as_u16(),
        title = escape(code.title()),
        detail = escape(&error.detail()),
        output = output(error).map_or(String::new(), |lines| format!(
            "<pre>{}</pre>",
            escape(&lines)
        )),
        code = code.as_str(),
        id = escape(asked.request_id),
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
