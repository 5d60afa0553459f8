//! Every way of counting against a simple one, and all of them together.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use LimitAlgorithm::{FixedWindow, SlidingWindow, TokenBucket};
use proptest::prelude::*;

use super::algorithm::{Algorithm, Bounds, Reading};
use super::partition::Partition;
use super::take::{Asking, Taken, take};
use super::*;
use crate::clock::Now;
use crate::config::{ConcurrencyLimit, LimitBy, Quota, RateLimit};

const SECOND: u64 = 1_000_000_000;
/// 2026-01-01T00:00:00Z
const EPOCH_US: i64 = 1_767_225_600_000_000;
const DAY_US: i64 = 86_400_000_000;
const ALGORITHMS: [LimitAlgorithm; 3] = [TokenBucket, FixedWindow, SlidingWindow];

fn at(monotonic_ns: u64) -> Now {
    Now {
        monotonic_ns,
        epoch_us: EPOCH_US + i64::try_from(monotonic_ns / 1_000).unwrap(),
    }
}

fn on(epoch_us: i64) -> Now {
    Now {
        monotonic_ns: 0,
        epoch_us,
    }
}

fn written(algorithm: LimitAlgorithm, requests: u64, per: Per) -> RateLimit {
    RateLimit {
        name: None,
        requests,
        per,
        by: LimitBy::Global,
        of: None,
        algorithm,
        burst: None,
        count_rejected: false,
        mode: LimitMode::Enforce,
    }
}

fn of(written: &RateLimit) -> Limit {
    Limit::rate(
        written,
        LimitOwner::Gateway,
        "rate".to_owned(),
        By::Global,
        None,
    )
}

fn rate(algorithm: LimitAlgorithm, requests: u64, per: Per) -> Limit {
    of(&written(algorithm, requests, per))
}

fn quota_in(
    requests: u64,
    per: CalendarPeriod,
    mode: LimitMode,
    zone: &str,
    counts: &mut QuotaCounts,
) -> Limit {
    let written = Quota {
        name: None,
        requests,
        per,
        by: LimitBy::Global,
        of: None,
        mode,
    };
    let zone = Arc::new(Zone::named(zone).unwrap());
    Limit::quota(
        &written,
        LimitOwner::Gateway,
        "quota".to_owned(),
        By::Global,
        zone,
        counts,
    )
}

fn quota(requests: u64, per: CalendarPeriod) -> Limit {
    quota_in(
        requests,
        per,
        LimitMode::Enforce,
        "UTC",
        &mut QuotaCounts::new(),
    )
}

fn concurrency(requests: u64, mode: LimitMode) -> Limit {
    let written = ConcurrencyLimit {
        name: None,
        requests,
        by: LimitBy::Global,
        of: None,
        mode,
    };
    let name = "running".to_owned();
    Limit::concurrency(&written, LimitOwner::Gateway, name, By::Global, None)
}

fn ask_in(limit: &Limit, partition: Partition, now: Now) -> Taken {
    take(&[(limit, partition)], now, Asking::Take)
}

fn ask(limit: &Limit, now: Now) -> bool {
    ask_in(limit, Partition::all(), now).admitted
}

fn ask_all(limits: &[&Limit], now: Now, asking: Asking) -> Taken {
    let wanted: Vec<_> = limits
        .iter()
        .map(|limit| (*limit, Partition::all()))
        .collect();
    take(&wanted, now, asking)
}

fn one_of_each() -> Vec<Limit> {
    let rates = ALGORITHMS.map(|algorithm| rate(algorithm, 10, Per::Hour));
    let others = [
        quota(10, CalendarPeriod::Day),
        concurrency(10, LimitMode::Enforce),
    ];
    rates.into_iter().chain(others).collect()
}

/// RL-1
#[test]
fn concurrent_callers_get_exactly_the_limit_of_every_kind() {
    for _ in 0..1_000 {
        for limit in one_of_each() {
            let admitted = AtomicU64::new(0);
            let kept = parking_lot::Mutex::new(Vec::new());
            thread::scope(|scope| {
                for _ in 0..2 {
                    scope.spawn(|| {
                        for _ in 0..10 {
                            let taken = ask_in(&limit, Partition::all(), at(5));
                            admitted.fetch_add(taken.admitted.into(), Ordering::Relaxed);
                            kept.lock().push(taken.running);
                        }
                    });
                }
            });
            assert_eq!(admitted.into_inner(), 10);
        }
    }
}

