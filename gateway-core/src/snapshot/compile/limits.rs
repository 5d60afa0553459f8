//! Rate limits, quotas and limits on running requests, compiled.

use std::collections::HashMap;
use std::sync::Arc;

use http::HeaderName;

use super::limit_names::{Named, concurrency_name, is_printable, quota_name, rate_name};
use crate::config::{
    self, Authentication, AuthenticationMethod, CalendarPeriod, Issue, LimitAlgorithm, LimitBy,
    LimitMode, Per,
};
use crate::ids::PlanName;
use crate::record::decision::LimitOwner;
use crate::snapshot::limits::calendar::Zone;
use crate::snapshot::limits::partition::By;
use crate::snapshot::limits::sliding_window::MOST_REQUESTS;
use crate::snapshot::limits::{Limit, Limiting, QuotaCounts};

/// The limits that are written in one place.
#[derive(Clone, Copy)]
pub(super) struct Written<'c> {
    /// On what.
    pub owner: &'c LimitOwner,
    /// Where that stands, such as `routes[0]`.
    pub at: &'c str,
    /// Its rate limits.
    pub rates: &'c [config::RateLimit],
    /// Its quotas.
    pub quotas: &'c [config::Quota],
    /// Its limits on running requests.
    pub concurrency: &'c [config::ConcurrencyLimit],
    /// How its callers show who they are, where that is known.
    pub authentication: Option<&'c Authentication>,
}

/// Compiles limits one place after another: those of all routes, of plans, then of routes and their
/// versions. Those that did not change keep their counts.
pub(super) struct LimitCompiler<'p> {
    previous: &'p Limiting,
    zone: Arc<Zone>,
    all: HashMap<String, Arc<Limit>>,
    quota_counts: QuotaCounts,
    everywhere: Vec<Arc<Limit>>,
    plans: HashMap<PlanName, Vec<Arc<Limit>>>,
    /// Names that every route's requests may meet, and where they are from.
    shared_names: Vec<(String, String)>,
}

impl<'p> LimitCompiler<'p> {
    /// Compiles the limits of all routes and of plans.
    pub(super) fn new(
        limits: &config::Limits,
        plans: &[config::Plan],
        previous: &'p Limiting,
        issues: &mut Vec<Issue>,
    ) -> Self {
        let config::Limits {
            headers: _,
            time_zone,
            rate_limits,
            quotas,
            concurrency,
        } = limits;
        let zone = Zone::named(time_zone).unwrap_or_else(|| {
            let message = format!(
                "no time zone is named `{time_zone}`; write it like `Europe/Berlin` or `UTC`"
            );
            issues.push(Issue::error("limits.time_zone", message));
            Zone::utc()
        });
        let mut this = Self {
            previous,
            zone: Arc::new(zone),
            all: HashMap::new(),
            quota_counts: previous.quota_counts.clone(),
            everywhere: Vec::new(),
            plans: HashMap::new(),
            shared_names: Vec::new(),
        };
        let written = Written {
            owner: &LimitOwner::Gateway,
            at: "limits",
            rates: rate_limits,
            quotas,
            concurrency,
            authentication: None,
        };
        this.everywhere = this.compile(&written, &[], issues);
        let of_gateway: Vec<_> = named(&written)
            .into_iter()
            .map(|named| (named.name, "a limit of all routes".to_owned()))
            .collect();
        this.shared_names.clone_from(&of_gateway);
        // A request has one plan: the names of two may be the same.
        let mut of_plans = Vec::new();
        for (n, plan) in plans.iter().enumerate() {
            of_plans.extend(this.compile_plan(plan, n, plans, issues));
        }
        this.shared_names.extend(of_plans);
        this
    }

    fn compile_plan(
        &mut self,
        plan: &config::Plan,
        n: usize,
        plans: &[config::Plan],
        issues: &mut Vec<Issue>,
    ) -> Vec<(String, String)> {
        let config::Plan {
            name,
            rate_limits,
            quotas,
            concurrency,
        } = plan;
        let at = format!("plans[{n}]");
        if plans[..n].iter().any(|other| other.name == *name) {
            let message = format!("another plan is named `{name}` too");
            issues.push(Issue::error(format!("{at}.name"), message));
        }
        let owner = LimitOwner::Plan { plan: name.clone() };
        let written = Written {
            owner: &owner,
            at: &at,
            rates: rate_limits,
            quotas,
            concurrency,
            authentication: None,
        };
        let compiled = self.compile(&written, &[], issues);
        self.plans.insert(name.clone(), compiled);
        let from = format!("a limit of plan `{name}`");
        let names = named(&written).into_iter();
        names.map(|named| (named.name, from.clone())).collect()
    }

