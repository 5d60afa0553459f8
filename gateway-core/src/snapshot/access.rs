//! Who of those that are known may do what, compiled.

use http::Method;
use ipnet::IpNet;

use crate::ids::VersionName;

/// A rule about who may call a route. Everything that it gives has to be so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessRule {
    /// Where it stands, such as `authorization[0]`.
    pub at: String,
    /// Methods it holds for; empty for all.
    pub methods: Vec<Method>,
    /// Versions it holds for; empty for all.
    pub versions: Vec<VersionName>,
    /// The caller needs one of these.
    pub scopes_any: Vec<String>,
    /// The caller needs all of these.
    pub scopes_all: Vec<String>,
    /// The caller has to be in one of these.
    pub groups: Vec<String>,
    /// The caller has to be one of these.
    pub consumers: Vec<String>,
    /// The address has to be in one of these.
    pub allow_ips: Vec<IpNet>,
    /// The address may be in none of these.
    pub deny_ips: Vec<IpNet>,
}

impl AccessRule {
    /// Whether the rule holds for a request with this method and version.
    pub fn concerns(&self, method: &Method, version: Option<&VersionName>) -> bool {
        let of_method = self.methods.is_empty() || self.methods.contains(method);
        let of_version = self.versions.is_empty()
            || version.is_some_and(|version| self.versions.contains(version));
        of_method && of_version
    }
}