/// RL-1, RL-3: whoever comes at the same time, and in whatever order limits are written.
#[test]
fn concurrent_callers_of_several_limits_get_exactly_the_least_of_them() {
    for _ in 0..1_000 {
        let limits = one_of_each();
        let least = rate(SlidingWindow, 7, Per::Hour);
        let forth: Vec<_> = limits.iter().chain([&least]).collect();
        let back: Vec<_> = forth.iter().rev().copied().collect();
        let admitted = AtomicU64::new(0);
        let kept = parking_lot::Mutex::new(Vec::new());
        thread::scope(|scope| {
            for order in [&forth, &back] {
                scope.spawn(|| {
                    for _ in 0..10 {
                        let taken = ask_all(order, at(5), Asking::Take);
                        admitted.fetch_add(taken.admitted.into(), Ordering::Relaxed);
                        kept.lock().push(taken.running);
                    }
                });
            }
        });
        assert_eq!(admitted.into_inner(), 7);
        let left = ask_all(&forth, at(5), Asking::Look);
        let rates: Vec<_> = left
            .limits
            .iter()
            .map(|fact| fact.remaining_after)
            .collect();
        assert_eq!(rates, [3, 3, 3, 0]);
        assert_eq!(left.quotas[0].used_after, 7);
        assert_eq!(left.concurrency[0].running_before, 7);
    }
}

#[test]
fn a_bucket_gives_its_burst_and_then_refills_evenly() {
    let limit = of(&RateLimit {
        burst: Some(3),
        ..written(TokenBucket, 60, Per::Minute)
    });
    let given = |now| (0..10).filter(|_| ask(&limit, at(now))).count();
    assert_eq!(given(0), 3);
    assert_eq!(given(SECOND - 1), 0);
    assert_eq!(given(SECOND), 1);
    assert_eq!(given(100 * SECOND), 3, "no more than the burst is saved up");
}

#[test]
fn odd_rates_lose_nothing_over_a_long_time() {
    let limit = of(&RateLimit {
        burst: Some(1),
        ..written(TokenBucket, 7, Per::Minute)
    });
    // Asked every millisecond for two minutes: one at once and 14 refilled, but for the one that is
    // due at the very end.
    let given = (0..120_000).filter(|ms| ask(&limit, at(ms * 1_000_000)));
    assert_eq!(given.count(), 14);
}

#[test]
fn a_fixed_window_begins_with_its_first_request() {
    let limit = rate(FixedWindow, 2, Per::Minute);
    assert!(ask(&limit, at(30 * SECOND)) && ask(&limit, at(89 * SECOND)));
    assert!(!ask(&limit, at(90 * SECOND - 1)));
    assert!(ask(&limit, at(90 * SECOND)) && ask(&limit, at(90 * SECOND)));
    assert!(!ask(&limit, at(149 * SECOND)));
}

#[test]
fn no_span_as_long_as_a_sliding_window_has_more_than_its_requests() {
    let limit = rate(SlidingWindow, 2, Per::Minute);
    assert!(ask(&limit, at(0)) && ask(&limit, at(59 * SECOND)));
    assert!(!ask(&limit, at(60 * SECOND - 1)));
    assert!(ask(&limit, at(60 * SECOND)), "the first is a minute old");
    assert!(!ask(&limit, at(118 * SECOND)));
    assert!(ask(&limit, at(119 * SECOND)));
}

#[test]
fn refused_requests_count_only_where_that_is_wanted() {
    for (algorithm, keeps_out) in [(SlidingWindow, true), (FixedWindow, false)] {
        for count_rejected in [false, true] {
            let limit = of(&RateLimit {
                count_rejected,
                ..written(algorithm, 1, Per::Minute)
            });
            let narrow = rate(TokenBucket, 1, Per::Hour);
            assert!(ask(&limit, at(0)));
            assert!(!ask(&limit, at(59 * SECOND)));
            let stays_out = count_rejected && keeps_out;
            assert_eq!(!ask(&limit, at(60 * SECOND)), stays_out, "{algorithm:?}");
            // Refused by another limit.
            assert!(ask(&narrow, at(200 * SECOND)));
            let both = ask_all(&[&limit, &narrow], at(200 * SECOND), Asking::Take);
            assert!(!both.admitted && both.limits[0].admitted);
            assert_eq!(!ask(&limit, at(201 * SECOND)), count_rejected);
        }
    }
}

