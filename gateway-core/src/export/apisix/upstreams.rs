//! Upstreams.

use serde_json::{Map, Value, json};

use crate::config::{ActiveCheckKind, Algorithm, HashBy, HostHeaderKind, Service};
use crate::export::document::Node;
use crate::export::gate::{Gate, parts};

/// A service with the `Host` that it sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Upstream {
    /// Index of the service.
    pub(super) service: usize,
    pub(super) kind: HostHeaderKind,
    pub(super) host: Option<String>,
    pub(super) id: String,
}

fn seconds(ms: u32) -> f64 {
    f64::from(ms) / 1_000.0
}

fn whole_seconds(ms: u32) -> u32 {
    ms.div_ceil(1_000).max(1)
}

/// An upstream.
pub(super) fn upstream(gate: &Gate<'_>, one: &Upstream) -> Node {
    let service = &gate.config.services[one.service];
    let at = format!("services[{}]", one.service);
    let first = service
        .targets
        .first()
        .map_or("", |target| target.url.as_str());
    let tls = parts(first).0 == "https";
    let mut node = Node::map([
        ("id", one.id.as_str().into()),
        ("name", service.name.as_str().into()),
        ("scheme", if tls { "https" } else { "http" }.into()),
    ]);
    balance(service, &at, &mut node);
    let nodes: Vec<Value> = service
        .targets
        .iter()
        .map(|target| {
            let (scheme, host, _) = parts(&target.url);
            let usual = if scheme == "https" { 443 } else { 80 };
            let (name, port) = match host.rsplit_once(':') {
                Some((name, port)) => match port.parse::<u16>() {
                    Ok(port) => (name, port),
                    Err(_) => (host, usual),
                },
                None => (host, usual),
            };
            json!({ "host": name, "port": port, "weight": target.weight })
        })
        .collect();
    node.put("nodes", Node::from(nodes).of(format!("{at}.targets")));
    match one.kind {
        HostHeaderKind::Caller => node.put("pass_host", "pass"),
        HostHeaderKind::Target => node.put("pass_host", "node"),
        HostHeaderKind::Fixed => {
            node.put("pass_host", "rewrite");
            node.put("upstream_host", one.host.as_deref().unwrap_or_default());
        }
    }
    let timeouts = &service.timeouts;
    let between = timeouts.idle_ms.map_or(timeouts.first_byte_ms, |idle| {
        idle.max(timeouts.first_byte_ms)
    });
    let between = seconds(between);
    let timeout =
        json!({ "connect": seconds(timeouts.connect_ms), "send": between, "read": between });
    node.put("timeout", Node::from(timeout).of(format!("{at}.timeouts")));
    node.put(
        "retries",
        Node::from(service.retries.attempts).of(format!("{at}.retries")),
    );
    if tls {
        let verify = json!({ "verify": !service.tls.skip_verify });
        node.put("tls", Node::from(verify).of(format!("{at}.tls")));
    }
    let checks = checks(service, tls);
    if !checks.is_empty() {
        node.put(
            "checks",
            Node::from(Value::Object(checks)).of(format!("{at}.health")),
        );
    }
    node.of(at)
}

fn balance(service: &Service, at: &str, node: &mut Node) {
    let balance = &service.balance;
    let many = service.targets.len() > 1;
    let mut put = |name: &str, value: &str, of: &str| {
        node.put(name, Node::from(value).of(format!("{at}.balance.{of}")));
    };
    let name = balance.hash_name.as_deref().unwrap_or_default();
    match (&balance.sticky_cookie, balance.algorithm) {
        _ if !many => put("type", "roundrobin", "algorithm"),
        (Some(cookie), _) => {
            put("type", "chash", "sticky_cookie");
            put("hash_on", "cookie", "sticky_cookie");
            put("key", cookie, "sticky_cookie");
        }
        (None, Algorithm::RoundRobin) => put("type", "roundrobin", "algorithm"),
        (None, Algorithm::LeastInFlight | Algorithm::PowerOfTwo) => {
            put("type", "least_conn", "algorithm");
        }
        (None, Algorithm::ConsistentHash) => {
            put("type", "chash", "algorithm");
            let (on, key) = match balance.hash_by {
                HashBy::Ip => ("vars", "remote_addr".to_owned()),
                HashBy::Header => ("header", name.to_owned()),
                HashBy::Cookie => ("cookie", name.to_owned()),
                HashBy::Consumer => ("consumer", String::new()),
            };
            put("hash_on", on, "hash_by");
            if !key.is_empty() {
                put("key", &key, "hash_name");
            }
        }
    }
}

fn checks(service: &Service, tls: bool) -> Map<String, Value> {
    let mut checks = Map::new();
    let health = &service.health;
    let passive = health
        .passive
        .as_ref()
        .filter(|_| service.targets.len() > 1);
    if let Some(active) = &health.active {
        let every = whole_seconds(active.interval_ms);
        let after = active.unhealthy_after;
        let well: Vec<u16> = match active.statuses.is_empty() {
            true => (200..=208).chain(300..=308).collect(),
            false => active.statuses.clone(),
        };
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
                    "interval": every, "http_failures": after, "tcp_failures": after, "timeouts": after,
                },
            }),
        };
        node["timeout"] = whole_seconds(active.timeout_ms).into();
        checks.insert("active".to_owned(), node);
    } else if let Some(passive) = passive {
        // Passive checks need active ones there, or a target never comes back.
        let every = whole_seconds(passive.eject_ms);
        checks.insert(
            "active".to_owned(),
            json!({
                "type": "tcp",
                "healthy": { "interval": every, "successes": 1 },
                "unhealthy": { "interval": every, "tcp_failures": passive.failures.min(254) },
            }),
        );
    }
    if let Some(passive) = passive {
        let failures = passive.failures.min(254);
        checks.insert(
            "passive".to_owned(),
            json!({
                "type": if tls { "https" } else { "http" },
                "healthy": { "successes": 1 },
                "unhealthy": {
                    "http_failures": failures, "tcp_failures": failures, "timeouts": failures,
                    "http_statuses": passive.statuses,
                },
            }),
        );
    }
    checks
}
