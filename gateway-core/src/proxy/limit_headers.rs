//! How limits are told to callers: on every answer that a limit counted or refused.

use http::{HeaderMap, HeaderName, HeaderValue};

use crate::clock::Now;
use crate::config::{CalendarPeriod, LimitHeaders, Per};
use crate::record::decision::{LimitFact, QuotaFact};

/// A rate limit or a quota, as callers are told of it.
struct Told<'f> {
    name: &'f str,
    /// Requests it allows.
    quota: u64,
    /// In so many seconds.
    window_s: u64,
    /// How many are left.
    left: u64,
    /// Seconds until there is more: where nothing is left until one request is admitted, else until
    /// all are there again.
    reset_s: u64,
    /// As Kong calls the period.
    period: &'static str,
}

/// Puts the headers on an answer.
pub fn describe(
    told: LimitHeaders,
    limits: &[LimitFact],
    quotas: &[QuotaFact],
    now: Now,
    headers: &mut HeaderMap,
) {
    let rates = limits.iter().map(Told::of_limit);
    let all: Vec<_> = rates
        .chain(quotas.iter().map(|quota| Told::of_quota(quota, now)))
        .collect();
    if all.is_empty() {
        return;
    }
    match told {
        LimitHeaders::Ietf => ietf(&all, headers),
        LimitHeaders::Legacy => {
            least_room(
                all.iter(),
                [
                    "x-ratelimit-limit",
                    "x-ratelimit-remaining",
                    "x-ratelimit-reset",
                ],
                headers,
            );
        }
        LimitHeaders::Kong => kong(&all, headers),
        LimitHeaders::None => {}
    }
}

/// draft-ietf-httpapi-ratelimit-headers: one item per limit, what it allows and what is left.
fn ietf(all: &[Told<'_>], headers: &mut HeaderMap) {
    let policies = all.iter().map(|limit| {
        let Told {
            name,
            quota,
            window_s,
            ..
        } = limit;
        format!("\"{name}\";q={quota};w={window_s}")
    });
    let states = all.iter().map(|limit| {
        let Told {
            name,
            left,
            reset_s,
            ..
        } = limit;
        format!("\"{name}\";r={left};t={reset_s}")
    });
    let mut set = |name: &'static str, items: Vec<String>| {
        let value = HeaderValue::from_str(&items.join(", "))
            .expect("names of limits are printable ASCII, as compiled");
        headers.insert(HeaderName::from_static(name), value);
    };
    set("ratelimit-policy", policies.collect());
    set("ratelimit", states.collect());
}

fn kong(all: &[Told<'_>], headers: &mut HeaderMap) {
    least_room(
        all.iter(),
        ["ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"],
        headers,
    );
    for period in ["second", "minute", "hour", "day", "week", "month"] {
        let of_period = all.iter().filter(|limit| limit.period == period);
        let Some(least) = least(of_period) else {
            continue;
        };
        for (what, value) in [("limit", least.quota), ("remaining", least.left)] {
            let name = format!("x-ratelimit-{what}-{period}");
            if let Ok(name) = HeaderName::try_from(name) {
                headers.insert(name, value.into());
            }
        }
    }
}

/// Limit, remaining and reset of the limit that has the least room.
fn least_room<'a, 'f: 'a>(
    limits: impl Iterator<Item = &'a Told<'f>>,
    names: [&'static str; 3],
    headers: &mut HeaderMap,
) {
    let Some(least) = least(limits) else {
        return;
    };
    for (name, value) in names
        .into_iter()
        .zip([least.quota, least.left, least.reset_s])
    {
        headers.insert(HeaderName::from_static(name), value.into());
    }
}

/// Of those that have equally little the one that takes longest.
fn least<'a, 'f: 'a>(limits: impl Iterator<Item = &'a Told<'f>>) -> Option<&'a Told<'f>> {
    limits.min_by_key(|limit| (limit.left, std::cmp::Reverse(limit.reset_s)))
}

impl<'f> Told<'f> {
    fn of_limit(fact: &'f LimitFact) -> Self {
        let reset_ms = match fact.remaining_after {
            0 => fact.retry_after_ms,
            _ => fact.full_after_ms,
        };
        Self {
            name: &fact.name,
            quota: fact.requests,
            window_s: fact.per.seconds(),
            left: fact.remaining_after,
            reset_s: reset_ms.div_ceil(1000),
            period: match fact.per {
                Per::Second => "second",
                Per::Minute => "minute",
                Per::Hour => "hour",
                Per::Day => "day",
                Per::Month => "month",
            },
        }
    }

    fn of_quota(fact: &'f QuotaFact, now: Now) -> Self {
        let (period, days) = match fact.per {
            CalendarPeriod::Day => ("day", 1),
            CalendarPeriod::Week => ("week", 7),
            CalendarPeriod::Month => ("month", 30),
        };
        let reset_us = fact.resets_at_us.saturating_sub(now.epoch_us);
        Self {
            name: &fact.name,
            quota: fact.requests,
            window_s: days * 86_400,
            left: fact.requests.saturating_sub(fact.used_after),
            reset_s: u64::try_from(reset_us).unwrap_or(0).div_ceil(1_000_000),
            period,
        }
    }
}
