//! The built-in echo service: answers every request with what it received, for trying things
//! without a service of one's own.

use std::future::IntoFuture as _;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{Query, Request};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};

/// How much of a body is told, in bytes.
const MAX_BODY: usize = 1024 * 1024;
/// The longest an answer may be delayed, in milliseconds.
const MAX_DELAY_MS: u64 = 60_000;

/// A running echo service. It stops when this is dropped.
#[derive(Debug)]
pub struct Echo {
    address: SocketAddr,
    stop: DropGuard,
    server: JoinHandle<()>,
}

impl Echo {
    /// Listens on a port of 127.0.0.1; 0 takes any that is free. Needs a Tokio runtime.
    pub async fn start(port: u16) -> Result<Self, io::Error> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let address = listener.local_addr()?;
        let stop = CancellationToken::new();
        let stopped = stop.clone();
        let server = axum::serve(listener, Router::new().fallback(answer));
        let server = tokio::spawn(async move {
            tokio::select! {
                () = stopped.cancelled() => {}
                result = server.into_future() => if let Err(error) = result {
                    tracing::warn!(%error, "the echo service stopped");
                },
            }
        });
        Ok(Self {
            address,
            stop: stop.drop_guard(),
            server,
        })
    }

    /// Stops it and waits until its port is free again. Running answers are cut off.
    pub async fn stop(self) {
        let Self {
            address: _,
            stop,
            server,
        } = self;
        drop(stop);
        if let Err(error) = server.await {
            tracing::warn!(%error, "the echo service ended badly");
        }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

/// What may be asked of the echo service in the query.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Wish {
    /// Status to answer with, 200 to 599.
    status: Option<u16>,
    /// How long to wait before answering.
    delay_ms: u64,
}

/// What was received.
#[derive(Debug, Serialize)]
struct Received {
    method: String,
    path: String,
    query: Option<String>,
    headers: Vec<(String, String)>,
    /// The body, where it is text.
    body: Option<String>,
    /// The body, where it is not.
    body_base64: Option<String>,
    /// Size of the body; absent where it was too large to be read.
    body_bytes: Option<usize>,
}

async fn answer(request: Request) -> Response {
    // A wish that cannot be read is no wish: the query may mean something else to whoever sent it.
    let wish = Query::<Wish>::try_from_uri(request.uri()).map(|Query(wish)| wish);
    let Wish { status, delay_ms } = wish.unwrap_or_default();
    let received = receive(request).await;
    tokio::time::sleep(Duration::from_millis(delay_ms.min(MAX_DELAY_MS))).await;
    let status = status
        .filter(|status| (200..=599).contains(status))
        .and_then(|status| StatusCode::from_u16(status).ok())
        .unwrap_or(StatusCode::OK);
    (status, Json(received)).into_response()
}

async fn receive(request: Request) -> Received {
    let (parts, body) = request.into_parts();
    let bytes = read(body).await;
    let text = bytes
        .as_ref()
        .and_then(|bytes| std::str::from_utf8(bytes).ok())
        .map(str::to_owned);
    Received {
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().map(str::to_owned),
        headers: lines(&parts.headers),
        body_base64: match (&bytes, &text) {
            (Some(bytes), None) => Some(STANDARD.encode(bytes)),
            _ => None,
        },
        body_bytes: bytes.map(|bytes| bytes.len()),
        body: text,
    }
}

/// The body, unless it is too large or its sender gives up.
async fn read(body: Body) -> Option<bytes::Bytes> {
    to_bytes(body, MAX_BODY).await.ok()
}

fn lines(headers: &HeaderMap) -> Vec<(String, String)> {
    headers
        .iter()
        .map(|(name, value)| {
            (
                name.to_string(),
                String::from_utf8_lossy(value.as_bytes()).into_owned(),
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    async fn ask(request: reqwest::RequestBuilder) -> (u16, Value) {
        let response = request.send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    #[tokio::test]
    async fn it_answers_with_what_it_received() {
        let echo = Echo::start(0).await.unwrap();
        let base = format!("http://{}", echo.address());
        let client = reqwest::Client::new();
        let (status, body) = ask(client
            .post(format!("{base}/a/b?x=1"))
            .header("x-one", "1")
            .body("hé"))
        .await;
        assert_eq!(status, 200);
        assert_eq!(body["method"], "POST");
        assert_eq!(body["path"], "/a/b");
        assert_eq!(body["query"], "x=1");
        assert_eq!(
            (&body["body"], &body["body_bytes"]),
            (&json!("hé"), &json!(3))
        );
        assert!(
            body["headers"]
                .as_array()
                .unwrap()
                .contains(&json!(["x-one", "1"]))
        );

        let (_, body) = ask(client.put(&base).body(vec![0xff, 0x00])).await;
        assert_eq!(
            (&body["body"], &body["body_base64"]),
            (&Value::Null, &json!("/wA="))
        );

        let (_, body) = ask(client.put(&base).body(vec![b'x'; MAX_BODY + 1])).await;
        assert_eq!(body["body_bytes"], Value::Null);
    }

    #[tokio::test]
    async fn it_answers_with_the_status_it_is_asked_for() {
        let echo = Echo::start(0).await.unwrap();
        let client = reqwest::Client::new();
        for (query, expected) in [
            ("status=503", 503),
            ("status=99", 200),
            ("status=x", 200),
            ("delay_ms=1", 200),
        ] {
            let (status, _) = ask(client.get(format!("http://{}/?{query}", echo.address()))).await;
            assert_eq!(status, expected, "{query}");
        }
    }

    #[tokio::test]
    async fn its_port_is_free_once_it_has_stopped() {
        let echo = Echo::start(0).await.unwrap();
        let address = echo.address();
        echo.stop().await;
        TcpListener::bind(address).await.unwrap();
    }

    #[tokio::test]
    async fn it_stops_when_it_is_dropped() {
        let echo = Echo::start(0).await.unwrap();
        let address = echo.address();
        drop(echo);
        // The port is free again as soon as the server's task has ended.
        while TcpListener::bind(address).await.is_err() {
            tokio::task::yield_now().await;
        }
    }
}
