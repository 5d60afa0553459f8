//! Which requests a rule takes. Paths are matched as they are sent; a rule before all others refuses
//! those that could be read in another way.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::config::{Condition, ConditionTest};
use crate::export::gate::Route;
use crate::export::patterns::{self, Capture, Spelling};
use crate::snapshot::matcher::paths::{End, PathForm, Segment};

/// Paths that are spelt so that routes could take them for others than services do.
pub(super) const ODD: &str = "(?i).*(?:[;\\\\]|%(?:[01][0-9a-f]|2[0-9a-f]|3[0-9bf]|40|[46][1-9a-f]|[57][0-9a]|5[bcdf]|7[ef]|c2%[89][0-9a-f])|%(?:[^0-9a-f]|.[^0-9a-f]|.?$)).*";

/// What a request has to be.
#[derive(Clone)]
pub(super) struct Match {
    /// The path.
    pub(super) path: Value,
    /// Methods; empty for all.
    pub(super) methods: Vec<String>,
    /// Conditions on headers.
    pub(super) headers: Vec<Value>,
    /// Conditions on query parameters.
    pub(super) query: Vec<Value>,
}

impl Match {
    /// As rules want it: one for each method.
    pub(super) fn said(&self) -> Vec<Value> {
        let mut one = json!({"path": self.path});
        if !self.headers.is_empty() {
            one["headers"] = json!(self.headers);
        }
        if !self.query.is_empty() {
            one["queryParams"] = json!(self.query);
        }
        if self.methods.is_empty() {
            return vec![one];
        }
        let each = self.methods.iter().map(|method| {
            let mut one = one.clone();
            one["method"] = json!(method);
            one
        });
        each.collect()
    }

    /// With one condition more on a header.
    pub(super) fn and_header(&self, name: &str, pattern: &str) -> Self {
        let mut more = self.clone();
        more.headers.push(header(name, pattern));
        more
    }

    /// With one condition more on a query parameter.
    pub(super) fn and_query(&self, name: &str, pattern: &str) -> Self {
        let mut more = self.clone();
        more.query.push(query(name, pattern));
        more
    }
}

fn header(name: &str, pattern: &str) -> Value {
    json!({"type": "RegularExpression", "name": name, "value": pattern})
}

fn query(name: &str, pattern: &str) -> Value {
    json!({"type": "RegularExpression", "name": encoded(name), "value": pattern})
}

/// Text of a query as it is usually sent.
pub(super) fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// What a route's conditions come to.
pub(super) struct Conditions {
    /// Conditions on headers.
    pub(super) headers: Vec<Value>,
    /// Conditions on query parameters.
    pub(super) query: Vec<Value>,
    /// Headers that must not be there.
    pub(super) absent_headers: Vec<String>,
    /// Query parameters that must not be there.
    pub(super) absent_query: Vec<String>,
    /// Two conditions on one name cannot be said.
    pub(super) contradictory: bool,
}

/// The conditions of a route.
pub(super) fn conditions(route: &Route<'_>) -> Conditions {
    let matches = &route.config.matches;
    let mut made = Conditions {
        headers: Vec::new(),
        query: Vec::new(),
        absent_headers: Vec::new(),
        absent_query: Vec::new(),
        contradictory: false,
    };
    let mut names = BTreeSet::new();
    for Condition { name, test, value } in &matches.headers {
        let value = value.as_deref().unwrap_or_default();
        made.contradictory |= !names.insert(name.to_ascii_lowercase());
        match test {
            ConditionTest::Equals if value.is_empty() => made.headers.push(header(name, "^$")),
            ConditionTest::Equals => {
                made.headers
                    .push(json!({"type": "Exact", "name": name, "value": value}));
            }
            ConditionTest::Matches => {
                let pattern = patterns::portable(value).unwrap_or_default();
                made.headers.push(header(name, &format!("(?:{pattern})")));
            }
            ConditionTest::Present => made.headers.push(header(name, ".*")),
            ConditionTest::Absent => made.absent_headers.push(name.clone()),
        }
    }
    let mut names = BTreeSet::new();
    for Condition { name, test, value } in &matches.query {
        let value = value.as_deref().unwrap_or_default();
        made.contradictory |= !names.insert(name.clone());
        match test {
            ConditionTest::Equals if value.is_empty() => made.query.push(query(name, "^$")),
            ConditionTest::Equals => {
                made.query.push(json!({
                    "type": "Exact",
                    "name": encoded(name),
                    "value": encoded(value),
                }));
            }
            ConditionTest::Matches => {
                let pattern = patterns::portable(value).unwrap_or_default();
                made.query.push(query(name, &format!("(?:{pattern})")));
            }
            ConditionTest::Present => made.query.push(query(name, ".*")),
            ConditionTest::Absent => made.absent_query.push(name.clone()),
        }
    }
    made
}

/// The path of a route after `before`, an expression for what comes before it.
pub(super) fn path(route: &Route<'_>, before: &str) -> Value {
    let form = &route.compiled.path.form;
    if before.is_empty() {
        match form {
            PathForm::Exact(text) if is_plain(text) => {
                return json!({"type": "Exact", "value": text});
            }
            PathForm::Segments(segments, End::Anything) => {
                let literal: Option<String> = segments
                    .iter()
                    .map(|segment| match segment {
                        Segment::Literal(name) => Some(format!("/{name}")),
                        Segment::Parameter(_) => None,
                    })
                    .collect();
                match literal {
                    Some(text) if text.is_empty() => {
                        return json!({"type": "PathPrefix", "value": "/"});
                    }
                    Some(text) if is_plain(&text) => {
                        return json!({"type": "PathPrefix", "value": text});
                    }
                    _ => {}
                }
            }
            PathForm::Exact(_) | PathForm::Segments(..) | PathForm::Regex(_) => {}
        }
    }
    let own = raw(route, Capture::Nothing);
    let own = match own.as_str() {
        "/?" | "/" => "(?:/)?".to_owned(),
        own => own.to_owned(),
    };
    expression(&format!("{before}{own}"))
}

/// An expression for a path.
pub(super) fn expression(pattern: &str) -> Value {
    json!({"type": "RegularExpression", "value": pattern})
}

/// A route's path as it is sent, as an expression.
pub(super) fn raw(route: &Route<'_>, capture: Capture) -> String {
    let form = &route.compiled.path.form;
    patterns::path(form, capture, Spelling::Raw).unwrap_or_else(|| {
        // What cannot be said takes everything, and its route is closed.
        let pattern = patterns::portable(&route.config.matches.path);
        pattern.map_or_else(|_| ".*".to_owned(), |pattern| format!("(?:{pattern})"))
    })
}

/// Whether a path can stand as it is.
fn is_plain(text: &str) -> bool {
    let fine = |c: char| c.is_ascii_alphanumeric() || "-/._~!$&'()*+,=:@".contains(c);
    text.starts_with('/') && text.chars().all(fine) && !text.contains("//") && !text.contains("/.")
}
