//! Makes a row and its detail of what the request path wrote down. Masks as it goes.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderName};

use super::capture::Captured;
use super::decision::{CacheFact, CacheResult, Decision, Facts, FaultFact, Stage, Try, Verdict};
use super::decode::decode;
use super::detail::{ByteOrder, CapturedBody, Kept};
use super::exchange::{Exchange, Outcome};
use super::messages::Events;
use super::parts::{PartEnd, PartFact};
use super::recording::Ended;
use super::redact::Redactor;
use super::summary::{Ending, ExchangeSummary, KeyName, Source, StreamKind, Timing};
use super::tunnel::is_websocket;
use crate::config::LimitMode;
use crate::proxy::error::ErrorCode;
use crate::store::Finished;

/// The row and the detail of an exchange that has ended.
pub(super) fn finished(ended: Ended, redactor: &Redactor, seq: u64) -> Finished {
    let (mut summary, kept) = masked(ended, redactor);
    summary.seq = seq;
    Finished::new(summary, &kept)
}

/// The row and the detail of an exchange that never was, masked like any other.
pub(crate) fn only_asked(exchange: Exchange, redactor: &Redactor) -> (ExchangeSummary, Kept) {
    let ended = Ended {
        ended_ns: exchange.started_ns,
        exchange,
        request: Captured::default(),
        response: Captured::default(),
        messages: 0,
        ending: Ending::Complete,
    };
    masked(ended, redactor)
}

/// The row of an exchange that has ended, as far as it is counted.
pub(super) fn counted(ended: &Ended, redactor: &Redactor) -> ExchangeSummary {
    let Ended {
        exchange,
        request,
        response,
        messages: _,
        ending,
        ended_ns,
    } = ended;
    let (sent, answered) = (request.passed, response.passed);
    summarise(exchange, redactor, *ending, *ended_ns, sent, answered)
}

/// The row and the detail of an exchange, without a number.
pub(super) fn masked(ended: Ended, redactor: &Redactor) -> (ExchangeSummary, Kept) {
    let Ended {
        exchange,
        request,
        response,
        messages,
        ending,
        ended_ns,
    } = ended;
    let (request_bytes, response_bytes) = (request.passed, response.passed);
    let mut summary = summarise(
        &exchange,
        redactor,
        ending,
        ended_ns,
        request_bytes,
        response_bytes,
    );
    summary.messages = messages;
    let own_answer = summary.source == Source::Gateway;
    let lines = |headers: &HeaderMap| redactor.headers(headers);
    let kept = Kept {
        revision: exchange.revision,
        trace_id: exchange.trace_id,
        client_port: exchange.client.port(),
        trace: exchange
            .trace
            .into_iter()
            .map(|decision| masked_decision(decision, redactor))
            .collect(),
        attempts: exchange
            .tries
            .into_iter()
            .map(|tried| masked_try(tried, redactor))
            .collect(),
        client_request: lines(&exchange.client_request),
        upstream_request: exchange.upstream_request.as_ref().map(lines),
        upstream_path: exchange
            .upstream_path
            .as_deref()
            .map(|path| redactor.path_and_query(path)),
        upstream_response: exchange.upstream_response.as_ref().map(lines),
        client_response: exchange.client_response.as_ref().map(lines),
        request_body: body(request, Some(&exchange.client_request), redactor, false),
        response_body: body(
            response,
            exchange.client_response.as_ref(),
            redactor,
            own_answer,
        ),
    };
    (summary, kept)
}

