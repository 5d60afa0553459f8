//! Saved tests on the router that serves callers.

use http::Request;
use serde_json::{Value, json};

use super::*;
use crate::config::{Config, Issue, Severity};
use crate::snapshot::Snapshot;
use crate::snapshot::compile::{Compiled, compile};

fn config(routes: Value, none: Value) -> Config {
    let document = json!({
        "version": 1,
        "services": [{ "name": "shop", "targets": [{ "url": "http://127.0.0.1:3000" }] }],
        "routes": routes,
        "no_route_tests": none,
    });
    crate::config::schema::check(&document).unwrap_or_else(|issues| panic!("{issues:#?}"))
}

fn compiled(config: &Config) -> Compiled {
    compile(config, 0, &Snapshot::default()).unwrap_or_else(|issues| panic!("{issues:#?}"))
}

fn tried(routes: Value, none: Value) -> SavedTestRun {
    let config = config(routes, none);
    run(&compiled(&config).snapshot, &config, 0)
}

/// The outcome and the sentence of each.
fn told(run: &SavedTestRun) -> Vec<(Outcome, &str)> {
    let results = run.results.iter();
    results
        .map(|result| (result.outcome, result.sentence.as_str()))
        .collect()
}

/// A route called `orders` with these tests, and what else there is.
fn orders(tests: Value, others: &[Value]) -> Value {
    let orders = json!({ "name": "orders", "service": "shop", "match": { "path": "/orders" }, "tests": tests });
    Value::Array([&[orders], others].concat())
}

#[test]
fn a_request_that_comes_to_its_route_passes() {
    let run = tried(
        orders(
            json!([{ "request": "GET /orders/7?full=yes" }, { "request": "POST /orders", "host": "shop.localhost:8080" }]),
            &[],
        ),
        json!([{ "request": "GET /oders" }]),
    );
    assert_eq!((run.passed, run.failed), (3, 0), "{run:#?}");
    let paths: Vec<_> = run.results.iter().map(|one| one.path.as_str()).collect();
    assert_eq!(
        paths,
        [
            "routes[0].tests[0]",
            "routes[0].tests[1]",
            "no_route_tests[0]"
        ]
    );
    assert_eq!(
        run.results[0].now.as_ref().map(|name| name.as_str()),
        Some("orders")
    );
    assert_eq!(
        run.results[2].sentence,
        "matches no route: path `/oders` is not under `/orders`"
    );
}

#[test]
fn a_request_that_another_route_takes_now_says_which() {
    let catch = json!({ "name": "catch-all", "service": "shop", "priority": 5,
        "match": { "path": "/orders", "methods": ["GET"] } });
    let run = tried(
        orders(
            json!([{ "request": "GET /orders/7" }, { "request": "PUT /orders/7" }]),
            &[catch],
        ),
        json!([{ "request": "GET /orders" }]),
    );
    assert_eq!(
        told(&run),
        [
            (Outcome::OtherRoute, "matches `catch-all`"),
            (Outcome::Passes, "matches `orders`"),
            (Outcome::OtherRoute, "matches `catch-all`"),
        ]
    );
}

#[test]
fn headers_and_hosts_count_as_they_do_for_callers() {
    let beta = json!({ "name": "beta", "service": "shop", "priority": 1, "match": { "path": "/orders",
        "hosts": ["shop.localhost"], "headers": [{ "name": "X-Beta", "value": "yes" }] },
        "tests": [{ "request": "GET /orders", "host": "shop.localhost", "headers": [{ "name": "x-beta", "value": "yes" }] }] });
    let run = tried(
        orders(
            json!([
                { "request": "GET /orders", "host": "shop.localhost" },
                { "request": "GET /orders", "headers": [{ "name": "x-beta", "value": "yes" }] },
            ]),
            &[beta],
        ),
        json!([]),
    );
    assert_eq!(run.failed, 0, "{run:#?}");
}

