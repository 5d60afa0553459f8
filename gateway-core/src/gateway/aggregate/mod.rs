//! Answers made of several services', tried out before they are saved: with the real services, and with
//! parts that fail as imagined.

mod failures;

use std::net::Ipv4Addr;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{HOST, HeaderMap, HeaderValue};
use http::request::Parts;
use http::{Method, Request, Response, Uri, Version};
use http_body_util::BodyExt as _;
use uuid::Uuid;

pub use failures::{FailureRow, FailureTable};

use super::{Gateway, WontDo};
use crate::aggregate::lanes::Lanes;
use crate::aggregate::plan::Plan;
use crate::config::Config;
use crate::ids::{ExchangeId, RouteName};
use crate::proxy::accept::accept;
use crate::proxy::aggregate::{Upstreams, aggregate, input};
use crate::proxy::attempt::Attempts;
use crate::proxy::body::AnswerBody;
use crate::proxy::caller::Caller;
use crate::proxy::decided::Decided;
use crate::proxy::error::ErrorCode;
use crate::proxy::permit::Permit;
use crate::proxy::problem::{self, Asked};
use crate::proxy::trace_context::TraceContext;
use crate::record::decision::Facts;
use crate::record::detail::HeaderLine;
use crate::record::parts::PartFact;
use crate::snapshot::matcher::Found;
use crate::snapshot::{Backend, Route, Snapshot};

/// A request to try an answer with.
#[derive(Clone, Debug)]
pub struct AggregateTry {
    /// Method.
    pub method: Method,
    /// Path and query, or a whole URL.
    pub url: Uri,
    /// Headers.
    pub headers: HeaderMap,
    /// Body.
    pub body: Bytes,
}

/// An answer as a caller would get it.
#[derive(Debug)]
pub struct AggregateTried {
    /// Status.
    pub status: u16,
    /// Headers.
    pub headers: Vec<HeaderLine>,
    /// Body.
    pub body: Bytes,
    /// What became of each part.
    pub parts: Vec<PartFact>,
    /// Whether all of them are there.
    pub completed: bool,
    /// How long it took, in microseconds.
    pub took_us: u64,
}

impl Gateway {
    /// Makes the answer of a route that need not be saved, with its real services. Limits and callers
    /// are not asked, and nothing is written to the log.
    ///
    /// # Errors
    /// Why it cannot be made at all.
    pub async fn try_aggregate(
        &self,
        config: &Config,
        route: &RouteName,
        wanted: AggregateTry,
    ) -> Result<AggregateTried, WontDo> {
        let snapshot = self.compiled(config, route)?;
        let (route, plan) = aggregate_of(&snapshot, route)?;
        let mut head = head(&wanted)?;
        let trace_context = TraceContext::next(&mut head.headers);
        let refused = |error: crate::proxy::error::ProxyError| {
            WontDo::Request(error.detail().trim_end_matches('.').to_owned())
        };
        let accepted = accept(&head, &snapshot.limits).map_err(refused)?;
        if !route.path.takes(&accepted.match_path) {
            let path = &accepted.match_path;
            let why = format!(
                "the path `{path}` is not one that route `{}` takes",
                route.name
            );
            return Err(WontDo::Request(why));
        }
        let permit = Permit {
            head: &head,
            accepted,
            found: Found {
                route: route.clone(),
                host: None,
                version_segment: None,
            },
            version: None,
            caller: Caller::default(),
            client: Ipv4Addr::LOCALHOST.into(),
            scheme: "http",
            upgrade: None,
        };
        let id = ExchangeId(Uuid::now_v7());
        let request_id = id.to_string();
        let variables = permit.variables(&request_id);
        let json = match plan.needs_body && !wanted.body.is_empty() {
            false => None,
            true => Some(serde_json::from_slice(&wanted.body).map_err(|error| {
                WontDo::Request(format!("the body has to be JSON, and is not: {error}"))
            })?),
        };
        let sent = permit.headers(&trace_context, &variables);
        let input = input(&permit, sent, json).map_err(refused)?;
        let clock = &self.0.clock;
        let started_ns = clock.monotonic_ns();
        let attempts = Attempts {
            pool: &self.0.pool,
            own: &self.0.own_addresses,
            clock,
            started_ns,
            max_request_body_bytes: None,
            body_idle: snapshot.limits.idle_timeout,
        };
        let upstreams = Upstreams {
            plan: &plan,
            permit: &permit,
            attempts: &attempts,
            trace_context: &trace_context,
            variables: &variables,
            together: None,
        };
        let lanes = Lanes::new(&plan, clock, started_ns);
        let aggregating = aggregate(&plan, &input, &upstreams, clock, &lanes, started_ns);
        let aggregated = Box::pin(aggregating).await;
        let asked = Asked {
            headers: &head.headers,
            exchange: id,
            request_id: &request_id,
        };
        let mut answered = answered(aggregated, &asked).await;
        if answered.error.is_none() {
            permit.edit_answer(&mut answered.headers, &variables);
        }
        Ok(AggregateTried {
            status: answered.status,
            headers: lines(&answered.headers),
            body: answered.body,
            parts: answered.parts,
            completed: answered.completed,
            took_us: clock.monotonic_ns().saturating_sub(started_ns) / 1_000,
        })
    }

