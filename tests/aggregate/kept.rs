//! Answers made of several services' that are kept and given again (CA-1 to CA-5): by the strictest of what
//! the parts say, and never to whom a part would have answered otherwise.

mod for_whom;
mod how_long;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use gateway_core::record::decision::{CacheFact, CacheResult, Facts, Stage};
use gateway_core::record::summary::Source;
use http::{Method, Response};
use serde_json::{Value, json};
use tokio::sync::watch;

use super::config;
use crate::cache::{ask, send};
use crate::harness::{Mood, Moody, TestGateway, Upstream, admin, full, gateway};

type Fields = &'static [(&'static str, &'static str)];

const FRESH: Fields = &[("cache-control", "max-age=60")];

/// A service whose answers have these fields, and say how many there were before and what was asked.
async fn saying(fields: Fields) -> Upstream {
    let asked = Arc::new(AtomicUsize::new(0));
    Upstream::start(move |seen| {
        let n = asked.fetch_add(1, Ordering::SeqCst);
        let who = seen.headers.get("x-consumer-id");
        let who = who.map(|who| who.to_str().unwrap());
        let body = json!({"n": n, "asked": seen.uri.to_string(), "who": who}).to_string();
        let mut answer = Response::builder();
        for (name, value) in fields {
            answer = answer.header(*name, *value);
        }
        answer.body(full(body)).unwrap()
    })
    .await
}

/// A route at `/dash/{id}` of the parts `a` and `b`, each a path of a service of its own.
fn two(a: &str, b: &str, cache: &Value) -> Value {
    let aggregate = json!({"parts": [
        {"name": "a", "service": "first", "path": "/a/{{request.path.id}}"},
        {"name": "b", "service": "second", "path": "/b"},
    ]});
    let services = [("first", a.to_owned()), ("second", b.to_owned())];
    let mut config: Value = serde_json::from_str(&config(&services, &aggregate)).unwrap();
    config["routes"][0]["cache"] = cache.clone();
    config
}

async fn keeping(a: &Upstream, b: &Upstream, cache: Value) -> TestGateway {
    gateway(&two(&a.url(), &b.url(), &cache).to_string()).await
}

/// What is in the log about the cache, of the newest request.
async fn fact(gateway: &TestGateway) -> CacheFact {
    let (_, kept, _) = gateway.newest().await;
    let found = kept.trace.iter().find(|one| one.stage == Stage::Cache);
    match found.map(|decision| &decision.facts) {
        Some(Facts::Cache(fact)) => fact.clone(),
        other => panic!("the cache was expected: {other:?}"),
    }
}

/// CA-3, CA-4
#[tokio::test]
async fn a_hit_asks_for_no_part_and_the_log_says_why_it_is_one() {
    let (a, b) = (saying(FRESH).await, saying(FRESH).await);
    let gateway = keeping(&a, &b, json!({})).await;
    let first = ask(&gateway, "/dash/7", &[]).await;
    assert_eq!(
        first.field("cache-status"),
        "gatewright; fwd=uri-miss; stored"
    );
    let (row, kept, sentence) = gateway.newest().await;
    assert_eq!(
        (row.source, row.cache),
        (Source::Upstream, Some(CacheResult::Miss))
    );
    assert!(
        sentence.ends_with("2 parts, 2 requests, all there."),
        "{sentence}"
    );
    let stages: Vec<_> = kept.trace.iter().map(|one| one.stage).collect();
    assert!(
        stages.ends_with(&[Stage::Cache, Stage::Aggregate]),
        "{stages:?}"
    );
    let why = fact(&gateway).await.stored_reason.unwrap();
    assert_eq!(why, "fresh for 60 s by `max-age` (part `a`)");

    gateway.clock.advance(Duration::from_secs(20));
    let again = ask(&gateway, "/dash/7", &[]).await;
    assert_eq!((&again.body, again.status), (&first.body, 200));
    assert_eq!(again.field("cache-status"), "gatewright; hit; ttl=40");
    assert_eq!(again.field("age"), "20");
    assert_eq!(again.field("x-gateway-completed"), "true");
    assert_eq!(again.field("content-type"), "application/json");
    assert_eq!(
        (a.seen().len(), b.seen().len()),
        (1, 1),
        "no part was asked for"
    );
    let (row, kept, sentence) = gateway.newest().await;
    assert_eq!(
        (row.source, row.cache),
        (Source::Cache, Some(CacheResult::Hit))
    );
    assert_eq!((row.tries, row.note.as_deref()), (0, Some("kept")));
    assert!(kept.trace.iter().all(|one| one.stage != Stage::Aggregate));
    assert!(
        sentence.starts_with("Answered on route `dash` from the cache with 200"),
        "{sentence}"
    );
    assert!(
        sentence.ends_with("fresh: 20 s of 60 s by `max-age`."),
        "{sentence}"
    );

    // A path that is put into a part is another answer.
    assert!(!ask(&gateway, "/dash/8", &[]).await.is_hit());
    let (_, state) = admin::get(&gateway.gateway, "/cache").await;
    assert_eq!(
        (&state["answers"], &state["routes"][0]["route"]),
        (&json!(2), &json!("dash"))
    );
    assert_eq!(state["counts"]["hits"], 1);
    let (_, purged) = admin::post(
        &gateway.gateway,
        "/cache/purge",
        &json!({"kind": "url", "url": "/dash/7"}),
    )
    .await;
    assert_eq!(purged["answers"], 1);
    assert!(!ask(&gateway, "/dash/7", &[]).await.is_hit());
    assert!(ask(&gateway, "/dash/8", &[]).await.is_hit());
}