#[test]
fn a_request_that_no_route_takes_any_more_says_why() {
    let off = json!({ "name": "off", "service": "shop", "enabled": false, "match": { "path": "/off" },
        "tests": [{ "request": "GET /off" }] });
    let only = json!({ "name": "only", "service": "shop", "match": { "path": "/only", "methods": ["GET"] },
        "tests": [{ "request": "PUT /only" }] });
    let run = tried(
        orders(json!([{ "request": "GET /order" }]), &[off, only]),
        json!([]),
    );
    assert_eq!(
        told(&run),
        [
            (
                Outcome::NoRoute,
                "matches no route: path `/order` is not under `/orders`"
            ),
            (Outcome::NoRoute, "matches no route: `off` is switched off"),
            (
                Outcome::NoRoute,
                "matches no route: only GET is taken there"
            ),
        ]
    );
}

fn versioned(unnamed: Value, tests: Value) -> SavedTestRun {
    let mut versions =
        json!({ "by": "header", "name": "X-V", "list": [{ "name": "v1" }, { "name": "v2" }] });
    for (name, value) in unnamed.as_object().unwrap() {
        versions[name] = value.clone();
    }
    let mut routes = orders(tests, &[]);
    routes[0]["versions"] = versions;
    tried(routes, json!([]))
}

#[test]
fn a_version_is_reached_for_sure_or_the_test_fails() {
    let v2 = json!([{ "name": "X-V", "value": "v2" }]);
    let tests = json!([
        { "request": "GET /orders/1", "headers": v2, "version": "v2" },
        { "request": "GET /orders/2", "version": "v1" },
        { "request": "GET /orders/3" },
        { "request": "GET /orders/4", "headers": v2, "version": "v1" },
    ]);
    let run = versioned(json!({ "default": "v1" }), tests.clone());
    assert_eq!(
        told(&run),
        [
            (Outcome::Passes, "matches `orders` `v2`"),
            (Outcome::Passes, "matches `orders` `v1`"),
            (Outcome::Passes, "matches `orders` `v1`"),
            (Outcome::OtherVersion, "matches `orders` `v2`"),
        ]
    );
    let split = json!({ "split": { "weights": [
        { "version": "v1", "weight": 90 }, { "version": "v2", "weight": 10 },
    ] } });
    let run = versioned(split, tests.clone());
    assert_eq!(
        told(&run)[1..3],
        [
            (
                Outcome::OtherVersion,
                "matches `orders` (share of the split: v1 90 %, v2 10 %)"
            ),
            (
                Outcome::Passes,
                "matches `orders` (share of the split: v1 90 %, v2 10 %)"
            ),
        ]
    );
    let all = json!({ "split": { "weights": [
        { "version": "v1", "weight": 1 }, { "version": "v2", "weight": 0 },
    ] } });
    assert_eq!(
        versioned(all, tests.clone()).results[1].outcome,
        Outcome::Passes
    );
    let refused = versioned(json!({}), tests);
    let (outcome, sentence) = told(&refused)[1];
    assert_eq!(outcome, Outcome::OtherVersion);
    assert!(
        sentence.starts_with("matches `orders`, where it is refused: "),
        "{sentence}"
    );
    let none = tried(
        orders(json!([{ "request": "GET /orders", "version": "v1" }]), &[]),
        json!([]),
    );
    assert_eq!(
        told(&none),
        [(
            Outcome::OtherVersion,
            "matches `orders`, which has no versions"
        )]
    );
}

#[test]
fn a_browsers_question_belongs_to_the_route_that_answers_it() {
    let mut routes = orders(
        json!([{ "request": "OPTIONS /orders", "headers": [
            { "name": "Origin", "value": "https://shop.example" },
            { "name": "Access-Control-Request-Method", "value": "PUT" },
        ] }]),
        &[],
    );
    routes[0]["match"]["methods"] = json!(["PUT"]);
    routes[0]["cors"] = json!({ "origins": ["https://shop.example"] });
    assert_eq!(tried(routes, json!([])).failed, 0);
}

