//! What a route says of the answers that are kept, as requests read it.

use std::sync::Arc;

use http::{HeaderMap, HeaderName, Method};

use super::counters::Counters;
use crate::aggregate::reads::Reads;
use crate::config::{CacheAudience, CacheQuery};
use crate::snapshot::matcher::conditions::Condition;

/// What a route says of the answers that are kept.
pub struct Policy {
    /// Told from any other by what the route and its services say: what was kept under other terms is
    /// not found under these.
    pub generation: u64,
    /// For how long an answer is fresh that does not say so.
    pub ttl_s: Option<u64>,
    /// Whether that counts whatever an answer says.
    pub override_answer: bool,
    /// Whether freshness may be guessed.
    pub heuristic: bool,
    /// Whose requests an answer may be given to again.
    pub audience: CacheAudience,
    /// Methods answered from what is kept.
    pub methods: Vec<Method>,
    /// Statuses kept; empty for all that may be.
    pub statuses: Vec<u16>,
    /// What of the query counts.
    pub query: CacheQuery,
    /// The parameters that it speaks of.
    pub query_names: Vec<String>,
    /// Headers that tell one answer from another.
    pub headers: Vec<HeaderName>,
    /// What the requests for parts of an answer are made of: it tells one answer from another whatever
    /// the route says.
    pub reads: Reads,
    /// When the service is always asked.
    pub bypass: Vec<Condition>,
    /// Whether callers may ask for another answer.
    pub obey_callers: bool,
    /// Whether answers with cookies are kept.
    pub store_set_cookie: bool,
    /// For answers that say nothing of it.
    pub stale_while_revalidate_s: Option<u64>,
    /// For answers that say nothing of it.
    pub stale_if_error_s: Option<u64>,
    /// Longest body kept, in bytes.
    pub max_answer_bytes: u64,
    /// What became of its requests; outlives a change of the configuration.
    pub counters: Arc<Counters>,
}

impl Policy {
    /// The condition by which the service is always asked, if one holds.
    pub fn bypassed_by(&self, headers: &HeaderMap, query: Option<&str>) -> Option<&Condition> {
        self.bypass
            .iter()
            .find(|condition| condition.holds(headers, query))
    }

    /// The part of a query that tells one answer from another.
    pub fn counting_query(&self, query: Option<&str>) -> String {
        let query = query.unwrap_or_default();
        let is_among = |pair: &str, names: &[String]| {
            let name = pair.split_once('=').map_or(pair, |(name, _)| name);
            let decoded = form_urlencoded::parse(name.as_bytes()).next();
            decoded.is_some_and(|(name, _)| names.iter().any(|one| *one == name))
        };
        let keep = |counts: &dyn Fn(&str) -> bool| {
            let pairs = query.split('&').filter(|pair| !pair.is_empty());
            let kept = pairs.filter(|pair| counts(pair) || is_among(pair, &self.reads.query));
            kept.collect::<Vec<_>>().join("&")
        };
        match self.query {
            CacheQuery::All => query.to_owned(),
            CacheQuery::None => keep(&|_| false),
            CacheQuery::Only => keep(&|pair| is_among(pair, &self.query_names)),
            CacheQuery::Except => keep(&|pair| !is_among(pair, &self.query_names)),
        }
    }
}

#[cfg(test)]
impl Policy {
    /// As a route has it that says nothing but `cache: {}`.
    pub(crate) fn for_tests() -> Self {
        Self {
            generation: 0,
            ttl_s: None,
            override_answer: false,
            heuristic: true,
            audience: CacheAudience::PerCaller,
            methods: vec![Method::GET, Method::HEAD],
            statuses: Vec::new(),
            query: CacheQuery::All,
            query_names: Vec::new(),
            headers: Vec::new(),
            reads: Reads::default(),
            bypass: Vec::new(),
            obey_callers: true,
            store_set_cookie: false,
            stale_while_revalidate_s: None,
            stale_if_error_s: None,
            max_answer_bytes: 1_000_000,
            counters: Arc::default(),
        }
    }
}
