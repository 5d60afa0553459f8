//! The intermediate form: what a product has to be told, with the questions that need the whole
//! configuration answered once. Which of two routes comes first, and who may do what, is decided
//! here by the gateway's own code, so no writer can see it differently.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ipnet::IpNet;

pub use super::limits::{Limit, LimitKind, Scope};
use super::limits::{route_limits, shared_limits};
use super::{ExportKey, Source};
use crate::config::{self, AccessRule, AuthenticationMethod, Config, Issue};
use crate::ids::ServiceName;
use crate::keys::KeyAccess;
use crate::snapshot::matcher::entries;
use crate::snapshot::matcher::hosts::HostPattern;
use crate::snapshot::versions::Scheme;
use crate::snapshot::{self, Snapshot};

/// A gateway to be said in another product's words.
pub struct Gate<'c> {
    /// As it is written.
    pub config: &'c Config,
    /// API keys. A caller who shows one is in its slot.
    pub slots: Vec<Slot>,
    /// Routes that are switched on, in the order of the config.
    pub routes: Vec<Route<'c>>,
    /// In the order in which they are asked; the first that takes a request gets it.
    pub entries: Vec<Entry>,
    /// Limits that refuse.
    pub limits: Vec<Limit<'c>>,
}

/// An API key and who shows it.
pub struct Slot {
    /// Names it in the output: the placeholder in small letters, so that a file with keys goes on
    /// meaning the same when others come and go.
    pub label: String,
    /// Name of its placeholder, such as `KEY_ALICE`.
    pub placeholder: String,
    /// The key.
    pub key: ExportKey,
    /// Groups of its consumer.
    pub groups: Vec<String>,
    /// Its scopes and those of its consumer.
    pub scopes: Vec<String>,
    /// Its plan, or that of its consumer.
    pub plan: Option<String>,
}

/// A route.
pub struct Route<'c> {
    /// As it is written.
    pub config: &'c config::Route,
    /// As it runs here.
    pub compiled: Arc<snapshot::Route>,
    /// Its place in the document, such as `routes[2]`.
    pub at: String,
    /// The setting for which it is exported closed.
    pub closed: Option<String>,
    /// Who has to show an API key.
    pub callers: Callers,
    /// What is refused to callers that are known.
    pub denials: Vec<Denial>,
}

/// Whether a route's callers show an API key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Callers {
    /// Nobody is asked.
    Anyone,
    /// A key that is shown has to be good.
    KeyIfShown,
    /// Each needs a key.
    Key,
}

/// A refusal with 403.
pub struct Denial {
    /// The setting.
    pub at: String,
    /// Methods it is about.
    pub methods: Methods,
    /// Versions it is about; empty for all.
    pub versions: Vec<String>,
    /// Who is refused.
    pub who: Refused,
}

/// Which methods something is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Methods {
    /// These.
    These(Vec<String>),
    /// All but these.
    AllBut(Vec<String>),
}

/// Who is refused.
pub enum Refused {
    /// Callers in these slots, and those who show nothing if `anonymous`.
    Slots {
        /// Indices of slots.
        slots: Vec<usize>,
        /// Whether callers without a key are refused.
        anonymous: bool,
    },
    /// Addresses in one of these networks.
    Inside(Vec<IpNet>),
    /// Addresses in none of these networks.
    Outside(Vec<IpNet>),
}

/// A route under one of its hosts.
pub struct Entry {
    /// Index of the route.
    pub route: usize,
    /// The host; `None` for any.
    pub host: Option<HostPattern>,
    /// Whether its path comes after a segment with a version.
    pub after_version: bool,
}