/// The row of an exchange, ended or still running.
pub(super) fn summarise(
    exchange: &Exchange,
    redactor: &Redactor,
    ending: Ending,
    now_ns: u64,
    request_bytes: u64,
    response_bytes: u64,
) -> ExchangeSummary {
    let code = match exchange.outcome {
        Outcome::Refused(code) => Some(code),
        Outcome::Abandoned => Some(ErrorCode::ClientClosed),
        Outcome::Answered | Outcome::AnsweredAgain | Outcome::AnsweredHere | Outcome::Mocked => {
            None
        }
    };
    let status = exchange
        .status
        .unwrap_or(ErrorCode::ClientClosed.status().as_u16());
    let deciding = deciding(&exchange.trace);
    ExchangeSummary {
        seq: 0,
        id: exchange.id,
        request_id: redactor.text(&exchange.request_id),
        started_at_us: exchange.started_at_us,
        method: exchange.method.to_string(),
        host: redactor.text(&exchange.host),
        path: redactor.text(exchange.uri.path()),
        query: exchange.uri.query().map(|query| redactor.query(query)),
        protocol: exchange.protocol.to_owned(),
        stream: stream(exchange),
        messages: 0,
        status,
        source: match exchange.outcome {
            Outcome::Answered => Source::Upstream,
            Outcome::Mocked => Source::Mock,
            Outcome::AnsweredAgain => Source::Cache,
            Outcome::AnsweredHere | Outcome::Refused(_) | Outcome::Abandoned => Source::Gateway,
        },
        ending,
        code,
        decided_by: deciding.map(|decision| decision.stage),
        note: kept_note(exchange).map(str::to_owned).or_else(|| {
            note(
                code,
                ending,
                deciding,
                exchange.tries.len(),
                exchange.trace.iter().any(is_fault),
            )
        }),
        route: exchange.route.clone(),
        version: exchange.version.clone(),
        service: exchange.service.clone(),
        target: exchange
            .tries
            .last()
            .map(|tried| redactor.text(&tried.target)),
        key: exchange.key.as_ref().map(|key| KeyName {
            id: key.id,
            name: key.name.to_string(),
        }),
        consumer: exchange.caller.consumer.clone(),
        plan: exchange.caller.plan.clone(),
        client_ip: exchange.client.ip().to_canonical().to_string(),
        origin: exchange.origin,
        replay_of: exchange.replay_of,
        cache: cache_fact(&exchange.trace).map(|fact| fact.result),
        tries: tries(exchange),
        request_bytes,
        response_bytes,
        duration_us: now_ns.saturating_sub(exchange.started_ns) / 1_000,
        timing: timing(exchange, now_ns),
    }
}

/// Facts repeat what the caller sent: its path, above all.
fn masked_decision(mut decision: Decision, redactor: &Redactor) -> Decision {
    let mask = |text: &mut String| *text = redactor.text(text);
    match &mut decision.facts {
        Facts::Accepted { match_path } => mask(match_path),
        Facts::NotAccepted { code: _, reason } => mask(reason),
        Facts::NoRoute {
            code: _,
            allowed_methods: _,
            near_misses,
        } => {
            near_misses
                .iter_mut()
                .for_each(|near| mask(&mut near.reason));
        }
        Facts::Forwarded {
            service: _,
            tries: _,
            code: _,
            reason,
            held_ms: _,
            started_ms: _,
            not_retried: _,
        } => {
            reason.iter_mut().for_each(mask);
        }
        Facts::OwnAnswer {
            status: _,
            location,
        } => {
            location.iter_mut().for_each(mask);
        }
        Facts::Faults { faults: _ }
        | Facts::Mocked {
            rule: _,
            status: _,
            delay_ms: _,
        }
        | Facts::MockPassed => {}
        Facts::VersionRefused {
            code: _,
            asked,
            reason,
        } => {
            asked.iter_mut().for_each(mask);
            mask(reason);
        }
        Facts::Limits {
            limits,
            quotas,
            concurrency,
        } => {
            limits.iter_mut().for_each(|fact| mask(&mut fact.partition));
            quotas.iter_mut().for_each(|fact| mask(&mut fact.partition));
            let running = concurrency.iter_mut();
            running.for_each(|fact| mask(&mut fact.partition));
        }
        Facts::WouldForward {
            service: _,
            url,
            chosen: _,
        } => {
            url.iter_mut().for_each(mask);
        }
        Facts::RouteMatched { .. }
        | Facts::VersionChosen { .. }
        | Facts::Anonymous
        | Facts::KeyAccepted { .. }
        | Facts::KeyRefused { .. }
        | Facts::Preflight { .. }
        | Facts::CallerKnown { .. }
        | Facts::RefusedElsewhere { .. }
        | Facts::WouldAsk { .. }
        | Facts::Authorised { .. }
        | Facts::WouldAggregate { .. }
        | Facts::Unlimited => {}
        Facts::Aggregated { parts, reason, .. } => {
            reason.iter_mut().for_each(mask);
            for part in parts {
                part.reason.iter_mut().for_each(mask);
                for call in &mut part.calls {
                    call.path = redactor.path_and_query(&call.path);
                    call.reason.iter_mut().for_each(mask);
                    for tried in &mut call.tries {
                        *tried = masked_try(tried.clone(), redactor);
                    }
                }
            }
        }
        // Names of headers and callers, numbers, and words of our own.
        Facts::Cache(_) => {}
        Facts::CallerRefused { reason, .. } | Facts::NotAuthorised { reason, .. } => mask(reason),
    }
    decision
}

