//! What is kept is thrown away when it is no longer good, or when somebody says so.

use http::{Method, StatusCode};
use serde_json::json;
use tokio::sync::watch;

use super::{answer, ask, config, counting, keeping, send};
use crate::harness::{Upstream, admin, full, gateway};

#[tokio::test]
async fn an_unsafe_request_throws_away_what_it_may_have_changed() {
    let upstream = Upstream::start(|request| {
        let ok = &[("cache-control", "max-age=600")];
        match (request.method.as_str(), request.headers.get("x-fail")) {
            ("GET", _) => answer(200, ok, "hello"),
            (_, Some(_)) => answer(500, &[], ""),
            _ => answer(
                201,
                &[
                    ("location", "/made"),
                    ("content-location", "http://other.test/far"),
                ],
                "",
            ),
        }
    })
    .await;
    let gateway = keeping(&upstream, "").await;
    let fill = async || {
        for path in ["/a", "/a?x=1", "/made", "/far", "/b"] {
            ask(&gateway, path, &[]).await;
        }
    };
    fill().await;
    assert_eq!(gateway.gateway.cache_state().answers, 5);
    send(&gateway, Method::POST, "/a", &[("x-fail", "1")]).await;
    assert_eq!(
        gateway.gateway.cache_state().answers,
        5,
        "nothing was changed"
    );
    for method in ["POST", "PUT", "DELETE", "PATCH", "M-SEARCH"] {
        fill().await;
        send(&gateway, method.parse().unwrap(), "/a", &[]).await;
        assert_eq!(
            gateway.gateway.cache_state().answers,
            3,
            "{method}: `/a` and `/made`"
        );
        let before = upstream.seen().len();
        ask(&gateway, "/a", &[]).await;
        ask(&gateway, "/far", &[]).await;
        assert_eq!(
            upstream.seen().len(),
            before + 1,
            "another host's is nobody's business"
        );
    }
}

/// CA-5
#[tokio::test]
async fn answers_are_thrown_away_by_address_tag_and_route_or_all_at_once() {
    let upstream = Upstream::start(|request| {
        let tag = match request.uri.path() {
            "/a" => ("cache-tag", "goods, seven"),
            _ => ("surrogate-key", "goods other"),
        };
        answer(200, &[("cache-control", "max-age=600"), tag], "hello")
    })
    .await;
    let gateway = keeping(&upstream, "").await;
    let host = gateway.address().to_string();
    for (wish, answers) in [
        (json!({"kind": "url", "url": "/a"}), 2),
        (json!({"kind": "url", "url": "/a?x=1"}), 1),
        (json!({"kind": "url", "url": format!("http://{host}/a")}), 2),
        (json!({"kind": "url", "url": "http://other.test/a"}), 0),
        (json!({"kind": "tag", "tag": "seven"}), 2),
        (json!({"kind": "tag", "tag": "goods"}), 3),
        (json!({"kind": "tag", "tag": "none"}), 0),
        (json!({"kind": "route", "route": "all"}), 3),
        (json!({"kind": "all"}), 3),
    ] {
        for path in ["/a", "/a?x=1", "/b"] {
            ask(&gateway, path, &[]).await;
        }
        let (_, before) = admin::get(&gateway.gateway, "/cache").await;
        assert_eq!(before["answers"], 3);
        assert_eq!(before["routes"][0]["bytes"], before["bytes"]);
        let (status, purged) = admin::post(&gateway.gateway, "/cache/purge", &wish).await;
        assert_eq!(
            (status, &purged["answers"]),
            (200, &json!(answers)),
            "{wish}"
        );
        let (_, after) = admin::get(&gateway.gateway, "/cache").await;
        let gone = before["bytes"].as_u64().unwrap() - after["bytes"].as_u64().unwrap();
        assert_eq!(after["answers"], 3 - answers, "{wish}");
        assert!(
            purged["bytes"].as_u64().unwrap() <= gone,
            "{wish}: {purged} of {gone}"
        );
    }
    for (wish, status) in [
        (
            json!({"kind": "route", "route": "none"}),
            StatusCode::NOT_FOUND,
        ),
        (
            json!({"kind": "url", "url": "no url"}),
            StatusCode::BAD_REQUEST,
        ),
        (json!({"kind": "tag", "tag": " "}), StatusCode::BAD_REQUEST),
    ] {
        let (got, problem) = admin::post(&gateway.gateway, "/cache/purge", &wish).await;
        assert_eq!(got, status.as_u16(), "{wish}: {problem}");
    }
}

