//! One reading of a path, for matching, and a refusal of paths that have two.
//!
//! A gateway that reads `/a/../b` as under `/a` in front of a service that reads it as `/b` lets
//! callers past the rules of `/b`. So what could be read differently is refused, and what is
//! commonly treated alike (percent-encoding, doubled slashes, `;parameters`) is treated alike.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

/// The path that routes are matched against: decoded once, without doubled slashes and without
/// `;parameters`.
///
/// # Errors
/// Why the path could be read in more than one way.
pub fn normalise(raw: &str) -> Result<Cow<'_, str>, &'static str> {
    if is_plain(raw) {
        return Ok(Cow::Borrowed(raw));
    }
    check_encoding(raw)?;
    let decoded = percent_decode_str(raw).decode_utf8_lossy();
    if decoded.chars().any(char::is_control) {
        return Err("it holds a control character");
    }
    if decoded.contains('\\') {
        return Err("it holds a backslash");
    }
    let mut path = String::with_capacity(decoded.len());
    for segment in decoded.split('/') {
        let name = segment.split(';').next().unwrap_or_default();
        match name {
            "." | ".." => return Err("it holds a dot segment (`.` or `..`)"),
            "" => {}
            name => {
                path.push('/');
                path.push_str(name);
            }
        }
    }
    if decoded.ends_with('/') || path.is_empty() {
        path.push('/');
    }
    Ok(Cow::Owned(path))
}

/// Whether there is nothing to normalise: the common case, at the cost of one look.
fn is_plain(path: &str) -> bool {
    let mut before = 0;
    path.starts_with('/')
        && path.bytes().all(|byte| {
            let odd = matches!(byte, b'%' | b';' | b'\\')
                || !byte.is_ascii_graphic()
                || (before == b'/' && matches!(byte, b'/' | b'.'));
            before = byte;
            !odd
        })
}

fn check_encoding(path: &str) -> Result<(), &'static str> {
    let bytes = path.as_bytes();
    for (at, _) in path.match_indices('%') {
        let digits = bytes.get(at + 1..at + 3);
        if !digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)) {
            return Err("it holds a `%` that encodes nothing");
        }
    }
    Ok(())
}

/// Takes `prefix` (without a trailing slash) from the path as sent, for `strip_prefix`.
///
/// # Errors
/// The prefix is spelt differently in the path (encoded, or with doubled slashes), so that what
/// remains would depend on who reads it.
pub fn strip<'a>(raw: &'a str, prefix: &str) -> Result<&'a str, &'static str> {
    match raw.strip_prefix(prefix) {
        Some("") => Ok("/"),
        Some(rest) if rest.starts_with('/') => Ok(rest),
        _ if prefix == "/" => Ok(raw),
        _ => Err("the prefix to strip is spelt differently in it"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_treated_alike_reads_the_same() {
        for (raw, path) in [
            ("/", "/"),
            ("/orders", "/orders"),
            ("/orders/", "/orders/"),
            ("/%6frders", "/orders"),
            ("//orders///7", "/orders/7"),
            ("/orders;v=1/7", "/orders/7"),
            ("/a%2fb", "/a/b"),
            ("/@scope%2Fname", "/@scope/name"),
            ("/.well-known/jwks.json", "/.well-known/jwks.json"),
            ("/a.b/c..d", "/a.b/c..d"),
            ("/caf%C3%A9", "/café"),
            ("/%2561", "/%61"),
        ] {
            assert_eq!(normalise(raw).as_deref(), Ok(path), "{raw}");
        }
    }

    /// reliability.md, item 19
    #[test]
    fn what_could_be_read_in_two_ways_is_refused() {
        for raw in [
            "/a/../b",
            "/a/./b",
            "/..",
            "/a/%2e%2e/b",
            "/a/.%2E/b",
            "/a%2f..%2fb",
            "/a/..;x/b",
            "/a\\b",
            "/a%5cb",
            "/a%00",
            "/a%0a",
            "/a%",
            "/a%zz",
            "/a%2",
            "/a/..",
            "/%2e",
        ] {
            assert!(normalise(raw).is_err(), "{raw}");
        }
    }

    #[test]
    fn a_prefix_is_stripped_only_where_it_stands_as_it_is_written() {
        for (raw, prefix, rest) in [
            ("/orders", "/orders", Ok("/")),
            ("/orders/7", "/orders", Ok("/7")),
            ("/orders/", "/orders", Ok("/")),
            ("/orders//7", "/orders", Ok("//7")),
            ("/x", "/", Ok("/x")),
        ] {
            assert_eq!(strip(raw, prefix), rest, "{raw} {prefix}");
        }
        assert!(strip("/%6frders/7", "/orders").is_err());
        assert!(strip("//orders/7", "/orders").is_err());
    }
}
