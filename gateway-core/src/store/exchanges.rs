//! Reads the log. Readers have connections of their own and never hold up the writer.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;
use rusqlite::{Connection, OptionalExtension as _};
use serde::Serialize;
use utoipa::ToSchema;

use super::database;
use super::error::StoreError;
use super::exchange_row::{COLUMNS, COUNT, read};
use super::log_writer::{FORMAT, LogWriter, newest};
use super::scan;
use crate::ids::ExchangeId;
use crate::record::detail::Kept;
use crate::record::summary::ExchangeSummary;

/// Most connections kept open for reading.
const READERS: usize = 4;
/// Most statements that each of them keeps.
const STATEMENTS: usize = 96;

/// The log. A cheap handle.
#[derive(Clone)]
pub struct LogStore {
    path: Arc<PathBuf>,
    readers: Arc<Mutex<Vec<Connection>>>,
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
        self.with(newest)
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
            self.with(|db| db.query_row("SELECT rows FROM log_rows", [], |row| row.get(0)))?;
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

    /// Runs queries on a connection of its own, which all see the log as it is now.
    pub(super) fn in_one_read<T>(
        &self,
        run: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        self.with(|db| {
            let tx = db.unchecked_transaction()?;
            run(&tx)
        })
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
        let reader = database::open_reader(&self.path)?;
        // As many questions as there are parts of the words in a large log.
        reader.set_prepared_statement_cache_capacity(STATEMENTS);
        scan::prepare(&reader).map_err(|error| StoreError::of(&self.path, &error))?;
        Ok(reader)
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::types::Value;

    use super::*;
    use crate::record::filter::Filter;
    use crate::record::fixtures::{kept, row};
    use crate::store::Finished;
    use crate::store::log_writer::log_of_version;

    fn log(dir: &tempfile::TempDir) -> Result<LogStore, StoreError> {
        LogStore::open(&dir.path().join("traffic.db"))
    }

    fn rows(numbers: std::ops::RangeInclusive<u64>) -> Vec<Finished> {
        numbers
            .map(|seq| Finished::new(row(seq), &kept()))
            .collect()
    }

    #[test]
    fn what_was_written_is_read_again_also_after_a_restart() {
        let dir = tempfile::tempdir().unwrap();
        let mut detail = kept();
        detail.trace_id = "f".repeat(32);
        detail.response_body.text = Some("\u{0} é \"".to_owned());
        let first = log(&dir).unwrap();
        assert_eq!(first.last_seq().unwrap(), 0);
        assert_eq!(first.size().unwrap().rows, 0);
        assert_eq!(first.exchange(row(7).id).unwrap(), None);
        let mut writer = first.writer().unwrap();
        writer.write(&[Finished::new(row(7), &detail)]).unwrap();
        drop((writer, first));
        let log = log(&dir).unwrap();
        assert_eq!(log.exchange(row(7).id).unwrap(), Some((row(7), detail)));
        assert_eq!(log.last_seq().unwrap(), 7);
        let LogSize { rows, bytes } = log.size().unwrap();
        assert!(rows == 1 && bytes > 0);
    }

    #[test]
    fn a_reader_in_the_middle_of_the_log_holds_up_no_writer() {
        let dir = tempfile::tempdir().unwrap();
        let log = log(&dir).unwrap();
        let mut writer = log.writer().unwrap();
        writer.write(&rows(1..=10)).unwrap();
        let seen = log
            .with(|db| {
                let mut statement = db.prepare("SELECT seq FROM exchanges")?;
                let mut reading = statement.query([])?;
                reading.next()?;
                writer.write(&rows(11..=20)).unwrap();
                let mut seen = 1;
                while reading.next()?.is_some() {
                    seen += 1;
                }
                Ok(seen)
            })
            .unwrap();
        assert_eq!((seen, log.last_seq().unwrap()), (10, 20));
    }

    #[test]
    fn a_log_of_a_newer_version_is_refused_and_left_as_it_is() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("traffic.db");
        let other = Connection::open(&path).unwrap();
        other
            .execute_batch("CREATE TABLE future (x); PRAGMA user_version = 99;")
            .unwrap();
        drop(other);
        let before = std::fs::read(&path).unwrap();
        let error = log(&dir).err().unwrap();
        assert!(
            matches!(error, StoreError::Newer { found: 99, .. }),
            "{error}"
        );
        assert_eq!(std::fs::read(&path).unwrap(), before);
    }

