//! Which route takes a request: the first routers, in the order in which routes are asked here.

use serde_json::json;

use super::rules::{Rule, whole};
use super::tree::{ENTRY, Router, SLOT, Tree, VERSION, removing};
use super::{limits, pages, paths};
use crate::config::{Condition, ConditionTest};
use crate::export::gate::{Entry, Gate, Route};
use crate::export::paths::version_segment;
use crate::export::patterns::{self, escaped};
use crate::snapshot::matcher::hosts::HostPattern;

/// Headers that only a gateway may set.
const OWN: [&str; 9] = [
    SLOT,
    VERSION,
    limits::NONE,
    "Forwarded",
    "X-Replaced-Path",
    "X-Consumer-Id",
    "X-Credential-Id",
    "X-Consumer-Groups",
    "X-Consumer-Scopes",
];

/// A browser's preflight goes to the route that would take the request.
pub(super) fn preflights(gate: &Gate<'_>, tree: &mut Tree) {
    let mut others: Vec<Rule> = Vec::new();
    for (e, entry) in gate.entries.iter().enumerate() {
        let route = &gate.routes[entry.route];
        let methods = &route.config.matches.methods;
        let method = match methods.as_slice() {
            [] => Rule::has_header(pages::METHOD),
            methods => {
                let names: Vec<_> = methods.iter().map(|name| escaped(name)).collect();
                let pattern = whole(&names.join("|"));
                Rule::header_matches(pages::METHOD, &pattern)
            }
        };
        let asks = Rule::all([method, asks(route, entry)]);
        match (&route.config.cors, &route.closed) {
            (Some(cors), None) => {
                let mut all = vec![
                    Rule::method(&["OPTIONS".to_owned()]),
                    Rule::has_header("Origin"),
                    asks,
                ];
                // One that a route before it takes is no preflight here either.
                all.extend(others.iter().cloned().map(Rule::not));
                pages::preflights(tree, entry.route, e, route, cors, Rule::all(all));
            }
            _ => others.push(asks),
        }
    }
}

/// The first routers of each route, by their names.
pub(super) fn entries(gate: &Gate<'_>, tree: &mut Tree) -> Vec<Vec<String>> {
    let mut below = vec![Vec::new(); gate.routes.len()];
    for (e, entry) in gate.entries.iter().enumerate() {
        let n = entry.route;
        let route = &gate.routes[n];
        let methods = &route.config.matches.methods;
        let mut all = vec![asks(route, entry)];
        if !methods.is_empty() {
            all.push(Rule::method(methods));
        }
        let mut router = Router::first(format!("e{e}"), Rule::all(all))
            .about(&route.at)
            .about(format!("{}.match", route.at));
        for (part, conditions) in [
            ("headers", &route.config.matches.headers),
            ("query", &route.config.matches.query),
        ] {
            for m in 0..conditions.len() {
                router = router.about(format!("{}.match.{part}[{m}]", route.at));
            }
        }
        if let Some(setting) = &route.closed {
            tree.refuse(router.about(setting), 403);
            continue;
        }
        let label = match entry.after_version {
            true => format!("r{n}v"),
            false => format!("r{n}"),
        };
        let mut headers = removing(OWN);
        headers.insert(ENTRY.to_owned(), label.as_str().into());
        let mut middlewares = vec![tree.request_headers(format!("on-{label}"), headers)];
        let own = route.config.max_request_body_bytes;
        if let Some(most) = own.or(gate.config.listen.max_request_body_bytes) {
            router = router
                .about(format!("{}.max_request_body_bytes", route.at))
                .about("listen.max_request_body_bytes");
            let size = json!({ "buffering": { "maxRequestBodyBytes": most } });
            middlewares.push(tree.middleware(format!("at-most-{most}"), size));
        }
        below[n].push(tree.pass(router.with(middlewares)));
    }
    for (e, entry) in gate.entries.iter().enumerate() {
        let route = &gate.routes[entry.route];
        if !route.config.matches.methods.is_empty() {
            let name = format!("e{e}-other-method");
            tree.refuse(Router::first(name, asks(route, entry)), 405);
        }
    }
    below
}

/// All that is asked but the method.
fn asks(route: &Route<'_>, entry: &Entry) -> Rule {
    let own = paths::pattern(route);
    let path = match entry.after_version {
        false => own,
        true => {
            let bare = match own.starts_with("(?:/.*)?") || own == "/*" {
                true => format!("(?:{own})?"),
                false => own,
            };
            format!("/+(?:{}){bare}", version_segment(route))
        }
    };
    let mut all = vec![Rule::path(&whole(&path))];
    match &entry.host {
        None => {}
        Some(HostPattern::Exact(name)) => {
            all.push(Rule::host(&whole(&escaped(name))));
        }
        Some(HostPattern::Wildcard(suffix)) => {
            let pattern = format!(".+\\x2e{}", escaped(suffix));
            all.push(Rule::host(&whole(&pattern)));
        }
    }
    let matches = &route.config.matches;
    all.extend(matches.headers.iter().map(of_header));
    all.extend(matches.query.iter().map(of_query));
    Rule::all(all)
}

fn of_header(condition: &Condition) -> Rule {
    let Condition { name, test, value } = condition;
    let value = value.as_deref().unwrap_or_default();
    match test {
        ConditionTest::Equals => Rule::header(name, value),
        ConditionTest::Matches => {
            let pattern = patterns::portable(value).unwrap_or_default();
            Rule::header_matches(name, &whole(&pattern))
        }
        ConditionTest::Present => Rule::has_header(name),
        ConditionTest::Absent => Rule::has_header(name).not(),
    }
}

fn of_query(condition: &Condition) -> Rule {
    let Condition { name, test, value } = condition;
    let value = value.as_deref().unwrap_or_default();
    match test {
        ConditionTest::Equals => Rule::query_matches(name, &whole(&escaped(value))),
        ConditionTest::Matches => {
            let pattern = patterns::portable(value).unwrap_or_default();
            Rule::query_matches(name, &whole(&pattern))
        }
        ConditionTest::Present => Rule::has_query(name),
        ConditionTest::Absent => Rule::has_query(name).not(),
    }
}
