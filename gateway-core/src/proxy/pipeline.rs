//! The life of a request, from top to bottom. The order of the stages is here and nowhere else.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_LENGTH, HOST, LINK, SET_COOKIE, VARY};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, Uri, Version};
use http_body::Body as _;
use http_body_util::{Empty, Full, Limited};
use hyper::body::Incoming;

use super::accept::accept;
use super::aggregate::{Told, Upstreams, aggregate, input, json};
use super::answer::{about_gateway, answer};
use super::arrival::{Client, begin};
use super::attempt::Attempts;
use super::authenticate::{self, Admitted, authenticate};
use super::authorise::{Wish, authorise};
use super::body::{AnswerBody, MadeBy, Paced, UnsentBody};
use super::cache::{Caching, Looked, invalidate};
use super::caller::Caller;
use super::cors;
use super::error::ProxyError;
use super::fault::{Abort, Struck};
use super::faulty::Mishap;
use super::forced::{Forcing, force};
use super::forward::{Outgoing, forward, would_forward};
use super::headers;
use super::match_route::match_route;
use super::mock;
use super::partition::Whose;
use super::permit::{self, Permit, Prepared};
use super::problem::{self, Asked};
use super::rate_limit::{Counting, rate_limit};
use super::refresh::Refresh;
use super::resolve_version::{self, Asking, Turn, resolve_version};
use super::trace_context::TraceContext;
use super::tracer::Tracer;
use super::tunnel::Opening;
use super::upgrade::{self, Upgrade};
use super::what_if::WhatIf;
use crate::aggregate::lanes::Lanes;
use crate::aggregate::plan::Plan;
use crate::clock::Now;
use crate::faults;
use crate::gateway::Inner;
use crate::ids::{RouteName, VersionName};
use crate::record::decision::{Facts, Stage, Verdict};
use crate::record::exchange::{Exchange, KeyRef, Outcome};
use crate::record::{RecordedBody, Recording};
use crate::snapshot::answer::OwnAnswer;
use crate::snapshot::limits::Running;
use crate::snapshot::mock::MockRule;
use crate::snapshot::{Backend, HostHeader, Route, Service, Snapshot};
use crate::usage;

const CACHE_STATUS: HeaderName = HeaderName::from_static("cache-status");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

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
    let result = call.serve(body, &mut recording, &mut extra).await;
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

/// The answer as it goes to the caller.
fn completed(
    result: Result<Response<AnswerBody>, ProxyError>,
    exchange: &mut Exchange,
    asked_headers: &HeaderMap,
    version: Version,
    mut extra: HeaderMap,
) -> Response<AnswerBody> {
    let mut response = match result {
        Ok(response) => {
            let by = exchange.trace.last().map(|decision| decision.stage);
            exchange.outcome = match response.body().made_by() {
                MadeBy::Gateway if by == Some(Stage::Mock) => Outcome::Mocked,
                MadeBy::Gateway => Outcome::AnsweredHere,
                MadeBy::ServiceBefore => Outcome::AnsweredAgain,
                MadeBy::Service => Outcome::Answered,
            };
            response
        }
        Err(error) => {
            exchange.outcome = Outcome::Refused(error.code());
            let asked = Asked {
                headers: asked_headers,
                exchange: exchange.id,
                request_id: &exchange.request_id,
            };
            let mut response = problem::answer(&error, &asked);
            // Where a request is not understood, nobody knows where the next one begins.
            if matches!(error, ProxyError::Request(..)) && version < Version::HTTP_2 {
                let close = HeaderValue::from_static("close");
                response.headers_mut().insert(CONNECTION, close);
            }
            if error == ProxyError::FaultReset {
                *response.body_mut() = AnswerBody::Own(Full::default());
                response.extensions_mut().insert(Abort);
            }
            response
        }
    };
    if let Ok(id) = HeaderValue::from_str(&exchange.request_id) {
        extra.insert(REQUEST_ID, id);
    }
    for (name, value) in &extra {
        match *name {
            // A service may have set its own beside ours.
            LINK | SET_COOKIE | VARY => response.headers_mut().append(name, value.clone()),
            _ => response.headers_mut().insert(name, value.clone()).is_some(),
        };
    }
    response
}

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
    let would = call.would(&mut exchange, what_if, &mut extra).await;
    let answer = match would {
        Ok(None) => None,
        Ok(Some(response)) => Some(Ok(response)),
        Err(error) => Some(Err(error)),
    };
    if answer.is_none() {
        exchange.outcome = Outcome::Answered;
    }
    let answer =
        answer.map(|result| completed(result, &mut exchange, &head.headers, version, extra));
    Explained { exchange, answer }
}

