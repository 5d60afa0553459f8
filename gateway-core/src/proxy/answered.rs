//! Is this an answer of a service that only one reading fits?
//!
//! hyper reads an answer with `Transfer-Encoding` and `Content-Length` by the former and keeps both,
//! and one whose coding it does not know up to its end. Passed on, its end would be anyone's guess
//! (RFC 9112, section 6.3), and what follows it on the connection another request's answer. One of HTTP/2
//! ends where its frames say, but its lengths reach callers who speak HTTP/1.1.

use http::HeaderMap;
use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};

use super::error::{ErrorCode, ProxyError};

/// Checks the head of an answer.
///
/// # Errors
/// What is wrong with it. Nothing more may be read from its connection.
pub fn check(headers: &HeaderMap) -> Result<(), ProxyError> {
    let invalid = |reason: &str| {
        let reason = reason.to_owned();
        Err(ProxyError::Upstream(ErrorCode::UpstreamInvalid, reason))
    };
    let mut codings = headers.get_all(TRANSFER_ENCODING).iter();
    let mut lengths = headers.get_all(CONTENT_LENGTH).iter();
    match (codings.next(), lengths.next()) {
        (Some(_), Some(_)) => invalid("it sent `Content-Length` beside `Transfer-Encoding`"),
        (Some(coding), None) if !coding.as_bytes().eq_ignore_ascii_case(b"chunked") => {
            invalid("it sent another transfer coding than `chunked`")
        }
        (Some(_), None) if codings.next().is_some() => {
            invalid("it sent `Transfer-Encoding` more than once")
        }
        (None, Some(_)) if lengths.next().is_some() => {
            invalid("it sent `Content-Length` more than once")
        }
        (None, Some(length)) if !length.as_bytes().iter().all(u8::is_ascii_digit) => {
            invalid("its `Content-Length` is no number")
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn an_answer_whose_end_is_anyones_guess_is_invalid() {
        for (lines, is_fine) in [
            (&[][..], true),
            (&[("content-length", "5")], true),
            (&[("transfer-encoding", "Chunked")], true),
            (&[("transfer-encoding", "gzip")], false),
            (&[("transfer-encoding", "gzip, chunked")], false),
            (&[("content-length", "5, 5")], false),
            (&[("content-length", "5"), ("content-length", "5")], false),
            (
                &[("content-length", "5"), ("transfer-encoding", "chunked")],
                false,
            ),
            (
                &[
                    ("transfer-encoding", "chunked"),
                    ("transfer-encoding", "chunked"),
                ],
                false,
            ),
        ] {
            let mut headers = HeaderMap::new();
            for (name, value) in lines {
                headers.append(*name, HeaderValue::from_static(value));
            }
            let checked = check(&headers);
            assert_eq!(checked.is_ok(), is_fine, "{lines:?}");
        }
    }
}
