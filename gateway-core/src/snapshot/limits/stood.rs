//! Limits as they stood for a request in the log, so that it can be asked about again.

use std::sync::Arc;

use super::counts::Counts;
use super::partition::{By, Partition};
use super::sliding_window::Arrivals;
use super::{Counter, Limit, quota};
use crate::clock::Now;
use crate::config::Per;
use crate::faults::Stopping;
use crate::record::decision::{ConcurrencyFact, Facts, LimitFact, LimitOwner, QuotaFact};

/// Stands for the moment that is asked about on the scale that never goes back: long after its
/// beginning, so that there is room for every window before it.
const MOMENT_NS: u64 = u64::MAX / 4;

/// What a request in the log found.
#[derive(Clone, Debug, Default)]
pub struct Stood {
    /// Rate limits.
    pub limits: Vec<LimitFact>,
    /// Quotas.
    pub quotas: Vec<QuotaFact>,
    /// Limits on running requests.
    pub concurrency: Vec<ConcurrencyFact>,
    /// Whether its headers have been changed since: who else they would count is not known.
    pub other_headers: bool,
}

impl Stood {
    /// What was decided about the request.
    pub fn of(facts: &Facts) -> Self {
        match facts {
            Facts::Limits {
                limits,
                quotas,
                concurrency,
            } => Self {
                limits: limits.clone(),
                quotas: quotas.clone(),
                concurrency: concurrency.clone(),
                other_headers: false,
            },
            _ => Self::default(),
        }
    }

    /// The time as limits see it that are made by [`Limit::as_it_stood`].
    pub fn moment(now: Now) -> Now {
        Now {
            monotonic_ns: MOMENT_NS,
            ..now
        }
    }

    /// Whether a person let the request pass all of these limits then.
    pub fn let_through(&self, stopping: &[Stopping<'_>]) -> bool {
        let rates = self.limits.iter().filter(|fact| fact.let_through);
        let rates = rates.map(|fact| (&fact.owner, &fact.name));
        let quotas = self.quotas.iter().filter(|fact| fact.let_through);
        let quotas = quotas.map(|fact| (&fact.owner, &fact.name));
        let running = self.concurrency.iter().filter(|fact| fact.let_through);
        let running = running.map(|fact| (&fact.owner, &fact.name));
        let then: Vec<_> = rates.chain(quotas).chain(running).collect();
        let is_past = |limit: &Stopping<'_>| {
            let mut then = then.iter();
            then.any(|(owner, name)| owner.as_ref() == Some(limit.owner) && *name == limit.name)
        };
        stopping.iter().all(is_past)
    }

    fn find<'f, F>(
        &self,
        facts: &'f [F],
        limit: &Limit,
        partition: &Partition,
        of: impl Fn(&F) -> (&Option<LimitOwner>, &str, &str),
    ) -> Option<&'f F> {
        if self.other_headers && matches!(limit.by, By::Header(_)) {
            return None;
        }
        facts.iter().find(|fact| {
            let (owner, name, whose) = of(fact);
            // A claim may have been masked.
            let same = whose == partition.text || (whose.contains('•') && is_claim(limit));
            owner.as_ref() == Some(&limit.owner) && name == limit.name && same
        })
    }
}

fn is_claim(limit: &Limit) -> bool {
    matches!(limit.by, By::Claim(_))
}

