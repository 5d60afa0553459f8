//! What is kept is given again as long as it is fresh, in whole or in part, and checked when it is
//! not.

use std::time::Duration;

use gateway_core::record::decision::{CacheResult, Facts};
use gateway_core::record::summary::Source;
use http::Method;
use tokio::sync::watch;

use super::{answer, ask, config, counting, keeping, send};
use crate::harness::{TestGateway, Upstream, full, gateway};

#[tokio::test]
async fn a_fresh_answer_is_given_again_and_says_how_old_it_is() {
    let upstream = counting(&[("cache-control", "max-age=60"), ("x-own", "1")]).await;
    let gateway = keeping(&upstream, "").await;
    let first = ask(&gateway, "/a?b=1", &[]).await;
    assert_eq!(first.body, "answer 0");
    assert_eq!(
        first.field("cache-status"),
        "gatewright; fwd=uri-miss; fwd-status=200; stored"
    );
    let (row, kept, _) = gateway.newest().await;
    assert_eq!(
        (row.source, row.cache),
        (Source::Upstream, Some(CacheResult::Miss))
    );
    let fact = kept
        .trace
        .iter()
        .find_map(|decision| match &decision.facts {
            Facts::Cache(fact) => Some(fact.clone()),
            _ => None,
        });
    let fact = fact.unwrap();
    assert_eq!(fact.stored_reason.unwrap(), "fresh for 60 s by `max-age`");

    gateway.clock.advance(Duration::from_secs(12));
    let again = ask(&gateway, "/a?b=1", &[]).await;
    assert_eq!((again.status, again.body.as_str()), (200, "answer 0"));
    assert_eq!((again.field("age"), again.field("x-own")), ("12", "1"));
    assert_eq!(again.field("cache-status"), "gatewright; hit; ttl=48");
    let (row, _, sentence) = gateway.newest().await;
    assert_eq!(
        (row.source, row.cache),
        (Source::Cache, Some(CacheResult::Hit))
    );
    assert_eq!((row.tries, row.note.as_deref()), (0, Some("kept")));
    assert!(
        sentence.ends_with("; fresh: 12 s of 60 s by `max-age`."),
        "{sentence}"
    );
    assert_eq!(ask(&gateway, "/a?b=2", &[]).await.body, "answer 1");

    gateway.clock.advance(Duration::from_secs(48));
    assert_eq!(ask(&gateway, "/a?b=1", &[]).await.body, "answer 2");
}

#[tokio::test]
async fn what_is_kept_is_checked_with_its_validators_both_ways() {
    let upstream = Upstream::start(|request| {
        let fields = &[
            ("cache-control", "max-age=10"),
            ("etag", "\"v1\""),
            ("x-own", "1"),
        ];
        match request.headers.get("if-none-match") {
            Some(tag) if tag == "\"v1\"" => answer(304, &[("etag", "\"v1\""), ("x-own", "2")], ""),
            _ => answer(200, fields, "hello"),
        }
    })
    .await;
    let gateway = keeping(&upstream, "").await;
    ask(&gateway, "/", &[]).await;
    let same = ask(&gateway, "/", &[("if-none-match", "W/\"v0\", W/\"v1\"")]).await;
    assert_eq!((same.status, same.body.as_str()), (304, ""));
    assert_eq!(same.field("etag"), "\"v1\"");
    assert_eq!(upstream.seen().len(), 1);

    gateway.clock.advance(Duration::from_secs(11));
    let checked = ask(&gateway, "/", &[("range", "bytes=1-2")]).await;
    assert_eq!((checked.status, checked.body.as_str()), (206, "el"));
    assert_eq!(checked.field("x-own"), "2");
    assert_eq!(
        checked.field("cache-status"),
        "gatewright; fwd=stale; fwd-status=304; stored"
    );
    let seen = upstream.seen();
    assert!(
        !seen[1].headers.contains_key("range"),
        "all of it is checked"
    );
    let (row, _, sentence) = gateway.newest().await;
    assert_eq!(
        (row.source, row.cache),
        (Source::Cache, Some(CacheResult::Revalidated))
    );
    assert!(
        sentence.contains("the service says that it is still good (304)"),
        "{sentence}"
    );

    gateway.clock.advance(Duration::from_secs(9));
    assert_eq!(ask(&gateway, "/", &[]).await.field("x-own"), "2");
    assert_eq!(upstream.seen().len(), 2, "it is fresh again");
}

