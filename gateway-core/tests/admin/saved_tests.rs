//! Saved tests: saved, tried on every change, removed, brought back.

use reqwest::Method;
use serde_json::{Value, json};

use crate::server::Server;

/// A server with a route for `/orders` to a service that is not there.
async fn with_orders() -> Server {
    let server = Server::start();
    let config = json!({
        "version": 1,
        "listen": { "port": server.gateway_port },
        "services": [{ "name": "shop", "targets": [{ "url": "http://127.0.0.1:9" }] }],
        "routes": [{ "name": "orders", "service": "shop", "match": { "path": "/orders" } }],
    });
    let (status, applied) = server.send(Method::PUT, "/config", config).await;
    assert_eq!(status, 200, "{applied}");
    server
}

fn catch_all() -> Value {
    json!({ "name": "everything", "service": "shop", "priority": 9, "match": { "path": "/", "methods": ["GET"] } })
}

async fn run(server: &Server) -> Value {
    let (status, run) = server.post("/saved-tests/run", json!({})).await;
    assert_eq!(status, 200, "{run}");
    run
}

#[tokio::test]
async fn what_the_tester_found_is_saved_and_tried_on_every_change() {
    let server = with_orders().await;
    let asked = json!({ "url": "http://127.0.0.1:8080/orders/7", "headers": [
        { "name": "X-API-Key", "value": "gw_dev_secret" }, { "name": "X-Beta", "value": "1" },
    ] });
    let (_, tested) = server.post("/route-test", asked).await;
    let to_save = &tested["to_save"];
    assert_eq!(to_save["left_out"], json!(["x-api-key"]));
    let placed = json!({ "route": "orders", "test": to_save["test"] });
    let (status, applied) = server.post("/saved-tests", placed).await;
    assert_eq!(
        (status, &applied["warnings"]),
        (201, &json!([])),
        "{applied}"
    );
    let (_, saved) = server
        .post(
            "/saved-tests",
            json!({ "test": { "request": "GET /none" } }),
        )
        .await;
    assert_eq!(saved["warnings"], json!([]));

    let tried = run(&server).await;
    assert_eq!((&tried["passed"], &tried["failed"]), (&json!(2), &json!(0)));
    assert_eq!(
        tried["results"][0]["test"]["headers"],
        json!([{ "name": "x-beta", "value": "1" }])
    );
    let (_, history) = server.get("/revisions?limit=2").await;
    let number = history["revisions"][1]["number"].as_u64().unwrap();
    let (_, detail) = server.get(&format!("/revisions/{number}")).await;
    assert_eq!(
        detail["changes"],
        json!(["route `orders`: saved test `GET /orders/7` with `x-beta: 1` added"])
    );

    // A change that makes them fail is made all the same, and says so.
    let (status, applied) = server.post("/routes", catch_all()).await;
    assert_eq!(status, 201, "{applied}");
    let warnings = json!([
        { "path": "routes[0].tests", "severity": "warning", "message":
            "the saved test now matches another route: `GET /orders/7` with `x-beta: 1` matches `everything`" },
        { "path": "no_route_tests", "severity": "warning", "message":
            "the saved test now matches a route: `GET /none` matches `everything`" },
    ]);
    assert_eq!(applied["warnings"], warnings);
    assert_eq!(server.get("/status").await.1["warnings"], warnings);
    let tried = run(&server).await;
    assert_eq!(tried["failed"], 2);
    assert_eq!(tried["results"][0]["outcome"], "other_route");
    assert_eq!(tried["results"][0]["now"], "everything");

    // And taking it back makes them pass.
    let before = number + 1;
    let restore = format!("/revisions/{before}/restore");
    assert_eq!(server.post(&restore, json!({})).await.0, 200);
    assert_eq!(run(&server).await["failed"], 0);
    assert_eq!(server.get("/status").await.1["warnings"], json!([]));
}

#[tokio::test]
async fn a_draft_is_tried_before_it_is_made() {
    let server = with_orders().await;
    let test = json!({ "route": "orders", "test": { "request": "GET /orders/7" } });
    server.post("/saved-tests", test).await;
    let (_, mut draft) = server.get("/config").await;
    draft["routes"].as_array_mut().unwrap().push(catch_all());
    let (status, tried) = server
        .post("/saved-tests/run", json!({ "config": draft }))
        .await;
    assert_eq!((status, &tried["failed"]), (200, &json!(1)), "{tried}");
    let (_, validation) = server.post("/config/validate", draft.clone()).await;
    assert_eq!(validation["valid"], true);
    assert_eq!(validation["issues"][0]["path"], "routes[0].tests");
    assert_eq!(
        run(&server).await["failed"],
        0,
        "what is in force is as it was"
    );
    draft["routes"][0]["service"] = json!("gone");
    let (status, problem) = server
        .post("/saved-tests/run", json!({ "config": draft }))
        .await;
    assert_eq!((status, &problem["code"]), (422, &json!("config_refused")));
}

#[tokio::test]
async fn a_test_is_removed_by_what_it_says_and_comes_back_from_the_history() {
    let server = with_orders().await;
    let placed = json!({ "route": "orders", "test": { "request": "GET /orders/7" } });
    let (_, saved) = server.post("/saved-tests", placed.clone()).await;
    let (status, _) = server.post("/saved-tests/remove", placed.clone()).await;
    assert_eq!(status, 200);
    assert_eq!(run(&server).await["results"], json!([]));
    assert_eq!(server.post("/saved-tests/remove", placed).await.0, 404);
    let restore = format!("/revisions/{}/restore", saved["revision"]);
    server.post(&restore, json!({})).await;
    assert_eq!(run(&server).await["passed"], 1);
    let yaml = server
        .request(Method::GET, "/config/yaml")
        .send()
        .await
        .unwrap();
    let yaml = yaml.text().await.unwrap();
    assert!(yaml.contains("request: GET /orders/7"), "{yaml}");
    let import = json!({ "yaml": yaml, "dry_run": true });
    let (_, imported) = server.post("/config/import", import).await;
    assert_eq!(
        (&imported["valid"], &imported["changes"]),
        (&json!(true), &json!([])),
        "{imported}"
    );
}

#[tokio::test]
async fn a_secret_is_not_saved_and_the_refusal_does_not_repeat_it() {
    let server = with_orders().await;
    let test = json!({ "request": "GET /orders", "headers": [{ "name": "Authorization", "value": "Bearer hunter2" }] });
    let (status, problem) = server
        .post("/saved-tests", json!({ "route": "orders", "test": test }))
        .await;
    assert_eq!((status, &problem["code"]), (422, &json!("config_refused")));
    let issue = &problem["issues"][0];
    assert_eq!(issue["path"], "routes[0].tests[0]");
    assert!(
        issue["message"]
            .as_str()
            .unwrap()
            .starts_with("the header `authorization` may hold a secret")
    );
    assert!(!problem.to_string().contains("hunter2"), "{problem}");
    assert_eq!(run(&server).await["results"], json!([]));
    let nowhere = json!({ "route": "nowhere", "test": { "request": "GET /" } });
    assert_eq!(server.post("/saved-tests", nowhere).await.0, 404);
}
