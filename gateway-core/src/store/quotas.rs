//! How much of each quota was used. A file of its own, so that writing every second holds up neither
//! the configuration nor the log.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;
use rusqlite::Connection;
use rusqlite_migration::{M, Migrations};

use super::database::{self, Format};
use super::error::StoreError;
use crate::snapshot::limits::calendar::Period;
use crate::snapshot::limits::partition::PartitionId;
use crate::snapshot::limits::quota::Used;
use crate::snapshot::limits::{QuotaId, QuotaRow};

const FORMAT: Format = Format {
    migrations: || Migrations::new(vec![M::up(include_str!("migrations/quotas_1.sql"))]),
    newest: 1,
    pragmas: "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;",
};

/// How long a count is kept after its period: longer than any clock is wrong by that people notice.
const KEPT_US: i64 = 40 * 86_400_000_000;

/// Counts of quotas. A cheap handle.
#[derive(Clone)]
pub struct QuotaStore {
    path: Arc<PathBuf>,
    connection: Arc<Mutex<Connection>>,
}

impl QuotaStore {
    /// Opens the database at `path`, or makes it.
    ///
    /// # Errors
    /// It cannot be used. It is never replaced: counts do not vanish silently.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let connection = database::open(path, &FORMAT)?;
        Ok(Self {
            path: Arc::new(path.to_owned()),
            connection: Arc::new(Mutex::new(connection)),
        })
    }

    /// All counts, but those of periods that are long over, which are removed.
    ///
    /// # Errors
    /// The database cannot be read or written.
    pub fn load(&self, now_us: i64) -> Result<Vec<QuotaRow>, StoreError> {
        self.with(|db| {
            let over_us = now_us.saturating_sub(KEPT_US);
            db.execute("DELETE FROM quota_counts WHERE end_us < ?1", [over_us])?;
            let sql = "SELECT quota, partition, start_us, end_us, used FROM quota_counts";
            let mut statement = db.prepare_cached(sql)?;
            let mut rows = statement.query([])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                let partition: Vec<u8> = row.get(1)?;
                let used = Used {
                    period: Period {
                        start_us: row.get(2)?,
                        end_us: row.get(3)?,
                    },
                    used: row.get(4)?,
                };
                found.extend(PartitionId::read(&partition).map(|partition| QuotaRow {
                    quota: QuotaId::read(row.get_unwrap(0)),
                    partition,
                    used,
                }));
            }
            Ok(found)
        })
    }

    /// Writes what `changed` gives, all of it or nothing. Who calls at the same time waits before it
    /// is asked, so what is written last is what was counted last.
    ///
    /// # Errors
    /// The database cannot be written; `failed` is given back what was not.
    pub fn save(
        &self,
        changed: impl FnOnce() -> Vec<QuotaRow>,
        failed: impl FnOnce(Vec<QuotaRow>),
    ) -> Result<(), StoreError> {
        let mut rows = Vec::new();
        let saved = self.with(|db| {
            rows = changed();
            if rows.is_empty() {
                return Ok(());
            }
            let tx = db.transaction()?;
            {
                let mut replace = tx.prepare_cached(
                    "INSERT OR REPLACE INTO quota_counts (quota, partition, start_us, end_us, used)
                     VALUES (?1, ?2, ?3, ?4, ?5)",
                )?;
                for row in &rows {
                    let Used { period, used } = row.used;
                    replace.execute((
                        row.quota.as_str(),
                        row.partition.bytes(),
                        period.start_us,
                        period.end_us,
                        used,
                    ))?;
                }
            }
            tx.commit()
        });
        if saved.is_err() {
            failed(rows);
        }
        saved
    }

    fn with<T>(
        &self,
        work: impl FnOnce(&mut Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        work(&mut self.connection.lock()).map_err(|error| StoreError::of(&self.path, &error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::limits::partition::Partition;

    const DAY_US: i64 = 86_400_000_000;

    fn row(quota: &str, name: &str, used: u64) -> QuotaRow {
        QuotaRow {
            quota: QuotaId::read(quota.to_owned()),
            partition: Partition::consumer(name).id,
            used: Used {
                period: Period {
                    start_us: 0,
                    end_us: DAY_US,
                },
                used,
            },
        }
    }

    fn sorted(mut rows: Vec<QuotaRow>) -> Vec<QuotaRow> {
        rows.sort_by_key(|row| (row.quota.as_str().to_owned(), row.partition));
        rows
    }

    #[test]
    fn what_was_saved_last_is_there_again_and_what_is_long_over_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let open = || QuotaStore::open(&dir.path().join("quotas.db")).unwrap();
        let store = open();
        for rows in [
            vec![row("a", "x", 1), row("a", "y", 1), row("b", "x", 7)],
            vec![row("a", "x", 2)],
            vec![],
        ] {
            store.save(|| rows, |_| panic!("it is saved")).unwrap();
        }
        drop(store);
        let expected = vec![row("a", "x", 2), row("a", "y", 1), row("b", "x", 7)];
        assert_eq!(sorted(open().load(0).unwrap()), sorted(expected.clone()));
        assert_eq!(
            sorted(open().load(DAY_US + KEPT_US).unwrap()),
            sorted(expected)
        );
        assert_eq!(open().load(DAY_US + KEPT_US + 1).unwrap(), []);
        assert_eq!(open().load(0).unwrap(), []);
    }

    #[test]
    fn what_cannot_be_saved_is_given_back() {
        let dir = tempfile::tempdir().unwrap();
        let store = QuotaStore::open(&dir.path().join("quotas.db")).unwrap();
        let broken = store.with(|db| db.execute_batch("DROP TABLE quota_counts"));
        broken.unwrap();
        let mut given = Vec::new();
        let saved = store.save(|| vec![row("a", "x", 1)], |rows| given = rows);
        assert!(saved.unwrap_err().to_string().contains("quotas.db"));
        assert_eq!(given, [row("a", "x", 1)]);
    }

    #[test]
    fn no_value_of_a_caller_is_in_the_file() {
        let dir = tempfile::tempdir().unwrap();
        let store = QuotaStore::open(&dir.path().join("quotas.db")).unwrap();
        let saved = store.save(|| vec![row("a", "very-secret", 1)], |_| ());
        saved.unwrap();
        for entry in std::fs::read_dir(dir.path()).unwrap() {
            let bytes = std::fs::read(entry.unwrap().path()).unwrap();
            assert!(!bytes.windows(11).any(|window| window == b"very-secret"));
        }
    }
}
