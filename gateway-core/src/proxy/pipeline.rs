//! The life of a request, from top to bottom. The order of the stages is here and nowhere else.

use std::net::{IpAddr, SocketAddr};

use http::header::{CONNECTION, HOST, LINK, SET_COOKIE};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, Uri, Version};
use http_body::Body as _;
use http_body_util::Limited;
use hyper::body::Incoming;
use uuid::Uuid;

use super::accept::{Accepted, accept};
use super::affinity::Affinity;
use super::answer::{ambiguous, answer};
use super::attempt::Attempts;
use super::authenticate::authenticate;
use super::body::{AnswerBody, UnsentBody};
use super::caller::Caller;
use super::error::ProxyError;
use super::forward::{self, Outgoing, forward};
use super::headers::{self, Forwarded};
use super::match_route::match_route;
use super::partition::Whose;
use super::problem::{self, Asked};
use super::rate_limit::rate_limit;
use super::resolve_version::{self, Asking, resolve_version};
use super::trace_context::TraceContext;
use super::tunnel::Opening;
use super::upgrade::{self, Upgrade};
use crate::gateway::Inner;
use crate::ids::ExchangeId;
use crate::record::decision::{Decision, Facts, Stage, Verdict};
use crate::record::exchange::{Exchange, KeyRef, Outcome};
use crate::record::{RecordedBody, Recording};
use crate::snapshot::header_edits::Variables;
use crate::snapshot::matcher::Found;
use crate::snapshot::rewrite::{Address, PathChange, Paths};
use crate::snapshot::versions::Version as RouteVersion;
use crate::snapshot::{Backend, HostHeader, Service, Snapshot};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What a caller is answered with.
pub(super) type Answer = Response<RecordedBody<AnswerBody>>;

/// Who calls, and over what.
#[derive(Clone, Copy)]
pub(super) struct Client {
    /// Their address.
    pub address: SocketAddr,
    /// Whether they came over TLS.
    pub tls: bool,
}

