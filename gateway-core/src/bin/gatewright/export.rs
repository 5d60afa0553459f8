//! `gatewright export`: a folder that another gateway runs from.

mod diff;
mod fill;
mod input;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use gateway_core::export::{Export, Fidelity, report};
use gateway_core::exported::{folder, new_keys};
use gateway_core::prove::{self, Badge, Wish, prove};

use crate::terminal::{complain, say};
use input::{Input, Reading};

/// What to do with exports.
#[derive(Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct Options {
    #[command(subcommand)]
    action: Option<Action>,
    #[command(flatten)]
    order: Order,
}

#[derive(Subcommand)]
enum Action {
    /// Says what is different in an export since it was written to a folder, as a unified diff.
    ///
    /// Ends with 0 where nothing is different, and 1 where something is.
    Diff(diff::Options),
    /// Puts the keys that were made with `--new-keys` into the folder of an export.
    Fill(fill::Options),
}

/// What to export.
#[derive(Args)]
struct Order {
    /// The product, such as `nginx`.
    #[arg(required = true)]
    product: Option<String>,
    #[command(flatten)]
    input: Input,
    /// The folder to write; it is made if there is none.
    #[arg(long, value_name = "DIR", required = true)]
    out: Option<PathBuf>,
    /// Write nothing unless all is carried over exactly.
    #[arg(long)]
    strict: bool,
    /// Make new API keys for the exported gateway and write them to this file, for this user alone.
    /// Gatewright does not take them and does not keep them.
    #[arg(long, value_name = "FILE")]
    new_keys: Option<PathBuf>,
    /// Run the product on loopback beside Gatewright and compare what both answer.
    #[arg(long)]
    prove: bool,
    /// A folder with the product's program, looked at before PATH. Can be given several times.
    #[arg(long = "programs", value_name = "DIR", requires = "prove")]
    programs: Vec<PathBuf>,
    /// Send so many requests of the data folder's log to both too, the newest that only read.
    #[arg(long, value_name = "N", requires_all = ["prove", "data"])]
    recorded: Option<usize>,
}

/// Does it.
pub(crate) async fn export(options: &Options) -> anyhow::Result<ExitCode> {
    match &options.action {
        Some(Action::Diff(options)) => diff::diff(options).await,
        Some(Action::Fill(options)) => fill::fill(options),
        None => write(&options.order).await,
    }
}

/// Writes the folder and says what is different.
async fn write(order: &Order) -> anyhow::Result<ExitCode> {
    let (Some(product), Some(out)) = (&order.product, &order.out) else {
        unreachable!("both are required without a subcommand");
    };
    let reading = order.input.read(order.recorded).await?;
    let export = reading.export(product)?;
    say(report::markdown(&export).trim_end());
    let fidelity = export.fidelity();
    if order.strict && fidelity != Fidelity::Exact {
        complain("nothing was written: not all of it is carried over exactly");
    } else {
        if let Some(file) = &order.new_keys {
            make_keys(&export, file, out)?;
        }
        let saved = folder::write(out, &export)?;
        for name in saved.kept {
            complain(&format!(
                "{} is there already and stays as it is",
                out.join(name).display()
            ));
        }
        say(&format!("\nWritten to {}", out.display()));
    }
    if order.prove {
        prove_it(order, product, &reading).await?;
    }
    Ok(ExitCode::from(match fidelity {
        Fidelity::Exact => 0,
        Fidelity::Approximated => 3,
        Fidelity::Incomplete => 4,
    }))
}

/// Writes keys of their own for what would have to be filled in: beside the export, never into it.
fn make_keys(export: &Export, file: &Path, out: &Path) -> anyhow::Result<()> {
    if export.placeholders.is_empty() {
        complain("no keys were made: there is nothing to fill in");
        return Ok(());
    }
    let inside = std::path::absolute(file)?.starts_with(std::path::absolute(out)?);
    if inside {
        bail!(
            "{} is in the export's own folder, which is passed on; write the keys somewhere else",
            file.display()
        );
    }
    let keys = new_keys::make(export);
    folder::secrets(file, &new_keys::as_env(export, &keys))
        .with_context(|| format!("cannot write the keys to {}", file.display()))?;
    complain(&format!(
        "{} new keys are in {}; `gatewright export fill {} --keys {}` puts them in",
        keys.len(),
        file.display(),
        out.display(),
        file.display()
    ));
    Ok(())
}

async fn prove_it(order: &Order, product: &str, reading: &Reading) -> anyhow::Result<()> {
    let wish = Wish {
        product,
        config: &reading.config,
        keys: &reading.keys,
        options: &reading.decided,
        folders: &order.programs,
        recorded: &reading.recorded,
        watch: None,
        tamper: None,
    };
    let proof = Box::pin(prove(&wish)).await?;
    say(&format!("\n{}", prove::markdown(&proof).trim_end()));
    if proof.badge != Badge::Proved {
        bail!("some of it is not proved");
    }
    Ok(())
}
