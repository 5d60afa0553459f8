//! Kong's routes, as routes here: one for each path, with the terms that their plugins come to.

use std::collections::{HashMap, HashSet};

use super::super::finding::{Findings, Grade};
use super::super::names::Names;
use super::asks::{Asks, read};
use super::callers::KeysSeen;
use super::entities::{Entities, Plugin, RouteEntity};
use super::paths::{self, KongPath, Written};
use super::rank;
use super::services;
use super::terms::{self, Terms};
use super::{limits, transform};
use crate::config::{Config, HostHeader, Match, PathKind, Route};
use crate::ids::RouteName;
use crate::snapshot::matcher::paths::whole;

/// Writes all routes, and limits that hold for all of them. Gives where keys are looked for.
pub(super) fn write(
    entities: &Entities<'_>,
    services: &[Option<services::Written>],
    old: bool,
    config: &mut Config,
    findings: &mut Findings,
) -> KeysSeen {
    let mut keys = KeysSeen::default();
    let for_all = limits_for_all(entities, config, findings);
    let asks: Vec<_> = entities
        .routes
        .iter()
        .map(|route| read(route, services, old, findings))
        .collect();
    // Over how many routes of here a plugin's counts go.
    let effective: Vec<_> = (0..entities.routes.len())
        .map(|index| effective(entities, index, for_all))
        .collect();
    let mut spread: HashMap<*const Plugin<'_>, usize> = HashMap::new();
    for (asks, plugins) in asks.iter().zip(&effective) {
        for plugin in plugins {
            *spread.entry(std::ptr::from_ref(*plugin)).or_default() += asks.paths.len();
        }
    }
    tell_unused(entities, &spread, for_all, findings);
    let mut names = Names::default();
    let mut ranks = Vec::new();
    let mut priced = Vec::new();
    for (index, route) in entities.routes.iter().enumerate() {
        let count = |plugin: &Plugin<'_>| spread[&std::ptr::from_ref(plugin)];
        let mut terms = terms::of_route(&effective[index], count, &mut keys, findings);
        let service = route.service.and_then(|index| services[index].as_ref());
        let asks = &asks[index];
        if service.is_none() && terms.respond.is_none() {
            let message = "there is no service to send its requests to; it was left out";
            route
                .entity
                .fields
                .find("service", Grade::LeftOut, message, findings);
            continue;
        }
        if terms.uri.is_some() && service.is_some_and(|service| service.has_path) {
            let message = "the path of the service is put before it here";
            route.entity.fields.find(
                "plugins.request-transformer.replace.uri",
                Grade::Approximate,
                message,
                findings,
            );
        }
        terms.off |= asks.off || service.is_some_and(|service| service.off);
        let around = Around {
            route,
            asks,
            terms: &terms,
            service,
        };
        for (path, line) in &asks.paths {
            let Some(one) = around.write_path(path, *line, &mut names, findings) else {
                continue;
            };
            ranks.push(asks.rank(path, &one));
            priced.push(one);
        }
    }
    let (priorities, too_many) = rank::priorities(&ranks);
    for (route, priority) in priced.iter_mut().zip(priorities) {
        route.priority = priority;
    }
    if let (true, Some(first)) = (too_many, entities.routes.first()) {
        let fields = &first.entity.fields;
        let message =
            "there are more kinds of routes than priorities here; check which comes first";
        fields.find("paths", Grade::Approximate, message, findings);
    }
    config.routes = priced;
    keys
}

/// Plugins that no route has: on services without routes, or behind nearer ones everywhere.
fn tell_unused(
    entities: &Entities<'_>,
    spread: &HashMap<*const Plugin<'_>, usize>,
    for_all: bool,
    findings: &mut Findings,
) {
    for plugin in &entities.plugins {
        let of_all = for_all && plugin.name == "rate-limiting";
        let used = spread.contains_key(&std::ptr::from_ref(plugin));
        if !used && !of_all && plugin.scope.consumer.is_none() {
            let message = "no route has it: there is none, or all have one that is nearer";
            let fields = terms::config_of(plugin, findings);
            fields.find("", Grade::LeftOut, message, findings);
        }
    }
}

/// Limits on everything, where no route or service has limits of its own that would take their
/// place. Says whether there are any.
fn limits_for_all(entities: &Entities<'_>, config: &mut Config, findings: &mut Findings) -> bool {
    let limiting = entities
        .plugins
        .iter()
        .filter(|plugin| plugin.name == "rate-limiting");
    let on_all: Vec<_> = limiting
        .filter(|plugin| plugin.scope.consumer.is_none())
        .collect();
    let [plugin] = on_all[..] else { return false };
    if plugin.scope != Default::default() {
        return false;
    }
    let reading = terms::Reading {
        config: terms::config_of(plugin, findings),
        routes: 1,
    };
    let asks_who =
        |plugin: &Plugin<'_>| matches!(plugin.name.as_str(), "key-auth" | "basic-auth" | "jwt");
    let read = limits::read(reading, entities.plugins.iter().any(asks_who), findings);
    config.limits.rate_limits = read.rate_limits;
    config.limits.quotas = read.quotas;
    true
}

