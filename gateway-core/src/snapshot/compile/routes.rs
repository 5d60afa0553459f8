//! Routes, compiled, and those that would tie refused.

use std::collections::HashMap;
use std::sync::Arc;

use http::Method;
use http::uri::Authority;

use super::limits::compile_limits;
use crate::config::{self, Issue};
use crate::ids::{RouteName, ServiceName};
use crate::snapshot::{Route, Service, Snapshot, path};

/// All routes that are switched on, in the order of the config.
pub(super) fn compile_routes(
    routes: &[config::Route],
    services: &HashMap<ServiceName, Arc<Service>>,
    previous: &Snapshot,
    issues: &mut Vec<Issue>,
) -> Vec<Arc<Route>> {
    let before: HashMap<&RouteName, &Arc<Route>> = previous
        .routes
        .iter()
        .map(|route| (&route.name, route))
        .collect();
    let mut names = HashMap::new();
    let mut taken = HashMap::new();
    let mut compiled = Vec::new();
    for (index, route) in routes.iter().enumerate() {
        let at = format!("routes[{index}]");
        if names.insert(&route.name, index).is_some() {
            let message = format!("another route is named `{}` too", route.name);
            issues.push(Issue::error(format!("{at}.name"), message));
        }
        let route = compile_route(
            route,
            &at,
            services,
            before.get(&route.name).copied(),
            issues,
        );
        let Some(route) = route else { continue };
        for claim in claims(&route) {
            if let Some(other) = taken.insert(claim.clone(), route.name.clone()) {
                let message = format!("route `{other}` already takes {claim}");
                issues.push(Issue::error(format!("{at}.match"), message));
                break;
            }
        }
        compiled.push(Arc::new(route));
    }
    compiled
}

/// A route, or `None` if it is switched off or wrong.
fn compile_route(
    route: &config::Route,
    at: &str,
    services: &HashMap<ServiceName, Arc<Service>>,
    before: Option<&Arc<Route>>,
    issues: &mut Vec<Issue>,
) -> Option<Route> {
    // No `..`: a new field does not compile until it is said what becomes of it.
    let config::Route {
        name,
        enabled,
        priority: _,
        matches,
        service,
        redirect: _,
        respond: _,
        strip_prefix,
        rewrite: _,
        host_header: _,
        request_headers: _,
        response_headers: _,
        max_request_body_bytes: _,
        authentication,
        rate_limits,
        versions: _,
    } = route;
    let service = find_service(service.as_ref(), at, services, issues);
    let hosts = compile_hosts(&matches.hosts, at, issues);
    let path_prefix = compile_prefix(&matches.path, at, issues);
    let methods = compile_methods(&matches.methods, at, issues);
    let limiters = compile_limits(rate_limits, authentication.kind, at, before, issues);
    let (service, path_prefix) = (service?, path_prefix?);
    enabled.then(|| Route {
        name: name.clone(),
        hosts,
        path_prefix,
        methods,
        strip_prefix: *strip_prefix,
        authentication: authentication.kind,
        limiters,
        service,
    })
}

fn find_service(
    name: Option<&ServiceName>,
    at: &str,
    services: &HashMap<ServiceName, Arc<Service>>,
    issues: &mut Vec<Issue>,
) -> Option<Arc<Service>> {
    let at = format!("{at}.service");
    let Some(name) = name else {
        issues.push(Issue::error(at, "say which service answers"));
        return None;
    };
    let service = services.get(name).cloned();
    if service.is_none() {
        issues.push(Issue::error(at, format!("no service is named `{name}`")));
    }
    service
}

fn compile_hosts(hosts: &[String], at: &str, issues: &mut Vec<Issue>) -> Vec<String> {
    let mut compiled = Vec::new();
    for (n, host) in hosts.iter().enumerate() {
        let at = format!("{at}.match.hosts[{n}]");
        let is_name = host
            .parse::<Authority>()
            .is_ok_and(|authority| authority.host() == host);
        if !is_name {
            issues.push(Issue::error(
                at,
                format!("`{host}` is no host name (write it without port)"),
            ));
        } else if compiled.contains(&host.to_ascii_lowercase()) {
            issues.push(Issue::error(at, format!("`{host}` stands here twice")));
        } else {
            compiled.push(host.to_ascii_lowercase());
        }
    }
    compiled
}

fn compile_prefix(prefix: &str, at: &str, issues: &mut Vec<Issue>) -> Option<String> {
    let at = format!("{at}.match.path");
    if !prefix.starts_with('/') {
        issues.push(Issue::error(
            at,
            format!("`{prefix}` does not begin with `/`"),
        ));
        return None;
    }
    if prefix.contains(['?', '#', '*', '{', '}']) || prefix.chars().any(char::is_whitespace) {
        let message =
            format!("`{prefix}` is no path prefix: it is taken as it is, in whole segments");
        issues.push(Issue::error(at, message));
        return None;
    }
    match path::normalise(prefix) {
        Ok(path) if path == prefix => {
            let trimmed = prefix.trim_end_matches('/');
            Some(if trimmed.is_empty() {
                "/".to_owned()
            } else {
                trimmed.to_owned()
            })
        }
        Ok(path) => {
            issues.push(Issue::error(at, format!("write it as `{path}`")));
            None
        }
        Err(reason) => {
            issues.push(Issue::error(
                at,
                format!("`{prefix}` is no path prefix: {reason}"),
            ));
            None
        }
    }
}

fn compile_methods(methods: &[String], at: &str, issues: &mut Vec<Issue>) -> Vec<Method> {
    let mut compiled = Vec::new();
    for (n, method) in methods.iter().enumerate() {
        let at = format!("{at}.match.methods[{n}]");
        match method.to_ascii_uppercase().parse::<Method>() {
            Ok(Method::CONNECT) => {
                issues.push(Issue::error(at, "CONNECT is never proxied"));
            }
            Ok(method) if compiled.contains(&method) => {
                issues.push(Issue::error(at, format!("{method} stands here twice")));
            }
            Ok(method) => compiled.push(method),
            Err(_) => issues.push(Issue::error(at, format!("`{method}` is no method"))),
        }
    }
    compiled
}

/// What a route takes, in words that two routes share only if neither is more specific.
fn claims(route: &Route) -> Vec<String> {
    let any_host = ["any host".to_owned()];
    let any_method = ["any method".to_owned()];
    let hosts: Vec<_> = route
        .hosts
        .iter()
        .map(|host| format!("host `{host}`"))
        .collect();
    let methods: Vec<_> = route.methods.iter().map(ToString::to_string).collect();
    let hosts = if hosts.is_empty() {
        &any_host[..]
    } else {
        &hosts[..]
    };
    let methods = if methods.is_empty() {
        &any_method[..]
    } else {
        &methods[..]
    };
    let prefix = &route.path_prefix;
    hosts
        .iter()
        .flat_map(|host| {
            methods
                .iter()
                .map(move |method| format!("{method} under `{prefix}` on {host}"))
        })
        .collect()
}
