//! Regular expressions that say what a route takes, in the words that PCRE and RE2 share.

use regex::escape;

use super::gate::Route;
use crate::snapshot::matcher::paths::{End, PathForm, Segment};

/// What an expression captures.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Capture {
    /// Nothing.
    Nothing,
    /// Each parameter, in its order; and what follows a prefix, as the last.
    Parameters,
}

/// Which spelling of a path is looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Spelling {
    /// Decoded, doubled slashes merged; `;parameters` may still be there.
    Decoded,
    /// As it was sent.
    Raw,
}

/// An expression for all of a route's path, decoded: after a segment that `version` is the expression
/// of, where there is one.
pub(super) fn of_route(route: &Route<'_>, version: Option<&str>) -> String {
    let form = &route.compiled.path.form;
    let own = path(form, Capture::Nothing, Spelling::Decoded).unwrap_or_else(|| {
        // What cannot be said takes everything, and its route is closed.
        let pattern = portable(&route.config.matches.path);
        pattern.map_or_else(|_| ".*".to_owned(), |pattern| format!("(?:{pattern})"))
    });
    let Some(version) = version else {
        return own;
    };
    // A version alone is the same as one with a slash after it.
    let bare = match own.starts_with("(?:/.*)?") || own == "/?" || own == "/" {
        true => format!("(?:{own})?"),
        false => own,
    };
    format!("/{version}{bare}")
}

/// An expression for all of a path of segments, without anchors; `None` for a regular expression,
/// which stands for itself.
pub(super) fn path(form: &PathForm, capture: Capture, spelling: Spelling) -> Option<String> {
    let (segments, end) = match form {
        PathForm::Regex(_) => return None,
        PathForm::Exact(exact) => {
            let text = match spelling {
                // A slash at the end counts in an exact path.
                Spelling::Decoded => exact
                    .split('/')
                    .map(|segment| literal(segment, spelling))
                    .collect::<Vec<_>>()
                    .join("/"),
                Spelling::Raw => raw(exact),
            };
            return Some(text);
        }
        PathForm::Segments(segments, end) => (segments, end),
    };
    let mut text = String::new();
    for segment in segments {
        text.push('/');
        match (segment, capture) {
            (Segment::Literal(name), _) => text.push_str(&literal(name, spelling)),
            (Segment::Parameter(_), Capture::Nothing) => text.push_str(any(spelling)),
            (Segment::Parameter(_), Capture::Parameters) => {
                text.push('(');
                text.push_str(any(spelling));
                text.push(')');
            }
        }
    }
    match (end, capture) {
        (End::Here, _) => text.push_str("/?"),
        (End::Anything, Capture::Nothing) => text.push_str("(?:/.*)?"),
        (End::Anything, Capture::Parameters) => text.push_str("(?:/+(.*))?"),
        (End::Parameter(_), Capture::Nothing) => text.push_str("/+[^/].*"),
        (End::Parameter(_), Capture::Parameters) => {
            let one = any(spelling);
            text.push_str(&format!("/({one}(?:/{one})*/?)"));
        }
    }
    Some(text)
}

/// The names of what [`path`] captures, in order; a prefix's rest, without the slash before it, is
/// called `rest`.
pub(super) fn captured(form: &PathForm) -> Vec<Option<String>> {
    match form {
        PathForm::Exact(_) => Vec::new(),
        PathForm::Regex(regex) => regex
            .capture_names()
            .skip(1)
            .map(|name| name.map(str::to_owned))
            .collect(),
        PathForm::Segments(segments, end) => {
            let mut names: Vec<_> = segments
                .iter()
                .filter_map(|segment| match segment {
                    Segment::Literal(_) => None,
                    Segment::Parameter(name) => Some(Some(name.clone())),
                })
                .collect();
            match end {
                End::Here => {}
                End::Anything => names.push(Some("rest".to_owned())),
                End::Parameter(name) => names.push(Some(name.clone())),
            }
            names
        }
    }
}

