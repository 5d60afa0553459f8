//! An exchange with everything that was kept of it, masked.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::decision::{Decision, Try};
use super::summary::ExchangeSummary;

/// One exchange with its trace, headers and bodies.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ExchangeDetail {
    /// What the list shows.
    pub summary: ExchangeSummary,
    /// Who answered and why, in one sentence.
    pub sentence: String,
    /// The rest.
    #[serde(flatten)]
    pub kept: Kept,
}

/// What is kept of an exchange beside its row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Kept {
    /// Revision of the config that was in force.
    pub revision: u64,
    /// Trace id of `traceparent`, 32 hex digits.
    pub trace_id: String,
    /// Port of the caller.
    pub client_port: u16,
    /// What each stage decided, in order.
    pub trace: Vec<Decision>,
    /// Each try to get an answer from a target.
    pub attempts: Vec<Try>,
    /// Headers of the request as it came.
    pub client_request: Vec<HeaderLine>,
    /// Headers as sent to the target; absent if nothing was sent.
    pub upstream_request: Option<Vec<HeaderLine>>,
    /// Path and query as the target was asked for them, masked, without the path of its own URL;
    /// absent if nothing was sent, and of requests that were logged before this was kept.
    #[serde(default)]
    pub upstream_path: Option<String>,
    /// Headers as the target answered; absent if it did not.
    pub upstream_response: Option<Vec<HeaderLine>>,
    /// Headers of the answer as the caller got it; absent if none was sent.
    pub client_response: Option<Vec<HeaderLine>>,
    /// Body of the request.
    pub request_body: CapturedBody,
    /// Body of the answer.
    pub response_body: CapturedBody,
}

/// One header field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HeaderLine {
    /// In lower case.
    pub name: String,
    /// Masked where it holds a secret.
    pub value: String,
}

/// The kept beginning of a body.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CapturedBody {
    /// `Content-Type`, if it was given.
    pub content_type: Option<String>,
    /// `Content-Encoding`, if it was given. What is kept is decoded; of a coding not known here
    /// nothing is.
    pub content_encoding: Option<String>,
    /// Bytes that passed.
    pub bytes: u64,
    /// Bytes once decoded; absent where not all of it was.
    #[serde(default)]
    pub decoded_bytes: Option<u64>,
    /// Whether more passed than is kept.
    pub truncated: bool,
    /// Bytes of what is kept, where `text` or `base64` hold only the beginning of it because that was
    /// asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept_bytes: Option<u64>,
    /// What is kept, if it is text.
    pub text: Option<String>,
    /// In which order of bytes the text was sent, if it was sent in UTF-16.
    #[serde(default)]
    pub utf_16: Option<ByteOrder>,
    /// What is kept, in base64, if it is not text.
    pub base64: Option<String>,
}

/// An order of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ByteOrder {
    /// The lower one first.
    Little,
    /// The higher one first.
    Big,
}

impl CapturedBody {
    /// The same with at most `most` bytes of what is kept; half a character is left out.
    pub fn beginning(mut self, most: usize) -> Self {
        // Three bytes are four letters.
        let most_letters = most / 3 * 4;
        if let Some(text) = &mut self.text
            && text.len() > most
        {
            self.kept_bytes = Some(text.len() as u64);
            text.truncate(text.floor_char_boundary(most));
        }
        if let Some(base64) = &mut self.base64
            && base64.len() / 4 * 3 > most + 2
        {
            let padding = base64.bytes().rev().take_while(|b| *b == b'=').count();
            self.kept_bytes = Some((base64.len() / 4 * 3 - padding) as u64);
            base64.truncate(most_letters);
        }
        self
    }

    /// The text in UTF-16, with the mark at its beginning, where it was sent so.
    pub fn in_utf_16(&self) -> Option<Vec<u8>> {
        let bytes: fn(u16) -> [u8; 2] = match self.utf_16? {
            ByteOrder::Little => u16::to_le_bytes,
            ByteOrder::Big => u16::to_be_bytes,
        };
        let units = std::iter::once(0xfeff).chain(self.text.as_deref()?.encode_utf16());
        Some(units.flat_map(bytes).collect())
    }
}
