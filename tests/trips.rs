//! Trip it: limits that are used up on purpose, from the window.

use gateway_core::keys::NewKey;
use gateway_core::record::filter::{Filter, When};
use gateway_core::record::summary::{ExchangeSummary, RequestOrigin};
use serde_json::{Value, json};

use crate::harness::{TestGateway, Upstream, admin, gateway, upstream};

/// A route `a` that asks for a key, with these limits.
async fn in_front_of(shop: &Upstream, limits: &str) -> TestGateway {
    let url = shop.url();
    gateway(&format!(
        "{{version: 1, services: [{{name: s, targets: [{{url: '{url}'}}]}}],
          routes: [{{name: a, service: s, match: {{path: /a}},
                     authentication: {{methods: [api_key], anonymous: true}}, {limits}}}]}}"
    ))
    .await
}

fn key(gateway: &TestGateway) -> (String, String) {
    let new = NewKey::new("mobile").everywhere();
    let issued = gateway.gateway.issue_key(new).unwrap();
    (issued.key.id.to_string(), issued.secret)
}

async fn rows(gateway: &TestGateway, filter: &str) -> Vec<ExchangeSummary> {
    gateway.gateway.recorder().flush().await;
    let filter = Filter::parse(filter, &When::now(gateway.gateway.clock())).unwrap();
    gateway
        .gateway
        .log()
        .page(&filter, None, 1000)
        .unwrap()
        .rows
}

async fn trip(gateway: &TestGateway, body: &Value) -> (u16, Value) {
    admin::post(&gateway.gateway, "/trips", body).await
}

#[tokio::test]
async fn a_limit_is_used_up_for_a_key_whose_text_nobody_knows() {
    let shop = upstream("ok").await;
    let limits = "rate_limits: [{name: x, requests: 3, per: minute, by: key}]";
    let gateway = in_front_of(&shop, limits).await;
    let (id, secret) = key(&gateway);
    let wish = json!({ "route": "a", "path": "/a?page=1", "key": id });

    let (status, plan) = admin::post(&gateway.gateway, "/trips/plan", &wish).await;
    assert_eq!(status, 200, "{plan}");
    assert_eq!(plan["limit"], "x");
    assert_eq!((&plan["left"], &plan["requests"]), (&json!(3), &json!(4)));
    assert!(shop.seen().is_empty(), "a plan sends nothing");

    let (status, done) = trip(&gateway, &wish).await;
    assert_eq!(status, 200, "{done}");
    let answers = json!([{ "status": 200, "count": 3 }, { "status": 429, "count": 1 }]);
    assert_eq!(done["answers"], answers);
    assert_eq!(done["refused_by"], json!(["x"]));
    assert_eq!(done["retry_after_s"], 20);
    let seen = shop.seen();
    assert_eq!(seen.len(), 3, "the one that was refused never got there");
    assert!(
        seen.iter()
            .all(|seen| seen.headers["x-credential-id"] == id.as_str())
    );

    // The requests are told from callers' own, and found by what they have in common.
    gateway.get_with_key("/a", &secret).await;
    let request_id = done["request_id"].as_str().unwrap();
    let marked = rows(&gateway, "is:replayed").await;
    assert_eq!(marked.len(), 4);
    assert_eq!(marked, rows(&gateway, &format!("id:{request_id}")).await);
    for row in &marked {
        assert_eq!(row.origin, RequestOrigin::Trip);
        assert_eq!(row.key.as_ref().unwrap().name, "mobile");
    }
    let own = rows(&gateway, "-is:replayed").await;
    assert_eq!(
        (own.len(), own[0].status),
        (1, 429),
        "the limit is one for both"
    );
}

#[tokio::test]
async fn a_request_of_the_log_is_repeated_without_what_was_masked_of_it() {
    let shop = upstream("ok").await;
    let limits = "rate_limits: [{name: x, requests: 3, per: minute, by: header, of: x-tenant}]";
    let gateway = in_front_of(&shop, limits).await;
    let request = gateway.client.get(gateway.url("/a?page=2&token=canary"));
    let request = request
        .header("x-tenant", "acme")
        .header("cookie", "session=canary");
    request.send().await.unwrap();
    let original = gateway.only_row().await;

    let (status, done) = trip(&gateway, &json!({ "exchange": original.id })).await;
    assert_eq!(status, 200, "{done}");
    assert_eq!(done["sent"], 3, "one of the three was used before");
    assert_eq!(done["plan"]["path"], "/a?page=2");
    let repeated = shop.seen().pop().unwrap();
    assert_eq!(repeated.headers["x-tenant"], "acme");
    assert!(!repeated.headers.contains_key("cookie"));
    let rows = rows(&gateway, "is:replayed").await;
    assert!(rows.iter().all(|row| row.replay_of == Some(original.id)));
}

