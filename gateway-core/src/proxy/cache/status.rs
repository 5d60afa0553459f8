//! `Cache-Status`: what this cache did, for those who read answers (RFC 9211).

use http::HeaderValue;

use super::Caching;
use crate::record::decision::CacheResult;

impl Caching {
    /// The line about this cache.
    pub(in crate::proxy) fn status_line(&self) -> HeaderValue {
        let mut line = "gatewright".to_owned();
        let mut add = |parameter: &str| {
            line.push_str("; ");
            line.push_str(parameter);
        };
        let kept = matches!(self.fact.result, CacheResult::Hit | CacheResult::Stale);
        match self.was_sent || self.fact.collapsed {
            false => add("hit"),
            true => add(&format!("fwd={}", self.forwarded_for)),
        }
        if let Some(status) = self.forward_status {
            add(&format!("fwd-status={status}"));
        }
        if let Some(ttl_s) = self.fact.ttl_s.filter(|_| kept) {
            add(&format!("ttl={ttl_s}"));
        }
        if self.fact.stored == Some(true) {
            add("stored");
        }
        if self.fact.collapsed {
            add("collapsed");
        }
        HeaderValue::try_from(line).expect("words and numbers are visible")
    }
}
