//! How many instances there should be: the rule of Knative's autoscaler, on a laptop's scale.
//!
//! Running requests are averaged over two windows. The longer one decides; where the shorter one
//! asks for at least twice as many instances as are ready, it decides ("panic"), and none is taken
//! away until the longer window has passed since. Never more than half of them go at once, and the
//! last one goes when there was no request for a while.

use std::collections::VecDeque;

/// What is aimed at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Aim {
    /// Running requests for each instance.
    pub target: u32,
    /// Fewest instances.
    pub min: u32,
    /// Most instances.
    pub max: u32,
    /// The longer window, in nanoseconds.
    pub stable_ns: u64,
    /// The shorter window, in nanoseconds.
    pub panic_ns: u64,
    /// After how long without a request none is needed, in nanoseconds.
    pub idle_ns: u64,
}

/// What was found, and what follows.
#[derive(Clone, Debug, PartialEq)]
pub struct Advice {
    /// How many instances there should be.
    pub wanted: u32,
    /// Running requests on average, over the longer window.
    pub stable: f64,
    /// Over the shorter one.
    pub panic: f64,
    /// Whether the shorter one decides.
    pub panicking: bool,
    /// Why that many, in one sentence.
    pub because: String,
}

/// Remembers how many requests ran.
#[derive(Debug, Default)]
pub struct Scaler {
    /// From when to when how many ran; oldest first.
    spans: VecDeque<(u64, u64, u64)>,
    last: Option<(u64, u64)>,
    /// When there was last a request.
    busy_ns: Option<u64>,
    panic: Option<Panic>,
}

#[derive(Debug)]
struct Panic {
    until_ns: u64,
    most: u32,
}

impl Scaler {
    /// So many requests run from now on.
    pub fn record(&mut self, now_ns: u64, in_flight: u64, keep_ns: u64) {
        if let Some((since_ns, before)) = self.last
            && now_ns > since_ns
        {
            self.spans.push_back((since_ns, now_ns, before));
        }
        self.last = Some((now_ns, in_flight));
        let from_ns = now_ns.saturating_sub(keep_ns);
        while self
            .spans
            .front()
            .is_some_and(|(_, end, _)| *end <= from_ns)
        {
            self.spans.pop_front();
        }
        if in_flight > 0 {
            self.busy_ns = Some(now_ns);
        }
    }

    /// As if a request had just been there.
    pub fn touch(&mut self, now_ns: u64) {
        self.busy_ns = Some(now_ns);
    }

    /// As if there had never been one. A burst after a rest is not averaged with the rest.
    pub fn rest(&mut self) {
        *self = Self::default();
    }

    /// How many ran on average in the last `window_ns`, or since it is known.
    fn average(&self, now_ns: u64, window_ns: u64) -> f64 {
        let from_ns = now_ns.saturating_sub(window_ns);
        let (mut sum, mut time) = (0.0, 0.0);
        for (start, end, in_flight) in &self.spans {
            let length = end.saturating_sub((*start).max(from_ns));
            sum += as_f64(*in_flight) * as_f64(length);
            time += as_f64(length);
        }
        match time > 0.0 {
            true => sum / time,
            false => self.last.map_or(0.0, |(_, in_flight)| as_f64(in_flight)),
        }
    }

    /// How many instances there should be, where `ready` of them are.
    pub fn advise(&mut self, now_ns: u64, ready: u32, aim: &Aim) -> Advice {
        let stable = self.average(now_ns, aim.stable_ns);
        let panic = self.average(now_ns, aim.panic_ns);
        let needed = |average: f64| whole((average / f64::from(aim.target.max(1))).ceil());
        let (for_stable, for_panic) = (needed(stable), needed(panic));
        // Until the first is ready nothing can be said of its load: that is no panic.
        if ready > 0 && for_panic >= 2 * ready && for_panic > 1 {
            let until_ns = now_ns.saturating_add(aim.stable_ns);
            let most = self.panic.as_ref().map_or(0, |panic| panic.most);
            self.panic = Some(Panic {
                until_ns,
                most: most.max(for_panic),
            });
        } else if self.panic.as_ref().is_some_and(|p| now_ns >= p.until_ns) {
            self.panic = None;
        }
        let panicking = self.panic.is_some();
        let target = aim.target;
        let (mut wanted, mut because) = match &self.panic {
            Some(panicked) => (
                panicked.most.max(for_panic).max(ready),
                format!(
                    "{panic:.1} requests ran on average in the last {}, {target} are meant for \
                     each: at least twice as many as were ready",
                    seconds(aim.panic_ns)
                ),
            ),
            None => (
                for_stable.max(ready / 2),
                format!(
                    "{stable:.1} requests ran on average in the last {}, {target} are meant for \
                     each",
                    seconds(aim.stable_ns)
                ),
            ),
        };
        let in_flight = self.last.map_or(0, |(_, in_flight)| in_flight);
        let idle_for = self.busy_ns.map(|busy| now_ns.saturating_sub(busy));
        match idle_for {
            _ if in_flight > 0 => {
                if ready == 0 {
                    // What waits needs room at once.
                    wanted = wanted.max(needed(as_f64(in_flight)));
                    let wait = match in_flight {
                        1 => "1 request waits".to_owned(),
                        n => format!("{n} requests wait"),
                    };
                    because = format!("{wait}, {target} are meant for each");
                }
                wanted = wanted.max(1);
            }
            Some(idle) if idle < aim.idle_ns => wanted = wanted.max(1),
            Some(_) => {
                wanted = 0;
                self.panic = None;
                because = format!("there was no request for {}", seconds(aim.idle_ns));
            }
            None => {
                wanted = 0;
                because = "there was no request yet".to_owned();
            }
        }
        if wanted < aim.min {
            because = format!("{because}; at least {} run always", aim.min);
        }
        if wanted > aim.max {
            because = format!(
                "{because}, which asks for {wanted}; at most {} may run",
                aim.max
            );
        }
        Advice {
            wanted: wanted.clamp(aim.min.min(aim.max), aim.max),
            stable,
            panic,
            panicking,
            because,
        }
    }
}

