//! So many requests in any span as long as the window. Every request is remembered until it is that
//! old, so nothing is estimated.

use std::collections::VecDeque;

use super::algorithm::{Algorithm, Reading};
use crate::clock::Now;
use crate::config::Per;

/// Most requests that such a limit may allow; the compiler refuses more.
pub const MOST_REQUESTS: u64 = 10_000;

/// At most `requests` in any span of `per`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SlidingWindow {
    pub requests: u64,
    pub per: Per,
}

/// When requests came, oldest first; of those that were refused, no more than decide.
pub(super) type Arrivals = VecDeque<u64>;

impl SlidingWindow {
    /// When an arrival stops counting.
    fn over_ns(&self, arrival_ns: u64) -> u64 {
        arrival_ns.saturating_add(self.per.nanos())
    }

    /// How many of the oldest no longer count.
    fn over(&self, arrivals: &Arrivals, now: Now) -> usize {
        arrivals.partition_point(|arrival| self.over_ns(*arrival) <= now.monotonic_ns)
    }
}

impl Algorithm for SlidingWindow {
    type State = Arrivals;

    fn fresh(&self, _now: Now) -> Arrivals {
        Arrivals::new()
    }

    fn read(&self, state: &Arrivals, now: Now) -> Reading {
        let over = self.over(state, now);
        let used = (state.len() - over) as u64;
        let left = self.requests.saturating_sub(used);
        let until = |arrival: Option<&u64>| {
            let arrival = arrival.filter(|_| used > 0);
            arrival.map_or(0, |at| self.over_ns(*at).saturating_sub(now.monotonic_ns))
        };
        Reading {
            used,
            left,
            // No more than `requests` are remembered, so the oldest that counts makes room.
            wait_ns: if left == 0 { until(state.get(over)) } else { 0 },
            rest_ns: until(state.back()),
            resets_at_us: 0,
        }
    }

    fn count(&self, state: &mut Arrivals, now: Now) {
        self.tidy(state, now);
        // Requests get the lock in another order than their times, now and then.
        let latest = state.back().copied().unwrap_or(0);
        state.push_back(now.monotonic_ns.max(latest));
        if state.len() as u64 > self.requests {
            state.pop_front();
        }
    }

    fn tidy(&self, state: &mut Arrivals, now: Now) -> bool {
        let over = self.over(state, now);
        state.drain(..over);
        if state.capacity() > 16 && state.len() < state.capacity() / 4 {
            state.shrink_to(state.len() * 2);
        }
        state.is_empty()
    }

    fn extra_words(&self, state: &Arrivals) -> usize {
        state.capacity()
    }
}
