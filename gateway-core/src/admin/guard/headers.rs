//! What a browser may do with the answers.

use axum::response::Response;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, Entry, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use http::{HeaderName, HeaderValue};

/// What a page may do: load what comes with it, talk to this server, and nothing else.
const PAGE_POLICY: &str = "default-src 'self'; connect-src 'self'; style-src 'self'; \
    img-src 'self' data: blob:; font-src 'self'; object-src 'none'; base-uri 'none'; \
    frame-ancestors 'none'; form-action 'self'";
/// What is no page may do nothing.
const DATA_POLICY: &str = "default-src 'none'; frame-ancestors 'none'";

/// Tells the browser to trust an answer with as little as possible.
pub(super) async fn harden(mut response: Response) -> Response {
    let headers = response.headers_mut();
    let is_data = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_none_or(|value| value.contains("json") || value.contains("event-stream"));
    let policy = if is_data { DATA_POLICY } else { PAGE_POLICY };
    for (name, value) in [
        (CONTENT_SECURITY_POLICY, policy),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
        (REFERRER_POLICY, "no-referrer"),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if let Entry::Vacant(entry) = headers.entry(CACHE_CONTROL) {
        entry.insert(HeaderValue::from_static("no-store"));
    }
    response
}
