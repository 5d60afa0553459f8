//! Changes to headers.

use serde_json::{Map, Value, json};

use crate::export::gate::Route;
use crate::snapshot::header_edits::{HeaderEdits, ValuePart, ValueTemplate};
use crate::snapshot::versions::{Scheme, Version};

/// Changes to headers, as filters want them: each name once, at most sixteen of a kind.
#[derive(Default)]
pub(super) struct Modifier {
    /// In the place of those of their names.
    pub(super) set: Vec<(String, String)>,
    /// Beside them.
    pub(super) add: Vec<(String, String)>,
    /// Taken away.
    pub(super) remove: Vec<String>,
}

impl Modifier {
    /// Takes a header away.
    pub(super) fn remove(&mut self, name: &str) {
        if !self.remove.iter().any(|one| one == name) {
            self.remove.push(name.to_owned());
        }
    }

    /// Makes the changes of a route or a version.
    pub(super) fn edit(&mut self, edits: &HeaderEdits) {
        let HeaderEdits { remove, set, add } = edits;
        for name in remove {
            self.set.retain(|(one, _)| one != name.as_str());
            self.add.retain(|(one, _)| one != name.as_str());
            self.remove(name.as_str());
        }
        for (name, value) in set {
            let Some(value) = fixed(value) else {
                self.remove(name.as_str());
                continue;
            };
            self.add.retain(|(one, _)| one != name.as_str());
            self.remove.retain(|one| one != name.as_str());
            self.set.retain(|(one, _)| one != name.as_str());
            self.set.push((name.to_string(), value));
        }
        for (name, value) in add {
            if let Some(value) = fixed(value) {
                self.beside(name.as_str(), value);
            }
        }
    }

    /// Puts a header beside others.
    pub(super) fn beside(&mut self, name: &str, value: String) {
        let taken = |all: &[(String, String)]| all.iter().any(|(one, _)| one == name);
        // A name stands once in a filter.
        if !taken(&self.set) && !taken(&self.add) {
            self.add.push((name.to_owned(), value));
        }
    }

    /// What callers are told of a version.
    pub(super) fn lifecycle(&mut self, route: &Route<'_>, version: &Version) {
        for (name, value) in &version.lifecycle.headers {
            let text = String::from_utf8_lossy(value.as_bytes());
            self.beside(name.as_str(), text.replace('%', "%%"));
        }
        let scheme = route.compiled.versions.as_ref().map(|all| &all.scheme);
        let successor = version.lifecycle.successor.as_deref();
        let target = match (scheme, successor) {
            (Some(Scheme::FirstSegment), Some(next)) => format!("/{next}"),
            (Some(Scheme::Query(name)), Some(next)) => format!("?{name}={next}"),
            _ => return,
        };
        self.beside("link", format!("<{target}>; rel=\"successor-version\""));
    }

    /// As filters want it.
    pub(super) fn said(self) -> Value {
        let Self { set, add, remove } = self;
        let lines = |lines: Vec<(String, String)>| -> Vec<Value> {
            let all = lines.into_iter().take(16);
            all.map(|(name, value)| json!({"name": name, "value": value}))
                .collect()
        };
        let mut said = Map::new();
        for (part, lines) in [("set", lines(set)), ("add", lines(add))] {
            if !lines.is_empty() {
                said.insert(part.to_owned(), json!(lines));
            }
        }
        if !remove.is_empty() {
            let names: Vec<_> = remove.into_iter().take(16).collect();
            said.insert("remove".to_owned(), json!(names));
        }
        Value::Object(said)
    }

    /// A filter of this kind, where there is something to change.
    pub(super) fn write(self, kind: &str) -> Vec<Value> {
        let part = match kind {
            "RequestHeaderModifier" => "requestHeaderModifier",
            _ => "responseHeaderModifier",
        };
        let said = self.said();
        match said == json!({}) {
            true => Vec::new(),
            false => vec![json!({"type": kind, part: said})],
        }
    }
}

/// A value that is the same for all requests. A percent sign begins nothing.
fn fixed(template: &ValueTemplate) -> Option<String> {
    let parts = template.0.iter().map(|part| match part {
        ValuePart::Literal(text) => Some(text.replace('%', "%%")),
        ValuePart::Variable(_) => None,
    });
    let text: Option<String> = parts.collect();
    text.filter(|text| !text.is_empty())
}
