//! What does the service answer?
//!
//! Chooses a target and asks it, see [`super::attempt`]; where that fails, decides whether another
//! one is asked, whether to wait for one that is being restarted, or to give up (LB-3).

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use http::header::HOST;
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderValue, Method, Request, Response, Uri, Version};

use super::affinity::Affinity;
use super::attempt::{Attempts, Failed};
use super::body::{AnswerBody, Paced, RequestBody, UnsentBody};
use super::error::{ErrorCode, ProxyError};
use super::replay::{MOST_KEPT, Replay};
use super::served::{Held, Served};
use crate::process::managed::{Managed, Waited};
use crate::record::decision::Try;
use crate::snapshot::balance::{Asked, Choice, Running, Unavailable};
use crate::snapshot::breaker::Trial;
use crate::snapshot::budget::Place;
use crate::snapshot::callers::LONGEST_TARGET;
use crate::snapshot::{Service, Target};

/// First pause before a target that did not listen is tried again; twice as long each time,
const FIRST_PAUSE_NS: u64 = 10_000_000;
/// up to this.
const LONGEST_PAUSE_NS: u64 = 250_000_000;

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

/// A service with the targets it has at the moment.
enum Current<'a> {
    /// Those of the configuration.
    Fixed(&'a Service),
    /// The instances of its program. None of them is ended while this is held.
    Live(Arc<Service>),
}

