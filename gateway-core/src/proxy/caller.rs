//! Who is asking.

use std::sync::Arc;

use http::{HeaderMap, HeaderName};
use serde_json::{Map, Value};

use crate::ids::{KeyId, PlanName};
use crate::keys::ApiKey;

/// Who is asking, as far as the route asked.
#[derive(Clone, Default)]
pub struct Caller {
    /// The API key shown.
    pub key: Option<Arc<ApiKey>>,
    /// The consumer, whatever way it was shown.
    pub consumer: Option<Arc<str>>,
    /// What tells this credential from others of the same consumer: id of the key, `jti` or subject
    /// of the token, name of the user. Sent to services as `X-Credential-Id`.
    pub credential: Option<Arc<str>>,
    /// Groups of the consumer.
    pub groups: Vec<String>,
    /// Scopes of the credential and the consumer.
    pub scopes: Vec<String>,
    /// The key's plan, or else the consumer's.
    pub plan: Option<PlanName>,
    /// Claims of the token.
    pub claims: Option<Arc<Map<String, Value>>>,
    /// Headers that carried credentials or may; they stay here, also where they are written with `_`
    /// for `-`.
    pub credential_headers: Vec<HeaderName>,
    /// Query parameter that carried a credential or may; it stays here.
    pub credential_query: Option<String>,
    /// Headers by which the service that is asked about callers says who they are; a caller's own
    /// are lies.
    pub identity_names: Vec<HeaderName>,
    /// What it said in them.
    pub identity_headers: HeaderMap,
}

impl Caller {
    /// Id of the API key shown.
    pub fn key_id(&self) -> Option<KeyId> {
        self.key.as_ref().map(|key| key.id)
    }
}