    /// The limits of one place. `around` is what its requests meet besides, as a version's meet its
    /// route's.
    pub(super) fn compile(
        &mut self,
        written: &Written<'_>,
        around: &[&Written<'_>],
        issues: &mut Vec<Issue>,
    ) -> Vec<Arc<Limit>> {
        self.check_names(written, around, issues);
        check_numbers(written, issues);
        let mut compiled = Vec::new();
        for (n, rate) in written.rates.iter().enumerate() {
            let by = self.by(
                written,
                "rate_limits",
                n,
                rate.by,
                rate.of.as_deref(),
                issues,
            );
            let (name, before) = self.before(written, rate_name(rate, written.owner));
            compiled.extend(
                by.filter(|_| rate.mode != LimitMode::Off)
                    .map(|by| Limit::rate(rate, written.owner.clone(), name, by, before)),
            );
        }
        for (n, quota) in written.quotas.iter().enumerate() {
            let by = self.by(written, "quotas", n, quota.by, quota.of.as_deref(), issues);
            let name = quota_name(quota, written.owner);
            let (owner, zone) = (written.owner.clone(), self.zone.clone());
            compiled.extend(
                by.filter(|_| quota.mode != LimitMode::Off)
                    .map(|by| Limit::quota(quota, owner, name, by, zone, &mut self.quota_counts)),
            );
        }
        for (n, limit) in written.concurrency.iter().enumerate() {
            let by = self.by(
                written,
                "concurrency",
                n,
                limit.by,
                limit.of.as_deref(),
                issues,
            );
            let (name, before) = self.before(written, concurrency_name(limit, written.owner));
            compiled.extend(
                by.filter(|_| limit.mode != LimitMode::Off)
                    .map(|by| Limit::concurrency(limit, written.owner.clone(), name, by, before)),
            );
        }
        let compiled: Vec<_> = compiled.into_iter().map(Arc::new).collect();
        let by_id = compiled.iter().map(|limit| (limit.id(), limit.clone()));
        self.all.extend(by_id);
        compiled
    }

    /// What is in force from now on.
    pub(super) fn finish(self, headers: config::LimitHeaders) -> Limiting {
        let mut limiting = Limiting {
            headers,
            everywhere: self.everywhere,
            plans: self.plans,
            all: self.all,
            quota_counts: self.quota_counts,
        };
        limiting.forget_unused_quotas();
        limiting
    }

    /// The limit of this name as it was.
    fn before(&self, written: &Written<'_>, name: String) -> (String, Option<&'p Limit>) {
        let before = self.previous.all.get(&Limit::id_of(written.owner, &name));
        (name, before.map(|before| &**before))
    }

    /// Callers are told of limits by name, so no request may meet two of one name.
    fn check_names(&self, written: &Written<'_>, around: &[&Written<'_>], issues: &mut Vec<Issue>) {
        let own = named(written);
        for (n, Named { at, name, given }) in own.iter().enumerate() {
            let mut wrong = |message: String| {
                issues.push(Issue::error(format!("{at}.name"), message));
            };
            if *given && !is_printable(name) {
                wrong(
                    "use printable ASCII characters without `\"` and `\\`, at most 64".to_owned(),
                );
            }
            let mut others = around.iter().flat_map(|around| named(around));
            if own[..n].iter().any(|other| other.name == *name) {
                wrong(format!(
                    "another limit of {} is called `{name}` too",
                    place(written.owner)
                ));
            } else if others.any(|other| other.name == *name) {
                wrong(format!("a limit of its route is called `{name}` too"));
            } else if let Some((_, from)) = self.shared_names.iter().find(|(n, _)| n == name) {
                wrong(format!(
                    "{from} is called `{name}` too, and a request may meet both"
                ));
            }
        }
    }

