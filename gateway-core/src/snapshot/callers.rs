//! What the gateway takes from callers, compiled.

use std::time::Duration;

use crate::config;

/// Longest target that `http::Uri` can hold, in bytes; no limit lies above it.
pub const LONGEST_TARGET: usize = 65_534;

/// Limits on what callers send and how long they take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallerLimits {
    /// Longest path and query, in bytes.
    pub max_uri_bytes: usize,
    /// Largest headers, names and values together, in bytes.
    pub max_header_bytes: usize,
    /// Most header fields.
    pub max_headers: usize,
    /// How long a request's head may take.
    pub header_read_timeout: Duration,
    /// How long a connection may stay open without a request, and a body may stand still.
    pub idle_timeout: Duration,
    /// Most connections at once.
    pub max_connections: usize,
}

impl Default for CallerLimits {
    fn default() -> Self {
        Self::from(&config::CallerLimits::default())
    }
}

impl From<&config::CallerLimits> for CallerLimits {
    fn from(limits: &config::CallerLimits) -> Self {
        let config::CallerLimits {
            max_uri_bytes,
            max_header_bytes,
            max_headers,
            header_read_timeout_ms,
            idle_timeout_ms,
            max_connections,
        } = *limits;
        let size = |bytes: u32| usize::try_from(bytes).unwrap_or(usize::MAX);
        let ms = |ms: u32| Duration::from_millis(ms.into());
        Self {
            max_uri_bytes: size(max_uri_bytes),
            max_header_bytes: size(max_header_bytes),
            max_headers: max_headers.into(),
            header_read_timeout: ms(header_read_timeout_ms),
            idle_timeout: ms(idle_timeout_ms),
            max_connections: size(max_connections),
        }
    }
}
