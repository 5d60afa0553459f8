//! Requests of the log are sent again, marked as that, and compared.

use gateway_core::record::summary::{ExchangeSummary, RequestOrigin};
use http::Response;
use serde_json::{Value, json};

use crate::harness::{TestGateway, Upstream, admin, full, gateway};

const SHOP: &str = "
version: 1
services: [{name: shop, targets: [{url: 'UPSTREAM'}]}]
routes:
  - {name: open, service: shop, match: {path: /open}, strip_prefix: true}
  - name: keyed
    service: shop
    match: {path: /keyed}
    authentication: {methods: [api_key]}
  - name: many
    service: shop
    match: {path: /many}
    versions: {by: path, default: v1, list: [{name: v1}, {name: v2}]}
";

/// A service that answers with what it was asked.
async fn echo() -> Upstream {
    Upstream::start(|seen| {
        let body = String::from_utf8_lossy(&seen.body).into_owned();
        let key = seen
            .headers
            .get("x-api-key")
            .map(|key| key.to_str().unwrap());
        let answer = json!({
            "path": seen.uri.to_string(),
            "body": body,
            "consumer": seen.headers.get("x-consumer-id").map(|id| id.to_str().unwrap()),
            "shown": key,
        });
        Response::builder()
            .header("content-type", "application/json")
            .body(full(answer.to_string()))
            .unwrap()
    })
    .await
}

async fn shop(service: &Upstream) -> TestGateway {
    gateway(&SHOP.replace("UPSTREAM", &service.url())).await
}

async fn newest(gateway: &TestGateway) -> ExchangeSummary {
    gateway.rows().await.remove(0)
}

async fn replay(gateway: &TestGateway, row: &ExchangeSummary, order: &Value) -> (u16, Value) {
    let path = format!("/exchanges/{}/replay", row.id);
    admin::post(&gateway.gateway, &path, order).await
}

/// The only result of a replay that was sent, with what its service was asked.
async fn answered(gateway: &TestGateway, row: &ExchangeSummary, order: &Value) -> (Value, Value) {
    let (status, replayed) = replay(gateway, row, order).await;
    assert_eq!(status, 200, "{replayed}");
    let result = replayed["results"][0].clone();
    assert!(result["failed"].is_null(), "{result}");
    let id = result["exchange_id"].as_str().unwrap();
    let (_, detail) = admin::get(&gateway.gateway, &format!("/exchanges/{id}")).await;
    let body = detail["response_body"]["text"].as_str().unwrap_or("null");
    let seen = serde_json::from_str(body).unwrap();
    (detail, seen)
}

#[tokio::test]
async fn a_request_is_sent_again_as_it_was_and_marked() {
    let service = echo().await;
    let gateway = shop(&service).await;
    gateway.get("/open/7?page=2").await;
    let original = newest(&gateway).await;
    assert_eq!(original.origin, RequestOrigin::Caller);
    let (detail, seen) = answered(&gateway, &original, &json!({})).await;
    assert_eq!(seen["path"], "/7?page=2");
    assert_eq!(detail["summary"]["origin"], "replay");
    assert_eq!(detail["summary"]["replay_of"], json!(original.id));
    let (_, marked) = admin::get(&gateway.gateway, "/exchanges?q=is:replayed").await;
    assert_eq!(marked["rows"].as_array().unwrap().len(), 1);

    let path = format!(
        "/exchanges/{}/diff/{}",
        original.id,
        detail["summary"]["id"].as_str().unwrap()
    );
    let (_, diff) = admin::get(&gateway.gateway, &path).await;
    assert_eq!(diff["same_answer"], true, "{diff:#}");
}

