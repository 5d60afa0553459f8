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
use http::uri::Authority;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use parking_lot::Mutex;

use super::body::RequestBody;
use super::connect::{OwnAddresses, connect};
use super::error::{ErrorCode, ProxyError};

/// A connection that can carry one more request.
pub type Sender = SendRequest<RequestBody>;

/// How long an unused connection is kept. Below what servers commonly allow (5 s and more would
/// race with Node's 5 s default), so that the gateway hangs up first.
const IDLE: Duration = Duration::from_secs(4);
const MOST_IDLE_PER_TARGET: usize = 256;

/// Open connections that nobody uses at the moment.
#[derive(Clone, Default)]
pub struct Pool {
    idle: Arc<Mutex<HashMap<Authority, VecDeque<Idle>>>>,
}

struct Idle {
    sender: Sender,
    since: Instant,
}

impl Pool {
    /// An open connection to `target`, the one used last first.
    pub async fn reuse(&self, target: &Authority) -> Option<Sender> {
        loop {
            let mut sender = self.take(target)?;
            // Its last answer was read to the end, so it is ready now or it has been closed.
            if sender.ready().await.is_ok() {
                return Some(sender);
            }
        }
    }

    fn take(&self, target: &Authority) -> Option<Sender> {
        let mut idle = self.idle.lock();
        let connections = idle.get_mut(target)?;
        let newest = connections.pop_back()?;
        if newest.since.elapsed() > IDLE {
            // All others are older still.
            connections.clear();
            return None;
        }
        Some(newest.sender)
    }

    fn put(&self, target: &Authority, sender: Sender) {
        if sender.is_closed() {
            return;
        }
        let mut idle = self.idle.lock();
        let connections = idle.entry(target.clone()).or_default();
        while connections
            .front()
            .is_some_and(|oldest| oldest.since.elapsed() > IDLE)
            || connections.len() >= MOST_IDLE_PER_TARGET
        {
            connections.pop_front();
        }
        connections.push_back(Idle {
            sender,
            since: Instant::now(),
        });
    }
}

/// Opens a connection to `target` and shakes hands for HTTP/1.1.
///
/// # Errors
/// Why there is no connection.
pub async fn open(
    target: &Authority,
    own: &OwnAddresses,
    timeout: Duration,
) -> Result<Sender, ProxyError> {
    let stream = connect(target, own, timeout).await?;
    let (sender, connection) = http1::Builder::new()
        .handshake(TokioIo::new(stream))
        .await
        .map_err(|error| {
            ProxyError::Upstream(ErrorCode::UpstreamReset, format!("{target}: {error}"))
        })?;
    let target = target.clone();
    tokio::spawn(async move {
        if let Err(error) = connection.with_upgrades().await {
            tracing::debug!(%target, %error, "connection to a target ended");
        }
    });
    Ok(sender)
}

/// A target's answer, which gives its connection back when it has been read to the end. Dropped
/// before that, it closes the connection: the rest of the answer is of no use to anyone.
pub struct PooledBody {
    body: Incoming,
    connection: Option<(Pool, Authority, Sender)>,
}

impl PooledBody {
    /// The answer `body` that came over `sender`.
    pub fn new(body: Incoming, pool: &Pool, target: &Authority, sender: Sender) -> Self {
        let mut body = Self {
            body,
            connection: Some((pool.clone(), target.clone(), sender)),
        };
        if body.body.is_end_stream() {
            body.give_back();
        }
        body
    }

    fn give_back(&mut self) {
        if let Some((pool, target, sender)) = self.connection.take() {
            pool.put(&target, sender);
        }
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
