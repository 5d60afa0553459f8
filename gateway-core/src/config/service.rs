//! A service: a named upstream and its targets.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::ids::ServiceName;

/// A named upstream.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// Unique name: lower-case letters, digits, `-`, `_` and `.`.
    pub name: ServiceName,
    /// Where instances of the service listen. Requests go to each in turn.
    #[schema(min_items = 1)]
    pub targets: Vec<Target>,
    /// How long the gateway waits.
    #[serde(default)]
    pub timeouts: Timeouts,
}

/// One instance of a service.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// `http://host:port`, with an optional path that is put before the request's path.
    #[schema(example = "http://127.0.0.1:3000")]
    pub url: String,
}

/// How long the gateway waits for a service, in milliseconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Timeouts {
    /// For a connection.
    #[schema(minimum = 1, maximum = 600_000)]
    pub connect_ms: u32,
    /// From the request's last byte to the first byte of an answer.
    #[schema(minimum = 1, maximum = 3_600_000)]
    pub first_byte_ms: u32,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect_ms: 2_000,
            first_byte_ms: 60_000,
        }
    }
}
