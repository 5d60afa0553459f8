//! What became of values, in words.

use std::borrow::Cow;
use std::fmt::Display;

use serde::Serialize;
use serde_json::{Map, Value};

/// What became of the settings under one name.
pub(super) fn part<T: Serialize>(name: &str, before: &T, after: &T, said: &mut Vec<String>) {
    let written = |value: &T| serde_json::to_value(value).expect("a config is plain JSON");
    differences(name, &written(before), &written(after), said);
}

/// Says of every other setting what it was and what it is, by the name it has in the file. Reads
/// the settings as they are written, so that none can be forgotten.
pub(super) fn settings<T: Serialize>(before: &T, after: &T, said: &mut Vec<String>) {
    let written = |value: &T| serde_json::to_value(value).expect("a config is plain JSON");
    differences("", &written(before), &written(after), said);
}

fn differences(at: &str, before: &Value, after: &Value, said: &mut Vec<String>) {
    match (before, after) {
        (before, after) if before == after => {}
        // Values of variables may be secret.
        _ if at.starts_with("process.environment.") => said.push(format!("`{at}` changed")),
        (Value::Object(old), Value::Object(new)) => {
            let names = old
                .keys()
                .chain(new.keys().filter(|name| !old.contains_key(*name)));
            for name in names {
                let at = if at.is_empty() {
                    name.clone()
                } else {
                    format!("{at}.{name}")
                };
                let side =
                    |object: &Map<String, Value>| object.get(name).cloned().unwrap_or_default();
                differences(&at, &side(old), &side(new), said);
            }
        }
        (Value::Array(old), Value::Array(new)) if old.len() == new.len() => {
            for (n, (old, new)) in old.iter().zip(new).enumerate() {
                differences(&format!("{at}[{n}]"), old, new, said);
            }
        }
        (Value::Null, after) => said.push(format!("`{at}` set to {}", short(after))),
        (before, Value::Null) => said.push(format!("`{at}` removed (was {})", short(before))),
        (before, after) => said.push(format!("`{at}` {} → {}", short(before), short(after))),
    }
}

/// A value in a few words.
fn short(value: &Value) -> String {
    match value {
        Value::String(text) => quote(cut(text)),
        Value::Array(items) if items.is_empty() => "nothing".to_owned(),
        Value::Array(items) => match items.iter().all(|item| !item.is_object()) {
            true => items.iter().map(short).collect::<Vec<_>>().join(", "),
            false if items.len() == 1 => "1 entry".to_owned(),
            false => format!("{} entries", items.len()),
        },
        Value::Object(members) => {
            let members = members
                .iter()
                .filter(|(_, value)| !value.is_array() && !value.is_object());
            let members: Vec<_> = members
                .map(|(name, value)| format!("{name} {}", short(value)))
                .collect();
            match members.is_empty() {
                true => "its defaults".to_owned(),
                false => members.join(", "),
            }
        }
        other => other.to_string(),
    }
}

/// The beginning of a text, if it is long.
pub(super) fn cut(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(80) {
        None => Cow::Borrowed(text),
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
    }
}

pub(super) fn quote(value: impl Display) -> String {
    format!("`{value}`")
}

/// Says ``what before → after`` where they differ.
pub(super) fn value<T: Display + PartialEq>(
    what: &str,
    before: &T,
    after: &T,
    said: &mut Vec<String>,
) {
    if before != after {
        said.push(format!("{what} {before} → {after}"));
    }
}

/// Says what became of the items of a list: what went is paired with what came, in order.
pub(super) fn list(what: &str, before: &[String], after: &[String], said: &mut Vec<String>) {
    let mut went = before.iter().filter(|item| !after.contains(item));
    let mut came = after.iter().filter(|item| !before.contains(item));
    let first = said.len();
    loop {
        match (went.next(), came.next()) {
            (Some(old), Some(new)) => said.push(format!("{what} {old} → {new}")),
            (Some(old), None) => said.push(format!("{what} {old} removed")),
            (None, Some(new)) => said.push(format!("{what} {new} added")),
            (None, None) => break,
        }
    }
    if said.len() == first && before != after {
        said.push(format!("order of {what}s changed"));
    }
}
