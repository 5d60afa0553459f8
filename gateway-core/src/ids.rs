//! Names and ids as types, so that one cannot be passed for another.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

macro_rules! name_type {
    ($(#[$doc:meta])* $name:ident) => {
        name_type! { $(#[$doc])* $name, "orders", "^[a-z0-9][a-z0-9._-]{0,62}$" }
    };
    ($(#[$doc:meta])* $name:ident, $example:literal, $pattern:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
        #[serde(transparent)]
        #[schema(value_type = String, example = $example, pattern = $pattern)]
        pub struct $name(String);

        impl $name {
            /// Takes any text; what a name may look like is checked by [`crate::config::schema`].
            pub fn new(name: impl Into<String>) -> Self {
                Self(name.into())
            }

            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(name: &str) -> Self {
                Self(name.to_owned())
            }
        }
    };
}

name_type! {
    /// Names a service. Unique among services; the log and counters refer to it.
    ServiceName
}
name_type! {
    /// Names a route. Unique among routes; the log and counters refer to it.
    RouteName
}
name_type! {
    /// Names a version of a route. Unique within the route; the log and counters refer to it.
    VersionName
}
name_type! {
    /// Names a plan. Unique among plans; counters refer to it.
    PlanName
}
name_type! {
    /// Names an issuer of tokens. Unique among issuers.
    IssuerName
}
name_type! {
    /// Names a consumer: printable ASCII, at most 64 characters. The log and counters refer to it.
    ConsumerName, "mobile-app", "^[!-~]([ -~]{0,62}[!-~])?$"
}

/// Identifies an API key without saying anything of its value.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema,
)]
#[serde(transparent)]
#[schema(value_type = String, format = "uuid")]
pub struct KeyId(pub Uuid);

/// Identifies one exchange in the log. A UUIDv7 (RFC 9562): sorts by the time the request arrived.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema,
)]
#[serde(transparent)]
#[schema(value_type = String, format = "uuid")]
pub struct ExchangeId(pub Uuid);

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for ExchangeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