/// Answers one request. Whatever happens from here on is recorded, also that the caller left.
pub(super) async fn handle(
    gateway: &Inner,
    client: Client,
    mut request: Request<Incoming>,
) -> Answer {
    let snapshot = gateway.snapshot();
    let trace_context = TraceContext::next(request.headers_mut());
    let exchange = begin(gateway, client, &request, &snapshot, &trace_context);
    let mut recording = gateway.recorder.begin(exchange);
    // Put on every answer, refusals too: a caller who is refused wants to know the limits.
    let mut extra = HeaderMap::new();
    let version = request.version();
    let asked_headers = request.headers().clone();
    let upgrade = Upgrade::asked(&mut request);
    let result = serve(
        gateway,
        &snapshot,
        request,
        upgrade.as_ref(),
        &trace_context,
        &mut recording,
        &mut extra,
    )
    .await;
    let exchange = recording.exchange();
    let mut response = match result {
        Ok(response) => {
            exchange.outcome = match response.body() {
                AnswerBody::Own(_) => Outcome::AnsweredHere,
                AnswerBody::Upstream(_) | AnswerBody::Served(_) | AnswerBody::Switched(_) => {
                    Outcome::Answered
                }
            };
            response
        }
        Err(error) => {
            exchange.outcome = Outcome::Refused(error.code());
            let asked = Asked {
                headers: &asked_headers,
                exchange: exchange.id,
                request_id: &exchange.request_id,
            };
            let mut response = problem::answer(&error, &asked);
            // Where a request is not understood, nobody knows where the next one begins.
            if matches!(error, ProxyError::Request(..)) && version < Version::HTTP_2 {
                let close = HeaderValue::from_static("close");
                response.headers_mut().insert(CONNECTION, close);
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
            LINK | SET_COOKIE => response.headers_mut().append(name, value.clone()),
            _ => response.headers_mut().insert(name, value.clone()).is_some(),
        };
    }
    *response.version_mut() = version;
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

async fn serve(
    gateway: &Inner,
    snapshot: &Snapshot,
    request: Request<Incoming>,
    upgrade: Option<&Upgrade>,
    trace_context: &TraceContext,
    recording: &mut Recording,
    extra: &mut HeaderMap,
) -> Result<Response<AnswerBody>, ProxyError> {
    let (head, body) = request.into_parts();
    let client = recording.exchange().client.ip();
    let over_tls = recording.exchange().protocol.starts_with("https/");
    let mut trace = Tracer {
        gateway,
        since_ns: gateway.clock.monotonic_ns(),
    };

    let accepted = accept(&head, &snapshot.limits);
    trace.accepted(recording, &accepted);
    let accepted = accepted?;
    recording.exchange().host.clone_from(&accepted.host);

    let matched = match_route(snapshot, &accepted, &head);
    trace.decided(recording, Stage::MatchRoute, matched.verdict, matched.facts);
    let found = matched.result?;
    let route = &found.route;
    recording.exchange().route = Some(route.name.clone());
    recording.exchange().service = route.service_name().cloned();
    let most_bytes = route
        .max_request_body_bytes
        .or(snapshot.max_request_body_bytes);
    trace.checked(recording, Stage::Accept, check_length(most_bytes, &body))?;

    let who = authenticate(&route.authentication, &head.headers, &gateway.keys);
    recording.exchange().key = who.key.map(|key| KeyRef {
        id: key.id,
        name: key.name.as_str().into(),
    });
    trace.decided(recording, Stage::Authenticate, who.verdict, who.facts);
    let caller = who.result?;

    let paths = Paths {
        raw: head.uri.path(),
        normalised: &accepted.match_path,
    };
    let paths = trace.checked(
        recording,
        Stage::Forward,
        paths.of(&found).map_err(ambiguous),
    )?;
    let version = match &route.versions {
        None => None,
        Some(versions) => {
            let asking = Asking {
                found: &found,
                head: &head,
                paths,
                host: accepted.host_name(),
                caller: &caller,
                client,
                now_s: gateway.clock.now().epoch_us.div_euclid(1_000_000),
            };
            let resolved = resolve_version(route, versions, &asking);
            trace.decided(recording, Stage::Version, resolved.verdict, resolved.facts);
            if let Some(version) = &resolved.version {
                recording.exchange().version = Some(version.name.clone());
                resolve_version::describe(versions, version, extra);
            }
            resolved.result?;
            extra.extend(resolved.cookie.map(|cookie| (SET_COOKIE, cookie)));
            resolved.version.map(|version| (version, resolved.named))
        }
    };

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
    let now = gateway.clock.now();
    let limited = rate_limit(limits, &whose, now, limiting.headers, extra);
    trace.decided(recording, Stage::RateLimit, limited.verdict, limited.facts);
    recording.runs_under(limited.result?);

    let permit = Permit {
        found: &found,
        version: version
            .as_ref()
            .map(|(version, named)| (&**version, *named)),
        caller: &caller,
        client,
        scheme: if over_tls { "https" } else { "http" },
        host: &accepted.host,
        host_name: accepted.host_name(),
        trace_context,
        upgrade,
        most_bytes,
    };
    permit
        .respond(gateway, snapshot, &head, paths, body, trace, recording)
        .await
}

/// A request that may pass, and all that was found out about it.
struct Permit<'r> {
    found: &'r Found,
    /// The version, and whether the caller named it.
    version: Option<(&'r RouteVersion, bool)>,
    caller: &'r Caller,
    client: IpAddr,
    scheme: &'static str,
    host: &'r str,
    host_name: &'r str,
    trace_context: &'r TraceContext,
    upgrade: Option<&'r Upgrade>,
    most_bytes: Option<u64>,
}

impl Permit<'_> {
    /// The answer: the route's own, or that of its service.
    #[expect(
        clippy::too_many_arguments,
        reason = "what is used up or changed stands apart"
    )]
    async fn respond(
        &self,
        gateway: &Inner,
        snapshot: &Snapshot,
        head: &Parts,
        paths: Paths<'_>,
        body: Incoming,
        mut trace: Tracer<'_>,
        recording: &mut Recording,
    ) -> Result<Response<AnswerBody>, ProxyError> {
        let route = &*self.found.route;
        let request_id = recording.exchange().request_id.clone();
        let variables = Variables {
            request_id: &request_id,
            client_ip: self.client,
            host: self.host,
            path: head.uri.path(),
            route: route.name.as_str(),
            version: self
                .version
                .map_or("", |(version, _)| version.name.as_str()),
            consumer: self.caller.consumer.as_deref().unwrap_or_default(),
        };
        let service = match (self.service(), &route.backend) {
            (Some(service), _) => service,
            (None, Backend::Own(own)) => {
                let address = Address {
                    host: self.host_name,
                    query: head.uri.query(),
                };
                let answered = answer(route, own, paths, address);
                trace.decided(recording, Stage::Answer, answered.verdict, answered.facts);
                let mut response = answered.result?;
                self.edit_answer(response.headers_mut(), &variables);
                return Ok(response);
            }
            (None, Backend::Service(_)) => unreachable!("a route's service is one"),
        };
        recording.exchange().service = Some(service.name.clone());

        let path = trace.checked(recording, Stage::Forward, self.path(paths))?;
        let mut headers = head.headers.clone();
        let mut query = head.uri.query().map(str::to_owned);
        if let Some(versions) = &route.versions {
            resolve_version::strip_name(versions, &mut headers, &mut query);
        }
        let affinity = Affinity::take(&service.balancer, &mut headers, self.client, self.caller);
        self.prepare(head.version, &mut headers, &variables);
        recording.exchange().upstream_request = Some(headers.clone());
        let outgoing = Outgoing {
            method: head.method.clone(),
            path,
            query,
            headers,
            target_host: route.host_header == HostHeader::Target,
            body: upstream_body(self.most_bytes, recording, body),
        };
        let attempts = Attempts {
            pool: &gateway.pool,
            own: &gateway.own_addresses,
            clock: &gateway.clock,
            started_ns: recording.exchange().started_ns,
            max_request_body_bytes: self.most_bytes,
            body_idle: snapshot.patience().idle,
        };
        let tries = &mut recording.exchange().tries;
        let forwarded = forward(&attempts, service, &affinity, outgoing, tries).await;
        if route.host_header == HostHeader::Target {
            note_target_host(recording.exchange());
        }
        trace.forwarded(recording, service, &forwarded);
        let mut response = forwarded.answer?;
        recording.exchange().upstream_response = Some(response.headers().clone());
        let upstream_version = response.version();
        headers::for_client(response.headers_mut(), upstream_version);
        self.edit_answer(response.headers_mut(), &variables);
        if let Some(cookie) = forwarded.set_cookie {
            response.headers_mut().append(SET_COOKIE, cookie);
        }
        Ok(response)
    }

    /// Who answers, if a service does: the version's, or else the route's.
    fn service(&self) -> Option<&Service> {
        let of_version = self
            .version
            .and_then(|(version, _)| version.service.as_deref());
        match (of_version, &self.found.route.backend) {
            (Some(service), _) => Some(service),
            (None, Backend::Service(service)) => Some(service),
            (None, Backend::Own(_)) => None,
        }
    }

    /// The path to send on.
    fn path(&self, paths: Paths<'_>) -> Result<String, ProxyError> {
        let route = &self.found.route;
        let named = self.version.is_some_and(|(_, named)| named);
        let versions = route.versions.as_ref().filter(|_| named);
        let cut = match versions {
            Some(versions) => resolve_version::path_without_version(versions, route, paths)?,
            None => None,
        };
        let paths = cut
            .as_ref()
            .map_or(paths, |(raw, normalised)| Paths { raw, normalised });
        let of_version = self
            .version
            .and_then(|(version, _)| version.path_change.as_ref());
        let change = of_version.unwrap_or(&route.path_change);
        let path = change.apply(route, paths).map_err(ambiguous)?;
        Ok(match (versions, &self.found.version_segment) {
            // It was taken away to find the route.
            (Some(versions), Some(segment))
                if !versions.strip && !matches!(change, PathChange::Rewrite(_)) =>
            {
                format!("/{segment}{path}")
            }
            _ => path.into_owned(),
        })
    }

    /// Makes the caller's headers into those for the service.
    fn prepare(&self, version: Version, headers: &mut HeaderMap, variables: &Variables<'_>) {
        let route = &self.found.route;
        headers::for_upstream(
            headers,
            &Forwarded {
                client: self.client,
                host: self.host,
                scheme: self.scheme,
                version,
                caller: self.caller,
                request_id: variables.request_id,
                traceparent: &self.trace_context.traceparent,
            },
        );
        if let HostHeader::Fixed(host) = &route.host_header
            && let Ok(host) = HeaderValue::from_str(host.as_str())
        {
            headers.insert(HOST, host);
        }
        route.request_headers.apply(headers, variables);
        if let Some((version, _)) = self.version {
            version.request_headers.apply(headers, variables);
        }
        if let Some(upgrade) = self.upgrade {
            upgrade.ask(headers);
        }
    }

    fn edit_answer(&self, headers: &mut HeaderMap, variables: &Variables<'_>) {
        self.found.route.response_headers.apply(headers, variables);
        if let Some((version, _)) = self.version {
            version.response_headers.apply(headers, variables);
        }
    }
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