fn any(spelling: Spelling) -> &'static str {
    match spelling {
        Spelling::Decoded => "[^/]+",
        Spelling::Raw => "[^/;?]+",
    }
}

fn literal(text: &str, spelling: Spelling) -> String {
    match (spelling, text) {
        (_, "") => String::new(),
        (Spelling::Decoded, text) => format!("{}(?:;[^/]*)?", escaped(text)),
        (Spelling::Raw, text) => raw(text),
    }
}

/// Text as callers send it: what is not ASCII is percent-encoded.
fn raw(text: &str) -> String {
    let mut made = String::new();
    for c in text.chars() {
        match c.is_ascii() {
            true => made.push_str(&escaped(&c.to_string())),
            false => {
                let mut buffer = [0; 4];
                for byte in c.encode_utf8(&mut buffer).bytes() {
                    made.push_str(&format!("%{}", either_case(&format!("{byte:02x}"))));
                }
            }
        }
    }
    made
}

fn either_case(digits: &str) -> String {
    digits
        .chars()
        .map(|digit| match digit.is_ascii_alphabetic() {
            true => format!("[{digit}{}]", digit.to_ascii_uppercase()),
            false => digit.to_string(),
        })
        .collect()
}

/// Text that stands for itself. A space becomes a class, so that no product takes it for the end of
/// a word, and so does a quote.
pub(super) fn escaped(text: &str) -> String {
    escape(text)
        .replace(' ', r"\x20")
        .replace('"', r"\x22")
        .replace('\'', r"\x27")
        .replace(r"\#", r"\x23")
        .replace(r"\&", "&")
        .replace(r"\~", "~")
        .replace(r"\-", r"\x2d")
}

/// Text of a query in any spelling: each character as it is or percent-encoded.
pub(super) fn any_spelling(text: &str) -> String {
    let mut made = String::new();
    for byte in text.bytes() {
        let encoded = format!("%{}", either_case(&format!("{byte:02x}")));
        match byte {
            b' ' => made.push_str(&format!(r"(?:\+|{encoded})")),
            // These would mean something else as they are.
            b'&' | b'=' | b'%' | b'+' | b'#' => made.push_str(&encoded),
            byte if byte.is_ascii_graphic() => {
                let plain = escaped(&char::from(byte).to_string());
                made.push_str(&format!("(?:{plain}|{encoded})"));
            }
            _ => made.push_str(&encoded),
        }
    }
    made
}

/// The expression with its groups unnamed, or why other engines may not read it as this one does.
pub(super) fn portable(pattern: &str) -> Result<String, &'static str> {
    let mut made = String::new();
    let mut rest = without_anchors(pattern);
    let mut in_class = false;
    while let Some(c) = rest.chars().next() {
        if let Some(after) = rest.strip_prefix('\\') {
            let escaped = after.chars().next().ok_or("it ends in a backslash")?;
            let known = !escaped.is_ascii_alphanumeric() || "dDwWsS".contains(escaped);
            if !known || !escaped.is_ascii() {
                return Err("it holds an escape that other engines read differently");
            }
            if escaped.is_ascii_punctuation() {
                made.push_str(&format!(r"\x{:02x}", u32::from(escaped)));
            } else {
                made.push('\\');
                made.push(escaped);
            }
            rest = &after[escaped.len_utf8()..];
            continue;
        }
        match c {
            '^' if in_class => {}
            '(' | ')' if in_class => {
                made.push_str(&format!(r"\x{:02x}", u32::from(c)));
                rest = &rest[1..];
                continue;
            }
            '^' | '$' if !in_class => return Err("it holds an anchor within"),
            '[' if in_class => return Err("it holds a class within a class"),
            '[' => in_class = true,
            ']' => in_class = false,
            '&' | '~' | '-' if in_class && rest[1..].starts_with(c) => {
                return Err("it holds an operation on classes");
            }
            '(' if !in_class && rest.starts_with("(?") => {
                let after = &rest[2..];
                let name = after.strip_prefix("P<").or_else(|| after.strip_prefix('<'));
                if let Some(name) = name {
                    let end = name.find('>').ok_or("a group's name has no end")?;
                    made.push('(');
                    rest = &name[end + 1..];
                    continue;
                }
                if !after.starts_with(':') {
                    return Err("it holds flags or look-around");
                }
            }
            ' ' => {
                made.push_str(r"\x20");
                rest = &rest[1..];
                continue;
            }
            '"' => {
                made.push_str(r"\x22");
                rest = &rest[1..];
                continue;
            }
            '\'' => {
                made.push_str(r"\x27");
                rest = &rest[1..];
                continue;
            }
            c if c.is_control() => return Err("it holds a control character"),
            c if !c.is_ascii() => return Err("it holds characters beyond ASCII"),
            _ => {}
        }
        made.push(c);
        rest = &rest[c.len_utf8()..];
    }
    Ok(made)
}

