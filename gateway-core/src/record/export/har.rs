//! HTTP Archive 1.2 (HAR-1): <http://www.softwareishard.com/blog/har-12-spec/>.

use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use super::Removed;
use crate::record::detail::{CapturedBody, ExchangeDetail, HeaderLine, Kept};
use crate::record::summary::{ExchangeSummary, Timing};

/// An archive of exchanges, oldest first, that says what is not in it.
pub fn har(exchanges: &[ExchangeDetail], removed: &[Removed]) -> Value {
    let mut sorted: Vec<_> = exchanges.iter().collect();
    sorted.sort_by_key(|exchange| (exchange.summary.started_at_us, exchange.summary.seq));
    let removed: Vec<_> = removed
        .iter()
        .map(|Removed { what, count }| format!("{what} ({count})"))
        .collect();
    let comment = match removed.is_empty() {
        true => "Nothing was removed.".to_owned(),
        false => format!("Removed, or never in the log: {}.", removed.join(", ")),
    };
    json!({
        "log": {
            "version": "1.2",
            "creator": { "name": "Gatewright", "version": env!("CARGO_PKG_VERSION") },
            "entries": sorted.into_iter().map(entry).collect::<Vec<_>>(),
            "comment": comment,
        }
    })
}

/// A time as the format has it: ISO 8601 with milliseconds.
pub fn time(at_us: i64) -> String {
    match Timestamp::from_microsecond(at_us) {
        Ok(at) => format!("{at:.3}"),
        Err(_) => "1970-01-01T00:00:00.000Z".to_owned(),
    }
}

fn entry(exchange: &ExchangeDetail) -> Value {
    let ExchangeDetail {
        summary,
        sentence,
        kept,
    } = exchange;
    let timings = Timings::of(summary, kept);
    let mut entry = json!({
        "startedDateTime": time(summary.started_at_us),
        "time": timings.total(),
        "request": request(summary, kept),
        "response": response(summary, kept),
        "cache": {},
        "timings": timings.json(),
        "_gatewright": {
            "id": summary.id,
            "said": sentence,
            "answered_by": summary.source,
            "ending": summary.ending,
            "code": summary.code,
            "route": summary.route,
            "version": summary.version,
            "service": summary.service,
            "target": summary.target,
            "key": summary.key.as_ref().map(|key| &key.name),
            "tries": summary.tries,
            "messages": summary.messages,
            "origin": summary.origin,
            "replay_of": summary.replay_of,
            "cache": summary.cache,
        },
    });
    let target = summary.target.as_deref();
    let address = target
        .and_then(|url| url.parse::<http::Uri>().ok())
        .and_then(|url| Some(url.host()?.trim_matches(['[', ']']).to_owned()))
        .filter(|host| host.parse::<std::net::IpAddr>().is_ok());
    if let Some(address) = address {
        entry["serverIPAddress"] = json!(address);
    }
    if kept.client_port != 0 {
        entry["connection"] = json!(kept.client_port.to_string());
    }
    entry
}

/// Where the time went, in microseconds.
struct Timings {
    blocked: u64,
    /// `None` where an open connection was used again.
    connect: Option<u64>,
    wait: u64,
    receive: u64,
}

impl Timings {
    fn of(summary: &ExchangeSummary, kept: &Kept) -> Self {
        let Timing {
            gateway_us,
            connect_us,
            wait_us,
            receive_us,
        } = summary.timing;
        let connected = kept.attempts.iter().any(|tried| tried.connect_us.is_some());
        Self {
            // What passed before a connection was there that is used again is no connecting.
            blocked: gateway_us + if connected { 0 } else { connect_us },
            connect: connected.then_some(connect_us),
            wait: wait_us,
            receive: receive_us,
        }
    }

    fn total(&self) -> f64 {
        milliseconds(self.blocked + self.connect.unwrap_or(0) + self.wait + self.receive)
    }

    /// TLS is part of connecting, and not told apart here.
    fn json(&self) -> Value {
        json!({
            "blocked": milliseconds(self.blocked),
            "dns": -1,
            "connect": self.connect.map_or(json!(-1), |us| json!(milliseconds(us))),
            "ssl": -1,
            "send": 0,
            "wait": milliseconds(self.wait),
            "receive": milliseconds(self.receive),
        })
    }
}

