//! Where a service's targets are and how they are trusted, compiled.

use std::net::IpAddr;
use std::sync::Arc;

use http::Uri;
use http::uri::Authority;
use rustls::pki_types::ServerName;

use crate::config::{self, Issue};
use crate::snapshot::Target;
use crate::snapshot::origin::Origin;

/// The targets of a service.
pub(super) fn compile_targets(
    service: &config::Service,
    at: &str,
    listen: &config::Listen,
    issues: &mut Vec<Issue>,
) -> Vec<Target> {
    let targets: Vec<_> = service
        .targets
        .iter()
        .enumerate()
        .filter_map(|(n, target)| {
            compile_target(&target.url, service, listen)
                .map_err(|message| {
                    issues.push(Issue::error(format!("{at}.targets[{n}].url"), message))
                })
                .ok()
        })
        .collect();
    let over_tls = targets.iter().any(|target| target.origin.tls.is_some());
    check_tls(&service.tls, over_tls, at, issues);
    targets
}

fn check_tls(tls: &config::Tls, over_tls: bool, at: &str, issues: &mut Vec<Issue>) {
    let config::Tls {
        ca_file,
        server_name,
        skip_verify,
    } = tls;
    if ca_file.as_ref().is_some_and(|file| file.trim().is_empty()) {
        let message = "this is no file; leave it out to trust the system's authorities";
        issues.push(Issue::error(format!("{at}.tls.ca_file"), message));
    }
    if let Some(name) = server_name
        && ServerName::try_from(name.as_str()).is_err()
    {
        let message = format!("`{name}` is neither a host name nor an address");
        issues.push(Issue::error(format!("{at}.tls.server_name"), message));
    }
    if *skip_verify {
        let message = "any certificate is trusted: whoever is between here and the target can read \
                       and change everything";
        issues.push(Issue::warning(format!("{at}.tls.skip_verify"), message));
    }
    if *skip_verify && ca_file.is_some() {
        let message = "this has no effect: `skip_verify` trusts any certificate";
        issues.push(Issue::warning(format!("{at}.tls.ca_file"), message));
    }
    if !over_tls && *tls != config::Tls::default() {
        let message = "this has no effect: no target is over `https://`";
        issues.push(Issue::warning(format!("{at}.tls"), message));
    }
}

fn compile_target(
    url: &str,
    service: &config::Service,
    listen: &config::Listen,
) -> Result<Target, String> {
    let uri: Uri = url
        .parse()
        .map_err(|_| format!("`{url}` is no URL; write `http://host:port`"))?;
    let tls = match uri.scheme_str() {
        Some("http") => None,
        Some("https") => Some(service.tls.clone()),
        _ => {
            return Err(format!(
                "`{url}` does not begin with `http://` or `https://`"
            ));
        }
    };
    let authority = uri
        .authority()
        .ok_or_else(|| format!("`{url}` has no host"))?;
    if authority.as_str().contains('@') {
        return Err("a URL here may not hold a user name or password".to_owned());
    }
    if uri.query().is_some() {
        return Err("a URL here may not have a query".to_owned());
    }
    let origin = Origin {
        authority: authority.clone(),
        protocol: service.protocol,
        tls,
    };
    check_host(&origin, listen)?;
    if origin.tls.is_some() && ServerName::try_from(origin.host()).is_err() {
        return Err(format!("`{}` cannot stand in a certificate", origin.host()));
    }
    Ok(Target {
        url: url.to_owned(),
        authority: authority.clone(),
        origin: Arc::new(origin),
        base_path: uri.path().trim_end_matches('/').to_owned(),
    })
}

/// What can be told without resolving a name; the rest is checked at each connection.
fn check_host(origin: &Origin, listen: &config::Listen) -> Result<(), String> {
    let (authority, host) = (&origin.authority, origin.host());
    if !has_a_port(authority) {
        return Err(format!(
            "`{authority}` has no port that can be connected to"
        ));
    }
    let address: Option<IpAddr> = host.parse().ok();
    let local = host == "localhost"
        || host.ends_with(".localhost")
        || address.is_some_and(|ip| {
            let ip = ip.to_canonical();
            ip.is_loopback() || ip.is_unspecified() || ip == listen.address
        });
    let own = [
        Some(listen.port),
        listen.https.as_ref().map(|https| https.port),
    ];
    if local && own.contains(&Some(origin.port())) {
        return Err("this is the gateway itself; requests would go round in a circle".to_owned());
    }
    match address {
        Some(ip) if crate::proxy::connect::is_never_proxied(ip) => Err(format!(
            "{ip} is never proxied: link-local addresses serve cloud credentials"
        )),
        _ => Ok(()),
    }
}

/// A URL of something the gateway asks by itself.
///
/// # Errors
/// Why it cannot be asked.
pub(super) fn compile_url(url: &str, listen: &config::Listen) -> Result<Uri, String> {
    let uri: Uri = url
        .parse()
        .map_err(|_| format!("`{url}` is no URL; write `http://host:port/path`"))?;
    let tls = match uri.scheme_str() {
        Some("http") => None,
        Some("https") => Some(config::Tls::default()),
        _ => {
            return Err(format!(
                "`{url}` does not begin with `http://` or `https://`"
            ));
        }
    };
    let authority = uri
        .authority()
        .ok_or_else(|| format!("`{url}` has no host"))?;
    if authority.as_str().contains('@') {
        return Err("a URL here may not hold a user name or password".to_owned());
    }
    let origin = Origin {
        authority: authority.clone(),
        protocol: config::Protocol::Http1,
        tls,
    };
    check_host(&origin, listen)?;
    Ok(uri)
}

fn has_a_port(authority: &Authority) -> bool {
    match authority.port() {
        Some(port) => port.as_u16() != 0,
        None => !authority.as_str().ends_with(':') && !authority.as_str().contains(":0"),
    }
}
