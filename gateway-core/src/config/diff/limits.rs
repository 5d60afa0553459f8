//! A limit in a few words.

use super::words::list;
use crate::config::{LimitAlgorithm, LimitBy, LimitMode, Per, RateLimit};

/// A limit in a few words: `60/min per key`, with its name and its burst where they are given.
fn limit_label(limit: &RateLimit) -> String {
    let RateLimit {
        name,
        requests,
        per,
        by,
        of,
        algorithm,
        burst,
        count_rejected,
        mode,
    } = limit;
    let per = match per {
        Per::Second => "s",
        Per::Minute => "min",
        Per::Hour => "h",
        Per::Day => "day",
        Per::Month => "month",
    };
    let of = of.as_deref().unwrap_or_default();
    let by = match by {
        LimitBy::Key => "per key".to_owned(),
        LimitBy::Consumer => "per consumer".to_owned(),
        LimitBy::Ip => "per IP".to_owned(),
        LimitBy::Header => format!("per header `{of}`"),
        LimitBy::Claim => format!("per claim `{of}`"),
        LimitBy::Route => "per route".to_owned(),
        LimitBy::Global => "in all".to_owned(),
    };
    let name = name
        .as_ref()
        .map(|name| format!("`{name}` "))
        .unwrap_or_default();
    let burst = burst
        .map(|burst| format!(", at most {burst} at once"))
        .unwrap_or_default();
    let algorithm = match algorithm {
        LimitAlgorithm::TokenBucket => "",
        LimitAlgorithm::FixedWindow => ", fixed window",
        LimitAlgorithm::SlidingWindow => ", sliding window",
    };
    let rejected = match count_rejected {
        true => ", refused ones count",
        false => "",
    };
    let mode = match mode {
        LimitMode::Enforce => "",
        LimitMode::Shadow => ", shadow",
        LimitMode::Off => ", off",
    };
    format!("{name}{requests}/{per} {by}{burst}{algorithm}{rejected}{mode}")
}

/// Which rate limits came and went.
pub(super) fn limit_changes(before: &[RateLimit], after: &[RateLimit], said: &mut Vec<String>) {
    list(
        "rate limit",
        &limit_labels(before),
        &limit_labels(after),
        said,
    );
}

/// The same of several.
fn limit_labels(limits: &[RateLimit]) -> Vec<String> {
    limits.iter().map(limit_label).collect()
}
