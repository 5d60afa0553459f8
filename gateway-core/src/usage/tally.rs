//! Counts exchanges in memory until the sums can be stored. Bounded: where that takes long, seconds
//! become minutes, hours and days, and at last series become one; no request is ever lost.

use std::collections::HashMap;

use super::{Outcome, Series, Sums};
use crate::record::summary::{ExchangeSummary, Source};

/// Most cells held. One takes about 500 bytes.
const MOST_CELLS: usize = 16_384;
/// How long one cell is, in seconds.
pub(crate) const STEPS: [i64; 4] = [1, 60, 3_600, 86_400];
const SECOND_US: i64 = 1_000_000;

/// Sums that are not stored yet.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    series: HashMap<Series, Cells>,
    cells: usize,
    /// Which of [`STEPS`] new cells have.
    coarse: usize,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Cells {
    /// When the last of them began, microseconds since 1970.
    pub(crate) last_us: i64,
    /// Which of [`STEPS`] a cell has, and when it begins, seconds since 1970.
    pub(crate) sums: HashMap<(usize, i64), Sums>,
}

impl Tally {
    /// Counts an exchange that has ended.
    pub fn count(&mut self, row: &ExchangeSummary) {
        let mut one = Sums::default();
        one.count(row);
        let series = Series::of(row);
        self.add(
            series,
            row.started_at_us,
            self.coarse,
            row.started_at_us,
            &one,
        );
        self.bound(MOST_CELLS);
    }

    /// Counts an exchange of which only this is known.
    pub fn count_unreadable(&mut self, status: u16, source: Source, started_at_us: i64) {
        let one = Sums {
            requests: 1,
            ..Sums::default()
        };
        let series = Series::others(Outcome::of(status), source);
        self.add(series, started_at_us, self.coarse, started_at_us, &one);
        self.bound(MOST_CELLS);
    }

    /// Takes everything out.
    pub fn take(&mut self) -> Self {
        std::mem::take(self)
    }

    /// Puts back what could not be stored.
    pub fn put_back(&mut self, other: Self) {
        self.coarse = self.coarse.max(other.coarse);
        for (series, cells) in other.series {
            for ((coarse, at), sums) in cells.sums {
                let coarse = coarse.max(self.coarse);
                self.add(
                    series.clone(),
                    at.saturating_mul(SECOND_US),
                    coarse,
                    cells.last_us,
                    &sums,
                );
            }
        }
        self.bound(MOST_CELLS);
    }

    /// Whether there is nothing to store.
    pub fn is_empty(&self) -> bool {
        self.series.is_empty()
    }

    pub(crate) fn cells(&self) -> impl Iterator<Item = (&Series, &Cells)> {
        self.series.iter()
    }

    fn add(&mut self, series: Series, at_us: i64, coarse: usize, last_us: i64, sums: &Sums) {
        let step = STEPS[coarse];
        let at = at_us.div_euclid(SECOND_US).div_euclid(step) * step;
        let cells = self.series.entry(series).or_insert_with(|| Cells {
            last_us: i64::MIN,
            sums: HashMap::new(),
        });
        cells.last_us = cells.last_us.max(last_us);
        let before = cells.sums.len();
        cells.sums.entry((coarse, at)).or_default().merge(sums);
        self.cells += cells.sums.len() - before;
    }

    fn bound(&mut self, most: usize) {
        while self.cells > most {
            let is_coarsest = self.coarse + 1 == STEPS.len();
            if !is_coarsest {
                self.coarse += 1;
            }
            let (before, all) = (self.cells, std::mem::take(&mut self.series));
            self.cells = 0;
            for (series, cells) in all {
                let series = match is_coarsest {
                    true => Series::others(series.outcome, series.source),
                    false => series,
                };
                for ((_, at), sums) in cells.sums {
                    let at_us = at.saturating_mul(SECOND_US);
                    self.add(series.clone(), at_us, self.coarse, cells.last_us, &sums);
                }
            }
            // More days than fit: nothing that clocks do.
            if is_coarsest && self.cells >= before {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::fixtures::row;

    fn requests(tally: &Tally) -> u64 {
        let cells = tally.cells().flat_map(|(_, cells)| cells.sums.values());
        cells.map(|sums| sums.requests).sum()
    }

    /// I13
    #[test]
    fn whatever_is_counted_memory_is_bounded_and_no_request_is_lost() {
        let mut tally = Tally::default();
        let count = |tally: &mut Tally, number: u64, consumer: Option<String>| {
            let mut summary = row(number);
            summary.consumer = consumer;
            summary.started_at_us = i64::try_from(number).unwrap() * SECOND_US;
            summary.status = if number.is_multiple_of(2) { 200 } else { 503 };
            tally.count(&summary);
        };
        for number in 0..40_000 {
            count(&mut tally, number, None);
        }
        assert_eq!((requests(&tally), tally.coarse), (40_000, 1));
        assert!(tally.cells <= MOST_CELLS);
        for number in 0..40_000 {
            count(&mut tally, number, Some(format!("user {number}")));
        }
        assert_eq!((requests(&tally), tally.coarse), (80_000, 3));
        assert!(tally.cells <= MOST_CELLS);
        let failed = tally
            .cells()
            .filter(|(series, _)| series.outcome == Outcome::ServerError);
        let failed = failed.flat_map(|(_, cells)| cells.sums.values());
        assert_eq!(failed.map(|sums| sums.requests).sum::<u64>(), 40_000);
    }

    #[test]
    fn what_could_not_be_stored_is_counted_with_what_came_meanwhile() {
        let mut tally = Tally::default();
        tally.count(&row(1));
        let taken = tally.take();
        assert!(tally.is_empty());
        tally.count(&row(2));
        tally.put_back(taken);
        assert_eq!((requests(&tally), tally.cells), (2, 1));
    }
}
