//! An export as a folder.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;
use utoipa::ToSchema;

use crate::export::{Export, File};
use crate::private_file;

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Saved {
    /// The folder.
    pub folder: String,
    /// Names of the files that were written.
    pub written: Vec<String>,
    /// Names of files with secrets that were there already and stay as they are.
    pub kept: Vec<String>,
}

/// Why a folder was not written or read.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// It is not said from where.
    #[error("`{0}` is no absolute path: write it from the root, such as `/home/me/gateway-nginx`")]
    Relative(String),
    /// There is something else in it.
    #[error(
        "{} holds something else: choose a folder that is empty, that is not there yet, or that \
         an export was written to", .0.display()
    )]
    Occupied(PathBuf),
    /// The operating system says no.
    #[error("{} cannot be used: {reason}", path.display())]
    Io {
        /// What.
        path: PathBuf,
        /// Why.
        reason: io::Error,
    },
}

fn io(path: &Path, reason: io::Error) -> FolderError {
    FolderError::Io {
        path: path.to_owned(),
        reason,
    }
}

/// Whether a folder may be written to without harming what is in it: it is not there, or empty, or
/// an export was written to it before.
///
/// # Errors
/// It may not, and why.
pub fn check(folder: &Path) -> Result<(), FolderError> {
    if !folder.is_absolute() {
        return Err(FolderError::Relative(folder.display().to_string()));
    }
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(io(folder, error)),
        Ok(entries) => entries,
    };
    let report = fs::read(folder.join("report.json")).unwrap_or_default();
    let report: serde_json::Value = serde_json::from_slice(&report).unwrap_or_default();
    let exported = report["product"]["id"].is_string() && report["placeholders"].is_array();
    match exported || entries.count() == 0 {
        true => Ok(()),
        false => Err(FolderError::Occupied(folder.to_owned())),
    }
}

/// Writes an export. Files that secrets are filled into are for this user alone, and stay as they are
/// where they are there already: somebody may have filled them in.
///
/// # Errors
/// Something cannot be written.
pub fn write(folder: &Path, export: &Export) -> Result<Saved, FolderError> {
    let mut saved = Saved {
        folder: folder.display().to_string(),
        written: Vec::new(),
        kept: Vec::new(),
    };
    fs::create_dir_all(folder).map_err(|error| io(folder, error))?;
    for File { name, text } in &export.files {
        let path = folder.join(name);
        let parent = path.parent().unwrap_or(folder);
        fs::create_dir_all(parent).map_err(|error| io(parent, error))?;
        let written = match is_for_secrets(export, name) {
            false => fs::write(&path, text),
            true => secrets(&path, text),
        };
        match written {
            Ok(()) => saved.written.push(name.clone()),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                saved.kept.push(name.clone());
            }
            Err(error) => return Err(io(&path, error)),
        }
    }
    Ok(saved)
}

/// The files of a folder that an export has too.
///
/// # Errors
/// There is no such folder, or something in it cannot be read.
pub fn read(folder: &Path, export: &Export) -> Result<Vec<File>, FolderError> {
    fs::read_dir(folder).map_err(|error| io(folder, error))?;
    let mut files = Vec::new();
    for File { name, .. } in &export.files {
        let path = folder.join(name);
        match fs::read_to_string(&path) {
            Ok(text) => files.push(File {
                name: name.clone(),
                text,
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(io(&path, error)),
        }
    }
    Ok(files)
}

/// Whether secrets are filled into a file.
pub(super) fn is_for_secrets(export: &Export, name: &str) -> bool {
    export.placeholders.iter().any(|one| one.file == name)
}

/// Writes a file of secrets for this user alone, where there is none.
///
/// # Errors
/// There is one, or the operating system says no.
pub fn secrets(path: &Path, text: &str) -> io::Result<()> {
    if path.exists() {
        return Err(io::Error::from(io::ErrorKind::AlreadyExists));
    }
    private_file::create(path, text.as_bytes())
}

/// Writes a file of secrets for this user alone, whatever stood there.
///
/// # Errors
/// The operating system says no.
pub fn replace_secrets(path: &Path, text: &str) -> io::Result<()> {
    private_file::replace(path, text.as_bytes())
}
