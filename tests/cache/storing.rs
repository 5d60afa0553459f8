//! What is kept, and what never is.

use std::convert::Infallible;
use std::time::Duration;

use bytes::Bytes;
use gateway_core::record::decision::Facts;
use http_body::Frame;
use http_body_util::{BodyExt as _, StreamBody};

use super::{answer, ask, config, counting, keeping};
use crate::harness::{RawUpstream, TestGateway, Upstream, gateway};

/// Why the newest answer is kept or not.
async fn reason(gateway: &TestGateway) -> (bool, String) {
    let (_, kept, _) = gateway.newest().await;
    let mut facts = kept.trace.iter().map(|decision| &decision.facts);
    facts
        .find_map(|facts| match facts {
            Facts::Cache(fact) => Some((fact.stored?, fact.stored_reason.clone()?)),
            _ => None,
        })
        .unwrap()
}

#[tokio::test]
async fn each_answer_says_by_which_rule_it_is_kept_or_not() {
    type Case = (
        u16,
        &'static [(&'static str, &'static str)],
        &'static str,
        Option<&'static str>,
    );
    let cases: &[Case] = &[
        (200, &[("cache-control", "max-age=5")], "", None),
        (
            200,
            &[("cache-control", "no-store, max-age=5")],
            "",
            Some("`no-store`"),
        ),
        (
            200,
            &[("cache-control", "private, max-age=5")],
            "",
            Some("`private`"),
        ),
        (
            200,
            &[("cache-control", "private=\"x-a\", max-age=5")],
            "",
            None,
        ),
        (
            200,
            &[("cache-control", "max-age=5"), ("vary", "*")],
            "",
            Some("`Vary`"),
        ),
        (
            200,
            &[("cache-control", "max-age=5"), ("set-cookie", "a=b")],
            "",
            Some("cookie"),
        ),
        (
            200,
            &[("cache-control", "max-age=5"), ("set-cookie", "a=b")],
            "store_set_cookie: true",
            None,
        ),
        (200, &[], "", Some("no validator")),
        (200, &[("etag", "\"a\"")], "", None),
        (200, &[], "ttl_s: 5", None),
        (
            200,
            &[("cache-control", "max-age=0")],
            "ttl_s: 5",
            Some("no validator"),
        ),
        (
            200,
            &[("cache-control", "max-age=0")],
            "ttl_s: 5, override_answer: true",
            None,
        ),
        (
            200,
            &[("cache-control", "no-store")],
            "ttl_s: 5, override_answer: true",
            Some("`no-store`"),
        ),
        (
            200,
            &[("last-modified", "Wed, 01 Jan 2020 00:00:00 GMT")],
            "",
            None,
        ),
        (
            200,
            &[("cache-control", "max-age=5")],
            "statuses: [404]",
            Some("cache.statuses"),
        ),
        (201, &[], "ttl_s: 5", Some("how long a 201")),
        (404, &[], "ttl_s: 5", None),
        (500, &[], "ttl_s: 5", Some("how long a 500")),
        (500, &[], "ttl_s: 5, statuses: [500]", None),
        (503, &[("cache-control", "max-age=5")], "", None),
        (
            599,
            &[("cache-control", "no-store, must-understand, max-age=5")],
            "",
            Some("must-understand"),
        ),
        (
            200,
            &[("cache-control", "no-store, must-understand, max-age=5")],
            "",
            None,
        ),
    ];
    for (status, fields, terms, why_not) in cases {
        let upstream = Upstream::start(move |_| answer(*status, fields, "hello")).await;
        let gateway = keeping(&upstream, terms).await;
        ask(&gateway, "/", &[]).await;
        let (stored, why) = reason(&gateway).await;
        assert_eq!(
            stored,
            why_not.is_none(),
            "{status} {fields:?} {terms}: {why}"
        );
        if let Some(expected) = why_not {
            assert!(why.contains(expected), "{status} {fields:?} {terms}: {why}");
        }
        assert_eq!(
            gateway.gateway.cache_state().answers,
            u64::from(stored),
            "{why}"
        );
    }
}

#[tokio::test]
async fn requests_with_credentials_of_the_service_are_kept_only_where_the_answer_says_so() {
    for (control, is_kept) in [
        ("max-age=5", false),
        ("public, max-age=5", true),
        ("s-maxage=5", true),
        ("must-revalidate, max-age=5", true),
    ] {
        let upstream =
            Upstream::start(move |_| answer(200, &[("cache-control", control)], "a")).await;
        let gateway = keeping(&upstream, "").await;
        ask(&gateway, "/", &[("authorization", "Basic YTpi")]).await;
        assert_eq!(reason(&gateway).await.0, is_kept, "{control}");
    }
    // A cookie may make an answer personal that says nothing of it.
    let upstream = counting(&[]).await;
    let gateway = keeping(&upstream, "ttl_s: 60").await;
    ask(&gateway, "/", &[("cookie", "session=1")]).await;
    assert!(!reason(&gateway).await.0);
}

