//! How often callers may call: rate limits, quotas and limits on running requests.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A limit on how often callers may call.
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
    /// Name of the header or the claim, for `header` and `claim`.
    #[serde(default)]
    pub of: Option<String>,
    /// How requests are counted.
    #[serde(default)]
    pub algorithm: LimitAlgorithm,
    /// For `token_bucket`: how many requests may come at once. Absent: `requests`.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 1_000_000_000)]
    pub burst: Option<u64>,
    /// Whether requests count too that are refused, by this limit or another: under a
    /// `sliding_window` a caller who keeps asking stays out. Not for `token_bucket`.
    #[serde(default)]
    pub count_rejected: bool,
    /// Whether it refuses, only says that it would, or rests.
    #[serde(default)]
    pub mode: LimitMode,
}

/// The time a rate limit's `requests` are spread over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
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
    /// 30 days of 86,400 seconds. For calendar months see quotas.
    Month,
}

/// How a rate limit counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LimitAlgorithm {
    /// A bucket that holds `burst` requests and refills evenly at `requests` per `per`.
    #[default]
    TokenBucket,
    /// At most `requests` in each window; windows of a partition begin with its first request.
    FixedWindow,
    /// At most `requests` in any span as long as `per`: every request is remembered until it is
    /// that old, so nothing is estimated. For at most 10,000 requests.
    SlidingWindow,
}

/// Whose requests a limit counts together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LimitBy {
    /// Each credential, such as an API key. Callers without one: each client address, and the log
    /// says so.
    Key,
    /// Each consumer, whatever key it uses. Callers who are none: each client address, and the log
    /// says so.
    Consumer,
    /// Each client address (IPv6: each /64).
    Ip,
    /// Each value of the header `of`. Requests without it are counted together.
    Header,
    /// Each value of the claim `of` of the caller's token. Requests without it are counted together.
    Claim,
    /// All callers of a route together; where the limit is not a route's own, each route apart.
    Route,
    /// All requests that meet this limit together.
    Global,
}

/// Whether a limit refuses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LimitMode {
    /// It refuses.
    #[default]
    Enforce,
    /// It counts, and says in headers and in the log what it would have done, but refuses nothing.
    Shadow,
    /// It does nothing.
    Off,
}

/// A number of requests per calendar day, week or month. Counted exactly and kept on disk: a
/// restart forgets nothing, a crash at most the last second.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Quota {
    /// What the quota is called in answers and in the log; its count goes with this name. Absent:
    /// made from the numbers, such as `20000 a month per key`.
    #[serde(default)]
    pub name: Option<String>,
    /// How many requests.
    #[schema(minimum = 1, maximum = 1_000_000_000_000_i64)]
    pub requests: u64,
    /// In which calendar period of `limits.time_zone`.
    pub per: CalendarPeriod,
    /// Whose requests are counted together.
    pub by: LimitBy,
    /// Name of the header or the claim, for `header` and `claim`.
    #[serde(default)]
    pub of: Option<String>,
    /// Whether it refuses, only says that it would, or rests.
    #[serde(default)]
    pub mode: LimitMode,
}

/// A calendar period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CalendarPeriod {
    /// From midnight to midnight.
    Day,
    /// From Monday to Monday.
    Week,
    /// From the first of a month to the first of the next.
    Month,
}

/// A limit on how many requests run at the same time. A request runs until the last byte of its
/// answer has been sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConcurrencyLimit {
    /// What the limit is called in answers and in the log. Absent: made from the numbers, such as
    /// `5 at once per key`.
    #[serde(default)]
    pub name: Option<String>,
    /// How many requests at once.
    #[schema(minimum = 1, maximum = 1_000_000)]
    pub requests: u64,
    /// Whose requests are counted together.
    pub by: LimitBy,
    /// Name of the header or the claim, for `header` and `claim`.
    #[serde(default)]
    pub of: Option<String>,
    /// Whether it refuses, only says that it would, or rests.
    #[serde(default)]
    pub mode: LimitMode,
}

/// Limits for all routes, and how limits are told to callers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// The headers that tell callers of rate limits and quotas.
    pub headers: LimitHeaders,
    /// IANA name of the time zone in which quotas begin anew, such as `Europe/Berlin`.
    #[schema(example = "Europe/Berlin")]
    pub time_zone: String,
    /// Rate limits for every request that a route takes, beside the route's own.
    pub rate_limits: Vec<RateLimit>,
    /// Quotas for every request that a route takes.
    pub quotas: Vec<Quota>,
    /// Limits on running requests of all routes.
    pub concurrency: Vec<ConcurrencyLimit>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            headers: LimitHeaders::default(),
            time_zone: "UTC".to_owned(),
            rate_limits: Vec::new(),
            quotas: Vec::new(),
            concurrency: Vec::new(),
        }
    }
}

/// The headers that tell callers of rate limits and quotas.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LimitHeaders {
    /// `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-10).
    #[default]
    Ietf,
    /// `X-RateLimit-Limit`, `X-RateLimit-Remaining` and `X-RateLimit-Reset` (seconds left), of the
    /// limit that has the least room.
    Legacy,
    /// As Kong's: `RateLimit-Limit`, `RateLimit-Remaining`, `RateLimit-Reset`, and
    /// `X-RateLimit-Limit-Minute`, `X-RateLimit-Remaining-Minute` and so on per period.
    Kong,
    /// None. `Retry-After` is sent all the same.
    None,
}
