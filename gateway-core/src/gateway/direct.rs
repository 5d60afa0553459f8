//! Requests that the gateway sends straight to a target, past its own routes: the fastest way to find
//! out whose fault something is. They are in the log like others.

use std::error::Error;
use std::net::Ipv4Addr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, Version};
use http_body::{Body, Frame, SizeHint};
use http_body_util::{Empty, Full};
use hyper::body::Incoming;
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use uuid::Uuid;

use super::Gateway;
use crate::ids::{ExchangeId, ServiceName};
use crate::proxy::error::{ErrorCode, ProxyError};
use crate::proxy::open::stream;
use crate::record::decision::{Decision, Facts, Stage, Try, Verdict};
use crate::record::exchange::{Exchange, Outcome};
use crate::record::summary::RequestOrigin;
use crate::record::{BrokeOff, RecordedBody};
use crate::snapshot::Target;

/// An answer of a target, recorded as it is read.
pub(crate) struct Direct {
    /// The exchange, in the log once the answer has been read.
    pub exchange: ExchangeId,
    /// The answer, or why there is none. The exchange is in the log then too.
    pub answer: Result<Response<RecordedBody<Unchecked>>, String>,
}

impl Gateway {
    /// Sends a request to `target` of `service` and gives the answer once its head is there. The
    /// path of the target's URL is put before the request's.
    pub(crate) async fn send_direct(
        &self,
        service: ServiceName,
        target: &Target,
        replay_of: ExchangeId,
        mut request: Request<Full<Bytes>>,
        timeout: Duration,
    ) -> Direct {
        let inner = &self.0;
        let now = inner.clock.now();
        let id = ExchangeId(Uuid::now_v7());
        let host = request.headers().get(http::header::HOST);
        let host = host.and_then(|host| host.to_str().ok());
        let host = host.unwrap_or_default().to_owned();
        let (uri, path) = (request.uri().clone(), request.uri().to_string());
        let body = request.body().size_hint().exact().unwrap_or(0);
        let exchange = Exchange {
            id,
            request_id: request
                .headers()
                .get("x-request-id")
                .and_then(|id| id.to_str().ok())
                .map_or_else(|| id.to_string(), str::to_owned),
            trace_id: String::new(),
            started_at_us: now.epoch_us,
            started_ns: now.monotonic_ns,
            client: (Ipv4Addr::LOCALHOST, 0).into(),
            origin: RequestOrigin::Replay,
            replay_of: Some(replay_of),
            method: request.method().clone(),
            protocol: "http/1.1",
            host,
            uri,
            revision: inner.snapshot().revision,
            route: None,
            version: None,
            service: Some(service),
            key: None,
            caller: Default::default(),
            trace: Vec::new(),
            tries: Vec::new(),
            client_request: request.headers().clone(),
            upstream_request: Some(request.headers().clone()),
            upstream_path: Some(path),
            upstream_response: None,
            client_response: None,
            outcome: Outcome::Abandoned,
            status: None,
            answered_ns: None,
        };
        let mut recording = inner.recorder.begin(exchange);
        if body > 0 {
            let mut whole = recording.request_tap().on(request.body().clone());
            // It is in memory: what is counted and kept of it is known at once.
            let mut context = Context::from_waker(std::task::Waker::noop());
            while let Poll::Ready(Some(_)) = Pin::new(&mut whole).poll_frame(&mut context) {}
        }
        put_base_path(&mut request, target);
        let mut tried = Try {
            target: target.url.clone(),
            chosen: Some("asked for straight".to_owned()),
            instance: None,
            at_us: 0,
            reused_connection: false,
            connect_us: None,
            first_byte_us: None,
            status: None,
            code: None,
            reason: None,
        };
        let elapsed_us = || inner.clock.monotonic_ns().saturating_sub(now.monotonic_ns) / 1_000;
        let asking = self.ask(
            target,
            request,
            |tried: &mut Try| {
                tried.connect_us = Some(elapsed_us());
            },
            &mut tried,
        );
        let answer = match tokio::time::timeout(timeout, asking).await {
            Ok(answer) => answer,
            Err(_) => Err(ProxyError::Upstream(
                ErrorCode::UpstreamTimeout,
                format!("no answer within {} s", timeout.as_secs()),
            )),
        };
        let response = match answer {
            Ok(response) => response,
            Err(error) => {
                let (code, reason) = (error.code(), reason(&error));
                tried.code = Some(code);
                tried.reason = Some(reason.clone());
                let exchange = recording.exchange();
                exchange.outcome = Outcome::Refused(code);
                exchange.tries.push(tried);
                note_forward(exchange, elapsed_us(), Some((code, reason.clone())));
                let mut nothing = Response::new(Empty::<Bytes>::new());
                *nothing.status_mut() = code.status();
                drop(recording.finish(nothing));
                return Direct {
                    exchange: id,
                    answer: Err(reason),
                };
            }
        };
        tried.first_byte_us = Some(elapsed_us());
        tried.status = Some(response.status().as_u16());
        let exchange = recording.exchange();
        exchange.outcome = Outcome::Answered;
        exchange.upstream_response = Some(response.headers().clone());
        if response.version() == Version::HTTP_2 {
            exchange.protocol = "http/2";
        }
        exchange.tries.push(tried);
        note_forward(exchange, elapsed_us(), None);
        Direct {
            exchange: id,
            answer: Ok(recording.finish(response.map(Unchecked))),
        }
    }

