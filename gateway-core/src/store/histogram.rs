//! How many rows of the log match, over time and by class of status.

use std::time::{Duration, Instant};

use rusqlite::Connection;
use serde::Serialize;
use utoipa::ToSchema;

use super::LogStore;
use super::error::StoreError;
use super::pins::IS_PINNED;
use super::row_index::{CLASSES, SPAN_US, class, from_seq};
use super::scan::{Scan, numbers};
use crate::record::filter::Filter;

/// How long one call counts.
const PATIENCE: Duration = Duration::from_millis(600);

/// Widths a bin may have: what people read off a clock. In microseconds.
const WIDTHS: [i64; 22] = [
    100_000,
    200_000,
    500_000,
    SECOND,
    2 * SECOND,
    5 * SECOND,
    10 * SECOND,
    20 * SECOND,
    30 * SECOND,
    MINUTE,
    2 * MINUTE,
    5 * MINUTE,
    10 * MINUTE,
    15 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    4 * HOUR,
    8 * HOUR,
    24 * HOUR,
    48 * HOUR,
    168 * HOUR,
];
const SECOND: i64 = 1_000_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;

/// How many requests began in each of some equal stretches of time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Histogram {
    /// Where the first bin begins, microseconds since 1970.
    pub from_us: i64,
    /// How long a bin is, in microseconds.
    pub bin_us: i64,
    /// The bins, oldest first, without gaps.
    pub bins: Vec<Bin>,
    /// How many requests are in them.
    pub total: u64,
    /// Requests that ended before the one with this number were not counted: that would have taken
    /// too long. Absent where all were.
    pub counted_from: Option<u64>,
    /// The newest request that could have been counted; those after it were not there yet.
    pub counted_to: u64,
}

/// How many requests began in a stretch of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Bin {
    /// Answered 2xx.
    pub ok: u64,
    /// Answered 3xx.
    pub redirected: u64,
    /// Answered 4xx.
    pub refused: u64,
    /// Answered 5xx.
    pub failed: u64,
    /// Answered with any other status.
    pub other: u64,
}

impl Bin {
    /// Counts requests of one status.
    pub fn add(&mut self, status: u16, count: u64) {
        self.add_class(class(status), count);
    }

    fn add_class(&mut self, class: usize, count: u64) {
        let counter = match class {
            1 => &mut self.ok,
            2 => &mut self.redirected,
            3 => &mut self.refused,
            4 => &mut self.failed,
            _ => &mut self.other,
        };
        *counter += count;
    }

    fn total(&self) -> u64 {
        let Self {
            ok,
            redirected,
            refused,
            failed,
            other,
        } = self;
        ok + redirected + refused + failed + other
    }
}

impl Histogram {
    /// Empty bins from a moment to before another, about `bins` at most.
    fn new(from_us: i64, to_us: i64, bins: u32) -> Self {
        // A little less: a quarter of an hour that took a moment to ask for is still one.
        let least = (to_us - from_us).max(1).div_euclid(i64::from(bins.max(1)));
        let least = least - least / 50;
        let widest = 168 * HOUR;
        let bin_us = WIDTHS.into_iter().find(|width| *width >= least);
        let bin_us = bin_us.unwrap_or_else(|| least.div_euclid(widest) * widest + widest);
        let from_us = from_us.div_euclid(bin_us) * bin_us;
        let count = (to_us - from_us).max(1).div_euclid(bin_us) + 1;
        Self {
            from_us,
            bin_us,
            bins: vec![Bin::default(); usize::try_from(count).unwrap_or(1)],
            total: 0,
            counted_from: None,
            counted_to: 0,
        }
    }

    fn bin(&mut self, at_us: i64) -> Option<&mut Bin> {
        let at = usize::try_from((at_us - self.from_us).div_euclid(self.bin_us)).ok()?;
        self.bins.get_mut(at)
    }

    fn to_us(&self) -> i64 {
        self.from_us + self.bin_us * i64::try_from(self.bins.len()).unwrap_or(0)
    }
}

