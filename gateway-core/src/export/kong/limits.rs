//! The one `rate-limiting` that holds for a route: a nearer one takes the place of all others, so
//! several limits fit where one can say them all.

use serde_json::{Map, Value, json};

use crate::config::{CalendarPeriod, LimitBy, LimitHeaders};
use crate::export::gate::{Gate, Limit, LimitKind, Scope};

/// Where a limit counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    /// Over all routes.
    Global,
    /// For the callers of a plan.
    Consumer,
    /// For a route.
    Service,
}

/// A `rate-limiting` plugin and the settings it stands for.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Plugin {
    pub(super) config: Map<String, Value>,
    pub(super) at: String,
}

const PERIODS: [(&str, u64); 5] = [
    ("second", 1),
    ("minute", 60),
    ("hour", 3_600),
    ("day", 86_400),
    ("month", 30 * 86_400),
];

/// Limits that all have the same word for whose requests are counted.
///
/// # Errors
/// Why one plugin cannot say them all.
pub(super) fn plugin(
    gate: &Gate<'_>,
    limits: &[&Limit<'_>],
    level: Level,
) -> Result<Option<Plugin>, String> {
    let Some(first) = limits.first() else {
        return Ok(None);
    };
    let (word, of) = by(first, level)?;
    let mut periods: Vec<(&str, u64)> = Vec::new();
    let mut put = |name: &'static str, requests: u64| match periods
        .iter_mut()
        .find(|(one, _)| *one == name)
    {
        Some((_, least)) => *least = (*least).min(requests),
        None => periods.push((name, requests)),
    };
    for limit in limits {
        if by(limit, level)? != (word, of) {
            return Err(
                "a route can have one `rate-limiting`, which counts by one thing alone".to_owned(),
            );
        }
        match &limit.kind {
            LimitKind::Rate(shape) => {
                let place = PERIODS
                    .iter()
                    .position(|(_, length)| *length == shape.seconds);
                let place = place.ok_or("there is no such period")?;
                put(PERIODS[place].0, shape.requests);
                // What may come at once is less: in a shorter time no more than that.
                if shape.burst < shape.requests && place > 0 {
                    put(PERIODS[place - 1].0, shape.burst);
                } else if shape.burst < shape.requests {
                    put(PERIODS[place].0, shape.burst);
                }
            }
            LimitKind::Quota => {
                let (period, requests) = quota(gate, &limit.at).ok_or(
                    "there is no limit per calendar week, only per day and per calendar month",
                )?;
                put(period, requests);
            }
            LimitKind::Concurrency(_) => {
                return Err("requests at once are not counted".to_owned());
            }
        }
    }
    periods.sort_by_key(|(name, _)| PERIODS.iter().position(|(one, _)| one == name));
    let mut config = Map::new();
    let mut least = 0;
    for (name, requests) in periods {
        // Kong refuses a period with less than a shorter one.
        least = requests.max(least);
        config.insert(name.to_owned(), least.into());
    }
    config.insert("limit_by".to_owned(), word.into());
    if let Some(of) = of {
        config.insert("header_name".to_owned(), of.into());
    }
    config.insert("policy".to_owned(), "local".into());
    config.insert("fault_tolerant".to_owned(), json!(false));
    let hidden = gate.config.limits.headers == LimitHeaders::None;
    config.insert("hide_client_headers".to_owned(), json!(hidden));
    Ok(Some(Plugin {
        config,
        at: first.at.clone(),
    }))
}

fn by<'l>(
    limit: &'l Limit<'_>,
    level: Level,
) -> Result<(&'static str, Option<&'l str>), &'static str> {
    Ok(match (limit.by, level) {
        (LimitBy::Key, _) => ("credential", None),
        (LimitBy::Consumer, _) => ("consumer", None),
        (LimitBy::Ip, _) => ("ip", None),
        (LimitBy::Header, _) => ("header", limit.of),
        (LimitBy::Claim, _) => return Err("nothing is counted by a claim"),
        (LimitBy::Route, _) | (LimitBy::Global, Level::Service) => ("service", None),
        (LimitBy::Global, Level::Global | Level::Consumer) => {
            return Err("nothing is counted over all routes and callers together");
        }
    })
}

/// A quota's period and number, where Kong has the period.
fn quota(gate: &Gate<'_>, at: &str) -> Option<(&'static str, u64)> {
    let config = serde_json::to_value(gate.config).ok()?;
    let pointer = format!("/{}", at.replace(['.', '['], "/").replace(']', ""));
    let quota: crate::config::Quota =
        serde_json::from_value(config.pointer(&pointer)?.clone()).ok()?;
    match quota.per {
        CalendarPeriod::Day => Some(("day", quota.requests)),
        CalendarPeriod::Month => Some(("month", quota.requests)),
        CalendarPeriod::Week => None,
    }
}

/// Limits over all routes.
pub(super) fn of_all<'g, 'c>(gate: &'g Gate<'c>) -> Vec<&'g Limit<'c>> {
    let all = gate.limits.iter();
    all.filter(|limit| limit.scope == Scope::All).collect()
}

/// Limits of plans.
pub(super) fn of_plans<'g, 'c>(gate: &'g Gate<'c>) -> Vec<&'g Limit<'c>> {
    let all = gate.limits.iter();
    all.filter(|limit| matches!(&limit.scope, Scope::Slots(slots) if !slots.is_empty()))
        .collect()
}

/// Limits of a route itself.
pub(super) fn of_route<'g, 'c>(gate: &'g Gate<'c>, route: usize) -> Vec<&'g Limit<'c>> {
    let all = gate.limits.iter();
    all.filter(|limit| limit.scope == Scope::Route(route))
        .collect()
}

/// Limits of a version of a route.
pub(super) fn of_version<'g, 'c>(
    gate: &'g Gate<'c>,
    route: usize,
    version: &str,
) -> Vec<&'g Limit<'c>> {
    let all = gate.limits.iter();
    all.filter(|limit| {
        matches!(&limit.scope, Scope::Version(own, name) if *own == route && name == version)
    })
    .collect()
}
