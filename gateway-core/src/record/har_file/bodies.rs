//! Bodies of an archive, as they are kept.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::archive::{Parameter, Request, Response};
use super::whole;
use crate::record::captured_body::text;
use crate::record::detail::{CapturedBody, HeaderLine};
use crate::record::redact::Redactor;

/// Most bytes that are kept of a body.
const MOST_BODY_BYTES: usize = 16 * 1024 * 1024;

pub(super) fn request_body(request: &Request, redactor: &Redactor) -> CapturedBody {
    let Some(data) = &request.post_data else {
        return CapturedBody::default();
    };
    let text = match &data.text {
        Some(text) if !text.is_empty() || data.params.is_empty() => text.clone(),
        _ => {
            let mut form = form_urlencoded::Serializer::new(String::new());
            for Parameter { name, value } in &data.params {
                form.append_pair(name, value.as_deref().unwrap_or_default());
            }
            form.finish()
        }
    };
    let mime = data.mime_type.as_deref();
    body(
        &text,
        data.encoding.as_deref(),
        mime,
        None,
        request.body_size,
        redactor,
    )
}

pub(super) fn response_body(
    response: &Response,
    headers: &[HeaderLine],
    redactor: &Redactor,
) -> CapturedBody {
    let coding = headers
        .iter()
        .find(|header| header.name == "content-encoding")
        .map(|header| header.value.clone());
    let Some(content) = &response.content else {
        return CapturedBody::default();
    };
    let size = response
        .body_size
        .filter(|size| *size > 0.0)
        .or(content.size);
    let mime = content.mime_type.as_deref();
    let text = content.text.as_deref().unwrap_or_default();
    body(
        text,
        content.encoding.as_deref(),
        mime,
        coding,
        size,
        redactor,
    )
}

/// A body as it is kept: what is given is decoded already.
fn body(
    given: &str,
    encoding: Option<&str>,
    mime: Option<&str>,
    coding: Option<String>,
    size: Option<f64>,
    redactor: &Redactor,
) -> CapturedBody {
    let is_base64 = encoding.is_some_and(|encoding| encoding.eq_ignore_ascii_case("base64"));
    let bytes = match is_base64 {
        true => STANDARD.decode(given.trim()).unwrap_or_default(),
        false => given.as_bytes().to_vec(),
    };
    let passed = size.map_or(0, whole).max(0).unsigned_abs();
    let kept = &bytes[..bytes.len().min(MOST_BODY_BYTES)];
    let truncated = kept.len() < bytes.len() || (bytes.is_empty() && passed > 0);
    let mut body = CapturedBody {
        content_type: mime.map(|mime| redactor.text(mime)),
        content_encoding: coding,
        bytes: if passed == 0 {
            bytes.len() as u64
        } else {
            passed
        },
        decoded_bytes: (!truncated).then_some(bytes.len() as u64),
        truncated,
        kept_bytes: None,
        text: None,
        utf_16: None,
        base64: None,
    };
    if kept.is_empty() {
        return body;
    }
    match text(kept, truncated) {
        Some(text) => body.text = Some(redactor.body(mime, &text)),
        None => body.base64 = Some(STANDARD.encode(redactor.binary_body(mime, kept))),
    }
    body
}
