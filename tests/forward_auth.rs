//! A service of one's own is asked about callers.

use http::Response;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::harness::{Body, RawUpstream, TestGateway, Upstream, full, gateway, upstream};

fn yaml(shop: &Upstream, url: &str, more: &str) -> String {
    format!(
        "
version: 1
listen: {{port: 1}}
services: [{{name: shop, targets: [{{url: '{}'}}]}}]
consumers: [{{name: anna, groups: [staff], scopes: [own]}}]
routes:
  - name: shop
    service: shop
    match: {{path: /shop}}
    authentication:
      methods: [forward]
      {more}
      forward:
        url: '{url}'
        response_headers: [X-User, X-Roles]
        consumer_header: X-User
        timeout_ms: 1000
",
        shop.url()
    )
}

/// Lets pass who has a cookie, and sends others to a page where they get one.
fn judge(cookie: Option<&str>) -> Response<Body> {
    let answer = match cookie {
        Some("session=anna") => Response::builder()
            .status(204)
            .header("x-user", "anna")
            .header("x-roles", "admin")
            .header("x-roles", "cook")
            .header("x-other", "stays there"),
        Some("session=mute") => Response::builder().status(200),
        Some("session=teapot") => Response::builder().status(418),
        _ => Response::builder()
            .status(302)
            .header("location", "/login")
            .header("set-cookie", "asked=1")
            .header("set-cookie", "again=2")
            .header("keep-alive", "timeout=5")
            .header("www-authenticate", "Session"),
    };
    answer.body(full("sign in first")).unwrap()
}

async fn judges() -> Upstream {
    Upstream::start(|seen| {
        let cookie = seen.headers.get("cookie");
        let mut answer = judge(cookie.map(|value| value.to_str().unwrap()));
        if answer.status() == 204 {
            *answer.body_mut() = full("");
        }
        answer
    })
    .await
}

async fn ask(gateway: &TestGateway, path: &str, headers: &[(&str, &str)]) -> reqwest::Response {
    let request = gateway.client.post(gateway.url(path));
    let request = headers.iter().fold(request, |request, (name, value)| {
        request.header(*name, *value)
    });
    request.body("a body").send().await.unwrap()
}

