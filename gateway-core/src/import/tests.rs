//! Whole files through the whole import.

use std::time::Instant;

use super::*;
use crate::snapshot::Snapshot;
use crate::snapshot::compile::compile;

fn imported(text: &str) -> Imported {
    read(text, None).unwrap_or_else(|issues| panic!("{issues:#?}"))
}

/// What a text comes to on its own, and that it can be run.
fn planned(text: &str) -> (Imported, Config) {
    let imported = imported(text);
    let wishes = Wishes {
        mode: Mode::Replace,
        ..Wishes::default()
    };
    let plan = plan(&Config::default(), &imported, &wishes);
    assert_eq!(plan.issues, []);
    if let Err(issues) = compile(&plan.config, 1, &Snapshot::default()) {
        panic!("{issues:#?}\n{}", file::to_yaml(&plan.config));
    }
    (imported, plan.config)
}

fn route<'c>(config: &'c Config, name: &str) -> &'c crate::config::Route {
    let mut routes = config.routes.iter();
    routes
        .find(|route| route.name.as_str() == name)
        .unwrap_or_else(|| panic!("no route `{name}` in {}", file::to_yaml(config)))
}

fn about<'i>(imported: &'i Imported, field: &str) -> Vec<&'i Finding> {
    let findings = imported.findings.iter();
    findings
        .filter(|finding| finding.field.contains(field))
        .collect()
}

const BACKEND: &str = include_str!("../../tests/import/backend.kong.yml");

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
fn every_unknown_field_is_listed_with_its_line() {
    let imported = imported(BACKEND);
    let line_of = |text: &str| {
        let at = BACKEND
            .lines()
            .position(|line| line.contains(text))
            .unwrap();
        Some(u32::try_from(at + 1).unwrap())
    };
    for field in ["x_owner", "_note", "plugins.cors.colour"] {
        let found = about(&imported, field);
        let name = field.rsplit('.').next().unwrap();
        assert_eq!(found.len(), 1, "{field}: {found:#?}");
        assert_eq!(
            (found[0].grade, found[0].line),
            (Grade::LeftOut, line_of(name)),
            "{field}"
        );
    }
}

#[test]
fn credentials_stay_where_they_are() {
    let imported = imported(BACKEND);
    let told: Vec<_> = about(&imported, "credentials")
        .into_iter()
        .filter(|one| one.field == "credentials")
        .collect();
    assert_eq!(told.len(), 3, "{told:#?}");
    assert!(
        told.iter()
            .all(|finding| finding.grade == Grade::NeedsValue)
    );
    let everything = format!("{imported:?}");
    for secret in [
        "fixture-anon-key",
        "fixture-dashboard-password",
        "fixture-service-key",
    ] {
        assert!(BACKEND.contains(secret), "the fixture has it");
        assert!(!everything.contains(secret), "{secret}");
    }
    assert!(
        imported
            .config
            .consumers
            .iter()
            .all(|one| one.password_hash.is_none())
    );
}

