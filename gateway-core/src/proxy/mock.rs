//! What does a mock answer in the place of a service?

use std::collections::BTreeMap;
use std::pin::pin;

use bytes::{Bytes, BytesMut};
use http::Response;
use http_body::Body;
use http_body_util::{BodyExt as _, Full, LengthLimitError};
use minijinja::context;
use minijinja::value::{Serde, Value};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::body::{AnswerBody, UnreadBody};
use super::call::Call;
use super::decided::Decided;
use super::error::{ErrorCode, ProxyError};
use super::permit::Permit;
use super::tracer::Tracer;
use crate::record::decision::{Facts, Stage, Verdict};
use crate::snapshot::mock::{Asked, MockBody, MockRule};

/// Most that is kept of a request's body for a template, in bytes; of a longer one it sees nothing.
const MOST_KEPT: usize = 1024 * 1024;

/// The rule that answers a request, and its number from 1; `None` where no mock has one for it.
///
/// # Errors
/// The path can be read in more than one way.
pub(crate) fn rule<'p>(permit: &'p Permit<'_>) -> Result<Option<(u32, &'p MockRule)>, ProxyError> {
    let Some(mock) = permit.mock() else {
        return Ok(None);
    };
    let asked = Asked {
        host: permit.accepted.host_name(),
        path: &permit.path_without_version()?,
        method: &permit.head.method,
        headers: &permit.head.headers,
        query: permit.head.uri.query(),
    };
    let found = mock.rule_for(&asked);
    Ok(found.map(|(n, rule)| (u32::try_from(n + 1).unwrap_or(u32::MAX), rule)))
}

/// The same, written into `trace`.
///
/// # Errors
/// The path can be read in more than one way.
pub(super) fn rule_for<'p>(
    permit: &'p Permit<'_>,
    trace: &mut Tracer<'_>,
) -> Result<Option<(u32, &'p MockRule)>, ProxyError> {
    let rule = trace.checked(Stage::Mock, rule(permit))?;
    if rule.is_none() && permit.mock().is_some() {
        trace.note(Stage::Mock, Verdict::Passed, Facts::MockPassed);
    }
    Ok(rule)
}

/// The answer of a mock's rule, as its route changes it. The request's body is read as a service would
/// read it, but where one only asks what would be.
///
/// # Errors
/// The body is longer than the gateway takes or broke off, or the rule's template failed.
pub(super) async fn answer_for(
    call: &Call<'_>,
    permit: &Permit<'_>,
    rule: (u32, &MockRule),
    body: UnreadBody,
    trace: &mut Tracer<'_>,
) -> Result<Response<AnswerBody>, ProxyError> {
    let mut known = None;
    if call.what_if.is_none() {
        let most_bytes = call.most_bytes(&permit.found.route);
        let body = read_body(body.at_most(most_bytes), most_bytes).await;
        known = trace.checked(Stage::Mock, body)?;
        tokio::time::sleep(rule.1.delay).await;
    }
    // It was not asked.
    trace.exchange.service = None;
    let request_id = trace.exchange.request_id.clone();
    let now_us = call.now().epoch_us;
    let mocked = answer(permit, rule, known.as_ref(), now_us, &request_id);
    let mut response = trace.decided(Stage::Mock, mocked)?;
    permit.edit_answer(response.headers_mut(), &permit.variables(&request_id));
    Ok(response)
}

/// That a mock has no rule for a request.
pub fn no_rule() -> ProxyError {
    let reason = "No rule of the mock fits this request, and the route has no service.";
    ProxyError::Request(ErrorCode::MockHasNoRule, reason.into())
}

/// Reads a request's body to its end, as a service would, and keeps what a template may want of it.
///
/// # Errors
/// It is longer than the gateway takes, or broke off.
async fn read_body<B>(body: B, most_bytes: Option<u64>) -> Result<Option<Bytes>, ProxyError>
where
    B: Body<Data = Bytes, Error = Box<dyn std::error::Error + Send + Sync>>,
{
    let mut body = pin!(body);
    let mut kept = BytesMut::new();
    let mut is_whole = true;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| broken(&*error, most_bytes))?;
        let Ok(data) = frame.into_data() else {
            continue;
        };
        is_whole = is_whole && kept.len() + data.len() <= MOST_KEPT;
        if is_whole {
            kept.extend_from_slice(&data);
        }
    }
    Ok(is_whole.then(|| kept.freeze()))
}

