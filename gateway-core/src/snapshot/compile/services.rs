//! Services and their targets, compiled.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use http::Uri;
use http::uri::Authority;

use super::balance::{compile_balancer, compile_retries, duration};
use crate::config::{self, Issue};
use crate::ids::ServiceName;
use crate::snapshot::{Service, Snapshot, Target};

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
            targets,
            protocol: _,
            tls: _,
            // These five in `compile_balancer` and below.
            balance: _,
            health: _,
            breaker: _,
            retries,
            hold_ms,
            timeouts,
        } = service;
        let balancer = compile_balancer(service, &at, previous.services.get(name), issues);
        let config::Timeouts {
            connect_ms,
            first_byte_ms,
            idle_ms,
            total_ms,
        } = timeouts;
        let targets: Vec<_> = targets
            .iter()
            .enumerate()
            .filter_map(|(n, target)| {
                let at = format!("{at}.targets[{n}].url");
                compile_target(&target.url, listen)
                    .map_err(|message| issues.push(Issue::error(at, message)))
                    .ok()
            })
            .collect();
        let service = Service {
            name: name.clone(),
            targets,
            connect_timeout: Duration::from_millis((*connect_ms).into()),
            first_byte_timeout: Duration::from_millis((*first_byte_ms).into()),
            idle_timeout: duration(*idle_ms),
            total_timeout: duration(*total_ms),
            hold: Duration::from_millis((*hold_ms).into()),
            retries: compile_retries(retries, &at, issues),
            balancer,
        };
        if compiled.insert(name.clone(), Arc::new(service)).is_some() {
            issues.push(Issue::error(
                format!("{at}.name"),
                format!("another service is named `{name}` too"),
            ));
        }
    }
    compiled
}

fn compile_target(url: &str, listen: &config::Listen) -> Result<Target, String> {
    let uri: Uri = url
        .parse()
        .map_err(|_| format!("`{url}` is no URL; write `http://host:port`"))?;
    match uri.scheme_str() {
        Some("http") => {}
        Some("https") => return Err("targets over TLS are not supported; use `http://`".to_owned()),
        _ => return Err(format!("`{url}` does not begin with `http://`")),
    }
    let authority = uri
        .authority()
        .ok_or_else(|| format!("`{url}` has no host"))?;
    if authority.as_str().contains('@') {
        return Err("a URL here may not hold a user name or password".to_owned());
    }
    if uri.query().is_some() {
        return Err("a URL here may not have a query".to_owned());
    }
    check_host(authority, listen)?;
    Ok(Target {
        url: url.to_owned(),
        authority: authority.clone(),
        base_path: uri.path().trim_end_matches('/').to_owned(),
    })
}

/// What can be told without resolving a name; the rest is checked at each connection.
fn check_host(authority: &Authority, listen: &config::Listen) -> Result<(), String> {
    let host = authority.host().trim_matches(['[', ']']);
    let port = match authority.port() {
        Some(port) => port.as_u16(),
        None if authority.as_str().ends_with(':') || authority.as_str().contains(":0") => 0,
        None => 80,
    };
    if port == 0 {
        return Err(format!(
            "`{authority}` has no port that can be connected to"
        ));
    }
    let address: Option<IpAddr> = host.parse().ok();
    let local = host == "localhost"
        || address.is_some_and(|ip| {
            let ip = ip.to_canonical();
            ip.is_loopback() || ip.is_unspecified() || ip == listen.address
        });
    let own = [
        Some(listen.port),
        listen.https.as_ref().map(|https| https.port),
    ];
    if local && own.contains(&Some(port)) {
        return Err("this is the gateway itself; requests would go round in a circle".to_owned());
    }
    match address {
        Some(ip) if crate::proxy::connect::is_never_proxied(ip) => Err(format!(
            "{ip} is never proxied: link-local addresses serve cloud credentials"
        )),
        _ => Ok(()),
    }
}
