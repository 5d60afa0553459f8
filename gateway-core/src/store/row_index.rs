//! What rows of the log are found by, beside the indexes of their table: the words in them, and the
//! time they began.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension as _, Transaction};

use super::exchange_row::{COLUMNS, read};
use super::pins::IS_PINNED;
use super::{columns, word_parts};
use crate::record::summary::ExchangeSummary;

/// How long a span of the table `exchange_spans` is.
pub(super) const SPAN_US: i64 = 10_000_000;
/// How many classes of status are told apart: 2xx to 5xx, and all others as the first.
pub(super) const CLASSES: usize = 5;
/// Older rows that are put into the index in one step, which takes a few milliseconds.
const STEP: u32 = if cfg!(test) { 5 } else { 500 };

/// The class of a status, from 0.
pub(super) fn class(status: u16) -> usize {
    match status / 100 {
        class @ 2..=5 => usize::from(class) - 1,
        _ => 0,
    }
}

/// The text of a row that can be looked up. `#` begins none of what it holds, so that a method can be
/// told from the same word elsewhere; a slash ends the path, as one ends each of its segments.
pub(super) fn words(row: &ExchangeSummary) -> String {
    let query = row.query.as_deref();
    let mut words = format!("#{} {}/", row.method, row.path);
    if let Some(query) = query {
        words.extend(["?", query]);
    }
    let key = row.key.as_ref().map(|key| key.name.as_str());
    let route = row.route.as_ref().map(ToString::to_string);
    let code = row.code.map(|code| code.as_str());
    for word in [route.as_deref(), key, code, row.note.as_deref()] {
        words.extend(word.iter().flat_map(|word| ["\n", word]));
    }
    words
}

/// Puts rows into the index.
pub(super) fn add<'a>(
    tx: &Transaction<'_>,
    rows: impl Iterator<Item = &'a ExchangeSummary> + Clone,
) -> rusqlite::Result<()> {
    word_parts::add(tx, rows.clone())?;
    let mut spans = BTreeMap::<i64, Span>::new();
    for row in rows {
        let span = spans.entry(row.started_at_us.div_euclid(SPAN_US));
        span.or_default().add(row);
    }
    let mut upsert = tx.prepare_cached(
        "INSERT INTO exchange_spans VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
         ON CONFLICT (span) DO UPDATE SET
             first_seq = min(first_seq, excluded.first_seq),
             last_seq = max(last_seq, excluded.last_seq),
             class_1 = class_1 + excluded.class_1, class_2 = class_2 + excluded.class_2,
             class_3 = class_3 + excluded.class_3, class_4 = class_4 + excluded.class_4,
             class_5 = class_5 + excluded.class_5",
    )?;
    for (
        span,
        Span {
            first,
            last,
            classes,
        },
    ) in spans
    {
        let [a, b, c, d, e] = classes;
        upsert.execute((span, first, last, a, b, c, d, e))?;
    }
    Ok(())
}

/// Rows of one span.
struct Span {
    first: u64,
    last: u64,
    classes: [u64; CLASSES],
}

impl Default for Span {
    fn default() -> Self {
        Self {
            first: u64::MAX,
            last: 0,
            classes: [0; CLASSES],
        }
    }
}

impl Span {
    fn add(&mut self, row: &ExchangeSummary) {
        self.first = self.first.min(row.seq);
        self.last = self.last.max(row.seq);
        self.classes[class(row.status)] += 1;
    }
}

/// Takes the rows from one number to another out of the index, before they are removed. Those that are
/// pinned stay.
pub(super) fn remove_between(tx: &Transaction<'_>, first: u64, last: u64) -> rusqlite::Result<()> {
    let sql = format!(
        "SELECT started_at_us, status FROM exchanges
         WHERE seq >= ?1 AND seq <= ?2 AND NOT {IS_PINNED}"
    );
    let mut gone = BTreeMap::<i64, [u64; CLASSES]>::new();
    let mut statement = tx.prepare_cached(&sql)?;
    let mut rows = statement.query((from_seq(tx)?.max(first), last))?;
    while let Some(row) = rows.next()? {
        let started: i64 = row.get(0)?;
        let span = gone.entry(started.div_euclid(SPAN_US)).or_default();
        span[class(row.get(1)?)] += 1;
    }
    let mut lessen = tx.prepare_cached(
        "UPDATE exchange_spans SET
             class_1 = class_1 - ?2, class_2 = class_2 - ?3, class_3 = class_3 - ?4,
             class_4 = class_4 - ?5, class_5 = class_5 - ?6
         WHERE span = ?1",
    )?;
    let mut delete = tx.prepare_cached(
        "DELETE FROM exchange_spans
         WHERE span = ?1 AND class_1 + class_2 + class_3 + class_4 + class_5 = 0",
    )?;
    for (span, [a, b, c, d, e]) in gone {
        lessen.execute((span, a, b, c, d, e))?;
        delete.execute([span])?;
    }
    Ok(())
}

/// The number from which on rows are in the index; 0 once all are.
pub(super) fn from_seq(db: &Connection) -> rusqlite::Result<u64> {
    let sql = "SELECT from_seq FROM exchange_index";
    let from = db.prepare_cached(sql)?.query_row([], |row| row.get(0));
    Ok(from.optional()?.unwrap_or(0))
}

/// The number from which on the words of a row say where its path ends.
pub(super) fn ends_from(db: &Connection) -> rusqlite::Result<u64> {
    let sql = "SELECT ends_from FROM exchange_index";
    let from = db.prepare_cached(sql)?.query_row([], |row| row.get(0));
    Ok(from.optional()?.unwrap_or(0))
}

/// Puts some rows of before there was an index into it, newest first, or brings the words of those that are
/// in it together; `true` if there is more to do.
pub(super) fn tend(tx: &Transaction<'_>) -> rusqlite::Result<bool> {
    let from = from_seq(tx)?;
    if from == 0 {
        return Ok(columns::add_older(tx)? || word_parts::bring_together(tx)?);
    }
    let sql =
        format!("SELECT {COLUMNS} FROM exchanges WHERE seq < ?1 ORDER BY seq DESC LIMIT {STEP}");
    let mut statement = tx.prepare_cached(&sql)?;
    let rows: Vec<_> = statement
        .query_map([from], read)?
        .collect::<Result<_, _>>()?;
    add(tx, rows.iter())?;
    let all = rows.len() < STEP as usize;
    let next = rows.last().filter(|_| !all).map_or(0, |row| row.seq);
    tx.execute("UPDATE exchange_index SET from_seq = ?1", [next])?;
    Ok(true)
}

/// Makes it as if rows up to a number were not in the index yet.
#[cfg(test)]
pub(crate) fn forget_index(log: &super::LogStore, up_to: u64) {
    let mut writer = log.writer().unwrap();
    writer.forget_index(up_to);
}