/// What stages are told of a request.
struct Call<'r> {
    gateway: &'r Arc<Inner>,
    snapshot: &'r Snapshot,
    head: &'r Parts,
    /// How long its body is at least.
    body_bytes: u64,
    client: Client,
    trace_context: &'r TraceContext,
    upgrade: Option<&'r Upgrade>,
    /// Whether one only asks what would be, and under which circumstances.
    what_if: Option<&'r WhatIf>,
}

/// Why a request goes no further.
enum Stopped {
    /// It is refused.
    Refused(ProxyError),
    /// A stage has answered it.
    Answered(Box<Response<AnswerBody>>),
}

impl From<ProxyError> for Stopped {
    fn from(error: ProxyError) -> Self {
        Self::Refused(error)
    }
}

impl<'r> Call<'r> {
    /// All stages, in their order.
    async fn serve(
        &self,
        body: Incoming,
        recording: &mut Recording,
        extra: &mut HeaderMap,
    ) -> Result<Response<AnswerBody>, ProxyError> {
        let mut trace = Tracer::new(&self.gateway.clock);
        let decided = self.decide(recording.exchange(), &mut trace, extra).await;
        let (permit, running) = match decided {
            Ok(may_pass) => may_pass,
            Err(Stopped::Refused(error)) => return Err(error),
            Err(Stopped::Answered(response)) => return Ok(*response),
        };
        recording.runs_under(running);
        let exchange = recording.exchange();
        let mishaps = self.strike(&permit, &mut trace, exchange).await?;
        let route = &permit.found.route;
        let mocked = self.mock_rule(&permit, &mut trace, exchange)?;
        let answered = match (mocked, permit.service(), &route.backend) {
            (Some(rule), _, _) => self.mock(&permit, rule, body, trace, recording).await,
            (None, Some(service), _) => {
                self.forward(&permit, service, body, trace, recording).await
            }
            (None, None, Backend::Aggregate(plan)) => {
                self.aggregate(&permit, plan, body, trace, recording).await
            }
            (None, None, Backend::Own(own)) => {
                answer_here(&permit, own, &mut trace, recording.exchange())
            }
            (None, None, Backend::Service(_)) => unreachable!("a route's service is one"),
        };
        answered.map(|response| response.map(|body| body.with_mishaps(&mishaps)))
    }

