//! An answer that is kept and has become stale is fetched anew, while callers still get it
//! (RFC 5861, section 3). In nobody's name: it is not in the log, and counts under no limit.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use http::Method;

use super::attempt::Attempts;
use super::body::UnsentBody;
use super::cache::Caching;
use super::forward::{Outgoing, forward};
use super::permit::Prepared;
use super::to_caller::for_caller;
use crate::cache::entry::Stored;
use crate::gateway::Inner;
use crate::snapshot::{HostHeader, Route, Service};

/// What is needed to fetch an answer anew.
pub(super) struct Refresh {
    pub(super) gateway: Arc<Inner>,
    pub(super) service: Arc<Service>,
    pub(super) route: Arc<Route>,
    pub(super) caching: Caching,
    pub(super) stale: Arc<Stored>,
    /// The request that got the stale answer.
    pub(super) prepared: Prepared,
    /// Its body, which is empty.
    pub(super) body: UnsentBody,
    pub(super) body_idle: Duration,
}

impl Refresh {
    /// Fetches it in the background.
    pub(super) fn begin(self) {
        tokio::spawn(self.run());
    }

    async fn run(self) {
        let Self {
            gateway,
            service,
            route,
            mut caching,
            stale,
            mut prepared,
            body,
            body_idle,
        } = self;
        caching.condition(&mut prepared.headers);
        let outgoing = Outgoing {
            method: Method::GET,
            path: prepared.path,
            query: prepared.query,
            headers: prepared.headers,
            target_host: route.host_header == HostHeader::Target,
            body,
            retries: None,
        };
        let attempts = Attempts {
            pool: &gateway.pool,
            own: &gateway.own_addresses,
            clock: &gateway.clock,
            started_ns: gateway.clock.monotonic_ns(),
            max_request_body_bytes: None,
            body_idle,
        };
        let affinity = &prepared.affinity;
        let forwarded = forward(&attempts, &service, affinity, outgoing, &mut Vec::new()).await;
        let answer = forwarded.answer.map(|mut response| {
            for_caller(&route, &mut response);
            response
        });
        if let Err(error) = caching.answered(answer) {
            let code = error.code().as_str();
            tracing::debug!(route = %route.name, code, "a stale answer could not be fetched anew");
        }
        // Where it was not replaced, the next request may try again.
        stale.refreshing.store(false, Ordering::Relaxed);
    }
}