#[test]
fn what_may_refuse_and_cannot_be_carried_over_is_shut_and_told_first() {
    let imported = imported(BACKEND);
    assert!(
        imported.findings[0].less_strict,
        "{:?}",
        imported.findings[0]
    );
    assert!(imported.findings[0].message.contains("switched off"));
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
fn an_openapi_document_becomes_routes_services_and_ways_to_show_who_one_is() {
    let text = include_str!("../../tests/import/shop.openapi.yaml");
    let (imported, config) = planned(text);
    assert_eq!(imported.version.as_deref(), Some("3.1.0"));
    let urls: Vec<_> = config
        .services
        .iter()
        .map(|one| (one.name.as_str(), one.targets[0].url.as_str()))
        .collect();
    assert_eq!(
        urls,
        [
            ("shop", "https://api.shop.example"),
            ("files.shop.example", "https://files.shop.example")
        ]
    );
    let list = route(&config, "list-orders");
    assert_eq!(
        (list.matches.path.as_str(), &list.matches.methods[..]),
        ("/v1/orders", &["GET".to_owned()][..])
    );
    assert_eq!(list.authorization[0].scopes_all, ["orders:read"]);
    assert!(route(&config, "health").authentication.methods.is_empty());
    // A reference within the file.
    assert_eq!(route(&config, "get-order").matches.path, "/v1/orders/{id}");
    // A parameter within a segment comes before a whole one, and no parameter before both.
    let priority = |name: &str| route(&config, name).priority;
    assert!(
        priority("export-today") > priority("export") && priority("export") > priority("get-order")
    );
    // What cannot be asked here shuts the route.
    assert!(!route(&config, "partner").enabled);
    assert_eq!(config.api_keys.headers, ["X-Shop-Key"]);
    for (part, grade) in [
        ("leads out of the file", Grade::LeftOut),
        ("in a circle", Grade::LeftOut),
        ("another path takes the same requests", Grade::LeftOut),
        ("TRACE", Grade::NotExpressible),
        ("the first server was taken", Grade::LeftOut),
        ("deprecated", Grade::NeedsValue),
        ("of a field `x-internal`", Grade::LeftOut),
        ("of a field `colour`", Grade::LeftOut),
    ] {
        let found = imported
            .findings
            .iter()
            .find(|one| one.message.contains(part));
        let found = found.unwrap_or_else(|| panic!("{part}: {:#?}", imported.findings));
        assert_eq!(found.grade, grade, "{part}");
        assert!(found.line.is_some(), "{part}");
    }
}

#[test]
fn a_document_without_an_address_needs_one() {
    let text =
        "openapi: 3.0.3\ninfo: {title: Shop, version: '1'}\npaths: {/a: {get: {responses: {}}}}\n";
    let (imported, config) = planned(text);
    assert_eq!(config.services[0].targets[0].url, "http://upstream.invalid");
    let wishes = Wishes {
        upstreams: vec![Readdress {
            from: "http://upstream.invalid".to_owned(),
            to: "http://127.0.0.1:3000".to_owned(),
        }],
        ..Wishes::default()
    };
    let plan = plan(&Config::default(), &imported, &wishes);
    assert!(plan.upstreams[0].needs_another);
    assert_eq!(
        plan.config.services[0].targets[0].url,
        "http://127.0.0.1:3000"
    );
}

/// About the size of GitHub's own: 1,000 operations in several megabytes of JSON.
#[test]
fn a_document_of_several_megabytes_takes_seconds() {
    let mut paths = serde_json::Map::new();
    let schema = serde_json::json!({
        "type": "object",
        "properties": (0..40).map(|n| (format!("member_{n}"), serde_json::json!({
            "type": ["string", "null"], "description": "what it is, in a sentence of some length",
        }))).collect::<serde_json::Map<_, _>>(),
    });
    for n in 0..500 {
        let operation = |verb: &str| {
            serde_json::json!({
                "operationId": format!("area-{}/{verb}-thing-{n}", n % 30),
                "summary": "Does something", "tags": ["area"],
                "parameters": [{ "name": "owner", "in": "path", "required": true, "schema": { "type": "string" } }],
                "responses": { "200": { "description": "ok", "content": { "application/json": { "schema": schema } } } },
                "x-area": { "enabled": true },
            })
        };
        let path = format!("/areas/{{owner}}/{{repo}}/things-{n}/{{thing_id}}");
        paths.insert(
            path,
            serde_json::json!({ "get": operation("get"), "post": operation("create") }),
        );
    }
    let document = serde_json::json!({
        "openapi": "3.0.3",
        "info": { "title": "Large", "version": "1.1.4" },
        "servers": [{ "url": "https://api.large.example" }],
        "paths": paths,
    });
    let text = serde_json::to_string_pretty(&document).unwrap();
    assert!(text.len() > 5_000_000, "{}", text.len());
    let begun = Instant::now();
    let (imported, config) = planned(&text);
    let took = begun.elapsed();
    assert_eq!(config.routes.len(), 1_000);
    // One line for what is a thousand times the same.
    let of_area = about(&imported, "x-area");
    assert_eq!((of_area.len(), of_area[0].times), (1, 1_000));
    // Without optimisation, on a machine that does much else.
    assert!(took.as_secs() < 60, "{took:?}");
}

/// reliability.md, item 35
#[test]
fn hostile_files_are_refused_or_told_and_never_hang() {
    let refused = |text: &str| {
        let issues = read(text, None).expect_err("it is refused");
        assert!(
            issues.iter().all(|issue| issue.message.len() < 500),
            "{issues:?}"
        );
        issues[0].message.clone()
    };
    let mut bomb = String::from("_format_version: '3.0'\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for n in 1..10 {
        let before = vec![format!("*a{}", n - 1); 10].join(", ");
        bomb.push_str(&format!("a{n}: &a{n} [{before}]\n"));
    }
    refused(&bomb);
    refused(&format!("openapi: 3.1.0\npaths: {}", "{a: ".repeat(50_000)));
    refused(&"x".repeat(MAX_BYTES + 1));
    refused("");
    refused("just text");
    refused("[1, 2]");
    refused("swagger: '2.0'");
    refused("openapi: 4.0.0");
    refused("a: 1");
    for text in [
        "_format_version: [1]\nservices: 7\nroutes: {a: 1}\nplugins: x\nconsumers: [1, [2]]\nupstreams: [null]",
        "_format_version: '3.0'\nservices: [{name: [x], url: {a: 1}, port: many, routes: [3, {paths: 7, methods: {}, headers: 5}]}]",
        "_format_version: '3.0'\nservices: [{url: 'http://[::', routes: [{paths: ['~(', '~/(?=x)']}]}]",
        "_format_version: '3.0'\nroutes: [{service: {name: nobody}}, {service: [1]}]\nplugins: [{name: cors, route: gone}]",
        "openapi: 3.0.0\npaths: [1]\nservers: 5\ncomponents: x\nsecurity: yes",
        "openapi: 3.1.0\npaths: {/a: 5, b: {}, /c: {get: 1, put: [x], $ref: 7}}",
        "openapi: 3.1.0\nservers: [{url: 'http://x', variables: [1]}]\npaths: {'/a/{': {get: {operationId: {a: 1}, security: [5, {no: 1}]}}}",
    ] {
        let imported = imported(text);
        assert!(!imported.findings.is_empty(), "{text}");
    }
}

#[test]
fn two_of_one_name_are_told_apart_or_told() {
    let text = "_format_version: '3.0'
services:
- {name: a, url: 'http://h:1', routes: [{name: r, paths: [/a]}, {name: r, paths: [/a]}]}
- {name: A, url: 'http://h:2', routes: [{name: r, paths: [/b], paths: [/c]}]}
consumers: [{username: c}, {username: c}]
";
    let (imported, config) = planned(text);
    let names: Vec<_> = config.routes.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["r", "r-2", "r-3"]);
    assert_eq!(
        config
            .services
            .iter()
            .map(|one| one.name.as_str())
            .collect::<Vec<_>>(),
        ["a", "a-2"]
    );
    // Of two routes alike the first comes first.
    assert!(config.routes[0].priority > config.routes[1].priority);
    assert_eq!(
        about(&imported, "paths")
            .iter()
            .filter(|one| one.message.contains("twice"))
            .count(),
        1
    );
    assert_eq!(config.consumers.len(), 1);
}

