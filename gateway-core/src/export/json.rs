//! JSON that knows where settings stand in it.

use serde_json::{Map, Value};

use super::{File, Place};

/// Key of the settings that an object is about, a line each. No product has such a key; it is taken
/// out again when the document is written.
const SETTINGS: &str = "\u{1}settings";

/// An object that is about these settings.
pub(super) fn about(settings: &[String]) -> Map<String, Value> {
    let mut object = Map::new();
    if !settings.is_empty() {
        object.insert(SETTINGS.to_owned(), settings.join("\n").into());
    }
    object
}

/// Writes a document, and says where settings stand in it: the first place of each counts.
pub(super) fn written(name: &str, document: &Value) -> (File, Vec<(String, Place)>) {
    let pretty = serde_json::to_string_pretty(document).expect("it is plain data");
    let key = format!("{}: ", Value::from(SETTINGS));
    let mut rows = Vec::new();
    let mut marks: Vec<(String, Place)> = Vec::new();
    for row in pretty.lines() {
        // A text has no line break of its own, so that only a key can begin a line like this.
        let Some(settings) = row.trim_start().strip_prefix(&key) else {
            rows.push(row);
            continue;
        };
        let settings: String =
            serde_json::from_str(settings.trim_end_matches(',')).unwrap_or_default();
        let line = rows.len() + 1;
        for setting in settings.lines() {
            if marks.iter().all(|(marked, _)| marked != setting) {
                let place = Place {
                    file: name.to_owned(),
                    line,
                };
                marks.push((setting.to_owned(), place));
            }
        }
    }
    let file = File {
        name: name.to_owned(),
        text: rows.join("\n") + "\n",
    };
    (file, marks)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn settings_lead_to_the_line_that_is_about_them_and_are_not_written() {
        let mut inner = about(&["routes[0]".to_owned(), "routes[0].match".to_owned()]);
        inner.insert("a".to_owned(), json!("\u{1}settings: \n"));
        let document = json!({ "first": [1], "second": inner });
        let (file, marks) = written("x.json", &document);
        let read: Value = serde_json::from_str(&file.text).unwrap();
        assert_eq!(
            read,
            json!({ "first": [1], "second": { "a": "\u{1}settings: \n" } })
        );
        for (_, place) in &marks {
            let line = file.text.lines().nth(place.line - 1).unwrap();
            assert!(line.contains("\"a\""), "{line}");
        }
        assert_eq!(marks.len(), 2);
    }
}
