//! The guard around an exchange: whatever happens to the request, it is recorded once.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use http::{Method, Response};
use http_body::Body;
use parking_lot::Mutex;

use super::body::{RecordedBody, RequestTap};
use super::capture::{Captured, SharedCapture};
use super::detail::Kept;
use super::exchange::Exchange;
use super::messages::{Events, MessageLog};
use super::recorder::Recorder;
use super::summarise::masked;
use super::summary::{Ending, ExchangeSummary};
use super::tunnel::{RecordedTunnel, is_websocket};
use crate::snapshot::limits::Running;

/// An exchange that is being recorded. Dropped without an answer, it is recorded as one whose caller
/// went away.
pub struct Recording {
    recorder: Recorder,
    /// `None` once handed over.
    exchange: Option<Box<Exchange>>,
    request: SharedCapture,
    most_body_bytes: usize,
    /// Where its messages are numbered, if it has any.
    messages: Option<Arc<MessageLog>>,
    /// Where it can be seen while it runs, if it takes long.
    pub(super) shown: Option<Arc<Shown>>,
    /// The limits under which it counts as running, until the guard is gone.
    running: Running,
}

/// An exchange that is still running, for those who watch.
pub(super) struct Shown {
    pub(super) summary: ExchangeSummary,
    pub(super) kept: Kept,
    pub(super) request_bytes: AtomicU64,
    pub(super) response_bytes: AtomicU64,
    pub(super) messages: Option<Arc<MessageLog>>,
    pub(super) started_ns: u64,
}

/// An exchange that has ended, on its way to the recorder's thread.
pub(super) struct Ended {
    pub(super) exchange: Exchange,
    pub(super) request: Captured,
    pub(super) response: Captured,
    /// Messages that passed, kept or not.
    pub(super) messages: u64,
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
            request: Arc::new(Mutex::new(Captured::up_to(
                most_body_bytes,
                &recorder.shared.room,
            ))),
            most_body_bytes,
            messages: None,
            shown: None,
            running: Running::default(),
        }
    }

    /// The exchange counts as running until the last byte of its answer was sent, or its tunnel
    /// closed; however it ends.
    pub fn runs_under(&mut self, running: Running) {
        self.running = running;
    }

    /// What is known so far.
    pub fn exchange(&mut self) -> &mut Exchange {
        self.exchange
            .as_mut()
            .expect("it is handed over only when the guard is gone")
    }

    /// Where the request's body is counted and kept.
    pub fn request_tap(&self) -> RequestTap {
        RequestTap::new(self.request.clone())
    }

    /// The answer is about to be sent. The guard moves into its body.
    pub fn finish<B: Body>(mut self, response: Response<B>) -> Response<RecordedBody<B>> {
        self.answered(&response);
        let captured = Captured::up_to(self.most_body_bytes, &self.recorder.shared.room);
        let events = Events::are_in(response.headers()).then(|| {
            let log = self.messages();
            Some((Events::of(response.headers(), log.most_bytes())?, log))
        });
        response.map(|body| RecordedBody::new(body, captured, events.flatten(), self))
    }

    /// The answer is about to be sent, and hands its connection over to another protocol. The guard
    /// moves to what passes there.
    pub fn tunnel<B: Body>(
        mut self,
        response: Response<B>,
    ) -> (Response<RecordedBody<B>>, RecordedTunnel) {
        self.answered(&response);
        if is_websocket(response.headers()) {
            self.messages();
        }
        let shown = self.show(0);
        let recorded = RecordedTunnel::new(self, shown, response.headers());
        (response.map(RecordedBody::not_recorded), recorded)
    }

    fn answered<B>(&mut self, response: &Response<B>) {
        let now_ns = self.recorder.shared.clock.monotonic_ns();
        let exchange = self.exchange();
        exchange.status = Some(response.status().as_u16());
        exchange.client_response = Some(response.headers().clone());
        exchange.answered_ns = Some(now_ns);
    }

    /// Where the exchange's messages are numbered.
    pub(super) fn messages(&mut self) -> Arc<MessageLog> {
        let (id, started_ns) = (self.exchange().id, self.exchange().started_ns);
        let new = || Arc::new(MessageLog::new(&self.recorder, id, started_ns));
        self.messages.get_or_insert_with(new).clone()
    }

    /// What a caller sent after the request's own body.
    pub(super) fn add_request_bytes(&self, bytes: u64) {
        self.request.lock().passed += bytes;
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
    pub(super) fn show(&mut self, response_bytes: u64) -> Arc<Shown> {
        let messages = self.messages.clone();
        let request = self.request.lock().so_far();
        let shared = self.recorder.shared.clone();
        let exchange = self.exchange();
        let redactor = shared.redactor();
        let mut so_far = Ended {
            exchange: exchange.clone(),
            request,
            response: Captured::default(),
            messages: 0,
            ending: Ending::Running,
            ended_ns: shared.clock.monotonic_ns(),
        };
        so_far.response.passed = response_bytes;
        let (summary, kept) = masked(so_far, &redactor);
        let shown = Arc::new(Shown {
            request_bytes: AtomicU64::new(summary.request_bytes),
            response_bytes: AtomicU64::new(response_bytes),
            started_ns: exchange.started_ns,
            summary,
            kept,
            messages,
        });
        shared.shown.lock().insert(exchange.id, shown.clone());
        self.shown = Some(shown.clone());
        shown
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
            messages: self.messages.take().map_or(0, |messages| messages.passed()),
            ending,
            ended_ns,
        });
    }
}

impl Shown {
    /// The row as it stands.
    pub(super) fn summary(&self, now_ns: u64) -> ExchangeSummary {
        let mut summary = self.summary.clone();
        summary.request_bytes = self.request_bytes.load(Ordering::Relaxed);
        summary.response_bytes = self.response_bytes.load(Ordering::Relaxed);
        summary.messages = self.messages.as_ref().map_or(0, |log| log.passed());
        let so_far = now_ns.saturating_sub(self.started_ns) / 1_000;
        summary.timing.receive_us += so_far.saturating_sub(summary.duration_us);
        summary.duration_us = so_far;
        summary
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        self.hand_over(Captured::default(), Ending::ClientClosed);
    }
}
