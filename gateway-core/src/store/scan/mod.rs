//! Looks through the log window by window, each by the index under which there is least to look at.

mod conditions;
mod plan;
mod windows;

use std::time::{Duration, Instant};

use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension as _, params_from_iter};

use super::columns::Blocks;
use super::exchange_row::{COLUMNS, read};
use super::lookup::{Lookup, Source, sources};
use super::word_parts::words_from;
use crate::record::detail::Kept;
use crate::record::filter::Filter;
use crate::record::summary::ExchangeSummary;
use plan::Plan;
use windows::Windows;

pub(super) use conditions::prepare;
pub(super) use windows::numbers;

/// A look through the log, from the newest rows to the oldest.
pub(super) struct Scan<'a> {
    pub(super) db: &'a Connection,
    filter: &'a Filter,
    condition: String,
    values: Vec<Value>,
    /// The lowest number that is looked at, and the one before which it begins.
    pub(super) low: u64,
    pub(super) high: u64,
    /// What is known of rows before they are looked at.
    blocks: Option<Blocks<'a>>,
    /// From which number on the words of all rows can be looked up.
    words_from: u64,
    /// How to go about it, once that was found out.
    plan: Option<Plan>,
}

impl<'a> Scan<'a> {
    pub(super) fn new(
        db: &'a Connection,
        filter: &'a Filter,
        before: Option<u64>,
    ) -> rusqlite::Result<Self> {
        let (condition, values) = filter.to_sql();
        let (_, since, until) = filter.without_time();
        let (low, high) = numbers(db, since, until)?;
        Ok(Self {
            db,
            filter,
            condition,
            values,
            low,
            high: before.map_or(high, |before| before.min(high)),
            blocks: Blocks::new(db, filter)?,
            words_from: words_from(db)?,
            plan: None,
        })
    }

    /// Adds the rows of a window that match, newest first. Gives where it stopped, if time ran out.
    pub(super) fn each(
        &mut self,
        low: u64,
        high: u64,
        limit: usize,
        until: Instant,
        rows: &mut Vec<ExchangeSummary>,
    ) -> rusqlite::Result<Option<u64>> {
        let whole = self.filter.is_whole_in_sql();
        let most = if whole { limit } else { usize::MAX };
        let found = self.narrowed(low, high, most, COLUMNS, read)?;
        if whole {
            let before = rows.len();
            rows.extend(found);
            // Several names bring as many rows each.
            rows[before..].sort_unstable_by_key(|row| std::cmp::Reverse(row.seq));
            rows.dedup_by_key(|row| row.seq);
            rows.truncate(before + limit);
            return Ok(None);
        }
        let mut found = found;
        found.sort_unstable_by_key(|row| std::cmp::Reverse(row.seq));
        found.dedup_by_key(|row| row.seq);
        let (mut taken, began_with) = (0, rows.len());
        for row in found {
            if taken > 0 && taken % 64 == 0 && Instant::now() >= until {
                return Ok(Some(row.seq + 1));
            }
            taken += 1;
            let kept = match self.filter.needs_detail() {
                true => kept(self.db, row.seq)?,
                false => None,
            };
            if self.filter.matches(&row, kept.as_ref()) {
                rows.push(row);
                if rows.len() - began_with == limit {
                    break;
                }
            }
        }
        Ok(None)
    }

