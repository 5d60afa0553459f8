//! Paths that a route takes.

use std::ops::Range;

use regex::Regex;

/// A route's path, compiled.
#[derive(Clone, Debug)]
pub struct PathPattern {
    /// As written in the config, without a slash at its end where that doesn't count.
    pub text: String,
    /// What it means.
    pub form: PathForm,
}

/// What a route's path means.
#[derive(Clone, Debug)]
pub enum PathForm {
    /// This path and no other.
    Exact(String),
    /// Segments from the beginning: prefixes and templates. A slash at a path's end doesn't count.
    Segments(Vec<Segment>, End),
    /// All of the path matches.
    Regex(Regex),
}

/// One segment of a prefix or a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Segment {
    /// These characters.
    Literal(String),
    /// Any, called by this name.
    Parameter(String),
}

/// What may follow the segments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// Nothing.
    Here,
    /// Any number of segments, also none: a prefix.
    Anything,
    /// One or more segments, called by this name.
    Parameter(String),
}

impl PathPattern {
    /// Whether it takes a normalised path.
    pub fn takes(&self, path: &str) -> bool {
        match &self.form {
            PathForm::Exact(exact) => exact == path,
            PathForm::Regex(regex) => regex.is_match(path),
            PathForm::Segments(wanted, end) => {
                let mut found = segments(path);
                let all = wanted.iter().all(|wanted| match found.next() {
                    Some((_, segment)) => wanted.takes(segment),
                    None => false,
                });
                all && match end {
                    End::Here => found.next().is_none(),
                    End::Anything => true,
                    End::Parameter(_) => found.next().is_some(),
                }
            }
        }
    }

    /// Names of the parameters that a request gives a value.
    pub fn parameters(&self) -> Vec<&str> {
        match &self.form {
            PathForm::Exact(_) => Vec::new(),
            PathForm::Regex(regex) => regex.capture_names().flatten().collect(),
            PathForm::Segments(wanted, end) => {
                let named = wanted.iter().filter_map(|segment| match segment {
                    Segment::Literal(_) => None,
                    Segment::Parameter(name) => Some(name.as_str()),
                });
                let last = match end {
                    End::Here | End::Anything => None,
                    End::Parameter(name) => Some(name.as_str()),
                };
                named.chain(last).collect()
            }
        }
    }

    /// Where in a normalised path that it takes the parameter `name` stands; an optional group of a
    /// regular expression may stand nowhere.
    pub fn parameter(&self, name: &str, path: &str) -> Option<Range<usize>> {
        match &self.form {
            PathForm::Exact(_) => None,
            PathForm::Regex(regex) => regex.captures(path)?.name(name).map(|found| found.range()),
            PathForm::Segments(wanted, end) => {
                let mut found = segments(path);
                for wanted in wanted {
                    let (at, segment) = found.next()?;
                    if *wanted == Segment::Parameter(name.to_owned()) {
                        return Some(at..at + segment.len());
                    }
                }
                let (at, _) = found.next()?;
                (*end == End::Parameter(name.to_owned())).then_some(at..path.len())
            }
        }
    }
}

impl Segment {
    fn takes(&self, segment: &str) -> bool {
        match self {
            Self::Literal(literal) => literal == segment,
            Self::Parameter(_) => true,
        }
    }
}

/// The segments of a normalised path and where each begins; a slash at the end begins none.
fn segments(path: &str) -> impl Iterator<Item = (usize, &str)> {
    let trimmed = path.trim_end_matches('/');
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = trimmed.get(at + 1..)?;
        let segment = &rest[..rest.find('/').unwrap_or(rest.len())];
        let found = (at + 1, segment);
        at += 1 + segment.len();
        Some(found)
    })
}

/// The first segment of a normalised path and the path without it; `None` for `/`.
pub fn split_first(path: &str) -> Option<(&str, &str)> {
    let rest = path.strip_prefix('/')?;
    if rest.is_empty() {
        return None;
    }
    Some(match rest.find('/') {
        Some(at) => (&rest[..at], &rest[at..]),
        None => (rest, "/"),
    })
}

/// A regular expression that has to match all of a text, of bounded size.
///
/// # Errors
/// What is wrong with it.
pub fn whole(pattern: &str) -> Result<Regex, String> {
    /// Longest pattern, in bytes.
    const MOST_BYTES: usize = 2_048;
    /// Largest compiled program, in bytes.
    const MOST_COMPILED: usize = 256 * 1024;

    if pattern.len() > MOST_BYTES {
        return Err(format!(
            "a regular expression may have at most {MOST_BYTES} bytes"
        ));
    }
    let built = |pattern: &str| {
        regex::RegexBuilder::new(pattern)
            .size_limit(MOST_COMPILED)
            .build()
            .map_err(|error| match error {
                regex::Error::CompiledTooBig(_) => {
                    "this regular expression is too large; ask for fewer repetitions".to_owned()
                }
                error => {
                    // The library draws the place over several lines; the last one says it.
                    let text = error.to_string();
                    let reason = text.lines().last().unwrap_or_default();
                    let reason = reason.trim().trim_start_matches("error: ");
                    format!("this is no regular expression: {reason}")
                }
            })
    };
    // By itself first, so that `a)|(b` does not become right by what is put around it.
    built(pattern)?;
    built(&anchored(pattern))
}

/// The pattern that matches where all of a text matches `pattern`.
pub fn anchored(pattern: &str) -> String {
    format!(r"\A(?:{pattern})\z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_are_found_where_they_stand() {
        let of = |path| segments(path).collect::<Vec<_>>();
        assert_eq!(of("/"), []);
        assert_eq!(of("/a"), [(1, "a")]);
        assert_eq!(of("/a/b/"), [(1, "a"), (3, "b")]);
        assert_eq!(split_first("/"), None);
        assert_eq!(split_first("/v1"), Some(("v1", "/")));
        assert_eq!(split_first("/v1/"), Some(("v1", "/")));
        assert_eq!(split_first("/v1/a/b"), Some(("v1", "/a/b")));
    }

    #[test]
    fn a_regular_expression_is_for_the_whole_text_and_cannot_escape_that() {
        assert!(!whole("/a|/b").unwrap().is_match("/ab"));
        assert!(!whole("(?m)/a$").unwrap().is_match("/a\nb"));
        assert!(whole("/a)|(/b").is_err());
        assert!(whole(r"/(a{1000}){1000}").is_err());
        assert!(whole(&"a".repeat(3_000)).is_err());
    }
}