fn masked_try(mut tried: Try, redactor: &Redactor) -> Try {
    tried.target = redactor.text(&tried.target);
    if let Some(reason) = &mut tried.reason {
        *reason = redactor.text(reason);
    }
    tried
}

/// What the answer goes on as, where it is no answer like others.
fn stream(exchange: &Exchange) -> Option<StreamKind> {
    let headers = exchange.client_response.as_ref()?;
    let kind = headers.get(CONTENT_TYPE);
    match exchange.status? {
        101 if is_websocket(headers) => Some(StreamKind::Websocket),
        101 => Some(StreamKind::Tunnel),
        _ if Events::are_in(headers) => Some(StreamKind::EventStream),
        _ if kind.is_some_and(|kind| kind.as_bytes().starts_with(b"application/grpc")) => {
            Some(StreamKind::Grpc)
        }
        _ => None,
    }
}

/// The stage that ended the request, one way or the other.
pub(super) fn deciding(trace: &[Decision]) -> Option<&Decision> {
    trace
        .iter()
        .find(|decision| matches!(decision.verdict, Verdict::Stopped | Verdict::Answered))
}

/// Whether a fault that is switched on struck.
fn is_fault(decision: &Decision) -> bool {
    decision.stage == Stage::Fault
}

/// That an answer is one that is kept.
fn kept_note(exchange: &Exchange) -> Option<&'static str> {
    if exchange.outcome != Outcome::AnsweredAgain {
        return None;
    }
    Some(match cache_fact(&exchange.trace)?.result {
        CacheResult::Hit | CacheResult::Miss | CacheResult::Bypass => "kept",
        CacheResult::Stale => "kept, stale",
        CacheResult::Revalidated => "kept, still good",
    })
}

/// What is known of the cache, on a route that keeps answers.
pub(super) fn cache_fact(trace: &[Decision]) -> Option<&CacheFact> {
    trace.iter().find_map(|decision| match &decision.facts {
        Facts::Cache(fact) => Some(fact),
        _ => None,
    })
}

fn note(
    code: Option<ErrorCode>,
    ending: Ending,
    deciding: Option<&Decision>,
    tries: usize,
    faulty: bool,
) -> Option<String> {
    if let Some(Facts::Limits {
        limits,
        quotas,
        concurrency,
    }) = deciding.map(|decision| &decision.facts)
    {
        let stops = |mode: LimitMode, admitted: bool| mode == LimitMode::Enforce && !admitted;
        let rates = limits.iter().filter(|fact| stops(fact.mode, fact.admitted));
        let rates = rates.map(|fact| fact.name.as_str());
        let quotas = quotas.iter().filter(|fact| stops(fact.mode, fact.admitted));
        let quotas = quotas.map(|fact| fact.name.as_str());
        let running = concurrency.iter();
        let running = running.filter(|fact| stops(fact.mode, fact.admitted));
        let running = running.map(|fact| fact.name.as_str());
        let full: Vec<_> = rates.chain(quotas).chain(running).collect();
        return Some(full.join(", "));
    }
    if let (None, Ending::Complete, Some(Facts::Aggregated { parts, .. })) =
        (code, ending, deciding.map(|decision| &decision.facts))
    {
        let missing = parts.iter().filter(|part| part.end != PartEnd::Ok).count();
        return match missing {
            0 => None,
            1 => Some("1 part missing".to_owned()),
            n => Some(format!("{n} parts missing")),
        };
    }
    if let Some(Facts::OwnAnswer { location, .. }) = deciding.map(|decision| &decision.facts) {
        let note = match location {
            Some(_) => "redirect",
            None => "fixed answer",
        };
        return Some(note.to_owned());
    }
    if let Some(Facts::Faults { faults }) = deciding.map(|decision| &decision.facts)
        && let Some(forced) = faults.iter().find_map(FaultFact::forced)
    {
        return Some(forced);
    }
    if let Some(Facts::Mocked { rule, .. }) = deciding.map(|decision| &decision.facts) {
        return Some(format!("mock, rule {rule}"));
    }
    let note = match code {
        Some(code) => in_few_words(code),
        None => match ending {
            Ending::CutOff if faulty => "cut off on purpose",
            Ending::Running | Ending::Complete if faulty => "fault on purpose",
            Ending::CutOff => "cut off",
            Ending::ClientClosed => "caller left",
            Ending::Running | Ending::Complete if tries > 1 => "retried",
            Ending::Running | Ending::Complete => return None,
        },
    };
    Some(note.to_owned())
}

