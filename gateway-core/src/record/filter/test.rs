//! One test of a row. This is the only place that says what a test means: rows that arrive are put
//! to it, and so is every row of the store that SQL could not decide.

use std::borrow::Cow;
use std::sync::Arc;

use regex::Regex;

use super::super::summary::{Ending, ExchangeSummary, RequestOrigin, Source, StreamKind};
use super::deep::Deep;
use super::range::Range;
use crate::proxy::error::ErrorCode;
use crate::record::decision::{CacheResult, Stage};
use crate::record::detail::Kept;

/// What is asked of a row.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Test {
    /// A column of text.
    Text(Column, Pattern),
    /// The id of an exchange, or its `X-Request-Id`. In lower case.
    Id(String),
    /// The path, in whole segments: this one or below it. In lower case.
    Under(String),
    /// Any column that a person would search. In lower case.
    Anywhere(String),
    /// A number within bounds.
    Number(Measure, Range),
    /// A name for a property.
    Is(Property),
    /// A parameter of the query, and what its value must look like.
    Parameter(String, Option<Pattern>),
    /// Something that only the detail of an exchange tells.
    Deep(Deep),
}

/// A column that holds text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Column {
    Method,
    Path,
    Query,
    Host,
    Key,
    Consumer,
    Plan,
    Route,
    Version,
    Service,
    Upstream,
    Code,
    Note,
    Source,
    /// What became of it in the cache.
    Cache,
    Ip,
    Protocol,
}

/// A column that holds a number, or a sum of some.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Measure {
    Status,
    /// Microseconds, as all times are.
    Duration,
    /// Until the first byte of the answer.
    FirstByte,
    /// From the first try to connect to the last byte, where something was sent on.
    Upstream,
    /// When it began, since 1970.
    Started,
    ResponseBytes,
    RequestBytes,
}

/// What text must look like. ASCII letters are compared without their case; patterns are in lower
/// case already.
#[derive(Clone, Debug)]
pub(crate) enum Pattern {
    Contains(String),
    Is(String),
    /// `*` stands for anything.
    Glob(String),
    /// As written, and compiled.
    Regex(Arc<Regex>),
}

/// A property that has a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Property {
    Error,
    Slow,
    Limited,
    Unauthed,
    Retried,
    Replayed,
    Refresh,
    Running,
    /// A person keeps it.
    Pinned,
    Unmatched,
    Websocket,
    EventStream,
    Grpc,
    HasBody,
    HasQuery,
    HasKey,
    HasConsumer,
    HasPlan,
    HasRoute,
    HasError,
    HasMessages,
    /// The stage that decided the answer.
    DecidedBy(Stage),
    /// No connection to a target could be had.
    NotConnected,
}

/// From this on an answer is slow, in microseconds.
pub(super) const SLOW_US: i64 = 1_000_000;

/// Why no connection to a target could be had.
pub(super) const NOT_CONNECTED: [ErrorCode; 10] = [
    ErrorCode::UpstreamRefused,
    ErrorCode::UpstreamUnresolved,
    ErrorCode::UpstreamTls,
    ErrorCode::UpstreamConnectTimeout,
    ErrorCode::NoHealthyUpstream,
    ErrorCode::CircuitOpen,
    ErrorCode::ServiceStarting,
    ErrorCode::ServiceStopped,
    ErrorCode::CrashLoop,
    ErrorCode::ProcessNotApproved,
];

/// Why no route took a request.
pub(super) const UNMATCHED: [ErrorCode; 2] =
    [ErrorCode::RouteNotFound, ErrorCode::MethodNotAllowed];

/// Columns that free text is looked for in. The same are in the text index.
pub(super) const SEARCHED: [Column; 7] = [
    Column::Method,
    Column::Path,
    Column::Query,
    Column::Key,
    Column::Route,
    Column::Code,
    Column::Note,
];

impl Test {
    /// Whether a row passes. Without its detail nothing deep does.
    pub(super) fn matches(&self, row: &ExchangeSummary, kept: Option<&Kept>) -> bool {
        match self {
            Self::Text(column, pattern) => {
                column.of(row).is_some_and(|text| pattern.matches(&text))
            }
            Self::Id(id) => {
                row.request_id.eq_ignore_ascii_case(id)
                    || id.parse().is_ok_and(|id: uuid::Uuid| id == row.id.0)
            }
            Self::Under(prefix) => {
                let path = row.path.to_ascii_lowercase();
                path.strip_prefix(prefix.as_str())
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            }
            Self::Anywhere(text) => SEARCHED.iter().any(|column| {
                column
                    .of(row)
                    .is_some_and(|column| column.to_ascii_lowercase().contains(text.as_str()))
            }),
            Self::Number(measure, range) => {
                measure.of(row).is_some_and(|number| range.holds(number))
            }
            Self::Is(property) => property.holds(row),
            Self::Parameter(name, pattern) => row
                .query
                .as_ref()
                .is_some_and(|query| parameter(query, name, pattern.as_ref())),
            Self::Deep(deep) => kept.is_some_and(|kept| deep.matches(kept)),
        }
    }
}

