//! What is exported, and what a person has decided about it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::placeholders::hex;
use crate::config::Config;
use crate::ids::{PlanName, RouteName};
use crate::keys::{ApiKey, KeyAccess, KeyHash};

/// What is exported.
pub struct Source<'c> {
    /// The configuration.
    pub config: &'c Config,
    /// The API keys that are good, or one for each consumer where none are known.
    pub keys: Vec<ExportKey>,
}

/// An API key as an export knows it: never the key itself.
#[derive(Clone, Debug)]
pub struct ExportKey {
    /// Its id, if it was issued here; sent to services as `X-Credential-Id`.
    pub id: Option<String>,
    /// Its name; placeholders are named after it.
    pub name: String,
    /// Who uses it.
    pub consumer: String,
    /// Its own scopes.
    pub scopes: Vec<String>,
    /// Its own plan.
    pub plan: Option<PlanName>,
    /// Where it may be used.
    pub access: KeyAccess,
    /// SHA-256 in hexadecimal, for products that compare hashes.
    pub sha256: Option<String>,
}

impl<'c> Source<'c> {
    /// A configuration and the keys that are good.
    pub fn with_keys(config: &'c Config, keys: &[(ApiKey, KeyHash)], options: &Options) -> Self {
        let keys = keys.iter().map(|(key, hash)| ExportKey {
            id: Some(key.id.to_string()),
            name: key.name.clone(),
            consumer: key.consumer.clone(),
            scopes: key.scopes.clone(),
            plan: key.plan.clone(),
            access: key.access.clone(),
            sha256: options.hashes.then(|| hex(&hash.0)),
        });
        Self {
            config,
            keys: keys.collect(),
        }
    }

    /// A configuration whose keys are not known: one key for each consumer, for everything.
    pub fn of_file(config: &'c Config) -> Self {
        let keys = config.consumers.iter().map(|consumer| ExportKey {
            id: None,
            name: consumer.name.to_string(),
            consumer: consumer.name.to_string(),
            scopes: Vec::new(),
            plan: None,
            access: KeyAccess::All,
            sha256: None,
        });
        Self {
            config,
            keys: keys.collect(),
        }
    }
}

/// What a person has decided about an export.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Routes to export open though they are less strict there than here.
    pub open: Vec<RouteName>,
    /// Take the hashes of API keys where the product compares hashes, instead of placeholders.
    pub hashes: bool,
}
