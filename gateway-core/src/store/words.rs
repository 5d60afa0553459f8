//! Text of rows, looked up by three letters at a time.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension as _};

use super::row_index::ends_from;
use super::word_parts::{Part, parts};
use crate::record::filter::Word;

/// How many rows with three letters are counted to tell how often they are,
const ENOUGH: u64 = 256;
/// and among how many at least.
const ENOUGH_ROWS: u64 = 131_072;
/// In how many parts rows with all of the words are counted.
const COUNTED_PARTS: usize = 4;

/// Expressions for FTS5 that rows with one of some texts meet.
#[derive(Clone, Debug)]
pub(super) struct Words {
    /// For rows from this number on, whose words say where a path ends;
    ends_from: u64,
    precise: String,
    /// and for those before it.
    plain: String,
    /// Where they are looked up, newest rows first.
    parts: Vec<Part>,
    /// Which part of the newest rows has the rarest three letters of each text, added up.
    pub(super) part: f64,
}

impl Words {
    /// How to look up these texts; `None` where one is too short for that.
    pub(super) fn of(db: &Connection, texts: &[Word]) -> rusqlite::Result<Option<Self>> {
        let rows = Sample::new(db)?;
        let (mut precise, mut plain, mut part) = (Vec::new(), Vec::new(), 0.0);
        for word in texts {
            let begin = if word.begins_path { " " } else { "" };
            let text = format!("{begin}{}", word.text);
            let end = if word.ends_segment { "/" } else { "" };
            let ended = rows.rarest(&format!("{text}{end}"))?;
            let (Some((one, rare)), Some((other, _))) = (ended, rows.rarest(&text)?) else {
                return Ok(None);
            };
            precise.push(one);
            plain.push(other);
            part += rare;
        }
        let words = Self {
            ends_from: ends_from(db)?,
            precise: precise.join(" OR "),
            plain: plain.join(" OR "),
            parts: rows.parts,
            part,
        };
        Ok((!texts.is_empty()).then_some(words))
    }

    /// About how many rows have the words, up to so many: counted in the newest parts, as if the others
    /// were like these.
    pub(super) fn about(&self, db: &Connection, most: u64) -> rusqlite::Result<u64> {
        let mut found = 0;
        let asked = self.parts.len().min(COUNTED_PARTS);
        for Part { table, .. } in &self.parts[..asked] {
            let sql = format!(
                "SELECT count(*) FROM (SELECT 1 FROM {table} WHERE {table} MATCH ?1 LIMIT ?2)"
            );
            let mut statement = db.prepare_cached(&sql)?;
            let limit = (&self.precise, most - found);
            found += statement.query_row(limit, |row| row.get::<_, u64>(0))?;
            if found >= most {
                return Ok(most);
            }
        }
        let all = found * self.parts.len() as u64 / asked.max(1) as u64;
        Ok(all.min(most))
    }

    /// The tables of words that have rows from `low` to before `high`, newest rows first, and what to look
    /// up in each.
    pub(super) fn among(&self, low: u64, high: u64) -> impl Iterator<Item = (&str, &str)> {
        let words = match low >= self.ends_from {
            true => &self.precise,
            false => &self.plain,
        };
        let parts = self.parts.iter();
        let parts = parts.filter(move |part| part.first < high && low < part.end);
        parts.map(move |part| (part.table.as_str(), words.as_str()))
    }
}

/// The newest rows, by which is judged how often three letters are in one.
struct Sample<'a> {
    db: &'a Connection,
    parts: Vec<Part>,
    /// Of the parts, the newest that are asked,
    asked: usize,
    /// and how many rows they have.
    rows: u64,
    newest: u64,
}

impl<'a> Sample<'a> {
    fn new(db: &'a Connection) -> rusqlite::Result<Self> {
        // Each of them by itself is found at once.
        let sql = "SELECT coalesce((SELECT max(seq) FROM exchanges), 0),
                          coalesce((SELECT min(seq) FROM exchanges), 0)";
        let (newest, oldest): (u64, u64) = db
            .prepare_cached(sql)?
            .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let parts = parts(db)?;
        let full = |part: &Part| newest.saturating_sub(part.first) >= ENOUGH_ROWS;
        let asked = parts.iter().position(full).map_or(parts.len(), |at| at + 1);
        let first = parts[..asked].last().map_or(newest, |part| part.first);
        Ok(Self {
            db,
            parts,
            asked,
            rows: (newest + 1).saturating_sub(first.max(oldest)),
            newest,
        })
    }

    /// An expression that rows with this text meet, made of the rarest of its letters, and which part
    /// of the rows has the rarest. Going through those of common letters takes longer than looking at
    /// the rows that they rule out.
    fn rarest(&self, text: &str) -> rusqlite::Result<Option<(String, f64)>> {
        /// More would make it slower, not more selective.
        const MOST: usize = 24;
        /// How many entries of the index take as long as one row.
        const ENTRIES: f64 = 100.0;
        let letters: Vec<char> = text.chars().collect();
        // The end of a text says more than its beginning.
        let threes: BTreeSet<String> = letters
            .windows(3)
            .rev()
            .take(MOST)
            .map(|three| three.iter().collect())
            .collect();
        let mut parts = Vec::new();
        for three in threes {
            let quoted = format!("\"{}\"", three.replace('"', "\"\""));
            parts.push((self.part(&quoted)?, quoted));
        }
        parts.sort_unstable_by(|(a, _), (b, _)| a.total_cmp(b));
        let Some((rarest, _)) = parts.first() else {
            return Ok(None);
        };
        let (rarest, mut left, mut taken) = (*rarest, *rarest, Vec::new());
        for (part, three) in parts {
            if !taken.is_empty() {
                if part > left * ENTRIES {
                    break;
                }
                // Letters that stand side by side are mostly in the same rows.
                left *= part.sqrt();
            }
            taken.push(three);
        }
        Ok(Some((format!("({})", taken.join(" AND ")), rarest)))
    }

    /// Which part of the newest rows has these letters.
    fn part(&self, three: &str) -> rusqlite::Result<f64> {
        let mut found = 0;
        for Part { table, .. } in &self.parts[..self.asked] {
            let sql = format!(
                "SELECT rowid FROM {table} WHERE {table} MATCH ?1 ORDER BY rowid DESC LIMIT 1 OFFSET ?2"
            );
            let mut statement = self.db.prepare_cached(&sql)?;
            let at: Option<u64> = statement
                .query_row((three, ENOUGH - 1 - found), |row| row.get(0))
                .optional()?;
            if let Some(at) = at {
                let of = (self.newest + 1).saturating_sub(at).max(1);
                return Ok(ENOUGH as f64 / of as f64);
            }
            let sql = format!("SELECT count(*) FROM {table} WHERE {table} MATCH ?1");
            let mut all = self.db.prepare_cached(&sql)?;
            found += all.query_row([three], |row| row.get::<_, u64>(0))?;
        }
        Ok(found as f64 / self.rows.max(1) as f64)
    }
}
