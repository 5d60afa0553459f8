//! JSON, compared by its structure: members by their names in any order, elements of arrays by what
//! they hold. Numbers are compared as they are written, so that none loses a digit.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Error as _, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;
use similar::{Algorithm, DiffOp, capture_diff_slices};
use utoipa::ToSchema;

/// How deep documents are looked into; deeper ones are compared as text.
const DEEPEST: usize = 100;
/// Longer values are cut off where they are shown.
const LONGEST: usize = 2_000;

/// A value that is not the same in both documents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct JsonChange {
    /// Where, such as `$.items[2].price`. Of an element that was removed, where it stood before.
    #[schema(example = "$.items[2].price")]
    pub path: String,
    /// The value of the first, as JSON; absent where it has none.
    pub before: Option<String>,
    /// The value of the other.
    pub after: Option<String>,
}

/// A document, in the form in which two that mean the same are equal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Node {
    /// `null`, a boolean or a number, as it is written; a string, written in the one way.
    Scalar(String),
    Array(Vec<Node>),
    Object(BTreeMap<String, Node>),
}

/// What differs, or `None` where one of them is no JSON, or JSON of a kind that has no structure
/// worth the name: deeper than anything a person reads, or with two members of one name.
pub(super) fn compare(before: &str, after: &str) -> Option<Vec<JsonChange>> {
    let (before, after) = (Node::read(before)?, Node::read(after)?);
    let mut changes = Vec::new();
    differ(&before, &after, "$", &mut changes);
    Some(changes)
}

fn differ(before: &Node, after: &Node, path: &str, changes: &mut Vec<JsonChange>) {
    match (before, after) {
        _ if before == after => {}
        (Node::Object(old), Node::Object(new)) => {
            for (name, old) in old {
                let path = member(path, name);
                match new.get(name) {
                    Some(new) => differ(old, new, &path, changes),
                    None => changes.push(change(path, Some(old), None)),
                }
            }
            for (name, new) in new.iter().filter(|(name, _)| !old.contains_key(*name)) {
                changes.push(change(member(path, name), None, Some(new)));
            }
        }
        (Node::Array(old), Node::Array(new)) => elements(old, new, path, changes),
        _ => changes.push(change(path.to_owned(), Some(before), Some(after))),
    }
}

fn elements(old: &[Node], new: &[Node], path: &str, changes: &mut Vec<JsonChange>) {
    let at = |index: usize| format!("{path}[{index}]");
    for operation in capture_diff_slices(Algorithm::Myers, old, new) {
        let (old_range, new_range) = (operation.old_range(), operation.new_range());
        if matches!(operation, DiffOp::Equal { .. }) {
            continue;
        }
        // What stands in the place of something else is compared with it.
        let pairs = old_range.len().min(new_range.len());
        for offset in 0..pairs {
            let (from, to) = (old_range.start + offset, new_range.start + offset);
            differ(&old[from], &new[to], &at(to), changes);
        }
        for index in old_range.skip(pairs) {
            changes.push(change(at(index), Some(&old[index]), None));
        }
        for index in new_range.skip(pairs) {
            changes.push(change(at(index), None, Some(&new[index])));
        }
    }
}

/// `$.name`, or `$["odd name"]`.
fn member(path: &str, name: &str) -> String {
    let is_plain = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
    match is_plain {
        true => format!("{path}.{name}"),
        false => format!("{path}[{}]", quoted(name)),
    }
}

fn change(path: String, before: Option<&Node>, after: Option<&Node>) -> JsonChange {
    JsonChange {
        path,
        before: before.map(shown),
        after: after.map(shown),
    }
}

