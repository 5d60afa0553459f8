//! Headers of requests and answers, in Envoy's formats.

use serde_json::{Value, json};

use super::METADATA;
use crate::snapshot::header_edits::{HeaderEdits, ValuePart, ValueTemplate, Variable};

/// What a header is to be.
#[derive(Clone, Copy)]
pub(super) enum Verb {
    /// It replaces those of its name.
    Set,
    /// It stands beside them.
    Add,
}

/// Text within a format: a percent sign begins nothing.
pub(super) fn literal(text: &str) -> String {
    text.replace('%', "%%")
}

/// A fact that is known of the request.
pub(super) fn fact(name: &str) -> String {
    format!("%DYNAMIC_METADATA({METADATA}:{name})%")
}

/// The address of the caller.
pub(super) const CALLER: &str = "%DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT%";

/// A header, which is left out where its value is empty.
pub(super) fn some(verb: Verb, name: &str, format: &str) -> Value {
    json!({
        "header": {"key": name, "value": format},
        "append_action": match verb {
            Verb::Set => "OVERWRITE_IF_EXISTS_OR_ADD",
            Verb::Add => "APPEND_IF_EXISTS_OR_ADD",
        },
    })
}

/// A header, whose value may be empty.
pub(super) fn header(verb: Verb, name: &str, format: &str) -> Value {
    let mut header = some(verb, name, format);
    if !format.is_empty() && !format.contains('%') {
        return header;
    }
    header["keep_empty_value"] = json!(true);
    header
}

fn value(template: &ValueTemplate, route: &str, version: &str) -> String {
    let parts = template.0.iter().map(|part| match part {
        ValuePart::Literal(text) => literal(text),
        ValuePart::Variable(variable) => match variable {
            Variable::RequestId => "%REQ(x-request-id)%".to_owned(),
            Variable::ClientIp => CALLER.to_owned(),
            Variable::Host => fact("authority"),
            Variable::Path => fact("raw"),
            Variable::Route => literal(route),
            Variable::Version => literal(version),
            Variable::Consumer => fact("consumer"),
        },
    });
    parts.collect()
}

/// Changes to headers: names to take away, and headers to put there.
#[derive(Default)]
pub(super) struct Edits {
    /// Names.
    pub(super) remove: Vec<String>,
    /// As Envoy wants them.
    pub(super) add: Vec<Value>,
}

impl Edits {
    /// Those of a route or a version.
    pub(super) fn make(&mut self, edits: &HeaderEdits, route: &str, version: &str) {
        let HeaderEdits { remove, set, add } = edits;
        // What is taken away by a later one is not put there by an earlier one.
        self.add.retain(|one| {
            remove
                .iter()
                .all(|name| one["header"]["key"] != name.as_str())
        });
        self.remove.extend(remove.iter().map(ToString::to_string));
        for (verb, lines) in [(Verb::Set, set), (Verb::Add, add)] {
            for (name, template) in lines {
                let value = value(template, route, version);
                self.add.push(header(verb, name.as_str(), &value));
            }
        }
    }

    /// Writes them as `request_headers_to_…` or `response_headers_to_…`.
    pub(super) fn write(self, part: &str, into: &mut Value) {
        let Self { mut remove, add } = self;
        remove.sort();
        remove.dedup();
        if !add.is_empty() {
            into[format!("{part}_headers_to_add")] = Value::Array(add);
        }
        if !remove.is_empty() {
            into[format!("{part}_headers_to_remove")] = json!(remove);
        }
    }
}
