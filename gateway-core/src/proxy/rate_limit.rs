//! Is there room under the limits?

use std::net::IpAddr;

use http::{HeaderMap, HeaderName, HeaderValue};

use super::caller::Caller;
use super::error::{LimitHit, ProxyError, whole_seconds};
use crate::config::LimitBy;
use crate::record::decision::{Facts, LimitFact, Verdict};
use crate::snapshot::bucket::{self, Limiter, Partition};

/// What the limits said.
pub struct Limited {
    /// Whether the request goes on.
    pub verdict: Verdict,
    /// By what.
    pub facts: Facts,
    /// Whether the request goes on, as an error to return.
    pub result: Result<(), ProxyError>,
}

/// Takes one request from each limit of a route and its version, or from none, and describes them in `headers`
/// (draft-ietf-httpapi-ratelimit-headers).
pub fn rate_limit(
    limiters: &[&Limiter],
    caller: &Caller,
    client: IpAddr,
    now_ns: u64,
    headers: &mut HeaderMap,
) -> Limited {
    if limiters.is_empty() {
        return Limited {
            verdict: Verdict::NotConfigured,
            facts: Facts::Unlimited,
            result: Ok(()),
        };
    }
    let partitions: Vec<_> = limiters
        .iter()
        .map(|limiter| (*limiter, partition(limiter.by, caller, client)))
        .collect();
    let limits = bucket::take(&partitions, now_ns);
    describe(&limits, headers);
    let hits: Vec<_> = limits
        .iter()
        .filter(|limit| !limit.admitted)
        .map(|limit| LimitHit {
            name: limit.name.clone(),
            by: limit.by,
            retry_after_ms: limit.retry_after_ms,
        })
        .collect();
    let facts = Facts::Limits {
        limits,
        quotas: Vec::new(),
        concurrency: Vec::new(),
    };
    match hits.is_empty() {
        true => Limited {
            verdict: Verdict::Passed,
            facts,
            result: Ok(()),
        },
        false => Limited {
            verdict: Verdict::Stopped,
            facts,
            result: Err(ProxyError::RateLimited(hits)),
        },
    }
}

/// RL-7: no silent fall-back. A limit per key is refused by the compiler on a route without keys.
fn partition(by: LimitBy, caller: &Caller, client: IpAddr) -> Partition {
    match by {
        LimitBy::Key => {
            let key = caller
                .key
                .as_ref()
                .expect("a limit per key is only compiled with keys");
            Partition::Key(key.id)
        }
        LimitBy::Ip => Partition::of_address(client),
        LimitBy::Route | LimitBy::Global | LimitBy::Consumer | LimitBy::Header | LimitBy::Claim => {
            Partition::Route
        }
    }
}

/// One item per limit: what it allows, and what is left. `t` is the time until there is more: for
/// an empty bucket until one request is admitted, else until it is full.
fn describe(limits: &[LimitFact], headers: &mut HeaderMap) {
    let policies = limits.iter().map(|limit| {
        format!(
            "\"{}\";q={};w={}",
            limit.name,
            limit.requests,
            limit.per.seconds()
        )
    });
    let states = limits.iter().map(|limit| {
        let reset_ms = match limit.remaining_after {
            0 => limit.retry_after_ms,
            _ => limit.full_after_ms,
        };
        let reset = reset_ms.div_ceil(1000);
        format!("\"{}\";r={};t={reset}", limit.name, limit.remaining_after)
    });
    let mut set = |name: &'static str, items: Vec<String>| {
        let value = HeaderValue::from_str(&items.join(", "))
            .expect("names of limits are printable ASCII, as compiled");
        headers.insert(HeaderName::from_static(name), value);
    };
    set("ratelimit-policy", policies.collect());
    set("ratelimit", states.collect());
}

/// `Retry-After` for these limits, in seconds.
pub fn retry_after(hits: &[LimitHit]) -> u64 {
    hits.iter()
        .map(|hit| whole_seconds(hit.retry_after_ms))
        .max()
        .unwrap_or(1)
}
