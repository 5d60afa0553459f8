//! Finding requests: what filters mean, how they go on, what they show over time, and views.

use reqwest::Method;
use serde_json::{Value, json};

use crate::events::Events;
use crate::server::{Server, eventually};

async fn with_traffic() -> Server {
    let server = Server::start();
    server
        .post("/first-route", json!({ "target": { "kind": "echo" } }))
        .await;
    for path in ["/a?status=503", "/b?page=2", "/b/7?status=404"] {
        let request = server.client.get(server.gateway_url(path));
        let request = request.header("x-trace", "abc-1");
        request.send().await.unwrap();
    }
    eventually(async || {
        let (_, page) = server.get("/exchanges?q=path:/a,/b").await;
        (page["rows"].as_array().unwrap().len() == 3).then_some(())
    })
    .await;
    server
}

fn paths(page: &Value) -> Vec<&str> {
    let rows = page["rows"].as_array().unwrap().iter();
    rows.map(|row| row["path"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_filter_says_what_it_means_what_does_not_apply_and_what_hides_most() {
    let server = with_traffic().await;
    let (status, reading) = server
        .get("/exchanges/filter?q=%C3%A9%20stats:503%20status:5xx%20since:-1h%20body:x")
        .await;
    assert_eq!(status, 200, "{reading}");
    assert_eq!(reading["slow"], true);
    assert!(reading["since_us"].is_i64() && reading["until_us"].is_null());
    let meaning = reading["meaning"].as_str().unwrap();
    assert!(
        meaning.starts_with("Requests that mention `é`, answered 5xx, since 20"),
        "{meaning}"
    );
    let note = &reading["notes"][0];
    // Where JavaScript counts it, not in bytes.
    assert_eq!((&note["from"], &note["to"]), (&json!(2), &json!(11)));
    assert_eq!(
        (&note["kind"], &note["instead"]),
        (&json!("unknown_key"), &json!("status:503"))
    );

    let (_, hidden) = server
        .get("/exchanges/hidden?q=path:/b%20status:503%20method:GET")
        .await;
    assert_eq!(hidden["shown"], json!({ "count": 0, "all": true }));
    let without = &hidden["without"][0];
    assert_eq!(
        (&without["term"], &without["would_show"]["count"]),
        (&json!("status:503"), &json!(2))
    );
    assert_eq!(hidden["without"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn a_filter_goes_on_with_names_and_with_what_was_seen() {
    let server = with_traffic().await;
    let (_, found) = server.get("/exchanges/completions?q=%C3%A9%20dur").await;
    assert_eq!((&found["from"], &found["to"]), (&json!(2), &json!(5)));
    assert_eq!(found["options"][0]["text"], "duration:");
    let (_, found) = server
        .get("/exchanges/completions?q=path:/b%20x&at=7")
        .await;
    assert_eq!((&found["from"], &found["to"]), (&json!(0), &json!(7)));
    assert_eq!(
        found["options"],
        json!([{ "text": "path:/b/7", "help": null, "count": 1 }])
    );
}

#[tokio::test]
async fn requests_are_counted_over_time_by_class() {
    let server = with_traffic().await;
    for (q, counts) in [
        ("", [1, 1, 1]),
        ("path:/b", [1, 1, 0]),
        ("header.x-trace:=abc-1%20status:4xx", [0, 1, 0]),
        ("since:2020-01-01%20until:2020-01-02%20path:/a", [0, 0, 1]),
    ] {
        let (status, found) = server.get(&format!("/exchanges/histogram?q={q}")).await;
        assert_eq!(status, 200, "{found}");
        let bins = found["bins"].as_array().unwrap();
        let sum =
            |class: &str| -> u64 { bins.iter().map(|bin| bin[class].as_u64().unwrap()).sum() };
        // The search for services of another test may ask this gateway too.
        let [ok, refused, failed] = counts;
        assert!(sum("ok") >= ok && sum("refused") >= refused, "{q}: {found}");
        assert_eq!(sum("failed"), failed, "{q}");
        let total = found["total"].as_u64().unwrap();
        assert_eq!(
            total,
            sum("ok") + sum("refused") + sum("failed") + sum("redirected") + sum("other")
        );
        assert_eq!(found["counted_from"], Value::Null);
    }
}

/// LG-7
#[tokio::test]
async fn what_takes_the_detail_of_requests_is_found_as_it_ends_too() {
    let server = with_traffic().await;
    let mut events = Events::open(&server, "?q=header.x-trace:~%5Eabc%20body:needle").await;
    events.next_of("hello").await;
    for (path, body) in [("/c", "hay"), ("/d", "a needle in it")] {
        let request = server.client.post(server.gateway_url(path));
        let request = request.header("x-trace", "abc-2").body(body);
        request.send().await.unwrap();
    }
    let traffic = loop {
        let traffic = events.next_of("traffic").await;
        if traffic["matched"] != 0 {
            break traffic;
        }
    };
    assert_eq!(paths(&traffic), ["/d"]);
    assert_eq!(traffic["counts"][0]["ok"], 1);
    let (_, page) = server.get("/exchanges?q=body:needle").await;
    assert_eq!(paths(&page), ["/d"]);
    assert_eq!(page["next"], Value::Null);
}

#[tokio::test]
async fn views_are_kept_with_the_workspace() {
    let server = Server::start();
    let put = async |before: &str, name: &str, q: &str| {
        let view = json!({ "name": name, "q": q });
        server
            .send(Method::PUT, &format!("/views/{before}"), view)
            .await
    };
    assert_eq!(put("Errors", "Errors", "is:error").await.0, 200);
    assert_eq!(put("b", " My%20view ", "status:429").await.0, 200);
    let (status, views) = put("errors", "Failures", "status:5xx").await;
    assert_eq!(status, 200);
    let expected = json!([
        { "name": "Failures", "q": "status:5xx" },
        { "name": "My%20view", "q": "status:429" },
    ]);
    assert_eq!(views, expected);
    let (status, problem) = put("new", "failures", "x").await;
    assert_eq!((status, &problem["code"]), (400, &json!("request_invalid")));
    assert_eq!(put("x", "  ", "x").await.0, 400);
    assert_eq!(server.get("/views").await.1, expected);
    let (status, _) = server
        .send(Method::DELETE, "/views/failures", json!({}))
        .await;
    assert_eq!(status, 204);
    let (status, _) = server
        .send(Method::DELETE, "/views/failures", json!({}))
        .await;
    assert_eq!(status, 404);
    assert_eq!(server.get("/views").await.1.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_view_comes_back_with_its_columns_their_widths_and_its_order() {
    let server = Server::start();
    let layout = json!({
        "columns": [
            { "id": "status", "width": 90 },
            { "id": "path" },
            { "id": "res.body:$.order.id", "width": 140 },
        ],
        "sort": { "by": "duration", "descending": true },
        "time": "delta",
    });
    let view = json!({ "name": "Slow", "q": "is:slow", "layout": layout });
    let (status, views) = server.send(Method::PUT, "/views/Slow", view.clone()).await;
    assert_eq!((status, &views[0]), (200, &view));
    assert_eq!(server.get("/views").await.1[0], view);
    let columns: Vec<_> = (0..100)
        .map(|at| json!({ "id": format!("{at}") }))
        .collect();
    let view = json!({ "name": "Wide", "q": "", "layout": { "columns": columns } });
    assert_eq!(server.send(Method::PUT, "/views/Wide", view).await.0, 400);
}
