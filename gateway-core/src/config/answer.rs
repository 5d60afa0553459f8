//! Answers that the gateway gives by itself: redirects and fixed responses.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::HeaderLine;

/// Sends callers elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Redirect {
    /// Where to: a path or a whole URL. `{name}` stands for a parameter of the route's path,
    /// `{rest}` for what follows a prefix, `{path}` and `{query}` for those of the request and
    /// `{host}` for its host without port.
    #[schema(example = "https://{host}{path}")]
    pub to: String,
    /// 301, 302, 303, 307 or 308.
    #[serde(default = "found")]
    #[schema(minimum = 301, maximum = 308)]
    pub status: u16,
}

fn found() -> u16 {
    302
}

/// An answer that is always the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FixedAnswer {
    /// Its status.
    #[serde(default = "ok")]
    #[schema(minimum = 200, maximum = 599)]
    pub status: u16,
    /// Its headers.
    #[serde(default)]
    pub headers: Vec<HeaderLine>,
    /// Its body, as it is.
    #[serde(default)]
    pub body: String,
}

fn ok() -> u16 {
    200
}
