//! `gatewright validate`: everything that is wrong with a file, before it is used.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, bail};
use gateway_core::config::{Config, Issue, Severity, file};
use gateway_core::snapshot::Snapshot;
use gateway_core::snapshot::compile::compile;

use crate::terminal::say;

/// Reads a file as `serve --config` would, and says what it finds.
pub(crate) fn validate(path: &Path) -> anyhow::Result<()> {
    let text =
        fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let issues = match file::parse(&text) {
        Ok(config) => look(&config),
        Err(issues) => issues,
    };
    for issue in &issues {
        say(&line(issue));
    }
    let errors = issues
        .iter()
        .filter(|issue| issue.severity == Severity::Error)
        .count();
    match errors {
        0 => say(&format!("{} is valid", path.display())),
        1 => bail!("{} has one error", path.display()),
        _ => bail!("{} has {errors} errors", path.display()),
    }
    Ok(())
}

fn look(config: &Config) -> Vec<Issue> {
    match compile(config, 0, &Snapshot::default()) {
        Ok(compiled) => compiled.warnings,
        Err(issues) => issues,
    }
}

fn line(issue: &Issue) -> String {
    let Issue {
        path,
        severity,
        message,
    } = issue;
    let severity = match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    match path.as_str() {
        "" => format!("{severity}: {message}"),
        path => format!("{severity}: {path}: {message}"),
    }
}
