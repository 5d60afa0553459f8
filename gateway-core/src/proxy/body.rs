//! The bodies that pass through, streamed: nothing here holds more than one frame.

use std::error::Error;
use std::future::Future as _;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::{Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use tokio::time::{Sleep, sleep};

use super::cache::Filling;
use super::expect::{Gate, GateKey};
use super::faulty::{Faulty, Mishap};
use super::pool::PooledBody;
use super::replay::Replayed;
use super::revocable::Revocable;
use super::served::{AnswerError, Served};
use super::upgrade::Switched;
use crate::clock::Clock;
use crate::ids::KeyId;
use crate::keys::KeyRing;
use crate::record::{RecordedRequestBody, RequestTap};

type BoxError = Box<dyn Error + Send + Sync>;

/// A request's body of which nothing was read yet.
pub enum UnreadBody {
    /// The caller's, and where it is recorded.
    Caller(Incoming, RequestTap),
    /// None, where one only asks what would become of a request.
    None,
}

impl UnreadBody {
    /// Whether there is none.
    pub fn is_end_stream(&self) -> bool {
        match self {
            Self::Caller(body, _) => body.is_end_stream(),
            Self::None => true,
        }
    }

    /// The body, which fails once it is longer than this.
    pub fn at_most(self, most_bytes: Option<u64>) -> UnsentBody {
        match self {
            Self::Caller(body, tap) => {
                let most = most_bytes.unwrap_or(u64::MAX);
                let most = usize::try_from(most).unwrap_or(usize::MAX);
                UnsentBody::Caller(tap.on(Limited::new(body, most)))
            }
            Self::None => UnsentBody::Own(Full::default()),
        }
    }
}

/// A request's body as it comes to be sent.
pub enum UnsentBody {
    /// The caller's.
    Caller(RecordedRequestBody<Limited<Incoming>>),
    /// The gateway's own, for a part of an answer.
    Own(Full<Bytes>),
}

impl Body for UnsentBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        match self.get_mut() {
            Self::Caller(body) => Pin::new(body).poll_frame(context),
            Self::Own(body) => {
                let frame = ready!(Pin::new(body).poll_frame(context));
                Poll::Ready(frame.map(|frame| frame.map_err(|never| match never {})))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Caller(body) => body.is_end_stream(),
            Self::Own(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Caller(body) => body.size_hint(),
            Self::Own(body) => body.size_hint(),
        }
    }
}

/// A request's body on its way to a target.
pub type RequestBody = Paced<Replayed<UnsentBody>>;

/// What a caller is answered with.
pub enum AnswerBody {
    /// A service's answer.
    Upstream(PooledBody),
    /// The gateway's own.
    Own(Full<Bytes>),
    /// One made of several services' answers.
    Merged(Full<Bytes>),
    /// One of a service that is kept.
    Stored(Full<Bytes>),
    /// One of a service that is being kept.
    Filling(Box<Filling>),
    /// None: the connection is handed over to another protocol.
    Switched(Box<Switched>),
    /// A service's answer whose end is watched.
    Served(Box<Served>),
    /// One that may go on only as long as its caller's key is good.
    Revocable(Box<Revocable>),
    /// One with something wrong with it on purpose.
    Faulty(Box<Faulty>),
}

/// Who made an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MadeBy {
    /// The gateway.
    Gateway,
    /// A service.
    Service,
    /// A service, before: it is kept.
    ServiceBefore,
}

impl AnswerBody {
    /// A service's answer that breaks off when `key` is revoked.
    pub fn revocable(self, keys: &Arc<KeyRing>, key: KeyId) -> Self {
        match self {
            Self::Upstream(_) | Self::Served(_) | Self::Filling(_) if !self.is_end_stream() => {
                Self::Revocable(Box::new(Revocable::new(self, keys.clone(), key)))
            }
            other => other,
        }
    }

    /// Who made it.
    pub fn made_by(&self) -> MadeBy {
        match self {
            Self::Own(_) => MadeBy::Gateway,
            Self::Stored(_) => MadeBy::ServiceBefore,
            Self::Faulty(faulty) => faulty.made_by(),
            Self::Upstream(_)
            | Self::Merged(_)
            | Self::Filling(_)
            | Self::Served(_)
            | Self::Revocable(_)
            | Self::Switched(_) => MadeBy::Service,
        }
    }

