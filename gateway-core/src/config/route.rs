//! A route: which requests, to which service, on what terms.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    AccessRule, Aggregate, Authentication, ConcurrencyLimit, Cors, FixedAnswer, HeaderEdits,
    HostHeader, Match, Mock, Quota, RateLimit, Redirect, RouteCache, SavedTest, Versions,
};
use crate::ids::{RouteName, ServiceName};

/// Which requests go where, and on what terms. One of `service`, `redirect`, `respond` and
/// `aggregate` says who answers; with a `mock` there may be none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// Unique name: lower-case letters, digits, `-`, `_` and `.`.
    pub name: RouteName,
    /// Switched off, a route is kept but matches nothing.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// Routes with a higher priority are asked first, however specific others are. Among equals
    /// the most specific wins.
    #[serde(default)]
    #[schema(minimum = -1000, maximum = 1000)]
    pub priority: i32,
    /// What a request must look like.
    #[serde(default, rename = "match")]
    pub matches: Match,
    /// Name of the service that answers.
    #[serde(default)]
    pub service: Option<ServiceName>,
    /// Send callers elsewhere instead.
    #[serde(default)]
    pub redirect: Option<Redirect>,
    /// Give this answer instead.
    #[serde(default)]
    pub respond: Option<FixedAnswer>,
    /// Answers that stand in for the service.
    #[serde(default)]
    pub mock: Option<Mock>,
    /// Make one answer of those of several services instead.
    #[serde(default)]
    pub aggregate: Option<Aggregate>,
    /// Remove a prefix `match.path` from the path before the request is forwarded.
    #[serde(default)]
    pub strip_prefix: bool,
    /// The path to send on, instead of the caller's: `{name}` stands for a parameter of the
    /// route's path (of a template, or a named group of a regular expression), `{rest}` for what
    /// follows a prefix, `{path}` for the whole path.
    #[serde(default)]
    #[schema(example = "/v2/orders/{id}")]
    pub rewrite: Option<String>,
    /// The `Host` that the service sees.
    #[serde(default)]
    pub host_header: HostHeader,
    /// Changes to the request's headers before it is sent on.
    #[serde(default)]
    pub request_headers: HeaderEdits,
    /// Changes to the answer's headers before it goes to the caller.
    #[serde(default)]
    pub response_headers: HeaderEdits,
    /// Largest request body taken, in bytes; larger ones are answered 413. Absent: as
    /// `listen.max_request_body_bytes` says.
    #[serde(default)]
    pub max_request_body_bytes: Option<u64>,
    /// How callers show who they are.
    #[serde(default)]
    pub authentication: Authentication,
    /// Who of them may call. All rules have to let a request through.
    #[serde(default)]
    pub authorization: Vec<AccessRule>,
    /// Which web pages of other origins may call. Absent: nothing is said about it here, and
    /// preflight requests go to the service.
    #[serde(default)]
    pub cors: Option<Cors>,
    /// Limits on how often the route may be called. A request must pass all of them and all
    /// quotas, and one refused by any consumes none.
    #[serde(default)]
    pub rate_limits: Vec<RateLimit>,
    /// Quotas of the route.
    #[serde(default)]
    pub quotas: Vec<Quota>,
    /// Limits on how many requests run at the same time.
    #[serde(default)]
    pub concurrency: Vec<ConcurrencyLimit>,
    /// Which of the service's answers are kept and given again. Absent: none.
    #[serde(default)]
    pub cache: Option<RouteCache>,
    /// Its versions. Absent: it has none.
    #[serde(default)]
    pub versions: Option<Versions>,
    /// Requests that have to come to this route, tried on every change. They change nothing.
    #[serde(default)]
    pub tests: Vec<SavedTest>,
}

fn yes() -> bool {
    true
}
