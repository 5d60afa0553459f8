//! So many requests in each window. A partition's window begins with its first request, and the next
//! one with the first request after that has ended.

use super::algorithm::{Algorithm, Reading};
use crate::clock::Now;
use crate::config::Per;

/// At most `requests` in each window of `per`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FixedWindow {
    pub requests: u64,
    pub per: Per,
}

/// A window and what was counted in it; `count` is 0 before it has begun.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window {
    began_ns: u64,
    count: u64,
}

impl FixedWindow {
    /// A window that began then and in which so many came.
    pub(super) fn with_used(&self, used: u64, began_ns: u64) -> Window {
        Window {
            began_ns,
            count: used,
        }
    }

    /// Nanoseconds until the window ends; 0 where it has.
    fn ends_in(&self, state: &Window, now: Now) -> u64 {
        match state.count {
            0 => 0,
            _ => {
                let ends_ns = state.began_ns.saturating_add(self.per.nanos());
                ends_ns.saturating_sub(now.monotonic_ns)
            }
        }
    }
}

impl Algorithm for FixedWindow {
    type State = Window;

    fn fresh(&self, now: Now) -> Window {
        Window {
            began_ns: now.monotonic_ns,
            count: 0,
        }
    }

    fn read(&self, state: &Window, now: Now) -> Reading {
        let ends_in = self.ends_in(state, now);
        let used = match ends_in {
            0 => 0,
            _ => state.count,
        };
        let left = self.requests.saturating_sub(used);
        Reading {
            used,
            left,
            wait_ns: if left == 0 { ends_in } else { 0 },
            rest_ns: ends_in,
            resets_at_us: 0,
        }
    }

    fn count(&self, state: &mut Window, now: Now) {
        if self.ends_in(state, now) == 0 {
            *state = self.fresh(now);
        }
        state.count += 1;
    }

    fn tidy(&self, state: &mut Window, now: Now) -> bool {
        self.ends_in(state, now) == 0
    }
}
