//! What happens, as it happens.

use std::time::Duration;

use reqwest::{Method, Response};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::server::Server;

/// A stream of events as a browser reads it.
pub(crate) struct Events {
    response: Response,
    read: String,
}

impl Events {
    pub(crate) async fn open(server: &Server, query: &str) -> Self {
        let response = server
            .request(Method::GET, &format!("/events{query}"))
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self {
            response,
            read: String::new(),
        }
    }

    async fn next(&mut self) -> Value {
        loop {
            if let Some((event, rest)) = self.read.split_once("\n\n") {
                let event = event.strip_prefix("data: ").map(str::to_owned);
                self.read = rest.to_owned();
                if let Some(event) = event {
                    return serde_json::from_str(&event).unwrap();
                }
                continue;
            }
            let chunk = tokio::time::timeout(Duration::from_secs(10), self.response.chunk());
            let chunk = chunk
                .await
                .expect("an event within ten seconds")
                .unwrap()
                .unwrap();
            self.read.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }

    /// The next event of a type; others are passed over.
    pub(crate) async fn next_of(&mut self, kind: &str) -> Value {
        loop {
            let event = self.next().await;
            if event["type"] == kind {
                return event;
            }
        }
    }
}

#[tokio::test]
async fn the_first_event_says_how_things_stand() {
    let server = Server::start();
    let mut events = Events::open(&server, "").await;
    let hello = events.next().await;
    assert_eq!(hello["type"], "hello");
    assert_eq!(hello["status"]["shell"], "headless");
    assert_eq!(hello["status"]["gateway"]["state"], "running");
    assert_eq!(hello["revision"], hello["status"]["revision"]);
}

#[tokio::test]
async fn matching_requests_arrive_and_the_rest_is_counted() {
    let server = Server::start();
    server
        .post("/first-route", json!({ "target": { "kind": "echo" } }))
        .await;
    let mut events = Events::open(&server, "?q=status:5xx&rows=2").await;
    events.next_of("hello").await;
    for path in [
        "/1?status=503",
        "/2",
        "/3?status=503",
        "/4?status=503",
        "/5?status=503",
    ] {
        server
            .client
            .get(server.gateway_url(path))
            .send()
            .await
            .unwrap();
    }
    let (mut paths, mut matched, mut omitted, mut seen) = (Vec::new(), 0, 0, 0);
    let mut figures = Value::Null;
    // Other tests look for services on this machine, so that there may be more than these.
    while matched < 4 || seen < 5 || figures["requests"].as_u64() < Some(5) {
        let event = events.next().await;
        if event["type"] == "status" {
            figures = event["status"]["traffic"].clone();
        }
        if event["type"] != "traffic" {
            continue;
        }
        let rows = event["rows"].as_array().unwrap();
        assert!(rows.len() <= 2);
        paths.extend(
            rows.iter()
                .map(|row| row["path"].as_str().unwrap().to_owned()),
        );
        matched += event["matched"].as_u64().unwrap();
        omitted += event["omitted"].as_u64().unwrap();
        seen = event["total_seen"].as_u64().unwrap();
        assert_eq!(event["dropped"], 0);
    }
    assert_eq!(matched, 4);
    assert_eq!(paths.len() as u64 + omitted, matched);
    assert!(paths.is_sorted(), "{paths:?}");
    assert_eq!(paths.last().unwrap(), "/5");
    let figure = |name: &str| figures[name].as_f64().unwrap();
    assert_eq!(figure("per_second"), figure("requests") / 10.0);
    assert_eq!((figure("error_share") * figure("requests")).round(), 4.0);
    assert!(figures["p95_us"].as_u64().unwrap() > 0);
}

#[tokio::test]
async fn an_answer_still_under_way_is_told() {
    let server = Server::start();
    server
        .post("/first-route", json!({ "target": { "kind": "echo" } }))
        .await;
    // The stream's own answer never ends: it is proxied like any other service's.
    let slow = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", slow.local_addr().unwrap());
    let service = json!({ "name": "slow", "targets": [{ "url": url }] });
    server.send(Method::PUT, "/services/slow", service).await;
    let route = json!({ "name": "slow", "service": "slow", "match": { "path": "/slow" } });
    server.post("/routes", route).await;
    let mut events = Events::open(&server, "?q=path:/slow").await;
    events.next_of("hello").await;

    let answer = tokio::spawn(server.client.get(server.gateway_url("/slow")).send());
    let (mut stream, _) = slow.accept().await.unwrap();
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        stream.read_buf(&mut request).await.unwrap();
    }
    let head = b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n12345";
    stream.write_all(head).await.unwrap();
    let answer = answer.await.unwrap().unwrap();
    let open = loop {
        let traffic = events.next_of("traffic").await;
        if let Some(open) = traffic["open"].get(0) {
            break open.clone();
        }
    };
    assert_eq!(
        (&open["path"], &open["ending"]),
        (&json!("/slow"), &json!("running"))
    );
    stream.write_all(b"67890").await.unwrap();
    assert_eq!(answer.text().await.unwrap(), "1234567890");
    let ended = loop {
        let traffic = events.next_of("traffic").await;
        if let Some(row) = traffic["rows"].get(0) {
            assert_eq!(traffic["open"], json!([]));
            break row.clone();
        }
    };
    assert_eq!(
        (&ended["id"], &ended["ending"]),
        (&open["id"], &json!("complete"))
    );
}

