//! What a route asks of a request, one thing after another: for the log's near misses and for the
//! route tester. Looks at one route at a time, so it is never used to find a route.

use http::Method;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::conditions::Subject;
use super::paths::{End, PathForm, Segment, split_first};
use super::{Lookup, Route};
use crate::record::decision::NearMiss;

/// What a route asks, in the order in which it is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PredicateKind {
    /// The host is one of its own.
    Host,
    /// The path is one that it takes.
    Path,
    /// The method is one of its own.
    Method,
    /// A condition on a header holds.
    Header,
    /// A condition on a query parameter holds.
    Query,
}

/// One thing that a route asks, and whether it holds for a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Predicate {
    /// What it is about.
    pub kind: PredicateKind,
    /// Whether it holds.
    pub holds: bool,
    /// How it stands, such as ``path `/oders` is not under `/orders` ``.
    pub sentence: String,
    /// How far off the request is where it doesn't hold.
    distance: usize,
}

/// All that a route asks of a request.
pub fn predicates(route: &Route, lookup: &Lookup<'_>) -> Vec<Predicate> {
    let mut asked = vec![host(route, lookup), path(route, lookup)];
    asked.push(method(route, lookup.method));
    let conditions = route.conditions.iter().map(|condition| {
        let holds = condition.holds(lookup.headers, lookup.query);
        Predicate {
            kind: match condition.on {
                Subject::Header(_) => PredicateKind::Header,
                Subject::Query(_) => PredicateKind::Query,
            },
            holds,
            sentence: match holds {
                true => condition.sentence(),
                false => condition.failure(),
            },
            distance: 1,
        }
    });
    asked.extend(conditions);
    asked
}

/// The first thing that keeps a route from taking a request.
pub fn first_failure(route: &Route, lookup: &Lookup<'_>) -> Option<Predicate> {
    predicates(route, lookup)
        .into_iter()
        .find(|predicate| !predicate.holds)
}

/// All routes but those that take the request, nearest first, each with the first thing that keeps
/// it from doing so.
pub fn misses<'r>(
    routes: impl Iterator<Item = &'r Route>,
    lookup: &Lookup<'_>,
) -> Vec<(&'r Route, Predicate)> {
    let mut misses: Vec<_> = routes
        .filter_map(|route| Some((route, first_failure(route, lookup)?)))
        .collect();
    misses.sort_by(|(a, x), (b, y)| (x.distance, &a.name).cmp(&(y.distance, &b.name)));
    misses
}

/// The routes that came closest to a request, and what kept each from taking it: at most five.
/// Only asked when something is shown or refused, so it may look at every route.
pub fn near_misses<'r>(
    routes: impl Iterator<Item = &'r Route>,
    lookup: &Lookup<'_>,
) -> Vec<NearMiss> {
    misses(routes, lookup)
        .into_iter()
        .take(5)
        .map(|(route, predicate)| NearMiss {
            route: route.name.clone(),
            reason: predicate.sentence,
        })
        .collect()
}

fn host(route: &Route, lookup: &Lookup<'_>) -> Predicate {
    let host = lookup.host;
    let taking = route.hosts.iter().find(|pattern| pattern.takes(host));
    let sentence = match taking {
        _ if route.hosts.is_empty() => "any host is taken".to_owned(),
        Some(pattern) if pattern.to_string() == host => format!("host is `{host}`"),
        Some(pattern) => format!("host `{host}` is one of `{pattern}`"),
        None => {
            let wanted: Vec<_> = route.hosts.iter().map(ToString::to_string).collect();
            format!("host `{host}` is not `{}`", wanted.join("`, `"))
        }
    };
    Predicate {
        kind: PredicateKind::Host,
        holds: route.hosts.is_empty() || taking.is_some(),
        sentence,
        distance: 1_000,
    }
}

fn path(route: &Route, lookup: &Lookup<'_>) -> Predicate {
    let whole = lookup.path;
    let after_version = route
        .first_segment
        .as_ref()
        .zip(split_first(whole))
        .filter(|(version, (first, _))| version.is_match(first))
        .map(|(_, (_, rest))| rest);
    let found = match after_version {
        Some(rest) if route.path.takes(rest) => rest,
        _ => whole,
    };
    let holds = route.path.takes(found);
    let text = &route.path.text;
    let sentence = match (&route.path.form, holds) {
        (PathForm::Exact(_), true) => format!("path is `{found}`"),
        (PathForm::Exact(_), false) => format!("path `{found}` is not `{text}`"),
        (PathForm::Segments(_, End::Anything), true) => format!("path `{found}` is under `{text}`"),
        (PathForm::Segments(_, End::Anything), false) => {
            format!("path `{found}` is not under `{text}`")
        }
        (PathForm::Segments(..), true) => format!("path `{found}` has the form `{text}`"),
        (PathForm::Segments(..), false) => format!("path `{found}` has not the form `{text}`"),
        (PathForm::Regex(_), true) => format!("path `{found}` matches `{text}`"),
        (PathForm::Regex(_), false) => format!("path `{found}` does not match `{text}`"),
    };
    Predicate {
        kind: PredicateKind::Path,
        holds,
        sentence,
        distance: if holds { 0 } else { 10 + off(route, found) },
    }
}

fn method(route: &Route, method: &Method) -> Predicate {
    let holds = route.takes(method);
    let wanted: Vec<_> = route.methods.iter().map(Method::as_str).collect();
    Predicate {
        kind: PredicateKind::Method,
        holds,
        sentence: match holds {
            true if wanted.is_empty() => "any method is taken".to_owned(),
            true => format!("method is {method}"),
            false => format!("method {method} is not {}", wanted.join(" or ")),
        },
        distance: 0,
    }
}

/// By how many characters a path is not what the route wants: as far as the route's path goes, and
/// with parameters taken for what was sent.
fn off(route: &Route, path: &str) -> usize {
    match &route.path.form {
        PathForm::Exact(exact) => strsim::levenshtein(exact, path),
        PathForm::Regex(_) => 100,
        PathForm::Segments(wanted, end) => {
            let mut found = path.trim_matches('/').split('/').filter(|s| !s.is_empty());
            let missed: usize = wanted
                .iter()
                .map(|wanted| match (wanted, found.next()) {
                    (Segment::Literal(wanted), Some(found)) => strsim::levenshtein(wanted, found),
                    (Segment::Literal(wanted), None) => wanted.chars().count() + 1,
                    (Segment::Parameter(_), Some(_)) => 0,
                    (Segment::Parameter(_), None) => 2,
                })
                .sum();
            let beyond: usize = match end {
                End::Here => found.map(|segment| segment.chars().count() + 1).sum(),
                End::Anything => 0,
                End::Parameter(_) => usize::from(found.next().is_none()) * 2,
            };
            missed + beyond
        }
    }
}
