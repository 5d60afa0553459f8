//! Connections for HTTP/2, each shared by many requests.

use std::future::{Future as _, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use hyper::client::conn::http2::{self, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};

use super::body::RequestBody;
use super::error::{ErrorCode, ProxyError};
use super::greeting::{Greeted, Greeting};
use crate::snapshot::origin::Origin;

/// Most requests on one connection, whatever the target takes.
const MOST_STREAMS: usize = 1_000;
/// How much a target may send of one answer before its caller takes it. The whole connection is not
/// bounded beside it, so that a caller who takes nothing does not hold up the others.
const STREAM_WINDOW: u32 = 512 * 1024;
const CONNECTION_WINDOW: u32 = (1 << 31) - 1;
/// Headers as large as HTTP/1.1 lets them be.
const MOST_HEADER_BYTES: u32 = 400 * 1024;
/// How long a connection stays open that nobody uses.
const IDLE: Duration = Duration::from_secs(30);

/// A connection that new requests may join.
pub struct Shared {
    sender: SendRequest<RequestBody>,
    state: Arc<State>,
}

struct State {
    /// When it was opened, on the clock's monotonic scale.
    born_ns: u64,
    /// Most requests that the target takes at once.
    most: AtomicUsize,
    running: AtomicUsize,
    /// How many requests there ever were.
    ever: AtomicU64,
    /// Takes no more requests.
    retired: AtomicBool,
}

/// One request's place on a connection; given back when dropped.
pub struct Lane {
    /// Sends the request.
    pub sender: SendRequest<RequestBody>,
    state: Arc<State>,
}

impl Shared {
    /// Shakes hands on `io`, and waits for the target's settings.
    ///
    /// # Errors
    /// It does not speak HTTP/2.
    pub async fn open<T>(io: T, origin: &Origin, born_ns: u64) -> Result<Self, ProxyError>
    where
        T: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let at = &origin.authority;
        let fail = |code, reason: String| ProxyError::Upstream(code, format!("{at}: {reason}"));
        let (io, greeting) = Greeted::new(io);
        let (sender, connection) = http2::Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .initial_stream_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .max_header_list_size(MOST_HEADER_BYTES)
            .handshake(TokioIo::new(io))
            .await
            .map_err(|error| fail(ErrorCode::UpstreamReset, error.to_string()))?;
        let state = Arc::new(State {
            born_ns,
            most: AtomicUsize::new(0),
            running: AtomicUsize::new(0),
            ever: AtomicU64::new(0),
            retired: AtomicBool::new(false),
        });
        tokio::spawn(drive(connection, state.clone(), at.to_string()));
        let most = match greeting.await {
            Ok(Greeting::Http2 { most_streams }) => most_streams.unwrap_or(u32::MAX),
            Ok(Greeting::Other(bytes)) => {
                let reason = match bytes.starts_with(b"HTTP/1") {
                    true => "it speaks HTTP/1.1, not HTTP/2; set the service's `protocol`",
                    false => "it does not speak HTTP/2",
                };
                return Err(fail(ErrorCode::UpstreamInvalid, reason.to_owned()));
            }
            Err(_) => {
                let reason = "it closed the connection without a word of HTTP/2; if it speaks \
                              HTTP/1.1, set the service's `protocol`";
                return Err(fail(ErrorCode::UpstreamReset, reason.to_owned()));
            }
        };
        state.allow(most.try_into().unwrap_or(usize::MAX));
        Ok(Self { sender, state })
    }

    /// A place for one more request, if there is one.
    pub fn lane(&self) -> Option<Lane> {
        let most = self.state.most.load(Ordering::Relaxed);
        let taken =
            self.state
                .running
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |running| {
                    (running < most).then_some(running + 1)
                });
        taken.ok()?;
        self.state.ever.fetch_add(1, Ordering::Relaxed);
        Some(Lane {
            sender: self.sender.clone(),
            state: self.state.clone(),
        })
    }

    /// Whether it takes no more requests, now or ever again. Those that run on it go on.
    pub fn is_over(&self) -> bool {
        self.sender.is_closed() || self.state.retired.load(Ordering::Relaxed)
    }

    /// When it was opened, on the clock's monotonic scale.
    pub fn born_ns(&self) -> u64 {
        self.state.born_ns
    }
}

impl Lane {
    /// Lets no other request onto this connection.
    pub fn retire(&self) {
        self.state.retired.store(true, Ordering::Relaxed);
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        self.state.running.fetch_sub(1, Ordering::Relaxed);
    }
}

impl State {
    fn allow(&self, most: usize) {
        self.most.store(most.min(MOST_STREAMS), Ordering::Relaxed);
    }
}

/// Runs a connection to its end.
async fn drive<T>(
    mut connection: http2::Connection<T, RequestBody, TokioExecutor>,
    state: Arc<State>,
    at: String,
) where
    T: hyper::rt::Read + hyper::rt::Write + Send + Unpin + 'static,
{
    let ended = poll_fn(|context| {
        let polled = Pin::new(&mut connection).poll(context);
        // 0: the target's settings are not there yet.
        if state.most.load(Ordering::Relaxed) > 0 {
            state.allow(connection.current_max_send_streams());
        }
        polled
    });
    tokio::pin!(ended);
    let mut ever = u64::MAX;
    loop {
        tokio::select! {
            result = &mut ended => {
                if let Err(error) = result {
                    tracing::debug!(target = at, %error, "connection to a target ended");
                }
                return;
            }
            () = tokio::time::sleep(IDLE) => {}
        }
        let used = state.ever.load(Ordering::Relaxed);
        if used == ever && state.running.load(Ordering::Relaxed) == 0 {
            // Whoever joins in this moment gets the request back unsent.
            return;
        }
        ever = used;
    }
}
