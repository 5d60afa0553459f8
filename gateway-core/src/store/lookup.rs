//! How rows of the log are looked up by what a filter says of them: which index, under which names.

use std::borrow::Cow;

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

/// How many rows there are under a name, as far as they are counted.
pub(super) fn rows_under(db: &Connection, lookup: &Lookup) -> rusqlite::Result<u64> {
    let mut all = 0;
    if let Lookup::Words(words) = lookup {
        for (table, text) in words.everywhere() {
            let sql = format!(
                "SELECT count(*) FROM (SELECT 1 FROM {table} WHERE {table} MATCH ?1 LIMIT ?2)"
            );
            let mut statement = db.prepare_cached(&sql)?;
            all += statement.query_row((text, COUNTED - all), |row| row.get::<_, u64>(0))?;
            if all >= COUNTED {
                break;
            }
        }
        return Ok(all);
    }
    for Source { from, values, .. } in sources(lookup, 0, u64::MAX) {
        let sql = format!("SELECT count(*) FROM (SELECT 1 FROM {from} LIMIT {COUNTED})");
        let mut statement = db.prepare_cached(&sql)?;
        all += statement.query_row(params_from_iter(values), |row| row.get::<_, u64>(0))?;
    }
    Ok(all)
}

/// A query that a lookup takes.
pub(super) struct Source {
    /// What follows `FROM`, with the condition that the lookup itself makes.
    pub(super) from: String,
    /// The values of its `?`s.
    pub(super) values: Vec<Value>,
    /// The column with the row's number, in whose order it is read.
    pub(super) seq: Cow<'static, str>,
}

/// The queries that a lookup of rows takes that have a number from `low` to before `high`. Those of words
/// come one after the other, newest rows first.
pub(super) fn sources(lookup: &Lookup, low: u64, high: u64) -> Vec<Source> {
    match lookup {
        Lookup::Table => vec![Source {
            from: "exchanges NOT INDEXED WHERE 1".to_owned(),
            values: Vec::new(),
            seq: "seq".into(),
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
                values: vec![name.clone()],
                seq: "seq".into(),
            };
            names.iter().map(source).collect()
        }
        Lookup::Words(words) => {
            let source = |(table, text): (&str, &str)| Source {
                from: format!(
                    "{table} CROSS JOIN exchanges ON exchanges.seq = {table}.rowid \
                     WHERE {table} MATCH ?"
                ),
                values: vec![Value::from(text.to_owned())],
                seq: format!("{table}.rowid").into(),
            };
            words.among(low, high).map(source).collect()
        }
    }
}
