//! Serves the admin API on a socket. An accept loop of its own, for the same reason as the gateway's:
//! with `axum::serve` no time limit for reading a request's head ever runs.

use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

/// How long a caller may take to send a request's head.
const HEADER_READ_TIMEOUT: Duration = Duration::from_secs(15);
/// How long running requests may go on after a stop. Event streams never end by themselves.
const DRAIN: Duration = Duration::from_millis(500);
/// How long to wait when the process can open no more files, before accepting again.
const OUT_OF_FILES: Duration = Duration::from_millis(100);
/// Most connections at once; more wait their turn.
const MOST_CONNECTIONS: usize = 256;

/// A running admin server. It stops when this is dropped; [`Self::stop`] waits for it.
pub struct AdminServer {
    stop: CancellationToken,
    done: JoinHandle<()>,
}

/// Binds a port of 127.0.0.1.
///
/// # Errors
/// The port cannot be had.
pub async fn bind(port: u16) -> io::Result<(TcpListener, SocketAddr)> {
    let socket = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    let address = socket.local_addr()?;
    Ok((socket, address))
}

impl AdminServer {
    /// Begins to serve. Needs a Tokio runtime.
    pub fn start(socket: TcpListener, router: Router) -> Self {
        let stop = CancellationToken::new();
        let done = tokio::spawn(run(socket, router, stop.clone()));
        Self { stop, done }
    }

    /// Accepts no more and waits a moment for running requests.
    pub async fn stop(mut self) {
        self.stop.cancel();
        if let Err(error) = (&mut self.done).await {
            tracing::error!(%error, "the admin server ended badly");
        }
    }
}

impl Drop for AdminServer {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

async fn run(socket: TcpListener, router: Router, stop: CancellationToken) {
    let connections = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            accepted = accept(&socket, &places) => accepted,
        };
        match accepted {
            Ok((stream, peer, place)) => {
                let connection = connections.watch(connection(stream, peer, router.clone()));
                let stop = stop.clone();
                tokio::spawn(async move {
                    let _place = place;
                    tokio::select! {
                        result = connection => if let Err(error) = result {
                            tracing::debug!(%peer, %error, "a connection to the admin API ended");
                        },
                        // Dropped, a connection is closed, whatever it still had to say.
                        () = drained(stop) => {}
                    }
                });
            }
            Err(error) => {
                tracing::warn!(%error, "no connection to the admin API can be accepted now");
                tokio::time::sleep(OUT_OF_FILES).await;
            }
        }
    }
    drop(socket);
    connections.shutdown().await;
}

async fn drained(stop: CancellationToken) {
    stop.cancelled().await;
    tokio::time::sleep(DRAIN).await;
}

async fn accept(
    socket: &TcpListener,
    places: &Arc<Semaphore>,
) -> io::Result<(TcpStream, SocketAddr, tokio::sync::OwnedSemaphorePermit)> {
    let place = places
        .clone()
        .acquire_owned()
        .await
        .map_err(io::Error::other)?;
    let (stream, peer) = socket.accept().await?;
    Ok((stream, peer, place))
}

fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
) -> impl hyper_util::server::graceful::GracefulConnection<Error = hyper::Error> + Send {
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        let router = router.clone();
        async move {
            let answer: Result<_, Infallible> = router.oneshot(request.map(Body::new)).await;
            answer
        }
    });
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_READ_TIMEOUT)
        .serve_connection(TokioIo::new(stream), service)
}
