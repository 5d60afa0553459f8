//! Requests that the gateway sends to itself: to repeat one of the log, or to use up a limit.
//!
//! They go through everything that a caller's request goes through, on a connection that ends in this
//! process. So the log can say who sent them, and a key can be granted to them that nobody here
//! knows, without a header or an address that a caller could make use of too.

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;

use super::{Gateway, GatewayState};
use crate::proxy::arrival::SentAs;
use crate::proxy::listener;

/// Why there was no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InsideError {
    /// The gateway does not run.
    #[error("the gateway is stopped; start it, then send again")]
    Stopped,
    /// Callers have as many connections open as there may be.
    #[error("callers have as many connections open as the gateway takes; send again later")]
    Full,
    /// The connection ended before there was an answer.
    #[error("the connection ended before there was an answer: {0}")]
    Broken(String),
}

impl Gateway {
    /// Sends one request through the gateway, as what `sent` says, and gives the answer once its head
    /// is there. The request has to name its `Host`.
    ///
    /// # Errors
    /// There is no answer.
    pub(crate) async fn send_inside(
        &self,
        sent: SentAs,
        request: Request<Full<Bytes>>,
    ) -> Result<Response<Incoming>, InsideError> {
        if !matches!(*self.0.state.borrow(), GatewayState::Running { .. }) {
            return Err(InsideError::Stopped);
        }
        let near = listener::open_inside(self.0.clone(), sent).ok_or(InsideError::Full)?;
        let broken = |error: hyper::Error| InsideError::Broken(error.to_string());
        let handshake = http1::handshake(TokioIo::new(near)).await;
        let (mut sender, connection) = handshake.map_err(broken)?;
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection inside this process ended");
            }
        });
        sender.send_request(request).await.map_err(broken)
    }
}
