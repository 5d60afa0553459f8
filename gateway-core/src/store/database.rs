//! Opens a SQLite file: makes it, checks it, brings its tables up to date.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use rusqlite_migration::Migrations;

use super::error::StoreError;

/// How long a statement waits for another connection's.
const BUSY: Duration = Duration::from_secs(5);

/// A kind of database: its tables, and how carefully it is written.
pub(super) struct Format {
    /// Steps from an empty file to the newest format.
    pub(super) migrations: fn() -> Migrations<'static>,
    /// Number of those steps.
    pub(super) newest: u32,
    /// Statements run on each new connection that writes.
    pub(super) pragmas: &'static str,
}

/// Opens a database for writing, makes it if it is missing, and brings it up to date. An existing
/// one is copied beside itself first.
pub(super) fn open(path: &Path, format: &Format) -> Result<Connection, StoreError> {
    make(path)?;
    check_version(path, format)?;
    let failed = |error: rusqlite::Error| StoreError::of(path, &error);
    let mut connection = Connection::open(path).map_err(failed)?;
    connection.busy_timeout(BUSY).map_err(failed)?;
    connection.execute_batch(format.pragmas).map_err(failed)?;
    let found = version(&connection).map_err(failed)?;
    if 0 < found && found < format.newest {
        back_up(&connection, path, found)?;
    }
    (format.migrations)()
        .to_latest(&mut connection)
        .map_err(|error| match error {
            rusqlite_migration::Error::RusqliteError { err, .. } => StoreError::of(path, &err),
            other => StoreError::Unusable {
                path: path.to_owned(),
                reason: other.to_string(),
            },
        })?;
    Ok(connection)
}

/// Opens a database for reading only.
pub(super) fn open_reader(path: &Path) -> Result<Connection, StoreError> {
    let failed = |error: rusqlite::Error| StoreError::of(path, &error);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(failed)?;
    connection.busy_timeout(BUSY).map_err(failed)?;
    Ok(connection)
}

/// Refuses a database of a newer format, by a connection that cannot write.
pub(super) fn check_version(path: &Path, format: &Format) -> Result<(), StoreError> {
    let failed = |error: rusqlite::Error| StoreError::of(path, &error);
    let found = open_reader(path).and_then(|reader| version(&reader).map_err(failed))?;
    match found > format.newest {
        true => Err(StoreError::Newer {
            path: path.to_owned(),
            found,
            known: format.newest,
        }),
        false => Ok(()),
    }
}

fn version(connection: &Connection) -> rusqlite::Result<u32> {
    connection.query_row("PRAGMA user_version", [], |row| row.get(0))
}

/// Makes the file for this user alone; SQLite gives its companions the same rights.
fn make(path: &Path) -> Result<(), StoreError> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let made = options.open(path);
    made.map(drop).map_err(|error| StoreError::Unusable {
        path: path.to_owned(),
        reason: error.to_string(),
    })
}

/// Copies a database beside itself, for this user alone. A copy that is there already is whole, and
/// from a migration that was cut short: it is the one to keep.
fn back_up(connection: &Connection, path: &Path, version: u32) -> Result<(), StoreError> {
    let copy = path.with_added_extension(format!("v{version}.bak"));
    if copy.exists() {
        return Ok(());
    }
    let unfinished = copy.with_added_extension("part");
    let failed = |error: io::Error| StoreError::Unusable {
        path: unfinished.clone(),
        reason: error.to_string(),
    };
    match fs::remove_file(&unfinished) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
        Ok(()) | Err(_) => {}
    }
    make(&unfinished)?;
    connection
        .execute("VACUUM INTO ?1", [unfinished.to_string_lossy()])
        .map_err(|error| StoreError::of(path, &error))?;
    // Only a whole copy gets the name, also after a power cut.
    let file = File::open(&unfinished).map_err(failed)?;
    file.sync_all().map_err(failed)?;
    fs::rename(&unfinished, &copy).map_err(failed)
}

#[cfg(test)]
mod tests {
    use rusqlite_migration::M;

    use super::*;

    const FIRST: Format = Format {
        migrations: || {
            Migrations::new(vec![M::up("CREATE TABLE a (x); INSERT INTO a VALUES (1);")])
        },
        newest: 1,
        pragmas: "PRAGMA journal_mode = WAL;",
    };
    const SECOND: Format = Format {
        migrations: || {
            Migrations::new(vec![
                M::up("CREATE TABLE a (x); INSERT INTO a VALUES (1);"),
                M::up("ALTER TABLE a RENAME TO b;"),
            ])
        },
        newest: 2,
        pragmas: FIRST.pragmas,
    };
    const BROKEN: Format = Format {
        migrations: || {
            Migrations::new(vec![
                M::up("CREATE TABLE a (x); INSERT INTO a VALUES (1);"),
                M::up("ALTER TABLE a RENAME TO b; SELECT nonsense;"),
            ])
        },
        newest: 2,
        pragmas: FIRST.pragmas,
    };

    fn count(path: &Path, table: &str) -> rusqlite::Result<u32> {
        let sql = format!("SELECT count(*) FROM {table}");
        Connection::open(path)?.query_row(&sql, [], |row| row.get(0))
    }

    #[test]
    fn an_older_database_is_copied_before_it_is_brought_up_to_date() {
        let dir = tempfile::tempdir().unwrap();
        let (path, copy) = (dir.path().join("x.db"), dir.path().join("x.db.v1.bak"));
        drop(open(&path, &FIRST).unwrap());
        assert!(!copy.exists(), "a new one needs no copy");
        // As a copy looks that a power cut left behind.
        std::fs::write(dir.path().join("x.db.v1.bak.part"), "half a co").unwrap();
        drop(open(&path, &SECOND).unwrap());
        assert_eq!((count(&path, "b"), count(&copy, "a")), (Ok(1), Ok(1)));
        #[cfg(unix)]
        for entry in std::fs::read_dir(dir.path()).unwrap() {
            use std::os::unix::fs::PermissionsExt as _;
            let entry = entry.unwrap();
            let mode = entry.metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o077, 0, "{}", entry.path().display());
        }
    }

    #[test]
    fn a_database_that_cannot_be_brought_up_to_date_is_left_as_it_was() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.db");
        drop(open(&path, &FIRST).unwrap());
        let error = open(&path, &BROKEN).unwrap_err();
        assert!(error.to_string().contains("x.db"), "{error}");
        assert_eq!(count(&path, "a"), Ok(1));
        drop(open(&path, &FIRST).unwrap());
    }
}
