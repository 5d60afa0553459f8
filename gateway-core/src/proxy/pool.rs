//! Keeps connections to targets open between requests.
//!
//! Our own, on hyper's connections, because the request path needs to know whether a connection was
//! used before: a request that dies on one may never have been read and can be sent again.

use std::collections::{HashMap, VecDeque};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Request, Response};
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use hyper::client::conn::TrySendError;
use parking_lot::Mutex;

use super::body::{Pace, RequestBody};
use super::connect::OwnAddresses;
use super::error::{ErrorCode, ProxyError};
use super::open::{Http1, Opened, open};
use super::shared::{Lane, Shared};
use super::trust::Trust;
use crate::config::Protocol;
use crate::snapshot::origin::Origin;

/// How long an unused connection is kept. Below what servers commonly allow (5 s and more would
/// race with Node's 5 s default), so that the gateway hangs up first.
const IDLE: Duration = Duration::from_secs(4);
const MOST_IDLE_PER_TARGET: usize = 256;
/// How long a connection to a name takes new requests. Then the name is resolved again, so that a
/// target that moved is found.
const MOST_AGE_NS: u64 = 60_000_000_000;

/// A connection that can carry one more request.
pub enum Sender {
    /// One of its own.
    Http1(Http1),
    /// A place on a shared one.
    Http2(Lane),
}

/// Open connections.
#[derive(Clone, Default)]
pub struct Pool(Arc<Inner>);

#[derive(Default)]
struct Inner {
    origins: Mutex<HashMap<Arc<Origin>, Connections>>,
    trust: Trust,
}

/// The connections to one origin.
#[derive(Default)]
struct Connections {
    /// For HTTP/1.1, used by nobody at the moment.
    idle: VecDeque<Idle>,
    /// For HTTP/2.
    shared: Vec<Shared>,
    /// Held while a connection is opened that others may share.
    opening: Arc<tokio::sync::Mutex<()>>,
    /// A target that may choose has chosen HTTP/1.1.
    chose_http1: bool,
}

struct Idle {
    connection: Http1,
    since: Instant,
}

impl Sender {
    /// Sends a request and waits for the head of its answer.
    ///
    /// # Errors
    /// Why there is none, with the request if not a byte of it was sent.
    pub async fn send(
        &mut self,
        request: Request<RequestBody>,
    ) -> Result<Response<Incoming>, TrySendError<Request<RequestBody>>> {
        match self {
            Self::Http1(connection) => connection.sender.try_send_request(request).await,
            Self::Http2(lane) => lane.sender.try_send_request(request).await,
        }
    }

    /// Whether it speaks HTTP/2.
    pub fn is_http2(&self) -> bool {
        matches!(self, Self::Http2(_))
    }

    /// Lets no other request use this connection: its target does not answer.
    pub fn retire(&self) {
        if let Self::Http2(lane) = self {
            lane.retire();
        }
    }
}

impl Pool {
    /// Whom targets over TLS are trusted by.
    pub fn trust(&self) -> &Trust {
        &self.0.trust
    }

    /// An open connection, the one used last first.
    pub async fn reuse(&self, origin: &Arc<Origin>, now_ns: u64) -> Option<Sender> {
        loop {
            let mut connection = match self.take(origin, now_ns)? {
                Sender::Http1(connection) => connection,
                lane @ Sender::Http2(_) => return Some(lane),
            };
            // Its last answer was read to the end, so it is ready now or it has been closed.
            if connection.sender.ready().await.is_ok() {
                return Some(Sender::Http1(connection));
            }
        }
    }

    fn take(&self, origin: &Arc<Origin>, now_ns: u64) -> Option<Sender> {
        let mut origins = self.0.origins.lock();
        let connections = origins.get_mut(origin)?;
        connections
            .shared
            .retain(|shared| !shared.is_over() && is_young(origin, shared.born_ns(), now_ns));
        if let Some(lane) = connections.shared.iter().find_map(Shared::lane) {
            return Some(Sender::Http2(lane));
        }
        loop {
            let newest = connections.idle.pop_back()?;
            if newest.since.elapsed() > IDLE {
                // All others are older still.
                connections.idle.clear();
                return None;
            }
            if is_young(origin, newest.connection.born_ns, now_ns) {
                return Some(Sender::Http1(newest.connection));
            }
        }
    }

    /// Opens a connection within `timeout`. Requests that come together and may share one wait for
    /// it together.
    ///
    /// # Errors
    /// Why there is none.
    pub async fn open(
        &self,
        origin: &Arc<Origin>,
        own: &OwnAddresses,
        timeout: Duration,
        now_ns: u64,
    ) -> Result<Sender, ProxyError> {
        match tokio::time::timeout(timeout, self.open_in_turn(origin, own, now_ns)).await {
            Ok(opened) => opened,
            Err(_) => Err(ProxyError::Upstream(
                ErrorCode::UpstreamConnectTimeout,
                format!(
                    "no connection to {} within {} ms",
                    origin.authority,
                    timeout.as_millis()
                ),
            )),
        }
    }

