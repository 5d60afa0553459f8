//! What the limits do, held against simple ways to count.

use std::collections::VecDeque;

use proptest::prelude::*;

use super::*;

/// Counts by simple means.
trait Reference {
    fn has_room(&mut self, now_ns: u64) -> bool;
    fn count(&mut self, now_ns: u64);
}

/// A leaky bucket that drains instead of one that fills: when would the last request be through?
struct Leaky {
    limit: RateLimit,
    through: u128,
}

impl Leaky {
    fn after(&self, now_ns: u64) -> u128 {
        let now = u128::from(now_ns) * u128::from(self.limit.requests);
        self.through.max(now) + u128::from(self.limit.per.nanos())
    }
}

impl Reference for Leaky {
    fn has_room(&mut self, now_ns: u64) -> bool {
        let burst = self.limit.burst.unwrap_or(self.limit.requests);
        let now = u128::from(now_ns) * u128::from(self.limit.requests);
        self.after(now_ns) - now <= u128::from(burst) * u128::from(self.limit.per.nanos())
    }

    fn count(&mut self, now_ns: u64) {
        self.through = self.after(now_ns);
    }
}

/// All arrivals, looked through each time.
struct All {
    limit: RateLimit,
    arrivals: Vec<u64>,
}

impl All {
    fn in_window(&self, now_ns: u64) -> u64 {
        let nanos = self.limit.per.nanos();
        if self.limit.algorithm == SlidingWindow {
            let young = self.arrivals.iter().filter(|at| now_ns - **at < nanos);
            return young.count() as u64;
        }
        let mut window: Option<(u64, u64)> = None;
        for at in &self.arrivals {
            window = match window {
                Some((began, count)) if at - began < nanos => Some((began, count + 1)),
                _ => Some((*at, 1)),
            };
        }
        match window {
            Some((began, count)) if now_ns - began < nanos => count,
            _ => 0,
        }
    }
}

impl Reference for All {
    fn has_room(&mut self, now_ns: u64) -> bool {
        self.in_window(now_ns) < self.limit.requests
    }

    fn count(&mut self, now_ns: u64) {
        self.arrivals.push(now_ns);
    }
}

fn reference(limit: &RateLimit) -> Box<dyn Reference> {
    let limit = limit.clone();
    match limit.algorithm {
        TokenBucket => Box::new(Leaky { limit, through: 0 }),
        FixedWindow | SlidingWindow => Box::new(All {
            limit,
            arrivals: Vec::new(),
        }),
    }
}

fn any_limit() -> impl Strategy<Value = RateLimit> {
    let algorithm = prop::sample::select(ALGORITHMS.to_vec());
    let per = prop::sample::select(vec![Per::Second, Per::Minute, Per::Hour]);
    let burst = prop::option::of(1_u64..20);
    (algorithm, 1_u64..20, per, burst, any::<bool>()).prop_map(
        |(algorithm, requests, per, burst, count_rejected)| RateLimit {
            burst: burst.filter(|_| algorithm == TokenBucket),
            count_rejected: count_rejected && algorithm != TokenBucket,
            ..written(algorithm, requests, per)
        },
    )
}

/// Gaps between arrivals: none, some nanoseconds, about a request's share, more than a window.
fn any_arrivals() -> impl Strategy<Value = Vec<u64>> {
    let gap = prop_oneof![
        3 => Just(0),
        2 => 1_u64..1_000,
        4 => 1_u64..200_000_000,
        3 => 1_u64..20 * SECOND,
        1 => 1_u64..4_000 * SECOND,
    ];
    prop::collection::vec(gap, 1..200).prop_map(|gaps| {
        let mut now = 0;
        gaps.into_iter()
            .map(|gap| {
                now += gap;
                now
            })
            .collect()
    })
}

