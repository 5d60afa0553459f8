//! The export of each product that was taken last, so that the next can be held against it. A file a
//! product, in the data folder; like every export it holds no secret.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::export::{Export, File};
use crate::private_file;

/// An export that was taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastExport {
    /// When and how.
    #[serde(flatten)]
    pub taken: Taken,
    /// Its files.
    pub files: Vec<File>,
}

/// When and how an export was taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ExportTaken)]
pub struct Taken {
    /// When, microseconds since 1970.
    pub at_us: i64,
    /// Revision of the configuration; absent for one that was not in force.
    pub revision: Option<u64>,
    /// How.
    pub how: How,
}

/// How an export was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ExportTakenHow)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// As a folder.
    Folder,
    /// As a ZIP file.
    Zip,
    /// A file of it was saved.
    File,
    /// A file of it was copied.
    Copy,
}

fn place(data_dir: &Path, export: &Export) -> PathBuf {
    let name = format!("{}.json", export.product.id);
    data_dir.join("exports").join(name)
}

/// Remembers an export as the one that was taken last.
///
/// # Errors
/// The data folder cannot be written to.
pub fn remember(data_dir: &Path, export: &Export, taken: Taken) -> io::Result<()> {
    let path = place(data_dir, export);
    fs::create_dir_all(path.parent().unwrap_or(data_dir))?;
    let last = LastExport {
        taken,
        files: export.files.clone(),
    };
    let text = serde_json::to_string(&last).map_err(io::Error::other)?;
    private_file::replace(&path, text.as_bytes())
}

/// The export of the same product that was taken last, if one was.
///
/// # Errors
/// It is there and cannot be read.
pub fn recall(data_dir: &Path, export: &Export) -> io::Result<Option<LastExport>> {
    let text = match fs::read(place(data_dir, export)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        read => read?,
    };
    Ok(Some(serde_json::from_slice(&text)?))
}
