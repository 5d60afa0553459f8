use proptest::prelude::*;
use serde_json::{Value, json};

use crate::config::{Config, file, schema};
use crate::export::{Options, Source, export};
use crate::import::{self, Format};

const EVERYTHING: &str = include_str!("../../../../tests/export/everything.yaml");
const EXAMPLE: &str = include_str!("../../../../docs/gatewright.yaml");
const SCHEMA: &str = include_str!("../../../../tests/export/schemas/openapi-3.1.yaml");

fn document(config: &Config) -> String {
    let export = export("openapi", &Source::of_file(config), &Options::default()).unwrap();
    let file = export
        .files
        .into_iter()
        .find(|file| file.name == "openapi.yaml");
    file.unwrap().text
}

fn read_back(text: &str) -> Config {
    let read = import::read(text, Some(Format::Openapi));
    read.unwrap_or_else(|issues| panic!("{issues:#?}\n{text}"))
        .config
}

/// The published schema of OpenAPI 3.1, Apache-2.0: see `tests/export/schemas/README.md`.
fn assert_is_openapi(text: &str) {
    let schema: Value = serde_saphyr::from_str(SCHEMA).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let options = serde_saphyr::options! { strict_booleans: true };
    let document: Value = serde_saphyr::from_str_with_options(text, options).unwrap();
    let wrong: Vec<_> = validator
        .iter_errors(&document)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            for name in path.split('/').filter(|part| part.starts_with('{')) {
                let name = name.trim_matches(['{', '}']);
                let given = operation["parameters"].as_array();
                let known = given.is_some_and(|all| {
                    all.iter()
                        .any(|one| one["name"] == name && one["in"] == "path")
                });
                assert!(known, "`{name}` of {method} {path} is not described");
            }
        }
    }
}

#[test]
fn the_configuration_of_a_document_comes_back_as_it_was() {
    for yaml in [EVERYTHING, EXAMPLE] {
        let config = file::parse(yaml).unwrap();
        let text = document(&config);
        assert_is_openapi(&text);
        assert_eq!(read_back(&text), config);
    }
}

#[test]
fn hashes_of_passwords_stay_here_and_the_report_says_so() {
    let yaml = "version: 1\nconsumers: [{name: alice, password_hash: '$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA'}]\n";
    let config = file::parse(yaml).unwrap();
    let export = export("openapi", &Source::of_file(&config), &Options::default()).unwrap();
    assert!(
        export
            .files
            .iter()
            .all(|file| !file.text.contains("argon2id"))
    );
    let told = export
        .findings
        .iter()
        .any(|one| one.path == "consumers[0].password_hash");
    assert!(told, "{:#?}", export.findings);
}

#[test]
fn an_operation_says_what_callers_show_and_how_they_are_refused() {
    let config = file::parse(EXAMPLE).unwrap();
    let options = serde_saphyr::options! { strict_booleans: true };
    let document: Value = serde_saphyr::from_str_with_options(&document(&config), options).unwrap();
    let operations = document["paths"].as_object().unwrap().values();
    let mut operations = operations.flat_map(|item| item.as_object().unwrap().values());
    let with_key = operations.find(|operation| operation["security"][0].get("key1").is_some());
    let with_key = with_key.expect("a route of the example needs a key");
    assert!(with_key["responses"].get("401").is_some(), "{with_key:#}");
    let keys = &document["components"]["securitySchemes"]["key1"];
    assert_eq!(
        *keys,
        json!({ "type": "apiKey", "in": "header", "name": "X-API-Key" })
    );
}

/// Text of anybody's, hostile to YAML and JSON.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ -~]{0,12}",
        "[\\PC]{0,8}",
        Just("null".to_owned()),
        Just("1e3".to_owned()),
        Just("no".to_owned()),
        Just("a: b # c".to_owned()),
        Just("'\"\\".to_owned()),
        Just("é\u{2028}\u{85}\u{feff}".to_owned()),
        Just("${{ env \"X\" }}".to_owned()),
        Just("line\n- next:\t*a".to_owned()),
    ]
}

/// Text that may stand in a header.
fn value() -> impl Strategy<Value = String> {
    "[a-zA-Z0-9:#'\"{}%&*!|>@`,. -]{0,16}".prop_map(|text| format!("x{}x", text.trim()))
}

