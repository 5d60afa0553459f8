//! Services: a backend for each target.

use serde_json::{Value, json};

use super::names;
use super::objects::{ENVOY, of_envoy};
use crate::config::{Protocol, Service, Target, Tls};
use crate::export::document::about;
use crate::export::gate::parts;

/// The backends of a service that stands at this place.
pub(super) fn backends(n: usize, service: &Service) -> Vec<Value> {
    let targets = service.targets.iter().enumerate();
    targets
        .filter(|(_, target)| target.weight > 0)
        .map(|(m, target)| backend(n, m, service, target))
        .collect()
}

/// Where requests to a service go.
pub(super) fn references(n: usize, service: &Service) -> Vec<Value> {
    let targets = service.targets.iter().enumerate();
    targets
        .filter(|(_, target)| target.weight > 0)
        .map(|(m, target)| {
            json!({
                "group": ENVOY,
                "kind": "Backend",
                "name": names::backend(n, m, service.name.as_str()),
                "weight": target.weight,
            })
        })
        .collect()
}

fn backend(n: usize, m: usize, service: &Service, target: &Target) -> Value {
    let (scheme, _, _) = parts(&target.url);
    let (host, port) = crate::export::envoy::host_and_port(target);
    let endpoint = match host.parse::<std::net::IpAddr>() {
        Ok(address) => json!({"ip": {"address": address.to_string(), "port": port}}),
        Err(_) => json!({"fqdn": {"hostname": host.to_ascii_lowercase(), "port": port}}),
    };
    let mut spec = json!({"endpoints": [endpoint]});
    if service.protocol == Protocol::Http2 {
        spec["appProtocols"] = json!(["gateway.envoyproxy.io/h2c"]);
    }
    if scheme == "https" {
        let Tls {
            ca_file,
            server_name,
            skip_verify,
        } = &service.tls;
        let mut tls = json!({"sni": server_name.as_deref().unwrap_or(host).to_ascii_lowercase()});
        match (skip_verify, ca_file) {
            (true, _) => tls["insecureSkipVerify"] = json!(true),
            (false, None) => tls["wellKnownCACertificates"] = json!("System"),
            (false, Some(_)) => {
                let name = names::object(&format!("ca-s{n}"), service.name.as_str());
                let reference = json!({"group": "", "kind": "ConfigMap", "name": name});
                tls["caCertificateRefs"] = json!([reference]);
            }
        }
        spec["tls"] = tls;
    }
    let name = names::backend(n, m, service.name.as_str());
    let mut backend = of_envoy("Backend", &name, spec);
    for part in [
        format!(".targets[{m}]"),
        ".tls".to_owned(),
        ".protocol".to_owned(),
        String::new(),
    ] {
        about(&mut backend, format!("services[{n}]{part}"));
    }
    backend
}
