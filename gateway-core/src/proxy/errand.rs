//! Small questions that the gateway asks by itself: for a set of keys, or who a caller is.
//!
//! Connections are made as those to targets are, so that nothing is asked of the gateway itself nor
//! of addresses that are never proxied. Redirects are answers like others.

use std::error::Error;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::uri::Scheme;
use http::{HeaderMap, Request, StatusCode, Uri};
use http_body::Body as _;
use http_body_util::{BodyExt as _, Empty, LengthLimitError, Limited};
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tower::Service;

use super::connect::OwnAddresses;
use super::error::ProxyError;
use super::open::{Stream, stream};
use super::pool::Pool;
use crate::config::{Protocol, Tls};
use crate::snapshot::origin::Origin;

/// Below what servers commonly allow, so that this side hangs up first.
const IDLE: Duration = Duration::from_secs(4);
const MOST_HEAD_BYTES: usize = 64 * 1024;

/// Asks small questions over connections of its own. A cheap handle.
#[derive(Clone)]
pub struct Errands(Client<Connector, Empty<Bytes>>);

/// An answer, read whole.
#[derive(Debug)]
pub struct Answered {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ErrandError {
    /// It took too long.
    #[error("no answer within {0} ms")]
    Late(u128),
    /// Its body is too long.
    #[error("the answer is longer than {0} bytes")]
    TooLong(usize),
    /// Anything else; the text says what.
    #[error("{0}")]
    Failed(String),
}

impl Errands {
    /// Connects to anything but `own`; servers are trusted as `pool` trusts them.
    pub fn new(own: OwnAddresses, pool: Pool) -> Self {
        let client = Client::builder(TokioExecutor::new())
            .timer(TokioTimer::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            .http1_max_buf_size(MOST_HEAD_BYTES)
            .build(Connector { own, pool });
        Self(client)
    }

    /// Asks by GET and reads the answer, all within `timeout` of real time. The body of an answer
    /// that is not `wanted` is left unread.
    ///
    /// # Errors
    /// There is none, or it is longer than `most_bytes`.
    pub async fn get(
        &self,
        uri: &Uri,
        headers: HeaderMap,
        timeout: Duration,
        most_bytes: usize,
        wanted: impl Fn(StatusCode) -> bool,
    ) -> Result<Answered, ErrandError> {
        let mut request = Request::new(Empty::new());
        *request.uri_mut() = uri.clone();
        *request.headers_mut() = headers;
        let asking = async {
            let response = self.0.request(request).await.map_err(|e| failed(&e))?;
            let (head, body) = response.into_parts();
            let body = match wanted(head.status) {
                true => read(body, most_bytes).await?,
                false => Bytes::new(),
            };
            Ok(Answered {
                status: head.status,
                headers: head.headers,
                body,
            })
        };
        match tokio::time::timeout(timeout, asking).await {
            Ok(answer) => answer,
            Err(_) => Err(ErrandError::Late(timeout.as_millis())),
        }
    }
}

async fn read(body: hyper::body::Incoming, most_bytes: usize) -> Result<Bytes, ErrandError> {
    let most = u64::try_from(most_bytes).unwrap_or(u64::MAX);
    if body.size_hint().lower() > most {
        return Err(ErrandError::TooLong(most_bytes));
    }
    match Limited::new(body, most_bytes).collect().await {
        Ok(whole) => Ok(whole.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(ErrandError::TooLong(most_bytes)),
        Err(error) => Err(failed(&*error)),
    }
}

/// The innermost cause says what happened; those around it only where.
fn failed(error: &(dyn Error + 'static)) -> ErrandError {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    ErrandError::Failed(innermost.to_string())
}

/// Opens connections as those to targets are opened.
#[derive(Clone)]
struct Connector {
    own: OwnAddresses,
    pool: Pool,
}

impl Service<Uri> for Connector {
    type Response = Plain;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Plain, io::Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), io::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let Self { own, pool } = self.clone();
        Box::pin(async move {
            let authority = uri.authority().cloned();
            let origin = Origin {
                authority: authority.ok_or_else(|| io::Error::other("the URL has no host"))?,
                protocol: Protocol::Http1,
                tls: (uri.scheme() == Some(&Scheme::HTTPS)).then(Tls::default),
            };
            match stream(&origin, &own, pool.trust()).await {
                Ok((stream, _)) => Ok(Plain(TokioIo::new(stream))),
                Err(ProxyError::Upstream(_, reason)) => Err(io::Error::other(reason)),
                Err(other) => Err(io::Error::other(other.detail().into_owned())),
            }
        })
    }
}

/// A connection that is not to a proxy and speaks HTTP/1.1.
struct Plain(TokioIo<Stream>);

impl Connection for Plain {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

impl Read for Plain {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl Write for Plain {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}
