//! What became of each try to get an answer.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::proxy::error::ErrorCode;

/// One try to get an answer from a target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Try {
    /// URL of the target.
    pub target: String,
    /// Why this target, in a few words, such as `round robin`, `sticky cookie` or
    /// `retry after upstream_refused, only target to choose`.
    pub chosen: Option<String>,
    /// The number of the instance, where the gateway runs the service's program.
    #[serde(default)]
    pub instance: Option<u64>,
    /// When it began, microseconds after the request arrived.
    pub at_us: u64,
    /// Whether an open connection was used again.
    pub reused_connection: bool,
    /// Time to resolve the name and connect, in microseconds; absent on a reused connection.
    pub connect_us: Option<u64>,
    /// From the beginning of the try to the first byte of the answer's head, in microseconds.
    pub first_byte_us: Option<u64>,
    /// Status of the answer.
    pub status: Option<u16>,
    /// What went wrong.
    pub code: Option<ErrorCode>,
    /// That, in one sentence.
    pub reason: Option<String>,
}
