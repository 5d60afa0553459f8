//! What a stage made of a request.

use super::error::ProxyError;
use crate::record::decision::{Facts, Verdict};

/// What a stage decided, for the trace, and what follows from it.
#[derive(Debug)]
pub struct Decided<T> {
    /// Whether the request goes on.
    pub verdict: Verdict,
    /// By what.
    pub facts: Facts,
    /// What the next stage needs, or why there is none.
    pub result: Result<T, ProxyError>,
}

impl<T> Decided<T> {
    /// There is no answer, for a reason that is no setting's.
    pub fn not_accepted(error: ProxyError) -> Self {
        Self {
            verdict: Verdict::Stopped,
            facts: Facts::NotAccepted {
                code: error.code(),
                reason: error.detail().into_owned(),
            },
            result: Err(error),
        }
    }
}
