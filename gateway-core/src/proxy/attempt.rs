//! One try to get an answer from one target.
//!
//! Sends the request and returns the head of the answer; the bodies stream. A request that cannot
//! have been read by the target is sent again, once, on a new connection: servers close idle
//! connections at the very moment we use them. Which target, and whether another one is tried, is
//! decided in [`super::forward`].

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use http::header::{CONNECTION, EXPECT, HOST, HeaderValue, TE, UPGRADE};
use http::uri::{Authority, PathAndQuery};
use http::{HeaderMap, Method, Request, Response, Uri, Version};
use http_body::Body as _;
use hyper::body::Incoming;

use super::answered;
use super::body::{AnswerBody, Fault, Pace, RequestBody};
use super::connect::OwnAddresses;
use super::error::{ErrorCode, ProxyError};
use super::expect;
use super::pool::{Pool, PooledBody, Sender};
use super::upgrade;
use crate::clock::Clock;
use crate::record::decision::Try;
use crate::snapshot::origin::Origin;
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
    /// Whether the target cannot have read any of it, or says that it did nothing with it.
    pub unread: bool,
    /// The request, if it can be sent again at once.
    pub again: Option<Request<RequestBody>>,
}

impl Failed {
    /// The target may have read the request.
    pub fn late(error: ProxyError) -> Self {
        Self {
            error,
            unread: false,
            again: None,
        }
    }
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
        let origin = match request.headers().contains_key(UPGRADE) {
            true => target.origin.for_upgrade(),
            false => target.origin.clone(),
        };
        let now_ns = self.clock.monotonic_ns();
        if let Some(sender) = self.pool.reuse(&origin, now_ns).await {
            let tried = self.begin(target, true, tries);
            let sent = self
                .send(service, &origin, sender, request, &pace, tried)
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
        let opened = self
            .pool
            .open(&origin, self.own, service.connect_timeout, now_ns)
            .await;
        let sender = match opened {
            Ok(sender) => sender,
            Err(error) => {
                let failed = Failed {
                    error,
                    unread: true,
                    again: Some(request),
                };
                return Err(self.explain(failed, tried));
            }
        };
        tried.connect_us = Some(self.elapsed_us().saturating_sub(tried.at_us));
        self.send(service, &origin, sender, request, &pace, tried)
            .await
            .map_err(|failed| self.explain(failed, tried))
    }

