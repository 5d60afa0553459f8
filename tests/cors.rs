//! Pages of other origins: what a browser is told before and with each answer (Fetch standard).

use http::{Method, StatusCode};
use reqwest::Response;

use gateway_core::record::decision::{Facts, Stage, Verdict};

use crate::harness::{TestGateway, Upstream, full, gateway, upstream};

const PAGE: &str = "http://localhost:5173";

async fn in_front_of(service: &Upstream, cors: &str) -> TestGateway {
    gateway(&format!(
        "{{version: 1, services: [{{name: shop, targets: [{{url: '{}'}}]}}],
          routes: [
            {{name: shop, service: shop, match: {{path: /shop, methods: [GET, PUT]}},
              authentication: {{methods: [api_key]}},
              rate_limits: [{{requests: 1, per: hour, by: key}}], cors: {cors}}},
            {{name: own, service: shop, match: {{path: /own}}}}]}}",
        service.url()
    ))
    .await
}

async fn preflight(gateway: &TestGateway, path: &str, headers: &[(&str, &str)]) -> Response {
    let mut request = gateway
        .client
        .request(Method::OPTIONS, gateway.url(path))
        .header("origin", PAGE);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.send().await.unwrap()
}

fn said<'a>(answer: &'a Response, name: &str) -> Option<&'a str> {
    answer
        .headers()
        .get(name)
        .map(|value| value.to_str().unwrap())
}

#[tokio::test]
async fn a_preflight_is_answered_before_a_key_is_asked_for_and_counts_nowhere() {
    let shop = upstream("ok").await;
    let gateway = in_front_of(&shop, "{origins: ['http://localhost:*'], max_age_s: 60}").await;
    let answer = preflight(
        &gateway,
        "/shop/7",
        &[
            ("access-control-request-method", "PUT"),
            ("access-control-request-headers", "authorization, x-api-key"),
            ("access-control-request-private-network", "true"),
        ],
    )
    .await;
    assert_eq!(answer.status(), StatusCode::NO_CONTENT);
    for (name, value) in [
        ("access-control-allow-origin", PAGE),
        ("access-control-allow-methods", "GET, PUT"),
        ("access-control-allow-headers", "authorization, x-api-key"),
        ("access-control-allow-private-network", "true"),
        ("access-control-max-age", "60"),
    ] {
        assert_eq!(said(&answer, name), Some(value), "{name}");
    }
    assert_eq!(said(&answer, "access-control-allow-credentials"), None);
    assert_eq!(said(&answer, "ratelimit"), None);
    let vary: Vec<_> = answer.headers().get_all("vary").iter().collect();
    assert_eq!(vary.len(), 3, "{vary:?}");
    assert!(shop.seen().is_empty(), "the service is not asked");
    let (_, kept, sentence) = gateway.newest().await;
    let last = kept.trace.last().unwrap();
    assert_eq!((last.stage, last.verdict), (Stage::Cors, Verdict::Answered));
    assert!(
        sentence.contains("pages of `http://localhost:5173` may call"),
        "{sentence}"
    );
}

#[tokio::test]
async fn what_a_page_may_not_do_is_refused_by_the_setting_that_says_so() {
    let shop = upstream("ok").await;
    let cors = "{origins: ['http://localhost:5173', 'https://*.example.com'],
                 methods: [GET], headers: [X-Api-Key]}";
    let gateway = in_front_of(&shop, cors).await;
    for (origin, method, headers, setting) in [
        (PAGE, "GET", "x-api-key", None),
        ("https://a.example.com", "GET", "", None),
        ("https://example.com", "GET", "", Some("cors.origins")),
        ("null", "GET", "", Some("cors.origins")),
        (PAGE, "PUT", "", Some("cors.methods")),
        (PAGE, "GET", "x-api-key, x-other", Some("cors.headers")),
    ] {
        let answer = gateway
            .client
            .request(Method::OPTIONS, gateway.url("/shop"))
            .header("origin", origin)
            .header("access-control-request-method", method)
            .header("access-control-request-headers", headers)
            .send()
            .await
            .unwrap();
        let case = format!("{origin} {method} {headers}");
        match setting {
            None => {
                assert_eq!(answer.status(), StatusCode::NO_CONTENT, "{case}");
                assert_eq!(said(&answer, "access-control-allow-origin"), Some(origin));
            }
            Some(setting) => {
                assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{case}");
                let (_, kept, _) = gateway.newest().await;
                let Facts::Preflight {
                    allowed, reason, ..
                } = &kept.trace.last().unwrap().facts
                else {
                    panic!("{case}: {kept:#?}");
                };
                assert!(
                    !allowed && reason.as_ref().unwrap().contains(setting),
                    "{reason:?}"
                );
            }
        }
    }
    assert!(shop.seen().is_empty());
}

