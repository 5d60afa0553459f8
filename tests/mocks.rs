//! Mocks: answers in the place of a service.

use gateway_core::record::summary::Source;
use serde_json::{Value, json};

use crate::harness::{TestGateway, Upstream, admin, gateway, upstream};

/// A route `/orders` with a mock in front of `shop`, and `/only` with nothing but one.
async fn in_front_of(shop: &Upstream) -> TestGateway {
    gateway(&format!(
        r#"
version: 1
services: [{{name: shop, targets: [{{url: '{}'}}]}}]
consumers: [{{name: ann}}]
routes:
  - name: orders
    match: {{path: '/orders/{{id}}', path_kind: template}}
    service: shop
    authentication: {{methods: [api_key], anonymous: true}}
    response_headers: {{set: [{{name: X-Route, value: '${{route}}'}}]}}
    mock:
      rules:
        - match: {{methods: [POST], query: [{{name: fail, test: present}}]}}
          status: 422
          body: '{{"wrong": {{{{ body.items[1].name | tojson }}}}, "by": "{{{{ consumer }}}}"}}'
        - match: {{path: '/orders/{{number}}', path_kind: template, methods: [GET]}}
          headers: [{{name: X-From, value: mock}}]
          body: '{{"id": "{{{{ path.number }}}}", "page": {{{{ query.page | tojson }}}}, "agent": "{{{{ headers["x-agent"] }}}}"}}'
  - name: only
    match: {{path: /only}}
    mock: {{rules: [{{match: {{path: /only/here, path_kind: exact}}, headers: [{{name: Content-Type, value: text/html}}], body: '<p>{{{{ query.q }}}}</p>'}}]}}
"#,
        shop.url()
    ))
    .await
}

#[tokio::test]
async fn the_first_rule_that_fits_answers_with_values_of_the_request() {
    let shop = upstream("from the shop").await;
    let gateway = in_front_of(&shop).await;
    let request = gateway.client.get(gateway.url("/orders/7?page=a%22b"));
    let answer = request.header("x-agent", "tests").send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["x-from"], "mock");
    assert_eq!(answer.headers()["x-route"], "orders");
    assert_eq!(answer.headers()["content-type"], "application/json");
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body, json!({ "id": "7", "page": "a\"b", "agent": "tests" }));
    assert!(shop.seen().is_empty());

    let request = gateway.client.post(gateway.url("/orders/7?fail=1"));
    let sent = json!({ "items": [{ "name": "a" }, { "name": "b" }] });
    let answer = request.json(&sent).send().await.unwrap();
    assert_eq!(answer.status(), 422);
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body, json!({ "wrong": "b", "by": "" }));
}

#[tokio::test]
async fn the_log_says_that_a_mock_answered_and_keeps_what_was_sent() {
    let shop = upstream("from the shop").await;
    let gateway = in_front_of(&shop).await;
    let request = gateway.client.post(gateway.url("/orders/7?fail=1"));
    request.body("{\"items\": []}").send().await.unwrap();
    let (row, kept, sentence) = gateway.newest().await;
    assert_eq!(row.source, Source::Mock);
    assert_eq!(row.note.as_deref(), Some("mock, rule 1"));
    assert_eq!(row.service, None);
    assert_eq!(
        sentence,
        "Answered on route `orders` by rule 1 of the mock, with 422."
    );
    assert_eq!(kept.request_body.text.as_deref(), Some("{\"items\": []}"));
}

#[tokio::test]
async fn what_no_rule_fits_goes_to_the_service_or_is_not_found() {
    let shop = upstream("from the shop").await;
    let gateway = in_front_of(&shop).await;
    let request = gateway.client.delete(gateway.url("/orders/7"));
    let answer = request.send().await.unwrap();
    assert_eq!(answer.text().await.unwrap(), "from the shop");
    assert_eq!(shop.seen().len(), 1);
    let (row, ..) = gateway.newest().await;
    assert_eq!(row.source, Source::Upstream);

    let answer = gateway.get("/only/there").await;
    assert_eq!(answer.status(), 404);
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body["code"], "mock_has_no_rule");
}

