use std::collections::BTreeSet;

use serde_json::Value;

use crate::config::file;
use crate::export::{Export, Grade, Options, Source, export};

const EVERYTHING: &str = include_str!("../../../../tests/export/everything.yaml");
const EXAMPLE: &str = include_str!("../../../../docs/gatewright.yaml");
const PLAIN: &str = "
version: 1
issuers: [{name: login, issuer: 'https://login.example/', algorithms: [RS256], jwks: {url: 'https://login.example/keys'}, scope_claims: [scope]}]
services:
  - {name: shop, targets: [{url: 'http://127.0.0.1:3000/base', weight: 4}, {url: 'http://127.0.0.1:3001/base', weight: 2}]}
  - {name: next, targets: [{url: 'http://127.0.0.1:3002'}]}
routes:
  - name: order
    match: {path: '/orders/{id}', path_kind: template, methods: [GET]}
    service: shop
    rewrite: '/internal/{id}/view'
    rate_limits: [{requests: 60, per: minute, by: ip, burst: 10}]
  - name: users
    match: {path: /users}
    service: shop
    strip_prefix: true
    response_headers: {set: [{name: X-Served-By, value: 'a \"gateway\" of ${route}'}], add: [{name: X-Id, value: '${request_id}'}]}
    versions: {by: path, default: v1, list: [{name: v1, deprecated_at: '2026-01-01T00:00:00Z', successor: v2}, {name: v2, service: next}]}
  - name: mine
    match: {path: /mine, path_kind: exact, methods: [GET, POST]}
    service: shop
    authentication: {methods: [jwt]}
    authorization: [{methods: [POST], scopes_all: [write]}]
  - {name: secret, match: {path: /users/secret, path_kind: exact, methods: [GET]}, service: shop, authentication: {methods: [api_key]}}
";

fn exported(yaml: &str) -> Export {
    let config = file::parse(yaml).unwrap_or_else(|issues| panic!("{issues:#?}"));
    export("krakend", &Source::of_file(&config), &Options::default()).unwrap()
}

fn read(export: &Export) -> Value {
    let mut files = export.files.iter();
    serde_json::from_str(&files.find(|file| file.name == "krakend.json").unwrap().text).unwrap()
}

fn endpoint<'d>(document: &'d Value, method: &str, path: &str) -> &'d Value {
    let all = document["endpoints"].as_array().unwrap();
    let mut found = all
        .iter()
        .filter(|one| one["method"] == method && one["endpoint"] == path);
    let one = found
        .next()
        .unwrap_or_else(|| panic!("no {method} {path} in {document:#}"));
    assert!(found.next().is_none(), "{method} {path} is there twice");
    one
}

/// KrakenD's own schema has no licence and is not kept here: see `tests/export/schemas/README.md`.
#[test]
fn exports_are_what_krakends_schema_describes_where_it_is_at_hand() {
    let Some(folder) = std::env::var_os("GATEWRIGHT_KRAKEND_SCHEMA") else {
        // What is known of its shape is held against in the other tests.
        return;
    };
    let text = std::fs::read_to_string(std::path::Path::new(&folder).join("krakend.json")).unwrap();
    let schema: Value = serde_json::from_str(&text).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for yaml in [EVERYTHING, EXAMPLE, PLAIN] {
        let mut document = read(&exported(yaml));
        let wrong: Vec<_> = validator
            .iter_errors(&document)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
        document["endpoints"][0]["methd"] = "GET".into();
        assert!(!validator.is_valid(&document));
    }
}

