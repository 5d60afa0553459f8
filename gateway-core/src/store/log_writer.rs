//! Writes the log: the recorder's thread owns the one connection that does.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::{Connection, Transaction, TransactionBehavior, params_from_iter};
use rusqlite_migration::{M, Migrations};

use super::database::{self, Format};
use super::error::StoreError;
use super::exchange_row::{STORED, STORED_COUNT, values};
use super::pins;
use super::usage::{self, SeriesIds};
use super::{columns, messages, removed, row_index};
use crate::ids::ExchangeId;
use crate::record::detail::Kept;
use crate::record::messages::Message;
use crate::record::summary::ExchangeSummary;
use crate::usage::Tally;

/// `auto_vacuum` has to be set before the first table is made.
pub(super) const FORMAT: Format = Format {
    migrations: || {
        Migrations::new(vec![
            M::up(include_str!("migrations/log_1.sql")),
            M::up(include_str!("migrations/log_2.sql")),
            M::up(include_str!("migrations/log_3.sql")),
            M::up(include_str!("migrations/log_4.sql")),
            M::up(include_str!("migrations/log_5.sql")),
            M::up(include_str!("migrations/log_6.sql")),
            M::up(include_str!("migrations/log_7.sql")),
            M::up(include_str!("migrations/log_8.sql")),
            M::up(include_str!("migrations/log_9.sql")),
            M::up(include_str!("migrations/log_10.sql")),
            M::up(include_str!("migrations/log_11.sql")),
            M::up(include_str!("migrations/log_12.sql")),
        ])
    },
    newest: 12,
    pragmas: "PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL;
              PRAGMA synchronous = NORMAL; PRAGMA journal_size_limit = 67108864;",
};

/// A new log as a version of old made it.
#[cfg(test)]
pub(super) fn log_of_version(version: usize, path: &Path) -> Connection {
    let mut old = Connection::open(path).unwrap();
    let migrations = (FORMAT.migrations)();
    migrations.to_version(&mut old, version).unwrap();
    old
}

/// The connection that writes the log.
pub struct LogWriter {
    pub(super) path: PathBuf,
    pub(super) connection: Connection,
    pub(super) series: SeriesIds,
}

/// An exchange to be stored.
#[derive(Clone, Debug)]
pub struct Finished {
    /// Its row; `seq` is its number.
    pub summary: Arc<ExchangeSummary>,
    /// The rest, as it is stored.
    kept: String,
}

impl Finished {
    /// An exchange as it is stored.
    pub fn new(summary: ExchangeSummary, kept: &Kept) -> Self {
        Self {
            summary: Arc::new(summary),
            kept: serde_json::to_string(kept).expect("what is kept is plain JSON"),
        }
    }

    /// The same of what was stored before.
    pub(super) fn as_stored(summary: ExchangeSummary, kept: String) -> Self {
        Self {
            summary: Arc::new(summary),
            kept,
        }
    }

    /// The rest, as it can be read again.
    pub(crate) fn detail(&self) -> Option<Kept> {
        serde_json::from_str(&self.kept).ok()
    }

    /// About how many bytes it takes.
    pub fn size(&self) -> usize {
        size_of::<ExchangeSummary>() + self.summary.path.len() + self.kept.len()
    }
}

impl LogWriter {
    /// Finds no room for more than so many pages, like on a disk that is full.
    #[cfg(test)]
    pub(crate) fn limit_pages(&self, more: u64) {
        let now = super::retention::pages(&self.connection, "page_count").unwrap();
        let sql = format!("PRAGMA max_page_count = {}", now + more);
        self.connection
            .query_row(&sql, [], |row| row.get::<_, i64>(0))
            .unwrap();
    }

    pub(super) fn open(path: &Path) -> Result<Self, StoreError> {
        let connection = database::open(path, &FORMAT)?;
        connection.set_prepared_statement_cache_capacity(32);
        Ok(Self {
            path: path.to_owned(),
            connection,
            series: SeriesIds::new(),
        })
    }

