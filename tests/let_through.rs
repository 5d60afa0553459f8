//! Requests that a person lets pass a limit which has no room for them.

use gateway_core::record::decision::{Facts, Stage, Verdict};
use serde_json::{Value, json};

use crate::harness::{TestGateway, Upstream, admin, gateway, upstream};

/// Two requests a minute and three a day, for each key; and two a minute of everybody elsewhere.
async fn limited() -> (Upstream, TestGateway) {
    let shop = upstream("here").await;
    let gateway = gateway(&format!(
        "{{version: 1, services: [{{name: shop, targets: [{{url: '{}'}}]}}],
           routes: [{{name: orders, match: {{path: /orders}}, service: shop,
               authentication: {{methods: [api_key]}},
               rate_limits: [{{name: minute, requests: 2, per: minute, by: key}}],
               quotas: [{{name: day, requests: 3, per: day, by: key}}]}},
             {{name: users, match: {{path: /users}}, service: shop,
               rate_limits: [{{name: minute, requests: 2, per: minute, by: route}}]}}]}}",
        shop.url()
    ))
    .await;
    (shop, gateway)
}

async fn ask(gateway: &TestGateway, path: &str, key: &str) -> u16 {
    gateway.get_with_key(path, key).await.status().as_u16()
}

/// Lets the next request past the limits that stopped the newest one.
async fn allow_next(gateway: &TestGateway) -> Value {
    let (row, kept, _) = gateway.newest().await;
    assert_eq!(row.status, 429);
    let facts = kept.trace.iter().map(|decision| &decision.facts);
    let past: Vec<Value> = facts
        .flat_map(|facts| match facts {
            Facts::Limits { limits, quotas, .. } => {
                let rates = limits.iter().filter(|fact| !fact.admitted);
                let rates = rates.map(|fact| (&fact.name, &fact.owner, &fact.partition));
                let quotas = quotas.iter().filter(|fact| !fact.admitted);
                let quotas = quotas.map(|fact| (&fact.name, &fact.owner, &fact.partition));
                rates.chain(quotas).collect()
            }
            _ => Vec::new(),
        })
        .map(|(name, owner, partition)| json!({ "name": name, "owner": owner, "partition": partition }))
        .collect();
    let pass = json!({
        "effect": { "kind": "let_through", "past": past },
        "route": row.route, "key": row.key.map(|key| key.id), "for_seconds": 300, "times": 1,
    });
    let (status, begun) = admin::post(&gateway.gateway, "/faults", &pass).await;
    assert_eq!(status, 201, "{begun}");
    begun
}

#[tokio::test]
async fn one_request_of_that_key_passes_and_no_counter_changes() {
    let (shop, gateway) = limited().await;
    let (mobile, other) = (gateway.issue_key("mobile"), gateway.issue_key("other"));
    let status = async |key: &str| ask(&gateway, "/orders", key).await;
    assert_eq!(
        [
            status(&mobile).await,
            status(&mobile).await,
            status(&mobile).await
        ],
        [200, 200, 429]
    );
    allow_next(&gateway).await;
    let (_, on) = admin::get(&gateway.gateway, "/status").await;
    assert_eq!(on["faults"][0]["effect"]["kind"], "let_through");

    // It is nobody else's, and whoever has room does not use it up.
    assert_eq!([status(&other).await, status(&other).await], [200, 200]);
    assert_eq!(status(&other).await, 429);
    assert_eq!(status(&mobile).await, 200);
    let (row, kept, sentence) = gateway.newest().await;
    assert_eq!(row.note.as_deref(), Some("let through once"));
    assert!(
        sentence.ends_with("A person let it through once, past `minute`."),
        "{sentence}"
    );
    let limits = kept.trace.iter().find(|one| one.stage == Stage::RateLimit);
    let limits = limits.unwrap();
    assert_eq!(limits.verdict, Verdict::Passed);
    let Facts::Limits { limits, quotas, .. } = &limits.facts else {
        panic!("{limits:?}");
    };
    let rate = &limits[0];
    assert!(!rate.admitted && rate.let_through);
    assert_eq!((rate.remaining_before, rate.remaining_after), (0, 0));
    let quota = &quotas[0];
    assert_eq!((quota.used_before, quota.used_after), (2, 3), "it has room");
    assert!(!quota.let_through);

    let (_, on) = admin::get(&gateway.gateway, "/status").await;
    assert_eq!(on["faults"], json!([]), "it has ended");
    assert_eq!(status(&mobile).await, 429);
    assert_eq!(shop.seen().len(), 5);

    // What is in the log says the same when it is asked again.
    let explain = json!({ "exchange": row.id, "when": { "kind": "then" } });
    let (status, again) = admin::post(&gateway.gateway, "/explain", &explain).await;
    assert_eq!(status, 200, "{again}");
    let trace = again["trace"].as_array().unwrap();
    let limits = trace.iter().find(|one| one["stage"] == "rate_limit");
    assert_eq!(limits.unwrap()["verdict"], "passed", "{again}");
}

