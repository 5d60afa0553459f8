//! How many instances there should be, and what is remembered of that (PR-5).

use super::crashes::Crashes;
use super::fleet::Fleet;
use super::hand::Hand;
use super::managed::Rules;
use super::member::Phase;
use super::scaler::{Advice, Aim};
use super::state::{ScaleDecision, ScaleSample};
use crate::clock::Now;

/// How often how things stand is remembered,
const SAMPLE_NS: u64 = 1_000_000_000;
/// and how many times.
const SAMPLES: usize = 300;
const DECISIONS: usize = 100;

impl Fleet {
    /// How many instances there should be, and why.
    pub(super) fn advise(&mut self, now: Now, approved: bool, rules: &Rules) -> Advice {
        let now_ns = now.monotonic_ns;
        if let Hand::Pinned { until_ns, .. } = self.hand
            && now_ns >= until_ns
        {
            self.hand = Hand::Off;
        }
        let aim = Aim {
            target: rules.target_in_flight,
            min: rules.min,
            max: rules.max,
            stable_ns: rules.stable_ns,
            panic_ns: rules.panic_ns,
            idle_ns: rules.idle_ns,
        };
        let ready = self.ready();
        let mut advice = self.scaler.advise(now_ns, ready, &aim);
        let mut instead = |wanted, because: &str| {
            advice.wanted = wanted;
            advice.because = because.to_owned();
        };
        match self.hand {
            _ if !self.runs => instead(0, "the gateway stops, or the program is another now"),
            _ if !approved => instead(0, "no person has approved the command yet"),
            Hand::Stopped => instead(0, "a person stopped it"),
            Hand::Pinned { count, .. } => instead(count.min(rules.max), "a person said so"),
            Hand::Off if self.crashes.loop_left_ns(now_ns).is_some() && ready == 0 => {
                instead(0, "it crashes again and again")
            }
            Hand::Off => {}
        }
        advice
    }

    /// Takes the advice; whether that is a change.
    pub(super) fn decide(&mut self, now: Now, in_flight: u64, advice: &Advice) -> bool {
        if advice.wanted == self.wanted {
            return false;
        }
        if self.decisions.len() == DECISIONS {
            self.decisions.pop_front();
        }
        self.decisions.push_back(ScaleDecision {
            at_us: now.epoch_us,
            from: self.wanted,
            to: advice.wanted,
            because: advice.because.clone(),
            in_flight,
            stable: advice.stable,
            panic: advice.panic,
            panicking: advice.panicking,
            ready: self.ready(),
        });
        self.wanted = advice.wanted;
        true
    }

    /// Remembers that an instance does not crash any more.
    pub(super) fn note_health(&mut self, now_ns: u64) {
        let well = self.instances.iter().any(|one| {
            one.phase == Phase::Ready
                && one.ready.as_ref().is_some_and(|(ready, _)| {
                    Crashes::is_long_enough(now_ns.saturating_sub(ready.monotonic_ns))
                })
        });
        if well && self.crashes.recent() > 0 {
            self.crashes.recovered();
        }
    }

    /// Remembers how things stand, once a second; whether it did.
    pub(super) fn sample(&mut self, now: Now, in_flight: u64) -> bool {
        let due = self
            .sampled_ns
            .is_none_or(|at| now.monotonic_ns.saturating_sub(at) >= SAMPLE_NS);
        if !due {
            return false;
        }
        self.sampled_ns = Some(now.monotonic_ns);
        if self.history.len() == SAMPLES {
            self.history.pop_front();
        }
        self.history.push_back(ScaleSample {
            at_us: now.epoch_us,
            in_flight,
            ready: self.ready(),
            wanted: self.wanted,
        });
        true
    }
}
