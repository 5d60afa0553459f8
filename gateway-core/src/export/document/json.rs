//! Writes documents as JSON.

use serde_json::Value;

use super::{Node, quoted};
use crate::export::lines::Lines;
use crate::export::{File, Place};

/// A file of JSON, and where settings stand in it.
pub(in crate::export) fn json(name: &str, node: &Node) -> (File, Vec<(String, Place)>) {
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
