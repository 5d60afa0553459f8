//! What a person does to requests on purpose: services that are slow, fail or break off, refusals that
//! look like the gateway's own, to see what callers do; and the opposite, a request that is let through
//! where a limit has no room for it. They are kept in memory alone and each ends by itself, so that none
//! is forgotten.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arc_swap::ArcSwap;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::ids::{KeyId, RouteName, VersionName};
use crate::record::decision::LimitOwner;

/// Longest time that a fault may be switched on for, in seconds.
pub const LONGEST_S: u32 = 24 * 60 * 60;
/// Most faults at a time.
pub const MOST: usize = 50;
/// Longest that an answer may be held back, in milliseconds.
pub const LONGEST_LATENCY_MS: u32 = 10 * 60 * 1000;
/// Most requests after which a fault may end.
pub const MOST_TIMES: u32 = 10_000;

/// What goes wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[schema(as = FaultEffect)]
pub enum Effect {
    /// The request waits before it goes to its service.
    Latency {
        /// How long, in milliseconds.
        ms: u32,
        /// How much longer it may be, in milliseconds: evenly spread from 0 to this.
        #[serde(default)]
        spread_ms: u32,
    },
    /// The gateway answers with an error; the service is not asked.
    Error {
        /// Its status.
        #[schema(minimum = 400, maximum = 599)]
        status: u16,
    },
    /// The connection is closed without an answer; the service is not asked.
    Reset,
    /// The answer's body breaks off.
    Truncate {
        /// After this many bytes.
        after_bytes: u64,
    },
    /// The answer's body comes slowly.
    Drip {
        /// So many bytes in a second.
        #[schema(minimum = 1)]
        bytes_per_second: u32,
    },
    /// The gateway refuses the request as it refuses others, before any limit counts it: headers and
    /// body are those of a real refusal. The service is not asked.
    Refuse {
        /// As what.
        refusal: Refusal,
    },
    /// The request passes limits that have no room for it, and goes on as any other. They do not count
    /// it, but for limits on running requests. One that they have room for does not use this up, nor
    /// one that yet another limit stops.
    LetThrough {
        /// Which limits.
        #[schema(min_items = 1, max_items = 20)]
        past: Vec<LimitPlace>,
    },
}

/// A limit or quota, and whose requests it counts together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LimitPlace {
    /// Its name.
    #[schema(example = "60/min")]
    pub name: String,
    /// Where it is written.
    pub owner: LimitOwner,
    /// Whose requests, such as `key 0193…`. Absent: whosever.
    #[serde(default)]
    pub partition: Option<String>,
}

/// A refusal that a person asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// 401, with the challenges of the route.
    Unauthenticated,
    /// 429, by a limit or quota that would count the request; by one that is made up where there is
    /// none.
    Limited,
    /// 503, as where no target of the service is healthy.
    Unavailable,
}

impl Refusal {
    /// The status of its answer.
    pub fn status(self) -> u16 {
        match self {
            Self::Unauthenticated => 401,
            Self::Limited => 429,
            Self::Unavailable => 503,
        }
    }
}

/// A fault to switch on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewFault {
    /// What goes wrong.
    pub effect: Effect,
    /// Only requests of this route. Absent: of all.
    #[serde(default)]
    pub route: Option<RouteName>,
    /// Only requests for this version of the route.
    #[serde(default)]
    pub version: Option<VersionName>,
    /// Only requests with this API key.
    #[serde(default)]
    #[schema(inline)]
    pub key: Option<KeyId>,
    /// Of so many of them in a hundred, evenly spread.
    #[serde(default = "all")]
    #[schema(minimum = 1, maximum = 100)]
    pub share_percent: u8,
    /// It ends by itself after so many seconds.
    #[serde(default = "ten_minutes")]
    #[schema(minimum = 1, maximum = 86_400)]
    pub for_seconds: u32,
    /// It ends once it has struck so many requests. Absent: only its time ends it.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 10_000)]
    pub times: Option<u32>,
}

fn all() -> u8 {
    100
}