#[test]
fn a_route_is_warned_about_once_with_how_many_fail_and_how() {
    let catch = json!({ "name": "catch-all", "service": "shop", "priority": 5,
        "match": { "path": "/orders/7" } });
    let tests: Vec<_> = (5..=9)
        .map(|n| json!({ "request": format!("GET /orders/{n}") }))
        .collect();
    let run = tried(
        orders(Value::Array(tests), std::slice::from_ref(&catch)),
        json!([]),
    );
    assert_eq!(
        warnings(&run),
        [Issue::warning(
            "routes[0].tests",
            "1 of 5 saved tests now matches another route: `GET /orders/7` matches `catch-all`"
        )]
    );
    let tests: Vec<_> = (0..5)
        .map(|n| json!({ "request": format!("GET /orders/7/{n}") }))
        .collect();
    let run = tried(
        orders(Value::Array(tests), &[catch]),
        json!([{ "request": "GET /orders" }]),
    );
    let said = warnings(&run);
    assert_eq!(
        said[0].message,
        "5 of 5 saved tests now match another route: `GET /orders/7/0` matches `catch-all`; \
         `GET /orders/7/1` matches `catch-all`; `GET /orders/7/2` matches `catch-all`; and 2 more"
    );
    assert_eq!(said[1].path, "no_route_tests");
    assert_eq!(
        said[1].message,
        "the saved test now matches a route: `GET /orders` matches `orders`"
    );
    let mixed = json!([{ "request": "GET /orders/7/1" }, { "request": "GET /none" }]);
    let catch = json!({ "name": "catch-all", "service": "shop", "priority": 5,
        "match": { "path": "/orders/7" } });
    let run = tried(orders(mixed, &[catch]), json!([]));
    assert!(
        warnings(&run)[0]
            .message
            .starts_with("2 of 2 saved tests no longer pass: "),
        "{run:#?}"
    );
}

fn wrong(tests: Value, none: Value) -> Vec<(String, String)> {
    let config = config(orders(tests, &[]), none);
    let issues = compile(&config, 0, &Snapshot::default())
        .err()
        .unwrap_or_default();
    assert!(issues.iter().all(|issue| issue.severity == Severity::Error));
    issues
        .into_iter()
        .map(|issue| (issue.path, issue.message))
        .collect()
}

#[test]
fn a_test_that_is_no_request_is_refused_with_its_place() {
    for (test, field, message) in [
        (
            json!({ "request": "/orders" }),
            ".request",
            "`/orders` is no request: write a method and a path, such as `GET /orders`",
        ),
        (
            json!({ "request": "get /orders" }),
            ".request",
            "`get` is no method: write it in capitals, such as `GET`",
        ),
        (
            json!({ "request": "GET orders" }),
            ".request",
            "`orders` does not begin with `/`; a host is given in `host`",
        ),
        (
            json!({ "request": "GET /a b" }),
            ".request",
            "`/a b` is no path and query that can be asked for",
        ),
        (
            json!({ "request": "TRACE /orders" }),
            ".request",
            "the gateway refuses this request: TRACE is not proxied",
        ),
        (
            json!({ "request": "GET /a/../b" }),
            ".request",
            "the path can be read in more than one way",
        ),
        (
            json!({ "request": format!("GET /{}", "a".repeat(4_096)) }),
            ".request",
            "a saved request may have at most 4096 bytes",
        ),
        (
            json!({ "request": "GET /", "host": "a b" }),
            ".host",
            "`a b` is no host: write a name, with a port if need be",
        ),
        (
            json!({ "request": "GET /", "headers": [{ "name": "a b", "value": "" }] }),
            ".headers[0].name",
            "`a b` is no name of a header",
        ),
        (
            json!({ "request": "GET /", "headers": [{ "name": "Host", "value": "a" }] }),
            ".headers[0].name",
            "a host is given in `host`",
        ),
        (
            json!({ "request": "GET /", "headers": [{ "name": "a", "value": "b\nc" }] }),
            ".headers[0].value",
            "this cannot be the value of `a`",
        ),
    ] {
        let found = wrong(json!([test]), json!([]));
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].0, format!("routes[0].tests[0]{field}"));
        assert!(found[0].1.contains(message), "{found:?}");
    }
    let twice = json!([{ "request": "GET /a" }, { "request": "GET /a" }]);
    assert_eq!(
        wrong(twice, json!([])),
        [(
            "routes[0].tests[1]".to_owned(),
            "this request stands here twice".to_owned()
        )]
    );
    let found = wrong(json!([]), json!([{ "request": "GET /a", "version": "v1" }]));
    assert_eq!(found[0].0, "no_route_tests[0].version");
}

