//! What is known of one request and its answer, as the request path writes it down.
//!
//! Written in the request path, read after it: nothing decides by what has been recorded. Headers
//! are kept as they are, which costs a reference each; they are turned into text and masked on the
//! recorder's own thread, before anything is shown or stored.

use std::net::SocketAddr;
use std::sync::Arc;

use http::{HeaderMap, Method, Uri};

use super::decision::{Decision, Try};
use super::summary::RequestOrigin;
use crate::ids::{ExchangeId, KeyId, RouteName, ServiceName, VersionName};
use crate::keys::ApiKey;
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
    /// Who sent it.
    pub origin: RequestOrigin,
    /// The exchange that it repeats, if it repeats one.
    pub replay_of: Option<ExchangeId>,
    /// Method as sent.
    pub method: Method,
    /// `http/1.0`, `http/1.1` or `http/2`.
    pub protocol: &'static str,
    /// Host the caller asked for, with port if given.
    pub host: String,
    /// Target of the request as sent. Its query may hold secrets.
    pub uri: Uri,
    /// Revision of the config that was in force.
    pub revision: u64,
    /// Route that took the request.
    pub route: Option<RouteName>,
    /// The version of that route that was asked for or chosen.
    pub version: Option<VersionName>,
    /// Service of that route.
    pub service: Option<ServiceName>,
    /// API key that the caller showed and that was accepted, or known but refused.
    pub key: Option<KeyRef>,
    /// Who called, and under which plan.
    pub caller: crate::usage::Caller,
    /// What each stage decided, in order.
    pub trace: Vec<Decision>,
    /// Each try to get an answer from a target.
    pub tries: Vec<Try>,
    /// Headers of the request as it came.
    pub client_request: HeaderMap,
    /// Headers as sent to the target; absent if nothing was sent.
    pub upstream_request: Option<HeaderMap>,
    /// Path and query as the target was asked for them, without the path of its own URL; absent if
    /// nothing was sent. The query may hold secrets.
    pub upstream_path: Option<String>,
    /// Headers as the target answered; absent if it did not.
    pub upstream_response: Option<HeaderMap>,
    /// Headers of the answer as the caller got it; absent if none was sent.
    pub client_response: Option<HeaderMap>,
    /// What the pipeline made of it.
    pub outcome: Outcome,
    /// Status sent to the caller; absent if none was.
    pub status: Option<u16>,
    /// When the answer's head was handed to the caller, on the clock's monotonic scale.
    pub answered_ns: Option<u64>,
}

/// An API key as the log may show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRef {
    /// Identifies the key.
    pub id: KeyId,
    /// Name given by the person who issued it.
    pub name: Arc<str>,
}

impl KeyRef {
    /// What is written down of a key.
    pub fn of(key: &ApiKey) -> Self {
        Self {
            id: key.id,
            name: key.name.as_str().into(),
        }
    }
}

/// What the pipeline made of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing yet: what it is if the caller goes away before there is an answer.
    Abandoned,
    /// The gateway answered with a problem: it refused, or the service could not be reached.
    Refused(ErrorCode),
    /// The service answered.
    Answered,
    /// An answer of the service that was kept.
    AnsweredAgain,
    /// The route has an answer of its own: a redirect or a fixed one.
    AnsweredHere,
    /// A mock answered in the place of the service.
    Mocked,
}