    /// The stages that decide whether the request may pass. What they find is written into
    /// `exchange`; what a caller is told on any answer, into `extra`. The request counts as running
    /// as long as what is given beside the permit.
    async fn decide(
        &self,
        exchange: &mut Exchange,
        trace: &mut Tracer,
        extra: &mut HeaderMap,
    ) -> Result<(Permit<'r>, Running), Stopped> {
        let Self {
            gateway,
            snapshot,
            head,
            ..
        } = *self;
        let client = self.client.address.ip();

        let accepted = accept(head, &snapshot.limits);
        trace.accepted(exchange, &accepted);
        let accepted = accepted?;
        exchange.host.clone_from(&accepted.host);
        if accepted.asks_gateway {
            let answered = about_gateway();
            trace.decided(exchange, Stage::Answer, answered.verdict, answered.facts);
            return Err(Stopped::Answered(Box::new(answered.result?)));
        }

        let matched = match_route(snapshot, &accepted, head);
        trace.decided(exchange, Stage::MatchRoute, matched.verdict, matched.facts);
        let found = matched.result?;
        let route = &found.route;
        exchange.route = Some(route.name.clone());
        exchange.service = route.service_name().cloned();
        let fits = check_length(self.most_bytes(route), self.body_bytes);
        trace.checked(exchange, Stage::Accept, fits)?;

        if let Some(cors) = &route.cors {
            cors::describe(cors, head, extra);
            if let Some(method) = cors::asked_method(head) {
                let preflight = cors::preflight(route, cors, &method, head);
                trace.decided(exchange, Stage::Cors, preflight.verdict, preflight.facts);
                return Err(Stopped::Answered(Box::new(preflight.result?)));
            }
        }

        let scheme = if self.client.tls { "https" } else { "http" };
        let sent = self.client.inside.as_ref();
        let asking = authenticate::Asking {
            wanted: &route.authentication,
            snapshot,
            head,
            client,
            scheme,
            host: &accepted.host,
            granted: sent.and_then(|sent| sent.key),
            granted_consumer: sent.and_then(|sent| sent.consumer.as_deref()),
            checks: authenticate::Checks {
                what_if: self.what_if,
                ..gateway.credentials()
            },
            now: self.now(),
        };
        let who = authenticate(&asking).await;
        exchange.key = who.key.as_deref().map(KeyRef::of);
        trace.decided(exchange, Stage::Authenticate, who.verdict, who.facts);
        let caller = match who.result? {
            Admitted::Caller(caller) => *caller,
            Admitted::Answered(response) => return Err(Stopped::Answered(response)),
        };

        exchange.caller = usage::Caller {
            consumer: caller.consumer.as_deref().map(str::to_owned),
            plan: caller.plan.clone(),
        };

        let paths = permit::paths(head, &accepted, &found);
        let paths = trace.checked(exchange, Stage::Forward, paths)?;
        let version = match &route.versions {
            None => None,
            Some(versions) => {
                let asking = Asking {
                    found: &found,
                    head,
                    paths,
                    host: accepted.host_name(),
                    caller: &caller,
                    client,
                    now_s: self.now().epoch_us.div_euclid(1_000_000),
                    turn: self.turn(route),
                };
                let resolved = resolve_version(route, versions, &asking);
                trace.decided(exchange, Stage::Version, resolved.verdict, resolved.facts);
                if let Some(version) = &resolved.version {
                    exchange.version = Some(version.name.clone());
                    resolve_version::describe(versions, version, extra);
                }
                resolved.result?;
                extra.extend(resolved.cookie.map(|cookie| (SET_COOKIE, cookie)));
                resolved.version.map(|version| (version, resolved.named))
            }
        };

        let wish = Wish {
            route,
            version: version.as_ref().map(|(version, _)| &version.name),
            method: &head.method,
            caller: &caller,
            client,
        };
        let may = authorise(&wish);
        if may.verdict != Verdict::NotConfigured {
            trace.decided(exchange, Stage::Authorise, may.verdict, may.facts);
        }
        may.result?;

        let of_version = version.iter().flat_map(|(version, _)| &version.limits);
        let limiting = &snapshot.limiting;
        let limits = limiting
            .beside(caller.plan.as_ref())
            .chain(&route.limits)
            .chain(of_version)
            .map(|limit| &**limit);
        let whose = Whose {
            caller: &caller,
            client,
            headers: &head.headers,
            route: &route.name,
        };
        let version_name = version.as_ref().map(|(version, _)| &version.name);
        if let Some((refusal, strike)) = self.refusal(&route.name, version_name, &caller) {
            let forcing = Forcing {
                snapshot,
                wanted: &route.authentication,
                now: self.now(),
            };
            let forced = force(refusal, strike, &forcing, limits, &whose, extra);
            trace.decided(exchange, Stage::Fault, Verdict::Stopped, forced.facts);
            return Err(forced.error.into());
        }

        let counting = self.what_if.map_or(Counting::Take, Counting::Try);
        let limited = rate_limit(
            limits,
            &whose,
            self.now(),
            limiting.headers,
            counting,
            extra,
        );
        trace.decided(exchange, Stage::RateLimit, limited.verdict, limited.facts);
        let running = limited.result?;

        let permit = Permit {
            head,
            accepted,
            found,
            version,
            caller,
            client,
            scheme,
            upgrade: self.upgrade,
        };
        Ok((permit, running))
    }

