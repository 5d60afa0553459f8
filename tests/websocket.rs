//! WebSockets pass as if the gateway weren't there, and what is said on them can be read in the log.

use std::future::Future;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::{SinkExt as _, StreamExt as _};
use http::HeaderValue;
use http::header::{HeaderMap, ORIGIN};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{CloseCode, Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, accept_hdr_async_with_config};

use gateway_core::record::filter::Filter;
use gateway_core::record::messages::{Direction, Message as Kept, MessageKind};
use gateway_core::record::sentence::sentence;
use gateway_core::record::summary::{Ending, ExchangeSummary, StreamKind};

use crate::harness::{
    PATIENCE, RawUpstream, TestGateway, assert_free_of, exchange_raw, gateway, is_own, upstream,
};

type Client = WebSocketStream<MaybeTlsStream<TcpStream>>;
type Server = WebSocketStream<TcpStream>;

/// A service that speaks WebSocket and hands each one to `talk`.
struct Service {
    address: SocketAddr,
    accepting: JoinHandle<()>,
}

impl Drop for Service {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl Service {
    async fn start<F, Talk>(talk: F) -> Self
    where
        F: Fn(Server, HeaderMap) -> Talk + Clone + Send + Sync + 'static,
        Talk: Future<Output = ()> + Send + 'static,
    {
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        let accepting = tokio::spawn(async move {
            let mut running = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = socket.accept().await {
                stream.set_nodelay(true).unwrap();
                let talk = talk.clone();
                running.spawn(async move {
                    let mut headers = HeaderMap::new();
                    #[expect(clippy::result_large_err, reason = "it is tungstenite's")]
                    let look = |request: &Request, mut response: Response| {
                        headers = request.headers().clone();
                        if let Some(protocols) = headers.get("sec-websocket-protocol") {
                            let first = protocols.to_str().unwrap().split(',').next().unwrap();
                            let first = HeaderValue::from_str(first).unwrap();
                            response
                                .headers_mut()
                                .insert("sec-websocket-protocol", first);
                        }
                        Ok(response)
                    };
                    let config = Some(any_size());
                    if let Ok(server) = accept_hdr_async_with_config(stream, look, config).await {
                        talk(server, headers).await;
                    }
                });
            }
        });
        Self { address, accepting }
    }

    /// Says everything again, until it is said goodbye.
    async fn echo() -> Self {
        Self::start(|mut server, _| async move {
            while let Some(Ok(message)) = server.next().await {
                if (message.is_text() || message.is_binary()) && server.send(message).await.is_err()
                {
                    break;
                }
            }
        })
        .await
    }

