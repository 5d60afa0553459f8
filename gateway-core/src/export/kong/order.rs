//! Which of two routes Kong asks first: more kinds of conditions come first, then hosts without
//! wildcards, then more headers, and only then `regex_priority`. Where that differs from the order
//! here, a copy of the earlier route asks for what the later one asks for too.

use std::collections::{BTreeMap, BTreeSet};

use super::plan::KongRoute;
use crate::snapshot::matcher::paths::{End, PathForm, Segment};

/// The methods that there are, for routes that take any, where others name theirs.
pub(super) const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/// What Kong looks at before `regex_priority`; the most first.
fn rank(route: &KongRoute<'_>) -> (usize, bool, usize) {
    let kinds = [
        !route.hosts.is_empty(),
        !route.methods.is_empty(),
        !route.headers.is_empty(),
    ];
    let plain = !route.hosts.is_empty() && route.hosts.iter().all(|host| !host.contains('*'));
    (
        kinds.iter().filter(|kind| **kind).count(),
        plain,
        route.headers.len(),
    )
}

/// Puts copies beside routes that Kong would ask too late. Gives the numbers of the entries that
/// would take what is for others all the same.
pub(super) fn keep<'g>(routes: &mut Vec<KongRoute<'g>>) -> BTreeSet<usize> {
    if routes.iter().any(|route| !route.methods.is_empty()) {
        for route in routes.iter_mut().filter(|route| route.methods.is_empty()) {
            route.methods = METHODS.map(str::to_owned).to_vec();
        }
    }
    let mut copies: Vec<KongRoute<'g>> = Vec::new();
    let mut unclear = BTreeSet::new();
    for (n, early) in routes.iter().enumerate() {
        for late in &routes[n + 1..] {
            if late.entry == early.entry || rank(late) <= rank(early) || apart(early, late) {
                continue;
            }
            match both(early, late) {
                Both::None => {}
                Both::Unclear => {
                    unclear.insert(late.route);
                }
                Both::Is(copy) => {
                    let known = copies.iter().any(|one| {
                        one.entry == copy.entry
                            && one.pattern == copy.pattern
                            && one.hosts == copy.hosts
                            && one.headers == copy.headers
                            && one.methods == copy.methods
                    });
                    if !known {
                        copies.push(*copy);
                    }
                }
            }
        }
    }
    routes.extend(copies);
    let count = routes.iter().map(|route| route.entry).max().unwrap_or(0) + 1;
    for route in routes.iter_mut() {
        route.regex_priority = (count - route.entry) * STEP + route.within;
    }
    let mut taken = BTreeSet::new();
    for route in routes {
        let plain = route.name.clone();
        let mut n = 2;
        while !taken.insert(route.name.clone()) {
            route.name = format!("{plain}.{n}");
            n += 1;
        }
    }
    unclear
}

/// Routes of one entry have numbers below this.
pub(super) const STEP: usize = 1_000;

enum Both<'g> {
    /// Nothing is for both.
    None,
    /// It cannot be said what is.
    Unclear,
    /// The earlier route, for what the later one takes too.
    Is(Box<KongRoute<'g>>),
}

fn both<'g>(early: &KongRoute<'g>, late: &KongRoute<'g>) -> Both<'g> {
    let mut headers: BTreeMap<String, Vec<String>> = early.headers.clone();
    for (name, values) in &late.headers {
        let Some(own) = early.headers.get(name) else {
            headers.insert(name.clone(), values.clone());
            continue;
        };
        let is_regex = |values: &[String]| values.iter().any(|value| value.starts_with("~*"));
        let fits = |value: &String, pattern: &[String]| {
            let pattern = pattern[0].trim_start_matches("~*");
            regex::Regex::new(&format!("(?i){pattern}")).is_ok_and(|regex| regex.is_match(value))
        };
        let shared: Vec<String> = match (is_regex(own), is_regex(values)) {
            (true, true) if own == values => own.clone(),
            (true, true) => return Both::Unclear,
            (true, false) => values
                .iter()
                .filter(|one| fits(one, own))
                .cloned()
                .collect(),
            (false, true) => own
                .iter()
                .filter(|one| fits(one, values))
                .cloned()
                .collect(),
            (false, false) => {
                let known = |one: &&String| values.iter().any(|it| it.eq_ignore_ascii_case(one));
                own.iter().filter(known).cloned().collect()
            }
        };
        if shared.is_empty() {
            return Both::None;
        }
        headers.insert(name.clone(), shared);
    }
    let hosts = match (early.hosts.is_empty(), late.hosts.is_empty()) {
        (_, true) => early.hosts.clone(),
        (true, false) => late.hosts.clone(),
        (false, false) => {
            let shared: Vec<String> = late
                .hosts
                .iter()
                .filter(|host| early.hosts.iter().any(|own| covers(own, host)))
                .cloned()
                .collect();
            match shared.is_empty() {
                // Whatever is left is for one host of the earlier route, which has no less to say.
                true => early.hosts.clone(),
                false => shared,
            }
        }
    };
    let methods: Vec<String> = match late.methods.is_empty() {
        true => early.methods.clone(),
        false => early
            .methods
            .iter()
            .filter(|one| late.methods.contains(one))
            .cloned()
            .collect(),
    };
    Both::Is(Box::new(KongRoute {
        headers,
        hosts,
        methods,
        ..early.clone()
    }))
}

/// Whether one host stands for another.
fn covers(pattern: &str, host: &str) -> bool {
    match pattern.strip_prefix('*') {
        Some(suffix) => host.trim_start_matches('*').ends_with(suffix),
        None => pattern == host,
    }
}

/// Whether no request can be for both.
fn apart(a: &KongRoute<'_>, b: &KongRoute<'_>) -> bool {
    let methods = !a.methods.is_empty()
        && !b.methods.is_empty()
        && a.methods.iter().all(|one| !b.methods.contains(one));
    let hosts = !a.hosts.is_empty()
        && !b.hosts.is_empty()
        && a.hosts.iter().all(|one| {
            b.hosts
                .iter()
                .all(|other| !covers(one, other) && !covers(other, one))
        });
    methods || hosts || paths_apart(a, b)
}

/// Segments of a path: `None` for one that may be anything; and whether more may follow.
fn shape(route: &KongRoute<'_>) -> Option<(Vec<Option<String>>, bool)> {
    let mut segments: Vec<Option<String>> = match route.after_version {
        true => vec![None],
        false => Vec::new(),
    };
    let open = match route.form {
        PathForm::Regex(_) => return None,
        PathForm::Exact(text) => {
            let parts = text.split('/').skip(1).map(|part| Some(part.to_owned()));
            segments.extend(parts);
            false
        }
        PathForm::Segments(all, end) => {
            segments.extend(all.iter().map(|segment| match segment {
                Segment::Literal(text) => Some(text.clone()),
                Segment::Parameter(_) => None,
            }));
            if let End::Parameter(_) = end {
                segments.push(None);
            }
            !matches!(end, End::Here)
        }
    };
    Some((segments, open))
}

fn paths_apart(a: &KongRoute<'_>, b: &KongRoute<'_>) -> bool {
    let (Some((first, first_open)), Some((second, second_open))) = (shape(a), shape(b)) else {
        return false;
    };
    let differ = first.iter().zip(&second).any(|pair| match pair {
        (Some(one), Some(other)) => one != other,
        _ => false,
    });
    // A slash at the end of one is a segment more and still the same path.
    let longer = first.len() > second.len() + 1 && !second_open
        || second.len() > first.len() + 1 && !first_open;
    differ || longer
}
