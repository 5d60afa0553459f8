//! Who of those that are known may do what.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::ids::VersionName;

/// A rule about who may call. It holds for requests with its methods and versions; everything that
/// it gives has to be so, and all rules of a route have to let a request through.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AccessRule {
    /// Methods it holds for. Empty: all.
    pub methods: Vec<String>,
    /// Versions it holds for. Empty: all.
    pub versions: Vec<VersionName>,
    /// The caller needs at least one of these scopes.
    pub scopes_any: Vec<String>,
    /// The caller needs all of these scopes.
    pub scopes_all: Vec<String>,
    /// The caller has to be in one of these groups.
    pub groups: Vec<String>,
    /// The caller has to be one of these consumers.
    pub consumers: Vec<String>,
    /// The caller's address has to be in one of these networks, such as `10.0.0.0/8` or `::1`.
    pub allow_ips: Vec<String>,
    /// The caller's address may be in none of these networks. Comes before `allow_ips`.
    pub deny_ips: Vec<String>,
}
