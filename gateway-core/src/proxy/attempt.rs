//! One try to get an answer from one target.
//!
//! Sends the request and returns the head of the answer; the bodies stream. A request that cannot
//! have been read by the target is sent again, once, on a new connection: servers close idle
//! connections at the very moment we use them. Which target, and whether another one is tried, is
//! decided in [`super::forward`].

use std::future::Future;
use std::time::Duration;

use http::header::UPGRADE;
use http::{HeaderMap, Method, Request, Response, Uri};
use http_body::Body as _;
use hyper::body::Incoming;

use super::body::{AnswerBody, Pace, RequestBody, Stalled};
use super::connect::OwnAddresses;
use super::error::{ErrorCode, ProxyError};
use super::pool::{Pool, PooledBody, Sender, open};
use super::upgrade;
use crate::clock::Clock;
use crate::record::decision::Try;
use crate::snapshot::{Service, Target};

/// What a try needs besides the request.
pub struct Attempts<'a> {
    /// Open connections.
    pub pool: &'a Pool,
    /// Where not to connect.
    pub own: &'a OwnAddresses,
    /// The time.
    pub clock: &'a Clock,
    /// When the request arrived, on the clock's monotonic scale.
    pub started_ns: u64,
    /// Largest request body taken, for the message.
    pub max_request_body_bytes: Option<u64>,
    /// How long a request's body may stand still.
    pub body_idle: Duration,
}

/// Why a try gave no answer.
pub struct Failed {
    /// What went wrong.
    pub error: ProxyError,
    /// The request, if the target cannot have read any of it.
    pub again: Option<Request<RequestBody>>,
}

impl Attempts<'_> {
    /// Sends a request to `target`. Each connection used is written to `tries` as it happens.
    ///
    /// # Errors
    /// Why there is no answer.
    pub async fn send_to(
        &self,
        service: &Service,
        target: &Target,
        mut request: Request<RequestBody>,
        tries: &mut Vec<Try>,
    ) -> Result<Response<AnswerBody>, Failed> {
        let pace = request.body().pace();
        if let Some(sender) = self.pool.reuse(&target.authority).await {
            let tried = self.begin(target, true, tries);
            let sent = self
                .send(service, target, sender, request, &pace, tried)
                .await;
            match sent.map_err(|failed| self.explain(failed, tried)) {
                Err(Failed {
                    again: Some(unread),
                    ..
                }) => request = unread,
                done => return done,
            }
        }
        let tried = self.begin(target, false, tries);
        let sender = match open(&target.authority, self.own, service.connect_timeout).await {
            Ok(sender) => sender,
            Err(error) => {
                let again = Some(request);
                return Err(self.explain(Failed { error, again }, tried));
            }
        };
        tried.connect_us = Some(self.elapsed_us().saturating_sub(tried.at_us));
        self.send(service, target, sender, request, &pace, tried)
            .await
            .map_err(|failed| self.explain(failed, tried))
    }

    fn begin<'t>(&self, target: &Target, reused: bool, tries: &'t mut Vec<Try>) -> &'t mut Try {
        tries.push(Try {
            target: target.url.clone(),
            chosen: None,
            at_us: self.elapsed_us(),
            reused_connection: reused,
            connect_us: None,
            first_byte_us: None,
            status: None,
            code: None,
            reason: None,
        });
        tries.last_mut().expect("it was just put there")
    }

    fn explain(&self, failed: Failed, tried: &mut Try) -> Failed {
        tried.code = Some(failed.error.code());
        tried.reason = Some(match &failed.error {
            ProxyError::Upstream(_, reason) => reason.clone(),
            other => other.detail().into_owned(),
        });
        failed
    }

    fn elapsed_us(&self) -> u64 {
        self.clock.monotonic_ns().saturating_sub(self.started_ns) / 1_000
    }

    async fn send(
        &self,
        service: &Service,
        target: &Target,
        mut sender: Sender,
        request: Request<RequestBody>,
        pace: &Pace,
        tried: &mut Try,
    ) -> Result<Response<AnswerBody>, Failed> {
        let repeatable = Repeatable::of(&request, tried.reused_connection);
        let asked_to_switch = request.headers().get(UPGRADE).cloned();
        let answer = sender.try_send_request(request);
        let response = match self.within(service.first_byte_timeout, pace, answer).await {
            Err(error) => return Err(Failed { error, again: None }),
            Ok(Ok(response)) => response,
            Ok(Err(mut failed)) => {
                // hyper hands the request back if not a byte of it was written.
                let unsent = failed.take_message().filter(|_| tried.reused_connection);
                let error = self.read(failed.into_error(), target);
                let again = unsent.or_else(|| repeatable.again(&error));
                return Err(Failed { error, again });
            }
        };
        tried.first_byte_us = Some(self.elapsed_us().saturating_sub(tried.at_us));
        tried.status = Some(response.status().as_u16());
        if response.status() == http::StatusCode::SWITCHING_PROTOCOLS {
            // The connection is no longer one of HTTP, and never goes back to the pool.
            return upgrade::switched(response, asked_to_switch.as_ref(), service.idle_timeout)
                .map_err(|error| Failed { error, again: None });
        }
        Ok(response.map(|body: Incoming| {
            AnswerBody::Upstream(PooledBody::new(body, self.pool, &target.authority, sender))
        }))
    }

    /// Waits for an answer's head: as long as the request's body moves, and then `timeout`.
    async fn within<F: Future>(
        &self,
        timeout: Duration,
        pace: &Pace,
        answer: F,
    ) -> Result<F::Output, ProxyError> {
        tokio::pin!(answer);
        let timeout_ns = u64::try_from(timeout.as_nanos()).unwrap_or(u64::MAX);
        loop {
            let quiet_ns = self.clock.monotonic_ns().saturating_sub(pace.last_ns());
            let left = Duration::from_nanos(timeout_ns.saturating_sub(quiet_ns));
            let left = match (left.is_zero(), pace.ended()) {
                (true, true) => return Err(timed_out(timeout)),
                // The body itself ends where it stands still for too long.
                (true, false) => timeout,
                (false, _) => left,
            };
            tokio::select! {
                biased;
                output = &mut answer => return Ok(output),
                () = tokio::time::sleep(left) => {}
            }
        }
    }

    /// What an error of hyper's client means.
    fn read(&self, error: hyper::Error, target: &Target) -> ProxyError {
        let sources = sources(&error);
        if let Some(limit) = self.max_request_body_bytes
            && sources
                .iter()
                .any(|source| source.is::<http_body_util::LengthLimitError>())
        {
            return ProxyError::BodyTooLarge(limit);
        }
        if let Some(stalled) = sources
            .iter()
            .find_map(|source| source.downcast_ref::<Stalled>())
        {
            let reason = format!("{}.", upper_first(&stalled.to_string()));
            return ProxyError::Request(ErrorCode::RequestTimeout, reason.into());
        }
        let by_caller = sources
            .iter()
            .skip(1)
            .filter_map(|source| source.downcast_ref::<hyper::Error>())
            .next();
        if error.is_user()
            && let Some(cause) = by_caller
        {
            let reason = format!("The body ended before it was complete: {cause}.");
            return ProxyError::Request(ErrorCode::BadRequest, reason.into());
        }
        let code = match error.is_parse() || error.is_parse_too_large() {
            true => ErrorCode::UpstreamInvalid,
            false => ErrorCode::UpstreamReset,
        };
        let text: Vec<_> = sources.iter().map(ToString::to_string).collect();
        ProxyError::Upstream(code, format!("{}: {}", target.url, text.join(": ")))
    }
}