    /// The answer with this wrong with it.
    pub fn with_mishaps(self, mishaps: &[Mishap]) -> Self {
        match self {
            Self::Switched(_) => self,
            body if mishaps.is_empty() => body,
            body => Self::Faulty(Box::new(Faulty::new(body, mishaps))),
        }
    }
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
            Self::Revocable(body) => Pin::new(&mut **body).poll_frame(context),
            Self::Faulty(body) => Pin::new(&mut **body).poll_frame(context),
            Self::Filling(body) => Pin::new(&mut **body).poll_frame(context),
            Self::Own(body) | Self::Merged(body) | Self::Stored(body) => {
                let frame = ready!(Pin::new(body).poll_frame(context));
                Poll::Ready(frame.map(|frame| frame.map_err(|never| match never {})))
            }
            Self::Switched(_) => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Upstream(body) => body.is_end_stream(),
            Self::Own(body) | Self::Merged(body) | Self::Stored(body) => body.is_end_stream(),
            Self::Filling(body) => body.is_end_stream(),
            Self::Switched(_) => true,
            Self::Served(body) => body.is_end_stream(),
            Self::Revocable(body) => body.is_end_stream(),
            Self::Faulty(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Upstream(body) => body.size_hint(),
            Self::Own(body) | Self::Merged(body) | Self::Stored(body) => body.size_hint(),
            Self::Filling(body) => body.size_hint(),
            Self::Switched(_) => SizeHint::with_exact(0),
            Self::Served(body) => body.size_hint(),
            Self::Revocable(body) => body.size_hint(),
            Self::Faulty(body) => body.size_hint(),
        }
    }
}

/// A body that says when its last piece passed, so that waiting for an answer begins after it. Where
/// no more comes for too long it ends with [`Stalled`]; where the caller waits to be asked for it
/// ([`Self::hold`]), it does not begin before the target asks.
pub struct Paced<B> {
    body: Option<B>,
    pace: Pace,
    clock: Clock,
    idle: Duration,
    waiting: Option<Pin<Box<Sleep>>>,
    gate: Option<Gate>,
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
    began: AtomicBool,
    answered: AtomicBool,
    ended: AtomicBool,
    fault: OnceLock<Fault>,
}

/// Why a request's body broke off: the caller's doing.
#[derive(Clone, Debug)]
pub enum Fault {
    /// It is longer than the gateway takes.
    TooLong,
    /// Nothing more of it came for too long.
    Stalled(Stalled),
    /// It ended before it was complete; the text says how.
    Broken(String),
}

impl<B: Body> Paced<B> {
    /// Watches `body`, which may stand still as long as `idle`.
    pub fn new(body: B, idle: Duration, clock: Clock) -> Self {
        let moved = Moved {
            last_ns: AtomicU64::new(clock.monotonic_ns()),
            began: AtomicBool::new(false),
            answered: AtomicBool::new(false),
            ended: AtomicBool::new(body.is_end_stream()),
            fault: OnceLock::new(),
        };
        Self {
            body: Some(body),
            pace: Pace(Arc::new(moved)),
            clock,
            idle,
            waiting: None,
            gate: None,
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
            gate: None,
        }
    }

    /// When the body last moved, while it streams elsewhere.
    pub fn pace(&self) -> Pace {
        self.pace.clone()
    }

    /// Lets nothing of the body pass until the gate is opened.
    pub fn hold(&mut self) -> GateKey {
        let (gate, key) = Gate::new();
        self.gate = Some(gate);
        key
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

    /// Whether nothing of it has been asked for yet.
    pub fn never_began(&self) -> bool {
        !self.0.began.load(Ordering::Relaxed)
    }

    /// The target has begun to answer: from now on the body may stand still.
    pub fn answered(&self) {
        self.0.answered.store(true, Ordering::Relaxed);
    }

    /// Why it broke off, if it did.
    pub fn fault(&self) -> Option<&Fault> {
        self.0.fault.get()
    }
}

impl Fault {
    fn of(error: &(dyn Error + 'static)) -> Self {
        if error.is::<LengthLimitError>() {
            return Self::TooLong;
        }
        if let Some(stalled) = error.downcast_ref::<Stalled>() {
            return Self::Stalled(*stalled);
        }
        let mut text = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            text = format!("{text}: {error}");
            cause = error.source();
        }
        Self::Broken(text)
    }
}

impl<B: Body<Error = BoxError> + Unpin> Body for Paced<B> {
    type Data = B::Data;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, BoxError>>> {
        if let Some(gate) = &mut self.gate {
            ready!(gate.poll_open(context));
            self.gate = None;
        }
        let this = &mut *self;
        let Some(body) = &mut this.body else {
            return Poll::Ready(None);
        };
        let moved = &this.pace.0;
        moved.began.store(true, Ordering::Relaxed);
        let frame = match Pin::new(&mut *body).poll_frame(context) {
            Poll::Ready(frame) => frame,
            // A call that its service has begun to answer may be quiet: both sides stream.
            Poll::Pending if moved.answered.load(Ordering::Relaxed) => return Poll::Pending,
            Poll::Pending => {
                let idle = this.idle;
                let waiting = this.waiting.get_or_insert_with(|| Box::pin(sleep(idle)));
                ready!(waiting.as_mut().poll(context));
                if moved.answered.load(Ordering::Relaxed) {
                    return Poll::Pending;
                }
                Some(Err(Stalled(idle).into()))
            }
        };
        this.waiting = None;
        if let Some(Err(error)) = &frame {
            // The first fault is the one that counts.
            let _ = moved.fault.set(Fault::of(&**error));
        }
        let ended = frame.is_none() || body.is_end_stream();
        moved
            .last_ns
            .store(this.clock.monotonic_ns(), Ordering::Relaxed);
        moved.ended.store(ended, Ordering::Relaxed);
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
