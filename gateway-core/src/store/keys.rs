//! API keys, by their hashes.

use std::collections::BTreeMap;

use rusqlite::{Connection, Row, Transaction, named_params};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::configs::ConfigStore;
use super::error::StoreError;
use crate::ids::{KeyId, PlanName};
use crate::keys::{ApiKey, KeyAccess, KeyHash};

/// What a key is for: everything of it that no statement asks for.
#[derive(Serialize, Deserialize)]
struct Terms {
    labels: BTreeMap<String, String>,
    scopes: Vec<String>,
    plan: Option<PlanName>,
    access: KeyAccess,
}

impl ConfigStore {
    /// All keys that were ever issued.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn keys(&self) -> Result<Vec<(ApiKey, KeyHash)>, StoreError> {
        self.with(|db| {
            let sql = "SELECT id, name, consumer, hint, hash, created_at_us, revoked_at_us, terms,
                              expires_at_us, last_used_at_us, rolled_from, replaced_by
                       FROM api_keys";
            let mut statement = db.prepare_cached(sql)?;
            let keys = statement.query_map([], key)?;
            keys.collect()
        })
    }

    /// Stores a key that was issued.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn insert_key(&self, key: &ApiKey, hash: &KeyHash) -> Result<(), StoreError> {
        self.with(|db| insert(db, key, hash))
    }

    /// Stores what is said of keys that are there; all of them or none.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn update_keys<'k>(
        &self,
        keys: impl IntoIterator<Item = &'k ApiKey>,
    ) -> Result<(), StoreError> {
        self.with(|db| {
            let tx = db.transaction()?;
            for key in keys {
                update(&tx, key)?;
            }
            tx.commit()
        })
    }

    /// Stores a key that was issued in place of another, and what is said of that one now.
    ///
    /// # Errors
    /// The database cannot be written; neither is stored.
    pub fn roll_key(
        &self,
        new: &ApiKey,
        hash: &KeyHash,
        replaced: &ApiKey,
    ) -> Result<(), StoreError> {
        self.with(|db| {
            let tx = db.transaction()?;
            insert(&tx, new, hash)?;
            update(&tx, replaced)?;
            tx.commit()
        })
    }

    /// Stores when keys were last used, microseconds since 1970.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn keep_last_used(&self, times: &[(KeyId, i64)]) -> Result<(), StoreError> {
        self.with(|db| {
            let tx = db.transaction()?;
            for (id, at_us) in times {
                let sql = "UPDATE api_keys SET last_used_at_us = ?2 WHERE id = ?1";
                tx.prepare_cached(sql)?.execute((id.0, at_us))?;
            }
            tx.commit()
        })
    }
}

fn insert(db: &Connection, key: &ApiKey, hash: &KeyHash) -> rusqlite::Result<()> {
    let ApiKey {
        id,
        name,
        consumer,
        labels,
        scopes,
        plan,
        access,
        hint,
        created_at_us,
        expires_at_us,
        last_used_at_us,
        revoked_at_us,
        rolled_from,
        replaced_by,
    } = key;
    let sql = "INSERT INTO api_keys
                   (id, name, consumer, hint, hash, created_at_us, revoked_at_us, terms,
                    expires_at_us, last_used_at_us, rolled_from, replaced_by)
               VALUES (:id, :name, :consumer, :hint, :hash, :created, :revoked, :terms,
                       :expires, :used, :rolled_from, :replaced_by)";
    db.prepare_cached(sql)?
        .execute(named_params! {
            ":id": id.0,
            ":name": name,
            ":consumer": consumer,
            ":hint": hint,
            ":hash": hash.0,
            ":created": created_at_us,
            ":revoked": revoked_at_us,
            ":terms": terms(labels, scopes, plan.as_ref(), access),
            ":expires": expires_at_us,
            ":used": last_used_at_us,
            ":rolled_from": rolled_from.map(|id| id.0),
            ":replaced_by": replaced_by.map(|id| id.0),
        })
        .map(drop)
}

