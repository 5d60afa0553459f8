//! The request for a part, and what it may refer to.

use std::sync::OnceLock;

use bytes::Bytes;
use http::Method;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use serde_json::Value;

use super::merge::{Outcome, Why};
use super::plan::{Part, Plan};
use super::reference::{Fault, Input, Missing, Values};
use super::template::encoded;
use crate::snapshot::path;

/// A request for a part.
#[derive(Clone, Debug)]
pub struct Call {
    /// Index of the part.
    pub part: usize,
    /// The entry of its list, if it has one.
    pub entry: Option<usize>,
    /// Method.
    pub method: Method,
    /// Path, percent-encoded.
    pub path: String,
    /// Query, without `?`.
    pub query: Option<String>,
    /// Headers that the part sets.
    pub headers: HeaderMap,
    /// Body.
    pub body: Option<Bytes>,
}

impl Call {
    /// Path and query.
    pub fn target(&self) -> String {
        match &self.query {
            Some(query) => format!("{}?{query}", self.path),
            None => self.path.clone(),
        }
    }
}

/// What a request for a part may refer to.
pub(super) struct Known<'r> {
    pub(super) plan: &'r Plan,
    pub(super) outcomes: &'r [OnceLock<Outcome>],
    pub(super) item: Option<&'r Value>,
    pub(super) input: &'r Input,
}

impl Values for Known<'_> {
    fn part(&self, index: usize) -> Result<&Value, Missing> {
        let name = &self.plan.parts[index].name;
        let missing = |how: &str, fault| Missing {
            reason: format!("part `{name}` {how}"),
            fault,
        };
        let outcome = self.outcomes[index].get();
        match outcome {
            Some(Outcome::There { value, needed } | Outcome::Partly { value, needed, .. }) => {
                Ok(needed.as_ref().unwrap_or(value))
            }
            Some(Outcome::Failed(failed)) => match self.plan.parts[index].stand_in() {
                Some(default) => Ok(default),
                None if failed.why == Why::Late => Err(missing("took too long", Fault::Late)),
                None => Err(missing("failed", Fault::Part)),
            },
            Some(Outcome::Skipped(skipped)) => match self.plan.parts[index].stand_in() {
                Some(default) => Ok(default),
                None => Err(missing("was not asked", skipped.fault)),
            },
            Some(Outcome::LetGo) | None => Err(missing("was not asked", Fault::Part)),
        }
    }

    fn item(&self) -> Option<&Value> {
        self.item
    }

    fn input(&self) -> &Input {
        self.input
    }
}

/// The request for a part.
pub(super) fn call(
    index: usize,
    part: &Part,
    entry: Option<usize>,
    known: &Known<'_>,
) -> Result<Call, Missing> {
    let target = part.path.encoded(known)?;
    path::normalise(&target).map_err(|reason| Missing {
        reason: format!("the path `{target}` cannot be asked for: {reason}"),
        fault: Fault::Part,
    })?;
    let mut query = Vec::new();
    for (name, value) in &part.query {
        query.push(format!("{}={}", encoded(name), value.encoded(known)?));
    }
    let mut headers = HeaderMap::new();
    for (name, value) in &part.headers {
        headers.insert(name, value.header(known)?);
    }
    let body = match &part.body {
        None => None,
        Some(body) => {
            headers
                .entry(CONTENT_TYPE)
                .or_insert(HeaderValue::from_static("application/json"));
            Some(Bytes::from(body.fill(known)?.to_string()))
        }
    };
    Ok(Call {
        part: index,
        entry,
        method: part.method.clone(),
        path: target,
        query: (!query.is_empty()).then(|| query.join("&")),
        headers,
        body,
    })
}
