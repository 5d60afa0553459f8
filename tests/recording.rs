//! Every request becomes one row, whatever became of it, and no secret is in it.

use gateway_core::record::decision::{Facts, Stage, Verdict};
use gateway_core::record::filter::Filter;
use gateway_core::record::sentence::sentence;
use gateway_core::record::summary::{ExchangeSummary, Source};

use crate::harness::{TestGateway, assert_free_of, gateway, upstream};

const SHOP: &str = "
version: 1
services: [{name: shop, targets: [{url: 'UPSTREAM'}]}]
routes:
  - {name: open, service: shop, match: {path: /open}}
  - name: keyed
    service: shop
    match: {path: /keyed}
    authentication: {methods: [api_key]}
    rate_limits: [{requests: 1, per: minute, by: key}]
";

async fn shop(url: &str) -> TestGateway {
    gateway(&SHOP.replace("UPSTREAM", url)).await
}

/// The sentence and the stages of the newest row.
async fn newest(gateway: &TestGateway) -> (ExchangeSummary, String, Vec<(Stage, Verdict)>) {
    let row = gateway.rows().await.remove(0);
    let (summary, kept) = gateway.gateway.log().exchange(row.id).unwrap().unwrap();
    let stages = kept
        .trace
        .iter()
        .map(|decision| (decision.stage, decision.verdict))
        .collect();
    let text = sentence(&summary, &kept);
    (summary, text, stages)
}

#[tokio::test]
async fn each_answer_says_who_gave_it_and_why_in_one_sentence() {
    let service = upstream("ok").await;
    let gateway = shop(&service.url()).await;
    let key = gateway.issue_key("mobile");

    gateway.get("/open/7?page=2").await;
    let (row, text, stages) = newest(&gateway).await;
    let start = format!(
        "Answered by service `shop` ({}) with 200 in ",
        service.url()
    );
    assert!(text.starts_with(&start), "{text}");
    assert_eq!(
        (row.source, row.status, row.code),
        (Source::Upstream, 200, None)
    );
    assert_eq!(
        (row.path.as_str(), row.query.as_deref()),
        ("/open/7", Some("page=2"))
    );
    assert_eq!(row.response_bytes, 2);
    assert_eq!(
        stages,
        [
            (Stage::Accept, Verdict::Passed),
            (Stage::MatchRoute, Verdict::Passed),
            (Stage::Authenticate, Verdict::NotConfigured),
            (Stage::RateLimit, Verdict::NotConfigured),
            (Stage::Forward, Verdict::Answered),
        ]
    );

    gateway.get("/opne").await;
    let (row, text, stages) = newest(&gateway).await;
    assert_eq!(
        text,
        "No route takes this request. The nearest is `open`: path `/opne` is not under `/open`."
    );
    assert_eq!(
        (row.source, row.note.as_deref()),
        (Source::Gateway, Some("no route"))
    );
    assert_eq!(stages.last(), Some(&(Stage::MatchRoute, Verdict::Stopped)));

    gateway.get("/keyed").await;
    let (row, text, _) = newest(&gateway).await;
    assert_eq!(
        text,
        "Refused: no API key was sent, and one is needed on route `keyed`."
    );
    assert_eq!((row.status, row.note.as_deref()), (401, Some("no key")));

    gateway.get_with_key("/keyed", &key).await;
    gateway.get_with_key("/keyed", &key).await;
    let (row, text, stages) = newest(&gateway).await;
    assert_eq!(
        text,
        "Stopped by rate limit `1/min per key` on route `keyed`: 1 of 1 used; room for one more in 60 s."
    );
    assert_eq!(
        (row.status, row.note.as_deref()),
        (429, Some("1/min per key"))
    );
    assert_eq!(row.key.unwrap().name, "mobile");
    assert_eq!(stages.last(), Some(&(Stage::RateLimit, Verdict::Stopped)));

    drop(service);
    gateway
        .apply(&SHOP.replace("UPSTREAM", "http://127.0.0.1:1"))
        .await;
    gateway.get("/open").await;
    let (row, text, _) = newest(&gateway).await;
    assert!(
        text.starts_with("Service `shop` gave no answer: no connection to 127.0.0.1:1"),
        "{text}"
    );
    assert_eq!((row.status, row.note.as_deref()), (502, Some("refused")));
    let (_, kept) = gateway.gateway.log().exchange(row.id).unwrap().unwrap();
    assert_eq!(kept.attempts[0].code.unwrap().as_str(), "upstream_refused");
}

/// RL-3, RL-7: the numbers that decided are in the trace.
#[tokio::test]
async fn a_limit_leaves_the_numbers_it_decided_by() {
    let service = upstream("ok").await;
    let gateway = shop(&service.url()).await;
    let key = gateway.issue_key("mobile");
    for expected in [(1, 0, true), (0, 0, false)] {
        gateway.get_with_key("/keyed", &key).await;
        let row = gateway.rows().await.remove(0);
        let (_, kept) = gateway.gateway.log().exchange(row.id).unwrap().unwrap();
        let limits = kept
            .trace
            .iter()
            .find_map(|decision| match &decision.facts {
                Facts::Limits { limits, .. } => Some(limits.clone()),
                _ => None,
            });
        let limit = limits.unwrap().remove(0);
        assert_eq!(
            (
                limit.remaining_before,
                limit.remaining_after,
                limit.admitted
            ),
            expected
        );
        let key = row.key.unwrap().id;
        assert_eq!(limit.partition, format!("key {key}"));
        assert_eq!(limit.full_after_ms, 60_000);
    }
}

