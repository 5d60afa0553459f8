//! Texts in quotes, in which nothing can mean anything but itself.

use serde_json::Value;

/// How a text is quoted.
pub(in crate::export) type Quote = fn(&str) -> String;

/// A text in quotes in which the places that decK and APISIX fill in from the environment (`${{…}}`) are
/// escaped.
pub(in crate::export) fn quoted_without_places(text: &str) -> String {
    quoted(text).replace("${{", "\\u0024{{")
}

/// A text as JSON has it; what some readers take for the end of a line is escaped too.
pub(in crate::export) fn quoted(text: &str) -> String {
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
