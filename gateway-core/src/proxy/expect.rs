//! `Expect: 100-continue` (RFC 9110, section 10.1.1): a caller who wants to know whether its body is
//! wanted before it sends it.
//!
//! The target is asked with the same words, and nothing of the body is read before it answers. That
//! is also when the caller is told to go on: hyper does so when the body is first read. A target that
//! refuses at once never sees the body, nor does the wire.

use std::future::Future as _;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::task::AtomicWaker;
use http::header::EXPECT;
use http::{HeaderMap, Request, StatusCode};
use tokio::time::Sleep;

use super::body::RequestBody;

/// How long a target may take to ask for the body. Many never do, and read it all the same.
const PATIENCE: Duration = Duration::from_secs(1);

const WAITING: u8 = 0;
const OPEN: u8 = 1;
const SHUT: u8 = 2;

/// What a body waits at.
pub struct Gate {
    shared: Arc<Shared>,
    patience: Option<Pin<Box<Sleep>>>,
}

/// Opens or shuts a gate, once.
#[derive(Clone)]
pub struct GateKey(Arc<Shared>);

#[derive(Default)]
struct Shared {
    state: AtomicU8,
    waker: AtomicWaker,
}

impl Gate {
    /// A gate that opens by itself after a second.
    pub fn new() -> (Self, GateKey) {
        let shared = Arc::new(Shared::default());
        let gate = Self {
            shared: shared.clone(),
            patience: None,
        };
        (gate, GateKey(shared))
    }

    /// Ready once it is open.
    pub fn poll_open(&mut self, context: &mut Context<'_>) -> Poll<()> {
        self.shared.waker.register(context.waker());
        match self.shared.state.load(Ordering::Acquire) {
            OPEN => return Poll::Ready(()),
            SHUT => return Poll::Pending,
            _ => {}
        }
        let patience = self
            .patience
            .get_or_insert_with(|| Box::pin(tokio::time::sleep(PATIENCE)));
        patience.as_mut().poll(context)
    }
}

impl GateKey {
    /// Lets the body pass.
    pub fn open(&self) {
        self.turn(OPEN);
    }

    /// Lets it never pass: the target has answered without it.
    pub fn shut(&self) {
        self.turn(SHUT);
    }

    fn turn(&self, to: u8) {
        // Turned already, or open by itself: too late.
        let _ = self
            .0
            .state
            .compare_exchange(WAITING, to, Ordering::AcqRel, Ordering::Relaxed);
        self.0.waker.wake();
    }
}

/// Whether a caller waits to be asked for its body.
pub fn is_expected(headers: &HeaderMap) -> bool {
    headers
        .get(EXPECT)
        .is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"100-continue"))
}

/// Holds the body of a request for HTTP/1.1 back until the target asks for it, if the caller waits
/// for that.
pub fn hold(request: &mut Request<RequestBody>) -> Option<GateKey> {
    if !is_expected(request.headers()) {
        return None;
    }
    let key = request.body_mut().hold();
    let opener = key.clone();
    hyper::ext::on_informational(request, move |answer| {
        if answer.status() == StatusCode::CONTINUE {
            opener.open();
        }
    });
    Some(key)
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use super::*;

    #[tokio::test]
    async fn a_gate_opens_once_or_never() {
        let mut context = Context::from_waker(Waker::noop());
        let (mut gate, key) = Gate::new();
        assert!(gate.poll_open(&mut context).is_pending());
        key.open();
        key.shut();
        assert!(gate.poll_open(&mut context).is_ready());

        let (mut gate, key) = Gate::new();
        key.shut();
        key.open();
        assert!(gate.poll_open(&mut context).is_pending());
    }
}