impl Limit {
    /// The same limit, which has counted of `partition` what it or its like had counted then, and
    /// nothing else; and whether anything is known of that. Asked at [`Stood::moment`].
    pub fn as_it_stood(&self, partition: &Partition, stood: &Stood, now: Now) -> (Self, bool) {
        let rate = || {
            let fact = stood.find(&stood.limits, self, partition, |fact| {
                (&fact.owner, &fact.name, &fact.partition)
            });
            fact.map(Rate::of)
        };
        let at_ns = Stood::moment(now).monotonic_ns;
        let (counter, known) = match &self.counter {
            Counter::TokenBucket(rule, _) => {
                let rate = rate();
                let state = rate.as_ref().map(|rate| {
                    let refills = rate.per == rule.per && rate.requests == rule.requests;
                    rule.with_used(rate.used, refills.then_some(rate.wait_ns), at_ns)
                });
                let known = state.is_some();
                let counts = one(partition, state);
                (Counter::TokenBucket(*rule, counts), known)
            }
            Counter::FixedWindow(rule, _, rejected) => {
                let rate = rate();
                let state = rate.as_ref().map(|rate| {
                    let passed_ns = rate.per.nanos().saturating_sub(rate.rest_ns);
                    rule.with_used(rate.used, at_ns.saturating_sub(passed_ns))
                });
                let known = state.is_some();
                let counts = one(partition, state);
                (Counter::FixedWindow(*rule, counts, *rejected), known)
            }
            Counter::SlidingWindow(rule, _, rejected) => {
                let rate = rate();
                let known = rate.is_some();
                let state = rate.as_ref().map(|rate| rate.arrivals(at_ns));
                let counts = one(partition, state);
                (Counter::SlidingWindow(*rule, counts, *rejected), known)
            }
            Counter::Quota(rule, _) => {
                let fact = stood.find(&stood.quotas, self, partition, |fact| {
                    (&fact.owner, &fact.name, &fact.partition)
                });
                let state = fact.map(|fact| quota::Used {
                    period: rule.zone.period(rule.per, now.epoch_us),
                    used: fact.used_before,
                });
                let known = state.is_some();
                let rule = quota::CalendarQuota::new(rule.requests, rule.per, rule.zone.clone());
                (Counter::Quota(rule, one(partition, state)), known)
            }
            Counter::Concurrency(rule, _) => {
                let fact = stood.find(&stood.concurrency, self, partition, |fact| {
                    (&fact.owner, &fact.name, &fact.partition)
                });
                let known = fact.is_some();
                let counts = one(partition, fact.map(|fact| fact.running_before));
                (Counter::Concurrency(*rule, counts), known)
            }
        };
        let limit = Self {
            owner: self.owner.clone(),
            name: self.name.clone(),
            by: self.by.clone(),
            mode: self.mode,
            counter,
        };
        (limit, known)
    }
}

fn one<S: Clone>(partition: &Partition, state: Option<S>) -> Arc<Counts<S>> {
    let counts = Counts::new();
    if let Some(state) = state {
        counts.restore(partition.id, state);
    }
    Arc::new(counts)
}

/// How a rate limit stood, in what all algorithms have in common.
struct Rate {
    requests: u64,
    per: Per,
    used: u64,
    /// Until there is room for one, where there was none.
    wait_ns: u64,
    /// Until it is as if no request had been made; of a request that was counted, with it.
    rest_ns: u64,
}

impl Rate {
    fn of(fact: &LimitFact) -> Self {
        let ns = |ms: u64| ms.saturating_mul(1_000_000);
        Self {
            requests: fact.requests,
            per: fact.per,
            used: fact.burst.saturating_sub(fact.remaining_before),
            wait_ns: match fact.admitted {
                true => 0,
                false => ns(fact.retry_after_ms),
            },
            rest_ns: ns(fact.full_after_ms),
        }
    }

    /// Arrivals that tell the same: when exactly each came is not in the log.
    fn arrivals(&self, at_ns: u64) -> Arrivals {
        let per_ns = self.per.nanos();
        // An arrival that has the rest of a window to go, one nanosecond at least.
        let first_ns = self.wait_ns.clamp(1, per_ns);
        let last_ns = match self.wait_ns {
            0 => per_ns,
            _ => self.rest_ns.clamp(first_ns, per_ns),
        };
        let span = u128::from(last_ns - first_ns);
        let steps = u128::from(self.used.saturating_sub(1).max(1));
        let left_ns = |n: u64| {
            let part = u64::try_from(span * u128::from(n) / steps).unwrap_or(0);
            first_ns + part
        };
        (0..self.used)
            .map(|n| at_ns.saturating_sub(per_ns) + left_ns(n))
            .collect()
    }
}
