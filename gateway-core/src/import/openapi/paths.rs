//! Path templates as paths of routes.

use std::collections::HashSet;

use crate::config::PathKind;

/// Writes a template: a path as it is, whole segments as parameters, or a regular expression where
/// parameters are parts of segments.
pub(super) fn write(template: &str) -> (String, PathKind) {
    let mut names = HashSet::new();
    let plain = |text: &str| {
        !text.contains(['{', '}', '?', '#', '*', '%', ';', '\\'])
            && !text.chars().any(|c| c.is_whitespace() || c.is_control())
    };
    let odd =
        template.contains("//") || template.split('/').any(|part| part == "." || part == "..");
    if plain(template) && !odd {
        return (template.to_owned(), PathKind::Exact);
    }
    let mut segments = Vec::new();
    for segment in template.split('/') {
        let inner = segment
            .strip_prefix('{')
            .and_then(|inner| inner.strip_suffix('}'));
        match inner {
            Some(inner) if !inner.contains(['{', '}']) => {
                segments.push(format!("{{{}}}", parameter(inner, &mut names)));
            }
            _ if plain(segment) => segments.push(segment.to_owned()),
            _ => return (regex(template), PathKind::Regex),
        }
    }
    match odd {
        true => (regex(template), PathKind::Regex),
        false => (segments.join("/"), PathKind::Template),
    }
}

fn regex(template: &str) -> String {
    let mut names = HashSet::new();
    let mut pattern = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        pattern.push_str(&regex::escape(before));
        let Some((name, after)) = after.split_once('}') else {
            pattern.push_str("\\{");
            rest = after;
            continue;
        };
        pattern.push_str(&format!("(?<{}>[^/]+)", parameter(name, &mut names)));
        rest = after;
    }
    pattern.push_str(&regex::escape(rest));
    pattern
}

/// A name that a parameter may have here, and no other of the path has.
fn parameter(name: &str, taken: &mut HashSet<String>) -> String {
    let mut plain: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .take(60)
        .collect();
    if plain.is_empty() || plain.starts_with(|c: char| c.is_ascii_digit()) {
        plain.insert(0, '_');
    }
    if matches!(plain.as_str(), "path" | "query" | "host" | "rest") {
        plain.push('_');
    }
    let mut unique = plain.clone();
    let mut n = 1;
    while !taken.insert(unique.clone()) {
        n += 1;
        unique = format!("{plain}_{n}");
    }
    unique
}

/// The same for templates that differ in the names of their parameters only.
pub(super) fn shape(path: &str) -> String {
    let mut shape = String::new();
    let mut within = false;
    for c in path.chars() {
        match c {
            '{' => within = true,
            '}' => {
                within = false;
                shape.push_str("{}");
            }
            c if !within => shape.push(c),
            _ => {}
        }
    }
    // A slash at the end of a template does not count here.
    match shape.trim_end_matches('/') {
        "" => "/".to_owned(),
        trimmed if shape.contains("{}") => trimmed.to_owned(),
        _ => shape,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_written_as_plainly_as_can_be() {
        for (template, path, kind) in [
            ("/orders", "/orders", PathKind::Exact),
            ("/", "/", PathKind::Exact),
            ("/a/{id}", "/a/{id}", PathKind::Template),
            (
                "/a/{some-id}/{some_id}",
                "/a/{some_id}/{some_id_2}",
                PathKind::Template,
            ),
            ("/a/{path}", "/a/{path_}", PathKind::Template),
            ("/a/{id}.json", "/a/(?<id>[^/]+)\\.json", PathKind::Regex),
            (
                "/a/{x}...{y}",
                "/a/(?<x>[^/]+)\\.\\.\\.(?<y>[^/]+)",
                PathKind::Regex,
            ),
            ("/a b", "/a b", PathKind::Regex),
            ("/a/{", "/a/\\{", PathKind::Regex),
        ] {
            assert_eq!(write(template), (path.to_owned(), kind), "{template}");
        }
        assert_eq!(shape("/a/{x}/b"), shape("/a/{y}/b"));
    }
}
