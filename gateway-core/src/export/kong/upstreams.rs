//! Upstreams: targets, how requests are spread over them, and how it is found out that one is not well.

use serde_json::{Map, Value, json};

use super::plan::Upstream;
use crate::config::{ActiveCheckKind, Algorithm, HashBy, Service};
use crate::export::document::Node;
use crate::export::gate::{Gate, parts};

/// The name of an upstream, which has to look like a host's.
pub(super) fn name(gate: &Gate<'_>, upstream: &Upstream) -> String {
    let own = gate.config.services[upstream.service].name.as_str();
    let is_host = own
        .split('.')
        .all(|label| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-'));
    let own = match is_host {
        true => own.to_owned(),
        false => format!("service-{}", upstream.service),
    };
    match &upstream.host {
        None => format!("{own}.gatewright"),
        // Two hosts of one service are two upstreams.
        Some(host) => {
            let plain: String = host
                .chars()
                .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
                .collect();
            format!("{own}.for.{}.gatewright", plain.trim_matches('-'))
        }
    }
}

/// An upstream.
pub(super) fn upstream(gate: &Gate<'_>, upstream: &Upstream) -> Node {
    let service = &gate.config.services[upstream.service];
    let at = format!("services[{}]", upstream.service);
    let mut node = Node::map([("name", name(gate, upstream).into())]);
    balance(service, &at, &mut node);
    if let Some(host) = &upstream.host {
        node.put("host_header", host.as_str());
    }
    let checks = checks(service);
    if !checks.is_empty() {
        let checks = Node::from(Value::Object(checks));
        node.put("healthchecks", checks.of(format!("{at}.health")));
    }
    let targets = service.targets.iter().map(|target| {
        let (scheme, host, _) = parts(&target.url);
        let has_port = host
            .rsplit_once(':')
            .is_some_and(|(_, port)| port.parse::<u16>().is_ok());
        let port = match (has_port, scheme) {
            (true, _) => "",
            (false, "https") => ":443",
            (false, _) => ":80",
        };
        json!({ "target": format!("{host}{port}"), "weight": target.weight }).into()
    });
    node.put(
        "targets",
        Node::List(targets.collect()).of(format!("{at}.targets")),
    );
    node.of(at)
}

fn balance(service: &Service, at: &str, node: &mut Node) {
    let balance = &service.balance;
    if service.targets.len() < 2 {
        return;
    }
    let mut put = |name: &str, value: &str, of: &str| {
        node.put(name, Node::from(value).of(format!("{at}.balance.{of}")));
    };
    if let Some(cookie) = &balance.sticky_cookie {
        put("algorithm", "consistent-hashing", "algorithm");
        put("hash_on", "cookie", "sticky_cookie");
        put("hash_on_cookie", cookie, "sticky_cookie");
        put("hash_on_cookie_path", "/", "sticky_cookie");
        return;
    }
    let hash_name = balance.hash_name.as_deref().unwrap_or_default();
    match balance.algorithm {
        Algorithm::RoundRobin => put("algorithm", "round-robin", "algorithm"),
        Algorithm::LeastInFlight | Algorithm::PowerOfTwo => {
            put("algorithm", "least-connections", "algorithm");
        }
        Algorithm::ConsistentHash => {
            put("algorithm", "consistent-hashing", "algorithm");
            match balance.hash_by {
                HashBy::Ip => put("hash_on", "ip", "hash_by"),
                HashBy::Header => {
                    put("hash_on", "header", "hash_by");
                    put("hash_on_header", hash_name, "hash_name");
                    put("hash_fallback", "ip", "hash_by");
                }
                HashBy::Cookie => {
                    put("hash_on", "cookie", "hash_by");
                    put("hash_on_cookie", hash_name, "hash_name");
                    put("hash_on_cookie_path", "/", "hash_name");
                }
                HashBy::Consumer => {
                    put("hash_on", "consumer", "hash_by");
                    put("hash_fallback", "ip", "hash_by");
                }
            }
        }
    }
}

/// Statuses that mean well or ill where the configuration names none: those that are in use.
const WELL: [u16; 18] = [
    200, 201, 202, 203, 204, 205, 206, 207, 208, 226, 300, 301, 302, 303, 304, 305, 307, 308,
];
const ILL: [u16; 31] = [
    400, 401, 402, 403, 404, 405, 406, 407, 408, 409, 410, 411, 412, 413, 414, 415, 416, 417, 421,
    422, 423, 424, 425, 426, 428, 429, 431, 451, 500, 502, 503,
];

/// Seconds, for Kong knows nothing shorter.
fn seconds(ms: u32) -> u32 {
    ms.div_ceil(1_000).max(1)
}

fn checks(service: &Service) -> Map<String, Value> {
    let mut checks = Map::new();
    let health = &service.health;
    let tls = service
        .targets
        .iter()
        .any(|target| target.url.starts_with("https:"));
    let passive = health
        .passive
        .as_ref()
        .filter(|_| service.targets.len() > 1);
    if let Some(active) = &health.active {
        let well: Vec<u16> = match active.statuses.is_empty() {
            true => WELL.to_vec(),
            false => active.statuses.clone(),
        };
        let more = [501, 504, 505, 507, 508, 511];
        let ill: Vec<u16> = WELL
            .iter()
            .chain(&ILL)
            .chain(&more)
            .copied()
            .filter(|status| !well.contains(status))
            .collect();
        let every = seconds(active.interval_ms);
        let after = active.unhealthy_after;
        let mut node = match active.kind {
            ActiveCheckKind::Tcp => json!({
                "type": "tcp",
                "healthy": { "interval": every, "successes": active.healthy_after },
                "unhealthy": { "interval": every, "tcp_failures": after, "timeouts": after },
            }),
            ActiveCheckKind::Http => json!({
                "type": if tls { "https" } else { "http" },
                "http_path": active.path,
                "healthy": { "interval": every, "successes": active.healthy_after, "http_statuses": well },
                "unhealthy": {
                    "interval": every, "http_failures": after, "tcp_failures": after,
                    "timeouts": after, "http_statuses": ill,
                },
            }),
        };
        node["timeout"] = seconds(active.timeout_ms).into();
        if tls {
            node["https_verify_certificate"] = (!service.tls.skip_verify).into();
        }
        checks.insert("active".to_owned(), node);
    } else if let Some(passive) = passive {
        // In Kong a target that was left out comes back by an active check alone.
        let every = seconds(passive.eject_ms);
        checks.insert(
            "active".to_owned(),
            json!({
                "type": "tcp",
                "healthy": { "interval": 0, "successes": 1 },
                "unhealthy": { "interval": every, "tcp_failures": 0, "timeouts": 0 },
            }),
        );
    }
    if let Some(passive) = passive {
        checks.insert(
            "passive".to_owned(),
            json!({
                "type": if tls { "https" } else { "http" },
                "healthy": { "successes": 1 },
                "unhealthy": {
                    "http_failures": passive.failures, "tcp_failures": passive.failures,
                    "timeouts": passive.failures, "http_statuses": passive.statuses,
                },
            }),
        );
    }
    checks
}