fn broken(
    error: &(dyn std::error::Error + Send + Sync + 'static),
    most: Option<u64>,
) -> ProxyError {
    match most {
        Some(most) if error.is::<LengthLimitError>() => {
            ProxyError::BodyTooLarge { most, said: None }
        }
        _ => {
            let cause = error.source().map(ToString::to_string);
            let cause = cause.unwrap_or_else(|| error.to_string());
            let reason = format!("The body ended before it was complete: {cause}.");
            ProxyError::Request(ErrorCode::BadRequest, reason.into())
        }
    }
}

/// The answer of a rule. `body` is the request's, as far as it is known.
fn answer(
    permit: &Permit<'_>,
    (number, rule): (u32, &MockRule),
    body: Option<&Bytes>,
    now_us: i64,
    request_id: &str,
) -> Decided<Response<AnswerBody>> {
    let text = match &rule.body {
        MockBody::Fixed(text) => Ok(text.clone()),
        MockBody::Template(template) => values(permit, rule, body, now_us, request_id)
            .and_then(|values| {
                template.fill(values).map_err(|reason| {
                    let reason = format!("The body of rule {number} of the mock: {reason}.");
                    ProxyError::Request(ErrorCode::MockFailed, reason.into())
                })
            })
            .map(Bytes::from),
    };
    match text {
        Ok(text) => {
            let mut response = Response::new(AnswerBody::Own(Full::new(text)));
            *response.status_mut() = rule.status;
            *response.headers_mut() = rule.headers.clone();
            Decided {
                verdict: Verdict::Answered,
                facts: Facts::Mocked {
                    rule: number,
                    status: rule.status.as_u16(),
                    delay_ms: u32::try_from(rule.delay.as_millis()).unwrap_or(u32::MAX),
                },
                result: Ok(response),
            }
        }
        Err(error) => Decided::not_accepted(error),
    }
}

/// What a template may refer to.
fn values(
    permit: &Permit<'_>,
    rule: &MockRule,
    body: Option<&Bytes>,
    now_us: i64,
    request_id: &str,
) -> Result<Value, ProxyError> {
    let path = permit.path_without_version()?;
    let route = &permit.found.route;
    let of_pattern = |pattern: &crate::snapshot::matcher::paths::PathPattern| {
        let named = pattern.parameters().into_iter().map(|name| {
            let value = pattern.parameter(name, &path).map(|at| &path[at]);
            (name.to_owned(), value.unwrap_or_default().to_owned())
        });
        named.collect::<Vec<_>>()
    };
    // Those of the rule say the same more closely.
    let mut parameters: BTreeMap<_, _> = of_pattern(&route.path).into_iter().collect();
    parameters.extend(of_pattern(&rule.path));
    let query = permit.head.uri.query().unwrap_or_default();
    let mut pairs: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        // The first of several, as everywhere.
        pairs
            .entry(name.into_owned())
            .or_insert_with(|| value.into_owned());
    }
    let headers = permit.head.headers.keys().filter_map(|name| {
        let value = permit.head.headers.get(name)?.to_str().ok()?;
        Some((name.as_str().to_owned(), value.to_owned()))
    });
    let version = permit.version.as_ref();
    let moment = i128::from(now_us) * 1_000;
    let now = OffsetDateTime::from_unix_timestamp_nanos(moment)
        .ok()
        .and_then(|moment| moment.replace_microsecond(0).ok()?.format(&Rfc3339).ok());
    Ok(context! {
        path => parameters,
        query => pairs,
        headers => headers.collect::<BTreeMap<_, _>>(),
        body => body.map(read_value),
        method => permit.head.method.as_str(),
        url => permit.head.uri.path_and_query().map(|whole| whole.as_str()),
        request_id => request_id,
        consumer => permit.caller.consumer.as_deref().unwrap_or_default(),
        route => route.name.as_str(),
        version => version.map_or("", |(version, _)| version.name.as_str()),
        now => now,
    })
}

/// A body as JSON, or else as text.
fn read_value(body: &Bytes) -> Value {
    match serde_json::from_slice::<serde_json::Value>(body) {
        Ok(json) => Serde(json).into(),
        Err(_) => Value::from(String::from_utf8_lossy(body).into_owned()),
    }
}