impl Column {
    /// The column's text; `None` where it is empty in the store.
    pub(super) fn of(self, row: &ExchangeSummary) -> Option<Cow<'_, str>> {
        Some(match self {
            Self::Method => Cow::Borrowed(row.method.as_str()),
            Self::Path => Cow::Borrowed(row.path.as_str()),
            Self::Query => Cow::Borrowed(row.query.as_deref()?),
            Self::Host => Cow::Borrowed(row.host.as_str()),
            Self::Key => Cow::Borrowed(row.key.as_ref()?.name.as_str()),
            Self::Consumer => Cow::Borrowed(row.consumer.as_deref()?),
            Self::Plan => Cow::Owned(row.plan.as_ref()?.to_string()),
            Self::Route => Cow::Owned(row.route.as_ref()?.to_string()),
            Self::Version => Cow::Owned(row.version.as_ref()?.to_string()),
            Self::Service => Cow::Owned(row.service.as_ref()?.to_string()),
            Self::Upstream => Cow::Borrowed(row.target.as_deref()?),
            Self::Code => Cow::Borrowed(row.code?.as_str()),
            Self::Note => Cow::Borrowed(row.note.as_deref()?),
            Self::Source => Cow::Borrowed(match row.source {
                Source::Upstream => "upstream",
                Source::Gateway => "gateway",
                Source::Mock => "mock",
                Source::Cache => "cache",
            }),
            Self::Cache => Cow::Borrowed(match row.cache? {
                CacheResult::Hit => "hit",
                CacheResult::Stale => "stale",
                CacheResult::Revalidated => "revalidated",
                CacheResult::Miss => "miss",
                CacheResult::Bypass => "bypass",
            }),
            Self::Ip => Cow::Borrowed(row.client_ip.as_str()),
            Self::Protocol => Cow::Borrowed(row.protocol.as_str()),
        })
    }
}

impl Measure {
    /// The number; `None` where the row has none. What is larger than the store holds counts as the
    /// largest it does.
    fn of(self, row: &ExchangeSummary) -> Option<i64> {
        let timing = &row.timing;
        let number = match self {
            Self::Status => u64::from(row.status),
            Self::Duration => row.duration_us,
            Self::FirstByte => timing.gateway_us + timing.connect_us + timing.wait_us,
            Self::Upstream if row.tries == 0 => return None,
            Self::Upstream => timing.connect_us + timing.wait_us + timing.receive_us,
            Self::Started => return Some(row.started_at_us),
            Self::ResponseBytes => row.response_bytes,
            Self::RequestBytes => row.request_bytes,
        };
        Some(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl Property {
    fn holds(self, row: &ExchangeSummary) -> bool {
        match self {
            Self::Error => row.status >= 500,
            Self::Slow => Measure::Duration.of(row).is_some_and(|us| us >= SLOW_US),
            Self::Limited => row.status == 429,
            Self::Unauthed => matches!(row.status, 401 | 403),
            Self::Retried => row.tries > 1,
            Self::Replayed => !matches!(row.origin, RequestOrigin::Caller | RequestOrigin::Refresh),
            Self::Refresh => row.origin == RequestOrigin::Refresh,
            Self::Running => row.ending == Ending::Running,
            Self::Pinned => row.pinned,
            Self::Unmatched => row.code.is_some_and(|code| UNMATCHED.contains(&code)),
            Self::Websocket => row.stream == Some(StreamKind::Websocket),
            Self::EventStream => row.stream == Some(StreamKind::EventStream),
            Self::Grpc => row.stream == Some(StreamKind::Grpc),
            Self::HasBody => row.request_bytes > 0 || row.response_bytes > 0,
            Self::HasQuery => row.query.is_some(),
            Self::HasKey => row.key.is_some(),
            Self::HasConsumer => row.consumer.is_some(),
            Self::HasPlan => row.plan.is_some(),
            Self::HasRoute => row.route.is_some(),
            Self::HasError => row.code.is_some(),
            Self::HasMessages => row.messages > 0,
            Self::DecidedBy(stage) => row.decided_by == Some(stage),
            Self::NotConnected => row.code.is_some_and(|code| NOT_CONNECTED.contains(&code)),
        }
    }
}

/// Whether a query has the parameter, with a value like that.
fn parameter(query: &str, name: &str, pattern: Option<&Pattern>) -> bool {
    form_urlencoded::parse(query.as_bytes()).any(|(found, value)| {
        found.eq_ignore_ascii_case(name) && pattern.is_none_or(|pattern| pattern.matches(&value))
    })
}

impl Pattern {
    pub(crate) fn matches(&self, text: &str) -> bool {
        match self {
            Self::Contains(part) => text.to_ascii_lowercase().contains(part.as_str()),
            Self::Is(whole) => text.eq_ignore_ascii_case(whole),
            Self::Glob(glob) => glob_matches(glob, &text.to_ascii_lowercase()),
            Self::Regex(regex) => regex.is_match(text),
        }
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Contains(a), Self::Contains(b))
            | (Self::Is(a), Self::Is(b))
            | (Self::Glob(a), Self::Glob(b)) => a == b,
            (Self::Regex(a), Self::Regex(b)) => a.as_str() == b.as_str(),
            _ => false,
        }
    }
}

fn glob_matches(glob: &str, text: &str) -> bool {
    let mut parts = glob.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else {
        return false;
    };
    let mut parts: Vec<_> = parts.collect();
    let Some(last) = parts.pop() else {
        return rest.is_empty();
    };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}
