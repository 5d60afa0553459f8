//! API keys, by their hashes.

use rusqlite::Row;

use super::configs::ConfigStore;
use super::error::StoreError;
use crate::ids::KeyId;
use crate::keys::{ApiKey, KeyHash};

impl ConfigStore {
    /// All keys that were ever issued.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn keys(&self) -> Result<Vec<(ApiKey, KeyHash)>, StoreError> {
        self.with(|db| {
            let sql = "SELECT id, name, consumer, hint, hash, created_at_us, revoked_at_us
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
        let ApiKey {
            id,
            name,
            consumer,
            hint,
            created_at_us,
            revoked_at_us,
        } = key;
        self.with(|db| {
            db.execute(
                "INSERT INTO api_keys
                     (id, name, consumer, hint, hash, created_at_us, revoked_at_us)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                (
                    id.0,
                    name,
                    consumer,
                    hint,
                    hash.0,
                    created_at_us,
                    revoked_at_us,
                ),
            )
            .map(drop)
        })
    }

    /// Marks a key as revoked; `false` if there is none, or it was revoked before.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn revoke_key(&self, id: KeyId, at_us: i64) -> Result<bool, StoreError> {
        let sql = "UPDATE api_keys SET revoked_at_us = ?2 WHERE id = ?1 AND revoked_at_us IS NULL";
        self.with(|db| Ok(db.execute(sql, (id.0, at_us))? > 0))
    }
}

fn key(row: &Row<'_>) -> rusqlite::Result<(ApiKey, KeyHash)> {
    let key = ApiKey {
        id: KeyId(row.get(0)?),
        name: row.get(1)?,
        consumer: row.get(2)?,
        hint: row.get(3)?,
        created_at_us: row.get(5)?,
        revoked_at_us: row.get(6)?,
    };
    Ok((key, KeyHash(row.get(4)?)))
}

#[cfg(test)]
mod tests {
    use crate::clock::Clock;
    use crate::keys::KeyRing;
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
            ring.issue("a", None).unwrap(),
            ring.issue("b", Some("app")).unwrap(),
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
        assert_eq!(*ring.check(&kept.secret).unwrap(), kept.key);
        let refusal = ring.check(&revoked.secret).unwrap_err();
        assert_eq!(refusal.key.unwrap().consumer, "app");
        assert_eq!(ring.list().len(), 2);
    }
}
