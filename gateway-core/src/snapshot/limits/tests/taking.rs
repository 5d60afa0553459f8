//! A request is taken from each limit, or from none.

use super::*;

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
