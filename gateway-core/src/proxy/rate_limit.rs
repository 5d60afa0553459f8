//! Is there room under the limits?

use super::error::{LimitHit, LimitKind, ProxyError};
use super::limit_headers::describe;
use super::partition::Whose;
use crate::clock::Now;
use crate::config::{LimitHeaders, LimitMode};
use crate::record::decision::{Facts, Verdict};
use crate::snapshot::limits::take::{Asking, Taken, take};
use crate::snapshot::limits::{Limit, Running};
use http::HeaderMap;

/// What the limits said.
pub struct Limited {
    /// Whether the request goes on.
    pub verdict: Verdict,
    /// By what.
    pub facts: Facts,
    /// The request as long as it runs, or why it does not go on.
    pub result: Result<Running, ProxyError>,
}

/// Takes one request from each limit, or from none, and describes them in `headers`.
pub fn rate_limit<'l>(
    limits: impl Iterator<Item = &'l Limit>,
    whose: &Whose<'_>,
    now: Now,
    told: LimitHeaders,
    headers: &mut HeaderMap,
) -> Limited {
    let wanted: Vec<_> = limits
        .map(|limit| (limit, whose.partition(&limit.by)))
        .collect();
    if wanted.is_empty() {
        return Limited {
            verdict: Verdict::NotConfigured,
            facts: Facts::Unlimited,
            result: Ok(Running::default()),
        };
    }
    let taken = take(&wanted, now, Asking::Take);
    describe(told, &taken.limits, &taken.quotas, now, headers);
    let (verdict, hits) = match taken.admitted {
        true => (Verdict::Passed, Vec::new()),
        false => (Verdict::Stopped, hits(&taken)),
    };
    let Taken {
        admitted,
        limits,
        quotas,
        concurrency,
        running,
    } = taken;
    Limited {
        verdict,
        facts: Facts::Limits {
            limits,
            quotas,
            concurrency,
        },
        result: match admitted {
            true => Ok(running),
            false => Err(ProxyError::Limited(hits)),
        },
    }
}

/// The limits that stop a request.
fn hits(taken: &Taken) -> Vec<LimitHit> {
    let stops = |mode, admitted: bool| mode == LimitMode::Enforce && !admitted;
    let rates = taken.limits.iter();
    let rates = rates.filter(|fact| stops(fact.mode, fact.admitted));
    let rates = rates.map(|fact| (LimitKind::Rate, &fact.name, fact.retry_after_ms));
    let quotas = taken.quotas.iter();
    let quotas = quotas.filter(|fact| stops(fact.mode, fact.admitted));
    let quotas = quotas.map(|fact| (LimitKind::Quota, &fact.name, fact.retry_after_ms));
    let running = taken.concurrency.iter();
    let running = running.filter(|fact| stops(fact.mode, fact.admitted));
    let running = running.map(|fact| (LimitKind::Concurrency, &fact.name, 0));
    let hits = rates.chain(quotas).chain(running);
    hits.map(|(kind, name, retry_after_ms)| LimitHit {
        kind,
        name: name.clone(),
        retry_after_ms,
    })
    .collect()
}