fn ten_minutes() -> u32 {
    600
}

/// A fault that is switched on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Fault)]
pub struct Fault {
    /// Identifies it.
    #[schema(value_type = String, format = "uuid")]
    pub id: Uuid,
    /// What goes wrong.
    pub effect: Effect,
    /// Only requests of this route.
    pub route: Option<RouteName>,
    /// Only requests for this version of it.
    pub version: Option<VersionName>,
    /// Only requests with this API key.
    pub key: Option<KeyId>,
    /// Of so many of them in a hundred.
    pub share_percent: u8,
    /// It ends once it has struck so many requests.
    pub times: Option<u32>,
    /// Since when, microseconds since 1970.
    pub began_at_us: i64,
    /// When it ends, microseconds since 1970.
    pub ends_at_us: i64,
    /// How many requests it was held against.
    pub seen: u64,
    /// How many of them it struck.
    pub struck: u64,
}

/// Whom faults are held against.
#[derive(Clone, Copy, Debug)]
pub struct Target<'r> {
    /// The route of a request.
    pub route: &'r RouteName,
    /// Its version.
    pub version: Option<&'r VersionName>,
    /// The API key it was sent with.
    pub key: Option<KeyId>,
}

/// A limit that has no room for a request.
#[derive(Clone, Copy, Debug)]
pub struct Stopping<'l> {
    /// Its name.
    pub name: &'l str,
    /// Where it is written.
    pub owner: &'l LimitOwner,
    /// Whose requests it counts together.
    pub partition: &'l str,
}

/// A fault that struck a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Strike {
    /// What goes wrong. For latency, `ms` is all there is to wait.
    pub effect: Effect,
    /// Of how many requests in a hundred.
    pub share_percent: u8,
    /// How many requests it strikes in all, where that is bounded.
    pub times: Option<u32>,
}

/// The faults that are switched on. Requests read them without a lock.
#[derive(Default)]
pub struct Faults {
    on: ArcSwap<Vec<Arc<Running>>>,
    /// Held by whoever switches one on or off.
    changing: Mutex<()>,
}

struct Running {
    id: Uuid,
    new: NewFault,
    began_at_us: i64,
    ends_at_us: i64,
    seen: AtomicU64,
    struck: AtomicU64,
}

impl Faults {
    /// Switches one on.
    ///
    /// # Errors
    /// As many are on as there may be.
    pub fn begin(&self, new: NewFault, now_us: i64) -> Result<Fault, TooMany> {
        let fault = Arc::new(Running {
            id: Uuid::now_v7(),
            began_at_us: now_us,
            ends_at_us: now_us + i64::from(new.for_seconds) * 1_000_000,
            new,
            seen: AtomicU64::new(0),
            struck: AtomicU64::new(0),
        });
        let changing = self.changing.lock();
        let mut on = self.still_on(now_us);
        if on.len() >= MOST {
            return Err(TooMany);
        }
        on.push(fault.clone());
        self.on.store(Arc::new(on));
        drop(changing);
        Ok(fault.shown())
    }

    /// Switches one off. `false`: there is none, or it has ended.
    pub fn end(&self, id: Uuid, now_us: i64) -> bool {
        let changing = self.changing.lock();
        let mut on = self.still_on(now_us);
        let before = on.len();
        on.retain(|fault| fault.id != id);
        let found = on.len() < before;
        self.on.store(Arc::new(on));
        drop(changing);
        found
    }

    /// Switches all of them off.
    pub fn end_all(&self) {
        let changing = self.changing.lock();
        self.on.store(Arc::default());
        drop(changing);
    }

    /// Those that are on, the oldest first.
    pub fn list(&self, now_us: i64) -> Vec<Fault> {
        let on = self.still_on(now_us);
        on.iter().map(|fault| fault.shown()).collect()
    }

    /// What strikes a request that goes to its service.
    pub fn strike(&self, target: &Target<'_>, now_us: i64) -> Vec<Strike> {
        let on = self.on.load();
        let concerned = on.iter().filter(|fault| fault.concerns(target, now_us));
        let concerned = concerned.filter(|fault| fault.strikes_at_service());
        concerned.filter_map(|fault| fault.strike()).collect()
    }

