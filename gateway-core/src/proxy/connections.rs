//! How many connections callers have, over all doors together.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Counts connections.
#[derive(Clone, Debug, Default)]
pub struct Connections(Arc<AtomicUsize>);

/// A connection that counts until it is dropped.
#[derive(Debug)]
pub struct Counted(Arc<AtomicUsize>);

impl Connections {
    /// Counts one more, unless there are `most` already.
    pub fn admit(&self, most: u32) -> Option<Counted> {
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let one_more = |open: usize| (open < most).then_some(open + 1);
        self.0
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_more)
            .is_ok()
            .then(|| Counted(self.0.clone()))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}
