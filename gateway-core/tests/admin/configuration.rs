//! The one document: read, replaced, edited in part, undone.

use reqwest::Method;
use serde_json::{Value, json};

use crate::server::{Server, free_port};

fn service(name: &str) -> Value {
    json!({ "name": name, "targets": [{ "url": "http://127.0.0.1:9" }] })
}

async fn current(server: &Server) -> (String, Value) {
    let answer = server.request(Method::GET, "/config").send().await.unwrap();
    let tag = answer.headers()["etag"].to_str().unwrap().to_owned();
    (tag, answer.json().await.unwrap())
}

#[tokio::test]
async fn a_stale_change_is_refused_and_loses_nothing() {
    let server = Server::start();
    let (tag, mut config) = current(&server).await;
    config["services"] = json!([service("mine")]);
    let put = |tag: &str, config: &Value| {
        server
            .request(Method::PUT, "/config")
            .header("if-match", tag)
            .json(config)
            .send()
    };
    let answer = put(&tag, &config).await.unwrap();
    assert_eq!(answer.status(), 200);
    let new_tag = answer.headers()["etag"].to_str().unwrap().to_owned();
    assert_ne!(new_tag, tag);

    config["services"] = json!([service("theirs")]);
    let answer = put(&tag, &config).await.unwrap();
    assert_eq!(answer.status(), 412);
    let problem: Value = answer.json().await.unwrap();
    assert_eq!(problem["code"], "config_conflict");
    assert_eq!(format!("\"{}\"", problem["current_revision"]), new_tag);
    for path in ["/services/x", "/routes/x"] {
        let stale = server
            .request(Method::DELETE, path)
            .header("if-match", &tag)
            .send();
        assert_eq!(stale.await.unwrap().status(), 412, "{path}");
    }
    assert_eq!(server.get("/services").await.1[0]["name"], "mine");

    let unchanged = server
        .request(Method::GET, "/config")
        .header("if-none-match", &new_tag);
    assert_eq!(unchanged.send().await.unwrap().status(), 304);
}

#[tokio::test]
async fn a_refused_config_says_everything_and_changes_nothing() {
    let server = Server::start();
    let (tag, config) = current(&server).await;
    let mut wrong = config.clone();
    wrong["services"] = json!([{ "name": "Bad Name", "targets": [] }]);
    wrong["routes"] = json!([{ "name": "r", "service": "none", "colour": "red" }]);
    let (status, problem) = server.send(Method::PUT, "/config", wrong.clone()).await;
    assert_eq!((status, &problem["code"]), (422, &json!("config_refused")));
    let paths: Vec<_> = problem["issues"]
        .as_array()
        .unwrap()
        .iter()
        .map(|issue| issue["path"].as_str().unwrap().to_owned())
        .collect();
    for path in [
        "services[0].name",
        "services[0].targets",
        "routes[0].colour",
    ] {
        assert!(
            paths.iter().any(|found| found == path),
            "{path} in {paths:?}"
        );
    }
    assert_eq!(current(&server).await, (tag, config));
    let (status, validation) = server.post("/config/validate", wrong).await;
    assert_eq!((status, &validation["valid"]), (200, &json!(false)));
    assert_eq!(validation["issues"], problem["issues"]);
}

#[tokio::test]
async fn a_port_that_is_taken_is_refused_with_its_holder_and_a_free_one() {
    let server = Server::start();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let (tag, mut config) = current(&server).await;
    config["listen"]["port"] = json!(port);
    let (status, problem) = server.send(Method::PUT, "/config", config).await;
    assert_eq!(
        (status, &problem["code"]),
        (409, &json!("port_in_use")),
        "{problem}"
    );
    let in_use = &problem["port_in_use"];
    assert_eq!(
        (&in_use["port"], &in_use["holder"]["pid"]),
        (&json!(port), &json!(std::process::id()))
    );
    assert!(in_use["free"].is_u64());
    assert_eq!(current(&server).await.0, tag);
}

#[tokio::test]
async fn services_and_routes_are_edited_one_at_a_time() {
    let server = Server::start();
    let route = json!({ "name": "orders", "service": "shop", "match": { "path": "/orders" } });
    let (status, problem) = server.post("/routes", route.clone()).await;
    assert_eq!(
        (status, &problem["code"]),
        (422, &json!("config_refused")),
        "{problem}"
    );
    let put = |path: &'static str, body: Value| server.send(Method::PUT, path, body);
    assert_eq!(put("/services/shop", service("shop")).await.0, 200);
    assert_eq!(server.post("/routes", route.clone()).await.0, 201);
    assert_eq!(
        server.post("/routes", route.clone()).await.0,
        422,
        "the name is taken"
    );

    let (status, problem) = server
        .send(Method::DELETE, "/services/shop", json!({}))
        .await;
    assert_eq!(status, 422, "a route uses it");
    assert_eq!(problem["issues"][0]["path"], "routes[0].service");

    assert_eq!(put("/services/shop", service("store")).await.0, 200);
    assert_eq!(server.get("/routes").await.1[0]["service"], "store");
    let mut changed = server.get("/routes").await.1[0].clone();
    changed["name"] = json!("purchases");
    assert_eq!(put("/routes/orders", changed).await.0, 200);
    assert_eq!(put("/routes/orders", route).await.0, 404);
    assert_eq!(
        server
            .send(Method::DELETE, "/routes/purchases", json!({}))
            .await
            .0,
        200
    );
    assert_eq!(
        server
            .send(Method::DELETE, "/services/store", json!({}))
            .await
            .0,
        200
    );
    assert_eq!(server.get("/config").await.1["services"], json!([]));
}

