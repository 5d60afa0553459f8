//! What a stage decided about a request, and the facts it decided by.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::config::{LimitBy, Per};
use crate::ids::{KeyId, RouteName, ServiceName, VersionName};
use crate::proxy::error::ErrorCode;

/// What one stage decided.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Decision {
    /// The stage.
    pub stage: Stage,
    /// Whether the request went on.
    pub verdict: Verdict,
    /// What it was decided by.
    pub facts: Facts,
    /// When the stage began, microseconds after the request arrived.
    pub at_us: u64,
    /// How long it took, in microseconds.
    pub took_us: u64,
}

/// The stages of a request, in the order they come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Is this a request that can be proxied at all?
    Accept,
    /// Which route takes it?
    MatchRoute,
    /// Who is asking?
    Authenticate,
    /// Which version of the route do they want?
    Version,
    /// Is there room under the limits?
    RateLimit,
    /// What does the service answer?
    Forward,
    /// What does the gateway answer by itself, on a route without a service?
    Answer,
}

/// Whether a request went on after a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It went on.
    Passed,
    /// The stage had nothing to decide on this route.
    NotConfigured,
    /// The stage ended it with an error.
    Stopped,
    /// The stage answered it.
    Answered,
}

/// What a stage decided by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Facts {
    /// The request can be proxied.
    Accepted {
        /// Path that routes are matched against: decoded once, without doubled slashes.
        match_path: String,
    },
    /// The request itself is at fault.
    NotAccepted {
        /// Why.
        code: ErrorCode,
        /// In one sentence.
        reason: String,
    },
    /// A route takes the request.
    RouteMatched {
        /// The route.
        route: RouteName,
        /// The route's path, as written there.
        path: String,
        /// The host of the route that was matched; absent where the route takes any.
        host: Option<String>,
    },
    /// No route takes the request.
    NoRoute {
        /// Whether another method would have been taken.
        code: ErrorCode,
        /// Methods that would have been taken.
        allowed_methods: Vec<String>,
        /// Routes that came close, nearest first (at most five).
        near_misses: Vec<NearMiss>,
    },
    /// The route asks for no credential.
    Anonymous,
    /// The caller's API key is good.
    KeyAccepted {
        /// The key.
        key: KeyId,
        /// Its name.
        name: String,
        /// Where it was found, such as `header x-api-key`.
        place: String,
    },
    /// There is no API key, or it is not good.
    KeyRefused {
        /// Why.
        code: ErrorCode,
        /// The key, where it is known at all.
        key: Option<KeyId>,
        /// Its name.
        name: Option<String>,
        /// Where it was found.
        place: Option<String>,
        /// Its beginning, such as `gw_dev_…3f9c`; never the key itself.
        hint: Option<String>,
    },
    /// A version of the route was chosen.
    VersionChosen {
        /// The version.
        version: VersionName,
        /// How.
        by: NamedBy,
    },
    /// No version of the route answers.
    VersionRefused {
        /// Why.
        code: ErrorCode,
        /// What the request called the version it wants.
        asked: Option<String>,
        /// Why, in one sentence.
        reason: String,
    },
    /// The limits were asked.
    Limits {
        /// Each limit of the route, in its order.
        limits: Vec<LimitFact>,
    },
    /// The route has no limits.
    Unlimited,
    /// The request was sent on.
    Forwarded {
        /// The service.
        service: ServiceName,
        /// How many tries were made; see the exchange's `tries`.
        tries: u32,
        /// What went wrong in the end, if anything did.
        code: Option<ErrorCode>,
        /// That, in one sentence.
        reason: Option<String>,
        /// How long it waited for a target to listen, in milliseconds. Absent where it did not.
        held_ms: Option<u64>,
        /// Why it was not tried again, in one sentence, where that could have been.
        not_retried: Option<String>,
    },
    /// The gateway answered by itself: a redirect or a fixed answer of the route.
    OwnAnswer {
        /// Its status.
        status: u16,
        /// Where callers are sent, for a redirect.
        location: Option<String>,
    },
}

/// How a version was chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NamedBy {
    /// The path names it.
    Path,
    /// A header names it.
    Header,
    /// The query names it.
    Query,
    /// `Accept` names it.
    Accept,
    /// The host names it.
    Host,
    /// None was named, and it is the default.
    Default,
    /// None was named, and the request fell to its share.
    Split,
    /// None was named, and a cookie remembers it.
    Cookie,
}

/// A route that did not take a request, and the first thing that kept it from doing so.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct NearMiss {
    /// The route.
    pub route: RouteName,
    /// Why not, such as ``path `/oders` is not under `/orders` ``.
    pub reason: String,
}

/// One rate limit, as it stood for one request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LimitFact {
    /// Name of the limit.
    pub name: String,
    /// Whose requests it counts together.
    pub by: LimitBy,
    /// Whose bucket was used: a key's id, an address, or the route.
    pub partition: String,
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
    /// Milliseconds until one more request is admitted; 0 where one is now.
    pub retry_after_ms: u64,
    /// Milliseconds until the bucket is full again.
    pub full_after_ms: u64,
}

/// One try to get an answer from a target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Try {
    /// URL of the target.
    pub target: String,
    /// Why this target, in a few words, such as `round robin`, `sticky cookie` or
    /// `retry after upstream_refused, only target to choose`.
    pub chosen: Option<String>,
    /// When it began, microseconds after the request arrived.
    pub at_us: u64,
    /// Whether an open connection was used again.
    pub reused_connection: bool,
    /// Time to resolve the name and connect, in microseconds; absent on a reused connection.
    pub connect_us: Option<u64>,
    /// From the beginning of the try to the first byte of the answer's head, in microseconds.
    pub first_byte_us: Option<u64>,
    /// Status of the answer.
    pub status: Option<u16>,
    /// What went wrong.
    pub code: Option<ErrorCode>,
    /// That, in one sentence.
    pub reason: Option<String>,
}
