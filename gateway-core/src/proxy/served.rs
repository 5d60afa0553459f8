//! A target's answer on its way to the caller: it may not stand still for ever, and how it ends is
//! told to the target's health and the service's breaker.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use super::body::AnswerBody;
use super::error::ErrorCode;
use crate::clock::Clock;
use crate::record::BrokeOff;
use crate::snapshot::balance::Running;
use crate::snapshot::breaker::Trial;
use crate::snapshot::budget::Place;

/// Why an answer broke off.
#[derive(Debug, thiserror::Error)]
pub enum AnswerError {
    /// The target's side of it did.
    #[error("{0}")]
    Upstream(#[from] hyper::Error),
    /// Nothing came for too long.
    #[error("nothing more came within {} ms (`timeouts.idle_ms`)", .0.as_millis())]
    Idle(Duration),
    /// It took too long in all.
    #[error("it was not complete within {} ms (`timeouts.total_ms`)", .0.as_millis())]
    Total(Duration),
    /// The key it was asked for with was revoked.
    #[error("the API key was revoked")]
    Revoked,
    /// A fault that is switched on.
    #[error("a fault that is switched on broke it off")]
    Fault,
}

impl BrokeOff for AnswerError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Upstream(_) => ErrorCode::UpstreamReset,
            Self::Idle(_) | Self::Total(_) => ErrorCode::UpstreamTimeout,
            Self::Revoked => ErrorCode::KeyRevoked,
            Self::Fault => ErrorCode::FaultInjected,
        }
    }

    fn reason(&self) -> String {
        match self {
            Self::Upstream(error) => {
                let cause = std::error::Error::source(error).map(ToString::to_string);
                match cause {
                    Some(cause) => format!("{error}: {cause}"),
                    None => error.to_string(),
                }
            }
            Self::Idle(_) | Self::Total(_) | Self::Revoked | Self::Fault => self.to_string(),
        }
    }
}

/// What a request holds until its answer has ended. Dropped before that, as when the caller leaves,
/// it says nothing of the target.
pub struct Held {
    /// Counts it at its target.
    pub running: Running,
    /// What its breaker is told.
    pub trial: Option<Trial>,
    /// Counts it at its service.
    pub place: Place,
}

impl Held {
    /// All that can fail has succeeded. It still counts as running.
    pub fn established(&mut self, now_ns: u64) {
        self.running.succeeded(now_ns);
        if let Some(trial) = &mut self.trial {
            trial.end(true, now_ns);
        }
    }

    fn failed(mut self, why: &str, now_ns: u64) {
        self.running.failed(why, now_ns);
        if let Some(trial) = &mut self.trial {
            trial.end(false, now_ns);
        }
    }
}

/// An answer's body.
pub struct Served {
    body: AnswerBody,
    clock: Clock,
    patience: Patience,
    /// `None` once it has ended.
    held: Option<Held>,
}

impl Served {
    /// Watches `body`, which may stand still for `idle`, and take until `total`, a moment on the
    /// clock's monotonic scale and how long that is after the request's arrival.
    pub fn new(
        body: AnswerBody,
        clock: Clock,
        idle: Option<Duration>,
        total: Option<(u64, Duration)>,
        held: Held,
    ) -> Self {
        let mut served = Self {
            body,
            clock,
            patience: Patience {
                idle,
                total,
                waiting_since_ns: None,
                timer: None,
            },
            held: Some(held),
        };
        if served.body.is_end_stream() {
            served.ended(Ok(()));
        }
        served
    }

    fn ended(&mut self, how: Result<(), &AnswerError>) {
        let Some(mut held) = self.held.take() else {
            return;
        };
        let now_ns = self.clock.monotonic_ns();
        match how {
            Ok(()) => held.established(now_ns),
            Err(error) => held.failed(&error.reason(), now_ns),
        }
    }
}

impl Body for Served {
    type Data = Bytes;
    type Error = AnswerError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, AnswerError>>> {
        let this = &mut *self;
        let frame = match Pin::new(&mut this.body).poll_frame(context) {
            Poll::Ready(frame) => match this.patience.moved(&this.clock) {
                Some(error) if frame.is_some() => Some(Err(error)),
                _ => frame,
            },
            Poll::Pending => match this.patience.wait(&this.clock, context) {
                Poll::Ready(error) => Some(Err(error)),
                Poll::Pending => return Poll::Pending,
            },
        };
        match &frame {
            Some(Ok(_)) if this.body.is_end_stream() => this.ended(Ok(())),
            Some(Ok(_)) => {}
            Some(Err(error)) => this.ended(Err(error)),
            None => this.ended(Ok(())),
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Ends when a moment has come.
type Timer = Pin<Box<dyn Future<Output = ()> + Send>>;

/// How long an answer is waited for. Only the target's silence counts: while a slow caller takes
/// nothing, nobody asks for more.
struct Patience {
    idle: Option<Duration>,
    total: Option<(u64, Duration)>,
    waiting_since_ns: Option<u64>,
    /// When it rings, on the clock's monotonic scale. May be earlier than needed.
    timer: Option<(u64, Timer)>,
}

impl Patience {
    /// Something came. An answer that never stops coming ends too.
    fn moved(&mut self, clock: &Clock) -> Option<AnswerError> {
        self.waiting_since_ns = None;
        let (at_ns, limit) = self.total?;
        (clock.monotonic_ns() >= at_ns).then_some(AnswerError::Total(limit))
    }

    /// Nothing came.
    fn wait(&mut self, clock: &Clock, context: &mut Context<'_>) -> Poll<AnswerError> {
        if self.idle.is_none() && self.total.is_none() {
            return Poll::Pending;
        }
        loop {
            let now_ns = clock.monotonic_ns();
            let since_ns = *self.waiting_since_ns.get_or_insert(now_ns);
            let idle = self.idle.map(|idle| {
                let ns = u64::try_from(idle.as_nanos()).unwrap_or(u64::MAX);
                (since_ns.saturating_add(ns), AnswerError::Idle(idle))
            });
            let total = self
                .total
                .map(|(at, limit)| (at, AnswerError::Total(limit)));
            let first = [idle, total]
                .into_iter()
                .flatten()
                .min_by_key(|(at, _)| *at);
            let Some((at_ns, error)) = first else {
                return Poll::Pending;
            };
            if now_ns >= at_ns {
                return Poll::Ready(error);
            }
            let rings = |timer: &(u64, _)| timer.0 <= at_ns && timer.0 > now_ns;
            if !self.timer.as_ref().is_some_and(rings) {
                self.timer = Some((at_ns, Box::pin(clock.sleep_until(at_ns))));
            }
            let Some((_, timer)) = &mut self.timer else {
                return Poll::Pending;
            };
            if timer.as_mut().poll(context).is_pending() {
                return Poll::Pending;
            }
            // It rang for an earlier wait; the next turn sets it anew.
            self.timer = None;
        }
    }
}
