//! Plans: limits that come with a key or a consumer.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{ConcurrencyLimit, Quota, RateLimit};
use crate::ids::PlanName;

/// A plan, such as `gold`: limits that hold for the requests of whoever has it, on all routes
/// together, beside the limits of routes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Unique name: lower-case letters, digits, `-`, `_` and `.`.
    pub name: PlanName,
    /// Its rate limits.
    #[serde(default)]
    pub rate_limits: Vec<RateLimit>,
    /// Its quotas.
    #[serde(default)]
    pub quotas: Vec<Quota>,
    /// Its limits on running requests.
    #[serde(default)]
    pub concurrency: Vec<ConcurrencyLimit>,
}