/// CA-5
#[tokio::test]
async fn a_change_of_a_parts_service_or_of_a_part_finds_nothing_of_before() {
    let (a, b) = (saying(FRESH).await, saying(FRESH).await);
    let gateway = keeping(&a, &b, json!({})).await;
    ask(&gateway, "/dash/7", &[]).await;
    assert!(ask(&gateway, "/dash/7", &[]).await.is_hit());
    let other = saying(FRESH).await;
    let changed = two(&a.url(), &other.url(), &json!({}));
    gateway.apply(&changed.to_string()).await;
    assert!(!ask(&gateway, "/dash/7", &[]).await.is_hit());
    assert_eq!((b.seen().len(), other.seen().len()), (1, 1));
    assert!(ask(&gateway, "/dash/7", &[]).await.is_hit());
    let mut changed = changed;
    changed["routes"][0]["aggregate"]["parts"][1]["path"] = json!("/other");
    gateway.apply(&changed.to_string()).await;
    let got = ask(&gateway, "/dash/7", &[]).await;
    assert!(!got.is_hit() && got.body.contains("/other"), "{}", got.body);
    // A service that is none of its parts makes no difference.
    ask(&gateway, "/dash/7", &[]).await;
    changed["services"].as_array_mut().unwrap().push(json!({
        "name": "third", "targets": [{"url": a.url()}],
    }));
    gateway.apply(&changed.to_string()).await;
    assert!(ask(&gateway, "/dash/7", &[]).await.is_hit());
}

/// CA-5
#[tokio::test]
async fn what_is_kept_is_thrown_away_by_the_tag_of_any_part_and_by_a_request_that_changes_something()
 {
    let a = saying(&[
        ("cache-control", "max-age=60"),
        ("cache-tag", "user-7, users"),
    ])
    .await;
    let b = saying(&[("cache-control", "max-age=60"), ("surrogate-key", "orders")]).await;
    let gateway = keeping(&a, &b, json!({})).await;
    for tag in ["users", "orders"] {
        ask(&gateway, "/dash/7", &[]).await;
        let wish = json!({"kind": "tag", "tag": tag});
        let (_, purged) = admin::post(&gateway.gateway, "/cache/purge", &wish).await;
        assert_eq!(purged["answers"], 1, "{tag}");
    }
    ask(&gateway, "/dash/7", &[]).await;
    let put = send(&gateway, Method::PUT, "/dash/7", &[]).await;
    assert_eq!(put.field("cache-status"), "gatewright; fwd=method");
    assert_eq!(fact(&gateway).await.invalidated, 1);
    assert!(!ask(&gateway, "/dash/7", &[]).await.is_hit());
}

