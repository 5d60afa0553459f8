//! Where something stands in a body.

use regex::bytes::{Regex, RegexBuilder};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Content, LINE_BYTES, PagedBody, line_ends};

/// Longest text that is looked for, in bytes.
const LONGEST: usize = 1_000;
/// How much is shown before and behind a place, in bytes.
const AROUND: usize = 60;

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = FoundInBody)]
pub struct Found {
    /// At how many places.
    pub count: u64,
    /// One of them; absent where there is none.
    pub hit: Option<Hit>,
}

/// A place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = BodyHit)]
pub struct Hit {
    /// Which of the places, from 0.
    pub nth: u64,
    /// The number of its line, from 0.
    pub line: u64,
    /// Where in the line: UTF-16 units from its beginning, as JavaScript counts; of what is no text,
    /// bytes.
    pub column: u64,
    /// How long it is, in the same units.
    pub length: u64,
    /// What stands before it in the line.
    pub before: String,
    /// What stands there.
    pub found: String,
    /// What stands behind it in the line.
    pub after: String,
}

/// Why nothing can be looked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SearchError {
    /// There is no text to look for.
    #[error("`q` is empty; say what to look for")]
    Empty,
    /// It is too long.
    #[error("`q` has {0} bytes; at most {LONGEST} can be looked for")]
    TooLong(usize),
    /// There are not as many places.
    #[error("`nth` is {nth}, and there are {count} places, counted from 0")]
    NoSuchPlace {
        /// Which was asked for.
        nth: u64,
        /// How many there are.
        count: u64,
    },
}

impl PagedBody {
    /// Looks for a text, in any case or as it is written, and gives one of the places.
    ///
    /// # Errors
    /// Such a text cannot be looked for, or there are not as many places.
    pub fn search(&self, q: &str, match_case: bool, nth: u64) -> Result<Found, SearchError> {
        let wanted = pattern(q, match_case)?;
        let bytes = match &self.content {
            Content::Text(text) => text.as_bytes(),
            Content::Bytes(bytes) => bytes,
        };
        let (mut count, mut place) = (0, None);
        for found in wanted.find_iter(bytes) {
            if count == nth {
                place = Some(found.range());
            }
            count += 1;
        }
        let Some(place) = place else {
            return match count {
                0 => Ok(Found { count, hit: None }),
                _ => Err(SearchError::NoSuchPlace { nth, count }),
            };
        };
        let hit = match &self.content {
            Content::Text(text) => self.in_text(text, place),
            Content::Bytes(bytes) => in_bytes(bytes, place),
        };
        let hit = Some(Hit { nth, ..hit });
        Ok(Found { count, hit })
    }

    fn in_text(&self, text: &str, place: std::ops::Range<usize>) -> Hit {
        let before = &text[..place.start];
        let line_start = before.rfind('\n').map_or(0, |end| end + 1);
        let line_end = memchr::memchr(b'\n', &text.as_bytes()[place.end..]);
        let line_end = line_end.map_or(text.len(), |end| place.end + end);
        let page = self.pages.partition_point(|page| page.at <= line_start) - 1;
        let page = self.pages[page];
        let from = text.ceil_char_boundary(place.start.saturating_sub(AROUND).max(line_start));
        let to = text.floor_char_boundary((place.end + AROUND).min(line_end));
        let units = |text: &str| text.encode_utf16().count() as u64;
        Hit {
            nth: 0,
            line: page.ends_before + line_ends(&text.as_bytes()[page.at..line_start]),
            column: units(&text[line_start..place.start]),
            length: units(&text[place.clone()]),
            before: text[from..place.start].to_owned(),
            after: text[place.end..to].to_owned(),
            found: text[place].to_owned(),
        }
    }
}

fn in_bytes(bytes: &[u8], place: std::ops::Range<usize>) -> Hit {
    let from = place.start.saturating_sub(AROUND);
    let to = (place.end + AROUND).min(bytes.len());
    let text = |range: std::ops::Range<usize>| String::from_utf8_lossy(&bytes[range]).into_owned();
    Hit {
        nth: 0,
        line: (place.start / LINE_BYTES) as u64,
        column: (place.start % LINE_BYTES) as u64,
        length: place.len() as u64,
        before: text(from..place.start),
        after: text(place.end..to),
        found: text(place),
    }
}

fn pattern(q: &str, match_case: bool) -> Result<Regex, SearchError> {
    match q.len() {
        0 => Err(SearchError::Empty),
        length if length > LONGEST => Err(SearchError::TooLong(length)),
        length => RegexBuilder::new(&regex::escape(q))
            .case_insensitive(!match_case)
            .build()
            // A text of that length is a pattern of a few kilobytes.
            .map_err(|_| SearchError::TooLong(length)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::View;
    use super::*;

    #[test]
    fn places_are_counted_and_each_can_be_had() {
        let body = PagedBody::text("Tea\nno\n😀 tea, TEA\n".to_owned());
        let found = body.search("tea", false, 1).unwrap();
        assert_eq!(found.count, 3);
        let hit = found.hit.unwrap();
        assert_eq!((hit.line, hit.column, hit.length), (2, 3, 3));
        assert_eq!(
            (&*hit.before, &*hit.found, &*hit.after),
            ("😀 ", "tea", ", TEA")
        );
        assert_eq!(body.search("tea", true, 0).unwrap().count, 1);
        let none = Found {
            count: 0,
            hit: None,
        };
        assert_eq!(body.search("coffee", false, 5), Ok(none));
    }

    #[test]
    fn what_cannot_be_looked_for_is_said() {
        let body = PagedBody::text("a".to_owned());
        let error = |q: &str, nth| body.search(q, false, nth).unwrap_err().to_string();
        assert_eq!(error("", 0), "`q` is empty; say what to look for");
        assert_eq!(
            error(&"x".repeat(1_001), 0),
            "`q` has 1001 bytes; at most 1000 can be looked for"
        );
        assert_eq!(
            error("a", 1),
            "`nth` is 1, and there are 1 places, counted from 0"
        );
        assert_eq!(body.search(".", false, 0).unwrap().count, 0, "no pattern");
    }

    #[test]
    fn a_place_far_back_has_its_line() {
        let text: String = (0..200_000).map(|n| format!("line {n}\n")).collect();
        let body = PagedBody::text(text);
        assert!(body.pages() > 20);
        let hit = body.search("line 151234", false, 0).unwrap().hit.unwrap();
        assert_eq!((hit.line, hit.column), (151_234, 0));
        assert_eq!(body.index(View::Sent).lines, 200_000);
        let body = PagedBody::bytes([vec![0; 100_000], b"tea".to_vec()].concat());
        let hit = body.search("TEA", false, 0).unwrap().hit.unwrap();
        assert_eq!((hit.line, hit.column, hit.length), (6_250, 0, 3));
    }
}
