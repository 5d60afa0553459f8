//! What people write: plain types without behaviour, the same in the UI, the admin API and
//! `gatewright.yaml`. Requests never read them; see [`crate::snapshot`].

mod aggregate;
mod answer;
mod authentication;
mod authorization;
mod cache;
mod consumer;
mod cors;
pub mod diff;
pub mod file;
mod headers;
pub mod issue;
mod issuer;
mod limit;
mod listen;
mod matching;
mod mock;
mod plan;
mod process;
mod recording;
mod resilience;
mod route;
mod saved_test;
pub mod schema;
mod service;
mod version;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use aggregate::{Aggregate, ForEach, Part, PartParameter, Rename};
pub use answer::{FixedAnswer, Redirect};
pub use authentication::{ApiKeys, Authentication, AuthenticationMethod, ForwardAuth, Require};
pub use authorization::AccessRule;
pub use cache::{CacheAudience, CacheBudget, CacheBypass, CacheQuery, RouteCache};
pub use consumer::Consumer;
pub use cors::Cors;
pub use headers::{HeaderEdits, HeaderLine, HostHeader, HostHeaderKind};
pub use issue::{Issue, Severity};
pub use issuer::{Issuer, Jwks, LocalIssuer, SecretFrom, TokenAlgorithm};
pub use limit::{
    CalendarPeriod, ConcurrencyLimit, LimitAlgorithm, LimitBy, LimitHeaders, LimitMode, Limits,
    Per, Quota, RateLimit,
};
pub use listen::{CallerLimits, Https, Listen};
pub use matching::{Condition, ConditionTest, Match, PathKind};
pub use mock::{Mock, MockRule};
pub use plan::Plan;
pub use process::{Process, Readiness};
pub use recording::{Recording, Redaction, Retention};
pub use resilience::{
    ActiveCheck, ActiveCheckKind, Algorithm, Balance, Breaker, HashBy, Health, PassiveCheck,
    Retries,
};
pub use route::Route;
pub use saved_test::SavedTest;
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
    /// Where API keys are looked for, and what becomes of them.
    #[serde(default)]
    pub api_keys: ApiKeys,
    /// Who issues the tokens that are taken.
    #[serde(default)]
    pub issuers: Vec<Issuer>,
    /// An issuer of one's own for test tokens. Absent: none.
    #[serde(default)]
    pub local_issuer: Option<LocalIssuer>,
    /// Limits for all routes, and how limits are told to callers.
    #[serde(default)]
    pub limits: Limits,
    /// How much of the answers that routes keep is held in memory.
    #[serde(default)]
    pub cache: CacheBudget,
    /// Limits that come with a key or a consumer.
    #[serde(default)]
    pub plans: Vec<Plan>,
    /// Who calls.
    #[serde(default)]
    pub consumers: Vec<Consumer>,
    /// The services behind the gateway.
    #[serde(default)]
    pub services: Vec<Service>,
    /// Which requests go where, and on what terms.
    #[serde(default)]
    pub routes: Vec<Route>,
    /// Requests that no route is to take, tried on every change.
    #[serde(default)]
    pub no_route_tests: Vec<SavedTest>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            version: 1,
            listen: Listen::default(),
            recording: Recording::default(),
            echo: None,
            api_keys: ApiKeys::default(),
            issuers: Vec::new(),
            local_issuer: None,
            limits: Limits::default(),
            cache: CacheBudget::default(),
            plans: Vec::new(),
            consumers: Vec::new(),
            services: Vec::new(),
            routes: Vec::new(),
            no_route_tests: Vec::new(),
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
