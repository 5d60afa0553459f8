//! Which API keys are good. Held in memory, so that a request never waits for the disk; a change
//! touches one entry and is on disk before it is in force.

mod issuing;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use parking_lot::{Mutex, RwLock};
use tokio::sync::watch;

pub use self::issuing::Issued;
use super::{ApiKey, KeyHash, KeySearch, KeyState, KeysFound, format};
use crate::clock::Clock;
use crate::ids::KeyId;
use crate::proxy::error::ErrorCode;
use crate::store::{ConfigStore, StoreError};

/// How exactly it is known when a key was last used.
const USED_WITHIN_US: i64 = 1_000_000;

/// How late a key that goes on being used is found to have expired.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// The keys that were ever issued here.
pub struct KeyRing {
    store: ConfigStore,
    clock: Clock,
    entries: RwLock<Entries>,
    /// Held by whoever changes keys, on disk and then here.
    changing: Mutex<()>,
    /// Keys that were used since that was last written down.
    used: Mutex<HashSet<KeyId>>,
    changes: watch::Sender<()>,
}

#[derive(Default)]
struct Entries {
    /// Requests ask here, once, however many keys there are.
    by_hash: HashMap<KeyHash, Arc<Entry>>,
    /// Ids are in the order of issue.
    by_id: BTreeMap<KeyId, Arc<Entry>>,
}

struct Entry {
    key: Arc<ApiKey>,
    hash: KeyHash,
    /// Microseconds since 1970, 0 for never; newer than what `key` says.
    last_used_us: Arc<AtomicI64>,
}

/// Why an API key is not good.
#[derive(Clone, Debug)]
pub struct KeyRefusal {
    /// Why.
    pub code: ErrorCode,
    /// The key, where it was once good.
    pub key: Option<Arc<ApiKey>>,
}

impl KeyRing {
    /// The keys in `store`. Blocks on the disk.
    ///
    /// # Errors
    /// The store cannot be read. Keys never vanish silently.
    pub fn load(store: ConfigStore, clock: Clock) -> Result<Self, StoreError> {
        let mut entries = Entries::default();
        for (key, hash) in store.keys()? {
            entries.put(Entry::new(key, hash));
        }
        Ok(Self {
            store,
            clock,
            entries: RwLock::new(entries),
            changing: Mutex::new(()),
            used: Mutex::default(),
            changes: watch::Sender::new(()),
        })
    }

    /// The key that `text` is, if it is good. A wrong checksum is refused without a look-up (KEY-2).
    ///
    /// # Errors
    /// Why it is not good.
    pub fn check(&self, text: &str) -> Result<Arc<ApiKey>, KeyRefusal> {
        let entry = self.look(text)?;
        self.note_use(&entry, self.clock.now().epoch_us);
        Ok(entry.key.clone())
    }

    /// The same, for somebody who only wants to know: the key does not count as used.
    ///
    /// # Errors
    /// Why it is not good.
    pub fn peek(&self, text: &str) -> Result<Arc<ApiKey>, KeyRefusal> {
        self.look(text).map(|entry| entry.key.clone())
    }

    /// What would be said of `text` at a moment that may have passed or is to come. The key does not
    /// count as used.
    ///
    /// # Errors
    /// Why it would not be good.
    pub fn peek_then(&self, text: &str, then_us: i64) -> Result<Arc<ApiKey>, KeyRefusal> {
        good_then(self.find_text(text)?.key.clone(), then_us)
    }

    /// The key with this id, if it is good, for a request of the gateway's own. It does not count as
    /// used.
    ///
    /// # Errors
    /// Why it is not good.
    pub fn granted(&self, id: KeyId) -> Result<Arc<ApiKey>, KeyRefusal> {
        let entry = known(self.entry(id))?;
        self.good(entry).map(|entry| entry.key.clone())
    }

    fn look(&self, text: &str) -> Result<Arc<Entry>, KeyRefusal> {
        self.good(self.find_text(text)?)
    }

    fn good(&self, entry: Arc<Entry>) -> Result<Arc<Entry>, KeyRefusal> {
        match refusal(entry.key.state(self.clock.now().epoch_us)) {
            None => Ok(entry),
            Some(code) => Err(KeyRefusal {
                code,
                key: Some(entry.key.clone()),
            }),
        }
    }

    fn find_text(&self, text: &str) -> Result<Arc<Entry>, KeyRefusal> {
        if !format::is_well_formed(text) {
            return Err(KeyRefusal {
                code: ErrorCode::KeyMalformed,
                key: None,
            });
        }
        let found = self
            .entries
            .read()
            .by_hash
            .get(&format::hash(text))
            .cloned();
        known(found)
    }

    /// Once a second and key at most, so that requests don't wait for each other here.
    fn note_use(&self, entry: &Entry, now_us: i64) {
        let before = entry.last_used_us.load(Ordering::Relaxed);
        if now_us.saturating_sub(before) >= USED_WITHIN_US {
            entry.last_used_us.fetch_max(now_us, Ordering::Relaxed);
            self.used.lock().insert(entry.key.id);
        }
    }

    /// The key with this id.
    pub fn get(&self, id: KeyId) -> Option<ApiKey> {
        self.entries
            .read()
            .by_id
            .get(&id)
            .map(|entry| entry.shown())
    }

    /// All keys, newest first.
    pub fn list(&self) -> Vec<ApiKey> {
        let entries = self.entries.read();
        entries
            .by_id
            .values()
            .rev()
            .map(|one| one.shown())
            .collect()
    }

