//! What is kept of a body: decoded, masked, as text where it is text.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderName};

use super::capture::Captured;
use super::decode::decode;
use super::detail::{ByteOrder, CapturedBody};
use super::redact::Redactor;

/// What is kept of a body, decoded and masked. A body in a coding that cannot be undone could hide
/// secrets, so nothing of it is kept.
pub(super) fn body(
    captured: Captured,
    headers: Option<&HeaderMap>,
    redactor: &Redactor,
    own: bool,
) -> CapturedBody {
    let header = |name: HeaderName| {
        let value = headers?.get(name)?.to_str().ok()?;
        Some(value.to_owned())
    };
    let content_type = header(CONTENT_TYPE);
    let content_encoding = header(CONTENT_ENCODING).filter(|coding| coding != "identity");
    let mut truncated = captured.truncated();
    let bytes = captured.passed;
    let decoded = match &content_encoding {
        None => Some(captured.kept),
        Some(coding) => decode(coding, &captured.kept, captured.most).map(|(decoded, more)| {
            truncated |= more;
            decoded
        }),
    };
    let body = CapturedBody {
        content_type,
        content_encoding,
        bytes,
        decoded_bytes: decoded
            .as_ref()
            .filter(|_| !truncated)
            .map(|decoded| decoded.len() as u64),
        truncated,
        kept_bytes: None,
        text: None,
        utf_16: None,
        base64: None,
    };
    let Some(kept) = decoded.filter(|kept| !kept.is_empty()) else {
        return body;
    };
    match text(&kept, truncated) {
        Some(text) => {
            let text = match own {
                true => redactor.own_body(&text),
                false => redactor.body(body.content_type.as_deref(), &text),
            };
            CapturedBody {
                text: Some(text),
                utf_16: byte_order(&kept),
                ..body
            }
        }
        None => {
            let masked = redactor.binary_body(body.content_type.as_deref(), &kept);
            CapturedBody {
                base64: Some(STANDARD.encode(masked)),
                ..body
            }
        }
    }
}

/// Bytes as text, if they are text. The end of a truncated one may be half a character.
pub(super) fn text(bytes: &[u8], truncated: bool) -> Option<Cow<'_, str>> {
    if let Some(text) = utf_16(bytes) {
        return Some(Cow::Owned(text));
    }
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) if truncated && error.error_len().is_none() => {
            std::str::from_utf8(&bytes[..error.valid_up_to()]).ok()?
        }
        Err(_) => return None,
    };
    (!text.contains('\0')).then_some(Cow::Borrowed(text))
}

/// What the mark at the beginning of UTF-16 says.
fn byte_order(bytes: &[u8]) -> Option<ByteOrder> {
    match bytes {
        [0xff, 0xfe, ..] => Some(ByteOrder::Little),
        [0xfe, 0xff, ..] => Some(ByteOrder::Big),
        _ => None,
    }
}

/// UTF-16 that says so at its beginning.
fn utf_16(bytes: &[u8]) -> Option<String> {
    let unit: fn([u8; 2]) -> u16 = match byte_order(bytes)? {
        ByteOrder::Little => u16::from_le_bytes,
        ByteOrder::Big => u16::from_be_bytes,
    };
    let bytes = &bytes[2..];
    let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
    let text: Result<String, _> = char::decode_utf16(units).collect();
    text.ok().filter(|text| !text.contains('\0'))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::HeaderValue;

    use super::super::capture::Room;
    use super::*;
    use crate::config::{ApiKeys, Redaction};

    /// What is kept of a body with these headers, when `most` bytes of it may be kept.
    fn kept(headers: &[(HeaderName, &'static str)], bytes: &[u8], most: usize) -> CapturedBody {
        let mut captured = Captured::up_to(most, &Room::default());
        captured.add(&Bytes::copy_from_slice(bytes));
        let headers = headers.iter().cloned();
        let headers: HeaderMap = headers
            .map(|(name, value)| (name, HeaderValue::from_static(value)))
            .collect();
        let redactor = Redactor::new(&Redaction::default(), &ApiKeys::default());
        body(captured, Some(&headers), &redactor, false)
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        use std::io::Write as _;
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn no_more_is_kept_than_was_asked_for_and_it_is_said_how_much_passed() {
        let body = kept(&[], "ab€".as_bytes(), 4);
        assert_eq!(
            (body.text.as_deref(), body.bytes, body.truncated),
            (Some("ab"), 5, true),
            "half a character is left out"
        );
        let zeros = gzip(&[b'0'; 100_000]);
        let passed = zeros.len() as u64;
        let body = kept(&[(CONTENT_ENCODING, "gzip")], &zeros, 1_000);
        assert_eq!(
            body.text.unwrap().len(),
            1_000,
            "decoded, it counts as well"
        );
        assert_eq!((body.bytes, body.truncated), (passed, true));
        let body = kept(&[], b"abc", 0);
        assert_eq!((body.text, body.bytes, body.truncated), (None, 3, true));
    }

    /// LG-3
    #[test]
    fn secrets_are_masked_in_bodies_of_any_encoding() {
        let secret = r#"{"user":"é","token":"canary"}"#;
        let latin_1: Vec<u8> = secret.chars().map(|c| u8::try_from(c).unwrap()).collect();
        let utf_16: Vec<u8> = "\u{feff}"
            .encode_utf16()
            .chain(secret.encode_utf16())
            .flat_map(u16::to_le_bytes)
            .collect();
        let json = (CONTENT_TYPE, "application/json");
        let gzipped = (CONTENT_ENCODING, "gzip");
        for (headers, bytes) in [
            (vec![json.clone()], secret.as_bytes().to_vec()),
            (vec![json.clone()], latin_1),
            (vec![json.clone()], utf_16),
            (vec![json.clone()], [secret.as_bytes(), b"\0"].concat()),
            (vec![json, gzipped], gzip(secret.as_bytes())),
        ] {
            let body = kept(&headers, &bytes, 1_000);
            let shown = match (&body.text, &body.base64) {
                (Some(text), None) => text.clone(),
                (None, Some(base64)) => {
                    String::from_utf8_lossy(&STANDARD.decode(base64).unwrap()).into_owned()
                }
                other => panic!("either text or not: {other:?}"),
            };
            assert!(
                shown.contains(r#""token":"•••""#) && shown.contains("user"),
                "{shown}"
            );
        }
    }

    #[test]
    fn nothing_is_kept_of_a_body_whose_coding_is_not_known() {
        let body = kept(&[(CONTENT_ENCODING, "secret-coding")], b"canary", 1_000);
        assert_eq!((body.text, body.base64, body.bytes), (None, None, 6));
        assert_eq!(body.content_encoding.as_deref(), Some("secret-coding"));
    }
}
