//! Reads HTTP Archives of other programs (HAR-3), to look at what is in them and to send it again.
//! What is in a file is text to look at: nothing of it is run, fetched or believed.

mod archive;
mod bodies;

use http::{HeaderMap, HeaderName, HeaderValue};
use jiff::Timestamp;
use uuid::Uuid;

use super::detail::{HeaderLine, Kept};
use super::redact::Redactor;
use super::summary::{Ending, ExchangeSummary, RequestOrigin, Source, Timing};
use crate::ids::ExchangeId;
use archive::{Archive, Entry, Field, Timings};
use bodies::{request_body, response_body};

/// Most entries that are taken of a file.
pub const MOST_ENTRIES: usize = 2_000;
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
    let (url, secure, host) = address(&request.url)?;
    let method = http::Method::from_bytes(request.method.as_bytes())
        .map_err(|_| format!("`{}` is not a method", request.method.escape_debug()))?;
    let status = whole(response.status);
    let status = u16::try_from(status).ok().filter(|status| *status < 1_000);
    let status = status.ok_or("its status is no status of HTTP")?;
    let started_at_us = moment(started_date_time.as_deref())?;
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

/// Where a request went: the URL, whether by TLS, and the host with its port if given.
fn address(text: &str) -> Result<(reqwest::Url, bool, String), String> {
    let url =
        reqwest::Url::parse(text).map_err(|error| format!("its URL cannot be read: {error}"))?;
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
    Ok((url, secure, host))
}

/// When it began, in microseconds since 1970.
fn moment(text: Option<&str>) -> Result<i64, String> {
    let Some(text) = text else {
        return Err("it does not say when it began".to_owned());
    };
    let moment = text.trim().parse::<Timestamp>();
    let moment = moment.map_err(|_| format!("`{}` is not a time", text.escape_debug()))?;
    Ok(moment.as_microsecond())
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
mod tests;