proptest! {
    #[test]
    fn every_algorithm_admits_what_a_simple_one_does(
        limits in prop::collection::vec(any_limit(), 1..4),
        arrivals in any_arrivals(),
    ) {
        let real: Vec<_> = limits.iter().map(of).collect();
        let real: Vec<_> = real.iter().collect();
        let mut simple: Vec<_> = limits.iter().map(reference).collect();
        for now in arrivals {
            let room: Vec<_> = simple.iter_mut().map(|one| one.has_room(now)).collect();
            let passes = room.iter().all(|room| *room);
            for (one, limit) in simple.iter_mut().zip(&limits) {
                if passes || limit.count_rejected {
                    one.count(now);
                }
            }
            let taken = ask_all(&real, at(now), Asking::Take);
            let admitted: Vec<_> = taken.limits.iter().map(|fact| fact.admitted).collect();
            prop_assert_eq!(admitted, room, "at {}", now);
            prop_assert_eq!(taken.admitted, passes);
        }
    }

    /// RL-6
    #[test]
    fn waiting_as_long_as_was_said_succeeds_and_a_moment_less_does_not(
        limit in any_limit(),
        arrivals in any_arrivals(),
    ) {
        let real = of(&limit);
        for now in arrivals {
            let taken = ask_in(&real, Partition::all(), at(now));
            let fact = &taken.limits[0];
            if taken.admitted {
                prop_assert!(fact.remaining_after > 0 || fact.retry_after_ms > 0);
                continue;
            }
            prop_assert!(fact.retry_after_ms > 0);
            let later = |ms: u64| at(now + ms * 1_000_000);
            let at_later = |ms| ask_all(&[&real], later(ms), Asking::Try).admitted;
            prop_assert!(at_later(fact.retry_after_ms));
            prop_assert!(!at_later(fact.retry_after_ms - 1));
        }
    }

    #[test]
    fn a_bucket_or_window_is_whole_again_when_it_says(
        limit in any_limit(),
        arrivals in any_arrivals(),
    ) {
        let real = of(&limit);
        for now in arrivals {
            let taken = ask_in(&real, Partition::all(), at(now));
            let fact = &taken.limits[0];
            let then = at(now + fact.full_after_ms * 1_000_000);
            let whole = ask_all(&[&real], then, Asking::Look);
            prop_assert_eq!(whole.limits[0].remaining_before, fact.burst);
        }
    }

    #[test]
    fn a_quota_counts_what_came_in_the_same_month(
        requests in 1_u64..20,
        gaps in prop::collection::vec(0..3 * DAY_US, 1..300),
    ) {
        let limit = quota(requests, CalendarPeriod::Month);
        let month = |us: i64| {
            let moment = time::OffsetDateTime::from_unix_timestamp(us / 1_000_000).unwrap();
            (moment.year(), moment.month())
        };
        let mut now = EPOCH_US;
        let mut admitted: Vec<i64> = Vec::new();
        for gap in gaps {
            now += gap;
            let same = admitted.iter().filter(|then| month(**then) == month(now)).count() as u64;
            let taken = ask_in(&limit, Partition::all(), on(now));
            let fact = &taken.quotas[0];
            prop_assert_eq!((fact.used_before, taken.admitted), (same, same < requests));
            prop_assert_ne!(month(fact.resets_at_us), month(now));
            prop_assert_eq!(month(fact.resets_at_us - 1), month(now));
            if taken.admitted {
                admitted.push(now);
            } else {
                let then = on(now + i64::try_from(fact.retry_after_ms).unwrap() * 1_000);
                prop_assert!(ask_all(&[&limit], then, Asking::Try).admitted);
            }
        }
    }

    #[test]
    fn running_requests_are_those_that_began_and_have_not_ended(
        requests in 1_u64..5,
        comings in prop::collection::vec(any::<bool>(), 1..200),
    ) {
        let limit = concurrency(requests, LimitMode::Enforce);
        let mut running = VecDeque::new();
        for comes in comings {
            if comes {
                let taken = ask_in(&limit, Partition::all(), at(0));
                prop_assert_eq!(taken.concurrency[0].running_before, running.len() as u64);
                prop_assert_eq!(taken.admitted, (running.len() as u64) < requests);
                if taken.admitted {
                    running.push_back(taken.running);
                }
            } else {
                running.pop_front();
            }
        }
    }
}
