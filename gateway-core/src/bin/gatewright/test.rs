//! `gatewright test`: whether each saved test of a file still comes to where it belongs.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::bail;
use clap::Args;
use gateway_core::clock::Clock;
use gateway_core::config::Config;
use gateway_core::saved_tests::{Outcome, SavedTestResult, SavedTestRun, run};
use gateway_core::snapshot::Snapshot;
use gateway_core::snapshot::compile::compile;

use crate::config_file::{not_right, read};
use crate::terminal::say;

/// Which tests.
#[derive(Args)]
pub(crate) struct Options {
    /// The configuration's file.
    #[arg(long, value_name = "FILE", default_value = "gatewright.yaml")]
    config: PathBuf,
    /// Write all results as JSON instead.
    #[arg(long)]
    json: bool,
}

/// Tries the saved tests and says which do not pass.
pub(crate) fn test(options: &Options) -> anyhow::Result<ExitCode> {
    let config = read(&options.config)?;
    let snapshot = match compile(&config, 0, &Snapshot::default()) {
        Ok(compiled) => compiled.snapshot,
        Err(issues) => bail!(not_right(&options.config, &issues)),
    };
    let tried = try_all(&snapshot, &config);
    match options.json {
        true => say(&serde_json::to_string_pretty(&tried)?),
        false => tell(&options.config, &tried),
    }
    Ok(match tried.failed {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}

/// Tries the saved tests of a configuration as they would come out now.
pub(crate) fn try_all(snapshot: &Snapshot, config: &Config) -> SavedTestRun {
    let now_s = Clock::system().now().epoch_us.div_euclid(1_000_000);
    run(snapshot, config, now_s)
}

fn tell(path: &Path, tried: &SavedTestRun) {
    for result in &tried.results {
        if result.outcome != Outcome::Passes {
            say(&line(result));
        }
    }
    say(&match (tried.results.len(), tried.failed) {
        (0, _) => format!("{} has no saved tests", path.display()),
        (1, 0) => "1 saved test: it passes".to_owned(),
        (all, 0) => format!("{all} saved tests: all pass"),
        (1, _) => "1 saved test: it fails".to_owned(),
        (all, failed) => format!("{all} saved tests: {} pass, {failed} fail", tried.passed),
    });
}

/// ``failed: routes[0].tests[1]: `GET /orders/7` matches `catch-all`, not `orders` ``
fn line(result: &SavedTestResult) -> String {
    let SavedTestResult {
        path,
        route,
        test,
        sentence,
        ..
    } = result;
    let not = match (route, &test.version) {
        (None, _) => "; no route is to take it".to_owned(),
        (Some(route), None) => format!("; it belongs to `{route}`"),
        (Some(route), Some(version)) => format!("; it belongs to `{route}` `{version}`"),
    };
    format!("failed: {path}: {test} {sentence}{not}")
}
