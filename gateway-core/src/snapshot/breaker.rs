//! Stops calling a service that keeps failing, and finds out by a few requests whether it has
//! recovered (CB-1).

use std::sync::Arc;

use parking_lot::Mutex;

use super::balance::{Changes, Unavailable};
use super::service_state::{BreakerState, BreakerStatus};
use crate::clock::Now;

/// How finely the window slides.
const SLOTS: usize = 10;

/// When a breaker opens and closes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BreakerRule {
    /// Share of failed requests at which it opens.
    pub failure_percent: u8,
    /// Requests there must have been in the window.
    pub min_requests: u32,
    /// The window.
    pub window_ns: u64,
    /// How long it stays open.
    pub open_ns: u64,
    /// Requests let through half open.
    pub half_open_requests: u32,
}

/// The breaker of one service.
#[derive(Debug)]
pub struct Breaker {
    /// When it opens and closes.
    pub rule: BreakerRule,
    inner: Mutex<Inner>,
    changes: Arc<Changes>,
}

#[derive(Debug)]
struct Inner {
    state: State,
    /// Counts the changes of `state`: what began before the last one says nothing any more.
    era: u64,
    window: Window,
    refused: u64,
}

#[derive(Debug)]
enum State {
    Closed,
    /// Until then; and why.
    Open {
        until_ns: u64,
        why: String,
    },
    HalfOpen {
        granted: u32,
        succeeded: u32,
    },
}

/// A request that the breaker let through. Says how it ended, once; dropped before that, as when the
/// caller leaves, it never was.
pub struct Trial {
    breaker: Arc<Breaker>,
    era: u64,
    decides: bool,
    told: bool,
}

impl Breaker {
    /// A closed breaker. What changes is counted in `changes`.
    pub fn new(rule: BreakerRule, changes: Arc<Changes>) -> Self {
        let slot_ns = (rule.window_ns / SLOTS as u64).max(1);
        Self {
            rule,
            inner: Mutex::new(Inner {
                state: State::Closed,
                era: 0,
                window: Window::new(slot_ns),
                refused: 0,
            }),
            changes,
        }
    }

    /// Lets a request through, or not.
    ///
    /// # Errors
    /// It is open, or half open and enough requests try it already.
    pub fn admit(self: &Arc<Self>, now_ns: u64) -> Result<Trial, Unavailable> {
        let mut inner = self.inner.lock();
        if let State::Open { until_ns, .. } = inner.state
            && now_ns >= until_ns
        {
            inner.turn(State::HalfOpen {
                granted: 0,
                succeeded: 0,
            });
            self.changes.add();
        }
        let most = self.rule.half_open_requests;
        let decides = match &mut inner.state {
            State::Closed => false,
            State::HalfOpen { granted, .. } if *granted < most => {
                *granted += 1;
                true
            }
            State::HalfOpen { .. } => {
                inner.refused += 1;
                return Err(is_tried(most));
            }
            State::Open { until_ns, why } => {
                let refusal = is_open(*until_ns, why, now_ns);
                inner.refused += 1;
                return Err(refusal);
            }
        };
        Ok(Trial {
            breaker: self.clone(),
            era: inner.era,
            decides,
            told: false,
        })
    }

    /// Whether it would let a request through. Changes nothing.
    ///
    /// # Errors
    /// As [`Self::admit`].
    pub fn look(&self, now_ns: u64) -> Result<(), Unavailable> {
        let most = self.rule.half_open_requests;
        match &self.inner.lock().state {
            State::Closed => Ok(()),
            State::HalfOpen { granted, .. } if *granted < most => Ok(()),
            State::HalfOpen { .. } => Err(is_tried(most)),
            State::Open { until_ns, .. } if now_ns >= *until_ns => Ok(()),
            State::Open { until_ns, why } => Err(is_open(*until_ns, why, now_ns)),
        }
    }

    /// How it stands.
    pub fn state(&self, now: Now) -> BreakerState {
        let mut inner = self.inner.lock();
        let (requests, failures) = inner.window.sum(now.monotonic_ns);
        let (status, open_until_ns) = match inner.state {
            State::Closed => (BreakerStatus::Closed, None),
            // Nobody has asked yet, but who does will be let through.
            State::Open { until_ns, .. } if now.monotonic_ns >= until_ns => {
                (BreakerStatus::HalfOpen, None)
            }
            State::Open { until_ns, .. } => (BreakerStatus::Open, Some(until_ns)),
            State::HalfOpen { .. } => (BreakerStatus::HalfOpen, None),
        };
        BreakerState {
            status,
            open_until_us: open_until_ns.map(|ns| now.epoch_us_at(ns)),
            requests,
            failures,
            refused: inner.refused,
        }
    }

