//! Versions of a route: how callers name one, and what is different about each.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{ConcurrencyLimit, HeaderEdits, Mock, Quota, RateLimit};
use crate::ids::{ServiceName, VersionName};

/// The versions of a route.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Versions {
    /// Where callers say which version they want.
    pub by: VersionScheme,
    /// Name of the header, the query parameter or the parameter of `Accept`. Absent:
    /// `X-API-Version`, `version` and `version`.
    #[serde(default)]
    pub name: Option<String>,
    /// For `path`: where in the path the version stands.
    #[serde(default)]
    pub place: VersionPlace,
    /// For `path` and `host`: what a version looks like, as a regular expression for the whole
    /// segment or label, so that anything else is not taken for one. Absent: `v[0-9]+(\.[0-9]+)*`.
    /// The values of the versions below always count as versions.
    #[serde(default)]
    pub pattern: Option<String>,
    /// Take the version away before the request is forwarded: the segment of the path, the header
    /// or the query parameter. `Accept` and the host are always left as they are.
    #[serde(default = "yes")]
    pub strip: bool,
    /// The version for callers who name none. Absent, and without `split`: they are answered 400.
    #[serde(default)]
    pub default: Option<VersionName>,
    /// How callers who name no version are spread over several. Takes the place of `default`.
    #[serde(default)]
    pub split: Option<Split>,
    /// The versions.
    #[schema(min_items = 1)]
    pub list: Vec<Version>,
}

fn yes() -> bool {
    true
}

/// Where callers say which version they want.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum VersionScheme {
    /// In a segment of the path: `/v1/orders`, `/orders/v1`.
    Path,
    /// In a header: `X-API-Version: v1`.
    Header,
    /// In a query parameter: `?version=v1`.
    Query,
    /// In a parameter of `Accept`: `application/json; version=v1`.
    Accept,
    /// In the host: the first label, as in `v1.shop.localhost`, or the whole name.
    Host,
}

/// Where in the path a version stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum VersionPlace {
    /// It is the first segment, before the route's path: `/v1/orders` for the route `/orders`.
    #[default]
    First,
    /// It follows the route's path, which has to be a prefix: `/orders/v1` for the route `/orders`.
    AfterPrefix,
}

/// How callers who name no version are spread over several.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Split {
    /// What a version stays the same for.
    #[serde(default)]
    pub sticky: Sticky,
    /// Name of the cookie that remembers the version, for `cookie`. Absent: `gatewright_version`.
    #[serde(default)]
    pub cookie: Option<String>,
    /// How many of all requests each version gets.
    #[schema(min_items = 1)]
    pub weights: Vec<VersionWeight>,
}

/// What a version stays the same for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sticky {
    /// Nothing: each request is on its own.
    #[default]
    None,
    /// An API key. Callers without one: their address.
    Key,
    /// A consumer, whatever key it uses. Callers without one: their address.
    Consumer,
    /// A client address.
    Ip,
    /// A browser, by a cookie that the gateway sets.
    Cookie,
}

/// A version's share.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VersionWeight {
    /// The version.
    pub version: VersionName,
    /// Its share of the sum of all weights.
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub weight: u32,
}

/// One version of a route. What it doesn't say is as the route says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Version {
    /// Unique name within the route, such as `v1`; in the log and in counters.
    pub name: VersionName,
    /// How callers write it. Absent: as its name.
    #[serde(default)]
    pub value: Option<String>,
    /// The service that answers, instead of the route's.
    #[serde(default)]
    pub service: Option<ServiceName>,
    /// Answers that stand in for its service, instead of the route's.
    #[serde(default)]
    pub mock: Option<Mock>,
    /// The path to send on, instead of the route's `rewrite`.
    #[serde(default)]
    pub rewrite: Option<String>,
    /// Changes to the request's headers, after those of the route.
    #[serde(default)]
    pub request_headers: HeaderEdits,
    /// Changes to the answer's headers, after those of the route.
    #[serde(default)]
    pub response_headers: HeaderEdits,
    /// Limits of this version, beside those of the route.
    #[serde(default)]
    pub rate_limits: Vec<RateLimit>,
    /// Quotas of this version, beside those of the route.
    #[serde(default)]
    pub quotas: Vec<Quota>,
    /// Limits on how many of its requests run at the same time, beside those of the route.
    #[serde(default)]
    pub concurrency: Vec<ConcurrencyLimit>,
    /// When it was or will be deprecated (RFC 3339, such as `2026-12-01T00:00:00Z`); sent as
    /// `Deprecation` (RFC 9745).
    #[serde(default)]
    #[schema(format = "date-time")]
    pub deprecated_at: Option<String>,
    /// When it will stop (RFC 3339); sent as `Sunset` (RFC 8594).
    #[serde(default)]
    #[schema(format = "date-time")]
    pub sunset_at: Option<String>,
    /// Answer 410 from `sunset_at` on.
    #[serde(default)]
    pub enforce_sunset: bool,
    /// Where people read about the deprecation; sent as `Link` with `rel="deprecation"`.
    #[serde(default)]
    pub deprecation_link: Option<String>,
    /// Where people read about the sunset; sent as `Link` with `rel="sunset"`.
    #[serde(default)]
    pub sunset_link: Option<String>,
    /// The version to move to; sent as `Link` with `rel="successor-version"` where the scheme has
    /// a URL for it (path, query, host).
    #[serde(default)]
    pub successor: Option<VersionName>,
}
