//! What a term `key:value` stands for.

use std::sync::Arc;

use pest::iterators::Pair;
use regex::RegexBuilder;

use super::When;
use super::deep::{Deep, Side as BodySide};
use super::parse::{Rule, inside_quotes, unquoted};
use super::range::{self, Range, Read, Side};
use super::test::{Column, Measure, Pattern, Property, Test};
use crate::record::decision::Stage;

/// Largest compiled regular expression, in bytes.
const LARGEST_REGEX: usize = 1 << 20;

/// The name of a term.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Term {
    Text(Column),
    Path,
    Id,
    Number(Measure),
    Time(Bound),
    Is,
    Has,
    Stage,
    Limit,
    Trace,
    Body(BodySide),
    Member(BodySide, Vec<String>),
    RequestHeader(String),
    ResponseHeader(String),
    Parameter(String),
}

/// Which end of a stretch of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bound {
    Since,
    Until,
}

/// Every name, for "did you mean" and for completion; with what it is for.
pub(crate) const NAMES: [(&str, &str); 34] = [
    ("status", "429, 5xx, >=500, 400..499"),
    ("path", "/orders and below; =, *, ~"),
    ("method", "GET"),
    ("route", "name of a route"),
    ("key", "name of an API key"),
    ("duration", ">200ms, 1s..3s, >p95"),
    ("is", "error, slow, limited, unauthed, …"),
    ("since", "-15m, 14:00, 2026-12-01T14:00"),
    ("until", "-5m, 14:00, 2026-12-01T14:00"),
    ("service", "name of a service"),
    ("version", "version of a route"),
    ("consumer", "name of a consumer"),
    ("plan", "name of a plan"),
    ("host", "host that was asked for"),
    ("upstream", "address of a target"),
    ("ip", "address of the caller"),
    ("proto", "http/1.1, http/2"),
    ("code", "why the gateway answered"),
    ("stage", "auth, limit, cache, connect, upstream, …"),
    ("limit", "name of a limit, left:<10"),
    ("source", "upstream, gateway, mock, cache"),
    ("cache", "hit, stale, revalidated, miss, bypass"),
    ("note", "text of the notes"),
    ("ttfb", "time to the first byte, >100ms"),
    ("upstream.time", "time of the service, >100ms"),
    ("size", "bytes of the answer, >10kb"),
    ("req.size", "bytes of the request, >10kb"),
    ("has", "body, query, key, header.NAME"),
    ("query", "text of the query"),
    ("id", "of a request"),
    ("trace", "id of a trace"),
    ("body", "text of either body (slow)"),
    ("req.body", "text of the request's body (slow)"),
    ("res.body", "text of the answer's body (slow)"),
];

/// Names that go on with one of the sender's own.
pub(crate) const PREFIXES: [(&str, &str); 6] = [
    ("header.", "a header of the request (slow)"),
    ("res.header.", "a header of the answer (slow)"),
    ("res.body.", "a member of the answer's JSON, a.0.b (slow)"),
    ("req.body.", "a member of the request's JSON (slow)"),
    ("body.", "a member of the JSON of either (slow)"),
    ("query.", "a parameter of the query"),
];

/// What `is:` and `has:` take.
pub(crate) const PROPERTIES: [&str; 15] = [
    "error",
    "slow",
    "limited",
    "unauthed",
    "retried",
    "pending",
    "unmatched",
    "ws",
    "sse",
    "grpc",
    "truncated",
    "replayed",
    "refresh",
    "running",
    "pinned",
];
pub(crate) const HAVINGS: [&str; 8] = [
    "body", "query", "key", "consumer", "plan", "route", "error", "messages",
];
pub(crate) const STAGES: [&str; 13] = [
    "accept",
    "match",
    "cors",
    "auth",
    "version",
    "authorise",
    "limit",
    "fault",
    "mock",
    "connect",
    "upstream",
    "aggregate",
    "answer",
];

