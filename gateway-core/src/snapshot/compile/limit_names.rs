//! What limits are called in answers and in the log where nobody named them.

use crate::config::{CalendarPeriod, ConcurrencyLimit, LimitBy, Per, Quota, RateLimit};
use crate::record::decision::LimitOwner;

/// A limit's name.
pub(super) struct Named {
    /// Where the limit stands, such as `routes[0].quotas[1]`.
    pub at: String,
    /// The name.
    pub name: String,
    /// Whether a person gave it.
    pub given: bool,
}

/// `60/min per key`
pub(super) fn rate_name(limit: &RateLimit, owner: &LimitOwner) -> String {
    let per = match limit.per {
        Per::Second => "s",
        Per::Minute => "min",
        Per::Hour => "h",
        Per::Day => "day",
        Per::Month => "month",
    };
    name(limit.name.as_ref(), owner, || {
        format!(
            "{}/{per} {}",
            limit.requests,
            by(limit.by, limit.of.as_deref())
        )
    })
}

/// `20000 a month per key`
pub(super) fn quota_name(quota: &Quota, owner: &LimitOwner) -> String {
    let per = match quota.per {
        CalendarPeriod::Day => "day",
        CalendarPeriod::Week => "week",
        CalendarPeriod::Month => "month",
    };
    name(quota.name.as_ref(), owner, || {
        format!(
            "{} a {per} {}",
            quota.requests,
            by(quota.by, quota.of.as_deref())
        )
    })
}

/// `5 at once per key`
pub(super) fn concurrency_name(limit: &ConcurrencyLimit, owner: &LimitOwner) -> String {
    name(limit.name.as_ref(), owner, || {
        format!(
            "{} at once {}",
            limit.requests,
            by(limit.by, limit.of.as_deref())
        )
    })
}

/// Names go into structured fields (RFC 9651) as they are.
pub(super) fn is_printable(name: &str) -> bool {
    (1..=64).contains(&name.len()) && name.bytes().all(is_plain)
}

fn is_plain(byte: u8) -> bool {
    (byte.is_ascii_graphic() || byte == b' ') && byte != b'"' && byte != b'\\'
}

/// The name that was given, or one that says whose it is where it is not the route's: a request
/// meets limits of several places at once.
fn name(given: Option<&String>, owner: &LimitOwner, made: impl Fn() -> String) -> String {
    if let Some(given) = given {
        return given.clone();
    }
    match owner {
        LimitOwner::Route { .. } => made(),
        LimitOwner::Gateway => format!("{} of all routes", made()),
        LimitOwner::Plan { plan } => format!("{} of plan {plan}", made()),
        LimitOwner::Version { version, .. } => format!("{} of {version}", made()),
    }
}

fn by(by: LimitBy, of: Option<&str>) -> String {
    // What may not stand in a header is refused elsewhere, or a claim may have it.
    let of: String = of.unwrap_or_default().chars().take(32).collect();
    let of = of.replace(|c: char| !u8::try_from(c).is_ok_and(is_plain), "?");
    match by {
        LimitBy::Key => "per key".to_owned(),
        LimitBy::Consumer => "per consumer".to_owned(),
        LimitBy::Ip => "per IP".to_owned(),
        LimitBy::Header => format!("per header {of}"),
        LimitBy::Claim => format!("per claim {of}"),
        LimitBy::Route => "per route".to_owned(),
        LimitBy::Global => "in all".to_owned(),
    }
}
