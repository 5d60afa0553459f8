//! Which API keys are good. Held in memory, so that a request never waits for the disk; a change
//! touches one entry and is on disk before it is in force.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::RwLock;
use tokio::sync::watch;
use uuid::Uuid;

use super::{ApiKey, KeyHash, format};
use crate::clock::Clock;
use crate::ids::KeyId;
use crate::proxy::error::ErrorCode;
use crate::store::{ConfigStore, StoreError};

/// The keys that were ever issued here.
pub struct KeyRing {
    store: ConfigStore,
    clock: Clock,
    by_hash: RwLock<HashMap<KeyHash, Arc<ApiKey>>>,
    revocations: watch::Sender<()>,
}

/// A key just issued. The only place where it can be read.
pub struct Issued {
    /// What is known of it from now on.
    pub key: ApiKey,
    /// The key itself: to be shown once and never stored.
    pub secret: String,
}

/// Why an API key is not good.
#[derive(Clone, Debug)]
pub struct KeyRefusal {
    /// Why.
    pub code: ErrorCode,
    /// The key, where it was once good.
    pub key: Option<Arc<ApiKey>>,
}

/// Why a key could not be issued or revoked.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The name will not do; the text says why.
    #[error("{0}")]
    Name(&'static str),
    /// The key could not be stored, so it is not in force either.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl KeyRing {
    /// The keys in `store`. Blocks on the disk.
    ///
    /// # Errors
    /// The store cannot be read. Keys never vanish silently.
    pub fn load(store: ConfigStore, clock: Clock) -> Result<Self, StoreError> {
        let keys = store.keys()?;
        let by_hash = keys
            .into_iter()
            .map(|(key, hash)| (hash, Arc::new(key)))
            .collect();
        Ok(Self {
            store,
            clock,
            by_hash: RwLock::new(by_hash),
            revocations: watch::Sender::new(()),
        })
    }

    /// All keys, newest first.
    pub fn list(&self) -> Vec<ApiKey> {
        let mut keys: Vec<_> = self
            .by_hash
            .read()
            .values()
            .map(|key| (**key).clone())
            .collect();
        keys.sort_by_key(|key| (std::cmp::Reverse(key.created_at_us), key.id));
        keys
    }

    /// The key that `text` is, if it is good. A wrong checksum is refused without a look-up (KEY-2).
    ///
    /// # Errors
    /// Why it is not good.
    pub fn check(&self, text: &str) -> Result<Arc<ApiKey>, KeyRefusal> {
        if !format::is_well_formed(text) {
            return Err(KeyRefusal {
                code: ErrorCode::KeyMalformed,
                key: None,
            });
        }
        match self.by_hash.read().get(&format::hash(text)) {
            None => Err(KeyRefusal {
                code: ErrorCode::KeyInvalid,
                key: None,
            }),
            Some(key) if key.revoked_at_us.is_some() => Err(KeyRefusal {
                code: ErrorCode::KeyRevoked,
                key: Some(key.clone()),
            }),
            Some(key) => Ok(key.clone()),
        }
    }

    /// Issues a key. Blocks on the disk.
    ///
    /// # Errors
    /// A name that will not do, or the key could not be stored.
    pub fn issue(&self, name: &str, consumer: Option<&str>) -> Result<Issued, KeyError> {
        let name = usable_name(name)?;
        let consumer = consumer.map(usable_name).transpose()?.unwrap_or(name);
        let secret = format::generate();
        let key = ApiKey {
            id: KeyId(Uuid::now_v7()),
            name: name.to_owned(),
            consumer: consumer.to_owned(),
            hint: format::hint(&secret),
            created_at_us: self.clock.now().epoch_us,
            revoked_at_us: None,
        };
        let hash = format::hash(&secret);
        self.store.insert_key(&key, &hash)?;
        self.by_hash.write().insert(hash, Arc::new(key.clone()));
        Ok(Issued { key, secret })
    }

    /// Revokes a key at once and for good; `false` if there is none with that id. Revoking twice
    /// keeps the first time. Blocks on the disk.
    ///
    /// # Errors
    /// The change could not be stored; the key is still good.
    pub fn revoke(&self, id: KeyId) -> Result<bool, KeyError> {
        let found = self
            .by_hash
            .read()
            .iter()
            .find(|(_, key)| key.id == id)
            .map(|(hash, key)| (*hash, key.clone()));
        let Some((hash, key)) = found else {
            return Ok(false);
        };
        if key.revoked_at_us.is_none() {
            let now = self.clock.now().epoch_us;
            self.store.revoke_key(id, now)?;
            let revoked = ApiKey {
                revoked_at_us: Some(now),
                ..(*key).clone()
            };
            self.by_hash.write().insert(hash, Arc::new(revoked));
            self.revocations.send_replace(());
        }
        Ok(true)
    }

    /// Waits until a key is no longer good, for what was begun with it and goes on.
    pub async fn until_revoked(&self, id: KeyId) {
        let mut revocations = self.revocations.subscribe();
        while self.is_good(id) && revocations.changed().await.is_ok() {}
    }

    fn is_good(&self, id: KeyId) -> bool {
        let keys = self.by_hash.read();
        let mut found = keys.values().filter(|key| key.id == id);
        found.any(|key| key.revoked_at_us.is_none())
    }
}

/// Names go into headers for services, so they are kept to what a header can carry.
fn usable_name(name: &str) -> Result<&str, KeyError> {
    let name = name.trim();
    if name.is_empty() {
        return Err(KeyError::Name("a name is missing"));
    }
    if name.len() > 64 || !name.bytes().all(|b| b.is_ascii_graphic() || b == b' ') {
        return Err(KeyError::Name(
            "a name has at most 64 printable ASCII characters",
        ));
    }
    Ok(name)
}
