//! Takes connections and hands their requests to the pipeline.
//!
//! An accept loop of our own: what `axum::serve` does has no limits, so that a few hundred slow
//! callers could hold the gateway. How many connections there may be is in [`super::connections`],
//! what one may send and how long it may stand still in [`super::inbound`].

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use http::{Request, StatusCode};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::accept::Refused;
use super::arrival::{Client, SentAs};
use super::connections::Permit;
use super::error::ProxyError;
use super::fault::{Abort, Aborted};
use super::inbound::activity::{Activity, Watched};
use super::inbound::refusal::Refusal;
use super::inbound::stream::{Vetting, hyper_max_headers};
use super::inbound::turns::{Turn, Turns};
use super::pipeline::{self, Answer};
use crate::gateway::Inner;
use crate::snapshot::callers::CallerLimits;

/// How long a TLS handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How long a connection on which nothing happens may take to close.
const LAST_WORDS: Duration = Duration::from_secs(2);
/// How much of a body a caller may send over HTTP/2 before its service takes it, in bytes.
const UPLOAD_WINDOW: u32 = 512 * 1024;
/// How long running requests may go on after a stop.
const DRAIN: Duration = Duration::from_secs(10);
/// How many bytes may lie between the two ends of a connection inside this process.
const INSIDE_BUFFER: usize = 64 * 1024;
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
        closing: CancellationToken::new(),
        open: TaskTracker::new(),
    });
    loop {
        let accepted = tokio::select! {
            accepted = socket.accept() => accepted,
            _ = &mut stopped => break,
        };
        match accepted {
            Ok((stream, client)) => door.clone().open(stream, client),
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
    door.closing.cancel();
    door.open.close();
    if tokio::time::timeout(DRAIN, door.open.wait()).await.is_err() {
        tracing::warn!(
            "some requests were still running after {} s",
            DRAIN.as_secs()
        );
    }
}

/// Opens a connection that ends in this process, for requests of the gateway's own. What is said on
/// it is read, checked and recorded as if it had come to the listener. `None`: callers have as many
/// open as there may be.
pub(crate) fn open_inside(gateway: Arc<Inner>, sent: SentAs) -> Option<DuplexStream> {
    let limits = gateway.caller_limits();
    let permit = gateway.connections.enter(limits.max_connections)?;
    let (near, far) = tokio::io::duplex(INSIDE_BUFFER);
    let door = Door {
        tls: None,
        gateway,
        closing: CancellationToken::new(),
        open: TaskTracker::new(),
    };
    let client = Client {
        address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        tls: false,
        inside: Some(sent),
    };
    tokio::spawn(async move { door.serve(far, client, limits, permit).await });
    Some(near)
}

/// hyper's own limits lie above the gateway's, so that the answers are the gateway's.
fn server(limits: &CallerLimits) -> Builder<TokioExecutor> {
    let head = limits.max_uri_bytes + limits.max_header_bytes + 64 * limits.max_headers;
    let mut server = Builder::new(TokioExecutor::new());
    server
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(None)
        .max_buf_size(256 * 1024 + head);
    // Told what it expects anyway, it would look for room each time.
    if limits.max_headers > hyper_max_headers(0) {
        server.http1().max_headers(limits.max_headers);
    }
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
        .max_header_list_size(u32::try_from(head + 16 * 1024).unwrap_or(u32::MAX));
    server
}

/// What each connection needs.
struct Door {
    tls: Option<TlsAcceptor>,
    gateway: Arc<Inner>,
    /// Cancelled once connections are to end with what they are doing.
    closing: CancellationToken,
    open: TaskTracker,
}

impl Door {
    /// Serves a connection beside all others, after a TLS handshake where there is one.
    fn open(self: Arc<Self>, stream: TcpStream, client: SocketAddr) {
        let limits = self.gateway.caller_limits();
        let Some(permit) = self.gateway.connections.enter(limits.max_connections) else {
            let connections = &self.gateway.connections;
            return connections.turn_away(stream, self.tls.is_some());
        };
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%client, %error, "TCP_NODELAY could not be set");
        }
        let open = self.open.token();
        tokio::spawn(async move {
            let caller = |tls| Client {
                address: client,
                tls,
                inside: None,
            };
            let Some(tls) = &self.tls else {
                return self.serve(stream, caller(false), limits, permit).await;
            };
            match tokio::time::timeout(HANDSHAKE, tls.accept(stream)).await {
                Ok(Ok(stream)) => self.serve(stream, caller(true), limits, permit).await,
                Ok(Err(error)) => tracing::debug!(%client, %error, "no TLS handshake"),
                Err(_) => tracing::debug!(%client, "the TLS handshake took too long"),
            }
            drop(open);
        });
    }

    /// Serves a connection until it ends, or has been quiet for too long.
    async fn serve(
        &self,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        client: Client,
        limits: CallerLimits,
        permit: Permit,
    ) {
        let turns = Arc::new(Turns::default());
        let activity = Arc::new(Activity::new());
        let vetting = Vetting::new(
            stream,
            self.gateway.clone(),
            limits,
            turns.clone(),
            activity.clone(),
            permit,
        );
        let service = service_fn(|request: Request<Incoming>| {
            let (turn, waiting) = (turns.next(), activity.begin());
            let (gateway, client) = (self.gateway.clone(), client.clone());
            async move {
                let answer = answer(&gateway, client, turn, request).await;
                if answer.extensions().get::<Abort>().is_some() {
                    return Err(Aborted);
                }
                Ok(answer.map(|body| Watched::new(body, waiting)))
            }
        });
        let server = server(&limits);
        let connection = server.serve_connection_with_upgrades(TokioIo::new(vetting), service);
        let mut connection = pin!(connection);
        let mut closing = pin!(self.closing.cancelled());
        let mut is_closing = false;
        let ended = loop {
            tokio::select! {
                ended = &mut connection => break ended,
                () = &mut closing, if !is_closing => {
                    is_closing = true;
                    connection.as_mut().graceful_shutdown();
                }
                () = activity.quiet(limits.idle_timeout) => {
                    connection.as_mut().graceful_shutdown();
                    match tokio::time::timeout(LAST_WORDS, connection).await {
                        Ok(ended) => break ended,
                        Err(_) => return,
                    }
                }
            }
        };
        if let Err(error) = ended {
            tracing::debug!(client = %client.address, %error, "connection ended");
        }
    }
}

/// Answers one request of a connection.
async fn answer(
    gateway: &Arc<Inner>,
    client: Client,
    mut turn: Turn,
    request: Request<Incoming>,
) -> Answer {
    let request = match turn.refusal.take() {
        None => request,
        Some(Refusal {
            error,
            request: read,
        }) => refused(request, read, error),
    };
    let answer = pipeline::handle(gateway, client, request).await;
    turn.answered(answer.status() == StatusCode::SWITCHING_PROTOCOLS);
    answer
}

/// The request that `stand_in` stands for, as far as it could be read.
fn refused(stand_in: Request<Incoming>, read: Request<()>, error: ProxyError) -> Request<Incoming> {
    let (_, body) = stand_in.into_parts();
    let (mut head, ()) = read.into_parts();
    head.extensions.insert(Refused(error));
    Request::from_parts(head, body)
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
