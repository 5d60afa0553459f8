//! Services and how their targets are reached.

use serde_json::{Map, Value, json};

use super::tree::Tree;
use crate::config::{
    ActiveCheck, ActiveCheckKind, Algorithm, Balance, HostHeaderKind, PassiveCheck, Protocol,
    Retries, Service, Timeouts, Tls,
};
use crate::export::document::about_all;
use crate::export::gate::{Gate, parts};
use crate::ids::ServiceName;

/// How a service is called whose targets see this host.
pub(super) fn name(service: &ServiceName, kind: HostHeaderKind) -> String {
    match kind {
        HostHeaderKind::Caller | HostHeaderKind::Fixed => service.to_string(),
        HostHeaderKind::Target => format!("{service}-by-its-own-name"),
    }
}

/// All services that routes use, and how each is reached.
pub(super) fn services(gate: &Gate<'_>) -> (Map<String, Value>, Map<String, Value>) {
    let mut services = Map::new();
    let mut transports = Map::new();
    for (n, service) in gate.used_services() {
        let users = gate.routes_of(&service.name);
        for kind in [HostHeaderKind::Caller, HostHeaderKind::Target] {
            let by_target = kind == HostHeaderKind::Target;
            let wanted = users.iter().any(|route| {
                let used = gate.routes[*route].config.host_header.kind;
                (used == HostHeaderKind::Target) == by_target
            });
            if wanted {
                let mut value = about_all(&[format!("services[{n}]")]);
                value.insert("loadBalancer".to_owned(), balancer(service, by_target));
                services.insert(name(&service.name, kind), value.into());
            }
        }
        let mut value = about_all(&[
            format!("services[{n}].timeouts"),
            format!("services[{n}].tls"),
        ]);
        value.extend(transport(service));
        transports.insert(service.name.to_string(), value.into());
    }
    (services, transports)
}

fn balancer(service: &Service, by_target: bool) -> Value {
    let Service {
        name,
        targets,
        protocol,
        tls: _,
        balance,
        health,
        breaker: _,
        retries: _,
        hold_ms: _,
        process: _,
        timeouts: _,
    } = service;
    // A target without weight gets nothing.
    let servers = targets.iter().filter(|target| target.weight > 0);
    let servers: Vec<_> = servers
        .map(|target| {
            let (scheme, host, path) = parts(&target.url);
            let scheme = match (protocol, scheme) {
                (Protocol::Http2, "http") => "h2c",
                _ => scheme,
            };
            json!({
                "url": format!("{scheme}://{host}{path}"),
                "weight": target.weight,
                "preservePath": true,
            })
        })
        .collect();
    let Balance {
        algorithm,
        hash_by: _,
        hash_name: _,
        sticky_cookie,
    } = balance;
    let strategy = match algorithm {
        Algorithm::RoundRobin => "wrr",
        Algorithm::LeastInFlight | Algorithm::PowerOfTwo => "p2c",
        Algorithm::ConsistentHash => "hrw",
    };
    let mut balancer = json!({
        "servers": servers,
        "strategy": strategy,
        "passHostHeader": !by_target,
        "serversTransport": name,
        "responseForwarding": { "flushInterval": "-1ms" },
    });
    if let Some(cookie) = sticky_cookie {
        balancer["sticky"] = json!({ "cookie": {
            "name": cookie,
            "httpOnly": true,
            "sameSite": "lax",
        } });
    }
    if let Some(ActiveCheck {
        kind: ActiveCheckKind::Http,
        path,
        statuses,
        interval_ms,
        timeout_ms,
        healthy_after: _,
        unhealthy_after: _,
    }) = &health.active
    {
        let mut check = json!({
            "path": path,
            "interval": format!("{interval_ms}ms"),
            "timeout": format!("{timeout_ms}ms"),
        });
        if let [status] = statuses.as_slice() {
            check["status"] = (*status).into();
        }
        if *protocol == Protocol::Http2 {
            // Checks know nothing of `h2c`.
            let plain = targets.iter().any(|one| one.url.starts_with("http:"));
            check["scheme"] = (if plain { "http" } else { "https" }).into();
        }
        balancer["healthCheck"] = check;
    }
    if let Some(PassiveCheck {
        failures,
        statuses: _,
        eject_ms,
    }) = &health.passive
        && servers.len() > 1
    {
        balancer["passiveHealthCheck"] = json!({
            "failureWindow": format!("{eject_ms}ms"),
            "maxFailedAttempts": failures,
        });
    }
    balancer
}

fn transport(service: &Service) -> Map<String, Value> {
    let Timeouts {
        connect_ms,
        first_byte_ms,
        idle_ms: _,
        total_ms: _,
    } = &service.timeouts;
    let Tls {
        ca_file,
        server_name,
        skip_verify,
    } = &service.tls;
    let mut transport = Map::new();
    let mut put = |name: &str, value: Value| {
        transport.insert(name.to_owned(), value);
    };
    put(
        "forwardingTimeouts",
        json!({
            "dialTimeout": format!("{connect_ms}ms"),
            "responseHeaderTimeout": format!("{first_byte_ms}ms"),
        }),
    );
    if service.protocol == Protocol::Http1 {
        put("disableHTTP2", true.into());
    }
    if let Some(file) = ca_file {
        put("rootCAs", json!([file]));
    }
    if let Some(name) = server_name {
        put("serverName", name.as_str().into());
    }
    if *skip_verify {
        put("insecureSkipVerify", true.into());
    }
    transport
}

/// What is done where a service fails.
pub(super) fn resilience(gate: &Gate<'_>, tree: &mut Tree, name: &ServiceName) -> Vec<String> {
    let mut services = gate.config.services.iter();
    let Some(service) = services.find(|one| one.name == *name) else {
        return Vec::new();
    };
    let mut names = Vec::new();
    if let Some(breaker) = &service.breaker {
        let share = f64::from(breaker.failure_percent) / 100.0;
        let share = format!("{share:.2}");
        names.push(tree.middleware(
            format!("{name}-breaker"),
            json!({ "circuitBreaker": {
                "expression": format!(
                    "NetworkErrorRatio() >= {share} || ResponseCodeRatio(500, 600, 0, 600) >= {share}"
                ),
                "checkPeriod": format!("{}ms", breaker.window_ms.min(1_000)),
                "fallbackDuration": format!("{}ms", breaker.open_ms),
                "recoveryDuration": format!("{}ms", breaker.open_ms),
            } }),
        ));
    }
    let Retries {
        attempts,
        statuses,
        budget_percent: _,
    } = &service.retries;
    if *attempts > 0 {
        // The first one counts there.
        let mut retry = json!({ "attempts": u32::from(*attempts) + 1 });
        if !statuses.is_empty() {
            let statuses: Vec<_> = statuses.iter().map(ToString::to_string).collect();
            retry["status"] = json!(statuses);
        }
        names.push(tree.middleware(format!("{name}-retry"), json!({ "retry": retry })));
    }
    names
}