#[test]
fn a_file_from_elsewhere_reads_nothing_without_a_word() {
    let text = "version: 1
issuers: [{name: i, issuer: x, algorithms: [RS256], jwks: {file: /etc/passwd}}]
services: [{name: a, targets: [{url: 'https://h:1'}], tls: {ca_file: /etc/shadow}}]
";
    let imported = imported(text);
    let present = Config::default();
    let refused = plan(&present, &imported, &Wishes::default());
    let places: Vec<_> = refused
        .issues
        .iter()
        .map(|issue| issue.path.as_str())
        .collect();
    assert_eq!(places, ["services[0].tls.ca_file", "issuers[0].jwks.file"]);
    let wishes = Wishes {
        allow_reads: true,
        ..Wishes::default()
    };
    let allowed = plan(&present, &imported, &wishes);
    assert_eq!((allowed.issues.len(), allowed.reads.len()), (0, 2));
    // What is read already needs no other word.
    assert_eq!(
        plan(&allowed.config, &imported, &Wishes::default()).issues,
        []
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

#[test]
fn what_is_imported_joins_what_is_there_or_takes_its_place() {
    let present = file::parse(
        "version: 1\nlisten: {port: 9999}\nservices: [{name: old, targets: [{url: 'http://h:9'}]}]\n\
         routes: [{name: old, service: old}, {name: r, match: {path: /other}, service: old}]\n",
    )
    .unwrap();
    let imported = imported(
        "_format_version: '3.0'\nservices: [{name: s, url: 'http://h:1', routes: \
         [{name: r, paths: [/r]}, {name: q, paths: [/q]}]}]\n",
    );
    let with = |mode, skip: &[&str]| {
        let skip = skip.iter().map(|name| RouteName::from(*name)).collect();
        plan(
            &present,
            &imported,
            &Wishes {
                mode,
                skip,
                ..Wishes::default()
            },
        )
    };
    let names = |plan: &Plan| -> Vec<String> {
        plan.config
            .routes
            .iter()
            .map(|route| route.name.to_string())
            .collect()
    };
    let merged = with(Mode::Merge, &[]);
    assert_eq!(names(&merged), ["old", "r", "q"]);
    let changes: Vec<_> = merged.routes.iter().map(|route| route.change).collect();
    assert_eq!(changes, [RouteChange::Changed, RouteChange::Added]);
    assert_eq!(names(&with(Mode::Replace, &[])), ["r", "q"]);
    assert_eq!(names(&with(Mode::Merge, &["r"])), ["old", "r", "q"]);
    assert_eq!(
        with(Mode::Merge, &["r"]).routes[0].change,
        RouteChange::Skipped
    );
    assert_eq!(with(Mode::Replace, &["q"]).config.listen.port, 9999);
}

mod round_trips {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::config::schema;

    /// Every place of a rich document that holds free text, given other text.
    fn rewritten(document: &Value, texts: &mut impl Iterator<Item = String>, at: &str) -> Value {
        const FREE: [&str; 14] = [
            "path",
            "value",
            "body",
            "of",
            "to",
            "rewrite",
            "url",
            "issuer",
            "team",
            "server_name",
            "cookie",
            "pattern",
            "time_zone",
            "deprecation_link",
        ];
        match document {
            Value::String(text) if FREE.contains(&at) => {
                Value::String(texts.next().unwrap_or_else(|| text.clone()))
            }
            Value::Array(items) => items
                .iter()
                .map(|item| rewritten(item, texts, at))
                .collect(),
            Value::Object(members) => {
                let members = members.iter();
                members
                    .map(|(name, member)| (name.clone(), rewritten(member, texts, name)))
                    .collect()
            }
            other => other.clone(),
        }
    }

    fn rich() -> Value {
        json!({
            "version": 1,
            "listen": { "port": 8081, "max_request_body_bytes": 1_000 },
            "api_keys": { "headers": ["X-Key"], "bearer": false, "query": "key" },
            "issuers": [{ "name": "i", "issuer": "x", "algorithms": ["RS256"], "jwks": { "url": "http://x/y" } }],
            "limits": { "headers": "kong", "time_zone": "UTC", "quotas": [{ "requests": 5, "per": "month", "by": "header", "of": "X" }] },
            "plans": [{ "name": "gold", "rate_limits": [{ "requests": 5, "per": "hour", "by": "key", "burst": 9 }] }],
            "consumers": [{ "name": "anna", "labels": { "team": "x" }, "groups": ["a"], "plan": "gold" }],
            "services": [{ "name": "shop", "targets": [{ "url": "http://h:1", "weight": 3 }], "tls": { "server_name": "n" },
                "health": { "active": { "path": "/up" } }, "breaker": {}, "timeouts": { "idle_ms": 5 } }],
            "routes": [
                { "name": "r", "service": "shop", "priority": -3, "enabled": false, "rewrite": "/x",
                  "match": { "hosts": ["h"], "path": "/p", "path_kind": "template", "methods": ["GET"],
                      "headers": [{ "name": "X", "test": "matches", "value": "a" }] },
                  "request_headers": { "remove": ["A"], "set": [{ "name": "B", "value": "b" }] },
                  "authentication": { "methods": ["api_key", "basic"], "require": "all", "anonymous": true },
                  "authorization": [{ "methods": ["GET"], "groups": ["a"], "deny_ips": ["::1"] }],
                  "cors": { "origins": ["*"] },
                  "versions": { "by": "header", "pattern": "v", "list": [{ "name": "v1", "deprecation_link": "x" }],
                      "split": { "cookie": "c", "weights": [{ "version": "v1", "weight": 1 }] } } },
                { "name": "a", "respond": { "status": 204, "headers": [{ "name": "N", "value": "v" }], "body": "b" } },
                { "name": "b", "redirect": { "to": "/x", "status": 308 } },
            ],
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// `import(export(x)) == x`: Gatewright's own file, and an OpenAPI document with its
        /// extension, as YAML and as JSON.
        #[test]
        fn what_is_written_is_what_is_imported(texts in proptest::collection::vec(any::<String>(), 0..40)) {
            let document = rewritten(&rich(), &mut texts.into_iter(), "");
            let config = schema::check(&document).expect("text is free where it was put");
            let own = file::to_yaml(&config);
            prop_assert_eq!(&read(&own, None).expect("it was written here").config, &config);
            let openapi = json!({
                "openapi": "3.1.0",
                "info": { "title": "t", "version": "1" },
                "paths": {},
                openapi::EXTENSION: config,
            });
            for text in [
                serde_json::to_string_pretty(&openapi).expect("it is plain data"),
                serde_saphyr::to_string(&openapi).expect("it is plain data"),
            ] {
                let imported = read(&text, None).map_err(|issues| TestCaseError::fail(format!("{issues:?}\n{text}")))?;
                prop_assert_eq!(&imported.config, &config);
            }
        }

        /// Whatever is read never panics, and what comes out can be written and read again.
        #[test]
        fn any_document_is_read_or_refused(
            path in any::<String>(),
            name in any::<String>(),
            value in any::<String>(),
        ) {
            let kong = json!({
                "_format_version": "3.0",
                "services": [{ "name": name, "url": value, "routes": [
                    { "name": name, "paths": [path, format!("~{path}")], "hosts": [value], "headers": { "X": [value, "~*a"] } },
                ], "plugins": [
                    { "name": "request-transformer", "config": { "replace": { "uri": value }, "add": { "headers": [value, format!("X:{value}")] } } },
                    { "name": "cors", "config": { "origins": [value] } },
                ] }],
                "consumers": [{ "username": name, "acls": [{ "group": value }] }],
            });
            let openapi = json!({
                "openapi": "3.0.0",
                "info": { "title": name },
                "servers": [{ "url": value }],
                "paths": { format!("/{path}"): { "get": { "operationId": name } } },
            });
            for document in [kong, openapi] {
                let imported = read(&document.to_string(), None).expect("it is JSON");
                let again = file::parse(&file::to_yaml(&imported.config));
                prop_assert_eq!(again.as_ref(), Ok(&imported.config));
            }
        }
    }
}
