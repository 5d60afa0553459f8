//! Makes a row and its detail of what the request path wrote down. Masks as it goes.

use http::HeaderMap;
use http::header::CONTENT_TYPE;

use super::capture::Captured;
use super::captured_body::body;
use super::decision::{CacheFact, CacheResult, Decision, Facts, Stage, Verdict};
use super::detail::Kept;
use super::exchange::{Exchange, Outcome};
use super::masked_trace::{masked_decision, masked_try};
use super::messages::Events;
use super::note::note;
use super::recording::Ended;
use super::redact::Redactor;
use super::summary::{Ending, ExchangeSummary, KeyName, Source, StreamKind};
use super::timing::{timing, tries};
use super::tunnel::is_websocket;
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
            .or_else(|| let_through(&exchange.trace).map(str::to_owned))
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
        pinned: false,
        cache: cache_fact(&exchange.trace).map(|fact| fact.result),
        tries: tries(exchange),
        request_bytes,
        response_bytes,
        duration_us: now_ns.saturating_sub(exchange.started_ns) / 1_000,
        timing: timing(exchange, now_ns),
    }
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

/// That a person let it pass a limit that had no room for it.
fn let_through(trace: &[Decision]) -> Option<&'static str> {
    let mut facts = trace.iter().map(|decision| &decision.facts);
    facts
        .any(|facts| !facts.let_through().is_empty())
        .then_some("let through once")
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