    /// I6: the gateway starts without its log, and the log is back once there is room for it.
    #[test]
    fn a_log_that_cannot_be_made_fails_each_call_until_it_can() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("missing");
        let log = LogStore::open(&folder.join("traffic.db")).unwrap();
        let filter = Filter::default();
        let error = log.page(&filter, None, 10).unwrap_err();
        assert!(matches!(error, StoreError::Unusable { .. }), "{error}");
        assert!(error.to_string().contains("traffic.db"), "{error}");
        assert!(log.writer().is_err() && log.size().is_err() && log.clear().is_err());
        std::fs::create_dir(&folder).unwrap();
        log.writer().unwrap().write(&rows(1..=1)).unwrap();
        assert_eq!(log.page(&filter, None, 10).unwrap().rows, [row(1)]);
    }

    #[test]
    fn the_log_is_written_quickly_and_can_shrink() {
        let dir = tempfile::tempdir().unwrap();
        let log = log(&dir).unwrap();
        let pragma = |name| {
            let sql = format!("PRAGMA {name}");
            log.with(|db| db.query_row(&sql, [], |row| row.get::<_, Value>(0)))
                .unwrap()
        };
        assert_eq!(pragma("journal_mode"), Value::from("wal".to_owned()));
        let incremental = 2;
        assert_eq!(pragma("auto_vacuum"), Value::from(incremental));
    }

    #[test]
    fn rows_of_before_callers_were_written_down_are_told_by_their_key_where_it_has_one() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("traffic.db");
        let old = log_of_version(6, &path);
        // Keys 1 and 2 have one consumer each, key 3 changed hands, key 4 has too many to tell.
        for (key, consumer, plan) in [
            (1, "acme", "gold"),
            (2, "zed", ""),
            (3, "acme", "gold"),
            (3, "zed", "gold"),
            (4, "(others)", ""),
        ] {
            let sql = "INSERT INTO usage_series (key_id, consumer, plan, route, version, service,
                           target, outcome, source, from_window, last_us)
                       VALUES (?1, ?2, ?3, '', '', '', '', 2, 'upstream', 0, 0)";
            let key = uuid::Uuid::from_u128(key);
            old.execute(sql, (key, consumer, plan)).unwrap();
        }
        for seq in 1..=5 {
            let sql =
                "INSERT INTO exchanges (seq, id, request_id, started_at_us, method, host, path,
                           protocol, status, source, ending, key_id, key_name, client_ip, tries,
                           request_bytes, response_bytes, duration_us, gateway_us, connect_us,
                           wait_us, receive_us)
                       VALUES (?1, ?2, '', 0, 'GET', '', '/', 'http/1.1', 200, 'upstream',
                           'complete', ?3, ?4, '', 1, 0, 0, 0, 0, 0, 0, 0)";
            let key = (seq < 5).then(|| uuid::Uuid::from_u128(seq));
            let name = key.map(|_| format!("key {seq}"));
            old.execute(sql, (seq as u64, row(seq as u64).id.0, key, name))
                .unwrap();
        }
        drop(old);
        let log = log(&dir).unwrap();
        let found = log.page(&Filter::default(), None, 10).unwrap().rows;
        let found: Vec<_> = found
            .iter()
            .map(|row| {
                (
                    row.consumer.as_deref(),
                    row.plan.as_ref().map(|plan| plan.as_str()),
                )
            })
            .collect();
        let nobody = (None, None);
        assert_eq!(
            found,
            [
                nobody,
                nobody,
                nobody,
                (Some("zed"), None),
                (Some("acme"), Some("gold"))
            ]
        );
        assert!(dir.path().join("traffic.db.v6.bak").exists());
    }

    #[cfg(unix)]
    #[test]
    fn only_this_user_may_read_it() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let log = log(&dir).unwrap();
        let mut writer = log.writer().unwrap();
        writer.write(&rows(1..=1)).unwrap();
        let files: Vec<_> = std::fs::read_dir(dir.path()).unwrap().collect();
        assert!(files.len() > 1, "there is a `-wal` too");
        for file in files {
            let mode = file.unwrap().metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o077, 0);
        }
    }
}