/// A key is granted to one request, by its id; nobody sends it, and it stays in force for that alone.
#[tokio::test]
async fn a_request_is_sent_as_a_key_that_nobody_knows() {
    let service = echo().await;
    let gateway = shop(&service).await;
    let secret = gateway.issue_key("mobile");
    gateway.get_with_key("/keyed", &secret).await;
    let original = newest(&gateway).await;
    let key = original.key.clone().unwrap().id;

    let path = format!("/exchanges/{}/replay", original.id);
    let (_, plan) = admin::get(&gateway.gateway, &path).await;
    assert_eq!(plan["key"]["id"], json!(key));
    assert_eq!(plan["left_out"].as_array().unwrap().len(), 1, "{plan:#}");

    let (without, _) = answered(&gateway, &original, &json!({})).await;
    assert_eq!(without["summary"]["status"], 401);
    let (with, seen) = answered(&gateway, &original, &json!({ "key": key })).await;
    assert_eq!(with["summary"]["status"], 200, "{with:#}");
    assert_eq!(with["summary"]["key"]["id"], json!(key));
    assert!(seen["shown"].is_null(), "no key reaches the service");
    assert!(!with.to_string().contains(&secret));

    gateway.get("/keyed").await;
    assert_eq!(
        newest(&gateway).await.status,
        401,
        "callers are granted nothing"
    );

    gateway.gateway.revoke_key(key).unwrap();
    let (revoked, _) = answered(&gateway, &original, &json!({ "key": key })).await;
    assert_eq!(revoked["summary"]["status"], 401);
    assert_eq!(revoked["summary"]["code"], "key_revoked");
}

/// The gateway takes these requests for the consumer's, and no others.
#[tokio::test]
async fn a_request_is_sent_as_a_consumer_without_a_key() {
    let service = echo().await;
    let yaml = SHOP.replace("UPSTREAM", &service.url())
        + "
  - name: members
    service: shop
    match: {path: /members}
    authentication: {methods: [basic, api_key], require: all}
    authorization: [{groups: [staff]}]
plans: [{name: gold, rate_limits: [{requests: 1, per: minute, by: consumer}]}]
consumers: [{name: acme, groups: [staff], plan: gold}, {name: zed}]
";
    let gateway = gateway(&yaml).await;
    gateway.get("/members/7").await;
    let refused = newest(&gateway).await;
    assert_eq!((refused.status, refused.consumer.as_deref()), (401, None));

    let order = json!({ "consumer": "acme" });
    let (result, seen) = answered(&gateway, &refused, &order).await;
    assert_eq!(result["summary"]["status"], 200, "{result:#}");
    assert_eq!(
        (&seen["path"], &seen["consumer"]),
        (&json!("/members/7"), &json!("acme"))
    );
    let row = newest(&gateway).await;
    assert_eq!(row.consumer.as_deref(), Some("acme"));
    assert_eq!(row.plan.as_ref().map(|plan| plan.as_str()), Some("gold"));
    assert_eq!((row.key, row.origin), (None, RequestOrigin::Replay));

    // Its plan counts it, and who lacks the group is refused.
    let (_, again) = replay(&gateway, &refused, &order).await;
    assert_eq!(again["results"][0]["status"], 429);
    let (_, other) = replay(&gateway, &refused, &json!({ "consumer": "zed" })).await;
    assert_eq!(other["results"][0]["status"], 403);
    assert_eq!(gateway.get("/members/7").await.status(), 401, "nobody else");

    // What would become of it then is told from the log.
    let question = json!({ "exchange": row.id });
    let (status, told) = admin::post(&gateway.gateway, "/explain", &question).await;
    assert_eq!(status, 200, "{told}");
    assert_eq!(told["status"], Value::Null, "it would be sent on: {told}");

    for (order, why) in [
        (
            json!({ "consumer": "nobody" }),
            "there is no consumer `nobody`",
        ),
        (
            json!({ "consumer": "acme", "key": row.id }),
            "a key has its own consumer",
        ),
        (
            json!({ "consumer": "acme", "target": service.url() }),
            "past the gateway nobody asks",
        ),
    ] {
        let (status, problem) = replay(&gateway, &refused, &order).await;
        assert_eq!(status, 422, "{problem}");
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains(why), "{detail}");
    }
}

#[tokio::test]
async fn the_same_request_goes_to_another_version() {
    let service = echo().await;
    let gateway = shop(&service).await;
    gateway.get("/v1/many/7?a=1").await;
    let original = newest(&gateway).await;
    let (detail, seen) = answered(&gateway, &original, &json!({ "version": "v2" })).await;
    assert_eq!(detail["summary"]["version"], "v2");
    assert_eq!(detail["summary"]["path"], "/v2/many/7");
    assert_eq!(seen["path"], "/many/7?a=1");
    gateway.get("/many/7").await;
    let unnamed = newest(&gateway).await;
    let (detail, _) = answered(&gateway, &unnamed, &json!({ "version": "v2" })).await;
    assert_eq!(detail["summary"]["path"], "/v2/many/7");
    let (status, problem) = replay(&gateway, &original, &json!({ "version": "v9" })).await;
    assert_eq!(
        (status, &problem["issues"][0]["path"]),
        (422, &json!("version"))
    );
}

