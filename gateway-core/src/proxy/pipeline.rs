//! The life of a request, from top to bottom. The order of the stages is here and nowhere else:
//! [`handle`] begins and ends it, [`Call::serve`] is all that happens between. How it ends where several
//! services answer together is in [`super::together`].

use std::sync::Arc;
use std::sync::atomic::Ordering;

use http::header::SET_COOKIE;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, Version};
use http_body::Body as _;
use hyper::body::Incoming;

use super::accept::accept;
use super::answer::about_gateway;
use super::arrival::{Client, begin, refreshing};
use super::authenticate::{Admitted, authenticate};
use super::authorise::{Wish, authorise};
use super::body::{AnswerBody, UnreadBody, UnsentBody};
use super::cache::{Caching, Looked, Wanted, invalidate};
use super::call::Call;
use super::error::ProxyError;
use super::forced::{Forcing, force};
use super::forward::{Outgoing, forward};
use super::match_route::match_route;
use super::partition::Whose;
use super::permit::{self, Permit, Prepared};
use super::rate_limit::rate_limit;
use super::refresh::Refresh;
use super::resolve_version::Asking;
use super::to_caller::{completed, for_caller};
use super::trace_context::TraceContext;
use super::tracer::Tracer;
use super::tunnel::Opening;
use super::upgrade::{self, Upgrade};
use super::{answer, cors, fault, mock, resolve_version};
use crate::gateway::Inner;
use crate::record::RecordedBody;
use crate::record::decision::Stage;
use crate::record::exchange::KeyRef;
use crate::snapshot::limits::Running;
use crate::snapshot::{Backend, HostHeader, Service};
use crate::usage;

pub(super) const CACHE_STATUS: HeaderName = HeaderName::from_static("cache-status");

/// What a caller is answered with.
pub(super) type Answer = Response<RecordedBody<AnswerBody>>;

/// Answers one request. Whatever happens from here on is recorded, also that the caller left.
pub(super) async fn handle(
    gateway: &Arc<Inner>,
    client: Client,
    mut request: Request<Incoming>,
) -> Answer {
    let snapshot = gateway.snapshot();
    let trace_context = TraceContext::next(request.headers_mut());
    let now = gateway.clock.now();
    let exchange = begin(now, &client, &request, snapshot.revision, &trace_context);
    let mut recording = gateway.recorder.begin(exchange);
    // Put on every answer, refusals too: a caller who is refused wants to know the limits.
    let mut extra = HeaderMap::new();
    let version = request.version();
    let asked_headers = request.headers().clone();
    let upgrade = Upgrade::asked(&mut request);
    let (head, body) = request.into_parts();
    let call = Call {
        gateway,
        snapshot: &snapshot,
        head: &head,
        body_bytes: body.size_hint().lower(),
        client,
        trace_context: &trace_context,
        upgrade: upgrade.as_ref(),
        what_if: None,
    };
    let body = UnreadBody::Caller(body, recording.request_tap());
    let mut running = Running::default();
    let trace = Tracer::new(recording.exchange(), &gateway.clock);
    let result = call.serve(body, trace, &mut extra, &mut running).await;
    recording.runs_under(running);
    let result = result.map(|answer| answer.expect("only what would be is left without an answer"));
    let mut response = completed(result, recording.exchange(), &asked_headers, version, extra);
    // hyper turns it into HTTP/1.0 by itself, and keeps such a connection where its caller wants that.
    *response.version_mut() = version.max(Version::HTTP_11);
    match upgrade.zip(upgrade::take_switched(&mut response)) {
        None => recording.finish(response),
        Some((upgrade, target)) => {
            let key = recording.exchange().key.as_ref().map(|key| key.id);
            let (response, recorded) = recording.tunnel(response);
            let opening = Opening {
                caller: upgrade.caller,
                target,
                key,
                recorded,
            };
            gateway.tunnels.open(opening, gateway.keys.clone());
            response
        }
    }
}

