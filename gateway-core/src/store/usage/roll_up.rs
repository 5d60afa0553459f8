//! Adds up seconds to minutes, minutes to hours, hours to days, and forgets what is too fine for its
//! age.

use std::collections::BTreeMap;

use rusqlite::{OptionalExtension as _, Transaction};

use super::write::put;
use super::{SUMS, SeriesIds, read, rolled_up};
use crate::usage::{STEPS, Sums};

const DAY: i64 = 86_400;
/// How long sums of each of [`STEPS`] are kept, in seconds.
pub(super) const KEPT: [i64; 4] = [1_800, 4 * DAY, 100 * DAY, 800 * DAY];
/// How long after its end a second is taken to be complete. What comes later is counted all the same.
const LATE: i64 = 2;
/// Most rows forgotten in one step.
const STEP_ROWS: usize = 5_000;

/// Adds up one minute, one hour or one day that is over; `true` if there is more to do.
pub(in super::super) fn roll_up(tx: &Transaction<'_>, now_us: i64) -> rusqlite::Result<bool> {
    let until = rolled_up(tx)?;
    let now = now_us.div_euclid(1_000_000);
    for level in 1..STEPS.len() {
        let (finer, step, done) = (STEPS[level - 1], STEPS[level], until[level]);
        let complete = until[level - 1].min(now - LATE).div_euclid(step) * step;
        if complete <= done {
            continue;
        }
        let sql = "SELECT at FROM usage WHERE step = ?1 AND at >= ?2 ORDER BY at LIMIT 1";
        let mut first = tx.prepare_cached(sql)?;
        let first: Option<i64> = first
            .query_row((finer, done), |row| row.get(0))
            .optional()?;
        let begin = first.map_or(complete, |at| at.div_euclid(step) * step);
        let end = (begin + step).min(complete);
        if begin < complete {
            add_up(tx, finer, step, begin)?;
        }
        let mut mark =
            tx.prepare_cached("UPDATE usage_rolled_up SET until = ?2 WHERE step = ?1")?;
        mark.execute((step, end))?;
        return Ok(true);
    }
    Ok(false)
}

fn add_up(tx: &Transaction<'_>, finer: i64, step: i64, begin: i64) -> rusqlite::Result<()> {
    let mut select = tx.prepare_cached(&format!(
        "SELECT series, {SUMS} FROM usage WHERE step = ?1 AND at >= ?2 AND at < ?3"
    ))?;
    let mut rows = select.query((finer, begin, begin + step))?;
    let mut sums: BTreeMap<i64, Sums> = BTreeMap::new();
    while let Some(row) = rows.next()? {
        sums.entry(row.get(0)?).or_default().merge(&read(row, 1)?);
    }
    for (series, sum) in sums {
        put(tx, step, begin, series, &sum)?;
    }
    Ok(())
}

/// Removes some sums that are too fine for their age and were added up, and series without any;
/// `true` if there is more to do.
pub(in super::super) fn forget(
    tx: &Transaction<'_>,
    now_us: i64,
    known: &mut SeriesIds,
) -> rusqlite::Result<bool> {
    let until = rolled_up(tx)?;
    let now = now_us.div_euclid(1_000_000);
    let mut removed = 0;
    for (level, (step, kept)) in STEPS.into_iter().zip(KEPT).enumerate() {
        let added_up = until.get(level + 1).copied().unwrap_or(i64::MAX);
        let mut delete = tx.prepare_cached(
            "DELETE FROM usage WHERE (step, at, series) IN
             (SELECT step, at, series FROM usage WHERE step = ?1 AND at < ?2 LIMIT ?3)",
        )?;
        removed += delete.execute((step, (now - kept).min(added_up), STEP_ROWS))?;
    }
    let forgotten_us = now.saturating_sub(KEPT[3]).saturating_mul(1_000_000);
    let series = tx.execute(
        "DELETE FROM usage_series WHERE last_us < ?1 AND NOT EXISTS
         (SELECT 1 FROM usage WHERE series = usage_series.id LIMIT 1)",
        [forgotten_us],
    )?;
    if series > 0 {
        known.clear();
    }
    Ok(removed >= STEP_ROWS)
}
