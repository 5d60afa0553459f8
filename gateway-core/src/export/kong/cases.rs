//! The ways in which a version is named, each a route of Kong's.

use super::paths::{self, Place, escaped};
use super::plan::KongRoute;
use crate::config::ConditionTest;
use crate::export::gate::{Entry, Gate, Route};
use crate::export::paths::version_segment;
use crate::snapshot::matcher::hosts::HostPattern;
use crate::snapshot::rewrite::PathChange;
use crate::snapshot::versions::{Scheme, Unnamed, Version, Versions};

/// What is around a route under one of its hosts.
#[derive(Clone, Copy)]
pub(super) struct Around<'g, 'c, 'e> {
    pub(super) gate: &'g Gate<'c>,
    pub(super) route: &'g Route<'c>,
    pub(super) entry: &'e Entry,
    pub(super) n: usize,
}

impl<'g> Around<'g, '_, '_> {
    /// A route of Kong's with the conditions of its route.
    pub(super) fn plain(&self, pattern: String) -> KongRoute<'g> {
        let headers = self.route.config.matches.headers.iter();
        let headers = headers.filter_map(|one| {
            let value = one.value.clone().unwrap_or_default();
            let value = match one.test {
                ConditionTest::Equals => value,
                ConditionTest::Matches => format!("~*^(?:{value})$"),
                ConditionTest::Present => "~*.*".to_owned(),
                ConditionTest::Absent => return None,
            };
            Some((one.name.clone(), vec![value]))
        });
        KongRoute {
            name: self.route.config.name.to_string(),
            route: self.entry.route,
            entry: self.n,
            within: 0,
            regex_priority: 0,
            after_version: self.entry.after_version,
            form: &self.route.compiled.path.form,
            hosts: match &self.entry.host {
                None => Vec::new(),
                Some(HostPattern::Exact(name)) => vec![name.clone()],
                Some(HostPattern::Wildcard(suffix)) => vec![format!("*.{suffix}")],
            },
            methods: Vec::new(),
            headers: headers.collect(),
            pattern,
            plugins: Vec::new(),
            group: None,
        }
    }

    /// The path of the entry, whatever its version.
    pub(super) fn any_version(&self) -> String {
        let case = Case {
            segment: match self.entry.after_version {
                true => Some(format!("(?:{})", version_segment(self.route))),
                false => None,
            },
            ..Case::plain("")
        };
        case.refused_pattern(self)
    }

    /// The ways in which a version is named here, in the order in which they are looked at.
    pub(super) fn cases(&self, versions: &'g Versions) -> Vec<Case<'g>> {
        let route = self.route.config.name.to_string();
        let named = |version: &'g Version| Case {
            name: format!("{route}.{}", version.name),
            what: What::Version(version),
            ..Case::plain("")
        };
        let unknown = Case {
            name: format!("{route}.unknown"),
            what: What::Refused(404),
            ..Case::plain("")
        };
        let any = format!("(?:{})", version_segment(self.route));
        let mut cases = Vec::new();
        match &versions.scheme {
            Scheme::FirstSegment if self.entry.after_version => {
                for version in &versions.list {
                    let segment = Some(escaped(&version.value));
                    cases.push(Case {
                        segment,
                        ..named(version)
                    });
                }
                cases.push(Case {
                    segment: Some(any),
                    ..unknown
                });
                return cases;
            }
            Scheme::AfterPrefix(_) => {
                for version in &versions.list {
                    cases.push(Case {
                        segment: Some(escaped(&version.value)),
                        after: true,
                        ..named(version)
                    });
                }
                cases.push(Case {
                    segment: Some(any),
                    after: true,
                    ..unknown
                });
            }
            Scheme::Header(name) => {
                for version in &versions.list {
                    cases.push(Case {
                        headers: vec![(name.to_string(), vec![version.value.clone()])],
                        ..named(version)
                    });
                }
                cases.push(Case {
                    headers: vec![(name.to_string(), vec!["~*.+".to_owned()])],
                    ..unknown
                });
            }
            Scheme::Accept(name) => {
                for version in &versions.list {
                    let value = regex::escape(&version.value.to_ascii_lowercase());
                    let name = regex::escape(&name.to_ascii_lowercase());
                    let pattern = format!("~*;\\s*{name}\\s*=\\s*\"?{value}\"?\\s*(?:[;,]|$)");
                    cases.push(Case {
                        headers: vec![("Accept".to_owned(), vec![pattern])],
                        ..named(version)
                    });
                }
            }
            // Exported closed, or without a version in this entry.
            Scheme::FirstSegment | Scheme::Query(_) | Scheme::Host(_) => {}
        }
        let what = match &versions.unnamed {
            Unnamed::Refused => What::Refused(400),
            Unnamed::Default(version) => What::Version(version),
            Unnamed::Split(_) => {
                let weights = self.route.config.versions.iter().flat_map(|all| &all.split);
                let weights = weights.flat_map(|split| &split.weights);
                let most = weights.max_by_key(|weight| weight.weight);
                let mut list = versions.list.iter();
                match list.find(|one| Some(&one.name) == most.map(|weight| &weight.version)) {
                    Some(version) => What::Version(version),
                    None => What::Refused(400),
                }
            }
        };
        cases.push(Case {
            name: route.clone(),
            what,
            ..Case::plain("")
        });
        cases
    }
}

/// What becomes of requests in it.
#[derive(Clone, Copy)]
pub(super) enum What<'g> {
    Plain,
    Version(&'g Version),
    Refused(u16),
}

/// A way in which a version is named, or not.
#[derive(Clone)]
pub(super) struct Case<'g> {
    pub(super) name: String,
    pub(super) headers: Vec<(String, Vec<String>)>,
    /// What the segment with the version looks like.
    pub(super) segment: Option<String>,
    /// Whether it comes after the route's path.
    pub(super) after: bool,
    pub(super) what: What<'g>,
}

impl Case<'_> {
    /// No version is named.
    pub(super) fn plain(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            headers: Vec::new(),
            segment: None,
            after: false,
            what: What::Plain,
        }
    }

    /// Where in the path it is named.
    pub(super) fn place(&self) -> Place<'_> {
        match (&self.segment, self.after) {
            (None, _) => Place::Nowhere,
            (Some(segment), false) => Place::First(segment),
            (Some(segment), true) => Place::After(segment),
        }
    }

    /// Its path, where nothing is sent on.
    pub(super) fn refused_pattern(&self, around: &Around<'_, '_, '_>) -> String {
        let keep = PathChange::Keep;
        let written = paths::write(around.route, &keep, self.place(), false, "");
        written
            .into_iter()
            .next()
            .map_or(String::new(), |one| one.pattern)
    }
}
