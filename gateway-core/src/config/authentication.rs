//! How callers show who they are.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::ids::IssuerName;

/// How callers of a route show who they are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Authentication {
    /// The ways that are taken. Empty: callers don't have to show who they are.
    pub methods: Vec<AuthenticationMethod>,
    /// Whether one of the ways is enough.
    pub require: Require,
    /// Let callers through who show nothing at all. What is shown and is wrong is refused all the
    /// same.
    pub anonymous: bool,
    /// For `jwt`: names of the issuers whose tokens are taken. Empty: all issuers.
    pub issuers: Vec<IssuerName>,
    /// For `forward`: who is asked.
    pub forward: Option<ForwardAuth>,
}

/// A way to show who one is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AuthenticationMethod {
    /// An API key, where `api_keys` says.
    ApiKey,
    /// A consumer's name and password (RFC 7617).
    Basic,
    /// A signed token of an issuer, as `Authorization: Bearer` (RFC 7519, RFC 6750).
    Jwt,
    /// A service of one's own is asked, as `forward` says.
    Forward,
}

/// How many of the ways are needed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Require {
    /// Any one of them.
    #[default]
    Any,
    /// All of them. The caller is who the first of them says.
    All,
}

/// A service that is asked about each request: an answer of 2xx lets it through, any other answer
/// goes to the caller as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ForwardAuth {
    /// Where to ask, by GET, with the caller's headers and with `X-Forwarded-Method`, `-Proto`,
    /// `-Host`, `-Uri` and `-For`.
    #[schema(example = "http://127.0.0.1:9001/check")]
    pub url: String,
    /// Headers of the caller's request that are passed on to it. Empty: `Authorization` and
    /// `Cookie`.
    #[serde(default)]
    pub request_headers: Vec<String>,
    /// Headers of its answer that are put on the request for the service; copies from the caller
    /// are removed.
    #[serde(default)]
    pub response_headers: Vec<String>,
    /// Header of its answer that names the consumer. Absent: none is known.
    #[serde(default)]
    pub consumer_header: Option<String>,
    /// How long it may take, in milliseconds; then callers are answered 504.
    #[serde(default = "five_seconds")]
    #[schema(minimum = 10, maximum = 600_000)]
    pub timeout_ms: u32,
}

fn five_seconds() -> u32 {
    5_000
}

/// Where API keys are looked for, and what becomes of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ApiKeys {
    /// Headers that may carry a key.
    pub headers: Vec<String>,
    /// Also take `Authorization: Bearer`.
    pub bearer: bool,
    /// Query parameter that may carry a key. Absent, as it should be: none, for URLs end up in
    /// logs and histories.
    pub query: Option<String>,
    /// Take keys out of requests before they are sent on.
    pub strip: bool,
}

impl Default for ApiKeys {
    fn default() -> Self {
        Self {
            headers: vec!["X-API-Key".to_owned()],
            bearer: true,
            query: None,
            strip: true,
        }
    }
}
