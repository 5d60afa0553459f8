//! Which route answers, and what becomes of the request and its answer on the way.

use gateway_core::record::decision::{Facts, Stage};
use gateway_core::record::detail::{HeaderLine, Kept};
use gateway_core::record::summary::{ExchangeSummary, Source};
use http::Response;
use serde_json::{Value, json};

use crate::harness::{TestGateway, Upstream, exchange_raw, full, gateway, upstream};

/// One service called `shop` and these routes.
fn config(url: &str, routes: &str) -> String {
    format!(
        "version: 1\nservices: [{{name: shop, targets: [{{url: '{url}'}}]}}]\nroutes:\n{routes}"
    )
}

/// A service that answers with the path and query it was asked for.
async fn mirror() -> Upstream {
    Upstream::start(|seen| Response::new(full(seen.uri.to_string()))).await
}

async fn ask(gateway: &TestGateway, host: &str, path: &str) -> (u16, String) {
    let answer = gateway
        .client
        .get(gateway.url(path))
        .header("host", host)
        .send()
        .await
        .unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

/// RT-1
#[tokio::test]
async fn hosts_paths_and_conditions_lead_to_their_routes() {
    let shop = mirror().await;
    let routes = r"
  - {name: exact, match: {path: /a, path_kind: exact}, respond: {body: exact}}
  - {name: template, match: {path: '/a/{id}', path_kind: template}, respond: {body: template}}
  - {name: prefix, match: {path: /a}, respond: {body: prefix}}
  - {name: regex, match: {path: '/r[0-9]+', path_kind: regex}, respond: {body: regex}}
  - {name: host, match: {hosts: [a.x.localhost]}, respond: {body: host}}
  - {name: wildcard, match: {hosts: ['*.x.localhost']}, respond: {body: wildcard}}
  - {name: canary, match: {path: /a, query: [{name: canary, value: '1'}]}, respond: {body: canary}}
  - {name: first, priority: 9, match: {path: /a/first, methods: [GET]}, respond: {body: first}}
";
    let gateway = gateway(&config(&shop.url(), routes)).await;
    for (host, path, answer) in [
        ("localhost", "/a", "exact"),
        ("localhost", "/a/7", "template"),
        ("localhost", "/a/7/x", "prefix"),
        ("localhost", "/r12", "regex"),
        ("a.x.localhost", "/a", "host"),
        ("A.X.LOCALHOST:80", "/a", "host"),
        ("b.c.x.localhost", "/a", "wildcard"),
        ("a.x.localhost", "/a/first", "first"),
        ("localhost", "/a/7/x?canary=1", "canary"),
        ("localhost", "/a/%66irst", "first"),
    ] {
        assert_eq!(
            ask(&gateway, host, path).await,
            (200, answer.to_owned()),
            "{host}{path}"
        );
    }
    assert_eq!(ask(&gateway, "localhost", "/r12x").await.0, 404);
    assert_eq!(ask(&gateway, "x.localhost", "/b").await.0, 404);
    assert!(shop.seen().is_empty());
}

/// RT-2
#[tokio::test]
async fn a_rewritten_path_keeps_the_query_and_what_was_encoded() {
    let shop = mirror().await;
    let routes = r"
  - {name: orders, service: shop, match: {path: '/orders/{id}', path_kind: template},
     rewrite: '/v2/orders/{id}'}
  - {name: files, service: shop, match: {path: /files}, rewrite: '/store/{rest}'}
  - {name: years, service: shop, match: {path: '/(?P<year>[0-9]{4})/(?P<rest>.*)', path_kind: regex},
     rewrite: '/{rest}/{year}'}
";
    let gateway = gateway(&config(&shop.url(), routes)).await;
    for (asked, got) in [
        ("/orders/7?x=1", "/v2/orders/7?x=1"),
        ("/orders/a%20b%23", "/v2/orders/a%20b%23"),
        ("/files/a/b%2Fc?", "/store/a/b%2Fc?"),
        ("/2024/a/b", "/a/b/2024"),
    ] {
        assert_eq!(
            ask(&gateway, "localhost", asked).await,
            (200, got.to_owned()),
            "{asked}"
        );
    }
    let asked = shop.seen().len();
    assert_eq!(ask(&gateway, "localhost", "/orders//7").await.0, 400);
    assert_eq!(shop.seen().len(), asked, "it was not sent on");
    let rows = gateway.rows().await;
    assert_eq!(rows[0].decided_by, Some(Stage::Forward));
}

/// RT-2
#[tokio::test]
async fn headers_are_changed_on_the_way_in_and_out_and_the_log_has_both() {
    let shop = Upstream::start(|_| {
        Response::builder()
            .header("server", "shop/1")
            .header("x-old", "1")
            .body(full("ok"))
            .unwrap()
    })
    .await;
    let routes = r"
  - name: orders
    service: shop
    authentication: {methods: [api_key]}
    request_headers:
      remove: [X-Secret]
      set: [{name: x-from, value: '${consumer} at ${client_ip} for $$5'}, {name: x-spoof, value: '${version}'}]
      add: [{name: x-tag, value: b}]
    response_headers:
      remove: [server]
      set: [{name: x-old, value: '2'}, {name: x-route, value: '${route} ${path} ${host} ${request_id}'}]
      add: [{name: vary, value: x-a}]
";
    let gateway = gateway(&config(&shop.url(), routes)).await;
    let key = gateway.issue_key("app");
    let answer = gateway
        .client
        .get(gateway.url("/x%20y"))
        .header("host", "shop.localhost:99")
        .header("x-api-key", key)
        .header("x-request-id", "r-1")
        .header("x-secret", "s")
        .header("x-spoof", "admin")
        .header("x-tag", "a")
        .send()
        .await
        .unwrap();
    let headers = answer.headers().clone();
    answer.text().await.unwrap();
    assert!(!headers.contains_key("server"));
    assert_eq!(headers["x-old"], "2");
    assert_eq!(headers["x-route"], "orders /x%20y shop.localhost:99 r-1");
    assert_eq!(headers["vary"], "x-a");
    let seen = shop.only().headers;
    assert!(!seen.contains_key("x-secret"));
    assert_eq!(seen["x-from"], "app at 127.0.0.1 for $5");
    assert_eq!(
        seen["x-spoof"], "",
        "what a caller claims does not get through"
    );
    let tags: Vec<_> = seen.get_all("x-tag").iter().collect();
    assert_eq!(tags, ["a", "b"]);

    let (_, kept) = newest(&gateway).await;
    let has = |lines: &[HeaderLine], name: &str| lines.iter().any(|line| line.name == name);
    let (sent, got) = (
        kept.upstream_request.unwrap(),
        kept.upstream_response.unwrap(),
    );
    assert!(has(&kept.client_request, "x-secret"));
    assert!(!has(&sent, "x-secret") && has(&sent, "x-from"));
    assert!(has(&got, "server"));
    assert!(!has(&kept.client_response.unwrap(), "server"));
}

/// What the log has of the newest request.
async fn newest(gateway: &TestGateway) -> (ExchangeSummary, Kept) {
    let row = gateway.rows().await.remove(0);
    gateway.gateway.log().exchange(row.id).unwrap().unwrap()
}

#[tokio::test]
async fn problems_of_the_gateway_keep_their_headers() {
    let shop = mirror().await;
    let routes = r"
  - name: orders
    service: shop
    authentication: {methods: [api_key]}
    response_headers: {remove: [content-type], set: [{name: x-a, value: b}]}
";
    let gateway = gateway(&config(&shop.url(), routes)).await;
    let answer = gateway.get("/").await;
    assert_eq!(answer.status(), 401);
    assert_eq!(answer.headers()["content-type"], "application/problem+json");
    assert!(!answer.headers().contains_key("x-a"));
}

#[tokio::test]
async fn the_service_sees_the_host_that_the_route_chooses() {
    let shop = mirror().await;
    let routes = r"
  - {name: caller, service: shop, match: {path: /caller}}
  - {name: target, service: shop, match: {path: /target}, host_header: {kind: target}}
  - {name: fixed, service: shop, match: {path: /fixed}, host_header: {kind: fixed, value: 'api.example:8443'}}
";
    let gateway = gateway(&config(&shop.url(), routes)).await;
    let target = shop.address.to_string();
    for (path, host) in [
        ("/caller", "shop.localhost"),
        ("/target", target.as_str()),
        ("/fixed", "api.example:8443"),
    ] {
        ask(&gateway, "shop.localhost", path).await;
        let seen = shop.seen().pop().unwrap().headers;
        assert_eq!(seen["host"], host, "{path}");
        assert_eq!(seen["x-forwarded-host"], "shop.localhost", "{path}");
        let (_, kept) = newest(&gateway).await;
        let sent = kept.upstream_request.unwrap();
        let logged = sent.iter().find(|line| line.name == "host").unwrap();
        assert_eq!(logged.value, host, "{path}");
    }
}

#[tokio::test]
async fn a_redirect_sends_callers_elsewhere_and_nothing_to_a_service() {
    let shop = mirror().await;
    let routes = r"
  - {name: https, match: {path: /secure}, redirect: {to: 'https://{host}{path}?{query}', status: 308}}
  - {name: old, match: {path: /old}, redirect: {to: '/new/{rest}'},
     response_headers: {set: [{name: cache-control, value: no-store}]}}
";
    let gateway = gateway(&config(&shop.url(), routes)).await;
    let answer = gateway
        .client
        .post(gateway.url("/secure/a?b=c"))
        .header("host", "shop.localhost:8080")
        .body("x".repeat(10_000))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 308);
    assert_eq!(
        answer.headers()["location"],
        "https://shop.localhost/secure/a?b=c"
    );
    let answer = gateway.get("/old//evil.example/x").await;
    assert_eq!(answer.status(), 302);
    assert_eq!(answer.headers()["location"], "/new/evil.example/x");
    assert_eq!(answer.headers()["cache-control"], "no-store");
    assert!(shop.seen().is_empty());

    let (row, kept) = newest(&gateway).await;
    assert_eq!((row.status, row.source), (302, Source::Gateway));
    assert_eq!((row.decided_by, row.code), (Some(Stage::Answer), None));
    assert_eq!(row.note.as_deref(), Some("redirect"));
    let facts = &kept.trace.last().unwrap().facts;
    assert!(
        matches!(facts, Facts::OwnAnswer { status: 302, location: Some(to) } if to == "/new/evil.example/x"),
        "{facts:?}"
    );
}

