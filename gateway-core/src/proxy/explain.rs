//! What would become of a request? It goes through the stages as any other, and nothing is sent.

use std::sync::Arc;

use bytes::Bytes;
use http::header::CONTENT_LENGTH;
use http::{HeaderMap, Request, Response};
use http_body_util::Empty;

use super::arrival::{Client, begin};
use super::body::{AnswerBody, UnreadBody};
use super::cache::{Caching, Wanted};
use super::call::Call;
use super::decided::Decided;
use super::error::{ErrorCode, ProxyError};
use super::forward::unavailable;
use super::permit::{Permit, Prepared};
use super::to_caller::completed;
use super::trace_context::TraceContext;
use super::tracer::Tracer;
use super::upgrade::Upgrade;
use super::what_if::WhatIf;
use crate::aggregate::plan::Plan;
use crate::clock::Now;
use crate::gateway::Inner;
use crate::record::decision::{Facts, Stage, Verdict};
use crate::record::exchange::{Exchange, Outcome};
use crate::snapshot::balance::Asked;
use crate::snapshot::limits::Running;
use crate::snapshot::{Service, Snapshot};

/// What would become of a request.
pub(crate) struct Explained {
    /// The request, with what each stage decided, and what a service would be sent.
    pub exchange: Exchange,
    /// What the gateway would answer by itself; absent where a service would be asked.
    pub answer: Option<Response<AnswerBody>>,
}

/// Says what would become of a request under other circumstances. Nothing is sent, counted or
/// recorded.
pub(crate) async fn explain(
    gateway: &Arc<Inner>,
    snapshot: &Snapshot,
    client: Client,
    mut request: Request<Empty<Bytes>>,
    what_if: &WhatIf,
) -> Explained {
    let trace_context = TraceContext::next(request.headers_mut());
    let now = Now {
        monotonic_ns: gateway.clock.monotonic_ns(),
        epoch_us: what_if.now.epoch_us,
    };
    let mut exchange = begin(now, &client, &request, snapshot.revision, &trace_context);
    let mut extra = HeaderMap::new();
    let version = request.version();
    let upgrade = Upgrade::asked(&mut request);
    let (head, _) = request.into_parts();
    let length = head.headers.get(CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse().ok());
    let call = Call {
        gateway,
        snapshot,
        head: &head,
        body_bytes: length.unwrap_or(0),
        client,
        trace_context: &trace_context,
        upgrade: upgrade.as_ref(),
        what_if: Some(what_if),
    };
    let trace = Tracer::new(&mut exchange, &gateway.clock);
    let body = UnreadBody::None;
    let would = call
        .serve(body, trace, &mut extra, &mut Running::default())
        .await;
    let answer = would
        .transpose()
        .map(|result| completed(result, &mut exchange, &head.headers, version, extra));
    if answer.is_none() {
        exchange.outcome = Outcome::Answered;
    }
    Explained { exchange, answer }
}

