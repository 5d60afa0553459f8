//! What people write: plain types without behaviour, the same in the UI, the admin API and
//! `gatewright.yaml`. Requests never read them; see [`crate::snapshot`].

mod answer;
pub mod diff;
pub mod file;
mod headers;
pub mod issue;
mod limit;
mod listen;
mod matching;
mod recording;
mod resilience;
mod route;
pub mod schema;
mod service;
mod version;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use answer::{FixedAnswer, Redirect};
pub use headers::{HeaderEdits, HeaderLine, HostHeader, HostHeaderKind};
pub use issue::{Issue, Severity};
pub use limit::{LimitBy, Per, RateLimit};
pub use listen::{CallerLimits, Https, Listen};
pub use matching::{Condition, ConditionTest, Match, PathKind};
pub use recording::{Recording, Redaction, Retention};
pub use resilience::{
    ActiveCheck, ActiveCheckKind, Algorithm, Balance, Breaker, HashBy, Health, PassiveCheck,
    Retries,
};
pub use route::{Authentication, AuthenticationKind, Route};
pub use service::{Protocol, Service, Target, Timeouts, Tls};
pub use version::{Split, Sticky, Version, VersionPlace, VersionScheme, VersionWeight, Versions};

/// The whole configuration of a gateway: one document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Version of this document's format. Always 1.
    #[schema(minimum = 1, maximum = 1)]
    pub version: u32,
    /// Where callers reach the gateway.
    #[serde(default)]
    pub listen: Listen,
    /// What of each request is kept, and for how long.
    #[serde(default)]
    pub recording: Recording,
    /// The built-in echo service, which answers every request with what it received.
    #[serde(default)]
    pub echo: Option<Echo>,
    /// The services behind the gateway.
    #[serde(default)]
    pub services: Vec<Service>,
    /// Which requests go where, and on what terms.
    #[serde(default)]
    pub routes: Vec<Route>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            version: 1,
            listen: Listen::default(),
            recording: Recording::default(),
            echo: None,
            services: Vec::new(),
            routes: Vec::new(),
        }
    }
}

/// The built-in echo service.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Echo {
    /// TCP port on 127.0.0.1.
    #[schema(minimum = 1, maximum = 65535)]
    pub port: u16,
}