    /// What a limit counts by, if that can be counted by.
    fn by(
        &self,
        written: &Written<'_>,
        list: &str,
        n: usize,
        by: LimitBy,
        of: Option<&str>,
        issues: &mut Vec<Issue>,
    ) -> Option<By> {
        let at = format!("{}.{list}[{n}]", written.at);
        let mut wrong = |field: &str, message: String| {
            issues.push(Issue::error(format!("{at}.{field}"), message));
            None
        };
        let methods = written.authentication.map(|ways| &ways.methods);
        let found = match (by, of) {
            (LimitBy::Header, None) => return wrong("of", "name the header".to_owned()),
            (LimitBy::Claim, None) => return wrong("of", "name the claim".to_owned()),
            (LimitBy::Header, Some(name)) => match name.parse::<HeaderName>() {
                Ok(name) => By::Header(name),
                Err(_) => return wrong("of", format!("`{name}` is no name of a header")),
            },
            (LimitBy::Claim, Some("")) => return wrong("of", "name the claim".to_owned()),
            (LimitBy::Claim, Some(name)) => By::Claim(name.to_owned()),
            (_, Some(_)) => {
                let message = "it has no effect: only `header` and `claim` are of something";
                return wrong("of", message.to_owned());
            }
            (LimitBy::Key, None) => By::Key,
            (LimitBy::Consumer, None) => By::Consumer,
            (LimitBy::Ip, None) => By::Ip,
            (LimitBy::Route, None) => By::Route,
            (LimitBy::Global, None) => By::Global,
        };
        match (&found, methods) {
            (By::Key | By::Consumer, Some(methods)) if methods.is_empty() => {
                let who = if found == By::Key { "keys" } else { "names" };
                let message = format!(
                    "a limit per {} needs callers with {who}: name a way in \
                     `authentication.methods`",
                    if found == By::Key { "key" } else { "consumer" }
                );
                wrong("by", message)
            }
            (By::Claim(_), Some(methods)) if !methods.contains(&AuthenticationMethod::Jwt) => {
                let message = "a limit per claim needs callers with tokens: add `jwt` to \
                               `authentication.methods`";
                wrong("by", message.to_owned())
            }
            _ => Some(found),
        }
    }
}

/// The names of all limits of a place, those that are off too: they may be switched on.
fn named(written: &Written<'_>) -> Vec<Named> {
    let at = |list: &str, n: usize| format!("{}.{list}[{n}]", written.at);
    let owner = written.owner;
    let rates = written.rates.iter().enumerate().map(|(n, limit)| Named {
        at: at("rate_limits", n),
        name: rate_name(limit, owner),
        given: limit.name.is_some(),
    });
    let quotas = written.quotas.iter().enumerate().map(|(n, limit)| Named {
        at: at("quotas", n),
        name: quota_name(limit, owner),
        given: limit.name.is_some(),
    });
    let running = written
        .concurrency
        .iter()
        .enumerate()
        .map(|(n, limit)| Named {
            at: at("concurrency", n),
            name: concurrency_name(limit, owner),
            given: limit.name.is_some(),
        });
    rates.chain(quotas).chain(running).collect()
}

fn place(owner: &LimitOwner) -> &'static str {
    match owner {
        LimitOwner::Gateway => "all routes",
        LimitOwner::Plan { .. } => "this plan",
        LimitOwner::Route { .. } => "this route",
        LimitOwner::Version { .. } => "this version",
    }
}

/// Numbers that contradict each other.
fn check_numbers(written: &Written<'_>, issues: &mut Vec<Issue>) {
    for (n, limit) in written.rates.iter().enumerate() {
        let at = format!("{}.rate_limits[{n}]", written.at);
        let is_bucket = limit.algorithm == LimitAlgorithm::TokenBucket;
        if limit.burst.is_some() && !is_bucket {
            let message = "it has no effect: only a `token_bucket` has a burst";
            issues.push(Issue::error(format!("{at}.burst"), message));
        }
        if limit.count_rejected && is_bucket {
            let message = "a `token_bucket` cannot count refused requests; choose a window";
            issues.push(Issue::error(format!("{at}.count_rejected"), message));
        }
        if limit.algorithm == LimitAlgorithm::SlidingWindow && limit.requests > MOST_REQUESTS {
            let message = format!(
                "a `sliding_window` remembers every request and takes at most {MOST_REQUESTS}; \
                 choose `token_bucket` or `fixed_window` for more"
            );
            issues.push(Issue::error(format!("{at}.requests"), message));
        }
        let above = written.quotas.iter().find(|quota| {
            let same = (quota.by, &quota.of) == (limit.by, &limit.of);
            let on = quota.mode == LimitMode::Enforce && limit.mode == LimitMode::Enforce;
            same && on && within(limit.per, quota.per) && limit.requests > quota.requests
        });
        if let Some(quota) = above {
            let message = format!(
                "the quota `{}` is used up before this limit is reached",
                quota_name(quota, written.owner)
            );
            issues.push(Issue::warning(format!("{at}.requests"), message));
        }
    }
}

/// Whether a span is over no later than a calendar period.
fn within(per: Per, calendar: CalendarPeriod) -> bool {
    match (per, calendar) {
        (Per::Second | Per::Minute | Per::Hour | Per::Day, _)
        | (Per::Month, CalendarPeriod::Month) => true,
        (Per::Month, CalendarPeriod::Day | CalendarPeriod::Week) => false,
    }
}