    fn ended(&self, era: u64, success: bool, now_ns: u64) {
        let mut inner = self.inner.lock();
        if inner.era != era {
            return;
        }
        let next = match &mut inner.state {
            State::Open { .. } => None,
            State::HalfOpen { .. } if !success => {
                let why = "a request that was to try it failed";
                Some(self.open(now_ns, why.to_owned()))
            }
            State::HalfOpen { succeeded, .. } => {
                *succeeded += 1;
                (*succeeded >= self.rule.half_open_requests).then_some(State::Closed)
            }
            State::Closed => {
                inner.window.add(success, now_ns);
                let (requests, failures) = inner.window.sum(now_ns);
                let share = u64::from(requests) * u64::from(self.rule.failure_percent);
                let opens = !success
                    && requests >= self.rule.min_requests
                    && u64::from(failures) * 100 >= share;
                opens.then(|| {
                    let within_ms = self.rule.window_ns / 1_000_000;
                    let why = format!("{failures} of {requests} failed within {within_ms} ms");
                    self.open(now_ns, why)
                })
            }
        };
        if let Some(next) = next {
            if matches!(next, State::Closed) {
                inner.window.clear();
            }
            inner.turn(next);
            self.changes.add();
        }
    }

    fn open(&self, now_ns: u64, why: String) -> State {
        State::Open {
            until_ns: now_ns.saturating_add(self.rule.open_ns),
            why,
        }
    }

    fn abandoned(&self, era: u64) {
        let mut inner = self.inner.lock();
        if inner.era == era
            && let State::HalfOpen { granted, .. } = &mut inner.state
        {
            *granted -= 1;
        }
    }
}

fn is_open(until_ns: u64, why: &str, now_ns: u64) -> Unavailable {
    let ms = until_ns.saturating_sub(now_ns).div_ceil(1_000_000);
    Unavailable {
        retry_after_ms: ms,
        reason: format!("its breaker is open for {ms} ms more, since {why}"),
    }
}

fn is_tried(most: u32) -> Unavailable {
    let requests = match most {
        1 => "the one request that may try it does".to_owned(),
        most => format!("the {most} requests that may try it do"),
    };
    Unavailable {
        retry_after_ms: 1_000,
        reason: format!("its breaker is half open, and {requests}"),
    }
}

impl Inner {
    fn turn(&mut self, state: State) {
        self.state = state;
        self.era += 1;
    }
}

impl Trial {
    /// The head of an answer came: 500 and above is a failure. One that decides whether the breaker
    /// closes decides now, since the body may take for ever.
    pub fn answered(&mut self, status: u16, now_ns: u64) {
        if status >= 500 {
            self.end(false, now_ns);
        } else if self.decides {
            self.end(true, now_ns);
        }
    }

    /// The request ended, well or not.
    pub fn end(&mut self, success: bool, now_ns: u64) {
        if !std::mem::replace(&mut self.told, true) {
            self.breaker.ended(self.era, success, now_ns);
        }
    }
}

impl Drop for Trial {
    fn drop(&mut self) {
        if self.decides && !self.told {
            self.breaker.abandoned(self.era);
        }
    }
}

/// Counts requests over the last window, in slots that pass away one by one.
#[derive(Debug)]
struct Window {
    slot_ns: u64,
    /// Number of the newest slot, since the clock began.
    newest: u64,
    slots: [(u32, u32); SLOTS],
}

impl Window {
    fn new(slot_ns: u64) -> Self {
        Self {
            slot_ns,
            newest: 0,
            slots: [(0, 0); SLOTS],
        }
    }

    fn slide(&mut self, now_ns: u64) {
        let now = now_ns / self.slot_ns;
        if now <= self.newest {
            return;
        }
        let gone = (now - self.newest).min(SLOTS as u64);
        for past in 0..gone {
            self.slots[((now - past) % SLOTS as u64) as usize] = (0, 0);
        }
        self.newest = now;
    }

    fn add(&mut self, success: bool, now_ns: u64) {
        self.slide(now_ns);
        let slot = &mut self.slots[(self.newest % SLOTS as u64) as usize];
        slot.0 += 1;
        slot.1 += u32::from(!success);
    }

    /// Requests, and how many of them failed.
    fn sum(&mut self, now_ns: u64) -> (u32, u32) {
        self.slide(now_ns);
        let sum = |sum: (u32, u32), slot: &(u32, u32)| (sum.0 + slot.0, sum.1 + slot.1);
        self.slots.iter().fold((0, 0), sum)
    }

