//! Callers that take their time: none of them holds the gateway.

use std::time::Duration;

use super::caller::Caller;
use super::service::{Reply, Service};
use crate::harness::{TestGateway, gateway};

/// A gateway with these limits in front of `service`.
async fn limited(limits: &str, service: &Service) -> TestGateway {
    gateway(&format!(
        "{{version: 1, listen: {{port: 1, limits: {{{limits}}}}},
          services: [{{name: raw, targets: [{{url: '{}'}}], timeouts: {{first_byte_ms: 60000}}}}],
          routes: [{{name: all, service: raw}}]}}",
        service.url()
    ))
    .await
}

/// Long enough that nothing ends by it.
const NEVER: &str = "header_read_timeout_ms: 600000, idle_timeout_ms: 600000";

#[tokio::test]
async fn a_head_that_stops_is_answered_408_and_recorded() {
    let service = Service::start().await;
    let gateway = limited(
        "header_read_timeout_ms: 200, idle_timeout_ms: 600000",
        &service,
    )
    .await;
    let mut caller = Caller::connect(gateway.address()).await;
    caller
        .send(b"GET /slow?x=1 HTTP/1.1\r\nHost: a\r\nX-Slo")
        .await;
    let answer = caller.answer("GET").await.unwrap();
    assert_eq!(answer.status, 408);
    assert_eq!(
        answer.header("content-type"),
        Some("application/problem+json")
    );
    assert!(answer.text().contains("\"code\":\"request_timeout\""));
    assert!(caller.closed().await.is_empty());
    let row = gateway.only_row().await;
    assert_eq!((row.status, row.path.as_str()), (408, "/slow"));
    assert!(service.connections().is_empty());
}

