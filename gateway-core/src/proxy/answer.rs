//! What does the gateway itself answer, on a route without a service?

use http::header::{ALLOW, LOCATION};
use http::{HeaderValue, Response, StatusCode};
use http_body_util::Full;

use super::body::AnswerBody;
use super::decided::Decided;
use super::error::{ErrorCode, ProxyError};
use super::permit::Permit;
use super::tracer::Tracer;
use crate::record::decision::{Facts, Stage, Verdict};
use crate::snapshot::Route;
use crate::snapshot::answer::{FixedAnswer, OwnAnswer, Redirect};
use crate::snapshot::rewrite::{Address, Paths};

/// The gateway's own answer, as its route changes it.
///
/// # Errors
/// There is none: the path can be read in more than one way, or the route has only a mock.
pub(super) fn by_gateway(
    permit: &Permit<'_>,
    own: &OwnAnswer,
    trace: &mut Tracer<'_>,
) -> Result<Response<AnswerBody>, ProxyError> {
    let route = &permit.found.route;
    let answered = answer(route, own, permit.paths()?, permit.address());
    let mut response = trace.decided(Stage::Answer, answered)?;
    let variables = permit.variables(&trace.exchange.request_id);
    permit.edit_answer(response.headers_mut(), &variables);
    Ok(response)
}

/// The gateway's own answer.
pub fn answer(
    route: &Route,
    own: &OwnAnswer,
    paths: Paths<'_>,
    address: Address<'_>,
) -> Decided<Response<AnswerBody>> {
    match own {
        OwnAnswer::Fixed(fixed) => respond(fixed),
        OwnAnswer::Redirect(to) => redirect(route, to, paths, address),
        OwnAnswer::OnlyMock => Decided::not_accepted(super::mock::no_rule()),
    }
}

/// The answer to whoever asks what the gateway itself can do (RFC 9110, section 9.3.7).
pub fn about_gateway() -> Decided<Response<AnswerBody>> {
    let mut response = Response::new(AnswerBody::Own(Full::default()));
    *response.status_mut() = StatusCode::NO_CONTENT;
    let methods = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";
    response
        .headers_mut()
        .insert(ALLOW, HeaderValue::from_static(methods));
    Decided {
        verdict: Verdict::Answered,
        facts: Facts::OwnAnswer {
            status: StatusCode::NO_CONTENT.as_u16(),
            location: None,
        },
        result: Ok(response),
    }
}

fn respond(fixed: &FixedAnswer) -> Decided<Response<AnswerBody>> {
    let mut response = Response::new(AnswerBody::Own(Full::new(fixed.body.clone())));
    *response.status_mut() = fixed.status;
    *response.headers_mut() = fixed.headers.clone();
    Decided {
        verdict: Verdict::Answered,
        facts: Facts::OwnAnswer {
            status: fixed.status.as_u16(),
            location: None,
        },
        result: Ok(response),
    }
}

fn redirect(
    route: &Route,
    to: &Redirect,
    paths: Paths<'_>,
    address: Address<'_>,
) -> Decided<Response<AnswerBody>> {
    let location = to.to.location(route, paths, address).and_then(|place| {
        match HeaderValue::from_str(&place) {
            Ok(value) => Ok((place, value)),
            Err(_) => Err("it cannot stand in a header"),
        }
    });
    match location {
        Ok((place, value)) => {
            let mut response = Response::new(AnswerBody::Own(Full::default()));
            *response.status_mut() = to.status;
            response.headers_mut().insert(LOCATION, value);
            Decided {
                verdict: Verdict::Answered,
                facts: Facts::OwnAnswer {
                    status: to.status.as_u16(),
                    location: Some(place),
                },
                result: Ok(response),
            }
        }
        Err(reason) => Decided::not_accepted(ambiguous(reason)),
    }
}

/// What a caller is told whose path cannot be cut or put together in one way.
pub fn ambiguous(reason: &str) -> ProxyError {
    let reason = format!("The path can be read in more than one way: {reason}.");
    ProxyError::Request(ErrorCode::AmbiguousPath, reason.into())
}