impl Call<'_> {
    /// The answer that is kept for a request and may be given; otherwise where it would go.
    pub(super) fn would_ask(
        &self,
        permit: &Permit<'_>,
        service: &Service,
        prepared: Prepared,
        trace: &mut Tracer<'_>,
        what_if: &WhatIf,
    ) -> Result<Option<Response<AnswerBody>>, ProxyError> {
        let wanted = Wanted {
            headers: &prepared.headers,
            query: prepared.query.as_deref(),
            parts: None,
        };
        if let Some(kept) = self.would_look_up(permit, &wanted, trace, what_if) {
            return Ok(Some(kept));
        }
        let would = would_forward(service, &prepared, what_if.now.monotonic_ns);
        trace.decided(Stage::Forward, would)?;
        trace.exchange.upstream_request = Some(prepared.headers);
        Ok(None)
    }

    /// The answer that is kept for a request and may be given; otherwise which services would be asked
    /// for the parts of one.
    pub(super) fn would_make(
        &self,
        permit: &Permit<'_>,
        plan: &Plan,
        wanted: &Wanted<'_>,
        trace: &mut Tracer<'_>,
        what_if: &WhatIf,
    ) -> Option<Response<AnswerBody>> {
        let kept = self.would_look_up(permit, wanted, trace, what_if);
        if kept.is_none() {
            let facts = Facts::WouldAggregate { parts: plan.told() };
            trace.note(Stage::Aggregate, Verdict::Answered, facts);
        }
        kept
    }

    /// What is kept for a request and may be given, as its route changes it. How things stood before is
    /// not known.
    fn would_look_up(
        &self,
        permit: &Permit<'_>,
        wanted: &Wanted<'_>,
        trace: &mut Tracer<'_>,
        what_if: &WhatIf,
    ) -> Option<Response<AnswerBody>> {
        let mut caching = Caching::on(&self.gateway.cache, &self.gateway.clock, permit, wanted)?;
        if what_if.limits.is_some() {
            let note = "What was kept of the route's answers then is not known; the service is \
                        taken to be asked.";
            what_if.notes.say(note);
            return None;
        }
        let mut kept = caching.would_look_up(permit, self.body_bytes > 0);
        let verdict = match kept {
            Some(_) => Verdict::Answered,
            None => Verdict::Passed,
        };
        trace.note(Stage::Cache, verdict, Facts::Cache(caching.fact));
        if let Some(kept) = &mut kept {
            let variables = permit.variables(&trace.exchange.request_id);
            permit.edit_answer(kept.headers_mut(), &variables);
        }
        kept
    }
}

/// Says where a request would go. Nothing is sent, nor is anybody's turn taken.
fn would_forward(service: &Service, prepared: &Prepared, now_ns: u64) -> Decided<()> {
    let affinity = &prepared.affinity;
    let live = service
        .managed
        .as_ref()
        .map(|managed| managed.shared.live());
    let service = match &live {
        None => service,
        Some(Some(live)) => live,
        Some(None) => return would_start(service),
    };
    let asked = Asked {
        key: affinity.key,
        sticky: affinity.sticky.as_deref(),
        tried: &[],
        now_ns,
    };
    let balancer = &service.balancer;
    let error = match balancer.look_at_breaker(now_ns) {
        Err(open) => unavailable(ErrorCode::CircuitOpen, open),
        Ok(()) => match balancer.look(&asked) {
            Err(none) => unavailable(ErrorCode::NoHealthyUpstream, none),
            Ok((index, chosen)) => {
                let target = index.map(|index| &service.targets[index]);
                let path = match &prepared.query {
                    Some(query) => format!("{}?{query}", prepared.path),
                    None => prepared.path.clone(),
                };
                let url = target.map(|target| {
                    let base = target.url.trim_end_matches('/');
                    format!("{base}{path}")
                });
                return Decided {
                    verdict: Verdict::Answered,
                    facts: Facts::WouldForward {
                        service: service.name.clone(),
                        url,
                        chosen: chosen.to_owned(),
                    },
                    result: Ok(()),
                };
            }
        },
    };
    let ProxyError::Unavailable { code, reason, .. } = &error else {
        unreachable!("both say that the service is not called");
    };
    Decided {
        verdict: Verdict::Stopped,
        facts: Facts::Forwarded {
            service: service.name.clone(),
            tries: 0,
            code: Some(*code),
            reason: Some(reason.clone()),
            held_ms: None,
            started_ms: None,
            not_retried: None,
        },
        result: Err(error),
    }
}

/// A request for which an instance of the service's program would be started.
fn would_start(service: &Service) -> Decided<()> {
    Decided {
        verdict: Verdict::Answered,
        facts: Facts::WouldForward {
            service: service.name.clone(),
            url: None,
            chosen: "once an instance has been started".to_owned(),
        },
        result: Ok(()),
    }
}
