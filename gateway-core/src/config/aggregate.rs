//! One answer made of several: which services are asked for its parts, and where each part stands.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::HeaderLine;
use crate::ids::ServiceName;

/// Asks several services and makes one JSON answer of theirs. Parts are asked at the same time, but
/// for those that need another's answer.
///
/// Where a text may refer to something, `{{…}}` stands for a value: `{{user.address.city}}` for one of
/// the answer of part `user`, `{{orders.items[0].id}}` for one in a list and `{{orders.items[*].id}}`
/// for that of each of its entries; `{{request.path.id}}`, `{{request.query.page}}`,
/// `{{request.header.x-tenant}}` and `{{request.body.name}}` for one of the caller's request. A part
/// that would need a value that is missing or null is not asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Aggregate {
    /// The parts, in the order in which they stand in the answer.
    #[schema(min_items = 1, max_items = 32)]
    pub parts: Vec<Part>,
    /// How long the whole answer may take, from the request's arrival, in milliseconds. What is not
    /// there by then has failed.
    #[serde(default = "deadline")]
    #[schema(minimum = 1, maximum = 600_000)]
    pub deadline_ms: u32,
    /// Most bytes of all parts together. Beyond it the answer is 502.
    #[serde(default = "most_bytes")]
    #[schema(minimum = 1, maximum = 268_435_456)]
    pub max_bytes: u64,
    /// Say in the answer itself, under `_meta`, which parts are missing and why. The headers
    /// `X-Gateway-Completed` and `X-Gateway-Incomplete` say which in any case.
    #[serde(default)]
    pub meta: bool,
}

fn deadline() -> u32 {
    10_000
}

fn most_bytes() -> u64 {
    10 * 1024 * 1024
}

/// One part of an answer: a request to a service, and what becomes of its answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AggregatePart)]
pub struct Part {
    /// Its name, by which other parts refer to it: letters, digits, `-` and `_`.
    #[schema(example = "user")]
    pub name: String,
    /// The service that is asked.
    pub service: ServiceName,
    /// Method of the request.
    #[serde(default = "get")]
    pub method: String,
    /// The path that is asked for, without a query. May hold `{{…}}`, percent-encoded when it is put in.
    #[schema(example = "/users/{{request.path.id}}")]
    pub path: String,
    /// Parameters of the query. Values may hold `{{…}}`.
    #[serde(default)]
    pub query: Vec<PartParameter>,
    /// Headers, in the place of the caller's of the same name. Values may hold `{{…}}`.
    #[serde(default)]
    pub headers: Vec<HeaderLine>,
    /// Body of the request, as JSON. A text in it may hold `{{…}}`; one that is nothing else becomes the
    /// value itself, with its type. Absent: none.
    #[serde(default)]
    pub body: Option<Value>,
    /// How long it may take in all, in milliseconds.
    #[serde(default = "timeout")]
    #[schema(minimum = 1, maximum = 600_000)]
    pub timeout_ms: u32,
    /// Whether there is no answer without it. Its status is then the caller's: 4xx as it is, 502 for
    /// other failures, 504 where it took too long.
    #[serde(default = "yes")]
    pub required: bool,
    /// How many times it is tried again at most. Absent: as the service says.
    #[serde(default)]
    #[schema(maximum = 10)]
    pub retries: Option<u8>,
    /// Where it stands in the answer, such as `user.orders`. Empty: its fields stand in the answer
    /// itself. Absent: under its name.
    #[serde(default)]
    #[schema(example = "user.orders")]
    pub mount: Option<String>,
    /// Leave it out of the answer: others only need it.
    #[serde(default)]
    pub hidden: bool,
    /// Fields to keep, such as `address.city`; in a list, of each entry. Empty: all of them.
    #[serde(default)]
    pub select: Vec<String>,
    /// Fields to take away.
    #[serde(default)]
    pub drop: Vec<String>,
    /// Fields to call otherwise.
    #[serde(default)]
    pub rename: Vec<Rename>,
    /// What stands in its place where it fails. The answer counts as incomplete all the same. Absent:
    /// nothing.
    #[serde(default)]
    pub default: Option<Value>,
    /// Most bytes of its answer; of each one where it is asked for each entry of a list.
    #[serde(default = "most_part_bytes")]
    #[schema(minimum = 1, maximum = 268_435_456)]
    pub max_bytes: u64,
    /// Ask once for each entry of a list; the part is then the list of the answers, in its order.
    #[serde(default)]
    pub for_each: Option<ForEach>,
}

fn get() -> String {
    "GET".to_owned()
}

fn timeout() -> u32 {
    5_000
}

fn yes() -> bool {
    true
}

fn most_part_bytes() -> u64 {
    1024 * 1024
}

/// A parameter of a query.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PartParameter {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// Another name for a field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = FieldName)]
pub struct Rename {
    /// The field, such as `address.zip`; in a list, that of each entry.
    pub from: String,
    /// What it is called, in the same place.
    pub to: String,
}

/// A request for each entry of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ForEach {
    /// The list, such as `orders.items`. The part's texts refer to the entry as `{{item}}` or
    /// `{{item.id}}`.
    #[schema(example = "orders.items")]
    pub list: String,
    /// How many are asked at the same time.
    #[serde(default = "concurrency")]
    #[schema(minimum = 1, maximum = 100)]
    pub concurrency: u16,
    /// Most entries. A longer list is a failure of the part.
    #[serde(default = "most_items")]
    #[schema(minimum = 1, maximum = 1_000)]
    pub max_items: u16,
}

fn concurrency() -> u16 {
    8
}

fn most_items() -> u16 {
    100
}
