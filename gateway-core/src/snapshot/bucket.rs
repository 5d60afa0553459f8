//! Token buckets: how much of a rate limit each caller has left.
//!
//! A bucket's level is held in whole units of 1/period of a token, so it is exact: nothing is ever
//! rounded in anyone's favour. A request that meets several limits takes from all or from none.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;

use parking_lot::{Mutex, MutexGuard};

use crate::config::{LimitBy, Per};
use crate::ids::KeyId;
use crate::record::decision::LimitFact;

/// Whose bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Partition {
    /// One API key's.
    Key(KeyId),
    /// One client's; an IPv6 address stands for its /64.
    Ip(IpAddr),
    /// The route's.
    Route,
}

/// The buckets of one rate limit.
pub struct Limiter {
    /// What it is called in answers and in the log.
    pub name: String,
    /// What it allows.
    pub rate: Rate,
    /// Whose requests it counts together.
    pub by: LimitBy,
    hasher: RandomState,
    shards: Box<[Mutex<Shard>]>,
}

/// What a limit allows: `requests` per `per`, at most `burst` at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// How many requests.
    pub requests: u64,
    /// In how long.
    pub per: Per,
    /// How many at once.
    pub burst: u64,
}

#[derive(Default)]
struct Shard {
    buckets: HashMap<Partition, Bucket>,
}

/// A bucket's level at a time.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    /// In units of 1/period of a token; see [`Rate::unit`].
    level: u128,
    at_ns: u64,
}

const SHARDS: usize = 16;

/// Most buckets held per shard. A full bucket says nothing that a missing one doesn't, so full ones
/// go first; only if all callers are limited at once does the one nearest to full go.
const MOST_PER_SHARD: usize = 8_192;

impl Per {
    /// Length in seconds.
    pub fn seconds(self) -> u64 {
        match self {
            Self::Second => 1,
            Self::Minute => 60,
            Self::Hour => 3_600,
            Self::Day => 86_400,
            Self::Month => 2_592_000,
        }
    }

    fn nanos(self) -> u128 {
        u128::from(self.seconds()) * 1_000_000_000
    }
}

impl Rate {
    /// A token in a bucket's units. One nanosecond adds `requests` units, so a period adds
    /// `requests` tokens, exactly.
    fn unit(&self) -> u128 {
        self.per.nanos()
    }

    fn capacity(&self) -> u128 {
        u128::from(self.burst) * self.unit()
    }

    fn level(&self, bucket: Option<&Bucket>, now_ns: u64) -> u128 {
        let Some(bucket) = bucket else {
            return self.capacity();
        };
        let passed = u128::from(now_ns.saturating_sub(bucket.at_ns));
        (bucket.level + passed * u128::from(self.requests)).min(self.capacity())
    }

    /// Milliseconds until a bucket at `level` holds `wanted`, rounded up.
    fn wait_ms(&self, level: u128, wanted: u128) -> u64 {
        let missing = wanted.saturating_sub(level);
        let nanos = missing.div_ceil(u128::from(self.requests));
        u64::try_from(nanos.div_ceil(1_000_000)).unwrap_or(u64::MAX)
    }
}

impl Limiter {
    /// A limiter whose buckets are all full.
    pub fn new(name: String, rate: Rate, by: LimitBy) -> Self {
        let shards = (0..SHARDS).map(|_| Mutex::default()).collect();
        Self {
            name,
            rate,
            by,
            hasher: RandomState::new(),
            shards,
        }
    }

    fn shard(&self, partition: &Partition) -> MutexGuard<'_, Shard> {
        let index = usize::try_from(self.hasher.hash_one(partition) % SHARDS as u64).unwrap_or(0);
        self.shards[index].lock()
    }

    fn fact(&self, partition: &Partition, before: u128, taken: u128) -> LimitFact {
        let Rate {
            requests,
            per,
            burst,
        } = self.rate;
        let unit = self.rate.unit();
        let left = before - taken;
        let whole = |level: u128| u64::try_from(level / unit).unwrap_or(u64::MAX);
        LimitFact {
            name: self.name.clone(),
            by: self.by,
            partition: partition.to_string(),
            algorithm: Default::default(),
            mode: Default::default(),
            requests,
            per,
            burst,
            remaining_before: whole(before),
            remaining_after: whole(left),
            admitted: before >= unit,
            retry_after_ms: self.rate.wait_ms(left, unit),
            full_after_ms: self.rate.wait_ms(left, self.rate.capacity()),
        }
    }
}

