//! Limits on what callers send, at their edges, and how many of them there may be.

use super::caller::Caller;
use super::service::Service;
use crate::harness::{TestGateway, gateway};

fn config(limits: &str, service: &Service) -> String {
    format!(
        "{{version: 1, listen: {{port: 1, limits: {{{limits}}}}},
          services: [{{name: raw, targets: [{{url: '{}'}}]}}],
          routes: [{{name: all, service: raw}}]}}",
        service.url()
    )
}

async fn limited(limits: &str, service: &Service) -> TestGateway {
    gateway(&config(limits, service)).await
}

/// A request with this path and query, and these many bytes of headers in so many fields, `Host`
/// included.
fn request(target: &str, fields: usize, bytes: usize) -> Vec<u8> {
    let mut head = format!("GET {target} HTTP/1.1\r\nHost: a\r\n");
    let (mut fields, mut bytes) = (fields - 1, bytes - "Hosta".len());
    while fields > 1 {
        head.push_str("x: y\r\n");
        fields -= 1;
        bytes -= 2;
    }
    if fields == 1 {
        head.push_str(&format!("z: {}\r\n", "v".repeat(bytes - 1)));
    }
    head.push_str("\r\n");
    head.into_bytes()
}

async fn status(gateway: &TestGateway, bytes: &[u8]) -> u16 {
    let mut caller = Caller::connect(gateway.address()).await;
    caller.send(bytes).await;
    let answer = caller.answer("GET").await.unwrap();
    let is_own = answer.header("content-type") == Some("application/problem+json");
    assert!(answer.status == 200 || is_own, "{}", answer.head);
    answer.status
}

#[tokio::test]
async fn a_target_may_be_as_long_as_the_limit_and_no_longer() {
    let service = Service::start().await;
    let gateway = limited("max_uri_bytes: 1000", &service).await;
    for (length, wanted) in [
        (1000, 200),
        (1001, 414),
        (3_000, 414),
        (70_000, 414),
        (1_000_000, 414),
    ] {
        let path = format!("/{}", "a".repeat(length - 1));
        assert_eq!(
            status(&gateway, &request(&path, 1, 5)).await,
            wanted,
            "{length}"
        );
        let query = format!("/?{}", "a".repeat(length - 2));
        assert_eq!(
            status(&gateway, &request(&query, 1, 5)).await,
            wanted,
            "{length}"
        );
    }
    let rows = gateway.rows().await;
    assert!(
        rows.iter().any(|row| row.status == 414),
        "they are recorded"
    );
}

#[tokio::test]
async fn the_longest_target_that_can_be_allowed_passes() {
    let service = Service::start().await;
    let gateway = limited("max_uri_bytes: 65534", &service).await;
    for (length, wanted) in [(65_534, 200), (65_535, 414)] {
        let path = format!("/{}", "a".repeat(length - 1));
        let answered = status(&gateway, &request(&path, 1, 5)).await;
        assert_eq!(answered, wanted, "{length}");
    }
}

#[tokio::test]
async fn a_target_that_its_service_makes_too_long_to_send_on_is_refused() {
    let service = Service::start().await;
    let gateway = gateway(&format!(
        "{{version: 1, listen: {{port: 1, limits: {{max_uri_bytes: 65534}}}},
          services: [{{name: raw, targets: [{{url: '{}/below'}}]}}],
          routes: [{{name: all, service: raw}}]}}",
        service.url()
    ))
    .await;
    for (length, wanted) in [(65_528, 200), (65_529, 414)] {
        let path = format!("/{}", "a".repeat(length - 1));
        let answered = status(&gateway, &request(&path, 1, 5)).await;
        assert_eq!(answered, wanted, "{length}");
    }
}

#[tokio::test]
async fn headers_may_be_as_large_and_as_many_as_the_limits_and_no_more() {
    let service = Service::start().await;
    let gateway = limited("max_header_bytes: 2000, max_headers: 20", &service).await;
    for (fields, bytes, wanted) in [
        (2, 2000, 200),
        (2, 2001, 431),
        (2, 100_000, 431),
        (2, 2_000_000, 431),
        (20, 1000, 200),
        (21, 1000, 431),
        (400, 1500, 431),
    ] {
        let bytes_sent = request("/", fields, bytes);
        let answered = status(&gateway, &bytes_sent).await;
        assert_eq!(answered, wanted, "{fields} of {bytes}");
    }
}

