//! Conditions on headers and query parameters.

use http::{HeaderMap, HeaderName, HeaderValue};
use regex::Regex;

/// A condition on one header or query parameter. Where it comes more than once, one of its values
/// has to do.
#[derive(Clone, Debug)]
pub struct Condition {
    /// On what.
    pub on: Subject,
    /// What is asked of it.
    pub test: Test,
}

/// What a condition looks at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A header.
    Header(HeaderName),
    /// A query parameter, decoded.
    Query(String),
}

/// What a condition asks.
#[derive(Clone, Debug)]
pub enum Test {
    /// It is exactly this.
    Equals(String),
    /// All of it matches; the text is as written.
    Matches(Regex, String),
    /// It is there.
    Present,
    /// It is not there.
    Absent,
}

impl Condition {
    /// Whether it holds for a request with these headers and this query.
    pub fn holds(&self, headers: &HeaderMap, query: Option<&str>) -> bool {
        match &self.on {
            Subject::Header(name) => {
                let values = headers.get_all(name).iter().map(HeaderValue::as_bytes);
                self.test.holds(values)
            }
            Subject::Query(name) => {
                let pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
                let values: Vec<_> = pairs
                    .filter(|(found, _)| found == name)
                    .map(|(_, value)| value)
                    .collect();
                self.test.holds(values.iter().map(|value| value.as_bytes()))
            }
        }
    }

    /// Whether no request meets both. `false` where that is not sure. (A header that comes twice
    /// could meet two different `equals`; that is taken for no request anyone means.)
    pub fn excludes(&self, other: &Self) -> bool {
        self.on == other.on
            && match (&self.test, &other.test) {
                (Test::Absent, Test::Absent) => false,
                (Test::Absent, _) | (_, Test::Absent) => true,
                (Test::Equals(a), Test::Equals(b)) => a != b,
                (Test::Equals(value), Test::Matches(regex, _))
                | (Test::Matches(regex, _), Test::Equals(value)) => !regex.is_match(value),
                (Test::Matches(..), Test::Matches(..))
                | (Test::Present, _)
                | (_, Test::Present) => false,
            }
    }

    /// Whether it is written the same as `other`.
    pub fn same_as(&self, other: &Self) -> bool {
        self.on == other.on
            && match (&self.test, &other.test) {
                (Test::Equals(a), Test::Equals(b)) => a == b,
                (Test::Matches(_, a), Test::Matches(_, b)) => a == b,
                (Test::Present, Test::Present) | (Test::Absent, Test::Absent) => true,
                _ => false,
            }
    }

    /// What is asked, such as ``header `x-canary` is `yes` ``.
    pub fn sentence(&self) -> String {
        match &self.test {
            Test::Equals(value) => format!("{} is `{value}`", self.on),
            Test::Matches(_, pattern) => format!("{} matches `{pattern}`", self.on),
            Test::Present => format!("{} is there", self.on),
            Test::Absent => format!("{} is not there", self.on),
        }
    }

    /// Why it does not hold, such as ``header `x-canary` is not `yes` ``. Says nothing of what was
    /// sent: that may be a secret.
    pub fn failure(&self) -> String {
        match &self.test {
            Test::Equals(value) => format!("{} is not `{value}`", self.on),
            Test::Matches(_, pattern) => format!("{} does not match `{pattern}`", self.on),
            Test::Present => format!("{} is not there", self.on),
            Test::Absent => format!("{} is there", self.on),
        }
    }
}

impl Test {
    fn holds<'v>(&self, mut values: impl Iterator<Item = &'v [u8]>) -> bool {
        match self {
            Self::Equals(wanted) => values.any(|value| value == wanted.as_bytes()),
            Self::Matches(regex, _) => values
                .any(|value| std::str::from_utf8(value).is_ok_and(|text| regex.is_match(text))),
            Self::Present => values.next().is_some(),
            Self::Absent => values.next().is_none(),
        }
    }
}

impl std::fmt::Display for Subject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Header(name) => write!(f, "header `{name}`"),
            Self::Query(name) => write!(f, "query parameter `{name}`"),
        }
    }
}
