//! What is kept of services' answers.

use serde::Serialize;
use utoipa::ToSchema;

use super::Gateway;
use crate::cache::counters::CacheCounts;
use crate::cache::purge::{Purge, Purged};
use crate::ids::RouteName;

/// How much is kept of services' answers, and how often it was given again.
#[derive(Debug, Serialize, ToSchema)]
pub struct CacheState {
    /// Answers that are kept.
    pub answers: u64,
    /// Bytes of memory that they take, about.
    pub bytes: u64,
    /// Most bytes that they may take.
    pub max_bytes: u64,
    /// How many addresses had to make room for others, since the gateway was started.
    pub evicted: u64,
    /// What became of requests, since the gateway was started.
    pub counts: CacheCounts,
    /// Each route that keeps answers, in the order of the configuration.
    pub routes: Vec<CacheOfRoute>,
}

/// How much is kept of a route's answers, and how often it was given again.
#[derive(Debug, Serialize, ToSchema)]
pub struct CacheOfRoute {
    /// The route.
    pub route: RouteName,
    /// Answers that are kept.
    pub answers: u64,
    /// Bytes of memory that they take, about.
    pub bytes: u64,
    /// What became of its requests, since the gateway was started.
    pub counts: CacheCounts,
}

impl Gateway {
    /// How much is kept of services' answers, and how often it was given again.
    pub fn cache_state(&self) -> CacheState {
        let cache = &self.0.cache;
        let held = cache.held();
        let by_route = cache.held_by_route();
        let mut counts = CacheCounts::default();
        let snapshot = self.0.snapshot();
        let routes = snapshot.routes.iter().filter_map(|route| {
            let policy = route.cache.as_ref()?;
            let of_route = by_route.get(&route.name).copied().unwrap_or_default();
            let counted = policy.counters.now();
            counts.add(&counted);
            Some(CacheOfRoute {
                route: route.name.clone(),
                answers: of_route.answers,
                bytes: of_route.bytes,
                counts: counted,
            })
        });
        let routes = routes.collect();
        CacheState {
            answers: held.answers,
            bytes: held.bytes,
            max_bytes: cache.max_bytes(),
            evicted: cache.evicted(),
            counts,
            routes,
        }
    }

    /// Throws answers away that are kept or on their way.
    pub fn purge_cache(&self, purge: &Purge) -> Purged {
        self.0.cache.purge(purge)
    }
}