fn limit() -> impl Strategy<Value = Value> {
    (
        1..1_000_000_u64,
        prop::sample::select(vec!["second", "minute", "hour", "day", "month"]),
        prop::sample::select(vec!["key", "consumer", "ip", "route", "global"]),
        prop::sample::select(vec!["token_bucket", "fixed_window"]),
        any::<bool>(),
    )
        .prop_map(|(requests, per, by, algorithm, shadow)| {
            json!({ "requests": requests, "per": per, "by": by, "algorithm": algorithm,
                    "mode": if shadow { "shadow" } else { "enforce" } })
        })
}

fn route() -> impl Strategy<Value = Value> {
    let path = prop::sample::select(vec![
        ("/orders", "prefix"),
        ("/", "prefix"),
        ("/café/crème", "exact"),
        ("/orders/{id}", "template"),
        ("/files/{id}/{rest...}", "template"),
        ("^/numbers/([0-9]+)$", "regex"),
    ]);
    let methods =
        prop::sample::subsequence(vec!["GET", "POST", "DELETE", "HEAD", "PROPFIND"], 0..4);
    let versions = prop::sample::select(vec!["", "path", "header", "query", "accept"]);
    let answers = (200..600_u16, text(), value());
    let terms = (
        prop::collection::vec(limit(), 0..2),
        any::<bool>(),
        any::<bool>(),
        prop::option::of(0..100_000_u64),
    );
    (path, methods, versions, answers, terms, value(), any::<bool>()).prop_map(
        |((path, kind), methods, versions, (status, body, note), terms, condition, answers)| {
            let (limits, keys, anonymous, most) = terms;
            let mut route = json!({
                "match": {
                    "path": path, "path_kind": kind, "methods": methods,
                    "headers": [{ "name": "X-Is", "value": condition }],
                    "query": [{ "name": note, "value": body }],
                },
                "rate_limits": limits,
                "max_request_body_bytes": most,
                "response_headers": { "set": [{ "name": "X-Note", "value": note }] },
            });
            if keys {
                route["authentication"] = json!({ "methods": ["api_key"], "anonymous": anonymous });
                route["authorization"] = json!([{ "methods": ["POST"], "scopes_all": [note] }]);
            }
            if answers {
                route["respond"] = json!({ "status": status, "body": body });
            } else {
                route["service"] = "shop".into();
                route["cors"] = json!({ "origins": ["https://*.example.com"] });
                if !versions.is_empty() && kind != "regex" {
                    route["versions"] = json!({ "by": versions, "default": "v1", "list": [
                        { "name": "v1", "deprecated_at": "2026-01-01T00:00:00Z" }, { "name": "v2" },
                    ]});
                }
            }
            route
        },
    )
}

/// Configurations that are right.
fn config() -> impl Strategy<Value = Config> {
    let consumers = prop::collection::vec(
        (
            prop::collection::btree_map("[a-z]{1,5}", text(), 0..2),
            "[a-z]{1,6}",
        ),
        0..3,
    );
    (prop::collection::vec(route(), 0..4), consumers, 1..65_535_u16).prop_filter_map(
        "the configuration is right",
        |(mut routes, consumers, port)| {
            for (n, route) in routes.iter_mut().enumerate() {
                route["name"] = format!("r{n}").into();
                route["priority"] = n.into();
            }
            let consumers: Vec<_> = consumers
                .into_iter()
                .enumerate()
                .map(|(n, (labels, group))| json!({ "name": format!("c{n}"), "labels": labels, "groups": [group] }))
                .collect();
            let document = json!({
                "version": 1,
                "listen": { "port": port },
                "consumers": consumers,
                "services": [{ "name": "shop", "targets": [{ "url": "http://127.0.0.1:3000/base", "weight": 3 }] }],
                "routes": routes,
            });
            let config = schema::check(&document).ok()?;
            crate::snapshot::compile::compile(&config, 1, &Default::default()).ok()?;
            Some(config)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, max_global_rejects: 20_000, ..ProptestConfig::default() })]

    #[test]
    fn every_configuration_comes_back_from_its_document_and_from_its_own_file(config in config()) {
        prop_assert_eq!(&file::parse(&file::to_yaml(&config)).unwrap(), &config);
        let text = document(&config);
        prop_assert_eq!(&read_back(&text), &config);
        assert_is_openapi(&text);
    }
}