    /// Looks at a window of rows that meet the condition. Several names may bring a row twice.
    pub(super) fn narrowed<T>(
        &mut self,
        low: u64,
        high: u64,
        limit: usize,
        columns: &str,
        read: impl Fn(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<Vec<T>> {
        let Plan { lookup, by_blocks } = self.plan(low, high)?;
        if by_blocks || matches!(lookup, Lookup::Words(_)) {
            return self.one_by_one(
                &Plan { lookup, by_blocks },
                (low, high),
                limit,
                columns,
                read,
            );
        }
        let mut found = Vec::new();
        for Source { from, value } in sources(&lookup) {
            let sql = format!(
                "SELECT {columns} FROM {from} AND seq >= ? AND seq < ? AND ({}) \
                 ORDER BY seq DESC LIMIT ?",
                self.condition
            );
            let limit = u64::try_from(limit).unwrap_or(u64::MAX);
            let values = value.into_iter().chain([number(low), number(high)]);
            let values = values.chain(self.values.iter().cloned());
            let values = values.chain([number(limit)]);
            let mut statement = self.db.prepare_cached(&sql)?;
            let rows = statement.query_map(params_from_iter(values), |row| read(row))?;
            for row in rows {
                found.push(row?);
            }
        }
        Ok(found)
    }

    /// The same, row by row: those that have the words, where the lookup is by those, and that the blocks
    /// let pass, where these are asked.
    fn one_by_one<T>(
        &mut self,
        plan: &Plan,
        (low, high): (u64, u64),
        limit: usize,
        columns: &str,
        read: impl Fn(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<Vec<T>> {
        let condition = &self.condition;
        let sql = format!("SELECT {columns} FROM exchanges WHERE seq = ? AND ({condition})");
        let mut statement = self.db.prepare_cached(&sql)?;
        for (at, value) in self.values.iter().enumerate() {
            statement.raw_bind_parameter(at + 2, value)?;
        }
        let mut found = Vec::new();
        let mut look = |seq: u64| {
            statement.raw_bind_parameter(1, seq)?;
            let mut rows = statement.raw_query();
            if let Some(row) = rows.next()? {
                found.push(read(row)?);
            }
            Ok(found.len() < limit)
        };
        let mut blocks = self.blocks.as_mut().filter(|_| plan.by_blocks);
        let Lookup::Words(words) = &plan.lookup else {
            if let Some(blocks) = blocks {
                blocks.backwards(low, high, look)?;
            }
            return Ok(found);
        };
        'parts: for (table, text) in words.among(low, high) {
            let mut with_words = self.db.prepare_cached(&format!(
                "SELECT rowid FROM {table}
                 WHERE {table} MATCH ?1 AND rowid >= ?2 AND rowid < ?3 ORDER BY rowid DESC"
            ))?;
            let mut with_words = with_words.query((text, low, high))?;
            while let Some(row) = with_words.next()? {
                let seq = row.get(0)?;
                let may = match &mut blocks {
                    Some(blocks) => blocks.may(seq)?,
                    None => true,
                };
                if may && !look(seq)? {
                    break 'parts;
                }
            }
        }
        Ok(found)
    }

    /// Calls `count` with the time and the status of each row of a window that matches.
    pub(super) fn counted(
        &mut self,
        low: u64,
        high: u64,
        mut count: impl FnMut(i64, u16),
    ) -> rusqlite::Result<()> {
        if !self.filter.is_whole_in_sql() {
            let mut rows = Vec::new();
            let far_off = Instant::now() + Duration::from_secs(60);
            self.each(low, high, usize::MAX, far_off, &mut rows)?;
            for row in rows {
                count(row.started_at_us, row.status);
            }
            return Ok(());
        }
        let columns = "seq, started_at_us, status";
        let mut seen = self.narrowed(low, high, usize::MAX, columns, |row| {
            Ok((
                row.get::<_, u64>(0)?,
                row.get::<_, i64>(1)?,
                row.get::<_, u16>(2)?,
            ))
        })?;
        let lookup = self.plan.as_ref().map(|plan| &plan.lookup);
        if matches!(lookup, Some(Lookup::Names(_, names)) if names.len() > 1) {
            seen.sort_unstable();
            seen.dedup_by_key(|(seq, ..)| *seq);
        }
        for (_, started, status) in seen {
            count(started, status);
        }
        Ok(())
    }

    /// The windows to look through, none of them half in blocks, or half in the index of words.
    pub(super) fn windows(&self) -> Windows {
        let blocks = self.blocks.as_ref();
        let [from, to] = blocks.map_or([0, 0], |blocks| [blocks.low, blocks.high]);
        Windows::new(self.low, self.high, [from, to, self.words_from])
    }
}

/// A number of a row, or of rows, for SQLite.
fn number(number: u64) -> Value {
    Value::from(i64::try_from(number).unwrap_or(i64::MAX))
}

/// The detail of a row.
fn kept(db: &Connection, seq: u64) -> rusqlite::Result<Option<Kept>> {
    let sql = "SELECT kept FROM details WHERE seq = ?1";
    let json: Option<String> = db
        .prepare_cached(sql)?
        .query_row([seq], |row| row.get(0))
        .optional()?;
    // A detail that cannot be read matches nothing.
    Ok(json.and_then(|json| serde_json::from_str(&json).ok()))
}