/// The plugins that run on a route: of each name the one that is nearest to it.
fn effective<'e, 'n>(
    entities: &'e Entities<'n>,
    index: usize,
    for_all: bool,
) -> Vec<&'e Plugin<'n>> {
    let service = entities.routes[index].service;
    let nearness = |plugin: &Plugin<'_>| match (plugin.scope.route, plugin.scope.service) {
        (Some(route), of) if route == index && (of.is_none() || of == service) => Some(2),
        (None, Some(of)) if Some(of) == service => Some(1),
        (None, None) if !(for_all && plugin.name == "rate-limiting") => Some(0),
        _ => None,
    };
    let mut nearest: Vec<(i32, &Plugin<'_>)> = Vec::new();
    for plugin in entities
        .plugins
        .iter()
        .filter(|plugin| plugin.scope.consumer.is_none())
    {
        let Some(near) = nearness(plugin) else {
            continue;
        };
        match nearest.iter_mut().find(|(_, one)| one.name == plugin.name) {
            Some(known) if known.0 < near => *known = (near, plugin),
            Some(_) => {}
            None => nearest.push((near, plugin)),
        }
    }
    nearest.into_iter().map(|(_, plugin)| plugin).collect()
}

struct Around<'a, 'n> {
    route: &'a RouteEntity<'n>,
    asks: &'a Asks,
    terms: &'a Terms,
    service: Option<&'a services::Written>,
}

impl Around<'_, '_> {
    /// The route for one of the paths; `None` where it cannot be said here.
    fn write_path(
        &self,
        path: &KongPath,
        line: u32,
        names: &mut Names,
        findings: &mut Findings,
    ) -> Option<Route> {
        let fields = &self.route.entity.fields;
        let place = super::super::finding::Place {
            about: &fields.about,
            field: "paths",
            line,
        };
        let written = match paths::write(path, self.asks.strip) {
            Ok(written) => written,
            Err(reason) => {
                let message = format!(
                    "{reason}; the path was left out, and another route may take its requests"
                );
                findings.less_strict(Grade::NotExpressible, place, message);
                return None;
            }
        };
        if written.whole_segments {
            findings.of_many(
                Grade::Approximate,
                place,
                "a path is a beginning of whole segments here: `/orders` takes `/orders/7` and not \
                 `/orders-old`, which Kong takes too",
            );
        }
        let mut off = self.terms.off;
        let written = match &self.terms.uri {
            None => written,
            Some(uri) => match rewritten(path, uri, self.asks.strip) {
                Ok(written) => written,
                Err(reason) => {
                    off = true;
                    let message = format!("{reason}: the route was imported switched off");
                    fields.find(
                        "plugins.request-transformer.replace.uri",
                        Grade::NotExpressible,
                        message,
                        findings,
                    );
                    written
                }
            },
        };
        let own = self.terms.respond.is_some();
        let Written {
            path,
            kind,
            strip_prefix,
            rewrite,
            ..
        } = written;
        let terms = self.terms.clone();
        Some(Route {
            name: RouteName::new(names.give(&self.route.entity.name, "route")),
            enabled: !off,
            priority: 0,
            matches: Match {
                hosts: self.asks.hosts.clone(),
                path,
                path_kind: kind,
                methods: self.asks.methods.clone(),
                headers: self.asks.headers.clone(),
                query: Vec::new(),
            },
            service: self
                .service
                .filter(|_| !own)
                .map(|service| service.name.clone()),
            redirect: None,
            respond: terms.respond,
            mock: None,
            aggregate: None,
            strip_prefix: strip_prefix && !own,
            rewrite: rewrite.filter(|_| !own),
            host_header: if own {
                HostHeader::default()
            } else {
                self.asks.host_header.clone()
            },
            request_headers: if own {
                Default::default()
            } else {
                terms.request_headers
            },
            response_headers: terms.response_headers,
            max_request_body_bytes: terms.max_request_body_bytes,
            authentication: terms.authentication,
            authorization: terms.authorization,
            cors: terms.cors,
            rate_limits: terms.rate_limits,
            quotas: terms.quotas,
            concurrency: Vec::new(),
            cache: None,
            versions: None,
            tests: Vec::new(),
        })
    }
}

/// A path whose requests are sent on with another one.
///
/// # Errors
/// What cannot be said here.
fn rewritten(path: &KongPath, uri: &str, strip: bool) -> Result<Written, String> {
    let KongPath::Regex(pattern) = path else {
        let written = paths::write(path, false)?;
        let rewrite = transform::uri_as_here(uri, &[])?;
        return Ok(Written {
            rewrite: Some(rewrite),
            ..written
        });
    };
    if !uri.contains("$(") {
        let written = paths::write(path, strip)?;
        let rewrite = transform::uri_as_here(uri, &[])?;
        return Ok(Written {
            strip_prefix: false,
            rewrite: Some(rewrite),
            ..written
        });
    }
    let mut named = paths::name_groups(pattern);
    // What a path begins with has to be a slash that is not part of a group.
    let first = uri
        .strip_prefix("$(uri_captures['")
        .and_then(|rest| rest.split_once("']"));
    let first_number = uri
        .strip_prefix("$(uri_captures[")
        .and_then(|rest| rest.split_once(']'));
    let first = match (first, first_number) {
        (Some((name, _)), _) => Some(name.to_owned()),
        (None, Some((n, _))) => Some(format!("g{n}")),
        (None, None) => None,
    };
    if let Some(name) = first {
        named = paths::slash_before_group(&named, &name).ok_or_else(|| {
            format!("a path to send on begins with `/` here, not with the group `{name}`")
        })?;
    }
    let written = paths::write(&KongPath::Regex(named), false)?;
    let regex = whole(&written.path)?;
    let groups: HashSet<_> = regex.capture_names().flatten().collect();
    let groups: Vec<_> = groups.into_iter().collect();
    let rewrite = transform::uri_as_here(uri, &groups)?;
    if written.kind != PathKind::Regex && !groups.is_empty() {
        return Err("the path has no groups".to_owned());
    }
    Ok(Written {
        rewrite: Some(rewrite),
        ..written
    })
}
