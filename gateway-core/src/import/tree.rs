//! A YAML or JSON document in which everything knows its line.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Number;
use serde_saphyr::{DuplicateKeyPolicy, Spanned};

/// Largest file read, in bytes.
pub const MAX_BYTES: usize = 12 * 1024 * 1024;

/// Deepest nesting read.
const MOST_DEPTH: usize = 100;

/// Most mappings, lists and scalars read, those that aliases repeat included.
const MOST_NODES: usize = 1_000_000;

/// Room for reading what is nested as deep as that.
const STACK_BYTES: usize = 64 * 1024 * 1024;

/// A value and the line it begins in, from 1.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Node {
    pub line: u32,
    pub value: Value,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
    List(Vec<Node>),
    Map(Vec<(Key, Node)>),
}

/// The name of a member, and its line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Key {
    pub name: String,
    pub line: u32,
}

/// Reads a document. Tags, includes and environment variables mean nothing; aliases, depth and size
/// are bounded. Members given twice are both kept.
///
/// # Errors
/// Why it cannot be read, in one line with its place.
pub(super) fn parse(text: &str) -> Result<Node, String> {
    if text.len() > MAX_BYTES {
        return Err(format!(
            "a file to import may have at most {} MiB",
            MAX_BYTES / 1024 / 1024
        ));
    }
    // Each level of nesting is a few calls; a thread of ours need not have room for so many.
    std::thread::scope(|scope| {
        let reader = std::thread::Builder::new()
            .name("import".to_owned())
            .stack_size(STACK_BYTES)
            .spawn_scoped(scope, || read(text));
        let failed = |_| Err("the system has no room to read a file at the moment".to_owned());
        match reader {
            Ok(reader) => reader.join().unwrap_or_else(failed),
            Err(_) => failed(Box::new(())),
        }
    })
}

/// Reads a document within bounds.
fn read(text: &str) -> Result<Node, String> {
    let budget = serde_saphyr::budget! {
        max_depth: MOST_DEPTH,
        flow_nesting_limit: MOST_DEPTH,
        max_nodes: MOST_NODES,
        max_events: 2 * MOST_NODES,
        max_documents: 1,
    };
    let aliases = serde_saphyr::alias_limits! {
        max_total_replayed_events: 200_000,
        max_replay_stack_depth: 32,
        max_alias_expansions_per_anchor: 2_000,
    };
    let options = serde_saphyr::options! {
        strict_booleans: true,
        duplicate_keys: DuplicateKeyPolicy::PassThrough,
        budget: budget,
        alias_limits: aliases,
    };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| {
        // The parser draws the place in several lines; a message has one.
        let text = error.to_string();
        format!(
            "this can be read neither as YAML nor as JSON: {}",
            text.lines().next().unwrap_or_default().trim()
        )
    })
}

impl Node {
    /// The members of a mapping; none of anything else.
    pub(super) fn members(&self) -> &[(Key, Node)] {
        match &self.value {
            Value::Map(members) => members,
            _ => &[],
        }
    }

    /// The items of a list; none of anything else.
    pub(super) fn items(&self) -> &[Node] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    /// The member called `name`; the first, where there are several.
    pub(super) fn get(&self, name: &str) -> Option<&Node> {
        let mut members = self.members().iter();
        members.find(|(key, _)| key.name == name).map(|(_, at)| at)
    }

    /// Text, or a number or truth value as it would be written.
    pub(super) fn text(&self) -> Option<String> {
        match &self.value {
            Value::Text(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            Value::Bool(truth) => Some(truth.to_string()),
            Value::Null | Value::List(_) | Value::Map(_) => None,
        }
    }

    /// What kind of value it is, in words.
    pub(super) fn kind(&self) -> &'static str {
        match &self.value {
            Value::Null => "nothing",
            Value::Bool(_) => "a truth value",
            Value::Number(_) => "a number",
            Value::Text(_) => "text",
            Value::List(_) => "a list",
            Value::Map(_) => "a mapping",
        }
    }