#[tokio::test]
async fn ranges_and_heads_are_answered_from_a_whole_answer() {
    let fields = &[("cache-control", "max-age=60"), ("etag", "\"v1\"")];
    let upstream = Upstream::start(|_| answer(200, fields, "0123456789")).await;
    let gateway = keeping(&upstream, "").await;
    ask(&gateway, "/", &[]).await;
    for (range, status, body, content_range) in [
        ("bytes=0-1", 206, "01", "bytes 0-1/10"),
        ("bytes=8-", 206, "89", "bytes 8-9/10"),
        ("bytes=-3", 206, "789", "bytes 7-9/10"),
        ("bytes=5-100", 206, "56789", "bytes 5-9/10"),
        ("bytes=10-", 416, "", "bytes */10"),
        ("bytes=-0", 416, "", "bytes */10"),
        ("bytes=0-1,4-5", 200, "0123456789", ""),
        ("bytes=3-2", 200, "0123456789", ""),
        ("rows=1-2", 200, "0123456789", ""),
    ] {
        let got = ask(&gateway, "/", &[("range", range)]).await;
        assert_eq!((got.status, got.body.as_str()), (status, body), "{range}");
        assert_eq!(got.field("content-range"), content_range, "{range}");
    }
    for (state, status) in [("\"v1\"", 206), ("\"v2\"", 200), ("W/\"v1\"", 200)] {
        let got = ask(
            &gateway,
            "/",
            &[("range", "bytes=0-1"), ("if-range", state)],
        )
        .await;
        assert_eq!(got.status, status, "{state}");
    }
    let head = send(&gateway, Method::HEAD, "/", &[]).await;
    assert_eq!((head.status, head.body.as_str()), (200, ""));
    assert_eq!(head.field("content-length"), "10");
    assert_eq!(upstream.seen().len(), 1);
}

#[tokio::test]
async fn a_stale_answer_is_given_once_more_while_it_is_fetched_anew() {
    let fields = &[("cache-control", "max-age=10, stale-while-revalidate=30")];
    let upstream = counting(fields).await;
    let gateway = keeping(&upstream, "").await;
    ask(&gateway, "/", &[]).await;
    gateway.clock.advance(Duration::from_secs(15));
    let stale = ask(&gateway, "/", &[]).await;
    assert_eq!(
        (stale.body.as_str(), stale.field("age")),
        ("answer 0", "15")
    );
    assert_eq!(stale.field("cache-status"), "gatewright; hit; ttl=-5");
    gateway
        .eventually(|gateway| {
            (gateway.cache_state().answers == 1 && upstream.seen().len() == 2).then_some(())
        })
        .await;
    // The new answer is kept a moment after the service has sent it.
    let fresh = loop {
        let got = ask(&gateway, "/", &[]).await;
        if got.body != "answer 0" {
            break got;
        }
        tokio::task::yield_now().await;
    };
    assert_eq!((fresh.body.as_str(), fresh.field("age")), ("answer 1", "0"));
}