/// All that may change of a key; when it was last used is written by itself.
fn update(tx: &Transaction<'_>, key: &ApiKey) -> rusqlite::Result<()> {
    let ApiKey {
        id,
        name,
        consumer,
        labels,
        scopes,
        plan,
        access,
        hint: _,
        created_at_us: _,
        expires_at_us,
        last_used_at_us: _,
        revoked_at_us,
        rolled_from: _,
        replaced_by,
    } = key;
    let sql = "UPDATE api_keys SET name = :name, consumer = :consumer, revoked_at_us = :revoked,
                   terms = :terms, expires_at_us = :expires, replaced_by = :replaced_by
               WHERE id = :id";
    tx.prepare_cached(sql)?
        .execute(named_params! {
            ":id": id.0,
            ":name": name,
            ":consumer": consumer,
            ":revoked": revoked_at_us,
            ":terms": terms(labels, scopes, plan.as_ref(), access),
            ":expires": expires_at_us,
            ":replaced_by": replaced_by.map(|id| id.0),
        })
        .map(drop)
}

fn terms(
    labels: &BTreeMap<String, String>,
    scopes: &[String],
    plan: Option<&PlanName>,
    access: &KeyAccess,
) -> String {
    let terms = Terms {
        labels: labels.clone(),
        scopes: scopes.to_vec(),
        plan: plan.cloned(),
        access: access.clone(),
    };
    serde_json::to_string(&terms).expect("the terms of a key are plain JSON")
}

fn key(row: &Row<'_>) -> rusqlite::Result<(ApiKey, KeyHash)> {
    let terms: String = row.get(7)?;
    let Terms {
        labels,
        scopes,
        plan,
        access,
    } = serde_json::from_str(&terms).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(7, rusqlite::types::Type::Text, Box::new(error))
    })?;
    let id = |row: &Row<'_>, column| -> rusqlite::Result<Option<KeyId>> {
        Ok(row.get::<_, Option<Uuid>>(column)?.map(KeyId))
    };
    let key = ApiKey {
        id: KeyId(row.get(0)?),
        name: row.get(1)?,
        consumer: row.get(2)?,
        labels,
        scopes,
        plan,
        access,
        hint: row.get(3)?,
        created_at_us: row.get(5)?,
        expires_at_us: row.get(8)?,
        last_used_at_us: row.get(9)?,
        revoked_at_us: row.get(6)?,
        rolled_from: id(row, 10)?,
        replaced_by: id(row, 11)?,
    };
    Ok((key, KeyHash(row.get(4)?)))
}

#[cfg(test)]
mod tests {
    use crate::clock::Clock;
    use crate::keys::{KeyRing, NewKey};
    use crate::store::ConfigStore;

    /// KEY-3
    #[test]
    fn no_key_is_in_the_files_and_all_are_good_after_a_restart() {
        let dir = tempfile::tempdir().unwrap();
        let open = || {
            let store = ConfigStore::open(&dir.path().join("gatewright.db")).unwrap();
            KeyRing::load(store, Clock::system()).unwrap()
        };
        let ring = open();
        let (kept, revoked) = (
            ring.issue(NewKey::new("a")).unwrap(),
            ring.issue(NewKey::new("b").of("app")).unwrap(),
        );
        assert!(ring.revoke(revoked.key.id).unwrap());
        for entry in std::fs::read_dir(dir.path()).unwrap() {
            let bytes = std::fs::read(entry.unwrap().path()).unwrap();
            for secret in [&kept.secret, &revoked.secret] {
                let found = bytes
                    .windows(secret.len())
                    .any(|window| window == secret.as_bytes());
                assert!(!found, "a key stands in a file");
            }
        }
        drop(ring);
        let ring = open();
        assert_eq!(ring.get(kept.key.id), Some(kept.key.clone()));
        assert_eq!(ring.check(&kept.secret).unwrap().id, kept.key.id);
        let refusal = ring.check(&revoked.secret).unwrap_err();
        assert_eq!(refusal.key.unwrap().consumer, "app");
        assert_eq!(ring.list().len(), 2);
    }
}
