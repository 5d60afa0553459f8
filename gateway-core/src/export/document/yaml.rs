//! Writes documents as YAML in block style, with remarks.

use serde_json::Value;

use super::{Node, Quote};
use crate::export::lines::Lines;
use crate::export::{File, Place};

/// A file of YAML in the making, and where settings stand in it.
pub(in crate::export) struct Yaml {
    lines: Lines,
    quote: Quote,
    /// Whether a document is in it.
    begun: bool,
}

impl Yaml {
    /// A file of this name that begins with remarks.
    pub(in crate::export) fn new(name: &str, quote: Quote, remarks: &[&str]) -> Self {
        let mut yaml = Self {
            lines: Lines::new(name),
            quote,
            begun: false,
        };
        for text in remarks {
            yaml.remark(text);
        }
        yaml
    }

    /// Adds a remark, in one line.
    pub(in crate::export) fn remark(&mut self, text: &str) {
        self.lines
            .put(format!("# {}", text.replace(['\r', '\n'], " ")));
    }

    /// Adds a line as it is: one that means something though it is a remark.
    pub(in crate::export) fn line(&mut self, text: &str) {
        self.lines.put(text);
    }

    /// Adds a document; all but the first come after `---`.
    pub(in crate::export) fn document(&mut self, node: &Node) {
        if std::mem::replace(&mut self.begun, true) {
            self.lines.put("---");
        }
        self.block(node, 0, String::new());
    }

    /// The file, and where settings stand in it.
    pub(in crate::export) fn finish(self) -> (File, Vec<(String, Place)>) {
        self.lines.finish()
    }

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
