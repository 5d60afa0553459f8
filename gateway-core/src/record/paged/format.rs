//! JSON and XML with a line for each member and element. Only white space between them is changed:
//! numbers keep every digit, members their order, and duplicates stay.

use std::sync::LazyLock;

use regex::Regex;
use serde::Deserialize as _;
use serde::de::IgnoredAny;

/// Most bytes of a formatted body: where everything is nested deeply, white space is nearly all of it.
const MOST: usize = 64 * 1024 * 1024;

/// Why a body is not formatted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unformatted {
    /// It is something else, or not all of it is there.
    #[error("this body is neither JSON nor XML; look at it as it was `sent`")]
    Neither,
    /// It would be too long.
    #[error("formatted, this body would have more than {} MiB; look at it as it was `sent`", MOST / 1024 / 1024)]
    TooLong,
}

/// The text with a line for each member or element.
///
/// # Errors
/// It is neither JSON nor XML, or would be too long.
pub fn formatted(text: &str) -> Result<String, Unformatted> {
    let text = text.trim_start_matches('\u{feff}').trim();
    match text.bytes().next() {
        Some(b'{' | b'[') => json(text),
        Some(b'<') => xml(text),
        _ => Err(Unformatted::Neither),
    }
}

fn json(text: &str) -> Result<String, Unformatted> {
    let mut document = serde_json::Deserializer::from_str(text);
    let read = IgnoredAny::deserialize(&mut document).and_then(|_| document.end());
    read.map_err(|_| Unformatted::Neither)?;
    let mut lines = Lines::default();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '"' => string_length(rest),
            '{' | '[' => {
                let inside = rest[1..].trim_start();
                match inside.starts_with(['}', ']']) {
                    true => {
                        lines.add(&rest[..1]);
                        lines.add(&inside[..1]);
                        rest.len() - inside.len() + 1
                    }
                    false => {
                        lines.add(&rest[..1]);
                        lines.next(1)?;
                        1
                    }
                }
            }
            '}' | ']' => {
                lines.next(-1)?;
                lines.add(&rest[..1]);
                1
            }
            ',' => {
                lines.add(",");
                lines.next(0)?;
                1
            }
            ':' => {
                lines.add(": ");
                1
            }
            _ => {
                let ends = |byte: &u8| byte.is_ascii_whitespace() || b"{}[],:\"".contains(byte);
                let end = rest.as_bytes().iter().position(ends);
                end.unwrap_or(rest.len())
            }
        };
        if !matches!(first, '{' | '[' | '}' | ']' | ',' | ':') {
            lines.add(&rest[..length]);
        }
        rest = rest[length..].trim_start();
    }
    Ok(lines.text)
}

/// Length of the string at the beginning, quotes included.
fn string_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut at = 1;
    while at < bytes.len() && bytes[at] != b'"' {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    (at + 1).min(bytes.len())
}

/// What XML is made of: comments, CDATA, declarations, tags, and the text between.
static PART: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?s)<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>|<![^>]*>|</?[^<>]+>|[^<]+")
        .expect("it is a pattern")
});

fn xml(text: &str) -> Result<String, Unformatted> {
    let mut open: Vec<&str> = Vec::new();
    let mut lines = Lines::default();
    let mut covered = 0;
    // Whether nothing but text stands behind the tag that opened last.
    let mut is_plain = false;
    for part in PART.find_iter(text) {
        let part = part.as_str();
        covered += part.len();
        match Part::of(part) {
            Part::Text => {
                let said = part.trim();
                match (said.is_empty(), open.is_empty()) {
                    (true, _) => continue,
                    (false, true) => lines.line(0, said)?,
                    (false, false) => lines.add(said),
                }
            }
            Part::Other => {
                lines.line(open.len(), part)?;
                is_plain = false;
            }
            Part::Open(name) => {
                lines.line(open.len(), part)?;
                open.push(name);
                is_plain = true;
            }
            Part::Empty => {
                lines.line(open.len(), part)?;
                is_plain = false;
            }
            Part::Close(name) => {
                if open.pop() != Some(name) {
                    return Err(Unformatted::Neither);
                }
                match is_plain {
                    true => lines.add(part),
                    false => lines.line(open.len(), part)?,
                }
                is_plain = false;
            }
        }
    }
    match open.is_empty() && covered == text.len() {
        true => Ok(lines.text),
        false => Err(Unformatted::Neither),
    }
}

enum Part<'t> {
    Text,
    Open(&'t str),
    Empty,
    Close(&'t str),
    /// A comment, a declaration and the like.
    Other,
}

impl<'t> Part<'t> {
    fn of(part: &'t str) -> Self {
        let Some(inside) = part.strip_prefix('<') else {
            return Self::Text;
        };
        let inside = inside.strip_suffix('>').unwrap_or(inside);
        let (closes, inside) = match inside.strip_prefix('/') {
            Some(inside) => (true, inside),
            None => (false, inside),
        };
        let is_of_name = |c: char| c.is_ascii_alphanumeric() || "_:.-".contains(c);
        let end = inside.find(|c| !is_of_name(c)).unwrap_or(inside.len());
        let name = &inside[..end];
        match (name.is_empty(), closes, inside.trim_end().ends_with('/')) {
            (true, ..) => Self::Other,
            (false, true, _) => Self::Close(name),
            (false, false, true) => Self::Empty,
            (false, false, false) => Self::Open(name),
        }
    }
}

/// Lines that are being written.
#[derive(Default)]
struct Lines {
    text: String,
    depth: usize,
}

impl Lines {
    fn add(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Begins a line, deeper by so much.
    fn next(&mut self, deeper: isize) -> Result<(), Unformatted> {
        self.depth = self.depth.saturating_add_signed(deeper);
        self.begin()
    }

    /// Adds a line at this depth.
    fn line(&mut self, depth: usize, text: &str) -> Result<(), Unformatted> {
        self.depth = depth;
        if !self.text.is_empty() {
            self.begin()?;
        }
        self.add(text);
        Ok(())
    }

    fn begin(&mut self) -> Result<(), Unformatted> {
        if self.text.len() + 2 * self.depth > MOST {
            return Err(Unformatted::TooLong);
        }
        self.text.push('\n');
        self.text.extend(std::iter::repeat_n("  ", self.depth));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The window formats small bodies by itself; both read these.
    #[test]
    fn bodies_are_formatted_as_in_the_window() {
        let cases: Vec<(String, Option<String>)> =
            serde_json::from_str(include_str!("format-cases.json")).unwrap();
        assert!(cases.len() > 15);
        for (text, expected) in cases {
            assert_eq!(formatted(&text).ok(), expected, "{text}");
        }
    }

    #[test]
    fn a_body_that_would_be_nearly_all_white_space_is_refused() {
        let depth = 10_000;
        let nested = "[".repeat(depth) + &"]".repeat(depth);
        assert_eq!(formatted(&nested), Err(Unformatted::TooLong));
        let shallow = "[".repeat(100) + &"]".repeat(100);
        let lines = formatted(&shallow).unwrap();
        assert_eq!(lines.lines().count(), 199, "the innermost is empty");
    }
}
