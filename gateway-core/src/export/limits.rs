//! Limits that refuse, wherever they stand in the document.

use super::feature::RateShape;
use super::gate::Slot;
use crate::config::{
    self, ConcurrencyLimit, Config, LimitAlgorithm, LimitBy, LimitMode, Per, Quota, RateLimit,
};

/// A limit that refuses.
pub struct Limit<'c> {
    /// Its place in the document.
    pub at: String,
    /// What it counts.
    pub kind: LimitKind<'c>,
    /// Whose requests are counted together.
    pub by: LimitBy,
    /// Name of the header or the claim.
    pub of: Option<&'c str>,
    /// What it is for.
    pub scope: Scope,
}

/// What a limit counts.
pub enum LimitKind<'c> {
    /// Requests in a time.
    Rate(RateShape<'c>),
    /// Requests in a calendar period.
    Quota,
    /// Requests at once.
    Concurrency(u64),
}

/// What a limit is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// All routes together.
    All,
    /// Callers in these slots, on all routes together.
    Slots(Vec<usize>),
    /// A route.
    Route(usize),
    /// A version of a route.
    Version(usize, String),
}

impl Scope {
    /// Whether it holds for some requests of a route.
    pub fn concerns(&self, route: usize) -> bool {
        match self {
            Self::All | Self::Slots(_) => true,
            Self::Route(own) | Self::Version(own, _) => *own == route,
        }
    }
}

fn seconds(per: Per) -> u64 {
    match per {
        Per::Second => 1,
        Per::Minute => 60,
        Per::Hour => 3_600,
        Per::Day => 86_400,
        Per::Month => 30 * 86_400,
    }
}

/// Limits of one place in the document.
struct Group<'c> {
    at: String,
    scope: Scope,
    rates: &'c [RateLimit],
    quotas: &'c [Quota],
    concurrency: &'c [ConcurrencyLimit],
}

impl<'c> Group<'c> {
    fn add_to(self, limits: &mut Vec<Limit<'c>>) {
        let Self {
            at,
            scope,
            rates,
            quotas,
            concurrency,
        } = self;
        for (n, limit) in rates.iter().enumerate() {
            let RateLimit {
                name: _,
                requests,
                per,
                by,
                of,
                algorithm,
                burst,
                count_rejected,
                mode,
            } = limit;
            let burst = match algorithm {
                LimitAlgorithm::TokenBucket => burst.unwrap_or(*requests),
                LimitAlgorithm::FixedWindow | LimitAlgorithm::SlidingWindow => *requests,
            };
            let shape = RateShape {
                requests: *requests,
                seconds: seconds(*per),
                burst,
                algorithm: *algorithm,
                by: *by,
                of: of.as_deref(),
                count_rejected: *count_rejected,
            };
            if *mode == LimitMode::Enforce {
                limits.push(Limit {
                    at: format!("{at}rate_limits[{n}]"),
                    kind: LimitKind::Rate(shape),
                    by: *by,
                    of: of.as_deref(),
                    scope: scope.clone(),
                });
            }
        }
        for (n, limit) in quotas.iter().enumerate() {
            let Quota {
                name: _,
                requests: _,
                per: _,
                by,
                of,
                mode,
            } = limit;
            if *mode == LimitMode::Enforce {
                limits.push(Limit {
                    at: format!("{at}quotas[{n}]"),
                    kind: LimitKind::Quota,
                    by: *by,
                    of: of.as_deref(),
                    scope: scope.clone(),
                });
            }
        }
        for (n, limit) in concurrency.iter().enumerate() {
            let ConcurrencyLimit {
                name: _,
                requests,
                by,
                of,
                mode,
            } = limit;
            if *mode == LimitMode::Enforce {
                limits.push(Limit {
                    at: format!("{at}concurrency[{n}]"),
                    kind: LimitKind::Concurrency(*requests),
                    by: *by,
                    of: of.as_deref(),
                    scope: scope.clone(),
                });
            }
        }
    }
}

pub(super) fn route_limits<'c>(
    route: usize,
    written: &'c config::Route,
    at: &str,
    limits: &mut Vec<Limit<'c>>,
) {
    let group = Group {
        at: format!("{at}."),
        scope: Scope::Route(route),
        rates: &written.rate_limits,
        quotas: &written.quotas,
        concurrency: &written.concurrency,
    };
    group.add_to(limits);
    let versions = written.versions.iter().flat_map(|all| &all.list);
    for (n, version) in versions.enumerate() {
        let group = Group {
            at: format!("{at}.versions.list[{n}]."),
            scope: Scope::Version(route, version.name.to_string()),
            rates: &version.rate_limits,
            quotas: &version.quotas,
            concurrency: &version.concurrency,
        };
        group.add_to(limits);
    }
}

pub(super) fn shared_limits<'c>(config: &'c Config, slots: &[Slot], limits: &mut Vec<Limit<'c>>) {
    let config::Limits {
        headers: _,
        time_zone: _,
        rate_limits,
        quotas,
        concurrency,
    } = &config.limits;
    let group = Group {
        at: "limits.".to_owned(),
        scope: Scope::All,
        rates: rate_limits,
        quotas,
        concurrency,
    };
    group.add_to(limits);
    for (n, plan) in config.plans.iter().enumerate() {
        let config::Plan {
            name,
            rate_limits,
            quotas,
            concurrency,
        } = plan;
        let having = slots.iter().enumerate();
        let having = having.filter(|(_, slot)| slot.plan.as_deref() == Some(name.as_str()));
        let group = Group {
            at: format!("plans[{n}]."),
            scope: Scope::Slots(having.map(|(n, _)| n).collect()),
            rates: rate_limits,
            quotas,
            concurrency,
        };
        group.add_to(limits);
    }
}
