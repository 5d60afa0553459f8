//! When a connection leaves HTTP, and for what.

use super::*;

/// RT-2; the attack is known as h2c smuggling.
#[tokio::test]
async fn another_version_of_http_is_never_asked_for() {
    let service = upstream("ok").await;
    let gateway = in_front_of(&service.url()).await;
    let answer = exchange_raw(
        gateway.address(),
        b"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings, close\r\n\
          Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n",
    )
    .await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let seen = service.only();
    for name in ["upgrade", "http2-settings", "connection"] {
        assert!(!seen.headers.contains_key(name), "{name}");
    }
}

#[tokio::test]
async fn an_answer_that_switches_nothing_is_an_answer_like_others() {
    let service = upstream("not today").await;
    let gateway = in_front_of(&service.url()).await;
    for _ in 0..2 {
        let mut caller = raw_upgrade(&gateway, "").await;
        let head = read_head(&mut caller).await;
        assert!(head.starts_with("HTTP/1.1 200"), "{head}");
        let mut body = vec![0; "not today".len()];
        caller.read_exact(&mut body).await.unwrap();
        assert_eq!(body, b"not today");
        caller
            .write_all(b"GET /next HTTP/1.1\r\nHost: a\r\n\r\n")
            .await
            .unwrap();
        assert!(read_head(&mut caller).await.starts_with("HTTP/1.1 200"));
    }
    assert_eq!(service.seen()[0].headers["upgrade"], "websocket");
    assert!(!service.seen()[1].headers.contains_key("upgrade"));
    assert_eq!(service.connections(), 1, "its connections are used again");
}

/// reliability.md: a 101 that nobody asked for would let requests through unseen.
#[tokio::test]
async fn a_switch_to_something_else_is_refused() {
    for answer in [
        &b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: other\r\n\r\n"[..],
        b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket, other\r\n\r\n",
    ] {
        let service = RawUpstream::start(answer).await;
        let gateway = in_front_of(&service.url()).await;
        let mut caller = raw_upgrade(&gateway, "").await;
        let head = read_head(&mut caller).await;
        assert!(head.starts_with("HTTP/1.1 502"), "{head}");
        let row = gateway.only_row().await;
        assert_eq!(row.code.unwrap().as_str(), "upstream_invalid");
    }
    let service = RawUpstream::start(
        b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
    )
    .await;
    let gateway = in_front_of(&service.url()).await;
    assert_eq!(gateway.get("/").await.status(), 502, "it was not asked");
}

/// Another protocol than WebSocket: bytes, and nothing is known of them. One side may go on after the
/// other has ended.
#[tokio::test]
async fn any_other_protocol_is_passed_on_byte_by_byte() {
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = socket.accept().await.unwrap();
        read_head(&mut stream).await;
        let head =
            "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: mine/2\r\n\r\n";
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut all = Vec::new();
        stream.read_to_end(&mut all).await.unwrap();
        all.reverse();
        stream.write_all(&all).await.unwrap();
    });
    let gateway = in_front_of(&format!("http://{address}")).await;
    let mut caller = TcpStream::connect(gateway.address()).await.unwrap();
    let request =
        "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: h2c, mine/2\r\n\r\n";
    caller.write_all(request.as_bytes()).await.unwrap();
    assert!(read_head(&mut caller).await.contains("mine/2"));
    caller.write_all(b"drawer").await.unwrap();
    caller.shutdown().await.unwrap();
    let mut answer = String::new();
    caller.read_to_string(&mut answer).await.unwrap();
    assert_eq!(answer, "reward");
    let (row, messages) = ended(&gateway, 1).await;
    assert_eq!(
        (row.stream, row.ending, row.messages),
        (Some(StreamKind::Tunnel), Ending::Complete, 0)
    );
    assert_eq!((row.request_bytes, row.response_bytes), (6, 6));
    assert!(messages.is_empty());
}
