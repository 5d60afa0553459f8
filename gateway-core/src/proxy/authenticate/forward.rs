//! By asking a service of one's own, as nginx (`auth_request`) and Traefik do.

use http::header::{CONTENT_LENGTH, COOKIE, HeaderName, HeaderValue, USER_AGENT};
use http::{HeaderMap, Response, StatusCode};
use http_body_util::Full;

use super::{Asking, Found, Good, Reason, Refused};
use crate::config::AuthenticationMethod;
use crate::proxy::body::AnswerBody;
use crate::proxy::caller::Caller;
use crate::proxy::errand::{Answered, ErrandError};
use crate::proxy::error::{ErrorCode, ProxyError};
use crate::proxy::headers::{self, join_cookies};
use crate::record::decision::Facts;
use crate::snapshot::authentication::ForwardAuth;

/// Longest answer that goes on to the caller, in bytes.
const MOST_BYTES: usize = 64 * 1024;
const NAME: &str = concat!("gatewright/", env!("CARGO_PKG_VERSION"));

/// Asks; 2xx lets the request pass, and any other answer is the caller's.
pub(super) async fn ask(asking: &Asking<'_>, forward: &ForwardAuth) -> Found {
    let question = question(asking, forward);
    let wanted = |status: StatusCode| !status.is_success();
    let errands = asking.checks.errands;
    let answer = errands
        .get(&forward.url, question, forward.timeout, MOST_BYTES, wanted)
        .await;
    match answer {
        Err(error) => Found::Refused(Box::new(unanswered(forward, &error))),
        Ok(answer) if answer.status == StatusCode::SWITCHING_PROTOCOLS => {
            let error = ErrandError::Failed("it switches protocols instead of answering".into());
            Found::Refused(Box::new(unanswered(forward, &error)))
        }
        Ok(answer) if answer.status.is_success() => Found::Good(Box::new(good(forward, &answer))),
        Ok(answer) => Found::Answered {
            facts: Facts::RefusedElsewhere {
                url: forward.url.to_string(),
                status: answer.status.as_u16(),
            },
            response: Box::new(passed_on(answer)),
        },
    }
}

fn question(asking: &Asking<'_>, forward: &ForwardAuth) -> HeaderMap {
    let head = asking.head;
    let mut question = HeaderMap::new();
    for name in &forward.request_headers {
        for value in head.headers.get_all(name) {
            question.append(name, value.clone());
        }
    }
    if question.contains_key(COOKIE) {
        join_cookies(&mut question);
    }
    let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
    let client = asking.client.to_canonical().to_string();
    let about = [
        ("x-forwarded-method", head.method.as_str()),
        ("x-forwarded-proto", asking.scheme),
        ("x-forwarded-host", asking.host),
        ("x-forwarded-uri", path),
        ("x-forwarded-for", &client),
    ];
    for (name, value) in about {
        if let Ok(value) = HeaderValue::from_str(value) {
            question.insert(HeaderName::from_static(name), value);
        }
    }
    question.insert(USER_AGENT, HeaderValue::from_static(NAME));
    question
}

fn good(forward: &ForwardAuth, answer: &Answered) -> Good {
    let mut identity = HeaderMap::new();
    for name in &forward.response_headers {
        for value in answer.headers.get_all(name) {
            identity.append(name, value.clone());
        }
    }
    let named = forward.consumer_header.as_ref();
    let consumer = named
        .and_then(|name| answer.headers.get(name)?.to_str().ok())
        .filter(|name| !name.is_empty());
    Good {
        caller: Caller {
            consumer: consumer.map(Into::into),
            credential: consumer.map(Into::into),
            identity_headers: identity,
            ..Caller::default()
        },
        ..Good::default()
    }
}

/// The answer as it is, but for what speaks of its own connection.
fn passed_on(answer: Answered) -> Response<AnswerBody> {
    let Answered {
        status,
        headers: mut all,
        body,
    } = answer;
    headers::remove_hop_by_hop(&mut all);
    // That of the body that was read is added anew.
    all.remove(CONTENT_LENGTH);
    let mut response = Response::new(AnswerBody::Own(Full::new(body)));
    *response.status_mut() = status;
    *response.headers_mut() = all;
    response
}

fn unanswered(forward: &ForwardAuth, error: &ErrandError) -> Refused {
    let code = match error {
        ErrandError::Late(_) => ErrorCode::ForwardAuthTimeout,
        ErrandError::TooLong(_) | ErrandError::Failed(_) => ErrorCode::ForwardAuthFailed,
    };
    let reason = format!("`{}` was asked about the caller: {error}.", forward.url);
    Refused {
        facts: Facts::CallerRefused {
            code,
            method: Some(AuthenticationMethod::Forward),
            reason: reason.clone(),
            consumer: None,
        },
        key: None,
        error: Reason::Other(ProxyError::Upstream(code, reason)),
    }
}
