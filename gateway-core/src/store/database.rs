//! Opens a SQLite file: makes it, checks it, brings its tables up to date.

use std::fs::OpenOptions;
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

fn back_up(connection: &Connection, path: &Path, version: u32) -> Result<(), StoreError> {
    let copy = path.with_added_extension(format!("v{version}.bak"));
    if copy.exists() {
        // From a migration that was cut short; the first copy is the one to keep.
        return Ok(());
    }
    let copied = connection.execute("VACUUM INTO ?1", [copy.to_string_lossy()]);
    copied
        .map(drop)
        .map_err(|error| StoreError::of(path, &error))
}
