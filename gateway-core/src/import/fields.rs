//! Reads the members of a mapping, and lists those that nobody asked for.

use std::cell::{Cell, RefCell};
use std::collections::HashSet;

use super::finding::{Findings, Grade, Place};
use super::tree::{Key, Node, Value};

/// The members of a mapping that is read as something, such as a route.
pub(super) struct Fields<'n> {
    /// What it is, in words, such as ``route `orders` ``.
    pub about: String,
    /// Put before the names of its fields in findings, such as `plugins.cors.`.
    prefix: String,
    /// The line it begins in.
    pub line: u32,
    members: &'n [(Key, Node)],
    read: RefCell<HashSet<&'n str>>,
    count: Cell<u32>,
}

impl<'n> Fields<'n> {
    /// The members of `node`. What is no mapping is told and has none.
    pub(super) fn of(node: &'n Node, about: impl Into<String>, findings: &mut Findings) -> Self {
        Self::within(node, about, "", findings)
    }

    /// As [`Self::of`], with a prefix for the names of fields.
    pub(super) fn within(
        node: &'n Node,
        about: impl Into<String>,
        prefix: &str,
        findings: &mut Findings,
    ) -> Self {
        let this = Self {
            about: about.into(),
            prefix: prefix.to_owned(),
            line: node.line,
            members: node.members(),
            read: RefCell::default(),
            count: Cell::new(0),
        };
        if !matches!(node.value, Value::Map(_) | Value::Null) {
            let field = prefix.trim_end_matches('.');
            let message = format!(
                "this is {} where a mapping belongs; it was not read",
                node.kind()
            );
            let place = Place {
                about: &this.about,
                field,
                line: node.line,
            };
            findings.add(Grade::LeftOut, place, message);
        }
        let mut names = HashSet::new();
        for (key, _) in this.members {
            if !names.insert(&key.name) {
                let field = format!("{prefix}{}", key.name);
                let place = Place {
                    about: &this.about,
                    field: &field,
                    line: key.line,
                };
                findings.add(
                    Grade::LeftOut,
                    place,
                    "this is given twice; the first was taken",
                );
            }
        }
        this
    }

    /// The member called `name`; given without a value it is not there.
    pub(super) fn get(&self, name: &'static str) -> Option<&'n Node> {
        self.read.borrow_mut().insert(name);
        let (_, node) = self.members.iter().find(|(key, _)| key.name == name)?;
        self.count.set(self.count.get() + 1);
        (node.value != Value::Null).then_some(node)
    }

    /// Says that these are known and mean nothing here.
    pub(super) fn ignore(&self, names: &[&'static str]) {
        self.read.borrow_mut().extend(names);
    }

    /// Text.
    pub(super) fn text(&self, name: &'static str, findings: &mut Findings) -> Option<String> {
        let node = self.get(name)?;
        node.text()
            .or_else(|| self.wrong(name, node, "text", findings))
    }

    /// A whole number that is not negative.
    pub(super) fn number(&self, name: &'static str, findings: &mut Findings) -> Option<u64> {
        let node = self.get(name)?;
        let number = match &node.value {
            Value::Number(number) => number
                .as_u64()
                .or_else(|| number.as_f64().and_then(whole_number)),
            Value::Text(text) => text.trim().parse().ok(),
            _ => None,
        };
        number.or_else(|| self.wrong(name, node, "a whole number", findings))
    }

    /// A truth value.
    pub(super) fn truth(&self, name: &'static str, findings: &mut Findings) -> Option<bool> {
        let node = self.get(name)?;
        match &node.value {
            Value::Bool(truth) => Some(*truth),
            _ => self.wrong(name, node, "`true` or `false`", findings),
        }
    }

    /// A list of texts; one text alone is a list of one.
    pub(super) fn texts(&self, name: &'static str, findings: &mut Findings) -> Vec<(String, u32)> {
        let Some(node) = self.get(name) else {
            return Vec::new();
        };
        let mut texts = Vec::new();
        match &node.value {
            Value::List(items) => {
                for item in items {
                    match item.text() {
                        Some(text) => texts.push((text, item.line)),
                        None => drop(self.wrong::<()>(name, item, "text", findings)),
                    }
                }
            }
            _ => match node.text() {
                Some(text) => texts.push((text, node.line)),
                None => drop(self.wrong::<()>(name, node, "a list", findings)),
            },
        }
        texts
    }

    /// The items of a list.
    pub(super) fn list(&self, name: &'static str, findings: &mut Findings) -> &'n [Node] {
        let Some(node) = self.get(name) else {
            return &[];
        };
        if !matches!(node.value, Value::List(_)) {
            self.wrong::<()>(name, node, "a list", findings);
        }
        node.items()
    }

    /// Tells something about the field `name`, if it is there.
    pub(super) fn tell(
        &self,
        name: &'static str,
        grade: Grade,
        message: &str,
        findings: &mut Findings,
    ) {
        if self.get(name).is_some() {
            self.find(name, grade, message, findings);
        }
    }

    /// Adds a finding about the field `name`.
    pub(super) fn find(
        &self,
        name: &str,
        grade: Grade,
        message: impl Into<String>,
        findings: &mut Findings,
    ) {
        let field = self.field(name);
        findings.add(grade, self.place(name, &field), message);
    }

    /// Adds a finding about the field `name`, of something that lets more through than before.
    pub(super) fn find_less_strict(
        &self,
        name: &str,
        grade: Grade,
        message: impl Into<String>,
        findings: &mut Findings,
    ) {
        let field = self.field(name);
        findings.less_strict(grade, self.place(name, &field), message);
    }

    /// The name of a field as findings call it.
    pub(super) fn field(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
            .trim_end_matches('.')
            .to_owned()
    }

    /// Where the field `name` stands.
    pub(super) fn place<'a>(&'a self, name: &str, field: &'a str) -> Place<'a> {
        let at = self.members.iter().find(|(key, _)| key.name == name);
        Place {
            about: &self.about,
            field,
            line: at.map_or(self.line, |(key, _)| key.line),
        }
    }

    /// Lists every member that was not asked for.
    pub(super) fn finish(self, findings: &mut Findings) {
        let read = self.read.borrow();
        for (key, _) in self.members {
            if read.contains(key.name.as_str()) {
                continue;
            }
            let field = self.field(&key.name);
            let place = Place {
                about: &self.about,
                field: &field,
                line: key.line,
            };
            let name: String = key.name.chars().take(80).collect();
            findings.of_many(
                Grade::LeftOut,
                place,
                format!("nothing is known here of a field `{name}`; it was not read"),
            );
        }
        findings.fields += self.count.get();
    }

    fn wrong<T>(
        &self,
        name: &str,
        node: &Node,
        wanted: &str,
        findings: &mut Findings,
    ) -> Option<T> {
        let field = self.field(name);
        let message = format!(
            "this is {} where {wanted} belongs; it was not read",
            node.kind()
        );
        let place = Place {
            about: &self.about,
            field: &field,
            line: node.line,
        };
        findings.add(Grade::LeftOut, place, message);
        None
    }
}

fn whole_number(number: f64) -> Option<u64> {
    let whole = (0.0..=1e15).contains(&number) && number.fract() == 0.0;
    whole.then_some(number as u64)
}
