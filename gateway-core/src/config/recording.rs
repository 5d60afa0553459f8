//! What of each request is kept.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What of each request is kept in the log, and for how long.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Recording {
    /// Keep the beginning of request and response bodies.
    pub bodies: bool,
    /// How much of each body is kept, in bytes. Of all bodies that pass at a time, 256 MiB are kept
    /// beyond the first 64 KiB of each; then less is.
    #[schema(minimum = 0, maximum = 16_777_216)]
    pub max_body_bytes: u32,
    /// How many WebSocket messages and server-sent events are kept of each exchange, from its
    /// beginning, and 16 MiB of them at most. Only where bodies are; of each as much as of a body, and 1 MiB
    /// at most.
    #[schema(maximum = 10_000)]
    pub max_messages: u32,
    /// Offer figures to Prometheus, at `/api/v1/metrics` of the admin API where it has a socket.
    pub metrics: bool,
    /// What is masked besides the usual credentials, before anything is kept.
    pub redact: Redaction,
    /// When rows are deleted, oldest first. Whichever bound is reached first counts.
    pub retention: Retention,
}

impl Default for Recording {
    fn default() -> Self {
        Self {
            bodies: true,
            max_body_bytes: 64 * 1024,
            max_messages: 500,
            metrics: false,
            redact: Redaction::default(),
            retention: Retention::default(),
        }
    }
}

/// Names masked in addition to the built-in list (`Authorization`, `Cookie`, `token`, …).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Redaction {
    /// Header names, in any case.
    pub headers: Vec<String>,
    /// Names of query parameters, form fields and JSON members, in any case.
    pub fields: Vec<String>,
}

/// Bounds of the log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Retention {
    /// Most rows kept.
    #[schema(minimum = 100)]
    pub max_rows: u64,
    /// Largest size of the log on disk, in bytes.
    #[schema(minimum = 1_048_576)]
    pub max_bytes: u64,
    /// Oldest row kept, in days.
    #[schema(minimum = 1, maximum = 3650)]
    pub max_age_days: u32,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            max_rows: 1_000_000,
            max_bytes: 2 * 1024 * 1024 * 1024,
            max_age_days: 30,
        }
    }
}
