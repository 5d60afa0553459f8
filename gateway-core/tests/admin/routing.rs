//! The route tester.

use reqwest::Method;
use serde_json::{Value, json};

use crate::server::Server;

/// A configuration with these routes to a service that is not there.
fn config(server: &Server, routes: Value) -> Value {
    json!({
        "version": 1,
        "listen": { "port": server.gateway_port },
        "services": [{ "name": "shop", "targets": [{ "url": "http://127.0.0.1:9" }] }],
        "routes": routes,
    })
}

fn routes() -> Value {
    json!([
        { "name": "orders", "service": "shop", "rewrite": "/v2/{id}", "match":
            { "path": "/orders/{id}", "path_kind": "template", "methods": ["GET"], "hosts": ["*.localhost"] } },
        { "name": "canary", "service": "shop", "priority": 1, "match":
            { "path": "/orders", "headers": [{ "name": "x-canary", "value": "yes" }] } },
        { "name": "rest", "service": "shop", "match": { "path": "/orders" } },
        { "name": "old", "redirect": { "to": "/new/{rest}", "status": 301 }, "match": { "path": "/old" } },
        { "name": "down", "respond": { "status": 503 }, "match": { "path": "/down", "methods": ["GET", "PUT"] } },
        { "name": "off", "enabled": false, "service": "shop", "match": { "path": "/off" } },
    ])
}

#[tokio::test]
async fn the_route_that_takes_a_request_is_told_and_what_kept_the_others_from_it() {
    let server = Server::start();
    let (status, _) = server
        .send(Method::PUT, "/config", config(&server, routes()))
        .await;
    assert_eq!(status, 200);
    let asked = json!({ "url": "http://shop.localhost:8080/orders/7?x=1" });
    let (status, tested) = server.post("/route-test", asked).await;
    assert_eq!(status, 200, "{tested}");
    assert_eq!(
        (&tested["host"], &tested["path"]),
        (&json!("shop.localhost"), &json!("/orders/7"))
    );
    assert_eq!(tested["refused"], Value::Null);
    let matched = &tested["matched"];
    assert_eq!(matched["route"], "orders");
    assert_eq!(
        matched["predicates"],
        json!([
            { "kind": "host", "sentence": "host `shop.localhost` is one of `*.localhost`" },
            { "kind": "path", "sentence": "path `/orders/7` has the form `/orders/{id}`" },
            { "kind": "method", "sentence": "method is GET" },
        ])
    );
    let answer = json!({ "kind": "service", "service": "shop", "upstream_path": "/v2/7?x=1" });
    assert_eq!(matched["answer"], answer);
    let candidates = tested["candidates"].as_array().unwrap();
    let told = |name: &str| {
        candidates
            .iter()
            .find(|candidate| candidate["route"] == name)
            .unwrap()
    };
    assert_eq!(candidates[0]["route"], "rest", "it takes the request too");
    assert_eq!(candidates[0]["reason"], Value::Null);
    assert_eq!(told("canary")["reason"], "header `x-canary` is not `yes`");
    assert_eq!(
        (&told("canary")["failed"], &told("canary")["priority"]),
        (&json!("header"), &json!(1))
    );
    assert_eq!(
        told("down")["reason"],
        "path `/orders/7` is not under `/down`"
    );
    assert_eq!(told("off")["reason"], "the route is switched off");
    assert_eq!(candidates.len(), 5);
}

