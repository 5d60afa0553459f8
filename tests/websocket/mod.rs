//! WebSockets pass as if the gateway weren't there, and what is said on them can be read in the log.

mod conversations;
mod ends;
mod recorded;
mod switching;

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
