//! Which route takes a request: one rule for each, in the order in which routes are asked here.

use super::words::{plain, whole};
use super::write::Writer;
use crate::config::{Condition, ConditionTest};
use crate::export::gate::{Entry, Route};
use crate::export::paths::version_segment;
use crate::export::patterns::{self, any_spelling, escaped};
use crate::snapshot::matcher::hosts::HostPattern;

/// Writes the rules that set `txn.entry`.
pub(super) fn write(writer: &mut Writer<'_, '_>) {
    let gate = writer.gate;
    writer.rule("http-request set-var(txn.raw) path");
    let dots = r"(?:/|%2f)(?:\x2e|%2e){1,2}(?:/|%2f|;|%3b|\z)";
    let odd = r"(?:\\|%5c|%0[0-9a-f]|%1[0-9a-f]|%7f|%c2%[89]|%(?![0-9a-f]{2}))";
    for pattern in [dots, odd] {
        writer.rule(format!(
            "http-request return status 400 if {{ path -m reg -i -- {} }}",
            plain(pattern)
        ));
    }
    writer.rule("http-request return status 400 if !{ req.hdr(host) -m found }");
    writer.rule("http-request set-var(txn.path) path,url_dec,regsub(;[^/]*,,g),regsub(//+,/,g)");
    writer.rule("http-request set-var(txn.host_and_port) req.fhdr(host),lower");
    writer.rule("http-request set-var(txn.host) req.fhdr(host),lower,host_only");
    writer.rule("http-request set-var(txn.request_id) uuid()");
    writer.rule("http-request set-var(txn.query) str()");
    writer.rule("http-request set-var(txn.more_query) str()");
    writer.rule("http-request set-var-fmt(txn.query) \"?%[query]\" if { query -m len gt 0 }");
    writer.rule("http-request set-var-fmt(txn.more_query) \"&%[query]\" if { query -m len gt 0 }");
    if gate.routes.iter().any(|route| route.config.cors.is_some()) {
        writer.note("a browser's preflight goes to the route that would take the request");
        writer.rule(
            "http-request set-var(txn.asked) req.fhdr(access-control-request-method) if METH_OPTIONS { req.hdr(origin) -m found }",
        );
        for entry in &gate.entries {
            let route = &gate.routes[entry.route];
            let label = match route.config.cors {
                Some(_) => label(entry),
                None => "none".to_owned(),
            };
            let method = match route.config.matches.methods.as_slice() {
                [] => "{ var(txn.asked) -m found }".to_owned(),
                methods => format!("{{ var(txn.asked) -m str -- {} }}", methods.join(" ")),
            };
            let asks = asks(route, entry);
            writer.rule(format!(
                "http-request set-var(txn.preflight) str({label}) if !{{ var(txn.preflight) -m found }} {method} {asks}"
            ));
        }
        writer.rule("http-request unset-var(txn.preflight) if { var(txn.preflight) -m str none }");
        writer.rule(
            "http-request set-var(txn.entry) var(txn.preflight) if { var(txn.preflight) -m found }",
        );
    }
    writer.note("the route");
    for entry in &gate.entries {
        let route = &gate.routes[entry.route];
        writer.mark(format!("{}.match", route.at));
        writer.mark(&route.at);
        for (part, conditions) in [
            ("headers", &route.config.matches.headers),
            ("query", &route.config.matches.query),
        ] {
            for n in 0..conditions.len() {
                writer.mark(format!("{}.match.{part}[{n}]", route.at));
            }
        }
        let method = match route.config.matches.methods.as_slice() {
            [] => String::new(),
            methods => format!("{{ method {} }} ", methods.join(" ")),
        };
        let (label, asks) = (label(entry), asks(route, entry));
        writer.rule(format!(
            "http-request set-var(txn.entry) str({label}) if !{{ var(txn.entry) -m found }} {method}{asks}"
        ));
    }
    writer.note("or another method would have one");
    for entry in &gate.entries {
        let route = &gate.routes[entry.route];
        writer.rule(format!(
            "http-request return status 405 if !{{ var(txn.entry) -m found }} {}",
            asks(route, entry)
        ));
    }
    writer.rule("http-request return status 404 if !{ var(txn.entry) -m found }");
}

/// How an entry is called: `r3`, or `r3v` after a version.
fn label(entry: &Entry) -> String {
    let after = if entry.after_version { "v" } else { "" };
    format!("r{}{after}", entry.route)
}

/// All that is asked but the method.
fn asks(route: &Route<'_>, entry: &Entry) -> String {
    let mut all = Vec::new();
    match &entry.host {
        None => {}
        Some(HostPattern::Exact(name)) => {
            all.push(format!("{{ var(txn.host) -m str -- {} }}", plain(name)));
        }
        Some(HostPattern::Wildcard(suffix)) => {
            let pattern = whole(&format!(".+\\x2e{}", escaped(suffix)));
            all.push(format!("{{ var(txn.host) -m reg -- {pattern} }}"));
        }
    }
    let pattern = whole(&path(route, entry.after_version));
    all.push(format!("{{ var(txn.path) -m reg -- {pattern} }}"));
    let matches = &route.config.matches;
    all.extend(matches.headers.iter().map(|one| condition(one, false)));
    all.extend(matches.query.iter().map(|one| condition(one, true)));
    all.join(" ")
}

fn condition(condition: &Condition, query: bool) -> String {
    let Condition { name, test, value } = condition;
    let value = value.as_deref().unwrap_or_default();
    let pattern = patterns::portable(value).unwrap_or_default();
    if !query {
        return match test {
            ConditionTest::Equals => format!("{{ req.fhdr({name}) -m str -- {} }}", plain(value)),
            ConditionTest::Matches => {
                format!("{{ req.fhdr({name}) -m reg -- {} }}", whole(&pattern))
            }
            ConditionTest::Present => format!("{{ req.fhdr({name}) -m found }}"),
            ConditionTest::Absent => format!("!{{ req.fhdr({name}) -m found }}"),
        };
    }
    let name = any_spelling(name);
    let asked =
        |not: &str, pattern: String| format!("{not}{{ query -m reg -- {} }}", plain(&pattern));
    let there = format!("(?:\\A|&){name}(?:=|&|\\z)");
    match test {
        ConditionTest::Equals if value.is_empty() => {
            asked("", format!("(?:\\A|&){name}=?(?:&|\\z)"))
        }
        ConditionTest::Equals => {
            let value = any_spelling(value);
            asked("", format!("(?:\\A|&){name}={value}(?:&|\\z)"))
        }
        ConditionTest::Matches => asked("", format!("(?:\\A|&){name}=(?:{pattern})(?:&|\\z)")),
        ConditionTest::Present => asked("", there),
        ConditionTest::Absent => asked("!", there),
    }
}

fn path(route: &Route<'_>, after_version: bool) -> String {
    let version = format!("(?:{})", version_segment(route));
    patterns::of_route(route, after_version.then_some(&version))
}
