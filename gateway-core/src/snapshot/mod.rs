//! What requests read: the config compiled, immutable, swapped as a whole. Counters live here too
//! and are inherited from one snapshot to the next where what they count did not change.

pub mod access;
pub mod answer;
pub mod authentication;
pub mod balance;
pub mod breaker;
pub mod budget;
pub mod callers;
pub mod compile;
pub mod consumers;
pub mod cors;
pub mod header_edits;
pub mod health;
mod instances;
pub mod issuers;
pub mod key_places;
pub mod limits;
pub mod matcher;
pub mod mock;
pub mod origin;
mod overlap;
pub mod path;
pub mod rewrite;
mod route;
pub mod service_state;
pub mod versions;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use http::uri::Authority;

use crate::config::CacheBudget;
use crate::ids::{IssuerName, ServiceName};
use crate::process::managed::ManagedService;
use balance::Balancer;
use callers::CallerLimits;
use consumers::Consumers;
use issuers::Issuer;
use key_places::KeyPlaces;
use limits::Limiting;
use matcher::Matcher;
use origin::Origin;

pub use route::{Backend, HostHeader, Route};

/// Everything a request needs to know of the config.
#[derive(Default)]
pub struct Snapshot {
    /// Number of the config it was compiled from.
    pub revision: u64,
    /// Finds a request's route.
    pub matcher: Matcher,
    /// All routes that are switched on.
    pub routes: Vec<Arc<Route>>,
    /// All services by name.
    pub services: HashMap<ServiceName, Arc<Service>>,
    /// Who calls.
    pub consumers: Consumers,
    /// Whose tokens are taken, in the order of the config.
    pub issuers: Vec<Arc<Issuer>>,
    /// Where API keys are looked for.
    pub key_places: KeyPlaces,
    /// Largest request body taken, in bytes.
    pub max_request_body_bytes: Option<u64>,
    /// What callers may send, and how long they may take.
    pub limits: CallerLimits,
    /// How often callers may call, but for what routes say.
    pub limiting: Limiting,
    /// How much may be kept of answers.
    pub cache: CacheBudget,
}

impl Snapshot {
    /// The issuer of this name.
    pub fn issuer(&self, name: &IssuerName) -> Option<&Arc<Issuer>> {
        self.issuers.iter().find(|issuer| issuer.name == *name)
    }
}

/// A service with its targets.
pub struct Service {
    /// Its name.
    pub name: ServiceName,
    /// Where it listens; never empty.
    pub targets: Vec<Target>,
    /// How long to wait for a connection.
    pub connect_timeout: Duration,
    /// How long to wait for the first byte of an answer.
    pub first_byte_timeout: Duration,
    /// How long an answer or a tunnel may stand still; `None` for ever.
    pub idle_timeout: Option<Duration>,
    /// How long an answer may take in all, from the request's arrival; `None` for ever.
    pub total_timeout: Option<Duration>,
    /// How long a request waits for a target that does not listen at the moment.
    pub hold: Duration,
    /// When a request is tried again.
    pub retries: RetryRule,
    /// Which target a request goes to, and what is known of their health.
    pub balancer: Balancer,
    /// The program that answers for it, where the gateway runs it.
    pub managed: Option<ManagedService>,
}

/// When a request that failed is tried again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetryRule {
    /// How many times at most.
    pub attempts: u8,
    /// Statuses that count as failures.
    pub statuses: Vec<u16>,
    /// Most retries beside running requests, in percent of them.
    pub budget_percent: u8,
}

/// One instance of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// As written in the config.
    pub url: String,
    /// Host and port.
    pub authority: Authority,
    /// Where its connections lead, and how they are made.
    pub origin: Arc<Origin>,
    /// Path put before each request's path, without a trailing slash; often empty.
    pub base_path: String,
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::config::file;

    /// The snapshot of a config that must be right.
    pub(crate) fn compiled(yaml: &str) -> Snapshot {
        let config = file::parse(yaml).unwrap();
        compile::compile(&config, 1, &Snapshot::default())
            .unwrap()
            .snapshot
    }
}