    /// Stores exchanges that were counted before, all or none.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn write(&mut self, rows: &[Finished]) -> Result<(), StoreError> {
        self.write_counted(rows, &Tally::default())
    }

    /// Stores exchanges, and what was counted since the last time, also of others; all or nothing.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn write_counted(&mut self, rows: &[Finished], tally: &Tally) -> Result<(), StoreError> {
        let mut series = std::mem::take(&mut self.series);
        self.in_transaction(|tx| {
            insert(tx, rows)?;
            row_index::add(tx, rows.iter().map(|row| &*row.summary))?;
            columns::add(tx)?;
            usage::add(tx, tally, &mut series)
        })?;
        // After a failure nobody knows which are stored.
        self.series = series;
        Ok(())
    }

    /// Stores messages, all or none.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn write_messages(&mut self, rows: &[(ExchangeId, Message)]) -> Result<(), StoreError> {
        self.in_transaction(|tx| messages::insert(tx, rows))
    }

    /// Removes messages whose exchanges never came to be stored: the process ended before they did.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn remove_orphaned_messages(&mut self) -> Result<(), StoreError> {
        self.in_transaction(|tx| {
            // Nobody undoes what was removed before.
            removed::forget(tx, i64::MAX)?;
            messages::remove_orphaned(tx)
        })
    }

    /// Puts some rows that are older than the index into it, or brings together what is scattered in it;
    /// `true` if there is more to do. One step takes milliseconds.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn tend_index(&mut self) -> Result<bool, StoreError> {
        self.in_transaction(row_index::tend)
    }

    /// Makes it as if only rows after a number were in the index.
    #[cfg(test)]
    pub(super) fn forget_index(&mut self, up_to: u64) {
        self.in_transaction(|tx| {
            let last = newest(tx)?;
            tx.execute_batch("DELETE FROM exchange_spans")?;
            for part in super::word_parts::parts(tx)? {
                tx.execute(&format!("DELETE FROM {}", part.table), [])?;
            }
            tx.execute("UPDATE exchange_index SET from_seq = ?1", [last + 1])?;
            while row_index::from_seq(tx)? > up_to + 1 && row_index::tend(tx)? {}
            columns::remove_up_to(tx, up_to)
        })
        .unwrap();
    }

    pub(super) fn in_transaction<T>(
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

/// The number of the newest row; 0 if there is none.
pub(super) fn newest(db: &Connection) -> rusqlite::Result<u64> {
    let sql = "SELECT coalesce(max(seq), 0) FROM exchanges";
    db.prepare_cached(sql)?.query_row([], |row| row.get(0))
}

/// How many rows there are.
pub(super) fn log_rows(tx: &Transaction<'_>) -> rusqlite::Result<u64> {
    tx.query_row("SELECT rows FROM log_rows", [], |row| row.get(0))
}

/// Counting them would read a whole index.
pub(super) fn count_rows(tx: &Transaction<'_>, more: i64) -> rusqlite::Result<()> {
    let mut count = tx.prepare_cached("UPDATE log_rows SET rows = rows + ?1")?;
    count.execute([more]).map(drop)
}

/// Stores rows and their details.
pub(super) fn insert(tx: &Transaction<'_>, rows: &[Finished]) -> rusqlite::Result<()> {
    let slots = vec!["?"; STORED_COUNT].join(", ");
    let sql = format!("INSERT INTO exchanges ({STORED}) VALUES ({slots})");
    let mut insert = tx.prepare_cached(&sql)?;
    let mut detail = tx.prepare_cached("INSERT INTO details (seq, kept) VALUES (?1, ?2)")?;
    for Finished { summary, kept } in rows {
        insert.execute(params_from_iter(values(summary)))?;
        detail.execute((summary.seq, kept))?;
    }
    count_rows(tx, i64::try_from(rows.len()).unwrap_or(i64::MAX))?;
    let first = rows.iter().map(|row| row.summary.seq).min();
    first.map_or(Ok(()), |first| pins::may_go_from(tx, first))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::fixtures::{kept, row};
    use crate::store::LogStore;
    use crate::store::usage::tests::tally;

    const DAY_US: i64 = 24 * 60 * 60 * 1_000_000;

    /// Rows that began a day apart, with bodies of so many bytes.
    fn rows(numbers: std::ops::RangeInclusive<u64>, body: usize) -> Vec<Finished> {
        let row = |seq: u64| {
            let mut summary = row(seq);
            summary.started_at_us = i64::try_from(seq).unwrap() * DAY_US;
            let mut kept = kept();
            kept.response_body.text = Some("x".repeat(body));
            Finished::new(summary, &kept)
        };
        numbers.map(row).collect()
    }

    fn log(dir: &tempfile::TempDir) -> (LogStore, LogWriter) {
        let log = LogStore::open(&dir.path().join("traffic.db")).unwrap();
        let writer = log.writer().unwrap();
        (log, writer)
    }

    fn write(writer: &mut LogWriter, rows: &[Finished]) {
        writer.write_counted(rows, &tally(rows)).unwrap();
    }

    fn numbers(log: &LogStore) -> (u64, u64, u64) {
        log.with(|db| {
            let sql = "SELECT count(*), coalesce(min(seq), 0), coalesce(max(seq), 0) FROM exchanges
                       JOIN details USING (seq)";
            db.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        })
        .unwrap()
    }

    #[test]
    fn a_batch_is_stored_whole_or_not_at_all() {
        let dir = tempfile::tempdir().unwrap();
        let (log, mut writer) = log(&dir);
        write(&mut writer, &rows(1..=1, 10));
        let mut batch = rows(2..=3, 10);
        batch.extend(rows(1..=1, 10));
        assert!(
            writer.write_counted(&batch, &tally(&batch)).is_err(),
            "number 1 is taken"
        );
        assert_eq!(numbers(&log), (1, 1, 1));
        let now_us = 3 * DAY_US;
        assert_eq!(
            log.key_usage(now_us)
                .unwrap()
                .values()
                .next()
                .unwrap()
                .last_used_at_us,
            Some(DAY_US),
            "nothing of it was counted either"
        );
    }

    #[test]
    fn pages_stay_as_they_are_while_rows_are_added() {
        let dir = tempfile::tempdir().unwrap();
        let (log, mut writer) = log(&dir);
        let filter = Default::default();
        write(&mut writer, &rows(1..=25, 10));
        let (mut seen, mut before, mut next) = (Vec::new(), None, 26);
        loop {
            let page = log.page(&filter, before, 10).unwrap();
            seen.extend(page.rows.iter().map(|row| row.seq));
            write(&mut writer, &rows(next..=next, 10));
            next += 1;
            before = page.next;
            if before.is_none() {
                break;
            }
        }
        assert_eq!(seen, (1..=25).rev().collect::<Vec<_>>());
    }
}
