//! `gatewright keys`: API keys, from the data folder, while no gateway runs.

use std::path::PathBuf;

use anyhow::bail;
use clap::Subcommand;
use gateway_core::clock::Clock;
use gateway_core::gateway::OpenError;
use gateway_core::ids::KeyId;
use gateway_core::keys::ApiKey;
use gateway_core::{Gateway, Options};
use uuid::Uuid;

use crate::terminal::{complain, say};

/// What to do with API keys.
#[derive(Subcommand)]
pub(crate) enum Action {
    /// Issues a key and writes it to standard output: the only time it is ever shown.
    Issue {
        /// What to call it.
        name: String,
        /// Who uses it. Unless given, the same as the name.
        #[arg(long)]
        consumer: Option<String>,
    },
    /// Lists the keys.
    List,
    /// Revokes a key, for good.
    Revoke {
        /// Its id, as `keys list` shows it.
        id: Uuid,
    },
}

/// Does it.
pub(crate) async fn run(data_dir: PathBuf, action: Action) -> anyhow::Result<()> {
    let options = Options {
        data_dir,
        config_file: None,
        clock: Clock::system(),
    };
    // The folder's lock keeps two programs from changing keys at once; one that runs holds its keys
    // in memory and would not hear of a new one.
    let gateway = match Gateway::open(options).await {
        Ok(gateway) => gateway,
        Err(OpenError::Locked { path }) => bail!(
            "a Gatewright is running with the data folder {}; manage its keys in its window, or \
             stop it first",
            path.display()
        ),
        Err(error) => return Err(error.into()),
    };
    let result = act(&gateway, action);
    gateway.shutdown().await;
    result
}

fn act(gateway: &Gateway, action: Action) -> anyhow::Result<()> {
    let keys = gateway.keys();
    match action {
        Action::Issue { name, consumer } => {
            let issued = keys.issue(&name, consumer.as_deref())?;
            complain(&format!(
                "issued `{}` with the id {}; the key below is shown only now",
                issued.key.name, issued.key.id
            ));
            say(&issued.secret);
        }
        Action::List => {
            for key in keys.list() {
                say(&line(&key));
            }
        }
        Action::Revoke { id } => {
            if !keys.revoke(KeyId(id))? {
                bail!("no key has the id {id}; `gatewright keys list` shows them");
            }
            say(&format!("revoked {id}"));
        }
    }
    Ok(())
}

fn line(key: &ApiKey) -> String {
    let state = if key.revoked_at_us.is_some() {
        "revoked"
    } else {
        "good"
    };
    format!("{}  {state:7}  {}  {}", key.id, key.hint, key.name)
}
