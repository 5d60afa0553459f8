//! Programs that end by themselves: tried again at once, then after a while, then not for longer and
//! longer (PR-4).

use std::collections::VecDeque;

/// So many crashes
const MOST: usize = 3;
/// in this time are a loop.
const WINDOW_NS: u64 = 60_000_000_000;
/// Pause after the second crash in a row; there is none after the first.
const PAUSE_NS: u64 = 500_000_000;
/// Pause of the first loop; twice as long each time,
const LOOP_NS: u64 = 10_000_000_000;
/// up to this.
const LONGEST_NS: u64 = 300_000_000_000;

/// The crashes of a service's program.
#[derive(Debug, Default)]
pub struct Crashes {
    recent: VecDeque<u64>,
    total: u64,
    loops: u32,
    /// Until when none is started, on the clock's monotonic scale.
    pause_until_ns: u64,
    in_loop: bool,
    last: Option<Crash>,
}

/// One crash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crash {
    /// What became of the instance, in one sentence.
    pub reason: String,
    /// Its last lines on standard error.
    pub output: Vec<String>,
    /// When, microseconds since 1970.
    pub at_us: i64,
}

impl Crashes {
    /// Another one.
    pub fn record(&mut self, now_ns: u64, crash: Crash) {
        self.total += 1;
        self.last = Some(crash);
        self.recent.push_back(now_ns);
        let from_ns = now_ns.saturating_sub(WINDOW_NS);
        while self.recent.front().is_some_and(|at| *at < from_ns) {
            self.recent.pop_front();
        }
        // The one try after a loop's pause has failed too.
        if self.in_loop || self.recent.len() >= MOST {
            self.in_loop = true;
            let pause_ns = LOOP_NS
                .saturating_mul(1 << self.loops.min(10))
                .min(LONGEST_NS);
            self.loops += 1;
            self.pause_until_ns = now_ns.saturating_add(pause_ns);
        } else if self.recent.len() > 1 {
            self.pause_until_ns = now_ns.saturating_add(PAUSE_NS);
        }
    }

    /// An instance got ready and has stayed so for a while.
    pub fn recovered(&mut self) {
        self.recent.clear();
        self.loops = 0;
        self.in_loop = false;
        self.pause_until_ns = 0;
    }

    /// Whether one has been ready for long enough to say that it does not crash any more.
    pub fn is_long_enough(ready_for_ns: u64) -> bool {
        ready_for_ns >= WINDOW_NS
    }

    /// Whether none is started at the moment since they crash again and again, and for how many
    /// nanoseconds.
    pub fn loop_left_ns(&self, now_ns: u64) -> Option<u64> {
        (self.in_loop && now_ns < self.pause_until_ns).then(|| self.pause_until_ns - now_ns)
    }

    /// Whether they crash again and again, as far as is known.
    pub fn is_loop(&self) -> bool {
        self.in_loop
    }

    /// From when on one may be started.
    pub fn may_start_at_ns(&self) -> u64 {
        self.pause_until_ns
    }

    /// The last one.
    pub fn last(&self) -> Option<&Crash> {
        self.last.as_ref()
    }

    /// How many there were since Gatewright started.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// How many there were in the last minute.
    pub fn recent(&self) -> usize {
        self.recent.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: u64 = 1_000_000_000;

    fn crash() -> Crash {
        Crash {
            reason: "it ended with status 1".to_owned(),
            output: Vec::new(),
            at_us: 0,
        }
    }

    /// PR-4
    #[test]
    fn three_crashes_in_a_minute_are_a_loop_whose_pause_grows() {
        let mut crashes = Crashes::default();
        crashes.record(0, crash());
        assert_eq!((crashes.is_loop(), crashes.may_start_at_ns()), (false, 0));
        crashes.record(S, crash());
        assert_eq!(crashes.may_start_at_ns(), S + S / 2);
        crashes.record(2 * S, crash());
        assert_eq!(crashes.loop_left_ns(2 * S), Some(10 * S));
        assert_eq!(crashes.loop_left_ns(12 * S), None, "one more try");
        crashes.record(12 * S, crash());
        assert_eq!(crashes.loop_left_ns(12 * S), Some(20 * S));
        crashes.recovered();
        assert!(!crashes.is_loop());
        assert_eq!(crashes.total(), 4);
    }

    #[test]
    fn crashes_now_and_then_are_no_loop() {
        let mut crashes = Crashes::default();
        for minute in 0..10 {
            crashes.record(minute * 31 * S, crash());
            assert!(!crashes.is_loop());
        }
    }
}
