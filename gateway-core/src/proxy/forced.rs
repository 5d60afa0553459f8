//! A refusal that a person asked for, made to look like the gateway's own.

use http::HeaderMap;

use super::authenticate;
use super::decided::Decided;
use super::error::{ErrorCode, LimitHit, LimitKind, ProxyError};
use super::limit_headers::describe;
use super::partition::Whose;
use crate::clock::Now;
use crate::config::{LimitAlgorithm, LimitBy, LimitMode, Per};
use crate::faults::{Refusal, Strike};
use crate::record::decision::{Facts, FaultFact, LimitFact, QuotaFact, Verdict};
use crate::snapshot::Snapshot;
use crate::snapshot::authentication::Authentication;
use crate::snapshot::limits::Limit;
use crate::snapshot::limits::take::{Asking, Taken, take};

/// How soon callers are told to try again where nothing real says when, in milliseconds.
const SOON_MS: u64 = 1_000;

/// What a refusal is made of, beside the request.
pub(super) struct Forcing<'a> {
    /// What is in force.
    pub snapshot: &'a Snapshot,
    /// What the route wants callers to show.
    pub wanted: &'a Authentication,
    /// The time.
    pub now: Now,
}

/// Refuses a request. Nothing is counted; a 429 describes the limits in `headers` as they would
/// stand.
pub(super) fn force<'l, T>(
    (refusal, strike): (Refusal, Strike),
    forcing: &Forcing<'_>,
    limits: impl Iterator<Item = &'l Limit>,
    whose: &Whose<'_>,
    headers: &mut HeaderMap,
) -> Decided<T> {
    let Strike {
        effect,
        share_percent,
        times,
    } = strike;
    let Forcing {
        snapshot,
        wanted,
        now,
    } = *forcing;
    let error = match refusal {
        Refusal::Unauthenticated => authenticate::as_if_refused(wanted, &snapshot.key_places),
        Refusal::Limited => {
            let wanted: Vec<_> = limits
                .map(|limit| (limit, whose.partition(&limit.by)))
                .collect();
            let mut taken = take(&wanted, now, Asking::Look);
            let hit = use_up(&mut taken, now);
            describe(
                snapshot.limiting.headers,
                &taken.limits,
                &taken.quotas,
                now,
                headers,
            );
            ProxyError::Limited(vec![hit])
        }
        Refusal::Unavailable => ProxyError::Unavailable {
            code: ErrorCode::NoHealthyUpstream,
            retry_after_ms: SOON_MS,
            reason: "a person forced it".to_owned(),
        },
    };
    let faults = vec![FaultFact {
        effect,
        share_percent,
        times,
    }];
    Decided {
        verdict: Verdict::Stopped,
        facts: Facts::Faults { faults },
        result: Err(error),
    }
}

/// Shows the first limit that refuses anybody as used up; one that is made up where there is none.
fn use_up(taken: &mut Taken, now: Now) -> LimitHit {
    let rates = taken.limits.iter_mut();
    let rate = rates
        .filter(|limit| limit.mode == LimitMode::Enforce)
        .find_map(Some);
    if let Some(limit) = rate {
        return use_up_rate(limit);
    }
    let quotas = taken.quotas.iter_mut();
    let quota = quotas
        .filter(|quota| quota.mode == LimitMode::Enforce)
        .find_map(Some);
    if let Some(quota) = quota {
        return use_up_quota(quota, now);
    }
    let mut made_up = made_up();
    let hit = use_up_rate(&mut made_up);
    taken.limits.push(made_up);
    hit
}

fn use_up_rate(limit: &mut LimitFact) -> LimitHit {
    let one_more_ms = (limit.per.seconds() * 1_000).div_ceil(limit.requests.max(1));
    limit.remaining_before = 0;
    limit.remaining_after = 0;
    limit.admitted = false;
    limit.retry_after_ms = limit.retry_after_ms.max(one_more_ms);
    LimitHit {
        kind: LimitKind::Rate,
        name: limit.name.clone(),
        retry_after_ms: limit.retry_after_ms,
    }
}

fn use_up_quota(quota: &mut QuotaFact, now: Now) -> LimitHit {
    let left_us = quota.resets_at_us.saturating_sub(now.epoch_us).max(0);
    quota.used_before = quota.requests;
    quota.used_after = quota.requests;
    quota.admitted = false;
    quota.retry_after_ms = left_us.unsigned_abs().div_ceil(1_000);
    LimitHit {
        kind: LimitKind::Quota,
        name: quota.name.clone(),
        retry_after_ms: quota.retry_after_ms,
    }
}

fn made_up() -> LimitFact {
    LimitFact {
        name: "forced".to_owned(),
        owner: None,
        by: LimitBy::Route,
        partition: "forced".to_owned(),
        algorithm: LimitAlgorithm::default(),
        mode: LimitMode::Enforce,
        requests: 60,
        per: Per::Minute,
        burst: 60,
        remaining_before: 0,
        remaining_after: 0,
        admitted: false,
        let_through: false,
        retry_after_ms: SOON_MS,
        full_after_ms: 60_000,
    }
}
