//! Bodies that are too large to be shown whole: their pages, what stands in them, and as files.

use std::fmt::Write as _;

use gateway_core::record::summary::ExchangeSummary;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use http::{Request, Response};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::harness::{TestGateway, Upstream, admin, full, gateway};

const MIB: usize = 1024 * 1024;

/// A gateway in front of a service that answers with `body`, and keeps 16 MiB of each body.
async fn answered_with(kind: &'static str, body: Vec<u8>) -> (Upstream, TestGateway) {
    let service = Upstream::start(move |_| {
        let mut response = Response::new(full(body.clone()));
        let kind = kind.parse().unwrap();
        response.headers_mut().insert(CONTENT_TYPE, kind);
        response
    })
    .await;
    let gateway = gateway(&format!(
        "{{version: 1, recording: {{max_body_bytes: 16777216}},
           services: [{{name: shop, targets: [{{url: '{}'}}]}}],
           routes: [{{name: orders, match: {{path: /orders}}, service: shop}}]}}",
        service.url()
    ))
    .await;
    (service, gateway)
}

async fn asked(gateway: &TestGateway) -> ExchangeSummary {
    let answer = gateway.get("/orders").await;
    assert_eq!(answer.status(), 200);
    answer.bytes().await.unwrap();
    gateway.rows().await.remove(0)
}

/// `path` of the answer's body of a request.
async fn body_of(gateway: &TestGateway, row: &ExchangeSummary, path: &str) -> (u16, Value) {
    let path = format!("/exchanges/{}/bodies/response{path}", row.id.0);
    admin::get(&gateway.gateway, &path).await
}

/// The same through an admin API that is made once, for what is asked often.
async fn from(router: &axum::Router, row: &ExchangeSummary, path: &str) -> Value {
    let path = format!("/api/v1/exchanges/{}/bodies/response{path}", row.id.0);
    let request = Request::get(path).body(axum::body::Body::empty()).unwrap();
    let answer = router.clone().oneshot(request).await.unwrap();
    assert_eq!(answer.status(), 200);
    let bytes = answer.into_body().collect().await.unwrap().to_bytes();
    serde_json::from_slice(&bytes).unwrap()
}

async fn all_pages(gateway: &TestGateway, row: &ExchangeSummary, view: &str) -> String {
    let router = gateway_core::admin::router(gateway.gateway.clone());
    let index = from(&router, row, &format!("?view={view}")).await;
    let mut text = String::new();
    for page in 0..index["page_lines"].as_array().unwrap().len() {
        let page = from(&router, row, &format!("/pages/{page}?view={view}")).await;
        text.push_str(page["text"].as_str().unwrap());
    }
    text
}

#[tokio::test]
async fn a_body_of_many_megabytes_is_read_in_pages_and_searched() {
    let mut sent = String::new();
    let mut count = 0;
    while sent.len() < 7 * MIB {
        writeln!(sent, "line {count}: tea, cups and a kettle €").unwrap();
        count += 1;
    }
    let (_service, gateway) = answered_with("text/plain", sent.clone().into_bytes()).await;
    let row = asked(&gateway).await;
    assert_eq!(all_pages(&gateway, &row, "sent").await, sent);
    let (_, index) = body_of(&gateway, &row, "").await;
    assert_eq!(
        (&index["lines"], &index["bytes"]),
        (&json!(count), &json!(sent.len()))
    );

    let (status, found) = body_of(&gateway, &row, "/search?q=KETTLE&nth=70000").await;
    assert_eq!((status, &found["count"]), (200, &json!(count)), "{found}");
    assert_eq!(found["hit"]["line"], 70_000);
    assert_eq!(found["hit"]["before"], "line 70000: tea, cups and a ");
    let (_, none) = body_of(&gateway, &row, "/search?q=KETTLE&match_case=true").await;
    assert_eq!(none, json!({ "count": 0, "hit": null }));

    for (path, detail) in [
        ("/pages/9999", "There is no page 9999; this body has"),
        ("/pages/-1", "Cannot parse `page`"),
        ("/search?q=", "`q` is empty; say what to look for."),
        (
            "/search?q=line%2070000&nth=5",
            "`nth` is 5, and there are 1 places",
        ),
        ("/search", "missing field `q`"),
        ("?view=formatted", "this body is neither JSON nor XML"),
        ("?view=upside_down", "unknown variant `upside_down`"),
    ] {
        let (status, problem) = body_of(&gateway, &row, path).await;
        let said = problem["detail"].as_str().unwrap_or_default();
        assert!(status == 400 && said.contains(detail), "{path}: {problem}");
    }
    let nobody = "/exchanges/018f3c9e-0000-7000-8000-000000000000/bodies/response";
    assert_eq!(admin::get(&gateway.gateway, nobody).await.0, 404);
    let (status, problem) = admin::get(
        &gateway.gateway,
        &format!("/exchanges/{}/bodies/request", row.id.0),
    )
    .await;
    assert_eq!(status, 404, "nothing was sent: {problem}");
}