#[tokio::test]
async fn changes_are_told() {
    let server = Server::start();
    let mut events = Events::open(&server, "").await;
    events.next_of("hello").await;
    let service = json!({ "name": "a", "targets": [{ "url": "http://127.0.0.1:9" }] });
    let (_, applied) = server.send(Method::PUT, "/services/a", service).await;
    assert_eq!(
        events.next_of("config_applied").await["revision"],
        applied["revision"]
    );
    server.post("/keys", json!({ "name": "a" })).await;
    events.next_of("keys_changed").await;
    server.post("/gateway/stop", json!({})).await;
    assert_eq!(
        events.next_of("gateway_changed").await["gateway"],
        json!({ "state": "stopped" })
    );
    assert_eq!(
        events.next_of("status").await["status"]["gateway"]["state"],
        "stopped"
    );
}

#[tokio::test]
async fn a_bad_filter_is_refused_before_the_stream_begins() {
    let server = Server::start();
    for query in ["?q=(", "?rows=x", "?nothing=1"] {
        let answer = server
            .request(Method::GET, &format!("/events{query}"))
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 400, "{query}");
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
    }
}

/// Also of what ended so lately that it is not in the log yet.
#[tokio::test]
async fn rows_bring_the_cells_of_the_columns_that_were_asked_for() {
    let server = Server::start();
    server
        .post("/first-route", json!({ "target": { "kind": "echo" } }))
        .await;
    let cols = "?cols=%5B%22header.x-tenant%22%2C%22req.body:$.id%22%5D";
    let mut events = Events::open(&server, cols).await;
    events.next_of("hello").await;
    for tenant in ["acme", "globex"] {
        let sent = server.client.post(server.gateway_url("/orders"));
        let sent = sent.header("x-tenant", tenant).body(r#"{"id": 7}"#);
        sent.send().await.unwrap();
        let traffic = loop {
            let traffic = events.next_of("traffic").await;
            if traffic["matched"] != 0 {
                break traffic;
            }
        };
        let cells = &traffic["cells"][0];
        assert_eq!(cells["id"], traffic["rows"][0]["id"]);
        assert_eq!(cells["cells"], json!([{ "text": tenant }, { "text": "7" }]));
    }
    let refused = server.get("/events?cols=colour").await;
    assert_eq!(
        (refused.0, &refused.1["code"]),
        (400, &json!("request_invalid"))
    );
}