#[test]
fn a_secret_is_refused_and_its_mask_is_not() {
    for (test, place) in [
        (
            json!({ "request": "GET /", "headers": [{ "name": "X-API-Key", "value": "abc" }] }),
            "the header `x-api-key`",
        ),
        (
            json!({ "request": "GET /", "headers": [{ "name": "Authorization", "value": "Bearer abc" }] }),
            "the header `authorization`",
        ),
        (
            json!({ "request": "GET /", "headers": [{ "name": "Cookie", "value": "session=abc" }] }),
            "the header `cookie`",
        ),
        (
            json!({ "request": "GET /?a=1&access_token=abc" }),
            "the path or query",
        ),
    ] {
        let found = wrong(json!([test]), json!([]));
        assert_eq!(found.len(), 1, "{test}: {found:?}");
        assert_eq!(found[0].0, "routes[0].tests[0]");
        assert!(
            found[0]
                .1
                .starts_with(&format!("{place} may hold a secret")),
            "{found:?}"
        );
    }
    let masked = json!([
        { "request": "GET /orders", "headers": [{ "name": "Authorization", "value": "Bearer •••" }] },
        { "request": "GET /orders?access_token=•••" },
    ]);
    assert_eq!(wrong(masked, json!([])), []);
}

#[test]
fn a_route_that_asks_for_a_secret_is_tested_with_its_mask() {
    let keyed = json!({ "name": "keyed", "service": "shop", "priority": 1, "match": { "path": "/orders",
        "headers": [{ "name": "X-API-Key", "test": "present" }] },
        "tests": [{ "request": "GET /orders", "headers": [{ "name": "X-API-Key", "value": "•••" }] }] });
    let run = tried(
        orders(json!([{ "request": "GET /orders" }]), &[keyed]),
        json!([]),
    );
    assert_eq!(run.failed, 0, "{run:#?}");
}

fn saved(request: http::request::Builder, routes: Value) -> Option<TestToSave> {
    let config = config(routes, json!([]));
    let (head, ()) = request.body(()).unwrap().into_parts();
    to_save(&head, None, &compiled(&config).snapshot, &config)
}

#[test]
fn what_routes_do_not_ask_for_is_left_out_of_a_test_to_save() {
    let request = || {
        Request::get("/orders?token=abc")
            .header("host", "127.0.0.1:8080")
            .header("user-agent", "curl/8")
            .header("x-api-key", "gw_dev_secret")
            .header("x-beta", "1")
    };
    let test = saved(request(), orders(json!([]), &[])).unwrap();
    assert_eq!(test.test.request, "GET /orders?token=•••");
    assert_eq!(test.test.host, None);
    assert_eq!(
        test.test.to_string(),
        "`GET /orders?token=•••` with `x-beta: 1`"
    );
    assert_eq!(test.left_out, ["user-agent", "x-api-key"]);
    assert_eq!(test.masked, ["the path or query"]);

    let keyed = json!({ "name": "keyed", "service": "shop", "match": { "path": "/keyed",
        "hosts": ["127.0.0.1"], "headers": [{ "name": "X-API-Key", "test": "present" }] } });
    let test = saved(request(), orders(json!([]), &[keyed])).unwrap();
    assert_eq!(test.test.host.as_deref(), Some("127.0.0.1"));
    assert_eq!(test.test.headers[0].value, "•••");
    assert_eq!(test.masked, ["the path or query", "the header `x-api-key`"]);
    assert_eq!(test.left_out, ["user-agent"]);

    let trace = Request::builder()
        .method("TRACE")
        .uri("/")
        .header("host", "a");
    assert_eq!(saved(trace, orders(json!([]), &[])), None);
}