    fn clear(&mut self) {
        self.slots = [(0, 0); SLOTS];
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MS: u64 = 1_000_000;

    fn breaker(min_requests: u32, half_open_requests: u32) -> Arc<Breaker> {
        let rule = BreakerRule {
            failure_percent: 50,
            min_requests,
            window_ns: 10_000 * MS,
            open_ns: 5_000 * MS,
            half_open_requests,
        };
        Arc::new(Breaker::new(rule, Arc::default()))
    }

    fn pass(breaker: &Arc<Breaker>, success: bool, now_ns: u64) -> bool {
        let trial = breaker.admit(now_ns);
        trial.map(|mut trial| trial.end(success, now_ns)).is_ok()
    }

    fn status(breaker: &Breaker, now_ns: u64) -> BreakerStatus {
        let now = Now {
            monotonic_ns: now_ns,
            epoch_us: 0,
        };
        breaker.state(now).status
    }

    /// CB-1
    #[test]
    fn it_opens_at_the_share_but_not_before_there_were_enough_requests() {
        let breaker = breaker(4, 1);
        for success in [false, false, true] {
            assert!(pass(&breaker, success, 0));
        }
        assert_eq!(status(&breaker, 0), BreakerStatus::Closed);
        assert!(pass(&breaker, false, 0));
        assert_eq!(status(&breaker, 0), BreakerStatus::Open);
        let refused = breaker.admit(1_000 * MS).err().unwrap();
        assert_eq!(refused.retry_after_ms, 4_000);
    }

    /// CB-1
    #[test]
    fn half_open_lets_a_few_through_and_all_must_succeed() {
        let breaker = breaker(1, 2);
        pass(&breaker, false, 0);
        let later = 5_000 * MS;
        let mut first = breaker.admit(later).unwrap();
        let second = breaker.admit(later).unwrap();
        assert!(breaker.admit(later).is_err(), "two are under way");
        drop(second);
        let mut third = breaker.admit(later).expect("the caller of one left");
        first.end(true, later);
        assert_eq!(status(&breaker, later), BreakerStatus::HalfOpen);
        third.end(true, later);
        assert_eq!(status(&breaker, later), BreakerStatus::Closed);
        assert!(pass(&breaker, false, later));
        assert_eq!(status(&breaker, later), BreakerStatus::Open);
        let mut trial = breaker.admit(2 * later).unwrap();
        trial.end(false, 2 * later);
        assert_eq!(status(&breaker, 2 * later), BreakerStatus::Open);
    }

    #[test]
    fn requests_that_began_before_it_opened_say_nothing_after_it() {
        let breaker = breaker(1, 1);
        let mut slow = breaker.admit(0).unwrap();
        pass(&breaker, false, 0);
        let mut trial = breaker.admit(5_000 * MS).unwrap();
        slow.end(false, 5_000 * MS);
        assert_eq!(status(&breaker, 5_000 * MS), BreakerStatus::HalfOpen);
        trial.end(true, 5_000 * MS);
        assert_eq!(status(&breaker, 5_000 * MS), BreakerStatus::Closed);
    }

    #[test]
    fn what_is_older_than_the_window_is_forgotten() {
        let breaker = breaker(3, 1);
        pass(&breaker, false, 0);
        pass(&breaker, false, 0);
        pass(&breaker, false, 10_000 * MS);
        assert_eq!(status(&breaker, 10_000 * MS), BreakerStatus::Closed);
        pass(&breaker, false, 10_001 * MS);
        pass(&breaker, false, 19_000 * MS);
        assert_eq!(status(&breaker, 19_000 * MS), BreakerStatus::Open);
    }

    proptest! {
        /// The window against a list of everything that ever happened.
        #[test]
        fn the_window_counts_what_is_in_its_slots(steps in prop::collection::vec((0_u64..3_000, any::<bool>()), 1..200)) {
            let mut window = Window::new(1_000);
            let mut all: Vec<(u64, bool)> = Vec::new();
            let mut now = 0;
            for (pause, success) in steps {
                now += pause;
                window.add(success, now);
                all.push((now / 1_000, success));
                let newest = now / 1_000;
                let live = || all.iter().filter(|(slot, _)| slot + SLOTS as u64 > newest);
                let failed = live().filter(|(_, success)| !success).count();
                prop_assert_eq!(window.sum(now), (live().count() as u32, failed as u32));
            }
        }
    }
}
