//! Documents of other products, as YAML or JSON: every text is quoted, so that nothing in it can say
//! more than itself, and each setting knows the line it stands in.

use serde_json::Value;

use super::lines::Lines;
use super::{File, Place};

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
            Value::Object(members) => Self::Map(
                members
                    .into_iter()
                    .map(|(name, member)| (name, member.into()))
                    .collect(),
            ),
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

/// How a text is quoted.
pub(super) type Quote = fn(&str) -> String;

/// A text in quotes in which the places that decK and APISIX fill in from the environment (`${{…}}`) are
/// escaped.
pub(super) fn quoted_without_places(text: &str) -> String {
    quoted(text).replace("${{", "\\u0024{{")
}

/// A text as JSON has it; what some readers take for the end of a line is escaped too.
pub(super) fn quoted(text: &str) -> String {
    let json = Value::from(text).to_string();
    let mut made = String::with_capacity(json.len());
    for c in json.chars() {
        match c {
            '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' => {
                made.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            c => made.push(c),
        }
    }
    made
}

/// A file of YAML, and where settings stand in it. `head` are comments before it, `tail` after it.
pub(super) fn yaml(
    name: &'static str,
    node: &Node,
    quote: Quote,
    head: &[&str],
    tail: &[&str],
) -> (File, Vec<(String, Place)>) {
    let mut writer = Yaml {
        lines: Lines::new(name),
        quote,
    };
    for line in head {
        writer.lines.put(format!("# {line}"));
    }
    writer.block(node, 0, String::new());
    for line in tail {
        writer.lines.put(format!("#{line}"));
    }
    writer.lines.finish()
}

struct Yaml {
    lines: Lines,
    quote: Quote,
}

impl Yaml {
    /// Writes a block, its first line after `lead` instead of spaces.
    fn block(&mut self, node: &Node, indent: usize, lead: String) {
        let mut lead = Some(lead);
        let mut start = || lead.take().unwrap_or_else(|| " ".repeat(indent));
        match node {
            Node::Of(path, inner) => {
                self.lines.mark(path);
                let lead = start();
                self.block(inner, indent, lead);
            }
            Node::Map(members) => {
                for (name, member) in members {
                    let key = format!("{}{}:", start(), key(name, self.quote));
                    self.marks(member);
                    match member.is_block() {
                        false => {
                            let text = self.flow(member);
                            self.lines.put(format!("{key} {text}"));
                        }
                        true => {
                            self.lines.put(key);
                            let within = " ".repeat(indent + 2);
                            self.block(member, indent + 2, within);
                        }
                    }
                }
            }
            Node::List(items) => {
                for item in items {
                    let dash = format!("{}- ", start());
                    self.marks(item);
                    match item.is_block() {
                        false => {
                            let text = self.flow(item);
                            self.lines.put(format!("{dash}{text}"));
                        }
                        true => self.block(item, indent + 2, dash),
                    }
                }
            }
            Node::Scalar(_) | Node::Raw(_) => {
                let text = format!("{}{}", start(), self.flow(node));
                self.lines.put(text);
            }
        }
    }

    /// Marks the line to come as that of what is written in it.
    fn marks(&mut self, node: &Node) {
        if let Node::Of(path, inner) = node {
            self.lines.mark(path);
            self.marks(inner);
        }
    }

    /// In one line.
    fn flow(&self, node: &Node) -> String {
        match node.bare() {
            Node::Scalar(Value::String(text)) => (self.quote)(text),
            Node::Scalar(value) => value.to_string(),
            Node::Raw(text) => text.clone(),
            Node::List(items) => {
                let items: Vec<_> = items.iter().map(|item| self.flow(item)).collect();
                format!("[{}]", items.join(", "))
            }
            Node::Map(members) => {
                let members: Vec<_> = members
                    .iter()
                    .map(|(name, member)| {
                        format!("{}: {}", key(name, self.quote), self.flow(member))
                    })
                    .collect();
                format!("{{{}}}", members.join(", "))
            }
            Node::Of(..) => String::new(),
        }
    }
}

/// A member's name: bare where every reader takes it for a text.
fn key(name: &str, quote: Quote) -> String {
    let bare = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    let other = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];
    match bare && !other.contains(&name.to_ascii_lowercase().as_str()) {
        true => name.to_owned(),
        false => quote(name),
    }
}

/// A file of JSON, and where settings stand in it.
pub(super) fn json(name: &'static str, node: &Node) -> (File, Vec<(String, Place)>) {
    let mut lines = Lines::new(name);
    json_lines(&mut lines, node, 0, "", "");
    lines.finish()
}

fn json_lines(lines: &mut Lines, node: &Node, indent: usize, lead: &str, tail: &str) {
    let space = " ".repeat(indent);
    let last = |n: usize, len: usize| if n + 1 == len { "" } else { "," };
    match node {
        Node::Of(path, inner) => {
            lines.mark(path);
            json_lines(lines, inner, indent, lead, tail);
        }
        Node::Map(members) if !members.is_empty() => {
            lines.put(format!("{space}{lead}{{"));
            for (n, (name, member)) in members.iter().enumerate() {
                let lead = format!("{}: ", quoted(name));
                json_lines(lines, member, indent + 2, &lead, last(n, members.len()));
            }
            lines.put(format!("{space}}}{tail}"));
        }
        Node::List(items) if node.is_block() => {
            lines.put(format!("{space}{lead}["));
            for (n, item) in items.iter().enumerate() {
                json_lines(lines, item, indent + 2, "", last(n, items.len()));
            }
            lines.put(format!("{space}]{tail}"));
        }
        Node::Map(_) => lines.put(format!("{space}{lead}{{}}{tail}")),
        Node::List(items) => {
            let items: Vec<_> = items.iter().map(scalar).collect();
            lines.put(format!("{space}{lead}[{}]{tail}", items.join(", ")));
        }
        Node::Scalar(_) | Node::Raw(_) => {
            lines.put(format!("{space}{lead}{}{tail}", scalar(node)));
        }
    }
}

fn scalar(node: &Node) -> String {
    match node.bare() {
        Node::Scalar(Value::String(text)) => quoted(text),
        Node::Scalar(value) => value.to_string(),
        Node::Raw(text) => text.clone(),
        Node::Map(_) | Node::List(_) | Node::Of(..) => String::new(),
    }
}

#[cfg(test)]
mod tests {
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
        let (file, _) = yaml("x", &node, quoted, &["first"], &["END"]);
        let options = serde_saphyr::options! { strict_booleans: true };
        let read: Value = serde_saphyr::from_str_with_options(&file.text, options).unwrap();
        assert_eq!(read, plain(&node), "{}", file.text);
        assert!(file.text.ends_with("#END\n"));
        let (file, _) = json("x", &node);
        let read: Value = serde_json::from_str(&file.text).unwrap();
        assert_eq!(read, plain(&node), "{}", file.text);
    }

    #[test]
    fn settings_know_their_lines() {
        let node = sample();
        let (file, marks) = yaml("x", &node, quoted, &[], &[]);
        for (path, holds) in [("routes[0]", "- fine"), ("routes[1].name", "last:")] {
            let (_, place) = marks.iter().find(|(marked, _)| marked == path).unwrap();
            let line = file.text.lines().nth(place.line - 1).unwrap();
            assert!(line.contains(holds), "{line}");
        }
    }
}
