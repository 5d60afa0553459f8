//! Faults on purpose: latency, errors, resets, bodies that break off or come slowly.

use std::time::{Duration, Instant};

use gateway_core::keys::NewKey;
use gateway_core::record::summary::Ending;
use serde_json::{Value, json};

use crate::harness::{TestGateway, Upstream, admin, exchange_raw, gateway, upstream};

const TEXT: &str = "0123456789abcdefghij";

async fn in_front_of(shop: &Upstream) -> TestGateway {
    gateway(&format!(
        "{{version: 1, services: [{{name: shop, targets: [{{url: '{}'}}]}}],
           routes: [{{name: orders, match: {{path: /orders}}, service: shop,
               authentication: {{methods: [api_key], anonymous: true}}}},
             {{name: users, match: {{path: /users}}, service: shop}}]}}",
        shop.url()
    ))
    .await
}

async fn begin(gateway: &TestGateway, fault: Value) -> Value {
    let (status, begun) = admin::post(&gateway.gateway, "/faults", &fault).await;
    assert_eq!(status, 201, "{begun}");
    begun
}

#[tokio::test]
async fn a_share_of_one_routes_requests_is_answered_with_an_error() {
    let shop = upstream(TEXT).await;
    let gateway = in_front_of(&shop).await;
    let effect = json!({ "kind": "error", "status": 503 });
    begin(
        &gateway,
        json!({ "effect": effect, "route": "orders", "share_percent": 20 }),
    )
    .await;
    let mut failed = 0;
    for _ in 0..100 {
        let answer = gateway.get("/orders").await;
        if answer.status() == 503 {
            failed += 1;
            let problem: Value = answer.json().await.unwrap();
            assert_eq!(problem["code"], "fault_injected");
        }
        assert_eq!(gateway.get("/users").await.status(), 200);
    }
    assert_eq!(failed, 20);
    assert_eq!(shop.seen().len(), 180, "those were not sent on");
    let rows = gateway.rows().await;
    let on_purpose = rows
        .iter()
        .filter(|row| row.note.as_deref() == Some("fault on purpose"));
    assert_eq!(on_purpose.count(), 20);
}

#[tokio::test]
async fn a_reset_closes_the_connection_without_an_answer() {
    let shop = upstream(TEXT).await;
    let gateway = in_front_of(&shop).await;
    let fault = begin(&gateway, json!({ "effect": { "kind": "reset" } })).await;
    let request = b"GET /orders HTTP/1.1\r\nHost: x\r\n\r\n";
    assert_eq!(exchange_raw(gateway.address(), request).await, "");
    let (row, _, sentence) = gateway.newest().await;
    assert_eq!(row.note.as_deref(), Some("reset on purpose"));
    assert!(
        sentence.starts_with("Closed on route `orders` without an answer"),
        "{sentence}"
    );
    assert!(shop.seen().is_empty());

    let id = fault["id"].as_str().unwrap();
    let path = format!("/api/v1/faults/{id}");
    let request = http::Request::delete(path).body(axum::body::Body::empty());
    let answer = tower::ServiceExt::oneshot(
        gateway_core::admin::router(gateway.gateway.clone()),
        request.unwrap(),
    );
    assert_eq!(answer.await.unwrap().status(), 204);
    assert_eq!(gateway.get("/orders").await.status(), 200);
}

#[tokio::test]
async fn a_body_breaks_off_after_so_many_bytes() {
    let shop = upstream(TEXT).await;
    let gateway = in_front_of(&shop).await;
    begin(
        &gateway,
        json!({ "effect": { "kind": "truncate", "after_bytes": 7 } }),
    )
    .await;
    let request = b"GET /orders HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    let answer = exchange_raw(gateway.address(), request).await;
    assert!(
        answer.to_lowercase().contains("content-length: 20"),
        "{answer}"
    );
    assert!(answer.ends_with("\r\n\r\n0123456"), "{answer}");
    let (row, ..) = gateway.newest().await;
    assert_eq!(row.ending, Ending::CutOff);
    assert_eq!(row.note.as_deref(), Some("cut off on purpose"));
}