#[tokio::test]
async fn any_change_can_be_undone() {
    let server = Server::start();
    let before = server.get("/status").await.1["revision"].as_u64().unwrap();
    server
        .send(Method::PUT, "/services/shop", service("shop"))
        .await;
    server
        .post("/routes", json!({ "name": "orders", "service": "shop" }))
        .await;

    let (_, page) = server.get("/revisions?limit=1").await;
    assert_eq!(page["revisions"][0]["number"], before + 2);
    assert_eq!(page["revisions"][0]["actor"], "api");
    let (_, page) = server
        .get(&format!("/revisions?before={}", page["next"]))
        .await;
    assert_eq!(page["revisions"][0]["number"], before + 1);
    let (_, detail) = server.get(&format!("/revisions/{}", before + 2)).await;
    assert_eq!(detail["changes"], json!(["route `orders` added"]));
    assert_eq!(detail["config"]["routes"][0]["name"], "orders");

    let (status, applied) = server
        .post(&format!("/revisions/{}/restore", before + 1), json!({}))
        .await;
    assert_eq!((status, &applied["revision"]), (200, &json!(before + 3)));
    assert_eq!(server.get("/routes").await.1, json!([]));
    let (_, detail) = server.get(&format!("/revisions/{}", before + 3)).await;
    assert_eq!(detail["changes"], json!(["route `orders` removed"]));
    assert_eq!(detail["info"]["actor"], "restore");
}

#[tokio::test]
async fn a_file_goes_out_and_comes_back_in() {
    let server = Server::start();
    server
        .send(Method::PUT, "/services/shop", service("shop"))
        .await;
    let (tag, config) = current(&server).await;
    let answer = server
        .request(Method::GET, "/config/yaml")
        .send()
        .await
        .unwrap();
    assert_eq!(
        answer.headers()["content-type"],
        "application/yaml; charset=utf-8"
    );
    let yaml = answer.text().await.unwrap();

    server
        .send(Method::DELETE, "/services/shop", json!({}))
        .await;
    let import = json!({ "yaml": yaml, "dry_run": true });
    let (status, preview) = server.post("/config/import", import).await;
    assert_eq!(status, 200);
    assert_eq!(preview["changes"], json!(["service `shop` added"]));
    assert_eq!(
        (&preview["valid"], &preview["revision"]),
        (&json!(true), &Value::Null)
    );
    assert_eq!(server.get("/services").await.1, json!([]));

    let (status, imported) = server.post("/config/import", json!({ "yaml": yaml })).await;
    assert_eq!(
        (status, &imported["changes"]),
        (200, &json!(["service `shop` added"]))
    );
    let (new_tag, new_config) = current(&server).await;
    assert_eq!((new_tag != tag, new_config), (true, config));

    let broken = "version: 1\nroutes: [{name: a, service: none}]\n";
    let (status, preview) = server
        .post("/config/import", json!({ "yaml": broken, "dry_run": true }))
        .await;
    assert_eq!((status, &preview["valid"]), (200, &json!(false)));
    let (status, problem) = server
        .post("/config/import", json!({ "yaml": broken }))
        .await;
    assert_eq!((status, &problem["issues"]), (422, &preview["issues"]));
}

#[tokio::test]
async fn the_gateway_stops_and_starts() {
    let server = Server::start();
    let reach = || server.client.get(server.gateway_url("/")).send();
    assert_eq!(reach().await.unwrap().status(), 404);
    let (status, state) = server.post("/gateway/stop", json!({})).await;
    assert_eq!((status, state), (200, json!({ "state": "stopped" })));
    assert!(reach().await.is_err());
    // Its port is taken meanwhile.
    let taken = std::net::TcpListener::bind(("127.0.0.1", server.gateway_port)).unwrap();
    let (status, problem) = server.post("/gateway/start", json!({})).await;
    assert_eq!((status, &problem["code"]), (409, &json!("port_in_use")));
    let state = server.get("/status").await.1["gateway"].clone();
    assert_eq!(state["state"], "failed");
    assert_eq!(state["port_in_use"]["holder"]["pid"], std::process::id());
    drop(taken);
    let (status, state) = server.post("/gateway/start", json!({})).await;
    assert_eq!((status, &state["state"]), (200, &json!("running")));
    assert_eq!(reach().await.unwrap().status(), 404);

    // Another port takes effect at once.
    let (_, mut config) = current(&server).await;
    let port = free_port();
    config["listen"]["port"] = json!(port);
    assert_eq!(server.send(Method::PUT, "/config", config).await.0, 200);
    let (_, status) = server.get("/status").await;
    assert_eq!(status["url"], format!("http://127.0.0.1:{port}"));
    let moved = server
        .client
        .get(format!("http://127.0.0.1:{port}/"))
        .send()
        .await
        .unwrap();
    assert_eq!(moved.status(), 404);
}
