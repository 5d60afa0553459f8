//! Which route takes a request: one step for each, in the order in which routes are asked here.

use super::steps::{Step, When, set};
use super::words::{RAW_PATH, whole};
use crate::config::{Condition, ConditionTest};
use crate::export::gate::{Entry, Gate, Route};
use crate::export::paths::version_segment;
use crate::export::patterns::{self, any_spelling, escaped};
use crate::snapshot::matcher::hosts::HostPattern;

/// The query as it was sent.
pub(super) const QUERY: &str = "{http.request.uri.query}";

/// Path and query.
pub(super) const URI: &str = "{http.request.uri}";

/// Most labels of a host that is put into lower case.
const LABELS: usize = 8;

/// Writes the steps that set `entry`, or refuse what no route takes.
pub(super) fn steps(gate: &Gate<'_>) -> Vec<Step> {
    let mut steps = vec![
        Step::when(When::regex(URI, "\\A([^?]*)", "raw")),
        Step::when(When::method(&["TRACE".to_owned(), "CONNECT".to_owned()])).refuse(501),
    ];
    let dots = r"(?i)(?:/|%2f)(?:\.|%2e){1,2}(?:/|%2f|;|%3b|\z)";
    let odd = r"(?i)(?:\\|%5c|%0[0-9a-f]|%1[0-9a-f]|%7f|%c2%[89])";
    for pattern in [dots, odd] {
        steps.push(Step::when(When::regex(RAW_PATH, pattern, "")).refuse(400));
    }
    steps.extend(host());
    steps.push(
        Step::when(When::regex(QUERY, ".", ""))
            .then(set(&[("more_query", "&{http.request.uri.query}")])),
    );
    if gate.routes.iter().any(|route| route.config.cors.is_some()) {
        steps.extend(preflights(gate));
    }
    for entry in &gate.entries {
        let route = &gate.routes[entry.route];
        let methods = &route.config.matches.methods;
        let method = match methods.as_slice() {
            [] => When::always(),
            methods => When::method(methods),
        };
        let mut step = Step::when(method.and(asks(route, entry)))
            .one_of("entry")
            .about(&route.at)
            .about(format!("{}.match", route.at));
        let parts = [
            ("headers", &route.config.matches.headers),
            ("query", &route.config.matches.query),
        ];
        for (part, conditions) in parts {
            for n in 0..conditions.len() {
                step = step.about(format!("{}.match.{part}[{n}]", route.at));
            }
        }
        steps.push(step.then(set(&[("entry", &label(entry))])));
    }
    for entry in &gate.entries {
        let route = &gate.routes[entry.route];
        if !route.config.matches.methods.is_empty() {
            let other_method = When::var("entry", &[""]).and(asks(route, entry));
            steps.push(Step::when(other_method).refuse(405));
        }
    }
    steps.push(Step::when(When::var("entry", &[""])).refuse(404));
    steps
}

/// `host` and `host_and_port`, in lower case. Caddy puts single labels into it and no whole text.
fn host() -> Vec<Step> {
    let mut steps = vec![
        Step::always().then(set(&[
            ("host", "{http.request.host}"),
            ("host_and_port", "{http.request.hostport}"),
        ])),
        Step::when(When::regex(
            "{http.request.hostport}",
            "\\A[^:\\[\\]]*(:[0-9]+)?\\z",
            "port",
        )),
    ];
    for count in 1..=LABELS {
        let labels: Vec<_> = (0..count)
            .rev()
            .map(|n| format!("{{http.request.host.labels.{n}}}"))
            .collect();
        let labels = labels.join(".");
        let pattern = format!("\\A[^.:\\[\\]]+(?:\\.[^.:\\[\\]]+){{{}}}\\z", count - 1);
        let when = When::regex("{http.request.host}", pattern, "");
        let when = when.and(When::regex("{http.request.host}", "[A-Z]", ""));
        steps.push(Step::when(when).one_of("lower case").then(set(&[
            ("host", &labels),
            ("host_and_port", &format!("{labels}{{http.regexp.port.1}}")),
        ])));
    }
    steps
}

