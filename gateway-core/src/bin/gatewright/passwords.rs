//! `gatewright hash-password`: from standard input, since arguments end up in histories and lists of
//! processes.

use std::io::{IsTerminal as _, stdin};

use anyhow::bail;
use gateway_core::passwords;

use crate::terminal::{complain, say};

/// Reads a password and writes its hash.
pub(crate) fn hash() -> anyhow::Result<()> {
    if stdin().is_terminal() {
        complain("type the password and press Enter; it is shown as you type");
    }
    let mut line = String::new();
    stdin().read_line(&mut line)?;
    let password = line.trim_end_matches(['\r', '\n']);
    if password.is_empty() {
        bail!("there is no password on standard input");
    }
    say(&passwords::hash(password));
    Ok(())
}