    /// All stages, as far as they go without anything being sent: the gateway's own answer, if it
    /// would give one.
    async fn would(
        &self,
        exchange: &mut Exchange,
        what_if: &WhatIf,
        extra: &mut HeaderMap,
    ) -> Result<Option<Response<AnswerBody>>, ProxyError> {
        let mut trace = Tracer::new(&self.gateway.clock);
        let decided = self.decide(exchange, &mut trace, extra).await;
        let permit = match decided {
            Ok((permit, _)) => permit,
            Err(Stopped::Refused(error)) => return Err(error),
            Err(Stopped::Answered(response)) => return Ok(Some(*response)),
        };
        if let Some(rule) = self.mock_rule(&permit, &mut trace, exchange)? {
            return self
                .mocked(&permit, rule, None, &mut trace, exchange)
                .map(Some);
        }
        match (permit.service(), &permit.found.route.backend) {
            (Some(service), _) => {
                exchange.service = Some(service.name.clone());
                let request_id = exchange.request_id.clone();
                let variables = permit.variables(&request_id);
                let prepared = permit.prepare(service, self.trace_context, &variables);
                let prepared = trace.checked(exchange, Stage::Forward, prepared)?;
                let kept = self.would_look_up(&permit, &prepared, &mut trace, exchange, what_if);
                if let Some(mut kept) = kept {
                    permit.edit_answer(kept.headers_mut(), &permit.variables(&request_id));
                    return Ok(Some(kept));
                }
                let would = would_forward(service, &prepared, what_if.now.monotonic_ns);
                trace.decided(exchange, Stage::Forward, would.verdict, would.facts);
                would.result?;
                exchange.upstream_request = Some(prepared.headers);
                Ok(None)
            }
            (None, Backend::Aggregate(plan)) => {
                let facts = Facts::WouldAggregate { parts: plan.told() };
                trace.decided(exchange, Stage::Aggregate, Verdict::Answered, facts);
                Ok(None)
            }
            (None, Backend::Own(own)) => answer_here(&permit, own, &mut trace, exchange).map(Some),
            (None, Backend::Service(_)) => unreachable!("a route's service is one"),
        }
    }

    /// The time, or the one that is asked about.
    fn now(&self) -> Now {
        self.what_if
            .map_or_else(|| self.gateway.clock.now(), |what_if| what_if.now)
    }