    async fn ask(
        &self,
        target: &Target,
        request: Request<Full<Bytes>>,
        connected: impl Fn(&mut Try),
        tried: &mut Try,
    ) -> Result<Response<Incoming>, ProxyError> {
        let inner = &self.0;
        let origin = &target.origin;
        let (stream, speaks_http2) =
            stream(origin, &inner.own_addresses, inner.pool.trust()).await?;
        connected(tried);
        let failed =
            |error: hyper::Error| ProxyError::Upstream(ErrorCode::UpstreamReset, innermost(&error));
        let io = TokioIo::new(stream);
        if speaks_http2 {
            let mut builder = http2::Builder::new(TokioExecutor::new());
            builder.timer(TokioTimer::new());
            let (mut sender, connection) = builder.handshake(io).await.map_err(failed)?;
            drive(connection);
            let request = for_http2(request, target);
            return sender.send_request(request).await.map_err(failed);
        }
        let (mut sender, connection) = http1::handshake(io).await.map_err(failed)?;
        drive(connection);
        sender.send_request(request).await.map_err(failed)
    }
}

/// The only stage there is: its target was asked, and answered or did not.
fn note_forward(exchange: &mut Exchange, took_us: u64, failed: Option<(ErrorCode, String)>) {
    let Some(service) = exchange.service.clone() else {
        return;
    };
    let (code, reason) = failed.unzip();
    exchange.trace.push(Decision {
        stage: Stage::Forward,
        verdict: match code {
            Some(_) => Verdict::Stopped,
            None => Verdict::Answered,
        },
        facts: Facts::Forwarded {
            service,
            tries: 1,
            code,
            reason,
            held_ms: None,
            started_ms: None,
            not_retried: None,
        },
        at_us: 0,
        took_us,
    });
}

/// A body of which nobody asks for more than is there.
pub(crate) struct Unchecked(Incoming);

/// Why the answer of a target broke off.
#[derive(Debug)]
pub(crate) struct Broken(String);

impl BrokeOff for Broken {
    fn code(&self) -> ErrorCode {
        ErrorCode::UpstreamReset
    }

    fn reason(&self) -> String {
        self.0.clone()
    }
}

impl Body for Unchecked {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        let frame = Pin::new(&mut self.0).poll_frame(context);
        frame.map_err(|error| Broken(innermost(&error)))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.0.size_hint()
    }
}

/// Keeps a connection going as long as somebody reads from it.
fn drive(connection: impl Future<Output = Result<(), hyper::Error>> + Send + 'static) {
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a connection straight to a target ended");
        }
    });
}

fn put_base_path(request: &mut Request<Full<Bytes>>, target: &Target) {
    if target.base_path.is_empty() {
        return;
    }
    let whole = format!("{}{}", target.base_path, request.uri());
    if let Ok(uri) = whole.parse() {
        *request.uri_mut() = uri;
    }
}

/// In HTTP/2 the host is part of the URL.
fn for_http2(mut request: Request<Full<Bytes>>, target: &Target) -> Request<Full<Bytes>> {
    let host = request.headers_mut().remove(http::header::HOST);
    let authority = host
        .and_then(|host| host.to_str().ok()?.parse().ok())
        .unwrap_or_else(|| target.authority.clone());
    let mut parts = request.uri().clone().into_parts();
    parts.scheme = Some(target.origin.scheme());
    parts.authority = Some(authority);
    if let Ok(uri) = http::Uri::from_parts(parts) {
        *request.uri_mut() = uri;
    }
    *request.version_mut() = Version::HTTP_2;
    request
}

fn reason(error: &ProxyError) -> String {
    match error {
        ProxyError::Upstream(_, reason) => reason.clone(),
        other => other.detail().into_owned(),
    }
}

fn innermost(error: &(dyn Error + 'static)) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}