    /// As plain JSON, without lines. Of members given twice the last stays.
    pub(super) fn to_json(&self) -> serde_json::Value {
        use serde_json::Value as Json;
        match &self.value {
            Value::Null => Json::Null,
            Value::Bool(truth) => Json::Bool(*truth),
            Value::Number(number) => Json::Number(number.clone()),
            Value::Text(text) => Json::String(text.clone()),
            Value::List(items) => Json::Array(items.iter().map(Self::to_json).collect()),
            Value::Map(members) => {
                let pair = |(key, node): &(Key, Self)| (key.name.clone(), node.to_json());
                Json::Object(members.iter().map(pair).collect())
            }
        }
    }
}

fn line<T>(spanned: &Spanned<T>) -> u32 {
    u32::try_from(spanned.referenced.line()).unwrap_or(u32::MAX)
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<Value>::deserialize(deserializer)?;
        Ok(Self {
            line: line(&spanned),
            value: spanned.value,
        })
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        Value::deserialize(deserializer)
    }

    fn visit_bool<E>(self, truth: bool) -> Result<Value, E> {
        Ok(Value::Bool(truth))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(Value::Number(number.into()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(Value::Number(number.into()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        // Infinities are no JSON; as text they are told apart from numbers later.
        Ok(Number::from_f64(number).map_or_else(|| Value::Text(number.to_string()), Value::Number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(Value::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element::<Node>()? {
            list.push(item);
        }
        Ok(Value::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut map = Vec::new();
        while let Some(key) = members.next_key::<Spanned<String>>()? {
            let key = Key {
                line: line(&key),
                name: key.value,
            };
            map.push((key, members.next_value::<Node>()?));
        }
        Ok(Value::Map(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_knows_its_line() {
        let root = parse("a: 1\nb:\n  - x\n  - {c: 2}\n200: no\n").unwrap();
        let lines: Vec<_> = root
            .members()
            .iter()
            .map(|(key, node)| (key.name.as_str(), key.line, node.line))
            .collect();
        assert_eq!(lines, [("a", 1, 1), ("b", 2, 3), ("200", 5, 5)]);
        let items = root.get("b").unwrap().items();
        assert_eq!((items[0].line, items[1].line), (3, 4));
        assert_eq!(root.get("200").unwrap().text().as_deref(), Some("no"));
    }

    #[test]
    fn json_is_read_with_tabs_and_lines() {
        let root =
            parse("{\n\t\"a\": {\n\t\t\"b\": [1,\n\t\t\t2.5]\n\t},\n\t\"c\": \"\\u00e9\\/\"\n}")
                .unwrap();
        let b = root.get("a").unwrap().get("b").unwrap();
        assert_eq!(b.items()[1].line, 4);
        assert_eq!(root.get("c").unwrap().text().as_deref(), Some("é/"));
    }

    #[test]
    fn anchors_and_merges_are_data_of_where_they_are_used() {
        let root = parse("x: &x {a: 1}\ny: *x\nz:\n  <<: *x\n  b: 2\n").unwrap();
        assert_eq!(root.get("y").unwrap().line, 2);
        let z = root.get("z").unwrap();
        assert_eq!(z.get("a").unwrap().to_json(), 1);
        assert_eq!(z.get("b").unwrap().to_json(), 2);
    }

    #[test]
    fn members_given_twice_are_both_kept() {
        let root = parse("a: 1\na: 2\n").unwrap();
        assert_eq!(root.members().len(), 2);
        assert_eq!(root.get("a").unwrap().to_json(), 1);
    }

    /// reliability.md, item 35
    #[test]
    fn bombs_are_refused() {
        let mut aliases = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for n in 1..10 {
            let before = vec![format!("*a{}", n - 1); 10].join(", ");
            aliases.push_str(&format!("a{n}: &a{n} [{before}]\n"));
        }
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        let deep_blocks: String = (0..500).map(|n| format!("{}a:\n", " ".repeat(n))).collect();
        let large = format!("a: {}", "x".repeat(MAX_BYTES));
        let itself = "a: &a [*a]".to_owned();
        let many = format!("[{}]", "1,".repeat(MOST_NODES + 1));
        for (what, text) in [
            ("aliases", aliases),
            ("deep", deep),
            ("deep blocks", deep_blocks),
            ("large", large),
            ("itself", itself),
            ("many", many),
            ("two documents", "a: 1\n---\nb: 2\n".to_owned()),
            ("half", "{\"a\": [1, 2".to_owned()),
        ] {
            let error = parse(&text).expect_err(what);
            assert!(
                !error.contains('\n') && error.len() < 400,
                "{what}: {error}"
            );
        }
    }
}
