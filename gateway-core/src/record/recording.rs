//! The guard around an exchange: whatever happens to the request, it is recorded once.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use http::{Method, Response};
use http_body::Body;
use parking_lot::Mutex;

use super::body::{RecordedBody, RecordedRequestBody};
use super::capture::{Captured, SharedCapture};
use super::exchange::Exchange;
use super::recorder::Recorder;
use super::summarise::summarise;
use super::summary::{Ending, ExchangeSummary};

/// An exchange that is being recorded. Dropped without an answer, it is recorded as one whose caller
/// went away.
pub struct Recording {
    recorder: Recorder,
    /// `None` once handed over.
    exchange: Option<Box<Exchange>>,
    request: SharedCapture,
    most_body_bytes: usize,
    /// Where it can be seen while it runs, if it takes long.
    pub(super) shown: Option<Arc<Shown>>,
}

/// An exchange that is still running, for those who watch.
pub(super) struct Shown {
    pub(super) summary: ExchangeSummary,
    pub(super) response_bytes: AtomicU64,
    pub(super) started_ns: u64,
}

/// An exchange that has ended, on its way to the recorder's thread.
pub(super) struct Ended {
    pub(super) exchange: Exchange,
    pub(super) request: Captured,
    pub(super) response: Captured,
    pub(super) ending: Ending,
    pub(super) ended_ns: u64,
}

impl Recording {
    pub(super) fn begin(recorder: &Recorder, exchange: Exchange) -> Self {
        recorder.shared.in_flight.fetch_add(1, Ordering::Relaxed);
        let most_body_bytes = recorder.shared.most_body_bytes();
        Self {
            recorder: recorder.clone(),
            exchange: Some(Box::new(exchange)),
            request: Arc::new(Mutex::new(Captured::up_to(most_body_bytes))),
            most_body_bytes,
            shown: None,
        }
    }

    /// What is known so far.
    pub fn exchange(&mut self) -> &mut Exchange {
        self.exchange
            .as_mut()
            .expect("it is handed over only when the guard is gone")
    }

    /// Counts and keeps a request's body while it streams to its target.
    pub fn request_body<B>(&self, body: B) -> RecordedRequestBody<B> {
        RecordedRequestBody::new(body, self.request.clone())
    }

    /// The answer is about to be sent. The guard moves into its body.
    pub fn finish<B: Body>(mut self, response: Response<B>) -> Response<RecordedBody<B>> {
        let now_ns = self.recorder.shared.clock.monotonic_ns();
        let exchange = self.exchange();
        exchange.status = Some(response.status().as_u16());
        exchange.client_response = Some(response.headers().clone());
        exchange.answered_ns = Some(now_ns);
        let captured = Captured::up_to(self.most_body_bytes);
        response.map(|body| RecordedBody::new(body, captured, self))
    }

    /// Whether the answer has no body however long its `Content-Length` is (RFC 9110, 6.4.1).
    pub(super) fn answer_has_no_body(&self) -> bool {
        self.exchange.as_ref().is_some_and(|exchange| {
            exchange.method == Method::HEAD || matches!(exchange.status, Some(204 | 304))
        })
    }

    pub(super) fn end(mut self, response: Captured, ending: Ending) {
        self.hand_over(response, ending);
    }

    /// Lets those who watch see the exchange while it runs.
    pub(super) fn show(&mut self, response_bytes: u64) {
        let Some(exchange) = &self.exchange else {
            return;
        };
        let now_ns = self.recorder.shared.clock.monotonic_ns();
        let request_bytes = self.request.lock().passed;
        let redactor = self.recorder.shared.redactor();
        let shown = Arc::new(Shown {
            summary: summarise(
                exchange,
                &redactor,
                Ending::Running,
                now_ns,
                request_bytes,
                0,
            ),
            response_bytes: AtomicU64::new(response_bytes),
            started_ns: exchange.started_ns,
        });
        self.recorder
            .shared
            .shown
            .lock()
            .insert(exchange.id, shown.clone());
        self.shown = Some(shown);
    }

    fn hand_over(&mut self, response: Captured, ending: Ending) {
        let Some(exchange) = self.exchange.take() else {
            return;
        };
        self.recorder
            .shared
            .in_flight
            .fetch_sub(1, Ordering::Relaxed);
        if self.shown.take().is_some() {
            self.recorder.shared.shown.lock().remove(&exchange.id);
        }
        let request = std::mem::take(&mut *self.request.lock());
        let ended_ns = self.recorder.shared.clock.monotonic_ns();
        let exchange = *exchange;
        self.recorder.take(Ended {
            exchange,
            request,
            response,
            ending,
            ended_ns,
        });
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        self.hand_over(Captured::default(), Ending::ClientClosed);
    }
}
