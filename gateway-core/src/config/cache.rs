//! Answers that are kept, to be given again without asking the service.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Condition;

/// How much memory the answers of all routes may take that are kept to be given again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CacheBudget {
    /// Most bytes in all; what was used least goes first.
    #[schema(minimum = 65_536, maximum = 68_719_476_736_u64)]
    pub max_bytes: u64,
    /// Longest body kept, in bytes; a longer answer passes and is not kept.
    #[schema(minimum = 1, maximum = 1_073_741_824)]
    pub max_answer_bytes: u64,
}

impl Default for CacheBudget {
    fn default() -> Self {
        Self {
            max_bytes: 64 * 1024 * 1024,
            max_answer_bytes: 4 * 1024 * 1024,
        }
    }
}

/// Which answers of a route are kept and given again, by RFC 9111: what the service says of its
/// answers counts, and these settings say the rest. Of an answer that is made of several, each part has
/// to allow it, the one that is stale first says for how long, and whatever parts are asked with tells one
/// answer from another; one with a part missing is never kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RouteCache {
    /// Switched off, nothing of the route is kept.
    pub enabled: bool,
    /// For how many seconds an answer is fresh that does not say so itself. Absent: only what the
    /// service says counts. Answers with a status of 500 and above are kept only where they say
    /// themselves how long they are fresh, or where `statuses` lists them.
    #[schema(minimum = 1, maximum = 31_536_000)]
    pub ttl_s: Option<u32>,
    /// `ttl_s` counts also where the answer says something else. `no-store` and `private` are obeyed
    /// all the same.
    pub override_answer: bool,
    /// Where nothing is said about it, take an answer for fresh for a tenth of the time since it was
    /// last modified, a day at most (RFC 9111, section 4.2.2).
    pub heuristic: bool,
    /// Whose requests an answer may be given to again.
    pub audience: CacheAudience,
    /// Methods whose requests are answered from what is kept: `GET`, `HEAD` or both.
    pub methods: Vec<String>,
    /// Statuses that are kept. Empty: all that RFC 9111 lets be kept.
    pub statuses: Vec<u16>,
    /// Which parameters of the query tell one answer from another.
    pub query: CacheQuery,
    /// Names of the parameters that `query` speaks of.
    pub query_names: Vec<String>,
    /// Headers of the request that tell one answer from another, besides those that the answer's
    /// `Vary` names.
    pub headers: Vec<String>,
    /// Requests for which the service is always asked, and whose answers are not kept.
    pub bypass: CacheBypass,
    /// Callers may ask for another answer than the one kept (`Cache-Control` and `Pragma` of the
    /// request).
    pub obey_callers: bool,
    /// Keep answers with `Set-Cookie` too. Everyone who gets such an answer gets the cookie.
    pub store_set_cookie: bool,
    /// For how many seconds an answer is given again after it has become stale, while the service is
    /// asked for a new one in the background. Absent: as the answer says. Does nothing for an answer
    /// that is made of several.
    #[schema(minimum = 0, maximum = 31_536_000)]
    pub stale_while_revalidate_s: Option<u32>,
    /// For how many seconds an answer is given again after it has become stale, where the service
    /// gives no other or answers 500, 502, 503 or 504, or where a required part fails. Absent: as the
    /// answer says.
    #[schema(minimum = 0, maximum = 31_536_000)]
    pub stale_if_error_s: Option<u32>,
}

impl Default for RouteCache {
    fn default() -> Self {
        Self {
            enabled: true,
            ttl_s: None,
            override_answer: false,
            heuristic: true,
            audience: CacheAudience::default(),
            methods: vec!["GET".to_owned(), "HEAD".to_owned()],
            statuses: Vec::new(),
            query: CacheQuery::default(),
            query_names: Vec::new(),
            headers: Vec::new(),
            bypass: CacheBypass::default(),
            obey_callers: true,
            store_set_cookie: false,
            stale_while_revalidate_s: None,
            stale_if_error_s: None,
        }
    }
}

/// Whose requests an answer may be given to again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CacheAudience {
    /// A caller that has shown who it is gets only answers to its own requests: the same credential
    /// of the same consumer. Those who have shown nothing share theirs.
    #[default]
    PerCaller,
    /// All callers share all answers, whoever they are.
    Shared,
}

/// Which parameters of the query tell one answer from another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CacheQuery {
    /// The whole query, as it was sent.
    #[default]
    All,
    /// None.
    None,
    /// Those that `query_names` lists.
    Only,
    /// All but those that `query_names` lists.
    Except,
}

/// Requests for which the service is always asked. One condition that holds is enough.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CacheBypass {
    /// Conditions on headers.
    pub headers: Vec<Condition>,
    /// Conditions on query parameters.
    pub query: Vec<Condition>,
}