/// LG-3, KEY-3; reliability.md, items 23 and 30
#[tokio::test]
async fn no_secret_is_in_the_files_or_in_what_is_shown() {
    let service = upstream(r#"{"access_token":"canary-answer","fine":"visible"}"#).await;
    let gateway = shop(&service.url()).await;
    let key = gateway.issue_key("mobile");
    let request = gateway
        .client
        .post(gateway.url(&format!("/keyed/{key}?token=canary-query&other={key}")))
        .header("x-api-key", &key)
        .header("authorization", "Bearer canary-bearer")
        .header("cookie", "session=canary-cookie")
        .header(
            "referer",
            format!("http://user:canary-user@x/?api_key=canary-referer&k={key}"),
        )
        .header("content-type", "application/json")
        .body(format!(
            r#"{{"password":"canary-body","nested":{{"secret":["canary-deep"]}},"k":"{key}"}}"#
        ));
    request.send().await.unwrap();
    let wrong = gateway
        .client
        .get(gateway.url("/keyed"))
        .header("authorization", "Bearer canary-wrong");
    wrong.send().await.unwrap();
    let mut shown = String::new();
    for row in gateway.rows().await {
        let (summary, kept) = gateway.gateway.log().exchange(row.id).unwrap().unwrap();
        shown += &format!("{summary:?} {kept:?} {}", sentence(&summary, &kept));
    }
    assert!(
        shown.contains("visible"),
        "what is no secret is kept: {shown}"
    );
    assert!(
        !shown.contains("canary") && !shown.contains(&key),
        "{shown}"
    );
    let dir = gateway.stop().await;
    assert_free_of(dir.path(), &["canary", &key]);
}

#[tokio::test]
async fn the_log_and_the_configuration_survive_a_restart() {
    let service = upstream("ok").await;
    let gateway = shop(&service.url()).await;
    let key = gateway.issue_key("mobile");
    for _ in 0..3 {
        gateway.get("/open").await;
    }
    let before = gateway.rows().await;
    let dir = gateway.stop().await;
    let gateway = TestGateway::in_dir(dir, None).await;
    assert_eq!(gateway.rows().await, before);
    assert_eq!(gateway.gateway.current().revision, 1);
    assert_eq!(gateway.get_with_key("/keyed", &key).await.status(), 200);
    let after = gateway.rows().await;
    assert_eq!(after.len(), 4);
    assert!(
        after[0].seq > before[0].seq,
        "numbers go on where they were"
    );
}

#[tokio::test]
async fn usage_per_key_counts_every_request() {
    let service = upstream("ok").await;
    let gateway = shop(&service.url()).await;
    let key = gateway.issue_key("mobile");
    let id = gateway.gateway.keys().list()[0].id;
    for _ in 0..5 {
        gateway.get_with_key("/keyed", &key).await;
    }
    gateway.gateway.keys().revoke(id).unwrap();
    gateway.get_with_key("/keyed", &key).await;
    gateway.rows().await;
    let now_us = gateway.gateway.clock().now().epoch_us;
    let usage = gateway
        .gateway
        .log()
        .key_usage(now_us)
        .unwrap()
        .remove(&id)
        .unwrap();
    assert_eq!(
        (usage.requests, usage.limited, usage.refused, usage.errors),
        (6, 4, 1, 0)
    );
    assert_eq!(usage.hourly.iter().sum::<u64>(), 6);
    assert_eq!(usage.hourly[23], 6);
    assert_eq!(usage.last_used_at_us, Some(now_us));
}

/// LG-5, I6, I8: a log that cannot be written is left as it is, and traffic goes on.
#[tokio::test]
async fn a_damaged_log_stops_no_traffic_and_is_said() {
    let dir = tempfile::tempdir().unwrap();
    let log = dir.path().join("traffic.db");
    std::fs::write(&log, "no database at all ".repeat(500)).unwrap();
    let before = std::fs::read(&log).unwrap();
    let service = upstream("ok").await;
    let gateway = TestGateway::in_dir(dir, Some(&SHOP.replace("UPSTREAM", &service.url()))).await;
    assert_eq!(gateway.get("/open").await.status(), 200);
    let degraded = gateway
        .eventually(|gateway| gateway.recorder().status().degraded)
        .await;
    assert!(
        degraded.contains("traffic.db") && degraded.contains("damaged"),
        "{degraded}"
    );
    assert_eq!(std::fs::read(&log).unwrap(), before);
    // Mended by a person, it heals by itself, and what happened meanwhile is there.
    std::fs::remove_file(&log).unwrap();
    let rows = gateway.eventually(|gateway| {
        let page = gateway.log().page(&Filter::default(), None, 10).ok()?;
        (!page.rows.is_empty()).then_some(page.rows)
    });
    assert_eq!(rows.await.len(), 1);
    let healed =
        gateway.eventually(|gateway| gateway.recorder().status().degraded.is_none().then_some(()));
    healed.await;
}

#[tokio::test]
async fn retention_keeps_the_newest_rows() {
    let service = upstream("ok").await;
    let yaml = format!(
        "{}\nrecording: {{retention: {{max_rows: 100}}}}",
        SHOP.replace("UPSTREAM", &service.url())
    );
    let gateway = gateway(&yaml).await;
    for _ in 0..250 {
        gateway.get("/open").await;
    }
    let newest = gateway.rows().await[0].seq;
    let left = gateway.eventually(|gateway| {
        let size = gateway.log().size().unwrap();
        (size.rows <= 100).then_some(size.rows)
    });
    assert_eq!(left.await, 100);
    assert_eq!(gateway.rows().await[0].seq, newest);
}
