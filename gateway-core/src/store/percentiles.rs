//! Finds out the percentiles that a filter names.

use rusqlite::Connection;

use super::LogStore;
use super::error::StoreError;
use super::scan::numbers;
use crate::record::filter::{Filter, Measure};

/// Rows of which a percentile is taken.
const MEASURED: u64 = 50_000;

impl LogStore {
    /// Puts numbers in the place of a filter's percentiles: those of the newest rows in its time.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn resolve(&self, filter: &mut Filter) -> Result<(), StoreError> {
        let wanted = filter.percentiles();
        if wanted.is_empty() {
            return Ok(());
        }
        let (_, since, until) = filter.without_time();
        let found = self.with(|db| {
            let (low, high) = numbers(db, since, until)?;
            let mut found = Vec::new();
            for (measure, percent) in wanted {
                let number = percentile(db, measure, percent, (low, high), (since, until))?;
                found.push((measure, percent, number));
            }
            Ok(found)
        })?;
        filter.resolve(|measure, percent| {
            let same = |(a, b, _): &&(Measure, u8, Option<i64>)| (*a, *b) == (measure, percent);
            found.iter().find(same)?.2
        });
        Ok(())
    }
}

/// The measured values in order, at the nearest rank.
fn percentile(
    db: &Connection,
    measure: Measure,
    percent: u8,
    (low, high): (u64, u64),
    (since, until): (Option<i64>, Option<i64>),
) -> rusqlite::Result<Option<i64>> {
    let (number, of) = match measure {
        Measure::FirstByte => ("gateway_us + connect_us + wait_us", "1"),
        Measure::Upstream => ("connect_us + wait_us + receive_us", "tries > 0"),
        _ => ("duration_us", "1"),
    };
    let sql = format!(
        "SELECT {number} FROM exchanges WHERE seq >= ? AND seq < ? AND {of} \
         AND started_at_us >= ? AND started_at_us < ? ORDER BY seq DESC LIMIT {MEASURED}"
    );
    let mut statement = db.prepare_cached(&sql)?;
    let bounds = (
        low,
        i64::try_from(high).unwrap_or(i64::MAX),
        since.unwrap_or(i64::MIN),
        until.unwrap_or(i64::MAX),
    );
    let mut numbers: Vec<i64> = statement
        .query_map(bounds, |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    numbers.sort_unstable();
    let rank = (numbers.len() * usize::from(percent)).div_ceil(100);
    Ok(numbers.get(rank.saturating_sub(1)).copied())
}
