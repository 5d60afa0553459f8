//! Signing a browser in and out, where the admin API is served to browsers.

use std::sync::Arc;

use axum::Extension;
use http::header::SET_COOKIE;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::Deserialize;
use utoipa::ToSchema;

use super::extract::JsonBody;
use super::guard::Guard;
use super::problem::{Problem, ProblemCode};

/// Where a browser signs in; the one path of the API that asks for no credentials.
pub(super) const PATH: &str = "/session";

/// What a browser shows to be let in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SignIn {
    /// The token in the file `admin-token` of the data folder.
    #[schema(format = "password")]
    pub token: String,
}

type Signed = (StatusCode, [(HeaderName, HeaderValue); 1]);

/// Signs this browser in with the token. The desktop app has no sessions.
#[utoipa::path(
    post, path = "/session", tag = "status", operation_id = "sign_in",
    request_body = SignIn,
    responses(
        (status = 204, description = "Signed in."),
        (status = 401, body = Problem, description = "That is not the token."),
        (status = "default", body = Problem),
    ),
)]
pub(super) async fn sign_in(
    guard: Option<Extension<Arc<Guard>>>,
    JsonBody(SignIn { token }): JsonBody<SignIn>,
) -> Result<Signed, Problem> {
    let Extension(guard) = guard.ok_or_else(no_sessions)?;
    let cookie = guard.sign_in(token.trim()).ok_or_else(|| {
        let advice = "This is not the token. It is in the file `admin-token` in the data folder.";
        Problem::new(ProblemCode::Unauthorized, advice)
    })?;
    Ok((StatusCode::NO_CONTENT, [(SET_COOKIE, cookie)]))
}

/// Signs this browser out.
#[utoipa::path(
    delete, path = "/session", tag = "status", operation_id = "sign_out",
    responses(
        (status = 204, description = "Signed out."),
        (status = "default", body = Problem),
    ),
)]
pub(super) async fn sign_out(
    guard: Option<Extension<Arc<Guard>>>,
    headers: HeaderMap,
) -> Result<Signed, Problem> {
    let Extension(guard) = guard.ok_or_else(no_sessions)?;
    Ok((
        StatusCode::NO_CONTENT,
        [(SET_COOKIE, guard.sign_out(&headers))],
    ))
}

fn no_sessions() -> Problem {
    Problem::not_found("session to begin or end in the desktop app")
}
