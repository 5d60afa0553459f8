//! What is different from what became of a request then, in one sentence.

use serde::Serialize;
use utoipa::ToSchema;

use crate::record::decision::Stage;
use crate::record::summary::{ExchangeSummary, Source};

/// What is different from what became of the request in the log.
#[derive(Debug, Serialize, ToSchema)]
pub struct Difference {
    /// Whether anything is.
    pub changes: bool,
    /// What, in one sentence.
    #[schema(example = "It was refused with 429 (60/min); it would be sent to service `orders`.")]
    pub sentence: String,
}

/// What becomes of a request, as far as two are compared.
#[derive(PartialEq)]
struct Outcome<'a> {
    what: What<'a>,
    route: Option<&'a str>,
    version: Option<&'a str>,
}

#[derive(PartialEq)]
enum What<'a> {
    Sent(&'a str),
    Refused(u16, &'static str, Option<&'a str>),
    Answered(u16),
    Together,
    Left,
}

/// Compares what became of a request with what would.
pub(super) fn between(then: &ExchangeSummary, would: &ExchangeSummary) -> Difference {
    let (was, would) = (Outcome::of(then), Outcome::of(would));
    if was == would {
        return Difference {
            changes: false,
            sentence: format!("Nothing changes: it would be {} again.", would.what.told()),
        };
    }
    let mut sentence = match was.what == would.what {
        true => format!("It would be {} again, but ", would.what.told()),
        false => {
            let (was, would) = (was.what.told(), would.what.told());
            format!("It was {was}; it would be {would}")
        }
    };
    let mut other = Vec::new();
    for (kind, was, would) in [
        ("route", was.route, would.route),
        ("version", was.version, would.version),
    ] {
        if was != would {
            let (was, would) = (named(was), named(would));
            other.push(format!("{kind} {would} instead of {was}"));
        }
    }
    if !other.is_empty() {
        let joint = if was.what == would.what {
            "with "
        } else {
            ", with "
        };
        sentence = format!("{sentence}{joint}{}", other.join(" and "));
    }
    Difference {
        changes: true,
        sentence: format!("{sentence}."),
    }
}

fn named(name: Option<&str>) -> String {
    name.map_or_else(|| "none".to_owned(), |name| format!("`{name}`"))
}

impl<'a> Outcome<'a> {
    fn of(summary: &'a ExchangeSummary) -> Self {
        Self {
            what: What::of(summary),
            route: summary.route.as_ref().map(|route| route.as_str()),
            version: summary.version.as_ref().map(|version| version.as_str()),
        }
    }
}

impl<'a> What<'a> {
    fn of(summary: &'a ExchangeSummary) -> Self {
        let by_service = matches!(summary.source, Source::Upstream | Source::Cache);
        let reached = summary.tries > 0 || by_service;
        match (&summary.service, summary.decided_by, summary.code) {
            (_, Some(Stage::Aggregate), _) => Self::Together,
            // What is kept is an answer of the service, or of several, and comes and goes.
            (None, Some(Stage::Cache), _) if by_service => Self::Together,
            (Some(service), Some(Stage::Forward | Stage::Cache), _) if reached => {
                Self::Sent(service.as_str())
            }
            (_, None, Some(_)) => Self::Left,
            (_, _, Some(code)) => {
                let note = summary.note.as_deref();
                Self::Refused(summary.status, code.as_str(), note)
            }
            (_, _, None) => Self::Answered(summary.status),
        }
    }

    fn told(&self) -> String {
        match self {
            Self::Sent(service) => format!("sent to service `{service}`"),
            Self::Refused(status, code, note) => {
                let why = note.filter(|note| !note.is_empty()).unwrap_or(code);
                format!("refused with {status} ({})", why.trim_end_matches('.'))
            }
            Self::Answered(status) => format!("answered by the gateway itself with {status}"),
            Self::Together => "answered by several services together".to_owned(),
            Self::Left => "left by its caller".to_owned(),
        }
    }
}