impl Deref for Current<'_> {
    type Target = Service;

    fn deref(&self) -> &Service {
        match self {
            Self::Fixed(service) => service,
            Self::Live(service) => service,
        }
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

/// A request that waits for a target to listen.
struct Holding {
    since_ns: u64,
    until_ns: u64,
    pause_ns: u64,
    /// How many tries there were before.
    tries: usize,
    _place: Place,
}

/// A request on its way, its body kept as far as it may have to be sent again.
struct Repeatable {
    method: Method,
    path: String,
    query: Option<String>,
    headers: HeaderMap,
    target_host: bool,
    body: Replay<UnsentBody>,
}

/// What is done after a failure.
enum Next {
    Retry,
    Hold,
    GiveUp,
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

    /// Where the gateway runs the service's program: takes the instances there are, or waits for the
    /// first one.
    async fn find_instances(&mut self) -> Result<(), ProxyError> {
        let Some(managed) = &self.template.managed else {
            return Ok(());
        };
        let managed: &Managed = &managed.shared;
        let deadline_ns = self.deadline().map_or(u64::MAX, |(at, _)| at);
        // An instance that is waited for must not be kept by the one who waits.
        if let Current::Live(before) = &self.service
            && managed
                .live()
                .is_none_or(|live| !Arc::ptr_eq(&live, before))
        {
            self.service = Current::Fixed(self.template);
            self.tried.clear();
        }
        let clock = self.attempts.clock;
        let (live, waited) = managed.admit(self.template, clock, deadline_ns).await?;
        self.service = Current::Live(live);
        if let Some(more) = waited {
            let before = self.waited.map_or(0, |waited| waited.held_ms);
            self.waited = Some(Waited {
                held_ms: before + more.held_ms,
                ..more
            });
        }
        Ok(())
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

    /// Whether an answer is thrown away for another try.
    fn is_retried(&mut self, status: u16, outgoing: &Repeatable, tries: &mut [Try]) -> bool {
        if !self.service.retries.statuses.contains(&status) || !self.may_retry(false, outgoing) {
            return false;
        }
        if let Some(last) = tries.last_mut() {
            last.reason = Some(format!(
                "status {status} is tried again (`retries.statuses`)"
            ));
        }
        self.because = Some(format!("retry after status {status}"));
        true
    }

    fn next(&mut self, failed: &Failed, outgoing: &Repeatable) -> Next {
        let code = match &failed.error {
            ProxyError::Upstream(code, _) => *code,
            // The caller's fault, or the gateway's own answer.
            _ => return Next::GiveUp,
        };
        let late = self.deadline().is_some_and(|(at, _)| self.now_ns() >= at);
        if late || code == ErrorCode::UpstreamForbidden {
            return Next::GiveUp;
        }
        let may_hold = code == ErrorCode::UpstreamRefused && !self.service.hold.is_zero();
        let peers = &self.service.balancer.peers;
        let others = (0..peers.len()).any(|n| peers[n].weight > 0 && !self.tried.contains(&n));
        if may_hold && (self.holding.is_some() || !others) {
            return Next::Hold;
        }
        if code == ErrorCode::UpstreamTimeout && !others {
            // It would only take twice as long, and give a slow service twice the work.
            self.not_retried = Some("there is no other target".to_owned());
            return Next::GiveUp;
        }
        match self.may_retry(failed.unread, outgoing) {
            true => Next::Retry,
            false if may_hold => Next::Hold,
            false => Next::GiveUp,
        }
    }

    /// Whether the request is tried again; takes that from what is left if so. `unread` says that
    /// the target cannot have read any of it.
    fn may_retry(&mut self, unread: bool, outgoing: &Repeatable) -> bool {
        let rule = &self.service.retries;
        let why_not = if self.retries == 0 {
            return false;
        } else if self.retries_left == 0 {
            let times = match self.retries {
                1 => "once".to_owned(),
                n => format!("{n} times"),
            };
            format!("it was tried again {times} already")
        } else if !unread && !outgoing.method.is_idempotent() {
            format!(
                "a {} that may have been read is not repeated",
                outgoing.method
            )
        } else if !outgoing.body.is_whole() {
            format!("its body is longer than the {MOST_KEPT} bytes that are kept for that")
        } else if let Some(place) = self.service.balancer.budget.retry(rule.budget_percent) {
            self.retrying = Some(place);
            self.retries_left -= 1;
            return true;
        } else {
            "the service's retry budget is used up".to_owned()
        };
        self.not_retried = Some(why_not);
        false
    }

    /// Until when the request waits before the next try, if it may wait at all. What is tried while
    /// it waits is not told try by try.
    fn hold(&mut self, tries: &mut Vec<Try>) -> Option<u64> {
        let now_ns = self.now_ns();
        let hold_ns = u64::try_from(self.service.hold.as_nanos()).unwrap_or(u64::MAX);
        if hold_ns == 0 {
            return None;
        }
        let deadline_ns = self.deadline().map_or(u64::MAX, |(at, _)| at);
        let holding = match &mut self.holding {
            Some(holding) => holding,
            none => {
                let Some(place) = self.service.balancer.budget.wait() else {
                    self.not_retried = Some("too many requests wait already".to_owned());
                    return None;
                };
                none.insert(Holding {
                    since_ns: now_ns,
                    until_ns: now_ns.saturating_add(hold_ns).min(deadline_ns),
                    pause_ns: FIRST_PAUSE_NS,
                    tries: tries.len(),
                    _place: place,
                })
            }
        };
        if now_ns >= holding.until_ns {
            return None;
        }
        tries.truncate(holding.tries);
        let until_ns = holding.until_ns.min(now_ns + holding.pause_ns);
        holding.pause_ns = (holding.pause_ns * 2).min(LONGEST_PAUSE_NS);
        self.tried.clear();
        Some(until_ns)
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

impl Repeatable {
    fn new(outgoing: Outgoing, retried: bool) -> Self {
        let Outgoing {
            method,
            path,
            query,
            headers,
            target_host,
            body,
            retries: _,
        } = outgoing;
        let most = match retried && method.is_idempotent() {
            true => MOST_KEPT,
            false => 0,
        };
        Self {
            method,
            path,
            query,
            headers,
            target_host,
            body: Replay::new(body, most),
        }
    }

    /// The request as `target` shall see it.
    fn to(
        &self,
        target: &Target,
        attempts: &Attempts<'_>,
    ) -> Result<Request<RequestBody>, ProxyError> {
        let path = &self.path;
        let text = match &self.query {
            Some(query) => format!("{}{path}?{query}", target.base_path),
            None => format!("{}{path}", target.base_path),
        };
        if text.len() > LONGEST_TARGET {
            let reason = format!(
                "As the service is to get it, the path would be longer than {LONGEST_TARGET} bytes."
            );
            return Err(ProxyError::Request(ErrorCode::UriTooLong, reason.into()));
        }
        let path = PathAndQuery::try_from(text).map_err(|_| {
            let reason = "The path cannot be sent on.";
            ProxyError::Request(ErrorCode::AmbiguousPath, reason.into())
        })?;
        let body = self.body.again().ok_or_else(|| {
            let reason = "what was read of the request's body is gone".to_owned();
            ProxyError::Upstream(ErrorCode::UpstreamReset, reason)
        })?;
        let mut request =
            Request::new(Paced::new(body, attempts.body_idle, attempts.clock.clone()));
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = Uri::from(path);
        *request.headers_mut() = self.headers.clone();
        if self.target_host
            && let Ok(host) = HeaderValue::from_str(target.authority.as_str())
        {
            request.headers_mut().insert(HOST, host);
        }
        *request.version_mut() = Version::HTTP_11;
        Ok(request)
    }
}
