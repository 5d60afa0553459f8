//! Answers that stand in for a service, while it is being written or to see what callers do.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{HeaderLine, Match};

/// Answers that stand in for a service. The first rule that fits a request answers it; a request
/// that none fits goes to the service as ever, and where there is none it is answered 404.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Mock {
    /// Switched off, the rules are kept and the service answers.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// The rules, in their order.
    #[schema(min_items = 1)]
    pub rules: Vec<MockRule>,
}

fn yes() -> bool {
    true
}

/// One answer of a mock.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MockRule {
    /// What a request must look like, beyond what the route asks of it. The path is that of the
    /// request, without a version that stands in it.
    #[serde(default, rename = "match")]
    pub matches: Match,
    /// Its status.
    #[serde(default = "ok")]
    #[schema(minimum = 200, maximum = 599)]
    pub status: u16,
    /// Its headers.
    #[serde(default)]
    pub headers: Vec<HeaderLine>,
    /// Its body: a template in the syntax of Jinja. `{{ path.id }}`, `{{ query.page }}`,
    /// `{{ headers["user-agent"] }}` and `{{ body.name }}` (of a JSON body) are of the request, as are
    /// `method`, `url`, `request_id`, `consumer`, `route` and `version`; `now` is the time (RFC 3339).
    /// Values are put in as they are, in HTML escaped; `{{ body | tojson }}` writes one as JSON.
    #[serde(default)]
    #[schema(example = "{\"id\": {{ path.id | tojson }}, \"paid\": true}")]
    pub body: String,
    /// How long to wait before answering, in milliseconds.
    #[serde(default)]
    #[schema(maximum = 60_000)]
    pub delay_ms: u32,
}

fn ok() -> u16 {
    200
}
