//! Keeping requests of the log and removing them, from outside.

use reqwest::Method;
use serde_json::{Value, json};

use crate::events::Events;
use crate::server::{Server, eventually};

/// A server with so many requests to `/t/1` and so on in its log, and their ids.
async fn with_requests(count: usize) -> (Server, Vec<String>) {
    let server = Server::start();
    server
        .post("/first-route", json!({ "target": { "kind": "echo" } }))
        .await;
    for number in 1..=count {
        let request = server
            .client
            .get(server.gateway_url(&format!("/t/{number}")));
        request.send().await.unwrap();
    }
    let ids = eventually(async || {
        let found = rows(&server, "path:/t").await;
        let ids = found
            .iter()
            .rev()
            .map(|row| row["id"].as_str().unwrap().to_owned());
        (found.len() == count).then_some(ids.collect())
    })
    .await;
    (server, ids)
}

async fn rows(server: &Server, q: &str) -> Vec<Value> {
    let (status, page) = server.get(&format!("/exchanges?q={q}")).await;
    assert_eq!(status, 200, "{page}");
    page["rows"].as_array().unwrap().clone()
}

async fn paths(server: &Server, q: &str) -> Vec<String> {
    let rows = rows(server, q).await;
    let path = |row: &Value| row["path"].as_str().unwrap().to_owned();
    rows.iter().map(path).collect()
}

#[tokio::test]
async fn pinned_requests_outlive_the_log_and_everyone_is_told() {
    let (server, ids) = with_requests(3).await;
    let mut events = Events::open(&server, "").await;
    let wish = json!({ "ids": [ids[0], ids[1]], "pinned": true });
    let (status, done) = server.post("/exchanges/pin", wish.clone()).await;
    assert_eq!(status, 200, "{done}");
    assert_eq!(done, json!({ "changed": [ids[0], ids[1]], "missing": [] }));
    let told = events.next_of("log_changed").await;
    assert_eq!(told["action"], "pinned");
    assert_eq!(told["ids"], json!([ids[0], ids[1]]));
    let (_, again) = server.post("/exchanges/pin", wish).await;
    assert_eq!(again["changed"], json!([]));

    assert_eq!(paths(&server, "is:pinned").await, ["/t/2", "/t/1"]);
    assert_eq!(rows(&server, "path:/t/1").await[0]["pinned"], true);
    let (_, cleared) = server.send(Method::DELETE, "/exchanges", json!({})).await;
    assert!(cleared["removed"].as_u64() >= Some(1));
    assert_eq!(events.next_of("log_changed").await["action"], "cleared");
    assert_eq!(paths(&server, "").await, ["/t/2", "/t/1"]);

    let wish = json!({ "ids": [ids[0], ids[1]], "pinned": false });
    server.post("/exchanges/pin", wish).await;
    assert_eq!(events.next_of("log_changed").await["action"], "unpinned");
    server.send(Method::DELETE, "/exchanges", json!({})).await;
    assert_eq!(paths(&server, "").await, [""; 0]);
    let gone = json!({ "ids": [ids[0]], "pinned": true });
    let (status, problem) = server.post("/exchanges/pin", gone).await;
    assert_eq!((status, &problem["code"]), (404, &json!("not_found")));
}

