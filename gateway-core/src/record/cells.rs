//! What a list shows beside an exchange's own row: a header, a member of a JSON body, the trace, what
//! limits left. Made of what is kept, so of masked text only, and for the rows on screen only.

use std::str::FromStr;

use http::HeaderName;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json_path::JsonPath;
use utoipa::ToSchema;

use super::decision::Facts;
use super::detail::{CapturedBody, HeaderLine, Kept};
use crate::ids::ExchangeId;

/// Most characters of one cell.
pub const LONGEST: usize = 200;
/// Most columns at a time.
pub const MOST_COLUMNS: usize = 20;
/// Longest name of a column, in bytes.
const LONGEST_NAME: usize = 300;
/// Most nodes that a path may find, of those that are written out.
const MOST_NODES: usize = 50;

/// A column that is made of an exchange's detail.
#[derive(Clone, Debug, PartialEq)]
pub enum DetailColumn {
    /// `trace`: its trace id.
    Trace,
    /// `limit.left`: what the limit that is nearest to being used up had left.
    LimitLeft,
    /// `header.NAME`: a header of the request as it came.
    RequestHeader(HeaderName),
    /// `res.header.NAME`: a header of the answer as the caller got it.
    ResponseHeader(HeaderName),
    /// `req.body:PATH`: what a JSON path (RFC 9535) finds in the request's body.
    RequestBody(JsonPath),
    /// `res.body:PATH`: the same in the answer's body.
    ResponseBody(JsonPath),
}

/// What a cell says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Cell {
    /// Its text, at most 200 characters; absent where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Whether there is more of it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cut: bool,
    /// Why there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing: Option<Missing>,
}

/// Why a cell has no text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Missing {
    /// There is no such header, or nothing at that path.
    Absent,
    /// No limit was asked.
    NoLimit,
    /// There was no answer.
    NoAnswer,
    /// The body is empty.
    NoBody,
    /// The body was not kept.
    NotKept,
    /// Only the beginning of the body was kept, which cannot be read as JSON.
    Partial,
    /// The body is not JSON.
    NotJson,
}

/// The cells of one exchange, in the order the columns were asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RowCells {
    /// Which exchange.
    pub id: ExchangeId,
    /// A cell for each column.
    pub cells: Vec<Cell>,
}

impl FromStr for DetailColumn {
    type Err = String;

    /// Reads the name of a column; else says what is wrong, as a sentence.
    fn from_str(name: &str) -> Result<Self, String> {
        if name.len() > LONGEST_NAME {
            return Err(format!(
                "The name of a column has at most {LONGEST_NAME} characters."
            ));
        }
        let path = |text: &str| {
            JsonPath::parse(text).map_err(|error| {
                let at = error.position() + 1;
                format!(
                    "`{text}` is no JSON path (RFC 9535), from its character {at} on; write one \
                     such as `$.order.id` or `$.items[0].name`."
                )
            })
        };
        let header = |text: &str| {
            HeaderName::from_bytes(text.as_bytes())
                .map_err(|_| format!("`{text}` cannot be the name of a header."))
        };
        match name {
            "trace" => Ok(Self::Trace),
            "limit.left" => Ok(Self::LimitLeft),
            _ => {
                if let Some(name) = name.strip_prefix("header.") {
                    return header(name).map(Self::RequestHeader);
                }
                if let Some(name) = name.strip_prefix("res.header.") {
                    return header(name).map(Self::ResponseHeader);
                }
                if let Some(text) = name.strip_prefix("req.body:") {
                    return path(text).map(Self::RequestBody);
                }
                if let Some(text) = name.strip_prefix("res.body:") {
                    return path(text).map(Self::ResponseBody);
                }
                Err(format!(
                    "There is no column `{name}`. Write `trace`, `limit.left`, `header.NAME`, \
                     `res.header.NAME`, `req.body:$.PATH` or `res.body:$.PATH`."
                ))
            }
        }
    }
}