/// Why the gateway answered, as short as a column of the list is narrow.
fn in_few_words(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::BadRequest => "not valid HTTP",
        ErrorCode::AmbiguousPath => "unclear path",
        ErrorCode::MethodUnsupported => "method refused",
        ErrorCode::TransferCodingUnsupported => "coding refused",
        ErrorCode::HttpVersionUnsupported => "HTTP version",
        ErrorCode::UriTooLong => "URI too long",
        ErrorCode::HeadersTooLarge => "large headers",
        ErrorCode::BodyTooLarge => "large body",
        ErrorCode::RequestTimeout => "stopped coming",
        ErrorCode::MockHasNoRule => "no rule of mock",
        ErrorCode::MockFailed => "mock failed",
        ErrorCode::FaultInjected => "fault on purpose",
        ErrorCode::FaultReset => "reset on purpose",
        ErrorCode::TooManyConnections => "too many open",
        ErrorCode::RouteNotFound => "no route",
        ErrorCode::MethodNotAllowed => "no such method",
        ErrorCode::VersionUnknown => "no such version",
        ErrorCode::VersionRequired => "no version",
        ErrorCode::VersionGone => "version gone",
        ErrorCode::KeyMissing => "no key",
        ErrorCode::KeyMalformed | ErrorCode::KeyInvalid => "bad key",
        ErrorCode::KeyRevoked => "revoked key",
        ErrorCode::KeyDuplicate => "two keys",
        ErrorCode::KeyExpired => "expired key",
        ErrorCode::CredentialMissing => "no credential",
        ErrorCode::PasswordInvalid => "bad password",
        ErrorCode::TokenInvalid => "bad token",
        ErrorCode::IssuerUnavailable => "no issuer keys",
        ErrorCode::ForwardAuthFailed => "auth service",
        ErrorCode::ForwardAuthTimeout => "auth timeout",
        ErrorCode::InsufficientScope => "lacks a scope",
        ErrorCode::Forbidden => "forbidden",
        ErrorCode::CorsRefused => "CORS refused",
        ErrorCode::RateLimited => "limited",
        ErrorCode::QuotaExceeded => "over quota",
        ErrorCode::ConcurrencyExceeded => "too many run",
        ErrorCode::UpstreamRefused => "refused",
        ErrorCode::UpstreamUnresolved => "unknown host",
        ErrorCode::UpstreamReset => "reset",
        ErrorCode::UpstreamInvalid => "not HTTP",
        ErrorCode::UpstreamForbidden => "forbidden target",
        ErrorCode::UpstreamTls => "TLS failed",
        ErrorCode::NoHealthyUpstream => "none healthy",
        ErrorCode::CircuitOpen => "breaker open",
        ErrorCode::ServiceStarting => "service starting",
        ErrorCode::ServiceStopped => "service stopped",
        ErrorCode::CrashLoop => "crash loop",
        ErrorCode::ProcessNotApproved => "not approved",
        ErrorCode::UpstreamConnectTimeout | ErrorCode::UpstreamTimeout => "timeout",
        ErrorCode::PartFailed => "part failed",
        ErrorCode::PartTimeout => "part timeout",
        ErrorCode::PartNeedsValue => "value missing",
        ErrorCode::AggregateTooLarge => "answer too long",
        ErrorCode::NotCached => "nothing kept",
        ErrorCode::ClientClosed => "caller left",
        ErrorCode::Internal => "gateway fault",
    }
}

/// Tries to get an answer. The requests for parts of one are counted at their services; here it is one,
/// and a try more for each that had to be repeated.
fn tries(exchange: &Exchange) -> u32 {
    let calls = || parts(exchange).iter().flat_map(|part| &part.calls);
    let repeated: usize = calls().map(|call| call.tries.len().saturating_sub(1)).sum();
    let first = usize::from(calls().next().is_some());
    u32::try_from(exchange.tries.len() + first + repeated).unwrap_or(u32::MAX)
}

