//! An API key, as people may see it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::KeyAccess;
use crate::ids::{KeyId, PlanName};

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
    /// Notes for people. They decide nothing.
    pub labels: BTreeMap<String, String>,
    /// Scopes of whoever shows it, beside those of its consumer.
    pub scopes: Vec<String>,
    /// Its plan. Absent: that of its consumer.
    pub plan: Option<PlanName>,
    /// Where it may be used.
    pub access: KeyAccess,
    /// Beginning and last four characters, such as `gw_dev_…3f9c`.
    pub hint: String,
    /// When it was issued, microseconds since 1970.
    pub created_at_us: i64,
    /// From when on it is refused, microseconds since 1970. Absent: never.
    pub expires_at_us: Option<i64>,
    /// When it was last shown and good, microseconds since 1970; to about a second. Absent: never.
    pub last_used_at_us: Option<i64>,
    /// When it was revoked, microseconds since 1970; absent while it is good.
    pub revoked_at_us: Option<i64>,
    /// The key that it was issued in place of.
    pub rolled_from: Option<KeyId>,
    /// The key that was issued in its place.
    pub replaced_by: Option<KeyId>,
}

/// Whether an API key is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum KeyState {
    /// It is.
    Good,
    /// It has expired.
    Expired,
    /// It was revoked, for good.
    Revoked,
}

impl ApiKey {
    /// Whether it is good at a moment, microseconds since 1970.
    pub fn state(&self, now_us: i64) -> KeyState {
        match (self.revoked_at_us, self.expires_at_us) {
            (Some(_), _) => KeyState::Revoked,
            (None, Some(end)) if end <= now_us => KeyState::Expired,
            (None, _) => KeyState::Good,
        }
    }

    /// Whether it was good at a moment that may have passed. Never asked by requests: for them what
    /// was revoked stays so, also where the clock is set back.
    pub fn state_then(&self, then_us: i64) -> KeyState {
        match self.revoked_at_us {
            Some(at_us) if then_us < at_us => {
                let not_yet = Self {
                    revoked_at_us: None,
                    ..self.clone()
                };
                not_yet.state(then_us)
            }
            _ => self.state(then_us),
        }
    }
}

/// SHA-256 of an API key: all that is stored of it. A fast hash is enough because a key has about
/// 178 random bits. Keys are found by it, and never compared themselves: how long that takes says
/// something about hashes, which nobody can choose, and nothing about keys.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyHash(pub [u8; 32]);
