//! A request as it arrived, before anything is decided.

use std::net::SocketAddr;

use http::{Request, Version};
use hyper::body::Incoming;
use uuid::Uuid;

use super::headers;
use super::trace_context::TraceContext;
use crate::clock::Now;
use crate::ids::ExchangeId;
use crate::record::exchange::{Exchange, Outcome};

/// Who calls, and over what.
#[derive(Clone, Copy, Debug)]
pub(super) struct Client {
    /// Their address.
    pub address: SocketAddr,
    /// Whether they came over TLS.
    pub tls: bool,
}

/// What is known of a request before anything is decided.
pub(super) fn begin(
    now: Now,
    client: Client,
    request: &Request<Incoming>,
    revision: u64,
    trace_context: &TraceContext,
) -> Exchange {
    let id = ExchangeId(Uuid::now_v7());
    let request_id =
        headers::usable_request_id(request.headers()).map_or_else(|| id.to_string(), str::to_owned);
    Exchange {
        id,
        request_id,
        trace_id: trace_context.trace_id.clone(),
        started_at_us: now.epoch_us,
        started_ns: now.monotonic_ns,
        client: client.address,
        method: request.method().clone(),
        protocol: match (request.version(), client.tls) {
            (Version::HTTP_10, false) => "http/1.0",
            (Version::HTTP_2, false) => "http/2",
            (_, false) => "http/1.1",
            (Version::HTTP_10, true) => "https/1.0",
            (Version::HTTP_2, true) => "https/2",
            (_, true) => "https/1.1",
        },
        host: String::new(),
        uri: request.uri().clone(),
        revision,
        route: None,
        version: None,
        service: None,
        key: None,
        trace: Vec::with_capacity(5),
        tries: Vec::new(),
        client_request: request.headers().clone(),
        upstream_request: None,
        upstream_response: None,
        client_response: None,
        outcome: Outcome::Abandoned,
        status: None,
        answered_ns: None,
    }
}