/// Takes one request from each limiter, if all have room; else from none.
///
/// `limiters` must always be given in the same order where they are shared, which a route's list
/// is: each is locked until all have been asked.
pub fn take(limiters: &[(&Limiter, Partition)], now_ns: u64) -> Vec<LimitFact> {
    let mut held: Vec<_> = limiters
        .iter()
        .map(|(limiter, partition)| {
            let shard = limiter.shard(partition);
            let level = limiter.rate.level(shard.buckets.get(partition), now_ns);
            (shard, level)
        })
        .collect();
    let room = limiters
        .iter()
        .zip(&held)
        .all(|((limiter, _), (_, level))| *level >= limiter.rate.unit());
    limiters
        .iter()
        .zip(&mut held)
        .map(|((limiter, partition), (shard, level))| {
            let taken = if room { limiter.rate.unit() } else { 0 };
            if room {
                shard.put(
                    *partition,
                    Bucket {
                        level: *level - taken,
                        at_ns: now_ns,
                    },
                    limiter.rate,
                );
            }
            limiter.fact(partition, *level, taken)
        })
        .collect()
}

impl Shard {
    fn put(&mut self, partition: Partition, bucket: Bucket, rate: Rate) {
        if self.buckets.len() >= MOST_PER_SHARD && !self.buckets.contains_key(&partition) {
            self.make_room(bucket.at_ns, rate);
        }
        self.buckets.insert(partition, bucket);
    }

    /// Frees an eighth at once, so that the work is shared by the many that come after.
    fn make_room(&mut self, now_ns: u64, rate: Rate) {
        let level = |bucket: &Bucket| rate.level(Some(bucket), now_ns);
        let capacity = rate.capacity();
        self.buckets.retain(|_, bucket| level(bucket) < capacity);
        let keep = MOST_PER_SHARD - MOST_PER_SHARD / 8;
        if self.buckets.len() <= keep {
            return;
        }
        let mut by_level: Vec<_> = self.buckets.iter().map(|(p, b)| (level(b), *p)).collect();
        by_level.select_nth_unstable_by_key(keep, |(level, _)| *level);
        for (_, partition) in &by_level[keep..] {
            self.buckets.remove(partition);
        }
    }
}

impl Partition {
    /// The partition of a client address.
    pub fn of_address(address: IpAddr) -> Self {
        let address = address.to_canonical();
        match address {
            IpAddr::V4(_) => Self::Ip(address),
            IpAddr::V6(v6) => {
                let network = u128::from(v6) & !u128::from(u64::MAX);
                Self::Ip(IpAddr::V6(network.into()))
            }
        }
    }
}