impl Term {
    pub(super) fn named(written: &str) -> Option<Self> {
        let name = written.to_ascii_lowercase();
        let own = |prefix: &str| {
            let rest = name.strip_prefix(prefix)?;
            (!rest.is_empty()).then(|| rest.to_owned())
        };
        // Members of JSON are told apart by their case.
        let member = |side, prefix: &str| {
            let mut names = written.get(prefix.len()..)?.split('.').map(str::to_owned);
            let all = names.clone().all(|name| !name.is_empty());
            all.then(|| Self::Member(side, names.by_ref().collect()))
        };
        Some(match name.as_str() {
            "status" => Self::Number(Measure::Status),
            "duration" => Self::Number(Measure::Duration),
            "ttfb" => Self::Number(Measure::FirstByte),
            "upstream.time" => Self::Number(Measure::Upstream),
            "size" => Self::Number(Measure::ResponseBytes),
            "req.size" => Self::Number(Measure::RequestBytes),
            "since" => Self::Time(Bound::Since),
            "until" => Self::Time(Bound::Until),
            "method" => Self::Text(Column::Method),
            "host" => Self::Text(Column::Host),
            "route" => Self::Text(Column::Route),
            "version" => Self::Text(Column::Version),
            "service" => Self::Text(Column::Service),
            "upstream" => Self::Text(Column::Upstream),
            "key" => Self::Text(Column::Key),
            "consumer" => Self::Text(Column::Consumer),
            "plan" => Self::Text(Column::Plan),
            "ip" => Self::Text(Column::Ip),
            "proto" => Self::Text(Column::Protocol),
            "query" => Self::Text(Column::Query),
            "code" => Self::Text(Column::Code),
            "note" => Self::Text(Column::Note),
            "source" => Self::Text(Column::Source),
            "cache" => Self::Text(Column::Cache),
            "path" => Self::Path,
            "id" => Self::Id,
            "is" => Self::Is,
            "has" => Self::Has,
            "stage" => Self::Stage,
            "limit" => Self::Limit,
            "trace" => Self::Trace,
            "body" => Self::Body(BodySide::Either),
            "req.body" => Self::Body(BodySide::Request),
            "res.body" => Self::Body(BodySide::Response),
            name if name.starts_with("header.") => Self::RequestHeader(own("header.")?),
            name if name.starts_with("res.header.") => Self::ResponseHeader(own("res.header.")?),
            name if name.starts_with("body.") => member(BodySide::Either, "body.")?,
            name if name.starts_with("req.body.") => member(BodySide::Request, "req.body.")?,
            name if name.starts_with("res.body.") => member(BodySide::Response, "res.body.")?,
            name if name.starts_with("query.") => Self::Parameter(own("query.")?),
            _ => return None,
        })
    }

    /// The name that was probably meant.
    pub(super) fn nearest(key: &str) -> Option<&'static str> {
        let far = |known: &str| strsim::levenshtein(known, key);
        let names = NAMES.iter().map(|(name, _)| *name);
        let nearest = names.min_by_key(|known| far(known))?;
        (far(nearest) <= 2).then_some(nearest)
    }
}

/// Makes tests of terms.
pub(super) struct Terms<'a> {
    pub(super) when: &'a When,
}

impl Terms<'_> {
    /// The test that a value of a term stands for, or what to write instead.
    pub(super) fn test(&self, term: &Term, value: Pair<'_, Rule>) -> Result<Test, String> {
        let raw = value.as_str().to_owned();
        let wrong = |what: &str, write: &str| format!("`{raw}` is no {what}; write {write}");
        match term {
            Term::Text(column) => Ok(Test::Text(*column, pattern(value)?)),
            Term::Path => Ok(path(pattern(value)?)),
            Term::Id => Ok(Test::Id(plain(value))),
            Term::Number(measure) => number(*measure, value).ok_or_else(|| match measure {
                Measure::Status => wrong("status", "`404`, `5xx`, `>=400` or `400..499`"),
                Measure::ResponseBytes | Measure::RequestBytes => {
                    wrong("size", "`>10kb`, `<64ki` or `1kb..1mb`")
                }
                Measure::Duration | Measure::FirstByte | Measure::Upstream | Measure::Started => {
                    wrong("duration", "`>200ms`, `<2s`, `1s..3s` or `>p95`")
                }
            }),
            Term::Time(bound) => self
                .time(*bound, &plain_as_written(value))
                .ok_or_else(|| wrong("time", "`-15m`, `14:00` or `2026-12-01T14:00`")),
            Term::Is => property(&raw).ok_or_else(|| not_one_of(&raw, &PROPERTIES)),
            Term::Has => has(&raw).ok_or_else(|| {
                let named = ["header.NAME", "res.header.NAME", "query.NAME"];
                let known: Vec<_> = HAVINGS.iter().copied().chain(named).collect();
                not_one_of(&raw, &known)
            }),
            Term::Stage => stage(&raw).ok_or_else(|| not_one_of(&raw, &STAGES)),
            Term::Limit => {
                limit(value).ok_or_else(|| wrong("limit", "the name of one, or `left:<10`"))
            }
            Term::Trace => Ok(Test::Deep(Deep::Trace(plain(value)))),
            Term::Body(side) => Ok(Test::Deep(Deep::Body(*side, pattern(value)?))),
            Term::Member(side, path) => {
                let pattern = pattern(value)?;
                Ok(Test::Deep(Deep::Member(*side, path.clone(), pattern)))
            }
            Term::RequestHeader(name) => Ok(Test::Deep(Deep::RequestHeader(
                name.clone(),
                Some(pattern(value)?),
            ))),
            Term::ResponseHeader(name) => Ok(Test::Deep(Deep::ResponseHeader(
                name.clone(),
                Some(pattern(value)?),
            ))),
            Term::Parameter(name) => Ok(Test::Parameter(name.clone(), Some(pattern(value)?))),
        }
    }

    fn time(&self, bound: Bound, text: &str) -> Option<Test> {
        let When { now_us, zone } = self.when;
        let moment = range::moment(text, *now_us, zone)?;
        let range = match bound {
            Bound::Since => Range::Between(moment, i64::MAX),
            Bound::Until => Side::Below.range(moment, moment),
        };
        Some(Test::Number(Measure::Started, range))
    }
}

