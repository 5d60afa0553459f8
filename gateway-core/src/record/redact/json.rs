//! JSON, wherever it stands: a document, one cut off, lines of documents, events of a stream, or
//! inside other text.
//!
//! Not a parser: it goes from quote to quote. A quote that opens no member and no value, as in
//! `a 5" pipe`, is passed over, so that it does not turn inside and outside round for all that
//! follows.

use std::borrow::Cow;

use super::{Redactor, masked, patterns};

impl Redactor {
    /// The text with the values of secret members masked. Strings that hold text with escapes of its
    /// own, such as a document in a document, are looked into as well.
    pub(super) fn json(&self, text: &str, depth: u8) -> String {
        let mut shown = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(quote) = opening_quote(rest) {
            shown.push_str(&rest[..quote]);
            rest = &rest[quote..];
            let end = string_end(rest);
            let string = &rest[..end.unwrap_or(rest.len())];
            let after = &rest[string.len()..];
            if let Some(value) = value_of_member(after) {
                shown.push_str(string);
                let colon = &after[..after.len() - value.len()];
                shown.push_str(colon);
                rest = value;
                if self.is_secret(&unescaped(inside(string))) {
                    let length = value_length(value);
                    if length > 0 {
                        shown.push_str(&format!("\"{}\"", masked(&value[..length])));
                    }
                    rest = &value[length..];
                }
            } else if end.is_none() || ends_a_value(after) {
                shown.push_str(&self.string(string, depth));
                rest = after;
            } else {
                shown.push('"');
                rest = &rest[1..];
            }
        }
        shown.push_str(rest);
        shown
    }

    /// A string that is a value, quotes included; the last one may be missing.
    fn string<'a>(&self, string: &'a str, depth: u8) -> Cow<'a, str> {
        let inside = inside(string);
        if depth == 0 || !inside.contains('\\') {
            return Cow::Borrowed(string);
        }
        let text = unescaped(inside);
        let masked = self.anything(&text, depth - 1);
        let masked = patterns::own_keys_and_tokens(&masked);
        if masked == text {
            return Cow::Borrowed(string);
        }
        let escaped = serde_json::Value::from(masked).to_string();
        let is_whole = inside.len() + 2 == string.len();
        Cow::Owned(match is_whole {
            true => escaped,
            false => escaped[..escaped.len() - 1].to_owned(),
        })
    }
}

/// Where the next string may begin. A quote after a backslash begins none.
fn opening_quote(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let is_escaped = |at: usize| {
        let before = bytes[..at].iter().rev();
        before.take_while(|byte| **byte == b'\\').count() % 2 == 1
    };
    text.match_indices('"')
        .map(|(at, _)| at)
        .find(|at| !is_escaped(*at))
}

/// What stands after the colon, if this is a colon.
fn value_of_member(text: &str) -> Option<&str> {
    text.trim_ascii_start()
        .strip_prefix(':')
        .map(str::trim_ascii_start)
}

/// Whether what stands here can follow a value.
fn ends_a_value(text: &str) -> bool {
    text.is_empty() || text.starts_with([',', ']', '}', ')', ';', ' ', '\t', '\r', '\n'])
}

/// A string without its quotes; the last one may be missing.
fn inside(string: &str) -> &str {
    match string_end(string) {
        Some(end) => &string[1..end - 1],
        None => &string[1..],
    }
}

/// A string's text without its escapes: `\u006bey` is `key`. What is cut off in the middle of an
/// escape ends before it.
fn unescaped(inside: &str) -> Cow<'_, str> {
    if !inside.contains('\\') {
        return Cow::Borrowed(inside);
    }
    let mut text = String::with_capacity(inside.len());
    let mut rest = inside;
    while let Some(at) = rest.find('\\') {
        text.push_str(&rest[..at]);
        rest = &rest[at..];
        let length = escape_length(rest);
        let Some(escape) = rest.get(..length) else {
            return Cow::Owned(text);
        };
        match serde_json::from_str::<String>(&format!("\"{escape}\"")) {
            Ok(meant) => text.push_str(&meant),
            Err(_) => text.push_str(escape),
        }
        rest = &rest[length..];
    }
    text.push_str(rest);
    Cow::Owned(text)
}

/// Length of the escape at the beginning of `text`; two halves of a surrogate pair are one escape.
fn escape_length(text: &str) -> usize {
    let is_unicode = |text: &str| text.as_bytes().get(1) == Some(&b'u');
    let is_high = |text: &str| {
        let digits = text.get(2..6).and_then(|d| u16::from_str_radix(d, 16).ok());
        digits.is_some_and(|digits| (0xd800..0xdc00).contains(&digits))
    };
    match text.chars().nth(1) {
        Some('u') if is_high(text) && text.get(6..).is_some_and(is_unicode) => 12,
        Some('u') => 6,
        Some(other) => 1 + other.len_utf8(),
        None => 2,
    }
}

/// Length of the string at the beginning of `text`, quotes included; `None` if it has no end.
fn string_end(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'"' => return Some(at + 1),
            _ => at += 1,
        }
    }
    None
}

/// Length of the value at the beginning of `text`, or of all of it if the value has no end.
fn value_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut depth = 0_usize;
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'"' => match string_end(&text[at..]) {
                Some(length) => at += length,
                None => return text.len(),
            },
            b'{' | b'[' => {
                depth += 1;
                at += 1;
            }
            b'}' | b']' if depth > 0 => {
                depth -= 1;
                at += 1;
            }
            b'}' | b']' | b',' if depth == 0 => return at,
            b'\n' | b'\r' if depth == 0 => return at,
            _ => {
                at += 1;
                continue;
            }
        }
        if depth == 0 {
            return at;
        }
    }
    text.len()
}
