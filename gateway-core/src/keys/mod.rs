//! API keys: what one looks like, and which are good.

pub mod format;
mod ring;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::ids::KeyId;

pub use ring::{Issued, KeyError, KeyRefusal, KeyRing};

/// An API key as people may see it: everything but the key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ApiKey {
    /// Identifies the key; sent to services as `X-Credential-Id`.
    pub id: KeyId,
    /// Name given by the person who issued it.
    #[schema(example = "mobile-dev")]
    pub name: String,
    /// Who uses it; sent to services as `X-Consumer-Id`. Several keys may have the same consumer.
    #[schema(example = "mobile-dev")]
    pub consumer: String,
    /// Beginning and last four characters, such as `gw_dev_…3f9c`.
    pub hint: String,
    /// When it was issued, microseconds since 1970.
    pub created_at_us: i64,
    /// When it was revoked, microseconds since 1970; absent while it is good.
    pub revoked_at_us: Option<i64>,
}

/// SHA-256 of an API key: all that is stored of it. A fast hash is enough because a key has about
/// 178 random bits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyHash(pub [u8; 32]);
