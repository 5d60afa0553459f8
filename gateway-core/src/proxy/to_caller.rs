//! An answer as it goes to the caller.

use http::header::{CONNECTION, LINK, SET_COOKIE, VARY};
use http::{HeaderMap, HeaderName, HeaderValue, Response, Version};
use http_body_util::Full;

use super::body::{AnswerBody, MadeBy};
use super::cors;
use super::error::ProxyError;
use super::fault::Abort;
use super::headers;
use super::problem::{self, Asked};
use crate::record::decision::Stage;
use crate::record::exchange::{Exchange, Outcome};
use crate::snapshot::Route;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Makes a service's answer into one for callers, but for what the route adds.
pub(super) fn for_caller(route: &Route, response: &mut Response<AnswerBody>) {
    let version = response.version();
    headers::for_client(response.headers_mut(), version);
    if route.cors.is_some() {
        cors::take_away(response.headers_mut());
    }
}

/// The answer that came of all stages, or of the one that refused, with what is said on any answer.
pub(super) fn completed(
    result: Result<Response<AnswerBody>, ProxyError>,
    exchange: &mut Exchange,
    asked_headers: &HeaderMap,
    version: Version,
    mut extra: HeaderMap,
) -> Response<AnswerBody> {
    let mut response = match result {
        Ok(response) => {
            exchange.outcome = outcome(&response, exchange);
            response
        }
        Err(error) => {
            exchange.outcome = Outcome::Refused(error.code());
            refusal(&error, exchange, asked_headers, version)
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

fn outcome(response: &Response<AnswerBody>, exchange: &Exchange) -> Outcome {
    let by = exchange.trace.last().map(|decision| decision.stage);
    match response.body().made_by() {
        MadeBy::Gateway if by == Some(Stage::Mock) => Outcome::Mocked,
        MadeBy::Gateway => Outcome::AnsweredHere,
        MadeBy::ServiceBefore => Outcome::AnsweredAgain,
        MadeBy::Service => Outcome::Answered,
    }
}

fn refusal(
    error: &ProxyError,
    exchange: &Exchange,
    asked_headers: &HeaderMap,
    version: Version,
) -> Response<AnswerBody> {
    let asked = Asked {
        headers: asked_headers,
        exchange: exchange.id,
        request_id: &exchange.request_id,
    };
    let mut response = problem::answer(error, &asked);
    // Where a request is not understood, nobody knows where the next one begins.
    if matches!(error, ProxyError::Request(..)) && version < Version::HTTP_2 {
        let close = HeaderValue::from_static("close");
        response.headers_mut().insert(CONNECTION, close);
    }
    if *error == ProxyError::FaultReset {
        *response.body_mut() = AnswerBody::Own(Full::default());
        response.extensions_mut().insert(Abort);
    }
    response
}
