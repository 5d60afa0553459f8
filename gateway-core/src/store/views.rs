//! Filters of the log that were given a name. They belong to the workspace, so they are kept with its
//! configuration and not with the log.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::configs::ConfigStore;
use super::error::StoreError;
use super::sorted::SortBy;

/// A filter with a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct View {
    /// Its name; no two that differ only in case.
    pub name: String,
    /// The filter.
    pub q: String,
    /// How its rows are shown; absent: as they are without a view.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layout: Option<Layout>,
}

/// How the rows of the log are shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Layout {
    /// The columns, in their order.
    pub columns: Vec<LayoutColumn>,
    /// What the rows are sorted by; absent: they come as they end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sort: Option<LayoutSort>,
    /// How the column `time` says it.
    #[serde(default)]
    pub time: TimeStyle,
}

/// A column of the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LayoutColumn {
    /// Which: the id of a column such as `status`, or one made of a request's detail such as
    /// `header.user-agent` or `res.body:$.id`. One that is not known is not shown.
    pub id: String,
    /// How wide it is, in pixels; absent: as wide as usual.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u16>,
}

/// An order of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LayoutSort {
    /// What they are sorted by.
    pub by: SortBy,
    /// Whether the greatest comes first.
    pub descending: bool,
}

/// How the time of a request is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TimeStyle {
    /// `14:02:11.482`.
    #[default]
    Absolute,
    /// How long ago it began.
    Relative,
    /// How long after the request in the row above.
    Delta,
}

impl ConfigStore {
    /// All views, in the order they were saved first.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn views(&self) -> Result<Vec<View>, StoreError> {
        self.with(|db| {
            let sql = "SELECT name, q, layout FROM views ORDER BY position";
            let mut statement = db.prepare_cached(sql)?;
            let views = statement.query_map([], |row| {
                let layout: Option<String> = row.get(2)?;
                Ok(View {
                    name: row.get(0)?,
                    q: row.get(1)?,
                    // What a later version wrote here is no reason to show no views.
                    layout: layout.and_then(|json| serde_json::from_str(&json).ok()),
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
        let layout = view.layout.as_ref();
        let layout = layout.map(|it| serde_json::to_string(it).expect("a layout is plain data"));
        self.with(|db| {
            let tx = db.transaction()?;
            let sql = "SELECT count(*) FROM views
                       WHERE name = ?1 AND name <> ?2 COLLATE NOCASE";
            let taken: u64 = tx.query_row(sql, (&view.name, before), |row| row.get(0))?;
            if taken > 0 {
                return Ok(false);
            }
            let sql = "UPDATE views SET name = ?2, q = ?3, layout = ?4 WHERE name = ?1";
            if tx.execute(sql, (before, &view.name, &view.q, &layout))? == 0 {
                let sql = "INSERT INTO views (name, q, layout, position)
                           SELECT ?1, ?2, ?3, coalesce(max(position), 0) + 1 FROM views";
                tx.execute(sql, (&view.name, &view.q, &layout))?;
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
            layout: None,
        };
        let (errors, slow) = (view("Errors", "is:error"), view("Slow", "duration:>1s"));
        assert!(store.save_view("Errors", &errors).unwrap());
        assert!(store.save_view("Slow", &slow).unwrap());
        let column = |id: &str, width| LayoutColumn {
            id: id.to_owned(),
            width,
        };
        let renamed = View {
            layout: Some(Layout {
                columns: vec![column("path", None), column("header.x-tenant", Some(140))],
                sort: Some(LayoutSort {
                    by: SortBy::Duration,
                    descending: true,
                }),
                time: TimeStyle::Delta,
            }),
            ..view("failures", "status:5xx")
        };
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
