//! How much traffic there is right now: sums over the last ten seconds.

use std::sync::Arc;

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use tokio::sync::broadcast::error::RecvError;
use utoipa::ToSchema;

use crate::clock::Clock;
use crate::latency::{CELLS, cell, middle_of_cell};
use crate::record::Recorder;
use crate::record::summary::ExchangeSummary;

/// How many seconds the figures look back.
const WINDOW_S: u64 = 10;
const NS_PER_S: u64 = 1_000_000_000;
/// Traffic of the last ten seconds: requests whose end was recorded in that time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TrafficFigures {
    /// How many seconds these figures look back.
    pub window_s: u64,
    /// Requests that ended in the window.
    pub requests: u64,
    /// `requests` divided by the window.
    pub per_second: f64,
    /// Share of `requests`, 0 to 1, answered with a status of 500 or above, by a service or by the
    /// gateway itself. Absent without requests.
    pub error_share: Option<f64>,
    /// 95th percentile of the time from a request's arrival to the last byte of its answer, in
    /// microseconds, within 1 %. Absent without requests.
    pub p95_us: Option<u64>,
}

/// Keeps the figures up to date.
pub struct Figures {
    clock: Clock,
    seconds: Mutex<[Second; WINDOW_S as usize]>,
}

#[derive(Clone)]
struct Second {
    /// Which second since the clock was made this one holds.
    number: u64,
    requests: u64,
    errors: u64,
    durations: Box<[u32]>,
}

impl Figures {
    /// Figures without traffic.
    pub fn new(clock: Clock) -> Self {
        let empty = Second {
            number: u64::MAX,
            requests: 0,
            errors: 0,
            durations: vec![0; CELLS].into_boxed_slice(),
        };
        Self {
            clock,
            seconds: Mutex::new(std::array::from_fn(|_| empty.clone())),
        }
    }

    /// Figures of what `recorder` records from now on. Needs a Tokio runtime; ends with the recorder.
    pub fn follow(recorder: &Recorder, clock: Clock) -> Arc<Self> {
        let figures = Arc::new(Self::new(clock));
        let mut tail = recorder.tail();
        let follower = Arc::downgrade(&figures);
        tokio::spawn(async move {
            loop {
                let received = tail.recv().await;
                let Some(figures) = follower.upgrade() else {
                    return;
                };
                match received {
                    Ok(summary) => figures.count_summary(&summary),
                    // Missed rows are missing from the figures too; there is nothing to mend.
                    Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => return,
                }
            }
        });
        figures
    }

    fn count_summary(&self, summary: &ExchangeSummary) {
        self.count(summary.status >= 500, summary.duration_us);
    }

    /// Counts one request that has just ended.
    fn count(&self, failed: bool, duration_us: u64) {
        let now = self.clock.monotonic_ns() / NS_PER_S;
        let mut seconds = self.seconds.lock();
        let second = &mut seconds[(now % WINDOW_S) as usize];
        if second.number != now {
            second.number = now;
            second.requests = 0;
            second.errors = 0;
            second.durations.fill(0);
        }
        second.requests += 1;
        second.errors += u64::from(failed);
        second.durations[cell(duration_us)] += 1;
    }

    /// The figures at this moment.
    pub fn now(&self) -> TrafficFigures {
        let now = self.clock.monotonic_ns() / NS_PER_S;
        let seconds = self.seconds.lock();
        let recent = || {
            seconds
                .iter()
                .filter(|second| second.number <= now && now - second.number < WINDOW_S)
        };
        let requests: u64 = recent().map(|second| second.requests).sum();
        if requests == 0 {
            return TrafficFigures {
                window_s: WINDOW_S,
                ..TrafficFigures::default()
            };
        }
        let errors: u64 = recent().map(|second| second.errors).sum();
        // Nearest rank: the smallest value that at least 95 % of the requests do not exceed.
        let rank = (requests * 95).div_ceil(100);
        let mut below = 0;
        let p95 = (0..CELLS).find(|&index| {
            below += recent()
                .map(|second| u64::from(second.durations[index]))
                .sum::<u64>();
            below >= rank
        });
        TrafficFigures {
            window_s: WINDOW_S,
            requests,
            per_second: requests as f64 / WINDOW_S as f64,
            error_share: Some(errors as f64 / requests as f64),
            p95_us: p95.map(middle_of_cell),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn figures_cover_ten_seconds_and_forget() {
        let (clock, hands) = Clock::manual(0);
        let figures = Figures::new(clock);
        assert_eq!(figures.now().p95_us, None);
        for ms in 1..=100 {
            figures.count(ms > 98, ms * 1000);
        }
        let now = figures.now();
        assert_eq!(
            (now.requests, now.per_second, now.error_share),
            (100, 10.0, Some(0.02))
        );
        let p95 = now.p95_us.unwrap();
        assert!(p95.abs_diff(95_000) < 950, "{p95}");

        hands.advance(Duration::from_secs(9));
        figures.count(false, 10);
        assert_eq!(figures.now().requests, 101);
        hands.advance(Duration::from_secs(1));
        assert_eq!(figures.now().requests, 1);
        hands.advance(Duration::from_secs(60));
        assert_eq!(
            figures.now(),
            TrafficFigures {
                window_s: 10,
                ..TrafficFigures::default()
            }
        );
    }
}