    /// What refuses a request before limits count it, if anything does.
    pub fn refuse(&self, target: &Target<'_>, now_us: i64) -> Option<(Refusal, Strike)> {
        let on = self.on.load();
        let concerned = on.iter().filter(|fault| fault.concerns(target, now_us));
        let mut refusing = concerned.filter_map(|fault| Some((fault.refusal()?, fault)));
        refusing.find_map(|(refusal, fault)| Some((refusal, fault.strike()?)))
    }

    /// Lets a request pass limits that have no room for it, if a person asked for that.
    pub fn let_through(&self, target: &Target<'_>, stopping: &[Stopping<'_>], now_us: i64) -> bool {
        let on = self.on.load();
        let mut letting = on
            .iter()
            .filter(|fault| fault.lets(target, stopping, now_us));
        letting.any(|fault| fault.strike().is_some())
    }

    /// Whether a request would be let pass such limits.
    pub fn would_let_through(
        &self,
        target: &Target<'_>,
        stopping: &[Stopping<'_>],
        now_us: i64,
    ) -> bool {
        let on = self.on.load();
        on.iter().any(|fault| fault.lets(target, stopping, now_us))
    }

    fn still_on(&self, now_us: i64) -> Vec<Arc<Running>> {
        let on = self.on.load();
        let still = on.iter();
        let still = still.filter(|fault| now_us < fault.ends_at_us && !fault.is_spent());
        still.cloned().collect()
    }
}

/// As many faults are on as there may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{MOST} faults are on; switch one off first")]
pub struct TooMany;

impl Running {
    fn concerns(&self, target: &Target<'_>, now_us: i64) -> bool {
        let NewFault {
            effect: _,
            route,
            version,
            key,
            share_percent: _,
            for_seconds: _,
            times: _,
        } = &self.new;
        now_us < self.ends_at_us
            && !self.is_spent()
            && route.as_ref().is_none_or(|route| route == target.route)
            && version
                .as_ref()
                .is_none_or(|version| Some(version) == target.version)
            && key.is_none_or(|key| Some(key) == target.key)
    }

    /// Whether it has struck as many requests as it may.
    fn is_spent(&self) -> bool {
        let most = self.new.times.map(u64::from);
        most.is_some_and(|most| self.struck.load(Ordering::Relaxed) >= most)
    }

    /// What it refuses requests as, if that is what it does.
    fn refusal(&self) -> Option<Refusal> {
        match self.new.effect {
            Effect::Refuse { refusal } => Some(refusal),
            Effect::Latency { .. }
            | Effect::Error { .. }
            | Effect::Reset
            | Effect::Truncate { .. }
            | Effect::Drip { .. }
            | Effect::LetThrough { .. } => None,
        }
    }

    /// Whether it strikes requests that go to their service.
    fn strikes_at_service(&self) -> bool {
        match self.new.effect {
            Effect::Latency { .. }
            | Effect::Error { .. }
            | Effect::Reset
            | Effect::Truncate { .. }
            | Effect::Drip { .. } => true,
            Effect::Refuse { .. } | Effect::LetThrough { .. } => false,
        }
    }

