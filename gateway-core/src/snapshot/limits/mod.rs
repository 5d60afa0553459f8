//! Limits: how much each caller has left of them.
//!
//! A [`Limit`] is what the configuration says; what it remembers of callers ([`counts::Counts`]) is
//! shared with the limit of the same name in the next snapshot. Each way of counting is an
//! [`algorithm::Algorithm`]; a request asks all its limits at once, by [`take::take`].

mod algorithm;
pub mod calendar;
mod concurrency;
pub mod counts;
mod fixed_window;
pub mod partition;
pub mod quota;
pub mod sliding_window;
pub mod stood;
pub mod take;
#[cfg(test)]
mod tests;
mod token_bucket;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::config::{self, CalendarPeriod, LimitAlgorithm, LimitHeaders, LimitMode, Per};
use crate::ids::PlanName;
use crate::record::decision::LimitOwner;
use calendar::Zone;
use concurrency::{Concurrency, RunningCount};
use counts::Counts;
use fixed_window::{FixedWindow, Window};
use partition::{By, PartitionId};
use quota::{CalendarQuota, Used};
use sliding_window::{Arrivals, SlidingWindow};
use token_bucket::{Level, TokenBucket};

pub use concurrency::Running;

/// One limit.
pub struct Limit {
    /// Where it is written.
    pub owner: LimitOwner,
    /// What it is called in answers and in the log.
    pub name: String,
    /// Whose requests it counts together.
    pub by: By,
    /// Whether it refuses; never `off`.
    pub mode: LimitMode,
    counter: Counter,
}

/// How a limit counts, and what it has counted. Windows also say whether they count refused
/// requests.
enum Counter {
    TokenBucket(TokenBucket, Arc<Counts<Level>>),
    FixedWindow(FixedWindow, Arc<Counts<Window>>, bool),
    SlidingWindow(SlidingWindow, Arc<Counts<Arrivals>>, bool),
    Quota(CalendarQuota, Arc<Counts<Used>>),
    Concurrency(Concurrency, Arc<Counts<RunningCount>>),
}

/// What finds a quota's counts again, on disk too: where it is written, its name, and whose requests
/// in which periods it counts. Not how many it allows.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct QuotaId(String);

/// The counts of all quotas that are in force, and of those that were and have counted something:
/// whoever takes a quota away and puts it back finds it as it was.
pub type QuotaCounts = HashMap<QuotaId, Arc<Counts<Used>>>;

/// All limits that are no route's own, and what is remembered from one snapshot to the next.
#[derive(Default)]
pub struct Limiting {
    /// The headers that tell callers.
    pub headers: LimitHeaders,
    /// The limits of all routes.
    pub everywhere: Vec<Arc<Limit>>,
    /// The limits of plans.
    pub plans: HashMap<PlanName, Vec<Arc<Limit>>>,
    /// Everything that is in force, by [`Limit::id`].
    pub all: HashMap<String, Arc<Limit>>,
    /// The counts of quotas.
    pub quota_counts: QuotaCounts,
}

impl Limiting {
    /// Forgets quotas that are neither in force nor have counted anything.
    pub(super) fn forget_unused_quotas(&mut self) {
        let in_force: HashSet<_> = self.all.values().filter_map(|l| l.quota_id()).collect();
        self.quota_counts
            .retain(|id, counts| in_force.contains(id) || !counts.is_empty());
    }

    /// What a request meets before its route's own: the limits of all routes, then its plan's.
    pub fn beside(&self, plan: Option<&PlanName>) -> impl Iterator<Item = &Arc<Limit>> {
        let of_plan = plan.and_then(|plan| self.plans.get(plan));
        self.everywhere.iter().chain(of_plan.into_iter().flatten())
    }
}

impl Limit {
    /// A rate limit. `before` lends its counts if it counted the same.
    pub(super) fn rate(
        written: &config::RateLimit,
        owner: LimitOwner,
        name: String,
        by: By,
        before: Option<&Self>,
    ) -> Self {
        let config::RateLimit {
            requests,
            per,
            burst,
            count_rejected,
            algorithm,
            mode,
            ..
        } = *written;
        let before = before.filter(|before| before.by == by);
        let before = before.map(|before| &before.counter);
        let counter = match algorithm {
            LimitAlgorithm::TokenBucket => {
                let burst = burst.unwrap_or(requests);
                let rule = TokenBucket {
                    requests,
                    per,
                    burst,
                };
                let kept = match before {
                    Some(Counter::TokenBucket(old, counts)) if *old == rule => counts.clone(),
                    _ => Arc::new(Counts::new()),
                };
                Counter::TokenBucket(rule, kept)
            }
            LimitAlgorithm::FixedWindow => {
                let rule = FixedWindow { requests, per };
                let kept = match before {
                    Some(Counter::FixedWindow(old, counts, _)) if *old == rule => counts.clone(),
                    _ => Arc::new(Counts::new()),
                };
                Counter::FixedWindow(rule, kept, count_rejected)
            }
            LimitAlgorithm::SlidingWindow => {
                let rule = SlidingWindow { requests, per };
                let kept = match before {
                    Some(Counter::SlidingWindow(old, counts, _)) if *old == rule => counts.clone(),
                    _ => Arc::new(Counts::new()),
                };
                Counter::SlidingWindow(rule, kept, count_rejected)
            }
        };
        Self {
            owner,
            name,
            by,
            mode,
            counter,
        }
    }

