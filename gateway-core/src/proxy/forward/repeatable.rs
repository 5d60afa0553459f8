//! A request that may have to be sent more than once.

use http::header::HOST;
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderValue, Method, Request, Uri, Version};

use super::Outgoing;
use crate::proxy::attempt::Attempts;
use crate::proxy::body::{Paced, RequestBody, UnsentBody};
use crate::proxy::error::{ErrorCode, ProxyError};
use crate::proxy::replay::{MOST_KEPT, Replay};
use crate::snapshot::Target;
use crate::snapshot::callers::LONGEST_TARGET;

/// A request on its way, its body kept as far as it may have to be sent again.
pub(super) struct Repeatable {
    pub(super) method: Method,
    path: String,
    query: Option<String>,
    headers: HeaderMap,
    target_host: bool,
    pub(super) body: Replay<UnsentBody>,
}

impl Repeatable {
    pub(super) fn new(outgoing: Outgoing, retried: bool) -> Self {
        let Outgoing {
            method,
            path,
            query,
            headers,
            target_host,
            body,
            retries: _,
        } = outgoing;
        let most = match retried && method.is_idempotent() {
            true => MOST_KEPT,
            false => 0,
        };
        Self {
            method,
            path,
            query,
            headers,
            target_host,
            body: Replay::new(body, most),
        }
    }

    /// The request as `target` shall see it.
    pub(super) fn to(
        &self,
        target: &Target,
        attempts: &Attempts<'_>,
    ) -> Result<Request<RequestBody>, ProxyError> {
        let path = &self.path;
        let text = match &self.query {
            Some(query) => format!("{}{path}?{query}", target.base_path),
            None => format!("{}{path}", target.base_path),
        };
        if text.len() > LONGEST_TARGET {
            let reason = format!(
                "As the service is to get it, the path would be longer than {LONGEST_TARGET} bytes."
            );
            return Err(ProxyError::Request(ErrorCode::UriTooLong, reason.into()));
        }
        let path = PathAndQuery::try_from(text).map_err(|_| {
            let reason = "The path cannot be sent on.";
            ProxyError::Request(ErrorCode::AmbiguousPath, reason.into())
        })?;
        let body = self.body.again().ok_or_else(|| {
            let reason = "what was read of the request's body is gone".to_owned();
            ProxyError::Upstream(ErrorCode::UpstreamReset, reason)
        })?;
        let mut request =
            Request::new(Paced::new(body, attempts.body_idle, attempts.clock.clone()));
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = Uri::from(path);
        *request.headers_mut() = self.headers.clone();
        if self.target_host
            && let Ok(host) = HeaderValue::from_str(target.authority.as_str())
        {
            request.headers_mut().insert(HOST, host);
        }
        *request.version_mut() = Version::HTTP_11;
        Ok(request)
    }
}