fn not_one_of(raw: &str, known: &[&str]) -> String {
    let known: Vec<_> = known.iter().map(|one| format!("`{one}`")).collect();
    format!("`{raw}` is not one of {}", known.join(", "))
}

fn number(measure: Measure, value: Pair<'_, Rule>) -> Option<Test> {
    let read: &Read<'_> = match measure {
        Measure::Status => &range::status,
        Measure::ResponseBytes | Measure::RequestBytes => &range::size,
        Measure::Duration | Measure::FirstByte | Measure::Upstream | Measure::Started => {
            &range::duration
        }
    };
    let takes_percentiles = matches!(
        measure,
        Measure::Duration | Measure::FirstByte | Measure::Upstream
    );
    Some(Test::Number(
        measure,
        bounds(value, read, takes_percentiles)?,
    ))
}

/// The bounds a value stands for. `read` gives the numbers that are meant by a single one.
fn bounds(value: Pair<'_, Rule>, read: &Read<'_>, takes_percentiles: bool) -> Option<Range> {
    let mut side = None;
    for part in value.into_inner() {
        match part.as_rule() {
            Rule::comparison if part.as_str() == "~" => return None,
            Rule::comparison => side = Side::of(part.as_str()),
            Rule::literal => {
                let text = part.as_str();
                if let (true, Some(percent)) = (takes_percentiles, range::percentile(text)) {
                    return Some(Range::Percentile(side?, percent));
                }
                let (low, high) = read(text)?;
                return Some(side.map_or(Range::Between(low, high), |side| side.range(low, high)));
            }
            Rule::range => {
                let mut ends = part.into_inner();
                let (low, _) = read(ends.next()?.as_str())?;
                let (_, high) = read(ends.next()?.as_str())?;
                return Some(Range::Between(low, high));
            }
            _ => {}
        }
    }
    None
}

fn property(name: &str) -> Option<Test> {
    Some(Test::Is(match name.to_ascii_lowercase().as_str() {
        "error" => Property::Error,
        "slow" => Property::Slow,
        "limited" => Property::Limited,
        "unauthed" => Property::Unauthed,
        "retried" => Property::Retried,
        "replayed" => Property::Replayed,
        "refresh" => Property::Refresh,
        "running" | "pending" => Property::Running,
        "pinned" => Property::Pinned,
        "unmatched" => Property::Unmatched,
        "ws" => Property::Websocket,
        "sse" => Property::EventStream,
        "grpc" => Property::Grpc,
        "truncated" => return Some(Test::Deep(Deep::Truncated)),
        _ => return None,
    }))
}

fn has(name: &str) -> Option<Test> {
    let name = name.to_ascii_lowercase();
    let own = |prefix: &str| {
        let rest = name.strip_prefix(prefix)?;
        (!rest.is_empty()).then(|| rest.to_owned())
    };
    if let Some(header) = own("header.") {
        return Some(Test::Deep(Deep::RequestHeader(header, None)));
    }
    if let Some(header) = own("res.header.") {
        return Some(Test::Deep(Deep::ResponseHeader(header, None)));
    }
    if let Some(parameter) = own("query.") {
        return Some(Test::Parameter(parameter, None));
    }
    Some(Test::Is(match name.as_str() {
        "body" => Property::HasBody,
        "query" => Property::HasQuery,
        "key" => Property::HasKey,
        "consumer" => Property::HasConsumer,
        "plan" => Property::HasPlan,
        "route" => Property::HasRoute,
        "error" | "code" => Property::HasError,
        "messages" => Property::HasMessages,
        _ => return None,
    }))
}

