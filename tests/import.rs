//! What is imported behaves as it did where it is from: files of Kong's and OpenAPI documents, run,
//! and asked over real sockets.

use gateway_core::config::{Config, file};
use gateway_core::import::{Mode, Readdress, Wishes, plan, read};
use http::{Response, StatusCode};

use crate::harness::{TestGateway, Upstream, full, gateway};

/// A service that answers with its name, the path and the host it was asked for.
async fn named(name: &'static str) -> Upstream {
    Upstream::start(move |seen| {
        let host = seen.headers["host"].to_str().unwrap();
        let host = if host.starts_with("127.") {
            "target"
        } else {
            host
        };
        let mut answer = Response::new(full(format!("{name} {} {host}", seen.uri)));
        answer
            .headers_mut()
            .insert("x-powered-by", "it".parse().unwrap());
        answer
    })
    .await
}

/// A gateway that runs what a file comes to.
async fn running(text: &str, upstreams: &[(&str, &Upstream)]) -> TestGateway {
    let imported = read(text, None).unwrap_or_else(|issues| panic!("{issues:#?}"));
    let upstreams = upstreams.iter().map(|(from, to)| Readdress {
        from: (*from).to_owned(),
        to: to.url(),
    });
    let wishes = Wishes {
        mode: Mode::Replace,
        upstreams: upstreams.collect(),
        ..Wishes::default()
    };
    let plan = plan(&Config::default(), &imported, &wishes);
    assert_eq!(plan.issues, []);
    gateway(&file::to_yaml(&plan.config)).await
}