#[test]
fn an_endpoint_sends_on_what_its_route_would() {
    let document = read(&exported(PLAIN));
    let order = endpoint(&document, "GET", "/orders/{p2}");
    assert_eq!(
        order["backend"][0]["url_pattern"],
        "/base/internal/{p2}/view"
    );
    let hosts = order["backend"][0]["host"].as_array().unwrap();
    assert_eq!(hosts.len(), 3, "two to one: {hosts:?}");
    let limit = &order["extra_config"]["qos/ratelimit/router"];
    assert_eq!(
        (
            &limit["client_max_rate"],
            &limit["client_capacity"],
            &limit["every"]
        ),
        (&60.into(), &10.into(), &"60s".into())
    );
    assert_eq!(limit["strategy"], "ip");
    for (path, sent, host) in [
        ("/v1/users", "/base/", "http://127.0.0.1:3000"),
        (
            "/v1/users/{p3}/{p4}",
            "/base/{p3}/{p4}",
            "http://127.0.0.1:3000",
        ),
        ("/v2/users/{p3}", "/{p3}", "http://127.0.0.1:3002"),
        ("/users/{p2}", "/base/{p2}", "http://127.0.0.1:3000"),
    ] {
        let backend = &endpoint(&document, "GET", path)["backend"][0];
        assert_eq!(
            (&backend["url_pattern"], &backend["host"][0]),
            (&sent.into(), &host.into()),
            "{path}"
        );
    }
    let told = endpoint(&document, "GET", "/v1/users")["backend"][0].to_string();
    assert!(
        told.contains("Deprecation") || told.contains("deprecation"),
        "{told}"
    );
    assert!(told.contains(r#"a \"gateway\" of users"#), "{told}");
}

#[test]
fn a_token_is_asked_for_and_scopes_by_method() {
    let document = read(&exported(PLAIN));
    let get = &endpoint(&document, "GET", "/mine")["extra_config"]["auth/validator"];
    let post = &endpoint(&document, "POST", "/mine")["extra_config"]["auth/validator"];
    assert_eq!(
        (&get["alg"], &get["jwk_url"]),
        (&"RS256".into(), &"https://login.example/keys".into())
    );
    assert!(get.get("scopes").is_none());
    assert_eq!(
        (&post["scopes"][0], &post["scopes_matcher"]),
        (&"write".into(), &"all".into())
    );
}

/// EX-2
#[test]
fn a_closed_route_is_not_taken_by_a_broader_one() {
    let export = exported(PLAIN);
    assert!(
        export.closed.keys().any(|name| name.as_str() == "secret"),
        "{:#?}",
        export.findings
    );
    let document = read(&export);
    let secret = endpoint(&document, "GET", "/users/secret");
    assert_eq!(
        secret["extra_config"]["validation/cel"][0]["check_expr"],
        "false"
    );
    let paid = export
        .findings
        .iter()
        .any(|one| one.grade == Grade::LessStrict && one.note.contains("Enterprise"));
    assert!(paid, "{:#?}", export.findings);
}

/// Two parameters of different names in one place, or an endpoint twice, keep KrakenD from starting.
#[test]
fn no_two_endpoints_are_in_each_others_way() {
    for yaml in [EVERYTHING, EXAMPLE, PLAIN] {
        let document = read(&exported(yaml));
        let mut seen = BTreeSet::new();
        for endpoint in document["endpoints"].as_array().unwrap() {
            let (method, path) = (
                endpoint["method"].as_str().unwrap(),
                endpoint["endpoint"].as_str().unwrap(),
            );
            assert!(
                seen.insert((method, path)),
                "{method} {path} is there twice"
            );
            for (n, segment) in path.split('/').skip(1).enumerate() {
                if segment.starts_with('{') {
                    assert_eq!(segment, format!("{{p{}}}", n + 1), "{path}");
                }
            }
        }
    }
}

#[test]
fn a_limit_that_each_endpoint_would_count_for_itself_closes_its_route() {
    let yaml = "
version: 1
services: [{name: shop, targets: [{url: 'http://127.0.0.1:3000'}]}]
routes:
  - {name: shop, match: {path: /shop}, service: shop, rate_limits: [{requests: 10, per: minute, by: ip}]}
";
    let export = exported(yaml);
    assert_eq!(export.closed.len(), 1);
    assert!(
        export.findings[0].note.contains("each of 20 endpoints"),
        "{:?}",
        export.findings[0]
    );
}

#[test]
fn an_answer_made_of_several_has_a_backend_for_each_part() {
    let yaml = "
version: 1
services:
  - {name: users, targets: [{url: 'http://127.0.0.1:3000/base'}]}
  - {name: orders, targets: [{url: 'http://127.0.0.1:3001'}]}
routes:
  - name: page
    match: {path: '/page/{id}', path_kind: template}
    request_headers: {remove: [X-Debug]}
    aggregate:
      deadline_ms: 3000
      parts:
        - {name: user, service: users, path: '/users/{{request.path.id}}', select: [name], mount: ''}
        - name: orders
          service: orders
          path: /orders
          query: [{name: 'most of', value: '5'}]
          headers: [{name: X-Part, value: orders}]
          drop: [secret]
          rename: [{from: total, to: sum}]
  - name: chained
    match: {path: /chained, path_kind: exact}
    aggregate:
      parts:
        - {name: one, service: users, path: /one}
        - {name: two, service: orders, path: '/two/{{one.id}}'}
";
    let export = exported(yaml);
    let closed: Vec<_> = export.closed.keys().map(|name| name.as_str()).collect();
    assert_eq!(closed, ["chained"], "{:#?}", export.findings);
    let why = export
        .findings
        .iter()
        .any(|one| one.note.contains("as part `two` would have it"));
    assert!(why, "{:#?}", export.findings);
    let document = read(&export);
    let page = endpoint(&document, "GET", "/page/{p2}");
    assert_eq!(
        (&page["output_encoding"], &page["timeout"]),
        (&"json".into(), &"3000ms".into())
    );
    assert!(
        page.get("input_query_strings").is_none(),
        "parts have a query of their own"
    );
    let [user, orders] = &page["backend"].as_array().unwrap()[..] else {
        panic!("{page:#}");
    };
    assert_eq!(user["url_pattern"], "/base/users/{p2}");
    assert_eq!(
        (user.get("group"), &user["allow"]),
        (None, &serde_json::json!(["name"]))
    );
    assert_eq!(orders["url_pattern"], "/orders?most+of=5");
    assert_eq!(orders["group"], "orders");
    assert_eq!(orders["deny"], serde_json::json!(["secret"]));
    assert_eq!(orders["mapping"], serde_json::json!({ "total": "sum" }));
    assert!(
        orders["extra_config"].to_string().contains("X-Part"),
        "{orders:#}"
    );
    assert_eq!(user["encoding"], "safejson");
    // Several are asked for the answer to a GET alone.
    let all = document["endpoints"].as_array().unwrap();
    let methods = all.iter().filter(|one| one["endpoint"] == "/page/{p2}");
    assert_eq!(methods.count(), 1);
}