fn milliseconds(us: u64) -> f64 {
    us as f64 / 1_000.0
}

fn request(summary: &ExchangeSummary, kept: &Kept) -> Value {
    let mut request = json!({
        "method": summary.method,
        "url": url(summary),
        "httpVersion": version(&summary.protocol),
        "cookies": [],
        "headers": headers(&kept.client_request),
        "queryString": query(summary.query.as_deref()),
        "headersSize": -1,
        "bodySize": summary.request_bytes,
    });
    let body = &kept.request_body;
    if body.bytes > 0 {
        request["postData"] = post_data(body);
    }
    request
}

fn url(summary: &ExchangeSummary) -> String {
    let scheme = if summary.protocol.starts_with("https") {
        "https"
    } else {
        "http"
    };
    let query = summary.query.as_deref();
    let query = query.map_or(String::new(), |query| format!("?{query}"));
    format!("{scheme}://{}{}{query}", summary.host, summary.path)
}

fn version(protocol: &str) -> &'static str {
    match protocol.rsplit('/').next() {
        Some("1.0") => "HTTP/1.0",
        Some("2") => "HTTP/2",
        Some("3") => "HTTP/3",
        _ => "HTTP/1.1",
    }
}

fn headers(lines: &[HeaderLine]) -> Vec<Value> {
    let line = |HeaderLine { name, value }: &HeaderLine| json!({ "name": name, "value": value });
    lines.iter().map(line).collect()
}

fn query(query: Option<&str>) -> Vec<Value> {
    let decoded = |text: &str| {
        let text = text.replace('+', " ");
        percent_decode_str(&text).decode_utf8_lossy().into_owned()
    };
    let pairs = query.into_iter().flat_map(|query| query.split('&'));
    pairs
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            json!({ "name": decoded(name), "value": decoded(value) })
        })
        .collect()
}

fn post_data(body: &CapturedBody) -> Value {
    let text = body.text.as_ref().or(body.base64.as_ref());
    let mut data = json!({
        "mimeType": body.content_type.as_deref().unwrap_or_default(),
        "text": text.map_or("", String::as_str),
    });
    // The format has no place for it, though it has one for answers.
    if body.base64.is_some() {
        data["_encoding"] = json!("base64");
    }
    if let Some(comment) = cut_off(body) {
        data["comment"] = json!(comment);
    }
    data
}

fn response(summary: &ExchangeSummary, kept: &Kept) -> Value {
    let sent = kept.client_response.as_deref().unwrap_or_default();
    let has_answer = kept.client_response.is_some();
    let status = if has_answer { summary.status } else { 0 };
    let reason = http::StatusCode::from_u16(status).ok();
    let reason = reason.and_then(|status| status.canonical_reason());
    let location = sent
        .iter()
        .find(|header| header.name.eq_ignore_ascii_case("location"));
    let mut response = json!({
        "status": status,
        "statusText": reason.unwrap_or_default(),
        "httpVersion": version(&summary.protocol),
        "cookies": [],
        "headers": headers(sent),
        "content": content(&kept.response_body),
        "redirectURL": location.map_or("", |header| &header.value),
        "headersSize": -1,
        "bodySize": summary.response_bytes,
    });
    if !has_answer {
        response["_error"] = json!("the caller was gone before there was an answer");
    }
    response
}

/// The size is that of the decoded body; what coding saved is what is missing on the wire.
fn content(body: &CapturedBody) -> Value {
    let decoded = match (body.decoded_bytes, &body.content_encoding) {
        (Some(decoded), _) => decoded,
        (None, None) => body.bytes,
        // Nobody knows how long it would have become: what is known is how long what is kept is.
        (None, Some(_)) => kept_bytes(body),
    };
    let mut content = json!({
        "size": decoded,
        "mimeType": body.content_type.as_deref().unwrap_or("x-unknown"),
    });
    if body.content_encoding.is_some() && body.decoded_bytes.is_some() {
        let saved = i128::from(decoded) - i128::from(body.bytes);
        content["compression"] = json!(i64::try_from(saved).unwrap_or(0));
    }
    if let Some(text) = &body.text {
        content["text"] = json!(text);
    } else if let Some(base64) = &body.base64 {
        content["text"] = json!(base64);
        content["encoding"] = json!("base64");
    }
    if let Some(comment) = cut_off(body) {
        content["comment"] = json!(comment);
    }
    content
}

