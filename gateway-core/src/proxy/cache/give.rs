//! An answer that is kept, as a caller gets it: as a whole, in part, or not at all because the caller
//! has it.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{
    AGE, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_LOCATION, CONTENT_RANGE, DATE, ETAG, EXPIRES,
    HeaderValue, LAST_MODIFIED, SET_COOKIE, VARY, VIA,
};
use http::{HeaderMap, Method, Response, StatusCode};
use http_body_util::Full;

use super::Caching;
use crate::cache::conditional::{Part, is_not_modified, part};
use crate::cache::entry::Stored;
use crate::proxy::body::AnswerBody;

/// What is said with a 304 (RFC 9110, section 15.4.5).
const OF_STATE: [http::HeaderName; 9] = [
    CACHE_CONTROL,
    CONTENT_LOCATION,
    DATE,
    ETAG,
    EXPIRES,
    LAST_MODIFIED,
    SET_COOKIE,
    VARY,
    VIA,
];

impl Caching {
    /// What is kept, as the answer to this request.
    pub(super) fn give(&self, stored: &Arc<Stored>, now_ns: u64) -> Response<AnswerBody> {
        self.give_with(stored, stored.headers.clone(), now_ns)
    }

    /// The same with other fields.
    pub(super) fn give_with(
        &self,
        stored: &Arc<Stored>,
        headers: HeaderMap,
        now_ns: u64,
    ) -> Response<AnswerBody> {
        let mut headers = headers;
        headers.insert(AGE, HeaderValue::from(stored.age_s(now_ns)));
        let length = stored.body.len();
        self.policy
            .counters
            .saved(u64::try_from(length).unwrap_or(u64::MAX));
        let (status, headers, body) = if is_not_modified(&self.headers, stored) {
            (StatusCode::NOT_MODIFIED, of_state(&headers), Bytes::new())
        } else {
            match part(&self.headers, stored) {
                _ if self.method == Method::HEAD => {
                    if has_content(stored.status) {
                        headers.insert(CONTENT_LENGTH, length.into());
                    }
                    (stored.status, headers, Bytes::new())
                }
                Part::Whole => {
                    if has_content(stored.status) {
                        headers.insert(CONTENT_LENGTH, length.into());
                    }
                    (stored.status, headers, stored.body.clone())
                }
                Part::Bytes(from, to) => {
                    let range = format!("bytes {from}-{}/{length}", to - 1);
                    let range = HeaderValue::try_from(range).expect("numbers are visible");
                    headers.insert(CONTENT_RANGE, range);
                    headers.insert(CONTENT_LENGTH, (to - from).into());
                    let body = stored.body.slice(from..to);
                    (StatusCode::PARTIAL_CONTENT, headers, body)
                }
                Part::Unsatisfiable => {
                    let range = HeaderValue::try_from(format!("bytes */{length}"));
                    let range = range.expect("numbers are visible");
                    let mut headers = of_state(&headers);
                    headers.insert(CONTENT_RANGE, range);
                    (StatusCode::RANGE_NOT_SATISFIABLE, headers, Bytes::new())
                }
            }
        };
        let mut response = Response::new(AnswerBody::Stored(Full::new(body)));
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        response
    }
}

/// The fields that tell the state of an answer, and how old it is.
fn of_state(headers: &HeaderMap) -> HeaderMap {
    let mut kept = HeaderMap::new();
    for (name, value) in headers {
        if OF_STATE.contains(name) || *name == AGE {
            kept.append(name, value.clone());
        }
    }
    kept
}

/// Whether an answer of this status has a body, however short.
fn has_content(status: StatusCode) -> bool {
    status != StatusCode::NO_CONTENT && status != StatusCode::NOT_MODIFIED
}
