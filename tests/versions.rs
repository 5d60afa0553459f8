//! Versions of a route, by every scheme.

use http::Response;
use serde_json::Value;

use crate::harness::{TestGateway, Upstream, full, gateway};

/// A service that answers with the path, query and version header it saw.
async fn shop() -> Upstream {
    Upstream::start(|seen| {
        let version = seen.headers.get("x-api-version");
        let version = version.map_or("-", |value| value.to_str().unwrap());
        Response::new(full(format!("{} {version}", seen.uri)))
    })
    .await
}

async fn versioned(route: &str) -> (Upstream, TestGateway) {
    let shop = shop().await;
    let gateway = gateway(&format!(
        "{{version: 1, services: [{{name: shop, targets: [{{url: '{}'}}]}}],
          routes: [{{name: orders, service: shop, {route}}}]}}",
        shop.url()
    ))
    .await;
    (shop, gateway)
}

const LIST: &str = "list: [{name: v1}, {name: v2}]";

#[tokio::test]
async fn each_scheme_names_a_version_and_takes_its_name_away() {
    type Asked<'a> = (&'a str, &'a [(&'a str, &'a str)]);
    let table: &[(&str, Asked<'_>, u16, &str, Option<&str>)] = &[
        // By path, first.
        (
            "by: path",
            ("/v1/orders/7?a=1", &[]),
            200,
            "/orders/7?a=1 -",
            Some("v1"),
        ),
        (
            "by: path",
            ("/v2/orders", &[]),
            200,
            "/orders -",
            Some("v2"),
        ),
        (
            "by: path",
            ("/v9/orders", &[]),
            404,
            "version_unknown",
            None,
        ),
        ("by: path", ("/orders", &[]), 400, "version_required", None),
        (
            "by: path",
            ("/vault/orders", &[]),
            404,
            "route_not_found",
            None,
        ),
        (
            "by: path, strip: false",
            ("/v1/orders/7", &[]),
            200,
            "/v1/orders/7 -",
            Some("v1"),
        ),
        // By path, after the prefix.
        (
            "by: path, place: after_prefix",
            ("/orders/v1/7", &[]),
            200,
            "/orders/7 -",
            Some("v1"),
        ),
        (
            "by: path, place: after_prefix",
            ("/orders/v2", &[]),
            200,
            "/orders -",
            Some("v2"),
        ),
        (
            "by: path, place: after_prefix",
            ("/orders/v3/7", &[]),
            404,
            "version_unknown",
            None,
        ),
        (
            "by: path, place: after_prefix, default: v1",
            ("/orders/7", &[]),
            200,
            "/orders/7 -",
            Some("v1"),
        ),
        (
            "by: path, place: after_prefix, strip: false",
            ("/orders/v1/7", &[]),
            200,
            "/orders/v1/7 -",
            Some("v1"),
        ),
        // By header.
        (
            "by: header",
            ("/orders", &[("X-API-Version", "v2")]),
            200,
            "/orders -",
            Some("v2"),
        ),
        (
            "by: header, strip: false",
            ("/orders", &[("X-API-Version", "v2")]),
            200,
            "/orders v2",
            Some("v2"),
        ),
        (
            "by: header",
            ("/orders", &[("X-API-Version", "v3")]),
            404,
            "version_unknown",
            None,
        ),
        (
            "by: header",
            ("/orders", &[]),
            400,
            "version_required",
            None,
        ),
        (
            "by: header, default: v1",
            ("/orders", &[]),
            200,
            "/orders -",
            Some("v1"),
        ),
        // By query.
        (
            "by: query",
            ("/orders?a=%20&version=v1&b", &[]),
            200,
            "/orders?a=%20&b -",
            Some("v1"),
        ),
        (
            "by: query",
            ("/orders?version=v1", &[]),
            200,
            "/orders -",
            Some("v1"),
        ),
        (
            "by: query, strip: false",
            ("/orders?version=v1", &[]),
            200,
            "/orders?version=v1 -",
            Some("v1"),
        ),
        (
            "by: query",
            ("/orders?version=v1&version=v2", &[]),
            400,
            "bad_request",
            None,
        ),
        (
            "by: query, name: api",
            ("/orders?version=v1&api=v2", &[]),
            200,
            "/orders?version=v1 -",
            Some("v2"),
        ),
        (
            "by: query, default: v1",
            ("/orders?a=1&version=", &[]),
            200,
            "/orders?a=1 -",
            Some("v1"),
        ),
        // By Accept.
        (
            "by: accept, default: v1",
            ("/orders", &[("Accept", "a/b; x=\"; version=v2, \"")]),
            200,
            "/orders -",
            Some("v1"),
        ),
        (
            "by: accept",
            (
                "/orders",
                &[("Accept", "a/b;version=v9, a/b;version=v1;q=0.1")],
            ),
            200,
            "/orders -",
            Some("v1"),
        ),
        (
            "by: accept",
            ("/orders", &[("Accept", "application/json; version=v2")]),
            200,
            "/orders -",
            Some("v2"),
        ),
        (
            "by: accept",
            (
                "/orders",
                &[(
                    "Accept",
                    "text/html;version=v1;q=0.5, application/json;q=0.9;Version=\"v2\"",
                )],
            ),
            200,
            "/orders -",
            Some("v2"),
        ),
        (
            "by: accept",
            ("/orders", &[("Accept", "application/json")]),
            400,
            "version_required",
            None,
        ),
        // By host.
        (
            "by: host",
            ("/orders", &[("Host", "v1.shop.localhost")]),
            200,
            "/orders -",
            Some("v1"),
        ),
        (
            "by: host",
            ("/orders", &[("Host", "v7.shop.localhost")]),
            404,
            "version_unknown",
            None,
        ),
        // An address has no labels.
        (
            "by: host, pattern: '[0-9]+', default: v2",
            ("/orders", &[("Host", "127.0.0.1")]),
            200,
            "/orders -",
            Some("v2"),
        ),
        (
            "by: host, default: v2",
            ("/orders", &[("Host", "shop.localhost")]),
            200,
            "/orders -",
            Some("v2"),
        ),
    ];
    for (scheme, (path, headers), status, answer, version) in table {
        let route = format!("match: {{path: /orders}}, versions: {{{scheme}, {LIST}}}");
        let (_shop, gateway) = versioned(&route).await;
        let mut request = gateway.client.get(gateway.url(path));
        for (name, value) in *headers {
            request = request.header(*name, *value);
        }
        let said = request.send().await.unwrap();
        assert_eq!(said.status(), *status, "{scheme}: {path} {headers:?}");
        let text = said.text().await.unwrap();
        match status {
            200 => assert_eq!(text, *answer, "{scheme}: {path} {headers:?}"),
            _ => {
                let problem: Value = serde_json::from_str(&text).unwrap();
                assert_eq!(problem["code"], *answer, "{scheme}: {path} {headers:?}");
                if answer.starts_with("version") {
                    assert_eq!(problem["versions"], serde_json::json!(["v1", "v2"]));
                }
            }
        }
        let row = gateway.only_row().await;
        assert_eq!(
            row.version.as_ref().map(|name| name.as_str()),
            *version,
            "{scheme}: {path}"
        );
    }
}

#[tokio::test]
async fn a_version_has_its_own_service_path_headers_and_limits() {
    let (other, shop) = (shop().await, shop().await);
    let gateway = gateway(&format!(
        "
version: 1
services:
  - {{name: shop, targets: [{{url: '{}'}}]}}
  - {{name: other, targets: [{{url: '{}'}}]}}
routes:
  - name: orders
    service: shop
    match: {{path: '/orders/{{id}}', path_kind: template}}
    response_headers: {{set: [{{name: x-route, value: yes}}]}}
    versions:
      by: header
      default: v1
      list:
        - {{name: v1}}
        - name: v2
          service: other
          rewrite: '/new/{{id}}'
          request_headers: {{set: [{{name: x-api-version, value: 'now ${{version}}'}}]}}
          response_headers: {{add: [{{name: x-version, value: '${{version}}'}}]}}
          rate_limits: [{{requests: 1, per: hour, by: route}}]
",
        shop.url(),
        other.url()
    ))
    .await;
    let v2 = async || {
        let request = gateway.client.get(gateway.url("/orders/7"));
        request.header("x-api-version", "v2").send().await.unwrap()
    };
    let answer = v2().await;
    assert_eq!(answer.headers()["x-route"], "yes");
    assert_eq!(answer.headers()["x-version"], "v2");
    assert_eq!(
        answer.headers()["ratelimit"],
        "\"1/h per route of v2\";r=0;t=3600"
    );
    assert_eq!(answer.text().await.unwrap(), "/new/7 now v2");
    assert_eq!(v2().await.status(), 429);
    let v1 = gateway.get("/orders/7").await;
    assert!(v1.headers().get("ratelimit").is_none());
    assert_eq!(v1.text().await.unwrap(), "/orders/7 -");
    let services: Vec<_> = gateway
        .rows()
        .await
        .into_iter()
        .map(|row| row.service)
        .collect();
    assert_eq!(services[0].as_ref().unwrap().as_str(), "shop");
    assert_eq!(services[2].as_ref().unwrap().as_str(), "other");
}

#[tokio::test]
async fn a_version_says_when_it_ends_and_is_gone_after_that() {
    let route = "match: {path: /orders}, versions: {by: path, list: [
        {name: v1, deprecated_at: '2025-12-01T00:00:00Z', sunset_at: '2026-01-02T00:00:00Z',
         enforce_sunset: true, successor: v2, deprecation_link: 'https://docs.example/old',
         sunset_link: /sunset},
        {name: v2}]}";
    let (_shop, gateway) = versioned(route).await;
    let answer = gateway.get("/v1/orders").await;
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["deprecation"], "@1764547200");
    assert_eq!(answer.headers()["sunset"], "Fri, 02 Jan 2026 00:00:00 GMT");
    let links: Vec<_> = answer.headers().get_all("link").iter().collect();
    assert_eq!(
        links,
        [
            "<https://docs.example/old>; rel=\"deprecation\"",
            "</sunset>; rel=\"sunset\"",
            "</v2>; rel=\"successor-version\""
        ]
    );
    gateway
        .clock
        .advance(std::time::Duration::from_secs(86_400));
    let answer = gateway.get("/v1/orders").await;
    assert_eq!(answer.status(), 410);
    assert_eq!(answer.headers()["deprecation"], "@1764547200");
    let last = answer.headers().get_all("link").iter().next_back();
    assert_eq!(last.unwrap(), "</v2>; rel=\"successor-version\"");
    let problem: Value = answer.json().await.unwrap();
    assert_eq!(problem["code"], "version_gone");
    assert!(
        gateway
            .get("/v2/orders")
            .await
            .headers()
            .get("sunset")
            .is_none()
    );
}

