//! What the cache did for requests on routes that keep answers.

use serde::Serialize;
use utoipa::ToSchema;

use crate::record::decision::CacheResult;

/// How many requests the cache answered, and how many it did not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct CacheCounts {
    /// Answered with what is kept, and fresh.
    pub hits: u64,
    /// Answered with what is kept, after the service said that it is still good.
    pub revalidated: u64,
    /// Answered with what is kept though it is stale.
    pub stale: u64,
    /// Answered by the service: nothing that is kept could be given.
    pub misses: u64,
    /// Answered by the service: what is kept was not looked through.
    pub bypassed: u64,
    /// Bytes of the bodies that the service did not have to send.
    pub saved_bytes: u64,
}

impl CacheCounts {
    /// Counts everything that was counted there.
    pub fn merge(&mut self, other: &Self) {
        let Self {
            hits,
            revalidated,
            stale,
            misses,
            bypassed,
            saved_bytes,
        } = other;
        self.hits += hits;
        self.revalidated += revalidated;
        self.stale += stale;
        self.misses += misses;
        self.bypassed += bypassed;
        self.saved_bytes += saved_bytes;
    }

    /// Counts one request, whose answer's body had so many bytes.
    pub(super) fn count(&mut self, result: CacheResult, response_bytes: u64) {
        let (count, saved_bytes) = match result {
            CacheResult::Hit => (&mut self.hits, response_bytes),
            CacheResult::Revalidated => (&mut self.revalidated, response_bytes),
            CacheResult::Stale => (&mut self.stale, response_bytes),
            CacheResult::Miss => (&mut self.misses, 0),
            CacheResult::Bypass => (&mut self.bypassed, 0),
        };
        *count += 1;
        self.saved_bytes += saved_bytes;
    }
}