/// CA-4
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_who_ask_at_once_one_makes_the_answer() {
    const CALLERS: usize = 50;
    let (release, released) = watch::channel(false);
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = calls.clone();
    let slow = Upstream::streaming(move |_| {
        counted.fetch_add(1, Ordering::SeqCst);
        let mut released = released.clone();
        Box::pin(async move {
            released.wait_for(|released| *released).await.unwrap();
            let answer = Response::builder().header("cache-control", "max-age=60");
            answer.body(full("{}")).unwrap()
        })
    })
    .await;
    let other = saying(FRESH).await;
    let gateway = keeping(&slow, &other, json!({})).await;
    let asking: Vec<_> = (0..CALLERS)
        .map(|_| tokio::spawn(gateway.client.get(gateway.url("/dash/7")).send()))
        .collect();
    gateway
        .eventually(|gateway| {
            (gateway.recorder().status().in_flight == CALLERS as u64).then_some(())
        })
        .await;
    release.send(true).unwrap();
    for asking in asking {
        let answer = asking.await.unwrap().unwrap();
        assert_eq!(answer.status(), 200);
        assert!(answer.text().await.unwrap().starts_with(r#"{"a":{}"#));
    }
    assert_eq!((calls.load(Ordering::SeqCst), other.seen().len()), (1, 1));
    let counts = gateway.gateway.cache_state().counts;
    assert_eq!((counts.misses, counts.hits), (1, CALLERS as u64 - 1));
}

#[tokio::test]
async fn requests_that_ask_for_a_part_of_it_or_have_a_body_are_answered_as_they_should_be() {
    let (a, b) = (saying(FRESH).await, saying(FRESH).await);
    let gateway = keeping(&a, &b, json!({})).await;
    // Parts are asked for the whole of it, so this one is kept too.
    let range = [("range", "bytes=0-3"), ("if-none-match", "\"x\"")];
    let first = ask(&gateway, "/dash/7", &range).await;
    assert_eq!((first.status, first.is_hit()), (200, false));
    let again = ask(&gateway, "/dash/7", &range).await;
    assert_eq!((again.status, again.body.as_str()), (206, r#"{"a""#));
    let head = send(&gateway, Method::HEAD, "/dash/7", &[]).await;
    assert_eq!(
        (head.status, head.is_hit(), head.body.as_str()),
        (200, true, "")
    );
    let head = send(&gateway, Method::HEAD, "/dash/9", &[]).await;
    assert_eq!((head.status, head.is_hit()), (200, false));
    let why = fact(&gateway).await.stored_reason;
    assert_eq!(why.as_deref(), Some("only its head was asked for"));
    let only = ask(&gateway, "/dash/8", &[("cache-control", "only-if-cached")]).await;
    assert_eq!(only.status, 504);
    let body = gateway.client.get(gateway.url("/dash/7")).body("{}");
    let body = body.send().await.unwrap();
    let status = body.headers()["cache-status"].to_str().unwrap();
    assert_eq!(status, "gatewright; fwd=bypass");
}

#[tokio::test]
async fn an_answer_with_a_part_that_is_no_question_is_made_each_time_and_the_check_says_so() {
    let (a, b) = (saying(FRESH).await, saying(FRESH).await);
    let mut config = two(
        &a.url(),
        &b.url(),
        &json!({"ttl_s": 60, "stale_while_revalidate_s": 5}),
    );
    let parts = &mut config["routes"][0]["aggregate"]["parts"];
    parts[1]["method"] = json!("POST");
    parts[0]["headers"] = json!([{"name": "x-of", "value": "{{request.header.X-Request-Id}}"}]);
    let gateway = gateway(&config.to_string()).await;
    for _ in 0..2 {
        let got = ask(&gateway, "/dash/7", &[]).await;
        assert_eq!(got.field("cache-status"), "gatewright; fwd=bypass");
    }
    assert_eq!(b.seen().len(), 2);
    let said = fact(&gateway).await;
    assert_eq!(said.result, CacheResult::Bypass);
    assert_eq!(said.reason, "part `b` is asked for with POST");
    let (status, checked) = admin::post(&gateway.gateway, "/config/validate", &config).await;
    assert_eq!(status, 200, "{checked}");
    let text = checked.to_string();
    for expected in [
        "nothing of it is kept: part `b` is asked for with POST",
        "`request.header.x-request-id`, which is another one in each request",
        "is not fetched anew in the background",
    ] {
        assert!(text.contains(expected), "{text}");
    }
}

#[tokio::test]
async fn what_would_become_of_a_request_says_that_it_would_be_a_hit() {
    let (a, b) = (saying(FRESH).await, saying(FRESH).await);
    let gateway = keeping(&a, &b, json!({})).await;
    let explain = async || {
        let url = gateway.url("/dash/7");
        let question = json!({"url": url});
        let (status, explained) = admin::post(&gateway.gateway, "/explain", &question).await;
        assert_eq!(status, 200, "{explained}");
        explained["sentence"].as_str().unwrap().to_owned()
    };
    let before = explain().await;
    assert!(
        before.starts_with("Would be answered on route `dash` by several"),
        "{before}"
    );
    assert!(a.seen().is_empty());
    ask(&gateway, "/dash/7", &[]).await;
    let after = explain().await;
    assert!(after.contains("from the cache"), "{after}");
    assert_eq!(a.seen().len(), 1);
    // What is kept comes and goes: that is no other outcome.
    ask(&gateway, "/dash/7", &[]).await;
    let (row, ..) = gateway.newest().await;
    assert_eq!(row.source, Source::Cache);
    let question = json!({"exchange": row.id});
    let (_, again) = admin::post(&gateway.gateway, "/explain", &question).await;
    assert_eq!(again["difference"]["changes"], false, "{again:#}");
    assert_eq!(gateway.gateway.cache_state().counts.hits, 1);
}