/// RL-3
#[test]
fn a_request_refused_by_one_limit_takes_from_none() {
    let limits = one_of_each();
    for narrow in [
        rate(TokenBucket, 1, Per::Hour),
        rate(FixedWindow, 1, Per::Hour),
        rate(SlidingWindow, 1, Per::Hour),
        quota(1, CalendarPeriod::Month),
    ] {
        assert!(ask(&narrow, at(0)));
        let all: Vec<_> = limits.iter().chain([&narrow]).collect();
        for _ in 0..5 {
            let taken = ask_all(&all, at(1), Asking::Take);
            assert!(!taken.admitted);
        }
    }
    let all: Vec<_> = limits.iter().collect();
    let state = ask_all(&all, at(1), Asking::Look);
    assert!(state.limits.iter().all(|fact| fact.remaining_before == 10));
    assert_eq!(state.quotas[0].used_before, 0);
    assert_eq!(state.concurrency[0].running_before, 0);
}

/// RL-9
#[test]
fn a_limit_in_shadow_counts_and_never_stops() {
    let shadow = LimitMode::Shadow;
    for algorithm in ALGORITHMS {
        let limit = of(&RateLimit {
            mode: shadow,
            ..written(algorithm, 1, Per::Hour)
        });
        let taken: Vec<_> = (0..3)
            .map(|_| ask_in(&limit, Partition::all(), at(0)))
            .collect();
        assert!(taken.iter().all(|taken| taken.admitted));
        let would: Vec<_> = taken.iter().map(|taken| taken.limits[0].admitted).collect();
        assert_eq!(would, [true, false, false]);
    }
    let quota = quota_in(
        1,
        CalendarPeriod::Day,
        shadow,
        "UTC",
        &mut QuotaCounts::new(),
    );
    let running = concurrency(1, shadow);
    let taken: Vec<_> = (0..3)
        .map(|_| ask_all(&[&quota, &running], at(0), Asking::Take))
        .collect();
    for (n, taken) in (0..).zip(&taken) {
        assert!(taken.admitted);
        assert_eq!(taken.quotas[0].used_before, n);
        assert_eq!(taken.concurrency[0].running_before, n);
        assert_eq!(taken.quotas[0].admitted, n == 0);
        assert_eq!(taken.concurrency[0].admitted, n == 0);
    }
}

#[test]
fn a_try_says_what_a_take_would_and_counts_nothing() {
    let limits = one_of_each();
    let all: Vec<_> = limits.iter().collect();
    let mut kept = Vec::new();
    for n in 0..12 {
        let tried = ask_all(&all, at(n), Asking::Try);
        let again = ask_all(&all, at(n), Asking::Try);
        let taken = ask_all(&all, at(n), Asking::Take);
        assert_eq!(tried.limits, again.limits);
        assert_eq!(
            (&tried.limits, &tried.quotas),
            (&taken.limits, &taken.quotas)
        );
        assert_eq!(tried.concurrency, taken.concurrency);
        assert_eq!(tried.admitted, taken.admitted);
        kept.push(taken.running);
    }
}

#[test]
fn a_request_runs_until_its_guard_is_gone() {
    let limit = concurrency(2, LimitMode::Enforce);
    let first = ask_in(&limit, Partition::all(), at(0));
    let second = ask_in(&limit, Partition::all(), at(0));
    assert!(first.admitted && second.admitted && !ask(&limit, at(0)));
    drop(first);
    assert!(ask(&limit, at(0)), "and it is over again at once");
    drop(second);
    let Counter::Concurrency(_, counts) = &limit.counter else {
        panic!("it is one of running requests");
    };
    assert_eq!(
        counts.len(),
        0,
        "nothing is remembered of callers who are gone"
    );
}