#[tokio::test]
async fn values_in_html_are_escaped() {
    let shop = upstream("from the shop").await;
    let gateway = in_front_of(&shop).await;
    let answer = gateway.get("/only/here?q=%3Cscript%3E").await;
    assert_eq!(answer.text().await.unwrap(), "<p>&lt;script&gt;</p>");
}

#[tokio::test]
async fn a_version_has_a_mock_of_its_own_and_a_mock_is_switched_off() {
    let shop = upstream("from the shop").await;
    let yaml = |enabled: bool| {
        format!(
            "{{version: 1, services: [{{name: shop, targets: [{{url: '{}'}}]}}],
               routes: [{{name: a, match: {{path: /a}}, service: shop,
                 mock: {{enabled: {enabled}, rules: [{{body: of the route}}]}},
                 versions: {{by: header, default: v1, list: [{{name: v1}},
                   {{name: v2, mock: {{rules: [{{body: 'of {{{{ version }}}}'}}]}}}},
                   {{name: v3, mock: {{enabled: false, rules: [{{body: never}}]}}}}]}}}}]}}",
            shop.url()
        )
    };
    let gateway = gateway(&yaml(true)).await;
    let get = async |version: &str| {
        let request = gateway.client.get(gateway.url("/a"));
        let answer = request.header("x-api-version", version).send().await;
        answer.unwrap().text().await.unwrap()
    };
    assert_eq!(get("v1").await, "of the route");
    assert_eq!(get("v2").await, "of v2");
    assert_eq!(get("v3").await, "from the shop");
    gateway.apply(&yaml(false)).await;
    assert_eq!(get("v1").await, "from the shop");
}

#[tokio::test]
async fn what_cannot_be_a_mock_is_refused_with_its_place() {
    let gateway = gateway("version: 1").await;
    let route = json!({ "name": "bad", "match": { "path": "/bad" }, "mock": { "rules": [
        { "body": "{{ open" },
        { "match": { "path": "no-slash" } },
        { "status": 204, "body": "x", "headers": [{ "name": "content-length", "value": "1" }] },
    ] } });
    let document = json!({ "version": 1, "routes": [route] });
    let (status, told) = admin::post(&gateway.gateway, "/config/validate", &document).await;
    assert_eq!(status, 200, "{told}");
    let told = told.to_string();
    for wanted in [
        "rules[0].body",
        "rules[1].match.path",
        "rules[2].body",
        "rules[2].headers[0].name",
    ] {
        let path = format!("\"routes[0].mock.{wanted}\"");
        assert!(told.contains(&path), "{path}: {told}");
    }
}

#[tokio::test]
async fn what_would_be_answered_is_told_without_a_request() {
    let shop = upstream("from the shop").await;
    let gateway = in_front_of(&shop).await;
    let asked = json!({ "method": "GET", "url": "/orders/7?page=1" });
    let (status, told) = admin::post(&gateway.gateway, "/explain", &asked).await;
    assert_eq!(status, 200, "{told}");
    assert!(told.to_string().contains("rule 2 of the mock"), "{told}");
    assert!(shop.seen().is_empty());
}

#[tokio::test]
async fn a_body_that_is_too_long_is_refused_as_before_a_service() {
    let yaml = "{version: 1, listen: {port: 1, max_request_body_bytes: 10}, routes: [{name: a,
        match: {path: /a}, mock: {rules: [{body: ok}]}}]}";
    let gateway = gateway(yaml).await;
    let request = gateway.client.post(gateway.url("/a"));
    assert_eq!(
        request.body("ten bytes.").send().await.unwrap().status(),
        200
    );
    let stream = futures_util::stream::iter([Ok::<_, std::io::Error>("eleven byte"), Ok("s")]);
    let request = gateway.client.post(gateway.url("/a"));
    let body = reqwest::Body::wrap_stream(stream);
    assert_eq!(request.body(body).send().await.unwrap().status(), 413);
}
