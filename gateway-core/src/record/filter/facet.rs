//! What of a row has few different values in a stretch of the log, and what one of them alone tells of
//! a test. [`super::test`] says what a test means; this says what is known before the row is looked at.

use std::borrow::Cow;

use super::super::summary::{ExchangeSummary, StreamKind};
use super::test::{Column, Measure, NOT_CONNECTED, Pattern, Property, Test, UNMATCHED};
use crate::proxy::error::ErrorCode;
use crate::store::word;

/// Something that a row has one value of, or none. Its number is written into the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Facet {
    Status,
    Path,
    /// The beginning of the path: so many segments, or all of it where there are fewer.
    Begin(u8),
    Text(Column),
    /// The stage that decided the answer.
    Stage,
    Stream,
    Origin,
    Ending,
}

/// How many segments of a path are a facet of their own.
const MOST_SEGMENTS: usize = 3;

/// What a value tells of a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Fails,
    Perhaps,
    Holds,
}

impl Facet {
    /// All of them; their places are their numbers. New ones go to the end.
    pub(crate) const ALL: [Self; 24] = [
        Self::Status,
        Self::Path,
        Self::Begin(1),
        Self::Begin(2),
        Self::Begin(3),
        Self::Text(Column::Method),
        Self::Text(Column::Host),
        Self::Text(Column::Key),
        Self::Text(Column::Consumer),
        Self::Text(Column::Plan),
        Self::Text(Column::Route),
        Self::Text(Column::Version),
        Self::Text(Column::Service),
        Self::Text(Column::Upstream),
        Self::Text(Column::Code),
        Self::Text(Column::Note),
        Self::Text(Column::Source),
        Self::Text(Column::Cache),
        Self::Text(Column::Ip),
        Self::Text(Column::Protocol),
        Self::Stage,
        Self::Stream,
        Self::Origin,
        Self::Ending,
    ];

    /// Its value in a row.
    pub(crate) fn of(self, row: &ExchangeSummary) -> Option<Cow<'_, str>> {
        let owned = |text: String| Some(Cow::Owned(text));
        match self {
            Self::Status => owned(row.status.to_string()),
            Self::Path => Column::Path.of(row),
            Self::Begin(segments) => Some(Cow::Borrowed(begin(&row.path, segments.into()))),
            Self::Text(column) => column.of(row),
            Self::Stage => row.decided_by.as_ref().and_then(|stage| owned(word(stage))),
            Self::Stream => row.stream.as_ref().and_then(|stream| owned(word(stream))),
            Self::Origin => owned(word(&row.origin)),
            Self::Ending => owned(word(&row.ending)),
        }
    }

    /// The facets whose values tell something of a test, those of few values first.
    pub(super) fn about(test: &Test) -> Vec<Self> {
        match test {
            Test::Text(Column::Query, _) => Vec::new(),
            Test::Text(Column::Path, pattern) => {
                let begin = known_beginning(pattern);
                let begin = begin.map(|begin| Self::Begin(begin.matches('/').count() as u8));
                begin.into_iter().chain([Self::Path]).collect()
            }
            Test::Text(column, _) => vec![Self::Text(*column)],
            Test::Under(prefix) => match prefix.matches('/').count().min(MOST_SEGMENTS) {
                0 => Vec::new(),
                segments => vec![Self::Begin(segments as u8)],
            },
            Test::Number(Measure::Status, _) => vec![Self::Status],
            Test::Is(property) => about(*property).into_iter().collect(),
            Test::Number(..)
            | Test::Id(_)
            | Test::Anywhere(_)
            | Test::Parameter(..)
            | Test::Deep(_) => Vec::new(),
        }
    }

    /// What a value tells of a test that it is about.
    pub(super) fn tells(self, test: &Test, value: Option<&str>) -> Verdict {
        let is = |holds: bool| {
            if holds {
                Verdict::Holds
            } else {
                Verdict::Fails
            }
        };
        let perhaps = |may: bool| {
            if may {
                Verdict::Perhaps
            } else {
                Verdict::Fails
            }
        };
        match (self, test) {
            (Self::Begin(_), Test::Under(prefix)) => {
                let under = begin(prefix, MOST_SEGMENTS);
                let same = value.is_some_and(|value| value.eq_ignore_ascii_case(under));
                if under == prefix {
                    is(same)
                } else {
                    perhaps(same)
                }
            }
            (Self::Begin(_), Test::Text(_, pattern)) => {
                let begin = known_beginning(pattern).unwrap_or_default();
                perhaps(value.is_some_and(|value| value.eq_ignore_ascii_case(begin)))
            }
            (_, Test::Text(_, pattern)) => is(value.is_some_and(|text| pattern.matches(text))),
            (Self::Status, Test::Number(_, range)) => {
                is(number(value).is_some_and(|status| range.holds(status)))
            }
            (_, Test::Is(property)) => is(holds(*property, value)),
            _ => Verdict::Perhaps,
        }
    }
}