/// The cells of an exchange, one for each column.
pub fn cells(columns: &[DetailColumn], kept: &Kept) -> Vec<Cell> {
    // Each body is read once, however many columns look into it.
    let (mut request, mut response) = (None, None);
    columns
        .iter()
        .map(|column| match column {
            DetailColumn::Trace => Cell::of(Some(&kept.trace_id), Missing::Absent),
            DetailColumn::LimitLeft => Cell::of(limit_left(kept).as_deref(), Missing::NoLimit),
            DetailColumn::RequestHeader(name) => header(Some(&kept.client_request), name),
            DetailColumn::ResponseHeader(name) => header(kept.client_response.as_deref(), name),
            DetailColumn::RequestBody(path) => found(
                request.get_or_insert_with(|| json(&kept.request_body)),
                path,
            ),
            DetailColumn::ResponseBody(path) => found(
                response.get_or_insert_with(|| json(&kept.response_body)),
                path,
            ),
        })
        .collect()
}

impl Cell {
    fn of(text: Option<&str>, missing: Missing) -> Self {
        match text {
            None | Some("") => Self::none(missing),
            Some(text) => {
                let end = text.char_indices().nth(LONGEST).map(|(at, _)| at);
                Self {
                    text: Some(text[..end.unwrap_or(text.len())].to_owned()),
                    cut: end.is_some(),
                    missing: None,
                }
            }
        }
    }

    fn none(missing: Missing) -> Self {
        Self {
            missing: Some(missing),
            ..Self::default()
        }
    }
}

/// The values of all fields with the name, as one (RFC 9110, section 5.2).
fn header(lines: Option<&[HeaderLine]>, name: &HeaderName) -> Cell {
    let Some(lines) = lines else {
        return Cell::none(Missing::NoAnswer);
    };
    let values = lines.iter().filter(|line| line.name == name.as_str());
    let values: Vec<_> = values.map(|line| line.value.as_str()).collect();
    match values.is_empty() {
        true => Cell::none(Missing::Absent),
        // One that is there and empty is not absent.
        false if values.iter().all(|value| value.is_empty()) => Cell {
            text: Some(String::new()),
            ..Cell::default()
        },
        false => Cell::of(Some(&values.join(", ")), Missing::Absent),
    }
}

/// A kept body as JSON, or why it is none.
pub(crate) fn json(body: &CapturedBody) -> Result<Value, Missing> {
    match &body.text {
        Some(text) if !text.is_empty() => {
            serde_json::from_str(text).map_err(|_| match body.truncated {
                true => Missing::Partial,
                false => Missing::NotJson,
            })
        }
        _ if body.bytes == 0 => Err(Missing::NoBody),
        _ if body.base64.as_ref().is_some_and(|kept| !kept.is_empty()) => Err(Missing::NotJson),
        _ => Err(Missing::NotKept),
    }
}

/// A value as a list shows it: text as it is, everything else as JSON.
pub(crate) fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn found(body: &Result<Value, Missing>, path: &JsonPath) -> Cell {
    let body = match body {
        Ok(body) => body,
        Err(missing) => return Cell::none(*missing),
    };
    let nodes = path.query(body);
    if nodes.is_empty() {
        return Cell::none(Missing::Absent);
    }
    let texts: Vec<_> = nodes
        .iter()
        .take(MOST_NODES)
        .map(|node| plain(node))
        .collect();
    let text = texts.join(", ");
    match text.is_empty() {
        true => Cell {
            text: Some(String::new()),
            ..Cell::default()
        },
        false => Cell {
            cut: nodes.len() > MOST_NODES || text.chars().count() > LONGEST,
            ..Cell::of(Some(&text), Missing::Absent)
        },
    }
}

