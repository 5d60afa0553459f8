//! Kong's files.

use super::*;

/// A file in the style of backends that put Kong before a dozen containers.
#[test]
fn a_backend_of_containers_behind_kong_is_carried_over() {
    let (imported, config) = planned(BACKEND);
    assert_eq!(
        (imported.format, imported.version.as_deref()),
        (Format::Kong, Some("2.1"))
    );
    let open = route(&config, "auth-v1-open");
    assert_eq!(open.matches.path, "/auth/v1/verify");
    assert!(open.strip_prefix && open.authentication.methods.is_empty() && open.cors.is_some());
    let rest = route(&config, "rest-v1-all");
    assert_eq!(rest.authorization[0].groups, ["admin", "anon"]);
    assert_eq!(
        rest.authentication.methods,
        [crate::config::AuthenticationMethod::ApiKey]
    );
    assert_eq!(config.api_keys.headers, ["apikey"]);
    // Basic authentication guards what is left.
    let dashboard = route(&config, "dashboard-all");
    assert_eq!(
        dashboard.authentication.methods,
        [crate::config::AuthenticationMethod::Basic]
    );
    // A realtime service over WebSockets.
    let socket = route(&config, "realtime-v1-ws");
    assert_eq!(socket.service.as_ref().unwrap().as_str(), "realtime-v1-ws");
    // A part that is shut off.
    assert_eq!(
        route(&config, "mcp-blocker")
            .respond
            .as_ref()
            .unwrap()
            .status,
        403
    );
    // What runs code is imported switched off.
    assert!(!route(&config, "functions-v1-all").enabled);
    assert!(route(&config, "rest-v1-all").enabled);
    let groups: Vec<_> = config
        .consumers
        .iter()
        .map(|one| (one.name.as_str(), one.groups.clone()))
        .collect();
    let group = |name: &str| vec![name.to_owned()];
    assert_eq!(
        groups,
        [
            ("DASHBOARD", vec![]),
            ("anon", group("anon")),
            ("service_role", group("admin"))
        ]
    );
}

#[test]
fn each_version_of_kongs_format_has_its_own_regular_expressions() {
    let file = |version: &str, path: &str| {
        format!(
            "_format_version: \"{version}\"\nservices: [{{name: a, url: 'http://h:1', routes: \
             [{{name: r, paths: ['{path}'], strip_path: false}}]}}]"
        )
    };
    let kind = |version, path| {
        let (_, config) = planned(&file(version, path));
        (
            config.routes[0].matches.path.clone(),
            config.routes[0].matches.path_kind,
        )
    };
    use crate::config::PathKind::{Prefix, Regex};
    assert_eq!(kind("1.1", "/n/\\d+$"), ("/n/\\d+".to_owned(), Regex));
    assert_eq!(
        kind("2.1", "/n/[0-9]+"),
        ("(?:/n/[0-9]+).*".to_owned(), Regex)
    );
    assert_eq!(kind("3.0", "~/n/\\d+$"), ("/n/\\d+".to_owned(), Regex));
    assert_eq!(kind("3.0", "/n.x"), ("/n.x".to_owned(), Prefix));
}

#[test]
fn limits_say_with_numbers_what_is_different() {
    let text = "_format_version: '3.0'
services:
- name: shop
  url: http://h:1
  plugins: [{name: rate-limiting, config: {minute: 60, month: 1000, year: 9, limit_by: ip, policy: redis}}]
  routes: [{name: a, paths: [/a]}, {name: b, paths: [/b]}]
";
    let (imported, config) = planned(text);
    assert_eq!(route(&config, "a").rate_limits[0].requests, 60);
    assert_eq!(route(&config, "a").quotas[0].requests, 1000);
    let of = |part: &str| {
        imported
            .findings
            .iter()
            .find(|one| one.message.contains(part))
    };
    let spread = of("120 requests may come where it was 60").expect("it is told");
    assert!(spread.less_strict && spread.grade == Grade::Approximate && spread.line == Some(5));
    assert!(
        of("9 a year").is_some_and(|one| one.less_strict && one.grade == Grade::NotExpressible)
    );
    assert!(of("redis").is_some());
}

#[test]
fn a_limit_on_everything_stays_one_limit() {
    let text = "_format_version: '3.0'
plugins: [{name: rate-limiting, config: {second: 5, limit_by: ip}}]
services: [{name: s, url: 'http://h:1', routes: [{name: a, paths: [/a]}, {name: b, paths: [/b]}]}]
";
    let (_, config) = planned(text);
    assert_eq!(config.limits.rate_limits[0].requests, 5);
    assert!(
        config
            .routes
            .iter()
            .all(|route| route.rate_limits.is_empty())
    );
}

#[test]
fn upstreams_bring_their_targets_weights_and_checks() {
    let text = "_format_version: '3.0'
upstreams:
- name: orders
  algorithm: least-connections
  targets: [{target: 'a:1', weight: 80}]
  healthchecks:
    active: {http_path: /up, timeout: 2, healthy: {interval: 3, successes: 2}, unhealthy: {interval: 3, http_failures: 4}}
    passive: {unhealthy: {http_failures: 5, http_statuses: [500]}}
targets: [{target: 'b:2', weight: 20, upstream: {name: orders}}]
services: [{name: orders, host: orders, port: 80, path: /base, retries: 2, connect_timeout: 1000, read_timeout: 3000}]
routes: [{name: r, service: {name: orders}, paths: [/orders]}]
";
    let (_, config) = planned(text);
    let service = &config.services[0];
    let targets: Vec<_> = service
        .targets
        .iter()
        .map(|one| (one.url.as_str(), one.weight))
        .collect();
    assert_eq!(targets, [("http://a:1/base", 80), ("http://b:2/base", 20)]);
    let check = service.health.active.as_ref().unwrap();
    assert_eq!(
        (
            check.path.as_str(),
            check.interval_ms,
            check.unhealthy_after
        ),
        ("/up", 3_000, 4)
    );
    assert_eq!(service.health.passive.as_ref().unwrap().statuses, [500]);
    assert_eq!(
        (service.retries.attempts, service.timeouts.first_byte_ms),
        (2, 3_000)
    );
    assert_eq!(
        route(&config, "r").host_header.kind,
        crate::config::HostHeaderKind::Target
    );
}

#[test]
fn a_password_that_comes_along_is_said_and_a_plugin_on_nothing_too() {
    let own = imported("version: 1\nconsumers: [{name: eve, password_hash: x}]\n");
    let planned = plan(&Config::default(), &own, &Wishes::default());
    let said: Vec<_> = planned
        .issues
        .iter()
        .map(|one| (one.path.as_str(), one.severity))
        .collect();
    assert_eq!(
        said,
        [(
            "consumers[0].password_hash",
            crate::config::Severity::Warning
        )]
    );

    let idle = imported(
        "_format_version: '3.0'\nservices: [{name: a, url: 'http://h:1', plugins: [{name: key-auth}]}]\n",
    );
    let told = about(&idle, "plugins.key-auth");
    assert!(told[0].message.starts_with("no route has it"), "{told:#?}");
}