#[tokio::test]
async fn what_is_thrown_away_while_it_comes_is_not_kept_when_it_is_there() {
    let (release, released) = watch::channel(false);
    let upstream = Upstream::streaming(move |_| {
        let mut released = released.clone();
        Box::pin(async move {
            released.wait_for(|released| *released).await.unwrap();
            let mut answer = http::Response::new(full("old"));
            let control = http::HeaderValue::from_static("max-age=60");
            answer.headers_mut().insert("cache-control", control);
            answer
        })
    })
    .await;
    let gateway = keeping(&upstream, "").await;
    let asking = tokio::spawn(gateway.client.get(gateway.url("/a")).send());
    gateway
        .eventually(|gateway| {
            (upstream.connections() == 1 && gateway.recorder().status().in_flight == 1)
                .then_some(())
        })
        .await;
    let wish = json!({"kind": "url", "url": "/a"});
    admin::post(&gateway.gateway, "/cache/purge", &wish).await;
    release.send(true).unwrap();
    let answer = asking.await.unwrap().unwrap();
    assert_eq!(answer.text().await.unwrap(), "old");
    assert_eq!(gateway.gateway.cache_state().answers, 0);
}

/// CA-5
#[tokio::test]
async fn what_was_kept_under_other_terms_is_gone_and_what_did_not_change_stays() {
    let upstream = counting(&[("cache-control", "max-age=600")]).await;
    let two = |terms: &str, prefix: &str| {
        config(&upstream, terms, "").replace(
            "routes: [",
            &format!(
                "routes: [{{name: other, service: shop, match: {{path: {prefix}}}, cache: {{}}}}, "
            ),
        )
    };
    let gateway = gateway(&two("", "/other")).await;
    ask(&gateway, "/", &[]).await;
    ask(&gateway, "/other", &[]).await;
    gateway.apply(&two("ttl_s: 5", "/other")).await;
    assert_eq!(gateway.gateway.cache_state().answers, 1);
    ask(&gateway, "/other", &[]).await;
    assert_eq!(upstream.seen().len(), 2);
    assert_eq!(ask(&gateway, "/", &[]).await.body, "answer 2");
    let counts = gateway.gateway.cache_state().counts;
    assert_eq!(
        (counts.hits, counts.misses),
        (1, 3),
        "what was counted stays"
    );
}

#[tokio::test]
async fn what_cannot_be_meant_is_said_when_the_configuration_is_read() {
    let upstream = counting(&[]).await;
    let gateway = gateway("{version: 1}").await;
    for (terms, path) in [
        ("override_answer: true", "routes[0].cache.override_answer"),
        ("methods: [POST]", "routes[0].cache.methods[0]"),
        ("methods: []", "routes[0].cache.methods"),
        ("statuses: [206]", "routes[0].cache.statuses[0]"),
        ("query: only", "routes[0].cache.query_names"),
        ("query_names: [a]", "routes[0].cache.query_names"),
        ("headers: ['no name']", "routes[0].cache.headers[0]"),
        (
            "bypass: {query: [{name: a, test: matches, value: '('}]}",
            "routes[0].cache.bypass.query[0].value",
        ),
    ] {
        let wrong = gateway_core::config::file::parse(&config(&upstream, terms, "")).unwrap();
        let issues = gateway.gateway.validate(&wrong);
        assert!(
            issues.iter().any(|issue| issue.path == path),
            "{terms}: {issues:#?}"
        );
    }
}