#[tokio::test]
async fn a_large_document_in_one_line_is_formatted_in_the_gateway() {
    let items: Vec<Value> = (0..40_000)
        .map(|id| json!({ "id": id, "name": "kettle", "tags": ["a", "b"] }))
        .collect();
    let sent = json!({ "items": items }).to_string();
    assert!(sent.len() > MIB && !sent.contains('\n'));
    let (_service, gateway) = answered_with("application/json", sent.clone().into_bytes()).await;
    let row = asked(&gateway).await;
    let formatted = all_pages(&gateway, &row, "formatted").await;
    let first = "{\n  \"items\": [\n    {\n      \"id\": 0,\n      \"name\": \"kettle\",";
    assert!(formatted.starts_with(first), "{}", &formatted[..100]);
    let again: Value = serde_json::from_str(&formatted).unwrap();
    assert_eq!(again.to_string(), sent);
    let (_, page) = body_of(&gateway, &row, "/pages/3").await;
    assert_eq!(
        (&page["begins_inside"], &page["first_line"]),
        (&json!(true), &json!(1)),
        "as it was sent it is one line"
    );
    assert_eq!(page["rest_of_last_line"], sent.len() - 4 * 64 * 1024);
    let path = "/search?view=formatted&q=39999";
    let (_, found) = body_of(&gateway, &row, path).await;
    assert_eq!(found["hit"]["before"], "      \"id\": ");

    // The window asks for the beginning alone; whoever asks for all of it gets that.
    let path = format!("/exchanges/{}", row.id.0);
    let (_, detail) = admin::get(&gateway.gateway, &format!("{path}?body_bytes=1000")).await;
    let body = &detail["response_body"];
    assert_eq!(body["text"], sent[..1_000]);
    assert_eq!(
        (&body["kept_bytes"], &body["truncated"]),
        (&json!(sent.len()), &json!(false))
    );
    let (_, detail) = admin::get(&gateway.gateway, &path).await;
    assert_eq!(detail["response_body"]["text"], sent);
    assert!(detail["response_body"]["kept_bytes"].is_null());
}

#[tokio::test]
async fn a_body_is_had_as_the_file_it_was() {
    let sent: Vec<u8> = (0..2 * MIB).map(|at| (at % 251) as u8).collect();
    let (_service, gateway) = answered_with("image/png", sent.clone()).await;
    let row = asked(&gateway).await;
    let (_, index) = body_of(&gateway, &row, "").await;
    assert_eq!(
        (&index["is_text"], &index["lines"]),
        (&json!(false), &json!(2 * MIB / 16))
    );

    let path = format!("/api/v1/exchanges/{}/bodies/response", row.id.0);
    let file = Request::get(format!("{path}/file")).body(axum::body::Body::empty());
    let router = gateway_core::admin::router(gateway.gateway.clone());
    let answer = router.oneshot(file.unwrap()).await.unwrap();
    assert_eq!(
        answer.headers()[CONTENT_DISPOSITION],
        "attachment; filename=\"response-body.png\""
    );
    assert_eq!(answer.headers()[CONTENT_TYPE], "application/octet-stream");
    let bytes = answer.into_body().collect().await.unwrap().to_bytes();
    assert!(bytes == sent);

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("copy.png");
    let wish = json!({ "path": file });
    let save = format!("/exchanges/{}/bodies/response/save", row.id.0);
    let (status, saved) = admin::post(&gateway.gateway, &save, &wish).await;
    assert_eq!((status, &saved["bytes"]), (200, &json!(2 * MIB)), "{saved}");
    assert!(std::fs::read(&file).unwrap() == sent);
    let (status, problem) = admin::post(&gateway.gateway, &save, &wish).await;
    assert_eq!(status, 422, "it stays as it is: {problem}");
    assert_eq!(problem["issues"][0]["path"], "path");
}

/// LG-3
#[tokio::test]
async fn secrets_of_large_bodies_are_masked_on_every_page_and_in_files() {
    let items: Vec<Value> = (0..20_000)
        .map(|id| json!({ "id": id, "password": format!("canary-{id}") }))
        .collect();
    let sent = json!({ "items": items }).to_string();
    let (_service, gateway) = answered_with("application/json", sent.into_bytes()).await;
    let row = asked(&gateway).await;
    for view in ["sent", "formatted"] {
        assert!(!all_pages(&gateway, &row, view).await.contains("canary"));
        let path = format!("/search?view={view}&q=canary");
        assert_eq!(body_of(&gateway, &row, &path).await.1["count"], 0);
    }
    let (_, page) = body_of(&gateway, &row, "/pages/0?view=formatted").await;
    assert!(
        page["text"]
            .as_str()
            .unwrap()
            .contains("\"password\": \"•••\"")
    );
}
