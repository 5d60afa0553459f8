//! The program, as it is typed.

use std::path::Path;
use std::process::{Command, Output};

/// Runs it in a folder, with nothing of the environment that changes what it does, until it ends.
pub(crate) fn gatewright(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_gatewright"))
        .env_remove("GATEWRIGHT_DATA")
        .env_remove("RUST_LOG")
        .current_dir(folder)
        .args(arguments)
        .output()
        .unwrap()
}
