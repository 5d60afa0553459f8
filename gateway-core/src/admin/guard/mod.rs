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
use super::{PREFIX, metrics, session};
use crate::store::Actor;
use sessions::Sessions;

pub use token::{Token, TokenError};

/// Decides who may use the admin API.
pub struct Guard {
    /// The port it is served on.
    port: u16,
    token: Token,
    /// Reads metrics, and nothing else.
    metrics_token: Option<Token>,
    sessions: Mutex<Sessions>,
}

impl Guard {
    /// Guards an admin API that is served on `port` of this machine's loopback addresses.
    pub fn new(port: u16, token: Token) -> Arc<Self> {
        Arc::new(Self {
            port,
            token,
            metrics_token: None,
            sessions: Mutex::default(),
        })
    }

    /// The same, with another token that reads metrics and nothing else.
    pub fn with_metrics_token(port: u16, token: Token, metrics_token: Token) -> Arc<Self> {
        Arc::new(Self {
            port,
            token,
            metrics_token: Some(metrics_token),
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
        bearer(headers).is_some_and(|token| self.token.is(token))
    }

    /// Whether a request reads metrics, with the token for that.
    fn may_read_metrics(&self, request: &Request) -> bool {
        let reads = *request.method() == Method::GET
            && request.uri().path().strip_prefix(PREFIX) == Some(metrics::PATH);
        let token = self.metrics_token.as_ref().filter(|_| reads);
        token
            .zip(bearer(request.headers()))
            .is_some_and(|(token, shown)| token.is(shown))
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then_some(token.trim())
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
    let actor = if guard.has_token(request.headers()) || guard.may_read_metrics(&request) {
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

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use http::StatusCode;
    use http::header::HOST;

    use super::*;

    /// Checklist 6: what collects figures need not be trusted with more.
    #[tokio::test]
    async fn the_token_for_metrics_reads_metrics_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let token = Token::load(dir.path()).unwrap();
        let for_metrics = Token::load_for_metrics(dir.path()).unwrap();
        let guard = Guard::with_metrics_token(9180, token, for_metrics);
        let answers = || async { "here" };
        let paths = [metrics::PATH, "/status", "/metrics/more"];
        let api = paths.into_iter().fold(Router::new(), |api, path| {
            api.route(&format!("{PREFIX}{path}"), get(answers).post(answers))
        });
        let door = guard.protect(api, Router::new());
        let read = |name| std::fs::read_to_string(dir.path().join(name)).unwrap();
        let (admin, collector) = (read("admin-token"), read("metrics-token"));
        assert_ne!(admin, collector);
        for (method, path, token, status) in [
            (Method::GET, "/metrics", Some(&collector), StatusCode::OK),
            (Method::GET, "/metrics", Some(&admin), StatusCode::OK),
            (Method::GET, "/metrics", None, StatusCode::UNAUTHORIZED),
            (
                Method::POST,
                "/metrics",
                Some(&collector),
                StatusCode::UNAUTHORIZED,
            ),
            (
                Method::GET,
                "/metrics/more",
                Some(&collector),
                StatusCode::UNAUTHORIZED,
            ),
            (
                Method::GET,
                "/status",
                Some(&collector),
                StatusCode::UNAUTHORIZED,
            ),
            (Method::GET, "/status", Some(&admin), StatusCode::OK),
        ] {
            let mut request = Request::builder()
                .method(&method)
                .uri(format!("{PREFIX}{path}"))
                .header(HOST, "127.0.0.1:9180");
            if let Some(token) = token {
                request = request.header(AUTHORIZATION, format!("Bearer {}", token.trim()));
            }
            let mut request = request.body(Body::empty()).unwrap();
            let peer = SocketAddr::from(([127, 0, 0, 1], 4711));
            request.extensions_mut().insert(ConnectInfo(peer));
            let answer = door.clone().oneshot(request).await.unwrap();
            assert_eq!(answer.status(), status, "{method} {path}");
        }
    }
}
