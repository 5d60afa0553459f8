//! Who answered and why, in one sentence for a person.

use super::decision::{ConcurrencyFact, Decision, Facts, FaultFact, LimitFact, QuotaFact, Try};
use super::detail::Kept;
use super::parts::{PartEnd, PartFact};
use super::summarise::{cache_fact, deciding};
use super::summary::{Ending, ExchangeSummary, RequestOrigin, Source, StreamKind};
use crate::config::LimitMode;
use crate::faults::Effect;
use crate::proxy::error::{ErrorCode, whole_seconds};
use crate::snapshot::limits::calendar::Zone;

/// The sentence that opens an exchange's detail.
pub fn sentence(summary: &ExchangeSummary, kept: &Kept) -> String {
    if summary.origin == RequestOrigin::Import {
        return "Read from a file of another program: it did not pass this gateway.".to_owned();
    }
    if summary.code == Some(ErrorCode::ClientClosed) {
        return abandoned(&kept.trace);
    }
    let route = summary
        .route
        .as_ref()
        .map_or(String::new(), |name| format!(" on route `{name}`"));
    if summary.source == Source::Cache
        && let Some(fact) = cache_fact(&kept.trace)
    {
        let time = milliseconds(summary.duration_us);
        let status = summary.status;
        return format!(
            "Answered{route} from the cache with {status} in {time}; {}.",
            fact.reason
        );
    }
    match deciding(&kept.trace).map(|decision| &decision.facts) {
        Some(Facts::Cache(fact)) => format!(
            "Refused{route}: the request takes only an answer that is kept (`only-if-cached`); {}.",
            fact.reason
        ),
        Some(Facts::NotAccepted { reason, .. }) => format!("Refused: {}", lower_first(reason)),
        Some(Facts::NoRoute {
            code: ErrorCode::MethodNotAllowed,
            allowed_methods,
            ..
        }) => format!(
            "Refused: a route takes `{}`, but only with {}.",
            summary.path,
            allowed_methods.join(", ")
        ),
        Some(Facts::NoRoute { near_misses, .. }) => match near_misses.first() {
            Some(near) => format!(
                "No route takes this request. The nearest is `{}`: {}.",
                near.route, near.reason
            ),
            None => "No route takes this request; there is no route yet.".to_owned(),
        },
        Some(Facts::KeyRefused {
            code,
            name,
            ended_at_us,
            ..
        }) => key_refused(*code, name.as_deref(), *ended_at_us, &route),
        Some(Facts::VersionRefused { reason, .. }) => {
            format!("Refused{route}: {}", lower_first(reason))
        }
        Some(Facts::Preflight {
            origin,
            allowed,
            reason,
        }) => match (allowed, reason) {
            (true, _) => format!("Answered{route}: pages of `{origin}` may call."),
            (false, reason) => format!(
                "Refused{route}: pages of `{origin}` may not call: {}",
                lower_first(reason.as_deref().unwrap_or_default())
            ),
        },
        Some(Facts::CallerRefused { reason, .. } | Facts::NotAuthorised { reason, .. }) => {
            format!("Refused{route}: {}", lower_first(reason))
        }
        Some(Facts::RefusedElsewhere { url, status }) => {
            format!("Refused{route}: `{url}` was asked and answered {status}.")
        }
        Some(Facts::Limits {
            limits,
            quotas,
            concurrency,
        }) => limited(limits, quotas, concurrency, &route),
        Some(Facts::Forwarded {
            service,
            tries,
            code: Some(_),
            reason,
            held_ms,
            started_ms,
            not_retried,
        }) => {
            let reason = reason.as_deref().unwrap_or("no reason is known");
            let what = match tries {
                0 => format!("Not sent to service `{service}`"),
                _ => format!("Service `{service}` gave no answer"),
            };
            let held = held(*held_ms, *started_ms).unwrap_or_default();
            let not_retried = not_retried.as_ref();
            let end = not_retried.map_or(String::new(), |why| format!(" Not tried again: {why}."));
            format!("{what}{held}: {}.{end}", reason.trim_end_matches('.'))
        }
        Some(Facts::Forwarded {
            service,
            held_ms,
            started_ms,
            ..
        }) => {
            let how = held(*held_ms, *started_ms).or_else(|| retried(&kept.attempts));
            answered(summary, kept, service.as_str(), &how.unwrap_or_default())
        }
        Some(Facts::WouldForward { service, url, .. }) => match url {
            Some(url) => format!("Would be sent{route} to service `{service}`: {url}."),
            None => format!("Would be sent{route} to service `{service}`."),
        },
        Some(Facts::Mocked {
            rule,
            status,
            delay_ms,
        }) => {
            let wait = match delay_ms {
                0 => String::new(),
                ms => format!(", held back for {ms} ms"),
            };
            format!("Answered{route} by rule {rule} of the mock, with {status}{wait}.")
        }
        Some(Facts::Faults { faults }) => faulty(faults, &route),
        Some(Facts::Aggregated {
            parts,
            completed,
            decided,
            code,
            reason,
        }) => aggregated(
            summary,
            parts,
            *completed,
            decided.as_deref().zip(reason.as_deref()),
            *code,
            &route,
        ),
        Some(Facts::WouldAggregate { parts }) => {
            format!(
                "Would be answered{route} by several services together: {}.",
                parts.join(", ")
            )
        }
        Some(Facts::OwnAnswer { status, location }) => match location {
            Some(place) => format!("Sent elsewhere{route}: to `{place}`, with {status}."),
            None => format!("Answered{route} by the gateway itself, always with {status}."),
        },
        _ => format!("Answered by the gateway with {}.", summary.status),
    }
}

