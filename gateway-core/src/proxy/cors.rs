//! May a page of another origin call? (Fetch standard, section 3.2)
//!
//! A browser asks first where a request is not a simple one, by a preflight: `OPTIONS` with the
//! method that is to follow. It carries no credentials, so it is answered before any are asked for.

use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
    ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode};
use http_body_util::Full;

use super::body::AnswerBody;
use super::decided::Decided;
use super::error::{ErrorCode, ProxyError};
use crate::record::decision::{Facts, Verdict};
use crate::snapshot::Route;
use crate::snapshot::cors::{Cors, Origins};

const REQUEST_PRIVATE_NETWORK: HeaderName =
    HeaderName::from_static("access-control-request-private-network");
const ALLOW_PRIVATE_NETWORK: HeaderName =
    HeaderName::from_static("access-control-allow-private-network");

/// The method that a preflight asks for; `None` where the request is no preflight.
pub fn asked_method(head: &Parts) -> Option<Method> {
    if head.method != Method::OPTIONS || !head.headers.contains_key(ORIGIN) {
        return None;
    }
    let method = head.headers.get(ACCESS_CONTROL_REQUEST_METHOD)?;
    Method::from_bytes(method.as_bytes()).ok()
}

/// Tells a browser on any answer of the route, refusals too, whether its page may read it.
pub fn describe(cors: &Cors, head: &Parts, extra: &mut HeaderMap) {
    let named = matches!(cors.origins, Origins::These(_));
    if named {
        extra.append(VARY, HeaderValue::from_static("Origin"));
    }
    let Some(origin) = allowed_origin(cors, &head.headers) else {
        return;
    };
    let told = match named {
        true => origin.clone(),
        false => HeaderValue::from_static("*"),
    };
    extra.insert(ACCESS_CONTROL_ALLOW_ORIGIN, told);
    if cors.credentials {
        let yes = HeaderValue::from_static("true");
        extra.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, yes);
    }
    if let Some(names) = &cors.expose {
        extra.insert(ACCESS_CONTROL_EXPOSE_HEADERS, names.clone());
    }
}

/// Takes away what a service said about it: on this route, the gateway says it.
pub fn take_away(headers: &mut HeaderMap) {
    let said: Vec<_> = headers
        .keys()
        .filter(|name| name.as_str().starts_with("access-control-"))
        .cloned()
        .collect();
    for name in said {
        headers.remove(name);
    }
}

/// Answers a preflight that asks for `method`.
pub fn preflight(
    route: &Route,
    cors: &Cors,
    method: &Method,
    head: &Parts,
) -> Decided<Response<AnswerBody>> {
    let origin = head.headers.get(ORIGIN);
    let origin = origin.map_or(String::new(), |origin| {
        String::from_utf8_lossy(origin.as_bytes()).into_owned()
    });
    match refusal(route, cors, method, &head.headers) {
        None => Decided {
            verdict: Verdict::Answered,
            facts: Facts::Preflight {
                origin,
                allowed: true,
                reason: None,
            },
            result: Ok(allowance(route, cors, method, &head.headers)),
        },
        Some((setting, reason)) => Decided {
            verdict: Verdict::Stopped,
            facts: Facts::Preflight {
                origin,
                allowed: false,
                reason: Some(format!("{reason} (`cors.{setting}`)")),
            },
            result: Err(ProxyError::forbidden(ErrorCode::CorsRefused, reason)),
        },
    }
}

/// The setting that keeps a page from calling, and why.
fn refusal(
    route: &Route,
    cors: &Cors,
    method: &Method,
    headers: &HeaderMap,
) -> Option<(&'static str, String)> {
    if allowed_origin(cors, headers).is_none() {
        return Some(("origins", "Pages of this origin may not call.".to_owned()));
    }
    let methods = methods(route, cors);
    if !methods.is_empty() && !methods.contains(method) {
        let reason = format!("Pages of other origins may not use `{method}`.");
        return Some(("methods", reason));
    }
    let allowed = cors.headers.as_ref()?;
    let refused =
        asked_headers(headers).find(|name| !allowed.iter().any(|one| one.as_str() == name))?;
    let reason = format!("Pages of other origins may not set the header `{refused}`.");
    Some(("headers", reason))
}

fn allowance(
    route: &Route,
    cors: &Cors,
    method: &Method,
    asked: &HeaderMap,
) -> Response<AnswerBody> {
    let mut response = Response::new(AnswerBody::Own(Full::default()));
    *response.status_mut() = StatusCode::NO_CONTENT;
    let headers = response.headers_mut();
    let methods = methods(route, cors);
    let methods: Vec<_> = match methods.is_empty() {
        true => vec![method.as_str()],
        false => methods.iter().map(Method::as_str).collect(),
    };
    let mut set = |name, value: String| {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    };
    set(ACCESS_CONTROL_ALLOW_METHODS, methods.join(", "));
    // Where any may be set, those are named that are asked for: `*` leaves `Authorization` out, and
    // means nothing beside credentials.
    let names: Vec<String> = match &cors.headers {
        None => asked_headers(asked).collect(),
        Some(names) => names.iter().map(HeaderName::to_string).collect(),
    };
    if !names.is_empty() {
        set(ACCESS_CONTROL_ALLOW_HEADERS, names.join(", "));
    }
    set(ACCESS_CONTROL_MAX_AGE, cors.max_age_s.to_string());
    if asked.contains_key(REQUEST_PRIVATE_NETWORK) {
        set(ALLOW_PRIVATE_NETWORK, "true".to_owned());
    }
    for name in [
        ACCESS_CONTROL_REQUEST_METHOD,
        ACCESS_CONTROL_REQUEST_HEADERS,
    ] {
        headers.append(VARY, HeaderValue::from_name(name));
    }
    response
}

/// Methods that pages may use; empty for any.
fn methods<'a>(route: &'a Route, cors: &'a Cors) -> &'a [Method] {
    match cors.methods.is_empty() {
        true => &route.methods,
        false => &cors.methods,
    }
}

fn allowed_origin<'h>(cors: &Cors, headers: &'h HeaderMap) -> Option<&'h HeaderValue> {
    let origin = headers.get(ORIGIN)?;
    let text = origin.to_str().ok()?;
    cors.origins.allow(text).then_some(origin)
}

/// Names of the headers that a page wants to set, in lower case; what is no name stays as it is and
/// is allowed by nothing.
fn asked_headers(headers: &HeaderMap) -> impl Iterator<Item = String> {
    headers
        .get_all(ACCESS_CONTROL_REQUEST_HEADERS)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|name| name.trim().to_ascii_lowercase())
        .filter(|name| !name.is_empty())
}
