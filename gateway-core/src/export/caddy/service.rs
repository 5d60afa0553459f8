//! Services: named routes that pass requests on to targets.

use serde_json::{Map, Value, json};

use super::words::literal;
use crate::config::{
    ActiveCheck, ActiveCheckKind, Algorithm, Balance, HashBy, HostHeaderKind, PassiveCheck,
    Protocol, Retries, Service, Target, Timeouts, Tls,
};
use crate::export::document::about_all;
use crate::export::gate::{Gate, parts};
use crate::ids::ServiceName;

/// Where the hash of a request comes from that no policy of Caddy's takes by itself; services never
/// see it.
const HASHED: &str = "Gatewright-Hashed";

/// The steps that send a request to a service.
pub(super) fn invoked(gate: &Gate<'_>, name: &ServiceName, kind: HostHeaderKind) -> Value {
    let service = gate.config.services.iter().find(|one| one.name == *name);
    let hashed = service.and_then(|service| hashed(&service.balance));
    let invoke = json!({ "handler": "invoke", "name": route_name(name, kind) });
    match hashed {
        None => invoke,
        Some(hashed) => json!({
            "handler": "subroute",
            "routes": [{ "handle": [
                { "handler": "headers", "request": { "set": { HASHED: [hashed] } } },
                invoke,
            ] }],
        }),
    }
}

fn hashed(balance: &Balance) -> Option<String> {
    if balance.algorithm != Algorithm::ConsistentHash {
        return None;
    }
    let name = balance.hash_name.as_deref().unwrap_or_default();
    match balance.hash_by {
        HashBy::Cookie => Some(format!("{{http.request.cookie.{name}}}")),
        HashBy::Consumer => Some("{http.vars.consumer}".to_owned()),
        HashBy::Ip | HashBy::Header => None,
    }
}

fn route_name(name: &ServiceName, kind: HostHeaderKind) -> String {
    match kind {
        HostHeaderKind::Caller | HostHeaderKind::Fixed => name.to_string(),
        HostHeaderKind::Target => format!("{name}, by its own name"),
    }
}

/// All services that routes use, by the names of their routes.
pub(super) fn routes(gate: &Gate<'_>) -> Map<String, Value> {
    let mut routes = Map::new();
    for (n, service) in gate.used_services() {
        let users = gate.routes_of(&service.name);
        for kind in [HostHeaderKind::Caller, HostHeaderKind::Target] {
            let by_target = kind == HostHeaderKind::Target;
            let wanted = users.iter().any(|route| {
                let used = gate.routes[*route].config.host_header.kind;
                (used == HostHeaderKind::Target) == by_target
            });
            if wanted {
                let mut route = about_all(&settings(n));
                route.insert("handle".to_owned(), json!([proxy(service, by_target)]));
                routes.insert(route_name(&service.name, kind), route.into());
            }
        }
    }
    routes
}

fn settings(n: usize) -> Vec<String> {
    vec![format!("services[{n}]")]
}

fn proxy(service: &Service, by_target: bool) -> Value {
    let Service {
        name: _,
        targets,
        protocol,
        tls,
        balance,
        health,
        breaker: _,
        retries,
        hold_ms,
        process: _,
        timeouts,
    } = service;
    // A target without weight gets nothing.
    let used: Vec<&Target> = targets.iter().filter(|target| target.weight > 0).collect();
    let upstreams: Vec<_> = used
        .iter()
        .map(|target| json!({ "dial": dial(target) }))
        .collect();
    let (scheme, _, path) = targets
        .first()
        .map_or(("http", "", ""), |target| parts(&target.url));
    let mut request = json!({
        "set": { "X-Forwarded-Host": ["{http.vars.host_and_port}"] },
        "delete": [HASHED],
    });
    if by_target {
        request["set"]["Host"] = json!(["{http.reverse_proxy.upstream.hostport}"]);
    }
    let mut proxy = json!({
        "handler": "reverse_proxy",
        "upstreams": upstreams,
        "load_balancing": balancing(balance, &used, retries, *hold_ms),
        "transport": transport(scheme, *protocol, tls, timeouts),
        "headers": { "request": request },
        "flush_interval": -1,
    });
    if !path.is_empty() {
        let replace = literal(&path.replace('$', "$$"));
        proxy["rewrite"] = json!({ "path_regexp": [{ "find": "\\A", "replace": replace }] });
    }
    let checks = health_checks(health);
    if !checks.is_empty() {
        proxy["health_checks"] = checks.into();
    }
    proxy
}

fn dial(target: &Target) -> String {
    let (scheme, host, _) = parts(&target.url);
    let port = match (host.rfind(':'), scheme) {
        (Some(at), _) if !host[at..].contains(']') => "",
        (_, "https") => ":443",
        _ => ":80",
    };
    format!("{host}{port}")
}