impl<'r> Call<'r> {
    /// All stages, in their order. What each decides and finds out is written into `trace`; what a
    /// caller is told on any answer, into `extra`; the limits under which the request counts as
    /// running, into `running`. There is neither an answer nor an error where one only asks what
    /// would be, and a service would be asked.
    pub(super) async fn serve(
        &self,
        body: UnreadBody,
        mut trace: Tracer<'_>,
        extra: &mut HeaderMap,
        running: &mut Running,
    ) -> Result<Option<Response<AnswerBody>>, ProxyError> {
        let (snapshot, head) = (self.snapshot, self.head);
        let client = self.client.address.ip();

        // Is this HTTP that only one reading fits?
        let accepted = trace.accepted(accept(head, &snapshot.limits))?;
        trace.exchange.host.clone_from(&accepted.host);
        if accepted.asks_gateway {
            return trace.decided(Stage::Answer, about_gateway()).map(Some);
        }

        // Which route takes it?
        let found = match_route(snapshot, &accepted, head);
        let found = trace.decided(Stage::MatchRoute, found)?;
        let route = &found.route;
        trace.exchange.route = Some(route.name.clone());
        trace.exchange.service = route.service_name().cloned();
        trace.checked(Stage::Accept, self.fits(route))?;

        // May a page of another origin call? Its browser asks without credentials.
        if let Some(cors) = &route.cors {
            cors::describe(cors, head, extra);
            if let Some(method) = cors::asked_method(head) {
                let preflight = cors::preflight(route, cors, &method, head);
                return trace.decided(Stage::Cors, preflight).map(Some);
            }
        }

        // Who is asking?
        let who = authenticate(&self.credentials(route, &accepted)).await;
        trace.exchange.key = who.key.as_deref().map(KeyRef::of);
        let caller = match trace.decided(Stage::Authenticate, who.decided)? {
            Admitted::Caller(caller) => *caller,
            Admitted::Answered(response) => return Ok(Some(*response)),
        };
        trace.exchange.caller = usage::Caller {
            consumer: caller.consumer.as_deref().map(str::to_owned),
            plan: caller.plan.clone(),
        };

        // Which version do they want? A share may stay with a key, so only now.
        let paths = permit::paths(head, &accepted, &found);
        let asking = Asking {
            found: &found,
            head,
            paths: trace.checked(Stage::Forward, paths)?,
            host: accepted.host_name(),
            caller: &caller,
            client,
            now_s: self.now().epoch_us.div_euclid(1_000_000),
            turn: self.turn(route),
        };
        let version = resolve_version::found(&asking, &mut trace, extra)?;
        let version_name = version.as_ref().map(|(version, _)| &version.name);

        // May they do that?
        let wish = Wish {
            route,
            version: version_name,
            method: &head.method,
            caller: &caller,
            client,
        };
        trace.decided_if_asked(Stage::Authorise, authorise(&wish))?;

        // Is there room under the limits? One of each, or of none. A person may have asked for a
        // refusal, which looks like the gateway's own.
        let of_version = version.iter().flat_map(|(version, _)| &version.limits);
        let of_all = snapshot.limiting.beside(caller.plan.as_ref());
        let limits = of_all.chain(&route.limits).chain(of_version);
        let whose = Whose {
            caller: &caller,
            client,
            headers: &head.headers,
            route: &route.name,
        };
        let limits = limits.map(|limit| &**limit);
        if let Some(asked_for) = self.refusal(&route.name, version_name, &caller) {
            let forcing = Forcing {
                snapshot,
                wanted: &route.authentication,
                now: self.now(),
            };
            let forced = force(asked_for, &forcing, limits, &whose, extra);
            return trace.decided(Stage::Fault, forced);
        }
        let limited = rate_limit(
            limits,
            &whose,
            self.now(),
            snapshot.limiting.headers,
            self.counting(),
            &self.passes(&route.name, version_name, &caller),
            extra,
        );
        *running = trace.decided(Stage::RateLimit, limited)?;

        // It may pass. What answers?
        let permit = Permit {
            head,
            accepted,
            found,
            version,
            caller,
            client,
            scheme: self.scheme(),
            upgrade: self.upgrade,
        };
        let mishaps = fault::strike(self, &permit, &mut trace).await?;
        let mock = mock::rule_for(&permit, &mut trace)?;
        let answered = match (mock, permit.service(), &permit.found.route.backend) {
            (Some(rule), _, _) => {
                let mocked = mock::answer_for(self, &permit, rule, body, &mut trace).await;
                mocked.map(Some)
            }
            (None, Some(service), _) => {
                self.kept_or_asked(&permit, service, body, &mut trace).await
            }
            (None, None, Backend::Aggregate(plan)) => {
                self.kept_or_made(&permit, plan, body, &mut trace).await
            }
            (None, None, Backend::Own(own)) => {
                answer::by_gateway(&permit, own, &mut trace).map(Some)
            }
            (None, None, Backend::Service(_)) => unreachable!("a route's service is one"),
        };
        let response = answered?;
        Ok(response.map(|response| response.map(|body| body.with_mishaps(&mishaps))))
    }