#[test]
fn a_clock_that_stands_still_or_goes_back_gives_nothing_away() {
    for algorithm in ALGORITHMS {
        let limit = rate(algorithm, 2, Per::Minute);
        assert!(ask(&limit, at(70 * SECOND)));
        assert!(ask(&limit, at(10 * SECOND)));
        for now in [10, 70, 99] {
            assert!(!ask(&limit, at(now * SECOND)), "{algorithm:?} at {now}");
        }
        assert!(ask(&limit, at(130 * SECOND)), "{algorithm:?}");
    }
}

#[test]
fn the_largest_limit_does_not_overflow() {
    for algorithm in [TokenBucket, FixedWindow] {
        let limit = rate(algorithm, 1_000_000_000, Per::Month);
        assert!(ask(&limit, at(0)));
        let end = Now {
            monotonic_ns: u64::MAX,
            epoch_us: i64::MAX,
        };
        assert!(ask(&limit, end));
    }
}

/// A caller uses up a limit of two requests, then a million others come.
fn flood<A: Algorithm>(rule: &A, counts: &Counts<A::State>) {
    let ask = |partition: PartitionId, now| {
        let mut shard = counts.shard(partition);
        let has_room = shard.read(partition, rule, at(now)).left > 0;
        if has_room {
            shard.count(partition, rule, at(now));
        }
        has_room
    };
    // As `Partition::ip` makes them, without their texts.
    let of = |bits: u32| {
        let mut id = [0; 17];
        id[0] = 4;
        id[11..13].fill(0xFF);
        id[13..].copy_from_slice(&bits.to_be_bytes());
        PartitionId::read(&id).unwrap()
    };
    assert_eq!(
        of(0x0A00_0001),
        Partition::ip("10.0.0.1".parse().unwrap()).id
    );
    let limited = of(0x0A00_0001);
    assert!(ask(limited, 0) && ask(limited, 0));
    for n in 0..1_000_000 {
        assert!(ask(of(0x2000_0000 + n), 1));
    }
    assert!(counts.len() <= rule.bounds().partitions, "{}", counts.len());
    assert!(counts.words() <= 1 << 23, "{}", counts.words());
    assert!(!ask(limited, 2));
}

#[test]
fn a_million_addresses_take_bounded_buckets_and_do_not_free_a_limited_one() {
    let Counter::TokenBucket(rule, counts) = rate(TokenBucket, 2, Per::Hour).counter else {
        panic!("it is a bucket");
    };
    flood(&rule, &counts);
}

#[test]
fn a_million_addresses_take_bounded_fixed_windows_and_do_not_free_a_limited_one() {
    let Counter::FixedWindow(rule, counts, _) = rate(FixedWindow, 2, Per::Hour).counter else {
        panic!("it is a fixed window");
    };
    flood(&rule, &counts);
}

#[test]
fn a_million_addresses_take_bounded_sliding_windows_and_do_not_free_a_limited_one() {
    let Counter::SlidingWindow(rule, counts, _) = rate(SlidingWindow, 2, Per::Hour).counter else {
        panic!("it is a sliding window");
    };
    flood(&rule, &counts);
}

#[test]
fn a_million_addresses_take_bounded_quotas_and_do_not_free_a_limited_one() {
    let Counter::Quota(rule, counts) = quota(2, CalendarPeriod::Month).counter else {
        panic!("it is a quota");
    };
    flood(&rule, &counts);
}

/// A sliding window that may remember little.
struct Forgetful(sliding_window::SlidingWindow);

impl Algorithm for Forgetful {
    type State = Arrivals;

    fn fresh(&self, now: Now) -> Arrivals {
        self.0.fresh(now)
    }

    fn read(&self, state: &Arrivals, now: Now) -> Reading {
        self.0.read(state, now)
    }

    fn count(&self, state: &mut Arrivals, now: Now) {
        self.0.count(state, now);
    }

    fn tidy(&self, state: &mut Arrivals, now: Now) -> bool {
        self.0.tidy(state, now)
    }

    fn extra_words(&self, state: &Arrivals) -> usize {
        self.0.extra_words(state)
    }

    fn bounds(&self) -> Bounds {
        Bounds {
            words: 1 << 14,
            ..Bounds::USUAL
        }
    }
}

