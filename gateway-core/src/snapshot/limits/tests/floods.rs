//! However many ask, memory is bounded and no limit is freed.

use super::*;

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
