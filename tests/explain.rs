//! What would become of a request: asked by the admin API, with nothing sent, counted or changed.

use serde_json::{Value, json};

use crate::harness::{Mood, RawUpstream};
use crate::harness::{Moody, TestGateway, Upstream, admin, assert_free_of, gateway, upstream};

fn yaml(shop: &str, rest: &str) -> String {
    format!(
        "
version: 1
consumers: [{{name: app, groups: [apps], scopes: [read]}}]
services: [{{name: shop, targets: [{{url: '{shop}'}}]}}]
routes:
  - {{name: orders, service: shop, match: {{path: /orders}}, {rest}}}
"
    )
}

async fn explain(gateway: &TestGateway, question: Value) -> Value {
    let (status, answer) = admin::post(&gateway.gateway, "/explain", &question).await;
    assert_eq!(status, 200, "{answer:#}");
    answer
}

fn facts<'a>(explained: &'a Value, stage: &str) -> &'a Value {
    let trace = explained["trace"].as_array().unwrap();
    let decision = trace.iter().find(|decision| decision["stage"] == stage);
    &decision.unwrap_or_else(|| panic!("no {stage} in {explained:#}"))["facts"]
}

async fn in_front_of(shop: &Upstream, rest: &str) -> TestGateway {
    gateway(&yaml(&shop.url(), rest)).await
}

const LIMITED: &str = "authentication: {methods: [api_key]}, \
     rate_limits: [{name: two, requests: 2, per: minute, by: key, algorithm: fixed_window}]";

#[tokio::test]
async fn asking_sends_nothing_counts_nothing_and_uses_no_key() {
    let shop = upstream("ok").await;
    let gateway = in_front_of(&shop, LIMITED).await;
    let key = gateway.issue_key("ci");
    let question = json!({
        "url": "/orders/7?full=yes",
        "headers": [{"name": "X-API-Key", "value": key}],
    });
    for _ in 0..5 {
        let explained = explain(&gateway, question.clone()).await;
        assert_eq!(
            facts(&explained, "rate_limit")["limits"][0]["remaining_before"],
            2
        );
        assert_eq!(
            facts(&explained, "rate_limit")["limits"][0]["remaining_after"],
            1
        );
        let sentence = explained["sentence"].as_str().unwrap();
        let url = format!("{}/orders/7?full=yes", shop.url());
        assert_eq!(
            sentence,
            format!("Would be sent on route `orders` to service `shop`: {url}.")
        );
        assert_eq!(explained["sends"]["url"], json!(url));
        assert_eq!(explained["status"], Value::Null);
        let text = explained.to_string();
        assert!(!text.contains(&key), "the key is not told: {text}");
    }
    assert!(shop.seen().is_empty());
    assert!(gateway.rows().await.is_empty(), "nothing is in the log");
    assert_eq!(gateway.gateway.keys().list()[0].last_used_at_us, None);
    for expected in [200, 200, 429] {
        assert_eq!(
            gateway.get_with_key("/orders", &key).await.status(),
            expected
        );
    }
    let refused = explain(&gateway, question).await;
    assert_eq!(refused["status"], 429);
    assert_eq!(refused["decided_by"], "rate_limit");
    let answered = refused["answers"]["headers"].as_array().unwrap();
    let retry = answered.iter().find(|line| line["name"] == "retry-after");
    assert_eq!(retry.unwrap()["value"], "60");
    assert_free_of(gateway.gateway.data_dir(), &[&key]);
}

