//! How rows of the log are looked up by what a filter says of them: which index, under which names.

use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use super::words::Words;
use crate::record::filter::{Column, Hint, Pattern};

/// Most names that are looked up one by one.
const MOST_NAMES: usize = 12;
/// Most different names among which those like a pattern are looked for.
const MOST_DIFFERENT: usize = 2_000;
/// How far rows with a name are counted to find out which name is rarest. Fewer in tests, so that they
/// go beyond.
pub(super) const COUNTED: u64 = if cfg!(test) { 4 } else { 2_000 };

/// Where rows are looked for.
#[derive(Clone, Debug)]
pub(super) enum Lookup {
    /// In the table itself, row by row.
    Table,
    /// Under each of these names.
    Names(&'static str, Vec<Value>),
    /// Under the words in them.
    Words(Words),
}

/// How to look up what a hint says; `None` where that would take too many steps.
pub(super) fn lookup_of(db: &Connection, hint: &Hint) -> rusqlite::Result<Option<Lookup>> {
    let (column, values) = match hint {
        Hint::Words(texts) => return Ok(Words::of(db, texts)?.map(Lookup::Words)),
        Hint::Status(ranges) => {
            let within = |status: i64| {
                ranges
                    .iter()
                    .any(|(from, to)| (*from..=*to).contains(&status))
            };
            let all = different(db, "status", "")?;
            let found = all.into_iter().filter(|value| match value {
                Value::Integer(status) => within(*status),
                _ => false,
            });
            ("status", found.collect::<Vec<_>>())
        }
        Hint::Named(column, patterns) => {
            let Some(column) = name_of(*column) else {
                return Ok(None);
            };
            let all = different(db, column, "COLLATE NOCASE")?;
            if all.len() >= MOST_DIFFERENT {
                return Ok(None);
            }
            let found = all.into_iter().filter(|value| match value {
                Value::Text(name) => patterns.iter().any(|one: &Pattern| one.matches(name)),
                _ => false,
            });
            (column, found.collect())
        }
    };
    Ok((values.len() <= MOST_NAMES).then_some(Lookup::Names(column, values)))
}

fn name_of(column: Column) -> Option<&'static str> {
    match column {
        Column::Key => Some("key_name"),
        Column::Consumer => Some("consumer"),
        Column::Plan => Some("plan"),
        Column::Route => Some("route"),
        Column::Version => Some("version"),
        _ => None,
    }
}

/// The different values of a column, by jumps through its index.
pub(super) fn different(
    db: &Connection,
    column: &str,
    collate: &str,
) -> rusqlite::Result<Vec<Value>> {
    let sql = format!(
        "WITH RECURSIVE each (value) AS (
             SELECT min({column} {collate}) FROM exchanges WHERE {column} IS NOT NULL
             UNION ALL
             SELECT (SELECT min({column} {collate}) FROM exchanges
                     WHERE {column} > value {collate} AND {column} IS NOT NULL)
             FROM each WHERE value IS NOT NULL
         )
         SELECT value FROM each WHERE value IS NOT NULL LIMIT {MOST_DIFFERENT}"
    );
    let mut statement = db.prepare_cached(&sql)?;
    statement.query_map([], |row| row.get(0))?.collect()
}

/// How many rows there are under a name, as far as they are counted; about how many with words.
pub(super) fn rows_under(db: &Connection, lookup: &Lookup) -> rusqlite::Result<u64> {
    if let Lookup::Words(words) = lookup {
        return words.about(db, COUNTED);
    }
    let mut all = 0;
    for Source { from, value } in sources(lookup) {
        let sql = format!("SELECT count(*) FROM (SELECT 1 FROM {from} LIMIT {COUNTED})");
        let mut statement = db.prepare_cached(&sql)?;
        all += statement.query_row(params_from_iter(value), |row| row.get::<_, u64>(0))?;
    }
    Ok(all)
}

/// A query that a lookup takes.
pub(super) struct Source {
    /// What follows `FROM`, with the condition that the lookup itself makes.
    pub(super) from: String,
    /// The value of its `?`, if it has one.
    pub(super) value: Option<Value>,
}

/// The queries that a lookup takes; none for words, whose rows are read one by one.
pub(super) fn sources(lookup: &Lookup) -> Vec<Source> {
    match lookup {
        Lookup::Table => vec![Source {
            from: "exchanges NOT INDEXED WHERE 1".to_owned(),
            value: None,
        }],
        Lookup::Names(column, names) => {
            let collate = if *column == "status" {
                ""
            } else {
                "COLLATE NOCASE"
            };
            let from = format!("exchanges WHERE {column} IS NOT NULL AND {column} = ? {collate}");
            let source = |name: &Value| Source {
                from: from.clone(),
                value: Some(name.clone()),
            };
            names.iter().map(source).collect()
        }
        Lookup::Words(_) => Vec::new(),
    }
}