#[tokio::test]
async fn redirects_fixed_answers_and_refusals_are_told_as_they_would_come() {
    let server = Server::start();
    server
        .send(Method::PUT, "/config", config(&server, routes()))
        .await;
    let test = async |asked: Value| server.post("/route-test", asked).await.1;
    let old = test(json!({ "url": "/old/7" })).await;
    assert_eq!(
        old["matched"]["answer"],
        json!({ "kind": "redirect", "status": 301, "location": "/new/7" })
    );
    let down = test(json!({ "url": "/down", "method": "PUT" })).await;
    assert_eq!(
        down["matched"]["answer"],
        json!({ "kind": "respond", "status": 503 })
    );
    let post = test(json!({ "url": "/down", "method": "POST" })).await;
    assert_eq!(post["matched"], Value::Null);
    assert_eq!(
        (&post["refused"]["status"], &post["refused"]["code"]),
        (&json!(405), &json!("method_not_allowed"))
    );
    assert_eq!(post["refused"]["allowed_methods"], json!(["GET", "PUT"]));
    let none = test(json!({ "url": "/oders" })).await;
    assert_eq!(
        (&none["refused"]["status"], &none["refused"]["code"]),
        (&json!(404), &json!("route_not_found"))
    );
    assert_eq!(none["candidates"][1]["route"], "rest", "{none}");
    let dots = test(json!({ "url": "/orders/../x" })).await;
    assert_eq!(dots["refused"]["code"], "ambiguous_path");
    let spelt = test(
        json!({ "url": "//orders/7", "headers": [{ "name": "Host", "value": "a.localhost" }] }),
    )
    .await;
    assert_eq!(
        (&spelt["matched"]["route"], &spelt["matched"]["answer"]),
        (&json!("orders"), &Value::Null)
    );
    assert_eq!(spelt["refused"]["code"], "ambiguous_path");
}

#[tokio::test]
async fn a_draft_can_be_tried_before_it_is_saved() {
    let server = Server::start();
    let draft = config(&server, json!([{ "name": "new", "service": "shop" }]));
    let asked = json!({ "url": "/x", "config": draft });
    let (status, tested) = server.post("/route-test", asked).await;
    assert_eq!(
        (status, &tested["matched"]["route"]),
        (200, &json!("new")),
        "{tested}"
    );
    let (_, saved) = server.post("/route-test", json!({ "url": "/x" })).await;
    assert_eq!(saved["matched"], Value::Null);
    let wrong = config(&server, json!([{ "name": "new", "service": "gone" }]));
    let (status, problem) = server
        .post("/route-test", json!({ "url": "/x", "config": wrong }))
        .await;
    assert_eq!((status, &problem["code"]), (422, &json!("config_refused")));
    assert_eq!(problem["issues"][0]["path"], "routes[0].service");
}

#[tokio::test]
async fn what_cannot_be_sent_at_all_is_said() {
    let server = Server::start();
    for asked in [
        json!({ "url": "/a b" }),
        json!({ "url": "/", "method": "G T" }),
        json!({ "url": "/", "headers": [{ "name": "x y", "value": "" }] }),
        json!({ "url": "/", "headers": [{ "name": "x", "value": "a\r\nb: c" }] }),
    ] {
        let (status, problem) = server.post("/route-test", asked.clone()).await;
        assert_eq!(
            (status, &problem["code"]),
            (400, &json!("request_invalid")),
            "{asked}"
        );
    }
}

/// A configuration with a route of versions, which a request may name as `by` says.
fn with_versions(server: &Server, versions: &Value) -> Value {
    let mut config = config(
        server,
        json!([{ "name": "orders", "service": "shop", "match": { "path": "/orders" }, "versions": versions }]),
    );
    let second = json!({ "name": "shop-2", "targets": [{ "url": "http://127.0.0.1:9" }] });
    config["services"].as_array_mut().unwrap().push(second);
    config
}

