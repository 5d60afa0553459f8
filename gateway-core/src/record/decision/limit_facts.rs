//! How limits stood for one request.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::config::{CalendarPeriod, LimitAlgorithm, LimitBy, LimitMode, Per};
use crate::ids::{PlanName, RouteName, VersionName};

/// Where a limit is written.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum LimitOwner {
    /// Among the limits of all routes.
    Gateway,
    /// In a plan.
    Plan {
        /// The plan.
        plan: PlanName,
    },
    /// On a route.
    Route {
        /// The route.
        route: RouteName,
    },
    /// On a version of a route.
    Version {
        /// The route.
        route: RouteName,
        /// The version.
        version: VersionName,
    },
}

impl fmt::Display for LimitOwner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gateway => f.write_str("gateway"),
            Self::Plan { plan } => write!(f, "plan {plan}"),
            Self::Route { route } => write!(f, "route {route}"),
            Self::Version { route, version } => write!(f, "route {route} version {version}"),
        }
    }
}

/// One rate limit, as it stood for one request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LimitFact {
    /// Name of the limit.
    pub name: String,
    /// Where it is written; absent in logs of older versions.
    #[serde(default)]
    pub owner: Option<LimitOwner>,
    /// Whose requests it counts together.
    pub by: LimitBy,
    /// Whose requests were counted, such as `key 0193…`, `ip 127.0.0.1` or `route orders`.
    /// `ip 127.0.0.1, for want of a key` where there was none to count by.
    pub partition: String,
    /// How it counts.
    #[serde(default)]
    pub algorithm: LimitAlgorithm,
    /// Whether it refuses.
    #[serde(default)]
    pub mode: LimitMode,
    /// `requests` of the limit.
    pub requests: u64,
    /// `per` of the limit.
    pub per: Per,
    /// Most that may come at once.
    pub burst: u64,
    /// Whole requests left before this one.
    pub remaining_before: u64,
    /// Whole requests left after this one.
    pub remaining_after: u64,
    /// Whether there was room for this request.
    pub admitted: bool,
    /// Whether a person let this request pass all the same.
    #[serde(default)]
    pub let_through: bool,
    /// Milliseconds until one more request is admitted; 0 where one is now.
    pub retry_after_ms: u64,
    /// Milliseconds until the bucket is full again.
    pub full_after_ms: u64,
}

/// One quota, as it stood for one request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct QuotaFact {
    /// Name of the quota.
    pub name: String,
    /// Where it is written; absent in logs of older versions.
    #[serde(default)]
    pub owner: Option<LimitOwner>,
    /// Whose requests it counts together.
    pub by: LimitBy,
    /// Whose requests were counted.
    pub partition: String,
    /// Whether it refuses.
    pub mode: LimitMode,
    /// `requests` of the quota.
    pub requests: u64,
    /// `per` of the quota.
    pub per: CalendarPeriod,
    /// Requests of this period before this one.
    pub used_before: u64,
    /// Requests of this period after this one.
    pub used_after: u64,
    /// Whether there was room for this request.
    pub admitted: bool,
    /// Whether a person let this request pass all the same.
    #[serde(default)]
    pub let_through: bool,
    /// When the next period begins, microseconds since 1970.
    pub resets_at_us: i64,
    /// IANA name of the time zone in which it does.
    pub time_zone: String,
    /// Milliseconds until one more request is admitted; 0 where one is now.
    pub retry_after_ms: u64,
}

/// One limit on running requests, as it stood for one request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ConcurrencyFact {
    /// Name of the limit.
    pub name: String,
    /// Where it is written; absent in logs of older versions.
    #[serde(default)]
    pub owner: Option<LimitOwner>,
    /// Whose requests it counts together.
    pub by: LimitBy,
    /// Whose requests were counted.
    pub partition: String,
    /// Whether it refuses.
    pub mode: LimitMode,
    /// `requests` of the limit.
    pub requests: u64,
    /// Requests that were running when this one came.
    pub running_before: u64,
    /// Whether there was room for this request.
    pub admitted: bool,
    /// Whether a person let this request pass all the same.
    #[serde(default)]
    pub let_through: bool,
}
