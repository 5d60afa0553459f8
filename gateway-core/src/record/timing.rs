//! How often a request was tried, and where its time went.

use super::decision::Facts;
use super::exchange::Exchange;
use super::parts::PartFact;
use super::summary::Timing;

/// Tries to get an answer. The requests for parts of one are counted at their services; here it is one,
/// and a try more for each that had to be repeated.
pub(super) fn tries(exchange: &Exchange) -> u32 {
    let calls = || parts(exchange).iter().flat_map(|part| &part.calls);
    let repeated: usize = calls().map(|call| call.tries.len().saturating_sub(1)).sum();
    let first = usize::from(calls().next().is_some());
    u32::try_from(exchange.tries.len() + first + repeated).unwrap_or(u32::MAX)
}

/// The parts of an answer that is made of several.
fn parts(exchange: &Exchange) -> &[PartFact] {
    let mut trace = exchange.trace.iter();
    let found = trace.find_map(|decision| match &decision.facts {
        Facts::Aggregated { parts, .. } => Some(&parts[..]),
        _ => None,
    });
    found.unwrap_or_default()
}

/// Where the time of an answer that is made of several went: from the first request for a part until
/// none was under way any more, it waited.
fn timing_of_parts(exchange: &Exchange, until_answer: u64, total: u64) -> Option<Timing> {
    let asked = parts(exchange).iter().flat_map(|part| &part.calls);
    let (mut first, mut last) = (u64::MAX, 0);
    for call in asked {
        first = first.min(call.at_us);
        last = last.max(call.at_us + call.took_us.unwrap_or(0));
    }
    let wait_us = last.min(until_answer).checked_sub(first)?;
    Some(Timing {
        gateway_us: until_answer - wait_us,
        connect_us: 0,
        wait_us,
        receive_us: total - until_answer,
    })
}

/// Where the time of an exchange went until `now_ns`.
pub(super) fn timing(exchange: &Exchange, now_ns: u64) -> Timing {
    let total = now_ns.saturating_sub(exchange.started_ns) / 1_000;
    let answered = exchange.answered_ns.unwrap_or(now_ns);
    let until_answer = answered.saturating_sub(exchange.started_ns) / 1_000;
    if let Some(timing) = timing_of_parts(exchange, until_answer, total) {
        return timing;
    }
    let Some((first, last)) = exchange.tries.first().zip(exchange.tries.last()) else {
        return Timing {
            gateway_us: until_answer,
            receive_us: total - until_answer,
            ..Timing::default()
        };
    };
    let gateway_us = first.at_us.min(until_answer);
    let connected = last.at_us + last.connect_us.unwrap_or(0);
    let connect_us = connected.clamp(gateway_us, until_answer) - gateway_us;
    Timing {
        gateway_us,
        connect_us,
        wait_us: until_answer - gateway_us - connect_us,
        receive_us: total - until_answer,
    }
}
