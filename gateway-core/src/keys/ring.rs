//! Which API keys are good. Held in memory, so that a request never waits for the disk; a change
//! touches one entry and is on disk before it is in force.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use parking_lot::{Mutex, RwLock};
use tokio::sync::watch;
use uuid::Uuid;

use super::change::check;
use super::{ApiKey, KeyChange, KeyError, KeyHash, KeySearch, KeyState, KeysFound, NewKey, format};
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

    /// Issues a key. Blocks on the disk.
    ///
    /// # Errors
    /// What it should say will not do, or it could not be stored.
    pub fn issue(&self, new: NewKey) -> Result<Issued, KeyError> {
        let NewKey {
            name,
            consumer,
            labels,
            scopes,
            plan,
            access,
            expires_at_us,
        } = new;
        let secret = format::generate();
        let key = check(ApiKey {
            id: KeyId(Uuid::now_v7()),
            consumer: consumer.unwrap_or_else(|| name.clone()),
            name,
            labels,
            scopes,
            plan,
            access,
            hint: format::hint(&secret),
            created_at_us: self.clock.now().epoch_us,
            expires_at_us,
            last_used_at_us: None,
            revoked_at_us: None,
            rolled_from: None,
            replaced_by: None,
        })?;
        let hash = format::hash(&secret);
        let _changing = self.changing.lock();
        self.store.insert_key(&key, &hash)?;
        self.entries.write().put(Entry::new(key.clone(), hash));
        Ok(Issued { key, secret })
    }

    /// Changes a key; `None` if there is none with that id. Blocks on the disk.
    ///
    /// # Errors
    /// What it should say will not do, or the change could not be stored; nothing has changed.
    pub fn change(&self, id: KeyId, change: &KeyChange) -> Result<Option<ApiKey>, KeyError> {
        self.update(id, |key| check(change.apply(key)))
    }

    /// Issues a key in place of another one, with the same name, consumer, scopes, plan and access,
    /// that lives as long as the other was to. The other one stays good for `overlap`, or until it
    /// expires before that (KEY-5). `None` if there is no key with that id. Blocks on the disk.
    ///
    /// # Errors
    /// The key is no longer good or has been replaced before, or nothing could be stored.
    pub fn roll(&self, id: KeyId, overlap: Duration) -> Result<Option<Issued>, KeyError> {
        let _changing = self.changing.lock();
        let Some(old) = self.entry(id) else {
            return Ok(None);
        };
        let now_us = self.clock.now().epoch_us;
        may_be_rolled(&old.key, now_us)?;
        let secret = format::generate();
        let lifetime_us = |end: i64| end.saturating_sub(old.key.created_at_us);
        let new = ApiKey {
            id: KeyId(Uuid::now_v7()),
            hint: format::hint(&secret),
            created_at_us: now_us,
            expires_at_us: old
                .key
                .expires_at_us
                .map(|end| now_us.saturating_add(lifetime_us(end))),
            last_used_at_us: None,
            rolled_from: Some(id),
            ..(*old.key).clone()
        };
        let overlap_us = i64::try_from(overlap.as_micros()).unwrap_or(i64::MAX);
        let end = now_us.saturating_add(overlap_us);
        let replaced = ApiKey {
            expires_at_us: Some(old.key.expires_at_us.map_or(end, |sooner| sooner.min(end))),
            replaced_by: Some(new.id),
            ..(*old.key).clone()
        };
        let hash = format::hash(&secret);
        self.store.roll_key(&new, &hash, &replaced)?;
        let mut entries = self.entries.write();
        entries.put(old.with(replaced));
        entries.put(Entry::new(new.clone(), hash));
        drop(entries);
        self.changes.send_replace(());
        Ok(Some(Issued { key: new, secret }))
    }

    /// Revokes a key at once and for good; `false` if there is none with that id. Revoking twice
    /// keeps the first time. Blocks on the disk.
    ///
    /// # Errors
    /// The change could not be stored; the key is still good.
    pub fn revoke(&self, id: KeyId) -> Result<bool, KeyError> {
        let now_us = self.clock.now().epoch_us;
        let revoked = self.update(id, |key| {
            Ok(ApiKey {
                revoked_at_us: key.revoked_at_us.or(Some(now_us)),
                ..key.clone()
            })
        });
        Ok(revoked?.is_some())
    }

    /// Changes those keys for which `change` gives another one; says how many. Blocks on the disk.
    ///
    /// # Errors
    /// The changes could not be stored; nothing has changed.
    pub fn change_all(
        &self,
        change: impl Fn(&ApiKey) -> Option<ApiKey>,
    ) -> Result<usize, KeyError> {
        let _changing = self.changing.lock();
        let changed: Vec<_> = {
            let entries = self.entries.read();
            let changed = entries.by_id.values();
            changed
                .filter_map(|entry| Some(entry.with(change(&entry.key)?)))
                .collect()
        };
        self.store
            .update_keys(changed.iter().map(|entry| &*entry.key))?;
        let count = changed.len();
        let mut entries = self.entries.write();
        changed.into_iter().for_each(|entry| entries.put(entry));
        drop(entries);
        self.changes.send_replace(());
        Ok(count)
    }

    fn update(
        &self,
        id: KeyId,
        change: impl FnOnce(&ApiKey) -> Result<ApiKey, KeyError>,
    ) -> Result<Option<ApiKey>, KeyError> {
        let _changing = self.changing.lock();
        let Some(old) = self.entry(id) else {
            return Ok(None);
        };
        let entry = old.with(change(&old.key)?);
        if entry.key != old.key {
            self.store.update_keys([&*entry.key])?;
        }
        let shown = entry.shown();
        self.entries.write().put(entry);
        self.changes.send_replace(());
        Ok(Some(shown))
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

fn may_be_rolled(key: &ApiKey, now_us: i64) -> Result<(), KeyError> {
    let name = &key.name;
    let why = match (key.state(now_us), key.replaced_by) {
        (KeyState::Revoked, _) => format!("Key `{name}` was revoked; issue a new one."),
        (KeyState::Expired, _) => format!("Key `{name}` has expired; issue a new one."),
        (KeyState::Good, Some(new)) => {
            format!("Key `{name}` was rolled before; roll the one in its place, `{new}`.")
        }
        (KeyState::Good, None) => return Ok(()),
    };
    Err(KeyError::State(why))
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

#[cfg(test)]
#[path = "ring_tests.rs"]
mod tests;
