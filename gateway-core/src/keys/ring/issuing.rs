//! Issuing keys, changing, rolling and revoking them: on disk first, then in force.

use std::time::Duration;

use uuid::Uuid;

use super::{Entry, KeyRing};
use crate::ids::KeyId;
use crate::keys::change::check;
use crate::keys::{ApiKey, KeyChange, KeyError, KeyState, NewKey, format};

/// A key just issued. The only place where it can be read.
pub struct Issued {
    /// What is known of it from now on.
    pub key: ApiKey,
    /// The key itself: to be shown once and never stored.
    pub secret: String,
}

impl KeyRing {
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
