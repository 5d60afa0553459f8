//! Values that the newest rows of the log have, for completing a filter.

use serde::Serialize;
use utoipa::ToSchema;

use super::LogStore;
use super::error::StoreError;

/// Rows in which values are looked for.
const ROWS: u32 = 20_000;
const MOST: usize = 50;

/// A value that was seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Seen {
    /// The value.
    pub value: String,
    /// In how many of the newest 20,000 rows.
    pub count: u64,
}

impl LogStore {
    /// Values of what a term such as `route` stands for, the most frequent first; none for a term
    /// that stands for no column.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn seen(&self, term: &str) -> Result<Vec<Seen>, StoreError> {
        let column = match term {
            "status" => "CAST(status AS TEXT)",
            "method" => "method",
            "host" => "host",
            "path" => "path",
            "route" => "route",
            "version" => "version",
            "service" => "service",
            "upstream" => "target",
            "key" => "key_name",
            "consumer" => "consumer",
            "plan" => "plan",
            "ip" => "client_ip",
            "proto" => "protocol",
            "code" => "code",
            "note" => "note",
            "source" => "source",
            _ => return Ok(Vec::new()),
        };
        let sql = format!(
            "SELECT value, count(*) FROM
                 (SELECT {column} AS value FROM exchanges ORDER BY seq DESC LIMIT {ROWS})
             WHERE value IS NOT NULL GROUP BY value ORDER BY count(*) DESC, value LIMIT {MOST}"
        );
        self.with(|db| {
            let mut statement = db.prepare_cached(&sql)?;
            let seen = statement.query_map([], |row| {
                Ok(Seen {
                    value: row.get(0)?,
                    count: row.get(1)?,
                })
            })?;
            seen.collect()
        })
    }
}
