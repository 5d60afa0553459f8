//! What a service uses.

use super::{Found, Use, is_odd};
use crate::config::{self, ActiveCheckKind, Algorithm, Protocol, Service};
use crate::export::feature::Feature;
use crate::export::gate::{Gate, alike};

pub(super) fn service_uses<'c>(
    gate: &Gate<'c>,
    n: usize,
    service: &'c Service,
    found: &mut Found<'c>,
) {
    let at = format!("services[{n}]");
    let Service {
        name,
        targets,
        protocol,
        tls,
        balance,
        health,
        breaker,
        retries,
        hold_ms,
        timeouts,
        process,
    } = service;
    let many = targets.len() > 1;
    let https = targets
        .iter()
        .any(|target| target.url.starts_with("https:"));
    let mut add = |yes: bool, feature: Feature<'c>, field: &str| {
        if !yes {
            return;
        }
        let path = format!("{at}.{field}");
        match feature.guards() {
            false => found.add(feature, path),
            true => {
                for route in gate.routes_of(name) {
                    found.uses.push(Use {
                        feature: feature.clone(),
                        path: path.clone(),
                        route: Some(route),
                    });
                }
            }
        }
    };
    add(!alike(targets), Feature::MixedTargets, "targets");
    add(
        *protocol == Protocol::Http2,
        Feature::Http2Targets,
        "protocol",
    );
    let config::Tls {
        ca_file: _,
        server_name: _,
        skip_verify,
    } = tls;
    add(https && !skip_verify, Feature::TlsTargets, "tls");
    add(
        https && *skip_verify,
        Feature::TlsUnchecked,
        "tls.skip_verify",
    );
    let config::Balance {
        algorithm,
        hash_by,
        hash_name,
        sticky_cookie,
    } = balance;
    let odd = hash_name.as_deref().is_some_and(is_odd);
    add(many && odd, Feature::OddHeaderName, "balance.hash_name");
    match algorithm {
        Algorithm::RoundRobin => {}
        Algorithm::LeastInFlight => add(many, Feature::LeastInFlight, "balance.algorithm"),
        Algorithm::PowerOfTwo => add(many, Feature::PowerOfTwo, "balance.algorithm"),
        Algorithm::ConsistentHash => {
            add(many, Feature::ConsistentHash(*hash_by), "balance.algorithm")
        }
    }
    add(
        many && sticky_cookie.is_some(),
        Feature::StickyCookie,
        "balance.sticky_cookie",
    );
    let config::Health {
        active,
        passive,
        panic_percent,
    } = health;
    if let Some(active) = active {
        let feature = match active.kind {
            ActiveCheckKind::Http => Feature::ActiveHttp,
            ActiveCheckKind::Tcp => Feature::ActiveTcp,
        };
        add(true, feature, "health.active");
    }
    if let Some(config::PassiveCheck {
        failures,
        statuses: _,
        eject_ms,
    }) = passive
    {
        add(
            many,
            Feature::Passive(*failures, *eject_ms),
            "health.passive",
        );
    }
    add(*panic_percent > 0, Feature::Panic, "health.panic_percent");
    add(breaker.is_some(), Feature::Breaker, "breaker");
    let config::Retries {
        attempts,
        statuses,
        budget_percent: _,
    } = retries;
    add(*attempts > 0, Feature::Retries(*attempts), "retries");
    add(
        *attempts > 0 && !statuses.is_empty(),
        Feature::RetryStatuses,
        "retries.statuses",
    );
    add(*hold_ms > 0, Feature::Hold, "hold_ms");
    add(process.is_some(), Feature::ManagedProcess, "process");
    let config::Timeouts {
        connect_ms: _,
        first_byte_ms,
        idle_ms,
        total_ms,
    } = timeouts;
    add(
        true,
        Feature::FirstByteTimeout(*first_byte_ms),
        "timeouts.first_byte_ms",
    );
    if let Some(idle) = idle_ms {
        add(true, Feature::IdleTimeout(*idle), "timeouts.idle_ms");
    }
    if let Some(total) = total_ms {
        add(true, Feature::TotalTimeout(*total), "timeouts.total_ms");
    }
}
