//! Where a target's connections lead, and how they are made.

use std::net::IpAddr;
use std::sync::Arc;

use http::uri::{Authority, Scheme};

use crate::config::{Protocol, Tls};

/// Where connections lead and how they are made. Targets of equal origins share connections.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Origin {
    /// Host, and port if one was written.
    pub authority: Authority,
    /// The version of HTTP that is spoken.
    pub protocol: Protocol,
    /// How it is trusted; `None` without TLS.
    pub tls: Option<Tls>,
}

impl Origin {
    /// `http` or `https`.
    pub fn scheme(&self) -> Scheme {
        match &self.tls {
            Some(_) => Scheme::HTTPS,
            None => Scheme::HTTP,
        }
    }

    /// Name or address to connect to, without brackets.
    pub fn host(&self) -> &str {
        self.authority.host().trim_matches(['[', ']'])
    }

    /// Port to connect to.
    pub fn port(&self) -> u16 {
        let default = match &self.tls {
            Some(_) => 443,
            None => 80,
        };
        self.authority.port_u16().unwrap_or(default)
    }

    /// Whether the host has to be resolved, so that its address may change.
    pub fn is_name(&self) -> bool {
        self.host().parse::<IpAddr>().is_err()
    }

    /// The same for requests that ask for another protocol on their connection, which HTTP/2 cannot
    /// do (RFC 9113, section 8.6): HTTP/1.1, unless only HTTP/2 is spoken.
    pub fn for_upgrade(self: &Arc<Self>) -> Arc<Self> {
        match (self.protocol, &self.tls) {
            (Protocol::Auto, Some(_)) => Arc::new(Self {
                protocol: Protocol::Http1,
                ..Self::clone(self)
            }),
            _ => self.clone(),
        }
    }
}