#[test]
fn many_who_half_fill_their_sliding_windows_take_bounded_memory_and_free_no_limited_one() {
    let rule = Forgetful(sliding_window::SlidingWindow {
        requests: 100,
        per: Per::Hour,
    });
    let counts = Counts::new();
    let partition = |n: u32| Partition::ip(IpAddr::V4(n.into())).id;
    let ask = |n, times| {
        for _ in 0..times {
            counts.shard(partition(n)).count(partition(n), &rule, at(0));
        }
    };
    ask(0, 100);
    for n in 1..2_000 {
        ask(n, 50);
        assert!(counts.words() <= (1 << 14) + 16 * 128, "{}", counts.words());
    }
    let reading = counts.shard(partition(0)).read(partition(0), &rule, at(1));
    assert_eq!(reading.left, 0);
}

#[test]
fn a_quota_begins_anew_with_its_period() {
    let limit = quota(2, CalendarPeriod::Day);
    let evening = on(EPOCH_US + DAY_US - 1);
    assert!(ask(&limit, on(EPOCH_US)) && ask(&limit, evening));
    let refused = &ask_in(&limit, Partition::all(), evening).quotas[0];
    assert_eq!((refused.used_before, refused.used_after), (2, 2));
    assert_eq!(refused.resets_at_us, EPOCH_US + DAY_US);
    assert_eq!(refused.retry_after_ms, 1);
    let morning = &ask_in(&limit, Partition::all(), on(EPOCH_US + DAY_US)).quotas[0];
    assert_eq!((morning.used_before, morning.used_after), (0, 1));
}

#[test]
fn a_clock_set_back_over_the_end_of_a_period_gives_no_second_quota() {
    let limit = quota(1, CalendarPeriod::Day);
    let midnight = EPOCH_US + DAY_US;
    assert!(ask(&limit, on(midnight - 1)));
    assert!(ask(&limit, on(midnight)));
    for now in [midnight - 1, EPOCH_US, midnight, midnight + DAY_US - 1] {
        assert!(!ask(&limit, on(now)));
    }
    assert!(ask(&limit, on(midnight + DAY_US)));
}

#[test]
fn a_clock_that_was_far_ahead_neither_locks_out_nor_gives_a_second_quota() {
    let limit = quota(1, CalendarPeriod::Day);
    assert!(ask(&limit, on(EPOCH_US + 1_000 * DAY_US)));
    assert!(!ask(&limit, on(EPOCH_US)), "that one counts");
    assert!(ask(&limit, on(EPOCH_US + DAY_US)), "until the next day");
}

#[test]
fn another_time_zone_gives_no_second_quota() {
    let mut counts = QuotaCounts::new();
    let mut of = |zone| {
        quota_in(
            1,
            CalendarPeriod::Day,
            LimitMode::Enforce,
            zone,
            &mut counts,
        )
    };
    // It is tomorrow in Auckland and still yesterday in Honolulu.
    let noon = EPOCH_US + DAY_US / 2;
    assert!(ask(&of("UTC"), on(noon)));
    for zone in ["Pacific/Auckland", "Pacific/Honolulu", "UTC"] {
        assert!(!ask(&of(zone), on(noon + 1)), "{zone}");
    }
    assert!(ask(&of("UTC"), on(noon + DAY_US)));
}

#[test]
fn what_a_quota_counted_outlives_the_process_and_a_change_of_its_number() {
    let mut counts = QuotaCounts::new();
    let of = |requests, counts: &mut _| {
        quota_in(
            requests,
            CalendarPeriod::Month,
            LimitMode::Enforce,
            "UTC",
            counts,
        )
    };
    let before = of(3, &mut counts);
    assert!(ask(&before, on(EPOCH_US)) && ask(&before, on(EPOCH_US)));
    let rows = changed_quotas(&counts);
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].used.used, 2);
    assert_eq!(changed_quotas(&counts), [], "each change once");
    quotas_change_again(&counts, &rows);
    assert_eq!(changed_quotas(&counts), rows, "unless it could not be kept");
    let mut kept = kept_quotas(rows);
    let after = of(2, &mut kept);
    assert!(!ask(&after, on(EPOCH_US)));
    assert!(ask(&of(3, &mut kept), on(EPOCH_US)));
}

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
