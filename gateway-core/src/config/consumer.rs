//! Consumers: who calls.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::ids::{ConsumerName, PlanName};

/// Somebody who calls: a person, a team, a program. API keys, passwords and tokens say which
/// consumer a request comes from. One that is named by a key but not listed here has no groups, no
/// plan and no password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Consumer {
    /// Unique name; sent to services as `X-Consumer-Id`.
    pub name: ConsumerName,
    /// Notes for people, such as `team: billing`. They decide nothing.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// Groups it belongs to, for `authorization`.
    #[serde(default)]
    pub groups: Vec<String>,
    /// Scopes it has, whatever way it shows who it is, beside those of its key or token.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// Its plan. A key's own plan comes first.
    #[serde(default)]
    pub plan: Option<PlanName>,
    /// Hash of its password for Basic authentication, with its name as the user: Argon2id as a PHC
    /// string. `gatewright hash-password` makes one.
    #[serde(default)]
    #[schema(example = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$…")]
    pub password_hash: Option<String>,
}
