//! Who is asking? A file a way to show it.

mod api_key;

use std::sync::Arc;

use http::HeaderMap;

use super::caller::Caller;
use super::error::ProxyError;
use crate::config::{Authentication, AuthenticationMethod};
use crate::keys::{ApiKey, KeyRing};
use crate::record::decision::{Facts, Verdict};

pub use api_key::KEY_HEADER;

/// What was found out, for the trace, and what follows from it.
pub struct Authenticated {
    /// Whether the request goes on.
    pub verdict: Verdict,
    /// By what.
    pub facts: Facts,
    /// The key, where it is known, good or not.
    pub key: Option<Arc<ApiKey>>,
    /// Who is asking, or why that can't be said.
    pub result: Result<Caller, ProxyError>,
}

/// Finds the caller of a route.
pub fn authenticate(wanted: &Authentication, headers: &HeaderMap, keys: &KeyRing) -> Authenticated {
    match wanted.methods.contains(&AuthenticationMethod::ApiKey) {
        false => Authenticated {
            verdict: Verdict::NotConfigured,
            facts: Facts::Anonymous,
            key: None,
            result: Ok(Caller::default()),
        },
        true => api_key::authenticate(headers, keys),
    }
}