#[tokio::test]
async fn a_fixed_answer_comes_after_the_key_and_the_limits() {
    let routes = r#"
  - name: down
    authentication: {methods: [api_key]}
    rate_limits: [{requests: 1, per: hour, by: key}]
    respond: {status: 503, headers: [{name: content-type, value: application/json}], body: '{"down":true}'}
"#;
    let gateway = gateway(&config("http://127.0.0.1:1", routes)).await;
    assert_eq!(gateway.get("/").await.status(), 401);
    let key = gateway.issue_key("app");
    let answer = gateway.get_with_key("/", &key).await;
    assert_eq!(answer.status(), 503);
    assert_eq!(answer.headers()["content-type"], "application/json");
    assert!(
        answer.headers().get("proxy-status").is_none(),
        "ERR-3: it is meant so"
    );
    assert_eq!(answer.json::<Value>().await.unwrap(), json!({"down": true}));
    assert_eq!(gateway.get_with_key("/", &key).await.status(), 429);
    let rows = gateway.rows().await;
    assert_eq!(rows[1].decided_by, Some(Stage::Answer));
    assert_eq!(rows[1].note.as_deref(), Some("fixed answer"));
}

#[tokio::test]
async fn a_fixed_answer_has_no_body_for_head_and_leaves_the_connection_usable() {
    let routes = "  - {name: ok, respond: {body: hello}}\n";
    let gateway = gateway(&config("http://127.0.0.1:1", routes)).await;
    let raw = b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n\
        GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    let answers = exchange_raw(gateway.address(), raw).await.to_lowercase();
    let (head, get) = answers.split_once("\r\n\r\n").unwrap();
    assert!(head.contains("content-length: 5"), "{answers}");
    assert!(get.starts_with("http/1.1 200"), "{answers}");
    assert!(get.ends_with("\r\n\r\nhello"), "{answers}");
}

