//! Steps of Caddy's chain of handlers, each for requests that meet its conditions.

use serde_json::{Map, Value, json};

use super::words::literal;
use crate::export::document::about_all;

/// Conditions that all have to hold.
#[derive(Clone, Default)]
pub(super) struct When(Vec<(&'static str, Value)>);

impl When {
    /// No condition.
    pub(super) fn always() -> Self {
        Self::default()
    }

    /// One of Caddy's matchers.
    pub(super) fn matcher(name: &'static str, value: Value) -> Self {
        Self(vec![(name, value)])
    }

    /// A variable is one of these texts; `""` is also one that nobody has set.
    pub(super) fn var(name: &str, values: &[&str]) -> Self {
        let values: Vec<_> = values.iter().map(|value| literal(value)).collect();
        Self::matcher("vars", json!({ name: values }))
    }

    /// A variable or placeholder matches an expression, whose groups are then called `group`.
    pub(super) fn regex(of: &str, pattern: impl Into<String>, group: &str) -> Self {
        Self::matcher("vars_regexp", json!({ of: regex(pattern.into(), group) }))
    }

    /// One value of a header matches an expression.
    pub(super) fn header(name: &str, pattern: impl Into<String>, group: &str) -> Self {
        let matcher = json!({ name: regex(pattern.into(), group) });
        Self::matcher("header_regexp", matcher)
    }

    /// A header is there.
    pub(super) fn has_header(name: &str) -> Self {
        Self::matcher("header", json!({ name: [] }))
    }

    /// The method is one of these.
    pub(super) fn method(methods: &[String]) -> Self {
        Self::matcher("method", json!(methods))
    }

    /// An expression in CEL; nothing of the configuration but numbers may be in it.
    pub(super) fn expression(text: String) -> Self {
        Self::matcher("expression", json!(text))
    }

    /// The opposite.
    pub(super) fn not(self) -> Self {
        Self::matcher("not", json!([self.set()]))
    }

    /// These hold too.
    pub(super) fn and(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// As a set of matchers. One set has each matcher once, and several values in one matcher are
    /// alternatives: what comes again is said as not being otherwise.
    fn set(&self) -> Value {
        let mut set = Map::new();
        let mut not = Vec::new();
        for (name, value) in &self.0 {
            match (*name, value) {
                ("not", Value::Array(sets)) => not.extend(sets.iter().cloned()),
                (name, value) if set.contains_key(name) => {
                    not.push(json!({ "not": [{ name: value }] }));
                }
                (name, value) => {
                    set.insert(name.to_owned(), value.clone());
                }
            }
        }
        if !not.is_empty() {
            set.insert("not".to_owned(), not.into());
        }
        set.into()
    }
}

fn regex(pattern: String, group: &str) -> Value {
    match group {
        "" => json!({ "pattern": pattern }),
        group => json!({ "name": group, "pattern": pattern }),
    }
}

/// A step.
#[derive(Default)]
pub(super) struct Step {
    settings: Vec<String>,
    group: Option<String>,
    when: When,
    handle: Vec<Value>,
    last: bool,
}

impl Step {
    /// A step for requests that meet these conditions.
    pub(super) fn when(when: When) -> Self {
        Self {
            when,
            ..Self::default()
        }
    }

    /// A step for all requests.
    pub(super) fn always() -> Self {
        Self::default()
    }

    /// Says that it is about a setting.
    pub(super) fn about(mut self, setting: impl Into<String>) -> Self {
        self.settings.push(setting.into());
        self
    }

    /// Of the steps of a group, only the first whose conditions hold is taken.
    pub(super) fn one_of(mut self, group: impl Into<String>) -> Self {
        self.group = Some(group.into());
        self
    }

    /// Adds a handler.
    pub(super) fn then(mut self, handler: Value) -> Self {
        self.handle.push(handler);
        self
    }

    /// Adds several handlers.
    pub(super) fn then_all(mut self, handlers: impl IntoIterator<Item = Value>) -> Self {
        self.handle.extend(handlers);
        self
    }

    /// Adds steps within this one.
    pub(super) fn steps(self, steps: Vec<Step>) -> Self {
        let steps: Vec<_> = steps.into_iter().map(Step::json).collect();
        self.then(json!({ "handler": "subroute", "routes": steps }))
    }

    /// Refuses with a status, and ends.
    pub(super) fn refuse(mut self, status: u16) -> Self {
        self.last = true;
        self.then(json!({ "handler": "static_response", "status_code": status }))
    }

    /// Nothing comes after it.
    pub(super) fn last(mut self) -> Self {
        self.last = true;
        self
    }

    /// As Caddy reads it.
    pub(super) fn json(self) -> Value {
        let mut step = about_all(&self.settings);
        if let Some(group) = self.group {
            step.insert("group".to_owned(), group.into());
        }
        if !self.when.0.is_empty() {
            step.insert("match".to_owned(), json!([self.when.set()]));
        }
        if !self.handle.is_empty() {
            step.insert("handle".to_owned(), self.handle.into());
        }
        if self.last {
            step.insert("terminal".to_owned(), true.into());
        }
        step.into()
    }
}

/// Sets variables; the values may hold placeholders.
pub(super) fn set(values: &[(&str, &str)]) -> Value {
    let mut handler = Map::new();
    handler.insert("handler".to_owned(), "vars".into());
    for (name, value) in values {
        handler.insert((*name).to_owned(), (*value).into());
    }
    handler.into()
}
