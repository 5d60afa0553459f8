//! Config + previous snapshot → snapshot, or everything that is wrong.
//!
//! Pure: nothing is bound, saved or counted here, so an editor's "is this right?" is this function
//! with the result thrown away. Limiters of the previous snapshot are kept where nothing that they
//! count changed, so saving a config gives nobody a new bucket.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use http::uri::Authority;
use http::{Method, Uri};

use super::bucket::{Limiter, Rate};
use super::matcher::Matcher;
use super::{Route, Service, Snapshot, Target, path};
use crate::config::{self, AuthenticationKind, Config, Issue, LimitBy, Per, Severity};
use crate::ids::{RouteName, ServiceName};

/// A snapshot, and what a person should look at though it was taken.
pub struct Compiled {
    /// What requests will read.
    pub snapshot: Snapshot,
    /// Issues of [`Severity::Warning`].
    pub warnings: Vec<Issue>,
}

/// Turns a config into the snapshot that serves it. `previous` lends the counters of what did not
/// change.
///
/// # Errors
/// Everything that is wrong, warnings too; at least one error.
pub fn compile(
    config: &Config,
    revision: u64,
    previous: &Snapshot,
) -> Result<Compiled, Vec<Issue>> {
    let mut issues = Vec::new();
    let Config {
        version: _,
        listen,
        recording: _,
        echo,
        services,
        routes,
    } = config;
    check_listen(listen, echo.as_ref(), &mut issues);
    let services = compile_services(services, listen, &mut issues);
    let routes = compile_routes(routes, &services, previous, &mut issues);
    if issues.iter().any(|issue| issue.severity == Severity::Error) {
        return Err(issues);
    }
    let mut matcher = Matcher::default();
    routes.iter().for_each(|route| matcher.add(route));
    let snapshot = Snapshot {
        revision,
        matcher,
        routes,
        services,
        max_request_body_bytes: listen.max_request_body_bytes,
    };
    Ok(Compiled {
        snapshot,
        warnings: issues,
    })
}

fn check_listen(listen: &config::Listen, echo: Option<&config::Echo>, issues: &mut Vec<Issue>) {
    if !listen.address.is_loopback() {
        issues.push(Issue::warning(
            "listen.address",
            format!("other machines can reach the gateway at {}", listen.address),
        ));
    }
    if echo.is_some_and(|echo| echo.port == listen.port) {
        issues.push(Issue::error(
            "echo.port",
            "the gateway itself listens on this port",
        ));
    }
}

fn compile_services(
    services: &[config::Service],
    listen: &config::Listen,
    issues: &mut Vec<Issue>,
) -> HashMap<ServiceName, Arc<Service>> {
    let mut compiled = HashMap::new();
    for (index, service) in services.iter().enumerate() {
        let at = format!("services[{index}]");
        let config::Service {
            name,
            targets,
            timeouts,
        } = service;
        let targets: Vec<_> = targets
            .iter()
            .enumerate()
            .filter_map(|(n, target)| {
                let at = format!("{at}.targets[{n}].url");
                compile_target(&target.url, listen)
                    .map_err(|message| issues.push(Issue::error(at, message)))
                    .ok()
            })
            .collect();
        let service = Service {
            name: name.clone(),
            targets,
            connect_timeout: Duration::from_millis(timeouts.connect_ms.into()),
            first_byte_timeout: Duration::from_millis(timeouts.first_byte_ms.into()),
            next: AtomicUsize::new(0),
        };
        if compiled.insert(name.clone(), Arc::new(service)).is_some() {
            issues.push(Issue::error(
                format!("{at}.name"),
                format!("another service is named `{name}` too"),
            ));
        }
    }
    compiled
}

fn compile_target(url: &str, listen: &config::Listen) -> Result<Target, String> {
    let uri: Uri = url
        .parse()
        .map_err(|_| format!("`{url}` is no URL; write `http://host:port`"))?;
    match uri.scheme_str() {
        Some("http") => {}
        Some("https") => return Err("targets over TLS are not supported; use `http://`".to_owned()),
        _ => return Err(format!("`{url}` does not begin with `http://`")),
    }
    let authority = uri
        .authority()
        .ok_or_else(|| format!("`{url}` has no host"))?;
    if authority.as_str().contains('@') {
        return Err("a URL here may not hold a user name or password".to_owned());
    }
    if uri.query().is_some() {
        return Err("a URL here may not have a query".to_owned());
    }
    check_host(authority, listen)?;
    Ok(Target {
        url: url.to_owned(),
        authority: authority.clone(),
        base_path: uri.path().trim_end_matches('/').to_owned(),
    })
}

