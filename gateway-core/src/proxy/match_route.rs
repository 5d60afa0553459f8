//! Which route takes it?

use std::sync::Arc;

use http::Method;

use super::accept::Accepted;
use super::error::{ErrorCode, ProxyError};
use crate::record::decision::{Facts, Verdict};
use crate::snapshot::matcher::{Matched, near_misses};
use crate::snapshot::{Route, Snapshot};

/// What was found, for the trace, and the route.
pub struct Found {
    /// Whether the request goes on.
    pub verdict: Verdict,
    /// By what.
    pub facts: Facts,
    /// The route.
    pub result: Result<Arc<Route>, ProxyError>,
}

/// Finds the route for a request.
pub fn match_route(snapshot: &Snapshot, accepted: &Accepted, method: &Method) -> Found {
    let (host, path) = (accepted.host_name(), accepted.match_path.as_str());
    let near = || near_misses(&snapshot.routes, host, path, method);
    match snapshot.matcher.find(host, path, method) {
        Matched::Route(route, host) => Found {
            verdict: Verdict::Passed,
            facts: Facts::RouteMatched {
                route: route.name.clone(),
                path: route.path_prefix.clone(),
                host,
            },
            result: Ok(route),
        },
        Matched::OtherMethods(allowed_methods) => Found {
            verdict: Verdict::Stopped,
            facts: Facts::NoRoute {
                code: ErrorCode::MethodNotAllowed,
                allowed_methods: allowed_methods.clone(),
                near_misses: near(),
            },
            result: Err(ProxyError::MethodNotAllowed(allowed_methods)),
        },
        Matched::Nothing => Found {
            verdict: Verdict::Stopped,
            facts: Facts::NoRoute {
                code: ErrorCode::RouteNotFound,
                allowed_methods: Vec::new(),
                near_misses: near(),
            },
            result: Err(ProxyError::RouteNotFound),
        },
    }
}
