//! An imported configuration beside the one in force.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Format, PlannedRoute, RouteChange};
use crate::config::{ApiKeys, Config, Limits, Route};
use crate::ids::RouteName;

/// Whether an import takes the place of what is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// What is imported joins what is there; what has the same name is replaced.
    #[default]
    Merge,
    /// What is imported takes the place of all services, routes, consumers and plans that are there;
    /// a `gatewright.yaml` takes the place of everything.
    Replace,
}

/// Puts `imported` beside or in the place of what is there. A foreign file says nothing about the
/// gateway's own address and log, so they stay as they are.
pub(super) fn merge(present: &Config, imported: Config, format: Format, mode: Mode) -> Config {
    if format == Format::Gatewright && mode == Mode::Replace {
        return imported;
    }
    let mut merged = present.clone();
    // No `..`: a new part of the configuration does not compile until it is said what becomes of it.
    let Config {
        version: _,
        listen: _,
        recording: _,
        echo,
        api_keys,
        issuers,
        local_issuer,
        limits,
        // How much memory is taken here is for this machine to say.
        cache: _,
        plans,
        consumers,
        services,
        routes,
        no_route_tests,
    } = imported;
    if mode == Mode::Replace {
        merged.plans.clear();
        merged.consumers.clear();
        merged.services.clear();
        merged.routes.clear();
        merged.limits = Limits {
            time_zone: present.limits.time_zone.clone(),
            ..Limits::default()
        };
    }
    put_all(&mut merged.services, services, |one| one.name.as_str());
    put_all(&mut merged.routes, routes, |one| one.name.as_str());
    put_all(&mut merged.consumers, consumers, |one| one.name.as_str());
    put_all(&mut merged.plans, plans, |one| one.name.as_str());
    put_all(&mut merged.issuers, issuers, |one| one.name.as_str());
    for test in no_route_tests {
        if !merged.no_route_tests.contains(&test) {
            merged.no_route_tests.push(test);
        }
    }
    merged.echo = merged.echo.or(echo);
    merged.local_issuer = merged.local_issuer.or(local_issuer);
    merged.api_keys = merge_api_keys(&present.api_keys, api_keys, mode);
    merged.limits = merge_limits(merged.limits, limits);
    merged
}

/// Lets routes keep the saved tests of those of the same names that are there.
pub(super) fn keep_tests(present: &Config, routes: &mut [Route]) {
    for route in routes {
        let mut there = present.routes.iter();
        if let Some(one) = there.find(|one| one.name == route.name) {
            route.tests.clone_from(&one.tests);
        }
    }
}

fn put_all<T>(there: &mut Vec<T>, new: Vec<T>, name: impl Fn(&T) -> &str) {
    for one in new {
        match there.iter().position(|other| name(other) == name(&one)) {
            Some(index) => there[index] = one,
            None => there.push(one),
        }
    }
}

/// Keys are looked for in all places that either names: nobody is locked out, and what counts as a
/// key is the same everywhere.
fn merge_api_keys(present: &ApiKeys, imported: ApiKeys, mode: Mode) -> ApiKeys {
    let usual = ApiKeys::default();
    if imported == usual {
        return present.clone();
    }
    if mode == Mode::Replace || *present == usual {
        return imported;
    }
    let mut headers = present.headers.clone();
    for name in imported.headers {
        if !headers.iter().any(|one| one.eq_ignore_ascii_case(&name)) {
            headers.push(name);
        }
    }
    ApiKeys {
        headers,
        bearer: present.bearer || imported.bearer,
        query: present.query.clone().or(imported.query),
        strip: present.strip || imported.strip,
    }
}

fn merge_limits(mut present: Limits, imported: Limits) -> Limits {
    let usual = Limits::default();
    let Limits {
        headers,
        time_zone: _,
        rate_limits,
        quotas,
        concurrency,
    } = imported;
    if present.headers == usual.headers {
        present.headers = headers;
    }
    let new = rate_limits
        .into_iter()
        .filter(|one| !present.rate_limits.contains(one));
    let new: Vec<_> = new.collect();
    present.rate_limits.extend(new);
    let new: Vec<_> = quotas
        .into_iter()
        .filter(|one| !present.quotas.contains(one))
        .collect();
    present.quotas.extend(new);
    let new = concurrency
        .into_iter()
        .filter(|one| !present.concurrency.contains(one));
    let new: Vec<_> = new.collect();
    present.concurrency.extend(new);
    present
}

/// What becomes of a route of the file.
pub(super) fn planned(present: &Config, route: &Route, skip: &[RouteName]) -> PlannedRoute {
    let there = present.routes.iter().find(|one| one.name == route.name);
    let change = match there {
        _ if skip.contains(&route.name) => RouteChange::Skipped,
        None => RouteChange::Added,
        Some(one) if one == route => RouteChange::Same,
        Some(_) => RouteChange::Changed,
    };
    let methods = match route.matches.methods.is_empty() {
        true => "any method".to_owned(),
        false => route.matches.methods.join(", "),
    };
    let hosts = match &route.matches.hosts[..] {
        [] => String::new(),
        [host] => format!(" on {host}"),
        [host, others @ ..] => format!(" on {host} and {} more", others.len()),
    };
    let together = route.aggregate.as_ref();
    let answers = match (&route.service, &route.respond, &route.redirect) {
        _ if together.is_some() => format!(
            "answer of {} services together",
            together.map_or(0, |one| one.parts.len())
        ),
        (Some(service), _, _) => service.to_string(),
        (None, Some(answer), _) => format!("answers {}", answer.status),
        (None, None, Some(redirect)) => format!("redirects to {}", redirect.to),
        (None, None, None) => "nobody".to_owned(),
    };
    PlannedRoute {
        name: route.name.clone(),
        takes: format!("{methods} {}{hosts}", route.matches.path),
        answers,
        change,
        enabled: route.enabled,
    }
}
