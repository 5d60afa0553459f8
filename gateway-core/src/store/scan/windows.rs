//! Stretches of numbers that are looked through one after the other.

use std::time::Duration;

use rusqlite::Connection;

use crate::store::log_writer::newest;
use crate::store::row_index::{SPAN_US, from_seq};

/// Numbers that are looked through first, and at least. A few in tests, so that they go beyond.
pub(super) const FIRST_WINDOW: u64 = if cfg!(test) { 4 } else { 4_096 };
/// How long looking through one window should take.
const WINDOW_TIME: Duration = Duration::from_millis(60);

/// The numbers that rows which began in a stretch of time can have: from one to before another.
pub(in crate::store) fn numbers(
    db: &Connection,
    since: Option<i64>,
    until: Option<i64>,
) -> rusqlite::Result<(u64, u64)> {
    let end = newest(db)? + 1;
    if (since, until) == (None, None) {
        return Ok((0, end));
    }
    let sql = "SELECT min(first_seq), max(last_seq) FROM exchange_spans
               WHERE span >= ?1 AND span <= ?2";
    let span = |us: Option<i64>, open: i64| us.map_or(open, |us| us.div_euclid(SPAN_US));
    let (first, last): (Option<u64>, Option<u64>) = db
        .prepare_cached(sql)?
        .query_row((span(since, i64::MIN), span(until, i64::MAX)), |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    // Rows that are not in the index yet may have begun at any time.
    match from_seq(db)? {
        0 => Ok((first.unwrap_or(end), last.map_or(end, |last| last + 1))),
        from => Ok((0, last.map_or(from, |last| (last + 1).max(from)))),
    }
}

/// The windows of numbers a scan looks through, one after the other.
pub(in crate::store) struct Windows {
    low: u64,
    high: u64,
    width: u64,
    edges: [u64; 3],
}

impl Windows {
    /// Those from `low` to before `high`, none of which reaches over one of `edges`.
    pub(super) fn new(low: u64, high: u64, edges: [u64; 3]) -> Self {
        Self {
            low,
            high,
            width: FIRST_WINDOW,
            edges,
        }
    }

    pub(in crate::store) fn next(&mut self) -> Option<(u64, u64)> {
        if self.high <= self.low {
            return None;
        }
        let mut low = self.high.saturating_sub(self.width).max(self.low);
        for edge in self.edges {
            if low < edge && edge < self.high {
                low = edge;
            }
        }
        let window = (low, self.high);
        self.high = low;
        Some(window)
    }

    /// The next is as wide as it may be to be looked through soon.
    pub(in crate::store) fn looked(&mut self, took: Duration) {
        let took = took.as_micros().max(1);
        let factor = (WINDOW_TIME.as_micros() as f64 / took as f64).clamp(0.25, 16.0);
        self.width = ((self.width as f64 * factor) as u64).max(FIRST_WINDOW);
    }
}