    /// The keys that are good, with their hashes, oldest first.
    pub fn all_good(&self) -> Vec<(ApiKey, KeyHash)> {
        let now_us = self.clock.now().epoch_us;
        let entries = self.entries.read();
        let good = entries
            .by_id
            .values()
            .filter(|entry| entry.key.state(now_us) == KeyState::Good);
        good.map(|entry| (entry.shown(), entry.hash)).collect()
    }

    /// Some of the keys.
    pub fn find(&self, search: &KeySearch) -> KeysFound {
        let now_us = self.clock.now().epoch_us;
        let text = search.text.as_deref().map(str::to_ascii_lowercase);
        let text = text.as_deref().filter(|text| !text.is_empty());
        let entries = self.entries.read();
        let mut found = KeysFound {
            total: entries.by_id.len(),
            ..KeysFound::default()
        };
        for (id, entry) in entries.by_id.iter().rev() {
            if !search.fits(&entry.key, text, now_us) {
                continue;
            }
            found.matching += 1;
            if search.before.is_some_and(|before| *id >= before) {
                continue;
            }
            if found.keys.len() < search.limit {
                found.keys.push(entry.shown());
            } else if found.next.is_none() {
                found.next = found.keys.last().map(|key| key.id);
            }
        }
        found
    }

    /// How many keys each consumer has that are good, and how many it has in all.
    pub fn counts(&self) -> BTreeMap<String, (u64, u64)> {
        let now_us = self.clock.now().epoch_us;
        let mut counts = BTreeMap::new();
        for entry in self.entries.read().by_id.values() {
            let (good, all): &mut (u64, u64) =
                counts.entry(entry.key.consumer.clone()).or_default();
            *good += u64::from(entry.key.state(now_us) == KeyState::Good);
            *all += 1;
        }
        counts
    }

    fn entry(&self, id: KeyId) -> Option<Arc<Entry>> {
        self.entries.read().by_id.get(&id).cloned()
    }

    /// Writes down when keys were last used, those that were used since the last time. Blocks on the
    /// disk.
    ///
    /// # Errors
    /// It could not be stored; it will be the next time.
    pub fn keep_last_used(&self) -> Result<(), StoreError> {
        let used = std::mem::take(&mut *self.used.lock());
        if used.is_empty() {
            return Ok(());
        }
        let times: Vec<_> = {
            let entries = self.entries.read();
            let of = |id: &KeyId| entries.by_id.get(id);
            used.iter()
                .filter_map(|id| Some((*id, of(id)?.last_used_us.load(Ordering::Relaxed))))
                .collect()
        };
        let kept = self.store.keep_last_used(&times);
        if kept.is_err() {
            self.used.lock().extend(used);
        }
        kept
    }

    /// Waits until a key is no longer good, for what was begun with it and goes on.
    pub async fn until_ended(&self, id: KeyId) {
        let mut changes = self.changes.subscribe();
        loop {
            let now = self.clock.now();
            let Some(key) = self.entry(id).map(|entry| entry.key.clone()) else {
                return;
            };
            if key.state(now.epoch_us) != KeyState::Good {
                return;
            }
            let look_again = async {
                match key.expires_at_us {
                    // The wall clock may be set, so it is looked at often.
                    Some(end) => {
                        let left = u64::try_from(end.saturating_sub(now.epoch_us)).unwrap_or(0);
                        let wait = Duration::from_micros(left).min(LOOK_EVERY);
                        let wait_ns = u64::try_from(wait.as_nanos()).unwrap_or(u64::MAX);
                        let at = now.monotonic_ns.saturating_add(wait_ns);
                        self.clock.sleep_until(at).await;
                    }
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                changed = changes.changed() => if changed.is_err() { return },
                () = look_again => {}
            }
        }
    }
}

/// A key as it would have been taken at a moment that may have passed or is to come.
///
/// # Errors
/// Why it would not be good.
pub fn good_then(key: Arc<ApiKey>, then_us: i64) -> Result<Arc<ApiKey>, KeyRefusal> {
    match refusal(key.state_then(then_us)) {
        None => Ok(key),
        Some(code) => Err(KeyRefusal {
            code,
            key: Some(key),
        }),
    }
}

fn known(found: Option<Arc<Entry>>) -> Result<Arc<Entry>, KeyRefusal> {
    found.ok_or(KeyRefusal {
        code: ErrorCode::KeyInvalid,
        key: None,
    })
}

fn refusal(state: KeyState) -> Option<ErrorCode> {
    match state {
        KeyState::Good => None,
        KeyState::Expired => Some(ErrorCode::KeyExpired),
        KeyState::Revoked => Some(ErrorCode::KeyRevoked),
    }
}

impl Entries {
    fn put(&mut self, entry: Entry) {
        let entry = Arc::new(entry);
        self.by_hash.insert(entry.hash, entry.clone());
        self.by_id.insert(entry.key.id, entry);
    }
}

impl Entry {
    fn new(key: ApiKey, hash: KeyHash) -> Self {
        Self {
            last_used_us: Arc::new(AtomicI64::new(key.last_used_at_us.unwrap_or(0))),
            key: Arc::new(key),
            hash,
        }
    }

    /// The same entry with other things said of the key.
    fn with(&self, key: ApiKey) -> Self {
        Self {
            key: Arc::new(key),
            hash: self.hash,
            last_used_us: self.last_used_us.clone(),
        }
    }

    fn shown(&self) -> ApiKey {
        let last_used = self.last_used_us.load(Ordering::Relaxed);
        ApiKey {
            last_used_at_us: (last_used != 0).then_some(last_used),
            ..(*self.key).clone()
        }
    }
}
