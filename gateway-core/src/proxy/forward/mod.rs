//! What does the service answer?
//!
//! Chooses a target and asks it, see [`super::attempt`]; where that fails, another one is asked, or one
//! is waited for that is being restarted, as [`next`] decides.

mod instances;
mod next;
mod repeatable;

use std::time::Duration;

use http::{HeaderMap, HeaderValue, Method, Response};

use super::affinity::Affinity;
use super::attempt::{Attempts, Failed};
use super::body::{AnswerBody, UnsentBody};
use super::error::{ErrorCode, ProxyError};
use super::served::{Held, Served};
use crate::process::managed::Waited;
use crate::record::decision::Try;
use crate::snapshot::Service;
use crate::snapshot::balance::{Asked, Choice, Running, Unavailable};
use crate::snapshot::breaker::Trial;
use crate::snapshot::budget::Place;
use instances::Current;
use next::{Holding, Next};
use repeatable::Repeatable;

/// A request as its service shall see it, whichever target gets it.
pub struct Outgoing {
    /// Method.
    pub method: Method,
    /// Path, without the path of the target's URL.
    pub path: String,
    /// Query, if there is one.
    pub query: Option<String>,
    /// Headers, ready to be sent.
    pub headers: HeaderMap,
    /// Whether the target's own host takes the place of that in `headers`.
    pub target_host: bool,
    /// Body.
    pub body: UnsentBody,
    /// How many times it is tried again at most, where that is not up to the service.
    pub retries: Option<u8>,
}

/// What became of a request.
pub struct Forwarded {
    /// The answer, or why there is none.
    pub answer: Result<Response<AnswerBody>, ProxyError>,
    /// A cookie for the caller, so that the next request goes to the same target.
    pub set_cookie: Option<HeaderValue>,
    /// How long it waited for a target to listen, if it had to.
    pub held_ms: Option<u64>,
    /// How long an instance of the service's program took to get ready, if it waited for one.
    pub started_ms: Option<u64>,
    /// Why it was not tried again, where that could have been.
    pub not_retried: Option<String>,
}

/// Sends a request to a target of `service`, and to others as its configuration says. Each try is
/// written to `tries` as it happens.
pub async fn forward(
    attempts: &Attempts<'_>,
    service: &Service,
    affinity: &Affinity,
    outgoing: Outgoing,
    tries: &mut Vec<Try>,
) -> Forwarded {
    let mut course = Course {
        attempts,
        template: service,
        service: Current::Fixed(service),
        waited: None,
        affinity,
        trial: None,
        tried: Vec::new(),
        retries: outgoing.retries.unwrap_or(service.retries.attempts),
        retries_left: outgoing.retries.unwrap_or(service.retries.attempts),
        retrying: None,
        holding: None,
        set_cookie: None,
        not_retried: None,
        because: None,
    };
    let now_ns = attempts.clock.monotonic_ns();
    let answer = match service.balancer.admit(now_ns) {
        Err(open) => Err(unavailable(ErrorCode::CircuitOpen, open)),
        Ok(trial) => {
            course.trial = trial;
            match course.find_instances().await {
                Ok(()) => course.run(outgoing, tries).await,
                Err(none) => Err(none),
            }
        }
    };
    course.end(answer)
}

/// That the service is not called at all.
pub(super) fn unavailable(code: ErrorCode, why: Unavailable) -> ProxyError {
    let Unavailable {
        retry_after_ms,
        reason,
    } = why;
    ProxyError::Unavailable {
        code,
        retry_after_ms,
        reason,
    }
}

/// The way of one request through its tries.
struct Course<'a> {
    attempts: &'a Attempts<'a>,
    /// The service, as the configuration has it.
    template: &'a Service,
    service: Current<'a>,
    /// How long an instance was waited for, if it was.
    waited: Option<Waited>,
    affinity: &'a Affinity,
    trial: Option<Trial>,
    /// Targets that were tried since the last pause.
    tried: Vec<usize>,
    /// How many times it may be tried again in all.
    retries: u8,
    retries_left: u8,
    /// Counts as a retry until there is an answer.
    retrying: Option<Place>,
    holding: Option<Holding>,
    set_cookie: Option<HeaderValue>,
    not_retried: Option<String>,
    /// Why the next try is made, if it is not the first.
    because: Option<String>,
}

