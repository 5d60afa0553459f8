//! Which route takes it?

use std::sync::Arc;

use http::request::Parts;

use super::accept::Accepted;
use super::cors::asked_method;
use super::decided::Decided;
use super::error::ProxyError;
use crate::record::decision::{Facts, Verdict};
use crate::snapshot::Snapshot;
use crate::snapshot::matcher::predicates::near_misses;
use crate::snapshot::matcher::{Found, Lookup, Matched};

/// What a request is looked up by.
pub fn lookup<'r>(accepted: &'r Accepted, head: &'r Parts) -> Lookup<'r> {
    Lookup {
        host: accepted.host_name(),
        path: &accepted.match_path,
        method: &head.method,
        headers: &head.headers,
        query: head.uri.query(),
    }
}

/// Finds the route for a request.
pub fn match_route(snapshot: &Snapshot, accepted: &Accepted, head: &Parts) -> Decided<Found> {
    let lookup = lookup(accepted, head);
    // A browser's question about another method goes to the route that would take that one, if the
    // gateway is to answer it.
    if let Some(method) = asked_method(head)
        && let Matched::Route(found) = snapshot.matcher.find(&Lookup {
            method: &method,
            ..lookup
        })
        && found.route.cors.is_some()
    {
        return matched(found);
    }
    let (error, allowed_methods) = match snapshot.matcher.find(&lookup) {
        Matched::Route(found) => return matched(found),
        Matched::OtherMethods(methods) => (ProxyError::MethodNotAllowed(methods.clone()), methods),
        Matched::Nothing => (ProxyError::RouteNotFound, Vec::new()),
    };
    Decided {
        verdict: Verdict::Stopped,
        facts: Facts::NoRoute {
            code: error.code(),
            allowed_methods,
            near_misses: near_misses(snapshot.routes.iter().map(Arc::as_ref), &lookup),
        },
        result: Err(error),
    }
}

fn matched(found: Found) -> Decided<Found> {
    Decided {
        verdict: Verdict::Passed,
        facts: Facts::RouteMatched {
            route: found.route.name.clone(),
            path: found.route.path.text.clone(),
            host: found.host.clone(),
        },
        result: Ok(found),
    }
}
