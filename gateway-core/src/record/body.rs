//! Bodies that are counted and kept as they stream. They change nothing of what passes.

use std::future::Future as _;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::time::Sleep;

use super::capture::{Captured, SharedCapture};
use super::messages::{Direction, Events, MessageLog};
use super::recording::Recording;
use super::summary::Ending;
use crate::proxy::error::ErrorCode;

/// An answer that takes longer than this is shown while it runs.
const SHOWN_AFTER: Duration = Duration::from_millis(500);

/// Why a body broke off, for the log.
pub trait BrokeOff {
    /// As a stable code.
    fn code(&self) -> ErrorCode;
    /// In one sentence.
    fn reason(&self) -> String;
}

/// A request's body on its way to a target.
pub struct RecordedRequestBody<B> {
    body: B,
    captured: SharedCapture,
}

/// Where a request's body is counted and kept, before anybody reads it.
pub struct RequestTap(SharedCapture);

impl RequestTap {
    pub(super) fn new(captured: SharedCapture) -> Self {
        Self(captured)
    }

    /// Counts and keeps `body` while it streams to its target.
    pub fn on<B>(self, body: B) -> RecordedRequestBody<B> {
        RecordedRequestBody {
            body,
            captured: self.0,
        }
    }
}

impl<B: Body<Data = Bytes> + Unpin> Body for RecordedRequestBody<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(context);
        if let Poll::Ready(Some(Ok(frame))) = &frame
            && let Some(piece) = frame.data_ref()
        {
            self.captured.lock().add(piece);
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

/// An answer's body on its way to the caller. At its end, however it ends, the exchange is handed
/// over.
pub struct RecordedBody<B: Body> {
    body: B,
    captured: Captured,
    /// What it is read for as it passes, where it is a stream of events.
    events: Option<(Events, Arc<MessageLog>)>,
    /// `None` once the exchange has been handed over.
    recording: Option<Recording>,
    /// Runs from the moment the answer first keeps its caller waiting.
    slow: Option<Pin<Box<Sleep>>>,
}

impl<B: Body> RecordedBody<B> {
    pub(super) fn new(
        body: B,
        captured: Captured,
        events: Option<(Events, Arc<MessageLog>)>,
        recording: Recording,
    ) -> Self {
        Self {
            body,
            captured,
            events,
            recording: Some(recording),
            slow: None,
        }
    }

    /// A body whose exchange is recorded elsewhere.
    pub(crate) fn not_recorded(body: B) -> Self {
        Self {
            body,
            captured: Captured::default(),
            events: None,
            recording: None,
            slow: None,
        }
    }

    fn end(&mut self, ending: Ending) {
        if let Some(recording) = self.recording.take() {
            recording.end(std::mem::take(&mut self.captured), ending);
        }
    }

    /// Shows an exchange that takes long while it still runs.
    fn watch(&mut self, context: &mut Context<'_>) {
        let Some(recording) = &mut self.recording else {
            return;
        };
        if recording.shown.is_some() {
            return;
        }
        let slow = self
            .slow
            .get_or_insert_with(|| Box::pin(tokio::time::sleep(SHOWN_AFTER)));
        if slow.as_mut().poll(context).is_ready() {
            recording.show(self.captured.passed);
        }
    }
}

impl<B> Body for RecordedBody<B>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: BrokeOff,
{
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(context);
        match &frame {
            Poll::Pending => self.watch(context),
            Poll::Ready(None) => self.end(Ending::Complete),
            Poll::Ready(Some(Err(error))) => {
                if let Some(recording) = &mut self.recording
                    && let Some(last) = recording.exchange().tries.last_mut()
                {
                    last.code = Some(error.code());
                    last.reason = Some(error.reason());
                }
                self.end(Ending::CutOff);
            }
            Poll::Ready(Some(Ok(frame))) => {
                if let Some(piece) = frame.data_ref() {
                    let this = &mut *self;
                    this.captured.add(piece);
                    if let Some((events, log)) = &mut this.events {
                        events.pass(
                            piece,
                            || log.keeps(),
                            |observed| log.add(Direction::ToCaller, observed),
                        );
                    }
                    let passed = self.captured.passed;
                    if let Some(shown) = self.recording.as_ref().and_then(|r| r.shown.as_ref()) {
                        shown.response_bytes.store(passed, Ordering::Relaxed);
                    }
                }
            }
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

impl<B: Body> Drop for RecordedBody<B> {
    fn drop(&mut self) {
        let whole = self.body.is_end_stream()
            || self
                .recording
                .as_ref()
                .is_some_and(Recording::answer_has_no_body);
        self.end(if whole {
            Ending::Complete
        } else {
            Ending::ClientClosed
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl BrokeOff for std::convert::Infallible {
        fn code(&self) -> ErrorCode {
            match *self {}
        }

        fn reason(&self) -> String {
            match *self {}
        }
    }

    impl BrokeOff for std::io::Error {
        fn code(&self) -> ErrorCode {
            ErrorCode::UpstreamReset
        }

        fn reason(&self) -> String {
            self.to_string()
        }
    }
}
