//! How often answers were given again, and how often not.

use std::sync::atomic::{AtomicU64, Ordering};

use serde::Serialize;
use utoipa::ToSchema;

use crate::record::decision::CacheResult;

/// What became of a route's requests, since the gateway was started.
#[derive(Debug, Default)]
pub struct Counters {
    hits: AtomicU64,
    stale: AtomicU64,
    revalidated: AtomicU64,
    misses: AtomicU64,
    bypassed: AtomicU64,
    saved_bytes: AtomicU64,
}

/// What became of requests, since the gateway was started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct CacheCounts {
    /// Answered with what was kept, while it was fresh.
    pub hits: u64,
    /// Answered with what was kept though it was stale.
    pub stale: u64,
    /// Answered with what was kept after the service said that it is still good.
    pub revalidated: u64,
    /// Answered by the service, since nothing that was kept could be given.
    pub misses: u64,
    /// Never looked for: the request or the route said so.
    pub bypassed: u64,
    /// Bytes of bodies that did not have to be fetched.
    pub saved_bytes: u64,
}

impl CacheCounts {
    /// Adds another's.
    pub fn add(&mut self, other: &Self) {
        let Self {
            hits,
            stale,
            revalidated,
            misses,
            bypassed,
            saved_bytes,
        } = other;
        self.hits += hits;
        self.stale += stale;
        self.revalidated += revalidated;
        self.misses += misses;
        self.bypassed += bypassed;
        self.saved_bytes += saved_bytes;
    }
}

impl Counters {
    /// Counts a request.
    pub fn count(&self, result: CacheResult) {
        let counter = match result {
            CacheResult::Hit => &self.hits,
            CacheResult::Stale => &self.stale,
            CacheResult::Revalidated => &self.revalidated,
            CacheResult::Miss => &self.misses,
            CacheResult::Bypass => &self.bypassed,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts what did not have to be fetched.
    pub fn saved(&self, bytes: u64) {
        self.saved_bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    /// As they stand.
    pub fn now(&self) -> CacheCounts {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        CacheCounts {
            hits: read(&self.hits),
            stale: read(&self.stale),
            revalidated: read(&self.revalidated),
            misses: read(&self.misses),
            bypassed: read(&self.bypassed),
            saved_bytes: read(&self.saved_bytes),
        }
    }
}