#[tokio::test]
async fn a_routes_own_limit_on_bodies_counts_in_place_of_the_gateways() {
    let shop = upstream("ok").await;
    let routes = r"
  - {name: small, service: shop, match: {path: /small}, max_request_body_bytes: 4}
  - {name: large, service: shop, match: {path: /large}, max_request_body_bytes: 100}
  - {name: usual, service: shop}
";
    let yaml = config(&shop.url(), routes) + "listen: {max_request_body_bytes: 10}\n";
    let gateway = gateway(&yaml).await;
    for (path, length, status) in [
        ("/small", 4, 200),
        ("/small", 5, 413),
        ("/usual", 10, 200),
        ("/usual", 11, 413),
        ("/large", 100, 200),
        ("/large", 101, 413),
    ] {
        let body = "x".repeat(length);
        let request = gateway.client.post(gateway.url(path)).body(body.clone());
        assert_eq!(
            request.send().await.unwrap().status(),
            status,
            "{path} {length}"
        );
        // The same where the length is not told beforehand.
        let pieces = tokio_stream::iter([Ok::<_, std::io::Error>(body)]);
        let body = reqwest::Body::wrap_stream(pieces);
        let request = gateway.client.post(gateway.url(path)).body(body);
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), status, "{path} {length} in chunks");
        if status == 413 {
            let problem: Value = answer.json().await.unwrap();
            let limit = if path == "/small" {
                4
            } else if path == "/usual" {
                10
            } else {
                100
            };
            assert_eq!(problem["limit_bytes"], limit);
        }
    }
}