/// What a fault did that ended a request.
fn faulty(faults: &[FaultFact], route: &str) -> String {
    let ended = faults.iter().find_map(|fault| match fault.effect {
        Effect::Error { status } => Some((fault, format!("Answered{route} with {status}"))),
        Effect::Reset => Some((fault, format!("Closed{route} without an answer"))),
        Effect::Refuse { refusal } => {
            Some((fault, format!("Refused{route} with {}", refusal.status())))
        }
        Effect::Latency { .. } | Effect::Truncate { .. } | Effect::Drip { .. } => None,
    });
    match ended {
        Some((fault, what)) if let Some(forced) = fault.forced() => {
            format!("{what}, {forced}. No limit counted it, and the service was not asked.")
        }
        Some((fault, what)) => format!(
            "{what} by a fault that is switched on, for {} of 100 requests; the service was not asked.",
            fault.share_percent
        ),
        None => format!("Struck{route} by a fault that is switched on."),
    }
}

/// An answer of several services: whether all of it is there, or which part was to blame.
fn aggregated(
    summary: &ExchangeSummary,
    parts: &[PartFact],
    completed: bool,
    decided: Option<(&str, &str)>,
    code: Option<ErrorCode>,
    route: &str,
) -> String {
    let time = milliseconds(summary.duration_us);
    let status = summary.status;
    let asked: u32 = parts.iter().map(|part| part.asked).sum();
    let of = match asked {
        1 => format!("{} parts, 1 request", parts.len()),
        n => format!("{} parts, {n} requests", parts.len()),
    };
    if let Some((part, reason)) = decided {
        let how = match code {
            Some(_) => format!("Refused{route} with {status}"),
            None => format!("Answered{route} with the {status} of a part"),
        };
        return format!("{how}: part `{part}` is required, and {reason}.");
    }
    if let Some(reason) = code.map(ErrorCode::as_str) {
        return format!("Refused{route} with {status}: {reason}.");
    }
    let left = match summary.ending {
        Ending::ClientClosed => " The caller left before all of it was sent.",
        Ending::Complete | Ending::Running | Ending::CutOff => "",
    };
    if completed {
        return format!(
            "Answered{route} by several services together with {status} in {time}: {of}, all there.{left}"
        );
    }
    let missing = parts.iter().filter(|part| part.end != PartEnd::Ok);
    let missing: Vec<_> = missing
        .map(|part| match &part.reason {
            Some(reason) => format!("`{}` ({reason})", part.name),
            None => format!("`{}`", part.name),
        })
        .collect();
    format!(
        "Answered{route} by several services together with {status} in {time}, incomplete: {of}; missing: {}.{left}",
        missing.join(", ")
    )
}

