//! Kong's `rate-limiting`, as rate limits and quotas.

use super::super::finding::{Findings, Grade};
use super::terms::{Reading, Terms};
use crate::config::{CalendarPeriod, LimitAlgorithm, LimitBy, LimitMode, Per, Quota, RateLimit};

/// Limits that a `rate-limiting` plugin comes to.
#[derive(Clone, Debug, Default)]
pub(super) struct Read {
    pub rate_limits: Vec<RateLimit>,
    pub quotas: Vec<Quota>,
}

pub(super) fn rate_limiting(reading: Reading<'_>, terms: &mut Terms, findings: &mut Findings) {
    let known = !terms.authentication.methods.is_empty();
    let Read {
        rate_limits,
        quotas,
    } = read(reading, known, findings);
    terms.rate_limits.extend(rate_limits);
    terms.quotas.extend(quotas);
}

/// Reads a `rate-limiting` plugin. `known`: callers show who they are.
pub(super) fn read(reading: Reading<'_>, known: bool, findings: &mut Findings) -> Read {
    let Reading {
        config: fields,
        routes,
    } = reading;
    let mut read = Read::default();
    let limit_by = fields
        .text("limit_by", findings)
        .unwrap_or_else(|| "consumer".to_owned());
    let header = fields.text("header_name", findings);
    let path = fields.text("path", findings);
    let (by, of) = match limit_by.as_str() {
        // Without a consumer Kong counts by address, and so does this.
        "consumer" if known => (LimitBy::Consumer, None),
        "credential" if known => (LimitBy::Key, None),
        "consumer" | "credential" | "ip" => (LimitBy::Ip, None),
        "header" if header.is_some() => (LimitBy::Header, header),
        "service" => (LimitBy::Route, None),
        "path" => {
            let path = path.unwrap_or_default();
            let message = format!(
                "all requests of the route count together here; Kong counts those of `{path}` \
                 together and all others by address"
            );
            fields.find("limit_by", Grade::Approximate, message, findings);
            (LimitBy::Route, None)
        }
        other => {
            let message = format!("there is no limit by `{other}` here; callers count by address");
            fields.find("limit_by", Grade::Approximate, message, findings);
            (LimitBy::Ip, None)
        }
    };
    let mut told = Vec::new();
    for (name, per, word) in [
        ("second", Per::Second, "second"),
        ("minute", Per::Minute, "minute"),
        ("hour", Per::Hour, "hour"),
    ] {
        let Some(requests) = fields.number(name, findings).filter(|n| *n > 0) else {
            continue;
        };
        told.push(format!("{requests} a {word}"));
        read.rate_limits.push(RateLimit {
            name: None,
            requests: requests.min(1_000_000_000),
            per,
            by,
            of: of.clone(),
            algorithm: LimitAlgorithm::FixedWindow,
            burst: None,
            count_rejected: false,
            mode: LimitMode::Enforce,
        });
    }
    for (name, per) in [
        ("day", CalendarPeriod::Day),
        ("month", CalendarPeriod::Month),
    ] {
        let Some(requests) = fields.number(name, findings).filter(|n| *n > 0) else {
            continue;
        };
        read.quotas.push(Quota {
            name: None,
            requests: requests.min(1_000_000_000_000),
            per,
            by,
            of: of.clone(),
            mode: LimitMode::Enforce,
        });
    }
    if let Some(year) = fields.number("year", findings) {
        let message = format!("there is no limit per year here: {year} a year is not kept to");
        fields.find_less_strict("year", Grade::NotExpressible, message, findings);
    }
    if !told.is_empty() {
        let message = format!(
            "{}: a window begins with a caller's first request here, and in Kong by the clock",
            told.join(" and ")
        );
        fields.find("", Grade::Approximate, message, findings);
    }
    if routes > 1 {
        let all: Vec<_> = read
            .rate_limits
            .iter()
            .map(|limit| limit.requests)
            .chain(read.quotas.iter().map(|quota| quota.requests))
            .collect();
        if let Some(requests) = all.first() {
            let message = format!(
                "it counts for each of {routes} routes here, and for all of them together in Kong: \
                 {} requests may come where it was {requests}",
                requests.saturating_mul(routes as u64)
            );
            fields.find_less_strict("", Grade::Approximate, message, findings);
        }
    }
    let policy = fields.text("policy", findings).unwrap_or_default();
    if !matches!(policy.as_str(), "" | "local") {
        let message = format!("`{policy}`: requests are counted in this process here");
        fields.find("policy", Grade::Approximate, message, findings);
    }
    for name in [
        "redis",
        "redis_host",
        "redis_port",
        "redis_database",
        "redis_timeout",
        "redis_ssl",
    ] {
        fields.tell(
            name,
            Grade::LeftOut,
            "requests are counted in this process here",
            findings,
        );
    }
    for name in ["redis_password", "redis_username", "sync_rate"] {
        fields.tell(
            name,
            Grade::LeftOut,
            "requests are counted in this process here",
            findings,
        );
    }
    if fields
        .number("error_code", findings)
        .is_some_and(|code| code != 429)
    {
        fields.find(
            "error_code",
            Grade::NotExpressible,
            "a refusal is always 429 here",
            findings,
        );
    }
    fields.tell(
        "error_message",
        Grade::NotExpressible,
        "a refusal is a problem document (RFC 9457) here",
        findings,
    );
    if fields.truth("hide_client_headers", findings) == Some(true) {
        let message = "whether callers are told of limits is said for all routes here: see \
                       `limits.headers`";
        fields.find("hide_client_headers", Grade::LeftOut, message, findings);
    }
    fields.ignore(&["fault_tolerant"]);
    fields.finish(findings);
    read
}
