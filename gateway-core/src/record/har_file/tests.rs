use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::config::{ApiKeys, Redaction};
use crate::record::detail::ExchangeDetail;
use crate::record::export::har::har;

fn redactor() -> Redactor {
    Redactor::new(&Redaction::default(), &ApiKeys::default())
}

fn entry() -> Value {
    json!({
        "startedDateTime": "2026-01-02T03:04:05.678+01:00",
        "time": 12.5,
        "request": {
            "method": "POST", "url": "https://shop.test:8443/a%20b?x=1&token=canary-1",
            "httpVersion": "h2", "cookies": [], "queryString": [],
            "headers": [
                { "name": ":path", "value": "/a" },
                { "name": "Authorization", "value": "Bearer canary-2" },
                { "name": "Accept", "value": "*/*" },
                { "name": "bad name", "value": "x" },
                { "name": "x-bad", "value": "a\r\nb" },
            ],
            "headersSize": -1, "bodySize": 5,
            "postData": { "mimeType": "application/x-www-form-urlencoded", "params": [
                { "name": "a", "value": "b c" }, { "name": "password", "value": "canary-3" },
            ] },
        },
        "response": {
            "status": 200, "statusText": "OK", "httpVersion": "h2", "cookies": [],
            "headers": [{ "name": "set-cookie", "value": "s=canary-4; Path=/" }],
            "content": { "size": 3, "mimeType": "image/png", "text": "AP8K", "encoding": "base64" },
            "redirectURL": "", "headersSize": -1, "bodySize": -1,
        },
        "cache": {},
        "timings": { "blocked": 1, "dns": -1, "connect": 4, "ssl": 3, "send": 0.5, "wait": 6, "receive": 1 },
        "_unknown": { "anything": [1] },
    })
}

fn archive(entries: &[Value]) -> String {
    json!({ "log": { "version": "1.2", "creator": { "name": "X", "version": "1" }, "entries": entries } })
        .to_string()
}

/// HAR-3
#[test]
fn an_archive_is_read_and_masked() {
    let file = read(&format!("\u{feff}{}", archive(&[entry()])), &redactor()).unwrap();
    assert_eq!((file.creator.as_str(), file.skipped.len()), ("X", 0));
    let (summary, kept) = &file.exchanges[0];
    assert_eq!(summary.host, "shop.test:8443");
    assert_eq!(summary.path, "/a%20b");
    assert_eq!(summary.protocol, "https/2");
    assert_eq!(summary.duration_us, 12_500, "TLS is not added again");
    assert_eq!(summary.started_at_us, 1_767_319_445_678_000);
    assert_eq!(kept.response_body.base64.as_deref(), Some("AP8K"));
    assert_eq!(kept.client_request.len(), 2, "{:?}", kept.client_request);
    let form = kept.request_body.text.as_deref();
    assert_eq!(form, Some("a=b+c&password=•••"));
    let text = format!("{summary:?}{kept:?}");
    assert!(!text.contains("canary"), "{text}");
}

#[test]
fn what_is_written_here_is_read_again() {
    let file = read(&archive(&[entry()]), &redactor()).unwrap();
    let details: Vec<_> = file
        .exchanges
        .iter()
        .map(|(summary, kept)| ExchangeDetail {
            summary: summary.clone(),
            sentence: String::new(),
            kept: kept.clone(),
        })
        .collect();
    let again = read(&har(&details, &[]).to_string(), &redactor()).unwrap();
    let (before, after) = (&file.exchanges[0], &again.exchanges[0]);
    assert_eq!(before.1.client_request, after.1.client_request);
    assert_eq!(before.1.request_body.text, after.1.request_body.text);
    assert_eq!(before.1.response_body.base64, after.1.response_body.base64);
    assert_eq!(
        (&before.0.path, &before.0.query, before.0.duration_us),
        (&after.0.path, &after.0.query, after.0.duration_us)
    );
}

#[test]
fn hostile_files_are_refused_or_passed_over_with_a_reason() {
    let deep = "[".repeat(200_000);
    for text in [
        "",
        "{}",
        "[]",
        "<html>",
        &deep,
        &format!("{{\"log\":{{\"entries\":[{deep}"),
        r#"{"log":{"version":"2.0","entries":[]}}"#,
        r#"{"log":{"entries":{}}}"#,
        &archive(&vec![json!(1); MOST_ENTRIES + 1]),
    ] {
        let error = read(text, &redactor()).err().unwrap();
        assert!(error.ends_with('.') && error.len() < 400, "{error}");
    }
    let change = |path: &str, value: Value| {
        let mut entry = entry();
        *entry.pointer_mut(path).unwrap() = value;
        entry
    };
    let entries = [
        change("/request/url", json!("javascript:alert(1)")),
        change("/request/url", json!("file:///etc/passwd")),
        change("/request/url", json!("/no/host")),
        change("/request/method", json!("A B")),
        change("/response/status", json!(70_000)),
        change("/startedDateTime", json!("yesterday")),
        json!(1),
        entry(),
    ];
    let file = read(&archive(&entries), &redactor()).unwrap();
    assert_eq!((file.exchanges.len(), file.skipped.len()), (1, 7));
    assert!(
        file.skipped[0].contains("`javascript:`"),
        "{:?}",
        file.skipped
    );
    let odd = change(
        "/timings",
        json!({ "wait": 1e300, "receive": -5, "connect": 1e300 }),
    );
    assert_eq!(
        read(&archive(&[odd]), &redactor()).unwrap().exchanges.len(),
        1
    );
}

proptest! {
    #[test]
    fn reading_never_panics(text in any::<String>(), url in any::<String>(), size in any::<f64>()) {
        let _ = read(&text, &redactor());
        let mut entry = entry();
        entry["request"]["url"] = json!(format!("http://a/{url}"));
        entry["response"]["bodySize"] = json!(size);
        entry["response"]["content"]["text"] = json!(text);
        let _ = read(&archive(&[entry]), &redactor());
    }
}
