//! What a person does to requests on purpose: services that are slow, fail or break off, refusals that
//! look like the gateway's own, to see what callers do; and the opposite, a request that is let through
//! where a limit has no room for it. They are kept in memory alone and each ends by itself, so that none
//! is forgotten.

mod running;
mod switched_on;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

pub use self::switched_on::{Faults, TooMany};
use crate::ids::{KeyId, RouteName, VersionName};
use crate::record::decision::LimitOwner;

/// Longest time that a fault may be switched on for, in seconds.
pub const LONGEST_S: u32 = 24 * 60 * 60;
/// Most faults at a time.
pub const MOST: usize = 50;
/// Longest that an answer may be held back, in milliseconds.
pub const LONGEST_LATENCY_MS: u32 = 10 * 60 * 1000;
/// Most requests after which a fault may end.
pub const MOST_TIMES: u32 = 10_000;

/// What goes wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[schema(as = FaultEffect)]
pub enum Effect {
    /// The request waits before it goes to its service.
    Latency {
        /// How long, in milliseconds.
        ms: u32,
        /// How much longer it may be, in milliseconds: evenly spread from 0 to this.
        #[serde(default)]
        spread_ms: u32,
    },
    /// The gateway answers with an error; the service is not asked.
    Error {
        /// Its status.
        #[schema(minimum = 400, maximum = 599)]
        status: u16,
    },
    /// The connection is closed without an answer; the service is not asked.
    Reset,
    /// The answer's body breaks off.
    Truncate {
        /// After this many bytes.
        after_bytes: u64,
    },
    /// The answer's body comes slowly.
    Drip {
        /// So many bytes in a second.
        #[schema(minimum = 1)]
        bytes_per_second: u32,
    },
    /// The gateway refuses the request as it refuses others, before any limit counts it: headers and
    /// body are those of a real refusal. The service is not asked.
    Refuse {
        /// As what.
        refusal: Refusal,
    },
    /// The request passes limits that have no room for it, and goes on as any other. They do not count
    /// it, but for limits on running requests. One that they have room for does not use this up, nor
    /// one that yet another limit stops.
    LetThrough {
        /// Which limits.
        #[schema(min_items = 1, max_items = 20)]
        past: Vec<LimitPlace>,
    },
}

/// A limit or quota, and whose requests it counts together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LimitPlace {
    /// Its name.
    #[schema(example = "60/min")]
    pub name: String,
    /// Where it is written.
    pub owner: LimitOwner,
    /// Whose requests, such as `key 0193…`. Absent: whosever.
    #[serde(default)]
    pub partition: Option<String>,
}

/// A refusal that a person asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// 401, with the challenges of the route.
    Unauthenticated,
    /// 429, by a limit or quota that would count the request; by one that is made up where there is
    /// none.
    Limited,
    /// 503, as where no target of the service is healthy.
    Unavailable,
}

impl Refusal {
    /// The status of its answer.
    pub fn status(self) -> u16 {
        match self {
            Self::Unauthenticated => 401,
            Self::Limited => 429,
            Self::Unavailable => 503,
        }
    }
}

/// A fault to switch on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewFault {
    /// What goes wrong.
    pub effect: Effect,
    /// Only requests of this route. Absent: of all.
    #[serde(default)]
    pub route: Option<RouteName>,
    /// Only requests for this version of the route.
    #[serde(default)]
    pub version: Option<VersionName>,
    /// Only requests with this API key.
    #[serde(default)]
    #[schema(inline)]
    pub key: Option<KeyId>,
    /// Of so many of them in a hundred, evenly spread.
    #[serde(default = "all")]
    #[schema(minimum = 1, maximum = 100)]
    pub share_percent: u8,
    /// It ends by itself after so many seconds.
    #[serde(default = "ten_minutes")]
    #[schema(minimum = 1, maximum = 86_400)]
    pub for_seconds: u32,
    /// It ends once it has struck so many requests. Absent: only its time ends it.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 10_000)]
    pub times: Option<u32>,
}

fn all() -> u8 {
    100
}

fn ten_minutes() -> u32 {
    600
}

/// A fault that is switched on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Fault)]
pub struct Fault {
    /// Identifies it.
    #[schema(value_type = String, format = "uuid")]
    pub id: Uuid,
    /// What goes wrong.
    pub effect: Effect,
    /// Only requests of this route.
    pub route: Option<RouteName>,
    /// Only requests for this version of it.
    pub version: Option<VersionName>,
    /// Only requests with this API key.
    pub key: Option<KeyId>,
    /// Of so many of them in a hundred.
    pub share_percent: u8,
    /// It ends once it has struck so many requests.
    pub times: Option<u32>,
    /// Since when, microseconds since 1970.
    pub began_at_us: i64,
    /// When it ends, microseconds since 1970.
    pub ends_at_us: i64,
    /// How many requests it was held against.
    pub seen: u64,
    /// How many of them it struck.
    pub struck: u64,
}

/// Whom faults are held against.
#[derive(Clone, Copy, Debug)]
pub struct Target<'r> {
    /// The route of a request.
    pub route: &'r RouteName,
    /// Its version.
    pub version: Option<&'r VersionName>,
    /// The API key it was sent with.
    pub key: Option<KeyId>,
}

/// A limit that has no room for a request.
#[derive(Clone, Copy, Debug)]
pub struct Stopping<'l> {
    /// Its name.
    pub name: &'l str,
    /// Where it is written.
    pub owner: &'l LimitOwner,
    /// Whose requests it counts together.
    pub partition: &'l str,
}

/// A fault that struck a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Strike {
    /// What goes wrong. For latency, `ms` is all there is to wait.
    pub effect: Effect,
    /// Of how many requests in a hundred.
    pub share_percent: u8,
    /// How many requests it strikes in all, where that is bounded.
    pub times: Option<u32>,
}
