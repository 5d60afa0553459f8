//! The faults that are switched on.

use std::sync::Arc;

use arc_swap::ArcSwap;
use parking_lot::Mutex;
use uuid::Uuid;

use super::running::Running;
use super::{Fault, MOST, NewFault, Refusal, Stopping, Strike, Target};

/// The faults that are switched on. Requests read them without a lock.
#[derive(Default)]
pub struct Faults {
    on: ArcSwap<Vec<Arc<Running>>>,
    /// Held by whoever switches one on or off.
    changing: Mutex<()>,
}

impl Faults {
    /// Switches one on.
    ///
    /// # Errors
    /// As many are on as there may be.
    pub fn begin(&self, new: NewFault, now_us: i64) -> Result<Fault, TooMany> {
        let fault = Arc::new(Running::begin(new, now_us));
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
        let still = on.iter().filter(|fault| fault.is_on(now_us));
        still.cloned().collect()
    }
}

/// As many faults are on as there may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{MOST} faults are on; switch one off first")]
pub struct TooMany;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faults::{Effect, LimitPlace};
    use crate::ids::{KeyId, RouteName, VersionName};
    use crate::record::decision::LimitOwner;

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
