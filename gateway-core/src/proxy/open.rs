//! Opens a connection to a target and agrees with it on what is spoken: TCP, TLS, HTTP.

use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::AbortHandle;
use tokio_rustls::client::TlsStream;
use tokio_util::either::Either;

use super::body::RequestBody;
use super::connect::{OwnAddresses, connect};
use super::error::{ErrorCode, ProxyError};
use super::shared::Shared;
use super::trust::{H2, Trust};
use crate::config::Protocol;
use crate::snapshot::origin::Origin;

/// Bytes to and from a target, encrypted or not.
pub type Stream = Either<TcpStream, Box<TlsStream<TcpStream>>>;

/// A connection that has just been opened.
pub enum Opened {
    /// For one request at a time.
    Http1(Http1),
    /// For many.
    Http2(Shared),
}

/// A connection for one request at a time.
pub struct Http1 {
    /// Sends the request.
    pub sender: http1::SendRequest<RequestBody>,
    /// When it was opened, on the clock's monotonic scale.
    pub born_ns: u64,
    task: AbortHandle,
}

impl Http1 {
    /// Closes the connection, whatever is still passing on it.
    pub fn abort(self) {
        self.task.abort();
    }
}

/// Opens a connection.
///
/// # Errors
/// Why there is none.
pub async fn open(
    origin: &Origin,
    own: &OwnAddresses,
    trust: &Trust,
    now_ns: u64,
) -> Result<Opened, ProxyError> {
    let (stream, speaks_http2) = stream(origin, own, trust).await?;
    match speaks_http2 {
        true => Shared::open(stream, origin, now_ns)
            .await
            .map(Opened::Http2),
        false => http1(stream, origin, now_ns).await.map(Opened::Http1),
    }
}

/// Connects, with TLS where the target wants it. Says too whether HTTP/2 is spoken.
///
/// # Errors
/// Why there is no connection.
pub async fn stream(
    origin: &Origin,
    own: &OwnAddresses,
    trust: &Trust,
) -> Result<(Stream, bool), ProxyError> {
    let stream = connect(origin.host(), origin.port(), own).await?;
    let Some(tls) = &origin.tls else {
        return Ok((Either::Left(stream), origin.protocol == Protocol::Http2));
    };
    let stream = trust.shake_hands(origin, tls, stream).await?;
    let speaks_http2 = stream.get_ref().1.alpn_protocol() == Some(H2);
    if origin.protocol == Protocol::Http2 && !speaks_http2 {
        let reason = format!(
            "{}: it did not choose HTTP/2 (ALPN); set the service's `protocol`",
            origin.authority
        );
        return Err(ProxyError::Upstream(ErrorCode::UpstreamTls, reason));
    }
    Ok((Either::Right(Box::new(stream)), speaks_http2))
}

async fn http1(stream: Stream, origin: &Origin, born_ns: u64) -> Result<Http1, ProxyError> {
    let (sender, connection) = http1::Builder::new()
        .handshake(TokioIo::new(stream))
        .await
        .map_err(|error| {
            let reason = format!("{}: {error}", origin.authority);
            ProxyError::Upstream(ErrorCode::UpstreamReset, reason)
        })?;
    let target = origin.authority.clone();
    let task = tokio::spawn(async move {
        if let Err(error) = connection.with_upgrades().await {
            tracing::debug!(%target, %error, "connection to a target ended");
        }
    });
    Ok(Http1 {
        sender,
        born_ns,
        task: task.abort_handle(),
    })
}