    fn begin<'t>(&self, target: &Target, reused: bool, tries: &'t mut Vec<Try>) -> &'t mut Try {
        tries.push(Try {
            target: target.url.clone(),
            chosen: None,
            instance: None,
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
        origin: &Arc<Origin>,
        mut sender: Sender,
        mut request: Request<RequestBody>,
        pace: &Pace,
        tried: &mut Try,
    ) -> Result<Response<AnswerBody>, Failed> {
        let may_repeat = sender.is_http2() || tried.reused_connection;
        let repeatable = Repeatable::of(&request, may_repeat);
        let asked_to_switch = request.headers().get(UPGRADE).cloned();
        let gate = match sender.is_http2() {
            true => {
                for_http2(&mut request, origin);
                None
            }
            false => {
                for_http1(&mut request);
                expect::hold(&mut request)
            }
        };
        let answer = sender.send(request);
        let response = match self.within(service.first_byte_timeout, pace, answer).await {
            Err(error) => {
                sender.retire();
                return Err(Failed::late(error));
            }
            Ok(Ok(response)) => response,
            Ok(Err(mut failed)) => {
                // hyper hands the request back if not a byte of it was written.
                let unsent = failed.take_message().filter(|_| may_repeat);
                let failed = failed.into_error();
                let unprocessed = is_unprocessed(&failed);
                let error = self.read(&failed, origin, pace);
                let again = match unsent {
                    Some(unsent) => Some(unsent),
                    None => repeatable.again(&error, tried.reused_connection, unprocessed),
                };
                return Err(Failed {
                    error,
                    unread: unprocessed || again.is_some(),
                    again,
                });
            }
        };
        if let Some(gate) = gate {
            gate.shut();
        }
        pace.answered();
        tried.first_byte_us = Some(self.elapsed_us().saturating_sub(tried.at_us));
        tried.status = Some(response.status().as_u16());
        if response.status() == http::StatusCode::SWITCHING_PROTOCOLS {
            // The connection is no longer one of HTTP, and never goes back to the pool.
            return upgrade::switched(response, asked_to_switch.as_ref(), service.idle_timeout)
                .map_err(Failed::late);
        }
        answered::check(response.headers()).map_err(Failed::late)?;
        Ok(response.map(|body: Incoming| {
            let pace = pace.clone();
            AnswerBody::Upstream(PooledBody::new(body, self.pool, origin, sender, pace))
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
    fn read(&self, error: &hyper::Error, origin: &Origin, request: &Pace) -> ProxyError {
        if let Some(error) = fault_of_caller(request.fault(), self.max_request_body_bytes) {
            return error;
        }
        let sources = sources(error);
        let is_no_http2 = http2_error(&sources).is_some_and(h2::Error::is_library);
        let code = match error.is_parse() || error.is_parse_too_large() || is_no_http2 {
            true => ErrorCode::UpstreamInvalid,
            false => ErrorCode::UpstreamReset,
        };
        let text: Vec<_> = sources.iter().map(ToString::to_string).collect();
        ProxyError::Upstream(code, format!("{}: {}", origin.authority, text.join(": ")))
    }
}

/// What the end of a request's body means that broke off.
pub(super) fn fault_of_caller(fault: Option<&Fault>, most: Option<u64>) -> Option<ProxyError> {
    match (fault, most) {
        (Some(Fault::TooLong), Some(most)) => Some(ProxyError::BodyTooLarge { most, said: None }),
        (Some(Fault::Stalled(stalled)), _) => {
            let reason = format!("{}.", upper_first(&stalled.to_string()));
            Some(ProxyError::Request(
                ErrorCode::RequestTimeout,
                reason.into(),
            ))
        }
        (Some(Fault::Broken(cause)), _) => {
            let reason = format!("The body ended before it was complete: {cause}.");
            Some(ProxyError::Request(ErrorCode::BadRequest, reason.into()))
        }
        (Some(Fault::TooLong) | None, _) => None,
    }
}

/// What only HTTP/1.1 needs to be said: `Host` for an `:authority` of an earlier try, and that a field
/// of this connection is one (RFC 9110, section 7.6.1).
fn for_http1(request: &mut Request<RequestBody>) {
    let authority = request.uri().authority().map(Authority::as_str);
    if let Some(host) = authority.and_then(|host| HeaderValue::from_str(host).ok()) {
        request.headers_mut().insert(HOST, host);
        let path = request.uri().path_and_query().cloned();
        *request.uri_mut() = path.map_or_else(Uri::default, Uri::from);
        *request.version_mut() = Version::HTTP_11;
    }
    if request.headers().contains_key(TE) {
        let te = HeaderValue::from_static("te");
        request.headers_mut().append(CONNECTION, te);
    }
}

/// RFC 9113, section 8.3.1: `:authority` stands for `Host`. `Expect` stays here: the body may come
/// at once, since it can be stopped without closing the connection.
fn for_http2(request: &mut Request<RequestBody>, origin: &Origin) {
    let headers = request.headers_mut();
    headers.remove(EXPECT);
    headers.remove(CONNECTION);
    headers.remove(UPGRADE);
    let host = headers.remove(HOST);
    let authority = host
        .and_then(|host| Authority::try_from(host.as_bytes()).ok())
        .or_else(|| request.uri().authority().cloned())
        .unwrap_or_else(|| origin.authority.clone());
    let path = request.uri().path_and_query().cloned();
    let uri = Uri::builder()
        .scheme(origin.scheme())
        .authority(authority)
        .path_and_query(path.unwrap_or_else(|| PathAndQuery::from_static("/")))
        .build();
    *request.uri_mut() = uri.expect("it has all three parts");
    *request.version_mut() = Version::HTTP_2;
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

fn http2_error<'e>(sources: &[&'e (dyn std::error::Error + 'static)]) -> Option<&'e h2::Error> {
    sources.iter().find_map(|source| source.downcast_ref())
}

/// Whether the target says that it did nothing with the request (RFC 9113, section 8.7).
fn is_unprocessed(error: &hyper::Error) -> bool {
    http2_error(&sources(error)).is_some_and(|error| {
        let reason = error.reason();
        let refused = reason == Some(h2::Reason::REFUSED_STREAM);
        let shutting_down = error.is_go_away() && reason == Some(h2::Reason::NO_ERROR);
        error.is_remote() && (refused || shutting_down)
    })
}

/// What it takes to send a request again though some of it was sent: it has no body, and either the
/// target did nothing with it, or doing it twice is the same as doing it once and the connection had
/// been idle, so that it was most likely closed before the request came.
struct Repeatable(Option<(Method, Uri, HeaderMap, RequestBody)>);

impl Repeatable {
    fn of(request: &Request<RequestBody>, may_repeat: bool) -> Self {
        let may_repeat = may_repeat && request.body().is_end_stream();
        Self(may_repeat.then(|| {
            (
                request.method().clone(),
                request.uri().clone(),
                request.headers().clone(),
                request.body().empty_twin(),
            )
        }))
    }

    fn again(
        self,
        error: &ProxyError,
        reused: bool,
        unprocessed: bool,
    ) -> Option<Request<RequestBody>> {
        let (method, uri, headers, body) = self.0?;
        let stale = reused && method.is_idempotent() && error.code() == ErrorCode::UpstreamReset;
        (unprocessed || stale).then(|| {
            let mut request = Request::new(body);
            *request.method_mut() = method;
            *request.uri_mut() = uri;
            *request.headers_mut() = headers;
            request
        })
    }
}
