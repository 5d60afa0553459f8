//! Paths as regular expressions with groups, and the path to send on made of them.

use crate::export::gate::Route;
use crate::export::patterns::{captured, portable};
use crate::snapshot::matcher::paths::{End, PathForm, Segment};
use crate::snapshot::rewrite::{Part, PathChange, Template};

/// An expression for all of a path, without anchors, and the path to send on instead; `None` for
/// the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Written {
    pub(super) pattern: String,
    pub(super) uri: Option<String>,
}

/// Where in a path its version stands.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place<'p> {
    /// Nowhere.
    Nowhere,
    /// Before the route's path, in a segment like this.
    First(&'p str),
    /// After the route's path, which is a prefix, in a segment like this.
    After(&'p str),
}

/// What a route's paths come to. `strip`: the version is taken away; `base`: what the path of its
/// service begins with.
pub(super) fn write(
    route: &Route<'_>,
    change: &PathChange,
    place: Place<'_>,
    strip: bool,
    base: &str,
) -> Vec<Written> {
    if let Place::After(segment) = place {
        return after(route, change, segment, strip, base);
    }
    let (lead, kept) = match place {
        Place::First(segment) if strip => (format!("/{segment}"), String::new()),
        Place::First(segment) => (
            format!("/(?<version>{segment})"),
            "/$(uri_captures['version'])".to_owned(),
        ),
        Place::Nowhere | Place::After(_) => (String::new(), String::new()),
    };
    let changes_version = matches!(place, Place::First(_)) && strip;
    match change {
        PathChange::Keep if base.is_empty() && !changes_version => {
            let lead = match place {
                Place::First(segment) => format!("/{segment}"),
                Place::Nowhere | Place::After(_) => String::new(),
            };
            let pattern = format!("{lead}{}", Pattern::new(route, Keep::default()).text);
            vec![Written { pattern, uri: None }]
        }
        PathChange::Keep => {
            let keep = Keep {
                whole: true,
                ..Keep::default()
            };
            let pattern = Pattern::new(route, keep);
            let uri = format!("{}{kept}{}", literal(base), pattern.whole);
            vec![Written {
                pattern: format!("{lead}{}", pattern.text),
                uri: Some(uri),
            }]
        }
        PathChange::StripPrefix => {
            let keep = Keep {
                rest: true,
                ..Keep::default()
            };
            let pattern = Pattern::new(route, keep);
            let uri = format!("{}{kept}/$(uri_captures['rest'])", literal(base));
            vec![Written {
                pattern: format!("{lead}{}", pattern.text),
                uri: Some(uri),
            }]
        }
        PathChange::Rewrite(template) => {
            let has = |wanted: &Part| template.0.contains(wanted);
            let keep = Keep {
                whole: has(&Part::Path),
                rest: has(&Part::Rest),
                parameters: template
                    .0
                    .iter()
                    .any(|part| matches!(part, Part::Parameter(_))),
            };
            let pattern = Pattern::new(route, keep);
            let before = groups(&lead);
            let made = filled(template, &pattern, before);
            vec![Written {
                pattern: format!("{lead}{}", pattern.text),
                uri: Some(format!("{}{kept}{made}", literal(base))),
            }]
        }
    }
}

/// How many groups of an expression capture.
fn groups(pattern: &str) -> usize {
    pattern.matches("(?<").count()
}

fn filled(template: &Template, pattern: &Pattern, before: usize) -> String {
    let mut made = String::new();
    for part in &template.0 {
        match part {
            Part::Literal(text) => made.push_str(&literal(text)),
            Part::Path => match made.ends_with('/') {
                true => made.push_str(pattern.whole.trim_start_matches('/')),
                false => made.push_str(&pattern.whole),
            },
            Part::Rest => made.push_str("$(uri_captures['rest'])"),
            Part::Parameter(name) => made.push_str(&pattern.parameter(name, before)),
            Part::Host | Part::Query => {}
        }
    }
    made
}

/// Text in a template of Kong's, where `$(` begins an expression.
pub(super) fn literal(text: &str) -> String {
    text.replace("$(", "$('$')(")
}

fn after(
    route: &Route<'_>,
    change: &PathChange,
    segment: &str,
    strip: bool,
    base: &str,
) -> Vec<Written> {
    let text = route.compiled.path.text.trim_end_matches('/');
    let prefix = escaped_path(text);
    let base = literal(base);
    let one = |rest: &str, uri: Option<String>| Written {
        pattern: format!("{prefix}/{rest}"),
        uri,
    };
    if !strip {
        let (rest, uri) = match change {
            PathChange::Keep if base.is_empty() => (format!("{segment}(?:/.*)?"), None),
            PathChange::Keep => (
                format!("(?<rest>{segment}(?:/.*)?)"),
                Some(format!("{base}{}/$(uri_captures['rest'])", literal(text))),
            ),
            PathChange::StripPrefix => (
                format!("(?<rest>{segment}(?:/.*)?)"),
                Some(format!("{base}/$(uri_captures['rest'])")),
            ),
            PathChange::Rewrite(template) => (
                format!("(?<rest>{segment}(?:/.*)?)"),
                Some(format!("{base}{}", with_rest(template, text, true))),
            ),
        };
        return vec![one(&rest, uri)];
    }
    let uri = |has_rest: bool| match change {
        PathChange::Keep if has_rest => format!("{}/$(uri_captures['rest'])", literal(text)),
        PathChange::Keep if text.is_empty() => "/".to_owned(),
        PathChange::Keep => literal(text),
        PathChange::StripPrefix if has_rest => "/$(uri_captures['rest'])".to_owned(),
        PathChange::StripPrefix => "/".to_owned(),
        PathChange::Rewrite(template) => with_rest(template, text, has_rest),
    };
    vec![
        one(
            &format!("{segment}/(?<rest>.+)"),
            Some(format!("{base}{}", uri(true))),
        ),
        one(
            &format!("{segment}/?"),
            Some(format!("{base}{}", uri(false))),
        ),
    ]
}

/// A template for a prefix, with something after it or not.
fn with_rest(template: &Template, text: &str, has_rest: bool) -> String {
    let mut made = String::new();
    for part in &template.0 {
        match part {
            Part::Literal(text) => made.push_str(&literal(text)),
            Part::Path => {
                made.push_str(&literal(text));
                if has_rest {
                    made.push_str("/$(uri_captures['rest'])");
                }
            }
            Part::Rest if has_rest => made.push_str("$(uri_captures['rest'])"),
            Part::Rest | Part::Parameter(_) | Part::Host | Part::Query => {}
        }
    }
    made
}

/// What of a path is put into groups.
#[derive(Clone, Copy, Default)]
struct Keep {
    whole: bool,
    rest: bool,
    parameters: bool,
}

struct Pattern {
    text: String,
    /// The whole path, as a template.
    whole: String,
    /// Names of the route, and the group in Kong's words; a number where it has no name there.
    names: Vec<(String, Result<String, usize>)>,
}

impl Pattern {
    fn new(route: &Route<'_>, keep: Keep) -> Self {
        let mut names = Vec::new();
        let body = match &route.compiled.path.form {
            PathForm::Exact(text) => escaped_path(text),
            PathForm::Regex(_) => {
                for (n, name) in captured(&route.compiled.path.form).into_iter().enumerate() {
                    names.extend(name.map(|name| (name, Err(n + 1 + usize::from(keep.whole)))));
                }
                let text = portable(&route.config.matches.path);
                text.unwrap_or_else(|_| "/.*".to_owned())
            }
            PathForm::Segments(segments, end) => of_segments(segments, end, keep, &mut names),
        };
        let inner = body.strip_prefix('/').filter(|rest| !rest.contains('|'));
        let is_regex = matches!(route.compiled.path.form, PathForm::Regex(_));
        let (text, whole) = match (keep.whole, inner) {
            (true, Some(rest)) => (
                format!("/(?<whole>{rest})"),
                "/$(uri_captures['whole'])".to_owned(),
            ),
            (true, None) => (
                format!("(?<whole>{body})"),
                "$(uri_captures['whole'])".to_owned(),
            ),
            (false, _) if is_regex && body.contains('|') => (format!("(?:{body})"), String::new()),
            (false, _) => (body, String::new()),
        };
        Self { text, whole, names }
    }

    fn parameter(&self, name: &str, before: usize) -> String {
        let group = self.names.iter().find(|(one, _)| one == name);
        match group {
            Some((_, Ok(name))) => format!("$(uri_captures['{name}'])"),
            Some((_, Err(n))) => format!("$(uri_captures[{}])", n + before),
            None => String::new(),
        }
    }
}

fn of_segments(
    segments: &[Segment],
    end: &End,
    keep: Keep,
    names: &mut Vec<(String, Result<String, usize>)>,
) -> String {
    let mut group = |name: &str, pattern: &str| match keep.parameters {
        false => pattern.to_owned(),
        true => {
            let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
                && name.starts_with(|c: char| c.is_ascii_alphabetic())
                && name.len() <= 32
                && !["whole", "version"].contains(&name);
            let there = match plain {
                true => name.to_owned(),
                false => format!("p{}", names.len() + 1),
            };
            names.push((name.to_owned(), Ok(there.clone())));
            format!("(?<{there}>{pattern})")
        }
    };
    let mut text = String::new();
    for segment in segments {
        text.push('/');
        match segment {
            Segment::Literal(literal) => text.push_str(&escaped(literal)),
            Segment::Parameter(name) => text.push_str(&group(name, "[^/]+")),
        }
    }
    match end {
        End::Here if text.is_empty() => text.push('/'),
        End::Here => text.push_str("/?"),
        End::Anything if text.is_empty() => text.push_str(match keep.rest {
            true => "/(?<rest>.*)",
            false => "/.*",
        }),
        End::Anything => text.push_str(match keep.rest {
            true => "(?:/(?<rest>.*))?",
            false => "(?:/.*)?",
        }),
        End::Parameter(name) => {
            text.push('/');
            text.push_str(&group(name, "[^/]+(?:/[^/]+)*/?"));
        }
    }
    text
}

/// A path as an expression that takes it alone.
fn escaped_path(text: &str) -> String {
    text.split('/').map(escaped).collect::<Vec<_>>().join("/")
}

/// Text of a path. Kong sees paths percent-encoded but for letters, digits and `-._~`.
pub(super) fn escaped(text: &str) -> String {
    let mut made = String::new();
    for c in text.chars() {
        match c {
            c if c.is_ascii_alphanumeric() || "-_~".contains(c) => made.push(c),
            '.' => made.push_str("\\."),
            c => {
                let mut bytes = [0; 4];
                let encoded: String = c
                    .encode_utf8(&mut bytes)
                    .bytes()
                    .map(|byte| format!("%{byte:02X}"))
                    .collect();
                made.push_str(&format!("(?:{encoded}|{})", regex::escape(&c.to_string())));
            }
        }
    }
    made
}
