//! Rows in blocks, by columns: which values each facet has among the rows of a block, and which row has
//! which. Reading the values of a block takes microseconds, and most blocks have nothing of what is
//! looked for.

mod ask;
mod make;
#[cfg(test)]
mod tests;

use rusqlite::{Connection, OptionalExtension as _};

pub(super) use self::ask::Blocks;
pub(super) use self::make::{add, add_older, make_again, remove_up_to};

/// Rows of a block: numbers from a multiple of it on. A few in tests, so that there are many blocks.
const BLOCK: u64 = if cfg!(test) { 8 } else { 8_192 };
/// Most values of a facet that are told apart in a block; what is rarer there is `OTHER`.
const MOST_NAMES: usize = if cfg!(test) { 3 } else { 254 };
const OTHER: u8 = 255;

/// Where the values of a facet are in a block.
fn place(facet: usize, block: u64) -> u64 {
    ((facet as u64) << 40) | block
}

/// The blocks that are there: from one to before another.
fn blocks(db: &Connection) -> rusqlite::Result<(u64, u64)> {
    let sql = "SELECT first_block, end_block FROM exchange_blocks";
    let found = db
        .prepare_cached(sql)?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)));
    Ok(found.optional()?.unwrap_or((0, 0)))
}

/// Each value with its length before it, plus one; 0 for none.
fn write_names(names: impl Iterator<Item = Option<Box<str>>>) -> Vec<u8> {
    let mut written = Vec::new();
    for name in names {
        let length = name.as_ref().map_or(0, |name| name.len() as u32 + 1);
        written.extend(length.to_le_bytes());
        written.extend(name.unwrap_or_default().as_bytes());
    }
    written
}

fn read_names(mut written: &[u8]) -> impl Iterator<Item = Option<&str>> {
    std::iter::from_fn(move || {
        let (length, rest) = written.split_first_chunk()?;
        let Some(length) = (u32::from_le_bytes(*length) as usize).checked_sub(1) else {
            written = rest;
            return Some(None);
        };
        let (name, rest) = rest.split_at_checked(length)?;
        written = rest;
        Some(std::str::from_utf8(name).ok())
    })
}