fn kept_bytes(body: &CapturedBody) -> u64 {
    let text = body.text.as_ref().map(String::len);
    let base64 = body.base64.as_ref().map(|base64| base64.len() / 4 * 3);
    text.or(base64).unwrap_or(0) as u64
}

fn cut_off(body: &CapturedBody) -> Option<String> {
    let nothing = body.text.is_none() && body.base64.is_none();
    match (body.truncated, nothing) {
        _ if body.bytes == 0 => None,
        (_, true) => Some("Nothing of it is here.".to_owned()),
        (true, false) => Some(format!(
            "Only the beginning is here, of {} bytes on the wire.",
            body.bytes
        )),
        (false, false) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::decision::Try;
    use crate::record::fixtures::{kept, row};

    fn exchange(change: impl FnOnce(&mut ExchangeDetail)) -> ExchangeDetail {
        let mut detail = ExchangeDetail {
            summary: row(1),
            sentence: "Answered.".to_owned(),
            kept: kept(),
        };
        detail.kept.client_response = Some(Vec::new());
        change(&mut detail);
        detail
    }

    fn tried(connect_us: Option<u64>) -> Try {
        Try {
            target: "http://127.0.0.1:3000".to_owned(),
            chosen: None,
            instance: None,
            at_us: 0,
            reused_connection: connect_us.is_none(),
            connect_us,
            first_byte_us: None,
            status: Some(200),
            code: None,
            reason: None,
        }
    }

    fn only(detail: &ExchangeDetail) -> Value {
        let archive = har(std::slice::from_ref(detail), &[]);
        archive["log"]["entries"][0].clone()
    }

    /// HAR-1
    #[test]
    fn times_add_up_and_a_connection_that_is_used_again_takes_none() {
        let timing = Timing {
            gateway_us: 100,
            connect_us: 1_200,
            wait_us: 7_000,
            receive_us: 350,
        };
        let fresh = only(&exchange(|detail| {
            detail.summary.timing = timing;
            detail.kept.attempts = vec![tried(Some(1_200))];
            detail.summary.target = Some("http://127.0.0.1:3000".to_owned());
        }));
        assert_eq!(fresh["time"], json!(8.65));
        assert_eq!(fresh["timings"]["connect"], json!(1.2));
        assert_eq!(fresh["serverIPAddress"], "127.0.0.1");
        let reused = only(&exchange(|detail| {
            detail.summary.timing = Timing {
                connect_us: 0,
                ..timing
            };
            detail.kept.attempts = vec![tried(None)];
        }));
        assert_eq!(reused["timings"]["connect"], json!(-1));
        for entry in [&fresh, &reused] {
            let timings = entry["timings"].as_object().unwrap();
            // `ssl` is part of `connect`.
            let parts = timings.iter().filter(|(name, _)| *name != "ssl");
            let sum: f64 = parts.map(|(_, ms)| ms.as_f64().unwrap().max(0.0)).sum();
            assert!((sum - entry["time"].as_f64().unwrap()).abs() < 1e-9);
        }
    }

    /// HAR-1
    #[test]
    fn sizes_are_decoded_and_what_is_no_text_is_base64() {
        let gzipped = only(&exchange(|detail| {
            detail.summary.response_bytes = 30;
            detail.kept.response_body = CapturedBody {
                content_encoding: Some("gzip".to_owned()),
                bytes: 30,
                decoded_bytes: Some(100),
                text: Some("a".repeat(100)),
                ..CapturedBody::default()
            };
        }));
        let content = &gzipped["response"]["content"];
        assert_eq!(content["size"], 100);
        assert_eq!(content["compression"], 70);
        assert_eq!(gzipped["response"]["bodySize"], 30);
        let binary = CapturedBody {
            content_type: Some("image/png".to_owned()),
            bytes: 3,
            decoded_bytes: Some(3),
            base64: Some("AP8K".to_owned()),
            ..CapturedBody::default()
        };
        let both = only(&exchange(|detail| {
            detail.summary.method = "PUT".to_owned();
            detail.kept.request_body = binary.clone();
            detail.kept.response_body = binary;
        }));
        assert_eq!(both["response"]["content"]["encoding"], "base64");
        assert_eq!(both["request"]["postData"]["_encoding"], "base64");
        let cut = only(&exchange(|detail| {
            detail.kept.response_body = CapturedBody {
                bytes: 9_000,
                truncated: true,
                text: Some("beginn".to_owned()),
                ..CapturedBody::default()
            };
        }));
        assert_eq!(cut["response"]["content"]["size"], 9_000);
        let comment = cut["response"]["content"]["comment"].as_str().unwrap();
        assert!(comment.contains("9000 bytes"), "{comment}");
    }

    #[test]
    fn entries_are_sorted_and_one_without_an_answer_says_so() {
        let at = |seq: u64, at_us: i64| {
            exchange(|detail| {
                detail.summary.seq = seq;
                detail.summary.started_at_us = at_us;
            })
        };
        let mut gone = at(3, 1_500_000);
        gone.kept.client_response = None;
        gone.summary.query = Some("a=%20b&c&=d".to_owned());
        let archive = har(&[at(2, 2_000_123), gone, at(1, 1_000_000)], &[]);
        let entries = archive["log"]["entries"].as_array().unwrap();
        let times: Vec<_> = entries
            .iter()
            .map(|e| e["startedDateTime"].as_str().unwrap())
            .collect();
        assert_eq!(
            times,
            [
                "1970-01-01T00:00:01.000Z",
                "1970-01-01T00:00:01.500Z",
                "1970-01-01T00:00:02.000Z"
            ]
        );
        assert_eq!(entries[1]["response"]["status"], 0);
        assert_eq!(entries[1]["request"]["queryString"][0]["value"], " b");
    }

    /// An archive of each kind of exchange. The UI's tests hold it against the published schema; it is
    /// rewritten by `UPDATE_HAR=1 cargo test -p gateway-core har`.
    #[test]
    fn the_committed_archive_is_what_is_written() {
        let header = |name: &str, value: &str| HeaderLine {
            name: name.to_owned(),
            value: value.to_owned(),
        };
        let read = exchange(|detail| {
            detail.summary.query = Some("page=2&q=a%20b".to_owned());
            detail.summary.timing.wait_us = 8_000;
            detail.summary.target = Some("http://127.0.0.1:3000".to_owned());
            detail.kept.client_request = vec![header("authorization", "Bearer •••")];
            detail.kept.client_response = Some(vec![header("content-type", "application/json")]);
            detail.kept.response_body = CapturedBody {
                content_type: Some("application/json".to_owned()),
                content_encoding: Some("gzip".to_owned()),
                bytes: 30,
                decoded_bytes: Some(9),
                text: Some("{\"a\": 1}\n".to_owned()),
                ..CapturedBody::default()
            };
        });
        let sent = exchange(|detail| {
            detail.summary.seq = 2;
            detail.summary.method = "POST".to_owned();
            detail.summary.status = 303;
            detail.summary.protocol = "https/2".to_owned();
            detail.summary.request_bytes = 5;
            detail.kept.attempts = vec![tried(Some(900))];
            detail.summary.timing.connect_us = 900;
            detail.kept.request_body = CapturedBody {
                content_type: Some("application/x-www-form-urlencoded".to_owned()),
                bytes: 5,
                decoded_bytes: Some(5),
                text: Some("a=b&c".to_owned()),
                ..CapturedBody::default()
            };
            detail.kept.client_response = Some(vec![header("location", "/orders/8")]);
            detail.kept.response_body = CapturedBody {
                bytes: 9_000,
                truncated: true,
                base64: Some("AP8K".to_owned()),
                ..CapturedBody::default()
            };
        });
        let gone = exchange(|detail| {
            detail.summary.seq = 3;
            detail.summary.status = 499;
            detail.kept.client_response = None;
        });
        let removed = [Removed {
            what: "header `authorization`".to_owned(),
            count: 1,
        }];
        let mut archive = har(&[read, sent, gone], &removed);
        archive["log"]["creator"]["version"] = json!("0.0.0");
        let text = format!("{}\n", serde_json::to_string_pretty(&archive).unwrap());
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../ui/test/traffic.har");
        if std::env::var_os("UPDATE_HAR").is_some() {
            std::fs::write(path, &text).unwrap();
        }
        let committed = std::fs::read_to_string(path).unwrap();
        assert!(
            committed == text,
            "run `UPDATE_HAR=1 cargo test -p gateway-core har`"
        );
    }
}
