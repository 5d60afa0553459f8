//! Rate limits, compiled.

use std::sync::Arc;

use crate::config::{self, Authentication, Issue, LimitBy, Per};
use crate::ids::VersionName;
use crate::snapshot::Route;
use crate::snapshot::bucket::{Limiter, Rate};

/// The limits of one route or version; those that did not change keep their buckets.
pub(super) fn compile_limits(
    limits: &[config::RateLimit],
    authentication: &Authentication,
    at: &str,
    before: Option<&Arc<Route>>,
    issues: &mut Vec<Issue>,
) -> Vec<Arc<Limiter>> {
    let mut compiled: Vec<Arc<Limiter>> = Vec::new();
    for (n, limit) in limits.iter().enumerate() {
        let at = format!("{at}.rate_limits[{n}]");
        let config::RateLimit {
            name,
            requests: _,
            per: _,
            by,
            of: _,
            algorithm: _,
            burst: _,
            count_rejected: _,
            mode: _,
        } = limit;
        let rate = rate(limit);
        let name = name.clone().unwrap_or_else(|| limit_name(rate, *by));
        if *by == LimitBy::Key && authentication.methods.is_empty() {
            issues.push(Issue::error(
                format!("{at}.by"),
                "a limit per key needs callers with keys: name a way in `authentication.methods`",
            ));
        }
        if !is_printable(&name) {
            let message = "use printable ASCII characters without `\"` and `\\`, at most 64";
            issues.push(Issue::error(format!("{at}.name"), message));
        }
        if compiled.iter().any(|other| other.name == name) {
            let message = format!("another limit of this route is called `{name}` too");
            issues.push(Issue::error(format!("{at}.name"), message));
        }
        let kept = before.and_then(|route| {
            route
                .all_limiters()
                .find(|old| old.name == name && old.rate == rate && old.by == *by)
        });
        compiled.push(match kept {
            Some(limiter) => limiter.clone(),
            None => Arc::new(Limiter::new(name, rate, *by)),
        });
    }
    compiled
}

/// The limits of a version. Their names say so, since callers are told of them beside those of the
/// route; those that did not change keep their buckets.
pub(super) fn compile_version_limits(
    limits: &[config::RateLimit],
    version: &VersionName,
    authentication: &Authentication,
    at: &str,
    before: Option<&Arc<Route>>,
    issues: &mut Vec<Issue>,
) -> Vec<Arc<Limiter>> {
    let named: Vec<_> = limits
        .iter()
        .map(|limit| {
            let name = limit
                .name
                .clone()
                .unwrap_or_else(|| format!("{} of {version}", limit_name(rate(limit), limit.by)));
            config::RateLimit {
                name: Some(name),
                ..limit.clone()
            }
        })
        .collect();
    compile_limits(&named, authentication, at, before, issues)
}

fn rate(limit: &config::RateLimit) -> Rate {
    Rate {
        requests: limit.requests,
        per: limit.per,
        burst: limit.burst.unwrap_or(limit.requests),
    }
}

/// A name goes into structured fields (RFC 9651) as it is.
fn is_printable(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && name
            .bytes()
            .all(|b| (b.is_ascii_graphic() || b == b' ') && b != b'"' && b != b'\\')
}

/// `60/min per key`
pub fn limit_name(rate: Rate, by: LimitBy) -> String {
    let per = match rate.per {
        Per::Second => "s",
        Per::Minute => "min",
        Per::Hour => "h",
        Per::Day => "day",
        Per::Month => "month",
    };
    let by = match by {
        LimitBy::Key => "key",
        LimitBy::Ip => "IP",
        LimitBy::Route => "route",
        LimitBy::Consumer => "consumer",
        LimitBy::Header => "header",
        LimitBy::Claim => "claim",
        LimitBy::Global => "gateway",
    };
    format!("{}/{per} per {by}", rate.requests)
}
