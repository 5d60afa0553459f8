//! Reads HTTP Archives of other programs (HAR-3), to look at what is in them and to send it again.
//! What is in a file is text to look at: nothing of it is run, fetched or believed.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderName, HeaderValue};
use jiff::Timestamp;
use serde::Deserialize;
use uuid::Uuid;

use super::captured_body::text;
use super::detail::{CapturedBody, HeaderLine, Kept};
use super::redact::Redactor;
use super::summary::{Ending, ExchangeSummary, RequestOrigin, Source, Timing};
use crate::ids::ExchangeId;

/// Most entries that are taken of a file.
pub const MOST_ENTRIES: usize = 2_000;
/// Most bytes that are kept of a body.
const MOST_BODY_BYTES: usize = 1024 * 1024;
/// Most headers that are taken of a message.
const MOST_HEADERS: usize = 1_000;

/// What a file held.
pub struct HarFile {
    /// The exchanges, masked, in the order of the file.
    pub exchanges: Vec<(ExchangeSummary, Kept)>,
    /// Entries that could not be taken, each with the reason.
    pub skipped: Vec<String>,
    /// The program that wrote it, as it says.
    pub creator: String,
}

/// An archive of version 1.1 or any later 1.x. What is not known here is passed over.
#[derive(Deserialize)]
struct Archive {
    log: Log,
}

#[derive(Deserialize)]
struct Log {
    version: Option<String>,
    creator: Option<Creator>,
    entries: Vec<serde_json::Value>,
}

