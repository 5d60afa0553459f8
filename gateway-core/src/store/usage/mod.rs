//! Sums of usage, to and from the database.
//!
//! What is new is added to the sums of its second. When a minute is over, its seconds are added up, and
//! so are minutes to hours and hours to days, so that storing a request is one small row and reading a
//! month is few. See `migrations/log_5.sql`
//! and `log_9.sql`.

mod of_keys;
mod query;
mod report;
mod roll_up;
mod write;

use rusqlite::{Connection, Row};

use crate::latency::Latencies;
use crate::usage::{CacheCounts, Sums};

pub use of_keys::KeyUsage;
pub use query::{UsageBy, UsageFilter, UsageQuery};
pub use report::{
    CachePoints, DurationCounts, LatencyFigures, LatencyPoints, OutcomeCounts, OutcomePoints,
    Usage, UsageFigures, UsageGroup, UsagePoints,
};
pub(super) use roll_up::{forget, roll_up};
pub(super) use write::{SeriesIds, add};

/// Columns of sums, in the order of [`read`], from `requests` on.
const SUMS: &str = "requests, request_bytes, response_bytes, retries, total, upstream, gateway,
    cache_hits, cache_revalidated, cache_stale, cache_misses, cache_bypassed, cache_saved_bytes";

/// Sums of [`SUMS`], which begin at column `first`.
fn read(row: &Row<'_>, first: usize) -> rusqlite::Result<Sums> {
    Ok(Sums {
        requests: row.get(first)?,
        request_bytes: row.get(first + 1)?,
        response_bytes: row.get(first + 2)?,
        retries: row.get(first + 3)?,
        total: latencies(row, first + 4)?,
        upstream: latencies(row, first + 5)?,
        gateway: latencies(row, first + 6)?,
        cache: CacheCounts {
            hits: row.get(first + 7)?,
            revalidated: row.get(first + 8)?,
            stale: row.get(first + 9)?,
            misses: row.get(first + 10)?,
            bypassed: row.get(first + 11)?,
            saved_bytes: row.get(first + 12)?,
        },
    })
}

fn latencies(row: &Row<'_>, column: usize) -> rusqlite::Result<Latencies> {
    let bytes = row.get_ref(column)?.as_blob()?;
    Latencies::from_bytes(bytes).ok_or_else(|| {
        let kind = rusqlite::types::Type::Blob;
        let message = "these are no counts of durations";
        rusqlite::Error::FromSqlConversionFailure(column, kind, message.into())
    })
}

/// Up to when finer sums were added up, for each of [`crate::usage::STEPS`]; seconds need none.
fn rolled_up(db: &Connection) -> rusqlite::Result<[i64; 4]> {
    let mut until = [i64::MAX, 0, 0, 0];
    let mut select = db.prepare_cached("SELECT until FROM usage_rolled_up WHERE step = ?1")?;
    for (until, step) in until.iter_mut().zip(crate::usage::STEPS).skip(1) {
        *until = select.query_row([step], |row| row.get(0))?;
    }
    Ok(until)
}

#[cfg(test)]
pub(super) mod tests;
