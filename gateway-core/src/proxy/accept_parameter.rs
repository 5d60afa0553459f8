//! A version that is named by a parameter of a media range in `Accept`.

use http::HeaderMap;
use http::header::ACCEPT;

/// The value of `parameter` in the media range that is wanted most (RFC 9110, section 12.5.1): of
/// those that are known, or else of all. Of two wanted alike it is the first.
pub fn wanted(
    headers: &HeaderMap,
    parameter: &str,
    is_known: impl Fn(&str) -> bool,
) -> Option<String> {
    let lines = headers.get_all(ACCEPT).iter();
    let lines = lines.filter_map(|line| line.to_str().ok());
    let ranges = lines.flat_map(|line| split_unquoted(line, ','));
    let mut best: Option<((bool, u16), String)> = None;
    for range in ranges {
        let Some((value, quality)) = read(range, parameter) else {
            continue;
        };
        let rank = (is_known(&value), quality);
        if quality > 0 && best.as_ref().is_none_or(|(best, _)| rank > *best) {
            best = Some((rank, value));
        }
    }
    best.map(|(_, value)| value)
}

/// The parameter's value in a media range, and the range's quality in thousandths.
fn read(range: &str, parameter: &str) -> Option<(String, u16)> {
    let mut found = None;
    let mut quality = 1_000;
    for part in split_unquoted(range, ';').into_iter().skip(1) {
        let Some((name, value)) = part.split_once('=') else {
            continue;
        };
        let (name, value) = (name.trim(), value.trim());
        if name.eq_ignore_ascii_case(parameter) {
            found.get_or_insert_with(|| unquoted(value));
        } else if name.eq_ignore_ascii_case("q") {
            quality = thousandths(value);
        }
    }
    let value = found.filter(|value| !value.is_empty())?;
    Some((value, quality))
}

/// What is no quality wants nothing.
fn thousandths(value: &str) -> u16 {
    let parsed: Option<f32> = value.parse().ok();
    let parsed = parsed.filter(|quality| (0.0..=1.0).contains(quality));
    // Between 0 and 1000, so nothing is cut off.
    parsed.map_or(0, |quality| (quality * 1_000.0).round() as u16)
}

/// The parts of a text between separators that do not stand in a quoted string.
fn split_unquoted(text: &str, separator: char) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut begin = 0;
    let (mut quoted, mut escaped) = (false, false);
    for (at, character) in text.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            other if other == separator && !quoted => {
                parts.push(&text[begin..at]);
                begin = at + separator.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(&text[begin..]);
    parts
}

/// The text of a quoted string or a token (RFC 9110, section 5.6.4).
fn unquoted(value: &str) -> String {
    let inner = value
        .strip_prefix('"')
        .and_then(|inner| inner.strip_suffix('"'));
    let Some(inner) = inner else {
        return value.to_owned();
    };
    let mut text = String::with_capacity(inner.len());
    let mut characters = inner.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => text.extend(characters.next()),
            other => text.push(other),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is wanted where there are `v1` and `v2`; each line is a header.
    fn of(lines: &[&'static str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(ACCEPT, line.parse().unwrap());
        }
        wanted(&headers, "version", |value| ["v1", "v2"].contains(&value))
    }

    /// VR-1
    #[test]
    fn the_version_of_the_range_that_is_wanted_most_is_found() {
        for (line, expected) in [
            ("application/json", None),
            ("version=v1", None),
            ("a/b;version=", None),
            ("application/json; version=v2", Some("v2")),
            ("application/json;Version=\"v1\"", Some("v1")),
            ("text/html, a/b;version=v1;q=0.5, */*;q=0.1", Some("v1")),
            ("a/b;version=v1;q=0.5, a/b;version=v2", Some("v2")),
            ("a/b;version=v1;q=0, a/b;version=v2;q=0.1", Some("v2")),
            ("a/b;version=v1;q=0", None),
            ("a/b;version=v1;q=much", None),
            ("a/b;version=v1, c/d;version=v2", Some("v1")),
            ("a/b;x=\"; version=v1, \"", None),
            ("a/b;x=\", c/d; version=v1\";version=v2", Some("v2")),
            ("a/b;x=\"\\\"\";version=v1", Some("v1")),
        ] {
            assert_eq!(of(&[line]).as_deref(), expected, "{line}");
        }
        let lines = ["a/b;version=v1;q=0.501", "text/csv;q=0.5;version=v2"];
        assert_eq!(of(&lines).as_deref(), Some("v1"));
    }

    #[test]
    fn a_version_that_is_there_comes_before_one_that_is_not() {
        let known_last = "a/b;version=v9, a/b;version=v1;q=0.1";
        assert_eq!(of(&[known_last]).as_deref(), Some("v1"));
        assert_eq!(of(&["a/b;version=v9"]).as_deref(), Some("v9"));
    }
}