#[tokio::test]
async fn another_method_is_405_and_a_condition_that_fails_404() {
    let shop = mirror().await;
    let routes = r"
  - {name: read, service: shop, match: {path: '/orders/{id}', path_kind: template, methods: [GET]}}
  - {name: write, service: shop, match: {path: '/orders/[0-9]+', path_kind: regex, methods: [PUT, PATCH]}}
  - {name: beta, service: shop, match: {path: /beta, headers: [{name: x-beta, test: present}]}}
";
    let gateway = gateway(&config(&shop.url(), routes)).await;
    let answer = gateway
        .client
        .delete(gateway.url("/orders/7"))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 405);
    assert_eq!(answer.headers()["allow"], "GET, PATCH, PUT");
    assert_eq!(gateway.get("/beta").await.status(), 404);
    let (_, kept) = newest(&gateway).await;
    let Facts::NoRoute { near_misses, .. } = &kept.trace.last().unwrap().facts else {
        panic!("{:?}", kept.trace);
    };
    assert_eq!(near_misses[0].route.as_str(), "beta");
    assert_eq!(near_misses[0].reason, "header `x-beta` is not there");
}

#[tokio::test]
async fn a_version_before_the_path_is_taken_away() {
    let shop = mirror().await;
    let routes = r"
  - {name: orders, service: shop, match: {path: /orders}, versions: {by: path, default: v1, list: [{name: v1}]}}
";
    let gateway = gateway(&config(&shop.url(), routes)).await;
    assert_eq!(
        ask(&gateway, "a", "/v1/orders/7?x").await,
        (200, "/orders/7?x".to_owned())
    );
    assert_eq!(
        ask(&gateway, "a", "/orders/7").await,
        (200, "/orders/7".to_owned())
    );
    assert_eq!(ask(&gateway, "a", "/vx/orders/7").await.0, 404);
}