fn stage(name: &str) -> Option<Test> {
    Some(Test::Is(match name.to_ascii_lowercase().as_str() {
        "accept" => Property::DecidedBy(Stage::Accept),
        "match" | "match_route" => Property::DecidedBy(Stage::MatchRoute),
        "cors" => Property::DecidedBy(Stage::Cors),
        "auth" | "authenticate" => Property::DecidedBy(Stage::Authenticate),
        "version" => Property::DecidedBy(Stage::Version),
        "authorise" | "authorize" => Property::DecidedBy(Stage::Authorise),
        "limit" | "rate_limit" => Property::DecidedBy(Stage::RateLimit),
        "connect" => Property::NotConnected,
        "cache" => Property::DecidedBy(Stage::Cache),
        "upstream" | "forward" => Property::DecidedBy(Stage::Forward),
        "fault" => Property::DecidedBy(Stage::Fault),
        "mock" => Property::DecidedBy(Stage::Mock),
        "aggregate" => Property::DecidedBy(Stage::Aggregate),
        "answer" => Property::DecidedBy(Stage::Answer),
        _ => return None,
    }))
}

/// `60/min per key`, the name of a limit that had no room, or `left:<10`.
fn limit(value: Pair<'_, Rule>) -> Option<Test> {
    let raw = value.as_str().to_ascii_lowercase();
    let Some(left) = raw.strip_prefix("left:") else {
        return pattern(value)
            .ok()
            .map(|it| Test::Deep(Deep::LimitedBy(it)));
    };
    let number = left.trim_start_matches(['<', '>', '=']);
    let (low, high) = range::count(number)?;
    let range = match Side::of(&left[..left.len() - number.len()]) {
        Some(side) => side.range(low, high),
        None => Range::Between(low, high),
    };
    Some(Test::Deep(Deep::LimitLeft(range)))
}

fn path(pattern: Pattern) -> Test {
    match pattern {
        Pattern::Contains(path) if path.starts_with('/') => {
            Test::Under(path.trim_end_matches('/').to_owned())
        }
        other => Test::Text(Column::Path, other),
    }
}

/// A value that is compared whole, in lower case.
fn plain(value: Pair<'_, Rule>) -> String {
    plain_as_written(value).to_ascii_lowercase()
}

fn plain_as_written(value: Pair<'_, Rule>) -> String {
    let raw = value.as_str().to_owned();
    let literal = value
        .into_inner()
        .find(|part| part.as_rule() == Rule::literal);
    literal.map_or(raw, |literal| unquoted(literal.as_str()))
}

/// What text must look like; fails where a regular expression cannot be read.
fn pattern(value: Pair<'_, Rule>) -> Result<Pattern, String> {
    let mut comparison = String::new();
    let mut written = value.as_str().to_owned();
    for part in value.into_inner() {
        match part.as_rule() {
            Rule::comparison => comparison = part.as_str().to_owned(),
            Rule::literal => written = part.as_str().to_owned(),
            _ => {}
        }
    }
    let quoted = inside_quotes(&written).is_some();
    let text = unquoted(&written).to_ascii_lowercase();
    Ok(match comparison.as_str() {
        "=" => Pattern::Is(text),
        "~" => Pattern::Regex(regex(&written)?),
        _ if text.contains('*') && !quoted => Pattern::Glob(text),
        _ => Pattern::Contains(text),
    })
}

/// In quotes, only a quote is escaped: every other backslash is the expression's own.
fn regex(written: &str) -> Result<Arc<regex::Regex>, String> {
    let source = match inside_quotes(written) {
        Some(inner) => inner.replace("\\\"", "\""),
        None => written.to_owned(),
    };
    compile(&source).map(Arc::new).map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => format!("`{source}` is too large a pattern"),
        _ => format!(
            "`{source}` is no regular expression; text without `~` is searched for as it stands"
        ),
    })
}

/// Compiles a regular expression as filters use it. It takes time in proportion to the text.
pub(crate) fn compile(source: &str) -> Result<regex::Regex, regex::Error> {
    RegexBuilder::new(source)
        .case_insensitive(true)
        .size_limit(LARGEST_REGEX)
        .build()
}
