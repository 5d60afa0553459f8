//! Keeps the beginning of a body while it passes.

use std::sync::Arc;

use bytes::Bytes;
use parking_lot::Mutex;

/// The kept beginning of a body, and how much passed.
#[derive(Clone, Debug, Default)]
pub(super) struct Captured {
    pub(super) kept: Vec<u8>,
    pub(super) passed: u64,
    /// Most bytes that are kept.
    pub(super) most: usize,
}

impl Captured {
    /// Keeps at most `most` bytes.
    pub(super) fn up_to(most: usize) -> Self {
        Self {
            kept: Vec::new(),
            passed: 0,
            most,
        }
    }

    /// A piece passes. What is kept is copied: a slice would hold on to a buffer of any size.
    pub(super) fn add(&mut self, piece: &Bytes) {
        self.passed += piece.len() as u64;
        let room = self.most - self.kept.len();
        if room > 0 {
            self.kept.extend_from_slice(&piece[..piece.len().min(room)]);
        }
    }

    pub(super) fn truncated(&self) -> bool {
        self.passed > self.kept.len() as u64
    }
}

/// A capture that is filled in one place and read in another.
pub(super) type SharedCapture = Arc<Mutex<Captured>>;
