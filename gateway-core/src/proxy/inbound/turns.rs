//! What the bytes of a connection and the requests made of them tell each other.
//!
//! hyper hands the requests of an HTTP/1 connection on one after the other, so a number is enough to
//! know which head a request came from.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::task::{Context, Poll};

use futures_util::task::AtomicWaker;
use parking_lot::Mutex;

use super::refusal::Refusal;

const UNDECIDED: u8 = 0;
const SWITCHED: u8 = 1;
const STAYS: u8 = 2;

/// Shared by one connection's stream and its service. Requests are numbered from 1.
#[derive(Default)]
pub(crate) struct Turns {
    /// Requests handed on by hyper so far.
    begun: AtomicU64,
    /// Number of the request that is refused; 0 for none.
    refused: AtomicU64,
    refusal: Mutex<Option<Refusal>>,
    /// Number of the request whose answer the stream waits for; 0 for none.
    switching: AtomicU64,
    decision: AtomicU8,
    waiting: AtomicWaker,
}

/// One request of a connection.
pub(crate) struct Turn {
    turns: Arc<Turns>,
    /// Why it is refused, if it is.
    pub(crate) refusal: Option<Refusal>,
    is_awaited: bool,
}

impl Turns {
    /// The next request that hyper hands on.
    pub(crate) fn next(self: &Arc<Self>) -> Turn {
        let number = self.begun.fetch_add(1, Ordering::AcqRel) + 1;
        let refusal = match self.refused.load(Ordering::Acquire) == number {
            true => self.refusal.lock().take(),
            false => None,
        };
        Turn {
            turns: self.clone(),
            refusal,
            is_awaited: self.switching.load(Ordering::Acquire) == number,
        }
    }

    /// Request `number` is refused.
    pub(super) fn refuse(&self, number: u64, refusal: Refusal) {
        *self.refusal.lock() = Some(refusal);
        self.refused.store(number, Ordering::Release);
    }

    /// Request `number` asks to switch to another protocol, and its answer is awaited.
    pub(super) fn wait_for(&self, number: u64) {
        self.decision.store(UNDECIDED, Ordering::Release);
        self.switching.store(number, Ordering::Release);
    }

    /// Whether the connection was switched, once that is known.
    pub(super) fn poll_switched(&self, context: &mut Context<'_>) -> Poll<bool> {
        self.waiting.register(context.waker());
        match self.decision.load(Ordering::Acquire) {
            UNDECIDED => Poll::Pending,
            decision => Poll::Ready(decision == SWITCHED),
        }
    }
}

impl Turn {
    /// The request has been answered; `switched` if its connection now speaks something else.
    pub(crate) fn answered(mut self, switched: bool) {
        self.decide(if switched { SWITCHED } else { STAYS });
    }

    fn decide(&mut self, decision: u8) {
        if std::mem::take(&mut self.is_awaited) {
            self.turns.decision.store(decision, Ordering::Release);
            self.turns.waiting.wake();
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.decide(STAYS);
    }
}
