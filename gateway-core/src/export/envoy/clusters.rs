//! Services: a cluster each.

use std::net::IpAddr;

use serde_json::{Value, json};

use crate::config::{
    ActiveCheck, ActiveCheckKind, Algorithm, Health, PassiveCheck, Protocol, Retries, Service,
    Target, Tls,
};
use crate::export::document::about;
use crate::export::gate::parts;

/// As many of anything as nobody reaches: what Envoy would limit by itself is not limited here.
const MANY: u32 = 1_000_000;

/// The cluster of a service that stands at this place.
pub(super) fn cluster(n: usize, service: &Service) -> Value {
    let Service {
        name,
        targets,
        protocol,
        tls,
        balance,
        health,
        breaker: _,
        retries,
        hold_ms: _,
        process: _,
        timeouts,
    } = service;
    let at = format!("services[{n}]");
    let all_addresses = targets.iter().all(|target| {
        let (host, _) = host_and_port(target);
        host.parse::<IpAddr>().is_ok()
    });
    let endpoints: Vec<Value> = targets
        .iter()
        .enumerate()
        .filter(|(_, target)| target.weight > 0)
        .map(|(m, target)| endpoint(&format!("{at}.targets[{m}]"), target))
        .collect();
    let mut cluster = json!({
        "name": name.as_str(),
        "type": match all_addresses {
            true => "STATIC",
            false => "STRICT_DNS",
        },
        "connect_timeout": seconds(timeouts.connect_ms),
        "lb_policy": match (balance.algorithm, &balance.sticky_cookie) {
            (Algorithm::ConsistentHash, _) | (_, Some(_)) => "RING_HASH",
            (Algorithm::RoundRobin, None) => "ROUND_ROBIN",
            (Algorithm::LeastInFlight | Algorithm::PowerOfTwo, None) => "LEAST_REQUEST",
        },
        "load_assignment": {
            "cluster_name": name.as_str(),
            "endpoints": [{"lb_endpoints": endpoints}],
        },
    });
    if !all_addresses {
        cluster["dns_lookup_family"] = json!("V4_PREFERRED");
    }
    for part in [
        "balance",
        "health",
        "tls",
        "protocol",
        "timeouts.connect_ms",
    ] {
        about(&mut cluster, format!("{at}.{part}"));
    }
    about(&mut cluster, at);
    healthy(&mut cluster, health, targets.len());
    let Retries {
        attempts,
        statuses: _,
        budget_percent,
    } = retries;
    let mut thresholds = json!({
        "max_connections": MANY,
        "max_pending_requests": MANY,
        "max_requests": MANY,
        "max_retries": MANY,
    });
    if *attempts > 0 {
        thresholds["retry_budget"] = json!({
            "budget_percent": {"value": budget_percent},
            "min_retry_concurrency": 3,
        });
    }
    cluster["circuit_breakers"] = json!({"thresholds": [thresholds]});
    let over_tls = targets
        .iter()
        .any(|target| target.url.starts_with("https:"));
    let spoken = match (protocol, over_tls) {
        (Protocol::Http2, _) => {
            Some(json!({"explicit_http_config": {"http2_protocol_options": {}}}))
        }
        (Protocol::Auto, true) => Some(json!({"auto_config": {}})),
        (Protocol::Auto, false) | (Protocol::Http1, _) => None,
    };
    if let Some(mut options) = spoken {
        options["@type"] =
            json!("type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions");
        cluster["typed_extension_protocol_options"] =
            json!({"envoy.extensions.upstreams.http.v3.HttpProtocolOptions": options});
    }
    if over_tls {
        sockets(&mut cluster, targets, tls, *protocol);
    }
    cluster
}

/// A time as Envoy writes it.
pub(super) fn seconds(ms: u32) -> String {
    format!("{}.{:03}s", ms / 1_000, ms % 1_000)
}

/// Host, without the brackets of an address, and port of a target.
pub(in crate::export) fn host_and_port(target: &Target) -> (&str, u16) {
    let (scheme, authority, _) = parts(&target.url);
    let usual = if scheme == "https" { 443 } else { 80 };
    let (host, port) = match authority.rfind(':') {
        Some(at) if !authority[at..].contains(']') => (
            &authority[..at],
            authority[at + 1..].parse().unwrap_or(usual),
        ),
        _ => (authority, usual),
    };
    let bare = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    (bare.unwrap_or(host), port)
}

