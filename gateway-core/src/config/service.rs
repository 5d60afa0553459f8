//! A service: a named upstream and its targets.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Balance, Breaker, Health, Process, Retries};
use crate::ids::ServiceName;

/// A named upstream.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// Unique name: lower-case letters, digits, `-`, `_` and `.`.
    pub name: ServiceName,
    /// Where instances of the service listen.
    #[schema(min_items = 1)]
    pub targets: Vec<Target>,
    /// The version of HTTP that its targets speak.
    #[serde(default)]
    pub protocol: Protocol,
    /// How targets over `https://` are trusted.
    #[serde(default)]
    pub tls: Tls,
    /// Which target a request goes to.
    #[serde(default)]
    pub balance: Balance,
    /// How it is found out that a target does not answer.
    #[serde(default)]
    pub health: Health,
    /// Stops calling a service that keeps failing. Absent: never.
    #[serde(default)]
    pub breaker: Option<Breaker>,
    /// When a request that failed is tried again.
    #[serde(default)]
    pub retries: Retries,
    /// How long a request waits for a target that does not listen at the moment, as when it is
    /// being restarted, in milliseconds. At most 100 requests wait at once. 0: not at all.
    #[serde(default)]
    #[schema(maximum = 60_000)]
    pub hold_ms: u32,
    /// How long the gateway waits.
    #[serde(default)]
    pub timeouts: Timeouts,
    /// The program that answers for it, which the gateway starts and ends. Absent: something else
    /// does that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub process: Option<Process>,
}

/// One instance of a service.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// `http://host:port` or `https://host:port`, with an optional path that is put before the
    /// request's path.
    #[schema(example = "http://127.0.0.1:3000")]
    pub url: String,
    /// Its share of the requests, beside that of the other targets. 0: it gets none.
    #[serde(default = "one")]
    #[schema(maximum = 1_000)]
    pub weight: u16,
}

fn one() -> u16 {
    1
}

/// The version of HTTP that targets speak.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Protocol {
    /// HTTP/1.1 over `http://`; over `https://` what the target chooses (ALPN, RFC 7301).
    #[default]
    Auto,
    /// HTTP/1.1.
    Http1,
    /// HTTP/2, over `http://` without asking first (RFC 9113, section 3.3). For gRPC.
    Http2,
}

/// How targets over `https://` are trusted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Tls {
    /// File with certificates (PEM) of the authorities to trust instead of the system's.
    pub ca_file: Option<String>,
    /// Name to ask for and to find in the certificate, instead of the host of the target's URL.
    pub server_name: Option<String>,
    /// Trust any certificate. Anyone between here and the target can then read and change
    /// everything.
    pub skip_verify: bool,
}

/// How long the gateway waits for a service, in milliseconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Timeouts {
    /// For a connection, TLS included.
    #[schema(minimum = 1, maximum = 600_000)]
    pub connect_ms: u32,
    /// From the request's last byte to the first byte of an answer.
    #[schema(minimum = 1, maximum = 3_600_000)]
    pub first_byte_ms: u32,
    /// How long an answer, or a tunnel such as a WebSocket's, may stand still. Absent: for ever.
    #[schema(minimum = 1, maximum = 86_400_000)]
    pub idle_ms: Option<u32>,
    /// From the request's arrival to the last byte of the answer, all tries together. Absent: no
    /// limit.
    #[schema(minimum = 1, maximum = 86_400_000)]
    pub total_ms: Option<u32>,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect_ms: 2_000,
            first_byte_ms: 60_000,
            idle_ms: None,
            total_ms: None,
        }
    }
}