#[tokio::test]
async fn a_logged_refusal_is_asked_about_with_other_limits_another_caller_and_another_time() {
    let shop = upstream("ok").await;
    let gateway = in_front_of(&shop, LIMITED).await;
    let key = gateway.issue_key("ci");
    for _ in 0..3 {
        gateway.get_with_key("/orders", &key).await;
    }
    let row = gateway.rows().await.remove(0);
    assert_eq!(row.status, 429);
    let ask = |more: Value| {
        let mut question = json!({"exchange": row.id});
        question
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        explain(&gateway, question)
    };

    let same = ask(json!({})).await;
    assert_eq!(same["difference"]["changes"], false);
    assert_eq!(
        same["difference"]["sentence"],
        "Nothing changes: it would be refused with 429 (two) again."
    );

    // Later, when the window is over, it is the same when asked about as it stood then.
    gateway.clock.advance(std::time::Duration::from_secs(90));
    assert_eq!(ask(json!({})).await["status"], 429);
    assert_eq!(
        ask(json!({"when": {"kind": "now"}})).await["status"],
        Value::Null
    );

    let edited = yaml(&shop.url(), &LIMITED.replace("requests: 2", "requests: 3"));
    let roomier = ask(json!({"config_yaml": edited})).await;
    assert_eq!(
        facts(&roomier, "rate_limit")["limits"][0]["remaining_before"],
        1
    );
    assert_eq!(
        roomier["difference"]["sentence"],
        "It was refused with 429 (two); it would be sent to service `shop`."
    );
    assert_eq!(roomier["revision"], Value::Null);
    let stays = gateway.gateway.current();
    assert_eq!(
        stays.config.routes[0].rate_limits[0].requests, 2,
        "nothing has changed"
    );

    let nobody = ask(json!({"caller": {"kind": "nobody"}})).await;
    assert_eq!(
        (&nobody["status"], &nobody["code"]),
        (&json!(401), &json!("key_missing"))
    );
    let consumer = ask(json!({"caller": {"kind": "consumer", "name": "app"}})).await;
    assert_eq!(facts(&consumer, "authenticate")["consumer"], "app");
    assert_eq!(facts(&consumer, "authenticate")["groups"], json!(["apps"]));
    assert_eq!(consumer["status"], Value::Null);
    let notes = consumer["assumed"].as_array().unwrap();
    assert!(
        notes[0].as_str().unwrap().contains("the consumer `app`"),
        "{notes:?}"
    );

    let other = gateway
        .gateway
        .issue_key(gateway_core::keys::NewKey::new("other").everywhere());
    let other = other.unwrap().key;
    let by_id = ask(json!({"caller": {"kind": "key", "id": other.id}})).await;
    assert_eq!(by_id["key"]["name"], "other");
    assert_eq!(by_id["status"], Value::Null, "it has its own limit");
    gateway.gateway.revoke_key(other.id).unwrap();
    let revoked =
        ask(json!({"caller": {"kind": "key", "id": other.id}, "when": {"kind": "now"}})).await;
    assert_eq!(revoked["code"], "key_revoked");
    let sentence = revoked["sentence"].as_str().unwrap();
    assert!(
        sentence.contains("the API key `other` was revoked on 1 January 2026 00:01 (UTC)"),
        "{sentence}"
    );

    let elsewhere = ask(json!({"url": "/nowhere"})).await;
    assert_eq!(elsewhere["code"], "route_not_found");
}

#[tokio::test]
async fn another_time_is_asked_about_and_a_wrong_configuration_is_refused_with_all_that_is_wrong() {
    let shop = upstream("ok").await;
    let rest = "versions: {by: header, default: v1, list: [{name: v1, sunset_at: '2026-06-01T00:00:00Z', \
                enforce_sunset: true}]}";
    let gateway = in_front_of(&shop, rest).await;
    let at = |at_us: i64| json!({"url": "/orders", "when": {"kind": "at", "at_us": at_us}});
    let june = 1_780_272_000_000_000;
    let before = explain(&gateway, at(june - 1_000_000)).await;
    assert_eq!(
        (&before["version"], &before["status"]),
        (&json!("v1"), &Value::Null)
    );
    let after = explain(&gateway, at(june)).await;
    assert_eq!(
        (&after["status"], &after["code"]),
        (&json!(410), &json!("version_gone"))
    );
    assert_eq!(
        after["sentence"],
        "Refused on route `orders`: version `v1` has been switched off since 1 June 2026 00:00 (UTC)."
    );

    let wrong = yaml(
        &shop.url(),
        "authorization: [{allow_ips: [nowhere]}], rate_limits: [{requests: 0, per: day, by: ip}]",
    );
    let question = json!({"url": "/orders", "config_yaml": wrong});
    let (status, problem) = admin::post(&gateway.gateway, "/explain", &question).await;
    assert_eq!(
        (status, &problem["code"]),
        (422, &json!("config_refused")),
        "{problem:#}"
    );
    assert!(!problem["issues"].as_array().unwrap().is_empty());
    for (question, expected) in [
        (json!({"when": {"kind": "then"}}), 400),
        (json!({"method": "G T"}), 400),
        (json!({"headers": [{"name": "a b", "value": ""}]}), 400),
        (
            json!({"exchange": "0193b6a0-0000-7000-8000-000000000000"}),
            404,
        ),
        (
            json!({"caller": {"kind": "key", "id": "0193b6a0-0000-7000-8000-000000000000"}}),
            404,
        ),
        (json!({"config": {}, "config_yaml": ""}), 422),
    ] {
        let (status, problem) = admin::post(&gateway.gateway, "/explain", &question).await;
        assert_eq!(status, expected, "{question}: {problem}");
    }
}

