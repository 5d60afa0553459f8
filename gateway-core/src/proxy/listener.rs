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

use super::pipeline::{self, Client};
use crate::gateway::Inner;

/// How long a caller may take to send a request's head.
const HEADER_READ_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a TLS handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);
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
        server: server(),
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

fn server() -> Builder<TokioExecutor> {
    let mut server = Builder::new(TokioExecutor::new());
    server
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_READ_TIMEOUT)
        // Above the pipeline's own limits, so that the answer is one of ours.
        .max_buf_size(256 * 1024)
        .max_headers(256);
    server
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(Duration::from_secs(20))
        .keep_alive_timeout(Duration::from_secs(20))
        .max_concurrent_streams(250)
        .max_header_list_size(128 * 1024);
    server
}

/// What each connection needs.
struct Door {
    server: Builder<TokioExecutor>,
    tls: Option<TlsAcceptor>,
    gateway: Arc<Inner>,
}

impl Door {
    /// Serves a connection beside all others, after a TLS handshake where there is one.
    fn open(self: Arc<Self>, stream: TcpStream, client: SocketAddr, watcher: Watcher) {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%client, %error, "TCP_NODELAY could not be set");
        }
        let Some(tls) = self.tls.clone() else {
            return self.serve(stream, client, false, watcher);
        };
        tokio::spawn(async move {
            match tokio::time::timeout(HANDSHAKE, tls.accept(stream)).await {
                Ok(Ok(stream)) => self.serve(stream, client, true, watcher),
                Ok(Err(error)) => tracing::debug!(%client, %error, "no TLS handshake"),
                Err(_) => tracing::debug!(%client, "the TLS handshake took too long"),
            }
        });
    }

    fn serve(
        &self,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        client: SocketAddr,
        tls: bool,
        watcher: Watcher,
    ) {
        let gateway = self.gateway.clone();
        let caller = Client {
            address: client,
            tls,
        };
        let service = service_fn(move |request: Request<Incoming>| {
            let gateway = gateway.clone();
            async move { Ok::<_, Infallible>(pipeline::handle(&gateway, caller, request).await) }
        });
        let connection = self
            .server
            .serve_connection_with_upgrades(TokioIo::new(stream), service)
            .into_owned();
        let connection = watcher.watch(connection);
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%client, %error, "connection ended");
            }
        });
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