/// A browser's preflight goes to the route that would take the request.
fn preflights(gate: &Gate<'_>) -> Vec<Step> {
    let mut steps = Vec::new();
    for entry in &gate.entries {
        let route = &gate.routes[entry.route];
        let methods = &route.config.matches.methods;
        let asked = "Access-Control-Request-Method";
        let method = match methods.as_slice() {
            [] => When::has_header(asked),
            methods => {
                let names: Vec<_> = methods.iter().map(|name| escaped(name)).collect();
                When::header(asked, whole(&names.join("|")), "")
            }
        };
        let preflight = When::method(&["OPTIONS".to_owned()])
            .and(When::header("Origin", "", ""))
            .and(method)
            .and(asks(route, entry));
        let mut step = Step::when(preflight).one_of("preflight");
        if route.config.cors.is_some() {
            let label = label(entry);
            step = step.then(set(&[("preflight", &label), ("entry", &label)]));
        }
        steps.push(step);
    }
    let found = When::var("preflight", &[""]).not();
    steps.push(Step::when(found).one_of("entry"));
    steps
}

/// How an entry is called: `r3`, or `r3v` after a version.
fn label(entry: &Entry) -> String {
    let after = if entry.after_version { "v" } else { "" };
    format!("r{}{after}", entry.route)
}

/// All that is asked but the method.
fn asks(route: &Route<'_>, entry: &Entry) -> When {
    let path = whole(&path(route, entry.after_version));
    let mut all = When::matcher("path_regexp", serde_json::json!({ "pattern": path }));
    let host = match &entry.host {
        None => None,
        Some(HostPattern::Exact(name)) => Some(escaped(name)),
        Some(HostPattern::Wildcard(suffix)) => Some(format!(".+\\x2e{}", escaped(suffix))),
    };
    if let Some(host) = host {
        all = all.and(When::regex("host", whole(&host), ""));
    }
    let matches = &route.config.matches;
    for condition in &matches.headers {
        all = all.and(of_header(condition));
    }
    for condition in &matches.query {
        all = all.and(of_query(condition));
    }
    all
}

fn of_header(condition: &Condition) -> When {
    let Condition { name, test, value } = condition;
    let value = value.as_deref().unwrap_or_default();
    match test {
        ConditionTest::Equals => When::header(name, whole(&escaped(value)), ""),
        ConditionTest::Matches => {
            let pattern = patterns::portable(value).unwrap_or_default();
            When::header(name, whole(&pattern), "")
        }
        ConditionTest::Present => When::header(name, "", ""),
        ConditionTest::Absent => When::header(name, "", "").not(),
    }
}

fn of_query(condition: &Condition) -> When {
    let Condition { name, test, value } = condition;
    let value = value.as_deref().unwrap_or_default();
    let name = any_spelling(name);
    let there = format!("(?:\\A|&){name}(?:=|&|\\z)");
    let pattern = match test {
        ConditionTest::Equals if value.is_empty() => format!("(?:\\A|&){name}=?(?:&|\\z)"),
        ConditionTest::Equals => {
            let value = any_spelling(value);
            format!("(?:\\A|&){name}={value}(?:&|\\z)")
        }
        ConditionTest::Matches => {
            let pattern = patterns::portable(value).unwrap_or_default();
            format!("(?:\\A|&){name}=(?:{pattern})(?:&|\\z)")
        }
        ConditionTest::Present => there,
        ConditionTest::Absent => return When::regex(QUERY, there, "").not(),
    };
    When::regex(QUERY, pattern, "")
}

fn path(route: &Route<'_>, after_version: bool) -> String {
    let version = format!("(?:{})", version_segment(route));
    patterns::of_route(route, after_version.then_some(&version))
}
