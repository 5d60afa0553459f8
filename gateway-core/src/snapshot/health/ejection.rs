//! What requests say of a target: after failures in a row it is left out for a while, then one
//! request is let through, and what becomes of that decides (LB-2).

use std::sync::Arc;

use parking_lot::Mutex;

use super::super::balance::Changes;

/// Longest time that a target is left out: five minutes.
const LONGEST_NS: u64 = 300_000_000_000;

/// When a target is left out, and for how long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EjectionRule {
    /// Failures in a row.
    pub failures: u32,
    /// Statuses that count as failures.
    pub statuses: Vec<u16>,
    /// How long the first time, in nanoseconds.
    pub eject_ns: u64,
}

/// What requests said of one target.
#[derive(Debug)]
pub struct Ejection {
    /// When it is left out.
    pub rule: EjectionRule,
    state: Mutex<State>,
    changes: Arc<Changes>,
}

#[derive(Debug, Default)]
struct State {
    failures: u32,
    out: Option<Out>,
    /// The last time it was left out: for how long, and when it came back.
    before: Option<(u64, u64)>,
}

#[derive(Debug)]
struct Out {
    until_ns: u64,
    for_ns: u64,
    why: String,
    probing: bool,
}

/// Whether a target is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is.
    In,
    /// It is left out; or one request finds out just now whether it must be.
    Out {
        /// Until when, on the clock's monotonic scale.
        until_ns: u64,
        /// Why.
        why: String,
    },
    /// It was left out long enough: one request may try it.
    Due,
}

impl Ejection {
    /// A target that is used. What changes is counted in `changes`.
    pub fn new(rule: EjectionRule, changes: Arc<Changes>) -> Self {
        Self {
            rule,
            state: Mutex::default(),
            changes,
        }
    }

    /// Whether it is used.
    pub fn standing(&self, now_ns: u64) -> Standing {
        match &self.state.lock().out {
            None => Standing::In,
            Some(out) if !out.probing && now_ns >= out.until_ns => Standing::Due,
            Some(out) => Standing::Out {
                until_ns: out.until_ns,
                why: out.why.clone(),
            },
        }
    }

    /// Failures in a row, until now.
    pub fn failures(&self) -> u32 {
        self.state.lock().failures
    }

    /// Whether one request finds out just now whether it has recovered.
    pub fn is_probed(&self) -> bool {
        self.state
            .lock()
            .out
            .as_ref()
            .is_some_and(|out| out.probing)
    }

    /// Takes the place of the one request that may try it.
    pub fn begin_probe(&self, now_ns: u64) -> bool {
        match &mut self.state.lock().out {
            Some(out) if !out.probing && now_ns >= out.until_ns => {
                out.probing = true;
                true
            }
            _ => false,
        }
    }

    /// The probe ended without saying anything: another may follow.
    pub fn probe_abandoned(&self) {
        if let Some(out) = &mut self.state.lock().out {
            out.probing = false;
        }
    }

    /// A request succeeded. While the target is left out only the probe counts: others began before.
    pub fn succeeded(&self, probe: bool, now_ns: u64) {
        let mut state = self.state.lock();
        match (&state.out, probe) {
            (None, _) => state.failures = 0,
            (Some(_), false) => {}
            (Some(out), true) => {
                state.before = Some((out.for_ns, now_ns));
                state.out = None;
                state.failures = 0;
                self.changes.add();
            }
        }
    }

    /// A request failed.
    pub fn failed(&self, probe: bool, why: &str, now_ns: u64) {
        let mut state = self.state.lock();
        state.failures = state.failures.saturating_add(1);
        let for_ns = match (&state.out, probe) {
            (None, _) if state.failures < self.rule.failures => return,
            (None, _) => state.next_ns(self.rule.eject_ns, now_ns),
            (Some(_), false) => return,
            (Some(out), true) => doubled(out.for_ns),
        };
        let why = match state.failures {
            1 => format!("a request failed ({why})"),
            failures => format!("{failures} requests in a row failed (the last: {why})"),
        };
        state.out = Some(Out {
            until_ns: now_ns.saturating_add(for_ns),
            for_ns,
            why,
            probing: false,
        });
        self.changes.add();
    }
}