#[tokio::test]
async fn a_browser_stays_with_its_version_by_a_cookie_that_no_service_sees() {
    let route = "versions: {by: header, split: {sticky: cookie, cookie: edition,
        weights: [{version: v1, weight: 1}, {version: v2, weight: 1}]}, list: [{name: v1}, {name: v2}]}";
    let (shop, gateway) = versioned(route).await;
    let answer = gateway.get("/").await;
    let cookie = answer.headers()["set-cookie"].to_str().unwrap().to_owned();
    let (pair, rest) = cookie.split_once(';').unwrap();
    assert_eq!(rest, " Path=/; HttpOnly; SameSite=Lax");
    let first = gateway.only_row().await.version.unwrap();
    assert_eq!(pair, format!("edition={first}"));
    for _ in 0..5 {
        let request = gateway.client.get(gateway.url("/"));
        let answer = request
            .header("cookie", format!("a=1; {pair}"))
            .send()
            .await
            .unwrap();
        assert!(answer.headers().get("set-cookie").is_none());
        assert_eq!(shop.seen().pop().unwrap().headers["cookie"], "a=1");
        assert_eq!(gateway.rows().await[0].version.as_ref(), Some(&first));
    }
    let forged = gateway
        .client
        .get(gateway.url("/"))
        .header("cookie", "edition=v9");
    assert!(
        forged
            .send()
            .await
            .unwrap()
            .headers()
            .contains_key("set-cookie")
    );
}

