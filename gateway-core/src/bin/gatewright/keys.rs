//! `gatewright keys`: API keys, from the data folder, while no gateway runs.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use gateway_core::clock::Clock;
use gateway_core::gateway::OpenError;
use gateway_core::ids::{KeyId, PlanName};
use gateway_core::keys::{ApiKey, Grant, Issued, KeyAccess, KeySearch, KeyState, NewKey};
use gateway_core::{Gateway, Options};
use uuid::Uuid;

use crate::terminal::{complain, say};

const DAY_S: u64 = 86_400;

/// What to do with API keys.
#[derive(Subcommand)]
pub(crate) enum Action {
    /// Issues a key and writes it to standard output: the only time it is ever shown.
    Issue(Box<Wish>),
    /// Lists the keys, newest first.
    List {
        /// Only those of this consumer.
        #[arg(long)]
        consumer: Option<String>,
        /// Only those with this in their name, consumer, hint, labels or id.
        #[arg(long)]
        text: Option<String>,
    },
    /// Issues a key in place of another one and writes it to standard output: the only time it is
    /// ever shown.
    Roll {
        /// Id of the old one, as `keys list` shows it.
        id: Uuid,
        /// How long the old one stays good, such as `90s`, `15m`, `24h` or `7d`.
        #[arg(long, value_name = "DURATION", default_value = "24h", value_parser = duration)]
        overlap: Duration,
    },
    /// Revokes a key, for good.
    Revoke {
        /// Its id, as `keys list` shows it.
        id: Uuid,
    },
}

/// A key to issue.
#[derive(Args)]
pub(crate) struct Wish {
    /// What to call it.
    name: String,
    /// Who uses it. Unless given, the same as the name.
    #[arg(long)]
    consumer: Option<String>,
    /// A scope of whoever shows it. Can be given several times.
    #[arg(long = "scope", value_name = "SCOPE")]
    scopes: Vec<String>,
    /// A note for people. Can be given several times.
    #[arg(long = "label", value_name = "NAME=TEXT", value_parser = label)]
    labels: Vec<(String, String)>,
    /// Its plan. Unless given, that of its consumer.
    #[arg(long)]
    plan: Option<String>,
    /// A route that it may be used on. Can be given several times.
    #[arg(long = "route", value_name = "ROUTE")]
    routes: Vec<String>,
    /// Let it be used on all routes, those to come too.
    #[arg(long, conflicts_with = "routes")]
    all_routes: bool,
    /// How long it is good, such as `90s`, `15m`, `24h` or `7d`. Unless given, for ever.
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    ttl: Option<Duration>,
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
    match action {
        Action::Issue(wish) => {
            let new = wish.key(gateway.clock().now().epoch_us);
            if new.access == KeyAccess::default() {
                complain("it may be used nowhere yet: say where with `--route` or `--all-routes`");
            }
            show(&gateway.issue_key(new)?, "issued");
        }
        Action::List { consumer, text } => {
            let search = KeySearch {
                consumer,
                text,
                limit: usize::MAX,
                ..KeySearch::default()
            };
            let now_us = gateway.clock().now().epoch_us;
            for key in gateway.keys().find(&search).keys {
                say(&line(&key, now_us));
            }
        }
        Action::Roll { id, overlap } => {
            let rolled = gateway.roll_key(KeyId(id), overlap)?;
            show(&rolled.with_context(|| no_key(id))?, "rolled");
        }
        Action::Revoke { id } => {
            gateway.revoke_key(KeyId(id))?.with_context(|| no_key(id))?;
            say(&format!("revoked {id}"));
        }
    }
    Ok(())
}

fn no_key(id: Uuid) -> String {
    format!("no key has the id {id}; `gatewright keys list` shows them")
}

fn show(Issued { key, secret }: &Issued, what: &str) {
    complain(&format!(
        "{what} `{}` with the id {}; the key below is shown only now",
        key.name, key.id
    ));
    say(secret);
}

impl Wish {
    fn key(self, now_us: i64) -> NewKey {
        let Self {
            name,
            consumer,
            scopes,
            labels,
            plan,
            routes,
            all_routes,
            ttl,
        } = self;
        let grant = |route: String| Grant {
            route: route.as_str().into(),
            versions: Vec::new(),
            methods: Vec::new(),
        };
        let after = |ttl: Duration| {
            now_us.saturating_add(i64::try_from(ttl.as_micros()).unwrap_or(i64::MAX))
        };
        NewKey {
            name,
            consumer,
            labels: labels.into_iter().collect::<BTreeMap<_, _>>(),
            scopes,
            plan: plan.map(PlanName::new),
            access: match all_routes {
                true => KeyAccess::All,
                false => KeyAccess::Selected {
                    grants: routes.into_iter().map(grant).collect(),
                },
            },
            expires_at_us: ttl.map(after),
        }
    }
}

fn label(text: &str) -> Result<(String, String), &'static str> {
    let (name, text) = text.split_once('=').ok_or("write it as `name=text`")?;
    Ok((name.trim().to_owned(), text.trim().to_owned()))
}

fn duration(text: &str) -> Result<Duration, &'static str> {
    let wrong = "write it as `90s`, `15m`, `24h` or `7d`";
    let text = text.trim();
    let unit_at = text.len().saturating_sub(1);
    let (number, unit) = text.split_at_checked(unit_at).ok_or(wrong)?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => DAY_S,
        _ => return Err(wrong),
    };
    let number: u32 = number.parse().map_err(|_| wrong)?;
    Ok(Duration::from_secs(u64::from(number) * seconds))
}

fn line(key: &ApiKey, now_us: i64) -> String {
    let state = match key.state(now_us) {
        KeyState::Good => "good",
        KeyState::Expired => "expired",
        KeyState::Revoked => "revoked",
    };
    format!(
        "{}  {state:7}  {}  {}  {}",
        key.id, key.hint, key.consumer, key.name
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_numbers_with_a_unit() {
        assert_eq!(duration("90s"), Ok(Duration::from_secs(90)));
        assert_eq!(duration(" 15m"), Ok(Duration::from_secs(900)));
        assert_eq!(duration("7d"), Ok(Duration::from_secs(7 * DAY_S)));
        for text in ["", "s", "1", "1y", "-1s", "1.5h", "é", "99999999999s"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }
}
