//! What a request must look like for a route to take it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a request must look like. Everything given has to hold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Match {
    /// Host names without port: exact, such as `shop.localhost`, or with a wildcard for one or
    /// more whole labels at the front, such as `*.shop.localhost`. Empty: any host.
    pub hosts: Vec<String>,
    /// The path, read as `path_kind` says.
    #[schema(example = "/orders")]
    pub path: String,
    /// How `path` is read.
    pub path_kind: PathKind,
    /// Methods. Empty: any method.
    pub methods: Vec<String>,
    /// Conditions on headers. All of them have to hold.
    pub headers: Vec<Condition>,
    /// Conditions on query parameters. All of them have to hold.
    pub query: Vec<Condition>,
}

impl Default for Match {
    fn default() -> Self {
        Self {
            hosts: Vec::new(),
            path: "/".to_owned(),
            path_kind: PathKind::default(),
            methods: Vec::new(),
            headers: Vec::new(),
            query: Vec::new(),
        }
    }
}

/// How a route's path is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PathKind {
    /// Whole segments from the beginning: `/orders` takes `/orders` and `/orders/7`, not
    /// `/orders-old`.
    #[default]
    Prefix,
    /// This path and no other.
    Exact,
    /// Segments, some of them parameters: `/orders/{id}` takes `/orders/7`, not `/orders/7/items`.
    /// A last `{name...}` takes one or more segments.
    Template,
    /// A regular expression for the whole path, matched in linear time (syntax of the Rust crate
    /// `regex`; no look-around, no back references).
    Regex,
}

/// A condition on one header or query parameter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// Name of the header (in any case) or of the query parameter.
    pub name: String,
    /// What is asked of it.
    #[serde(default)]
    pub test: ConditionTest,
    /// The value for `equals`, or the regular expression for `matches`.
    #[serde(default)]
    pub value: Option<String>,
}

/// What a condition asks. Where a name comes more than once, one of its values has to do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConditionTest {
    /// It is exactly `value`.
    #[default]
    Equals,
    /// All of it matches the regular expression `value`.
    Matches,
    /// It is there.
    Present,
    /// It is not there.
    Absent,
}
