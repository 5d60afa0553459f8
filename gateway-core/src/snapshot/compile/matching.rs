//! What a route asks of requests, compiled.

use http::uri::Authority;
use http::{HeaderName, Method};

use super::versions::compile_pattern;
use crate::config::{self, ConditionTest, Issue, PathKind, VersionPlace, VersionScheme};
use crate::snapshot::matcher::conditions::{Condition, Subject, Test};
use crate::snapshot::matcher::hosts::HostPattern;
use crate::snapshot::matcher::paths::{End, PathForm, PathPattern, Segment, whole};
use crate::snapshot::path;

/// Longest path of a route, in bytes.
const MOST_PATH_BYTES: usize = 2_048;
/// Most segments of a route's path.
const MOST_SEGMENTS: usize = 64;

/// The hosts of a route.
pub(super) fn compile_hosts(
    hosts: &[String],
    at: &str,
    issues: &mut Vec<Issue>,
) -> Vec<HostPattern> {
    let mut compiled = Vec::new();
    for (n, host) in hosts.iter().enumerate() {
        let at = format!("{at}.match.hosts[{n}]");
        match compile_host(host) {
            Err(message) => issues.push(Issue::error(at, message)),
            Ok(pattern) if compiled.contains(&pattern) => {
                issues.push(Issue::error(at, format!("`{host}` stands here twice")));
            }
            Ok(pattern) => compiled.push(pattern),
        }
    }
    compiled
}

fn compile_host(host: &str) -> Result<HostPattern, String> {
    let (name, wildcard) = match host.strip_prefix("*.") {
        Some(suffix) => (suffix, true),
        None => (host, false),
    };
    if name.contains('*') {
        return Err(format!(
            "`{host}`: a wildcard stands for whole labels at the front, as in `*.localhost`"
        ));
    }
    let is_name = name
        .parse::<Authority>()
        .is_ok_and(|authority| authority.host() == name);
    if !is_name || (wildcard && name.starts_with('[')) {
        return Err(format!("`{host}` is no host name (write it without port)"));
    }
    let name = name.to_ascii_lowercase();
    Ok(match wildcard {
        true => HostPattern::Wildcard(name),
        false => HostPattern::Exact(name),
    })
}

/// The path of a route.
pub(super) fn compile_path(
    text: &str,
    kind: PathKind,
    at: &str,
    issues: &mut Vec<Issue>,
) -> Option<PathPattern> {
    let form = match kind {
        PathKind::Prefix => literal(text, "path prefix").and_then(|()| prefix(text)),
        PathKind::Exact => {
            literal(text, "path").map(|()| (text.to_owned(), PathForm::Exact(text.to_owned())))
        }
        PathKind::Template => template(text),
        PathKind::Regex => whole(text).map(|regex| (text.to_owned(), PathForm::Regex(regex))),
    };
    match form {
        Ok((text, form)) => Some(PathPattern { text, form }),
        Err(message) => {
            issues.push(Issue::error(format!("{at}.match.path"), message));
            None
        }
    }
}

/// Checks a path that is taken as it is.
fn literal(text: &str, what: &str) -> Result<(), String> {
    if text.len() > MOST_PATH_BYTES || text.split('/').count() > MOST_SEGMENTS {
        return Err(format!(
            "a {what} may have at most {MOST_PATH_BYTES} bytes and {MOST_SEGMENTS} segments"
        ));
    }
    if !text.starts_with('/') {
        return Err(format!("`{text}` does not begin with `/`"));
    }
    if text.contains(['{', '}']) {
        return Err(format!(
            "`{text}` is no {what}: for parameters in braces set `path_kind: template`"
        ));
    }
    if text.contains(['?', '#', '*']) || text.chars().any(char::is_whitespace) {
        return Err(format!(
            "`{text}` is no {what}: it is taken as it is, in whole segments"
        ));
    }
    match path::normalise(text) {
        Ok(path) if path == text => Ok(()),
        Ok(path) => Err(format!("write it as `{path}`")),
        Err(reason) => Err(format!("`{text}` is no {what}: {reason}")),
    }
}

fn prefix(text: &str) -> Result<(String, PathForm), String> {
    let trimmed = text.trim_end_matches('/');
    let segments = trimmed
        .split('/')
        .skip(1)
        .map(|segment| Segment::Literal(segment.to_owned()))
        .collect();
    let text = if trimmed.is_empty() { "/" } else { trimmed };
    Ok((text.to_owned(), PathForm::Segments(segments, End::Anything)))
}

fn template(text: &str) -> Result<(String, PathForm), String> {
    if text.split('/').count() > MOST_SEGMENTS {
        return Err(format!(
            "a template may have at most {MOST_SEGMENTS} segments"
        ));
    }
    let text = match text.trim_end_matches('/') {
        "" if text.starts_with('/') => "/",
        trimmed => trimmed,
    };
    let mut names: Vec<&str> = Vec::new();
    let mut segments = Vec::new();
    let mut end = End::Here;
    let mut plain = String::new();
    for segment in text.split('/').skip(1).filter(|_| text != "/") {
        if end != End::Here {
            return Err("a parameter with `...` takes the rest: nothing can follow it".to_owned());
        }
        let parameter = segment
            .strip_prefix('{')
            .and_then(|inner| inner.strip_suffix('}'));
        let Some(inner) = parameter else {
            if segment.contains(['{', '}']) {
                return Err(format!(
                    "`{segment}`: a parameter is a whole segment, such as `{{id}}`"
                ));
            }
            plain = format!("{plain}/{segment}");
            segments.push(Segment::Literal(segment.to_owned()));
            continue;
        };
        plain.push_str("/x");
        let name = inner.strip_suffix("...").unwrap_or(inner);
        check_parameter(name)?;
        if names.contains(&name) {
            return Err(format!("two parameters are called `{name}`"));
        }
        names.push(name);
        match inner.ends_with("...") {
            true => end = End::Parameter(name.to_owned()),
            false => segments.push(Segment::Parameter(name.to_owned())),
        }
    }
    if !text.starts_with('/') {
        return Err(format!("`{text}` does not begin with `/`"));
    }
    // What is literal must be a path as requests have it.
    literal(if plain.is_empty() { "/" } else { &plain }, "template")?;
    Ok((text.to_owned(), PathForm::Segments(segments, end)))
}

