//! Every way of counting against a simple one, and all of them together.

mod floods;
mod quotas;
mod reference;
mod taking;

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use LimitAlgorithm::{FixedWindow, SlidingWindow, TokenBucket};

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
