//! What is known of one request and its answer, as the request path writes it down.
//!
//! Written in the request path, read after it: nothing decides by what has been recorded.

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Method};

use super::decision::{Decision, Try};
use crate::ids::{ExchangeId, KeyId, RouteName, ServiceName};
use crate::proxy::error::ErrorCode;

/// One request and its answer.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// Identifies the exchange.
    pub id: ExchangeId,
    /// `X-Request-Id` as sent on: the caller's if it is usable, else [`Self::id`].
    pub request_id: String,
    /// Trace id of `traceparent` (W3C Trace Context), 32 hex digits.
    pub trace_id: String,
    /// When the request's head had been read, microseconds since 1970.
    pub started_at_us: i64,
    /// Same moment on the monotonic scale, in nanoseconds.
    pub started_ns: u64,
    /// The caller's end of the connection.
    pub client: SocketAddr,
    /// Method as sent.
    pub method: Method,
    /// `http/1.0`, `http/1.1` or `http/2`.
    pub protocol: &'static str,
    /// Host the caller asked for, with port if given.
    pub host: String,
    /// Path as sent.
    pub path: String,
    /// Query without `?`, masked.
    pub query: Option<String>,
    /// Revision of the config that was in force.
    pub revision: u64,
    /// Route that took the request.
    pub route: Option<RouteName>,
    /// Service of that route.
    pub service: Option<ServiceName>,
    /// API key that the caller showed and that was accepted, or known but refused.
    pub key: Option<KeyRef>,
    /// What each stage decided, in order.
    pub trace: Vec<Decision>,
    /// Each try to get an answer from a target.
    pub tries: Vec<Try>,
    /// The request as it came, masked.
    pub client_request: Message,
    /// Headers as sent to the target, masked.
    pub upstream_request_headers: Vec<(String, String)>,
    /// Headers as the target answered, masked.
    pub upstream_response_headers: Vec<(String, String)>,
    /// The answer as the caller got it, masked.
    pub client_response: Message,
    /// How it ended.
    pub outcome: Outcome,
    /// Status sent to the caller; absent if none was.
    pub status: Option<u16>,
    /// When the answer's head was handed to the caller, nanoseconds after [`Self::started_ns`].
    pub headers_sent_ns: Option<u64>,
    /// When everything was over, nanoseconds after [`Self::started_ns`].
    pub finished_ns: Option<u64>,
}

/// An API key as the log may show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRef {
    /// Identifies the key.
    pub id: KeyId,
    /// Name given by the person who issued it.
    pub name: Arc<str>,
}

/// Headers, and the kept beginning of a body.
#[derive(Clone, Debug, Default)]
pub struct Message {
    /// In the order they came, masked.
    pub headers: Vec<(String, String)>,
    /// The kept beginning of the body, masked; empty if bodies are not kept.
    pub body: Bytes,
    /// Bytes of the body that passed.
    pub body_bytes: u64,
    /// Whether more passed than was kept.
    pub truncated: bool,
}

/// How an exchange ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The caller went away before there was an answer. What an exchange is until it ends otherwise.
    Abandoned,
    /// The gateway answered with a problem: it refused, or the service could not be reached.
    Refused(ErrorCode),
    /// The service answered, and the answer was passed on whole.
    Answered,
    /// The service's answer ended before it was complete.
    CutOff,
    /// The caller went away while the answer was on its way.
    ClientClosed,
}

/// Headers as text, without masking. Values that are not UTF-8 are shown with replacement signs.
pub fn header_lines(headers: &HeaderMap) -> Vec<(String, String)> {
    headers
        .iter()
        .map(|(name, value)| {
            (
                name.as_str().to_owned(),
                String::from_utf8_lossy(value.as_bytes()).into_owned(),
            )
        })
        .collect()
}
