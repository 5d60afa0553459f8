//! A configuration's file, for commands that need a right one.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, bail};
use gateway_core::config::{Config, Issue, file};

/// Reads it, or says what is the first thing that is wrong with it.
pub(crate) fn read(path: &Path) -> anyhow::Result<Config> {
    let text =
        fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    match file::parse(&text) {
        Ok(config) => Ok(config),
        Err(issues) => bail!(not_right(path, &issues)),
    }
}

/// That it is not right, and where to learn more.
pub(crate) fn not_right(path: &Path, issues: &[Issue]) -> String {
    format!(
        "{} is not right; `gatewright validate` says where: {}",
        path.display(),
        issues.first().map_or("", |issue| &issue.message)
    )
}