impl<'c> Gate<'c> {
    /// Reads a configuration.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn of(source: &Source<'c>) -> Result<Self, Vec<Issue>> {
        let config = source.config;
        let compiled = snapshot::compile::compile(config, 0, &Snapshot::default())?.snapshot;
        let slots = slots(config, &source.keys);
        let mut routes = Vec::new();
        let mut limits = Vec::new();
        for compiled in &compiled.routes {
            let (place, written) = config
                .routes
                .iter()
                .enumerate()
                .find(|(_, written)| written.name == compiled.name)
                .expect("a route is compiled from one that is written");
            let at = format!("routes[{place}]");
            let callers = callers(&written.authentication);
            let denials = denials(written, &at, callers, &slots);
            route_limits(routes.len(), written, &at, &mut limits);
            routes.push(Route {
                config: written,
                compiled: compiled.clone(),
                at,
                closed: None,
                callers,
                denials,
            });
        }
        shared_limits(config, &slots, &mut limits);
        let index: BTreeMap<_, _> = routes
            .iter()
            .enumerate()
            .map(|(n, route)| (route.config.name.clone(), n))
            .collect();
        let entries = entries(&compiled.routes)
            .into_iter()
            .map(|entry| Entry {
                route: index[&entry.route.name],
                host: entry.host,
                after_version: entry.after_version,
            })
            .collect();
        Ok(Self {
            config,
            slots,
            routes,
            entries,
            limits,
        })
    }

    /// Services that some route that is not closed uses, in the order of the config.
    pub fn used_services(&self) -> Vec<(usize, &'c config::Service)> {
        let wanted: BTreeSet<&ServiceName> = self.routes.iter().flat_map(services_of).collect();
        let all = self.config.services.iter().enumerate();
        all.filter(|(_, service)| wanted.contains(&service.name))
            .collect()
    }

    /// Indices of routes that use a service.
    pub fn routes_of(&self, service: &ServiceName) -> Vec<usize> {
        let all = self.routes.iter().enumerate();
        all.filter(|(_, route)| services_of(route).contains(service))
            .map(|(n, _)| n)
            .collect()
    }

    /// Query parameters that only the gateway needs to know, and no service gets.
    pub fn own_parameters(&self, route: &Route<'_>) -> Vec<String> {
        let mut names = Vec::new();
        if let Some(versions) = &route.compiled.versions
            && let (Scheme::Query(name), true) = (&versions.scheme, versions.strip)
        {
            names.push(name.clone());
        }
        if route.callers != Callers::Anyone && self.config.api_keys.strip {
            names.extend(self.config.api_keys.query.clone());
        }
        names
    }

    /// Indices of the limits that some requests of a route have to pass.
    pub fn limits_of(&self, route: usize) -> Vec<usize> {
        (0..self.limits.len())
            .filter(|limit| self.limits[*limit].scope.concerns(route))
            .collect()
    }
}

/// Services of a route, of its versions and of the parts of its answer.
fn services_of<'c>(route: &Route<'c>) -> BTreeSet<&'c ServiceName> {
    let versions = route.config.versions.iter().flat_map(|all| &all.list);
    let of_versions = versions.filter_map(|version| version.service.as_ref());
    let parts = route.config.aggregate.iter().flat_map(|all| &all.parts);
    let of_parts = parts.map(|part| &part.service);
    let own = route.config.service.iter();
    own.chain(of_versions).chain(of_parts).collect()
}

fn slots(config: &Config, keys: &[ExportKey]) -> Vec<Slot> {
    let mut taken = BTreeSet::new();
    let mut slots = Vec::new();
    for key in keys {
        let consumer = config
            .consumers
            .iter()
            .find(|consumer| consumer.name.as_str() == key.consumer);
        let mut scopes = key.scopes.clone();
        for scope in consumer.iter().flat_map(|consumer| &consumer.scopes) {
            if !scopes.contains(scope) {
                scopes.push(scope.clone());
            }
        }
        let plan = key
            .plan
            .as_ref()
            .or_else(|| consumer.and_then(|consumer| consumer.plan.as_ref()));
        let placeholder = placeholder(&key.name, &mut taken);
        slots.push(Slot {
            label: placeholder.to_ascii_lowercase(),
            placeholder,
            groups: consumer.map_or_else(Vec::new, |consumer| consumer.groups.clone()),
            scopes,
            plan: plan.map(ToString::to_string),
            key: key.clone(),
        });
    }
    slots
}

/// `KEY_` and the name in capitals, each once.
fn placeholder(name: &str, taken: &mut BTreeSet<String>) -> String {
    let plain: String = name
        .chars()
        .map(|c| match c.is_ascii_alphanumeric() {
            true => c.to_ascii_uppercase(),
            false => '_',
        })
        .take(48)
        .collect();
    let mut wanted = format!("KEY_{plain}");
    let mut n = 2;
    while !taken.insert(wanted.clone()) {
        wanted = format!("KEY_{plain}_{n}");
        n += 1;
    }
    wanted
}

fn callers(authentication: &config::Authentication) -> Callers {
    let config::Authentication {
        methods,
        require: _,
        anonymous,
        issuers: _,
        forward: _,
    } = authentication;
    match methods.contains(&AuthenticationMethod::ApiKey) {
        false => Callers::Anyone,
        true if *anonymous => Callers::KeyIfShown,
        true => Callers::Key,
    }
}