#[tokio::test]
async fn callers_of_a_split_keep_their_version_by_key() {
    let route = "authentication: {methods: [api_key]}, versions: {by: header, split: {sticky: key,
        weights: [{version: v1, weight: 1}, {version: v2, weight: 1}]}, list: [{name: v1}, {name: v2}]}";
    let (_shop, gateway) = versioned(route).await;
    let keys: Vec<_> = (0..12)
        .map(|n| gateway.issue_key(&format!("k{n}")))
        .collect();
    for key in keys.iter().chain(&keys) {
        assert_eq!(gateway.get_with_key("/", key).await.status(), 200);
    }
    let rows = gateway.rows().await;
    let mut by_key = std::collections::HashMap::new();
    for row in &rows {
        let version = row.version.clone().unwrap();
        let before = by_key.insert(row.key.as_ref().unwrap().name.clone(), version.clone());
        assert!(before.is_none_or(|before| before == version));
    }
    let versions: std::collections::HashSet<_> = by_key.into_values().collect();
    assert_eq!(versions.len(), 2, "twelve keys meet both versions");
}

#[tokio::test]
async fn versions_that_cannot_be_are_refused_each_in_its_place() {
    use gateway_core::config::{Config, file};
    use gateway_core::gateway::{ApplyError, Change};
    use gateway_core::store::Actor;
    let gateway = gateway("{version: 1}").await;
    for (versions, place) in [
        ("by: path, list: []", "versions.list"),
        (
            "by: path, list: [{name: v1}, {name: v1}]",
            "versions.list[1].name",
        ),
        (
            "by: path, list: [{name: v1}, {name: v2, value: v1}]",
            "versions.list[1].value",
        ),
        (
            "by: path, pattern: '(', list: [{name: v1}]",
            "versions.pattern",
        ),
        (
            "by: header, name: 'a b', list: [{name: v1}]",
            "versions.name",
        ),
        (
            "by: header, default: v9, list: [{name: v1}]",
            "versions.default",
        ),
        (
            "by: header, default: v1, split: {weights: [{version: v1, weight: 1}]}, list: [{name: v1}]",
            "versions.split",
        ),
        (
            "by: header, split: {weights: [{version: v1, weight: 0}]}, list: [{name: v1}]",
            "versions.split.weights",
        ),
        (
            "by: header, split: {weights: [{version: v9, weight: 1}]}, list: [{name: v1}]",
            "versions.split.weights[0].version",
        ),
        (
            "by: header, list: [{name: v1, service: gone}]",
            "versions.list[0].service",
        ),
        (
            "by: header, list: [{name: v1, successor: v9}]",
            "versions.list[0].successor",
        ),
        (
            "by: header, list: [{name: v1, enforce_sunset: true}]",
            "versions.list[0].enforce_sunset",
        ),
        (
            "by: header, list: [{name: v1, sunset_at: soon}]",
            "versions.list[0].sunset_at",
        ),
        (
            "by: header, list: [{name: v1, deprecated_at: '2026-02-01T00:00:00Z', sunset_at: '2026-01-01T00:00:00Z'}]",
            "versions.list[0].sunset_at",
        ),
    ] {
        let yaml = format!(
            "{{version: 1, services: [{{name: s, targets: [{{url: 'http://a'}}]}}],
              routes: [{{name: r, service: s, versions: {{{versions}}}}}]}}"
        );
        let parsed: Result<Config, _> = file::parse(&yaml);
        let issues = match parsed {
            Err(issues) => issues,
            Ok(config) => {
                let change = Change {
                    config,
                    expected: None,
                    actor: Actor::System,
                    note: String::new(),
                };
                match gateway.gateway.apply(change).await {
                    Err(ApplyError::Refused(issues)) => issues,
                    other => panic!("{versions}: {other:?}"),
                }
            }
        };
        let places: Vec<_> = issues.iter().map(|issue| issue.path.clone()).collect();
        assert!(
            places.contains(&format!("routes[0].{place}")),
            "{versions}: {issues:#?}"
        );
    }
}
