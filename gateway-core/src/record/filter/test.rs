//! One test of a row.

use super::super::summary::{Ending, ExchangeSummary, RequestOrigin, Source, StreamKind};

/// What is asked of a row.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Test {
    /// A column of text.
    Text(Column, Pattern),
    /// The id of an exchange, or its `X-Request-Id`. In lower case.
    Id(String),
    /// The path, in whole segments: this one or below it. In lower case.
    Under(String),
    /// Any column that a person would search.
    Anywhere(String),
    /// Status within bounds, both included.
    Status(u16, u16),
    /// Microseconds within bounds, both included.
    Duration(u64, u64),
    /// A name for a property.
    Is(Property),
}

/// A column that holds text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Column {
    Method,
    Path,
    Query,
    Host,
    Key,
    Route,
    Version,
    Service,
    Code,
    Source,
    Ip,
}

/// What text must look like. ASCII letters are compared without their case; patterns are in lower
/// case already.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Pattern {
    Contains(String),
    Is(String),
    /// `*` stands for anything.
    Glob(String),
}

/// A property that has a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Property {
    Error,
    Limited,
    Unauthed,
    Running,
    Replayed,
    Websocket,
    EventStream,
    Grpc,
}

/// Columns that free text is looked for in.
pub(super) const SEARCHED: [Column; 7] = [
    Column::Method,
    Column::Path,
    Column::Query,
    Column::Host,
    Column::Key,
    Column::Route,
    Column::Code,
];

impl Test {
    pub(super) fn matches(&self, row: &ExchangeSummary) -> bool {
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
            Self::Anywhere(text) => {
                let pattern = Pattern::Contains(text.clone());
                SEARCHED
                    .iter()
                    .any(|column| column.of(row).is_some_and(|text| pattern.matches(&text)))
            }
            Self::Status(from, to) => (*from..=*to).contains(&row.status),
            Self::Duration(from, to) => (*from..=*to).contains(&row.duration_us),
            Self::Is(property) => match property {
                Property::Error => row.status >= 500,
                Property::Limited => row.status == 429,
                Property::Unauthed => matches!(row.status, 401 | 403),
                Property::Running => row.ending == Ending::Running,
                Property::Replayed => row.origin != RequestOrigin::Caller,
                Property::Websocket => row.stream == Some(StreamKind::Websocket),
                Property::EventStream => row.stream == Some(StreamKind::EventStream),
                Property::Grpc => row.stream == Some(StreamKind::Grpc),
            },
        }
    }
}

impl Column {
    /// The column's text in lower case; `None` where it is empty in the store.
    fn of(self, row: &ExchangeSummary) -> Option<String> {
        let text = match self {
            Self::Method => row.method.clone(),
            Self::Path => row.path.clone(),
            Self::Query => row.query.clone()?,
            Self::Host => row.host.clone(),
            Self::Key => row.key.as_ref()?.name.clone(),
            Self::Route => row.route.as_ref()?.to_string(),
            Self::Version => row.version.as_ref()?.to_string(),
            Self::Service => row.service.as_ref()?.to_string(),
            Self::Code => row.code?.as_str().to_owned(),
            Self::Source => match row.source {
                Source::Upstream => "upstream".to_owned(),
                Source::Gateway => "gateway".to_owned(),
            },
            Self::Ip => row.client_ip.clone(),
        };
        Some(text.to_ascii_lowercase())
    }
}

impl Pattern {
    fn matches(&self, text: &str) -> bool {
        match self {
            Self::Contains(part) => text.contains(part.as_str()),
            Self::Is(whole) => text == whole,
            Self::Glob(glob) => glob_matches(glob, text),
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
