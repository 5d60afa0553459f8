//! A request as it arrived, before anything is decided.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use http::{HeaderMap, Method, Request, Version};
use uuid::Uuid;

use super::headers;
use super::trace_context::TraceContext;
use crate::clock::Now;
use crate::ids::{ExchangeId, KeyId};
use crate::record::exchange::{Exchange, Outcome};
use crate::record::summary::RequestOrigin;

/// Who calls, and over what.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    /// Their address.
    pub address: SocketAddr,
    /// Whether they came over TLS.
    pub tls: bool,
    /// Set where the gateway itself calls, on a connection inside this process. Nothing that is sent
    /// on a socket can set it.
    pub inside: Option<SentAs>,
}

/// As what the gateway itself sends a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct SentAs {
    /// What the log says of who sent it.
    pub origin: RequestOrigin,
    /// The exchange that it repeats, if it repeats one.
    pub replay_of: Option<ExchangeId>,
    /// The API key that it counts as shown with, though nobody here knows the key itself. It has to
    /// be good still.
    pub key: Option<KeyId>,
    /// The consumer that it counts as shown by, whatever way the route wants that shown, without a
    /// key. Services that are asked about callers are asked all the same.
    pub consumer: Option<Arc<str>>,
}

/// What is known of a request before anything is decided.
pub(super) fn begin<B>(
    now: Now,
    client: &Client,
    request: &Request<B>,
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
        origin: client
            .inside
            .as_ref()
            .map_or_else(Default::default, |sent| sent.origin),
        replay_of: client.inside.as_ref().and_then(|sent| sent.replay_of),
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
        caller: Default::default(),
        trace: Vec::with_capacity(5),
        tries: Vec::new(),
        client_request: request.headers().clone(),
        upstream_request: None,
        upstream_path: None,
        upstream_response: None,
        client_response: None,
        outcome: Outcome::Abandoned,
        status: None,
        answered_ns: None,
    }
}

/// What is known of the request by which the gateway fetches anew what `stale` was answered with. It
/// carries the id and the trace of that one, and nobody's name.
pub(super) fn refreshing(now: Now, stale: &Exchange) -> Exchange {
    Exchange {
        id: ExchangeId(Uuid::now_v7()),
        request_id: stale.request_id.clone(),
        trace_id: stale.trace_id.clone(),
        started_at_us: now.epoch_us,
        started_ns: now.monotonic_ns,
        client: (Ipv4Addr::LOCALHOST, 0).into(),
        origin: RequestOrigin::Refresh,
        replay_of: None,
        method: Method::GET,
        protocol: "http/1.1",
        host: stale.host.clone(),
        uri: stale.uri.clone(),
        revision: stale.revision,
        route: stale.route.clone(),
        version: stale.version.clone(),
        service: stale.service.clone(),
        key: None,
        caller: Default::default(),
        trace: Vec::new(),
        tries: Vec::new(),
        client_request: HeaderMap::new(),
        upstream_request: None,
        upstream_path: None,
        upstream_response: None,
        client_response: None,
        outcome: Outcome::Abandoned,
        status: None,
        answered_ns: None,
    }
}
