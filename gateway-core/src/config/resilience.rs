//! How requests are spread over a service's targets, and what is done when some of them fail.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Which target a request goes to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Balance {
    /// The rule.
    pub algorithm: Algorithm,
    /// For `consistent_hash`: what is hashed.
    pub hash_by: HashBy,
    /// Name of the header or cookie to hash.
    pub hash_name: Option<String>,
    /// Name of a cookie by which the gateway sends a browser to the same target again. Absent:
    /// none.
    pub sticky_cookie: Option<String>,
}

/// A rule by which a target is chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Algorithm {
    /// Each in turn, by weight, evenly mixed (smooth weighted round robin).
    #[default]
    RoundRobin,
    /// The one with the fewest running requests for its weight.
    LeastInFlight,
    /// The better of two chosen at random, by running requests for their weight.
    PowerOfTwo,
    /// The same target for the same header, cookie, consumer or address; few move when a target
    /// comes or goes.
    ConsistentHash,
}

/// What a consistent hash is made of. Where a request does not have it, the caller's address is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HashBy {
    /// The caller's address.
    #[default]
    Ip,
    /// The header `hash_name`.
    Header,
    /// The cookie `hash_name`.
    Cookie,
    /// The consumer.
    Consumer,
}

/// How it is found out that a target does not answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Health {
    /// Asks each target now and then, also each instance of a program that the gateway runs. Absent:
    /// never.
    pub active: Option<ActiveCheck>,
    /// Learns from requests. Absent: it doesn't.
    pub passive: Option<PassiveCheck>,
    /// Where at most this share of the targets is healthy, in percent, health is not trusted and
    /// requests go to all of them. 0: where none is healthy, requests are answered 503.
    #[schema(maximum = 100)]
    pub panic_percent: u8,
}

/// Asking targets whether they are well.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ActiveCheck {
    /// How.
    pub kind: ActiveCheckKind,
    /// Path of the request, for `http`.
    pub path: String,
    /// Statuses that mean well, for `http`. Empty: 200 to 399.
    pub statuses: Vec<u16>,
    /// Time between two checks, in milliseconds.
    #[schema(minimum = 100, maximum = 3_600_000)]
    pub interval_ms: u32,
    /// Time for an answer, in milliseconds.
    #[schema(minimum = 10, maximum = 60_000)]
    pub timeout_ms: u32,
    /// After how many good checks in a row a target is used again. An instance of a program that the
    /// gateway runs does not come back: another one takes its place.
    #[schema(minimum = 1, maximum = 100)]
    pub healthy_after: u16,
    /// After how many bad checks in a row a target is left out.
    #[schema(minimum = 1, maximum = 100)]
    pub unhealthy_after: u16,
}

impl Default for ActiveCheck {
    fn default() -> Self {
        Self {
            kind: ActiveCheckKind::Http,
            path: "/".to_owned(),
            statuses: Vec::new(),
            interval_ms: 5_000,
            timeout_ms: 1_000,
            healthy_after: 1,
            unhealthy_after: 2,
        }
    }
}

/// How a target is asked whether it is well.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ActiveCheckKind {
    /// By a GET request.
    #[default]
    Http,
    /// By a connection.
    Tcp,
}

/// Learning from requests that a target is not well: no connection, a reset, a timeout, an answer
/// that is not HTTP, or one of `statuses`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PassiveCheck {
    /// After how many failures in a row a target is left out.
    #[schema(minimum = 1, maximum = 1_000)]
    pub failures: u16,
    /// Statuses that count as failures.
    pub statuses: Vec<u16>,
    /// How long it is left out the first time, in milliseconds; twice as long each time after
    /// that, up to five minutes. Then one request is let through, and if that fails it is left out
    /// again.
    #[schema(minimum = 100, maximum = 300_000)]
    pub eject_ms: u32,
}

impl Default for PassiveCheck {
    fn default() -> Self {
        Self {
            failures: 5,
            statuses: vec![502, 503, 504],
            eject_ms: 10_000,
        }
    }
}

/// Stops calling a service that keeps failing, and tries now and then whether it has recovered. A
/// request has failed that got no whole answer, or one with a status of 500 and above; one that a
/// retry has helped has not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Breaker {
    /// Share of failed requests at which it opens, in percent.
    #[schema(minimum = 1, maximum = 100)]
    pub failure_percent: u8,
    /// How many requests there must have been in the window before it may open.
    #[schema(minimum = 1, maximum = 10_000)]
    pub min_requests: u32,
    /// The window in which requests are counted, in milliseconds.
    #[schema(minimum = 1_000, maximum = 600_000)]
    pub window_ms: u32,
    /// How long it stays open, in milliseconds: requests are answered 503.
    #[schema(minimum = 100, maximum = 600_000)]
    pub open_ms: u32,
    /// How many requests are let through half open. All must succeed for it to close.
    #[schema(minimum = 1, maximum = 100)]
    pub half_open_requests: u32,
}

impl Default for Breaker {
    fn default() -> Self {
        Self {
            failure_percent: 50,
            min_requests: 10,
            window_ms: 10_000,
            open_ms: 10_000,
            half_open_requests: 1,
        }
    }
}

/// When a request that failed is tried again: any method where nothing of it can have been read
/// (no connection), else only idempotent ones (RFC 9110, section 9.2.2); never after a byte of an
/// answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Retries {
    /// How many times a request is tried again at most.
    #[schema(maximum = 10)]
    pub attempts: u8,
    /// Statuses that count as failures.
    pub statuses: Vec<u16>,
    /// Most retries beside running requests, in percent of them, though three are always
    /// granted: a service in trouble is not flooded.
    #[schema(minimum = 1, maximum = 100)]
    pub budget_percent: u8,
}

impl Default for Retries {
    fn default() -> Self {
        Self {
            attempts: 1,
            statuses: Vec::new(),
            budget_percent: 20,
        }
    }
}