fn endpoint(at: &str, target: &Target) -> Value {
    let (host, port) = host_and_port(target);
    let (scheme, authority, _) = parts(&target.url);
    let mut endpoint = json!({
        "endpoint": {
            "address": {"socket_address": {"address": host, "port_value": port}},
            "hostname": authority,
        },
        "load_balancing_weight": target.weight,
    });
    if scheme == "https" {
        endpoint["metadata"] =
            json!({"filter_metadata": {"envoy.transport_socket_match": {"host": host}}});
    }
    about(&mut endpoint, at);
    endpoint
}

fn healthy(cluster: &mut Value, health: &Health, targets: usize) {
    let Health {
        active,
        passive,
        panic_percent,
    } = health;
    cluster["common_lb_config"] = json!({"healthy_panic_threshold": {"value": panic_percent}});
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
            "timeout": seconds(*timeout_ms),
            "interval": seconds(*interval_ms),
            "no_traffic_interval": seconds(*interval_ms),
            "healthy_threshold": healthy_after,
            "unhealthy_threshold": unhealthy_after,
        });
        match kind {
            ActiveCheckKind::Tcp => check["tcp_health_check"] = json!({}),
            ActiveCheckKind::Http => {
                let good: Vec<_> = match statuses.is_empty() {
                    true => vec![json!({"start": 200, "end": 400})],
                    false => statuses
                        .iter()
                        .map(|status| json!({"start": status, "end": status + 1}))
                        .collect(),
                };
                check["http_health_check"] = json!({"path": path, "expected_statuses": good});
            }
        }
        cluster["health_checks"] = json!([check]);
    }
    if let Some(PassiveCheck {
        failures,
        statuses: _,
        eject_ms,
    }) = passive
        && targets > 1
    {
        cluster["outlier_detection"] = json!({
            "consecutive_gateway_failure": failures,
            "enforcing_consecutive_gateway_failure": 100,
            "enforcing_consecutive_5xx": 0,
            "enforcing_success_rate": 0,
            "interval": seconds((*eject_ms).min(1_000)),
            "base_ejection_time": seconds(*eject_ms),
            "max_ejection_time": seconds(*eject_ms),
            "max_ejection_percent": 100,
        });
    }
}

/// TLS, with the name of each host.
fn sockets(cluster: &mut Value, targets: &[Target], tls: &Tls, protocol: Protocol) {
    let mut hosts: Vec<&str> = targets
        .iter()
        .map(|target| host_and_port(target).0)
        .collect();
    hosts.sort_unstable();
    hosts.dedup();
    let all: Vec<Value> = hosts
        .iter()
        .map(|host| {
            json!({
                "name": host,
                "match": {"host": host},
                "transport_socket": socket(host, tls, protocol),
            })
        })
        .collect();
    cluster["transport_socket_matches"] = Value::Array(all);
}

fn socket(host: &str, tls: &Tls, protocol: Protocol) -> Value {
    let Tls {
        ca_file,
        server_name,
        skip_verify,
    } = tls;
    let name = server_name.as_deref().unwrap_or(host);
    let is_address = name.parse::<IpAddr>().is_ok();
    let mut common = json!({});
    if protocol == Protocol::Http2 {
        common["alpn_protocols"] = json!(["h2"]);
    }
    if !skip_verify {
        let file = ca_file
            .as_deref()
            .unwrap_or("/etc/ssl/certs/ca-certificates.crt");
        let kind = if is_address { "IP_ADDRESS" } else { "DNS" };
        common["validation_context"] = json!({
            "trusted_ca": {"filename": file},
            "match_typed_subject_alt_names": [{"san_type": kind, "matcher": {"exact": name}}],
        });
    }
    let mut context = json!({
        "@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext",
        "common_tls_context": common,
    });
    if !is_address {
        context["sni"] = json!(name);
    }
    json!({"name": "envoy.transport_sockets.tls", "typed_config": context})
}