#[tokio::test]
async fn removed_requests_come_back_while_they_can_and_pinned_ones_stay() {
    let (server, ids) = with_requests(4).await;
    let wish = json!({ "ids": [ids[3]], "pinned": true });
    server.post("/exchanges/pin", wish).await;
    let usage = async || server.get("/usage").await.1["total"]["requests"].clone();
    let used = usage().await;
    let mut events = Events::open(&server, "").await;
    let wish = json!({ "ids": [ids[0], ids[1], ids[3]] });
    let (status, done) = server.post("/exchanges/remove", wish).await;
    assert_eq!(status, 200, "{done}");
    assert_eq!(done["removed"], json!([ids[0], ids[1]]));
    assert_eq!(done["pinned"], json!([ids[3]]));
    assert_eq!(events.next_of("log_changed").await["action"], "removed");
    assert_eq!(paths(&server, "path:/t").await, ["/t/4", "/t/3"]);
    let (_, histogram) = server.get("/exchanges/histogram?q=path:/t").await;
    assert_eq!(histogram["total"], 2);
    assert_eq!(server.get(&format!("/exchanges/{}", ids[0])).await.0, 404);
    assert_eq!(usage().await, used, "sums stay");

    let (status, back) = server
        .post("/exchanges/restore", json!({ "ids": ids }))
        .await;
    assert_eq!(status, 200, "{back}");
    assert_eq!(back["rows"].as_array().unwrap().len(), 2);
    assert_eq!(back["missing"], json!([ids[2], ids[3]]));
    assert_eq!(events.next_of("log_changed").await["action"], "restored");
    assert_eq!(
        paths(&server, "path:/t").await,
        ["/t/4", "/t/3", "/t/2", "/t/1"]
    );
    assert_eq!(server.get(&format!("/exchanges/{}", ids[0])).await.0, 200);
    let (status, problem) = server
        .post("/exchanges/restore", json!({ "ids": ids }))
        .await;
    assert_eq!((status, &problem["code"]), (404, &json!("not_found")));
}

#[tokio::test]
async fn what_was_removed_is_gone_for_good_after_a_restart() {
    let (server, ids) = with_requests(2).await;
    server
        .post("/exchanges/remove", json!({ "ids": [ids[0]] }))
        .await;
    let (_, _, data) = server.stop();
    let server = Server::with(data, &[]);
    let (status, problem) = server
        .post("/exchanges/restore", json!({ "ids": [ids[0]] }))
        .await;
    assert_eq!((status, &problem["code"]), (404, &json!("not_found")));
    assert_eq!(paths(&server, "path:/t").await, ["/t/2"]);
}

#[tokio::test]
async fn what_cannot_be_kept_or_removed_is_said() {
    let (server, ids) = with_requests(1).await;
    for path in ["/exchanges/remove", "/exchanges/restore"] {
        let (status, problem) = server.post(path, json!({ "ids": [] })).await;
        assert_eq!((status, &problem["code"]), (422, &json!("body_invalid")));
        assert_eq!(problem["issues"][0]["path"], "ids");
        let many = vec![ids[0].clone(); 1_001];
        assert_eq!(server.post(path, json!({ "ids": many })).await.0, 422);
    }
}

#[tokio::test]
async fn a_term_that_does_not_apply_is_refused_wherever_requests_are_asked_for() {
    let (server, _) = with_requests(1).await;
    for (q, at, says) in [
        ("path:~[", 5, "`[` is no regular expression"),
        ("method:GET stats:5xx", 11, "did you mean `status:`?"),
        ("status:abc", 7, "`404`, `5xx`"),
        ("status:", 0, "needs a value"),
    ] {
        let encoded = q.replace(' ', "%20").replace('[', "%5B");
        for path in [
            "/exchanges?",
            "/exchanges/sorted?by=duration&",
            "/exchanges/histogram?",
            "/exchanges/hidden?",
            "/events?",
        ] {
            let (status, problem) = server.get(&format!("{path}q={encoded}")).await;
            assert_eq!(status, 400, "{path}{q}: {problem}");
            assert_eq!(problem["code"], "filter_invalid");
            assert_eq!(problem["at"], at, "{problem}");
            let detail = problem["detail"].as_str().unwrap();
            assert!(detail.contains(says), "{detail}");
            let (_, reading) = server.get(&format!("/exchanges/filter?q={encoded}")).await;
            let note = reading["notes"][0]["message"].as_str().unwrap();
            assert!(detail.starts_with(note), "the window says the same: {note}");
        }
        let wish = json!({ "form": "har", "q": q });
        let (status, problem) = server.post("/exchanges/export", wish).await;
        assert_eq!((status, &problem["at"]), (400, &json!(at)), "{problem}");
    }
    // The window leaves it out while one types.
    let (status, page) = server
        .get("/exchanges?q=path:/t%20stats:5xx&lenient=true")
        .await;
    assert_eq!(
        (status, page["rows"].as_array().map(Vec::len)),
        (200, Some(1))
    );
}
