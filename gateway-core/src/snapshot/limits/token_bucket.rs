//! A bucket of requests that refills evenly.
//!
//! A bucket's level is held in whole units of 1/period of a request, so it is exact: nothing is ever
//! rounded in anyone's favour.

use super::algorithm::{Algorithm, Reading};
use crate::clock::Now;
use crate::config::Per;

/// A bucket that holds `burst` requests and refills at `requests` per `per`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TokenBucket {
    pub requests: u64,
    pub per: Per,
    pub burst: u64,
}

/// A bucket's level at a time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Level {
    /// In units; see [`TokenBucket::unit`].
    level: u128,
    at_ns: u64,
}

impl TokenBucket {
    /// A request in a bucket's units. One nanosecond adds `requests` units, so a period adds
    /// `requests` requests, exactly.
    fn unit(&self) -> u128 {
        u128::from(self.per.nanos())
    }

    fn capacity(&self) -> u128 {
        u128::from(self.burst) * self.unit()
    }

    /// A bucket of which `used` whole requests are gone; where none is left, with what has come in
    /// of the next one, so that it is there after `wait_ns`.
    pub(super) fn with_used(&self, used: u64, wait_ns: Option<u64>, at_ns: u64) -> Level {
        let left = u128::from(self.burst.saturating_sub(used)) * self.unit();
        let missing = wait_ns.filter(|wait_ns| left == 0 && *wait_ns > 0);
        let missing = missing.map(|wait_ns| u128::from(wait_ns) * u128::from(self.requests));
        let begun = missing.map_or(0, |missing| self.unit().saturating_sub(missing));
        Level {
            level: left + begun,
            at_ns,
        }
    }

    fn level(&self, state: &Level, now: Now) -> u128 {
        let passed = u128::from(now.monotonic_ns.saturating_sub(state.at_ns));
        (state.level + passed * u128::from(self.requests)).min(self.capacity())
    }

    /// Nanoseconds until a bucket at `level` holds `wanted`, rounded up.
    fn wait_ns(&self, level: u128, wanted: u128) -> u64 {
        let missing = wanted.saturating_sub(level);
        let nanos = missing.div_ceil(u128::from(self.requests));
        u64::try_from(nanos).unwrap_or(u64::MAX)
    }
}

impl Algorithm for TokenBucket {
    type State = Level;

    fn fresh(&self, now: Now) -> Level {
        Level {
            level: self.capacity(),
            at_ns: now.monotonic_ns,
        }
    }

    fn read(&self, state: &Level, now: Now) -> Reading {
        let level = self.level(state, now);
        let left = u64::try_from(level / self.unit()).unwrap_or(u64::MAX);
        Reading {
            used: self.burst.saturating_sub(left),
            left,
            wait_ns: self.wait_ns(level, self.unit()),
            rest_ns: self.wait_ns(level, self.capacity()),
            resets_at_us: 0,
        }
    }

    fn count(&self, state: &mut Level, now: Now) {
        *state = Level {
            level: self.level(state, now).saturating_sub(self.unit()),
            // Requests are counted in the order they get the lock, which need not be the order of
            // their times: a bucket never goes back, or it would refill the same span twice.
            at_ns: now.monotonic_ns.max(state.at_ns),
        };
    }

    fn tidy(&self, state: &mut Level, now: Now) -> bool {
        self.level(state, now) == self.capacity()
    }
}