#[tokio::test]
async fn a_head_that_trickles_is_answered_408_all_the_same() {
    let service = Service::start().await;
    let gateway = limited(
        "header_read_timeout_ms: 400, idle_timeout_ms: 600000",
        &service,
    )
    .await;
    let mut caller = Caller::connect(gateway.address()).await;
    caller.send(b"GET / HTTP/1.1\r\n").await;
    let trickle = async {
        loop {
            caller.send(b"X: y\r\n").await;
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    // Each line comes well within the limit; all of them do not.
    let trickled = tokio::time::timeout(Duration::from_secs(1), trickle).await;
    assert!(trickled.is_err());
    assert_eq!(caller.answer("GET").await.unwrap().status, 408);
    caller.closed().await;
}

#[tokio::test]
async fn half_a_request_line_is_answered_408_and_recorded_without_method_and_path() {
    let service = Service::start().await;
    let gateway = limited(
        "header_read_timeout_ms: 200, idle_timeout_ms: 600000",
        &service,
    )
    .await;
    for begun in [&b"G"[..], b"GET /", b"\r\n", b"PRI * HT"] {
        let mut caller = Caller::connect(gateway.address()).await;
        caller.send(begun).await;
        assert_eq!(caller.answer("GET").await.unwrap().status, 408, "{begun:?}");
        assert!(caller.closed().await.is_empty());
        let (row, _, _) = gateway.newest().await;
        assert_eq!((row.method.as_str(), row.path.as_str()), ("-", ""));
        assert_eq!(row.status, 408);
    }
}

#[tokio::test]
async fn the_time_for_a_head_begins_with_its_first_byte() {
    let service = Service::start().await;
    let gateway = limited(
        "header_read_timeout_ms: 300, idle_timeout_ms: 600000",
        &service,
    )
    .await;
    let mut caller = Caller::connect(gateway.address()).await;
    for _ in 0..2 {
        tokio::time::sleep(Duration::from_millis(500)).await;
        caller.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
        assert_eq!(caller.answer("GET").await.unwrap().status, 200);
    }
}

#[tokio::test]
async fn a_connection_without_a_request_is_closed_without_a_word() {
    let service = Service::start().await;
    let gateway = limited(
        "header_read_timeout_ms: 600000, idle_timeout_ms: 700",
        &service,
    )
    .await;
    let mut unused = Caller::connect(gateway.address()).await;
    assert!(unused.closed().await.is_empty());
    let mut used = Caller::connect(gateway.address()).await;
    used.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert_eq!(used.answer("GET").await.unwrap().status, 200);
    assert!(used.closed().await.is_empty());
}

#[tokio::test]
async fn a_body_that_stands_still_is_answered_408() {
    let service = Service::start().await;
    let gateway = limited(
        "header_read_timeout_ms: 600000, idle_timeout_ms: 300",
        &service,
    )
    .await;
    for begun in [
        &b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello"[..],
        b"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhe",
        b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n",
    ] {
        let mut caller = Caller::connect(gateway.address()).await;
        caller.send(begun).await;
        let answer = caller.answer("POST").await.unwrap();
        assert_eq!(answer.status, 408, "{}", answer.text());
        assert!(answer.text().contains("request_timeout"));
        assert!(caller.closed().await.is_empty());
    }
    let whole = service.requests().unwrap();
    assert!(whole.iter().all(|request| !request.is_whole), "{whole:?}");
}

#[tokio::test]
async fn a_body_that_moves_may_take_longer_than_the_limit() {
    let service = Service::start().await;
    let gateway = limited(
        "header_read_timeout_ms: 600000, idle_timeout_ms: 600",
        &service,
    )
    .await;
    let mut caller = Caller::connect(gateway.address()).await;
    caller
        .send(b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 8\r\n\r\n")
        .await;
    for _ in 0..8 {
        tokio::time::sleep(Duration::from_millis(150)).await;
        caller.send(b"x").await;
    }
    assert_eq!(caller.answer("POST").await.unwrap().status, 200);
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "a service that takes its time")]
async fn waiting_for_a_slow_service_is_not_being_idle() {
    let service = Service::scripted(|_| {
        std::thread::sleep(Duration::from_millis(1_500));
        None
    })
    .await;
    // Longer than it takes on a busy machine to send a request, and shorter than the service takes.
    let gateway = limited(
        "header_read_timeout_ms: 700, idle_timeout_ms: 700",
        &service,
    )
    .await;
    let mut caller = Caller::connect(gateway.address()).await;
    caller.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert_eq!(caller.answer("GET").await.unwrap().status, 200);
}

#[tokio::test]
async fn a_caller_that_does_not_read_is_given_up() {
    let service = Service::scripted(|_| {
        let length = 64 * 1024 * 1024;
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n");
        let mut bytes = head.into_bytes();
        bytes.resize(bytes.len() + length, b'x');
        Some(Reply {
            bytes,
            then_close: false,
        })
    })
    .await;
    let gateway = limited(
        "header_read_timeout_ms: 600000, idle_timeout_ms: 300",
        &service,
    )
    .await;
    let mut caller = Caller::connect(gateway.address()).await;
    caller.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    // It is recorded when it is given up, not when the caller reads again.
    let row = gateway.only_row().await;
    assert!(row.response_bytes < 64 * 1024 * 1024, "{row:?}");
    let read = caller.closed().await;
    assert!(read.len() < 64 * 1024 * 1024, "{}", read.len());
}

#[tokio::test]
async fn four_hundred_slow_callers_hold_nobody_up() {
    let service = Service::start().await;
    let gateway = limited(NEVER, &service).await;
    let mut slow = Vec::new();
    for n in 0..400 {
        let mut caller = Caller::connect(gateway.address()).await;
        let begun: &[u8] = match n % 4 {
            0 => b"GET / HTTP/1.1\r\nHost: a\r\n",
            1 => b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nx",
            2 => b"G",
            _ => b"",
        };
        caller.send(begun).await;
        slow.push(caller);
    }
    let mut caller = Caller::connect(gateway.address()).await;
    caller.send(b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n").await;
    let answer = caller.answer("GET").await.unwrap();
    assert_eq!(answer.text(), "GET /a HTTP/1.1 0");
}
