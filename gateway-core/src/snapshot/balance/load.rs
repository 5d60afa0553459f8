//! What a target is doing.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counts a target's requests. Each try is one.
#[derive(Debug, Default)]
pub struct Load {
    in_flight: AtomicU64,
    requests: AtomicU64,
    failures: AtomicU64,
}

impl Load {
    /// Requests whose answer has not ended.
    pub fn in_flight(&self) -> u64 {
        self.in_flight.load(Ordering::Acquire)
    }

    /// Requests sent to it since Gatewright started.
    pub fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// How many of those got no whole answer.
    pub fn failures(&self) -> u64 {
        self.failures.load(Ordering::Relaxed)
    }

    pub(super) fn begin(&self) {
        self.in_flight.fetch_add(1, Ordering::AcqRel);
        self.requests.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn end(&self) {
        self.in_flight.fetch_sub(1, Ordering::AcqRel);
    }

    pub(super) fn fail(&self) {
        self.failures.fetch_add(1, Ordering::Relaxed);
    }
}
