//! YAML in block style from plain data, with the lines where settings stand. Every text is written
//! between quotation marks, so none can end, begin or mean anything else.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::{File, Place};

/// A key that is not written: its value is the settings that the mapping it stands in is about.
const MARK: &str = "\0about";

/// Says that a mapping is about a setting.
pub(super) fn about(value: &mut Value, path: impl Into<String>) {
    if let Value::Object(map) = value {
        let marks = map.entry(MARK).or_insert_with(|| Value::Array(Vec::new()));
        if let Value::Array(all) = marks {
            all.push(Value::String(path.into()));
        }
    }
}

/// A file, and where settings stand in it.
pub(super) struct Yaml {
    name: String,
    text: String,
    line: usize,
    marks: Vec<(String, Place)>,
}

impl Yaml {
    /// A file of this name that begins with remarks, one a line.
    pub(super) fn new(name: impl Into<String>, remarks: &[String]) -> Self {
        let mut yaml = Self {
            name: name.into(),
            text: String::new(),
            line: 1,
            marks: Vec::new(),
        };
        for remark in remarks {
            yaml.put(&format!("# {}", remark.replace(['\r', '\n'], " ")));
        }
        yaml
    }

    /// Adds a document; all but the first come after `---`.
    pub(super) fn document(&mut self, value: &Value) {
        if self.text.lines().any(|line| !line.starts_with('#')) {
            self.put("---");
        }
        match value {
            Value::Object(map) => self.mapping(map, "", ""),
            other => self.put(&scalar(other)),
        }
    }

    /// The file, and where settings stand in it.
    pub(super) fn finish(self) -> (File, Vec<(String, Place)>) {
        let file = File {
            name: self.name,
            text: self.text,
        };
        (file, self.marks)
    }

    fn put(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
        self.line += 1;
    }

    /// Writes a mapping whose first line begins with `first` and whose others with `rest`.
    fn mapping(&mut self, map: &Map<String, Value>, first: &str, rest: &str) {
        if let Some(Value::Array(paths)) = map.get(MARK) {
            for path in paths.iter().filter_map(Value::as_str) {
                if self.marks.iter().all(|(marked, _)| marked != path) {
                    let place = Place {
                        file: self.name.clone(),
                        line: self.line,
                    };
                    self.marks.push((path.to_owned(), place));
                }
            }
        }
        let mut lead = first;
        for (key, value) in map.iter().filter(|(key, _)| *key != MARK) {
            self.entry(&format!("{lead}{}:", word(key)), value, rest);
            lead = rest;
        }
    }

    /// Writes what comes after `lead`, the beginning of its line.
    fn entry(&mut self, lead: &str, value: &Value, indent: &str) {
        if let Some(short) = in_line(value) {
            return self.put(&format!("{lead} {short}"));
        }
        match value {
            Value::Object(map) if map.keys().any(|key| key != MARK) => {
                self.put(lead);
                let inner = format!("{indent}  ");
                self.mapping(map, &inner, &inner);
            }
            Value::Array(all) if !all.is_empty() => {
                self.put(lead);
                for one in all {
                    self.item(one, indent);
                }
            }
            other => self.put(&format!("{lead} {}", scalar(other))),
        }
    }

    fn item(&mut self, value: &Value, indent: &str) {
        if let Some(short) = in_line(value) {
            return self.put(&format!("{indent}- {short}"));
        }
        let inner = format!("{indent}  ");
        match value {
            Value::Object(map) if map.keys().any(|key| key != MARK) => {
                self.mapping(map, &format!("{indent}- "), &inner);
            }
            Value::Array(all) if !all.is_empty() => {
                self.put(&format!("{indent}-"));
                for one in all {
                    self.item(one, &inner);
                }
            }
            other => self.put(&format!("{indent}- {}", scalar(other))),
        }
    }
}

/// Longest part that is written in one line, in characters.
const SHORT: usize = 100;

/// A list or a mapping in one line, where that is short and no setting stands in it.
fn in_line(value: &Value) -> Option<String> {
    let made = match value {
        Value::Array(all) => {
            let all: Option<Vec<_>> = all.iter().map(in_line).collect();
            format!("[{}]", all?.join(", "))
        }
        Value::Object(map) => {
            let all: Option<Vec<_>> = map
                .iter()
                .map(|(key, value)| match key.as_str() {
                    MARK => None,
                    key => Some(format!("{}: {}", word(key), in_line(value)?)),
                })
                .collect();
            format!("{{{}}}", all?.join(", "))
        }
        other => return Some(scalar(other)),
    };
    (made.chars().count() <= SHORT).then_some(made)
}

fn scalar(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(yes) => yes.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => quoted(text),
        Value::Array(_) => "[]".to_owned(),
        Value::Object(_) => "{}".to_owned(),
    }
}

/// A key, as it is where nobody can read it as anything but a text.
fn word(key: &str) -> String {
    let plain = key.len() > 1
        && key.starts_with(|c: char| c.is_ascii_alphabetic())
        && key
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '/' | '-'))
        && !["yes", "no", "true", "false", "on", "off", "null"]
            .contains(&key.to_ascii_lowercase().as_str());
    match plain {
        true => key.to_owned(),
        false => quoted(key),
    }
}

fn quoted(text: &str) -> String {
    let mut made = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => made.push_str("\\\""),
            '\\' => made.push_str("\\\\"),
            '\n' => made.push_str("\\n"),
            c if c.is_ascii_graphic() || c == ' ' || c.is_alphanumeric() => made.push(c),
            c if u32::from(c) <= 0xffff => {
                write!(made, "\\u{:04x}", u32::from(c)).expect("a text takes all")
            }
            c => write!(made, "\\U{:08x}", u32::from(c)).expect("a text takes all"),
        }
    }
    made.push('"');
    made
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

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
        let mut yaml = Yaml::new("x", &["a\n- b".to_owned()]);
        yaml.document(&value);
        let (file, _) = yaml.finish();
        let read: Value = serde_saphyr::from_str(&file.text).unwrap();
        assert_eq!(read, value, "{}", file.text);
    }

    #[test]
    fn settings_are_found_in_the_line_where_their_mapping_begins() {
        let mut one = json!({"name": "b"});
        about(&mut one, "routes[0]");
        let mut yaml = Yaml::new("x", &["remark".to_owned()]);
        yaml.document(&json!({"all": [{"name": "a"}, one]}));
        yaml.document(&json!({"more": 1}));
        let (file, marks) = yaml.finish();
        assert_eq!(
            file.text,
            "# remark\nall:\n- {name: \"a\"}\n- name: \"b\"\n---\nmore: 1\n"
        );
        assert_eq!(marks[0].1.line, 4);
    }
}
