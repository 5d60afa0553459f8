//! What is different in an export since it was written.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use gateway_core::export::File;
use gateway_core::export::diff::{FileChange, diff as differences};
use gateway_core::exported::folder;

use super::input::Input;
use crate::terminal::{complain, say};

#[derive(Args)]
pub(super) struct Options {
    /// The product, such as `nginx`.
    product: String,
    #[command(flatten)]
    input: Input,
    /// The folder that an export was written to, or the one file that the product is started with.
    #[arg(long, value_name = "DIR")]
    against: PathBuf,
}

/// Says it.
pub(super) async fn diff(options: &Options) -> anyhow::Result<ExitCode> {
    let against = &options.against;
    let reading = options.input.read(None).await?;
    let mut export = reading.export(&options.product)?;
    let before = match against.is_file() {
        false => folder::read(against, &export)?,
        true => {
            let name = export.product.main_file.to_owned();
            export.files.retain(|file| file.name == name);
            let text = fs::read_to_string(against)
                .with_context(|| format!("cannot read {}", against.display()))?;
            vec![File { name, text }]
        }
    };
    let mut status = ExitCode::SUCCESS;
    for file in differences(&before, &export, false) {
        match file.change {
            FileChange::Same => {}
            FileChange::NotCompared => complain(&format!(
                "{} is not compared: keys may have been filled in",
                file.name
            )),
            FileChange::Changed | FileChange::Added | FileChange::Removed => {
                status = ExitCode::FAILURE;
                say(file.text.trim_end());
            }
        }
    }
    Ok(status)
}