impl LogStore {
    /// Counts the rows that match and began from a moment to before another; without a first moment,
    /// from the oldest row on. Newest first, for a while.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn histogram(
        &self,
        filter: &Filter,
        from_us: Option<i64>,
        to_us: i64,
        bins: u32,
    ) -> Result<Histogram, StoreError> {
        self.with(|db| {
            let view = db.unchecked_transaction()?;
            let from_us = match from_us {
                Some(from_us) => from_us.min(to_us),
                None => oldest(&view, filter)?.unwrap_or(to_us).min(to_us),
            };
            let mut histogram = Histogram::new(from_us, to_us, bins);
            count(&view, filter, &mut histogram)?;
            histogram.total = histogram.bins.iter().map(Bin::total).sum();
            Ok(histogram)
        })
    }

    /// How many rows match, as far as they can be counted until a moment; and whether that is all.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn count(&self, filter: &Filter, until: Instant) -> Result<(u64, bool), StoreError> {
        self.with(|db| {
            let view = db.unchecked_transaction()?;
            let mut scan = Scan::new(&view, filter, None)?;
            let mut windows = scan.windows();
            let mut all = 0;
            while let Some((low, high)) = windows.next() {
                let began = Instant::now();
                scan.counted(low, high, |_, _| all += 1)?;
                windows.looked(began.elapsed());
                if Instant::now() >= until {
                    return Ok((all, low <= scan.low));
                }
            }
            Ok((all, true))
        })
    }
}

/// When the oldest row began. Pinned ones may be from long before all others, so they only count where
/// they are asked for, or are alone.
fn oldest(db: &Connection, filter: &Filter) -> rusqlite::Result<Option<i64>> {
    // The first to end need not be the first to begin, but began at about that time.
    let of = |which: &str| {
        let sql = format!(
            "SELECT min(started_at_us) FROM
             (SELECT started_at_us FROM exchanges WHERE {which} ORDER BY seq LIMIT 100)"
        );
        db.query_row(&sql, [], |row| row.get(0))
    };
    if filter.asks_for_pinned() {
        return of("1");
    }
    let others: Option<i64> = of(&format!("NOT {IS_PINNED}"))?;
    others.map_or_else(|| of("1"), |oldest| Ok(Some(oldest)))
}

fn count(db: &Connection, filter: &Filter, histogram: &mut Histogram) -> rusqlite::Result<()> {
    let until = Instant::now() + PATIENCE;
    let (from_us, to_us) = (histogram.from_us, histogram.to_us());
    let mut scan = Scan::new(db, filter, None)?;
    let (low, high) = numbers(db, Some(from_us), Some(to_us))?;
    histogram.counted_to = scan.high.saturating_sub(1);
    (scan.low, scan.high) = (scan.low.max(low), scan.high.min(high));
    if filter.shows_all() && histogram.bin_us % SPAN_US == 0 {
        of_spans(db, histogram)?;
        scan.high = scan.high.min(from_seq(db)?);
    }
    let mut windows = scan.windows();
    while let Some((low, high)) = windows.next() {
        let began = Instant::now();
        scan.counted(low, high, |started, status| {
            if let Some(bin) = histogram.bin(started) {
                bin.add(status, 1);
            }
        })?;
        windows.looked(began.elapsed());
        if Instant::now() >= until && low > scan.low {
            histogram.counted_from = Some(low);
            break;
        }
    }
    Ok(())
}

/// What is counted already of all rows.
fn of_spans(db: &Connection, histogram: &mut Histogram) -> rusqlite::Result<()> {
    let sql = "SELECT span, class_1, class_2, class_3, class_4, class_5 FROM exchange_spans
               WHERE span >= ?1 AND span < ?2";
    let mut statement = db.prepare_cached(sql)?;
    let bounds = (histogram.from_us / SPAN_US, histogram.to_us() / SPAN_US);
    let mut rows = statement.query(bounds)?;
    while let Some(row) = rows.next()? {
        let span: i64 = row.get(0)?;
        for class in 0..CLASSES {
            let count: u64 = row.get(class + 1)?;
            if let Some(bin) = histogram.bin(span * SPAN_US) {
                bin.add_class(class, count);
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_are_as_wide_as_people_read_them_off_a_clock_and_begin_where_those_do() {
        let from = 1_767_225_600_000_000 + 7 * SECOND;
        for (long, bin, count) in [
            (15 * MINUTE, 10 * SECOND, 91),
            (15 * MINUTE + SECOND, 10 * SECOND, 91),
            (HOUR, MINUTE, 61),
            (24 * HOUR, 30 * MINUTE, 49),
            (0, 100_000, 1),
        ] {
            let histogram = Histogram::new(from, from + long, 90);
            assert_eq!((histogram.bin_us, histogram.bins.len()), (bin, count));
            assert_eq!(histogram.from_us % bin, 0);
            assert!(histogram.from_us <= from && histogram.to_us() > from + long - 1);
        }
        let years = Histogram::new(0, from, 90);
        assert!(years.bins.len() <= 93, "{}", years.bins.len());
    }
}