/// The parts of an answer that is made of several.
fn parts(exchange: &Exchange) -> &[PartFact] {
    let mut trace = exchange.trace.iter();
    let found = trace.find_map(|decision| match &decision.facts {
        Facts::Aggregated { parts, .. } => Some(&parts[..]),
        _ => None,
    });
    found.unwrap_or_default()
}

/// Where the time of an answer that is made of several went: from the first request for a part until
/// none was under way any more, it waited.
fn timing_of_parts(exchange: &Exchange, until_answer: u64, total: u64) -> Option<Timing> {
    let asked = parts(exchange).iter().flat_map(|part| &part.calls);
    let (mut first, mut last) = (u64::MAX, 0);
    for call in asked {
        first = first.min(call.at_us);
        last = last.max(call.at_us + call.took_us.unwrap_or(0));
    }
    let wait_us = last.min(until_answer).checked_sub(first)?;
    Some(Timing {
        gateway_us: until_answer - wait_us,
        connect_us: 0,
        wait_us,
        receive_us: total - until_answer,
    })
}

fn timing(exchange: &Exchange, now_ns: u64) -> Timing {
    let total = now_ns.saturating_sub(exchange.started_ns) / 1_000;
    let answered = exchange.answered_ns.unwrap_or(now_ns);
    let until_answer = answered.saturating_sub(exchange.started_ns) / 1_000;
    if let Some(timing) = timing_of_parts(exchange, until_answer, total) {
        return timing;
    }
    let Some((first, last)) = exchange.tries.first().zip(exchange.tries.last()) else {
        return Timing {
            gateway_us: until_answer,
            receive_us: total - until_answer,
            ..Timing::default()
        };
    };
    let gateway_us = first.at_us.min(until_answer);
    let connected = last.at_us + last.connect_us.unwrap_or(0);
    let connect_us = connected.clamp(gateway_us, until_answer) - gateway_us;
    Timing {
        gateway_us,
        connect_us,
        wait_us: until_answer - gateway_us - connect_us,
        receive_us: total - until_answer,
    }
}

/// What is kept of a body, decoded and masked. A body in a coding that cannot be undone could hide
/// secrets, so nothing of it is kept.
fn body(
    captured: Captured,
    headers: Option<&HeaderMap>,
    redactor: &Redactor,
    own: bool,
) -> CapturedBody {
    let header = |name: HeaderName| {
        let value = headers?.get(name)?.to_str().ok()?;
        Some(value.to_owned())
    };
    let content_type = header(CONTENT_TYPE);
    let content_encoding = header(CONTENT_ENCODING).filter(|coding| coding != "identity");
    let mut truncated = captured.truncated();
    let bytes = captured.passed;
    let decoded = match &content_encoding {
        None => Some(captured.kept),
        Some(coding) => decode(coding, &captured.kept, captured.most).map(|(decoded, more)| {
            truncated |= more;
            decoded
        }),
    };
    let body = CapturedBody {
        content_type,
        content_encoding,
        bytes,
        decoded_bytes: decoded
            .as_ref()
            .filter(|_| !truncated)
            .map(|decoded| decoded.len() as u64),
        truncated,
        text: None,
        utf_16: None,
        base64: None,
    };
    let Some(kept) = decoded.filter(|kept| !kept.is_empty()) else {
        return body;
    };
    match text(&kept, truncated) {
        Some(text) => {
            let text = match own {
                true => redactor.own_body(&text),
                false => redactor.body(body.content_type.as_deref(), &text),
            };
            CapturedBody {
                text: Some(text),
                utf_16: byte_order(&kept),
                ..body
            }
        }
        None => {
            let masked = redactor.binary_body(body.content_type.as_deref(), &kept);
            CapturedBody {
                base64: Some(STANDARD.encode(masked)),
                ..body
            }
        }
    }
}

/// Bytes as text, if they are text. The end of a truncated one may be half a character.
pub(super) fn text(bytes: &[u8], truncated: bool) -> Option<Cow<'_, str>> {
    if let Some(text) = utf_16(bytes) {
        return Some(Cow::Owned(text));
    }
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) if truncated && error.error_len().is_none() => {
            std::str::from_utf8(&bytes[..error.valid_up_to()]).ok()?
        }
        Err(_) => return None,
    };
    (!text.contains('\0')).then_some(Cow::Borrowed(text))
}

