//! Adds to the sums, in the transaction that stores the rows they count.

use std::collections::HashMap;
use std::rc::Rc;

use rusqlite::{OptionalExtension as _, ToSql, Transaction, params_from_iter};

use super::super::exchange_row::word;
use super::{SUMS, read, rolled_up};
use crate::usage::{CacheCounts, STEPS, Series, Sums, Tally};

/// Most series told apart by consumer: consumers may be subjects of tokens, as many as there are.
const MOST_SERIES: i64 = 20_000;
/// What stands for the consumers beyond.
const OTHERS: &str = "(others)";
/// Most numbers of series that are remembered.
const MOST_REMEMBERED: usize = 4_096;

/// Numbers of series that are known to be stored. Of no use after a transaction that failed.
pub(in super::super) type SeriesIds = HashMap<Series, i64>;

/// Adds everything that was counted.
pub(in super::super) fn add(
    tx: &Transaction<'_>,
    tally: &Tally,
    known: &mut SeriesIds,
) -> rusqlite::Result<()> {
    if tally.is_empty() {
        return Ok(());
    }
    let rolled_up = rolled_up(tx)?;
    let mut touch =
        tx.prepare_cached("UPDATE usage_series SET last_us = max(last_us, ?2) WHERE id = ?1")?;
    for (series, cells) in tally.cells() {
        let id = number(tx, series, cells.last_us, known)?;
        touch.execute((id, cells.last_us))?;
        for (&(_, at), sums) in &cells.sums {
            for (step, until) in STEPS.into_iter().zip(rolled_up) {
                // What is added up already would be missed there.
                if step == 1 || at < until {
                    put(tx, step, at.div_euclid(step) * step, id, sums)?;
                }
            }
        }
    }
    Ok(())
}

/// Adds to one row.
pub(super) fn put(
    tx: &Transaction<'_>,
    step: i64,
    at: i64,
    series: i64,
    more: &Sums,
) -> rusqlite::Result<()> {
    let mut find = tx.prepare_cached(&format!(
        "SELECT {SUMS} FROM usage WHERE step = ?1 AND at = ?2 AND series = ?3"
    ))?;
    let found = find
        .query_row((step, at, series), |row| read(row, 0))
        .optional()?;
    let mut sum = found.unwrap_or_default();
    sum.merge(more);
    let mut write = tx.prepare_cached(&format!(
        "INSERT OR REPLACE INTO usage (step, at, series, {SUMS})
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)"
    ))?;
    let Sums {
        requests,
        request_bytes,
        response_bytes,
        retries,
        total,
        upstream,
        gateway,
        cache,
    } = sum;
    let CacheCounts {
        hits,
        revalidated,
        stale,
        misses,
        bypassed,
        saved_bytes,
    } = cache;
    write
        .execute((
            step,
            at,
            series,
            requests,
            request_bytes,
            response_bytes,
            retries,
            total.to_bytes(),
            upstream.to_bytes(),
            gateway.to_bytes(),
            hits,
            revalidated,
            stale,
            misses,
            bypassed,
            saved_bytes,
        ))
        .map(drop)
}

/// The number of a series, which is new if need be.
fn number(
    tx: &Transaction<'_>,
    series: &Series,
    last_us: i64,
    known: &mut SeriesIds,
) -> rusqlite::Result<i64> {
    if let Some(id) = known.get(series) {
        return Ok(*id);
    }
    let id = match stored(tx, series)? {
        Some(id) => id,
        None => {
            let sql = "SELECT coalesce(max(id), 0) FROM usage_series";
            let last: i64 = tx.query_row(sql, [], |row| row.get(0))?;
            let is_full = last >= MOST_SERIES
                && series
                    .consumer
                    .as_deref()
                    .is_some_and(|name| name != OTHERS);
            match is_full {
                true => {
                    let others = Series {
                        consumer: Some(OTHERS.to_owned()),
                        ..series.clone()
                    };
                    number(tx, &others, last_us, known)?
                }
                false => insert(tx, series, last_us)?,
            }
        }
    };
    if known.len() >= MOST_REMEMBERED {
        known.clear();
    }
    known.insert(series.clone(), id);
    Ok(id)
}

fn stored(tx: &Transaction<'_>, series: &Series) -> rusqlite::Result<Option<i64>> {
    let mut find = tx.prepare_cached(
        "SELECT id FROM usage_series
         WHERE key_id = ?1 AND consumer = ?2 AND plan = ?3 AND route = ?4 AND version = ?5
           AND service = ?6 AND target = ?7 AND outcome = ?8 AND source = ?9 AND from_window = ?10",
    )?;
    let values = values(series);
    let values = params_from_iter(values.iter().map(|value| &**value));
    find.query_row(values, |row| row.get(0)).optional()
}

fn insert(tx: &Transaction<'_>, series: &Series, last_us: i64) -> rusqlite::Result<i64> {
    let mut insert = tx.prepare_cached(
        "INSERT INTO usage_series (key_id, consumer, plan, route, version, service, target, outcome,
                                   source, from_window, last_us)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    )?;
    let mut values = values(series).to_vec();
    values.push(Rc::new(last_us));
    insert.insert(params_from_iter(values.iter().map(|value| &**value)))
}

fn values(series: &Series) -> [Rc<dyn ToSql>; 10] {
    // No `..`: what is new does not compile until it is said where it is stored.
    let Series {
        key,
        consumer,
        plan,
        route,
        version,
        service,
        target,
        outcome,
        source,
        from_window,
    } = series;
    fn text<T: ToString>(value: Option<&T>) -> Rc<dyn ToSql> {
        Rc::new(value.map_or(String::new(), ToString::to_string))
    }
    let key = key.map_or(Vec::new(), |key| key.0.as_bytes().to_vec());
    [
        Rc::new(key),
        text(consumer.as_ref()),
        text(plan.as_ref()),
        text(route.as_ref()),
        text(version.as_ref()),
        text(service.as_ref()),
        text(target.as_ref()),
        Rc::new(outcome.number()),
        Rc::new(word(source)),
        Rc::new(*from_window),
    ]
}
