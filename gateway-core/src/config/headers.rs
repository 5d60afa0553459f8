//! Changes to headers.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Changes to the headers of a message, made in this order: remove, set, add.
///
/// Values may hold `${request_id}`, `${client_ip}`, `${host}`, `${path}`, `${route}`, `${version}`
/// and `${consumer}`; `$$` is a dollar sign.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct HeaderEdits {
    /// Headers to take away.
    pub remove: Vec<String>,
    /// Headers to put in the place of those of the same name.
    pub set: Vec<HeaderLine>,
    /// Headers to put beside those of the same name.
    pub add: Vec<HeaderLine>,
}

/// One header.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HeaderLine {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// The `Host` that a service sees.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct HostHeader {
    /// Which one.
    pub kind: HostHeaderKind,
    /// The host for `fixed`, with a port if need be.
    pub value: Option<String>,
}

/// Which `Host` a service sees.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HostHeaderKind {
    /// The one the caller sent.
    #[default]
    Caller,
    /// That of the target's URL.
    Target,
    /// The one given in `value`.
    Fixed,
}
