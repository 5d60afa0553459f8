//! So many requests in each calendar period, exactly.

use std::sync::Arc;

use arc_swap::ArcSwap;

use super::algorithm::{Algorithm, Bounds, Reading};
use super::calendar::{Period, Zone};
use crate::clock::Now;
use crate::config::CalendarPeriod;

/// At most `requests` in each calendar day, week or month of a time zone.
pub(super) struct CalendarQuota {
    pub requests: u64,
    pub per: CalendarPeriod,
    pub zone: Arc<Zone>,
    /// The period that was asked for last: nearly always the one that is asked for next.
    current: ArcSwap<Period>,
}

/// A period and what was counted in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Used {
    /// The period.
    pub period: Period,
    /// How many requests.
    pub used: u64,
}

impl CalendarQuota {
    pub(super) fn new(requests: u64, per: CalendarPeriod, zone: Arc<Zone>) -> Self {
        let current = ArcSwap::from_pointee(zone.period(per, 0));
        Self {
            requests,
            per,
            zone,
            current,
        }
    }

    /// The period of now.
    fn period(&self, now: Now) -> Period {
        let known = **self.current.load();
        if known.start_us <= now.epoch_us && now.epoch_us < known.end_us {
            return known;
        }
        let period = self.zone.period(self.per, now.epoch_us);
        self.current.store(Arc::new(period));
        period
    }

    /// What counts now. A clock or a time zone that changed gives nobody a second quota.
    fn at(&self, state: &Used, now: Now) -> Used {
        let period = self.period(now);
        let length_us = period.end_us.saturating_sub(period.start_us);
        let ahead_us = state.period.start_us.saturating_sub(period.end_us);
        if state.period == period {
            *state
        } else if state.period.end_us <= period.start_us {
            Used { period, used: 0 }
        } else if (0..length_us).contains(&ahead_us) {
            // The clock went back a little, over the end of a period: it will come again.
            *state
        } else {
            // The time zone changed; or the clock had been far ahead, and should not leave callers
            // locked out until it gets there.
            Used {
                period,
                used: state.used,
            }
        }
    }
}

impl Algorithm for CalendarQuota {
    type State = Used;

    fn fresh(&self, now: Now) -> Used {
        Used {
            period: self.period(now),
            used: 0,
        }
    }

    fn read(&self, state: &Used, now: Now) -> Reading {
        let Used { period, used } = self.at(state, now);
        let left = self.requests.saturating_sub(used);
        let until_us = period.end_us.saturating_sub(now.epoch_us);
        let until_ns = u64::try_from(until_us).unwrap_or(0).saturating_mul(1_000);
        Reading {
            used,
            left,
            wait_ns: if left == 0 { until_ns } else { 0 },
            rest_ns: until_ns,
            resets_at_us: period.end_us,
        }
    }

    fn count(&self, state: &mut Used, now: Now) {
        *state = self.at(state, now);
        state.used += 1;
    }

    /// A clock that is far behind what was counted is believed once, not anew with each request.
    fn pass_by(&self, state: &mut Used, now: Now) -> bool {
        let before = std::mem::replace(state, self.at(state, now));
        *state != before
    }

    fn tidy(&self, state: &mut Used, now: Now) -> bool {
        self.at(state, now).used == 0
    }

    /// About 32 MiB.
    fn bounds(&self) -> Bounds {
        Bounds {
            partitions: 1 << 18,
            words: usize::MAX,
        }
    }
}
