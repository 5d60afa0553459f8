//! What do several services answer together?
//!
//! Each part is sent on as a request of its own, by all the rules of its service: a target, health,
//! tries, timeouts. What comes of them is put together in [`crate::aggregate`].

use bytes::Bytes;
use http::header::{
    ACCEPT, ACCEPT_ENCODING, ACCEPT_RANGES, CACHE_CONTROL, CONNECTION, CONTENT_LENGTH,
    CONTENT_TYPE, EXPECT, IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE,
    IF_UNMODIFIED_SINCE, RANGE, TE, UPGRADE,
};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, Version};
use http_body_util::{BodyExt as _, Full};
use parking_lot::Mutex;
use percent_encoding::percent_decode_str;

use super::attempt::{Attempts, fault_of_caller};
use super::body::{AnswerBody, Paced, UnreadBody, UnsentBody};
use super::decided::Decided;
use super::error::{ErrorCode, ProxyError};
use super::forward::{Outgoing, forward};
use super::permit::Permit;
use super::trace_context::TraceContext;
use super::tracer::Tracer;
use super::{cors, headers};
use crate::aggregate::ask::{Ask, Room};
use crate::aggregate::call::Call;
use crate::aggregate::lanes::Lanes;
use crate::aggregate::merge::{Merged, merge};
use crate::aggregate::plan::Plan;
use crate::aggregate::reference::Input;
use crate::aggregate::reply::{NoReply, Reply};
use crate::aggregate::run::run;
use crate::cache::together::{PartAnswer, Together};
use crate::clock::Clock;
use crate::record::BrokeOff as _;
use crate::record::decision::{Facts, Stage, Try, Verdict};
use crate::snapshot::HostHeader;
use crate::snapshot::header_edits::Variables;

/// Whether all parts are there, on every answer made of several.
const COMPLETED: HeaderName = HeaderName::from_static("x-gateway-completed");
/// Names of those that are not.
const INCOMPLETE: HeaderName = HeaderName::from_static("x-gateway-incomplete");

/// What of a caller's request says nothing of a request for a part.
const OF_THE_WHOLE: [HeaderName; 14] = [
    ACCEPT,
    ACCEPT_ENCODING,
    CONNECTION,
    CONTENT_LENGTH,
    CONTENT_TYPE,
    EXPECT,
    IF_MATCH,
    IF_MODIFIED_SINCE,
    IF_NONE_MATCH,
    IF_RANGE,
    IF_UNMODIFIED_SINCE,
    RANGE,
    TE,
    UPGRADE,
];

/// What an answer of several services is made of.
pub(super) struct Making<'a> {
    /// Its parts.
    pub(super) plan: &'a Plan,
    /// The caller's headers, as services get them.
    pub(super) headers: HeaderMap,
    /// The caller's body.
    pub(super) body: UnreadBody,
    /// What hears what they say of keeping it, where it may be kept.
    pub(super) together: Option<&'a Mutex<Together>>,
}

/// The answer of several services, and whether all its parts are there.
///
/// # Errors
/// A required part is missing, or the request's body is not what parts need.
pub(super) async fn answer_for(
    call: &super::call::Call<'_>,
    permit: &Permit<'_>,
    making: Making<'_>,
    trace: &mut Tracer<'_>,
) -> Result<(Response<AnswerBody>, bool), ProxyError> {
    let Making {
        plan,
        headers,
        body,
        together,
    } = making;
    let clock = &call.gateway.clock;
    let route = &permit.found.route;
    let most_bytes = call.most_bytes(route);
    let body = body.at_most(most_bytes);
    let started_ns = trace.exchange.started_ns;
    let request_id = trace.exchange.request_id.clone();
    let lanes = Lanes::new(plan, clock, started_ns);
    let mut told = Told {
        trace,
        lanes: Some(&lanes),
    };
    let json = match plan.needs_body {
        true => {
            let idle = call.snapshot.limits.idle_timeout;
            let body = Paced::new(body, idle, clock.clone());
            told.checked(json(body, most_bytes).await)?
        }
        false => None,
    };
    let variables = permit.variables(&request_id);
    let input = told.checked(input(permit, headers, json))?;
    let upstreams = Upstreams {
        plan,
        permit,
        attempts: &call.attempts(route, started_ns),
        trace_context: call.trace_context,
        variables: &variables,
        together,
    };
    let aggregating = aggregate(plan, &input, &upstreams, clock, &lanes, started_ns);
    let aggregated = Box::pin(aggregating).await;
    let facts = &aggregated.facts;
    let is_whole = matches!(
        facts,
        Facts::Aggregated {
            completed: true,
            ..
        }
    );
    let mut response = told.decided(aggregated)?;
    if route.cors.is_some() {
        cors::take_away(response.headers_mut());
    }
    Ok((response, is_whole))
}