fn denials(route: &config::Route, at: &str, callers: Callers, slots: &[Slot]) -> Vec<Denial> {
    let mut denials = Vec::new();
    // Where nobody is asked, a key that is shown means nothing.
    let known: &[Slot] = match callers {
        Callers::Anyone => &[],
        Callers::KeyIfShown | Callers::Key => slots,
    };
    for (n, rule) in route.authorization.iter().enumerate() {
        rule_denials(
            rule,
            &format!("{at}.authorization[{n}]"),
            known,
            &mut denials,
        );
    }
    for (n, slot) in known.iter().enumerate() {
        grant_denials(route, n, slot, &mut denials);
    }
    denials
}

fn rule_denials(rule: &AccessRule, at: &str, slots: &[Slot], denials: &mut Vec<Denial>) {
    let AccessRule {
        methods,
        versions,
        scopes_any,
        scopes_all,
        groups,
        consumers,
        allow_ips,
        deny_ips,
    } = rule;
    let mut deny = |who| {
        denials.push(Denial {
            at: at.to_owned(),
            methods: match methods.is_empty() {
                true => Methods::AllBut(Vec::new()),
                false => Methods::These(methods.clone()),
            },
            versions: versions.iter().map(ToString::to_string).collect(),
            who,
        });
    };
    let networks = |texts: &[String]| texts.iter().filter_map(|text| network(text)).collect();
    if !deny_ips.is_empty() {
        deny(Refused::Inside(networks(deny_ips)));
    }
    if !allow_ips.is_empty() {
        deny(Refused::Outside(networks(allow_ips)));
    }
    let asks = !(scopes_any.is_empty()
        && scopes_all.is_empty()
        && groups.is_empty()
        && consumers.is_empty());
    let fits = |slot: &Slot| {
        let has = |scope: &String| slot.scopes.contains(scope);
        (consumers.is_empty() || consumers.contains(&slot.key.consumer))
            && (groups.is_empty() || groups.iter().any(|group| slot.groups.contains(group)))
            && scopes_all.iter().all(has)
            && (scopes_any.is_empty() || scopes_any.iter().any(has))
    };
    if asks {
        let refused = slots.iter().enumerate().filter(|(_, slot)| !fits(slot));
        deny(Refused::Slots {
            slots: refused.map(|(n, _)| n).collect(),
            anonymous: true,
        });
    }
}

/// A network, or an address as one.
fn network(text: &str) -> Option<IpNet> {
    let address = || text.parse::<std::net::IpAddr>().ok().map(IpNet::from);
    text.parse().ok().or_else(address)
}

/// What a key may not be used for: all that it is not granted.
fn grant_denials(route: &config::Route, n: usize, slot: &Slot, denials: &mut Vec<Denial>) {
    let KeyAccess::Selected { grants } = &slot.key.access else {
        return;
    };
    let granted: Vec<_> = grants
        .iter()
        .filter(|one| one.route == route.name)
        .collect();
    let versions: Vec<Option<String>> = match &route.versions {
        None => vec![None],
        Some(versions) => {
            let names = versions.list.iter().map(|version| version.name.to_string());
            names.map(Some).collect()
        }
    };
    for version in versions {
        let fitting: Vec<_> = granted
            .iter()
            .filter(|grant| {
                grant.versions.is_empty()
                    || version.as_ref().is_some_and(|version| {
                        grant.versions.iter().any(|one| one.as_str() == version)
                    })
            })
            .collect();
        if fitting.iter().any(|grant| grant.methods.is_empty()) {
            continue;
        }
        let mut methods: Vec<String> = fitting
            .iter()
            .flat_map(|grant| grant.methods.iter().cloned())
            .collect();
        methods.sort();
        methods.dedup();
        denials.push(Denial {
            at: "api_keys".to_owned(),
            methods: Methods::AllBut(methods),
            versions: version.into_iter().collect(),
            who: Refused::Slots {
                slots: vec![n],
                anonymous: false,
            },
        });
    }
}

/// Whether the targets of a service have the same scheme and the same path in their URLs.
pub fn alike(targets: &[config::Target]) -> bool {
    let mut all = targets.iter().map(|target| parts(&target.url));
    let first = all.next().map(|(scheme, _, path)| (scheme, path));
    all.all(|(scheme, _, path)| Some((scheme, path)) == first)
}

/// Scheme, host with port, and path without a slash at its end of a target's URL.
pub fn parts(url: &str) -> (&str, &str, &str) {
    let (scheme, rest) = url.split_once("://").unwrap_or(("http", url));
    let end = rest.find('/').unwrap_or(rest.len());
    (scheme, &rest[..end], rest[end..].trim_end_matches('/'))
}