/// VR-1, ERR-4: by the stage that requests go through.
#[tokio::test]
async fn the_version_that_would_answer_is_told_and_how_the_request_comes_by_it() {
    let server = Server::start();
    let test = async |versions: &Value, url: &str, headers: Value| {
        let config = with_versions(&server, versions);
        let asked = json!({ "url": url, "headers": headers, "config": config });
        let (status, tested) = server.post("/route-test", asked).await;
        assert_eq!(status, 200, "{tested}");
        tested
    };
    let list = json!([
        { "name": "v1" },
        { "name": "v2", "service": "shop-2", "rewrite": "/new/{rest}" },
        { "name": "v0", "sunset_at": "2020-01-01T00:00:00Z", "enforce_sunset": true, "successor": "v2" },
    ]);
    let named = |name: &str| json!([{ "name": "X-API-Version", "value": name }]);

    let by_header = json!({ "by": "header", "default": "v1", "list": list });
    let tested = test(&by_header, "/orders/7?a=1", named("v2")).await;
    assert_eq!(
        tested["matched"]["version"],
        json!({ "name": "v2", "named": true, "by": "header", "why": "named in the header `x-api-version`" })
    );
    assert_eq!(
        tested["matched"]["answer"],
        json!({ "kind": "service", "service": "shop-2", "upstream_path": "/new/7?a=1" })
    );
    let tested = test(&by_header, "/orders/7", json!([])).await;
    assert_eq!(
        tested["matched"]["version"],
        json!({ "name": "v1", "named": false, "by": "default", "why": "the default" })
    );
    assert_eq!(tested["matched"]["answer"]["service"], "shop");

    for (asked, status, code) in [("v9", 404, "version_unknown"), ("v0", 410, "version_gone")] {
        let tested = test(&by_header, "/orders/7", named(asked)).await;
        let refused = &tested["refused"];
        assert_eq!(
            (&refused["status"], &refused["code"]),
            (&json!(status), &json!(code)),
            "{tested}"
        );
        let matched = &tested["matched"];
        assert_eq!(matched["route"], "orders");
        assert_eq!(
            (&matched["version"], &matched["answer"]),
            (&Value::Null, &Value::Null)
        );
    }
    let no_default = json!({ "by": "query", "list": list });
    let tested = test(&no_default, "/orders/7", json!([])).await;
    assert_eq!(tested["refused"]["code"], "version_required");
    let tested = test(&no_default, "/orders/7?version=v2&a=1", json!([])).await;
    assert_eq!(tested["matched"]["answer"]["upstream_path"], "/new/7?a=1");

    let first = json!({ "by": "path", "list": list });
    let tested = test(&first, "/v1/orders/7", json!([])).await;
    assert_eq!(
        (
            &tested["matched"]["version"]["name"],
            &tested["matched"]["answer"]["upstream_path"]
        ),
        (&json!("v1"), &json!("/orders/7"))
    );
    let kept = json!({ "by": "path", "strip": false, "list": list });
    let tested = test(&kept, "/v1/orders/7", json!([])).await;
    assert_eq!(tested["matched"]["answer"]["upstream_path"], "/v1/orders/7");
}

#[tokio::test]
async fn a_test_says_what_share_a_request_falls_to_and_takes_nobodys_turn() {
    let server = Server::start();
    let weights = json!([{ "version": "v1", "weight": 1 }, { "version": "v2", "weight": 1 }]);
    let versions = json!({
        "by": "header",
        "split": { "weights": weights },
        "list": [{ "name": "v1" }, { "name": "v2" }],
    });
    let config = with_versions(&server, &versions);
    let (status, _) = server.send(Method::PUT, "/config", config).await;
    assert_eq!(status, 200);
    let told = async || {
        let (_, tested) = server
            .post("/route-test", json!({ "url": "/orders" }))
            .await;
        tested["matched"]["version"].clone()
    };
    let first = told().await;
    assert_eq!(first["why"], "share of the split: v1 50 %, v2 50 %");
    assert_eq!(
        (&first["named"], &first["by"]),
        (&json!(false), &json!("split"))
    );
    for _ in 0..10 {
        assert_eq!(told().await, first);
    }

    let by_cookie = json!({
        "by": "header",
        "split": { "sticky": "cookie", "cookie": "which", "weights": weights },
        "list": [{ "name": "v1" }, { "name": "v2" }],
    });
    let asked = json!({
        "url": "/orders",
        "headers": [{ "name": "Cookie", "value": "which=v2" }],
        "config": with_versions(&server, &by_cookie),
    });
    let (_, tested) = server.post("/route-test", asked).await;
    assert_eq!(
        tested["matched"]["version"],
        json!({ "name": "v2", "named": false, "by": "cookie", "why": "remembered by the cookie `which`" })
    );
}