impl State {
    /// For how long it is left out now. One that keeps coming back and failing is left out longer
    /// each time; one that stayed well for as long as it had been out begins anew.
    fn next_ns(&self, first_ns: u64, now_ns: u64) -> u64 {
        match self.before {
            Some((for_ns, since_ns)) if now_ns.saturating_sub(since_ns) < for_ns => doubled(for_ns),
            _ => first_ns,
        }
    }
}

fn doubled(ns: u64) -> u64 {
    ns.saturating_mul(2).min(LONGEST_NS)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    fn ejection() -> Ejection {
        let rule = EjectionRule {
            failures: 3,
            statuses: vec![503],
            eject_ns: 10 * SECOND,
        };
        Ejection::new(rule, Arc::default())
    }

    fn fail(ejection: &Ejection, times: u32, now_ns: u64) {
        for _ in 0..times {
            ejection.failed(false, "reset", now_ns);
        }
    }

    fn until(ejection: &Ejection, now_ns: u64) -> Option<u64> {
        match ejection.standing(now_ns) {
            Standing::Out { until_ns, .. } => Some(until_ns / SECOND),
            Standing::In | Standing::Due => None,
        }
    }

    #[test]
    fn only_failures_in_a_row_count() {
        let target = ejection();
        fail(&target, 2, 0);
        target.succeeded(false, 0);
        fail(&target, 2, 0);
        assert_eq!(target.standing(0), Standing::In);
        fail(&target, 1, 0);
        assert_eq!(until(&target, 0), Some(10));
    }

    /// LB-2
    #[test]
    fn a_target_left_out_is_tried_by_one_request_and_then_again_or_longer_left_out() {
        let target = ejection();
        fail(&target, 3, 0);
        assert!(!target.begin_probe(9 * SECOND));
        assert_eq!(target.standing(10 * SECOND), Standing::Due);
        assert!(target.begin_probe(10 * SECOND));
        assert!(!target.begin_probe(10 * SECOND), "one at a time");
        target.failed(true, "reset", 10 * SECOND);
        assert_eq!(until(&target, 10 * SECOND), Some(30), "twice as long");
        assert!(target.begin_probe(30 * SECOND));
        target.probe_abandoned();
        assert!(target.begin_probe(31 * SECOND), "the caller left");
        target.succeeded(true, 31 * SECOND);
        assert_eq!(target.standing(31 * SECOND), Standing::In);
    }

    #[test]
    fn back_off_doubles_up_to_five_minutes_and_begins_anew_after_a_time_as_long_without_failures() {
        let target = ejection();
        fail(&target, 3, 0);
        let mut now = 0;
        let mut waits = Vec::new();
        for _ in 0..7 {
            let end = until(&target, now).unwrap() * SECOND;
            waits.push((end - now) / SECOND);
            now = end;
            assert!(target.begin_probe(now));
            target.failed(true, "reset", now);
        }
        assert_eq!(waits, [10, 20, 40, 80, 160, 300, 300]);
        now += 300 * SECOND;
        assert!(target.begin_probe(now));
        target.succeeded(true, now);
        now += 299 * SECOND;
        fail(&target, 3, now);
        assert_eq!(until(&target, now), Some(now / SECOND + 300), "too soon");
        now += 300 * SECOND;
        assert!(target.begin_probe(now));
        target.succeeded(true, now);
        now += 300 * SECOND;
        fail(&target, 3, now);
        assert_eq!(until(&target, now), Some(now / SECOND + 10));
    }

    #[test]
    fn requests_that_began_before_a_target_was_left_out_change_nothing() {
        let target = ejection();
        fail(&target, 3, 0);
        target.succeeded(false, SECOND);
        fail(&target, 9, SECOND);
        assert_eq!(until(&target, SECOND), Some(10));
    }
}
