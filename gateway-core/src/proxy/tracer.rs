//! What each stage decided, and how long it took.

use http::header::HOST;
use http::{HeaderValue, Uri};

use super::accept::Accepted;
use super::cache::Looked;
use super::decided::Decided;
use super::error::{ErrorCode, ProxyError};
use super::forward::Forwarded;
use crate::clock::Clock;
use crate::record::decision::{CacheFact, Decision, Facts, Stage, Verdict};
use crate::record::exchange::Exchange;
use crate::snapshot::Service;

/// Writes down what each stage decided, and how long it took.
pub(super) struct Tracer<'e> {
    /// What is known of the request.
    pub(super) exchange: &'e mut Exchange,
    clock: Clock,
    since_ns: u64,
}

impl<'e> Tracer<'e> {
    /// The first stage begins now.
    pub(super) fn new(exchange: &'e mut Exchange, clock: &Clock) -> Self {
        Self {
            exchange,
            clock: clock.clone(),
            since_ns: clock.monotonic_ns(),
        }
    }

    /// Writes down what a stage decided; the next one begins. Given back is what follows from it.
    pub(super) fn decided<T>(
        &mut self,
        stage: Stage,
        decided: Decided<T>,
    ) -> Result<T, ProxyError> {
        let Decided {
            verdict,
            facts,
            result,
        } = decided;
        self.note(stage, verdict, facts);
        result
    }

    /// The same, but for a stage that a route may leave out.
    pub(super) fn decided_if_asked<T>(
        &mut self,
        stage: Stage,
        decided: Decided<T>,
    ) -> Result<T, ProxyError> {
        match decided.verdict {
            Verdict::NotConfigured => decided.result,
            _ => self.decided(stage, decided),
        }
    }

    /// Writes down what a stage decided; the next one begins.
    pub(super) fn note(&mut self, stage: Stage, verdict: Verdict, facts: Facts) {
        let exchange = &mut *self.exchange;
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
        accepted: Result<Accepted, ProxyError>,
    ) -> Result<Accepted, ProxyError> {
        let (verdict, facts) = match &accepted {
            Ok(accepted) => (
                Verdict::Passed,
                Facts::Accepted {
                    match_path: accepted.match_path.clone(),
                },
            ),
            Err(error) => (Verdict::Stopped, not_accepted(error)),
        };
        self.note(Stage::Accept, verdict, facts);
        accepted
    }

    /// Writes down what went wrong, if anything did.
    pub(super) fn checked<T>(
        &mut self,
        stage: Stage,
        result: Result<T, ProxyError>,
    ) -> Result<T, ProxyError> {
        if let Err(error) = &result {
            self.note(stage, Verdict::Stopped, not_accepted(error));
        }
        result
    }

    /// Writes down what came of looking through what is kept.
    pub(super) fn looked_up(
        &mut self,
        fact: &CacheFact,
        looked: Result<Looked, ProxyError>,
    ) -> Result<Looked, ProxyError> {
        let verdict = match &looked {
            Err(_) => Verdict::Stopped,
            Ok(Looked::Ask) => Verdict::Passed,
            Ok(Looked::Answer(_) | Looked::AnswerAndRefresh(..)) => Verdict::Answered,
        };
        self.note(Stage::Cache, verdict, Facts::Cache(fact.clone()));
        looked
    }

    /// Writes down what is kept of the answer, beside what came of looking.
    pub(super) fn cached(&mut self, fact: CacheFact) {
        let mut all = self.exchange.trace.iter_mut().rev();
        if let Some(decision) = all.find(|decision| decision.stage == Stage::Cache) {
            decision.facts = Facts::Cache(fact);
        }
    }

    /// Writes down what became of it at its service.
    pub(super) fn forwarded(&mut self, service: &Service, forwarded: &Forwarded) {
        let error = forwarded.answer.as_ref().err();
        let facts = Facts::Forwarded {
            service: service.name.clone(),
            tries: u32::try_from(self.exchange.tries.len()).unwrap_or(u32::MAX),
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
        self.note(Stage::Forward, verdict, facts);
    }

    /// Which host the service saw is known once a target was chosen.
    pub(super) fn note_target_host(&mut self) {
        let last = self.exchange.tries.last();
        let target: Option<Uri> = last.and_then(|tried| tried.target.parse().ok());
        let host = target.as_ref().and_then(Uri::authority);
        if let (Some(headers), Some(host)) = (&mut self.exchange.upstream_request, host)
            && let Ok(host) = HeaderValue::from_str(host.as_str())
        {
            headers.insert(HOST, host);
        }
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
