//! Tests of what only the detail of an exchange tells: headers, bodies, what its stages decided.
//! They are slower, since the detail of every row that could match has to be read.

use serde_json::Value;

use super::range::Range;
use super::test::Pattern;
use crate::record::cells::{json, plain};
use crate::record::decision::Facts;
use crate::record::detail::{CapturedBody, HeaderLine, Kept};

/// What is asked of the detail of an exchange.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Deep {
    /// A header of the request as it came; its name is in lower case.
    RequestHeader(String, Option<Pattern>),
    /// A header of the answer as the caller got it.
    ResponseHeader(String, Option<Pattern>),
    /// The kept text of a body.
    Body(Side, Pattern),
    /// A member of a body's JSON: the names, or the places in lists, that lead to it.
    Member(Side, Vec<String>, Pattern),
    /// The trace id, in lower case.
    Trace(String),
    /// The name of a limit that had no room.
    LimitedBy(Pattern),
    /// What a limit had left after the request.
    LimitLeft(Range),
    /// A body of which more passed than is kept.
    Truncated,
}

/// Whose body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Request,
    Response,
    Either,
}

impl Deep {
    pub(super) fn matches(&self, kept: &Kept) -> bool {
        match self {
            Self::RequestHeader(name, pattern) => {
                header(&kept.client_request, name, pattern.as_ref())
            }
            Self::ResponseHeader(name, pattern) => kept
                .client_response
                .as_ref()
                .is_some_and(|lines| header(lines, name, pattern.as_ref())),
            Self::Body(side, pattern) => bodies(kept, *side)
                .filter_map(|body| body.text.as_ref())
                .any(|text| pattern.matches(text)),
            Self::Member(side, path, pattern) => bodies(kept, *side)
                .filter_map(|body| json(body).ok())
                .any(|value| member(&value, path).is_some_and(|it| pattern.matches(&plain(it)))),
            Self::Trace(id) => kept.trace_id.eq_ignore_ascii_case(id),
            Self::LimitedBy(pattern) => refusing(kept).any(|name| pattern.matches(name)),
            Self::LimitLeft(range) => left(kept).any(|left| range.holds(left)),
            Self::Truncated => bodies(kept, Side::Either).any(|body| body.truncated),
        }
    }
}

fn header(lines: &[HeaderLine], name: &str, pattern: Option<&Pattern>) -> bool {
    lines.iter().any(|line| {
        line.name.eq_ignore_ascii_case(name)
            && pattern.is_none_or(|pattern| pattern.matches(&line.value))
    })
}

/// What the names lead to.
fn member<'a>(value: &'a Value, path: &[String]) -> Option<&'a Value> {
    path.iter().try_fold(value, |value, name| match value {
        Value::Object(members) => members.get(name),
        Value::Array(entries) => entries.get(name.parse::<usize>().ok()?),
        _ => None,
    })
}

fn bodies(kept: &Kept, side: Side) -> impl Iterator<Item = &CapturedBody> {
    let request = (side != Side::Response).then_some(&kept.request_body);
    let response = (side != Side::Request).then_some(&kept.response_body);
    request.into_iter().chain(response)
}

fn facts(kept: &Kept) -> impl Iterator<Item = &Facts> {
    kept.trace.iter().map(|decision| &decision.facts)
}

/// Names of the limits that had no room.
fn refusing(kept: &Kept) -> impl Iterator<Item = &str> {
    facts(kept).flat_map(|facts| match facts {
        Facts::Limits {
            limits,
            quotas,
            concurrency,
        } => {
            let limits = limits.iter().filter(|fact| !fact.admitted);
            let quotas = quotas.iter().filter(|fact| !fact.admitted);
            let concurrency = concurrency.iter().filter(|fact| !fact.admitted);
            let limits = limits.map(|fact| fact.name.as_str());
            let quotas = quotas.map(|fact| fact.name.as_str());
            limits
                .chain(quotas)
                .chain(concurrency.map(|fact| fact.name.as_str()))
                .collect()
        }
        _ => Vec::new(),
    })
}

/// What rate limits and quotas had left.
fn left(kept: &Kept) -> impl Iterator<Item = i64> {
    let number = |left: u64| i64::try_from(left).unwrap_or(i64::MAX);
    facts(kept).flat_map(move |facts| match facts {
        Facts::Limits { limits, quotas, .. } => {
            let limits = limits.iter().map(|fact| number(fact.remaining_after));
            let quotas = quotas.iter();
            let quotas = quotas.map(|fact| number(fact.requests.saturating_sub(fact.used_after)));
            limits.chain(quotas).collect()
        }
        _ => Vec::new(),
    })
}