    /// A quota, with what was counted under its id, if anything was.
    pub(super) fn quota(
        written: &config::Quota,
        owner: LimitOwner,
        name: String,
        by: By,
        zone: Arc<Zone>,
        counts: &mut QuotaCounts,
    ) -> Self {
        let id = QuotaId::of(&owner, &name, &by, written.per);
        let counts = counts
            .entry(id)
            .or_insert_with(|| Arc::new(Counts::noting_changes()));
        let rule = CalendarQuota::new(written.requests, written.per, zone);
        Self {
            owner,
            name,
            by,
            mode: written.mode,
            counter: Counter::Quota(rule, counts.clone()),
        }
    }

    /// A limit on running requests. `before` lends its counts, however many it allowed.
    pub(super) fn concurrency(
        written: &config::ConcurrencyLimit,
        owner: LimitOwner,
        name: String,
        by: By,
        before: Option<&Self>,
    ) -> Self {
        let kept = match before.filter(|before| before.by == by) {
            Some(Self {
                counter: Counter::Concurrency(_, counts),
                ..
            }) => counts.clone(),
            _ => Arc::new(Counts::new()),
        };
        let rule = Concurrency {
            requests: written.requests,
        };
        Self {
            owner,
            name,
            by,
            mode: written.mode,
            counter: Counter::Concurrency(rule, kept),
        }
    }

    fn quota_id(&self) -> Option<QuotaId> {
        match &self.counter {
            Counter::Quota(rule, _) => {
                Some(QuotaId::of(&self.owner, &self.name, &self.by, rule.per))
            }
            Counter::TokenBucket(..)
            | Counter::FixedWindow(..)
            | Counter::SlidingWindow(..)
            | Counter::Concurrency(..) => None,
        }
    }

    /// Whether it counts in calendar periods.
    pub fn is_quota(&self) -> bool {
        matches!(self.counter, Counter::Quota(..))
    }

    /// What finds it in the next snapshot: where it is written, and its name.
    pub fn id(&self) -> String {
        Self::id_of(&self.owner, &self.name)
    }

    /// The id of the limit of this name.
    pub(super) fn id_of(owner: &LimitOwner, name: &str) -> String {
        format!("{owner}\n{name}")
    }
}

impl QuotaId {
    fn of(owner: &LimitOwner, name: &str, by: &By, per: CalendarPeriod) -> Self {
        let of = by.of().unwrap_or_default();
        Self(format!("{owner}\n{name}\n{per:?}\n{:?}\n{of}", by.kind()))
    }

    /// As it stood in a file.
    pub fn read(text: String) -> Self {
        Self(text)
    }

    /// What stands in a file.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A quota's count of one partition, on its way to the disk or from there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuotaRow {
    /// The quota.
    pub quota: QuotaId,
    /// Whose requests.
    pub partition: PartitionId,
    /// How many, and when.
    pub used: Used,
}

/// What was counted since the last call, of all quotas.
pub fn changed_quotas(counts: &QuotaCounts) -> Vec<QuotaRow> {
    let rows = counts.iter().flat_map(|(quota, counts)| {
        let changes = counts.take_changes().into_iter();
        changes.map(|(partition, used)| QuotaRow {
            quota: quota.clone(),
            partition,
            used,
        })
    });
    rows.collect()
}

/// What could not be kept is given again by the next [`changed_quotas`].
pub fn quotas_change_again(counts: &QuotaCounts, rows: &[QuotaRow]) {
    for row in rows {
        if let Some(counts) = counts.get(&row.quota) {
            counts.change_again(std::iter::once(row.partition));
        }
    }
}

/// The counts that were kept.
pub fn kept_quotas(rows: Vec<QuotaRow>) -> QuotaCounts {
    let mut kept = QuotaCounts::new();
    for QuotaRow {
        quota,
        partition,
        used,
    } in rows
    {
        let counts = kept
            .entry(quota)
            .or_insert_with(|| Arc::new(Counts::noting_changes()));
        counts.restore(partition, used);
    }
    kept
}

impl Per {
    /// Length in seconds.
    pub fn seconds(self) -> u64 {
        match self {
            Self::Second => 1,
            Self::Minute => 60,
            Self::Hour => 3_600,
            Self::Day => 86_400,
            Self::Month => 2_592_000,
        }
    }

    fn nanos(self) -> u64 {
        self.seconds() * 1_000_000_000
    }
}
