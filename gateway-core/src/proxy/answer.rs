//! What does the gateway itself answer, on a route without a service?

use http::header::{ALLOW, LOCATION};
use http::{HeaderValue, Response, StatusCode};
use http_body_util::Full;

use super::body::AnswerBody;
use super::error::{ErrorCode, ProxyError};
use crate::record::decision::{Facts, Verdict};
use crate::snapshot::Route;
use crate::snapshot::answer::{FixedAnswer, OwnAnswer, Redirect};
use crate::snapshot::rewrite::{Address, Paths};

/// What was decided, for the trace, and the answer.
pub struct Answered {
    /// Whether there is an answer.
    pub verdict: Verdict,
    /// By what.
    pub facts: Facts,
    /// The answer.
    pub result: Result<Response<AnswerBody>, ProxyError>,
}

/// The gateway's own answer.
pub fn answer(route: &Route, own: &OwnAnswer, paths: Paths<'_>, address: Address<'_>) -> Answered {
    match own {
        OwnAnswer::Fixed(fixed) => respond(fixed),
        OwnAnswer::Redirect(to) => redirect(route, to, paths, address),
        OwnAnswer::OnlyMock => no_answer(super::mock::no_rule()),
    }
}

/// The answer to whoever asks what the gateway itself can do (RFC 9110, section 9.3.7).
pub fn about_gateway() -> Answered {
    let mut response = Response::new(AnswerBody::Own(Full::default()));
    *response.status_mut() = StatusCode::NO_CONTENT;
    let methods = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";
    response
        .headers_mut()
        .insert(ALLOW, HeaderValue::from_static(methods));
    Answered {
        verdict: Verdict::Answered,
        facts: Facts::OwnAnswer {
            status: StatusCode::NO_CONTENT.as_u16(),
            location: None,
        },
        result: Ok(response),
    }
}

fn respond(fixed: &FixedAnswer) -> Answered {
    let mut response = Response::new(AnswerBody::Own(Full::new(fixed.body.clone())));
    *response.status_mut() = fixed.status;
    *response.headers_mut() = fixed.headers.clone();
    Answered {
        verdict: Verdict::Answered,
        facts: Facts::OwnAnswer {
            status: fixed.status.as_u16(),
            location: None,
        },
        result: Ok(response),
    }
}

fn redirect(route: &Route, to: &Redirect, paths: Paths<'_>, address: Address<'_>) -> Answered {
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
            Answered {
                verdict: Verdict::Answered,
                facts: Facts::OwnAnswer {
                    status: to.status.as_u16(),
                    location: Some(place),
                },
                result: Ok(response),
            }
        }
        Err(reason) => no_answer(ambiguous(reason)),
    }
}

fn no_answer(error: ProxyError) -> Answered {
    Answered {
        verdict: Verdict::Stopped,
        facts: Facts::NotAccepted {
            code: error.code(),
            reason: error.detail().into_owned(),
        },
        result: Err(error),
    }
}

/// What a caller is told whose path cannot be cut or put together in one way.
pub fn ambiguous(reason: &str) -> ProxyError {
    let reason = format!("The path can be read in more than one way: {reason}.");
    ProxyError::Request(ErrorCode::AmbiguousPath, reason.into())
}
