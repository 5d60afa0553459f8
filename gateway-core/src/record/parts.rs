//! What became of the parts of an answer that is made of several: the lanes of its waterfall.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::decision::Try;
use crate::ids::ServiceName;

/// One part of an answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PartFact {
    /// Its name.
    pub name: String,
    /// The service that was asked.
    pub service: ServiceName,
    /// Whether there is no answer without it.
    pub required: bool,
    /// The parts whose answers it needs.
    pub needs: Vec<String>,
    /// How it ended.
    pub end: PartEnd,
    /// Why it is not there, or not all of it, in one sentence without a full stop.
    pub reason: Option<String>,
    /// When it began, microseconds after the request arrived; absent where it never did.
    pub at_us: Option<u64>,
    /// How long it took, in microseconds.
    pub took_us: u64,
    /// How many requests were made for it, tries not counted.
    pub asked: u32,
    /// How many of them failed.
    pub failed: u32,
    /// Bytes of its answers.
    pub bytes: u64,
    /// Those requests, in the order in which they began; at most the first 50.
    pub calls: Vec<PartCall>,
}

/// How a part ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PartEnd {
    /// It is in the answer.
    Ok,
    /// It is in the answer, but for some entries of its list.
    Partly,
    /// It failed.
    Failed,
    /// It took too long.
    TimedOut,
    /// It was not asked: something that it needs is missing.
    Skipped,
    /// It was let go of: the answer was decided without it, or the caller left.
    Cancelled,
}

/// One request for a part.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PartCall {
    /// The entry of the list it was asked for, the first is 0; absent where there is no list.
    pub entry: Option<u32>,
    /// Method.
    pub method: String,
    /// Path and query, without the path of the target's URL.
    pub path: String,
    /// When it began, microseconds after the request arrived.
    pub at_us: u64,
    /// How long it took until the answer was there, in microseconds.
    pub took_us: Option<u64>,
    /// Status of the answer.
    pub status: Option<u16>,
    /// Why it is of no use, in one sentence without a full stop.
    pub reason: Option<String>,
    /// Bytes of the answer.
    pub bytes: u64,
    /// Each try to get it from a target.
    pub tries: Vec<Try>,
}
