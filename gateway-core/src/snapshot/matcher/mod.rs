//! A request to its route.
//!
//! All routes that take a request are in an order, see [`precedence`]; the first one gets it. The
//! compiler refuses routes that would tie, so the order in the config never matters. A look-up does
//! not get slower with more routes, see [`tables`].

pub mod conditions;
pub mod hosts;
pub mod paths;
mod precedence;
pub mod predicates;
#[cfg(test)]
mod reference;
mod tables;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use http::{HeaderMap, Method};

use self::hosts::HostPattern;
use self::paths::split_first;
pub use self::precedence::Precedence;
use self::tables::{Rank, Tables};
use super::Route;

/// Finds the route of a request.
#[derive(Default)]
pub struct Matcher {
    /// In the order in which they are asked.
    entries: Vec<Entry>,
    by_path: Tables,
    /// For routes whose version stands before their path.
    after_version: Tables,
}

/// A route under one of its hosts.
pub struct Entry {
    /// The route.
    pub route: Arc<Route>,
    /// The host; `None` for any.
    pub host: Option<HostPattern>,
    /// Whether its path comes after a segment with a version.
    pub after_version: bool,
    /// How early it is asked.
    pub precedence: Precedence,
}

/// What a route is looked for by.
#[derive(Clone, Copy)]
pub struct Lookup<'r> {
    /// In lower case and without port.
    pub host: &'r str,
    /// Normalised, see [`super::path`].
    pub path: &'r str,
    /// Method.
    pub method: &'r Method,
    /// Headers as sent.
    pub headers: &'r HeaderMap,
    /// Query as sent.
    pub query: Option<&'r str>,
}

/// What a [`Matcher`] found.
pub enum Matched {
    /// A route.
    Route(Found),
    /// The path is taken, but only with these methods, sorted.
    OtherMethods(Vec<String>),
    /// Nothing.
    Nothing,
}

/// A route that takes a request.
#[derive(Clone)]
pub struct Found {
    /// The route.
    pub route: Arc<Route>,
    /// The host of the route that was matched, as written; absent where it takes any.
    pub host: Option<String>,
    /// The path's first segment, normalised, where it was taken for a version.
    pub version_segment: Option<String>,
}

/// All routes under each of their hosts, in the order in which they are asked.
pub fn entries(routes: &[Arc<Route>]) -> Vec<Entry> {
    let mut entries = Vec::new();
    for route in routes {
        let hosts: Vec<_> = match route.hosts.is_empty() {
            true => vec![None],
            false => route.hosts.iter().cloned().map(Some).collect(),
        };
        for host in hosts {
            let places = [Some(false), route.first_segment.is_some().then_some(true)];
            for after_version in places.into_iter().flatten() {
                entries.push(Entry {
                    route: route.clone(),
                    host: host.clone(),
                    after_version,
                    precedence: Precedence::of(route, host.as_ref(), after_version),
                });
            }
        }
    }
    // By name in the end: two routes of which none comes first only meet in requests that send a
    // header twice.
    entries.sort_by(|a, b| {
        let by_rank = a.precedence.cmp(&b.precedence);
        by_rank.then_with(|| a.route.name.cmp(&b.route.name))
    });
    entries
}

impl Matcher {
    /// Finds these routes.
    pub fn new(routes: &[Arc<Route>]) -> Self {
        let mut matcher = Self {
            entries: entries(routes),
            ..Self::default()
        };
        for (rank, entry) in matcher.entries.iter().enumerate() {
            let tables = match entry.after_version {
                true => &mut matcher.after_version,
                false => &mut matcher.by_path,
            };
            tables.add(entry.host.as_ref(), &entry.route.path, rank);
        }
        matcher.by_path.complete();
        matcher.after_version.complete();
        matcher
    }

    /// The route for a request.
    pub fn find(&self, lookup: &Lookup<'_>) -> Matched {
        let mut best: Rank = self.entries.len();
        self.visit(lookup, &mut |ranks| {
            let earlier = ranks.iter().take_while(|rank| **rank < best);
            if let Some(rank) = { earlier }.find(|rank| self.entries[**rank].takes(lookup)) {
                best = *rank;
            }
            best
        });
        match self.entries.get(best) {
            Some(entry) => Matched::Route(entry.found(lookup)),
            None => self.other_methods(lookup),
        }
    }

    /// All routes that take a request, in the order in which they are asked.
    pub fn all(&self, lookup: &Lookup<'_>) -> Vec<Found> {
        let mut ranks = Vec::new();
        self.visit(lookup, &mut |found| {
            let taking = found
                .iter()
                .filter(|rank| self.entries[**rank].takes(lookup));
            ranks.extend(taking.copied());
            self.entries.len()
        });
        ranks.sort_unstable();
        let mut all: Vec<Found> = Vec::new();
        for rank in ranks {
            let found = self.entries[rank].found(lookup);
            if all.iter().all(|other| other.route.name != found.route.name) {
                all.push(found);
            }
        }
        all
    }

    fn visit(&self, lookup: &Lookup<'_>, visit: &mut impl FnMut(&[Rank]) -> Rank) {
        if let Some((_, rest)) = split_first(lookup.path) {
            self.after_version.visit(lookup.host, rest, visit);
        }
        self.by_path.visit(lookup.host, lookup.path, visit);
    }

    /// What to answer where no route was found.
    fn other_methods(&self, lookup: &Lookup<'_>) -> Matched {
        let mut methods = Vec::new();
        self.visit(lookup, &mut |ranks| {
            let entries = ranks.iter().map(|rank| &self.entries[*rank]);
            let others = entries.filter(|entry| entry.takes_but_for_method(lookup));
            methods
                .extend(others.flat_map(|entry| entry.route.methods.iter().map(Method::to_string)));
            self.entries.len()
        });
        if methods.is_empty() {
            return Matched::Nothing;
        }
        methods.sort();
        methods.dedup();
        Matched::OtherMethods(methods)
    }
}

impl Entry {
    /// Whether it takes a request whose host and path it takes.
    fn takes(&self, lookup: &Lookup<'_>) -> bool {
        self.route.takes(lookup.method) && self.takes_but_for_method(lookup)
    }

    fn takes_but_for_method(&self, lookup: &Lookup<'_>) -> bool {
        let is_version = || {
            let segment = split_first(lookup.path).map(|(first, _)| first);
            segment
                .zip(self.route.first_segment.as_ref())
                .is_some_and(|(segment, pattern)| pattern.is_match(segment))
        };
        (!self.after_version || is_version())
            && self
                .route
                .conditions
                .iter()
                .all(|condition| condition.holds(lookup.headers, lookup.query))
    }

    fn found(&self, lookup: &Lookup<'_>) -> Found {
        let segment = split_first(lookup.path).filter(|_| self.after_version);
        Found {
            route: self.route.clone(),
            host: self.host.as_ref().map(ToString::to_string),
            version_segment: segment.map(|(first, _)| first.to_owned()),
        }
    }
}
