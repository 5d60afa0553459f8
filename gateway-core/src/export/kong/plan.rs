//! What is written: a Kong service for each route or version, and Kong's routes in the order in which
//! they are asked here.

use std::collections::{BTreeMap, BTreeSet};

use super::callers::{self, Class};
use super::cases::{Around, Case, What};
use super::limits::{self, Level};
use super::order;
use super::paths;
use super::plugins::{self, Plugin};
use crate::config::{ConditionTest, HostHeaderKind};
use crate::export::Told;
use crate::export::gate::{Callers, Entry, Gate, Route, parts};
use crate::export::support::Support;
use crate::snapshot::Backend;
use crate::snapshot::answer::OwnAnswer;
use crate::snapshot::matcher::paths::PathForm;
use crate::snapshot::rewrite::Part;
use crate::snapshot::versions::Version;

/// A route of Kong's.
#[derive(Clone)]
pub(super) struct KongRoute<'g> {
    pub(super) name: String,
    /// Index of the route that it is for.
    pub(super) route: usize,
    /// Place among the entries.
    pub(super) entry: usize,
    /// Which of an entry comes first: the highest.
    pub(super) within: usize,
    pub(super) regex_priority: usize,
    pub(super) after_version: bool,
    pub(super) form: &'g PathForm,
    pub(super) hosts: Vec<String>,
    pub(super) methods: Vec<String>,
    pub(super) headers: BTreeMap<String, Vec<String>>,
    pub(super) pattern: String,
    pub(super) plugins: Vec<Plugin>,
    /// Index of the service that it belongs to; `None` where it answers by itself.
    pub(super) group: Option<usize>,
}

/// A service of Kong's.
pub(super) struct Group {
    pub(super) name: String,
    /// Index of the route.
    pub(super) route: usize,
    /// Who answers; `None` where it is the gateway.
    pub(super) upstream: Option<Upstream>,
    pub(super) limits: Option<limits::Plugin>,
    version: Option<String>,
}

/// An upstream: a service with the `Host` that it sees.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Upstream {
    /// Index of the service.
    pub(super) service: usize,
    pub(super) host: Option<String>,
}

/// All that is written.
pub(super) struct Plan<'g> {
    pub(super) groups: Vec<Group>,
    pub(super) routes: Vec<KongRoute<'g>>,
    pub(super) global: Option<limits::Plugin>,
    /// Limits of consumers by their plans.
    pub(super) of_consumers: BTreeMap<String, limits::Plugin>,
    /// Groups made for rules about more than groups.
    pub(super) made_groups: BTreeMap<String, BTreeSet<String>>,
    /// Whether some route lets callers through that show nothing.
    pub(super) anonymous: bool,
    /// How settings fare that cannot be judged one by one.
    pub(super) told: Told,
}

impl<'g> Plan<'g> {
    pub(super) fn of(gate: &'g Gate<'_>) -> Self {
        let mut plan = Self {
            groups: Vec::new(),
            routes: Vec::new(),
            global: None,
            of_consumers: BTreeMap::new(),
            made_groups: BTreeMap::new(),
            anonymous: false,
            told: Told::default(),
        };
        plan.shared_limits(gate);
        for (n, route) in gate.routes.iter().enumerate() {
            if route.closed.is_none() {
                plan.route_told(n, route);
                plan.anonymous |= route.callers == Callers::KeyIfShown;
            }
        }
        for (n, entry) in gate.entries.iter().enumerate() {
            plan.entry(gate, n, entry);
        }
        for n in order::keep(&mut plan.routes) {
            let route = &gate.routes[n];
            plan.told.tell(
                Some(n),
                format!("{}.match", route.at),
                Support::none(
                    "it would take requests that another route takes here: Kong counts conditions \
                     before it looks at paths",
                ),
                true,
            );
        }
        plan
    }