/// What the mark at the beginning of UTF-16 says.
fn byte_order(bytes: &[u8]) -> Option<ByteOrder> {
    match bytes {
        [0xff, 0xfe, ..] => Some(ByteOrder::Little),
        [0xfe, 0xff, ..] => Some(ByteOrder::Big),
        _ => None,
    }
}

/// UTF-16 that says so at its beginning.
fn utf_16(bytes: &[u8]) -> Option<String> {
    let unit: fn([u8; 2]) -> u16 = match byte_order(bytes)? {
        ByteOrder::Little => u16::from_le_bytes,
        ByteOrder::Big => u16::from_be_bytes,
    };
    let bytes = &bytes[2..];
    let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
    let text: Result<String, _> = char::decode_utf16(units).collect();
    text.ok().filter(|text| !text.contains('\0'))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::HeaderValue;

    use super::*;
    use crate::config::{ApiKeys, Redaction};

    /// What is kept of a body with these headers, when `most` bytes of it may be kept.
    fn kept(headers: &[(HeaderName, &'static str)], bytes: &[u8], most: usize) -> CapturedBody {
        let mut captured = Captured::up_to(most);
        captured.add(&Bytes::copy_from_slice(bytes));
        let headers = headers.iter().cloned();
        let headers: HeaderMap = headers
            .map(|(name, value)| (name, HeaderValue::from_static(value)))
            .collect();
        let redactor = Redactor::new(&Redaction::default(), &ApiKeys::default());
        body(captured, Some(&headers), &redactor, false)
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        use std::io::Write as _;
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn no_more_is_kept_than_was_asked_for_and_it_is_said_how_much_passed() {
        let body = kept(&[], "ab€".as_bytes(), 4);
        assert_eq!(
            (body.text.as_deref(), body.bytes, body.truncated),
            (Some("ab"), 5, true),
            "half a character is left out"
        );
        let zeros = gzip(&[b'0'; 100_000]);
        let passed = zeros.len() as u64;
        let body = kept(&[(CONTENT_ENCODING, "gzip")], &zeros, 1_000);
        assert_eq!(
            body.text.unwrap().len(),
            1_000,
            "decoded, it counts as well"
        );
        assert_eq!((body.bytes, body.truncated), (passed, true));
        let body = kept(&[], b"abc", 0);
        assert_eq!((body.text, body.bytes, body.truncated), (None, 3, true));
    }

    /// LG-3
    #[test]
    fn secrets_are_masked_in_bodies_of_any_encoding() {
        let secret = r#"{"user":"é","token":"canary"}"#;
        let latin_1: Vec<u8> = secret.chars().map(|c| u8::try_from(c).unwrap()).collect();
        let utf_16: Vec<u8> = "\u{feff}"
            .encode_utf16()
            .chain(secret.encode_utf16())
            .flat_map(u16::to_le_bytes)
            .collect();
        let json = (CONTENT_TYPE, "application/json");
        let gzipped = (CONTENT_ENCODING, "gzip");
        for (headers, bytes) in [
            (vec![json.clone()], secret.as_bytes().to_vec()),
            (vec![json.clone()], latin_1),
            (vec![json.clone()], utf_16),
            (vec![json.clone()], [secret.as_bytes(), b"\0"].concat()),
            (vec![json, gzipped], gzip(secret.as_bytes())),
        ] {
            let body = kept(&headers, &bytes, 1_000);
            let shown = match (&body.text, &body.base64) {
                (Some(text), None) => text.clone(),
                (None, Some(base64)) => {
                    String::from_utf8_lossy(&STANDARD.decode(base64).unwrap()).into_owned()
                }
                other => panic!("either text or not: {other:?}"),
            };
            assert!(
                shown.contains(r#""token":"•••""#) && shown.contains("user"),
                "{shown}"
            );
        }
    }

    #[test]
    fn nothing_is_kept_of_a_body_whose_coding_is_not_known() {
        let body = kept(&[(CONTENT_ENCODING, "secret-coding")], b"canary", 1_000);
        assert_eq!((body.text, body.base64, body.bytes), (None, None, 6));
        assert_eq!(body.content_encoding.as_deref(), Some("secret-coding"));
    }
}