/// What can be told without resolving a name; the rest is checked at each connection.
fn check_host(authority: &Authority, listen: &config::Listen) -> Result<(), String> {
    let host = authority.host().trim_matches(['[', ']']);
    let port = match authority.port() {
        Some(port) => port.as_u16(),
        None if authority.as_str().ends_with(':') || authority.as_str().contains(":0") => 0,
        None => 80,
    };
    if port == 0 {
        return Err(format!(
            "`{authority}` has no port that can be connected to"
        ));
    }
    let address: Option<IpAddr> = host.parse().ok();
    let local = host == "localhost"
        || address.is_some_and(|ip| {
            let ip = ip.to_canonical();
            ip.is_loopback() || ip.is_unspecified() || ip == listen.address
        });
    if local && port == listen.port {
        return Err("this is the gateway itself; requests would go round in a circle".to_owned());
    }
    match address {
        Some(ip) if crate::proxy::connect::is_never_proxied(ip) => Err(format!(
            "{ip} is never proxied: link-local addresses serve cloud credentials"
        )),
        _ => Ok(()),
    }
}

fn compile_routes(
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
        matches,
        service,
        strip_prefix,
        authentication,
        rate_limits,
    } = route;
    let service = services.get(service).cloned();
    if service.is_none() {
        let message = format!("no service is named `{}`", route.service);
        issues.push(Issue::error(format!("{at}.service"), message));
    }
    let hosts = compile_hosts(&matches.hosts, at, issues);
    let path_prefix = compile_prefix(&matches.path_prefix, at, issues);
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
    let at = format!("{at}.match.path_prefix");
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

fn compile_limits(
    limits: &[config::RateLimit],
    authentication: AuthenticationKind,
    at: &str,
    before: Option<&Arc<Route>>,
    issues: &mut Vec<Issue>,
) -> Vec<Arc<Limiter>> {
    let mut compiled: Vec<Arc<Limiter>> = Vec::new();
    for (n, limit) in limits.iter().enumerate() {
        let at = format!("{at}.rate_limits[{n}]");
        let config::RateLimit {
            name,
            requests,
            per,
            by,
            burst,
        } = limit;
        let rate = Rate {
            requests: *requests,
            per: *per,
            burst: burst.unwrap_or(*requests),
        };
        let name = name.clone().unwrap_or_else(|| limit_name(rate, *by));
        if *by == LimitBy::Key && authentication == AuthenticationKind::None {
            issues.push(Issue::error(
                format!("{at}.by"),
                "a limit per key needs callers with keys: set `authentication.kind: api_key`",
            ));
        }
        if !is_printable(&name) {
            let message = "use printable ASCII characters without `\"` and `\\`, at most 64";
            issues.push(Issue::error(format!("{at}.name"), message));
        }
        if compiled.iter().any(|other| other.name == name) {
            let message = format!("another limit of this route is called `{name}` too");
            issues.push(Issue::error(format!("{at}.name"), message));
        }
        let kept = before.and_then(|route| {
            route
                .limiters
                .iter()
                .find(|old| old.name == name && old.rate == rate && old.by == *by)
        });
        compiled.push(match kept {
            Some(limiter) => limiter.clone(),
            None => Arc::new(Limiter::new(name, rate, *by)),
        });
    }
    compiled
}

/// A name goes into structured fields (RFC 9651) as it is.
fn is_printable(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && name
            .bytes()
            .all(|b| (b.is_ascii_graphic() || b == b' ') && b != b'"' && b != b'\\')
}

