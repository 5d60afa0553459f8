//! Opens connections to targets, and refuses those that must not be opened.
//!
//! The decision is made on the address that a name resolved to, at each connection, so that a name
//! which changes its address gets nowhere new.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use parking_lot::RwLock;
use tokio::net::TcpStream;

use super::error::{ErrorCode, ProxyError};

/// Addresses that this process listens on. A request to one of them would reach the admin API
/// through the proxy, or go round in a circle.
#[derive(Clone, Default)]
pub struct OwnAddresses(Arc<RwLock<Vec<SocketAddr>>>);

impl OwnAddresses {
    /// Adds an address that a listener of this process was bound to.
    pub fn add(&self, address: SocketAddr) {
        self.0.write().push(address);
    }

    /// Removes an address whose listener is gone.
    pub fn remove(&self, address: SocketAddr) {
        self.0.write().retain(|own| *own != address);
    }

    /// Whether a connection to `address` would reach this process.
    pub fn contain(&self, address: SocketAddr) -> bool {
        let ip = address.ip().to_canonical();
        self.0.read().iter().any(|own| {
            let own_ip = own.ip().to_canonical();
            own.port() == address.port()
                && (own_ip == ip || ip.is_unspecified() || own_ip.is_unspecified())
        })
    }
}

/// Link-local addresses: on cloud machines they hand credentials to whoever asks.
pub fn is_never_proxied(ip: IpAddr) -> bool {
    const AWS_METADATA: Ipv6Addr = Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254);
    match ip.to_canonical() {
        IpAddr::V4(ip) => ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_unicast_link_local() || ip == AWS_METADATA,
    }
}

/// Connects to a host, trying each address its name has.
///
/// # Errors
/// Why there is no connection, with the address in the text for the log.
pub async fn connect(host: &str, port: u16, own: &OwnAddresses) -> Result<TcpStream, ProxyError> {
    let addresses = resolve(host, port).await?;
    let mut failure = ProxyError::Upstream(
        ErrorCode::UpstreamUnresolved,
        format!("`{host}` has no address"),
    );
    for address in addresses {
        failure = match connect_one(address, own).await {
            Ok(stream) => return Ok(stream),
            Err(error) => error,
        };
    }
    Err(failure)
}

async fn resolve(host: &str, port: u16) -> Result<Vec<SocketAddr>, ProxyError> {
    // RFC 6761, section 6.3. Resolvers differ: many know no name under it, or one of its addresses.
    if host == "localhost" || host.ends_with(".localhost") {
        let both = [
            IpAddr::from(Ipv6Addr::LOCALHOST),
            Ipv4Addr::LOCALHOST.into(),
        ];
        return Ok(both.map(|ip| SocketAddr::new(ip, port)).to_vec());
    }
    let found = tokio::net::lookup_host((host, port)).await;
    found.map(Iterator::collect).map_err(|error| {
        let reason = format!("`{host}` could not be resolved: {error}");
        ProxyError::Upstream(ErrorCode::UpstreamUnresolved, reason)
    })
}

async fn connect_one(address: SocketAddr, own: &OwnAddresses) -> Result<TcpStream, ProxyError> {
    let forbidden = |why: &str| {
        Err(ProxyError::Upstream(
            ErrorCode::UpstreamForbidden,
            format!("{address} {why}"),
        ))
    };
    if own.contain(address) {
        return forbidden("is Gatewright itself");
    }
    if is_never_proxied(address.ip()) {
        return forbidden("is a link-local address, which is never proxied");
    }
    let stream = TcpStream::connect(address).await.map_err(|error| {
        ProxyError::Upstream(
            ErrorCode::UpstreamRefused,
            format!("no connection to {address}: {error}"),
        )
    })?;
    // Answers come in small pieces; waiting to fill a packet only delays them.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%address, %error, "TCP_NODELAY could not be set");
    }
    Ok(stream)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SE-3; reliability.md, item 16
    #[test]
    fn own_listeners_are_recognised_however_they_are_written() {
        let own = OwnAddresses::default();
        own.add("127.0.0.1:9180".parse().unwrap());
        for (address, is_own) in [
            ("127.0.0.1:9180", true),
            ("[::ffff:127.0.0.1]:9180", true),
            ("0.0.0.0:9180", true),
            ("127.0.0.1:9181", false),
            ("[::1]:9180", false),
        ] {
            assert_eq!(own.contain(address.parse().unwrap()), is_own, "{address}");
        }
    }

    /// reliability.md, item 18
    #[test]
    fn credential_addresses_are_never_proxied() {
        for (ip, never) in [
            ("169.254.169.254", true),
            ("::ffff:169.254.169.254", true),
            ("fe80::1", true),
            ("fd00:ec2::254", true),
            ("127.0.0.1", false),
            ("10.0.0.1", false),
        ] {
            assert_eq!(is_never_proxied(ip.parse().unwrap()), never, "{ip}");
        }
    }
}
