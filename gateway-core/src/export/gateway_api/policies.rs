//! Policies of a route: who may call, how often, and how its service is treated.

use serde_json::{Value, json};

use super::access::security;
use super::names::{client, duration};
use super::objects::{GATEWAY, of_envoy};
use crate::config::{
    ActiveCheck, ActiveCheckKind, Algorithm, HashBy, Health, LimitBy, PassiveCheck, Retries,
    Service, Timeouts,
};
use crate::export::document::about;
use crate::export::feature::RateShape;
use crate::export::gate::{Callers, Gate, LimitKind, Route, Scope};

/// The header in which the name of the key stands.
pub(super) const CLIENT: &str = "X-Consumer-Id";

/// Most keys for which a limit names each.
const NAMED: usize = 4;

/// The limit of one of `ways` in which requests are counted apart; `None` where it is too large.
pub(super) fn limit(shape: &RateShape<'_>, ways: u64) -> Option<Value> {
    let most = shape.requests.min(shape.burst) / ways.max(1);
    let unit = match shape.seconds {
        ..=1 => "Second",
        2..=60 => "Minute",
        61..=3_600 => "Hour",
        3_601..=86_400 => "Day",
        _ => "Month",
    };
    (most <= u64::from(u32::MAX)).then(|| json!({"requests": most, "unit": unit}))
}

/// The policies of a route called `name`, whose requests are counted in `ways`.
pub(super) fn policies(
    gate: &Gate<'_>,
    n: usize,
    name: &str,
    ways: &dyn Fn(&Scope) -> u64,
) -> Vec<Value> {
    let route = &gate.routes[n];
    let target = json!([{"group": GATEWAY, "kind": "HTTPRoute", "name": name}]);
    let mut all = Vec::new();
    let security = security(gate, route);
    if security != json!({}) {
        let mut spec = json!({"targetRefs": target});
        extend(&mut spec, security);
        let mut policy = of_envoy("SecurityPolicy", name, spec);
        for part in ["authentication", "authorization", "cors"] {
            about(&mut policy, format!("{}.{part}", route.at));
        }
        about(&mut policy, "api_keys");
        all.push(policy);
    }
    let mut traffic = traffic(gate, n);
    let limits = limits(gate, n, ways);
    if !limits.is_empty() {
        traffic["rateLimit"] = json!({"type": "Local", "local": {"rules": limits}});
    }
    let own = route.config.max_request_body_bytes;
    if let Some(most) = own.or(gate.config.listen.max_request_body_bytes) {
        traffic["requestBuffer"] = json!({"limit": most.to_string()});
    }
    if traffic != json!({}) {
        let mut spec = json!({"targetRefs": target});
        extend(&mut spec, traffic);
        let mut policy = of_envoy("BackendTrafficPolicy", name, spec);
        for limit in gate.limits_of(n) {
            about(&mut policy, &gate.limits[limit].at);
        }
        about(&mut policy, format!("{}.max_request_body_bytes", route.at));
        about(&mut policy, "listen.max_request_body_bytes");
        if let Some((n, _)) = service(gate, route) {
            for part in ["balance", "health", "retries", "timeouts"] {
                about(&mut policy, format!("services[{n}].{part}"));
            }
        }
        all.push(policy);
    }
    all
}

fn extend(spec: &mut Value, more: Value) {
    if let (Value::Object(spec), Value::Object(more)) = (spec, more) {
        spec.extend(more);
    }
}

fn limits(gate: &Gate<'_>, n: usize, ways: &dyn Fn(&Scope) -> u64) -> Vec<Value> {
    let mut rules = Vec::new();
    if gate.routes[n].closed.is_some() {
        return rules;
    }
    for one in gate.limits_of(n) {
        let one = &gate.limits[one];
        let LimitKind::Rate(shape) = &one.kind else {
            continue;
        };
        let Some(limit) = limit(shape, ways(&one.scope)) else {
            continue;
        };
        let each = |name: &str| json!([{"headers": [{"name": name, "type": "Distinct"}]}]);
        let has_keys = gate.routes[n].callers != Callers::Anyone;
        let address = json!([{"sourceCIDR": {"value": "0.0.0.0/0", "type": "Distinct"}}]);
        let selectors = match one.by {
            LimitBy::Key | LimitBy::Consumer if has_keys => Some(each(CLIENT)),
            LimitBy::Key | LimitBy::Consumer | LimitBy::Ip => Some(address),
            LimitBy::Header => Some(each(one.of.unwrap_or_default())),
            LimitBy::Route | LimitBy::Global | LimitBy::Claim => None,
        };
        match &one.scope {
            Scope::Slots(slots) if slots.is_empty() => {}
            Scope::Slots(_) if !has_keys => {}
            Scope::Slots(slots) if slots.len() <= NAMED => {
                for slot in slots {
                    let name = client(gate, &gate.slots[*slot]);
                    let only =
                        json!([{"headers": [{"name": CLIENT, "type": "Exact", "value": name}]}]);
                    rules.push(json!({"clientSelectors": only, "limit": limit}));
                }
            }
            Scope::Slots(_) | Scope::All | Scope::Route(_) | Scope::Version(..) => {
                let mut rule = json!({});
                if let Some(selectors) = selectors {
                    rule["clientSelectors"] = selectors;
                }
                rule["limit"] = limit;
                rules.push(rule);
            }
        }
    }
    // More cannot be said; the first are those of the route.
    rules.truncate(16);
    rules
}