async fn ask(gateway: &TestGateway, request: &str) -> (u16, String) {
    let mut words = request.split(' ');
    let (method, path) = (words.next().unwrap(), words.next().unwrap());
    let mut request = gateway
        .client
        .request(method.parse().unwrap(), gateway.url(path));
    for header in words {
        let (name, value) = header.split_once('=').unwrap();
        request = request.header(name, value);
    }
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

const KONG: &str = r#"
_format_version: "3.0"
services:
- name: shop
  url: http://shop:3000/base
  routes:
  - {name: root, paths: [/]}
  - {name: long, paths: [/a/b/c], strip_path: false}
  # More kinds of conditions come before longer paths.
  - {name: picky, paths: [/a], methods: [GET], headers: {X-Beta: ["on", "yes"]}, strip_path: false}
  # Regular expressions come before prefixes, however long.
  - {name: numbers, paths: ['~/a/b/\d+$'], strip_path: false}
  - {name: open-regex, paths: ['~/v\d+/items']}
  - {name: kept-host, paths: [/kept], preserve_host: true, strip_path: false}
  - {name: by-host, hosts: ["*.tenant.localhost"], strip_path: false}
- name: orders
  url: http://orders:4000
  routes:
  - name: rewritten
    paths: ['~/users/(?<id>[^/]+)/orders/(\d+)$']
    plugins: [{name: request-transformer, config: {replace: {uri: "/o/$(uri_captures[2])/u/$(uri_captures['id'])"}}}]
  - name: below
    paths: ['~/v9(?<rest>/users(?:/.*)?)$']
    plugins: [{name: request-transformer, config: {replace: {uri: "$(uri_captures['rest'])"}}}]
"#;

/// EX-1: where two products would choose another route, the import keeps the choice.
#[tokio::test]
async fn routes_of_kong_are_chosen_and_paths_sent_on_as_kong_does() {
    let (shop, orders) = (named("shop").await, named("orders").await);
    let upstreams = [("http://shop:3000", &shop), ("http://orders:4000", &orders)];
    let gateway = running(KONG, &upstreams).await;
    for (request, answer) in [
        ("GET /x/y?q=1", "shop /base/x/y?q=1 target"),
        ("GET /", "shop /base/ target"),
        ("GET /a/b/c/d", "shop /base/a/b/c/d target"),
        ("GET /a/b/c x-beta=ON", "shop /base/a/b/c target"),
        ("POST /a/x x-beta=on", "shop /base/a/x target"),
        ("GET /a/b/12", "shop /base/a/b/12 target"),
        ("GET /v2/items/7", "shop /base/7 target"),
        ("GET /v2/items", "shop /base/ target"),
        (
            "GET /kept/x host=shop.localhost",
            "shop /base/kept/x shop.localhost",
        ),
        (
            "GET /any host=one.tenant.localhost",
            "shop /base/any target",
        ),
        ("GET /users/anna/orders/7", "orders /o/7/u/anna target"),
        ("GET /v9/users/7", "orders /users/7 target"),
        ("GET /v9/users", "orders /users target"),
    ] {
        assert_eq!(
            ask(&gateway, request).await,
            (200, answer.to_owned()),
            "{request}"
        );
    }
    // Which of them took it is in the log.
    let routes: Vec<_> = gateway
        .rows()
        .await
        .into_iter()
        .rev()
        .map(|row| row.route)
        .collect();
    let named = |n: usize| routes[n].as_ref().map(ToString::to_string);
    assert_eq!(named(3).as_deref(), Some("picky"));
    assert_eq!(named(4).as_deref(), Some("root"));
    assert_eq!(named(5).as_deref(), Some("numbers"));
}

const TERMS: &str = r#"
_format_version: "3.0"
consumers: [{username: anna, acls: [{group: staff}], keyauth_credentials: [{key: old-key-of-anna}]}]
services:
- name: shop
  url: http://shop:3000
  routes:
  - {name: keyed, paths: [/keyed], plugins: [{name: key-auth, config: {key_names: [apikey], hide_credentials: true}}]}
  - {name: staff, paths: [/staff], plugins: [{name: key-auth, config: {key_names: [apikey], hide_credentials: true}}, {name: acl, config: {allow: [staff]}}]}
  - {name: limited, paths: [/limited], plugins: [{name: rate-limiting, config: {minute: 2, limit_by: ip}}]}
  - {name: shut, paths: [/shut], plugins: [{name: request-termination, config: {status_code: 418, message: "no <tea>"}}]}
  - {name: elsewhere, paths: [/elsewhere], plugins: [{name: ip-restriction, config: {deny: [127.0.0.0/8]}}]}
  - {name: small, paths: [/small], plugins: [{name: request-size-limiting, config: {allowed_payload_size: 4, size_unit: bytes}}]}
  - {name: code, paths: [/code], plugins: [{name: pre-function, config: {access: ["kong.response.exit(200)"]}}]}
  - {name: page, paths: [/page], plugins: [{name: cors, config: {origins: ["http://app.localhost"], max_age: 60}}, {name: response-transformer, config: {remove: {headers: [X-Powered-By]}, append: {headers: ["X-Served-By:gateway"]}}}]}
"#;

#[tokio::test]
async fn plugins_of_kong_hold_as_terms_of_routes() {
    let shop = named("shop").await;
    let gateway = running(TERMS, &[("http://shop:3000", &shop)]).await;
    let status = async |request: &str| ask(&gateway, request).await.0;
    // Keys of the file are not taken over: nobody comes in unseen.
    assert_eq!(status("GET /keyed").await, 401);
    assert_eq!(status("GET /keyed apikey=old-key-of-anna").await, 401);
    let key = gateway.issue_key("anna");
    assert_eq!(status(&format!("GET /keyed apikey={key}")).await, 200);
    assert_eq!(shop.seen().last().unwrap().headers.get("apikey"), None);
    // The group of the file's consumer lets its new key in, and no other.
    assert_eq!(status(&format!("GET /staff apikey={key}")).await, 200);
    let other = gateway.issue_key("bert");
    assert_eq!(status(&format!("GET /staff apikey={other}")).await, 403);
    for expected in [200, 200, 429] {
        assert_eq!(status("GET /limited").await, expected);
    }
    let (shut, body) = ask(&gateway, "GET /shut").await;
    assert_eq!((shut, body.as_str()), (418, r#"{"message":"no <tea>"}"#));
    assert_eq!(status("GET /elsewhere").await, 403);
    let large = gateway
        .client
        .post(gateway.url("/small"))
        .body("12345")
        .send()
        .await
        .unwrap();
    assert_eq!(large.status(), StatusCode::PAYLOAD_TOO_LARGE);
    // What may refuse and cannot be carried over is not open.
    assert_eq!(status("GET /code").await, 404);
    let page = gateway
        .client
        .get(gateway.url("/page"))
        .header("origin", "http://app.localhost")
        .send()
        .await
        .unwrap();
    assert_eq!(
        page.headers()["access-control-allow-origin"],
        "http://app.localhost"
    );
    assert_eq!(page.headers()["x-served-by"], "gateway");
    assert_eq!(page.headers().get("x-powered-by"), None);
}

#[tokio::test]
async fn operations_of_an_openapi_document_are_routes() {
    let shop = named("shop").await;
    let text = r#"{
        "openapi": "3.0.3",
        "info": { "title": "Shop", "version": "1" },
        "servers": [{ "url": "https://api.shop.example/v1" }],
        "paths": {
            "/orders/{id}": { "get": { "responses": {} } },
            "/orders/today": { "get": { "responses": {} } },
            "/orders/{id}.csv": { "get": { "responses": {} } },
            "/orders": { "post": { "security": [{ "key": [] }], "responses": {} } }
        },
        "components": { "securitySchemes": { "key": { "type": "apiKey", "in": "header", "name": "X-Shop-Key" } } }
    }"#;
    let gateway = running(text, &[("https://api.shop.example", &shop)]).await;
    for (request, answer) in [
        ("GET /v1/orders/7", (200, "shop /v1/orders/7 target")),
        (
            "GET /v1/orders/today",
            (200, "shop /v1/orders/today target"),
        ),
        (
            "GET /v1/orders/7.csv",
            (200, "shop /v1/orders/7.csv target"),
        ),
    ] {
        let (status, body) = ask(&gateway, request).await;
        assert_eq!((status, body.as_str()), answer, "{request}");
    }
    assert_eq!(ask(&gateway, "POST /v1/orders").await.0, 401);
    let key = gateway.issue_key("me");
    assert_eq!(
        ask(&gateway, &format!("POST /v1/orders x-shop-key={key}"))
            .await
            .0,
        200
    );
    assert_eq!(ask(&gateway, "GET /orders/7").await.0, 404);
}
