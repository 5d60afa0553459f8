//! A route: which requests, to which service, on what terms.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::ids::{RouteName, ServiceName};

/// Which requests go to a service, and on what terms.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// Unique name: lower-case letters, digits, `-`, `_` and `.`.
    pub name: RouteName,
    /// Switched off, a route is kept but matches nothing.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// What a request must look like.
    #[serde(default, rename = "match")]
    pub matches: Match,
    /// Name of the service that answers.
    pub service: ServiceName,
    /// Remove `match.path_prefix` from the path before the request is forwarded.
    #[serde(default)]
    pub strip_prefix: bool,
    /// How callers show who they are.
    #[serde(default)]
    pub authentication: Authentication,
    /// Limits on how often the route may be called. A request must pass all of them, and one
    /// refused by any consumes none.
    #[serde(default)]
    pub rate_limits: Vec<RateLimit>,
}

fn yes() -> bool {
    true
}

/// What a request must look like. Everything given has to hold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Match {
    /// Host names without port. Empty: any host.
    pub hosts: Vec<String>,
    /// Path prefix in whole segments: `/orders` takes `/orders` and `/orders/7`, not `/orders-old`.
    #[schema(example = "/orders")]
    pub path_prefix: String,
    /// Methods. Empty: any method.
    pub methods: Vec<String>,
}

impl Default for Match {
    fn default() -> Self {
        Self {
            hosts: Vec::new(),
            path_prefix: "/".to_owned(),
            methods: Vec::new(),
        }
    }
}

/// How callers of a route show who they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Authentication {
    /// The way.
    pub kind: AuthenticationKind,
}

/// The ways in which callers can show who they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AuthenticationKind {
    /// They don't have to.
    #[default]
    None,
    /// By an API key in `X-API-Key` or `Authorization: Bearer`.
    ApiKey,
}

/// A limit on how often a route may be called: a token bucket that holds `burst` requests and
/// refills evenly at `requests` per `per`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RateLimit {
    /// What the limit is called in answers and in the log. Absent: made from the numbers, such as
    /// `60/min per key`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// How many requests.
    #[schema(minimum = 1, maximum = 1_000_000_000)]
    pub requests: u64,
    /// In how long.
    pub per: Per,
    /// Whose requests are counted together.
    pub by: LimitBy,
    /// How many requests may come at once. Absent: `requests`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 1_000_000_000)]
    pub burst: Option<u64>,
}

/// The time a rate limit's `requests` are spread over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Per {
    /// One second.
    Second,
    /// 60 seconds.
    Minute,
    /// 3,600 seconds.
    Hour,
    /// 86,400 seconds.
    Day,
}

/// Whose requests a rate limit counts together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LimitBy {
    /// Each API key has its own bucket. Needs `authentication.kind: api_key`.
    Key,
    /// Each client address has its own bucket (IPv6: each /64).
    Ip,
    /// All callers of the route share one.
    Route,
}
