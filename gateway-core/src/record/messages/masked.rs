//! Makes a message as it may be shown of one as it passed.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::super::captured_body::text;
use super::super::redact::Redactor;
use super::{Message, Observed, Passed};

/// The message with its secrets masked.
pub(in crate::record) fn masked(passed: Passed, redactor: &Redactor) -> Message {
    let Passed {
        exchange: _,
        number,
        direction,
        at_us,
        observed,
    } = passed;
    let Observed {
        kind,
        bytes,
        kept,
        truncated,
        event,
        event_id,
        close_code,
    } = observed;
    let mut message = Message {
        number,
        direction,
        kind,
        at_us,
        bytes,
        truncated,
        text: None,
        base64: None,
        event: event.map(|event| redactor.text(&event)),
        event_id: event_id.map(|id| redactor.text(&id)),
        close_code,
    };
    match text(&kept, truncated) {
        _ if kept.is_empty() => {}
        Some(text) => message.text = Some(redactor.body(None, &text)),
        None => message.base64 = Some(STANDARD.encode(redactor.binary_body(None, &kept))),
    }
    message
}