    /// An answer of `service` that is kept, or else one that it is asked for.
    async fn kept_or_asked(
        &self,
        permit: &Permit<'_>,
        service: &Service,
        body: UnreadBody,
        trace: &mut Tracer<'_>,
    ) -> Result<Option<Response<AnswerBody>>, ProxyError> {
        let gateway = self.gateway;
        let route = &permit.found.route;
        let has_body = !body.is_end_stream();
        let body = body.at_most(self.most_bytes(route));
        trace.exchange.service = Some(service.name.clone());
        let request_id = trace.exchange.request_id.clone();
        let variables = permit.variables(&request_id);
        let prepared = permit.prepare(service, self.trace_context, &variables);
        let prepared = trace.checked(Stage::Forward, prepared)?;
        if let Some(what_if) = self.what_if {
            return self.would_ask(permit, service, prepared, trace, what_if);
        }

        // Is there an answer that is kept and may be given again?
        let wanted = Wanted {
            headers: &prepared.headers,
            query: prepared.query.as_deref(),
            parts: None,
        };
        let mut caching = Caching::on(&gateway.cache, &gateway.clock, permit, &wanted);
        let answer = match look_up(caching.as_mut(), permit, has_body, trace).await? {
            Looked::Answer(response) => Ok((*response, None)),
            Looked::AnswerAndRefresh(response, stale) => {
                let service = self.snapshot.services.get(&service.name).cloned();
                if let (Some(caching), Some(service)) = (&caching, service)
                    && !stale.refreshing.swap(true, Ordering::Relaxed)
                {
                    let refresh = Refresh {
                        gateway: gateway.clone(),
                        service,
                        route: route.clone(),
                        caching: caching.refreshing(stale.clone()),
                        stale,
                        prepared,
                        body,
                        body_idle: self.snapshot.limits.idle_timeout,
                        exchange: refreshing(gateway.clock.now(), trace.exchange),
                    };
                    refresh.begin();
                }
                Ok((*response, None))
            }
            Looked::Ask => {
                let caching = caching.as_mut();
                self.ask(permit, service, prepared, body, caching, trace)
                    .await
            }
        };
        if let Some(caching) = &caching {
            trace.cached(caching.end());
        }

        // What the route adds for its caller.
        let (mut response, set_cookie) = answer?;
        let headers = response.headers_mut();
        permit.edit_answer(headers, &variables);
        if let Some(caching) = &caching {
            headers.append(CACHE_STATUS, caching.status_line());
        }
        if let Some(cookie) = set_cookie {
            headers.append(SET_COOKIE, cookie);
        }
        Ok(Some(match permit.caller.key_id() {
            Some(key) => response.map(|body| body.revocable(&gateway.keys, key)),
            None => response,
        }))
    }

    /// The service's answer, or what is kept where that is still good or stands in for it; and a
    /// cookie for the caller.
    async fn ask(
        &self,
        permit: &Permit<'_>,
        service: &Service,
        mut prepared: Prepared,
        body: UnsentBody,
        mut caching: Option<&mut Caching>,
        trace: &mut Tracer<'_>,
    ) -> Result<(Response<AnswerBody>, Option<HeaderValue>), ProxyError> {
        let gateway = self.gateway;
        let route = &permit.found.route;
        let target_host = route.host_header == HostHeader::Target;
        if let Some(caching) = &mut caching {
            caching.condition(&mut prepared.headers);
        }
        let exchange = &mut *trace.exchange;
        exchange.upstream_request = Some(prepared.headers.clone());
        exchange.upstream_path = Some(prepared.path_and_query());
        let query = prepared.query.clone();
        let outgoing = Outgoing {
            method: self.head.method.clone(),
            path: prepared.path,
            query: prepared.query,
            headers: prepared.headers,
            target_host,
            body,
            retries: None,
        };
        let attempts = self.attempts(route, exchange.started_ns);
        let affinity = &prepared.affinity;
        let forwarded = forward(&attempts, service, affinity, outgoing, &mut exchange.tries).await;
        if target_host {
            trace.note_target_host();
        }
        trace.forwarded(service, &forwarded);
        let set_cookie = forwarded.set_cookie;
        let answer = forwarded.answer.map(|mut response| {
            trace.exchange.upstream_response = Some(response.headers().clone());
            for_caller(route, &mut response);
            response
        });
        if let Ok(response) = &answer {
            let invalidated = invalidate(&gateway.cache, permit, query.as_deref(), response);
            if let Some(caching) = &mut caching {
                caching.fact.invalidated = invalidated;
            }
        }
        let answer = match caching {
            Some(caching) => caching.answered(answer),
            None => answer,
        };
        answer.map(|response| (response, set_cookie))
    }
}

/// Looks through what is kept, where anything is.
pub(super) async fn look_up(
    caching: Option<&mut Caching>,
    permit: &Permit<'_>,
    has_body: bool,
    trace: &mut Tracer<'_>,
) -> Result<Looked, ProxyError> {
    let Some(caching) = caching else {
        return Ok(Looked::Ask);
    };
    let looked = caching.look_up(permit, has_body).await;
    trace.looked_up(&caching.fact, looked)
}
