//! Reads the log. Readers have connections of their own and never hold up the writer.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension as _, params_from_iter};
use serde::Serialize;
use utoipa::ToSchema;

use super::database;
use super::error::StoreError;
use super::exchange_row::{COLUMNS, COUNT, read};
use super::log_writer::{FORMAT, LogWriter};
use crate::ids::ExchangeId;
use crate::record::detail::Kept;
use crate::record::filter::Filter;
use crate::record::summary::ExchangeSummary;

/// Most connections kept open for reading.
const READERS: usize = 4;

/// The log. A cheap handle.
#[derive(Clone)]
pub struct LogStore {
    path: Arc<PathBuf>,
    readers: Arc<Mutex<Vec<Connection>>>,
}

/// Some rows of the log.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Page {
    /// Newest first.
    pub rows: Vec<ExchangeSummary>,
    /// What to give as `before` for the rows after these; absent at the end.
    pub next: Option<u64>,
}

/// How large the log is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct LogSize {
    /// Rows.
    pub rows: u64,
    /// Bytes on disk.
    pub bytes: u64,
}

impl LogStore {
    /// The log at `path`. A file that is damaged or cannot be written does not stand in the way:
    /// calls then fail until it is mended, and traffic goes on.
    ///
    /// # Errors
    /// Only [`StoreError::Newer`].
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        if path.exists() {
            match database::check_version(path, &FORMAT) {
                Err(newer @ StoreError::Newer { .. }) => return Err(newer),
                Err(StoreError::Damaged { .. } | StoreError::Unusable { .. }) | Ok(()) => {}
            }
        }
        // Made now: whoever reads first must not come between the file and its tables.
        if let Err(error) = LogWriter::open(path) {
            tracing::warn!(%error, "the log cannot be written");
        }
        Ok(Self {
            path: Arc::new(path.to_owned()),
            readers: Arc::default(),
        })
    }

    /// The connection that writes. There should be one at a time.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn writer(&self) -> Result<LogWriter, StoreError> {
        let writer = LogWriter::open(&self.path)?;
        // They may hold on to a file that was moved away since.
        self.readers.lock().clear();
        Ok(writer)
    }

    /// Number of the last row; 0 if there is none.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn last_seq(&self) -> Result<u64, StoreError> {
        self.with(|db| {
            db.query_row("SELECT coalesce(max(seq), 0) FROM exchanges", [], |row| {
                row.get(0)
            })
        })
    }

    /// At most `limit` rows that match, before the row `before`, newest first. Stable while rows
    /// are added.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn page(
        &self,
        filter: &Filter,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Page, StoreError> {
        let (condition, mut values) = filter.to_sql();
        let before = before
            .and_then(|seq| i64::try_from(seq).ok())
            .unwrap_or(i64::MAX);
        values.extend([Value::from(before), Value::from(i64::from(limit))]);
        let sql = format!(
            "SELECT {COLUMNS} FROM exchanges WHERE ({condition}) AND seq < ? \
             ORDER BY seq DESC LIMIT ?"
        );
        self.with(|db| {
            let mut statement = db.prepare_cached(&sql)?;
            let rows: Vec<ExchangeSummary> = statement
                .query_map(params_from_iter(values), read)?
                .collect::<Result<_, _>>()?;
            let full = rows.len() >= limit as usize;
            let next = rows.last().filter(|_| full).map(|row| row.seq);
            Ok(Page { rows, next })
        })
    }

    /// One exchange, with everything that was kept of it.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn exchange(&self, id: ExchangeId) -> Result<Option<(ExchangeSummary, Kept)>, StoreError> {
        let sql =
            format!("SELECT {COLUMNS}, kept FROM exchanges JOIN details USING (seq) WHERE id = ?1");
        self.with(|db| {
            db.query_row(&sql, [id.0], |row| {
                let json: String = row.get(COUNT)?;
                let kept = serde_json::from_str(&json).map_err(|error| {
                    let kind = rusqlite::types::Type::Text;
                    rusqlite::Error::FromSqlConversionFailure(COUNT, kind, error.into())
                })?;
                Ok((read(row)?, kept))
            })
            .optional()
        })
    }

    /// How large the log is.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn size(&self) -> Result<LogSize, StoreError> {
        let rows =
            self.with(|db| db.query_row("SELECT count(*) FROM exchanges", [], |row| row.get(0)))?;
        let bytes = ["", "-wal"].into_iter().map(|suffix| {
            let mut path = self.path.as_os_str().to_owned();
            path.push(suffix);
            std::fs::metadata(path).map_or(0, |file| file.len())
        });
        Ok(LogSize {
            rows,
            bytes: bytes.sum(),
        })
    }

    /// Removes all rows and gives their number. Sums of usage stay.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn clear(&self) -> Result<u64, StoreError> {
        self.writer()?.clear()
    }

    /// Runs a query on a connection of its own.
    pub(super) fn with<T>(
        &self,
        run: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let pooled = self.readers.lock().pop();
        let connection = match pooled {
            Some(connection) => connection,
            None => self.reader()?,
        };
        let result = run(&connection).map_err(|error| StoreError::of(&self.path, &error))?;
        let mut readers = self.readers.lock();
        if readers.len() < READERS {
            readers.push(connection);
        }
        Ok(result)
    }

    fn reader(&self) -> Result<Connection, StoreError> {
        if !self.path.exists() {
            // The recorder has not made it yet.
            drop(self.writer()?);
        }
        database::open_reader(&self.path)
    }
}
