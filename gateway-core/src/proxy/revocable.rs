//! A service's answer that may go on only as long as the key it was asked for with is good.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use super::body::AnswerBody;
use super::served::AnswerError;
use crate::ids::KeyId;
use crate::keys::KeyRing;

/// How long an answer may take before its key is looked at again. Most are whole by then, and pay
/// for nothing but a timer.
const LOOKED_AT_AFTER: Duration = Duration::from_millis(500);

/// An answer that breaks off when a key is revoked.
pub struct Revocable {
    body: AnswerBody,
    keys: Arc<KeyRing>,
    key: KeyId,
    /// Ends when the key is revoked. Begins when the answer first keeps its caller waiting.
    revoked: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

impl Revocable {
    /// `body`, as long as `key` is good.
    pub fn new(body: AnswerBody, keys: Arc<KeyRing>, key: KeyId) -> Self {
        Self {
            body,
            keys,
            key,
            revoked: None,
        }
    }

    fn poll_revoked(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let (keys, key) = (&self.keys, self.key);
        let revoked = self.revoked.get_or_insert_with(|| {
            let keys = keys.clone();
            Box::pin(async move {
                tokio::time::sleep(LOOKED_AT_AFTER).await;
                keys.until_ended(key).await;
            })
        });
        revoked.as_mut().poll(context)
    }
}

impl Body for Revocable {
    type Data = Bytes;
    type Error = AnswerError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, AnswerError>>> {
        let frame = Pin::new(&mut self.body).poll_frame(context);
        let has_waited = self.revoked.is_some();
        let goes_on = matches!(frame, Poll::Pending | Poll::Ready(Some(Ok(_))));
        if goes_on && (frame.is_pending() || has_waited) && self.poll_revoked(context).is_ready() {
            return Poll::Ready(Some(Err(AnswerError::Revoked)));
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