/// `60/min per key`
pub fn limit_name(rate: Rate, by: LimitBy) -> String {
    let per = match rate.per {
        Per::Second => "s",
        Per::Minute => "min",
        Per::Hour => "h",
        Per::Day => "day",
    };
    let by = match by {
        LimitBy::Key => "key",
        LimitBy::Ip => "IP",
        LimitBy::Route => "route",
    };
    format!("{}/{per} per {by}", rate.requests)
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

#[cfg(test)]
mod tests {
    use super::super::bucket::{Partition, take};
    use super::super::tests::compiled;
    use super::*;
    use crate::config::file;

    fn issues(yaml: &str) -> Vec<(String, String)> {
        let config = file::parse(yaml).unwrap();
        let found = match compile(&config, 1, &Snapshot::default()) {
            Ok(compiled) => compiled.warnings,
            Err(issues) => issues,
        };
        found
            .into_iter()
            .map(|issue| (issue.path, issue.message))
            .collect()
    }

    #[test]
    fn everything_that_is_wrong_is_said_at_once() {
        let found = issues(
            "
version: 1
listen: {port: 8080}
echo: {port: 8080}
services:
  - {name: s, targets: [{url: 'http://localhost:8080'}, {url: 'https://a'}, {url: 'ftp://a'}, {url: 'x y'}]}
  - {name: s, targets: [{url: 'http://u:p@a:1'}, {url: 'http://169.254.169.254'}, {url: 'http://a?b'}, {url: 'http://a:0'}]}
routes:
  - name: a
    service: gone
    match: {hosts: ['a:1', 'b', 'B'], path_prefix: orders, methods: ['GET', 'get', 'a b', CONNECT]}
    rate_limits: [{requests: 1, per: second, by: key}]
  - {name: a, service: s, match: {path_prefix: /a/../b}}
  - {name: b, service: s, match: {path_prefix: '/a//b'}}
  - {name: c, service: s, match: {path_prefix: '/a/*'}}
  - {name: d, service: s, match: {path_prefix: /d, methods: [GET, PUT]}}
  - {name: e, service: s, match: {path_prefix: /d/, methods: [PUT]}}
",
        );
        let paths: Vec<_> = found.iter().map(|(path, _)| path.as_str()).collect();
        assert_eq!(
            paths,
            [
                "echo.port",
                "services[0].targets[0].url",
                "services[0].targets[1].url",
                "services[0].targets[2].url",
                "services[0].targets[3].url",
                "services[1].targets[0].url",
                "services[1].targets[1].url",
                "services[1].targets[2].url",
                "services[1].targets[3].url",
                "services[1].name",
                "routes[0].service",
                "routes[0].match.hosts[0]",
                "routes[0].match.hosts[2]",
                "routes[0].match.path_prefix",
                "routes[0].match.methods[1]",
                "routes[0].match.methods[2]",
                "routes[0].match.methods[3]",
                "routes[0].rate_limits[0].by",
                "routes[1].name",
                "routes[1].match.path_prefix",
                "routes[2].match.path_prefix",
                "routes[3].match.path_prefix",
                "routes[5].match",
            ],
            "{found:#?}"
        );
    }

    #[test]
    fn listening_for_other_machines_is_warned_about() {
        let found = issues("{version: 1, listen: {address: 0.0.0.0}}");
        assert_eq!(found[0].0, "listen.address");
    }

    #[test]
    fn an_unchanged_limit_keeps_its_buckets_and_a_changed_one_starts_anew() {
        let yaml = |requests: u32| {
            format!(
                "{{version: 1, services: [{{name: s, targets: [{{url: 'http://a'}}]}}],
                  routes: [{{name: r, service: s, rate_limits:
                    [{{requests: {requests}, per: hour, by: route}}]}}]}}"
            )
        };
        let first = compiled(&yaml(1));
        let admitted = |snapshot: &Snapshot| {
            take(&[(&snapshot.routes[0].limiters[0], Partition::Route)], 0)[0].admitted
        };
        assert!(admitted(&first));
        let same = compile(&file::parse(&yaml(1)).unwrap(), 2, &first)
            .unwrap()
            .snapshot;
        assert!(!admitted(&same));
        let other = compile(&file::parse(&yaml(2)).unwrap(), 3, &same)
            .unwrap()
            .snapshot;
        assert!(admitted(&other));
    }

    #[test]
    fn limits_are_named_after_their_numbers() {
        let rate = Rate {
            requests: 60,
            per: Per::Minute,
            burst: 60,
        };
        assert_eq!(limit_name(rate, LimitBy::Key), "60/min per key");
    }
}
