//! Who answered and why, in one sentence for a person.

mod aggregated;
mod here;
mod kept;
mod refused;
mod service;

use super::decision::{Decision, Facts};
use super::detail::Kept;
use super::parts::PartEnd;
use super::summarise::{cache_fact, deciding};
use super::summary::{ExchangeSummary, RequestOrigin, Source};
use crate::proxy::error::ErrorCode;

/// What a sentence is about.
struct About<'e> {
    summary: &'e ExchangeSummary,
    kept: &'e Kept,
    /// Such as ` on route `shop``; empty where no route took the request.
    route: String,
}

/// The sentence that opens an exchange's detail, and another one where a person let it pass a limit.
pub fn sentence(summary: &ExchangeSummary, kept: &Kept) -> String {
    let sentence = who_answered(summary, kept);
    let facts = kept.trace.iter().map(|decision| &decision.facts);
    let past: Vec<_> = facts.flat_map(Facts::let_through).collect();
    match past.is_empty() {
        true => sentence,
        false => format!(
            "{sentence} A person let it through once, past `{}`.",
            past.join("` and `")
        ),
    }
}

fn who_answered(summary: &ExchangeSummary, kept: &Kept) -> String {
    let route = summary.route.as_ref();
    let about = About {
        summary,
        kept,
        route: route.map_or(String::new(), |name| format!(" on route `{name}`")),
    };
    if summary.origin == RequestOrigin::Import {
        return "Read from a file of another program: it did not pass this gateway.".to_owned();
    }
    if summary.origin == RequestOrigin::Refresh {
        return about.fetched_anew();
    }
    if summary.code == Some(ErrorCode::ClientClosed) {
        return abandoned(&kept.trace);
    }
    if summary.source == Source::Cache
        && let Some(fact) = cache_fact(&kept.trace)
    {
        return about.answered_again(fact);
    }
    let facts = deciding(&kept.trace).map(|decision| &decision.facts);
    let said = facts.and_then(|facts| {
        about
            .refused(facts)
            .or_else(|| about.answered_here(facts))
            .or_else(|| about.answered_together(facts))
            .or_else(|| about.answered_by_service(facts))
    });
    said.unwrap_or_else(|| format!("Answered by the gateway with {}.", summary.status))
}

fn abandoned(trace: &[Decision]) -> String {
    let parts = trace.iter().find_map(|decision| match &decision.facts {
        Facts::Aggregated { parts, .. } => Some(parts),
        _ => None,
    });
    if let Some(parts) = parts {
        let under_way = parts.iter().filter(|part| part.end == PartEnd::Cancelled);
        let names: Vec<_> = under_way.map(|part| format!("`{}`", part.name)).collect();
        return format!(
            "The caller left while {} were still being asked for.",
            names.join(", ")
        );
    }
    match trace
        .iter()
        .any(|decision| matches!(decision.facts, Facts::Limits { .. } | Facts::Unlimited))
    {
        true => "The caller left before the service answered.".to_owned(),
        false => "The caller left before there was an answer.".to_owned(),
    }
}

fn milliseconds(us: u64) -> String {
    match us {
        0..10_000 => format!("{:.1} ms", us as f64 / 1e3),
        10_000..1_000_000 => format!("{} ms", us / 1_000),
        _ => format!("{:.1} s", us as f64 / 1e6),
    }
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or(String::new(), |first| {
        // Not `Content-Length`, nor a name in backticks.
        match chars.clone().next().is_some_and(char::is_lowercase) {
            true => first.to_lowercase().chain(chars).collect(),
            false => text.to_owned(),
        }
    })
}