#[tokio::test]
async fn a_stale_answer_stands_in_for_a_service_that_fails_unless_it_must_not() {
    for (control, status) in [
        ("max-age=10, stale-if-error=60", 200),
        ("max-age=10", 503),
        ("max-age=10, stale-if-error=60, must-revalidate", 503),
        ("max-age=10, stale-if-error=60, proxy-revalidate", 503),
        ("s-maxage=10, stale-if-error=60", 503),
    ] {
        let upstream = Upstream::start(move |request| match request.headers.get("x-fail") {
            Some(_) => answer(503, &[], "failed"),
            None => answer(200, &[("cache-control", control)], "hello"),
        })
        .await;
        let gateway = keeping(&upstream, "").await;
        ask(&gateway, "/", &[]).await;
        gateway.clock.advance(Duration::from_secs(20));
        let got = ask(&gateway, "/", &[("x-fail", "1")]).await;
        assert_eq!(got.status, status, "{control}");
        if status == 200 {
            assert_eq!(
                got.field("cache-status"),
                "gatewright; fwd=stale; fwd-status=503; ttl=-10"
            );
        }
        drop(upstream);
    }
    let upstream = counting(&[("cache-control", "max-age=10")]).await;
    let gateway = keeping(&upstream, "stale_if_error_s: 60").await;
    ask(&gateway, "/", &[]).await;
    drop(upstream);
    gateway.clock.advance(Duration::from_secs(20));
    let got = ask(&gateway, "/", &[]).await;
    assert_eq!((got.status, got.body.as_str()), (200, "answer 0"));
    gateway.clock.advance(Duration::from_secs(60));
    assert_eq!(ask(&gateway, "/", &[]).await.status, 502);
}

#[tokio::test]
async fn callers_may_ask_for_another_answer_unless_the_route_says_no() {
    let upstream = counting(&[("cache-control", "max-age=100"), ("etag", "\"a\"")]).await;
    let gateway = keeping(&upstream, "").await;
    let only = ask(&gateway, "/", &[("cache-control", "only-if-cached")]).await;
    assert_eq!((only.status, upstream.seen().len()), (504, 0));
    ask(&gateway, "/", &[]).await;
    gateway.clock.advance(Duration::from_secs(50));
    for (control, is_asked) in [
        ("only-if-cached", false),
        ("max-age=60", false),
        ("max-age=40", true),
        ("min-fresh=60", false),
        ("no-cache", true),
        ("no-store", true),
    ] {
        let before = upstream.seen().len();
        let got = ask(&gateway, "/", &[("cache-control", control)]).await;
        assert_eq!(got.status, 200, "{control}");
        assert_eq!(upstream.seen().len() > before, is_asked, "{control}");
    }
    gateway.clock.advance(Duration::from_secs(120));
    let before = upstream.seen().len();
    let stale = ask(&gateway, "/", &[("cache-control", "max-stale=200")]).await;
    assert_eq!((stale.status, upstream.seen().len()), (200, before));

    let upstream = counting(&[("cache-control", "max-age=100")]).await;
    let gateway = keeping(&upstream, "obey_callers: false").await;
    for control in ["no-cache", "no-store", "max-age=0"] {
        ask(&gateway, "/", &[("cache-control", control)]).await;
    }
    assert_eq!(upstream.seen().len(), 1);
}

#[tokio::test]
async fn answers_that_vary_are_kept_apart_and_encodings_are_understood() {
    let upstream = Upstream::start(|request| {
        let coding = request.headers.get("accept-encoding");
        let coding = coding.map_or("none", |coding| coding.to_str().unwrap());
        let fields = &[("cache-control", "max-age=60"), ("vary", "Accept-Encoding")];
        answer(200, fields, coding)
    })
    .await;
    let gateway = keeping(&upstream, "").await;
    let mut got = Vec::new();
    for coding in [
        "gzip, br",
        "br;q=0.9,  gzip",
        "br",
        "gzip;q=0, br",
        "gzip, br",
    ] {
        got.push(
            ask(&gateway, "/", &[("accept-encoding", coding)])
                .await
                .body,
        );
    }
    assert_eq!(got, ["gzip, br", "gzip, br", "br", "br", "gzip, br"]);
    assert_eq!(upstream.seen().len(), 2);
}

