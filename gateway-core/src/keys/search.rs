//! Finds API keys among many.

use super::{ApiKey, KeyState};
use crate::ids::KeyId;

/// Which API keys.
#[derive(Clone, Debug, Default)]
pub struct KeySearch {
    /// Only those of this consumer.
    pub consumer: Option<String>,
    /// Only those in this state.
    pub state: Option<KeyState>,
    /// Only those with this in their name, consumer, hint, labels or id, whatever the case.
    pub text: Option<String>,
    /// Only those that come after this one.
    pub before: Option<KeyId>,
    /// How many at most.
    pub limit: usize,
}

/// Some API keys, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeysFound {
    /// The keys.
    pub keys: Vec<ApiKey>,
    /// Give this as `before` to get the next ones; `None` after the last.
    pub next: Option<KeyId>,
    /// How many fit, on all pages.
    pub matching: usize,
    /// How many keys there are, whatever was searched for.
    pub total: usize,
}

impl KeySearch {
    /// Whether a key is one of them, wherever it stands in the list. `text` is in lower case.
    pub(super) fn fits(&self, key: &ApiKey, text: Option<&str>, now_us: i64) -> bool {
        let Self {
            consumer,
            state,
            text: _,
            before: _,
            limit: _,
        } = self;
        consumer.as_ref().is_none_or(|name| *name == key.consumer)
            && state.is_none_or(|state| state == key.state(now_us))
            && text.is_none_or(|text| has_text(key, text))
    }
}

fn has_text(key: &ApiKey, text: &str) -> bool {
    let has = |field: &str| field.to_ascii_lowercase().contains(text);
    has(&key.name)
        || has(&key.consumer)
        || has(&key.hint)
        || has(&key.id.to_string())
        || key
            .labels
            .iter()
            .any(|(name, value)| has(name) || has(value))
}