/// Names that stand for something else where a path is rewritten.
const RESERVED: [&str; 3] = ["path", "query", "host"];

fn check_parameter(name: &str) -> Result<(), String> {
    let mut bytes = name.bytes();
    let is_name = bytes
        .next()
        .is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if !is_name {
        return Err(format!(
            "`{name}` is no name for a parameter: use letters, digits and `_`"
        ));
    }
    if RESERVED.contains(&name) {
        return Err(format!(
            "a parameter may not be called `{name}`: that stands for the request's own"
        ));
    }
    Ok(())
}

/// The methods of a route.
pub(super) fn compile_methods(
    methods: &[String],
    at: &str,
    issues: &mut Vec<Issue>,
) -> Vec<Method> {
    let mut compiled = Vec::new();
    for (n, method) in methods.iter().enumerate() {
        let at = format!("{at}.match.methods[{n}]");
        match method.to_ascii_uppercase().parse::<Method>() {
            Ok(method @ (Method::CONNECT | Method::TRACE)) => {
                issues.push(Issue::error(at, format!("{method} is never proxied")));
            }
            Ok(method) if compiled.contains(&method) => {
                issues.push(Issue::error(at, format!("{method} stands here twice")));
            }
            Ok(method) => compiled.push(method),
            Err(_) => issues.push(Issue::error(at, format!("`{method}` is no method"))),
        }
    }
    compiled
}

/// The conditions of a route: those on headers, then those on query parameters.
pub(super) fn compile_conditions(
    matches: &config::Match,
    at: &str,
    issues: &mut Vec<Issue>,
) -> Vec<Condition> {
    let mut compiled: Vec<Condition> = Vec::new();
    let headers = matches.headers.iter().enumerate();
    let query = matches.query.iter().enumerate();
    let all = headers
        .map(|(n, condition)| ("headers", n, condition))
        .chain(query.map(|(n, condition)| ("query", n, condition)));
    for (list, n, condition) in all {
        let at = format!("{at}.match.{list}[{n}]");
        let Some(condition) = compile_condition(condition, list, &at, issues) else {
            continue;
        };
        if compiled.iter().any(|other| other.same_as(&condition)) {
            issues.push(Issue::error(at, "this condition stands here twice"));
            continue;
        }
        if let Some(other) = compiled.iter().find(|other| other.excludes(&condition)) {
            let message = format!(
                "this can't hold as long as {} has to: no request would be taken",
                other.sentence()
            );
            issues.push(Issue::error(at, message));
            continue;
        }
        compiled.push(condition);
    }
    compiled
}

pub(super) fn compile_condition(
    condition: &config::Condition,
    list: &str,
    at: &str,
    issues: &mut Vec<Issue>,
) -> Option<Condition> {
    let config::Condition { name, test, value } = condition;
    let on = match list {
        "headers" => header_subject(name),
        _ if name.is_empty() => Err("name the query parameter".to_owned()),
        _ => Ok(Subject::Query(name.clone())),
    };
    let on = on.map_err(|message| issues.push(Issue::error(format!("{at}.name"), message)));
    let test = match (test, value) {
        (ConditionTest::Equals, Some(value)) => Ok(Test::Equals(value.clone())),
        (ConditionTest::Matches, Some(value)) => {
            whole(value).map(|regex| Test::Matches(regex, value.clone()))
        }
        (ConditionTest::Equals, None) => Err("say which value it has to have".to_owned()),
        (ConditionTest::Matches, None) => Err("give the regular expression".to_owned()),
        (ConditionTest::Present | ConditionTest::Absent, Some(_)) => {
            Err("leave the value out: any is taken".to_owned())
        }
        (ConditionTest::Present, None) => Ok(Test::Present),
        (ConditionTest::Absent, None) => Ok(Test::Absent),
    };
    let test = test.map_err(|message| issues.push(Issue::error(format!("{at}.value"), message)));
    Some(Condition {
        on: on.ok()?,
        test: test.ok()?,
    })
}

fn header_subject(name: &str) -> Result<Subject, String> {
    match name.parse::<HeaderName>() {
        Ok(http::header::HOST) => {
            Err("say it in `match.hosts`, where the port does not count".to_owned())
        }
        Ok(name) => Ok(Subject::Header(name)),
        Err(_) => Err(format!("`{name}` is no name of a header")),
    }
}

/// What a version looks like where a route's versions stand before its path; `None` where they
/// don't.
pub(super) fn compile_first_segment(versions: Option<&config::Versions>) -> Option<regex::Regex> {
    let versions = versions?;
    if (versions.by, versions.place) != (VersionScheme::Path, VersionPlace::First) {
        return None;
    }
    // What is wrong with it is said where versions are compiled.
    compile_pattern(versions).ok()
}