    /// Limits over all routes and of plans. Where a route has limits of its own, these would not hold.
    fn shared_limits(&mut self, gate: &Gate<'_>) {
        let all = limits::of_all(gate);
        match limits::plugin(gate, &all, Level::Global) {
            Ok(plugin) => self.global = plugin,
            Err(note) => self
                .told
                .tell(None, all[0].at.clone(), Support::none(note), true),
        }
        let plans = limits::of_plans(gate);
        for (n, slot) in gate.slots.iter().enumerate() {
            let own: Vec<_> = plans
                .iter()
                .filter(|limit| {
                    matches!(&limit.scope, crate::export::gate::Scope::Slots(slots) if slots.contains(&n))
                })
                .copied()
                .collect();
            if own.is_empty() {
                continue;
            }
            match limits::plugin(gate, &own, Level::Consumer) {
                Ok(Some(plugin)) => {
                    let consumer = slot.key.consumer.clone();
                    let alike = gate
                        .slots
                        .iter()
                        .filter(|other| other.key.consumer == consumer)
                        .all(|other| other.plan == slot.plan);
                    if !alike {
                        let note = "keys of one consumer have different plans, and limits are of \
                                    consumers";
                        self.told
                            .tell(None, own[0].at.clone(), Support::none(note), true);
                    }
                    self.of_consumers.insert(consumer, plugin);
                }
                Ok(None) => {}
                Err(note) => self
                    .told
                    .tell(None, own[0].at.clone(), Support::none(note), true),
            }
        }
        let note = "a route's own limit takes its place in Kong, and does not hold beside it";
        for n in 0..gate.routes.len() {
            let has = gate.limits.iter().any(|limit| {
                matches!(&limit.scope,
                    crate::export::gate::Scope::Route(own)
                    | crate::export::gate::Scope::Version(own, _) if *own == n)
            });
            if has && !all.is_empty() {
                self.told
                    .tell(Some(n), all[0].at.clone(), Support::none(note), true);
            }
            if has && !plans.is_empty() {
                self.told
                    .tell(Some(n), plans[0].at.clone(), Support::none(note), true);
            }
        }
        if !all.is_empty() && !plans.is_empty() {
            let note = "a plan's limit takes its place in Kong, and does not hold beside it";
            self.told
                .tell(None, all[0].at.clone(), Support::none(note), true);
        }
    }

    /// What of a route cannot be said because of what is in it.
    fn route_told(&mut self, n: usize, route: &Route<'_>) {
        let matches = &route.config.matches;
        for m in 0..matches.query.len() {
            let note = "Kong's usual router does not look at the query: `router_flavor = \
                        expressions` does, with routes in another notation";
            let path = format!("{}.match.query[{m}]", route.at);
            self.told.tell(Some(n), path, Support::none(note), true);
        }
        for (m, condition) in matches.headers.iter().enumerate() {
            let path = format!("{}.match.headers[{m}]", route.at);
            let value = condition.value.as_deref().unwrap_or_default();
            let twice = matches.headers[..m]
                .iter()
                .any(|one| one.name.eq_ignore_ascii_case(&condition.name));
            let upper = value.bytes().any(|b| b.is_ascii_uppercase());
            let support = match condition.test {
                _ if twice => Support::none("a header can be asked for one thing alone"),
                ConditionTest::Absent => Support::none("a header cannot be asked not to be there"),
                ConditionTest::Matches if upper => Support::none(
                    "Kong holds expressions against values in lower case, and this one has capitals",
                ),
                ConditionTest::Equals if value.starts_with("~*") => {
                    Support::none("Kong would take the value for an expression")
                }
                ConditionTest::Matches | ConditionTest::Equals
                    if value.bytes().any(|b| b.is_ascii_alphabetic()) =>
                {
                    Support::about("values are compared in any case: `On` for `on` is taken too")
                }
                ConditionTest::Matches | ConditionTest::Equals | ConditionTest::Present => continue,
            };
            self.told.tell(Some(n), path, support, true);
        }
        if let Backend::Own(OwnAnswer::Redirect(redirect)) = &route.compiled.backend
            && !redirect
                .to
                .0
                .iter()
                .all(|part| matches!(part, Part::Literal(_)))
        {
            let note = "a place made of parts of the request takes code, or the `redirect` plugin \
                        of 3.9 and later, which keeps only the path";
            let path = format!("{}.redirect", route.at);
            self.told.tell(Some(n), path, Support::none(note), true);
        }
        if route.callers == Callers::KeyIfShown {
            let note = "callers who show a wrong key go on as nobody, and are refused here; \
                        services see `gatewright-anonymous` as the consumer of both";
            let path = format!("{}.authentication.anonymous", route.at);
            self.told.tell(Some(n), path, Support::about(note), false);
        }
    }

