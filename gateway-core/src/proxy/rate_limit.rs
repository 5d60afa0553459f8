//! Is there room under the limits?

use super::decided::Decided;
use super::error::{LimitHit, LimitKind, ProxyError};
use super::limit_headers::describe;
use super::partition::Whose;
use super::what_if::{Notes, WhatIf};
use crate::clock::Now;
use crate::config::{LimitHeaders, LimitMode};
use crate::faults::{Faults, Target};
use crate::record::decision::{Facts, Verdict};
use crate::snapshot::limits::partition::Partition;
use crate::snapshot::limits::stood::Stood;
use crate::snapshot::limits::take::{Asking, Taken, take_or};
use crate::snapshot::limits::{Limit, Running};
use http::HeaderMap;

/// What becomes of the counts.
pub(crate) enum Counting<'a> {
    /// The request is counted.
    Take,
    /// One only asks what would be.
    Try(&'a WhatIf),
}

/// What a person may have let this request pass.
pub(crate) struct Passes<'a> {
    /// What is done to requests on purpose.
    pub faults: &'a Faults,
    /// Whose request it is.
    pub target: Target<'a>,
    /// When it comes, microseconds since 1970.
    pub now_us: i64,
}

/// Takes one request from each limit, or from none, and describes them in `headers`. The request
/// counts as running as long as what is given back.
pub(crate) fn rate_limit<'l>(
    limits: impl Iterator<Item = &'l Limit>,
    whose: &Whose<'_>,
    now: Now,
    told: LimitHeaders,
    counting: Counting<'_>,
    passes: &Passes<'_>,
    headers: &mut HeaderMap,
) -> Decided<Running> {
    let mut wanted: Vec<_> = limits
        .map(|limit| (limit, whose.partition(&limit.by)))
        .collect();
    if wanted.is_empty() {
        return Decided {
            verdict: Verdict::NotConfigured,
            facts: Facts::Unlimited,
            result: Ok(Running::default()),
        };
    }
    let then = match counting {
        Counting::Take => None,
        Counting::Try(what_if) => what_if.limits.as_ref().map(|then| (then, &what_if.notes)),
    };
    let asking = match counting {
        Counting::Take => Asking::Take,
        Counting::Try(_) => Asking::Try,
    };
    let (stood, now) = match then {
        None => (Vec::new(), now),
        Some((then, notes)) => {
            let stood = as_they_stood(&wanted, then, now, notes);
            (stood, Stood::moment(now))
        }
    };
    for ((limit, _), stood) in wanted.iter_mut().zip(&stood) {
        *limit = stood;
    }
    let Passes {
        faults,
        target,
        now_us,
    } = passes;
    let taken = take_or(&wanted, now, asking, |stopping| match (then, asking) {
        (Some((then, _)), _) => then.let_through(stopping),
        (None, Asking::Take) => faults.let_through(target, stopping, *now_us),
        (None, Asking::Try | Asking::Look) => faults.would_let_through(target, stopping, *now_us),
    });
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
    Decided {
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

/// The limits, as they stood for a request in the log.
fn as_they_stood(
    wanted: &[(&Limit, Partition)],
    then: &Stood,
    now: Now,
    notes: &Notes,
) -> Vec<Limit> {
    let stood = wanted.iter().map(|(limit, partition)| {
        let (stood, known) = limit.as_it_stood(partition, then, now);
        if !known {
            notes.say(format!(
                "How `{}` ({}) stood then for {partition} is not in the log; it is taken to be \
                 unused.",
                limit.name, limit.owner
            ));
        }
        stood
    });
    stood.collect()
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