/// Asks for all parts and makes one answer of them. `started_ns` is when the request arrived.
pub(crate) async fn aggregate<A: Ask>(
    plan: &Plan,
    input: &Input,
    ask: &A,
    clock: &Clock,
    lanes: &Lanes,
    started_ns: u64,
) -> Decided<Response<AnswerBody>> {
    let outcomes = run(plan, input, ask, clock, lanes, started_ns).await;
    let merged = merge(plan, outcomes);
    let (completed, decided, code, reason) = match &merged {
        Merged::Object { incomplete, .. } => (incomplete.is_empty(), None, None, None),
        Merged::Passed { part, reply } => {
            let reason = format!("it answered {}", reply.status.as_u16());
            (false, Some(part.clone()), None, Some(reason))
        }
        Merged::Refused(refused) => {
            let (part, reason) = (refused.part.clone(), refused.reason.clone());
            (false, Some(part), Some(refused.code), Some(reason))
        }
    };
    let result = response(merged);
    Decided {
        verdict: match &result {
            Ok(_) => Verdict::Answered,
            Err(_) => Verdict::Stopped,
        },
        facts: Facts::Aggregated {
            parts: lanes.facts(),
            completed,
            decided,
            code,
            reason,
        },
        result,
    }
}

/// What is known where nobody waits for the answer any more.
fn abandoned(lanes: &Lanes) -> Facts {
    Facts::Aggregated {
        parts: lanes.facts(),
        completed: false,
        decided: None,
        code: Some(ErrorCode::ClientClosed),
        reason: None,
    }
}

/// The answer as it goes to the caller. What is not whole is never stored.
fn response(merged: Merged) -> Result<Response<AnswerBody>, ProxyError> {
    let (mut response, incomplete) = match merged {
        Merged::Refused(refused) => return Err(ProxyError::Aggregate(Box::new(refused))),
        Merged::Object { body, incomplete } => {
            let mut response = Response::new(AnswerBody::Merged(Full::new(body)));
            let json = HeaderValue::from_static("application/json");
            response.headers_mut().insert(CONTENT_TYPE, json);
            (response, incomplete)
        }
        Merged::Passed { part, reply } => {
            let Reply {
                status,
                mut headers,
                body,
            } = *reply;
            headers::for_client(&mut headers, Version::HTTP_11);
            for name in [CONTENT_LENGTH, ACCEPT_RANGES] {
                headers.remove(name);
            }
            let mut response = Response::new(AnswerBody::Merged(Full::new(body)));
            *response.status_mut() = status;
            *response.headers_mut() = headers;
            (response, vec![part])
        }
    };
    let headers = response.headers_mut();
    let completed = match incomplete.is_empty() {
        true => "true",
        false => "false",
    };
    headers.insert(COMPLETED, HeaderValue::from_static(completed));
    if !incomplete.is_empty() {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Ok(names) = HeaderValue::from_str(&incomplete.join(", ")) {
            headers.insert(INCOMPLETE, names);
        }
    }
    Ok(response)
}

/// Sends parts on to their services.
pub(crate) struct Upstreams<'a> {
    /// How parts are made.
    pub plan: &'a Plan,
    /// The request they are for.
    pub permit: &'a Permit<'a>,
    /// What tries need.
    pub attempts: &'a Attempts<'a>,
    /// The trace it belongs to.
    pub trace_context: &'a TraceContext,
    /// What edits of headers may refer to.
    pub variables: &'a Variables<'a>,
    /// What hears what is said of keeping the answer, where it may be kept.
    pub together: Option<&'a Mutex<Together>>,
}

impl Ask for Upstreams<'_> {
    async fn ask(
        &self,
        call: Call,
        room: &Room<'_>,
        tries: &mut Vec<Try>,
    ) -> Result<Reply, NoReply> {
        let part = &self.plan.parts[call.part];
        let service = &*part.service;
        let (mut headers, affinity) =
            self.permit
                .prepare_part(service, self.trace_context, self.variables);
        for name in OF_THE_WHOLE {
            headers.remove(name);
        }
        headers.insert(
            ACCEPT,
            HeaderValue::from_static("application/json, */*;q=0.5"),
        );
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        for (name, value) in &call.headers {
            headers.insert(name, value.clone());
        }
        let outgoing = Outgoing {
            method: call.method,
            path: call.path,
            query: call.query,
            headers,
            target_host: self.permit.found.route.host_header == HostHeader::Target,
            body: UnsentBody::Own(Full::new(call.body.unwrap_or_default())),
            retries: part.retries,
        };
        let clock = self.attempts.clock;
        let asked_ns = clock.monotonic_ns();
        let forwarded = forward(self.attempts, service, &affinity, outgoing, tries).await;
        let response = forwarded.answer.map_err(|error| no_reply(&error))?;
        let came = clock.now();
        let (head, body) = response.into_parts();
        if head.status == StatusCode::SWITCHING_PROTOCOLS {
            let reason = "it switched to another protocol, which was not asked for".to_owned();
            return Err(NoReply::Failed(ErrorCode::UpstreamInvalid, reason));
        }
        let body = read(body, room).await?;
        if let Some(together) = self.together {
            let own = |name: &HeaderName| {
                OF_THE_WHOLE.contains(name) || part.headers.iter().any(|(own, _)| own == name)
            };
            together.lock().hear(&PartAnswer {
                index: call.part,
                name: &part.name,
                own: &own,
                status: head.status,
                headers: &head.headers,
                asked_ns,
                came,
            });
        }
        Ok(Reply {
            status: head.status,
            headers: head.headers,
            body,
        })
    }
}

