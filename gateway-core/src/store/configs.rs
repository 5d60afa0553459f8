//! Revisions of the configuration. Written with `synchronous=FULL`: what was answered as saved is
//! there after any crash.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;
use rusqlite::{Connection, OptionalExtension as _, Row, TransactionBehavior};
use rusqlite_migration::{M, Migrations};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::database::{self, Format};
use super::error::StoreError;
use crate::config::Config;

const FORMAT: Format = Format {
    migrations: || {
        Migrations::new(vec![
            M::up(include_str!("migrations/config_1.sql")),
            M::up(include_str!("migrations/config_2.sql")),
            M::up(include_str!("migrations/config_3.sql")),
            M::up(include_str!("migrations/config_4.sql")),
        ])
    },
    newest: 4,
    pragmas: "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;",
};

/// Revisions of the configuration, and API keys. A cheap handle.
#[derive(Clone)]
pub struct ConfigStore {
    path: Arc<PathBuf>,
    connection: Arc<Mutex<Connection>>,
}

/// Who changed the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// A person, in the UI.
    Ui,
    /// A program, by the admin API.
    Api,
    /// The file that the gateway was started from.
    File,
    /// A person, by importing a file.
    Import,
    /// A person, by going back to an earlier revision.
    Restore,
    /// Gatewright itself.
    System,
}

/// A configuration to be saved.
pub struct NewRevision<'a> {
    /// The configuration.
    pub config: &'a Config,
    /// By whom.
    pub actor: Actor,
    /// What changed, in one sentence.
    pub note: String,
    /// When, microseconds since 1970.
    pub at_us: i64,
}

/// A configuration that was in force.
#[derive(Clone, Debug, PartialEq)]
pub struct Revision {
    /// What is known of it.
    pub info: RevisionInfo,
    /// The configuration.
    pub config: Config,
}

/// What is known of a revision without its configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RevisionInfo {
    /// 1 for the first.
    pub number: u64,
    /// When it came into force, microseconds since 1970.
    pub at_us: i64,
    /// By whom.
    pub actor: Actor,
    /// What changed, in one sentence.
    pub note: String,
}

/// Why a configuration was not saved.
#[derive(Debug, thiserror::Error)]
pub enum SaveError {
    /// Another one has been saved since.
    #[error("revision {current} has been saved meanwhile")]
    Conflict {
        /// Number of the newest.
        current: u64,
    },
    /// The database cannot be written.
    #[error(transparent)]
    Storage(#[from] StoreError),
}

impl ConfigStore {
    /// Opens the database at `path`, or makes it.
    ///
    /// # Errors
    /// It cannot be used. It is never replaced: keys and limits do not vanish silently.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let connection = database::open(path, &FORMAT)?;
        let sound: String = connection
            .query_row("PRAGMA quick_check(1)", [], |row| row.get(0))
            .map_err(|error| StoreError::of(path, &error))?;
        if sound != "ok" {
            return Err(StoreError::Damaged {
                path: path.to_owned(),
                reason: sound,
            });
        }
        Ok(Self {
            path: Arc::new(path.to_owned()),
            connection: Arc::new(Mutex::new(connection)),
        })
    }

    /// The newest revision, if there is one.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn latest(&self) -> Result<Option<Revision>, StoreError> {
        let sql = "SELECT number, at_us, actor, note, config FROM revisions
                   ORDER BY number DESC LIMIT 1";
        self.with(|db| db.query_row(sql, [], revision).optional())
    }

    /// One revision, if there is one with that number.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn revision(&self, number: u64) -> Result<Option<Revision>, StoreError> {
        let Ok(number) = i64::try_from(number) else {
            return Ok(None);
        };
        let sql = "SELECT number, at_us, actor, note, config FROM revisions WHERE number = ?1";
        self.with(|db| db.query_row(sql, [number], revision).optional())
    }

    /// At most `limit` revisions before `before`, newest first.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn revisions(
        &self,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<RevisionInfo>, StoreError> {
        let before = before
            .and_then(|number| i64::try_from(number).ok())
            .unwrap_or(i64::MAX);
        self.with(|db| {
            let sql = "SELECT number, at_us, actor, note FROM revisions
                       WHERE number < ?1 ORDER BY number DESC LIMIT ?2";
            let mut statement = db.prepare_cached(sql)?;
            let rows = statement.query_map((before, limit), info)?;
            rows.collect()
        })
    }

    /// Saves a configuration and gives its number. `expected` is the number of the newest revision
    /// it was made from, 0 for none.
    ///
    /// # Errors
    /// Another one has been saved since, or the database cannot be written.
    pub fn save(&self, new: NewRevision<'_>, expected: Option<u64>) -> Result<u64, SaveError> {
        let NewRevision {
            config,
            actor,
            note,
            at_us,
        } = new;
        let json = serde_json::to_string(config).expect("a config is plain JSON");
        let saved = self.with(|db| {
            let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let current: u64 = tx.query_row(
                "SELECT coalesce(max(number), 0) FROM revisions",
                [],
                |row| row.get(0),
            )?;
            if expected.is_some_and(|expected| expected != current) {
                return Ok(Err(current));
            }
            tx.execute(
                "INSERT INTO revisions (number, at_us, actor, note, config)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
                (
                    current + 1,
                    at_us,
                    super::exchange_row::word(&actor),
                    note,
                    json,
                ),
            )?;
            tx.commit()?;
            Ok(Ok(current + 1))
        })?;
        saved.map_err(|current| SaveError::Conflict { current })
    }

    /// Runs statements on the one connection.
    pub(super) fn with<T>(
        &self,
        run: impl FnOnce(&mut Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        run(&mut self.connection.lock()).map_err(|error| StoreError::of(&self.path, &error))
    }
}