fn seconds(ns: u64) -> String {
    let seconds = as_f64(ns) / 1e9;
    match seconds.fract() == 0.0 {
        true => format!("{seconds:.0} s"),
        false => format!("{seconds:.1} s"),
    }
}

fn as_f64(n: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "an average is no exact number")]
    let n = n as f64;
    n
}

fn whole(n: f64) -> u32 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "no negative number comes here, and large ones are cut off"
    )]
    let n = n.min(1e6) as u32;
    n
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: u64 = 1_000_000_000;
    const AIM: Aim = Aim {
        target: 10,
        min: 0,
        max: 8,
        stable_ns: 20 * S,
        panic_ns: 2 * S,
        idle_ns: 30 * S,
    };

    /// Lets so many requests run for so many seconds, told ten times a second.
    fn run(scaler: &mut Scaler, now: &mut u64, seconds: u64, in_flight: u64) {
        for _ in 0..seconds * 10 {
            scaler.record(*now, in_flight, AIM.stable_ns);
            *now += S / 10;
        }
        scaler.record(*now, in_flight, AIM.stable_ns);
    }

    #[test]
    fn nothing_runs_before_the_first_request_and_one_instance_for_it() {
        let mut scaler = Scaler::default();
        assert_eq!(scaler.advise(0, 0, &AIM).wanted, 0);
        scaler.record(S, 1, AIM.stable_ns);
        assert_eq!(scaler.advise(S, 0, &AIM).wanted, 1);
        let always = Aim { min: 2, ..AIM };
        assert_eq!(Scaler::default().advise(0, 0, &always).wanted, 2);
    }

    #[test]
    fn what_waits_for_the_first_instance_gets_room_for_all_of_it() {
        let mut scaler = Scaler::default();
        scaler.record(S, 35, AIM.stable_ns);
        assert_eq!(scaler.advise(S, 0, &AIM).wanted, 4);
    }

    #[test]
    fn a_steady_load_gets_an_instance_for_each_share_of_it() {
        let (mut scaler, mut now) = (Scaler::default(), 0);
        run(&mut scaler, &mut now, 30, 25);
        let advice = scaler.advise(now, 3, &AIM);
        assert_eq!((advice.wanted, advice.panicking), (3, false));
        assert!((advice.stable - 25.0).abs() < 0.01, "{advice:?}");
        assert_eq!(
            advice.because,
            "25.0 requests ran on average in the last 20 s, 10 are meant for each"
        );
    }

    #[test]
    fn a_burst_is_followed_by_the_short_window_and_none_goes_until_the_long_one_has_passed() {
        let (mut scaler, mut now) = (Scaler::default(), 0);
        run(&mut scaler, &mut now, 20, 5);
        assert_eq!(scaler.advise(now, 1, &AIM).wanted, 1);
        run(&mut scaler, &mut now, 2, 50);
        let advice = scaler.advise(now, 1, &AIM);
        assert!(advice.panicking, "{advice:?}");
        assert_eq!(advice.wanted, 5);
        // Calm again, but not for long enough.
        run(&mut scaler, &mut now, 15, 1);
        let advice = scaler.advise(now, 5, &AIM);
        assert_eq!((advice.wanted, advice.panicking), (5, true));
        run(&mut scaler, &mut now, 6, 1);
        let advice = scaler.advise(now, 5, &AIM);
        assert_eq!(
            (advice.wanted, advice.panicking),
            (2, false),
            "half at once"
        );
        assert_eq!(scaler.advise(now, 2, &AIM).wanted, 1);
    }

    #[test]
    fn the_last_one_goes_after_a_rest_and_not_before() {
        let (mut scaler, mut now) = (Scaler::default(), 0);
        run(&mut scaler, &mut now, 1, 1);
        run(&mut scaler, &mut now, 29, 0);
        assert_eq!(scaler.advise(now, 1, &AIM).wanted, 1);
        run(&mut scaler, &mut now, 1, 0);
        let advice = scaler.advise(now, 1, &AIM);
        assert_eq!(advice.wanted, 0);
        assert_eq!(advice.because, "there was no request for 30 s");
    }

    #[test]
    fn never_more_than_the_most() {
        let mut scaler = Scaler::default();
        scaler.record(S, 500, AIM.stable_ns);
        let advice = scaler.advise(S, 0, &AIM);
        assert_eq!(advice.wanted, 8);
        assert!(
            advice
                .because
                .ends_with("which asks for 50; at most 8 may run")
        );
    }
}
