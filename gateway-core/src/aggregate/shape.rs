//! What of a part's answer is kept, and under which names.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// What of an answer is kept, and under which names: first what is selected, less what is dropped, then
/// renamed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shape {
    /// Fields to keep; empty for all.
    pub select: Vec<Vec<String>>,
    /// Fields to take away.
    pub drop: Vec<Vec<String>>,
    /// Fields and what they are called.
    pub rename: Vec<(Vec<String>, String)>,
}

/// The fields that an object may have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Keys {
    /// These at most.
    Among(BTreeSet<String>),
    /// Any but these.
    AnyBut(BTreeSet<String>),
}

impl Shape {
    /// The value as it stands in the answer. In a list, each entry is shaped.
    pub fn apply(&self, value: Value) -> Value {
        let mut value = match self.select.is_empty() {
            true => value,
            false => {
                let paths: Vec<&[String]> = self.select.iter().map(Vec::as_slice).collect();
                selected(value, &paths)
            }
        };
        for path in &self.drop {
            at(&mut value, path, &mut |object, name| {
                object.shift_remove(name);
            });
        }
        for (path, to) in &self.rename {
            at(&mut value, path, &mut |object, name| {
                rename(object, name, to)
            });
        }
        value
    }

    /// The fields that the answer's own object may have once it is shaped.
    pub fn keys(&self) -> Keys {
        let first = |path: &Vec<String>| path.first().cloned();
        let mut keys = match self.select.is_empty() {
            true => Keys::AnyBut(BTreeSet::new()),
            false => Keys::Among(self.select.iter().filter_map(first).collect()),
        };
        for path in &self.drop {
            if let [name] = &path[..] {
                keys.remove(name);
            }
        }
        for (path, to) in &self.rename {
            if let [name] = &path[..]
                && keys.may_hold(name)
            {
                keys.remove(name);
                keys.add(to);
            }
        }
        keys
    }
}

impl Keys {
    /// Whether a field of this name may be there.
    pub fn may_hold(&self, name: &str) -> bool {
        match self {
            Self::Among(names) => names.contains(name),
            Self::AnyBut(names) => !names.contains(name),
        }
    }

    /// A field that both may have, as an example: `None` where there is none, `Some(None)` where it
    /// could be any.
    pub fn common(&self, other: &Self) -> Option<Option<String>> {
        match (self, other) {
            (Self::AnyBut(_), Self::AnyBut(_)) => Some(None),
            (Self::Among(names), others) | (others, Self::Among(names)) => {
                let mut both = names.iter().filter(|name| others.may_hold(name));
                both.next().map(|name| Some(name.clone()))
            }
        }
    }

    /// A field of this name may be there too.
    pub fn add(&mut self, name: &str) {
        match self {
            Self::Among(names) => drop(names.insert(name.to_owned())),
            Self::AnyBut(names) => drop(names.remove(name)),
        }
    }

    fn remove(&mut self, name: &str) {
        match self {
            Self::Among(names) => drop(names.remove(name)),
            Self::AnyBut(names) => drop(names.insert(name.to_owned())),
        }
    }
}

/// The fields at these paths, in the order of the value. Where a path ends, all below it is kept.
fn selected(value: Value, paths: &[&[String]]) -> Value {
    if paths.iter().any(|path| path.is_empty()) {
        return value;
    }
    match value {
        Value::Array(items) => Value::Array(
            items
                .into_iter()
                .map(|item| selected(item, paths))
                .collect(),
        ),
        Value::Object(object) => {
            let mut kept = Map::new();
            for (name, member) in object {
                let below: Vec<&[String]> = paths
                    .iter()
                    .filter_map(|path| path.split_first())
                    .filter(|(first, _)| **first == name)
                    .map(|(_, rest)| rest)
                    .collect();
                if !below.is_empty() {
                    kept.insert(name, selected(member, &below));
                }
            }
            Value::Object(kept)
        }
        other => other,
    }
}

/// Calls `change` with every object that holds the last name of the path, and that name.
fn at(value: &mut Value, path: &[String], change: &mut dyn FnMut(&mut Map<String, Value>, &str)) {
    match (value, path) {
        (Value::Array(items), _) => {
            for item in items {
                at(item, path, change);
            }
        }
        (Value::Object(object), [name]) => change(object, name),
        (Value::Object(object), [first, rest @ ..]) => {
            if let Some(member) = object.get_mut(first) {
                at(member, rest, change);
            }
        }
        _ => {}
    }
}