/// What the rate limit or quota that is nearest to being used up had left, and of how much.
fn limit_left(kept: &Kept) -> Option<String> {
    let left = kept
        .trace
        .iter()
        .flat_map(|decision| match &decision.facts {
            Facts::Limits { limits, quotas, .. } => {
                let limits = limits.iter();
                let limits = limits.map(|fact| (fact.remaining_after, fact.requests));
                let quotas = quotas.iter().map(|fact| {
                    let left = fact.requests.saturating_sub(fact.used_after);
                    (left, fact.requests)
                });
                limits.chain(quotas).collect()
            }
            _ => Vec::new(),
        });
    let (left, of) = left.min()?;
    Some(format!("{left} of {of}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::fixtures::kept;

    fn column(name: &str) -> DetailColumn {
        name.parse().unwrap()
    }

    fn body(text: &str) -> CapturedBody {
        CapturedBody {
            bytes: text.len() as u64,
            text: Some(text.to_owned()),
            ..CapturedBody::default()
        }
    }

    fn one(name: &str, kept: &Kept) -> Cell {
        cells(&[column(name)], kept).remove(0)
    }

    fn text(name: &str, kept: &Kept) -> Option<String> {
        one(name, kept).text
    }

    #[test]
    fn headers_of_either_side_are_shown_all_of_one_name_as_one() {
        let mut kept = kept();
        let line = |name: &str, value: &str| HeaderLine {
            name: name.to_owned(),
            value: value.to_owned(),
        };
        kept.client_request = vec![line("x-a", "1"), line("x-b", "no"), line("x-a", "2")];
        assert_eq!(text("header.X-A", &kept).as_deref(), Some("1, 2"));
        assert_eq!(one("header.x-c", &kept).missing, Some(Missing::Absent));
        assert_eq!(
            one("res.header.x-a", &kept).missing,
            Some(Missing::NoAnswer)
        );
        kept.client_response = Some(vec![line("x-a", "")]);
        assert_eq!(text("res.header.x-a", &kept).as_deref(), Some(""));
    }

    #[test]
    fn a_path_finds_text_numbers_and_several_values() {
        let mut kept = kept();
        kept.response_body = body(r#"{"id": 7, "who": {"name": "é"}, "of": [{"a": 1}, {"a": 2}]}"#);
        let columns = ["res.body:$.id", "res.body:$.who.name", "res.body:$.of[*].a"];
        let columns = columns.map(column);
        let found = cells(&columns, &kept).into_iter().map(|cell| cell.text);
        let found: Vec<_> = found.map(Option::unwrap).collect();
        assert_eq!(found, ["7", "é", "1, 2"]);
        assert_eq!(
            text("res.body:$.who", &kept).as_deref(),
            Some(r#"{"name":"é"}"#)
        );
        assert_eq!(
            text("res.body:$.of[?@.a > 1].a", &kept).as_deref(),
            Some("2")
        );
        assert_eq!(one("res.body:$.no", &kept).missing, Some(Missing::Absent));
        assert_eq!(one("req.body:$.id", &kept).missing, Some(Missing::NoBody));
    }

    #[test]
    fn what_was_not_kept_says_why() {
        let mut kept = kept();
        kept.request_body.bytes = 9;
        let missing = |kept: &Kept| one("req.body:$.id", kept).missing;
        assert_eq!(missing(&kept), Some(Missing::NotKept));
        kept.request_body = body(r#"{"id": 7, "#);
        assert_eq!(missing(&kept), Some(Missing::NotJson));
        kept.request_body.truncated = true;
        assert_eq!(missing(&kept), Some(Missing::Partial));
        kept.request_body = CapturedBody {
            bytes: 3,
            base64: Some("AAAA".to_owned()),
            ..CapturedBody::default()
        };
        assert_eq!(missing(&kept), Some(Missing::NotJson));
    }

    #[test]
    fn a_cell_is_bounded_and_says_so() {
        let mut kept = kept();
        kept.response_body = body(&format!(r#"{{"long": "{}"}}"#, "é".repeat(1000)));
        let cell = one("res.body:$.long", &kept);
        assert!(cell.cut && cell.text.unwrap() == "é".repeat(LONGEST));
        let numbers: Vec<_> = (0..1000).map(|n| n.to_string()).collect();
        kept.response_body = body(&format!("[{}]", numbers.join(",")));
        let cell = one("res.body:$[*]", &kept);
        assert!(cell.cut && cell.text.unwrap().chars().count() <= LONGEST);
    }

    #[test]
    fn what_is_no_column_says_what_to_write() {
        let wrong = |name: &str| name.parse::<DetailColumn>().unwrap_err();
        assert!(wrong("colour").contains("`header.NAME`"));
        assert!(wrong("header.").contains("name of a header"));
        assert!(wrong("header.a b").contains("name of a header"));
        assert!(wrong("res.body:id").contains("`$.order.id`"));
        assert!(wrong(&format!("header.{}", "x".repeat(400))).contains("at most"));
    }
}
