//! `gatewright token`: a test token, signed with the key in the data folder; a gateway may run or not.

use std::path::Path;

use clap::Args;
use gateway_core::clock::Clock;
use gateway_core::local_issuer::{LocalKey, Wish, issuer};

use crate::terminal::{complain, say};

/// What the token should say.
#[derive(Args)]
pub(crate) struct Options {
    /// Who it is for (`sub`).
    #[arg(long)]
    subject: String,
    /// `local_issuer.port` of the configuration, which is part of the claim `iss`.
    #[arg(long)]
    port: u16,
    /// Who it is meant for (`aud`). May be given several times.
    #[arg(long)]
    audience: Vec<String>,
    /// A scope. May be given several times.
    #[arg(long = "scope")]
    scopes: Vec<String>,
    /// A group. May be given several times.
    #[arg(long = "group")]
    groups: Vec<String>,
    /// Seconds from now on that it is good.
    #[arg(long, default_value_t = 3_600, value_parser = clap::value_parser!(u32).range(1..=31_536_000))]
    expires_in: u32,
}

/// Signs it.
pub(crate) fn sign(data_dir: &Path, options: Options) -> anyhow::Result<()> {
    let Options {
        subject,
        port,
        audience,
        scopes,
        groups,
        expires_in,
    } = options;
    let wish = Wish {
        subject,
        audience,
        scopes,
        groups,
        claims: serde_json::Map::new(),
        expires_in_s: expires_in,
    };
    let key = LocalKey::open(data_dir)?;
    let now_s = Clock::system().now().epoch_us.div_euclid(1_000_000);
    complain(&format!(
        "a test token of {}, good for {expires_in} s",
        issuer(port)
    ));
    say(&key.sign(&issuer(port), &wish, now_s));
    Ok(())
}