/// The first segments of a path: up to the slash before the next one.
fn begin(path: &str, segments: usize) -> &str {
    let end = path.match_indices('/').nth(segments);
    end.map_or(path, |(at, _)| &path[..at])
}

/// The first whole segments of every path that looks like that, three at most; `None` where there are
/// none.
fn known_beginning(pattern: &Pattern) -> Option<&str> {
    let known = match pattern {
        Pattern::Is(whole) => whole,
        Pattern::Glob(glob) => {
            let first = glob.split('*').next()?;
            &first[..first.rfind('/')?]
        }
        Pattern::Contains(_) | Pattern::Regex(_) => return None,
    };
    let begin = begin(known, MOST_SEGMENTS);
    begin.contains('/').then_some(begin)
}

fn number(value: Option<&str>) -> Option<i64> {
    value?.parse().ok()
}

fn about(property: Property) -> Option<Facet> {
    Some(match property {
        Property::Error | Property::Limited | Property::Unauthed => Facet::Status,
        Property::Unmatched | Property::NotConnected | Property::HasError => {
            Facet::Text(Column::Code)
        }
        Property::HasKey => Facet::Text(Column::Key),
        Property::HasConsumer => Facet::Text(Column::Consumer),
        Property::HasPlan => Facet::Text(Column::Plan),
        Property::HasRoute => Facet::Text(Column::Route),
        Property::DecidedBy(_) => Facet::Stage,
        Property::Websocket | Property::EventStream | Property::Grpc => Facet::Stream,
        Property::Replayed | Property::Refresh => Facet::Origin,
        Property::Running => Facet::Ending,
        Property::Slow
        | Property::Retried
        | Property::Pinned
        | Property::HasBody
        | Property::HasQuery
        | Property::HasMessages => return None,
    })
}

/// Whether a property holds of a row with this value of what [`about`] names.
fn holds(property: Property, value: Option<&str>) -> bool {
    let status = number(value).unwrap_or(0);
    let among = |codes: &[ErrorCode]| codes.iter().any(|code| value == Some(code.as_str()));
    let stream = |kind: StreamKind| value == Some(word(&kind).as_str());
    match property {
        Property::Error => status >= 500,
        Property::Limited => status == 429,
        Property::Unauthed => matches!(status, 401 | 403),
        Property::Unmatched => among(&UNMATCHED),
        Property::NotConnected => among(&NOT_CONNECTED),
        Property::HasError
        | Property::HasKey
        | Property::HasConsumer
        | Property::HasPlan
        | Property::HasRoute => value.is_some(),
        Property::DecidedBy(stage) => value == Some(word(&stage).as_str()),
        Property::Websocket => stream(StreamKind::Websocket),
        Property::EventStream => stream(StreamKind::EventStream),
        Property::Grpc => stream(StreamKind::Grpc),
        Property::Replayed => !matches!(value, Some("caller" | "refresh")),
        Property::Refresh => value == Some("refresh"),
        Property::Running => value == Some("running"),
        Property::Slow
        | Property::Retried
        | Property::Pinned
        | Property::HasBody
        | Property::HasQuery
        | Property::HasMessages => true,
    }
}
