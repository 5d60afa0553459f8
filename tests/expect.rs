//! `Expect: 100-continue` and other answers before the answer (RFC 9110, sections 10.1.1 and 15.2).

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::harness::{RawUpstream, TestGateway, exchange_raw, gateway};

async fn in_front_of(address: SocketAddr) -> TestGateway {
    gateway(&format!(
        "{{version: 1, services: [{{name: shop, targets: [{{url: 'http://{address}'}}]}}],
          routes: [{{name: all, service: shop, match: {{path: /a}}}}]}}"
    ))
    .await
}

/// Reads until `end` has come, and no further.
async fn read_until(stream: &mut TcpStream, end: &str) -> String {
    let mut read = Vec::new();
    while !read.ends_with(end.as_bytes()) {
        let byte = stream.read_u8().await;
        read.push(byte.unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&read))));
    }
    String::from_utf8(read).unwrap()
}

const ASKING: &str =
    "POST /a HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n";
const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

#[tokio::test]
async fn the_caller_is_asked_for_its_body_when_the_service_wants_it() {
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let gateway = in_front_of(socket.local_addr().unwrap()).await;
    let mut caller = TcpStream::connect(gateway.address()).await.unwrap();
    caller.write_all(ASKING.as_bytes()).await.unwrap();
    let (mut service, _) = socket.accept().await.unwrap();
    let head = read_until(&mut service, "\r\n\r\n").await;
    assert!(
        head.to_lowercase().contains("expect: 100-continue"),
        "{head}"
    );
    // Nothing has been said to the caller so far.
    assert!(nothing_comes(&caller), "asked before the service did");
    service
        .write_all(b"HTTP/1.1 100 Continue\r\n\r\n")
        .await
        .unwrap();
    let asked = read_until(&mut caller, "\r\n\r\n").await;
    assert_eq!(asked, "HTTP/1.1 100 Continue\r\n\r\n");
    caller.write_all(b"hello").await.unwrap();
    let body = read_until(&mut service, "hello").await;
    assert_eq!(body, "hello", "and nothing before it");
    service.write_all(OK.as_bytes()).await.unwrap();
    let answer = read_until(&mut caller, "\r\n\r\nok").await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(!answer.contains("100 Continue"), "once is enough: {answer}");
}

fn nothing_comes(stream: &TcpStream) -> bool {
    let nothing = stream.try_read(&mut [0; 1]);
    nothing.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock)
}

#[tokio::test]
async fn a_service_that_refuses_at_once_never_gets_the_body() {
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let gateway = in_front_of(socket.local_addr().unwrap()).await;
    let mut caller = TcpStream::connect(gateway.address()).await.unwrap();
    caller.write_all(ASKING.as_bytes()).await.unwrap();
    let (mut service, _) = socket.accept().await.unwrap();
    read_until(&mut service, "\r\n\r\n").await;
    let refusal = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno";
    service.write_all(refusal).await.unwrap();
    let answer = read_until(&mut caller, "\r\n\r\nno").await;
    assert!(answer.starts_with("HTTP/1.1 403 Forbidden\r\n"), "{answer}");
    let mut rest = Vec::new();
    // A reset is as good as a close.
    let _ = service.read_to_end(&mut rest).await;
    assert_eq!(rest, b"", "the connection ends without the body");
}

#[tokio::test]
async fn a_service_that_never_asks_gets_the_body_all_the_same() {
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let gateway = in_front_of(socket.local_addr().unwrap()).await;
    let mut caller = TcpStream::connect(gateway.address()).await.unwrap();
    caller.write_all(ASKING.as_bytes()).await.unwrap();
    let (mut service, _) = socket.accept().await.unwrap();
    read_until(&mut service, "\r\n\r\n").await;
    let asked = read_until(&mut caller, "\r\n\r\n").await;
    assert_eq!(asked, "HTTP/1.1 100 Continue\r\n\r\n");
    caller.write_all(b"hello").await.unwrap();
    read_until(&mut service, "hello").await;
    service.write_all(OK.as_bytes()).await.unwrap();
    read_until(&mut caller, "\r\n\r\nok").await;
}

#[tokio::test]
async fn what_the_gateway_refuses_needs_no_body() {
    let shop = RawUpstream::start(b"").await;
    let gateway = in_front_of(shop.address).await;
    let mut caller = TcpStream::connect(gateway.address()).await.unwrap();
    let elsewhere = ASKING.replace("/a", "/elsewhere");
    caller.write_all(elsewhere.as_bytes()).await.unwrap();
    let answer = read_until(&mut caller, "\r\n").await;
    assert_eq!(answer, "HTTP/1.1 404 Not Found\r\n");
}

/// RFC 9110, section 15.2: what comes before the answer is not the answer.
#[tokio::test]
async fn hints_before_the_answer_are_not_taken_for_it() {
    let shop = RawUpstream::start(
        b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n\
          HTTP/1.1 102 Processing\r\n\r\n\
          HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
    )
    .await;
    let gateway = in_front_of(shop.address).await;
    for version in ["1.0", "1.1"] {
        let asked = format!("GET /a HTTP/{version}\r\nHost: a\r\nConnection: close\r\n\r\n");
        let answer = exchange_raw(gateway.address(), asked.as_bytes()).await;
        assert!(answer.contains(" 200 OK\r\n"), "{answer}");
        assert!(answer.ends_with("\r\n\r\nok"), "{answer}");
        assert_eq!(answer.matches("HTTP/1.").count(), 1, "{answer}");
    }
}
