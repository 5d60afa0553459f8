//! Using up a limit on purpose, to see what callers get who go over it.
//!
//! The requests are real: they go through everything that a caller's go through, are counted by every
//! limit that they meet, and reach the service. So they are few, and only sent where the service is on
//! this machine.

mod plan;
mod send;

use http::request::Parts;
use serde::Serialize;
use utoipa::ToSchema;

use super::{InsideError, NoSuchThing};
use crate::config::Per;
use crate::ids::{ExchangeId, KeyId, RouteName, VersionName};

/// How many requests are sent without being asked for by number.
pub const UNASKED: u64 = 500;
/// How many are sent at all.
pub const MOST: u64 = 100_000;

/// A request that is to be sent until a limit refuses it.
pub struct TripWish {
    /// The request, without a body.
    pub head: Parts,
    /// The route that has to take it; absent: whichever does.
    pub route: Option<RouteName>,
    /// The API key that it counts as shown with.
    pub key: Option<KeyId>,
    /// The exchange that it repeats, if it repeats one.
    pub replay_of: Option<ExchangeId>,
    /// The limit that is to be used up. Absent: the one that has least left.
    pub limit: Option<String>,
}

/// What would be sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct TripPlan {
    /// Method of the request.
    #[schema(example = "GET")]
    pub method: String,
    /// Its path and query.
    #[schema(example = "/orders")]
    pub path: String,
    /// The route that takes it.
    pub route: RouteName,
    /// The version that answers it, where one does.
    pub version: Option<VersionName>,
    /// Name of the limit that is used up.
    #[schema(example = "60/min per key")]
    pub limit: String,
    /// What it is.
    pub kind: TripKind,
    /// Whose requests it counts the request with, such as `key 0191…` or `ip 127.0.0.1`.
    pub partition: String,
    /// In how long a rate limit lets so many through; absent for a quota.
    pub per: Option<Per>,
    /// How many requests the limit lets through at once, when nothing of it is used.
    pub allowed: u64,
    /// How many of them are left now.
    pub left: u64,
    /// At most this many requests are sent; none after the first that is answered 429.
    pub requests: u64,
    /// Whether that is more than are sent without being asked for by number.
    pub is_many: bool,
}

/// A kind of limit that can be used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TripKind {
    /// A rate limit. It fills up again by itself.
    Rate,
    /// A quota. What is used of it is gone until its period ends.
    Quota,
}

/// What was sent, and how it was answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Tripped {
    /// What was meant to be sent.
    pub plan: TripPlan,
    /// How many requests were sent.
    pub sent: u64,
    /// How they were answered, in the order in which each status came first; 429 last.
    pub answers: Vec<TripAnswers>,
    /// Names of the limits that refused a request. Empty where none did.
    pub refused_by: Vec<String>,
    /// What the answer 429 said of when to come again, in seconds.
    pub retry_after_s: Option<u64>,
    /// How it ended, in one sentence.
    pub sentence: String,
    /// `X-Request-Id` of all the requests: what finds them in the log.
    pub request_id: String,
    /// How long it took, in microseconds.
    pub took_us: u64,
}

/// Requests that were answered with the same status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct TripAnswers {
    /// The status.
    pub status: u16,
    /// How many.
    pub count: u64,
}

/// Why nothing is sent, or no more.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TripError {
    /// What was asked about is not there.
    #[error("there is no {}", .0.0)]
    NoSuchThing(NoSuchThing),
    /// It cannot be done like that; the text says why and what to do.
    #[error("{0}")]
    Refused(String),
    /// More requests than are sent unasked; the plan says how many.
    #[error(
        "it takes up to {0} requests to use up the limit; more than {UNASKED} are only sent when they \
         are asked for"
    )]
    TooMany(u64),
    /// A request got no answer.
    #[error("{0}")]
    Inside(#[from] InsideError),
}
