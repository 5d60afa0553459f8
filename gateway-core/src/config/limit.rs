//! How often a route may be called.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A limit on how often a route may be called: a token bucket that holds `burst` requests and
/// refills evenly at `requests` per `per`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RateLimit {
    /// What the limit is called in answers and in the log. Absent: made from the numbers, such as
    /// `60/min per key`.
    #[serde(default)]
    pub name: Option<String>,
    /// How many requests.
    #[schema(minimum = 1, maximum = 1_000_000_000)]
    pub requests: u64,
    /// In how long.
    pub per: Per,
    /// Whose requests are counted together.
    pub by: LimitBy,
    /// How many requests may come at once. Absent: `requests`.
    #[serde(default)]
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
