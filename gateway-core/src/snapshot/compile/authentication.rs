//! How callers of a route show who they are, compiled.

use std::sync::Arc;
use std::time::Duration;

use http::HeaderName;

use super::origin::compile_url;
use crate::config::{self, AuthenticationMethod, Issue};
use crate::proxy::headers::{is_hop_by_hop, is_ours};
use crate::snapshot::authentication::{Authentication, ForwardAuth, Method};
use crate::snapshot::issuers::Issuer;

/// What authentication may refer to.
pub(super) struct Around<'a> {
    /// Whose tokens there are.
    pub issuers: &'a [Arc<Issuer>],
    /// Where the gateway listens.
    pub listen: &'a config::Listen,
    /// Whether some consumer has a password.
    pub passwords: bool,
}

/// How callers of one route show who they are.
pub(super) fn compile_authentication(
    authentication: &config::Authentication,
    at: &str,
    around: &Around<'_>,
    issues: &mut Vec<Issue>,
) -> Authentication {
    let at = format!("{at}.authentication");
    let config::Authentication {
        methods,
        require,
        anonymous,
        issuers,
        forward,
    } = authentication;
    let taken = |method| methods.contains(&method);
    let mut warn = |field: &str, message: &str| {
        issues.push(Issue::warning(format!("{at}.{field}"), message));
    };
    if *anonymous && methods.is_empty() {
        warn("anonymous", "it has no effect: no credential is asked for");
    }
    if !issuers.is_empty() && !taken(AuthenticationMethod::Jwt) {
        warn("issuers", "it has no effect: `jwt` is not among `methods`");
    }
    if forward.is_some() && !taken(AuthenticationMethod::Forward) {
        warn(
            "forward",
            "it has no effect: `forward` is not among `methods`",
        );
    }
    let mut compiled = Vec::new();
    for (n, method) in methods.iter().enumerate() {
        let at_method = format!("{at}.methods[{n}]");
        if methods[..n].contains(method) {
            issues.push(Issue::error(at_method, "it is named twice"));
            continue;
        }
        match method {
            AuthenticationMethod::ApiKey => compiled.push(Method::ApiKey),
            AuthenticationMethod::Basic => {
                if !around.passwords {
                    let message = "nobody can pass: no consumer has a `password_hash`";
                    issues.push(Issue::warning(at_method, message));
                }
                compiled.push(Method::Basic);
            }
            AuthenticationMethod::Jwt => {
                let found = compile_route_issuers(issuers, &at, around.issuers, issues);
                if around.issuers.is_empty() && issuers.is_empty() {
                    let message = "there is no issuer whose tokens could be taken; name one in \
                                   `issuers`";
                    issues.push(Issue::error(at_method, message));
                }
                compiled.push(Method::Jwt(found));
            }
            AuthenticationMethod::Forward => match forward {
                None => {
                    let message = "say who is asked about callers";
                    issues.push(Issue::error(format!("{at}.forward"), message));
                }
                Some(forward) => {
                    let asked = compile_forward(forward, &at, around.listen, issues);
                    compiled.extend(asked.map(Box::new).map(Method::Forward));
                }
            },
        }
    }
    Authentication {
        methods: compiled,
        require: *require,
        anonymous: *anonymous,
    }
}

fn compile_route_issuers(
    names: &[crate::ids::IssuerName],
    at: &str,
    all: &[Arc<Issuer>],
    issues: &mut Vec<Issue>,
) -> Vec<Arc<Issuer>> {
    if names.is_empty() {
        return all.to_vec();
    }
    let mut found = Vec::new();
    for (n, name) in names.iter().enumerate() {
        match all.iter().find(|issuer| issuer.name == *name) {
            Some(issuer) => found.push(issuer.clone()),
            None => {
                let message = match name.as_str() {
                    crate::local_issuer::NAME => {
                        "there is no local issuer; give `local_issuer.port`".to_owned()
                    }
                    _ => format!("no issuer is named `{name}`"),
                };
                issues.push(Issue::error(format!("{at}.issuers[{n}]"), message));
            }
        }
    }
    found
}

fn compile_forward(
    forward: &config::ForwardAuth,
    at: &str,
    listen: &config::Listen,
    issues: &mut Vec<Issue>,
) -> Option<ForwardAuth> {
    let at = format!("{at}.forward");
    let config::ForwardAuth {
        url,
        request_headers,
        response_headers,
        consumer_header,
        timeout_ms,
    } = forward;
    let mut names = |list: &[String], field: &str| {
        let mut compiled = Vec::new();
        for (n, name) in list.iter().enumerate() {
            match header(name) {
                Ok(name) => compiled.push(name),
                Err(message) => issues.push(Issue::error(format!("{at}.{field}[{n}]"), message)),
            }
        }
        compiled
    };
    let mut request_headers = names(request_headers, "request_headers");
    if forward.request_headers.is_empty() {
        request_headers = vec![http::header::AUTHORIZATION, http::header::COOKIE];
    }
    let response_headers = names(response_headers, "response_headers");
    let consumer_header = match consumer_header.as_deref().map(any_header) {
        Some(Err(message)) => {
            issues.push(Issue::error(format!("{at}.consumer_header"), message));
            None
        }
        Some(Ok(name)) => Some(name),
        None => None,
    };
    let url = compile_url(url, listen)
        .map_err(|message| issues.push(Issue::error(format!("{at}.url"), message)))
        .ok()?;
    Some(ForwardAuth {
        url,
        request_headers,
        response_headers,
        consumer_header,
        timeout: Duration::from_millis((*timeout_ms).into()),
    })
}

fn any_header(name: &str) -> Result<HeaderName, String> {
    HeaderName::from_bytes(name.as_bytes()).map_err(|_| format!("`{name}` is no name of a header"))
}

/// A header that may be passed from one to another.
fn header(name: &str) -> Result<HeaderName, String> {
    let name = any_header(name)?;
    let of_message = ["host", "content-length", "content-encoding", "expect"];
    if is_hop_by_hop(&name) || of_message.contains(&name.as_str()) {
        return Err(format!(
            "`{name}` belongs to one message and cannot be passed to another"
        ));
    }
    if is_ours(&name) {
        return Err(format!("`{name}` is set by the gateway itself"));
    }
    Ok(name)
}