#[tokio::test]
async fn a_service_that_decides_about_callers_is_not_asked() {
    let shop = upstream("ok").await;
    let door = RawUpstream::start(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n").await;
    let rest = format!(
        "authentication: {{methods: [forward], forward: {{url: '{}'}}}}",
        door.url()
    );
    let gateway = in_front_of(&shop, &rest).await;
    let explained = explain(&gateway, json!({"url": "/orders"})).await;
    assert_eq!(facts(&explained, "authenticate")["kind"], "would_ask");
    assert_eq!(explained["status"], Value::Null);
    assert!(
        explained["assumed"][0]
            .as_str()
            .unwrap()
            .contains("its answer is taken to be yes")
    );
    assert!(gateway.rows().await.is_empty() && shop.seen().is_empty());

    assert_eq!(gateway.get("/orders").await.status(), 403);
    let row = gateway.rows().await.remove(0);
    let again = explain(&gateway, json!({"exchange": row.id})).await;
    assert_eq!(
        (&again["status"], &again["difference"]["changes"]),
        (&json!(403), &json!(false))
    );
}

#[tokio::test]
async fn a_breaker_is_looked_at_and_not_touched() {
    let shop = Moody::start("shop").await;
    let text = format!(
        "{{version: 1, services: [{{name: shop, targets: [{{url: '{}'}}],
            breaker: {{failure_percent: 50, min_requests: 2, window_ms: 10000, open_ms: 5000, half_open_requests: 1}}}}],
          routes: [{{name: r, service: shop}}]}}",
        shop.url()
    );
    let gateway = gateway(&text).await;
    shop.becomes(Mood::Status(500));
    for _ in 0..2 {
        assert_eq!(gateway.get("/").await.status(), 500);
    }
    for _ in 0..3 {
        let open = explain(&gateway, json!({"url": "/"})).await;
        assert_eq!(
            (&open["status"], &open["code"]),
            (&json!(503), &json!("circuit_open"))
        );
        assert_eq!(
            open["sentence"],
            "Not sent to service `shop`: its breaker is open for 5000 ms more, since 2 of 2 failed within 10000 ms."
        );
    }
    assert_eq!(
        gateway.service().breaker.unwrap().refused,
        0,
        "asking counts as no refusal"
    );
    let now = gateway.gateway.clock().now().epoch_us;
    let later = json!({"url": "/", "when": {"kind": "at", "at_us": now + 5_000_000}});
    let later = explain(&gateway, later).await;
    assert_eq!(
        later["status"],
        Value::Null,
        "by then it may be tried: {later:#}"
    );
    let asked = shop.asked();
    gateway.clock.advance(std::time::Duration::from_secs(5));
    shop.becomes(Mood::Well);
    assert_eq!(
        gateway.get("/").await.status(),
        200,
        "nobody has taken the place of the trial"
    );
    assert_eq!(shop.asked(), asked + 1);
}
