//! Expressions for paths as Traefik's rules see them: characters that mean something in a path stay
//! percent-encoded, all others are decoded, and doubled slashes stay.

use super::rules::Rule;
use crate::config::PathKind;
use crate::export::gate::Route;
use crate::export::patterns::{self, escaped};
use crate::snapshot::matcher::paths::{End, PathForm, Segment};

/// Characters that stay percent-encoded where they are sent so.
const RESERVED: &str = ":/?#[]@!$&'()*+,;=%";

/// A prefix of paths that were cut. No caller may send it.
pub(super) const CUT: &str = "/;gw";

/// Paths that are answered 400.
pub(super) fn refused() -> Rule {
    let dots = r"(?:/|%2F)\.{1,2}(?:/|;|%2F|%3B|\z)";
    let odd = r"[\\\x00-\x1f\x7f-\x{9f}]";
    // A slash that is encoded may or may not be one: a rule cannot tell.
    let slash = "%2F";
    let cut = "\\A/;gw";
    Rule::any([dots, odd, slash, cut].map(Rule::path))
}

/// All of a route's path, without anchors.
pub(super) fn pattern(route: &Route<'_>) -> String {
    match &route.compiled.path.form {
        PathForm::Exact(exact) => exact.split('/').map(literal).collect::<Vec<_>>().join("/+"),
        PathForm::Segments(segments, end) => of_segments(segments, end),
        PathForm::Regex(_) => {
            debug_assert_eq!(route.config.matches.path_kind, PathKind::Regex);
            // What cannot be said takes everything, and its route is closed.
            let pattern = patterns::portable(&route.config.matches.path);
            pattern.map_or_else(|_| ".*".to_owned(), |pattern| format!("(?:{pattern})"))
        }
    }
}

/// The path of a prefix, without anything after it.
pub(super) fn prefix(route: &Route<'_>) -> String {
    match &route.compiled.path.form {
        PathForm::Segments(segments, End::Anything) => of_segments(segments, &End::Here)
            .trim_end_matches("/*")
            .to_owned(),
        PathForm::Exact(_) | PathForm::Segments(..) | PathForm::Regex(_) => String::new(),
    }
}

fn of_segments(segments: &[Segment], end: &End) -> String {
    let mut text = String::new();
    for segment in segments {
        text.push_str("/+");
        match segment {
            Segment::Literal(name) => text.push_str(&literal(name)),
            Segment::Parameter(_) => text.push_str("[^/]+"),
        }
    }
    match end {
        End::Here => text.push_str("/*"),
        End::Anything => text.push_str("(?:/.*)?"),
        End::Parameter(_) => text.push_str("/+[^/].*"),
    }
    text
}

fn literal(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    let mut made = String::new();
    for c in text.chars() {
        let plain = escaped(&c.to_string());
        match RESERVED.contains(c) {
            true => made.push_str(&format!("(?:{plain}|%{:02X})", u32::from(c))),
            false => made.push_str(&plain),
        }
    }
    format!("{made}(?:;[^/]*)?")
}
