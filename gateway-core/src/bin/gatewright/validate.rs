//! `gatewright validate`: everything that is wrong with a file, before it is used.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, bail};
use gateway_core::config::{Config, Issue, Severity, file};
use gateway_core::saved_tests::{SavedTestRun, warnings};
use gateway_core::snapshot::Snapshot;
use gateway_core::snapshot::compile::compile;

use crate::terminal::say;
use crate::test::try_all;

/// Reads a file as `serve --config` would, and says what it finds.
pub(crate) fn validate(path: &Path) -> anyhow::Result<()> {
    let text =
        fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let (issues, tried) = match file::parse(&text) {
        Ok(config) => look(&config),
        Err(issues) => (issues, None),
    };
    for issue in &issues {
        say(&line(issue));
    }
    let errors = issues
        .iter()
        .filter(|issue| issue.severity == Severity::Error)
        .count();
    match errors {
        0 => say(&format!(
            "{} is valid{}",
            path.display(),
            tests(tried.as_ref())
        )),
        1 => bail!("{} has one error", path.display()),
        _ => bail!("{} has {errors} errors", path.display()),
    }
    Ok(())
}

/// What is wrong or deserves a look, and how the saved tests came out.
fn look(config: &Config) -> (Vec<Issue>, Option<SavedTestRun>) {
    match compile(config, 0, &Snapshot::default()) {
        Ok(compiled) => {
            let tried = try_all(&compiled.snapshot, config);
            let mut issues = compiled.warnings;
            issues.extend(warnings(&tried));
            (issues, Some(tried))
        }
        Err(issues) => (issues, None),
    }
}

fn tests(tried: Option<&SavedTestRun>) -> String {
    match tried.map(|tried| (tried.results.len(), tried.failed)) {
        None | Some((0, _)) => String::new(),
        Some((1, 0)) => ", and its saved test passes".to_owned(),
        Some((all, 0)) => format!(", and its {all} saved tests pass"),
        Some((all, failed)) => {
            format!(", but {failed} of {all} saved tests fail; `gatewright test` says which")
        }
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