    async fn open_in_turn(
        &self,
        origin: &Arc<Origin>,
        own: &OwnAddresses,
        now_ns: u64,
    ) -> Result<Sender, ProxyError> {
        let turn = self.turn(origin);
        let _turn = match &turn {
            Some(turn) => Some(turn.lock().await),
            None => None,
        };
        if turn.is_some()
            && let Some(lane) = self.lane(origin)
        {
            return Ok(lane);
        }
        let opened = open(origin, own, &self.0.trust, now_ns).await?;
        let mut origins = self.0.origins.lock();
        let connections = origins.entry(origin.clone()).or_default();
        match opened {
            Opened::Http1(connection) => {
                connections.chose_http1 = true;
                Ok(Sender::Http1(connection))
            }
            Opened::Http2(shared) => {
                connections.chose_http1 = false;
                let lane = shared.lane().ok_or_else(|| {
                    let reason = format!("{}: it takes no requests", origin.authority);
                    ProxyError::Upstream(ErrorCode::UpstreamReset, reason)
                })?;
                connections.shared.push(shared);
                Ok(Sender::Http2(lane))
            }
        }
    }

    /// What to hold while opening a connection, if it is one that others may share.
    fn turn(&self, origin: &Arc<Origin>) -> Option<Arc<tokio::sync::Mutex<()>>> {
        let may_choose = match origin.protocol {
            Protocol::Http1 => return None,
            Protocol::Http2 => false,
            Protocol::Auto if origin.tls.is_none() => return None,
            Protocol::Auto => true,
        };
        let mut origins = self.0.origins.lock();
        let connections = origins.entry(origin.clone()).or_default();
        let alone = may_choose && connections.chose_http1;
        (!alone).then(|| connections.opening.clone())
    }

    fn lane(&self, origin: &Arc<Origin>) -> Option<Sender> {
        let origins = self.0.origins.lock();
        let shared = &origins.get(origin)?.shared;
        let mut open = shared.iter().filter(|shared| !shared.is_over());
        open.find_map(Shared::lane).map(Sender::Http2)
    }

    fn put(&self, origin: &Arc<Origin>, connection: Http1) {
        if connection.sender.is_closed() {
            return;
        }
        let mut origins = self.0.origins.lock();
        let idle = &mut origins.entry(origin.clone()).or_default().idle;
        while idle
            .front()
            .is_some_and(|oldest| oldest.since.elapsed() > IDLE)
            || idle.len() >= MOST_IDLE_PER_TARGET
        {
            idle.pop_front();
        }
        idle.push_back(Idle {
            connection,
            since: Instant::now(),
        });
    }
}

fn is_young(origin: &Origin, born_ns: u64, now_ns: u64) -> bool {
    !origin.is_name() || now_ns.saturating_sub(born_ns) < MOST_AGE_NS
}

/// A target's answer, which gives its connection back when it has been read to the end. Dropped
/// before that, it closes the connection, or its part of a shared one: the rest of the answer is of
/// no use to anyone.
pub struct PooledBody {
    body: Incoming,
    connection: Option<Used>,
}

struct Used {
    pool: Pool,
    origin: Arc<Origin>,
    sender: Sender,
    request: Pace,
}

impl PooledBody {
    /// The answer `body` that came over `sender`, to a request whose body is at `request`.
    pub fn new(
        body: Incoming,
        pool: &Pool,
        origin: &Arc<Origin>,
        sender: Sender,
        request: Pace,
    ) -> Self {
        let connection = Some(Used {
            pool: pool.clone(),
            origin: origin.clone(),
            sender,
            request,
        });
        let mut body = Self { body, connection };
        if body.body.is_end_stream() {
            body.give_back();
        }
        body
    }

    fn give_back(&mut self) {
        if let Some(used) = self.connection.take() {
            used.give_back();
        }
    }
}

impl Used {
    fn give_back(self) {
        let Sender::Http1(connection) = self.sender else {
            return;
        };
        if self.request.ended() {
            self.pool.put(&self.origin, connection);
        } else if self.request.never_began() {
            // The target wanted none of it, and it must not come now.
            connection.abort();
        }
        // Otherwise the rest of the request goes on alone.
    }
}

impl Body for PooledBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        match &frame {
            None => self.give_back(),
            Some(Ok(_)) if self.body.is_end_stream() => self.give_back(),
            Some(Ok(_)) => {}
            Some(Err(_)) => self.connection = None,
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
