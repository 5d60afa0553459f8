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
    /// Whether more passed than is kept.
    pub truncated: bool,
    /// What is kept, if it is text.
    pub text: Option<String>,
    /// What is kept, in base64, if it is not text.
    pub base64: Option<String>,
}
