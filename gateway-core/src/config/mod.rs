//! What people write: plain types without behaviour, the same in the UI, the admin API and
//! `gatewright.yaml`. Requests never read them; see [`crate::snapshot`].

pub mod diff;
pub mod file;
pub mod issue;
mod recording;
mod route;
pub mod schema;
mod service;

use std::net::{IpAddr, Ipv4Addr};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use issue::{Issue, Severity};
pub use recording::{Recording, Redaction, Retention};
pub use route::{Authentication, AuthenticationKind, LimitBy, Match, Per, RateLimit, Route};
pub use service::{Service, Target, Timeouts};

/// The whole configuration of a gateway: one document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Version of this document's format. Always 1.
    #[schema(minimum = 1, maximum = 1)]
    pub version: u32,
    /// Where callers reach the gateway.
    #[serde(default)]
    pub listen: Listen,
    /// What of each request is kept, and for how long.
    #[serde(default)]
    pub recording: Recording,
    /// The built-in echo service, which answers every request with what it received.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub echo: Option<Echo>,
    /// The services behind the gateway.
    #[serde(default)]
    pub services: Vec<Service>,
    /// Which requests go where, and on what terms.
    #[serde(default)]
    pub routes: Vec<Route>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            version: 1,
            listen: Listen::default(),
            recording: Recording::default(),
            echo: None,
            services: Vec::new(),
            routes: Vec::new(),
        }
    }
}

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
    /// Largest request body accepted, in bytes; larger ones are answered 413. Absent: no limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_request_body_bytes: Option<u64>,
}

impl Default for Listen {
    fn default() -> Self {
        Self {
            address: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: 8080,
            max_request_body_bytes: None,
        }
    }
}

/// The built-in echo service.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Echo {
    /// TCP port on 127.0.0.1.
    #[schema(minimum = 1, maximum = 65535)]
    pub port: u16,
}
