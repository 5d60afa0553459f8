//! An answer that is kept and has become stale is fetched anew, while callers still get it
//! (RFC 5861, section 3). In nobody's name: it counts under no limit, and as no caller's request. The log
//! has it as a request of the gateway's own.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use http::{Method, Response};
use http_body_util::{BodyExt as _, Full};

use super::attempt::Attempts;
use super::body::{AnswerBody, UnsentBody};
use super::cache::Caching;
use super::forward::{Outgoing, forward};
use super::permit::Prepared;
use super::to_caller::for_caller;
use super::tracer::Tracer;
use crate::cache::entry::Stored;
use crate::gateway::Inner;
use crate::record::decision::{Facts, Stage, Verdict};
use crate::record::exchange::{Exchange, Outcome};
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
    /// What is known of it before the service is asked.
    pub(super) exchange: Exchange,
}

impl Refresh {
    /// Fetches it in the background.
    pub(super) fn begin(self) {
        tokio::spawn(self.run());
    }

    async fn run(self) {
        let (gateway, stale) = (self.gateway.clone(), self.stale.clone());
        let most = self.caching.most_bytes();
        let mut recording = gateway.recorder.begin(self.exchange.clone());
        let trace = Tracer::new(recording.exchange(), &gateway.clock);
        let response = self.fetch(trace).await;
        let mut body = recording.finish(response).into_body();
        let mut read = 0;
        // It is kept while it is read. What turns out too long is not, and nobody reads on.
        while read <= most
            && let Some(Ok(frame)) = body.frame().await
        {
            let length = frame.data_ref().map_or(0, |data| data.len());
            read += u64::try_from(length).unwrap_or(u64::MAX);
        }
        // Where it was not replaced, the next request may try again.
        stale.refreshing.store(false, Ordering::Relaxed);
    }

    /// Asks the service. The answer has a body where that is to be kept.
    async fn fetch(self, mut trace: Tracer<'_>) -> Response<AnswerBody> {
        let Self {
            gateway,
            service,
            route,
            mut caching,
            stale: _,
            mut prepared,
            body,
            body_idle,
            exchange: _,
        } = self;
        let facts = Facts::Cache(caching.fact.clone());
        trace.note(Stage::Cache, Verdict::Passed, facts);
        caching.condition(&mut prepared.headers);
        let exchange = &mut *trace.exchange;
        exchange.upstream_request = Some(prepared.headers.clone());
        exchange.upstream_path = Some(prepared.path_and_query());
        let target_host = route.host_header == HostHeader::Target;
        let outgoing = Outgoing {
            method: Method::GET,
            path: prepared.path,
            query: prepared.query,
            headers: prepared.headers,
            target_host,
            body,
            retries: None,
        };
        let attempts = Attempts {
            pool: &gateway.pool,
            own: &gateway.own_addresses,
            clock: &gateway.clock,
            started_ns: exchange.started_ns,
            max_request_body_bytes: None,
            body_idle,
        };
        let affinity = &prepared.affinity;
        let tries = &mut exchange.tries;
        let forwarded = forward(&attempts, &service, affinity, outgoing, tries).await;
        if target_host {
            trace.note_target_host();
        }
        trace.forwarded(&service, &forwarded);
        let answer = forwarded.answer.map(|mut response| {
            trace.exchange.upstream_response = Some(response.headers().clone());
            for_caller(&route, &mut response);
            response
        });
        let said = match &answer {
            Ok(response) => Ok(response.status()),
            Err(error) => Err(error.code()),
        };
        trace.exchange.outcome = said.map_or_else(Outcome::Refused, |_| Outcome::Answered);
        let given = caching.answered(answer);
        trace.cached(caching.fact.clone());
        match given {
            Ok(response) if caching.keeps_what_came() => response,
            Ok(_) | Err(_) => {
                let mut nothing = Response::new(AnswerBody::Own(Full::default()));
                *nothing.status_mut() = said.unwrap_or_else(|code| code.status());
                nothing
            }
        }
    }
}
