//! Which web pages of other origins may call.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Cross-Origin Resource Sharing, as the Fetch standard has it. Preflight requests are answered by
/// the gateway before any credential is asked for, and the headers are on refusals too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Cors {
    /// Origins that may call: exact, such as `http://localhost:5173`; with any port,
    /// `http://localhost:*`; with any subdomain, `https://*.example.com`; or `*` for all.
    pub origins: Vec<String>,
    /// Methods that pages may use. Empty: those that the route takes.
    pub methods: Vec<String>,
    /// Request headers that pages may set. `*` for any.
    pub headers: Vec<String>,
    /// Headers of answers that pages may read, beside the few that they always may.
    pub expose: Vec<String>,
    /// Whether pages may send cookies and other credentials. Not together with the origin `*`.
    pub credentials: bool,
    /// How long a browser may remember a preflight's answer, in seconds.
    #[schema(maximum = 86_400)]
    pub max_age_s: u32,
}

impl Default for Cors {
    fn default() -> Self {
        Self {
            origins: Vec::new(),
            methods: Vec::new(),
            headers: vec!["*".to_owned()],
            expose: Vec::new(),
            credentials: false,
            max_age_s: 600,
        }
    }
}