/// That a request had to wait for a target to listen, or for its program to be started.
fn held(held_ms: Option<u64>, started_ms: Option<u64>) -> Option<String> {
    let waited = milliseconds(held_ms? * 1_000);
    Some(match started_ms {
        Some(ms) => {
            let took = milliseconds(ms * 1_000);
            format!(", after waiting {waited} for its program, which was started in {took}")
        }
        None => format!(", after waiting {waited} for it to listen"),
    })
}

/// That a request was tried before, and what came of that the last time.
fn retried(tries: &[Try]) -> Option<String> {
    let (_, before) = tries.split_last()?;
    let failed = before.last()?;
    let why = match (failed.code, failed.status) {
        (Some(code), _) => code.as_str().to_owned(),
        (None, Some(status)) => format!("status {status}"),
        (None, None) => return None,
    };
    let number = tries.len();
    Some(format!(
        ", at try {number}; the one before ended with {why} at {}",
        failed.target
    ))
}

fn answered(summary: &ExchangeSummary, kept: &Kept, service: &str, how: &str) -> String {
    let target = summary.target.as_deref().unwrap_or_default();
    let time = milliseconds(summary.duration_us);
    let status = summary.status;
    if status == 101 {
        return switched(summary, service, target, &time);
    }
    match summary.ending {
        Ending::Complete => {
            format!("Answered by service `{service}` ({target}) with {status} in {time}{how}.")
        }
        Ending::Running => {
            format!("Service `{service}` ({target}) is answering with {status}, for {time} so far.")
        }
        Ending::CutOff
            if kept.attempts.last().and_then(|last| last.code) == Some(ErrorCode::KeyRevoked) =>
        {
            format!(
                "Service `{service}` ({target}) answered with {status}; the gateway ended that \
                 after {} bytes, because the API key was revoked.",
                summary.response_bytes
            )
        }
        Ending::CutOff
            if kept.attempts.last().and_then(|last| last.code)
                == Some(ErrorCode::FaultInjected) =>
        {
            format!(
                "Service `{service}` ({target}) answered with {status}; a fault that is switched on \
                 broke that off after {} bytes.",
                summary.response_bytes
            )
        }
        Ending::CutOff => {
            let why = kept.attempts.last().and_then(|last| last.reason.as_deref());
            format!(
                "Service `{service}` ({target}) answered with {status}, but broke off after {} \
                 bytes{}.",
                summary.response_bytes,
                why.map_or(String::new(), |why| format!(
                    ": {}",
                    why.trim_end_matches('.')
                )),
            )
        }
        Ending::ClientClosed => format!(
            "Service `{service}` ({target}) answered with {status}; the caller left after {} bytes.",
            summary.response_bytes
        ),
    }
}

fn switched(summary: &ExchangeSummary, service: &str, target: &str, time: &str) -> String {
    let what = match summary.stream {
        Some(StreamKind::Websocket) => "a WebSocket",
        _ => "another protocol",
    };
    let how_long = match summary.ending {
        Ending::Running => format!("open for {time} so far"),
        Ending::Complete => format!("closed after {time}"),
        Ending::CutOff => format!("broken off after {time}, not by the caller"),
        Ending::ClientClosed => format!("left by the caller after {time}"),
    };
    format!("Switched by service `{service}` ({target}) to {what}, {how_long}.")
}

