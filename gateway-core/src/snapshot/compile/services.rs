//! Services and their targets, compiled.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::balance::{compile_balancer, compile_retries, duration};
use super::origin::compile_targets;
use super::process::compile_process;
use crate::config::{self, Issue};
use crate::ids::ServiceName;
use crate::process::managed::LONGEST_HOLD;
use crate::snapshot::{Service, Snapshot};

/// All services by name.
pub(super) fn compile_services(
    services: &[config::Service],
    listen: &config::Listen,
    previous: &Snapshot,
    issues: &mut Vec<Issue>,
) -> HashMap<ServiceName, Arc<Service>> {
    let mut compiled = HashMap::new();
    for (index, service) in services.iter().enumerate() {
        let at = format!("services[{index}]");
        let config::Service {
            name,
            // These three in `compile_targets`.
            targets: _,
            protocol: _,
            tls: _,
            // These five in `compile_balancer` and below.
            balance: _,
            health: _,
            breaker: _,
            retries,
            hold_ms,
            timeouts,
            process,
        } = service;
        let balancer = compile_balancer(service, &at, previous.services.get(name), issues);
        let config::Timeouts {
            connect_ms,
            first_byte_ms,
            idle_ms,
            total_ms,
        } = timeouts;
        let targets = compile_targets(service, &at, listen, issues);
        let before = previous.services.get(name);
        let managed = process
            .as_ref()
            .and_then(|process| compile_process(process, service, &targets, before, &at, issues));
        let mut service = Service {
            name: name.clone(),
            targets,
            connect_timeout: Duration::from_millis((*connect_ms).into()),
            first_byte_timeout: Duration::from_millis((*first_byte_ms).into()),
            idle_timeout: duration(*idle_ms),
            total_timeout: duration(*total_ms),
            hold: Duration::from_millis((*hold_ms).into()),
            retries: compile_retries(retries, &at, issues),
            balancer,
            managed,
        };
        if service.managed.is_some() {
            // An instance that is being started is waited for, and so is one that is replaced.
            service.hold = service.hold.max(LONGEST_HOLD);
        }
        if compiled.insert(name.clone(), Arc::new(service)).is_some() {
            issues.push(Issue::error(
                format!("{at}.name"),
                format!("another service is named `{name}` too"),
            ));
        }
    }
    compiled
}
