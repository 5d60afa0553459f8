//! A request that is asked about, put together from the one in the log and what is different.

use bytes::Bytes;
use http::header::{AUTHORIZATION, HOST};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Uri, Version};
use http_body_util::Empty;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use super::then::Known;
use super::{CallerIs, Question, WontDo};
use crate::keys::ApiKey;
use crate::proxy::accept::{Refused, check_sizes};
use crate::proxy::error::{ErrorCode, ProxyError};
use crate::record::detail::HeaderLine;
use crate::record::redact::MASK;
use crate::snapshot::Snapshot;
use crate::snapshot::callers::CallerLimits;
use crate::snapshot::key_places::KeyPlaces;

/// What cannot stand in a URL as it is, such as what stands where a secret stood.
const NOT_IN_URLS: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'<').add(b'>');

/// The request as it would arrive.
pub(super) fn build(
    question: &Question,
    snapshot: &Snapshot,
    known: &Known,
) -> Result<Request<Empty<Bytes>>, WontDo> {
    let places = &snapshot.key_places;
    let logged = question.logged.as_ref();
    let method = match (&question.method, logged) {
        (Some(method), _) => method.clone(),
        (None, Some((summary, _))) => parsed("method", &summary.method)?,
        (None, None) => Method::GET,
    };
    let uri = match (&question.url, logged) {
        (Some(url), _) => url.clone(),
        (None, Some((summary, _))) => {
            let path = match &summary.query {
                Some(query) => format!("{}?{query}", summary.path),
                None => summary.path.clone(),
            };
            parsed("path", &utf8_percent_encode(&path, NOT_IN_URLS).to_string())?
        }
        (None, None) => Uri::from_static("/"),
    };
    let mut headers = match (&question.headers, logged) {
        (Some(headers), _) => headers.clone(),
        (None, Some((_, kept))) => lines(&kept.client_request),
        (None, None) => HeaderMap::new(),
    };
    if known.bearer_key && headers.get(AUTHORIZATION).is_some_and(is_bare_mask) {
        let value = HeaderValue::from_bytes(format!("Bearer gw_{MASK}").as_bytes());
        if let Ok(value) = value {
            headers.insert(AUTHORIZATION, value);
        }
    }
    if let Some(host) = host(question, &uri, &headers) {
        headers.insert(HOST, host);
    }
    let mut target = uri
        .path_and_query()
        .map_or("/", |target| target.as_str())
        .to_owned();
    match (&question.caller, &known.caller.key) {
        (Some(CallerIs::Key { .. }), Some(Ok(key))) => {
            without_key(places, &mut headers);
            show(key, places, &mut headers, &mut target);
        }
        (Some(CallerIs::Nobody), _) => {
            headers.remove(AUTHORIZATION);
            without_key(places, &mut headers);
        }
        _ => {}
    }
    let uri: Uri = parsed("path", &target)?;
    let mut request = Request::new(Empty::new());
    *request.method_mut() = method;
    *request.uri_mut() = uri;
    *request.headers_mut() = headers;
    *request.version_mut() = version(question);
    let as_it_came = question.method.is_none() && question.url.is_none();
    if let (true, None, Some(error)) = (as_it_came, &question.headers, &known.refused) {
        let (mut head, body) = request.into_parts();
        if is_refused_again(error, &head, &snapshot.limits) {
            head.extensions.insert(Refused(error.clone()));
        }
        request = Request::from_parts(head, body);
    }
    Ok(request)
}

/// Whether nothing is left of a bearer token.
fn is_bare_mask(value: &HeaderValue) -> bool {
    let text = String::from_utf8_lossy(value.as_bytes());
    let token = text.split_once(' ').map(|(_, token)| token);
    token == Some(MASK)
}

/// What was wrong with its bytes cannot be seen any more. That it was too large can; of what was,
/// that counts which was found first, while it came.
fn is_refused_again(error: &ProxyError, head: &Parts, limits: &CallerLimits) -> bool {
    match error.code() {
        ErrorCode::UriTooLong | ErrorCode::HeadersTooLarge => check_sizes(head, limits).is_err(),
        _ => true,
    }
}

fn parsed<T: std::str::FromStr>(what: &str, text: &str) -> Result<T, WontDo> {
    text.parse()
        .map_err(|_| WontDo::Request(format!("`{text}` is no {what}")))
}

/// Headers as they are in the log. What is no header is left out: it never was one.
fn lines(lines: &[HeaderLine]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for HeaderLine { name, value } in lines {
        let name = name.parse::<HeaderName>();
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_bytes(value.as_bytes())) {
            headers.append(name, value);
        }
    }
    headers
}

/// The host, where it has to be set: that of a whole URL, of HTTP/2, or for want of any.
fn host(question: &Question, uri: &Uri, headers: &HeaderMap) -> Option<HeaderValue> {
    let in_url = uri.authority().map(|host| host.as_str().to_owned());
    let written = question.headers.as_ref();
    if written.is_some_and(|headers| headers.contains_key(HOST)) {
        return None;
    }
    let logged = question.logged.as_ref();
    let then = logged.map(|(summary, _)| summary.host.clone());
    let then = then.filter(|host| !host.is_empty() && !headers.contains_key(HOST));
    let none = (logged.is_none() && !headers.contains_key(HOST)).then(|| "localhost".to_owned());
    HeaderValue::from_str(&in_url.or(then).or(none)?).ok()
}

fn version(question: &Question) -> Version {
    let protocol = question
        .logged
        .as_ref()
        .map(|(summary, _)| &summary.protocol);
    match protocol.and_then(|protocol| protocol.split('/').nth(1)) {
        Some("1.0") => Version::HTTP_10,
        Some("2") => Version::HTTP_2,
        _ => Version::HTTP_11,
    }
}

/// Takes away what is shown as an API key.
fn without_key(places: &KeyPlaces, headers: &mut HeaderMap) {
    for name in &places.headers {
        headers.remove(name);
    }
    let bearer = headers.get(AUTHORIZATION);
    let is_key = bearer.is_some_and(|value| {
        let text = String::from_utf8_lossy(value.as_bytes());
        text.to_ascii_lowercase().starts_with("bearer gw_")
    });
    if places.bearer && is_key {
        headers.remove(AUTHORIZATION);
    }
}

/// Puts what the log would show of a key where keys are looked for.
fn show(key: &ApiKey, places: &KeyPlaces, headers: &mut HeaderMap, target: &mut String) {
    let value = |text: &str| HeaderValue::from_bytes(text.as_bytes()).ok();
    match (places.headers.first(), places.bearer, &places.query) {
        (Some(name), _, _) => {
            if let Some(value) = value(&key.hint) {
                headers.insert(name, value);
            }
        }
        (None, true, _) => {
            if let Some(value) = value(&format!("Bearer {}", key.hint)) {
                headers.insert(AUTHORIZATION, value);
            }
        }
        (None, false, Some(name)) => {
            let hint = utf8_percent_encode(&key.hint, NOT_IN_URLS);
            let joint = if target.contains('?') { '&' } else { '?' };
            *target = format!("{target}{joint}{name}={hint}");
        }
        (None, false, None) => {}
    }
}