    /// The configuration beside the one in force, with this route switched on.
    fn compiled(&self, config: &Config, route: &RouteName) -> Result<Snapshot, WontDo> {
        let mut config = config.clone();
        let named = config.routes.iter_mut().find(|one| one.name == *route);
        match named {
            Some(route) => route.enabled = true,
            None => return Err(WontDo::Missing(format!("route `{route}`"))),
        }
        let compiled = crate::snapshot::compile::compile(&config, 0, &self.snapshot());
        Ok(compiled.map_err(WontDo::Config)?.snapshot)
    }
}

fn aggregate_of(snapshot: &Snapshot, name: &RouteName) -> Result<(Arc<Route>, Arc<Plan>), WontDo> {
    let route = snapshot.routes.iter().find(|route| route.name == *name);
    match route.map(|route| (route, &route.backend)) {
        Some((route, Backend::Aggregate(plan))) => Ok((route.clone(), plan.clone())),
        _ => {
            let why = format!("the answer of route `{name}` is not made of several");
            Err(WontDo::Request(why))
        }
    }
}

/// The request as it would arrive.
fn head(wanted: &AggregateTry) -> Result<Parts, WontDo> {
    let target = wanted
        .url
        .path_and_query()
        .map_or("/", |target| target.as_str());
    let request = Request::builder().method(&wanted.method).uri(target);
    let request = request.body(());
    let (mut head, ()) = request
        .map_err(|error| WontDo::Request(error.to_string()))?
        .into_parts();
    head.version = Version::HTTP_11;
    head.headers = wanted.headers.clone();
    if !head.headers.contains_key(HOST) {
        let host = wanted
            .url
            .authority()
            .map_or("localhost", |host| host.as_str());
        if let Ok(host) = HeaderValue::from_str(host) {
            head.headers.insert(HOST, host);
        }
    }
    Ok(head)
}

/// An answer, read whole.
struct Answered {
    status: u16,
    headers: HeaderMap,
    body: Bytes,
    error: Option<ErrorCode>,
    parts: Vec<PartFact>,
    completed: bool,
    decided: Option<String>,
}

async fn answered(aggregated: Decided<Response<AnswerBody>>, asked: &Asked<'_>) -> Answered {
    let (parts, completed, decided) = match aggregated.facts {
        Facts::Aggregated {
            parts,
            completed,
            decided,
            ..
        } => (parts, completed, decided),
        _ => (Vec::new(), false, None),
    };
    let (response, error): (Response<AnswerBody>, _) = match aggregated.result {
        Ok(response) => (response, None),
        Err(error) => (problem::answer(&error, asked), Some(error.code())),
    };
    let (head, body) = response.into_parts();
    let body = match body.collect().await {
        Ok(body) => body.to_bytes(),
        Err(_) => Bytes::new(),
    };
    Answered {
        status: head.status.as_u16(),
        headers: head.headers,
        body,
        error,
        parts,
        completed,
        decided,
    }
}

fn lines(headers: &HeaderMap) -> Vec<HeaderLine> {
    let line = |(name, value): (&http::HeaderName, &HeaderValue)| HeaderLine {
        name: name.to_string(),
        value: String::from_utf8_lossy(value.as_bytes()).into_owned(),
    };
    headers.iter().map(line).collect()
}
