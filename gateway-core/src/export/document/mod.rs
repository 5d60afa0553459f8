//! Documents of other products, as YAML or JSON: every text is quoted, so that nothing in it can say
//! more than itself, and each setting knows the line it stands in.

mod json;
mod plain;
mod quote;
mod yaml;

use serde_json::Value;

pub(super) use json::json;
pub(super) use plain::{about, about_all};
pub(super) use quote::{Quote, quoted, quoted_without_places};
pub(super) use yaml::Yaml;

/// A document, or a part of one.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Node {
    /// Members, in their order.
    Map(Vec<(String, Node)>),
    /// Items.
    List(Vec<Node>),
    /// A text, a number or a truth value.
    Scalar(Value),
    /// Characters that are written as they are: a placeholder, and never a text of somebody's.
    Raw(String),
    /// What a setting comes to.
    Of(String, Box<Node>),
}

impl<T: Into<Value>> From<T> for Node {
    fn from(value: T) -> Self {
        match value.into() {
            Value::Object(mut members) => {
                let settings = plain::take_settings(&mut members);
                let members = members.into_iter();
                let map = Self::Map(
                    members
                        .map(|(name, member)| (name, member.into()))
                        .collect(),
                );
                settings.into_iter().rev().fold(map, Self::of)
            }
            Value::Array(items) => Self::List(items.into_iter().map(Self::from).collect()),
            scalar => Self::Scalar(scalar),
        }
    }
}

impl Node {
    /// Members of these names.
    pub(super) fn map<const N: usize>(members: [(&str, Self); N]) -> Self {
        Self::Map(
            members
                .into_iter()
                .map(|(name, member)| (name.to_owned(), member))
                .collect(),
        )
    }

    /// The same, as what a setting comes to.
    pub(super) fn of(self, path: impl Into<String>) -> Self {
        Self::Of(path.into(), Box::new(self))
    }

    /// Puts a member at the end of a map.
    pub(super) fn put(&mut self, name: &str, member: impl Into<Self>) {
        match self {
            Self::Map(members) => members.push((name.to_owned(), member.into())),
            Self::Of(_, inner) => inner.put(name, member),
            Self::List(_) | Self::Scalar(_) | Self::Raw(_) => {}
        }
    }

    fn bare(&self) -> &Self {
        match self {
            Self::Of(_, inner) => inner.bare(),
            node => node,
        }
    }

    /// Whether it needs several lines: something in it has parts of its own.
    fn is_block(&self) -> bool {
        match self.bare() {
            Self::Map(members) => !members.is_empty(),
            Self::List(items) => items
                .iter()
                .any(|item| !matches!(item.bare(), Self::Scalar(_) | Self::Raw(_))),
            Self::Scalar(_) | Self::Raw(_) | Self::Of(..) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The value without what says where settings stand.
    fn plain(node: &Node) -> Value {
        match node {
            Node::Of(_, inner) => plain(inner),
            Node::Scalar(value) => value.clone(),
            Node::Raw(text) => text.clone().into(),
            Node::List(items) => items.iter().map(plain).collect(),
            Node::Map(members) => members
                .iter()
                .map(|(name, member)| (name.clone(), plain(member)))
                .collect(),
        }
    }

    fn sample() -> Node {
        let odd = "a: \"b\"\n- c # \u{2028}\u{85}${{ env \"X\" }} 'é'";
        Node::map([
            ("empty", Node::Map(Vec::new())),
            ("none", Node::List(Vec::new())),
            ("numbers", vec![1, 2].into()),
            (
                "list",
                Node::List(vec![
                    Node::map([
                        ("fine", true.into()),
                        ("off", true.into()),
                        (odd, odd.into()),
                    ])
                    .of("routes[0]"),
                    Node::List(vec![Node::map([("deep", "no".into())])]),
                    Node::Scalar("~".into()),
                ]),
            ),
            ("last", Node::from("1e3").of("routes[1].name")),
        ])
    }

    #[test]
    fn what_is_written_reads_back_the_same_in_both_notations() {
        let node = sample();
        let mut yaml = Yaml::new("x", quoted, &["first"]);
        yaml.document(&node);
        yaml.remark("END");
        let (file, _) = yaml.finish();
        let options = serde_saphyr::options! { strict_booleans: true };
        let read: Value = serde_saphyr::from_str_with_options(&file.text, options).unwrap();
        assert_eq!(read, plain(&node), "{}", file.text);
        assert!(file.text.ends_with("# END\n"));
        let (file, _) = super::json("x", &node);
        let read: Value = serde_json::from_str(&file.text).unwrap();
        assert_eq!(read, plain(&node), "{}", file.text);
    }

    #[test]
    fn settings_know_their_lines() {
        let node = sample();
        let mut yaml = Yaml::new("x", quoted, &[]);
        yaml.document(&node);
        let (file, marks) = yaml.finish();
        for (path, holds) in [("routes[0]", "- fine"), ("routes[1].name", "last:")] {
            let (_, place) = marks.iter().find(|(marked, _)| marked == path).unwrap();
            let line = file.text.lines().nth(place.line - 1).unwrap();
            assert!(line.contains(holds), "{line}");
        }
    }

    #[test]
    fn whatever_a_text_holds_it_is_read_back_and_nothing_else() {
        let texts = [
            "",
            "off",
            "1",
            "a: b",
            "- a",
            "#",
            "\"",
            "\\",
            "\n",
            "\t",
            "\u{85}",
            "\u{2028}",
            "é",
            "\u{1f600}",
            "%YAML",
            "{{x}}",
            "null",
            "---",
            "\r\n---\nb: 1",
            "\0",
        ];
        let mut value = json!({"a": texts, "off": {"b": [[1, []], {"c": {}, "d": [true, null]}]}});
        for text in texts {
            value["keys"][text] = json!(text);
        }
        let mut yaml = Yaml::new("x", quoted, &["a\n- b"]);
        yaml.document(&value.clone().into());
        let (file, _) = yaml.finish();
        let read: Value = serde_saphyr::from_str(&file.text).unwrap();
        assert_eq!(read, value, "{}", file.text);
    }

    #[test]
    fn plain_data_leads_to_the_lines_that_are_about_settings_and_they_are_not_written() {
        let mut inner = about_all(&["routes[0]".to_owned(), "routes[0].match".to_owned()]);
        inner.insert("a".to_owned(), json!("\0about"));
        let document = json!({ "first": [1], "second": inner });
        let (file, marks) = super::json("x.json", &document.into());
        let read: Value = serde_json::from_str(&file.text).unwrap();
        assert_eq!(read, json!({ "first": [1], "second": { "a": "\0about" } }));
        assert_eq!(marks.len(), 2);
        for (_, place) in &marks {
            let line = file.text.lines().nth(place.line - 1).unwrap();
            assert!(line.contains("\"second\""), "{line}");
        }
    }

    #[test]
    fn each_document_but_the_first_comes_after_a_line_of_its_own() {
        let mut yaml = Yaml::new("x", quoted, &["remark"]);
        yaml.document(&json!({ "all": [{ "name": "a" }] }).into());
        yaml.document(&json!({ "more": 1 }).into());
        let (file, _) = yaml.finish();
        assert_eq!(file.text, "# remark\nall:\n  - name: \"a\"\n---\nmore: 1\n");
    }
}