fn no_reply(error: &ProxyError) -> NoReply {
    let reason = match error {
        ProxyError::Upstream(_, reason) | ProxyError::Unavailable { reason, .. } => reason.clone(),
        other => other.detail().trim_end_matches('.').to_owned(),
    };
    NoReply::Failed(error.code(), reason)
}

/// An answer's body, whole, unless there is no room for it: then no more of it is read.
async fn read(mut body: AnswerBody, room: &Room<'_>) -> Result<Bytes, NoReply> {
    let mut whole = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| NoReply::Failed(error.code(), error.reason()))?;
        if let Ok(data) = frame.into_data() {
            room.take(data.len()).map_err(NoReply::TooLong)?;
            whole.extend_from_slice(&data);
        }
    }
    Ok(whole.into())
}

/// The body of a request of which parts need something, read whole as JSON; `None` where there is none.
///
/// # Errors
/// It is no JSON, or broke off.
async fn json(
    body: Paced<UnsentBody>,
    most_bytes: Option<u64>,
) -> Result<Option<serde_json::Value>, ProxyError> {
    let pace = body.pace();
    let whole = match body.collect().await {
        Ok(whole) => whole.to_bytes(),
        Err(error) => {
            let known = fault_of_caller(pace.fault(), most_bytes);
            return Err(known.unwrap_or_else(|| {
                let reason = format!("The body ended before it was complete: {error}.");
                ProxyError::Request(ErrorCode::BadRequest, reason.into())
            }));
        }
    };
    if whole.is_empty() {
        return Ok(None);
    }
    serde_json::from_slice(&whole).map(Some).map_err(|error| {
        let reason = format!("The body has to be JSON, and is not: {error}.");
        ProxyError::Request(ErrorCode::BadRequest, reason.into())
    })
}

/// What of a request can be put into those for parts. `headers` are those that services get.
///
/// # Errors
/// Its path can be read in more than one way.
pub(crate) fn input(
    permit: &Permit<'_>,
    headers: HeaderMap,
    body: Option<serde_json::Value>,
) -> Result<Input, ProxyError> {
    let route = &permit.found.route;
    let path = permit.paths()?.normalised;
    let parameters = route.path.parameters();
    let value = |name: &&str| {
        let range = route.path.parameter(name, path)?;
        Some(((*name).to_owned(), path[range].to_owned()))
    };
    let query = permit.query().unwrap_or_default();
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let decoded = |text: &str| {
        let text = text.replace('+', " ");
        percent_decode_str(&text).decode_utf8_lossy().into_owned()
    };
    Ok(Input {
        path: parameters.iter().filter_map(value).collect(),
        query: pairs
            .map(|pair| {
                let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                (decoded(name), decoded(value))
            })
            .collect(),
        headers,
        body,
    })
}

/// Writes down what became of the parts of an answer, also where the caller leaves before there is one.
struct Told<'t, 'e> {
    trace: &'t mut Tracer<'e>,
    /// `None` once it is written down.
    lanes: Option<&'t Lanes>,
}

impl Told<'_, '_> {
    fn decided<T>(&mut self, decided: Decided<T>) -> Result<T, ProxyError> {
        self.lanes = None;
        self.trace.decided(Stage::Aggregate, decided)
    }

    fn checked<T>(&mut self, result: Result<T, ProxyError>) -> Result<T, ProxyError> {
        if result.is_err() {
            self.lanes = None;
        }
        self.trace.checked(Stage::Aggregate, result)
    }
}

impl Drop for Told<'_, '_> {
    fn drop(&mut self) {
        if let Some(lanes) = self.lanes {
            let facts = abandoned(lanes);
            self.trace.note(Stage::Aggregate, Verdict::Passed, facts);
        }
    }
}
