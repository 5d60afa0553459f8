//! A service that answers as told and remembers what it was asked.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, Uri};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A request as the service saw it.
#[derive(Clone, Debug)]
pub struct Seen {
    pub method: Method,
    pub uri: Uri,
    pub headers: HeaderMap,
    pub body: Bytes,
}

pub type Body = BoxBody<Bytes, std::io::Error>;
type Answer = Pin<Box<dyn Future<Output = Response<Body>> + Send>>;

/// A running service; stops when dropped.
pub struct Upstream {
    pub address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
    connections: Arc<Mutex<usize>>,
    accepting: JoinHandle<()>,
}

/// Starts a service that answers each request with `200` and this text.
pub async fn upstream(text: &'static str) -> Upstream {
    Upstream::start(move |_| Response::new(full(text))).await
}

pub fn full(text: impl Into<Bytes>) -> Body {
    Full::new(text.into())
        .map_err(|never| match never {})
        .boxed()
}

impl Upstream {
    /// Starts a service that reads each request whole and answers it with `answer`.
    pub async fn start<F>(answer: F) -> Self
    where
        F: Fn(&Seen) -> Response<Body> + Clone + Send + Sync + 'static,
    {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let remembered = seen.clone();
        let handler = move |request: Request<Incoming>| -> Answer {
            let (answer, remembered) = (answer.clone(), remembered.clone());
            Box::pin(async move {
                let (head, body) = request.into_parts();
                let body = body
                    .collect()
                    .await
                    .map(|body| body.to_bytes())
                    .unwrap_or_default();
                let request = Seen {
                    method: head.method,
                    uri: head.uri,
                    headers: head.headers,
                    body,
                };
                remembered.lock().unwrap().push(request.clone());
                answer(&request)
            })
        };
        Self::streaming_with(seen, handler).await
    }

    /// Starts a service that is given each request as it comes, its body unread.
    pub async fn streaming<F>(handler: F) -> Self
    where
        F: Fn(Request<Incoming>) -> Answer + Clone + Send + Sync + 'static,
    {
        Self::streaming_with(Arc::default(), handler).await
    }

    async fn streaming_with<F>(seen: Arc<Mutex<Vec<Seen>>>, handler: F) -> Self
    where
        F: Fn(Request<Incoming>) -> Answer + Clone + Send + Sync + 'static,
    {
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        let connections = Arc::new(Mutex::new(0));
        let counted = connections.clone();
        let accepting = tokio::spawn(async move {
            let mut running = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = socket.accept().await {
                *counted.lock().unwrap() += 1;
                let handler = handler.clone();
                let service = service_fn(move |request| {
                    let answer = handler(request);
                    async move { Ok::<_, Infallible>(answer.await) }
                });
                running.spawn(async move {
                    // A caller that hangs up is part of some tests.
                    let _ = http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service)
                        .await;
                });
            }
        });
        Self {
            address,
            seen,
            connections,
            accepting,
        }
    }

    /// `http://127.0.0.1:PORT`
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The requests so far.
    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// The only request so far.
    pub fn only(&self) -> Seen {
        let seen = self.seen();
        assert_eq!(seen.len(), 1, "one request was expected: {seen:#?}");
        seen[0].clone()
    }

    /// How many connections were made.
    pub fn connections(&self) -> usize {
        *self.connections.lock().unwrap()
    }
}

impl Drop for Upstream {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}
