//! The link that signs a browser in, once.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::header::SET_COOKIE;
use http::{HeaderMap, StatusCode};

use super::Guard;

/// Exchanges the code for a session and leads to the UI. Nothing else in the admin API is changed by
/// a `GET`; a link can do nothing else.
pub(super) async fn open(
    State(guard): State<Arc<Guard>>,
    Path(code): Path<String>,
    headers: HeaderMap,
) -> Response {
    if is_guess(&headers) {
        return (
            StatusCode::NOT_FOUND,
            "This link is not opened ahead of time.\n",
        )
            .into_response();
    }
    if !guard.sessions.lock().use_code(&code) {
        let advice = "This link has been used already, or is from an earlier start.\n\n\
            Open the address without it, and give the token from the file `admin-token` in \
            Gatewright's data folder.\n";
        return (StatusCode::GONE, advice).into_response();
    }
    ([(SET_COOKIE, guard.new_cookie())], Redirect::to("/")).into_response()
}

/// Whether a browser only guesses that a person will open the link.
fn is_guess(headers: &HeaderMap) -> bool {
    ["sec-purpose", "purpose", "x-moz"].iter().any(|name| {
        let value = headers.get(*name).and_then(|value| value.to_str().ok());
        value.is_some_and(|value| value.contains("prefetch") || value.contains("prerender"))
    })
}