    /// Whether it lets a request pass all of these limits.
    fn lets(&self, target: &Target<'_>, stopping: &[Stopping<'_>], now_us: i64) -> bool {
        let Effect::LetThrough { past } = &self.new.effect else {
            return false;
        };
        let is_past = |limit: &Stopping<'_>| {
            past.iter().any(|place| {
                let LimitPlace {
                    name,
                    owner,
                    partition,
                } = place;
                let whosever = partition
                    .as_deref()
                    .is_none_or(|one| one == limit.partition);
                name == limit.name && owner == limit.owner && whosever
            })
        };
        self.concerns(target, now_us) && stopping.iter().all(is_past)
    }

    /// The share is kept exactly: of any hundred requests in a row as many as were asked for. So is
    /// how many it strikes, however many come at the same time.
    fn strike(&self) -> Option<Strike> {
        let number = self.seen.fetch_add(1, Ordering::Relaxed);
        let share = u64::from(self.new.share_percent);
        let up_to = |number: u64| number * share / 100;
        if up_to(number + 1) == up_to(number) {
            return None;
        }
        let most = self.new.times.map_or(u64::MAX, u64::from);
        let one_more = |struck: u64| (struck < most).then_some(struck + 1);
        let (set, read) = (Ordering::Relaxed, Ordering::Relaxed);
        let struck = self.struck.fetch_update(set, read, one_more).ok()?;
        let effect = match self.new.effect {
            Effect::Latency { ms, spread_ms } => Effect::Latency {
                ms: ms.saturating_add(spread(struck, spread_ms)),
                spread_ms: 0,
            },
            ref other => other.clone(),
        };
        Some(Strike {
            effect,
            share_percent: self.new.share_percent,
            times: self.new.times,
        })
    }

    fn shown(&self) -> Fault {
        Fault {
            id: self.id,
            effect: self.new.effect.clone(),
            route: self.new.route.clone(),
            version: self.new.version.clone(),
            key: self.new.key,
            share_percent: self.new.share_percent,
            times: self.new.times,
            began_at_us: self.began_at_us,
            ends_at_us: self.ends_at_us,
            seen: self.seen.load(Ordering::Relaxed),
            struck: self.struck.load(Ordering::Relaxed),
        }
    }
}

