//! Bodies, by what they are: JSON by its structure, other text by its lines, the rest by its bytes.

use serde::Serialize;
use utoipa::ToSchema;

use super::json::{self, JsonChange};
use super::lines::{self, Line};
use crate::record::detail::CapturedBody;

/// Most changes that are given; the rest is counted.
const MOST_CHANGES: usize = 1_000;

/// What differs between two bodies, decoded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum BodyDifference {
    /// Nothing, or both have none.
    Same,
    /// Both are JSON, and other values stand in them. Where none of `changes` is left, they are only
    /// written differently.
    Json {
        /// By their paths.
        changes: Vec<JsonChange>,
        /// How many more there are.
        more: usize,
    },
    /// Both are text.
    Text {
        /// Lines that differ, with some around them.
        lines: Vec<Line>,
        /// How many more there are.
        more: usize,
    },
    /// One of them is no text.
    Binary {
        /// Bytes of the first, on the wire.
        before_bytes: u64,
        /// Bytes of the other.
        after_bytes: u64,
    },
    /// Of one of them not everything was kept, so nobody knows.
    NotKept {
        /// Lines that differ in what was kept, if it is text.
        lines: Vec<Line>,
        /// How many more there are.
        more: usize,
    },
}

/// Compares two bodies.
pub(super) fn compare(before: &CapturedBody, after: &CapturedBody) -> BodyDifference {
    let whole = is_whole(before) && is_whole(after);
    let (old, new) = (before.text.as_deref(), after.text.as_deref());
    let texts = match (old, new) {
        (Some(old), Some(new)) => Some((old, new)),
        // What has no bytes is an empty text beside a text.
        (Some(old), None) if after.bytes == 0 => Some((old, "")),
        (None, Some(new)) if before.bytes == 0 => Some(("", new)),
        _ => None,
    };
    if !whole {
        let (lines, more) = texts.map_or_else(Default::default, |(old, new)| lines_of(old, new));
        return BodyDifference::NotKept { lines, more };
    }
    if before.bytes == 0 && after.bytes == 0 {
        return BodyDifference::Same;
    }
    let Some((old, new)) = texts else {
        if before.base64.is_some() && before.base64 == after.base64 {
            return BodyDifference::Same;
        }
        return BodyDifference::Binary {
            before_bytes: before.bytes,
            after_bytes: after.bytes,
        };
    };
    if old == new {
        return BodyDifference::Same;
    }
    if let Some(mut changes) = json::compare(old, new) {
        let more = changes.len().saturating_sub(MOST_CHANGES);
        changes.truncate(MOST_CHANGES);
        return BodyDifference::Json { changes, more };
    }
    let (lines, more) = lines_of(old, new);
    BodyDifference::Text { lines, more }
}

fn lines_of(old: &str, new: &str) -> (Vec<Line>, usize) {
    let mut lines = lines::compare(old, new);
    let more = lines.len().saturating_sub(MOST_CHANGES);
    lines.truncate(MOST_CHANGES);
    (lines, more)
}

fn is_whole(body: &CapturedBody) -> bool {
    let is_kept = body.text.is_some() || body.base64.is_some() || body.bytes == 0;
    is_kept && !body.truncated
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> CapturedBody {
        CapturedBody {
            bytes: text.len() as u64,
            text: Some(text.to_owned()),
            ..CapturedBody::default()
        }
    }

    #[test]
    fn nothing_is_said_of_what_was_not_kept() {
        let cut = CapturedBody {
            truncated: true,
            bytes: 99_999,
            ..text("the beginning")
        };
        let compared = compare(&cut, &text("the beginning"));
        let nothing = BodyDifference::NotKept {
            lines: Vec::new(),
            more: 0,
        };
        assert_eq!(compared, nothing);
        let gone = CapturedBody {
            bytes: 5,
            ..CapturedBody::default()
        };
        assert_eq!(compare(&gone, &gone), nothing);
    }

    #[test]
    fn bytes_are_the_same_or_not() {
        let bytes = |base64: &str| CapturedBody {
            bytes: 3,
            base64: Some(base64.to_owned()),
            ..CapturedBody::default()
        };
        assert_eq!(
            compare(&bytes("AP8K"), &bytes("AP8K")),
            BodyDifference::Same
        );
        assert!(matches!(
            compare(&bytes("AP8K"), &text("abc")),
            BodyDifference::Binary { .. }
        ));
    }

    #[test]
    fn a_body_and_none_are_compared_by_lines() {
        let BodyDifference::Text { lines, .. } = compare(&text("a\nb"), &CapturedBody::default())
        else {
            panic!("both are text");
        };
        assert_eq!(lines.len(), 2);
    }

    #[test]
    fn json_that_is_only_written_differently_has_no_changes() {
        assert_eq!(
            compare(
                &text(r#"{"a":1,"b":[2]}"#),
                &text(r#"{ "b": [2], "a": 1 }"#)
            ),
            BodyDifference::Json {
                changes: Vec::new(),
                more: 0
            }
        );
    }
}
