//! Takes connections and hands their requests to the pipeline.
//!
//! An accept loop of our own: `axum::serve` gives hyper no timer, and without one the time limit for
//! reading a request's head never runs, so that a few hundred slow callers could hold the gateway.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use super::arrival::Client;
use super::caller_io::{Activity, CallerIo, RunningBody, Slow, last_words};
use super::connections::Counted;
use super::pipeline;
use crate::config::CallerLimits;
use crate::gateway::Inner;

/// How much more of a head is read than is taken, in bytes, so as to answer in our own words.
const HEAD_SLACK: usize = 64 * 1024;
/// Told to callers for whom there is no room.
const TOO_MANY: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\n\
    Retry-After: 1\r\nConnection: close\r\nContent-Type: application/problem+json\r\n\
    Content-Length: 129\r\n\r\n\
    {\"type\":\"urn:gatewright:problem:too_many_connections\",\"title\":\"Too many connections.\",\
    \"status\":503,\"code\":\"too_many_connections\"}";
/// Told to callers who began a request and did not go on.
const TOO_SLOW: &[u8] = b"HTTP/1.1 408 Request Timeout\r\n\
    Connection: close\r\nContent-Type: application/problem+json\r\n\
    Content-Length: 132\r\n\r\n\
    {\"type\":\"urn:gatewright:problem:request_timeout\",\"title\":\"The request's head stopped coming.\",\
    \"status\":408,\"code\":\"request_timeout\"}";
/// How long a TLS handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How much of a body a caller may send over HTTP/2 before its service takes it, in bytes.
const UPLOAD_WINDOW: u32 = 512 * 1024;
/// How long running requests may go on after a stop.
const DRAIN: Duration = Duration::from_secs(10);
/// How long to wait when the process can open no more files, before accepting again.
const OUT_OF_FILES: Duration = Duration::from_millis(100);

/// A running listener.
pub struct Listener {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    released: oneshot::Receiver<()>,
    done: JoinHandle<()>,
}

impl Listener {
    /// Takes over a bound socket and begins to accept: HTTPS where there is `tls`, else HTTP.
    pub(crate) fn start(
        socket: TcpListener,
        tls: Option<Arc<ServerConfig>>,
        gateway: Arc<Inner>,
    ) -> io::Result<Self> {
        let address = socket.local_addr()?;
        let (stop, stopped) = oneshot::channel();
        let (release, released) = oneshot::channel();
        let done = tokio::spawn(run(socket, tls, gateway, stopped, release));
        Ok(Self {
            address,
            stop,
            released,
            done,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Accepts no more, and waits until the address is free. Running requests go on, at most ten
    /// seconds.
    pub async fn release(self) {
        // Whoever listens for either is gone only if the task has ended already.
        let _ = self.stop.send(());
        let _ = self.released.await;
    }

    /// Accepts no more, and waits until running requests have ended, at most ten seconds.
    pub async fn stop(self) {
        // The receiver is gone only if the task has ended already.
        let _ = self.stop.send(());
        if let Err(error) = self.done.await {
            tracing::error!(%error, "the accept loop ended badly");
        }
    }
}

async fn run(
    socket: TcpListener,
    tls: Option<Arc<ServerConfig>>,
    gateway: Arc<Inner>,
    mut stopped: oneshot::Receiver<()>,
    release: oneshot::Sender<()>,
) {
    let door = Arc::new(Door {
        tls: tls.map(TlsAcceptor::from),
        gateway,
    });
    let connections = GracefulShutdown::new();
    loop {
        let accepted = tokio::select! {
            accepted = socket.accept() => accepted,
            _ = &mut stopped => break,
        };
        match accepted {
            Ok((stream, client)) => door.clone().open(stream, client, connections.watcher()),
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                tracing::warn!(%error, "no connection can be accepted at the moment");
                tokio::time::sleep(OUT_OF_FILES).await;
            }
        }
    }
    drop(socket);
    // Nobody waits for it: nobody needs the address.
    let _ = release.send(());
    if tokio::time::timeout(DRAIN, connections.shutdown())
        .await
        .is_err()
    {
        tracing::warn!(
            "some requests were still running after {} s",
            DRAIN.as_secs()
        );
    }
}

/// hyper's own limits lie above those of the pipeline, so that the answer is one of ours. How long
/// callers may take is watched in [`super::caller_io`].
fn server(limits: &CallerLimits) -> Builder<TokioExecutor> {
    let mut server = Builder::new(TokioExecutor::new());
    let head_bytes = limits.max_header_bytes + limits.max_uri_bytes;
    server
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(None)
        .max_buf_size(usize::try_from(head_bytes).unwrap_or(usize::MAX) + HEAD_SLACK)
        .max_headers(usize::from(limits.max_headers) + 100);
    server
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(Duration::from_secs(20))
        .keep_alive_timeout(Duration::from_secs(20))
        .max_concurrent_streams(250)
        // The connection is not bounded beside its streams, so that one upload that its service does
        // not take does not hold up the others.
        .initial_stream_window_size(UPLOAD_WINDOW)
        .initial_connection_window_size((1 << 31) - 1)
        // Counted with 32 bytes a field (RFC 9113, section 10.5.1).
        .max_header_list_size(head_bytes + 32 * (u32::from(limits.max_headers) + 100) + 32 * 1024);
    server
}

/// What each connection needs.
struct Door {
    tls: Option<TlsAcceptor>,
    gateway: Arc<Inner>,
}

impl Door {
    /// Serves a connection beside all others, after a TLS handshake where there is one.
    fn open(self: Arc<Self>, stream: TcpStream, client: SocketAddr, watcher: Watcher) {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%client, %error, "TCP_NODELAY could not be set");
        }
        let most = self.gateway.snapshot().limits.max_connections;
        let Some(counted) = self.gateway.connections.admit(most) else {
            tracing::warn!(%client, most, "refused: there are too many connections");
            // Over TLS there is nobody yet to tell it to.
            let told = if self.tls.is_none() { TOO_MANY } else { b"" };
            tokio::spawn(last_words(stream, told));
            return;
        };
        let Some(tls) = self.tls.clone() else {
            tokio::spawn(self.serve(stream, client, false, watcher, counted));
            return;
        };
        tokio::spawn(async move {
            match tokio::time::timeout(HANDSHAKE, tls.accept(stream)).await {
                Ok(Ok(stream)) => self.serve(stream, client, true, watcher, counted).await,
                Ok(Err(error)) => tracing::debug!(%client, %error, "no TLS handshake"),
                Err(_) => tracing::debug!(%client, "the TLS handshake took too long"),
            }
        });
    }

    async fn serve<S>(
        self: Arc<Self>,
        stream: S,
        client: SocketAddr,
        tls: bool,
        watcher: Watcher,
        _counted: Counted,
    ) where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let snapshot = self.gateway.snapshot();
        let activity = Activity::new();
        let io = CallerIo::new(stream, activity.clone());
        let rest = io.rest();
        let caller = Client {
            address: client,
            tls,
        };
        let (gateway, running) = (self.gateway.clone(), activity.clone());
        let service = service_fn(move |request: Request<Incoming>| {
            let (gateway, running) = (gateway.clone(), running.run());
            async move {
                let answer = pipeline::handle(&gateway, caller, request).await;
                Ok::<_, Infallible>(answer.map(|body| RunningBody { body, running }))
            }
        });
        let connection = server(&snapshot.limits)
            .serve_connection_with_upgrades(TokioIo::new(io), service)
            .into_owned();
        let connection = watcher.watch(connection);
        let patience = snapshot.patience();
        drop(snapshot);
        let slow = tokio::select! {
            ended = connection => {
                if let Err(error) = ended {
                    tracing::debug!(%client, %error, "connection ended");
                }
                return;
            }
            slow = activity.given_up(patience) => slow,
        };
        tracing::debug!(%client, ?slow, "connection given up");
        if slow == Slow::Head {
            rest.say(TOO_SLOW).await;
        }
    }
}

/// Errors that belong to the connection that was not made, not to the listener.
fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::Interrupted
    )
}
