//! The addresses in an imported file, and other addresses in their place: what listens at
//! `api.shop.example` in a file listens at `127.0.0.1:3000` here.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::config::{Config, Issue, Target};
use crate::ids::ServiceName;

/// An address in an imported file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Upstream {
    /// Scheme, host and port.
    #[schema(example = "https://api.shop.example")]
    pub from: String,
    /// The services that are there.
    pub services: Vec<ServiceName>,
    /// Whether it is no address that requests can be sent to, so that another has to be given.
    pub needs_another: bool,
    /// Where the same is likely to listen on this machine: the same port on loopback. Absent where
    /// it is on this machine already.
    #[schema(example = "http://127.0.0.1:9999")]
    pub suggestion: Option<String>,
}

/// Another address for all services at one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Readdress {
    /// Scheme, host and port as in the file.
    #[schema(example = "https://api.shop.example")]
    pub from: String,
    /// Scheme, host and port to use instead; a path is put before those of the file.
    #[schema(example = "http://127.0.0.1:3000")]
    pub to: String,
}

/// The addresses of a configuration's targets, in its order.
pub(super) fn of(config: &Config) -> Vec<Upstream> {
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut upstreams: Vec<Upstream> = Vec::new();
    for service in &config.services {
        for target in &service.targets {
            let (origin, _) = split(&target.url);
            let place = *places.entry(origin.to_owned()).or_insert_with(|| {
                upstreams.push(Upstream {
                    from: origin.to_owned(),
                    services: Vec::new(),
                    needs_another: needs_another(origin),
                    suggestion: suggestion(origin),
                });
                upstreams.len() - 1
            });
            if !upstreams[place].services.contains(&service.name) {
                upstreams[place].services.push(service.name.clone());
            }
        }
    }
    upstreams
}

/// Scheme, host and port of a URL, and what follows them.
fn split(url: &str) -> (&str, &str) {
    let begin = url.find("://").map_or(0, |at| at + 3);
    let end = url[begin..].find('/').map_or(url.len(), |at| begin + at);
    url.split_at(end)
}

fn needs_another(origin: &str) -> bool {
    let host_is_none = origin.contains(".invalid");
    host_is_none || origin.contains(['$', '{', '}']) || origin.parse::<http::Uri>().is_err()
}

fn suggestion(origin: &str) -> Option<String> {
    let (scheme, authority) = origin.split_once("://")?;
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) => (host, port.parse::<u16>().ok()),
        None => (authority, None),
    };
    let local = host == "localhost"
        || host.ends_with(".localhost")
        || host.starts_with("127.")
        || host == "[::1]";
    let port = port.filter(|port| !matches!(port, 80 | 443));
    if local || needs_another(origin) {
        return None;
    }
    let scheme = if scheme == "https" && port.is_none() {
        "http"
    } else {
        scheme
    };
    Some(format!("{scheme}://127.0.0.1:{}", port.unwrap_or(3000)))
}

/// Puts other addresses in the place of those of the file.
pub(super) fn readdress(config: &mut Config, wishes: &[Readdress], issues: &mut Vec<Issue>) {
    let mut good: HashMap<&str, &str> = HashMap::new();
    for (n, Readdress { from, to }) in wishes.iter().enumerate() {
        let is_address = to.parse::<http::Uri>().is_ok_and(|uri| {
            matches!(uri.scheme_str(), Some("http" | "https")) && uri.query().is_none()
        });
        if is_address {
            good.insert(from, to.trim_end_matches('/'));
        } else {
            let message = format!("`{to}` is no address; write `http://host:port`");
            issues.push(Issue::error(format!("upstreams[{n}].to"), message));
        }
    }
    for service in &mut config.services {
        let mut moved = false;
        for target in &mut service.targets {
            let (origin, path) = split(&target.url);
            if let Some(to) = good.get(origin) {
                target.url = format!("{to}{path}");
                moved = true;
            }
        }
        // What concerns certificates means nothing over `http://`.
        let over_tls = |target: &Target| target.url.starts_with("https://");
        if moved && !service.targets.iter().any(over_tls) {
            service.tls = Default::default();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_on_this_machine_is_suggested_for_what_is_elsewhere() {
        for (origin, there) in [
            ("http://auth:9999", Some("http://127.0.0.1:9999")),
            ("https://api.shop.example", Some("http://127.0.0.1:3000")),
            (
                "https://api.shop.example:8443",
                Some("https://127.0.0.1:8443"),
            ),
            ("http://127.0.0.1:3000", None),
            ("http://localhost:3000", None),
            ("http://${HOST}:1", None),
        ] {
            assert_eq!(suggestion(origin).as_deref(), there, "{origin}");
        }
    }

    #[test]
    fn another_address_keeps_the_path() {
        let services = serde_json::json!([
            { "name": "a", "targets": [{ "url": "https://x.example/v1" }, { "url": "http://y" }] },
        ]);
        let mut config = Config {
            services: serde_json::from_value(services).unwrap(),
            ..Config::default()
        };
        let wish = |from: &str, to: &str| Readdress {
            from: from.to_owned(),
            to: to.to_owned(),
        };
        let mut issues = Vec::new();
        let wishes = [
            wish("https://x.example", "http://127.0.0.1:1/"),
            wish("http://y", "y"),
        ];
        readdress(&mut config, &wishes, &mut issues);
        assert_eq!(config.services[0].targets[0].url, "http://127.0.0.1:1/v1");
        assert_eq!(config.services[0].targets[1].url, "http://y");
        assert_eq!(issues[0].path, "upstreams[1].to");
    }
}
