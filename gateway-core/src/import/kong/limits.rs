//! Kong's `rate-limiting`, as rate limits and quotas.

use super::super::fields::Fields;
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
    let (by, of) = counted_by(&fields, known, findings);
    let read = Read {
        rate_limits: rate_limits(&fields, by, of.as_deref(), findings),
        quotas: quotas(&fields, by, of.as_deref(), findings),
    };
    if routes > 1 {
        tell_of_several_routes(&fields, routes, &read, findings);
    }
    tell_what_stays(&fields, findings);
    fields.ignore(&["fault_tolerant"]);
    fields.finish(findings);
    read
}

/// Whose requests count together, and the header that says so.
fn counted_by(
    fields: &Fields<'_>,
    known: bool,
    findings: &mut Findings,
) -> (LimitBy, Option<String>) {
    let limit_by = fields
        .text("limit_by", findings)
        .unwrap_or_else(|| "consumer".to_owned());
    let header = fields.text("header_name", findings);
    let path = fields.text("path", findings);
    match limit_by.as_str() {
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
    }
}

/// Numbers for a second, a minute and an hour.
fn rate_limits(
    fields: &Fields<'_>,
    by: LimitBy,
    of: Option<&str>,
    findings: &mut Findings,
) -> Vec<RateLimit> {
    let mut told = Vec::new();
    let mut limits = Vec::new();
    for (name, per) in [
        ("second", Per::Second),
        ("minute", Per::Minute),
        ("hour", Per::Hour),
    ] {
        let Some(requests) = fields.number(name, findings).filter(|n| *n > 0) else {
            continue;
        };
        told.push(format!("{requests} a {name}"));
        limits.push(RateLimit {
            name: None,
            requests: requests.min(1_000_000_000),
            per,
            by,
            of: of.map(str::to_owned),
            algorithm: LimitAlgorithm::FixedWindow,
            burst: None,
            count_rejected: false,
            mode: LimitMode::Enforce,
        });
    }
    if !told.is_empty() {
        let message = format!(
            "{}: a window begins with a caller's first request here, and in Kong by the clock",
            told.join(" and ")
        );
        fields.find("", Grade::Approximate, message, findings);
    }
    limits
}

/// Numbers for a day and a month.
fn quotas(
    fields: &Fields<'_>,
    by: LimitBy,
    of: Option<&str>,
    findings: &mut Findings,
) -> Vec<Quota> {
    let mut quotas = Vec::new();
    for (name, per) in [
        ("day", CalendarPeriod::Day),
        ("month", CalendarPeriod::Month),
    ] {
        let Some(requests) = fields.number(name, findings).filter(|n| *n > 0) else {
            continue;
        };
        quotas.push(Quota {
            name: None,
            requests: requests.min(1_000_000_000_000),
            per,
            by,
            of: of.map(str::to_owned),
            mode: LimitMode::Enforce,
        });
    }
    if let Some(year) = fields.number("year", findings) {
        let message = format!("there is no limit per year here: {year} a year is not kept to");
        fields.find_less_strict("year", Grade::NotExpressible, message, findings);
    }
    quotas
}

fn tell_of_several_routes(
    fields: &Fields<'_>,
    routes: usize,
    read: &Read,
    findings: &mut Findings,
) {
    let rates = read.rate_limits.iter().map(|limit| limit.requests);
    let mut all = rates.chain(read.quotas.iter().map(|quota| quota.requests));
    if let Some(requests) = all.next() {
        let message = format!(
            "it counts for each of {routes} routes here, and for all of them together in Kong: \
             {} requests may come where it was {requests}",
            requests.saturating_mul(routes as u64)
        );
        fields.find_less_strict("", Grade::Approximate, message, findings);
    }
}

/// What is about how Kong counts and answers.
fn tell_what_stays(fields: &Fields<'_>, findings: &mut Findings) {
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
        "redis_password",
        "redis_username",
        "sync_rate",
    ] {
        let message = "requests are counted in this process here";
        fields.tell(name, Grade::LeftOut, message, findings);
    }
    let code = fields.number("error_code", findings);
    if code.is_some_and(|code| code != 429) {
        let message = "a refusal is always 429 here";
        fields.find("error_code", Grade::NotExpressible, message, findings);
    }
    let message = "a refusal is a problem document (RFC 9457) here";
    fields.tell("error_message", Grade::NotExpressible, message, findings);
    if fields.truth("hide_client_headers", findings) == Some(true) {
        let message = "whether callers are told of limits is said for all routes here: see \
                       `limits.headers`";
        fields.find("hide_client_headers", Grade::LeftOut, message, findings);
    }
}