/// The service of a route, or the first of its versions'.
fn service<'c>(gate: &Gate<'c>, route: &Route<'c>) -> Option<(usize, &'c Service)> {
    let versions = route.config.versions.iter().flat_map(|all| &all.list);
    let of_versions = versions.filter_map(|version| version.service.as_ref());
    let name = route.config.service.iter().chain(of_versions).next()?;
    let mut all = gate.config.services.iter().enumerate();
    all.find(|(_, service)| service.name == *name)
}

fn traffic(gate: &Gate<'_>, n: usize) -> Value {
    let route = &gate.routes[n];
    let mut spec = json!({});
    let Some((_, service)) = service(gate, route).filter(|_| route.closed.is_none()) else {
        return spec;
    };
    let balance = &service.balance;
    let name = balance.hash_name.as_deref().unwrap_or_default();
    spec["loadBalancer"] = match (&balance.sticky_cookie, balance.algorithm) {
        (Some(cookie), _) => json!({
            "type": "ConsistentHash",
            "consistentHash": {"type": "Cookie", "cookie": {"name": cookie}},
        }),
        (None, Algorithm::RoundRobin) => json!({"type": "RoundRobin"}),
        (None, Algorithm::LeastInFlight | Algorithm::PowerOfTwo) => json!({"type": "LeastRequest"}),
        (None, Algorithm::ConsistentHash) => json!({
            "type": "ConsistentHash",
            "consistentHash": match balance.hash_by {
                HashBy::Ip => json!({"type": "SourceIP"}),
                HashBy::Header => json!({"type": "Header", "header": {"name": name}}),
                HashBy::Cookie => json!({"type": "Cookie", "cookie": {"name": name}}),
                HashBy::Consumer => json!({"type": "Header", "header": {"name": CLIENT}}),
            },
        }),
    };
    health(&mut spec, &service.health, service.targets.len());
    let Timeouts {
        connect_ms,
        first_byte_ms,
        idle_ms,
        total_ms,
    } = &service.timeouts;
    let mut http =
        json!({"streamIdleTimeout": duration((*first_byte_ms).max(idle_ms.unwrap_or(0)))});
    http["requestTimeout"] = json!(total_ms.map_or_else(|| "0s".to_owned(), duration));
    spec["timeout"] = json!({"tcp": {"connectTimeout": duration(*connect_ms)}, "http": http});
    let Retries {
        attempts,
        statuses,
        budget_percent: _,
    } = &service.retries;
    if *attempts > 0 {
        let mut on =
            json!({"triggers": ["connect-failure", "refused-stream", "reset-before-request"]});
        // What may not be asked twice is not: a route that takes such methods is not asked again for a
        // status.
        let methods = &route.config.matches.methods;
        let twice = |method: &String| matches!(method.as_str(), "POST" | "PATCH");
        if !statuses.is_empty() && !methods.is_empty() && !methods.iter().any(twice) {
            on["triggers"] = json!([
                "connect-failure",
                "refused-stream",
                "reset-before-request",
                "retriable-status-codes",
            ]);
            on["httpStatusCodes"] = json!(statuses);
        }
        spec["retry"] = json!({"numRetries": attempts, "retryOn": on});
    }
    spec
}

fn health(spec: &mut Value, health: &Health, targets: usize) {
    let Health {
        active,
        passive,
        panic_percent,
    } = health;
    let mut said = json!({});
    if let Some(ActiveCheck {
        kind,
        path,
        statuses,
        interval_ms,
        timeout_ms,
        healthy_after,
        unhealthy_after,
    }) = active
    {
        let mut check = json!({
            "timeout": duration(*timeout_ms),
            "interval": duration(*interval_ms),
            "healthyThreshold": healthy_after,
            "unhealthyThreshold": unhealthy_after,
        });
        match kind {
            ActiveCheckKind::Tcp => {
                check["type"] = json!("TCP");
                check["tcp"] = json!({});
            }
            ActiveCheckKind::Http => {
                let good: Vec<u16> = match statuses.is_empty() {
                    true => (200..300).collect(),
                    false => statuses.clone(),
                };
                check["type"] = json!("HTTP");
                check["http"] = json!({"path": path, "expectedStatuses": good});
            }
        }
        said["active"] = check;
    }
    if let Some(PassiveCheck {
        failures,
        statuses: _,
        eject_ms,
    }) = passive
        && targets > 1
    {
        said["passive"] = json!({
            "consecutiveGatewayErrors": failures,
            "interval": duration((*eject_ms).min(1_000)),
            "baseEjectionTime": duration(*eject_ms),
            "maxEjectionPercent": 100,
        });
    }
    if said != json!({}) {
        said["panicThreshold"] = json!(panic_percent);
        spec["healthCheck"] = said;
    }
}
