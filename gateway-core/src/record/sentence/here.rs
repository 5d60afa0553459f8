//! Answers that the gateway made by itself.

use super::{About, lower_first};
use crate::faults::Effect;
use crate::record::decision::{Facts, FaultFact};

impl About<'_> {
    /// `None`: it made none.
    pub(super) fn answered_here(&self, facts: &Facts) -> Option<String> {
        let route = &self.route;
        Some(match facts {
            Facts::Preflight {
                origin,
                allowed,
                reason,
            } => match (allowed, reason) {
                (true, _) => format!("Answered{route}: pages of `{origin}` may call."),
                (false, reason) => format!(
                    "Refused{route}: pages of `{origin}` may not call: {}",
                    lower_first(reason.as_deref().unwrap_or_default())
                ),
            },
            Facts::Mocked {
                rule,
                status,
                delay_ms,
            } => {
                let wait = match delay_ms {
                    0 => String::new(),
                    ms => format!(", held back for {ms} ms"),
                };
                format!("Answered{route} by rule {rule} of the mock, with {status}{wait}.")
            }
            Facts::Faults { faults } => faulty(faults, route),
            Facts::OwnAnswer { status, location } => match location {
                Some(place) => format!("Sent elsewhere{route}: to `{place}`, with {status}."),
                None => format!("Answered{route} by the gateway itself, always with {status}."),
            },
            _ => return None,
        })
    }
}

/// What a fault did that ended a request.
fn faulty(faults: &[FaultFact], route: &str) -> String {
    let ended = faults.iter().find_map(|fault| match fault.effect {
        Effect::Error { status } => Some((fault, format!("Answered{route} with {status}"))),
        Effect::Reset => Some((fault, format!("Closed{route} without an answer"))),
        Effect::Refuse { refusal } => {
            Some((fault, format!("Refused{route} with {}", refusal.status())))
        }
        Effect::Latency { .. }
        | Effect::Truncate { .. }
        | Effect::Drip { .. }
        | Effect::LetThrough { .. } => None,
    });
    match ended {
        Some((fault, what)) if let Some(forced) = fault.forced() => {
            format!("{what}, {forced}. No limit counted it, and the service was not asked.")
        }
        Some((fault, what)) => format!(
            "{what} by a fault that is switched on, for {} of 100 requests; the service was not asked.",
            fault.share_percent
        ),
        None => format!("Struck{route} by a fault that is switched on."),
    }
}
