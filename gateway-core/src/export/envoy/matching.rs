//! Which requests an entry takes, in Envoy's words. Paths, hosts and queries are looked at as
//! `path.lua` read them, so that no spelling of a path gets past a route.

use serde_json::{Value, json};

use super::METADATA;
use crate::config::{Condition, ConditionTest};
use crate::export::gate::{Entry, Route};
use crate::export::paths::version_segment;
use crate::export::patterns::{self, any_spelling, escaped};
use crate::snapshot::matcher::hosts::HostPattern;

/// What a request has to be for a route to take it.
#[derive(Clone, Default)]
pub(super) struct Match {
    /// Conditions on headers, and on `:method`.
    pub(super) headers: Vec<Value>,
    /// Conditions on what is known of the request.
    pub(super) facts: Vec<Value>,
    /// An expression for the path as it was sent.
    pub(super) raw: Option<String>,
}

impl Match {
    /// As Envoy wants it.
    pub(super) fn said(&self) -> Value {
        let Self {
            headers,
            facts,
            raw,
        } = self;
        let mut said = match raw {
            Some(pattern) => json!({"safe_regex": {"regex": pattern}}),
            None => json!({"prefix": "/"}),
        };
        if !headers.is_empty() {
            said["headers"] = json!(headers);
        }
        if !facts.is_empty() {
            said["dynamic_metadata"] = json!(facts);
        }
        said
    }

    /// One condition more on a fact.
    pub(super) fn and(&self, fact: Value) -> Self {
        let mut more = self.clone();
        more.facts.push(fact);
        more
    }

    /// One condition more on a header.
    pub(super) fn and_header(&self, header: Value) -> Self {
        let mut more = self.clone();
        more.headers.push(header);
        more
    }
}

/// A fact is exactly this.
pub(super) fn is(name: &str, text: &str) -> Value {
    json!({"filter": METADATA, "path": [{"key": name}], "value": {"string_match": {"exact": text}}})
}

/// All of a fact matches an expression.
pub(super) fn fits(name: &str, pattern: &str) -> Value {
    json!({
        "filter": METADATA,
        "path": [{"key": name}],
        "value": {"string_match": {"safe_regex": {"regex": pattern}}},
    })
}

/// The opposite.
pub(super) fn not(mut fact: Value) -> Value {
    fact["invert"] = json!(true);
    fact
}

/// The method is one of these.
pub(super) fn method<S: AsRef<str>>(name: &str, methods: &[S]) -> Value {
    let all: Vec<_> = methods.iter().map(|one| escaped(one.as_ref())).collect();
    json!({"name": name, "string_match": {"safe_regex": {"regex": all.join("|")}}})
}

/// Whether a header is there.
pub(super) fn present(name: &str) -> Value {
    json!({"name": name, "present_match": true})
}

/// All that is asked but the method.
pub(super) fn asks(route: &Route<'_>, entry: &Entry) -> Match {
    let mut asked = Match::default();
    match &entry.host {
        None => {}
        Some(HostPattern::Exact(name)) => asked.facts.push(is("host", name)),
        Some(HostPattern::Wildcard(suffix)) => {
            let pattern = format!(".+\\x2e{}", escaped(suffix));
            asked.facts.push(fits("host", &pattern));
        }
    }
    let pattern = path(route, entry.after_version);
    asked.facts.push(fits("path", &pattern));
    let matches = &route.config.matches;
    asked.headers.extend(matches.headers.iter().map(header));
    asked.facts.extend(matches.query.iter().map(query));
    asked
}

fn header(condition: &Condition) -> Value {
    let Condition { name, test, value } = condition;
    let value = value.as_deref().unwrap_or_default();
    match test {
        ConditionTest::Equals => json!({"name": name, "string_match": {"exact": value}}),
        ConditionTest::Matches => {
            let pattern = patterns::portable(value).unwrap_or_default();
            json!({"name": name, "string_match": {"safe_regex": {"regex": pattern}}})
        }
        ConditionTest::Present => present(name),
        ConditionTest::Absent => json!({"name": name, "present_match": true, "invert_match": true}),
    }
}

fn query(condition: &Condition) -> Value {
    let Condition { name, test, value } = condition;
    let name = any_spelling(name);
    let value = value.as_deref().unwrap_or_default();
    let among = |pair: &str| fits("query", &format!("(?:.*&)?{pair}(?:&.*)?"));
    let there = format!("{name}(?:=[^&]*)?");
    match test {
        ConditionTest::Equals if value.is_empty() => among(&format!("{name}=?")),
        ConditionTest::Equals => among(&format!("{name}={}", any_spelling(value))),
        ConditionTest::Matches => {
            let pattern = patterns::portable(value).unwrap_or_default();
            among(&format!("{name}=(?:{pattern})"))
        }
        ConditionTest::Present => among(&there),
        ConditionTest::Absent => not(among(&there)),
    }
}

fn path(route: &Route<'_>, after_version: bool) -> String {
    let version = format!("(?:{})", version_segment(route));
    patterns::of_route(route, after_version.then_some(&version))
}