    fn entry(&mut self, gate: &'g Gate<'_>, n: usize, entry: &Entry) {
        let route = &gate.routes[entry.route];
        let around = Around {
            gate,
            route,
            entry,
            n,
        };
        if let Some(setting) = &route.closed {
            let mut one = around.plain(around.any_version());
            one.plugins = vec![plugins::refusal(403, setting)];
            one.methods.clone_from(&route.config.matches.methods);
            self.routes.push(one);
            return;
        }
        let cases = match &route.compiled.versions {
            None => vec![Case::plain(&route.config.name.to_string())],
            Some(versions) => around.cases(versions),
        };
        let count = cases.len();
        for (m, case) in cases.iter().enumerate() {
            self.case(&around, case, count - m);
        }
        if route.config.cors.is_some() {
            self.preflights(&around);
        }
    }

    fn case(&mut self, around: &Around<'g, '_, '_>, case: &Case<'g>, within: usize) {
        let Around { route, gate, .. } = *around;
        if let What::Refused(status) = case.what {
            let mut one = around.plain(case.refused_pattern(around));
            one.name.clone_from(&case.name);
            one.within = within;
            one.headers.extend(case.headers.clone());
            one.methods.clone_from(&route.config.matches.methods);
            one.plugins = vec![plugins::refusal(status, &format!("{}.versions", route.at))];
            self.routes.push(one);
            return;
        }
        let version = match case.what {
            What::Version(version) => Some(version),
            What::Plain | What::Refused(_) => None,
        };
        let group = self.group(around, version);
        let upstream = self.groups[group].upstream.clone();
        let base = upstream.map_or(String::new(), |upstream| {
            let targets = &gate.config.services[upstream.service].targets;
            let target = targets.first().map_or("", |target| target.url.as_str());
            parts(target).2.to_owned()
        });
        let own = matches!(route.compiled.backend, Backend::Own(_));
        let change = version
            .and_then(|version| version.path_change.as_ref())
            .unwrap_or(&route.compiled.path_change);
        let strip = route
            .compiled
            .versions
            .as_ref()
            .is_some_and(|versions| versions.strip);
        let written = match own {
            true => vec![paths::Written {
                pattern: case.refused_pattern(around),
                uri: None,
            }],
            false => paths::write(route, change, case.place(), strip, &base),
        };
        let classes = callers::classes(
            gate,
            around.entry.route,
            version.map(|one| one.name.as_str()),
        );
        for written in &written {
            for Class { methods, who } in &classes {
                let mut one = around.plain(written.pattern.clone());
                one.name.clone_from(&case.name);
                one.within = within;
                one.headers.extend(case.headers.clone());
                one.methods.clone_from(methods);
                one.group = Some(group);
                let wish = plugins::Wish {
                    gate,
                    n: around.entry.route,
                    version,
                    uri: written.uri.as_deref(),
                };
                let (made, unsaid) = wish.plugins(who);
                one.plugins = made;
                for (path, note) in unsaid {
                    self.told
                        .tell(Some(around.entry.route), path, Support::none(note), false);
                }
                if let Err(note) = callers::addresses(who) {
                    let path = format!("{}.authorization", route.at);
                    self.told
                        .tell(Some(around.entry.route), path, Support::none(note), true);
                }
                match callers::acl(gate, around.entry.route, who) {
                    Ok(None) => {}
                    Ok(Some(acl)) => {
                        for (consumer, group) in acl.made {
                            self.made_groups.entry(consumer).or_default().insert(group);
                        }
                        one.plugins.push(acl.plugin);
                    }
                    Err(note) => {
                        let path = format!("{}.authorization", route.at);
                        self.told
                            .tell(Some(around.entry.route), path, Support::none(note), true);
                    }
                }
                self.routes.push(one);
            }
        }
    }

