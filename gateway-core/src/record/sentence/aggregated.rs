//! Answers of several services together.

use super::{About, milliseconds};
use crate::proxy::error::ErrorCode;
use crate::record::decision::Facts;
use crate::record::parts::{PartEnd, PartFact};
use crate::record::summary::{Ending, ExchangeSummary};

impl About<'_> {
    /// `None`: there were not several.
    pub(super) fn answered_together(&self, facts: &Facts) -> Option<String> {
        match facts {
            Facts::Aggregated {
                parts,
                completed,
                decided,
                code,
                reason,
            } => {
                let decided = decided.as_deref().zip(reason.as_deref());
                Some(aggregated(
                    self.summary,
                    parts,
                    *completed,
                    decided,
                    *code,
                    &self.route,
                ))
            }
            Facts::WouldAggregate { parts } => Some(format!(
                "Would be answered{} by several services together: {}.",
                self.route,
                parts.join(", ")
            )),
            _ => None,
        }
    }
}

/// An answer of several services: whether all of it is there, or which part was to blame.
fn aggregated(
    summary: &ExchangeSummary,
    parts: &[PartFact],
    completed: bool,
    decided: Option<(&str, &str)>,
    code: Option<ErrorCode>,
    route: &str,
) -> String {
    let time = milliseconds(summary.duration_us);
    let status = summary.status;
    let asked: u32 = parts.iter().map(|part| part.asked).sum();
    let of = match asked {
        1 => format!("{} parts, 1 request", parts.len()),
        n => format!("{} parts, {n} requests", parts.len()),
    };
    if let Some((part, reason)) = decided {
        let how = match code {
            Some(_) => format!("Refused{route} with {status}"),
            None => format!("Answered{route} with the {status} of a part"),
        };
        return format!("{how}: part `{part}` is required, and {reason}.");
    }
    if let Some(reason) = code.map(ErrorCode::as_str) {
        return format!("Refused{route} with {status}: {reason}.");
    }
    let left = match summary.ending {
        Ending::ClientClosed => " The caller left before all of it was sent.",
        Ending::Complete | Ending::Running | Ending::CutOff => "",
    };
    if completed {
        return format!(
            "Answered{route} by several services together with {status} in {time}: {of}, all there.{left}"
        );
    }
    let missing = parts.iter().filter(|part| part.end != PartEnd::Ok);
    let missing: Vec<_> = missing
        .map(|part| match &part.reason {
            Some(reason) => format!("`{}` ({reason})", part.name),
            None => format!("`{}`", part.name),
        })
        .collect();
    format!(
        "Answered{route} by several services together with {status} in {time}, incomplete: {of}; missing: {}.{left}",
        missing.join(", ")
    )
}