impl Course<'_> {
    async fn run(
        &mut self,
        outgoing: Outgoing,
        tries: &mut Vec<Try>,
    ) -> Result<Response<AnswerBody>, ProxyError> {
        let place = self.service.balancer.budget.run();
        let outgoing = Repeatable::new(outgoing, self.retries > 0);
        let mut first = true;
        loop {
            if !std::mem::take(&mut first) {
                self.find_instances().await?;
            }
            let Choice {
                index,
                why,
                mut running,
            } = match self.choose() {
                Ok(choice) => choice,
                Err(none) => match self.hold(tries) {
                    Some(until_ns) => {
                        self.attempts.clock.sleep_until(until_ns).await;
                        continue;
                    }
                    None => return Err(unavailable(ErrorCode::NoHealthyUpstream, none)),
                },
            };
            let from = tries.len();
            let tried = self.attempt(index, &outgoing, tries).await;
            let why = match self.because.take() {
                Some(because) => format!("{because}, {why}"),
                None => why,
            };
            for tried in tries.iter_mut().skip(from) {
                tried.chosen = Some(why.clone());
                tried.instance = self.service.balancer.peers[index].instance;
            }
            self.tried.push(index);
            let failed = match tried {
                Ok(response) => {
                    let status = response.status().as_u16();
                    running.answered(status, self.now_ns());
                    if self.is_retried(status, &outgoing, tries) {
                        continue;
                    }
                    return Ok(self.serve(response, index, running, place));
                }
                Err(failed) => failed,
            };
            let next = self.next(&failed, &outgoing);
            if let Next::Hold = next
                && let Some(until_ns) = self.hold(tries)
            {
                // A target that is waited for has not failed yet.
                drop(running);
                self.attempts.clock.sleep_until(until_ns).await;
                self.because = Some("after waiting for it to listen".to_owned());
                continue;
            }
            if let ProxyError::Upstream(code, reason) = &failed.error {
                running.failed(&format!("{}: {reason}", code.as_str()), self.now_ns());
            }
            match next {
                Next::Retry => {
                    let code = failed.error.code().as_str();
                    self.because = Some(format!("retry after {code}"));
                }
                Next::Hold | Next::GiveUp => return Err(failed.error),
            }
        }
    }

    fn choose(&self) -> Result<Choice, Unavailable> {
        let asked = Asked {
            key: self.affinity.key,
            sticky: self.affinity.sticky.as_deref(),
            tried: &self.tried,
            now_ns: self.now_ns(),
        };
        self.service.balancer.choose(&asked, &mut rand::rng())
    }

    /// One try, no longer than the request may take in all.
    async fn attempt(
        &self,
        index: usize,
        outgoing: &Repeatable,
        tries: &mut Vec<Try>,
    ) -> Result<Response<AnswerBody>, Failed> {
        let target = &self.service.targets[index];
        let request = outgoing.to(target, self.attempts).map_err(Failed::late)?;
        let Some((at_ns, limit)) = self.deadline() else {
            return self
                .attempts
                .send_to(&self.service, target, request, tries)
                .await;
        };
        tokio::select! {
            biased;
            sent = self.attempts.send_to(&self.service, target, request, tries) => return sent,
            () = self.attempts.clock.sleep_until(at_ns) => {}
        }
        let ms = limit.as_millis();
        let reason = format!("no answer within {ms} ms (`timeouts.total_ms`)");
        if let Some(last) = tries.last_mut() {
            last.code = Some(ErrorCode::UpstreamTimeout);
            last.reason = Some(reason.clone());
        }
        let error = ProxyError::Upstream(ErrorCode::UpstreamTimeout, reason);
        Err(Failed::late(error))
    }

    /// When the answer must be complete, and how long that is after the request's arrival.
    fn deadline(&self) -> Option<(u64, Duration)> {
        let limit = self.service.total_timeout?;
        let ns = u64::try_from(limit.as_nanos()).unwrap_or(u64::MAX);
        Some((self.attempts.started_ns.saturating_add(ns), limit))
    }

    /// The answer, watched until it ends.
    fn serve(
        &mut self,
        response: Response<AnswerBody>,
        index: usize,
        running: Running,
        place: Place,
    ) -> Response<AnswerBody> {
        let mut trial = self.trial.take();
        if let Some(trial) = &mut trial {
            trial.answered(response.status().as_u16(), self.now_ns());
        }
        let balancer = &self.service.balancer;
        self.set_cookie = self.affinity.cookie(balancer, &balancer.peers[index].id);
        self.not_retried = None;
        let mut held = Held {
            running,
            trial,
            place,
        };
        let clock = self.attempts.clock.clone();
        let (idle, total) = (self.service.idle_timeout, self.deadline());
        let now_ns = self.now_ns();
        response.map(|body| match body {
            AnswerBody::Switched(mut switched) => {
                // What passes now is no answer that could succeed or fail.
                held.established(now_ns);
                switched.held = Some(held);
                AnswerBody::Switched(switched)
            }
            body => AnswerBody::Served(Box::new(Served::new(body, clock, idle, total, held))),
        })
    }

    fn end(mut self, answer: Result<Response<AnswerBody>, ProxyError>) -> Forwarded {
        let now_ns = self.now_ns();
        // What a caller did wrong, or what was not even sent, says nothing of the service.
        if let (Some(trial), Err(ProxyError::Upstream(..))) = (&mut self.trial, &answer) {
            trial.end(false, now_ns);
        }
        let held_ns = self.holding.map(|holding| now_ns - holding.since_ns);
        let held_ms = held_ns.map(|ns| ns / 1_000_000);
        let waited_ms = self.waited.map(|waited| waited.held_ms);
        Forwarded {
            answer,
            set_cookie: self.set_cookie,
            held_ms: held_ms.max(waited_ms),
            started_ms: self.waited.and_then(|waited| waited.started_ms),
            not_retried: self.not_retried,
        }
    }

    fn now_ns(&self) -> u64 {
        self.attempts.clock.monotonic_ns()
    }
}