impl std::fmt::Display for Partition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Key(id) => id.fmt(f),
            Self::Ip(address) => address.fmt(f),
            Self::Route => f.write_str("route"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;

    use super::*;

    const SECOND: u64 = 1_000_000_000;

    fn limiter(requests: u64, per: Per, burst: u64) -> Limiter {
        Limiter::new(
            "test".to_owned(),
            Rate {
                requests,
                per,
                burst,
            },
            LimitBy::Route,
        )
    }

    fn admitted(limiter: &Limiter, partition: Partition, now_ns: u64) -> bool {
        take(&[(limiter, partition)], now_ns)[0].admitted
    }

    #[test]
    fn a_bucket_gives_its_burst_and_then_refills_evenly() {
        let limiter = limiter(60, Per::Minute, 3);
        let given = |now| {
            (0..10)
                .filter(|_| admitted(&limiter, Partition::Route, now))
                .count()
        };
        assert_eq!(given(0), 3);
        assert_eq!(given(SECOND - 1), 0);
        assert_eq!(given(SECOND), 1);
        assert_eq!(given(100 * SECOND), 3, "no more than the burst is saved up");
    }

    /// RL-6
    #[test]
    fn waiting_as_long_as_was_said_succeeds_and_a_moment_less_does_not() {
        let limiter = limiter(7, Per::Minute, 1);
        assert!(admitted(&limiter, Partition::Route, 0));
        let fact = &take(&[(&limiter, Partition::Route)], 0)[0];
        let wait_ns = fact.retry_after_ms * 1_000_000;
        assert!(!admitted(&limiter, Partition::Route, wait_ns - 1_000_000));
        assert!(admitted(&limiter, Partition::Route, wait_ns));
    }

    #[test]
    fn odd_rates_lose_nothing_over_a_long_time() {
        let limiter = limiter(7, Per::Minute, 1);
        let mut count = 0;
        // Asked every millisecond for ten minutes: one at once and 70 refilled, but for the one
        // that is due at the very end.
        for ms in 0..600_000 {
            count += usize::from(admitted(&limiter, Partition::Route, ms * 1_000_000));
        }
        assert_eq!(count, 70);
    }

    /// RL-1
    #[test]
    fn concurrent_callers_get_exactly_the_limit() {
        for _ in 0..1_000 {
            let limiter = Arc::new(limiter(10, Per::Hour, 10));
            let admitted_count = AtomicUsize::new(0);
            thread::scope(|scope| {
                for _ in 0..4 {
                    scope.spawn(|| {
                        for _ in 0..10 {
                            let ok = admitted(&limiter, Partition::Route, 5);
                            admitted_count.fetch_add(usize::from(ok), Ordering::Relaxed);
                        }
                    });
                }
            });
            assert_eq!(admitted_count.into_inner(), 10);
        }
    }

    /// RL-3
    #[test]
    fn a_request_refused_by_one_limit_takes_from_none() {
        let wide = limiter(100, Per::Hour, 100);
        let narrow = limiter(1, Per::Hour, 1);
        let both = [(&wide, Partition::Route), (&narrow, Partition::Route)];
        assert!(take(&both, 0).iter().all(|fact| fact.admitted));
        for _ in 0..5 {
            let facts = take(&both, 0);
            assert!(facts[0].admitted && !facts[1].admitted);
            assert_eq!(
                (facts[0].remaining_before, facts[0].remaining_after),
                (99, 99)
            );
        }
    }

    #[test]
    fn a_clock_that_stands_still_or_goes_back_gives_nothing_away() {
        let limiter = limiter(1, Per::Second, 1);
        assert!(admitted(&limiter, Partition::Route, 10 * SECOND));
        assert!(!admitted(&limiter, Partition::Route, 9 * SECOND));
        assert!(!admitted(&limiter, Partition::Route, 10 * SECOND));
        assert!(admitted(&limiter, Partition::Route, 11 * SECOND));
    }

    #[test]
    fn the_largest_limit_does_not_overflow() {
        let limiter = limiter(1_000_000_000, Per::Day, 1_000_000_000);
        assert!(admitted(&limiter, Partition::Route, 0));
        assert!(admitted(&limiter, Partition::Route, u64::MAX));
    }

    #[test]
    fn a_million_addresses_take_bounded_memory_and_do_not_free_a_limited_one() {
        let limiter = limiter(2, Per::Hour, 2);
        let victim = Partition::of_address("10.0.0.1".parse().unwrap());
        assert!(admitted(&limiter, victim, 0) && admitted(&limiter, victim, 0));
        for n in 0..1_000_000_u32 {
            let address = IpAddr::V4((0x2000_0000 + n).into());
            admitted(&limiter, Partition::of_address(address), 1);
        }
        let held: usize = limiter
            .shards
            .iter()
            .map(|shard| shard.lock().buckets.len())
            .sum();
        assert!(held <= SHARDS * MOST_PER_SHARD, "{held}");
        assert!(!admitted(&limiter, victim, 2));
    }

    #[test]
    fn ipv6_callers_share_a_bucket_within_their_network() {
        let of = |text: &str| Partition::of_address(text.parse().unwrap());
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:1"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_eq!(of("::ffff:10.0.0.1"), of("10.0.0.1"));
    }
}
