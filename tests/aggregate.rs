//! One answer made of several services' (AG-1 to AG-5), with real ones.

mod bounds;
mod kept;
mod rehearsed;

use gateway_core::proxy::error::ErrorCode;
use gateway_core::record::decision::{Facts, Stage};
use gateway_core::record::detail::Kept;
use gateway_core::record::parts::{PartEnd, PartFact};
use gateway_core::record::summary::Source;
use http::Response;
use serde_json::{Value, json};

use crate::harness::{Mood, Moody, Upstream, admin, full, gateway};

/// A service that answers each path with this JSON, and others with 404.
async fn service(answers: &'static [(&'static str, &'static str)]) -> Upstream {
    Upstream::start(move |seen| {
        let path = seen.uri.path();
        let found = answers.iter().find(|(at, _)| *at == path);
        let mut answer = Response::new(full(found.map_or(r#"{"error":"none"}"#, |(_, text)| text)));
        if found.is_none() {
            *answer.status_mut() = http::StatusCode::NOT_FOUND;
        }
        let json = http::HeaderValue::from_static("application/json");
        answer.headers_mut().insert("content-type", json);
        answer
    })
    .await
}

/// A config with these services, and a route at `/dash/{id}` with this answer.
fn config(services: &[(&str, String)], aggregate: &Value) -> String {
    let services: Vec<_> = services
        .iter()
        .map(|(name, url)| json!({"name": name, "targets": [{"url": url}]}))
        .collect();
    json!({
        "version": 1,
        "services": services,
        "routes": [{
            "name": "dash", "match": {"path": "/dash/{id}", "path_kind": "template"},
            "aggregate": aggregate,
        }],
    })
    .to_string()
}

fn parts(kept: &Kept) -> &[PartFact] {
    let facts = kept.trace.iter().find(|one| one.stage == Stage::Aggregate);
    match facts.map(|decision| &decision.facts) {
        Some(Facts::Aggregated { parts, .. }) => parts,
        other => panic!("parts were expected: {other:?}"),
    }
}

#[tokio::test]
async fn several_services_give_one_answer_and_one_row_with_a_lane_for_each_part() {
    let users = service(&[("/users/7", r#"{"id":7,"name":"Ada","team":{"id":3}}"#)]).await;
    let orders = service(&[
        (
            "/orders",
            r#"{"items":[{"id":1,"sum":2.50},{"id":2,"sum":1}]}"#,
        ),
        ("/teams", r#"{"name":"Blue"}"#),
    ])
    .await;
    let aggregate = json!({"parts": [
        {"name": "user", "service": "users", "path": "/users/{{request.path.id}}", "drop": ["team"]},
        {"name": "orders", "service": "orders", "path": "/orders", "mount": "user_orders",
         "query": [{"name": "user", "value": "{{user.name}}"}, {"name": "page", "value": "{{request.query.page}}"}],
         "select": ["items.id", "items.sum"], "rename": [{"from": "items", "to": "list"}]},
        {"name": "team", "service": "orders", "path": "/teams", "method": "POST", "mount": "user_team",
         "headers": [{"name": "x-team", "value": "t-{{user.team.id}}"}],
         "body": {"id": "{{user.team.id}}", "ids": "{{orders.items[*].id}}", "note": "team {{user.team.id}}"}},
    ]});
    let services = [("users", users.url()), ("orders", orders.url())];
    let gateway = gateway(&config(&services, &aggregate)).await;
    let request = gateway.client.get(gateway.url("/dash/7?page=2"));
    let request = request
        .header("if-none-match", "\"x\"")
        .header("range", "bytes=0-1");
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["x-gateway-completed"], "true");
    assert_eq!(answer.headers().get("x-gateway-incomplete"), None);
    assert_eq!(answer.headers().get("cache-control"), None);
    assert_eq!(answer.headers()["content-type"], "application/json");
    assert_eq!(
        answer.text().await.unwrap(),
        r#"{"user":{"id":7,"name":"Ada"},"user_orders":{"list":[{"id":1,"sum":2.5},{"id":2,"sum":1}]},"user_team":{"name":"Blue"}}"#
    );

    let user = users.only();
    assert_eq!(
        user.headers.get("if-none-match"),
        None,
        "it is about the whole answer"
    );
    assert_eq!(user.headers.get("range"), None);
    assert_eq!(user.headers["accept-encoding"], "identity");
    assert!(user.headers.contains_key("x-request-id") && user.headers.contains_key("traceparent"));
    let seen = orders.seen();
    assert_eq!(seen[0].uri.to_string(), "/orders?user=Ada&page=2");
    assert_eq!(seen[1].headers["x-team"], "t-3");
    assert_eq!(seen[1].headers["content-type"], "application/json");
    assert_eq!(seen[1].body, r#"{"id":3,"ids":[1,2],"note":"team 3"}"#);

    let (summary, kept, sentence) = gateway.newest().await;
    assert_eq!(
        (summary.source, summary.code, summary.note),
        (Source::Upstream, None, None)
    );
    assert_eq!(
        (summary.decided_by, summary.tries),
        (Some(Stage::Aggregate), 1)
    );
    assert!(
        sentence.starts_with("Answered on route `dash` by several services together with 200"),
        "{sentence}"
    );
    assert!(
        sentence.ends_with("3 parts, 3 requests, all there."),
        "{sentence}"
    );
    let parts = parts(&kept);
    assert_eq!(parts[2].needs, ["user", "orders"]);
    let lanes: Vec<_> = parts.iter().map(|part| &part.calls[0]).collect();
    assert_eq!(lanes[1].path, "/orders?user=Ada&page=2");
    assert!(lanes[0].at_us <= lanes[1].at_us && lanes[1].at_us <= lanes[2].at_us);
    assert!(
        lanes
            .iter()
            .all(|lane| lane.status == Some(200) && lane.tries.len() == 1)
    );
    assert_eq!(lanes[2].tries[0].target, orders.url());
    let states = gateway.gateway.service_states();
    let asked: Vec<_> = states
        .iter()
        .map(|state| state.targets[0].requests)
        .collect();
    // By name: `orders`, then `users`.
    assert_eq!(
        asked,
        [2, 1],
        "each request for a part counts at its service"
    );
}

#[tokio::test]
async fn a_body_of_the_callers_reaches_the_parts_with_its_types() {
    let shop = service(&[("/quote", r#"{"price":12}"#)]).await;
    let aggregate = json!({"parts": [
        {"name": "quote", "service": "shop", "path": "/quote", "method": "POST",
         "body": {"sku": "{{request.body.lines[0].sku}}", "n": "{{request.body.lines[0].n}}"}},
    ]});
    let gateway = gateway(&config(&[("shop", shop.url())], &aggregate)).await;
    let post = |body: &'static str| {
        gateway
            .client
            .post(gateway.url("/dash/1"))
            .body(body)
            .send()
    };
    let answer = post(r#"{"lines":[{"sku":"k","n":2.0}]}"#).await.unwrap();
    assert_eq!(answer.text().await.unwrap(), r#"{"quote":{"price":12}}"#);
    assert_eq!(shop.only().body, r#"{"sku":"k","n":2.0}"#);
    for (body, status, code) in [
        ("<xml/>", 400, "bad_request"),
        ("{}", 400, "part_needs_value"),
        ("", 400, "part_needs_value"),
    ] {
        let answer = post(body).await.unwrap();
        assert_eq!(answer.status(), status, "{body}");
        let problem: Value = answer.json().await.unwrap();
        assert_eq!(problem["code"], code, "{body}");
    }
    assert_eq!(
        shop.seen().len(),
        1,
        "nothing is asked for what is not there"
    );
    let (_, kept, _) = gateway.newest().await;
    assert_eq!(parts(&kept)[0].end, PartEnd::Skipped);
}

/// AG-2
#[tokio::test]
async fn what_fails_decides_the_status_and_an_incomplete_answer_is_never_stored() {
    let (good, moody) = (service(&[("/a", "{}")]).await, Moody::start("[1]").await);
    let aggregate = |required: bool| {
        json!({"meta": !required, "parts": [
            {"name": "a", "service": "good", "path": "/a"},
            {"name": "b", "service": "moody", "path": "/b", "required": required, "retries": 0},
        ]})
    };
    let services = [("good", good.url()), ("moody", moody.url())];
    let gateway = gateway(&config(&services, &aggregate(false))).await;
    let answer = gateway.get("/dash/1").await;
    assert_eq!(
        answer.text().await.unwrap(),
        r#"{"a":{},"b":[1],"_meta":{"completed":true,"incomplete":[]}}"#
    );
    moody.becomes(Mood::Status(500));
    let answer = gateway.get("/dash/1").await;
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["x-gateway-completed"], "false");
    assert_eq!(answer.headers()["x-gateway-incomplete"], "b");
    assert_eq!(answer.headers()["cache-control"], "no-store");
    let body: Value = answer.json().await.unwrap();
    assert_eq!(
        body["_meta"]["incomplete"],
        json!([{"part": "b", "reason": "it answered 500"}])
    );
    let (summary, _, sentence) = gateway.newest().await;
    assert_eq!(summary.note.as_deref(), Some("1 part missing"));
    assert!(
        sentence.ends_with("missing: `b` (it answered 500)."),
        "{sentence}"
    );

    gateway.apply(&config(&services, &aggregate(true))).await;
    moody.becomes(Mood::Status(403));
    let answer = gateway.get("/dash/1").await;
    assert_eq!(answer.status(), 403, "as it is");
    assert_eq!(answer.headers()["x-gateway-completed"], "false");
    assert_eq!(answer.headers()["cache-control"], "no-store");
    assert_eq!(answer.text().await.unwrap(), "[1]");
    for (mood, status, code) in [
        (Mood::Status(500), 502, "part_failed"),
        (Mood::Reset, 502, "part_failed"),
        (Mood::Half, 502, "part_failed"),
    ] {
        moody.becomes(mood);
        let answer = gateway.get("/dash/1").await;
        assert_eq!(answer.status(), status, "{mood:?}");
        assert_eq!(answer.headers()["cache-control"], "no-store");
        let problem: Value = answer.json().await.unwrap();
        assert_eq!(
            (&problem["code"], &problem["part"]),
            (&json!(code), &json!("b")),
            "{mood:?}"
        );
        let text = problem.to_string();
        assert!(
            !text.contains("127.0.0.1"),
            "callers learn nothing of targets: {text}"
        );
    }
    let (summary, kept, sentence) = gateway.newest().await;
    assert_eq!(summary.code, Some(ErrorCode::PartFailed));
    assert!(
        sentence.starts_with(
            "Refused on route `dash` with 502: part `b` is required, and upstream_reset"
        ),
        "{sentence}"
    );
    assert_eq!(parts(&kept)[1].calls[0].tries.len(), 1);
}

#[tokio::test]
async fn parts_are_tried_again_and_never_lead_back_to_the_gateway() {
    let (dead, good) = (Moody::start("dead").await, service(&[("/a", "{}")]).await);
    dead.dies().await;
    let aggregate =
        json!({"parts": [{"name": "a", "service": "both", "path": "/a", "retries": 1}]});
    let services = json!([{"name": "both", "retries": {"attempts": 0}, "targets": [{"url": dead.url()}, {"url": good.url()}]}]);
    let config = |services: &Value| {
        json!({"version": 1, "services": services, "routes": [{"name": "dash", "aggregate": aggregate}]}).to_string()
    };
    let gateway = gateway(&config(&services)).await;
    for _ in 0..4 {
        assert_eq!(gateway.get("/").await.status(), 200);
    }
    let tries = gateway.rows().await.iter().map(|row| row.tries).max();
    assert_eq!(tries, Some(2));

    let own = format!("http://{}", gateway.address());
    let own = json!([{"name": "both", "targets": [{"url": own}]}]);
    gateway.apply(&config(&own)).await;
    let answer = gateway.get("/").await;
    assert_eq!(answer.status(), 502);
    let (_, kept, _) = gateway.newest().await;
    let reason = parts(&kept)[0].reason.clone().unwrap();
    assert!(reason.starts_with("upstream_forbidden: "), "{reason}");
}

#[tokio::test]
async fn services_of_parts_never_see_the_callers_key() {
    let shop = service(&[("/a", "{}")]).await;
    let config = json!({
        "version": 1, "services": [{"name": "shop", "targets": [{"url": shop.url()}]}],
        "api_keys": {"query": "key"},
        "routes": [{"name": "dash", "authentication": {"methods": ["api_key"]},
            "aggregate": {"parts": [{"name": "a", "service": "shop", "path": "/a",
                "query": [{"name": "k", "value": "x{{request.query.key}}"}], "required": false},
                {"name": "b", "service": "shop", "path": "/a"}]}}],
    });
    let gateway = gateway(&config.to_string()).await;
    let key = gateway.issue_key("mine");
    assert_eq!(gateway.get("/").await.status(), 401);
    assert_eq!(gateway.get_with_key("/", &key).await.status(), 200);
    let answer = gateway.get(&format!("/?key={key}")).await;
    assert_eq!(answer.headers()["x-gateway-incomplete"], "a");
    for seen in shop.seen() {
        assert!(!format!("{seen:?}").contains(&key), "{seen:?}");
        assert!(seen.headers.contains_key("x-consumer-id"));
    }
}

#[tokio::test]
async fn limits_are_never_tripped_in_front_of_a_part_that_is_elsewhere() {
    let users = service(&[("/users/7", "{}")]).await;
    let aggregate = json!({"parts": [
        {"name": "user", "service": "users", "path": "/users/7"},
        {"name": "far", "service": "far", "path": "/", "required": false},
    ]});
    let services = [
        ("users", users.url()),
        ("far", "http://203.0.113.7:1".to_owned()),
    ];
    let mut config: Value = serde_json::from_str(&config(&services, &aggregate)).unwrap();
    config["routes"][0]["rate_limits"] = json!([{"requests": 2, "per": "minute", "by": "ip"}]);
    let gateway = gateway(&config.to_string()).await;
    let wish = json!({"path": "/dash/7"});
    let (status, problem) = admin::post(&gateway.gateway, "/trips/plan", &wish).await;
    assert!(status >= 400, "{problem}");
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.contains("`far` is not on this machine"), "{detail}");
    assert!(users.seen().is_empty());
}
