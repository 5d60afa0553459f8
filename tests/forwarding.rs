//! What reaches the service, and what comes back.

use http::Response;
use tokio::sync::{mpsc, watch};

use crate::harness::{Upstream, exchange_raw, full, gateway, upstream};

fn catch_all(url: &str) -> String {
    format!(
        "{{version: 1, services: [{{name: shop, targets: [{{url: '{url}'}}]}}],
          routes: [{{name: all, service: shop}}]}}"
    )
}

#[tokio::test]
async fn a_request_reaches_the_service_and_its_answer_comes_back_unchanged() {
    let shop = Upstream::start(|_| {
        Response::builder()
            .status(418)
            .header("x-from", "shop")
            .header("content-type", "application/json")
            .body(full(r#"{"its":"own error"}"#))
            .unwrap()
    })
    .await;
    let gateway = gateway(&catch_all(&shop.url())).await;
    let answer = gateway
        .client
        .post(gateway.url("/orders/7?a=1&b=%20"))
        .header("x-mine", "yes")
        .body("hello")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 418);
    assert_eq!(answer.headers()["x-from"], "shop");
    assert!(
        answer.headers().get("proxy-status").is_none(),
        "ERR-3: it is the service's own"
    );
    assert_eq!(answer.text().await.unwrap(), r#"{"its":"own error"}"#);
    let seen = shop.only();
    assert_eq!(seen.method, "POST");
    assert_eq!(seen.uri, "/orders/7?a=1&b=%20");
    assert_eq!(seen.headers["x-mine"], "yes");
    assert_eq!(seen.body, "hello");
}

#[tokio::test]
async fn the_service_is_told_who_asks_and_the_caller_who_answered() {
    let shop = upstream("ok").await;
    let gateway = gateway(&catch_all(&shop.url())).await;
    let answer = gateway
        .client
        .get(gateway.url("/"))
        .header("x-forwarded-for", "6.6.6.6")
        .header("x-request-id", "mine-1")
        .header(
            "traceparent",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        )
        .send()
        .await
        .unwrap();
    assert_eq!(answer.headers()["x-request-id"], "mine-1");
    assert_eq!(answer.headers()["via"], "1.1 gatewright");
    let headers = shop.only().headers;
    assert_eq!(headers["x-forwarded-for"], "127.0.0.1");
    assert_eq!(headers["x-forwarded-host"], gateway.address().to_string());
    assert_eq!(headers["x-forwarded-proto"], "http");
    assert_eq!(headers["x-request-id"], "mine-1");
    assert_eq!(headers["via"], "1.1 gatewright");
    let trace = headers["traceparent"].to_str().unwrap();
    assert!(
        trace.starts_with("00-4bf92f3577b34da6a3ce929d0e0e4736-"),
        "{trace}"
    );
}

#[tokio::test]
async fn a_request_without_an_id_gets_one() {
    let shop = upstream("ok").await;
    let gateway = gateway(&catch_all(&shop.url())).await;
    let answer = gateway.get("/").await;
    let id = answer.headers()["x-request-id"]
        .to_str()
        .unwrap()
        .to_owned();
    assert_eq!(id.as_bytes()[14], b'7', "{id} is a UUIDv7");
    assert_eq!(shop.only().headers["x-request-id"], id.as_str());
}

/// RT-2
#[tokio::test]
async fn a_prefix_is_stripped_and_a_base_path_put_before() {
    let shop = upstream("ok").await;
    let gateway = gateway(&format!(
        "
version: 1
services: [{{name: shop, targets: [{{url: '{}/base/'}}]}}]
routes: [{{name: orders, service: shop, strip_prefix: true, match: {{path: /orders}}}}]
",
        shop.url()
    ))
    .await;
    for (asked, got) in [
        ("/orders", "/base/"),
        ("/orders/", "/base/"),
        ("/orders/7?x=/orders", "/base/7?x=/orders"),
    ] {
        gateway.get(asked).await;
        assert_eq!(shop.seen().last().unwrap().uri, got, "{asked}");
    }
    let answer = gateway.get("/%6frders/7").await;
    assert_eq!(
        answer.status(),
        400,
        "stripping it would depend on the reader"
    );
}

#[tokio::test]
async fn a_connection_to_the_service_is_used_again() {
    let shop = upstream("ok").await;
    let gateway = gateway(&catch_all(&shop.url())).await;
    for _ in 0..20 {
        assert_eq!(gateway.get("/").await.text().await.unwrap(), "ok");
    }
    assert_eq!(shop.connections(), 1);
}

#[tokio::test]
async fn targets_take_turns() {
    let (a, b) = (upstream("a").await, upstream("b").await);
    let gateway = gateway(&format!(
        "{{version: 1, services: [{{name: s, targets: [{{url: '{}'}}, {{url: '{}'}}]}}],
          routes: [{{name: all, service: s}}]}}",
        a.url(),
        b.url()
    ))
    .await;
    for _ in 0..10 {
        gateway.get("/").await;
    }
    assert_eq!((a.seen().len(), b.seen().len()), (5, 5));
}

