//! Versions of a route, one at a time.

use reqwest::Method;
use serde_json::{Value, json};

use crate::server::Server;

/// VR-4
#[tokio::test]
async fn whoever_calls_a_route_as_before_is_answered_as_before_when_it_gets_its_first_version() {
    let server = Server::start();
    let route = json!({
        "name": "orders",
        "match": { "path": "/orders" },
        "respond": { "status": 200, "body": "as before" },
        "rate_limits": [{ "requests": 100, "per": "minute", "by": "ip" }],
    });
    let (status, answer) = server.post("/routes", route).await;
    assert_eq!(status, 201, "{answer}");
    let wanted = json!({
        "by": "header",
        "version": {
            "name": "v2",
            "response_headers": { "set": [{ "name": "x-is", "value": "new" }] },
        },
    });
    let (status, answer) = server.post("/routes/orders/versions", wanted).await;
    assert_eq!(status, 201, "{answer}");

    let ask = async |version: Option<&str>| {
        let mut request = server.client.get(server.gateway_url("/orders"));
        if let Some(version) = version {
            request = request.header("x-api-version", version);
        }
        let answer = request.send().await.unwrap();
        let new = answer.headers().contains_key("x-is");
        (answer.status().as_u16(), new, answer.text().await.unwrap())
    };
    assert_eq!(ask(None).await, (200, false, "as before".to_owned()));
    let original = ask(Some("original")).await;
    assert_eq!(original, (200, false, "as before".to_owned()));
    assert_eq!(ask(Some("v2")).await, (200, true, "as before".to_owned()));
    assert_eq!(ask(Some("v3")).await.0, 404);

    let (status, _) = server
        .post(
            "/routes/orders/versions",
            json!({ "version": { "name": "v3" } }),
        )
        .await;
    assert_eq!(status, 201);
    assert_eq!(ask(Some("v3")).await.0, 200);
    let (_, routes) = server.get("/routes").await;
    let versions = &routes[0]["versions"];
    assert_eq!(versions["default"], "original");
    let names = versions["list"].as_array().unwrap().iter();
    let names: Vec<_> = names.map(|version| version["name"].clone()).collect();
    assert_eq!(names, ["original", "v2", "v3"]);
}

#[tokio::test]
async fn a_version_that_cannot_be_added_changes_nothing_and_is_refused_at_its_place() {
    let server = Server::start();
    let route = json!({ "name": "orders", "respond": { "status": 200 } });
    server.post("/routes", route).await;
    let first = json!({ "version": { "name": "v1" }, "by": "query" });
    let (status, _) = server.post("/routes/orders/versions", first).await;
    assert_eq!(status, 201);
    let (_, before) = server.get("/routes").await;
    let refused = async |route: &str, body: Value| {
        let place = format!("/routes/{route}/versions");
        let (status, problem) = server.send(Method::POST, &place, body).await;
        (status, problem["issues"][0]["path"].clone())
    };
    assert_eq!(
        refused("orders", json!({ "version": { "name": "v1" } })).await,
        (422, json!("routes[0].versions.list[2].name"))
    );
    assert_eq!(
        refused(
            "orders",
            json!({ "version": { "name": "v2" }, "by": "header" })
        )
        .await,
        (422, json!("by"))
    );
    let (status, _) = refused("gone", json!({ "version": { "name": "v2" } })).await;
    assert_eq!(status, 404);
    assert_eq!(server.get("/routes").await.1, before);
}
