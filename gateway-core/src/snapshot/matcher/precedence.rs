//! Which of two routes is asked first. The only place that says so.
//!
//! The order is one of routes, not of requests: it is known when a config is compiled, so a look-up
//! compares numbers.

use std::cmp::Reverse;

use super::hosts::HostPattern;
use super::paths::{End, PathForm, Segment};
use crate::snapshot::Route;

/// How early a route is asked under one of its hosts; the least first. The order of the fields is
/// the order of what counts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Precedence {
    /// The highest first.
    priority: Reverse<i32>,
    /// A path whose first segment was taken for a version comes before the same path as a whole.
    whole_path: bool,
    host: HostRank,
    path: PathRank,
    /// Routes that name methods first.
    any_method: bool,
    /// More conditions first.
    conditions: Reverse<usize>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum HostRank {
    Exact,
    /// More labels first.
    Wildcard(Reverse<usize>),
    Any,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum PathRank {
    Exact,
    /// Compared segment by segment from the left.
    Segments(Vec<SegmentRank>),
    Regex,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum SegmentRank {
    Literal,
    Parameter,
    /// The path ends here.
    Here,
    /// One or more segments.
    Some,
    /// Anything or nothing.
    Anything,
}

impl Precedence {
    /// That of a route under one of its hosts.
    pub fn of(route: &Route, host: Option<&HostPattern>, after_version: bool) -> Self {
        Self {
            priority: Reverse(route.priority),
            whole_path: !after_version,
            host: match host {
                Some(HostPattern::Exact(_)) => HostRank::Exact,
                Some(HostPattern::Wildcard(suffix)) => {
                    HostRank::Wildcard(Reverse(suffix.split('.').count()))
                }
                None => HostRank::Any,
            },
            path: match &route.path.form {
                PathForm::Exact(_) => PathRank::Exact,
                PathForm::Segments(segments, end) => PathRank::Segments(ranks(segments, end)),
                PathForm::Regex(_) => PathRank::Regex,
            },
            any_method: route.methods.is_empty(),
            conditions: Reverse(route.conditions.len()),
        }
    }
}

fn ranks(segments: &[Segment], end: &End) -> Vec<SegmentRank> {
    let each = segments.iter().map(|segment| match segment {
        Segment::Literal(_) => SegmentRank::Literal,
        Segment::Parameter(_) => SegmentRank::Parameter,
    });
    let last = match end {
        End::Here => SegmentRank::Here,
        End::Parameter(_) => SegmentRank::Some,
        End::Anything => SegmentRank::Anything,
    };
    each.chain([last]).collect()
}
