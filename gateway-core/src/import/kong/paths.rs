//! Paths of Kong routes: plain prefixes and regular expressions, and how each format tells them apart.

use crate::config::PathKind;
use crate::snapshot::matcher::paths::whole;

/// A path as Kong reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum KongPath {
    /// The beginning of paths, not in whole segments.
    Prefix(String),
    /// A regular expression for the beginning of paths.
    Regex(String),
}

impl KongPath {
    /// Reads a path. From 3.0 on `~` marks a regular expression; before, every character that no
    /// plain path has makes one.
    pub(super) fn read(text: &str, marked: bool) -> Self {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._~/%-".contains(&byte);
        match text.strip_prefix('~') {
            Some(regex) if marked => Self::Regex(regex.to_owned()),
            _ if !marked && !text.bytes().all(plain) => Self::Regex(text.to_owned()),
            _ => Self::Prefix(text.to_owned()),
        }
    }

    /// Its length, by which Kong orders paths of a kind.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Prefix(text) | Self::Regex(text) => text.len(),
        }
    }

    pub(super) fn is_regex(&self) -> bool {
        matches!(self, Self::Regex(_))
    }
}

/// A path as it is written here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Written {
    pub path: String,
    pub kind: PathKind,
    pub strip_prefix: bool,
    pub rewrite: Option<String>,
    /// Whether it takes other paths than in Kong at the end of a segment.
    pub whole_segments: bool,
}

/// Writes a path. `strip`: what matched is taken away before the request is sent on.
///
/// # Errors
/// Why it cannot be said here.
pub(super) fn write(path: &KongPath, strip: bool) -> Result<Written, String> {
    match path {
        KongPath::Prefix(text) => write_prefix(text, strip),
        KongPath::Regex(pattern) => write_regex(pattern, strip),
    }
}

fn write_prefix(text: &str, strip: bool) -> Result<Written, String> {
    let text = if text.is_empty() { "/" } else { text };
    if !text.starts_with('/') {
        return Err(format!("`{text}` does not begin with `/`"));
    }
    let odd = |c: char| c.is_whitespace() || c.is_control() || "{}?#*%\\;".contains(c);
    if text.contains(odd) || text.contains("//") || text.split('/').any(|s| s == "." || s == "..") {
        return write_regex(&regex::escape(text), strip);
    }
    Ok(Written {
        path: text.to_owned(),
        kind: PathKind::Prefix,
        strip_prefix: strip && text != "/",
        rewrite: None,
        whole_segments: text != "/",
    })
}

fn write_regex(pattern: &str, strip: bool) -> Result<Written, String> {
    let pattern = pattern.strip_prefix('^').unwrap_or(pattern);
    let (body, to_the_end) = match pattern.strip_suffix('$') {
        Some(body) if !ends_in_escape(body) => (body, true),
        _ => (pattern, false),
    };
    if to_the_end && let Some(written) = simple(body, strip) {
        return Ok(written);
    }
    let (path, rewrite) = match (to_the_end, strip) {
        (true, false) => (body.to_owned(), None),
        (true, true) => (body.to_owned(), Some("/".to_owned())),
        (false, false) => (format!("(?:{body}).*"), None),
        (false, true) => {
            let rest = if body.contains("<rest>") {
                "gateway_rest"
            } else {
                "rest"
            };
            (
                format!("(?:{body})/?(?<{rest}>.*)"),
                Some(format!("/{{{rest}}}")),
            )
        }
    };
    whole(&path)?;
    Ok(Written {
        path,
        kind: PathKind::Regex,
        strip_prefix: false,
        rewrite,
        whole_segments: false,
    })
}

/// Whether the last character is escaped.
fn ends_in_escape(text: &str) -> bool {
    text.bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 1
}

/// Regular expressions that say no more than a plain path does: `/users(?:/.*)?$` and `/users$`.
fn simple(body: &str, strip: bool) -> Option<Written> {
    let open = ["(?:/.*)?", "(/.*)?"]
        .iter()
        .find_map(|end| body.strip_suffix(end));
    let literal = literal(open.unwrap_or(body))?;
    if !literal.starts_with('/')
        || literal.contains("//")
        || (open.is_some() && literal.ends_with('/'))
    {
        return None;
    }
    // What is matched is all of the path, so nothing is left of it.
    Some(Written {
        path: literal,
        kind: if open.is_some() {
            PathKind::Prefix
        } else {
            PathKind::Exact
        },
        strip_prefix: false,
        rewrite: strip.then(|| "/".to_owned()),
        whole_segments: false,
    })
}

/// The text that a pattern without any operator stands for.
fn literal(pattern: &str) -> Option<String> {
    let mut text = String::new();
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next()? {
                c @ ('.' | '-' | '/' | '_' | '~') => text.push(c),
                _ => return None,
            },
            c if c.is_ascii_alphanumeric() || "/_-~".contains(c) => text.push(c),
            _ => return None,
        }
    }
    let dots = text
        .split('/')
        .any(|segment| segment == "." || segment == "..");
    (!dots).then_some(text)
}