/// A browser hides an error from its page that does not say that the page may read it.
#[tokio::test]
async fn refusals_can_be_read_by_the_page_that_was_refused() {
    let shop = upstream("ok").await;
    let cors = "{origins: ['http://localhost:5173'], credentials: true, expose: [RateLimit]}";
    let gateway = in_front_of(&shop, cors).await;
    let key = gateway.issue_key("page");
    for (key, status) in [
        (None, StatusCode::UNAUTHORIZED),
        (Some(&key), StatusCode::OK),
        (Some(&key), StatusCode::TOO_MANY_REQUESTS),
    ] {
        let mut request = gateway
            .client
            .get(gateway.url("/shop"))
            .header("origin", PAGE);
        if let Some(key) = key {
            request = request.header("x-api-key", key);
        }
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), status);
        assert_eq!(said(&answer, "access-control-allow-origin"), Some(PAGE));
        assert_eq!(
            said(&answer, "access-control-allow-credentials"),
            Some("true")
        );
        assert_eq!(
            said(&answer, "access-control-expose-headers"),
            Some("ratelimit")
        );
        assert_eq!(said(&answer, "vary"), Some("Origin"));
    }
}

#[tokio::test]
async fn what_a_service_says_of_other_origins_is_replaced_where_the_route_says_it() {
    let shop = Upstream::start(|_| {
        http::Response::builder()
            .header("access-control-allow-origin", "*")
            .header("access-control-allow-methods", "DELETE")
            .header("vary", "Accept")
            .body(full("ok"))
            .unwrap()
    })
    .await;
    let gateway = in_front_of(&shop, "{origins: ['https://shop.example']}").await;
    let key = gateway.issue_key("page");
    let ask = async |path: &str, origin: &str| {
        let request = gateway.client.get(gateway.url(path));
        let request = request.header("x-api-key", &key).header("origin", origin);
        request.send().await.unwrap()
    };
    let theirs = ask("/own", PAGE).await;
    assert_eq!(said(&theirs, "access-control-allow-origin"), Some("*"));
    let ours = ask("/shop", PAGE).await;
    assert_eq!(
        ours.status(),
        StatusCode::OK,
        "the browser keeps it from the page"
    );
    assert_eq!(said(&ours, "access-control-allow-origin"), None);
    assert_eq!(said(&ours, "access-control-allow-methods"), None);
    let vary: Vec<_> = ours.headers().get_all("vary").iter().collect();
    assert_eq!(vary, ["Accept", "Origin"]);
}

#[tokio::test]
async fn without_a_word_about_other_origins_preflights_go_to_the_service() {
    let shop = upstream("ok").await;
    let gateway = in_front_of(&shop, "{origins: ['*']}").await;
    let asked = [("access-control-request-method", "DELETE")];
    assert_eq!(
        preflight(&gateway, "/own", &asked).await.status(),
        StatusCode::OK
    );
    assert_eq!(shop.only().method, Method::OPTIONS);
    // Nor is `OPTIONS` by itself a preflight.
    let answer = preflight(&gateway, "/shop", &[]).await;
    assert_eq!(answer.status(), StatusCode::METHOD_NOT_ALLOWED);
}
