//! Rules about who may call, compiled.

use std::net::IpAddr;

use http::Method;
use ipnet::IpNet;

use crate::config::{self, Issue};
use crate::ids::VersionName;
use crate::snapshot::access::AccessRule;

/// Compiles the rules of the route at `at`.
pub(super) fn compile_access(
    route: &config::Route,
    at: &str,
    issues: &mut Vec<Issue>,
) -> Vec<AccessRule> {
    let rules = route.authorization.iter().enumerate();
    rules
        .map(|(n, rule)| compile_rule(rule, route, at, n, issues))
        .collect()
}

fn compile_rule(
    rule: &config::AccessRule,
    route: &config::Route,
    at: &str,
    n: usize,
    issues: &mut Vec<Issue>,
) -> AccessRule {
    let config::AccessRule {
        methods,
        versions,
        scopes_any,
        scopes_all,
        groups,
        consumers,
        allow_ips,
        deny_ips,
    } = rule;
    let name = format!("authorization[{n}]");
    let at = format!("{at}.{name}");
    let asks_nothing = [
        scopes_any, scopes_all, groups, consumers, allow_ips, deny_ips,
    ]
    .iter()
    .all(|list| list.is_empty());
    if asks_nothing {
        let message = "it asks for nothing: give scopes, groups, consumers or addresses";
        issues.push(Issue::error(at.clone(), message));
    }
    let of_callers = [
        ("scopes_any", scopes_any),
        ("scopes_all", scopes_all),
        ("groups", groups),
        ("consumers", consumers),
    ];
    if route.authentication.methods.is_empty()
        && let Some((field, _)) = of_callers.iter().find(|(_, list)| !list.is_empty())
    {
        let message = "nobody is known on this route: name a way in `authentication.methods`";
        issues.push(Issue::error(format!("{at}.{field}"), message));
    }
    check_versions(versions, route, &at, issues);
    AccessRule {
        methods: compile_methods(methods, &at, issues),
        versions: versions.clone(),
        scopes_any: scopes_any.clone(),
        scopes_all: scopes_all.clone(),
        groups: groups.clone(),
        consumers: consumers.clone(),
        allow_ips: compile_networks(allow_ips, &format!("{at}.allow_ips"), issues),
        deny_ips: compile_networks(deny_ips, &format!("{at}.deny_ips"), issues),
        at: name,
    }
}

fn check_versions(
    versions: &[VersionName],
    route: &config::Route,
    at: &str,
    issues: &mut Vec<Issue>,
) {
    let has = |name: &VersionName| {
        let list = route.versions.iter().flat_map(|versions| &versions.list);
        { list }.any(|version| version.name == *name)
    };
    for (n, name) in versions.iter().enumerate().filter(|(_, name)| !has(name)) {
        let message = format!("no version is named `{name}`");
        issues.push(Issue::error(format!("{at}.versions[{n}]"), message));
    }
}

fn compile_methods(methods: &[String], at: &str, issues: &mut Vec<Issue>) -> Vec<Method> {
    let mut compiled = Vec::new();
    for (n, method) in methods.iter().enumerate() {
        match Method::from_bytes(method.as_bytes()) {
            Ok(method) => compiled.push(method),
            Err(_) => {
                let message = format!("`{method}` is no method");
                issues.push(Issue::error(format!("{at}.methods[{n}]"), message));
            }
        }
    }
    compiled
}

/// Networks such as `10.0.0.0/8`, or single addresses.
fn compile_networks(networks: &[String], at: &str, issues: &mut Vec<Issue>) -> Vec<IpNet> {
    let mut compiled = Vec::new();
    for (n, text) in networks.iter().enumerate() {
        let network = text
            .parse::<IpNet>()
            .or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
        match network {
            Ok(network) => compiled.push(network.trunc()),
            Err(_) => {
                let message =
                    format!("`{text}` is no network: write `10.0.0.0/8`, `fd00::/8` or an address");
                issues.push(Issue::error(format!("{at}[{n}]"), message));
            }
        }
    }
    compiled
}