#[tokio::test]
async fn the_largest_limits_hold_too() {
    let service = Service::start().await;
    let gateway = limited("max_header_bytes: 196608, max_headers: 1000", &service).await;
    for (fields, bytes, wanted) in [(1000, 196_608, 200), (1001, 5_000, 431), (2, 196_609, 431)] {
        let answered = status(&gateway, &request("/", fields, bytes)).await;
        assert_eq!(answered, wanted, "{fields} of {bytes}");
    }
}

#[tokio::test]
async fn changed_limits_hold_for_the_next_request_also_of_an_open_connection() {
    let service = Service::start().await;
    let gateway = limited("max_uri_bytes: 300", &service).await;
    let mut caller = Caller::connect(gateway.address()).await;
    let long = request(&format!("/{}", "a".repeat(999)), 1, 5);
    caller.send(&request("/short", 1, 5)).await;
    assert_eq!(caller.answer("GET").await.unwrap().status, 200);
    gateway
        .apply_listen(&config("max_uri_bytes: 1000", &service))
        .await;
    caller.send(&long).await;
    assert_eq!(caller.answer("GET").await.unwrap().status, 200);
    gateway
        .apply_listen(&config("max_uri_bytes: 300", &service))
        .await;
    caller.send(&long).await;
    assert_eq!(caller.answer("GET").await.unwrap().status, 414);
}

#[tokio::test]
async fn one_connection_too_many_is_answered_503_and_closed() {
    let service = Service::start().await;
    let gateway = limited("max_connections: 2", &service).await;
    let get = b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n";
    let mut within = Vec::new();
    for _ in 0..2 {
        let mut caller = Caller::connect(gateway.address()).await;
        caller.send(get).await;
        assert_eq!(caller.answer("GET").await.unwrap().status, 200);
        within.push(caller);
    }
    for sent in [&get[..], b""] {
        let mut caller = Caller::connect(gateway.address()).await;
        caller.send(sent).await;
        let answer = caller.answer("GET").await.unwrap();
        assert_eq!(answer.status, 503);
        assert_eq!(answer.header("retry-after"), Some("1"));
        assert_eq!(answer.header("connection"), Some("close"));
        assert!(answer.text().contains("too_many_connections"));
        assert!(caller.closed().await.is_empty());
    }
    // Those within go on, and one that leaves makes room.
    let mut first = within.remove(0);
    first.send(get).await;
    assert_eq!(first.answer("GET").await.unwrap().status, 200);
    first.finish().await;
    first.closed().await;
    loop {
        let mut caller = Caller::connect(gateway.address()).await;
        caller.send(get).await;
        if caller.answer("GET").await.unwrap().status == 200 {
            break;
        }
    }
}

#[tokio::test]
async fn a_raised_cap_counts_for_the_next_connection() {
    let service = Service::start().await;
    let gateway = limited("max_connections: 1", &service).await;
    let get = b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n";
    let mut first = Caller::connect(gateway.address()).await;
    first.send(get).await;
    assert_eq!(first.answer("GET").await.unwrap().status, 200);
    gateway
        .apply_listen(&config("max_connections: 2", &service))
        .await;
    let mut second = Caller::connect(gateway.address()).await;
    second.send(get).await;
    assert_eq!(second.answer("GET").await.unwrap().status, 200);
}

#[tokio::test]
async fn a_refusal_reaches_a_caller_that_is_still_sending() {
    let service = Service::start().await;
    let gateway = limited("max_header_bytes: 1024", &service).await;
    for _ in 0..20 {
        let mut caller = Caller::connect(gateway.address()).await;
        let mut bytes = request("/", 2, 10_000);
        bytes.extend(std::iter::repeat_n(b'x', 500_000));
        caller.send(&bytes).await;
        assert_eq!(caller.answer("GET").await.unwrap().status, 431);
    }
}