fn millis(ms: u32) -> String {
    format!("{ms}ms")
}

fn balancing(balance: &Balance, targets: &[&Target], retries: &Retries, hold_ms: u32) -> Value {
    let Balance {
        algorithm,
        hash_by,
        hash_name,
        sticky_cookie,
    } = balance;
    let weights: Vec<_> = targets.iter().map(|target| target.weight).collect();
    let in_turn = match weights.windows(2).all(|pair| pair[0] == pair[1]) {
        true => json!({ "policy": "round_robin" }),
        false => json!({ "policy": "weighted_round_robin", "weights": weights }),
    };
    let chosen = match algorithm {
        Algorithm::RoundRobin => in_turn,
        Algorithm::LeastInFlight => json!({ "policy": "least_conn" }),
        Algorithm::PowerOfTwo => json!({ "policy": "random_choose", "choose": 2 }),
        Algorithm::ConsistentHash => match hash_by {
            HashBy::Ip => json!({ "policy": "ip_hash" }),
            HashBy::Header => {
                let field = hash_name.as_deref().unwrap_or_default();
                json!({ "policy": "header", "field": field, "fallback": in_turn })
            }
            HashBy::Cookie | HashBy::Consumer => {
                json!({ "policy": "header", "field": HASHED, "fallback": in_turn })
            }
        },
    };
    let policy = match sticky_cookie {
        Some(name) => json!({ "policy": "cookie", "name": name, "fallback": chosen }),
        None => chosen,
    };
    let Retries {
        attempts,
        statuses: _,
        budget_percent: _,
    } = retries;
    let mut balancing = json!({ "selection_policy": policy });
    if *attempts > 0 {
        let safe = ["GET", "HEAD", "OPTIONS", "PUT", "DELETE"];
        balancing["retries"] = (*attempts).into();
        balancing["retry_match"] = json!([{ "method": safe }]);
    }
    if hold_ms > 0 {
        balancing["try_duration"] = millis(hold_ms).into();
        balancing["try_interval"] = "50ms".into();
        // Else a request that was sent would be sent again and again for so long.
        balancing["retry_match"] = match *attempts {
            0 => json!([{ "method": [] }]),
            _ => balancing["retry_match"].take(),
        };
    }
    balancing
}

fn transport(scheme: &str, protocol: Protocol, tls: &Tls, timeouts: &Timeouts) -> Value {
    let Timeouts {
        connect_ms,
        first_byte_ms,
        idle_ms,
        total_ms: _,
    } = timeouts;
    let versions: &[&str] = match (protocol, scheme) {
        (Protocol::Http1, _) => &["1.1"],
        (Protocol::Auto, "https") => &["1.1", "2"],
        (Protocol::Auto, _) => &["1.1"],
        (Protocol::Http2, "https") => &["2"],
        (Protocol::Http2, _) => &["h2c", "2"],
    };
    let mut transport = json!({
        "protocol": "http",
        "versions": versions,
        "compression": false,
        "network_proxy": { "from": "none" },
        "dial_timeout": millis(*connect_ms),
        "response_header_timeout": millis(*first_byte_ms),
    });
    if let Some(idle) = idle_ms {
        transport["read_timeout"] = millis(*idle).into();
    }
    if scheme == "https" {
        let Tls {
            ca_file,
            server_name,
            skip_verify,
        } = tls;
        let mut trust = json!({});
        if let Some(file) = ca_file {
            trust["ca"] = json!({ "provider": "file", "pem_files": [file] });
        }
        if let Some(name) = server_name {
            trust["server_name"] = literal(name).into();
        }
        if *skip_verify {
            trust["insecure_skip_verify"] = true.into();
        }
        transport["tls"] = trust;
    }
    transport
}

fn health_checks(health: &crate::config::Health) -> Map<String, Value> {
    let mut checks = Map::new();
    if let Some(ActiveCheck {
        kind: ActiveCheckKind::Http,
        path,
        statuses,
        interval_ms,
        timeout_ms,
        healthy_after,
        unhealthy_after,
    }) = &health.active
    {
        let mut active = json!({
            "uri": path,
            "interval": millis(*interval_ms),
            "timeout": millis(*timeout_ms),
            "passes": healthy_after,
            "fails": unhealthy_after,
        });
        if let [status] = statuses.as_slice() {
            active["expect_status"] = (*status).into();
        }
        checks.insert("active".to_owned(), active);
    }
    if let Some(PassiveCheck {
        failures,
        statuses,
        eject_ms,
    }) = &health.passive
    {
        let mut passive = json!({ "max_fails": failures, "fail_duration": millis(*eject_ms) });
        if !statuses.is_empty() {
            passive["unhealthy_status"] = json!(statuses);
        }
        checks.insert("passive".to_owned(), passive);
    }
    checks
}