/// Names the groups of a pattern that have none, in the order they open: `g1`, `g2` and so on.
pub(super) fn name_groups(pattern: &str) -> String {
    let mut named = String::new();
    let (mut n, mut in_class, mut escaped) = (0, false, false);
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        named.push(c);
        if escaped {
            escaped = false;
            continue;
        }
        match c {
            '\\' => escaped = true,
            '[' => in_class = true,
            ']' => in_class = false,
            '(' if !in_class && chars.peek() != Some(&'?') => {
                n += 1;
                named.push_str(&format!("?<g{n}>"));
            }
            '(' if !in_class => {
                let rest: String = chars.clone().take(3).collect();
                let is_named = rest.starts_with("?P<")
                    || (rest.starts_with("?<") && !rest.ends_with(['=', '!']));
                n += u32::from(is_named);
            }
            _ => {}
        }
    }
    named
}

/// The pattern with the slash that the group `name` begins with before the group, so that what the
/// group holds can follow a slash. `None` where the group does not begin with one.
pub(super) fn slash_before_group(pattern: &str, name: &str) -> Option<String> {
    let opening = [format!("(?<{name}>"), format!("(?P<{name}>")];
    let (at, opening) = opening
        .iter()
        .find_map(|text| Some((pattern.find(text)?, text)))?;
    let body = pattern[at + opening.len()..].strip_prefix('/')?;
    let (mut depth, mut in_class, mut escaped) = (0, false, false);
    for (n, c) in body.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '[' => in_class = true,
            ']' => in_class = false,
            _ if in_class => {}
            '(' => depth += 1,
            '|' if depth == 0 => return None,
            ')' if depth == 0 => {
                let (inner, rest) = body.split_at(n);
                return Some(format!("{}(?:/{opening}{inner}){rest}", &pattern[..at]));
            }
            ')' => depth -= 1,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_format_has_its_own_sign_of_a_regular_expression() {
        let regex = |text: &str| KongPath::Regex(text.to_owned());
        let prefix = |text: &str| KongPath::Prefix(text.to_owned());
        assert_eq!(KongPath::read("~/a/\\d+$", true), regex("/a/\\d+$"));
        assert_eq!(KongPath::read("/a/\\d+$", true), prefix("/a/\\d+$"));
        assert_eq!(KongPath::read("/a/\\d+$", false), regex("/a/\\d+$"));
        assert_eq!(KongPath::read("/a.b/~c", false), prefix("/a.b/~c"));
    }

    #[test]
    fn what_a_path_says_is_written_as_plainly_as_can_be() {
        let table = [
            ("/users", true, "/users", PathKind::Prefix, true, None),
            ("/", true, "/", PathKind::Prefix, false, None),
            ("~/debug$", false, "/debug", PathKind::Exact, false, None),
            (
                "~/debug$",
                true,
                "/debug",
                PathKind::Exact,
                false,
                Some("/"),
            ),
            (
                "~/users(?:/.*)?$",
                false,
                "/users",
                PathKind::Prefix,
                false,
                None,
            ),
            ("~/a\\.b$", false, "/a.b", PathKind::Exact, false, None),
            (
                "~/v\\d+",
                false,
                "(?:/v\\d+).*",
                PathKind::Regex,
                false,
                None,
            ),
            (
                "~/v\\d+",
                true,
                "(?:/v\\d+)/?(?<rest>.*)",
                PathKind::Regex,
                false,
                Some("/{rest}"),
            ),
            (
                "~/n/\\d+$",
                true,
                "/n/\\d+",
                PathKind::Regex,
                false,
                Some("/"),
            ),
            ("/a b", false, "(?:/a b).*", PathKind::Regex, false, None),
        ];
        for (text, strip, path, kind, strip_prefix, rewrite) in table {
            let written = write(&KongPath::read(text, true), strip).unwrap();
            assert_eq!(
                (
                    written.path.as_str(),
                    written.kind,
                    written.strip_prefix,
                    written.rewrite.as_deref()
                ),
                (path, kind, strip_prefix, rewrite),
                "{text}"
            );
        }
        assert!(write(&KongPath::read("~/(?=a)", true), false).is_err());
        assert!(write(&KongPath::read("~/(", true), false).is_err());
    }

    #[test]
    fn a_slash_is_taken_out_of_a_group_without_changing_what_matches() {
        let before = |pattern| slash_before_group(pattern, "rest");
        assert_eq!(
            before("/v1(?<rest>/users(?:/.*)?)").as_deref(),
            Some("/v1(?:/(?<rest>users(?:/.*)?))")
        );
        assert_eq!(
            before("/a(?<rest>/.*)?").as_deref(),
            Some("/a(?:/(?<rest>.*))?")
        );
        assert_eq!(before("/a(?<rest>/b|c)"), None);
        assert_eq!(before("/a(?<rest>b)"), None);
        assert_eq!(before("/a(?<rest>/"), None);
    }

    #[test]
    fn groups_are_counted_as_kong_counts_them() {
        assert_eq!(
            name_groups(r"/(a)/(?<id>b)/(?:c)/\(/[(]/(d)"),
            r"/(?<g1>a)/(?<id>b)/(?:c)/\(/[(]/(?<g3>d)"
        );
    }
}