    /// What becomes of turns.
    fn turn(&self, route: &Route) -> Turn<'r> {
        match self.what_if {
            None => Turn::Take,
            Some(what_if) => match what_if.version_on(&route.name) {
                Some((version, by)) => Turn::Then(version, by),
                None => Turn::Look,
            },
        }
    }

    /// What a person asked the gateway to refuse this request as, if anything. Nobody who only asks
    /// what would be is refused so.
    fn refusal(
        &self,
        route: &RouteName,
        version: Option<&VersionName>,
        caller: &Caller,
    ) -> Option<(faults::Refusal, faults::Strike)> {
        let target = faults::Target {
            route,
            version,
            key: caller.key_id(),
        };
        let faults = self.what_if.is_none().then_some(&self.gateway.faults)?;
        faults.refuse(&target, self.now().epoch_us)
    }

    /// Lets faults that are switched on strike: the request waits, or ends here. Given is what they
    /// do to its answer.
    async fn strike(
        &self,
        permit: &Permit<'_>,
        trace: &mut Tracer,
        exchange: &mut Exchange,
    ) -> Result<Vec<Mishap>, ProxyError> {
        let target = faults::Target {
            route: &permit.found.route.name,
            version: permit.version.as_ref().map(|(version, _)| &version.name),
            key: permit.caller.key_id(),
        };
        let strikes = self.gateway.faults.strike(&target, self.now().epoch_us);
        if strikes.is_empty() {
            return Ok(Vec::new());
        }
        let struck = Struck::by(strikes);
        tokio::time::sleep(struck.wait).await;
        let (verdict, facts) = struck.decision();
        trace.decided(exchange, Stage::Fault, verdict, facts);
        match struck.stopped {
            Some(error) => Err(error),
            None => Ok(struck.mishaps),
        }
    }

    /// The rule of a mock that answers, if one does.
    fn mock_rule<'p>(
        &self,
        permit: &'p Permit<'_>,
        trace: &mut Tracer,
        exchange: &mut Exchange,
    ) -> Result<Option<(u32, &'p MockRule)>, ProxyError> {
        let rule = trace.checked(exchange, Stage::Mock, mock::rule(permit))?;
        if rule.is_none() && permit.mock().is_some() {
            trace.decided(exchange, Stage::Mock, Verdict::Passed, Facts::MockPassed);
        }
        Ok(rule)
    }

    /// The last stage where a mock answers. The request's body is read as a service would read it.
    async fn mock(
        &self,
        permit: &Permit<'_>,
        rule: (u32, &MockRule),
        body: Incoming,
        mut trace: Tracer,
        recording: &mut Recording,
    ) -> Result<Response<AnswerBody>, ProxyError> {
        let most_bytes = self.most_bytes(&permit.found.route);
        let body = mock::read_body(upstream_body(most_bytes, recording, body), most_bytes).await;
        let exchange = recording.exchange();
        let body = trace.checked(exchange, Stage::Mock, body)?;
        tokio::time::sleep(rule.1.delay).await;
        self.mocked(permit, rule, body.as_ref(), &mut trace, exchange)
    }

    /// The answer of a mock's rule, as its route changes it.
    fn mocked(
        &self,
        permit: &Permit<'_>,
        rule: (u32, &MockRule),
        body: Option<&Bytes>,
        trace: &mut Tracer,
        exchange: &mut Exchange,
    ) -> Result<Response<AnswerBody>, ProxyError> {
        // It was not asked.
        exchange.service = None;
        let now_us = self.now().epoch_us;
        let mocked = mock::answer(permit, rule, body, now_us, &exchange.request_id);
        trace.decided(exchange, Stage::Mock, mocked.verdict, mocked.facts);
        let mut response = mocked.result?;
        let variables = permit.variables(&exchange.request_id);
        permit.edit_answer(response.headers_mut(), &variables);
        Ok(response)
    }

    /// The last stages on a route with a service: an answer that is kept, or else the service's.
    async fn forward(
        &self,
        permit: &Permit<'_>,
        service: &Service,
        body: Incoming,
        mut trace: Tracer,
        recording: &mut Recording,
    ) -> Result<Response<AnswerBody>, ProxyError> {
        let gateway = self.gateway;
        let has_body = !body.is_end_stream();
        let most_bytes = self.most_bytes(&permit.found.route);
        let body = upstream_body(most_bytes, recording, body);
        let exchange = recording.exchange();
        exchange.service = Some(service.name.clone());
        let request_id = exchange.request_id.clone();
        let variables = permit.variables(&request_id);
        let prepared = permit.prepare(service, self.trace_context, &variables);
        let prepared = trace.checked(exchange, Stage::Forward, prepared)?;

        let mut caching = Caching::on(&gateway.cache, &gateway.clock, permit, &prepared);
        let looked = match &mut caching {
            None => Looked::Ask,
            Some(caching) => {
                let looked = caching.look_up(permit, has_body).await;
                trace.looked_up(exchange, &caching.fact, &looked);
                looked?
            }
        };
        let answer = match looked {
            Looked::Answer(response) => Ok((*response, None)),
            Looked::AnswerAndRefresh(response, stale) => {
                let service = self.snapshot.services.get(&service.name).cloned();
                if let (Some(caching), Some(service)) = (&caching, service)
                    && !stale.refreshing.swap(true, Ordering::Relaxed)
                {
                    let refresh = Refresh {
                        gateway: gateway.clone(),
                        service,
                        route: permit.found.route.clone(),
                        caching: caching.refreshing(stale.clone()),
                        stale,
                        prepared,
                        body,
                        body_idle: self.snapshot.limits.idle_timeout,
                    };
                    refresh.begin();
                }
                Ok((*response, None))
            }
            Looked::Ask => {
                let caching = caching.as_mut();
                self.ask(
                    permit, service, prepared, body, caching, &mut trace, exchange,
                )
                .await
            }
        };
        if let Some(caching) = &caching {
            trace.cached(exchange, caching.end());
        }
        let (mut response, set_cookie) = answer?;
        permit.edit_answer(response.headers_mut(), &variables);
        if let Some(caching) = &caching {
            let line = caching.status_line();
            response.headers_mut().append(CACHE_STATUS, line);
        }
        if let Some(cookie) = set_cookie {
            response.headers_mut().append(SET_COOKIE, cookie);
        }
        Ok(match permit.caller.key_id() {
            Some(key) => response.map(|body| body.revocable(&gateway.keys, key)),
            None => response,
        })
    }

    /// The service's answer, or what is kept where that is still good or stands in for it; and a
    /// cookie for the caller.
    #[expect(
        clippy::too_many_arguments,
        reason = "all that was found out about a request"
    )]
    async fn ask(
        &self,
        permit: &Permit<'_>,
        service: &Service,
        mut prepared: Prepared,
        body: UnsentBody,
        mut caching: Option<&mut Caching>,
        trace: &mut Tracer,
        exchange: &mut Exchange,
    ) -> Result<(Response<AnswerBody>, Option<HeaderValue>), ProxyError> {
        let gateway = self.gateway;
        let route = &permit.found.route;
        let target_host = route.host_header == HostHeader::Target;
        if let Some(caching) = &mut caching {
            caching.condition(&mut prepared.headers);
        }
        exchange.upstream_request = Some(prepared.headers.clone());
        exchange.upstream_path = Some(match &prepared.query {
            Some(query) => format!("{}?{query}", prepared.path),
            None => prepared.path.clone(),
        });
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
        let attempts = self.attempts(exchange.started_ns, self.most_bytes(route));
        let affinity = &prepared.affinity;
        let forwarded = forward(&attempts, service, affinity, outgoing, &mut exchange.tries).await;
        if target_host {
            note_target_host(exchange);
        }
        trace.forwarded(exchange, service, &forwarded);
        let set_cookie = forwarded.set_cookie;
        let answer = forwarded.answer.map(|mut response| {
            exchange.upstream_response = Some(response.headers().clone());
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

    /// Says what is kept for a request and may be given, where nothing is sent. How things stood
    /// before is not known.
    fn would_look_up(
        &self,
        permit: &Permit<'_>,
        prepared: &Prepared,
        trace: &mut Tracer,
        exchange: &mut Exchange,
        what_if: &WhatIf,
    ) -> Option<Response<AnswerBody>> {
        let mut caching = Caching::on(&self.gateway.cache, &self.gateway.clock, permit, prepared)?;
        if what_if.limits.is_some() {
            let note = "What was kept of the route's answers then is not known; the service is \
                        taken to be asked.";
            what_if.notes.say(note);
            return None;
        }
        let kept = caching.would_look_up(permit, self.body_bytes > 0);
        let verdict = match kept {
            Some(_) => Verdict::Answered,
            None => Verdict::Passed,
        };
        trace.decided(exchange, Stage::Cache, verdict, Facts::Cache(caching.fact));
        kept
    }

    /// The last stage on a route whose answer is made of several services'.
    async fn aggregate(
        &self,
        permit: &Permit<'_>,
        plan: &Plan,
        body: Incoming,
        trace: Tracer,
        recording: &mut Recording,
    ) -> Result<Response<AnswerBody>, ProxyError> {
        let gateway = self.gateway;
        let route = &permit.found.route;
        let most_bytes = self.most_bytes(route);
        let body = upstream_body(most_bytes, recording, body);
        let exchange = recording.exchange();
        let started_ns = exchange.started_ns;
        let lanes = Lanes::new(plan, &gateway.clock, started_ns);
        let mut told = Told::new(exchange, trace, &lanes);
        let json = match plan.needs_body {
            true => {
                let idle = self.snapshot.limits.idle_timeout;
                let body = Paced::new(body, idle, gateway.clock.clone());
                told.checked(json(body, most_bytes).await)?
            }
            false => None,
        };
        let request_id = told.exchange.request_id.clone();
        let variables = permit.variables(&request_id);
        let sent = permit.headers(self.trace_context, &variables);
        let input = told.checked(input(permit, sent, json))?;
        let attempts = self.attempts(started_ns, most_bytes);
        let upstreams = Upstreams {
            plan,
            permit,
            attempts: &attempts,
            trace_context: self.trace_context,
            variables: &variables,
        };
        let aggregating = aggregate(plan, &input, &upstreams, &gateway.clock, &lanes, started_ns);
        let aggregated = Box::pin(aggregating).await;
        told.decided(aggregated.verdict, aggregated.facts);
        let mut response = aggregated.result?;
        if route.cors.is_some() {
            cors::take_away(response.headers_mut());
        }
        permit.edit_answer(response.headers_mut(), &variables);
        Ok(response)
    }

    fn attempts(&self, started_ns: u64, max_request_body_bytes: Option<u64>) -> Attempts<'_> {
        Attempts {
            pool: &self.gateway.pool,
            own: &self.gateway.own_addresses,
            clock: &self.gateway.clock,
            started_ns,
            max_request_body_bytes,
            body_idle: self.snapshot.limits.idle_timeout,
        }
    }

    /// Most bytes that a request's body may have.
    fn most_bytes(&self, route: &Route) -> Option<u64> {
        route
            .max_request_body_bytes
            .or(self.snapshot.max_request_body_bytes)
    }
}

/// Makes a service's answer into one for callers, but for what the route adds.
pub(super) fn for_caller(route: &Route, response: &mut Response<AnswerBody>) {
    let version = response.version();
    headers::for_client(response.headers_mut(), version);
    if route.cors.is_some() {
        cors::take_away(response.headers_mut());
    }
}

/// The last stage on a route without a service.
fn answer_here(
    permit: &Permit<'_>,
    own: &OwnAnswer,
    trace: &mut Tracer,
    exchange: &mut Exchange,
) -> Result<Response<AnswerBody>, ProxyError> {
    let route = &permit.found.route;
    let answered = answer(route, own, permit.paths()?, permit.address());
    trace.decided(exchange, Stage::Answer, answered.verdict, answered.facts);
    let mut response = answered.result?;
    let variables = permit.variables(&exchange.request_id);
    permit.edit_answer(response.headers_mut(), &variables);
    Ok(response)
}

/// Which host the service saw is known once a target was chosen.
fn note_target_host(exchange: &mut Exchange) {
    let target: Option<Uri> = exchange
        .tries
        .last()
        .and_then(|tried| tried.target.parse().ok());
    let host = target.as_ref().and_then(Uri::authority);
    if let (Some(headers), Some(host)) = (&mut exchange.upstream_request, host)
        && let Ok(host) = HeaderValue::from_str(host.as_str())
    {
        headers.insert(HOST, host);
    }
}

/// A body that says it is too long is refused before any of it is read.
fn check_length(most_bytes: Option<u64>, body_bytes: u64) -> Result<(), ProxyError> {
    match most_bytes {
        Some(most) if body_bytes > most => Err(ProxyError::BodyTooLarge {
            most,
            said: Some(body_bytes),
        }),
        _ => Ok(()),
    }
}

fn upstream_body(most_bytes: Option<u64>, recording: &Recording, body: Incoming) -> UnsentBody {
    let most = most_bytes.unwrap_or(u64::MAX);
    let limited = Limited::new(body, usize::try_from(most).unwrap_or(usize::MAX));
    UnsentBody::Caller(recording.request_body(limited))
}
