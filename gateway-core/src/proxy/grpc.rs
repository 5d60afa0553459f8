//! What the gateway's refusals say to gRPC clients: a status of theirs, in header fields
//! (the gRPC over HTTP/2 protocol, `Trailers-Only`).

use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use super::error::ErrorCode;

const GRPC_STATUS: HeaderName = HeaderName::from_static("grpc-status");
const GRPC_MESSAGE: HeaderName = HeaderName::from_static("grpc-message");

/// What may not stand in `grpc-message` as it is: all but printable ASCII, and `%`.
const ENCODED: &AsciiSet = &CONTROLS.add(b'%');

/// The content type of a request that is a call of gRPC, gRPC-Web included.
pub fn content_type(headers: &HeaderMap) -> Option<&HeaderValue> {
    headers.get(CONTENT_TYPE).filter(|value| {
        let kind = b"application/grpc";
        let bytes = value.as_bytes();
        bytes
            .get(..kind.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(kind))
            && matches!(
                bytes.get(kind.len()),
                None | Some(b'+' | b';' | b'-' | b' ')
            )
    })
}

/// Says why a call was refused.
pub fn refuse(headers: &mut HeaderMap, code: ErrorCode, detail: &str) {
    headers.insert(GRPC_STATUS, HeaderValue::from_static(status(code)));
    let message = utf8_percent_encode(detail, ENCODED).to_string();
    if let Ok(message) = HeaderValue::from_str(&message) {
        headers.insert(GRPC_MESSAGE, message);
    }
}

/// gRPC's own table from HTTP statuses to its codes ("HTTP to gRPC Status Code Mapping"), and where
/// that says "unknown" what fits: too large is `RESOURCE_EXHAUSTED`, not supported `UNIMPLEMENTED`.
fn status(code: ErrorCode) -> &'static str {
    match code.status().as_u16() {
        400 => "13",
        401 => "16",
        403 => "7",
        404 | 405 | 410 | 501 => "12",
        413 | 414 | 431 => "8",
        408 | 429 | 502 | 503 | 504 => "14",
        500 => "13",
        _ => "2",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_known_by_its_content_type() {
        for (value, is_call) in [
            ("application/grpc", true),
            ("Application/gRPC+proto", true),
            ("application/grpc; charset=utf-8", true),
            ("application/grpc-web+proto", true),
            ("application/grpcish", false),
            ("application/json", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(value));
            assert_eq!(content_type(&headers).is_some(), is_call, "{value}");
        }
    }

    #[test]
    fn a_message_is_printable_ascii() {
        let mut headers = HeaderMap::new();
        refuse(&mut headers, ErrorCode::RouteNotFound, "50% of »it«\n");
        assert_eq!(headers["grpc-status"], "12");
        assert_eq!(headers["grpc-message"], "50%25 of %C2%BBit%C2%AB%0A");
    }
}
