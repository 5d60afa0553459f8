//! Where callers reach the gateway, and what the gateway takes from them.

use std::net::{IpAddr, Ipv4Addr};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Where callers reach the gateway.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Listen {
    /// Address to listen on. Loopback unless other machines are meant to reach the gateway.
    #[schema(value_type = String, example = "127.0.0.1")]
    pub address: IpAddr,
    /// TCP port.
    #[schema(minimum = 1, maximum = 65535)]
    pub port: u16,
    /// HTTPS beside HTTP, with certificates for `localhost` and names under it from a local
    /// authority that is made on first use. Absent: HTTP only.
    pub https: Option<Https>,
    /// Largest request body accepted, in bytes; larger ones are answered 413. Absent: no limit.
    pub max_request_body_bytes: Option<u64>,
    /// Limits on what callers send and how long they take.
    pub limits: CallerLimits,
}

impl Default for Listen {
    fn default() -> Self {
        Self {
            address: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: 8080,
            https: None,
            max_request_body_bytes: None,
            limits: CallerLimits::default(),
        }
    }
}

/// A listener for HTTPS, on the same address.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Https {
    /// TCP port.
    #[schema(minimum = 1, maximum = 65535)]
    pub port: u16,
}

/// Limits on what callers send and how long they take.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CallerLimits {
    /// Longest path and query, in bytes; longer ones are answered 414. At most 65,534: no longer one
    /// can be read at all.
    #[schema(minimum = 256, maximum = 65_534)]
    pub max_uri_bytes: u32,
    /// Largest headers, names and values together, in bytes; larger ones are answered 431.
    #[schema(minimum = 1_024, maximum = 196_608)]
    pub max_header_bytes: u32,
    /// Most header fields; more are answered 431.
    #[schema(minimum = 8, maximum = 1_000)]
    pub max_headers: u16,
    /// How long a caller may take to send a request's head, in milliseconds; then the connection
    /// is answered 408 and closed.
    #[schema(minimum = 100, maximum = 600_000)]
    pub header_read_timeout_ms: u32,
    /// How long a connection may stay open without a request, how long an answer may wait to be read,
    /// and how long a request's body may stand still before there is an answer, in milliseconds.
    #[schema(minimum = 100, maximum = 3_600_000)]
    pub idle_timeout_ms: u32,
    /// Most connections at once, over HTTP and HTTPS together; more are answered 503 and closed, over
    /// HTTPS closed alone.
    #[schema(minimum = 1, maximum = 1_000_000)]
    pub max_connections: u32,
}

impl Default for CallerLimits {
    fn default() -> Self {
        Self {
            max_uri_bytes: 16 * 1024,
            max_header_bytes: 64 * 1024,
            max_headers: 100,
            header_read_timeout_ms: 30_000,
            idle_timeout_ms: 60_000,
            max_connections: 4_096,
        }
    }
}