#[tokio::test]
async fn fields_that_are_not_for_others_are_not_kept() {
    let fields = &[
        (
            "cache-control",
            "max-age=60, no-cache=\"x-a, x-b\", private=x-c",
        ),
        ("x-a", "1"),
        ("x-c", "1"),
        ("x-d", "1"),
        ("connection", "x-e"),
        ("x-e", "1"),
        ("proxy-authenticate", "Basic"),
    ];
    let upstream = counting(fields).await;
    let gateway = keeping(&upstream, "").await;
    let first = ask(&gateway, "/", &[]).await;
    assert_eq!((first.field("x-a"), first.field("x-c")), ("1", "1"));
    let again = ask(&gateway, "/", &[]).await;
    assert_eq!(upstream.seen().len(), 1);
    for name in ["x-a", "x-c", "x-e", "proxy-authenticate"] {
        assert_eq!(again.field(name), "", "{name}");
    }
    assert_eq!(again.field("x-d"), "1");
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_never_kept() {
    const ANSWERS: [&[u8]; 2] = [
        b"HTTP/1.1 200 OK\r\ncache-control: max-age=60\r\ncontent-length: 100\r\n\r\nthe beginning",
        b"HTTP/1.1 200 OK\r\ncache-control: max-age=60\r\ntransfer-encoding: chunked\r\n\r\n\
          3\r\nthe\r\n",
    ];
    for broken in ANSWERS {
        let upstream = RawUpstream::start(broken).await;
        let gateway = gateway(&format!(
            "{{version: 1, services: [{{name: shop, targets: [{{url: '{}'}}]}}],
              routes: [{{name: all, service: shop, cache: {{}}}}]}}",
            upstream.url()
        ))
        .await;
        for _ in 0..2 {
            let answer = gateway.get("/").await;
            assert_eq!(answer.status(), 200);
            assert!(answer.text().await.is_err(), "the end is missing");
        }
        let state = gateway.gateway.cache_state();
        assert_eq!((state.answers, state.counts.misses), (0, 2));
    }
}

#[tokio::test]
async fn what_is_longer_than_allowed_passes_whole_and_is_not_kept() {
    for says_length in [true, false] {
        let upstream = Upstream::streaming(move |_| {
            Box::pin(async move {
                let pieces = (0..40).map(|_| {
                    let piece = Bytes::from(vec![b'a'; 1_000]);
                    Ok::<_, Infallible>(Frame::data(piece))
                });
                let body = StreamBody::new(tokio_stream::iter(pieces));
                let body = body.map_err(|never| match never {}).boxed();
                let mut answer = http::Response::new(body);
                let control = http::HeaderValue::from_static("max-age=60");
                answer.headers_mut().insert("cache-control", control);
                if says_length {
                    answer.headers_mut().insert("content-length", 40_000.into());
                }
                answer
            })
        })
        .await;
        let budget = ", cache: {max_answer_bytes: 30000}";
        let gateway = gateway(&config(&upstream, "", budget)).await;
        for _ in 0..2 {
            assert_eq!(ask(&gateway, "/", &[]).await.body.len(), 40_000);
        }
        assert_eq!(gateway.gateway.cache_state().answers, 0);
    }
}

#[tokio::test]
async fn no_more_is_kept_than_the_budget_and_what_was_used_stays_longest() {
    let upstream =
        Upstream::start(|_| answer(200, &[("cache-control", "max-age=60")], "a".repeat(10_000)))
            .await;
    let budget = ", cache: {max_bytes: 200000, max_answer_bytes: 50000}";
    let gateway = gateway(&config(&upstream, "", budget)).await;
    for n in 0..60 {
        ask(&gateway, "/used", &[]).await;
        ask(&gateway, &format!("/{n}"), &[]).await;
        let state = gateway.gateway.cache_state();
        assert!(state.bytes <= 200_000, "{state:?}");
    }
    let state = gateway.gateway.cache_state();
    assert!(state.answers >= 10 && state.evicted > 30, "{state:?}");
    let before = upstream.seen().len();
    ask(&gateway, "/used", &[]).await;
    assert_eq!(upstream.seen().len(), before);
}

#[tokio::test]
async fn the_parts_of_the_key_and_the_bypass_are_the_routes_to_say() {
    let upstream = counting(&[("cache-control", "max-age=60")]).await;
    let terms = "query: except, query_names: [utm], headers: [x-tenant],
                 bypass: {headers: [{name: x-fresh, test: present}]}";
    let gateway = keeping(&upstream, terms).await;
    let asked = async |path: &str, fields: &[(&str, &str)]| ask(&gateway, path, fields).await.body;
    assert_eq!(asked("/?a=1&utm=x", &[]).await, "answer 0");
    assert_eq!(asked("/?utm=y&a=1", &[]).await, "answer 0");
    assert_eq!(asked("/?a=2", &[]).await, "answer 1");
    assert_eq!(asked("/?a=1", &[("x-tenant", "b")]).await, "answer 2");
    assert_eq!(asked("/?a=1", &[("x-fresh", "1")]).await, "answer 3");
    assert_eq!(asked("/?a=1", &[]).await, "answer 0");
    gateway.clock.advance(Duration::from_secs(61));
    assert_eq!(asked("/?a=1", &[]).await, "answer 4");
}

#[tokio::test]
async fn the_routes_changes_to_headers_are_made_anew_for_each_caller() {
    let upstream = counting(&[("cache-control", "max-age=60")]).await;
    let terms = "}, response_headers: {set: [{name: x-rid, value: '${request_id}'}]";
    let gateway = keeping(&upstream, terms).await;
    for id in ["one", "two"] {
        let got = ask(&gateway, "/", &[("x-request-id", id)]).await;
        assert_eq!((got.field("x-rid"), got.body.as_str()), (id, "answer 0"));
    }
}
