//! A part's answer as a value: JSON as it is, text as a text, anything else in base64.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, HeaderName};
use serde_json::{Value, json};

use crate::record::decode::decode;

/// Why an answer is no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// It says that it is JSON, and is not.
    NoJson(String),
    /// It is in a coding that is not known here.
    Coding(String),
    /// Once decoded it is longer than it may be.
    TooLong,
    /// It broke off in the middle of its coding.
    Damaged(String),
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoJson(why) => write!(f, "its answer says that it is JSON and is not: {why}"),
            Self::Coding(coding) => {
                write!(f, "its answer is in the coding `{coding}`, unknown here")
            }
            Self::TooLong => f.write_str("its answer is too long once decoded"),
            Self::Damaged(coding) => write!(f, "its answer is damaged ({coding})"),
        }
    }
}

/// The value of an answer. Nothing at all is null.
///
/// # Errors
/// It is not what it says.
pub fn value(headers: &HeaderMap, body: &Bytes, most: usize) -> Result<Value, Unreadable> {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let decoded = match text(CONTENT_ENCODING).filter(|coding| *coding != "identity") {
        None => None,
        Some(coding) => Some(undone(coding, body, most)?),
    };
    let body = decoded.as_deref().unwrap_or(body);
    if body.is_empty() {
        return Ok(Value::Null);
    }
    let kind = text(CONTENT_TYPE).unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim();
    let essence = essence.to_ascii_lowercase();
    if essence == "application/json" || essence.ends_with("+json") || essence == "text/json" {
        return serde_json::from_slice(body).map_err(|why| Unreadable::NoJson(why.to_string()));
    }
    let said_text =
        essence.starts_with("text/") || essence.ends_with("/xml") || essence.ends_with("+xml");
    match std::str::from_utf8(body) {
        // Many a small service says nothing, or that its JSON is plain text.
        Ok(text) if said_text || essence.is_empty() => {
            let plain = essence.is_empty() || essence == "text/plain";
            let json = plain.then(|| structured(text)).flatten();
            Ok(json.unwrap_or_else(|| Value::String(text.to_owned())))
        }
        _ => Ok(json!({ "content_type": kind, "base64": STANDARD.encode(body) })),
    }
}

/// Text that is an object or a list of JSON.
fn structured(text: &str) -> Option<Value> {
    let begins = text.trim_start().starts_with(['{', '[']);
    begins.then(|| serde_json::from_str(text).ok()).flatten()
}

fn undone(coding: &str, body: &[u8], most: usize) -> Result<Vec<u8>, Unreadable> {
    let (decoded, more) =
        decode(coding, body, most).ok_or_else(|| Unreadable::Coding(coding.to_owned()))?;
    match more {
        false => Ok(decoded),
        true if decoded.len() >= most => Err(Unreadable::TooLong),
        true => Err(Unreadable::Damaged(coding.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn read(kind: &str, body: &[u8]) -> Result<Value, Unreadable> {
        let mut headers = HeaderMap::new();
        if !kind.is_empty() {
            headers.insert(CONTENT_TYPE, kind.parse().unwrap());
        }
        value(&headers, &Bytes::copy_from_slice(body), 1000)
    }

    #[test]
    fn json_keeps_its_types_text_is_text_and_the_rest_is_base64() {
        for (kind, body, value) in [
            ("application/json", &b"{\"a\": 1.50}"[..], json!({"a": 1.5})),
            (
                "application/problem+json; charset=utf-8",
                b"[null]",
                json!([null]),
            ),
            ("", b"{\"a\": 1}", json!({"a": 1})),
            ("", b"7", json!("7")),
            ("text/plain; charset=utf-8", b"{\"a\": 1}", json!({"a": 1})),
            ("text/plain", b"{not json", json!("{not json")),
            ("text/html", b"[1]", json!("[1]")),
            ("application/xml", b"<a/>", json!("<a/>")),
            (
                "image/png",
                b"\x89PNG",
                json!({"content_type": "image/png", "base64": "iVBORw=="}),
            ),
            (
                "text/plain",
                b"\xff\xfe",
                json!({"content_type": "text/plain", "base64": "//4="}),
            ),
            (
                "",
                b"\x00\xff",
                json!({"content_type": "", "base64": "AP8="}),
            ),
            ("application/json", b"", Value::Null),
        ] {
            assert_eq!(read(kind, body), Ok(value), "{kind} {body:?}");
        }
        assert!(matches!(
            read("application/json", b"<html>"),
            Err(Unreadable::NoJson(_))
        ));
    }

    /// reliability.md, item 26
    #[test]
    fn a_coding_is_undone_up_to_a_bound() {
        let gzip = |bytes: &[u8]| {
            let mut encoder =
                flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
            encoder.write_all(bytes).unwrap();
            Bytes::from(encoder.finish().unwrap())
        };
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, "application/json".parse().unwrap());
        headers.insert(CONTENT_ENCODING, "gzip".parse().unwrap());
        assert_eq!(value(&headers, &gzip(b"[1]"), 100), Ok(json!([1])));
        let bomb = gzip(&vec![b' '; 10_000_000]);
        assert_eq!(value(&headers, &bomb, 100), Err(Unreadable::TooLong));
        let half = gzip(b"[1, 2, 3]").slice(..14);
        assert_eq!(
            value(&headers, &half, 100),
            Err(Unreadable::Damaged("gzip".to_owned()))
        );
        headers.insert(CONTENT_ENCODING, "rot13".parse().unwrap());
        assert_eq!(
            value(&headers, &Bytes::from_static(b"x"), 100),
            Err(Unreadable::Coding("rot13".to_owned()))
        );
    }
}
