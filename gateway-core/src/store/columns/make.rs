//! Making blocks of rows, and removing them.

use std::borrow::Cow;
use std::collections::HashMap;

use rusqlite::{Connection, Transaction};

use super::{BLOCK, MOST_NAMES, OTHER, blocks, place, write_names};
use crate::record::filter::Facet;
use crate::store::exchange_row::{COLUMNS, read};
use crate::store::log_writer::newest;

/// Most blocks that are made at once.
const MOST_AT_ONCE: u64 = 2;

/// How many blocks are full.
fn full(db: &Connection) -> rusqlite::Result<u64> {
    Ok((newest(db)? + 1) / BLOCK)
}

/// Makes blocks of those that are full by now.
pub(in crate::store) fn add(tx: &Transaction<'_>) -> rusqlite::Result<()> {
    let full = full(tx)?;
    let (_, end) = begun(tx, full)?;
    for block in (end..full).take(MOST_AT_ONCE as usize) {
        make(tx, block)?;
        tx.execute("UPDATE exchange_blocks SET end_block = ?1", [block + 1])?;
    }
    Ok(())
}

/// Makes a block of rows that were there before there were blocks, newest first; `true` if there are
/// more of them.
pub(in crate::store) fn add_older(tx: &Transaction<'_>) -> rusqlite::Result<bool> {
    let (first, _) = begun(tx, full(tx)?)?;
    let sql = "SELECT coalesce(min(seq), 0) / ?1 FROM exchanges";
    let oldest: u64 = tx.query_row(sql, [BLOCK], |row| row.get(0))?;
    if first <= oldest {
        return Ok(false);
    }
    // There may be none between rows that are pinned and the oldest others.
    let sql = "SELECT coalesce(max(seq), 0) / ?1 FROM exchanges WHERE seq < ?2";
    let next: u64 = tx.query_row(sql, [BLOCK, first * BLOCK], |row| row.get(0))?;
    make(tx, next)?;
    tx.execute("UPDATE exchange_blocks SET first_block = ?1", [next])?;
    Ok(next > oldest)
}

/// Removes blocks of which no row is left, once those up to a number are gone.
pub(in crate::store) fn remove_up_to(tx: &Transaction<'_>, last: u64) -> rusqlite::Result<()> {
    let (first, end) = blocks(tx)?;
    let left = ((last + 1) / BLOCK).min(end);
    if left <= first {
        return Ok(());
    }
    let mut delete =
        tx.prepare_cached("DELETE FROM exchange_columns WHERE at >= ?1 AND at < ?2")?;
    for facet in 0..Facet::ALL.len() {
        delete.execute((place(facet, first), place(facet, left)))?;
    }
    tx.execute("UPDATE exchange_blocks SET first_block = ?1", [left])
        .map(drop)
}

/// Makes the block of a row that came back again, if there is one.
pub(in crate::store) fn make_again(tx: &Transaction<'_>, seq: u64) -> rusqlite::Result<()> {
    let (first, end) = blocks(tx)?;
    match (first..end).contains(&(seq / BLOCK)) {
        true => make(tx, seq / BLOCK),
        false => Ok(()),
    }
}

/// The blocks that are there; at first none before a certain one.
fn begun(tx: &Transaction<'_>, at: u64) -> rusqlite::Result<(u64, u64)> {
    tx.execute(
        "INSERT INTO exchange_blocks SELECT ?1, ?1 WHERE NOT EXISTS (SELECT 1 FROM exchange_blocks)",
        [at],
    )?;
    blocks(tx)
}

fn make(tx: &Transaction<'_>, block: u64) -> rusqlite::Result<()> {
    let mut made = Facet::ALL.map(|_| Making::default());
    let sql = format!("SELECT {COLUMNS} FROM exchanges WHERE seq >= ?1 AND seq < ?2");
    let mut statement = tx.prepare_cached(&sql)?;
    let low = block * BLOCK;
    let mut rows = statement.query((low, low + BLOCK))?;
    while let Some(row) = rows.next()? {
        let row = read(row)?;
        for (facet, making) in Facet::ALL.iter().zip(&mut made) {
            making.add((row.seq - low) as usize, facet.of(&row));
        }
    }
    let mut insert =
        tx.prepare_cached("INSERT OR REPLACE INTO exchange_columns VALUES (?1, ?2, ?3)")?;
    for (facet, making) in made.into_iter().enumerate() {
        if let Some((names, rows)) = making.done() {
            insert.execute((place(facet, block), names, rows))?;
        }
    }
    Ok(())
}

/// The values of a facet among the rows of a block, while it is made.
#[derive(Default)]
struct Making {
    /// Numbers of the values, in the order in which they came,
    numbers: HashMap<Option<Box<str>>, u16>,
    /// how many rows have each,
    counts: Vec<u32>,
    /// and which row has which. A row that is not there is taken for one that has the first.
    rows: Vec<u16>,
    last: Option<(Option<Box<str>>, u16)>,
}

impl Making {
    fn add(&mut self, place: usize, value: Option<Cow<'_, str>>) {
        let same = |last: &(Option<Box<str>>, u16)| last.0.as_deref() == value.as_deref();
        let number = match self.last.as_ref().filter(|last| same(last)) {
            Some((_, number)) => *number,
            None => {
                let value: Option<Box<str>> = value.map(Box::from);
                let next = self.counts.len() as u16;
                let number = *self.numbers.entry(value.clone()).or_insert(next);
                if number == next {
                    self.counts.push(0);
                }
                self.last = Some((value, number));
                number
            }
        };
        self.counts[usize::from(number)] += 1;
        self.rows.resize(place, 0);
        self.rows.push(number);
    }

    /// The values, in their order, and for each row which; no rows where all have the same. `None` where
    /// it would tell next to nothing.
    fn done(mut self) -> Option<(Vec<u8>, Vec<u8>)> {
        if self.counts.is_empty() {
            return None;
        }
        self.rows.resize(BLOCK as usize, 0);
        let mut names: Vec<_> = self.numbers.into_iter().collect();
        if names.len() > MOST_NAMES {
            let often = |number: u16| self.counts[usize::from(number)];
            names.sort_unstable_by_key(|(_, number)| std::cmp::Reverse(often(*number)));
            names.truncate(MOST_NAMES);
            let told: u32 = names.iter().map(|(_, number)| often(*number)).sum();
            if u64::from(told) * 16 < BLOCK {
                return None;
            }
        }
        names.sort_unstable();
        let mut place_of = vec![OTHER; self.counts.len()];
        for (place, (_, number)) in names.iter().enumerate() {
            place_of[usize::from(*number)] = place as u8;
        }
        let names_only = self.counts.len() == 1;
        let rows = match names_only {
            true => Vec::new(),
            false => self
                .rows
                .iter()
                .map(|number| place_of[usize::from(*number)])
                .collect(),
        };
        Some((write_names(names.into_iter().map(|(name, _)| name)), rows))
    }
}