#[tokio::test]
async fn a_request_that_yet_another_limit_stops_does_not_use_it_up() {
    let (_shop, gateway) = limited().await;
    let key = gateway.issue_key("mobile");
    let status = async || ask(&gateway, "/orders", &key).await;
    assert_eq!(
        [status().await, status().await, status().await],
        [200, 200, 429]
    );
    allow_next(&gateway).await;
    assert_eq!(status().await, 200, "the third of the day");
    assert_eq!(status().await, 429, "by both limits");
    // Past one of them only.
    let pass = json!({
        "effect": { "kind": "let_through", "past": [
            { "name": "minute", "owner": { "kind": "route", "route": "orders" } }] },
        "route": "orders", "for_seconds": 300, "times": 1,
    });
    let (_, half) = admin::post(&gateway.gateway, "/faults", &pass).await;
    assert_eq!(status().await, 429);
    let (_, on) = admin::get(&gateway.gateway, "/faults").await;
    assert_eq!((&on[0]["id"], &on[0]["struck"]), (&half["id"], &json!(0)));
    allow_next(&gateway).await;
    assert_eq!(status().await, 200, "past both");
    let (_, kept, sentence) = gateway.newest().await;
    assert!(sentence.ends_with("past `minute` and `day`."), "{sentence}");
    let quotas = kept.trace.iter().find_map(|one| match &one.facts {
        Facts::Limits { quotas, .. } => Some(quotas),
        _ => None,
    });
    assert_eq!(quotas.unwrap()[0].used_after, 3);
}

#[tokio::test]
async fn of_requests_that_come_at_once_one_passes() {
    let (_shop, gateway) = limited().await;
    for _ in 0..2 {
        assert_eq!(gateway.get("/users").await.status(), 200);
    }
    assert_eq!(gateway.get("/users").await.status(), 429);
    allow_next(&gateway).await;
    let all = futures_util::future::join_all((0..12).map(|_| gateway.get("/users"))).await;
    let passed = all.iter().filter(|answer| answer.status() == 200).count();
    assert_eq!(passed, 1);
}

#[tokio::test]
async fn it_ends_by_itself_and_has_to_name_limits() {
    let (_shop, gateway) = limited().await;
    let pass = |past: Value| json!({ "effect": { "kind": "let_through", "past": past }, "for_seconds": 1, "times": 1 });
    let (status, problem) = admin::post(&gateway.gateway, "/faults", &pass(json!([]))).await;
    assert_eq!(status, 422);
    assert_eq!(problem["detail"], "`effect.past`: name 1 to 20 limits.");
    let users = json!([{ "name": "minute", "owner": { "kind": "route", "route": "users" } }]);
    let (_, begun) = admin::post(&gateway.gateway, "/faults", &pass(users)).await;
    let lasts = begun["ends_at_us"].as_i64().unwrap() - begun["began_at_us"].as_i64().unwrap();
    assert_eq!(lasts, 1_000_000);
}
