//! Decisions and tries without secrets.

use super::decision::{Decision, Facts, Try};
use super::redact::Redactor;

/// Facts repeat what the caller sent: its path, above all.
pub(super) fn masked_decision(mut decision: Decision, redactor: &Redactor) -> Decision {
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

/// Targets and reasons may repeat what the caller sent.
pub(super) fn masked_try(mut tried: Try, redactor: &Redactor) -> Try {
    tried.target = redactor.text(&tried.target);
    if let Some(reason) = &mut tried.reason {
        *reason = redactor.text(reason);
    }
    tried
}