#[tokio::test]
async fn services_elsewhere_are_left_alone() {
    let gateway = gateway(
        "{version: 1, services: [{name: s, targets: [{url: 'http://192.0.2.1'}]}],
          routes: [{name: a, service: s, match: {path: /a},
                    rate_limits: [{requests: 3, per: minute, by: ip}]}]}",
    )
    .await;
    let (status, problem) = trip(&gateway, &json!({ "path": "/a" })).await;
    assert_eq!((status, &problem["code"]), (422, &json!("trip_refused")));
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.contains("not on this machine"), "{detail}");
    assert!(gateway.rows().await.is_empty());
}

#[tokio::test]
async fn more_than_500_are_only_sent_when_they_are_asked_for() {
    let shop = upstream("ok").await;
    let limits = "rate_limits: [{name: x, requests: 510, per: minute, by: ip}]";
    let gateway = in_front_of(&shop, limits).await;
    let (status, problem) = trip(&gateway, &json!({ "path": "/a" })).await;
    assert_eq!((status, &problem["code"]), (422, &json!("trip_refused")));
    assert!(shop.seen().is_empty());

    let (status, done) = trip(&gateway, &json!({ "path": "/a", "at_most": 511 })).await;
    assert_eq!(status, 200, "{done}");
    let answers = json!([{ "status": 200, "count": 510 }, { "status": 429, "count": 1 }]);
    assert_eq!(done["answers"], answers);
}

#[tokio::test]
async fn what_is_refused_before_any_limit_is_not_asked_again() {
    let shop = upstream("ok").await;
    let limits = "rate_limits: [{name: x, requests: 30, per: minute, by: key}]";
    let gateway = in_front_of(&shop, limits).await;
    let (id, _) = key(&gateway);
    let (status, _) =
        admin::post(&gateway.gateway, &format!("/keys/{id}/revoke"), &json!({})).await;
    assert_eq!(status, 200);
    let (status, done) = trip(&gateway, &json!({ "path": "/a", "key": id })).await;
    assert_eq!(status, 200, "{done}");
    assert_eq!(done["answers"], json!([{ "status": 401, "count": 1 }]));
    let sentence = done["sentence"].as_str().unwrap();
    assert!(sentence.contains("revoked"), "{sentence}");
    assert!(shop.seen().is_empty());
}

#[tokio::test]
async fn what_cannot_be_used_up_says_why() {
    let shop = upstream("ok").await;
    let limits = "rate_limits: [{requests: 3, per: minute, by: ip, mode: shadow}]";
    let gateway = in_front_of(&shop, limits).await;
    for (wish, why) in [
        (json!({ "path": "/a" }), "shadow mode"),
        (json!({ "path": "/nowhere" }), "404"),
        (
            json!({ "path": "/a", "route": "b" }),
            "taken by the route `a`",
        ),
        (json!({ "path": "/a", "limit": "y" }), "named `y`"),
    ] {
        let (status, problem) = trip(&gateway, &wish).await;
        let detail = problem["detail"].as_str().unwrap();
        assert!(status == 422 && detail.contains(why), "{wish}: {problem}");
    }
    gateway.gateway.shutdown().await;
    let (status, _) = trip(&gateway, &json!({ "path": "/a" })).await;
    assert_eq!(
        status, 422,
        "also when it is stopped the plan is told first"
    );
}

#[tokio::test]
async fn a_quota_is_used_up_and_the_log_names_it() {
    let shop = upstream("ok").await;
    let limits = "quotas: [{name: daily, requests: 2, per: day, by: ip}],
                  rate_limits: [{name: x, requests: 30, per: minute, by: ip}]";
    let gateway = in_front_of(&shop, limits).await;
    let (status, done) = trip(&gateway, &json!({ "path": "/a" })).await;
    assert_eq!(status, 200, "{done}");
    assert_eq!(done["plan"]["kind"], "quota");
    assert_eq!(done["refused_by"], json!(["daily"]));
    assert_eq!(done["retry_after_s"], 86_400);
    let (newest, ..) = gateway.newest().await;
    assert_eq!(newest.note.as_deref(), Some("daily"));
}