#[derive(Deserialize)]
struct Creator {
    name: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    started_date_time: Option<String>,
    time: Option<f64>,
    request: Request,
    response: Response,
    timings: Option<Timings>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    method: String,
    url: String,
    http_version: Option<String>,
    #[serde(default)]
    headers: Vec<Field>,
    body_size: Option<f64>,
    post_data: Option<PostData>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Response {
    status: f64,
    #[serde(default)]
    headers: Vec<Field>,
    body_size: Option<f64>,
    content: Option<Content>,
}

#[derive(Deserialize)]
struct Field {
    name: String,
    value: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PostData {
    mime_type: Option<String>,
    text: Option<String>,
    #[serde(default)]
    params: Vec<Parameter>,
    #[serde(rename = "_encoding")]
    encoding: Option<String>,
}

#[derive(Deserialize)]
struct Parameter {
    name: String,
    value: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Content {
    size: Option<f64>,
    mime_type: Option<String>,
    text: Option<String>,
    encoding: Option<String>,
}

#[derive(Default, Deserialize)]
struct Timings {
    blocked: Option<f64>,
    dns: Option<f64>,
    connect: Option<f64>,
    send: Option<f64>,
    wait: Option<f64>,
    receive: Option<f64>,
}

/// Reads an archive and masks what is secret in it.
///
/// # Errors
/// Why it is none, as a sentence.
pub fn read(text: &str, redactor: &Redactor) -> Result<HarFile, String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let Archive { log } =
        serde_json::from_str(text).map_err(|error| format!("This is no HTTP Archive: {error}."))?;
    if let Some(version) = log.version.as_deref().map(str::trim)
        && !version.is_empty()
        && version != "1"
        && !version.starts_with("1.")
    {
        return Err(format!(
            "This archive is of version {}; versions 1.1 and 1.2 can be read.",
            version.chars().take(20).collect::<String>().escape_debug()
        ));
    }
    if log.entries.len() > MOST_ENTRIES {
        return Err(format!(
            "The archive has {} requests; at most {MOST_ENTRIES} are taken. Save fewer of them.",
            log.entries.len()
        ));
    }
    let creator = log.creator.and_then(|creator| creator.name);
    let mut file = HarFile {
        exchanges: Vec::with_capacity(log.entries.len()),
        skipped: Vec::new(),
        creator: creator.unwrap_or_default().chars().take(80).collect(),
    };
    for (index, entry) in log.entries.into_iter().enumerate() {
        let read = serde_json::from_value::<Entry>(entry)
            .map_err(|error| error.to_string())
            .and_then(|entry| exchange(entry, redactor));
        match read {
            Ok(exchange) => file.exchanges.push(exchange),
            Err(reason) => file
                .skipped
                .push(format!("Request {}: {reason}.", index + 1)),
        }
    }
    Ok(file)
}

fn exchange(entry: Entry, redactor: &Redactor) -> Result<(ExchangeSummary, Kept), String> {
    let Entry {
        started_date_time,
        time,
        request,
        response,
        timings,
    } = entry;
    let url = reqwest::Url::parse(&request.url)
        .map_err(|error| format!("its URL cannot be read: {error}"))?;
    let secure = match url.scheme() {
        "http" | "ws" => false,
        "https" | "wss" => true,
        other => return Err(format!("its URL is one of `{other}:`, not of HTTP")),
    };
    let host = match (url.host_str(), url.port()) {
        (Some(host), Some(port)) => format!("{host}:{port}"),
        (Some(host), None) => host.to_owned(),
        (None, _) => return Err("its URL has no host".to_owned()),
    };
    let method = http::Method::from_bytes(request.method.as_bytes())
        .map_err(|_| format!("`{}` is not a method", request.method.escape_debug()))?;
    let status = whole(response.status);
    let status = u16::try_from(status).ok().filter(|status| *status < 1_000);
    let status = status.ok_or("its status is no status of HTTP")?;
    let started_at_us = match &started_date_time {
        Some(time) => time
            .trim()
            .parse::<Timestamp>()
            .map_err(|_| format!("`{}` is not a time", time.escape_debug()))?
            .as_microsecond(),
        None => return Err("it does not say when it began".to_owned()),
    };
    let client_request = headers(&request.headers, redactor);
    let client_response = headers(&response.headers, redactor);
    let request_body = request_body(&request, redactor);
    let response_body = response_body(&response, &client_response, redactor);
    let timing = timing(&timings.unwrap_or_default(), time);
    let protocol = protocol(request.http_version.as_deref(), secure);
    let id = ExchangeId(Uuid::now_v7());
    let summary = ExchangeSummary {
        seq: 0,
        id,
        request_id: id.to_string(),
        started_at_us,
        method: method.to_string(),
        host: redactor.text(&host),
        path: redactor.text(url.path()),
        query: url.query().map(|query| redactor.query(query)),
        protocol,
        stream: None,
        messages: 0,
        // A browser writes 0 where there was no answer.
        status: if status == 0 { 499 } else { status },
        source: Source::Upstream,
        ending: match status {
            0 => Ending::ClientClosed,
            _ => Ending::Complete,
        },
        code: None,
        decided_by: None,
        note: Some("imported".to_owned()),
        route: None,
        version: None,
        service: None,
        target: None,
        key: None,
        consumer: None,
        plan: None,
        client_ip: String::new(),
        origin: RequestOrigin::Import,
        replay_of: None,
        pinned: false,
        cache: None,
        tries: 0,
        request_bytes: request_body.bytes,
        response_bytes: response_body.bytes,
        duration_us: timing.gateway_us + timing.connect_us + timing.wait_us + timing.receive_us,
        timing,
    };
    let kept = Kept {
        revision: 0,
        trace_id: String::new(),
        client_port: 0,
        trace: Vec::new(),
        attempts: Vec::new(),
        client_request,
        upstream_request: None,
        upstream_path: None,
        upstream_response: None,
        client_response: (status != 0).then_some(client_response),
        request_body,
        response_body,
    };
    Ok((summary, kept))
}

/// Fields that HTTP knows, without those that only HTTP/2 has (`:path`); others cannot be headers.
fn headers(fields: &[Field], redactor: &Redactor) -> Vec<HeaderLine> {
    let mut headers = HeaderMap::new();
    for Field { name, value } in fields.iter().take(MOST_HEADERS) {
        let name = HeaderName::from_bytes(name.to_ascii_lowercase().as_bytes());
        let value = HeaderValue::from_bytes(value.trim().as_bytes());
        if let (Ok(name), Ok(value)) = (name, value) {
            headers.append(name, value);
        }
    }
    redactor.headers(&headers)
}

fn request_body(request: &Request, redactor: &Redactor) -> CapturedBody {
    let Some(data) = &request.post_data else {
        return CapturedBody::default();
    };
    let text = match &data.text {
        Some(text) if !text.is_empty() || data.params.is_empty() => text.clone(),
        _ => {
            let mut form = form_urlencoded::Serializer::new(String::new());
            for Parameter { name, value } in &data.params {
                form.append_pair(name, value.as_deref().unwrap_or_default());
            }
            form.finish()
        }
    };
    let mime = data.mime_type.as_deref();
    body(
        &text,
        data.encoding.as_deref(),
        mime,
        None,
        request.body_size,
        redactor,
    )
}

fn response_body(response: &Response, headers: &[HeaderLine], redactor: &Redactor) -> CapturedBody {
    let coding = headers
        .iter()
        .find(|header| header.name == "content-encoding")
        .map(|header| header.value.clone());
    let Some(content) = &response.content else {
        return CapturedBody::default();
    };
    let size = response
        .body_size
        .filter(|size| *size > 0.0)
        .or(content.size);
    let mime = content.mime_type.as_deref();
    let text = content.text.as_deref().unwrap_or_default();
    body(
        text,
        content.encoding.as_deref(),
        mime,
        coding,
        size,
        redactor,
    )
}

/// A body as it is kept: what is given is decoded already.
fn body(
    given: &str,
    encoding: Option<&str>,
    mime: Option<&str>,
    coding: Option<String>,
    size: Option<f64>,
    redactor: &Redactor,
) -> CapturedBody {
    let is_base64 = encoding.is_some_and(|encoding| encoding.eq_ignore_ascii_case("base64"));
    let bytes = match is_base64 {
        true => STANDARD.decode(given.trim()).unwrap_or_default(),
        false => given.as_bytes().to_vec(),
    };
    let passed = size.map_or(0, whole).max(0).unsigned_abs();
    let kept = &bytes[..bytes.len().min(MOST_BODY_BYTES)];
    let truncated = kept.len() < bytes.len() || (bytes.is_empty() && passed > 0);
    let mut body = CapturedBody {
        content_type: mime.map(|mime| redactor.text(mime)),
        content_encoding: coding,
        bytes: if passed == 0 {
            bytes.len() as u64
        } else {
            passed
        },
        decoded_bytes: (!truncated).then_some(bytes.len() as u64),
        truncated,
        text: None,
        utf_16: None,
        base64: None,
    };
    if kept.is_empty() {
        return body;
    }
    match text(kept, truncated) {
        Some(text) => body.text = Some(redactor.body(mime, &text)),
        None => body.base64 = Some(STANDARD.encode(redactor.binary_body(mime, kept))),
    }
    body
}

fn timing(timings: &Timings, time: Option<f64>) -> Timing {
    let us = |ms: &Option<f64>| ms.map_or(0, |ms| whole(ms * 1_000.0)).max(0).unsigned_abs();
    let timing = Timing {
        gateway_us: us(&timings.blocked) + us(&timings.dns),
        // TLS is part of it.
        connect_us: us(&timings.connect),
        wait_us: us(&timings.send) + us(&timings.wait),
        receive_us: us(&timings.receive),
    };
    match timing == Timing::default() {
        true => Timing {
            wait_us: us(&time),
            ..timing
        },
        false => timing,
    }
}

/// A number as a whole one that no sum of a few overflows; what is no number is 0.
fn whole(number: f64) -> i64 {
    const MOST: f64 = 1e15;
    if number.is_nan() {
        return 0;
    }
    number.clamp(-MOST, MOST).round() as i64
}

fn protocol(version: Option<&str>, secure: bool) -> String {
    let scheme = if secure { "https" } else { "http" };
    let version = version.unwrap_or_default().to_ascii_lowercase();
    let number = match version.as_str() {
        "http/1.0" => "1.0",
        "http/2" | "http/2.0" | "h2" => "2",
        "http/3" | "h3" => "3",
        _ => "1.1",
    };
    format!("{scheme}/{number}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::config::{ApiKeys, Redaction};
    use crate::record::detail::ExchangeDetail;
    use crate::record::export::har::har;

    fn redactor() -> Redactor {
        Redactor::new(&Redaction::default(), &ApiKeys::default())
    }

    fn entry() -> Value {
        json!({
            "startedDateTime": "2026-01-02T03:04:05.678+01:00",
            "time": 12.5,
            "request": {
                "method": "POST", "url": "https://shop.test:8443/a%20b?x=1&token=canary-1",
                "httpVersion": "h2", "cookies": [], "queryString": [],
                "headers": [
                    { "name": ":path", "value": "/a" },
                    { "name": "Authorization", "value": "Bearer canary-2" },
                    { "name": "Accept", "value": "*/*" },
                    { "name": "bad name", "value": "x" },
                    { "name": "x-bad", "value": "a\r\nb" },
                ],
                "headersSize": -1, "bodySize": 5,
                "postData": { "mimeType": "application/x-www-form-urlencoded", "params": [
                    { "name": "a", "value": "b c" }, { "name": "password", "value": "canary-3" },
                ] },
            },
            "response": {
                "status": 200, "statusText": "OK", "httpVersion": "h2", "cookies": [],
                "headers": [{ "name": "set-cookie", "value": "s=canary-4; Path=/" }],
                "content": { "size": 3, "mimeType": "image/png", "text": "AP8K", "encoding": "base64" },
                "redirectURL": "", "headersSize": -1, "bodySize": -1,
            },
            "cache": {},
            "timings": { "blocked": 1, "dns": -1, "connect": 4, "ssl": 3, "send": 0.5, "wait": 6, "receive": 1 },
            "_unknown": { "anything": [1] },
        })
    }

    fn archive(entries: &[Value]) -> String {
        json!({ "log": { "version": "1.2", "creator": { "name": "X", "version": "1" }, "entries": entries } })
            .to_string()
    }

    /// HAR-3
    #[test]
    fn an_archive_is_read_and_masked() {
        let file = read(&format!("\u{feff}{}", archive(&[entry()])), &redactor()).unwrap();
        assert_eq!((file.creator.as_str(), file.skipped.len()), ("X", 0));
        let (summary, kept) = &file.exchanges[0];
        assert_eq!(summary.host, "shop.test:8443");
        assert_eq!(summary.path, "/a%20b");
        assert_eq!(summary.protocol, "https/2");
        assert_eq!(summary.duration_us, 12_500, "TLS is not added again");
        assert_eq!(summary.started_at_us, 1_767_319_445_678_000);
        assert_eq!(kept.response_body.base64.as_deref(), Some("AP8K"));
        assert_eq!(kept.client_request.len(), 2, "{:?}", kept.client_request);
        let form = kept.request_body.text.as_deref();
        assert_eq!(form, Some("a=b+c&password=•••"));
        let text = format!("{summary:?}{kept:?}");
        assert!(!text.contains("canary"), "{text}");
    }

    #[test]
    fn what_is_written_here_is_read_again() {
        let file = read(&archive(&[entry()]), &redactor()).unwrap();
        let details: Vec<_> = file
            .exchanges
            .iter()
            .map(|(summary, kept)| ExchangeDetail {
                summary: summary.clone(),
                sentence: String::new(),
                kept: kept.clone(),
            })
            .collect();
        let again = read(&har(&details, &[]).to_string(), &redactor()).unwrap();
        let (before, after) = (&file.exchanges[0], &again.exchanges[0]);
        assert_eq!(before.1.client_request, after.1.client_request);
        assert_eq!(before.1.request_body.text, after.1.request_body.text);
        assert_eq!(before.1.response_body.base64, after.1.response_body.base64);
        assert_eq!(
            (&before.0.path, &before.0.query, before.0.duration_us),
            (&after.0.path, &after.0.query, after.0.duration_us)
        );
    }

    #[test]
    fn hostile_files_are_refused_or_passed_over_with_a_reason() {
        let deep = "[".repeat(200_000);
        for text in [
            "",
            "{}",
            "[]",
            "<html>",
            &deep,
            &format!("{{\"log\":{{\"entries\":[{deep}"),
            r#"{"log":{"version":"2.0","entries":[]}}"#,
            r#"{"log":{"entries":{}}}"#,
            &archive(&vec![json!(1); MOST_ENTRIES + 1]),
        ] {
            let error = read(text, &redactor()).err().unwrap();
            assert!(error.ends_with('.') && error.len() < 400, "{error}");
        }
        let change = |path: &str, value: Value| {
            let mut entry = entry();
            *entry.pointer_mut(path).unwrap() = value;
            entry
        };
        let entries = [
            change("/request/url", json!("javascript:alert(1)")),
            change("/request/url", json!("file:///etc/passwd")),
            change("/request/url", json!("/no/host")),
            change("/request/method", json!("A B")),
            change("/response/status", json!(70_000)),
            change("/startedDateTime", json!("yesterday")),
            json!(1),
            entry(),
        ];
        let file = read(&archive(&entries), &redactor()).unwrap();
        assert_eq!((file.exchanges.len(), file.skipped.len()), (1, 7));
        assert!(
            file.skipped[0].contains("`javascript:`"),
            "{:?}",
            file.skipped
        );
        let odd = change(
            "/timings",
            json!({ "wait": 1e300, "receive": -5, "connect": 1e300 }),
        );
        assert_eq!(
            read(&archive(&[odd]), &redactor()).unwrap().exchanges.len(),
            1
        );
    }

    proptest! {
        #[test]
        fn reading_never_panics(text in any::<String>(), url in any::<String>(), size in any::<f64>()) {
            let _ = read(&text, &redactor());
            let mut entry = entry();
            entry["request"]["url"] = json!(format!("http://a/{url}"));
            entry["response"]["bodySize"] = json!(size);
            entry["response"]["content"]["text"] = json!(text);
            let _ = read(&archive(&[entry]), &redactor());
        }
    }
}
