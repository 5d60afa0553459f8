//! Why a database cannot be used, as sentences for people.

use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

/// Why a database cannot be used. Its file is left as it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// It was written by a newer Gatewright.
    #[error(
        "{} was written by a newer version of Gatewright (format {found}; this version knows up \
         to {known}); use that version, or another data folder", path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: u32,
        /// The newest format known here.
        known: u32,
    },
    /// It is no database, or a damaged one.
    #[error(
        "{} is damaged ({reason}); it was left as it is: move it away to begin a new one, or put \
         back a copy", path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        reason: String,
    },
    /// It cannot be read or written.
    #[error("{} cannot be used: {reason}", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What SQLite or the operating system says.
        reason: String,
    },
}

impl StoreError {
    /// What an error of SQLite means for the database at `path`.
    pub(super) fn of(path: &Path, error: &rusqlite::Error) -> Self {
        let (path, reason) = (path.to_owned(), error.to_string());
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                Self::Damaged { path, reason }
            }
            Some(ErrorCode::DiskFull) => Self::Unusable {
                path,
                reason: "the disk is full".to_owned(),
            },
            Some(ErrorCode::ReadOnly) => Self::Unusable {
                path,
                reason: "it may not be written".to_owned(),
            },
            _ => Self::Unusable { path, reason },
        }
    }
}