fn info(row: &Row<'_>) -> rusqlite::Result<RevisionInfo> {
    Ok(RevisionInfo {
        number: row.get(0)?,
        at_us: row.get(1)?,
        actor: super::exchange_row::from_word(row, 2)?,
        note: row.get(3)?,
    })
}

fn revision(row: &Row<'_>) -> rusqlite::Result<Revision> {
    let json: String = row.get(4)?;
    let config = serde_json::from_str(&json).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(4, rusqlite::types::Type::Text, error.into())
    })?;
    Ok(Revision {
        info: info(row)?,
        config,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store(dir: &tempfile::TempDir) -> Result<ConfigStore, StoreError> {
        ConfigStore::open(&dir.path().join("gatewright.db"))
    }

    fn save(store: &ConfigStore, port: u16, expected: Option<u64>) -> Result<u64, SaveError> {
        let mut config = Config::default();
        config.listen.port = port;
        let note = format!("port {port}");
        store.save(
            NewRevision {
                config: &config,
                actor: Actor::Ui,
                note,
                at_us: 7,
            },
            expected,
        )
    }

    /// I1
    #[test]
    fn what_was_saved_is_there_after_a_restart() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(store(&dir).unwrap().latest().unwrap(), None);
        assert_eq!(save(&store(&dir).unwrap(), 1000, Some(0)).unwrap(), 1);
        assert_eq!(save(&store(&dir).unwrap(), 2000, None).unwrap(), 2);
        let store = store(&dir).unwrap();
        assert_eq!(store.latest().unwrap().unwrap().config.listen.port, 2000);
        assert_eq!(store.revision(1).unwrap().unwrap().info.note, "port 1000");
        let numbers = |before| {
            let revisions = store.revisions(before, 10).unwrap();
            revisions
                .iter()
                .map(|revision| revision.number)
                .collect::<Vec<_>>()
        };
        assert_eq!((numbers(None), numbers(Some(2))), (vec![2, 1], vec![1]));
        assert_eq!(numbers(Some(u64::MAX)), [2, 1]);
        assert_eq!(store.revision(u64::MAX).unwrap(), None);
    }

    #[test]
    fn a_change_made_from_an_older_revision_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let store = store(&dir).unwrap();
        save(&store, 1000, Some(0)).unwrap();
        let refused = save(&store, 2000, Some(0)).unwrap_err();
        assert!(matches!(refused, SaveError::Conflict { current: 1 }));
        assert_eq!(store.latest().unwrap().unwrap().config.listen.port, 1000);
    }

    #[test]
    fn a_database_of_a_newer_version_is_refused_and_left_as_it_is() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("gatewright.db");
        let other = Connection::open(&path).unwrap();
        other
            .execute_batch("CREATE TABLE future (x); PRAGMA user_version = 99;")
            .unwrap();
        drop(other);
        let before = std::fs::read(&path).unwrap();
        let error = store(&dir).err().unwrap();
        assert!(
            matches!(
                error,
                StoreError::Newer {
                    found: 99,
                    known: 4,
                    ..
                }
            ),
            "{error}"
        );
        assert_eq!(std::fs::read(&path).unwrap(), before);
    }

    /// A gateway that was killed leaves its last changes in the companion file `-wal`.
    #[test]
    fn a_newer_database_is_left_as_it_is_with_what_was_not_yet_moved_into_it() {
        let (running, killed) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let other = Connection::open(running.path().join("gatewright.db")).unwrap();
        other
            .execute_batch(
                "PRAGMA journal_mode = WAL; CREATE TABLE future (x); PRAGMA user_version = 99;",
            )
            .unwrap();
        let files = ["gatewright.db", "gatewright.db-wal"];
        // Nobody writes there meanwhile, so that the copies are what a kill leaves.
        for file in files {
            std::fs::copy(running.path().join(file), killed.path().join(file)).unwrap();
        }
        let bytes = || files.map(|file| std::fs::read(killed.path().join(file)).unwrap());
        let before = bytes();
        let error = store(&killed).err().unwrap();
        assert!(
            matches!(error, StoreError::Newer { found: 99, .. }),
            "{error}"
        );
        assert_eq!(bytes(), before);
    }

    /// I8
    #[test]
    fn a_database_damaged_inside_is_refused_and_left_as_it_is() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("gatewright.db");
        let whole = store(&dir).unwrap();
        save(&whole, 1000, None).unwrap();
        drop(whole);
        let mut bytes = std::fs::read(&path).unwrap();
        let first_page = 4096;
        bytes[first_page..first_page + 100].fill(0xff);
        std::fs::write(&path, &bytes).unwrap();
        let error = store(&dir).err().unwrap();
        assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
        assert_eq!(std::fs::read(&path).unwrap(), bytes);
    }

    #[test]
    fn a_place_that_cannot_be_written_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let no_folder = dir.path().join("missing").join("gatewright.db");
        let a_folder = dir.path().join("gatewright.db");
        std::fs::create_dir(&a_folder).unwrap();
        for path in [no_folder, a_folder] {
            let error = ConfigStore::open(&path).err().unwrap();
            assert!(matches!(error, StoreError::Unusable { .. }), "{error}");
            assert!(error.to_string().contains(path.to_str().unwrap()));
        }
    }

    /// I1, I7: a write that cannot be stored is an error, and nothing of it is there.
    #[test]
    fn what_finds_no_room_on_the_disk_is_not_saved() {
        let dir = tempfile::tempdir().unwrap();
        let store = store(&dir).unwrap();
        save(&store, 1000, None).unwrap();
        store
            .with(|db| {
                let pages: u32 = db.query_row("PRAGMA page_count", [], |row| row.get(0))?;
                db.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(()))
            })
            .unwrap();
        let new = NewRevision {
            config: &Config::default(),
            actor: Actor::Ui,
            note: "x".repeat(100_000),
            at_us: 7,
        };
        match store.save(new, Some(1)).unwrap_err() {
            SaveError::Storage(error) => {
                assert!(error.to_string().ends_with("the disk is full"), "{error}");
            }
            conflict @ SaveError::Conflict { .. } => panic!("{conflict}"),
        }
        assert_eq!(store.latest().unwrap().unwrap().info.number, 1);
    }

    #[test]
    fn a_write_is_on_the_disk_before_it_is_answered() {
        let dir = tempfile::tempdir().unwrap();
        let store = store(&dir).unwrap();
        let pragmas: (String, u32) = store
            .with(|db| {
                let mode = db.query_row("PRAGMA journal_mode", [], |row| row.get(0))?;
                let synchronous = db.query_row("PRAGMA synchronous", [], |row| row.get(0))?;
                Ok((mode, synchronous))
            })
            .unwrap();
        let full = 2;
        assert_eq!(pragmas, ("wal".to_owned(), full));
    }

    /// I8
    #[test]
    fn a_damaged_database_is_refused_and_left_as_it_is() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("gatewright.db");
        std::fs::write(
            &path,
            "this is no database, but long enough to be read as one".repeat(99),
        )
        .unwrap();
        let before = std::fs::read(&path).unwrap();
        let error = store(&dir).err().unwrap();
        assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
        assert!(error.to_string().contains("gatewright.db"));
        assert_eq!(std::fs::read(&path).unwrap(), before);
    }

    #[cfg(unix)]
    #[test]
    fn only_this_user_may_read_it() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let store = store(&dir).unwrap();
        save(&store, 1000, None).unwrap();
        for entry in std::fs::read_dir(dir.path()).unwrap() {
            let mode = entry.unwrap().metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o077, 0);
        }
    }
}
