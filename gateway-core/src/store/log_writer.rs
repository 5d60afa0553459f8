//! Writes the log: the recorder's thread owns the one connection that does.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::{Connection, Transaction, TransactionBehavior, params_from_iter};
use rusqlite_migration::{M, Migrations};

use super::database::{self, Format};
use super::error::StoreError;
use super::exchange_row::{COLUMNS, COUNT, values};
use super::usage;
use crate::config::Retention;
use crate::record::detail::Kept;
use crate::record::summary::ExchangeSummary;

/// `auto_vacuum` has to be set before the first table is made.
pub(super) const FORMAT: Format = Format {
    migrations: || Migrations::new(vec![M::up(include_str!("migrations/log_1.sql"))]),
    newest: 1,
    pragmas: "PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL;
              PRAGMA synchronous = NORMAL; PRAGMA journal_size_limit = 67108864;",
};

/// Rows removed in one step.
const STEP_ROWS: u64 = 1_000;
/// Pages given back to the file system in one step.
const STEP_PAGES: u32 = 1_000;
const DAY_US: i64 = 24 * 60 * 60 * 1_000_000;
/// Sums of usage are kept longer than rows, but not for ever.
const USAGE_DAYS: i64 = 400;

/// The connection that writes the log.
pub struct LogWriter {
    path: PathBuf,
    connection: Connection,
}

/// An exchange to be stored.
#[derive(Clone, Debug)]
pub struct Finished {
    /// Its row; `seq` is its number.
    pub summary: Arc<ExchangeSummary>,
    /// The rest.
    pub kept: Kept,
}

impl LogWriter {
    pub(super) fn open(path: &Path) -> Result<Self, StoreError> {
        let connection = database::open(path, &FORMAT)?;
        connection.set_prepared_statement_cache_capacity(32);
        Ok(Self {
            path: path.to_owned(),
            connection,
        })
    }

    /// Stores exchanges and counts them, all or none.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn write(&mut self, rows: &[Finished]) -> Result<(), StoreError> {
        self.in_transaction(|tx| {
            let slots = vec!["?"; COUNT].join(", ");
            let sql = format!("INSERT INTO exchanges ({COLUMNS}) VALUES ({slots})");
            let mut insert = tx.prepare_cached(&sql)?;
            let mut detail =
                tx.prepare_cached("INSERT INTO details (seq, kept) VALUES (?1, ?2)")?;
            for Finished { summary, kept } in rows {
                insert.execute(params_from_iter(values(summary)))?;
                let json = serde_json::to_string(kept).expect("what is kept is plain JSON");
                detail.execute((summary.seq, json))?;
            }
            usage::add(tx, rows.iter().map(|row| &*row.summary))
        })
    }

    /// Removes some of what is beyond the bounds, oldest first; `true` if there is more to do. One
    /// step takes milliseconds, so that new rows never wait long.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn trim(&mut self, retention: &Retention, now_us: i64) -> Result<bool, StoreError> {
        let Retention {
            max_rows,
            max_bytes,
            max_age_days,
        } = retention;
        let oldest_us = now_us - i64::from(*max_age_days) * DAY_US;
        let usage_minute = (now_us - USAGE_DAYS * DAY_US) / 60_000_000;
        let (max_rows, max_bytes) = (*max_rows, *max_bytes);
        let removed = self.in_transaction(|tx| {
            tx.execute(
                "DELETE FROM usage_minutes WHERE minute < ?1",
                [usage_minute],
            )?;
            let rows: u64 = tx.query_row("SELECT count(*) FROM exchanges", [], |row| row.get(0))?;
            let too_many = rows.saturating_sub(max_rows).min(STEP_ROWS);
            let too_large = if used_bytes(tx)? > max_bytes {
                STEP_ROWS
            } else {
                0
            };
            let mut removed = remove_oldest(tx, too_many.max(too_large))?;
            removed += remove_older(tx, oldest_us)?;
            Ok(removed)
        })?;
        let free = self.give_back_pages()?;
        Ok(removed >= STEP_ROWS || free)
    }

    /// Removes all rows and gives their number.
    pub(super) fn clear(&mut self) -> Result<u64, StoreError> {
        self.in_transaction(|tx| {
            tx.execute("DELETE FROM details", [])?;
            tx.execute("DELETE FROM exchanges", [])
                .map(|removed| removed as u64)
        })
    }

    /// Whether there are free pages left after giving some back.
    fn give_back_pages(&self) -> Result<bool, StoreError> {
        let failed = |error: rusqlite::Error| StoreError::of(&self.path, &error);
        let free = pages(&self.connection, "freelist_count").map_err(failed)?;
        if free < u64::from(STEP_PAGES) {
            return Ok(false);
        }
        let sql = format!("PRAGMA incremental_vacuum({STEP_PAGES})");
        self.connection.execute_batch(&sql).map_err(failed)?;
        Ok(free >= 2 * u64::from(STEP_PAGES))
    }

    fn in_transaction<T>(
        &mut self,
        run: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let done = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .and_then(|tx| {
                let result = run(&tx)?;
                tx.commit()?;
                Ok(result)
            });
        done.map_err(|error| StoreError::of(&self.path, &error))
    }
}

fn used_bytes(db: &Connection) -> rusqlite::Result<u64> {
    let used = pages(db, "page_count")? - pages(db, "freelist_count")?;
    Ok(used * pages(db, "page_size")?)
}

fn pages(db: &Connection, pragma: &str) -> rusqlite::Result<u64> {
    db.query_row(&format!("PRAGMA {pragma}"), [], |row| row.get(0))
}

fn remove_oldest(tx: &Transaction<'_>, rows: u64) -> rusqlite::Result<u64> {
    if rows == 0 {
        return Ok(0);
    }
    let sql = "SELECT max(seq) FROM (SELECT seq FROM exchanges ORDER BY seq LIMIT ?1)";
    let last: Option<u64> = tx.query_row(sql, [rows], |row| row.get(0))?;
    let Some(last) = last else { return Ok(0) };
    tx.execute("DELETE FROM details WHERE seq <= ?1", [last])?;
    tx.execute("DELETE FROM exchanges WHERE seq <= ?1", [last])
        .map(|removed| removed as u64)
}

/// Rows end in the order of their numbers, and began in nearly the same.
fn remove_older(tx: &Transaction<'_>, oldest_us: i64) -> rusqlite::Result<u64> {
    let sql = "SELECT count(*) FROM (SELECT started_at_us FROM exchanges ORDER BY seq LIMIT ?1)
               WHERE started_at_us < ?2";
    let old: u64 = tx.query_row(sql, (STEP_ROWS, oldest_us), |row| row.get(0))?;
    remove_oldest(tx, old)
}
