//! Hosts and paths to the routes under them. A look-up costs a hash for each label of the host and
//! for each segment of the path, however many routes there are; all regular expressions under one
//! host are matched in one pass.

use std::collections::HashMap;

use regex::{RegexSet, RegexSetBuilder};

use super::hosts::{HostPattern, parents};
use super::paths::{End, PathForm, PathPattern, Segment, anchored};

/// How early an entry is asked: its place among all entries. Lists of them are sorted.
pub(super) type Rank = usize;

/// Entries by host and path.
#[derive(Default)]
pub(super) struct Tables {
    exact: HashMap<String, Paths>,
    wildcard: HashMap<String, Paths>,
    any: Paths,
}

/// Entries by path.
#[derive(Default)]
struct Paths {
    exact: HashMap<String, Vec<Rank>>,
    root: Node,
    patterns: Vec<(Rank, String)>,
    regexes: RegexSet,
}

/// What comes after some segments.
#[derive(Default)]
struct Node {
    literals: HashMap<String, Node>,
    parameter: Option<Box<Node>>,
    here: Vec<Rank>,
    some: Vec<Rank>,
    anything: Vec<Rank>,
}

impl Tables {
    /// Adds an entry. Entries come in the order of their ranks.
    pub(super) fn add(&mut self, host: Option<&HostPattern>, path: &PathPattern, rank: Rank) {
        let paths = match host {
            Some(HostPattern::Exact(name)) => self.exact.entry(name.clone()).or_default(),
            Some(HostPattern::Wildcard(suffix)) => self.wildcard.entry(suffix.clone()).or_default(),
            None => &mut self.any,
        };
        paths.add(path, rank);
    }

    /// To be called after the last [`Self::add`].
    pub(super) fn complete(&mut self) {
        let named = self.exact.values_mut().chain(self.wildcard.values_mut());
        named.chain([&mut self.any]).for_each(Paths::complete);
    }

    /// Calls `visit` with lists of all entries that take the host and the path, whatever their
    /// method and conditions. It gives back the rank from which on entries no longer matter.
    pub(super) fn visit(&self, host: &str, path: &str, visit: &mut impl FnMut(&[Rank]) -> Rank) {
        if let Some(paths) = self.exact.get(host) {
            paths.visit(path, visit);
        }
        if !self.wildcard.is_empty() {
            for parent in parents(host) {
                if let Some(paths) = self.wildcard.get(parent) {
                    paths.visit(path, visit);
                }
            }
        }
        self.any.visit(path, visit);
    }
}

impl Paths {
    fn add(&mut self, path: &PathPattern, rank: Rank) {
        match &path.form {
            PathForm::Exact(exact) => self.exact.entry(exact.clone()).or_default().push(rank),
            PathForm::Regex(_) => self.patterns.push((rank, anchored(&path.text))),
            PathForm::Segments(segments, end) => {
                let mut node = &mut self.root;
                for segment in segments {
                    node = match segment {
                        Segment::Literal(text) => node.literals.entry(text.clone()).or_default(),
                        Segment::Parameter(_) => node.parameter.get_or_insert_default(),
                    };
                }
                let list = match end {
                    End::Here => &mut node.here,
                    End::Parameter(_) => &mut node.some,
                    End::Anything => &mut node.anything,
                };
                list.push(rank);
            }
        }
    }

    fn complete(&mut self) {
        let patterns = self.patterns.iter().map(|(_, pattern)| pattern);
        self.regexes = RegexSetBuilder::new(patterns)
            .size_limit(usize::MAX)
            .build()
            .expect("each has been compiled by itself");
    }

    fn visit(&self, path: &str, visit: &mut impl FnMut(&[Rank]) -> Rank) {
        if let Some(ranks) = self.exact.get(path) {
            visit(ranks);
        }
        let segments = path.trim_matches('/');
        let until = self
            .root
            .visit((!segments.is_empty()).then_some(segments), visit);
        if self.patterns.first().is_some_and(|(rank, _)| *rank < until) {
            for index in self.regexes.matches(path) {
                visit(&[self.patterns[index].0]);
            }
        }
    }
}

impl Node {
    fn visit(&self, segments: Option<&str>, visit: &mut impl FnMut(&[Rank]) -> Rank) -> Rank {
        let mut until = visit(&self.anything);
        let Some(segments) = segments else {
            return visit(&self.here);
        };
        if !self.some.is_empty() {
            until = visit(&self.some);
        }
        let (first, rest) = match segments.split_once('/') {
            Some((first, rest)) => (first, Some(rest)),
            None => (segments, None),
        };
        if let Some(node) = self.literals.get(first) {
            until = node.visit(rest, visit);
        }
        if let Some(node) = &self.parameter {
            until = node.visit(rest, visit);
        }
        until
    }
}