fn shown(node: &Node) -> String {
    let mut text = String::new();
    node.write(&mut text);
    match text.char_indices().nth(LONGEST) {
        None => text,
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("a string is JSON")
}

impl Node {
    fn read(text: &str) -> Option<Self> {
        // Each level is read once more by the next, so what is too deep is not begun with.
        if depth(text) > DEEPEST {
            return None;
        }
        let raw: &RawValue = serde_json::from_str(text).ok()?;
        Self::of(raw, DEEPEST)
    }

    fn of(raw: &RawValue, depth: usize) -> Option<Self> {
        let depth = depth.checked_sub(1)?;
        let text = raw.get();
        Some(match text.as_bytes().first()? {
            b'{' => {
                let Members(members) = serde_json::from_str(text).ok()?;
                let read = members
                    .into_iter()
                    .map(|(name, value)| Some((name, Self::of(value, depth)?)));
                Self::Object(read.collect::<Option<_>>()?)
            }
            b'[' => {
                let Elements(elements) = serde_json::from_str(text).ok()?;
                let read = elements.into_iter().map(|value| Self::of(value, depth));
                Self::Array(read.collect::<Option<_>>()?)
            }
            b'"' => Self::Scalar(quoted(&serde_json::from_str::<String>(text).ok()?)),
            _ => Self::Scalar(text.to_owned()),
        })
    }

    fn write(&self, text: &mut String) {
        // No more than is shown, and a little more to know that there is.
        if text.len() > 4 * LONGEST + 4 {
            return;
        }
        match self {
            Self::Scalar(scalar) => text.push_str(scalar),
            Self::Array(elements) => {
                text.push('[');
                for (index, element) in elements.iter().enumerate() {
                    text.push_str(if index == 0 { "" } else { ", " });
                    element.write(text);
                }
                text.push(']');
            }
            Self::Object(members) => {
                text.push('{');
                for (index, (name, value)) in members.iter().enumerate() {
                    text.push_str(if index == 0 { "" } else { ", " });
                    text.push_str(&quoted(name));
                    text.push_str(": ");
                    value.write(text);
                }
                text.push('}');
            }
        }
    }
}

/// How many arrays and objects stand in each other.
fn depth(text: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    let (mut quoted, mut escaped) = (false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'[' | b'{' if !quoted => depth += 1,
            b']' | b'}' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

/// The members of an object, as they are written.
struct Members<'a>(BTreeMap<String, &'a RawValue>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;
        impl<'de> Visitor<'de> for Read {
            type Value = BTreeMap<String, &'de RawValue>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = BTreeMap::new();
                while let Some((name, value)) = map.next_entry()? {
                    if members.insert(name, value).is_some() {
                        return Err(A::Error::custom("two members of one name"));
                    }
                }
                Ok(members)
            }
        }
        deserializer.deserialize_map(Read).map(Self)
    }
}

/// The elements of an array, as they are written.
struct Elements<'a>(Vec<&'a RawValue>);

impl<'de: 'a, 'a> Deserialize<'de> for Elements<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;
        impl<'de> Visitor<'de> for Read {
            type Value = Vec<&'de RawValue>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an array")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let mut elements = Vec::new();
                while let Some(element) = seq.next_element()? {
                    elements.push(element);
                }
                Ok(elements)
            }
        }
        deserializer.deserialize_seq(Read).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn changes(before: &str, after: &str) -> Vec<(String, Option<String>, Option<String>)> {
        let changes = compare(before, after).unwrap();
        let taken = changes.into_iter().map(|c| (c.path, c.before, c.after));
        taken.collect()
    }

    fn one(path: &str, before: &str, after: &str) -> (String, Option<String>, Option<String>) {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        (path.to_owned(), some(before), some(after))
    }

    #[test]
    fn values_are_named_by_their_paths() {
        assert_eq!(
            changes(
                r#"{"a":{"b":1,"old":true},"odd name":"x","same":[1,{"y":2}]}"#,
                r#"{"odd name":"z","a":{"b":"1","new":null},"same":[1,{"y":2}]}"#,
            ),
            [
                one("$.a.b", "1", "\"1\""),
                one("$.a.old", "true", ""),
                one("$.a.new", "", "null"),
                one(r#"$["odd name"]"#, "\"x\"", "\"z\""),
            ]
        );
    }

    #[test]
    fn an_element_put_in_front_does_not_make_all_others_different() {
        assert_eq!(
            changes(r#"[{"id":1},{"id":2}]"#, r#"[{"id":0},{"id":1},{"id":2}]"#),
            [one("$[0]", "", r#"{"id": 0}"#)]
        );
        assert_eq!(
            changes(r#"[{"id":1,"n":1},5]"#, r#"[{"id":1,"n":2},5]"#),
            [one("$[0].n", "1", "2")]
        );
    }

    #[test]
    fn numbers_keep_every_digit_and_strings_are_compared_by_what_they_mean() {
        assert_eq!(
            changes("[12345678901234567890]", "[12345678901234567891]"),
            [one("$[0]", "12345678901234567890", "12345678901234567891")]
        );
        assert_eq!(changes(r#"["\u0041"]"#, r#"["A"]"#), []);
    }

    #[test]
    fn what_is_no_plain_json_is_not_compared_as_such() {
        assert!(compare("{", "{}").is_none());
        assert!(compare(r#"{"a":1,"a":2}"#, "{}").is_none());
        let deep = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
        assert!(compare(&deep, &deep).is_none());
    }

    fn json() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<i64>().prop_map(Into::into),
            "[a-c\"]{0,3}".prop_map(Into::into),
        ];
        leaf.prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
                prop::collection::btree_map("[a-d]{1,2}", inner, 0..4)
                    .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn documents_differ_exactly_where_they_are_not_equal(a in json(), b in json()) {
            let pretty = serde_json::to_string_pretty(&a).unwrap();
            prop_assert_eq!(compare(&a.to_string(), &pretty), Some(Vec::new()));
            let changes = compare(&a.to_string(), &b.to_string()).unwrap();
            prop_assert_eq!(changes.is_empty(), a == b);
            let back = compare(&b.to_string(), &a.to_string()).unwrap();
            prop_assert_eq!(back.is_empty(), a == b);
        }
    }
}
