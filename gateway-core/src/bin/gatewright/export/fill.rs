//! Keys into the folder of an export.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::Args;
use gateway_core::export::{self, File, Placeholder};
use gateway_core::exported::{folder, new_keys};

use crate::terminal::{complain, say};

#[derive(Args)]
pub(super) struct Options {
    /// The folder that an export was written to.
    folder: PathBuf,
    /// The file that `--new-keys` wrote: a line `NAME=KEY` for each.
    #[arg(long, value_name = "FILE")]
    keys: PathBuf,
}

/// Puts them in.
pub(super) fn fill(options: &Options) -> anyhow::Result<ExitCode> {
    let Options { folder, keys } = options;
    let report = folder.join("report.json");
    let text = fs::read(&report).with_context(|| {
        let folder = folder.display();
        format!("no export was written to {folder}: its report.json cannot be read")
    })?;
    let report: serde_json::Value =
        serde_json::from_slice(&text).context("its report.json cannot be read")?;
    let placeholders: Vec<Placeholder> = serde_json::from_value(report["placeholders"].clone())
        .context("its report.json does not say what to fill in")?;
    let text =
        fs::read_to_string(keys).with_context(|| format!("cannot read {}", keys.display()))?;
    let secrets = new_keys::from_env(&text);
    let names: BTreeSet<&str> = placeholders.iter().map(|one| one.file.as_str()).collect();
    let odd = |name: &&&str| {
        !Path::new(**name)
            .components()
            .all(|part| matches!(part, Component::Normal(_)))
    };
    if let Some(name) = names.iter().find(odd) {
        bail!("`{name}` is no file of the folder");
    }
    let mut missing = BTreeSet::new();
    for name in names {
        let path = folder.join(name);
        let text =
            fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let mut files = [File {
            name: name.to_owned(),
            text,
        }];
        let missed = placeholders
            .iter()
            .filter(|one| one.file == name && !secrets.contains_key(&one.name));
        missing.extend(missed.map(|one| one.name.as_str()));
        export::fill(&mut files, &placeholders, |one| {
            secrets.get(&one.name).cloned()
        });
        let [File { text, .. }] = files;
        folder::replace_secrets(&path, &text)
            .with_context(|| format!("cannot write {}", path.display()))?;
        say(&format!("filled in {}", path.display()));
    }
    for name in &missing {
        complain(&format!("{} has no `{name}`", keys.display()));
    }
    if !missing.is_empty() {
        bail!("callers without a key are refused there");
    }
    Ok(ExitCode::SUCCESS)
}
