//! Answers that stand in for a service, compiled.

use http::header::CONTENT_TYPE;
use std::time::Duration;

use super::header_edits::compile_answer_at;
use super::matching::{compile_conditions, compile_hosts, compile_methods, compile_path};
use crate::config::{self, Issue};
use crate::snapshot::answer::FixedAnswer;
use crate::snapshot::mock::{BodyTemplate, Mock, MockBody, MockRule, is_template};

/// A mock that is switched on, or `None` if it is switched off or wrong. `at` is the place of its
/// route or version.
pub(super) fn compile_mock(mock: &config::Mock, at: &str, issues: &mut Vec<Issue>) -> Option<Mock> {
    let config::Mock { enabled, rules } = mock;
    let at = format!("{at}.mock");
    if rules.is_empty() {
        let message = "add a rule: it says what is answered";
        issues.push(Issue::error(format!("{at}.rules"), message));
    }
    let mut compiled = Vec::new();
    for (n, rule) in rules.iter().enumerate() {
        compiled.extend(compile_rule(rule, &format!("{at}.rules[{n}]"), issues));
    }
    let takes_all = |rule: &config::MockRule| rule.matches == config::Match::default();
    if let Some(n) = rules.iter().position(takes_all)
        && n + 1 < rules.len()
    {
        let message = format!(
            "no request gets this far: rule {} takes all there are",
            n + 1
        );
        let at = format!("{at}.rules[{}]", n + 1);
        issues.push(Issue::warning(at, message));
    }
    (*enabled && !compiled.is_empty()).then_some(Mock { rules: compiled })
}

fn compile_rule(rule: &config::MockRule, at: &str, issues: &mut Vec<Issue>) -> Option<MockRule> {
    let config::MockRule {
        matches,
        status,
        headers,
        body,
        delay_ms,
    } = rule;
    let hosts = compile_hosts(&matches.hosts, at, issues);
    let path = compile_path(&matches.path, matches.path_kind, at, issues);
    let methods = compile_methods(&matches.methods, at, issues);
    let conditions = compile_conditions(matches, at, issues);
    let answer = config::FixedAnswer {
        status: *status,
        headers: headers.clone(),
        body: body.clone(),
    };
    let FixedAnswer {
        status,
        mut headers,
        body,
    } = compile_answer_at(&answer, at, issues)?;
    let given = rule
        .headers
        .iter()
        .any(|line| line.name.eq_ignore_ascii_case("content-type"));
    if !given && looks_like_json(&rule.body) {
        let json = http::HeaderValue::from_static("application/json");
        headers.insert(CONTENT_TYPE, json);
    }
    let is_html = headers
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .is_some_and(|kind| kind.starts_with("text/html"));
    let body = match is_template(&rule.body) {
        false => MockBody::Fixed(body),
        true => match BodyTemplate::read(&rule.body, is_html) {
            Ok(template) => MockBody::Template(Box::new(template)),
            Err(message) => {
                issues.push(Issue::error(format!("{at}.body"), message));
                return None;
            }
        },
    };
    Some(MockRule {
        hosts,
        path: path?,
        methods,
        conditions,
        status,
        headers,
        body,
        delay: Duration::from_millis((*delay_ms).into()),
    })
}

/// Whoever writes an object or a list means JSON.
fn looks_like_json(body: &str) -> bool {
    let body = body.trim();
    let is_object = body.starts_with('{') && !is_template(&body[..body.len().min(2)]);
    (is_object && body.ends_with('}')) || (body.starts_with('[') && body.ends_with(']'))
}
