//! What became of a request where answers are kept.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What became of a request where answers are kept, in the terms of RFC 9111.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CacheFact {
    /// In one word.
    pub result: CacheResult,
    /// Why an answer that is kept was given, or why none was, in one sentence without a full stop.
    pub reason: String,
    /// Whose requests such an answer may be given to, such as `everyone` or `consumer acme`.
    pub whose: String,
    /// How old the answer that is kept was, in seconds; absent where there was none.
    pub age_s: Option<u64>,
    /// For how many seconds it was still fresh; negative, for how many it had been stale.
    pub ttl_s: Option<i64>,
    /// Whether the request waited for what another one was getting at the same time.
    pub collapsed: bool,
    /// Whether the service's answer is kept, once it is whole; absent where it gave none.
    pub stored: Option<bool>,
    /// Why, or why not, in one sentence without a full stop.
    pub stored_reason: Option<String>,
    /// How many answers were thrown away because the request changed what they were about; 0 where
    /// it did not.
    #[serde(default)]
    pub invalidated: u64,
}

/// What became of a request where answers are kept.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum CacheResult {
    /// Answered with what is kept, and fresh.
    Hit,
    /// Answered with what is kept though it is stale.
    Stale,
    /// Answered with what is kept, after the service said that it is still good.
    Revalidated,
    /// The service answered: nothing that is kept could be given.
    Miss,
    /// The service answered: what is kept was not looked through.
    Bypass,
}
