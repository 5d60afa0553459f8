//! From nothing to a first request.

use std::net::TcpListener;

use serde_json::{Value, json};

use crate::server::{Server, eventually, free_port};

#[tokio::test]
async fn one_step_puts_the_gateway_in_front_of_the_echo_service() {
    let server = Server::start();
    let (status, made) = server
        .post("/first-route", json!({ "target": { "kind": "echo" } }))
        .await;
    assert_eq!(status, 200, "{made}");
    assert_eq!(made["gateway"]["state"], "running");
    let url = format!("{}/hello", made["url"].as_str().unwrap());
    let echoed: Value = server
        .client
        .get(url)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(echoed["path"], "/hello");
    // Asked for again, it is the same.
    let (_, echo) = server.post("/echo", json!({})).await;
    assert_eq!(
        (&echo["service"], &echo["revision"]),
        (&made["service"], &made["revision"])
    );
}

#[tokio::test]
async fn a_taken_port_is_told_and_another_tried() {
    let server = Server::start();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut wish = json!({
        "target": { "kind": "url", "url": "http://127.0.0.1:9" },
        "name": "shop",
        "port": taken.local_addr().unwrap().port(),
    });
    let (status, problem) = server.post("/first-route", wish.clone()).await;
    assert_eq!(
        (status, &problem["code"]),
        (409, &json!("port_in_use")),
        "{problem}"
    );
    wish["port"] = json!(free_port());
    let (status, made) = server.post("/first-route", wish.clone()).await;
    assert_eq!((status, &made["route"]), (200, &json!("shop")), "{made}");
    assert_eq!(made["url"], format!("http://127.0.0.1:{}", wish["port"]));
    assert_eq!(server.get("/routes").await.1.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn an_address_that_cannot_be_a_target_is_refused_at_its_place() {
    let server = Server::start();
    let target = json!({ "kind": "url", "url": "file:///etc/passwd" });
    let (status, problem) = server
        .post("/first-route", json!({ "target": target }))
        .await;
    assert_eq!((status, &problem["code"]), (422, &json!("config_refused")));
    assert!(
        problem["issues"][0]["path"]
            .as_str()
            .unwrap()
            .starts_with("services[0].targets[0]")
    );
}

#[tokio::test]
async fn a_scan_finds_what_listens_and_not_itself() {
    let server = Server::start();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (status, scan) = server.post("/discovery/scan", json!({})).await;
    assert_eq!(status, 200);
    let found = scan["found"].as_array().unwrap();
    let mine = found.iter().find(|found| found["port"] == port).unwrap();
    assert_eq!(mine["process"]["pid"], std::process::id());
    assert_eq!(mine["answer"]["kind"], "no_http");
    for own in [server.admin.port(), server.gateway_port] {
        assert!(!found.iter().any(|found| found["port"] == own), "{own}");
    }
}

#[tokio::test]
async fn a_request_is_sent_for_a_person_and_found_in_the_log() {
    let server = Server::start();
    server
        .post("/first-route", json!({ "target": { "kind": "echo" } }))
        .await;
    let (status, answered) = server
        .post(
            "/requests/send",
            json!({
                "method": "POST", "path": "/orders?x=1", "body": "hello",
                "headers": [{ "name": "X-One", "value": "1" }],
            }),
        )
        .await;
    assert_eq!(
        (status, &answered["status"]),
        (200, &json!(200)),
        "{answered}"
    );
    let echoed: Value = serde_json::from_str(answered["body"].as_str().unwrap()).unwrap();
    assert_eq!(
        (&echoed["method"], &echoed["body"]),
        (&json!("POST"), &json!("hello"))
    );
    let id = answered["exchange_id"].as_str().expect("it was recorded");
    let row = eventually(async || {
        let (status, detail) = server.get(&format!("/exchanges/{id}")).await;
        (status == 200).then(|| detail["summary"].clone())
    })
    .await;
    assert_eq!(
        (&row["method"], &row["path"]),
        (&json!("POST"), &json!("/orders"))
    );

    server.post("/gateway/stop", json!({})).await;
    let (status, problem) = server.post("/requests/send", json!({ "path": "/" })).await;
    assert_eq!((status, &problem["code"]), (409, &json!("gateway_stopped")));
}