#[tokio::test]
async fn a_slow_body_comes_whole_and_in_its_time() {
    let shop = upstream(TEXT).await;
    let gateway = in_front_of(&shop).await;
    let effect = json!({ "kind": "drip", "bytes_per_second": 100 });
    begin(&gateway, json!({ "effect": effect })).await;
    let began = Instant::now();
    let answer = gateway.get("/orders").await;
    assert_eq!(answer.text().await.unwrap(), TEXT);
    // Two beats of ten bytes; whatever else the machine does only makes it longer.
    assert!(began.elapsed() >= Duration::from_millis(100));
}

#[tokio::test]
async fn latency_holds_back_one_key_and_nobody_else() {
    let shop = upstream(TEXT).await;
    let gateway = in_front_of(&shop).await;
    let issued = gateway
        .gateway
        .issue_key(NewKey::new("slow").everywhere())
        .unwrap();
    let effect = json!({ "kind": "latency", "ms": 150, "spread_ms": 50 });
    begin(
        &gateway,
        json!({ "effect": effect, "key": issued.key.id.to_string() }),
    )
    .await;
    gateway.get("/orders").await;
    let (row, kept, _) = gateway.newest().await;
    assert!(
        !serde_json::to_string(&kept.trace)
            .unwrap()
            .contains("latency")
    );
    assert_eq!(row.note, None);
    let began = Instant::now();
    gateway.get_with_key("/orders", &issued.secret).await;
    assert!(began.elapsed() >= Duration::from_millis(150));
    let (row, kept, _) = gateway.newest().await;
    assert_eq!(row.note.as_deref(), Some("fault on purpose"));
    assert!(
        serde_json::to_string(&kept.trace)
            .unwrap()
            .contains("latency")
    );
}

/// A route with a limit and a quota, both of which refuse.
async fn limited(shop: &Upstream) -> TestGateway {
    gateway(&format!(
        "{{version: 1, services: [{{name: shop, targets: [{{url: '{}'}}]}}],
           routes: [{{name: orders, match: {{path: /orders}}, service: shop,
               authentication: {{methods: [api_key]}},
               rate_limits: [{{name: few, requests: 5, per: minute, by: key}}],
               quotas: [{{name: daily, requests: 9, per: day, by: key}}]}},
             {{name: open, match: {{path: /open}}, service: shop}}]}}",
        shop.url()
    ))
    .await
}

fn once(refusal: &str) -> Value {
    json!({ "effect": { "kind": "refuse", "refusal": refusal }, "times": 1 })
}

#[tokio::test]
async fn a_429_is_forced_once_and_looks_like_the_limits_own() {
    let shop = upstream(TEXT).await;
    let gateway = limited(&shop).await;
    let issued = gateway
        .gateway
        .issue_key(NewKey::new("acme").everywhere())
        .unwrap();
    let mut fault = once("limited");
    fault["key"] = json!(issued.key.id.to_string());
    begin(&gateway, fault).await;
    assert_eq!(gateway.get("/open").await.status(), 200, "of nobody else");

    let answer = gateway.get_with_key("/orders", &issued.secret).await;
    assert_eq!(answer.status(), 429);
    let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header("retry-after"), "12");
    assert!(
        header("ratelimit").starts_with("\"few\";r=0;t=12"),
        "{}",
        header("ratelimit")
    );
    assert!(header("ratelimit-policy").starts_with("\"few\";q=5;w=60"));
    assert_eq!(header("content-type"), "application/problem+json");
    let problem: Value = answer.json().await.unwrap();
    assert_eq!(problem["code"], "rate_limited");
    assert_eq!(problem["violated-policies"], json!(["few"]));
    let (row, _, sentence) = gateway.newest().await;
    assert_eq!(row.note.as_deref(), Some("forced by a person"));
    assert_eq!(
        sentence,
        "Refused on route `orders` with 429, forced by a person: 429 once. No limit counted it, and \
         the service was not asked."
    );

    let answer = gateway.get_with_key("/orders", &issued.secret).await;
    assert_eq!(answer.status(), 200, "once");
    let left = answer.headers()["ratelimit"].to_str().unwrap();
    assert!(
        left.contains("\"few\";r=4") && left.contains("\"daily\";r=8"),
        "{left}"
    );
    let (_, status) = admin::get(&gateway.gateway, "/status").await;
    assert_eq!(status["faults"], json!([]), "it has ended");
}