    /// Where a route names its methods, a browser's preflight has a route of its own.
    fn preflights(&mut self, around: &Around<'g, '_, '_>) {
        let route = around.route;
        let methods = &route.config.matches.methods;
        if methods.is_empty() || methods.iter().any(|one| one == "OPTIONS") {
            return;
        }
        let mut one = around.plain(around.any_version());
        one.name = format!("{}.preflight", route.config.name);
        one.methods = vec!["OPTIONS".to_owned()];
        one.plugins = vec![plugins::refusal(
            405,
            &format!("{}.match.methods", route.at),
        )];
        one.plugins.extend(plugins::cors(route));
        self.routes.push(one);
    }

    /// The service of Kong's for a route or a version of it.
    fn group(&mut self, around: &Around<'g, '_, '_>, version: Option<&Version>) -> usize {
        let Around { route, gate, .. } = *around;
        let n = around.entry.route;
        let of_route = limits::of_route(gate, n);
        // A limit of the route counts over all of its versions.
        let shared = !of_route.is_empty();
        let key = version
            .filter(|_| !shared)
            .map(|version| version.name.to_string());
        let upstream = self.upstream(around, version);
        let known = self
            .groups
            .iter()
            .position(|group| group.route == n && group.version == key);
        let own = version.map_or_else(Vec::new, |version| {
            limits::of_version(gate, n, version.name.as_str())
        });
        if shared && !own.is_empty() {
            let note = "a route's limit and that of a version cannot both hold";
            self.told
                .tell(Some(n), own[0].at.clone(), Support::none(note), true);
        }
        if let Some(known) = known {
            if self.groups[known].upstream != upstream {
                let note = "each version would be counted for itself, since they are of several \
                            services";
                let path = of_route
                    .first()
                    .map_or(route.at.clone(), |limit| limit.at.clone());
                self.told.tell(Some(n), path, Support::none(note), true);
            }
            return known;
        }
        let wanted = match shared {
            true => of_route,
            false => own,
        };
        let limits = match limits::plugin(gate, &wanted, Level::Service) {
            Ok(plugin) => plugin,
            Err(note) => {
                self.told
                    .tell(Some(n), wanted[0].at.clone(), Support::none(note), true);
                None
            }
        };
        self.groups.push(Group {
            name: match &key {
                Some(version) => format!("{}.{version}", route.config.name),
                None => route.config.name.to_string(),
            },
            route: n,
            upstream,
            limits,
            version: key,
        });
        self.groups.len() - 1
    }

    fn upstream(&self, around: &Around<'g, '_, '_>, version: Option<&Version>) -> Option<Upstream> {
        let Around { route, gate, .. } = *around;
        let of_version = version.and_then(|version| {
            let versions = route.config.versions.iter().flat_map(|all| &all.list);
            let mut own = versions.filter(|one| one.name == version.name);
            own.find_map(|one| one.service.as_ref())
        });
        let name = of_version.or(route.config.service.as_ref())?;
        let service = gate
            .config
            .services
            .iter()
            .position(|one| one.name == *name)?;
        let host = &route.config.host_header;
        Some(Upstream {
            service,
            host: match host.kind {
                HostHeaderKind::Fixed => host.value.clone(),
                HostHeaderKind::Caller | HostHeaderKind::Target => None,
            },
        })
    }
}