/// An expression for the origins that a pattern such as `https://*.example.com` describes.
pub(super) fn origin(text: &str) -> String {
    let text = text.to_ascii_lowercase();
    let (scheme, rest) = text.split_once("://").unwrap_or(("", &text));
    let (host, port) = match rest.rfind(':') {
        Some(at) if !rest[at..].contains(']') => (&rest[..at], &rest[at + 1..]),
        _ => (rest, ""),
    };
    let host = match host.strip_prefix("*.") {
        Some(rest) => format!("[^/|]+\\x2e{}", escaped(rest)),
        None => escaped(host),
    };
    let port = match (port, scheme) {
        ("*", _) => "(?::[0-9]+)?".to_owned(),
        ("", _) | ("80", "http") | ("443", "https") => String::new(),
        (port, _) => format!(":{}", escaped(port)),
    };
    format!("{}://{host}{port}", escaped(scheme))
}

/// All of a text is matched in any case, so that anchors around an expression say nothing.
fn without_anchors(pattern: &str) -> &str {
    if pattern.contains('|') {
        return pattern;
    }
    let pattern = pattern.strip_prefix('^').unwrap_or(pattern);
    match pattern.strip_suffix('$') {
        Some(shorter) if !shorter.ends_with('\\') => shorter,
        _ => pattern,
    }
}

/// Whether other engines limit some class of the expression to ASCII.
pub(super) fn has_unicode_classes(pattern: &str) -> bool {
    [r"\w", r"\W", r"\d", r"\D", r"\s", r"\S", "."]
        .iter()
        .any(|class| pattern.replace(r"\.", "").contains(class))
}

#[cfg(test)]
mod tests {
    use regex::Regex;

    use super::*;

    #[test]
    fn any_spelling_of_a_query_is_taken_and_nothing_else() {
        let regex = Regex::new(&format!(r"\A{}\z", any_spelling("a=b c"))).unwrap();
        for (text, taken) in [
            ("a%3db+c", true),
            ("%61%3Db%20c", true),
            ("a=b+c", false),
            ("A%3db+c", false),
        ] {
            assert_eq!(regex.is_match(text), taken, "{text}");
        }
    }

    #[test]
    fn groups_lose_their_names_and_what_engines_read_differently_is_refused() {
        assert_eq!(
            portable(r"/(?P<a>[^/]+)\.(?<b>x)").as_deref(),
            Ok(r"/([^/]+)\x2e(x)")
        );
        assert_eq!(portable("^/a$").as_deref(), Ok("/a"));
        assert_eq!(portable("[^/]").as_deref(), Ok("[^/]"));
        for pattern in [
            r"\pL",
            "(?i)a",
            "[a&&b]",
            "[[:alpha:]]",
            r"\x{41}",
            "é",
            r"[\w--a]",
            "^/a|/b$",
            r"/a\n",
        ] {
            assert!(portable(pattern).is_err(), "{pattern}");
        }
    }
}
