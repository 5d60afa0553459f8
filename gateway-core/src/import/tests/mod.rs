//! Whole files through the whole import.

mod kong;
mod openapi;
mod round_trips;

use std::time::Instant;

use super::*;
use crate::snapshot::Snapshot;
use crate::snapshot::compile::compile;

const BACKEND: &str = include_str!("../../../tests/import/backend.kong.yml");

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

#[test]
fn a_route_that_is_imported_again_keeps_its_saved_tests() {
    const OPENAPI: &str = "
openapi: 3.0.0
info: { title: Shop, version: '1' }
servers: [{ url: 'http://127.0.0.1:3000' }]
paths: { /orders: { get: { operationId: orders } } }
";
    let (imported, mut present) = planned(OPENAPI);
    let tests: Vec<crate::config::SavedTest> =
        serde_json::from_value(serde_json::json!([{ "request": "GET /orders" }])).unwrap();
    present.routes[0].tests = tests.clone();
    present.no_route_tests = tests.clone();
    for mode in [Mode::Merge, Mode::Replace] {
        let wishes = Wishes {
            mode,
            ..Wishes::default()
        };
        let plan = plan(&present, &imported, &wishes);
        assert_eq!(plan.config.routes[0].tests, tests, "{mode:?}");
        assert_eq!(plan.config.no_route_tests, tests, "{mode:?}");
        assert_eq!(plan.routes[0].change, RouteChange::Same, "{mode:?}");
    }
}