fn key_refused(
    code: ErrorCode,
    name: Option<&str>,
    ended_at_us: Option<i64>,
    route: &str,
) -> String {
    let named = name.unwrap_or_default();
    let when = ended_at_us.map_or(String::new(), |at_us| {
        format!(" on {}", Zone::utc().text_with_year(at_us))
    });
    let what = match code {
        ErrorCode::KeyMissing => "no API key was sent, and one is needed".to_owned(),
        ErrorCode::KeyMalformed => {
            "what was sent as API key has the wrong form or checksum".to_owned()
        }
        ErrorCode::KeyRevoked => match when.as_str() {
            "" => format!("the API key `{named}` has been revoked"),
            when => format!("the API key `{named}` was revoked{when}"),
        },
        ErrorCode::KeyExpired => match when.as_str() {
            "" => format!("the API key `{named}` has expired"),
            when => format!("the API key `{named}` expired{when}"),
        },
        ErrorCode::KeyDuplicate => "several different API keys were sent".to_owned(),
        _ => "the API key was never issued here".to_owned(),
    };
    format!("Refused: {what}{route}.")
}

/// Each limit that stopped it, the numbers, and when that passes.
fn limited(
    limits: &[LimitFact],
    quotas: &[QuotaFact],
    concurrency: &[ConcurrencyFact],
    route: &str,
) -> String {
    let stops = |mode, admitted: bool| mode == LimitMode::Enforce && !admitted;
    let rates = limits.iter().filter(|fact| stops(fact.mode, fact.admitted));
    let rates = rates.map(|fact| {
        let LimitFact { name, burst, .. } = fact;
        let used = burst.saturating_sub(fact.remaining_before);
        let wait = whole_seconds(fact.retry_after_ms);
        format!("rate limit `{name}`{route}: {used} of {burst} used; room for one more in {wait} s")
    });
    let quotas = quotas.iter().filter(|fact| stops(fact.mode, fact.admitted));
    let quotas = quotas.map(|fact| {
        let QuotaFact {
            name,
            requests,
            used_before,
            ..
        } = fact;
        let anew = Zone::named(&fact.time_zone).unwrap_or(Zone::utc());
        let anew = anew.text(fact.resets_at_us);
        format!("quota `{name}`{route}: {used_before} of {requests} used; begins anew on {anew}")
    });
    let running = concurrency.iter();
    let running = running.filter(|fact| stops(fact.mode, fact.admitted));
    let running = running.map(|fact| {
        let ConcurrencyFact {
            name,
            requests,
            running_before,
            ..
        } = fact;
        format!(
            "limit on running requests `{name}`{route}: {running_before} of {requests} were \
             running; room for one more as soon as one of them ends"
        )
    });
    let all: Vec<_> = rates.chain(quotas).chain(running).collect();
    format!("Stopped by {}.", all.join(", and by "))
}

fn abandoned(trace: &[Decision]) -> String {
    let parts = trace.iter().find_map(|decision| match &decision.facts {
        Facts::Aggregated { parts, .. } => Some(parts),
        _ => None,
    });
    if let Some(parts) = parts {
        let under_way = parts.iter().filter(|part| part.end == PartEnd::Cancelled);
        let names: Vec<_> = under_way.map(|part| format!("`{}`", part.name)).collect();
        return format!(
            "The caller left while {} were still being asked for.",
            names.join(", ")
        );
    }
    match trace
        .iter()
        .any(|decision| matches!(decision.facts, Facts::Limits { .. } | Facts::Unlimited))
    {
        true => "The caller left before the service answered.".to_owned(),
        false => "The caller left before there was an answer.".to_owned(),
    }
}

fn milliseconds(us: u64) -> String {
    match us {
        0..10_000 => format!("{:.1} ms", us as f64 / 1e3),
        10_000..1_000_000 => format!("{} ms", us / 1_000),
        _ => format!("{:.1} s", us as f64 / 1e6),
    }
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or(String::new(), |first| {
        // Not `Content-Length`, nor a name in backticks.
        match chars.clone().next().is_some_and(char::is_lowercase) {
            true => first.to_lowercase().chain(chars).collect(),
            false => text.to_owned(),
        }
    })
}
