//! What checks say of a target. Made in [`crate::gateway::checks`]; only counted here.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use parking_lot::Mutex;

use super::super::balance::Changes;
use super::super::service_state::CheckResult;
use crate::config::ActiveCheckKind;

/// How a target is checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckRule {
    /// How.
    pub kind: ActiveCheckKind,
    /// Path of the request, the path of the target's URL before it.
    pub path: String,
    /// Statuses that mean well; empty for 200 to 399.
    pub statuses: Vec<u16>,
    /// Time between two checks.
    pub interval_ms: u64,
    /// Time for an answer.
    pub timeout_ms: u64,
    /// Good checks in a row until a target is used again.
    pub healthy_after: u16,
    /// Bad checks in a row until it is left out.
    pub unhealthy_after: u16,
}

/// The checks of one target. It is well until they have proved otherwise.
#[derive(Debug)]
pub struct Checked {
    /// How it is checked.
    pub rule: CheckRule,
    healthy: AtomicBool,
    /// When the next check begins, on the clock's monotonic scale; past while one runs.
    next_ns: AtomicU64,
    results: Mutex<Results>,
    changes: Arc<Changes>,
}

#[derive(Debug, Default)]
struct Results {
    /// Results in a row that speak against how it is seen.
    against: u16,
    last: Option<CheckResult>,
}

impl Checked {
    /// A target that was not checked yet. What changes is counted in `changes`.
    pub fn new(rule: CheckRule, changes: Arc<Changes>) -> Self {
        Self {
            rule,
            healthy: AtomicBool::new(true),
            next_ns: AtomicU64::new(0),
            results: Mutex::default(),
            changes,
        }
    }

    /// Whether it is used.
    pub fn is_healthy(&self) -> bool {
        self.healthy.load(Ordering::Relaxed)
    }

    /// The last check, once there was one.
    pub fn last(&self) -> Option<CheckResult> {
        self.results.lock().last.clone()
    }

    /// Says when the next check begins, on the clock's monotonic scale.
    pub fn next_at(&self, next_ns: u64) {
        self.next_ns.store(next_ns, Ordering::Relaxed);
    }

    /// When it is looked at again and what for, as a clause.
    pub fn what_next(&self, now_ns: u64) -> String {
        let good = match self.rule.healthy_after {
            1 => "1 good check".to_owned(),
            more => format!("{more} good checks in a row"),
        };
        let wait_ns = self.next_ns.load(Ordering::Relaxed).saturating_sub(now_ns);
        match wait_ns.div_ceil(1_000_000) {
            0 => format!("it is being checked, and is used again after {good}"),
            ms => format!("the next check is in {ms} ms, and it is used again after {good}"),
        }
    }

    /// A status of the answer to a check that means well.
    pub fn is_good(&self, status: u16) -> bool {
        match self.rule.statuses.is_empty() {
            true => (200..400).contains(&status),
            false => self.rule.statuses.contains(&status),
        }
    }

    /// Counts a check.
    pub fn record(&self, result: CheckResult) {
        let mut results = self.results.lock();
        let healthy = self.is_healthy();
        let first = results.last.is_none();
        match result.good == healthy {
            true => results.against = 0,
            false => results.against += 1,
        }
        let enough = match healthy {
            true => self.rule.unhealthy_after,
            false => self.rule.healthy_after,
        };
        let turned = results.against >= enough;
        if turned {
            results.against = 0;
            self.healthy.store(!healthy, Ordering::Relaxed);
        }
        results.last = Some(result);
        drop(results);
        if turned || first {
            self.changes.add();
        }
    }

    /// Why it is left out, as the end of a sentence about it.
    pub fn why(&self) -> String {
        let last = self.last();
        match last.as_ref().map(|last| (last.status, &last.error)) {
            Some((Some(status), _)) => format!("fails its checks with status {status}"),
            Some((None, Some(error))) => format!("fails its checks: {error}"),
            _ => "fails its checks".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(healthy_after: u16, unhealthy_after: u16) -> Checked {
        let rule = CheckRule {
            kind: ActiveCheckKind::Http,
            path: "/".to_owned(),
            statuses: Vec::new(),
            interval_ms: 1_000,
            timeout_ms: 100,
            healthy_after,
            unhealthy_after,
        };
        Checked::new(rule, Arc::default())
    }

    fn record(checked: &Checked, good: bool) -> bool {
        checked.record(CheckResult {
            at_us: 0,
            good,
            status: None,
            error: None,
            took_us: 0,
        });
        checked.is_healthy()
    }

    #[test]
    fn thresholds_hold_both_ways_and_count_only_what_comes_in_a_row() {
        let checked = checked(3, 2);
        let bad_good = [
            false, true, false, false, true, true, false, true, true, true,
        ];
        let seen: Vec<_> = bad_good.map(|good| record(&checked, good)).to_vec();
        assert_eq!(
            seen,
            [
                true, true, true, false, false, false, false, false, false, true
            ]
        );
    }

    #[test]
    fn when_the_next_check_is_can_be_told() {
        let target = checked(3, 1);
        assert_eq!(
            target.what_next(5),
            "it is being checked, and is used again after 3 good checks in a row"
        );
        target.next_at(2_500_000_001);
        assert_eq!(
            target.what_next(1_000_000_000),
            "the next check is in 1501 ms, and it is used again after 3 good checks in a row"
        );
        let target = checked(1, 1);
        target.next_at(1_000_000);
        assert_eq!(
            target.what_next(1_000_000),
            "it is being checked, and is used again after 1 good check"
        );
    }

    #[test]
    fn only_a_turn_and_the_first_check_are_news() {
        let checked = checked(1, 1);
        for good in [true, true, true, false, false, true] {
            record(&checked, good);
        }
        assert_eq!(checked.changes.count(), 3);
    }
}
