//! Filters of the log that were given a name. They belong to the workspace, so they are kept with its
//! configuration and not with the log.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::configs::ConfigStore;
use super::error::StoreError;

/// A filter with a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct View {
    /// Its name; no two that differ only in case.
    pub name: String,
    /// The filter.
    pub q: String,
}

impl ConfigStore {
    /// All views, in the order they were saved first.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn views(&self) -> Result<Vec<View>, StoreError> {
        self.with(|db| {
            let mut statement = db.prepare_cached("SELECT name, q FROM views ORDER BY position")?;
            let views = statement.query_map([], |row| {
                Ok(View {
                    name: row.get(0)?,
                    q: row.get(1)?,
                })
            })?;
            views.collect()
        })
    }

    /// Saves a view in the place of the one with the name `before`, or after all others. `false` if
    /// another one has its new name.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn save_view(&self, before: &str, view: &View) -> Result<bool, StoreError> {
        self.with(|db| {
            let tx = db.transaction()?;
            let sql = "SELECT count(*) FROM views
                       WHERE name = ?1 AND name <> ?2 COLLATE NOCASE";
            let taken: u64 = tx.query_row(sql, (&view.name, before), |row| row.get(0))?;
            if taken > 0 {
                return Ok(false);
            }
            let sql = "UPDATE views SET name = ?2, q = ?3 WHERE name = ?1";
            if tx.execute(sql, (before, &view.name, &view.q))? == 0 {
                let sql = "INSERT INTO views (name, q, position)
                           SELECT ?1, ?2, coalesce(max(position), 0) + 1 FROM views";
                tx.execute(sql, (&view.name, &view.q))?;
            }
            tx.commit()?;
            Ok(true)
        })
    }

    /// Removes a view; `false` if there is none of this name.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn remove_view(&self, name: &str) -> Result<bool, StoreError> {
        self.with(|db| Ok(db.execute("DELETE FROM views WHERE name = ?1", [name])? > 0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn views_keep_their_order_when_they_are_changed_and_names_are_theirs_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("gatewright.db");
        let store = ConfigStore::open(&path).unwrap();
        let view = |name: &str, q: &str| View {
            name: name.to_owned(),
            q: q.to_owned(),
        };
        let (errors, slow) = (view("Errors", "is:error"), view("Slow", "duration:>1s"));
        assert!(store.save_view("Errors", &errors).unwrap());
        assert!(store.save_view("Slow", &slow).unwrap());
        let renamed = view("failures", "status:5xx");
        assert!(store.save_view("errors", &renamed).unwrap());
        assert!(!store.save_view("failures", &view("SLOW", "")).unwrap());
        drop(store);
        let store = ConfigStore::open(&path).unwrap();
        assert_eq!(store.views().unwrap(), [renamed, slow]);
        assert!(store.remove_view("FAILURES").unwrap());
        assert!(!store.remove_view("failures").unwrap());
        assert_eq!(store.views().unwrap().len(), 1);
    }
}