/// What is known of a request before anything is decided.
fn begin(
    gateway: &Inner,
    client: Client,
    request: &Request<Incoming>,
    snapshot: &Snapshot,
    trace_context: &TraceContext,
) -> Exchange {
    let now = gateway.clock.now();
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
        revision: snapshot.revision,
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

/// A body that says it is too long is refused before any of it is read.
fn check_length(most_bytes: Option<u64>, body: &Incoming) -> Result<(), ProxyError> {
    match most_bytes {
        Some(most) if body.size_hint().lower() > most => Err(ProxyError::BodyTooLarge(most)),
        _ => Ok(()),
    }
}

fn upstream_body(most_bytes: Option<u64>, recording: &Recording, body: Incoming) -> UnsentBody {
    let most = most_bytes.unwrap_or(u64::MAX);
    let limited = Limited::new(body, usize::try_from(most).unwrap_or(usize::MAX));
    recording.request_body(limited)
}

/// Writes down what each stage decided, and how long it took.
struct Tracer<'a> {
    gateway: &'a Inner,
    since_ns: u64,
}

impl Tracer<'_> {
    fn decided(&mut self, recording: &mut Recording, stage: Stage, verdict: Verdict, facts: Facts) {
        let now_ns = self.gateway.clock.monotonic_ns();
        let exchange = recording.exchange();
        exchange.trace.push(Decision {
            stage,
            verdict,
            facts,
            at_us: self.since_ns.saturating_sub(exchange.started_ns) / 1_000,
            took_us: now_ns.saturating_sub(self.since_ns) / 1_000,
        });
        self.since_ns = now_ns;
    }

    fn accepted(&mut self, recording: &mut Recording, accepted: &Result<Accepted, ProxyError>) {
        let (verdict, facts) = match accepted {
            Ok(accepted) => (
                Verdict::Passed,
                Facts::Accepted {
                    match_path: accepted.match_path.clone(),
                },
            ),
            Err(error) => (
                Verdict::Stopped,
                Facts::NotAccepted {
                    code: error.code(),
                    reason: error.detail().into_owned(),
                },
            ),
        };
        self.decided(recording, Stage::Accept, verdict, facts);
    }

    /// Writes down what went wrong, if anything did.
    fn checked<T>(
        &mut self,
        recording: &mut Recording,
        stage: Stage,
        result: Result<T, ProxyError>,
    ) -> Result<T, ProxyError> {
        if let Err(error) = &result {
            let facts = Facts::NotAccepted {
                code: error.code(),
                reason: error.detail().into_owned(),
            };
            self.decided(recording, stage, Verdict::Stopped, facts);
        }
        result
    }

    fn forwarded(
        &mut self,
        recording: &mut Recording,
        service: &Service,
        forwarded: &forward::Forwarded,
    ) {
        let error = forwarded.answer.as_ref().err();
        let facts = Facts::Forwarded {
            service: service.name.clone(),
            tries: u32::try_from(recording.exchange().tries.len()).unwrap_or(u32::MAX),
            code: error.map(ProxyError::code),
            reason: error.map(|error| match error {
                ProxyError::Upstream(_, reason) | ProxyError::Unavailable { reason, .. } => {
                    reason.clone()
                }
                other => other.detail().into_owned(),
            }),
            held_ms: forwarded.held_ms,
            not_retried: forwarded.not_retried.clone(),
        };
        let verdict = match error {
            None => Verdict::Answered,
            Some(_) => Verdict::Stopped,
        };
        self.decided(recording, Stage::Forward, verdict, facts);
    }
}
