//! What does the service answer?
//!
//! Chooses a target and asks it, see [`super::attempt`].

use http::header::HOST;
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderValue, Method, Request, Response, Uri, Version};

use super::attempt::Attempts;
use super::body::{AnswerBody, RequestBody};
use super::error::{ErrorCode, ProxyError};
use crate::record::decision::Try;
use crate::snapshot::balance::Asked;
use crate::snapshot::{Service, Target};

/// A request as its service shall see it, whichever target gets it.
pub struct Outgoing {
    /// Method.
    pub method: Method,
    /// Path, without the path of the target's URL.
    pub path: String,
    /// Query, if there is one.
    pub query: Option<String>,
    /// Headers, ready to be sent.
    pub headers: HeaderMap,
    /// Whether the target's own host takes the place of that in `headers`.
    pub target_host: bool,
    /// Body.
    pub body: RequestBody,
}

/// Sends a request to a target of `service`. Each try is written to `tries` as it happens.
///
/// # Errors
/// Why there is no answer.
pub async fn forward(
    attempts: &Attempts<'_>,
    service: &Service,
    outgoing: Outgoing,
    tries: &mut Vec<Try>,
) -> Result<Response<AnswerBody>, ProxyError> {
    let asked = Asked {
        now_ns: attempts.clock.monotonic_ns(),
        any: true,
        ..Asked::default()
    };
    let choice = service.balancer.choose(&asked, &mut rand::rng());
    let target = &service.targets[choice.as_ref().map_or(0, |choice| choice.index)];
    let request = outgoing.to(target)?;
    attempts
        .send_to(service, target, request, tries)
        .await
        .map_err(|failed| failed.error)
}

impl Outgoing {
    /// The request as `target` shall see it.
    fn to(self, target: &Target) -> Result<Request<RequestBody>, ProxyError> {
        let path = &self.path;
        let text = match &self.query {
            Some(query) => format!("{}{path}?{query}", target.base_path),
            None => format!("{}{path}", target.base_path),
        };
        let path = PathAndQuery::try_from(text).map_err(|_| {
            let reason = "The path cannot be sent on.";
            ProxyError::Request(ErrorCode::AmbiguousPath, reason.into())
        })?;
        let mut request = Request::new(self.body);
        *request.method_mut() = self.method;
        *request.uri_mut() = Uri::from(path);
        *request.headers_mut() = self.headers;
        if self.target_host
            && let Ok(host) = HeaderValue::from_str(target.authority.as_str())
        {
            request.headers_mut().insert(HOST, host);
        }
        *request.version_mut() = Version::HTTP_11;
        Ok(request)
    }
}