/// CA-4
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stampede_of_a_thousand_identical_misses_makes_one_upstream_call() {
    const CALLERS: usize = 1_000;
    let (release, released) = watch::channel(false);
    let calls = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let counted = calls.clone();
    let upstream = Upstream::streaming(move |_| {
        counted.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        let mut released = released.clone();
        Box::pin(async move {
            released.wait_for(|released| *released).await.unwrap();
            let mut answer = http::Response::new(full("hello"));
            let control = http::HeaderValue::from_static("max-age=60");
            answer.headers_mut().insert("cache-control", control);
            answer
        })
    })
    .await;
    let gateway = keeping(&upstream, "").await;
    let asking: Vec<_> = (0..CALLERS)
        .map(|_| tokio::spawn(gateway.client.get(gateway.url("/")).send()))
        .collect();
    let in_flight = |gateway: &TestGateway| gateway.gateway.recorder().status().in_flight;
    gateway
        .eventually(|_| (in_flight(&gateway) == CALLERS as u64).then_some(()))
        .await;
    release.send(true).unwrap();
    let mut collapsed = 0;
    for asking in asking {
        let answer = asking.await.unwrap().unwrap();
        let status = answer.headers()["cache-status"]
            .to_str()
            .unwrap()
            .to_owned();
        collapsed += usize::from(status.ends_with("; collapsed"));
        assert_eq!(answer.text().await.unwrap(), "hello", "{status}");
    }
    assert_eq!(calls.load(std::sync::atomic::Ordering::SeqCst), 1);
    assert!(collapsed > 0, "some waited");
    let counts = gateway.gateway.cache_state().counts;
    assert_eq!((counts.misses, counts.hits), (1, 999));
}

#[tokio::test]
async fn a_caller_who_leaves_or_reads_nothing_holds_up_nobody_who_waits() {
    let (release, released) = watch::channel(false);
    let upstream = Upstream::streaming(move |request| {
        let mut released = released.clone();
        Box::pin(async move {
            if request.headers().contains_key("x-first") {
                released.wait_for(|released| *released).await.unwrap();
            }
            let mut answer = http::Response::new(full("a".repeat(1_000_000)));
            let control = http::HeaderValue::from_static("max-age=60");
            answer.headers_mut().insert("cache-control", control);
            answer
        })
    })
    .await;
    let gateway = keeping(&upstream, "").await;
    let first = gateway.client.get(gateway.url("/")).header("x-first", "1");
    let first = tokio::spawn(first.send());
    let in_flight = |gateway: &TestGateway| gateway.gateway.recorder().status().in_flight;
    gateway
        .eventually(|_| (in_flight(&gateway) == 1).then_some(()))
        .await;
    let waiting = tokio::spawn(gateway.client.get(gateway.url("/")).send());
    gateway
        .eventually(|_| (in_flight(&gateway) == 2).then_some(()))
        .await;
    first.abort();
    let answer = waiting.await.unwrap().unwrap();
    assert_eq!(answer.status(), 200, "the second asked itself");
    // Its caller reads nothing of it; it is kept all the same.
    gateway
        .eventually(|gateway| (gateway.cache_state().answers == 1).then_some(()))
        .await;
    assert_eq!(
        ask(&gateway, "/", &[]).await.field("cache-status"),
        "gatewright; hit; ttl=60"
    );
    drop((answer, release));
}

#[tokio::test]
async fn a_hit_counts_against_limits_and_in_the_usage_of_its_key() {
    let upstream = counting(&[("cache-control", "max-age=60")]).await;
    let gateway = gateway(&config(&upstream, "", "").replace(
        "service: shop,",
        "service: shop, authentication: {methods: [api_key]},
         rate_limits: [{requests: 3, per: minute, by: key}],",
    ))
    .await;
    let key = gateway.issue_key("acme");
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(gateway.get_with_key("/", &key).await.status().as_u16());
    }
    assert_eq!(
        (statuses, upstream.seen().len()),
        (vec![200, 200, 200, 429], 1)
    );
    gateway.gateway.recorder().flush().await;
    let path = "/usage?source=cache&by=key&last_s=86400";
    let (status, usage) = crate::harness::admin::get(&gateway.gateway, path).await;
    assert_eq!(status, 200);
    let total = usage["total"]["figures"]["requests"].as_u64();
    assert_eq!(total, Some(2), "{}", usage["total"]["figures"]);
}
