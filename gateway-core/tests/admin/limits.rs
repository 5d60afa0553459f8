//! Limits: how they stand, and that a crash forgets next to nothing.

use std::time::Duration;

use serde_json::{Value, json};

use crate::server::Server;

async fn with_quota(server: &Server) {
    let (status, answer) = server
        .post("/first-route", json!({ "target": { "kind": "echo" } }))
        .await;
    assert_eq!(status, 200, "{answer}");
    let (_, routes) = server.get("/routes").await;
    let mut route = routes[0].clone();
    route["quotas"] = json!([{ "name": "x", "requests": 1000, "per": "month", "by": "global" }]);
    let path = format!("/routes/{}", route["name"].as_str().unwrap());
    let (status, answer) = server.send(reqwest::Method::PUT, &path, route).await;
    assert_eq!(status, 200, "{answer}");
}

async fn used(server: &Server) -> Value {
    let (_, routes) = server.get("/routes").await;
    let name = routes[0]["name"].as_str().unwrap();
    let (status, state) = server.get(&format!("/limits/state?route={name}")).await;
    assert_eq!(status, 200, "{state}");
    state["quotas"][0]["used_before"].clone()
}

async fn ask(server: &Server, times: u64) {
    for _ in 0..times {
        let answer = server.client.get(server.gateway_url("/")).send().await;
        assert_eq!(answer.unwrap().status(), 200);
    }
}

/// RL-8
#[tokio::test]
async fn a_kill_forgets_at_most_a_second_of_a_quota() {
    let server = Server::start();
    with_quota(&server).await;
    let before = used(&server).await.as_u64().unwrap();
    ask(&server, 40).await;
    assert_eq!(used(&server).await, before + 40);
    // All of that is older than a second now.
    tokio::time::sleep(Duration::from_millis(1_000)).await;
    ask(&server, 5).await;
    let data = server.kill();
    let server = Server::with(data, &[]);
    let after = used(&server).await.as_u64().unwrap();
    assert!(
        (before + 40..=before + 45).contains(&after),
        "{before}, then {after}"
    );
}

#[tokio::test]
async fn a_stop_forgets_nothing_of_a_quota() {
    let server = Server::start();
    with_quota(&server).await;
    let before = used(&server).await.as_u64().unwrap();
    ask(&server, 7).await;
    let (code, said, data) = server.stop();
    assert_eq!(code, Some(0), "{said}");
    let server = Server::with(data, &[]);
    assert_eq!(used(&server).await, before + 7);
}

#[tokio::test]
async fn the_state_of_limits_can_be_asked_for() {
    let server = Server::start();
    with_quota(&server).await;
    let (status, problem) = server.get("/limits/state?route=nowhere").await;
    assert_eq!((status, &problem["code"]), (404, &json!("not_found")));
    let (status, _) = server.get("/limits/state?ip=nonsense").await;
    assert_eq!(status, 400);
    let (status, all) = server.get("/limits/state").await;
    assert_eq!((status, &all["quotas"]), (200, &json!([])));
    assert_eq!(used(&server).await, 0);
    let (_, routes) = server.get("/routes").await;
    let name = routes[0]["name"].as_str().unwrap();
    let (_, state) = server.get(&format!("/limits/state?route={name}")).await;
    let quota = &state["quotas"][0];
    assert_eq!(quota["partition"], "all requests");
    assert_eq!(quota["owner"], json!({ "kind": "route", "route": name }));
    assert_eq!(quota["time_zone"], "UTC");
    assert!(quota["resets_at_us"].as_i64().unwrap() > 0);
}