#[tokio::test]
async fn a_request_goes_straight_to_a_target_and_is_in_the_log() {
    let service = echo().await;
    let gateway = shop(&service).await;
    gateway.get("/open/7?page=2").await;
    let original = newest(&gateway).await;
    let order = json!({ "target": service.url() });
    let (detail, seen) = answered(&gateway, &original, &order).await;
    assert_eq!(seen["path"], "/7?page=2", "as the service was asked");
    assert_eq!(detail["summary"]["route"], Value::Null);
    assert_eq!(detail["summary"]["replay_of"], json!(original.id));
    assert_eq!(detail["attempts"][0]["target"], service.url());
    let sentence = detail["sentence"].as_str().unwrap();
    assert!(
        sentence.starts_with("Answered by service `shop`"),
        "{sentence}"
    );
    let order = json!({ "target": "http://127.0.0.1:1" });
    let (status, problem) = replay(&gateway, &original, &order).await;
    assert_eq!(status, 422, "{problem}");

    let url = service.url();
    drop(service);
    let (status, replayed) = replay(&gateway, &original, &json!({ "target": url })).await;
    assert_eq!(status, 200);
    let failed = replayed["results"][0]["failed"].as_str().unwrap();
    assert!(failed.starts_with("The target gave no answer"), "{failed}");
    let row = newest(&gateway).await;
    assert_eq!(row.replay_of, Some(original.id));
    assert_eq!((row.status, row.note.as_deref()), (502, Some("refused")));
}

#[tokio::test]
async fn what_may_change_something_is_asked_about_first() {
    let service = echo().await;
    let gateway = shop(&service).await;
    let url = gateway.url("/open/7");
    gateway
        .client
        .post(url)
        .body("a=1&token=secret")
        .send()
        .await
        .unwrap();
    let original = newest(&gateway).await;
    let before = service.seen().len();
    let (status, problem) = replay(&gateway, &original, &json!({})).await;
    assert_eq!(
        (status, &problem["code"]),
        (409, &json!("confirmation_needed"))
    );
    let detail = problem["detail"].as_str().unwrap();
    assert!(
        detail.contains("POST may change something") && detail.contains("Secrets in the body"),
        "{detail}"
    );
    assert_eq!(service.seen().len(), before, "nothing was sent");
    let edited = json!({
        "confirmed": true,
        "request": { "method": "PUT", "host": "shop.test", "path": "/open/8", "body": "new" },
    });
    let (detail, seen) = answered(&gateway, &original, &edited).await;
    assert_eq!(seen["body"], "new");
    assert_eq!(detail["summary"]["method"], "PUT");
    assert_eq!(detail["summary"]["host"], "shop.test");
    let bad = json!({
        "confirmed": true,
        "request": { "method": "GET", "host": "a", "path": "/b", "headers": [{ "name": "x", "value": "a\r\nb: c" }] },
    });
    let (status, problem) = replay(&gateway, &original, &bad).await;
    assert_eq!(
        (status, &problem["issues"][0]["path"]),
        (422, &json!("request.headers[0].value"))
    );
}

#[tokio::test]
async fn a_request_is_sent_many_times_but_only_to_this_machine() {
    let service = echo().await;
    let gateway = shop(&service).await;
    gateway.get("/open/7").await;
    let original = newest(&gateway).await;
    let order = json!({ "times": 30, "at_once": 5 });
    let (status, replayed) = replay(&gateway, &original, &order).await;
    assert_eq!(status, 200);
    let results = replayed["results"].as_array().unwrap();
    assert_eq!(results.len(), 30);
    let ids: std::collections::HashSet<_> = results
        .iter()
        .map(|result| result["exchange_id"].as_str().unwrap())
        .collect();
    assert_eq!(ids.len(), 30, "each has a row of its own");
    for order in [
        json!({ "times": 201 }),
        json!({ "times": 0 }),
        json!({ "at_once": 21 }),
    ] {
        assert_eq!(replay(&gateway, &original, &order).await.0, 422, "{order}");
    }
    gateway
        .apply(&SHOP.replace("UPSTREAM", "http://192.0.2.1:80"))
        .await;
    let (status, problem) = replay(&gateway, &original, &json!({ "times": 2 })).await;
    assert_eq!(
        (status, &problem["issues"][0]["path"]),
        (422, &json!("times"))
    );
}
