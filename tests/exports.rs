//! What is taken out of the log runs, reads back, and holds no secret.

use std::process::Command;

use gateway_core::record::summary::RequestOrigin;
use http::Response;
use serde_json::{Value, json};

use crate::harness::{TestGateway, Upstream, admin, full, gateway};

const SHOP: &str = "
version: 1
services: [{name: shop, targets: [{url: 'UPSTREAM'}]}]
routes: [{name: shop, service: shop, match: {path: /}}]
";

async fn shop() -> (Upstream, TestGateway) {
    let service = Upstream::start(|_| {
        Response::builder()
            .header("content-type", "application/json")
            .header("set-cookie", "sid=canary-cookie; Path=/")
            .body(full(r#"{"access_token":"canary-answer","n":1}"#))
            .unwrap()
    })
    .await;
    let gateway = gateway(&SHOP.replace("UPSTREAM", &service.url())).await;
    (service, gateway)
}

async fn export(gateway: &TestGateway, selection: &Value) -> Value {
    let (status, file) = admin::post(&gateway.gateway, "/exchanges/export", selection).await;
    assert_eq!(status, 200, "{file}");
    file
}

/// CURL-1: bodies and header values that shells, curl and HTTP read specially.
#[tokio::test]
async fn a_shell_with_curl_sends_the_same_bytes_again() {
    let (service, gateway) = shop().await;
    let bodies: [&[u8]; 9] = [
        b"plain",
        b"it's \"quoted\" \\ $HOME `id` $(id) !! #",
        b"line\nline\r\n\ttab\n",
        "é 日本 🦀 \u{2028}".as_bytes(),
        b"@/etc/passwd",
        b"",
        b"nul\0inside",
        b"\xff\xfe\x00\x80",
        b"'\\''-%41*?[a]{b,c}~;&|<>",
    ];
    for (number, body) in bodies.into_iter().enumerate() {
        let path = format!("/a%20b/../c/{number}?x=[1]&y={{a,b}}&z='!$(id)`id`\"");
        let mut request = gateway.client.post(gateway.url(&path));
        request = request
            .header("content-type", "text/plain")
            .header("x-value", "it's \"$HOME\" `id` !! \\ #")
            .header("x-empty", "");
        request.body(body).send().await.unwrap();
        let original = service.seen().pop().unwrap();
        let row = gateway.rows().await.remove(0);
        let path = format!("/exchanges/{}/curl", row.id);
        let (_, written) = admin::get(&gateway.gateway, &path).await;
        let folder = tempfile::tempdir().unwrap();
        let script = written["command"].as_str().unwrap().to_owned();
        let output = tokio::task::spawn_blocking(move || {
            Command::new("sh")
                .current_dir(&folder)
                .args(["-c", &script])
                .output()
                .unwrap()
        });
        let output = output.await.unwrap();
        assert!(output.status.success(), "{output:?}\n{written:#}");
        let again = service.seen().pop().unwrap();
        assert_eq!(again.body, original.body, "{written:#}");
        assert_eq!(
            (&again.method, &again.uri),
            (&original.method, &original.uri)
        );
        let told = |headers: &http::HeaderMap| {
            let mut told: Vec<_> = headers
                .iter()
                .filter(|(name, _)| {
                    !["content-length", "traceparent", "x-request-id"].contains(&name.as_str())
                })
                .map(|(name, value)| (name.to_string(), value.as_bytes().to_vec()))
                .collect();
            told.sort();
            told
        };
        assert_eq!(told(&again.headers), told(&original.headers), "{written:#}");
    }
}

/// HAR-2, reliability.md items 23 and 30
#[tokio::test]
async fn no_form_of_export_holds_a_secret() {
    let (_service, gateway) = shop().await;
    let key = gateway.issue_key("mobile");
    let jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.canary-signature";
    let url = gateway.url("/orders?token=canary-query&page=2");
    let request = gateway.client.post(url).header("x-api-key", &key);
    request
        .header("authorization", format!("Bearer {jwt}"))
        .header("cookie", "session=canary-session")
        .header("content-type", "application/json")
        .body(r#"{"password":"canary-body","a":1}"#)
        .send()
        .await
        .unwrap();
    gateway.get("/plain").await;
    let row = gateway.rows().await.pop().unwrap();
    for form in ["har", "json_lines", "csv", "curl"] {
        let file = export(&gateway, &json!({ "form": form, "q": "path:/orders" })).await;
        let text = file["text"].as_str().unwrap();
        assert_eq!(file["requests"], 1, "the other one does not match");
        for secret in ["canary", key.as_str(), "eyJzdWIiOiJjYW5hcnkifQ"] {
            assert!(!text.contains(secret), "{secret} in {form}: {text}");
        }
        let removed = file["removed"].to_string();
        for said in [
            "authorization",
            "cookie",
            "x-api-key",
            "query parameter `token`",
            "request body",
        ] {
            assert!(removed.contains(said), "{said} is not said in {removed}");
        }
    }
    let file = export(
        &gateway,
        &json!({ "form": "har", "ids": [row.id], "bodies": false }),
    )
    .await;
    let archive: Value = serde_json::from_str(file["text"].as_str().unwrap()).unwrap();
    let entry = &archive["log"]["entries"][0];
    assert_eq!(entry["request"]["postData"]["text"], "");
    let (status, _) = admin::post(
        &gateway.gateway,
        "/exchanges/export",
        &json!({ "form": "har", "q": "status:418" }),
    )
    .await;
    assert_eq!(status, 404);
}

/// HAR-3
#[tokio::test]
async fn an_archive_comes_into_the_log_masked_and_can_be_sent_again() {
    let (service, gateway) = shop().await;
    let archive = json!({ "log": { "version": "1.2", "creator": { "name": "X", "version": "1" }, "entries": [
        {
            "startedDateTime": "2019-01-02T03:04:05.678Z", "time": 5,
            "request": {
                "method": "GET", "url": "https://shop.example:8443/orders/7?token=canary-har",
                "httpVersion": "h2", "headersSize": -1, "bodySize": 0, "cookies": [], "queryString": [],
                "headers": [{ "name": "X-A", "value": "b" }, { "name": "Cookie", "value": "s=canary-har" }],
            },
            "response": {
                "status": 200, "statusText": "", "httpVersion": "h2", "cookies": [], "redirectURL": "",
                "headers": [], "headersSize": -1, "bodySize": 2,
                "content": { "size": 2, "mimeType": "text/html", "text": "<script>alert(1)</script>" },
            },
            "cache": {}, "timings": { "send": 0, "wait": 5, "receive": 0 },
        },
        { "request": { "method": "GET", "url": "data:text/html,x" } },
    ] } });
    let order = json!({ "har": archive.to_string() });
    let (status, read) = admin::post(&gateway.gateway, "/exchanges/import", &order).await;
    assert_eq!(status, 200, "{read}");
    assert_eq!(read["skipped"].as_array().unwrap().len(), 1);
    let rows = gateway.rows().await;
    assert_eq!(rows.len(), 1, "old as it is, it stays");
    let row = &rows[0];
    assert_eq!(row.origin, RequestOrigin::Import);
    assert_eq!(row.path, "/orders/7");
    let (_, detail) = admin::get(&gateway.gateway, &format!("/exchanges/{}", row.id)).await;
    assert!(!detail.to_string().contains("canary-har"));
    let sentence = detail["sentence"].as_str().unwrap();
    assert!(sentence.contains("did not pass this gateway"), "{sentence}");

    let path = format!("/exchanges/{}/replay", row.id);
    let (status, replayed) = admin::post(&gateway.gateway, &path, &json!({})).await;
    assert_eq!(status, 200, "{replayed}");
    let seen = service.only();
    assert_eq!(seen.uri, "/orders/7");
    assert_eq!(seen.headers["x-a"], "b");
    assert_eq!(seen.headers["host"], gateway.address().to_string());

    for bad in [
        "",
        "{}",
        "<html>",
        r#"{"log":{"version":"9","entries":[]}}"#,
    ] {
        let order = json!({ "har": bad });
        let (status, problem) = admin::post(&gateway.gateway, "/exchanges/import", &order).await;
        assert_eq!(
            (status, &problem["code"]),
            (422, &json!("body_invalid")),
            "{bad}"
        );
    }
}
