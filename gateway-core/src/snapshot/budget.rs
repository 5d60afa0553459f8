//! How many retries and waiting requests a service may have beside its plain ones.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Retries that are granted however few requests run.
const ALWAYS: u64 = 3;
/// Requests that may wait at once for a target that does not listen.
const MOST_WAITING: u64 = 100;

/// The counts of one service.
#[derive(Debug, Default)]
pub struct Budget {
    running: AtomicU64,
    retrying: AtomicU64,
    granted: AtomicU64,
    refused: AtomicU64,
    waiting: AtomicU64,
    held: AtomicU64,
}

/// One of something, until it is dropped.
pub struct Place {
    budget: Arc<Budget>,
    of: fn(&Budget) -> &AtomicU64,
}

impl Budget {
    /// Counts a request as running.
    pub fn run(self: &Arc<Self>) -> Place {
        self.running.fetch_add(1, Ordering::Relaxed);
        self.place(|budget| &budget.running)
    }

    /// Lets a request be tried again, if retries are at most `percent` of running requests.
    pub fn retry(self: &Arc<Self>, percent: u8) -> Option<Place> {
        let most = (self.running() * u64::from(percent) / 100).max(ALWAYS);
        let place = self.take(most, |budget| &budget.retrying);
        let counted = match place {
            Some(_) => &self.granted,
            None => &self.refused,
        };
        counted.fetch_add(1, Ordering::Relaxed);
        place
    }

    /// Lets a request wait, if not too many do.
    pub fn wait(self: &Arc<Self>) -> Option<Place> {
        let place = self.take(MOST_WAITING, |budget| &budget.waiting);
        self.held
            .fetch_add(u64::from(place.is_some()), Ordering::Relaxed);
        place
    }

    /// Running requests.
    pub fn running(&self) -> u64 {
        self.running.load(Ordering::Relaxed)
    }

    /// Retries granted and refused so far.
    pub fn retries(&self) -> (u64, u64) {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        (read(&self.granted), read(&self.refused))
    }

    /// Requests that wait now, and all that ever did.
    pub fn waits(&self) -> (u64, u64) {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        (read(&self.waiting), read(&self.held))
    }

    fn take(self: &Arc<Self>, most: u64, of: fn(&Self) -> &AtomicU64) -> Option<Place> {
        let more = |now: u64| (now < most).then_some(now + 1);
        let taken = of(self).fetch_update(Ordering::AcqRel, Ordering::Acquire, more);
        taken.is_ok().then(|| self.place(of))
    }

    fn place(self: &Arc<Self>, of: fn(&Self) -> &AtomicU64) -> Place {
        Place {
            budget: self.clone(),
            of,
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        (self.of)(&self.budget).fetch_sub(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// LB-3
    #[test]
    fn retries_are_a_share_of_running_requests_and_three_always() {
        let budget = Arc::new(Budget::default());
        let mut retries: Vec<_> = std::iter::from_fn(|| budget.retry(20)).collect();
        assert_eq!(retries.len(), 3, "with nothing running");
        let running: Vec<_> = (0..50).map(|_| budget.run()).collect();
        retries.extend(std::iter::from_fn(|| budget.retry(20)));
        assert_eq!(retries.len(), 10, "20 % of 50");
        assert_eq!(budget.retries(), (10, 2));
        drop(running);
        retries.clear();
        assert!(budget.retry(20).is_some());
    }

    #[test]
    fn a_hundred_requests_may_wait() {
        let budget = Arc::new(Budget::default());
        let mut places: Vec<_> = std::iter::from_fn(|| budget.wait()).collect();
        assert_eq!(places.len(), 100);
        places.pop();
        assert!(budget.wait().is_some());
        assert_eq!(budget.waits(), (99, 101));
    }
}
