//! Keeps strangers out of the admin API where it has a socket.
//!
//! Any website that a person visits can make their browser send requests to this machine, and any
//! name can be made to resolve to it. So each request has to come from this machine, be meant for
//! this server by name, not come from another site, and carry a token or a session. The desktop app
//! has no such socket and needs none of this.

mod caller;
mod headers;
mod open;
mod sessions;
mod token;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Router};
use http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, Method};
use parking_lot::Mutex;
use tower::ServiceExt as _;

use super::problem::{Problem, ProblemCode};
use super::status::Shell;
use super::{PREFIX, session};
use crate::store::Actor;
use sessions::Sessions;

pub use token::{Token, TokenError};

/// Decides who may use the admin API.
pub struct Guard {
    /// The port it is served on.
    port: u16,
    token: Token,
    sessions: Mutex<Sessions>,
}

impl Guard {
    /// Guards an admin API that is served on `port` of this machine's loopback addresses.
    pub fn new(port: u16, token: Token) -> Arc<Self> {
        Arc::new(Self {
            port,
            token,
            sessions: Mutex::default(),
        })
    }

    /// A path that signs a browser in, once: whoever opens it first is let in. The one before stops
    /// working.
    pub fn one_time_path(&self) -> String {
        format!("/open/{}", self.sessions.lock().new_code())
    }

    /// Puts the guard before the admin API (a [`super::router`]) and the UI's files. Requests have
    /// to carry a [`ConnectInfo`] of their peer's address.
    pub fn protect(self: &Arc<Self>, api: Router, ui: Router) -> Router {
        let api = api
            .layer(middleware::from_fn_with_state(
                self.clone(),
                check_credentials,
            ))
            .layer(Extension(Shell::Headless))
            .layer(Extension(self.clone()));
        Router::new()
            .route("/open/{code}", get(open::open).with_state(self.clone()))
            .fallback(move |request: Request| {
                let path = request.uri().path().strip_prefix(PREFIX);
                let is_api = path.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
                let door = if is_api { api.clone() } else { ui.clone() };
                door.oneshot(request)
            })
            .layer(middleware::from_fn_with_state(self.clone(), check_caller))
            .layer(middleware::map_response(headers::harden))
    }

    /// Lets a browser in that knows the token. Gives the value of `Set-Cookie`.
    pub(super) fn sign_in(&self, token: &str) -> Option<HeaderValue> {
        self.token.is(token).then(|| self.new_cookie())
    }

    /// Signs the browser out that sent `headers`. Gives the value of `Set-Cookie`.
    pub(super) fn sign_out(&self, headers: &HeaderMap) -> HeaderValue {
        let name = self.cookie_name();
        for cookie in sessions::cookies(headers, &name) {
            self.sessions.lock().end(cookie);
        }
        cookie(&name, "", "; Max-Age=0")
    }

    fn new_cookie(&self) -> HeaderValue {
        cookie(&self.cookie_name(), &self.sessions.lock().begin(), "")
    }

    fn cookie_name(&self) -> String {
        // Cookies do not know ports: by one name, two servers would sign each other's browsers out.
        format!("gatewright_{}", self.port)
    }

    fn has_session(&self, headers: &HeaderMap) -> bool {
        let name = self.cookie_name();
        sessions::cookies(headers, &name).any(|cookie| self.sessions.lock().knows(cookie))
    }

    fn has_token(&self, headers: &HeaderMap) -> bool {
        let Some(value) = headers
            .get(AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
        else {
            return false;
        };
        match value.split_once(' ') {
            Some((scheme, token)) => {
                scheme.eq_ignore_ascii_case("bearer") && self.token.is(token.trim())
            }
            None => false,
        }
    }
}

/// Scripts cannot read it, other sites cannot make a browser send it, and what else listens on this
/// machine is not sent it outside the API's own paths.
fn cookie(name: &str, value: &str, more: &str) -> HeaderValue {
    let text = format!("{name}={value}; Path={PREFIX}; HttpOnly; SameSite=Strict{more}");
    HeaderValue::from_str(&text).expect("a session's name and value are plain text")
}

/// Refuses what does not come from this machine, is meant for another host or comes from a website.
/// For every path: the UI's files too.
async fn check_caller(State(guard): State<Arc<Guard>>, request: Request, next: Next) -> Response {
    let peer = request
        .extensions()
        .get::<ConnectInfo<SocketAddr>>()
        .map(|peer| peer.0.ip());
    match caller::check(
        peer,
        request.method(),
        request.uri(),
        request.headers(),
        guard.port,
    ) {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}

/// Refuses whoever has neither token nor session. For the whole API but signing in.
async fn check_credentials(
    State(guard): State<Arc<Guard>>,
    mut request: Request,
    next: Next,
) -> Response {
    let signing_in = *request.method() == Method::POST
        && request.uri().path().strip_prefix(PREFIX) == Some(session::PATH);
    let actor = if guard.has_token(request.headers()) {
        Actor::Api
    } else if signing_in || guard.has_session(request.headers()) {
        Actor::Ui
    } else {
        let problem = Problem::new(
            ProblemCode::Unauthorized,
            "Open the link that `gatewright serve` printed, or send the token from the file \
             `admin-token` in its data folder as `Authorization: Bearer`.",
        );
        let challenge = HeaderValue::from_static("Bearer realm=\"gatewright admin\"");
        return ([(WWW_AUTHENTICATE, challenge)], problem).into_response();
    };
    request.extensions_mut().insert(actor);
    next.run(request).await
}
