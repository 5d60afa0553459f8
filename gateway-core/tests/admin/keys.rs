//! API keys: shown once, counted, revoked.

use reqwest::Method;
use serde_json::json;

use crate::server::{Server, eventually};

#[tokio::test]
async fn a_key_is_shown_once_and_works_until_it_is_revoked() {
    let server = Server::start();
    server
        .post("/first-route", json!({ "target": { "kind": "echo" } }))
        .await;
    let mut route = server.get("/routes").await.1[0].clone();
    route["authentication"] = json!({ "methods": ["api_key"] });
    let name = route["name"].as_str().unwrap().to_owned();
    assert_eq!(
        server
            .send(Method::PUT, &format!("/routes/{name}"), route)
            .await
            .0,
        200
    );

    let issued = server
        .request(Method::POST, "/keys")
        .json(&json!({ "name": "mobile-dev", "access": { "kind": "all" } }));
    let issued = issued.send().await.unwrap();
    assert_eq!(issued.status(), 201);
    assert_eq!(issued.headers()["cache-control"], "no-store");
    let issued: serde_json::Value = issued.json().await.unwrap();
    let secret = issued["secret"].as_str().unwrap();
    assert_eq!(issued["key"]["consumer"], "mobile-dev");

    let call = || {
        server
            .client
            .get(server.gateway_url("/"))
            .header("x-api-key", secret)
            .send()
    };
    assert_eq!(call().await.unwrap().status(), 200);
    assert_eq!(
        server
            .client
            .get(server.gateway_url("/"))
            .send()
            .await
            .unwrap()
            .status(),
        401
    );

    let (_, keys) = server.get("/keys").await;
    assert!(!keys.to_string().contains(secret));
    assert_eq!(keys["rows"][0]["key"]["id"], issued["key"]["id"]);
    assert_eq!(
        keys["rows"][0]["usage"]["hourly"].as_array().unwrap().len(),
        24
    );

    let id = issued["key"]["id"].as_str().unwrap();
    let (status, revoked) = server.post(&format!("/keys/{id}/revoke"), json!({})).await;
    assert_eq!(status, 200);
    assert!(revoked["revoked_at_us"].is_i64());
    assert_eq!(call().await.unwrap().status(), 401);
}

#[tokio::test]
async fn what_each_key_did_is_counted() {
    let server = Server::start();
    server
        .post("/first-route", json!({ "target": { "kind": "echo" } }))
        .await;
    let mut route = server.get("/routes").await.1[0].clone();
    route["authentication"] = json!({ "methods": ["api_key"] });
    route["rate_limits"] = json!([{ "requests": 2, "per": "day", "by": "key" }]);
    let name = route["name"].as_str().unwrap().to_owned();
    server
        .send(Method::PUT, &format!("/routes/{name}"), route)
        .await;
    let (_, issued) = server
        .post("/keys", json!({ "name": "a", "access": { "kind": "all" } }))
        .await;
    let secret = issued["secret"].as_str().unwrap();
    let mut answers = Vec::new();
    for _ in 0..5 {
        let call = server
            .client
            .get(server.gateway_url("/"))
            .header("x-api-key", secret);
        answers.push(call.send().await.unwrap().status().as_u16());
    }
    assert_eq!(answers, [200, 200, 429, 429, 429]);
    // Usage is read from the log, which is written within a moment.
    let usage = eventually(async || {
        let usage = server.get("/keys").await.1["rows"][0]["usage"].clone();
        (usage["requests"] == 5).then_some(usage)
    })
    .await;
    assert_eq!(
        (&usage["limited"], &usage["refused"]),
        (&json!(3), &json!(0))
    );
    assert!(usage["last_used_at_us"].is_i64());
    let hourly: u64 = usage["hourly"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|n| n.as_u64())
        .sum();
    assert_eq!(hourly, 5);
}
