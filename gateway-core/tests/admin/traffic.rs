//! The log: pages, details, the way to send a request again.

use std::process::Command;

use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::events::Events;
use crate::server::{Server, eventually, text};

async fn with_echo() -> Server {
    let server = Server::start();
    server
        .post("/first-route", json!({ "target": { "kind": "echo" } }))
        .await;
    server
}

/// Waits until the log holds this many requests that match, and gives them.
async fn logged(server: &Server, query: &str, count: usize) -> Value {
    eventually(async || {
        let (status, page) = server.get(&format!("/exchanges?{query}")).await;
        assert_eq!(status, 200, "{page}");
        (page["rows"].as_array().unwrap().len() >= count).then_some(page)
    })
    .await
}

#[tokio::test]
async fn requests_are_listed_newest_first_in_pages() {
    let server = with_echo().await;
    for number in 0..5 {
        server
            .client
            .get(server.gateway_url(&format!("/t/{number}")))
            .send()
            .await
            .unwrap();
    }
    logged(&server, "q=path:/t", 5).await;
    let page = logged(&server, "q=path:/t&limit=3", 3).await;
    let paths = |page: &Value| -> Vec<String> {
        let rows = page["rows"].as_array().unwrap().iter();
        rows.map(|row| row["path"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(paths(&page), ["/t/4", "/t/3", "/t/2"]);
    let (_, rest) = server
        .get(&format!(
            "/exchanges?q=path:/t&limit=3&before={}",
            page["next"]
        ))
        .await;
    assert_eq!(paths(&rest), ["/t/1", "/t/0"]);
    assert_eq!(rest["next"], Value::Null);

    let (status, cleared) = server.send(Method::DELETE, "/exchanges", json!({})).await;
    assert_eq!(status, 200);
    assert!(cleared["removed"].as_u64() >= Some(5));
    assert_eq!(
        server.get("/exchanges?q=path:/t").await.1["rows"],
        json!([])
    );
}

#[tokio::test]
async fn a_filter_chooses_rows_and_a_bad_one_is_refused_at_its_place() {
    let server = with_echo().await;
    for path in ["/a?status=503", "/b"] {
        server
            .client
            .get(server.gateway_url(path))
            .send()
            .await
            .unwrap();
    }
    logged(&server, "q=path:/a,/b", 2).await;
    let page = logged(&server, "q=status:5xx", 1).await;
    assert_eq!(page["rows"].as_array().unwrap().len(), 1);
    assert_eq!(page["rows"][0]["path"], "/a");
    let (status, problem) = server.get("/exchanges?q=path:/a%20(status:200").await;
    assert_eq!(
        (status, &problem["code"]),
        (400, &json!("filter_invalid")),
        "{problem}"
    );
    assert!(problem["at"].is_u64());
}

#[tokio::test]
async fn a_request_can_be_sent_again_with_curl() {
    let server = with_echo().await;
    let body = "it's \"quoted\"\n$HOME `id` !\\é";
    let sent = server
        .client
        .put(server.gateway_url("/a'b?x=$1&token=hush"))
        .header("x-odd", "$(id) 'x' \"y\"")
        .header("x-api-key", "secret-value")
        .header("content-type", "text/plain; charset=utf-8")
        .body(body);
    let original: Value = sent.send().await.unwrap().json().await.unwrap();
    let page = logged(&server, "q=method:PUT", 1).await;
    let id = page["rows"][0]["id"].as_str().unwrap();
    let (status, curl) = server
        .get(&format!("/exchanges/{id}/curl?variant=posix"))
        .await;
    assert_eq!(status, 200);
    let command = curl["command"].as_str().unwrap();
    assert!(
        !command.contains("hush") && !command.contains("secret-value"),
        "{command}"
    );
    assert_eq!(curl["variables"], json!(["SECRET_TOKEN", "API_KEY"]));

    let run = Command::new("sh")
        .args([
            "-c",
            &format!("curl() {{ command curl -s \"$@\"; }}\n{command}"),
        ])
        .env("SECRET_TOKEN", "hush")
        .env("API_KEY", "secret-value")
        .output()
        .unwrap();
    let again: Value = serde_json::from_slice(&run.stdout)
        .unwrap_or_else(|_| panic!("{command}\n{}{}", text(&run.stdout), text(&run.stderr)));
    for member in ["method", "path", "query", "body"] {
        assert_eq!(again[member], original[member], "{member}");
    }
    let header = |echoed: &Value, name: &str| -> Vec<Value> {
        let lines = echoed["headers"].as_array().unwrap().iter();
        lines.filter(|line| line[0] == name).cloned().collect()
    };
    for name in [
        "x-odd",
        "content-type",
        "accept",
        "user-agent",
        "content-length",
    ] {
        assert_eq!(header(&again, name), header(&original, name), "{name}");
    }
}

/// LG-7
#[tokio::test]
async fn messages_of_a_stream_are_given_while_it_runs_and_told_as_they_come() {
    let server = Server::start();
    let service = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = service.local_addr().unwrap().port();
    let (say, mut said) = tokio::sync::mpsc::channel::<&str>(1);
    tokio::spawn(async move {
        let (mut stream, _) = service.accept().await.unwrap();
        let _head = stream.read(&mut [0; 4096]).await.unwrap();
        let head =
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n";
        stream.write_all(head.as_bytes()).await.unwrap();
        while let Some(text) = said.recv().await {
            stream.write_all(text.as_bytes()).await.unwrap();
        }
    });
    let target = json!({ "kind": "url", "url": format!("http://127.0.0.1:{port}") });
    let (status, made) = server
        .post("/first-route", json!({ "target": target }))
        .await;
    assert_eq!(status, 200, "{made}");
    let mut events = Events::open(&server, "").await;
    let answer = server.client.get(server.gateway_url("/events"));
    let mut answer = answer.send().await.unwrap();
    say.send("data: {\"token\":\"canary\"}\n\n").await.unwrap();
    let told = events.next_of("messages").await;
    let id = told["exchanges"][0].as_str().unwrap().to_owned();
    let detail = eventually(async || {
        let (status, detail) = server.get(&format!("/exchanges/{id}")).await;
        (status == 200).then_some(detail)
    });
    let detail = detail.await;
    assert_eq!(detail["summary"]["ending"], "running");
    assert_eq!(detail["summary"]["stream"], "event_stream");
    assert_eq!(detail["summary"]["messages"], 1);
    say.send("event: last\nid: 2\ndata: x\n\n").await.unwrap();
    events.next_of("messages").await;
    let messages = format!("/exchanges/{id}/messages");
    let (status, page) = server.get(&format!("{messages}?limit=1")).await;
    assert_eq!((status, page["next"].as_u64()), (200, Some(1)), "{page}");
    assert_eq!(page["rows"][0]["text"], "{\"token\":\"•••\"}");
    let (_, page) = server.get(&format!("{messages}?after=1")).await;
    assert_eq!(page["next"], Value::Null);
    let row = &page["rows"][0];
    assert_eq!((&row["number"], &row["event"]), (&json!(2), &json!("last")));
    assert_eq!(
        (&row["event_id"], &row["direction"]),
        (&json!("2"), &json!("to_caller"))
    );
    drop(say);
    while answer.chunk().await.unwrap().is_some() {}
    let page = logged(&server, "q=is:sse", 1).await;
    assert_eq!(page["rows"][0]["messages"], 2);
}

/// The cells of rows that are on screen: from headers, from bodies, from what limits left.
#[tokio::test]
async fn columns_are_made_of_headers_and_of_json_bodies_without_secrets() {
    let server = with_echo().await;
    let sent = server.client.post(server.gateway_url("/orders?status=201"));
    let sent = sent.header("x-tenant", "acme").bearer_auth("s3cret-token");
    let sent = sent.header("content-type", "application/json");
    let body = json!({ "order": { "id": 7 }, "password": "hunter2", "of": [1, 2] });
    sent.body(body.to_string()).send().await.unwrap();
    let page = logged(&server, "", 1).await;
    let id = page["rows"][0]["id"].clone();
    let ask = async |columns: Value| {
        let wanted = json!({ "ids": [id], "columns": columns });
        server.send(Method::POST, "/exchanges/cells", wanted).await
    };
    let columns = json!([
        "header.x-tenant",
        "header.authorization",
        "req.body:$.order.id",
        "req.body:$.password",
        "req.body:$.of[*]",
        "res.header.content-type",
        "req.body:$.none",
        "limit.left",
        "trace",
    ]);
    let (status, rows) = ask(columns).await;
    assert_eq!(status, 200, "{rows}");
    assert_eq!(rows[0]["id"], id);
    let cells = &rows[0]["cells"];
    let text = |at: usize| cells[at]["text"].as_str().unwrap_or_default();
    assert_eq!((text(0), text(2), text(4)), ("acme", "7", "1, 2"));
    assert!(!rows.to_string().contains("s3cret") && !rows.to_string().contains("hunter2"));
    assert!(
        !text(1).is_empty() && !text(3).is_empty(),
        "masked, not left out"
    );
    assert!(text(5).contains("json"), "{cells}");
    assert_eq!(cells[6], json!({ "missing": "absent" }));
    assert_eq!(cells[7], json!({ "missing": "no_limit" }));
    assert_eq!(text(8).len(), 32);
    let (status, problem) = ask(json!(["res.body:order.id"])).await;
    assert_eq!((status, &problem["code"]), (400, &json!("request_invalid")));
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.contains("`order.id` is no JSON path"), "{detail}");
    assert_eq!(ask(json!(["colour"])).await.0, 400);
}

/// What a member of a body's JSON is can be filtered by, as its column offers it.
#[tokio::test]
async fn a_member_of_a_body_filters_as_its_column_shows_it() {
    let server = with_echo().await;
    for id in [7, 17] {
        let sent = server.client.post(server.gateway_url("/orders"));
        let sent = sent.header("content-type", "application/json");
        let body = json!({ "order": { "id": id } }).to_string();
        sent.body(body).send().await.unwrap();
    }
    logged(&server, "", 2).await;
    let page = logged(&server, "q=req.body.order.id:%3D7", 1).await;
    assert_eq!(page["rows"].as_array().unwrap().len(), 1);
    logged(&server, "q=req.body.order.id:7", 2).await;
}