    async fn gateway(&self) -> TestGateway {
        in_front_of(&format!("http://{}", self.address)).await
    }
}

fn any_size() -> WebSocketConfig {
    WebSocketConfig::default()
        .max_message_size(None)
        .max_frame_size(None)
}

const YAML: &str = "
version: 1
services: [{name: chat, targets: [{url: 'UPSTREAM'}]}]
routes:
  - {name: all, service: chat}
  - {name: keyed, service: chat, match: {path: /keyed}, authentication: {methods: [api_key]}}
";

async fn in_front_of(url: &str) -> TestGateway {
    gateway(&YAML.replace("UPSTREAM", url)).await
}

async fn connect(gateway: &TestGateway, path: &str) -> Client {
    let url = format!("ws://{}{path}", gateway.address());
    let (client, response) =
        tokio_tungstenite::connect_async_with_config(url, Some(any_size()), true)
            .await
            .unwrap();
    assert_eq!(response.status(), 101);
    client
}

async fn hear(client: &mut Client) -> Message {
    let heard = tokio::time::timeout(PATIENCE, client.next()).await;
    heard.expect("nothing came").unwrap().unwrap()
}

fn goodbye(code: u16, reason: &'static str) -> CloseFrame {
    CloseFrame {
        code: CloseCode::from(code),
        reason: reason.into(),
    }
}

/// The newest row once there are so many, and its messages.
async fn ended(gateway: &TestGateway, rows: usize) -> (ExchangeSummary, Vec<Kept>) {
    let row = gateway.eventually(|gateway| {
        let page = gateway.log().page(&Filter::default(), None, 1_000).ok()?;
        let own: Vec<_> = page.rows.into_iter().filter(is_own).collect();
        (own.len() == rows).then(|| own[0].clone())
    });
    let row = row.await;
    let messages = gateway.gateway.log().messages(row.id, 0, 1_000).unwrap();
    (row, messages.rows)
}

fn told(messages: &[Kept]) -> Vec<(Direction, MessageKind, &str)> {
    messages
        .iter()
        .map(|message| {
            let text = message.text.as_deref().unwrap_or_default();
            (message.direction, message.kind, text)
        })
        .collect()
}

#[tokio::test]
async fn what_is_said_passes_both_ways_and_is_in_the_log() {
    let service = Service::echo().await;
    let gateway = service.gateway().await;
    let mut client = connect(&gateway, "/chat?room=1").await;
    for said in [
        Message::text("hello"),
        Message::binary(vec![0, 159, 146, 150]),
        Message::text(""),
    ] {
        client.send(said.clone()).await.unwrap();
        assert_eq!(hear(&mut client).await, said);
    }
    client.send(Message::Ping(Bytes::from("p"))).await.unwrap();
    assert_eq!(hear(&mut client).await, Message::Pong(Bytes::from("p")));
    let goodbye = goodbye(1000, "thank you");
    client.close(Some(goodbye.clone())).await.unwrap();
    assert_eq!(hear(&mut client).await, Message::Close(Some(goodbye)));
    assert!(client.next().await.is_none(), "the connection is closed");

    let (row, messages) = ended(&gateway, 1).await;
    assert_eq!(
        (row.status, row.ending, row.stream, row.messages),
        (101, Ending::Complete, Some(StreamKind::Websocket), 10)
    );
    assert!(row.request_bytes > 20 && row.response_bytes > 15, "{row:?}");
    let (summary, kept) = gateway.gateway.log().exchange(row.id).unwrap().unwrap();
    let text = sentence(&summary, &kept);
    let start = format!(
        "Switched by service `chat` (http://{}) to a WebSocket, closed after ",
        service.address
    );
    assert!(text.starts_with(&start), "{text}");
    let (out, back) = (Direction::ToService, Direction::ToCaller);
    assert_eq!(
        told(&messages),
        [
            (out, MessageKind::Text, "hello"),
            (back, MessageKind::Text, "hello"),
            (out, MessageKind::Binary, ""),
            (back, MessageKind::Binary, ""),
            (out, MessageKind::Text, ""),
            (back, MessageKind::Text, ""),
            (out, MessageKind::Ping, "p"),
            (back, MessageKind::Pong, "p"),
            (out, MessageKind::Close, "thank you"),
            (back, MessageKind::Close, "thank you"),
        ]
    );
    assert_eq!(messages[2].base64.as_deref(), Some("AJ+Slg=="));
    assert_eq!(messages[8].close_code, Some(1000));
    let numbers: Vec<_> = messages.iter().map(|message| message.number).collect();
    assert_eq!(numbers, (1..=10).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_service_says_goodbye_with_its_own_code() {
    let service = Service::start(|mut server, _| async move {
        server.next().await.unwrap().unwrap();
        server.close(Some(goodbye(4321, "enough"))).await.unwrap();
        while server.next().await.is_some() {}
    })
    .await;
    let gateway = service.gateway().await;
    let mut client = connect(&gateway, "/").await;
    client.send(Message::text("go")).await.unwrap();
    let heard = hear(&mut client).await;
    assert_eq!(heard, Message::Close(Some(goodbye(4321, "enough"))));
    assert!(client.next().await.is_none());
    let (row, messages) = ended(&gateway, 1).await;
    assert_eq!(row.ending, Ending::Complete);
    let close = messages
        .iter()
        .find(|message| message.kind == MessageKind::Close);
    assert_eq!(close.unwrap().close_code, Some(4321));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn large_messages_and_many_fragments_arrive_as_they_were() {
    let service = Service::echo().await;
    let gateway = service.gateway().await;
    let mut client = connect(&gateway, "/").await;
    let large: Bytes = (0..32 * 1024 * 1024_u32).map(|n| (n % 251) as u8).collect();
    client.send(Message::Binary(large.clone())).await.unwrap();
    assert!(hear(&mut client).await.into_data() == large);

    const FRAGMENTS: usize = 500;
    for n in 0..FRAGMENTS {
        let opcode = match n {
            0 => OpCode::Data(Data::Text),
            _ => OpCode::Data(Data::Continue),
        };
        let fragment = Frame::message(format!("{n} "), opcode, n + 1 == FRAGMENTS);
        client.send(Message::Frame(fragment)).await.unwrap();
        if n == 250 {
            client.send(Message::Ping(Bytes::new())).await.unwrap();
        }
    }
    let all: String = (0..FRAGMENTS).map(|n| format!("{n} ")).collect();
    let mut heard = hear(&mut client).await;
    if heard.is_pong() {
        heard = hear(&mut client).await;
    }
    assert_eq!(heard, Message::text(all.clone()));
    client.close(None).await.unwrap();
    while client.next().await.is_some() {}

    let (row, messages) = ended(&gateway, 1).await;
    assert!(row.request_bytes > 32 * 1024 * 1024 && row.response_bytes > 32 * 1024 * 1024);
    let binary = messages
        .iter()
        .find(|message| message.kind == MessageKind::Binary);
    let binary = binary.unwrap();
    assert_eq!((binary.bytes, binary.truncated), (32 * 1024 * 1024, true));
    assert_eq!(
        binary.base64.as_ref().unwrap().len(),
        (64 * 1024_usize).div_ceil(3) * 4
    );
    let texts = messages
        .iter()
        .filter(|message| message.kind == MessageKind::Text);
    let texts: Vec<_> = texts.map(|text| text.text.as_deref()).collect();
    assert_eq!(
        texts,
        [Some(all.as_str()), Some(all.as_str())],
        "put together again"
    );
}

#[tokio::test]
async fn what_both_sides_agree_on_is_theirs() {
    let (seen, mut headers) = mpsc::channel(8);
    let service = Service::start(move |server, headers| {
        let seen = seen.clone();
        async move {
            seen.send(headers).await.unwrap();
            drop(server);
        }
    })
    .await;
    let gateway = service.gateway().await;
    let mut request = format!("ws://{}/x", gateway.address())
        .into_client_request()
        .unwrap();
    let asked = request.headers_mut();
    asked.insert(ORIGIN, "https://example.test".parse().unwrap());
    asked.insert("sec-websocket-protocol", "vite-hmr, other".parse().unwrap());
    asked.insert("x-mine", "1".parse().unwrap());
    let asked = asked.clone();
    let (_, response) = tokio_tungstenite::connect_async(request).await.unwrap();
    assert_eq!(response.headers()["sec-websocket-protocol"], "vite-hmr");
    assert_eq!(response.headers()["upgrade"], "websocket");
    let got = headers.recv().await.unwrap();
    for name in [
        "origin",
        "sec-websocket-key",
        "sec-websocket-version",
        "sec-websocket-protocol",
        "x-mine",
        "host",
    ] {
        assert_eq!(got.get(name), asked.get(name), "{name}");
    }
    assert_eq!(got["connection"], "upgrade");
    assert!(got.contains_key("x-forwarded-for") && got.contains_key("x-request-id"));
}

/// Bytes that a raw service sends with its 101 and after it, and those it got.
async fn raw_service(answer: Vec<u8>) -> (SocketAddr, mpsc::Receiver<Vec<u8>>) {
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    let (got, receive) = mpsc::channel(8);
    tokio::spawn(async move {
        let (mut stream, _) = socket.accept().await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.unwrap());
        }
        stream.write_all(&answer).await.unwrap();
        let mut all = Vec::new();
        stream.read_to_end(&mut all).await.unwrap();
        got.send(all).await.unwrap();
    });
    (address, receive)
}

async fn raw_upgrade(gateway: &TestGateway, lines: &str) -> TcpStream {
    let mut caller = TcpStream::connect(gateway.address()).await.unwrap();
    let request = format!(
        "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n{lines}\r\n"
    );
    caller.write_all(request.as_bytes()).await.unwrap();
    caller
}

async fn read_head(caller: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(caller.read_u8().await.unwrap());
    }
    String::from_utf8(head).unwrap()
}

/// RFC 7692: compression is between the two ends; the log reads it on the way.
#[tokio::test]
async fn compressed_messages_pass_as_they_are_and_are_readable_in_the_log() {
    let compress = |text: &str| {
        let mut encoder = flate2::Compress::new(flate2::Compression::best(), false);
        let mut out = Vec::with_capacity(1_000);
        encoder
            .compress_vec(text.as_bytes(), &mut out, flate2::FlushCompress::Sync)
            .unwrap();
        out.truncate(out.len() - 4);
        out
    };
    let from_service = compress(r#"{"hello":"hello hello","token":"canary"}"#);
    let frame = |payload: &[u8], mask: Option<[u8; 4]>| {
        let mut frame = vec![
            0xc1,
            payload.len() as u8 | if mask.is_some() { 0x80 } else { 0 },
        ];
        let mask = mask.inspect(|mask| frame.extend(mask)).unwrap_or_default();
        frame.extend(payload.iter().zip(mask.iter().cycle()).map(|(b, m)| b ^ m));
        frame
    };
    let sent = frame(&from_service, None);
    let head = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: WebSocket\r\n\
                 Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover\r\n\r\n";
    // In one piece with the answer's head: nothing of it may be lost.
    let (address, mut got) = raw_service([head.as_slice(), &sent].concat()).await;
    let gateway = in_front_of(&format!("http://{address}")).await;
    let lines = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n";
    let mut caller = raw_upgrade(&gateway, lines).await;
    let head = read_head(&mut caller).await.to_ascii_lowercase();
    assert!(
        head.contains("permessage-deflate; server_no_context_takeover"),
        "{head}"
    );
    let mut heard = vec![0; sent.len()];
    caller.read_exact(&mut heard).await.unwrap();
    assert_eq!(heard, sent);
    let answer = frame(&compress("to you too"), Some([9, 8, 7, 6]));
    caller.write_all(&answer).await.unwrap();
    caller.shutdown().await.unwrap();
    assert_eq!(got.recv().await.unwrap(), answer);
    let (_, messages) = ended(&gateway, 1).await;
    assert_eq!(
        told(&messages),
        [
            (
                Direction::ToCaller,
                MessageKind::Text,
                r#"{"hello":"hello hello","token":"•••"}"#
            ),
            (Direction::ToService, MessageKind::Text, "to you too"),
        ]
    );
}

#[tokio::test]
async fn a_caller_who_vanishes_is_told_to_the_service() {
    let (ended_for, mut ends) = mpsc::channel(8);
    let service = Service::start(move |mut server, _| {
        let ended_for = ended_for.clone();
        async move {
            while let Some(Ok(_)) = server.next().await {}
            ended_for.send(()).await.unwrap();
        }
    })
    .await;
    let gateway = service.gateway().await;
    let mut client = connect(&gateway, "/").await;
    client.send(Message::text("still here")).await.unwrap();
    // Without a goodbye.
    drop(client);
    ends.recv().await.unwrap();
    let (row, _) = ended(&gateway, 1).await;
    assert_eq!((row.ending, row.messages), (Ending::ClientClosed, 1));
    assert_eq!(gateway.gateway.recorder().status().in_flight, 0);
}

#[tokio::test]
async fn a_service_that_vanishes_is_told_to_the_caller() {
    let service = Service::start(|mut server, _| async move {
        server.next().await.unwrap().unwrap();
        // Without a goodbye.
        drop(server);
    })
    .await;
    let gateway = service.gateway().await;
    let mut client = connect(&gateway, "/").await;
    client.send(Message::text("go")).await.unwrap();
    let heard = tokio::time::timeout(PATIENCE, client.next()).await;
    assert!(matches!(heard.unwrap(), None | Some(Err(_))));
    drop(client);
    let (row, _) = ended(&gateway, 1).await;
    assert_eq!((row.ending, row.status), (Ending::CutOff, 101));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_conversations_go_on_at_once() {
    let service = Service::echo().await;
    let gateway = service.gateway().await;
    let mut clients = Vec::new();
    for _ in 0..200 {
        clients.push(connect(&gateway, "/").await);
    }
    let open = gateway.eventually(|gateway| (gateway.recorder().open().len() == 200).then_some(()));
    open.await;
    for (n, client) in clients.iter_mut().enumerate() {
        client.send(Message::text(n.to_string())).await.unwrap();
    }
    for (n, client) in clients.iter_mut().enumerate().rev() {
        assert_eq!(hear(client).await, Message::text(n.to_string()));
    }
    for mut client in clients {
        client.close(None).await.unwrap();
        while client.next().await.is_some() {}
    }
    let (row, _) = ended(&gateway, 200).await;
    assert_eq!(row.ending, Ending::Complete);
    assert!(gateway.gateway.recorder().open().is_empty());
}

/// A packet that waits to be filled waits for 40 ms: 300 of them would take 12 s.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn small_frames_are_not_held_back() {
    let service = Service::echo().await;
    let gateway = service.gateway().await;
    let mut client = connect(&gateway, "/").await;
    let before = Instant::now();
    for n in 0..300 {
        // In two frames each, so that one is on its way while the other is written.
        let first = Frame::message(vec![b'a'], OpCode::Data(Data::Text), false);
        client.send(Message::Frame(first)).await.unwrap();
        let last = Frame::message(n.to_string(), OpCode::Data(Data::Continue), true);
        client.send(Message::Frame(last)).await.unwrap();
        assert_eq!(hear(&mut client).await, Message::text(format!("a{n}")));
    }
    assert!(
        before.elapsed() < Duration::from_secs(6),
        "{:?}",
        before.elapsed()
    );
}

/// reliability.md, item 7
#[tokio::test]
async fn without_a_key_nothing_is_switched() {
    let service = Service::echo().await;
    let gateway = service.gateway().await;
    let url = format!("ws://{}/keyed", gateway.address());
    match tokio_tungstenite::connect_async(&url).await {
        Err(Error::Http(response)) => assert_eq!(response.status(), 401),
        other => panic!("{other:?}"),
    }
    let (row, _) = ended(&gateway, 1).await;
    assert_eq!((row.status, row.tries, row.stream), (401, 0, None));
}

/// reliability.md, item 23
#[tokio::test]
async fn a_revoked_key_ends_what_was_begun_with_it() {
    let service = Service::echo().await;
    let gateway = service.gateway().await;
    let key = gateway.issue_key("mobile");
    let mut request = format!("ws://{}/keyed", gateway.address())
        .into_client_request()
        .unwrap();
    request
        .headers_mut()
        .insert("x-api-key", key.parse().unwrap());
    let (mut client, _) = tokio_tungstenite::connect_async(request).await.unwrap();
    let mut other = connect(&gateway, "/").await;
    client.send(Message::text("hello")).await.unwrap();
    assert_eq!(hear(&mut client).await, Message::text("hello"));
    let id = gateway.gateway.keys().list()[0].id;
    gateway.gateway.keys().revoke(id).unwrap();
    match hear(&mut client).await {
        Message::Close(Some(frame)) => assert_eq!(frame.code, CloseCode::Policy),
        other => panic!("{other:?}"),
    }
    other.send(Message::text("not me")).await.unwrap();
    assert_eq!(hear(&mut other).await, Message::text("not me"));
}

#[tokio::test]
async fn a_new_configuration_leaves_conversations_alone() {
    let service = Service::echo().await;
    let gateway = service.gateway().await;
    let mut client = connect(&gateway, "/").await;
    for n in 0..5 {
        let elsewhere = YAML.replace("UPSTREAM", &format!("http://127.0.0.1:{}", n + 1));
        gateway.apply(&elsewhere).await;
        client.send(Message::text(n.to_string())).await.unwrap();
        assert_eq!(hear(&mut client).await, Message::text(n.to_string()));
    }
}

#[tokio::test]
async fn a_stop_says_goodbye_to_both_sides_and_waits_for_nobody() {
    let (heard, mut hears) = mpsc::channel(8);
    let service = Service::start(move |mut server, _| {
        let heard = heard.clone();
        async move {
            while let Some(Ok(message)) = server.next().await {
                heard.send(message).await.unwrap();
            }
        }
    })
    .await;
    let gateway = service.gateway().await;
    let mut client = connect(&gateway, "/").await;
    client.send(Message::text("hello")).await.unwrap();
    assert_eq!(hears.recv().await, Some(Message::text("hello")));
    let before = Instant::now();
    gateway.gateway.stop().await;
    assert!(
        before.elapsed() < Duration::from_secs(5),
        "{:?}",
        before.elapsed()
    );
    let code = |message: Message| match message {
        Message::Close(Some(frame)) => frame.code,
        other => panic!("{other:?}"),
    };
    assert_eq!(code(hear(&mut client).await), CloseCode::Away);
    assert_eq!(code(hears.recv().await.unwrap()), CloseCode::Away);
    let (row, _) = ended(&gateway, 1).await;
    assert_eq!(row.ending, Ending::CutOff);
    gateway.gateway.start().await.unwrap();
    let mut again = connect(&gateway, "/").await;
    again.send(Message::text("back")).await.unwrap();
    assert_eq!(hears.recv().await, Some(Message::text("back")));
}

#[tokio::test]
async fn a_silent_tunnel_ends_after_the_idle_timeout_and_a_busy_one_does_not() {
    let service = Service::echo().await;
    let yaml = format!(
        "{{version: 1, services: [{{name: chat, targets: [{{url: 'http://{}'}}], timeouts: {{idle_ms: 1500}}}}],
          routes: [{{name: all, service: chat}}]}}",
        service.address
    );
    let gateway = gateway(&yaml).await;
    let (mut silent, mut busy) = (connect(&gateway, "/").await, connect(&gateway, "/").await);
    let closed = tokio::spawn(async move { silent.next().await });
    while !closed.is_finished() {
        busy.send(Message::text("x")).await.unwrap();
        assert_eq!(hear(&mut busy).await, Message::text("x"));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    busy.send(Message::text("still")).await.unwrap();
    assert_eq!(hear(&mut busy).await, Message::text("still"));
    let (row, _) = ended(&gateway, 1).await;
    assert_eq!((row.ending, row.messages), (Ending::CutOff, 0));
}

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

/// LG-7: a conversation is shown from its beginning, and grows.
#[tokio::test]
async fn a_conversation_can_be_followed_while_it_goes_on() {
    let service = Service::echo().await;
    let gateway = service.gateway().await;
    let mut stored = gateway.gateway.recorder().messages_stored();
    let mut client = connect(&gateway, "/").await;
    let open = gateway.gateway.recorder().open();
    assert_eq!(
        (open.len(), open[0].status, open[0].ending),
        (1, 101, Ending::Running)
    );
    let id = open[0].id;
    client.send(Message::text("hello")).await.unwrap();
    hear(&mut client).await;
    let grown = gateway.eventually(|gateway| {
        let (summary, kept) = gateway.recorder().running(id)?;
        assert!(kept.client_response.is_some());
        (summary.messages == 2).then_some(summary)
    });
    let grown = grown.await;
    assert_eq!((grown.request_bytes, grown.response_bytes), (11, 7));
    assert_eq!(stored.recv().await.unwrap(), id);
    let messages = gateway.eventually(|gateway| {
        let page = gateway.log().messages(id, 0, 10).unwrap();
        (page.rows.len() == 2).then_some(page.rows)
    });
    assert_eq!(messages.await[1].text.as_deref(), Some("hello"));
}

/// LG-3
#[tokio::test]
async fn no_secret_of_a_conversation_is_in_the_files() {
    let service = Service::echo().await;
    let gateway = service.gateway().await;
    let key = gateway.issue_key("mobile");
    let mut client = connect(&gateway, "/").await;
    for said in [
        Message::text(format!(
            r#"{{"password":"canary-1","visible":1,"k":"{key}"}}"#
        )),
        Message::text("see https://u:canary-2@x/?token=canary-3"),
        Message::binary(b"\xff\x00{\"token\":\"canary-4\"}".to_vec()),
    ] {
        client.send(said.clone()).await.unwrap();
        assert_eq!(hear(&mut client).await, said, "the service gets all of it");
    }
    let reason = goodbye(1000, r#"{"secret":"canary-5"}"#);
    client.close(Some(reason)).await.unwrap();
    while client.next().await.is_some() {}
    let (_, messages) = ended(&gateway, 1).await;
    assert!(messages[0].text.as_ref().unwrap().contains("visible"));
    let dir = gateway.stop().await;
    assert_free_of(dir.path(), &["canary", &key]);
}

#[tokio::test]
async fn what_is_kept_is_bounded_and_all_is_counted() {
    let service = Service::echo().await;
    for (recording, kept, longest) in [
        ("{max_messages: 5, max_body_bytes: 3}", 5, 3),
        ("{max_messages: 0}", 0, 0),
        ("{bodies: false}", 0, 0),
    ] {
        let yaml = format!("{YAML}\nrecording: {recording}");
        let yaml = yaml.replace("UPSTREAM", &format!("http://{}", service.address));
        let gateway = gateway(&yaml).await;
        let mut client = connect(&gateway, "/").await;
        for _ in 0..10 {
            client.send(Message::text("hello")).await.unwrap();
            hear(&mut client).await;
        }
        client.close(None).await.unwrap();
        while client.next().await.is_some() {}
        let (row, messages) = ended(&gateway, 1).await;
        assert_eq!((row.messages, messages.len()), (22, kept), "{recording}");
        for message in messages {
            assert_eq!((message.bytes, message.truncated), (5, true));
            assert_eq!(message.text.unwrap().len(), longest);
        }
    }
}

/// A caller that does not read holds up its own conversation, and no memory.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caller_who_does_not_read_slows_the_service_down() {
    let (sent, mut progress) = tokio::sync::watch::channel(0_usize);
    let service = Service::start(move |mut server, _| {
        let sent = sent.clone();
        async move {
            let piece = Bytes::from(vec![b'x'; 1024 * 1024]);
            for n in 1..=256 {
                if server.send(Message::Binary(piece.clone())).await.is_err() {
                    return;
                }
                sent.send_replace(n);
            }
        }
    })
    .await;
    let gateway = service.gateway().await;
    let mut client = connect(&gateway, "/").await;
    // Until nothing moves for a second: everything between the two is full.
    while let Ok(changed) = tokio::time::timeout(Duration::from_secs(1), progress.changed()).await {
        changed.unwrap();
    }
    let stuck_at = *progress.borrow();
    assert!(
        stuck_at < 64,
        "{stuck_at} MiB were taken though nobody reads"
    );
    let mut heard = 0;
    while heard < 256 {
        heard += usize::from(hear(&mut client).await.is_binary());
    }
}