/// Calls a field otherwise and leaves it in its place; what had that name before gives way.
fn rename(object: &mut Map<String, Value>, from: &str, to: &str) {
    if from == to || !object.contains_key(from) {
        return;
    }
    object.shift_remove(to);
    let before = std::mem::take(object);
    for (name, member) in before {
        let name = if name == from { to.to_owned() } else { name };
        object.insert(name, member);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn path(text: &str) -> Vec<String> {
        text.split('.').map(str::to_owned).collect()
    }

    fn shape(select: &[&str], drop: &[&str], rename: &[(&str, &str)]) -> Shape {
        Shape {
            select: select.iter().map(|one| path(one)).collect(),
            drop: drop.iter().map(|one| path(one)).collect(),
            rename: rename
                .iter()
                .map(|(from, to)| (path(from), (*to).to_owned()))
                .collect(),
        }
    }

    #[test]
    fn fields_are_kept_dropped_and_renamed_at_any_depth_and_in_each_entry_of_a_list() {
        let user =
            json!({"id": 7, "name": "Ada", "address": {"city": "Bath", "zip": "1"}, "tags": []});
        for (shape, shaped) in [
            (shape(&[], &[], &[]), user.clone()),
            (
                shape(&["id", "address.city"], &[], &[]),
                json!({"id": 7, "address": {"city": "Bath"}}),
            ),
            (shape(&["id", "gone.x"], &[], &[]), json!({"id": 7})),
            (
                shape(&["address", "address.city"], &["address.zip"], &[]),
                json!({"address": {"city": "Bath"}}),
            ),
            (
                shape(
                    &["id", "name"],
                    &["gone"],
                    &[("name", "title"), ("gone", "x")],
                ),
                json!({"id": 7, "title": "Ada"}),
            ),
            (
                shape(&["id", "name"], &[], &[("name", "id")]),
                json!({"id": "Ada"}),
            ),
        ] {
            assert_eq!(shape.apply(user.clone()), shaped, "{shape:?}");
            let list = json!([user, user]);
            assert_eq!(shape.apply(list), json!([shaped, shaped]), "{shape:?}");
        }
        let nested = json!({"items": [{"id": 1, "x": 2}, {"id": 3}], "n": 1});
        let kept = shape(&["items.id"], &[], &[("items.id", "key")]).apply(nested);
        assert_eq!(kept, json!({"items": [{"key": 1}, {"key": 3}]}));
        assert_eq!(shape(&["id"], &[], &[]).apply(json!("text")), json!("text"));
    }

    #[test]
    fn a_renamed_field_stays_in_its_place() {
        let value = shape(&[], &[], &[("a", "z")]).apply(json!({"a": 1, "b": 2}));
        assert_eq!(value.to_string(), r#"{"z":1,"b":2}"#);
    }

    #[test]
    fn the_fields_that_may_be_there_are_known_beforehand() {
        let keys = |select, drop, rename| shape(select, drop, rename).keys();
        assert!(keys(&["a.b"], &[], &[]).may_hold("a"));
        assert!(!keys(&["a.b"], &[], &[]).may_hold("b"));
        assert!(keys(&[], &["a.b"], &[]).may_hold("a"));
        assert!(!keys(&[], &["a"], &[]).may_hold("a"));
        let renamed = keys(&["a"], &[], &[("a", "b")]);
        assert!(renamed.may_hold("b") && !renamed.may_hold("a"));
        let renamed = keys(&[], &["b"], &[("a", "b")]);
        assert!(renamed.may_hold("b") && !renamed.may_hold("a"));
        let unseen = keys(&["x"], &[], &[("a", "b")]);
        assert!(!unseen.may_hold("b"), "nothing is called `a`");
        assert_eq!(
            keys(&["a", "b"], &[], &[]).common(&keys(&["b"], &[], &[])),
            Some(Some("b".to_owned()))
        );
        assert_eq!(keys(&["a"], &[], &[]).common(&keys(&[], &["a"], &[])), None);
        assert_eq!(
            keys(&[], &["a"], &[]).common(&keys(&[], &["b"], &[])),
            Some(None)
        );
    }
}