#[tokio::test]
async fn http_2_callers_are_served_too() {
    let shop = upstream("ok").await;
    let gateway = gateway(&catch_all(&shop.url())).await;
    let client = reqwest::Client::builder()
        .http2_prior_knowledge()
        .build()
        .unwrap();
    let answer = client
        .post(gateway.url("/x"))
        .header("cookie", "a=1")
        .body("body")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.version(), http::Version::HTTP_2);
    assert_eq!(answer.text().await.unwrap(), "ok");
    let seen = shop.only();
    assert_eq!(seen.headers["host"], gateway.address().to_string());
    assert_eq!(seen.headers["via"], "2 gatewright");
    assert_eq!(seen.body, "body");
}

#[tokio::test]
async fn head_and_empty_answers_keep_their_length() {
    let shop = Upstream::start(|seen| match seen.method.as_str() {
        "HEAD" => Response::builder()
            .header("content-length", 5)
            .body(full(""))
            .unwrap(),
        _ => Response::builder().status(204).body(full("")).unwrap(),
    })
    .await;
    let gateway = gateway(&catch_all(&shop.url())).await;
    let head = gateway.client.head(gateway.url("/")).send().await.unwrap();
    assert_eq!(head.headers()["content-length"], "5");
    let empty = gateway.get("/").await;
    assert_eq!(empty.status(), 204);
    assert!(empty.headers().get("content-length").is_none());
    assert!(empty.headers().get("transfer-encoding").is_none());
}

#[tokio::test]
async fn a_change_of_config_drops_no_running_request() {
    let (release, held) = watch::channel(false);
    let (arrived, mut arrivals) = mpsc::channel(1);
    let slow = Upstream::streaming(move |_| {
        let (mut held, arrived) = (held.clone(), arrived.clone());
        Box::pin(async move {
            arrived.send(()).await.unwrap();
            held.wait_for(|released| *released).await.unwrap();
            Response::new(full("late"))
        })
    })
    .await;
    let gateway = gateway(&catch_all(&slow.url())).await;
    let running = tokio::spawn(gateway.client.get(gateway.url("/")).send());
    arrivals.recv().await.unwrap();
    gateway.apply("{version: 1}").await;
    assert_eq!(
        gateway.get("/").await.status(),
        404,
        "new requests see the new config"
    );
    release.send_replace(true);
    assert_eq!(
        running.await.unwrap().unwrap().text().await.unwrap(),
        "late"
    );
}

/// RFC 9112, section 6.3: the chunks count, and the service is not told the length.
#[tokio::test]
async fn a_length_beside_chunks_is_refused_and_reaches_no_service() {
    let shop = upstream("ok").await;
    let gateway = gateway(&catch_all(&shop.url())).await;
    let raw = b"POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 3\r\n\
        Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n";
    let answer = exchange_raw(gateway.address(), raw).await;
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    assert!(shop.seen().is_empty());
}
