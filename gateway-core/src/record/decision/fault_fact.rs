//! What a fault did that is switched on.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A fault that struck a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FaultFact {
    /// What went wrong. For latency, how long this request waited.
    pub effect: crate::faults::Effect,
    /// Of how many requests in a hundred.
    pub share_percent: u8,
    /// How many requests it strikes in all, where that is bounded; absent in logs of older versions.
    #[serde(default)]
    pub times: Option<u32>,
}

impl FaultFact {
    /// That a person asked for a refusal, such as `forced by a person: 429 once`.
    pub fn forced(&self) -> Option<String> {
        let crate::faults::Effect::Refuse { refusal } = self.effect else {
            return None;
        };
        let status = refusal.status();
        Some(match self.times {
            Some(1) => format!("forced by a person: {status} once"),
            Some(times) => format!("forced by a person: {status}, {times} times"),
            None => format!("forced by a person: {status}"),
        })
    }
}
