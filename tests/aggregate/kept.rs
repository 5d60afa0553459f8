//! Answers made of several services' that are kept and given again (CA-1 to CA-5): by the strictest of what
//! the parts say, and never to whom a part would have answered otherwise.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use gateway_core::record::decision::{CacheFact, CacheResult, Facts, Stage};
use gateway_core::record::summary::Source;
use http::{HeaderMap, Method, Response};
use serde_json::{Value, json};
use tokio::sync::watch;

use super::config;
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

/// What a caller got: the status, what the cache says of it, and the body.
#[derive(Debug)]
struct Got {
    status: u16,
    headers: HeaderMap,
    body: String,
}

impl Got {
    fn field(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    fn is_hit(&self) -> bool {
        self.field("cache-status").starts_with("gatewright; hit")
    }
}

async fn ask(gateway: &TestGateway, path: &str, fields: &[(&str, &str)]) -> Got {
    send(gateway, Method::GET, path, fields).await
}

async fn send(gateway: &TestGateway, method: Method, path: &str, fields: &[(&str, &str)]) -> Got {
    let mut request = gateway.client.request(method, gateway.url(path));
    for (name, value) in fields {
        request = request.header(*name, *value);
    }
    let answer = request.send().await.unwrap();
    Got {
        status: answer.status().as_u16(),
        headers: answer.headers().clone(),
        body: answer.text().await.unwrap(),
    }
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

#[tokio::test]
async fn the_part_that_is_stale_first_decides_how_long_and_age_counts() {
    for (a, b, cache, left_s) in [
        (
            FRESH,
            &[("cache-control", "max-age=30"), ("age", "10")][..],
            json!({}),
            20,
        ),
        (FRESH, &[], json!({"ttl_s": 5}), 5),
        (
            &[("cache-control", "max-age=1")],
            &[],
            json!({"ttl_s": 90, "override_answer": true}),
            90,
        ),
        (
            &[("cache-control", "max-age=600, s-maxage=7")],
            FRESH,
            json!({}),
            7,
        ),
    ] {
        let (a, b) = (saying(a).await, saying(b).await);
        let gateway = keeping(&a, &b, cache).await;
        ask(&gateway, "/dash/7", &[]).await;
        gateway.clock.advance(Duration::from_secs(left_s - 1));
        let last = ask(&gateway, "/dash/7", &[]).await;
        assert_eq!(
            last.field("cache-status"),
            "gatewright; hit; ttl=1",
            "{left_s}"
        );
        gateway.clock.advance(Duration::from_secs(1));
        let anew = ask(&gateway, "/dash/7", &[]).await;
        assert_eq!(
            anew.field("cache-status"),
            "gatewright; fwd=stale; stored",
            "{left_s}"
        );
        assert_eq!((a.seen().len(), b.seen().len()), (2, 2));
        // All of it is new, also what was still fresh.
        assert!(anew.body.contains(r#""n":1"#), "{}", anew.body);
    }
}

#[tokio::test]
async fn one_part_that_is_not_for_others_keeps_the_whole_from_being_kept() {
    for (fields, cache, why) in [
        (
            &[("cache-control", "no-store")][..],
            json!({}),
            "part `b`: it says `no-store`",
        ),
        (
            &[("cache-control", "private, max-age=60")],
            json!({"ttl_s": 60, "override_answer": true}),
            "part `b`: it says `private`",
        ),
        (
            &[("cache-control", "no-cache"), ("etag", "\"1\"")],
            json!({}),
            "part `b`: it says `no-cache`: its service would have to be asked each time",
        ),
        (
            &[("cache-control", "max-age=60"), ("vary", "x, *")],
            json!({}),
            "part `b`: its `Vary`",
        ),
        (
            &[("cache-control", "max-age=60"), ("set-cookie", "a=b")],
            json!({}),
            "part `b`: it sets a cookie",
        ),
        (
            &[("cache-control", "max-age=60"), ("age", "61")],
            json!({}),
            "part `b`: it was 61 s old when it came",
        ),
        (
            &[],
            json!({}),
            "part `b`: nothing says for how long it is fresh",
        ),
    ] {
        let (a, b) = (saying(FRESH).await, saying(fields).await);
        let gateway = keeping(&a, &b, cache).await;
        for _ in 0..2 {
            let got = ask(&gateway, "/dash/7", &[]).await;
            assert_eq!(got.status, 200);
            assert_eq!(
                got.field("cache-status"),
                "gatewright; fwd=uri-miss",
                "{why}"
            );
        }
        let said = fact(&gateway).await;
        assert_eq!(said.stored, Some(false));
        let reason = said.stored_reason.unwrap();
        assert!(reason.starts_with(why), "{reason}");
        assert_eq!((a.seen().len(), b.seen().len()), (2, 2));
    }
    let cookie: Fields = &[("cache-control", "max-age=60"), ("set-cookie", "a=b")];
    let (a, b) = (saying(FRESH).await, saying(cookie).await);
    let gateway = keeping(&a, &b, json!({"store_set_cookie": true})).await;
    ask(&gateway, "/dash/7", &[]).await;
    assert!(ask(&gateway, "/dash/7", &[]).await.is_hit());
}

#[tokio::test]
async fn it_varies_by_whatever_any_part_varies_by() {
    let a = saying(&[("cache-control", "max-age=60"), ("vary", "x-tenant")]).await;
    // What its caller takes does not reach a part, so it tells nothing apart.
    let b = saying(&[
        ("cache-control", "max-age=60"),
        ("vary", "X-Lang, Accept-Encoding, accept"),
    ])
    .await;
    let gateway = keeping(&a, &b, json!({})).await;
    let of = |tenant, lang, coding| {
        [
            ("x-tenant", tenant),
            ("x-lang", lang),
            ("accept-encoding", coding),
        ]
    };
    for (fields, is_hit) in [
        (of("1", "de", "gzip"), false),
        (of("1", "de", "br"), true),
        (of("2", "de", "gzip"), false),
        (of("1", "en", "gzip"), false),
        (of("2", "de", "br"), true),
        (of("1", "de", "gzip"), true),
    ] {
        let got = ask(&gateway, "/dash/7", &fields).await;
        assert_eq!(
            got.is_hit(),
            is_hit,
            "{fields:?}: {}",
            got.field("cache-status")
        );
    }
    assert_eq!(fact(&gateway).await.result, CacheResult::Hit);
}

#[tokio::test]
async fn an_answer_with_a_part_missing_is_never_kept_and_leaves_what_is_kept_alone() {
    let good = saying(FRESH).await;
    let moody = Moody::start("[1]").await;
    for (part, status) in [
        (json!({"required": false}), 200),
        (json!({"required": false, "default": []}), 200),
        (json!({"required": true}), 502),
    ] {
        let mut config = two(&good.url(), &moody.url(), &json!({"ttl_s": 60}));
        let whole = &mut config["routes"][0]["aggregate"]["parts"][1];
        for (name, value) in part.as_object().unwrap() {
            whole[name] = value.clone();
        }
        whole["retries"] = json!(0);
        moody.becomes(Mood::Status(500));
        let gateway = gateway(&config.to_string()).await;
        for _ in 0..2 {
            let got = ask(&gateway, "/dash/7", &[]).await;
            assert_eq!((got.status, got.is_hit()), (status, false), "{part}");
        }
        if status == 200 {
            let said = fact(&gateway).await;
            let why = "not all of its parts are there";
            assert_eq!(said.stored_reason.as_deref(), Some(why), "{part}");
        }
        assert_eq!(gateway.gateway.cache_state().answers, 0, "{part}");
        // Kept once it is whole; it does not stand in unless somebody says so.
        moody.becomes(Mood::Well);
        ask(&gateway, "/dash/7", &[]).await;
        assert!(ask(&gateway, "/dash/7", &[]).await.is_hit(), "{part}");
        moody.becomes(Mood::Status(500));
        assert!(ask(&gateway, "/dash/7", &[]).await.is_hit(), "{part}");
        gateway.clock.advance(Duration::from_secs(61));
        let got = ask(&gateway, "/dash/7", &[]).await;
        assert_eq!((got.status, got.is_hit()), (status, false), "{part}");
        assert_eq!(gateway.gateway.cache_state().answers, 1, "{part}");
    }
}

#[tokio::test]
async fn what_was_whole_stands_in_for_a_required_part_that_fails_where_all_parts_let_it() {
    let stale = "max-age=10, stale-if-error=60";
    for (control, status) in [
        (stale, 200),
        ("max-age=10", 502),
        ("s-maxage=10, stale-if-error=60", 502),
    ] {
        let fails = Arc::new(AtomicUsize::new(0));
        let failing = fails.clone();
        let a = saying(&[("cache-control", "max-age=100, stale-if-error=30")]).await;
        let b = Upstream::start(move |_| {
            let status = if failing.load(Ordering::SeqCst) == 0 {
                200
            } else {
                503
            };
            let answer = Response::builder().status(status);
            let answer = answer.header("cache-control", control);
            answer.body(full("{}")).unwrap()
        })
        .await;
        let gateway = keeping(&a, &b, json!({})).await;
        let whole = ask(&gateway, "/dash/7", &[]).await;
        fails.store(1, Ordering::SeqCst);
        gateway.clock.advance(Duration::from_secs(20));
        let got = ask(&gateway, "/dash/7", &[]).await;
        assert_eq!(got.status, status, "{control}");
        if status == 200 {
            assert_eq!(got.body, whole.body);
            assert_eq!(got.field("cache-status"), "gatewright; fwd=stale; ttl=-10");
            let (row, _, sentence) = gateway.newest().await;
            assert_eq!(
                (row.source, row.cache),
                (Source::Cache, Some(CacheResult::Stale))
            );
            assert!(
                sentence.contains("part `b` is not there (part_failed)"),
                "{sentence}"
            );
            // The shortest of what parts allow.
            gateway.clock.advance(Duration::from_secs(21));
            assert_eq!(ask(&gateway, "/dash/7", &[]).await.status, 502);
        }
    }
}

/// CA-2
#[tokio::test]
async fn what_parts_are_asked_with_tells_answers_apart_whatever_the_route_says() {
    let (a, b) = (saying(FRESH).await, saying(FRESH).await);
    let aggregate = json!({"parts": [
        {"name": "a", "service": "first", "path": "/a", "required": false,
         "query": [{"name": "page", "value": "{{request.query.page}}"}]},
        {"name": "b", "service": "second", "path": "/b",
         "headers": [{"name": "x-for", "value": "t-{{request.header.x-tenant}}"}]},
    ]});
    let services = [("first", a.url()), ("second", b.url())];
    let mut config: Value = serde_json::from_str(&config(&services, &aggregate)).unwrap();
    config["routes"][0]["cache"] = json!({"query": "none", "audience": "shared"});
    let gateway = gateway(&config.to_string()).await;
    for (path, tenant, is_hit) in [
        ("/dash/7?page=1&campaign=x", "1", false),
        ("/dash/7?campaign=y&page=1", "1", true),
        ("/dash/7?p%61ge=1", "1", false),
        ("/dash/7?page=2", "1", false),
        ("/dash/7?page=1", "2", false),
        ("/dash/7?page=1", "1, 2", false),
        ("/dash/7?page=1", "1,2", false),
        ("/dash/7?page=1", "1, 2", true),
        ("/dash/7?page=2", "1", true),
    ] {
        let got = ask(&gateway, path, &[("x-tenant", tenant)]).await;
        assert_eq!(got.is_hit(), is_hit, "{path} of {tenant}");
    }
    let asked: Vec<_> = b
        .seen()
        .iter()
        .map(|seen| seen.headers["x-for"].clone())
        .collect();
    assert_eq!(asked, ["t-1", "t-1", "t-1", "t-2", "t-1, 2", "t-1,2"]);
    // Without what a required part needs there is no answer, kept or not.
    assert_eq!(ask(&gateway, "/dash/7?page=1", &[]).await.status, 400);
}

/// CA-2
#[tokio::test]
async fn nobody_gets_what_another_ones_key_got_unless_the_route_says_so() {
    let (a, b) = (saying(FRESH).await, saying(FRESH).await);
    for (cache, is_shared) in [(json!({}), false), (json!({"audience": "shared"}), true)] {
        let mut config = two(&a.url(), &b.url(), &cache);
        config["routes"][0]["authentication"] = json!({"methods": ["api_key"]});
        let gateway = gateway(&config.to_string()).await;
        let (one, other) = (gateway.issue_key("one"), gateway.issue_key("other"));
        let first = ask(&gateway, "/dash/7", &[("x-api-key", &one)]).await;
        assert!(
            ask(&gateway, "/dash/7", &[("x-api-key", &one)])
                .await
                .is_hit()
        );
        let got = ask(&gateway, "/dash/7", &[("x-api-key", &other)]).await;
        assert_eq!(
            (got.is_hit(), got.body == first.body),
            (is_shared, is_shared)
        );
        assert_eq!(
            ask(&gateway, "/dash/7", &[]).await.status,
            401,
            "also of what is kept"
        );
        gateway.gateway.recorder().flush().await;
        let path = "/usage?source=cache&by=key&last_s=86400";
        let (_, usage) = admin::get(&gateway.gateway, path).await;
        let hits = usage["total"]["figures"]["requests"].as_u64();
        assert_eq!(hits, Some(1 + u64::from(is_shared)));
    }
    // Credentials of the services themselves, which the gateway does not know.
    for (control, is_hit) in [("max-age=60", false), ("public, max-age=60", true)] {
        let a = saying(&[("cache-control", "public, max-age=60")]).await;
        let b = Upstream::start(move |_| {
            Response::builder()
                .header("cache-control", control)
                .body(full("{}"))
                .unwrap()
        })
        .await;
        let gateway = keeping(&a, &b, json!({})).await;
        for is_hit in [false, is_hit] {
            let got = ask(&gateway, "/dash/7", &[("authorization", "Bearer x")]).await;
            assert_eq!(got.is_hit(), is_hit, "{control}");
        }
    }
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
async fn a_stale_answer_is_not_fetched_anew_in_the_background() {
    let fields: Fields = &[("cache-control", "max-age=10, stale-while-revalidate=60")];
    let (a, b) = (saying(fields).await, saying(fields).await);
    let gateway = keeping(&a, &b, json!({})).await;
    ask(&gateway, "/dash/7", &[]).await;
    gateway.clock.advance(Duration::from_secs(15));
    let got = ask(&gateway, "/dash/7", &[]).await;
    assert!(
        !got.is_hit() && got.body.contains(r#""n":1"#),
        "{}",
        got.body
    );
    assert_eq!(gateway.rows().await.len(), 2);
    assert_eq!((a.seen().len(), b.seen().len()), (2, 2));
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
