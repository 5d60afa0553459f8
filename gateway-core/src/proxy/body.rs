//! The bodies that pass through, streamed: nothing here holds more than one frame.

use std::future::Future as _;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::{Full, Limited};
use hyper::body::Incoming;
use tokio::time::{Sleep, sleep};

use super::pool::PooledBody;
use super::replay::Replayed;
use super::served::{AnswerError, Served};
use super::upgrade::Switched;
use crate::clock::Clock;
use crate::record::RecordedRequestBody;

/// A request's body as it comes from the caller.
pub type UnsentBody = RecordedRequestBody<Limited<Incoming>>;

/// A request's body on its way to a target.
pub type RequestBody = Paced<Replayed<UnsentBody>>;

/// What a caller is answered with.
pub enum AnswerBody {
    /// A service's answer.
    Upstream(PooledBody),
    /// The gateway's own.
    Own(Full<Bytes>),
    /// None: the connection is handed over to another protocol.
    Switched(Box<Switched>),
    /// A service's answer whose end is watched.
    Served(Box<Served>),
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = AnswerError;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, AnswerError>>> {
        match self.get_mut() {
            Self::Upstream(body) => {
                let frame = ready!(Pin::new(body).poll_frame(context));
                Poll::Ready(frame.map(|frame| frame.map_err(AnswerError::Upstream)))
            }
            Self::Served(body) => Pin::new(&mut **body).poll_frame(context),
            Self::Own(body) => {
                let frame = ready!(Pin::new(body).poll_frame(context));
                Poll::Ready(frame.map(|frame| frame.map_err(|never| match never {})))
            }
            Self::Switched(_) => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Upstream(body) => body.is_end_stream(),
            Self::Own(body) => body.is_end_stream(),
            Self::Switched(_) => true,
            Self::Served(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Upstream(body) => body.size_hint(),
            Self::Own(body) => body.size_hint(),
            Self::Switched(_) => SizeHint::with_exact(0),
            Self::Served(body) => body.size_hint(),
        }
    }
}

/// A body that says when its last piece passed, so that waiting for an answer begins after it, and
/// that ends with [`Stalled`] where no more comes for too long.
pub struct Paced<B> {
    body: Option<B>,
    pace: Pace,
    clock: Clock,
    idle: Duration,
    waiting: Option<Pin<Box<Sleep>>>,
}

/// A body of which nothing more came.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("nothing more of the body came within {} ms", .0.as_millis())]
pub struct Stalled(pub Duration);

/// When a body last moved.
#[derive(Clone, Debug)]
pub struct Pace(Arc<Moved>);

#[derive(Debug)]
struct Moved {
    last_ns: AtomicU64,
    ended: AtomicBool,
}

impl<B: Body> Paced<B> {
    /// Watches `body`, which may stand still as long as `idle`.
    pub fn new(body: B, idle: Duration, clock: Clock) -> Self {
        let moved = Moved {
            last_ns: AtomicU64::new(clock.monotonic_ns()),
            ended: AtomicBool::new(body.is_end_stream()),
        };
        Self {
            body: Some(body),
            pace: Pace(Arc::new(moved)),
            clock,
            idle,
            waiting: None,
        }
    }

    /// The same body, once it is known that nothing of it is to come.
    pub fn empty_twin(&self) -> Self {
        Self {
            body: None,
            pace: self.pace.clone(),
            clock: self.clock.clone(),
            idle: self.idle,
            waiting: None,
        }
    }

    /// When the body last moved, while it streams elsewhere.
    pub fn pace(&self) -> Pace {
        self.pace.clone()
    }
}

impl Pace {
    /// When the last piece passed, on the clock's monotonic scale.
    pub fn last_ns(&self) -> u64 {
        self.0.last_ns.load(Ordering::Relaxed)
    }

    /// Whether that was the end.
    pub fn ended(&self) -> bool {
        self.0.ended.load(Ordering::Relaxed)
    }
}

impl<B: Body + Unpin> Body for Paced<B>
where
    B::Error: From<Stalled>,
{
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let paced = &mut *self;
        let Some(body) = &mut paced.body else {
            return Poll::Ready(None);
        };
        let Poll::Ready(frame) = Pin::new(&mut *body).poll_frame(context) else {
            let idle = paced.idle;
            let waiting = paced.waiting.get_or_insert_with(|| Box::pin(sleep(idle)));
            ready!(waiting.as_mut().poll(context));
            return Poll::Ready(Some(Err(Stalled(idle).into())));
        };
        paced.waiting = None;
        let ended = frame.is_none() || body.is_end_stream();
        self.pace
            .0
            .last_ns
            .store(self.clock.monotonic_ns(), Ordering::Relaxed);
        self.pace.0.ended.store(ended, Ordering::Relaxed);
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body
            .as_ref()
            .map_or_else(|| SizeHint::with_exact(0), Body::size_hint)
    }
}
