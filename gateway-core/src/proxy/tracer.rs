//! What each stage decided, and how long it took.

use super::accept::Accepted;
use super::cache::Looked;
use super::error::{ErrorCode, ProxyError};
use super::forward;
use crate::clock::Clock;
use crate::record::decision::{CacheFact, Decision, Facts, Stage, Verdict};
use crate::record::exchange::Exchange;
use crate::snapshot::Service;

/// Writes down what each stage decided, and how long it took.
pub(super) struct Tracer {
    clock: Clock,
    since_ns: u64,
}

impl Tracer {
    /// The first stage begins now.
    pub(super) fn new(clock: &Clock) -> Self {
        Self {
            clock: clock.clone(),
            since_ns: clock.monotonic_ns(),
        }
    }

    /// Writes down what a stage decided; the next one begins.
    pub(super) fn decided(
        &mut self,
        exchange: &mut Exchange,
        stage: Stage,
        verdict: Verdict,
        facts: Facts,
    ) {
        let now_ns = self.clock.monotonic_ns();
        exchange.trace.push(Decision {
            stage,
            verdict,
            facts,
            at_us: self.since_ns.saturating_sub(exchange.started_ns) / 1_000,
            took_us: now_ns.saturating_sub(self.since_ns) / 1_000,
        });
        self.since_ns = now_ns;
    }

    /// Writes down what kind of request it is.
    pub(super) fn accepted(
        &mut self,
        exchange: &mut Exchange,
        accepted: &Result<Accepted, ProxyError>,
    ) {
        let (verdict, facts) = match accepted {
            Ok(accepted) => (
                Verdict::Passed,
                Facts::Accepted {
                    match_path: accepted.match_path.clone(),
                },
            ),
            Err(error) => (Verdict::Stopped, not_accepted(error)),
        };
        self.decided(exchange, Stage::Accept, verdict, facts);
    }

    /// Writes down what went wrong, if anything did.
    pub(super) fn checked<T>(
        &mut self,
        exchange: &mut Exchange,
        stage: Stage,
        result: Result<T, ProxyError>,
    ) -> Result<T, ProxyError> {
        if let Err(error) = &result {
            self.decided(exchange, stage, Verdict::Stopped, not_accepted(error));
        }
        result
    }

    /// Writes down what came of looking through what is kept.
    pub(super) fn looked_up(
        &mut self,
        exchange: &mut Exchange,
        fact: &CacheFact,
        looked: &Result<Looked, ProxyError>,
    ) {
        let verdict = match looked {
            Err(_) => Verdict::Stopped,
            Ok(Looked::Ask) => Verdict::Passed,
            Ok(Looked::Answer(_) | Looked::AnswerAndRefresh(..)) => Verdict::Answered,
        };
        self.decided(exchange, Stage::Cache, verdict, Facts::Cache(fact.clone()));
    }

    /// Writes down what is kept of the answer, beside what came of looking.
    pub(super) fn cached(&self, exchange: &mut Exchange, fact: CacheFact) {
        let mut all = exchange.trace.iter_mut().rev();
        if let Some(decision) = all.find(|decision| decision.stage == Stage::Cache) {
            decision.facts = Facts::Cache(fact);
        }
    }

    /// Writes down what became of it at its service.
    pub(super) fn forwarded(
        &mut self,
        exchange: &mut Exchange,
        service: &Service,
        forwarded: &forward::Forwarded,
    ) {
        let error = forwarded.answer.as_ref().err();
        let facts = Facts::Forwarded {
            service: service.name.clone(),
            tries: u32::try_from(exchange.tries.len()).unwrap_or(u32::MAX),
            code: error.map(ProxyError::code),
            reason: error.map(|error| match error {
                ProxyError::Upstream(_, reason) | ProxyError::Unavailable { reason, .. } => {
                    reason.clone()
                }
                other => other.detail().into_owned(),
            }),
            held_ms: forwarded.held_ms,
            started_ms: forwarded.started_ms,
            not_retried: forwarded.not_retried.clone(),
        };
        let verdict = match error {
            None => Verdict::Answered,
            Some(_) => Verdict::Stopped,
        };
        self.decided(exchange, Stage::Forward, verdict, facts);
    }
}

/// What is wrong with a request, and by which setting, where it is one.
fn not_accepted(error: &ProxyError) -> Facts {
    let code = error.code();
    let detail = error.detail();
    let setting = match code {
        ErrorCode::UriTooLong => Some("`listen.limits.max_uri_bytes`"),
        ErrorCode::HeadersTooLarge if detail.contains("bytes") => {
            Some("`listen.limits.max_header_bytes`")
        }
        ErrorCode::HeadersTooLarge => Some("`listen.limits.max_headers`"),
        ErrorCode::BodyTooLarge => Some("`max_request_body_bytes`"),
        _ => None,
    };
    Facts::NotAccepted {
        code,
        reason: match setting {
            Some(setting) => format!("{} ({setting}).", detail.trim_end_matches('.')),
            None => detail.into_owned(),
        },
    }
}
