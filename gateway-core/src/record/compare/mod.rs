//! What differs between two exchanges: of what the log shows of them, so secrets are masked in both
//! and not compared.

mod body;
mod headers;
mod json;
mod lines;

use serde::Serialize;
use utoipa::ToSchema;

use super::detail::ExchangeDetail;
use super::summary::ExchangeSummary;

pub use body::BodyDifference;
pub use headers::{HeaderChange, HeadersDifference};
pub use json::JsonChange;
pub use lines::{Line, LineKind};

/// What differs between two exchanges.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Comparison {
    /// The first one.
    pub before: ExchangeSummary,
    /// The other one.
    pub after: ExchangeSummary,
    /// Whether the caller got the same: status, headers but those that differ with every answer, and
    /// body.
    pub same_answer: bool,
    /// What differs of their rows.
    pub facts: Vec<FactChange>,
    /// What differs in what the callers sent.
    pub request: MessageDifference,
    /// What differs in what the callers got.
    pub response: MessageDifference,
}

/// What differs between two messages.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct MessageDifference {
    /// In the headers.
    pub headers: HeadersDifference,
    /// In the body.
    pub body: BodyDifference,
}

/// Something about the exchanges that is not the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FactChange {
    /// Which.
    pub fact: Fact,
    /// Of the first; absent where it has none.
    pub before: Option<String>,
    /// Of the other.
    pub after: Option<String>,
}

/// What is compared of two rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Fact {
    /// Status of the answer.
    Status,
    /// Why the gateway itself answered.
    Code,
    /// Method.
    Method,
    /// Host asked for.
    Host,
    /// Path.
    Path,
    /// Query, masked.
    Query,
    /// Protocol.
    Protocol,
    /// Route that took the request.
    Route,
    /// Version of the route.
    Version,
    /// Service.
    Service,
    /// Target that was asked last.
    Target,
    /// Name of the API key.
    Key,
}

/// Compares two exchanges.
pub fn compare(before: &ExchangeDetail, after: &ExchangeDetail) -> Comparison {
    let (old, new) = (&before.kept, &after.kept);
    let request = MessageDifference {
        headers: headers::compare(&old.client_request, &new.client_request),
        body: body::compare(&old.request_body, &new.request_body),
    };
    let of = |headers: &Option<Vec<_>>| headers.clone().unwrap_or_default();
    let response = MessageDifference {
        headers: headers::compare(&of(&old.client_response), &of(&new.client_response)),
        body: body::compare(&old.response_body, &new.response_body),
    };
    let same_answer = before.summary.status == after.summary.status
        && response.headers.changes.iter().all(|change| change.noise)
        && matches!(response.body, BodyDifference::Same);
    Comparison {
        before: before.summary.clone(),
        after: after.summary.clone(),
        same_answer,
        facts: facts(&before.summary, &after.summary),
        request,
        response,
    }
}

/// What a row says of a fact.
type Read = fn(&ExchangeSummary) -> Option<String>;

fn facts(before: &ExchangeSummary, after: &ExchangeSummary) -> Vec<FactChange> {
    let read: [(Fact, Read); 12] = [
        (Fact::Status, |row| Some(row.status.to_string())),
        (Fact::Code, |row| {
            row.code.map(|code| code.as_str().to_owned())
        }),
        (Fact::Method, |row| Some(row.method.clone())),
        (Fact::Host, |row| Some(row.host.clone())),
        (Fact::Path, |row| Some(row.path.clone())),
        (Fact::Query, |row| row.query.clone()),
        (Fact::Protocol, |row| Some(row.protocol.clone())),
        (Fact::Route, |row| {
            row.route.as_ref().map(ToString::to_string)
        }),
        (Fact::Version, |row| {
            row.version.as_ref().map(ToString::to_string)
        }),
        (Fact::Service, |row| {
            row.service.as_ref().map(ToString::to_string)
        }),
        (Fact::Target, |row| row.target.clone()),
        (Fact::Key, |row| {
            row.key.as_ref().map(|key| key.name.clone())
        }),
    ];
    let changed = read.into_iter().filter_map(|(fact, read)| {
        let (before, after) = (read(before), read(after));
        (before != after).then_some(FactChange {
            fact,
            before,
            after,
        })
    });
    changed.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::detail::{CapturedBody, HeaderLine};
    use crate::record::fixtures::{kept, row};

    fn detail(seq: u64, change: impl FnOnce(&mut ExchangeDetail)) -> ExchangeDetail {
        let mut detail = ExchangeDetail {
            summary: row(seq),
            sentence: String::new(),
            kept: kept(),
        };
        change(&mut detail);
        detail
    }

    fn line(name: &str, value: &str) -> HeaderLine {
        HeaderLine {
            name: name.to_owned(),
            value: value.to_owned(),
        }
    }

    #[test]
    fn answers_that_differ_only_in_their_date_are_the_same() {
        let with = |seq, date: &str| {
            detail(seq, |detail| {
                detail.kept.client_response =
                    Some(vec![line("date", date), line("content-type", "text/plain")]);
            })
        };
        let compared = compare(&with(1, "Mon"), &with(2, "Tue"));
        assert!(compared.same_answer);
        assert_eq!(compared.facts, []);
        assert_eq!(compared.response.headers.same, 1);
        assert!(compared.response.headers.changes[0].noise);
    }

    #[test]
    fn what_differs_is_said_of_rows_headers_and_bodies() {
        let json = |text: &str| CapturedBody {
            content_type: Some("application/json".to_owned()),
            bytes: text.len() as u64,
            text: Some(text.to_owned()),
            ..CapturedBody::default()
        };
        let before = detail(1, |detail| {
            detail.summary.version = Some("v1".into());
            detail.kept.response_body = json(r#"{"total":1,"id":7}"#);
        });
        let after = detail(2, |detail| {
            detail.summary.version = Some("v2".into());
            detail.summary.status = 500;
            detail.kept.client_response = Some(vec![line("x-new", "1")]);
            detail.kept.response_body = json(r#"{"id":7,"total":"1"}"#);
        });
        let compared = compare(&before, &after);
        assert!(!compared.same_answer);
        let facts: Vec<_> = compared.facts.iter().map(|change| change.fact).collect();
        assert_eq!(facts, [Fact::Status, Fact::Version]);
        assert_eq!(compared.response.headers.changes[0].name, "x-new");
        let BodyDifference::Json { changes, more: 0 } = compared.response.body else {
            panic!("{:?}", compared.response.body);
        };
        assert_eq!(changes.len(), 1);
        assert_eq!(changes[0].path, "$.total");
    }
}
