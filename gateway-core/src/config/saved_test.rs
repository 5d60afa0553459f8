//! Requests of which it is known where they belong, tried anew on every change.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::HeaderLine;
use crate::ids::VersionName;

/// A request of which it is known where it belongs. Every change is tried with it, and
/// `gatewright test` does so for a file; nothing is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SavedTest {
    /// Its method, path and query, such as `GET /v1/orders/8123`.
    #[schema(example = "GET /v1/orders/8123")]
    pub request: String,
    /// The host it is made to. Absent: `localhost`.
    #[serde(default)]
    #[schema(example = "shop.localhost")]
    pub host: Option<String>,
    /// Its headers. A secret has no place here: `•••` stands for one where a route asks for the header.
    #[serde(default)]
    pub headers: Vec<HeaderLine>,
    /// The version it has to come to. Absent: any. Only for a test of a route.
    #[serde(default)]
    pub version: Option<VersionName>,
}

/// The request in one line: ``GET /orders on `shop.localhost` with `x-tester: 1` ``.
impl fmt::Display for SavedTest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            request,
            host,
            headers,
            version: _,
        } = self;
        write!(f, "`{request}`")?;
        if let Some(host) = host {
            write!(f, " on `{host}`")?;
        }
        for (n, HeaderLine { name, value }) in headers.iter().enumerate() {
            let joint = if n == 0 { "with" } else { "and" };
            write!(f, " {joint} `{name}: {value}`")?;
        }
        Ok(())
    }
}