fn timed_out(timeout: Duration) -> ProxyError {
    let ms = timeout.as_millis();
    ProxyError::Upstream(
        ErrorCode::UpstreamTimeout,
        format!("no answer within {ms} ms (`timeouts.first_byte_ms`)"),
    )
}

fn upper_first(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

/// An error and what caused it, outermost first.
fn sources(error: &hyper::Error) -> Vec<&(dyn std::error::Error + 'static)> {
    let mut sources: Vec<&(dyn std::error::Error + 'static)> = vec![error];
    while let Some(source) = sources[sources.len() - 1].source() {
        sources.push(source);
    }
    sources
}

/// What it takes to send a request again though some of it was sent: it has no body, doing it twice
/// is the same as doing it once, and the connection had been idle, so that it was most likely closed
/// before the request came.
struct Repeatable(Option<(Method, Uri, HeaderMap, RequestBody)>);

impl Repeatable {
    fn of(request: &Request<RequestBody>, reused: bool) -> Self {
        let safe = reused && request.method().is_idempotent() && request.body().is_end_stream();
        Self(safe.then(|| {
            (
                request.method().clone(),
                request.uri().clone(),
                request.headers().clone(),
                request.body().empty_twin(),
            )
        }))
    }

    fn again(self, error: &ProxyError) -> Option<Request<RequestBody>> {
        let (method, uri, headers, body) = self.0?;
        (error.code() == ErrorCode::UpstreamReset).then(|| {
            let mut request = Request::new(body);
            *request.method_mut() = method;
            *request.uri_mut() = uri;
            *request.headers_mut() = headers;
            request
        })
    }
}
