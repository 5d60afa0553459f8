//! Forms with files (RFC 7578).

use super::{DEEPEST, MASK, Redactor};

/// The boundary that a `Content-Type` names.
pub(super) fn boundary(content_type: &str) -> Option<&str> {
    parameter(content_type, "boundary").filter(|boundary| !boundary.is_empty())
}

impl Redactor {
    /// Each part by its name.
    pub(super) fn multipart(&self, text: &str, boundary: &str) -> String {
        let delimiter = format!("--{boundary}");
        let parts: Vec<_> = text
            .split(delimiter.as_str())
            .map(|part| self.part(part))
            .collect();
        parts.join(&delimiter)
    }

    fn part(&self, part: &str) -> String {
        let blank = ["\r\n\r\n", "\n\n"]
            .into_iter()
            .filter_map(|blank| Some((part.find(blank)?, blank)))
            .min();
        let Some((at, blank)) = blank else {
            return self.anything(part, DEEPEST);
        };
        let (head, value) = (&part[..at], &part[at + blank.len()..]);
        let is_secret = head
            .lines()
            .filter_map(|line| line.split_once(':'))
            .filter(|(header, _)| header.eq_ignore_ascii_case("content-disposition"))
            .filter_map(|(_, value)| parameter(value, "name"))
            .any(|name| self.is_secret(name));
        let value = match is_secret {
            // The line break before the next boundary is not part of the value.
            true => format!("{MASK}{}", if value.ends_with('\n') { "\r\n" } else { "" }),
            false => self.anything(value, DEEPEST),
        };
        format!("{head}{blank}{value}")
    }
}

/// A parameter of a header's value, without its quotes.
fn parameter<'a>(value: &'a str, name: &str) -> Option<&'a str> {
    value.split(';').skip(1).find_map(|parameter| {
        let (found, value) = parameter.split_once('=')?;
        found
            .trim()
            .eq_ignore_ascii_case(name)
            .then(|| value.trim().trim_matches('"'))
    })
}