#[tokio::test]
async fn a_401_and_a_503_are_forced_with_all_that_belongs_to_them() {
    let shop = upstream(TEXT).await;
    let gateway = limited(&shop).await;
    let issued = gateway
        .gateway
        .issue_key(NewKey::new("acme").everywhere())
        .unwrap();
    let mut fault = once("unauthenticated");
    fault["route"] = json!("orders");
    begin(&gateway, fault).await;
    let answer = gateway.get_with_key("/orders", &issued.secret).await;
    assert_eq!(answer.status(), 401);
    let challenge = answer.headers()["www-authenticate"].to_str().unwrap();
    assert_eq!(challenge, "Bearer realm=\"gatewright\"");
    assert_eq!(answer.json::<Value>().await.unwrap()["code"], "key_invalid");

    begin(&gateway, once("unavailable")).await;
    let answer = gateway.get("/open").await;
    assert_eq!(answer.status(), 503);
    assert_eq!(answer.headers()["retry-after"], "1");
    assert_eq!(
        answer.json::<Value>().await.unwrap()["code"],
        "no_healthy_upstream"
    );

    // Where nothing limits a route, a limit is made up.
    begin(&gateway, once("limited")).await;
    let answer = gateway.get("/open").await;
    assert_eq!(answer.status(), 429);
    assert_eq!(answer.headers()["ratelimit"], "\"forced\";r=0;t=1");
    assert_eq!(answer.headers()["retry-after"], "1");
    assert_eq!(gateway.get("/open").await.status(), 200);
    assert_eq!(shop.seen().len(), 1);
}

#[tokio::test]
async fn who_only_asks_what_would_be_does_not_use_a_forced_refusal_up() {
    let shop = upstream(TEXT).await;
    let gateway = limited(&shop).await;
    begin(&gateway, once("limited")).await;
    let question = json!({ "url": "/open" });
    let (status, _) = admin::post(&gateway.gateway, "/explain", &question).await;
    assert_eq!(status, 200);
    assert_eq!(gateway.get("/open").await.status(), 429);
}

#[tokio::test]
async fn the_status_lists_what_is_on_until_all_of_it_is_off() {
    let shop = upstream(TEXT).await;
    let gateway = in_front_of(&shop).await;
    let fault = json!({ "effect": { "kind": "reset" }, "route": "users", "for_seconds": 90 });
    begin(&gateway, fault).await;
    let (_, status) = admin::get(&gateway.gateway, "/status").await;
    assert_eq!(status["faults"][0]["route"], "users");
    let lasts = status["faults"][0]["ends_at_us"].as_i64().unwrap()
        - status["faults"][0]["began_at_us"].as_i64().unwrap();
    assert_eq!(lasts, 90_000_000);
    gateway.gateway.faults().end_all();
    let (_, status) = admin::get(&gateway.gateway, "/status").await;
    assert_eq!(status["faults"], json!([]));
}

#[tokio::test]
async fn a_fault_that_cannot_be_is_refused_with_its_place() {
    let shop = upstream(TEXT).await;
    let gateway = in_front_of(&shop).await;
    let reset = json!({ "kind": "reset" });
    for (fault, path) in [
        (json!({ "effect": reset, "route": "none" }), "route"),
        (json!({ "effect": reset, "version": "v1" }), "version"),
        (
            json!({ "effect": reset, "route": "users", "version": "v1" }),
            "version",
        ),
        (
            json!({ "effect": reset, "share_percent": 0 }),
            "share_percent",
        ),
        (json!({ "effect": reset, "times": 0 }), "times"),
        (
            json!({ "effect": reset, "for_seconds": 86_401 }),
            "for_seconds",
        ),
        (
            json!({ "effect": { "kind": "error", "status": 200 } }),
            "effect.status",
        ),
        (
            json!({ "effect": { "kind": "latency", "ms": 0 } }),
            "effect.ms",
        ),
        (
            json!({ "effect": { "kind": "drip", "bytes_per_second": 0 } }),
            "effect.bytes_per_second",
        ),
    ] {
        let (status, problem) = admin::post(&gateway.gateway, "/faults", &fault).await;
        assert_eq!(status, 422, "{fault}");
        assert_eq!(problem["issues"][0]["path"], path, "{problem}");
    }
}