/// The `n`th of numbers that are spread evenly from 0 to `most`, in no order: multiples of the golden
/// ratio leave no gaps, however few are taken.
fn spread(n: u64, most: u32) -> u32 {
    let part = (n + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
    let scaled = (part * (u64::from(most) + 1)) >> 32;
    u32::try_from(scaled).unwrap_or(most)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(share_percent: u8, effect: Effect) -> NewFault {
        NewFault {
            effect,
            route: Some("orders".into()),
            version: None,
            key: None,
            share_percent,
            for_seconds: 60,
            times: None,
        }
    }

    fn target(route: &RouteName) -> Target<'_> {
        Target {
            route,
            version: None,
            key: None,
        }
    }

    #[test]
    fn the_share_is_kept_in_any_hundred_requests() {
        let faults = Faults::default();
        faults.begin(fault(30, Effect::Reset), 0).unwrap();
        let route = RouteName::from("orders");
        let struck: Vec<bool> = (0..1_000)
            .map(|_| !faults.strike(&target(&route), 1).is_empty())
            .collect();
        for hundred in struck.windows(100) {
            let count = hundred.iter().filter(|struck| **struck).count();
            assert!((29..=31).contains(&count), "{count}");
        }
        assert_eq!(struck.iter().filter(|struck| **struck).count(), 300);
        let shown = &faults.list(1)[0];
        assert_eq!((shown.seen, shown.struck), (1_000, 300));
    }

    #[test]
    fn a_fault_strikes_whom_it_is_for_and_nobody_else() {
        let faults = Faults::default();
        let key = KeyId(Uuid::now_v7());
        let new = NewFault {
            key: Some(key),
            version: Some("v2".into()),
            ..fault(100, Effect::Reset)
        };
        faults.begin(new, 0).unwrap();
        let (orders, users) = (RouteName::from("orders"), RouteName::from("users"));
        let (v1, v2) = (VersionName::from("v1"), VersionName::from("v2"));
        for (route, version, shown, struck) in [
            (&orders, Some(&v2), Some(key), 1),
            (&users, Some(&v2), Some(key), 0),
            (&orders, Some(&v1), Some(key), 0),
            (&orders, None, Some(key), 0),
            (&orders, Some(&v2), None, 0),
        ] {
            let target = Target {
                route,
                version,
                key: shown,
            };
            assert_eq!(faults.strike(&target, 1).len(), struck, "{target:?}");
        }
    }

    #[test]
    fn a_fault_ends_by_itself() {
        let faults = Faults::default();
        faults.begin(fault(100, Effect::Reset), 0).unwrap();
        let route = RouteName::from("orders");
        assert_eq!(faults.strike(&target(&route), 59_999_999).len(), 1);
        assert!(faults.strike(&target(&route), 60_000_000).is_empty());
        assert!(faults.list(60_000_000).is_empty());
    }

    #[test]
    fn latency_is_spread_over_all_of_its_range() {
        let faults = Faults::default();
        let effect = Effect::Latency {
            ms: 100,
            spread_ms: 50,
        };
        faults.begin(fault(100, effect), 0).unwrap();
        let route = RouteName::from("orders");
        let mut waits: Vec<u32> = (0..510)
            .flat_map(|_| faults.strike(&target(&route), 1))
            .map(|strike| match strike.effect {
                Effect::Latency { ms, spread_ms: 0 } => ms,
                other => panic!("{other:?}"),
            })
            .collect();
        waits.sort_unstable();
        assert_eq!((waits[0], waits[509]), (100, 150));
        waits.dedup();
        assert_eq!(waits.len(), 51);
    }

    #[test]
    fn a_fault_for_one_request_strikes_one_however_many_come_at_once() {
        let faults = Faults::default();
        let effect = Effect::Refuse {
            refusal: Refusal::Limited,
        };
        let once = NewFault {
            times: Some(1),
            ..fault(100, effect)
        };
        faults.begin(once, 0).unwrap();
        let route = RouteName::from("orders");
        assert!(faults.strike(&target(&route), 1).is_empty());
        let ask = || faults.refuse(&target(&route), 1).is_some();
        let refused: usize = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(ask)).collect();
            let answers = threads.into_iter().map(|thread| thread.join().unwrap());
            answers.filter(|refused| *refused).count()
        });
        assert_eq!(refused, 1);
        assert!(faults.list(1).is_empty(), "it has ended");
    }

    #[test]
    fn who_is_let_through_is_let_through_once_past_all_limits_that_stop_them() {
        let faults = Faults::default();
        let place = |name: &str| LimitPlace {
            name: name.to_owned(),
            owner: LimitOwner::Gateway,
            partition: Some("ip 127.0.0.1".to_owned()),
        };
        let effect = Effect::LetThrough {
            past: vec![place("60/min"), place("100/day")],
        };
        let once = NewFault {
            times: Some(1),
            ..fault(100, effect)
        };
        faults.begin(once, 0).unwrap();
        let (route, owner) = (RouteName::from("orders"), LimitOwner::Gateway);
        let stopping = |name, partition| Stopping {
            name,
            owner: &owner,
            partition,
        };
        let minute = stopping("60/min", "ip 127.0.0.1");
        let target = target(&route);
        for stopped in [
            vec![minute, stopping("5/s", "ip 127.0.0.1")],
            vec![stopping("60/min", "ip 127.0.0.2")],
        ] {
            assert!(!faults.let_through(&target, &stopped, 1), "{stopped:?}");
        }
        let users = RouteName::from("users");
        let elsewhere = Target {
            route: &users,
            ..target
        };
        assert!(!faults.let_through(&elsewhere, &[minute], 1));
        assert!(faults.strike(&target, 1).is_empty() && faults.refuse(&target, 1).is_none());
        assert!(faults.would_let_through(&target, &[minute], 1));
        assert!(faults.let_through(&target, &[minute], 1));
        assert!(!faults.let_through(&target, &[minute], 1), "once");
        assert!(faults.list(1).is_empty());
    }

    #[test]
    fn there_are_not_too_many_and_ended_ones_do_not_count() {
        let faults = Faults::default();
        for _ in 0..MOST {
            faults.begin(fault(1, Effect::Reset), 0).unwrap();
        }
        assert_eq!(faults.begin(fault(1, Effect::Reset), 1), Err(TooMany));
        let last = faults.begin(fault(1, Effect::Reset), 60_000_000).unwrap();
        assert!(faults.end(last.id, 60_000_001));
        assert!(!faults.end(last.id, 60_000_001));
    }
}