#[tokio::test]
async fn who_is_let_through_arrives_with_what_was_said_of_it() {
    let (shop, judges) = (upstream("ok").await, judges().await);
    let gateway = gateway(&yaml(&shop, &format!("{}/check?a=1", judges.url()), "")).await;
    let lies = [
        ("cookie", "session=anna"),
        ("authorization", "Bearer theirs"),
        ("x-user", "root"),
        ("x_user", "root"),
        ("x-roles", "root"),
        ("x-other", "mine"),
        ("x-forwarded-for", "1.2.3.4"),
        ("x-forwarded-uri", "/lies"),
        ("accept", "text/html"),
    ];
    let answer = ask(&gateway, "/shop/a%20b?x=1", &lies).await;
    assert_eq!(answer.status(), 200);
    let asked = judges.only();
    assert_eq!(
        (asked.method.as_str(), asked.uri.to_string()),
        ("GET", "/check?a=1".to_owned())
    );
    assert!(asked.body.is_empty());
    for (name, value) in [
        ("cookie", "session=anna"),
        ("authorization", "Bearer theirs"),
        ("x-forwarded-method", "POST"),
        ("x-forwarded-proto", "http"),
        ("x-forwarded-host", &gateway.address().to_string()),
        ("x-forwarded-uri", "/shop/a%20b?x=1"),
        ("x-forwarded-for", "127.0.0.1"),
    ] {
        let values: Vec<_> = asked.headers.get_all(name).iter().collect();
        assert_eq!(values, [value], "{name}");
    }
    for name in ["x-user", "x-other", "accept", "content-length"] {
        assert!(!asked.headers.contains_key(name), "{name}");
    }

    let seen = shop.only();
    assert_eq!(seen.body, "a body");
    for (name, value) in [
        ("x-consumer-id", "anna"),
        ("x-user", "anna"),
        ("x-other", "mine"),
        ("cookie", "session=anna"),
        ("authorization", "Bearer theirs"),
    ] {
        assert_eq!(seen.headers[name], value, "{name}");
    }
    let roles: Vec<_> = seen.headers.get_all("x-roles").iter().collect();
    assert_eq!(roles, ["admin", "cook"]);
    assert!(!seen.headers.contains_key("x_user"));
    let (_, kept, _) = gateway.newest().await;
    let trace = serde_json::to_string(&kept.trace).unwrap();
    assert!(
        trace.contains(r#""methods":["forward"],"consumer":"anna""#),
        "{trace}"
    );
    assert!(trace.contains(r#""groups":["staff"]"#), "{trace}");
}

#[tokio::test]
async fn what_is_not_said_of_a_caller_is_not_taken_from_the_caller() {
    let (shop, judges) = (upstream("ok").await, judges().await);
    let gateway = gateway(&yaml(&shop, &judges.url(), "anonymous: true")).await;
    for headers in [
        &[
            ("cookie", "session=mute"),
            ("x-user", "root"),
            ("x-consumer-id", "root"),
        ][..],
        // Nothing at all is shown, and so nobody is asked.
        &[("x-user", "root"), ("x_roles", "root")],
    ] {
        assert_eq!(ask(&gateway, "/shop", headers).await.status(), 200);
        let seen = shop.seen().pop().unwrap();
        for name in ["x-user", "x_roles", "x-roles", "x-consumer-id"] {
            assert!(!seen.headers.contains_key(name), "{name} with {headers:?}");
        }
    }
    assert_eq!(judges.seen().len(), 1);
}

#[tokio::test]
async fn who_is_not_let_through_is_given_the_answer_as_it_is() {
    let (shop, judges) = (upstream("ok").await, judges().await);
    let gateway = gateway(&yaml(&shop, &judges.url(), "")).await;
    let answer = ask(&gateway, "/shop", &[("cookie", "session=old")]).await;
    assert_eq!(answer.status(), 302, "redirects are the caller's to follow");
    assert_eq!(answer.headers()["location"], "/login");
    assert_eq!(answer.headers()["www-authenticate"], "Session");
    let cookies: Vec<_> = answer.headers().get_all("set-cookie").iter().collect();
    assert_eq!(cookies, ["asked=1", "again=2"]);
    assert!(!answer.headers().contains_key("keep-alive"));
    assert!(answer.headers().contains_key("x-request-id"));
    assert_eq!(answer.text().await.unwrap(), "sign in first");
    let (summary, kept, sentence) = gateway.newest().await;
    assert_eq!(summary.status, 302);
    let trace = serde_json::to_value(&kept.trace).unwrap();
    let facts = &trace.as_array().unwrap().last().unwrap()["facts"];
    let expected =
        json!({"kind": "refused_elsewhere", "url": format!("{}/", judges.url()), "status": 302});
    assert_eq!(*facts, expected);
    assert!(
        sentence.contains("was asked and answered 302"),
        "{sentence}"
    );

    assert_eq!(
        ask(&gateway, "/shop", &[("cookie", "session=teapot")])
            .await
            .status(),
        418
    );
    assert_eq!(
        ask(&gateway, "/shop", &[]).await.status(),
        302,
        "asked also about who shows nothing"
    );
    assert!(shop.seen().is_empty());
    assert_eq!(judges.seen().len(), 3);
}

#[tokio::test]
async fn where_nobody_can_be_asked_nobody_passes() {
    let shop = upstream("ok").await;
    let garbage = RawUpstream::start(b"SSH-2.0-OpenSSH\r\n").await;
    let cut_off =
        RawUpstream::start(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 9\r\n\r\nno").await;
    let switch = RawUpstream::start(
        b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n",
    )
    .await;
    let long = Upstream::start(|_| {
        let mut answer = Response::new(full(vec![b'x'; 64 * 1024 + 1]));
        *answer.status_mut() = http::StatusCode::FORBIDDEN;
        answer
    })
    .await;
    for (url, reason) in [
        (
            "http://127.0.0.1:9/".to_owned(),
            "no connection to 127.0.0.1:9",
        ),
        (
            "http://no-such-host.invalid/".to_owned(),
            "could not be resolved",
        ),
        (garbage.url(), "was asked about the caller"),
        (cut_off.url(), "was asked about the caller"),
        (switch.url(), "was asked about the caller"),
        (long.url(), "longer than 65536 bytes"),
    ] {
        let gateway = gateway(&yaml(&shop, &url, "")).await;
        let answer = ask(&gateway, "/shop", &[]).await;
        assert_eq!(answer.status(), 502, "{url}");
        let problem: Value = answer.json().await.unwrap();
        assert_eq!(problem["code"], "forward_auth_failed", "{url}");
        assert!(
            !problem.to_string().contains("127.0.0.1"),
            "addresses stay here: {problem}"
        );
        let (_, _, sentence) = gateway.newest().await;
        assert!(sentence.contains(reason), "{sentence}");
    }
    assert!(shop.seen().is_empty());
}

#[tokio::test]
async fn who_does_not_answer_in_time_is_504() {
    let shop = upstream("ok").await;
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", silent.local_addr().unwrap());
    let gateway = gateway(&yaml(&shop, &url, "")).await;
    let answer = ask(&gateway, "/shop", &[]).await;
    assert_eq!(answer.status(), 504);
    let problem: Value = answer.json().await.unwrap();
    assert_eq!(problem["code"], "forward_auth_timeout");
    let (_, _, sentence) = gateway.newest().await;
    assert!(sentence.contains("no answer within 1000 ms"), "{sentence}");
    assert!(shop.seen().is_empty());
}

#[tokio::test]
async fn the_gateway_never_asks_itself() {
    let shop = upstream("ok").await;
    let gateway = gateway(&yaml(&shop, "http://127.0.0.1:9/", "")).await;
    let own = format!("http://localhost:{}/shop", gateway.address().port());
    gateway.apply(&yaml(&shop, &own, "")).await;
    let answer = ask(&gateway, "/shop", &[]).await;
    assert_eq!(answer.status(), 502);
    let (_, _, sentence) = gateway.newest().await;
    assert!(sentence.contains("is Gatewright itself"), "{sentence}");
    assert_eq!(gateway.rows().await.len(), 1, "it was not asked");
}

#[tokio::test]
async fn connections_are_used_again() {
    let (shop, judges) = (upstream("ok").await, judges().await);
    let gateway = gateway(&yaml(&shop, &judges.url(), "")).await;
    for _ in 0..5 {
        let answer = ask(&gateway, "/shop", &[("cookie", "session=anna")]).await;
        assert_eq!(answer.status(), 200);
    }
    assert_eq!((judges.seen().len(), judges.connections()), (5, 1));
}
