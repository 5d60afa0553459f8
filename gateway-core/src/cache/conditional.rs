//! Conditions and ranges of requests, answered from what is kept (RFC 9110, sections 13 and 14), and
//! conditions put to services.

use http::header::{
    DATE, ETAG, HeaderName, HeaderValue, IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE,
    IF_UNMODIFIED_SINCE, LAST_MODIFIED, RANGE,
};
use http::{HeaderMap, StatusCode};

use super::date;
use super::entry::Stored;

/// Conditions that only a service can decide about.
pub const OF_SERVICE: [HeaderName; 2] = [IF_MATCH, IF_UNMODIFIED_SINCE];

/// Whether a request asks for more than the answer as it is.
pub fn is_conditional_or_partial(headers: &HeaderMap) -> bool {
    [
        RANGE,
        IF_NONE_MATCH,
        IF_MODIFIED_SINCE,
        IF_MATCH,
        IF_UNMODIFIED_SINCE,
    ]
    .iter()
    .any(|name| headers.contains_key(name))
}

/// Makes a request ask whether `stored` is still good, instead of what its caller asked.
pub fn ask_whether_good(headers: &mut HeaderMap, stored: &Stored) {
    for name in [
        RANGE,
        IF_RANGE,
        IF_NONE_MATCH,
        IF_MODIFIED_SINCE,
        IF_MATCH,
        IF_UNMODIFIED_SINCE,
    ] {
        headers.remove(name);
    }
    if let Some(tag) = stored.headers.get(ETAG) {
        headers.insert(IF_NONE_MATCH, tag.clone());
    }
    if let Some(date) = stored.headers.get(LAST_MODIFIED) {
        headers.insert(IF_MODIFIED_SINCE, date.clone());
    }
}

/// Whether a caller has what is kept already, so that 304 says enough.
pub fn is_not_modified(request: &HeaderMap, stored: &Stored) -> bool {
    if stored.status != StatusCode::OK {
        return false;
    }
    if request.contains_key(IF_NONE_MATCH) {
        let lines = request.get_all(IF_NONE_MATCH).iter();
        let mut lines = lines.filter_map(|line| line.to_str().ok());
        return lines.any(|line| line.trim() == "*" || has_tag(line, stored));
    }
    let Some(since) = date::of(request, IF_MODIFIED_SINCE) else {
        return false;
    };
    let modified = date::of(&stored.headers, LAST_MODIFIED);
    let modified = modified.or_else(|| date::of(&stored.headers, DATE));
    modified.is_some_and(|modified| modified <= since)
}

/// Whether a list of entity tags has that of `stored`, compared weakly.
fn has_tag(list: &str, stored: &Stored) -> bool {
    let Some(own) = stored.headers.get(ETAG).and_then(|tag| tag.to_str().ok()) else {
        return false;
    };
    let own = opaque(own);
    super::control::split_outside_quotes(list).any(|tag| opaque(tag.trim()) == own)
}

fn opaque(tag: &str) -> &str {
    tag.strip_prefix("W/").unwrap_or(tag)
}

/// The part of an answer that a request asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// All of it.
    Whole,
    /// From a byte to before another.
    Bytes(usize, usize),
    /// What it asks for is not there.
    Unsatisfiable,
}

/// The part of `stored` that a request asks for. Several ranges at once are answered as a whole, as
/// is a range whose `If-Range` speaks of another state.
pub fn part(request: &HeaderMap, stored: &Stored) -> Part {
    let range = request.get(RANGE).and_then(|range| range.to_str().ok());
    let Some(range) = range.filter(|_| stored.status == StatusCode::OK) else {
        return Part::Whole;
    };
    if let Some(state) = request.get(IF_RANGE)
        && !is_of_state(state, stored)
    {
        return Part::Whole;
    }
    let Some((unit, wanted)) = range.split_once('=') else {
        return Part::Whole;
    };
    if !unit.trim().eq_ignore_ascii_case("bytes") || wanted.contains(',') {
        return Part::Whole;
    }
    let length = stored.body.len();
    let Some((first, last)) = wanted.trim().split_once('-') else {
        return Part::Whole;
    };
    let number = |text: &str| -> Option<usize> {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| text.parse().unwrap_or(usize::MAX))
    };
    match (
        number(first),
        number(last),
        first.is_empty(),
        last.is_empty(),
    ) {
        (None, Some(0), true, false) => Part::Unsatisfiable,
        (None, Some(suffix), true, false) if length > 0 => {
            Part::Bytes(length.saturating_sub(suffix), length)
        }
        (None, Some(_), true, false) => Part::Unsatisfiable,
        (Some(first), None, false, true) if first < length => Part::Bytes(first, length),
        (Some(first), Some(last), false, false) if last < first => Part::Whole,
        (Some(first), Some(last), false, false) if first < length => {
            Part::Bytes(first, last.saturating_add(1).min(length))
        }
        (Some(_), _, false, _) if number(last).is_some() || last.is_empty() => Part::Unsatisfiable,
        _ => Part::Whole,
    }
}

/// Whether `If-Range` speaks of `stored`: by a strong tag, or by the very date.
fn is_of_state(state: &HeaderValue, stored: &Stored) -> bool {
    let Ok(state) = state.to_str() else {
        return false;
    };
    let own = |name| {
        stored
            .headers
            .get(name)
            .and_then(|value| value.to_str().ok())
    };
    match state.starts_with('"') {
        true => own(ETAG) == Some(state),
        false => !state.starts_with("W/") && own(LAST_MODIFIED) == Some(state),
    }
}
