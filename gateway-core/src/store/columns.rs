//! Rows in blocks, by columns: which values each facet has among the rows of a block, and which row has
//! which. Reading the values of a block takes microseconds, and most blocks have nothing of what is
//! looked for.

use std::borrow::Cow;
use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension as _, Transaction};

use super::exchange_row::{COLUMNS, read};
use super::log_writer::newest;
use crate::record::filter::{Bits, Facet, Filter, Narrow, Passing, Verdict};

/// Rows of a block: numbers from a multiple of it on. A few in tests, so that there are many blocks.
pub(super) const BLOCK: u64 = if cfg!(test) { 8 } else { 8_192 };
/// Most values of a facet that are told apart in a block; what is rarer there is `OTHER`.
const MOST_NAMES: usize = if cfg!(test) { 3 } else { 254 };
const OTHER: u8 = 255;
/// Most blocks that are made at once.
const MOST_AT_ONCE: u64 = 2;

/// Where the values of a facet are in a block.
fn place(facet: usize, block: u64) -> u64 {
    ((facet as u64) << 40) | block
}

/// The blocks that are there: from one to before another.
pub(super) fn blocks(db: &Connection) -> rusqlite::Result<(u64, u64)> {
    let sql = "SELECT first_block, end_block FROM exchange_blocks";
    let found = db
        .prepare_cached(sql)?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)));
    Ok(found.optional()?.unwrap_or((0, 0)))
}

/// How many blocks are full.
fn full(db: &Connection) -> rusqlite::Result<u64> {
    Ok((newest(db)? + 1) / BLOCK)
}

/// Makes blocks of those that are full by now.
pub(super) fn add(tx: &Transaction<'_>) -> rusqlite::Result<()> {
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
pub(super) fn add_older(tx: &Transaction<'_>) -> rusqlite::Result<bool> {
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
pub(super) fn remove_up_to(tx: &Transaction<'_>, last: u64) -> rusqlite::Result<()> {
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
pub(super) fn make_again(tx: &Transaction<'_>, seq: u64) -> rusqlite::Result<()> {
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

/// Asks the blocks of a log which of their rows may be shown.
pub(super) struct Blocks<'a> {
    db: &'a Connection,
    narrow: Narrow,
    /// The numbers of rows that are in blocks: from one to before another.
    pub(super) low: u64,
    pub(super) high: u64,
    /// Of each question what was found the last time: mostly the values are the same ones.
    told: Vec<Told>,
    last: Option<(u64, Bits)>,
}

/// What the values of a block tell, by their places.
#[derive(Default)]
struct Told {
    names: Vec<u8>,
    verdicts: Vec<Verdict>,
}

impl<'a> Blocks<'a> {
    /// `None` where they can tell nothing of a filter, or there are none.
    pub(super) fn new(db: &'a Connection, filter: &Filter) -> rusqlite::Result<Option<Self>> {
        let (first, end) = blocks(db)?;
        let narrow = filter.narrow().filter(|_| first < end);
        Ok(narrow.map(|narrow| Self {
            db,
            low: first * BLOCK,
            high: end * BLOCK,
            told: narrow.questions().iter().map(|_| Told::default()).collect(),
            narrow,
            last: None,
        }))
    }

    /// How many facets are asked.
    pub(super) fn questions(&self) -> usize {
        self.told.len()
    }

    /// Which part of the rows may be shown, by a few blocks.
    pub(super) fn part(&mut self) -> rusqlite::Result<f64> {
        const SOME: u64 = 8;
        let (first, blocks) = (self.low / BLOCK, (self.high - self.low) / BLOCK);
        let some = blocks.min(SOME);
        let mut all = 0;
        for at in 1..=some {
            all += self
                .of(first + blocks * at / some - 1)?
                .count(BLOCK as usize);
        }
        Ok(all as f64 / (some * BLOCK) as f64)
    }

    /// Whether a row may be shown.
    pub(super) fn may(&mut self, seq: u64) -> rusqlite::Result<bool> {
        let place = (seq % BLOCK) as usize;
        Ok(self.of(seq / BLOCK)?.has(place))
    }

    /// The numbers from one to before another of rows that may be shown, newest first, until `take` says
    /// that it is enough.
    pub(super) fn backwards(
        &mut self,
        low: u64,
        high: u64,
        mut take: impl FnMut(u64) -> rusqlite::Result<bool>,
    ) -> rusqlite::Result<()> {
        for block in (low / BLOCK..high.div_ceil(BLOCK)).rev() {
            let begin = block * BLOCK;
            let end = (high - begin).min(BLOCK) as usize;
            for place in self.of(block)?.backwards(end) {
                let seq = begin + place as u64;
                if seq < low {
                    break;
                }
                if !take(seq)? {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    fn of(&mut self, block: u64) -> rusqlite::Result<&Bits> {
        if self.last.as_ref().is_none_or(|(last, _)| *last != block) {
            let Self {
                db, narrow, told, ..
            } = self;
            let turns = narrow.turns();
            let bits = narrow.rows(|number| {
                let facet = narrow.questions()[number].facet;
                ask(db, facet, block, turns, &mut told[number], |value| {
                    narrow.questions()[number].verdict(value)
                })
            })?;
            self.last = Some((block, bits));
        }
        Ok(&self.last.as_ref().expect("it was just set").1)
    }
}

/// What the values of a facet in a block tell.
fn ask(
    db: &Connection,
    facet: Facet,
    block: u64,
    turns: bool,
    told: &mut Told,
    verdict: impl Fn(Option<&str>) -> Verdict,
) -> rusqlite::Result<Passing> {
    let facet = Facet::ALL.iter().position(|one| *one == facet);
    let facet = facet.expect("all facets are in the list of all");
    let mut statement =
        db.prepare_cached("SELECT names, rows FROM exchange_columns WHERE at = ?1")?;
    let mut found = statement.query([place(facet, block)])?;
    let Some(found) = found.next()? else {
        return Ok(Passing::unknown());
    };
    let names = found.get_ref(0)?.as_blob()?;
    if told.names != names || told.verdicts.is_empty() {
        told.names = names.to_owned();
        told.verdicts = read_names(names).map(verdict).collect();
    }
    let all = |is: Verdict| told.verdicts.iter().all(|told| *told == is);
    let has_others = told.verdicts.len() == MOST_NAMES;
    let first = told.verdicts.first().copied().unwrap_or(Verdict::Perhaps);
    if !has_others && all(first) {
        return Ok(match first {
            Verdict::Fails => Passing {
                may: Bits::None,
                must: Bits::None,
            },
            Verdict::Perhaps => Passing::unknown(),
            Verdict::Holds => Passing {
                may: Bits::All,
                must: Bits::All,
            },
        });
    }
    // Of what is not told apart nothing is known.
    let mut verdicts: Vec<_> = (0..).zip(told.verdicts.iter().copied()).collect();
    verdicts.extend(has_others.then_some((OTHER, Verdict::Perhaps)));
    let rows = found.get_ref(1)?.as_blob()?;
    let may = places(rows, &verdicts, |told| told != Verdict::Fails);
    let must = match turns {
        true => places(rows, &verdicts, |told| told == Verdict::Holds),
        false => Bits::None,
    };
    Ok(Passing { may, must })
}

/// The places of rows whose value's verdict is like that.
fn places(rows: &[u8], verdicts: &[(u8, Verdict)], is: impl Fn(Verdict) -> bool) -> Bits {
    /// Up to so many values are looked for one by one, eight rows at a time.
    const FEW: usize = 4;
    let all = verdicts.iter().map(|(value, told)| (*value, is(*told)));
    let (these, others): (Vec<_>, Vec<_>) = all.partition(|(_, is)| *is);
    let words = rows.chunks(64);
    if these.len() <= FEW {
        Bits::of(words.map(|rows| equal(rows, &these)).collect())
    } else if others.len() <= FEW {
        Bits::of(words.map(|rows| !equal(rows, &others)).collect())
    } else {
        let mut is = [false; 256];
        for (value, _) in these {
            is[usize::from(value)] = true;
        }
        let of = |rows: &[u8]| {
            let bits = rows.iter().enumerate();
            bits.fold(0, |all, (at, row)| {
                all | u64::from(is[usize::from(*row)]) << at
            })
        };
        Bits::of(words.map(of).collect())
    }
}

/// A bit for each of 64 rows that has one of these values.
fn equal(rows: &[u8], values: &[(u8, bool)]) -> u64 {
    const LOW: u64 = 0x7f7f_7f7f_7f7f_7f7f;
    const EACH: u64 = 0x0101_0101_0101_0101;
    // Brings the lowest bits of eight bytes together in the highest byte.
    const TOGETHER: u64 = 0x0102_0408_1020_4080;
    let mut bits = 0;
    for (at, eight) in rows.chunks(8).enumerate() {
        let mut bytes = [OTHER; 8];
        bytes[..eight.len()].copy_from_slice(eight);
        let eight = u64::from_le_bytes(bytes);
        let mut found = 0;
        for (value, _) in values {
            // A byte that is the same is zero here, and has its highest bit set then.
            let differs = eight ^ (EACH * u64::from(*value));
            found |= !(((differs & LOW) + LOW) | differs | LOW) >> 7;
        }
        bits |= (found.wrapping_mul(TOGETHER) >> 56) << (at * 8);
    }
    bits
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use jiff::tz::TimeZone;
    use rusqlite::params_from_iter;

    use super::super::exchange_row::{STORED, STORED_COUNT, values};
    use super::*;
    use crate::config::Retention;
    use crate::record::filter::When;
    use crate::record::fixtures::{kept, row};
    use crate::record::summary::ExchangeSummary;
    use crate::store::log_writer::log_of_version;
    use crate::store::{Finished, LogStore};

    const NONE: [u64; 0] = [];

    fn filter(text: &str) -> Filter {
        let when = When {
            now_us: 2_000_000_000_000_000,
            zone: TimeZone::UTC,
        };
        Filter::parse(text, &when).unwrap()
    }

    /// Rows of which each fifth is unlike the others.
    fn rows(numbers: std::ops::RangeInclusive<u64>) -> Vec<ExchangeSummary> {
        let row = |seq: u64| ExchangeSummary {
            method: if seq.is_multiple_of(5) {
                "PURGE"
            } else {
                "GET"
            }
            .to_owned(),
            path: format!("/orders/{}", seq % 7),
            host: format!("h{seq}"),
            ..row(seq)
        };
        numbers.map(row).collect()
    }

    fn write(log: &LogStore, rows: Vec<ExchangeSummary>) {
        let rows: Vec<_> = rows
            .into_iter()
            .map(|row| Finished::new(row, &kept()))
            .collect();
        let mut writer = log.writer().unwrap();
        for batch in rows.chunks(5) {
            writer.write(batch).unwrap();
        }
    }

    fn found(log: &LogStore, text: &str) -> Vec<u64> {
        let far_off = Instant::now() + Duration::from_secs(60);
        let page = log.page_until(&filter(text), None, 100, far_off).unwrap();
        page.rows.iter().map(|row| row.seq).collect()
    }

    /// The rows that the blocks let pass, of those that are in one.
    fn passing(log: &LogStore, text: &str) -> Vec<u64> {
        log.with(|db| {
            let mut passing = Vec::new();
            if let Some(mut blocks) = Blocks::new(db, &filter(text))? {
                blocks.backwards(blocks.low, blocks.high, |seq| {
                    passing.push(seq);
                    Ok(true)
                })?;
            }
            Ok(passing)
        })
        .unwrap()
    }

    #[test]
    fn a_block_is_made_once_it_is_full_and_tells_which_rows_may_be_meant() {
        let dir = tempfile::tempdir().unwrap();
        let log = LogStore::open(&dir.path().join("traffic.db")).unwrap();
        write(&log, rows(1..=20));
        assert_eq!(log.with(blocks).unwrap(), (0, 2), "the third is not full");
        assert_eq!(passing(&log, "method:=PURGE"), [15, 10, 5]);
        assert_eq!(passing(&log, "method:=PURGE -route:orders"), NONE);
        assert_eq!(
            passing(&log, "-method:=GET,PATCH service:shop"),
            [15, 10, 5]
        );
        assert_eq!(passing(&log, "status:503"), NONE);
        // Of more values than are told apart, those that are not may be anything.
        assert!(passing(&log, "host:=h9").contains(&9));
        assert!(passing(&log, "host:=nowhere").len() < 16);
        assert_eq!(found(&log, "method:=PURGE"), [20, 15, 10, 5]);
        assert_eq!(found(&log, "host:=h9"), [9]);
        assert_eq!(found(&log, "host:=nowhere"), NONE);
    }

    /// LG-5
    #[test]
    fn blocks_go_with_the_last_of_their_rows() {
        let dir = tempfile::tempdir().unwrap();
        let log = LogStore::open(&dir.path().join("traffic.db")).unwrap();
        write(&log, rows(1..=40));
        let there = || {
            let sql = "SELECT min(at & 0xffffffff), count(*) FROM exchange_columns";
            log.with(|db| db.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?))))
                .unwrap()
        };
        let all: (u64, u64) = there();
        assert_eq!(all.0, 0);
        let keep = |max_rows| Retention {
            max_rows,
            max_bytes: u64::MAX,
            max_age_days: 3_650,
        };
        let mut writer = log.writer().unwrap();
        while writer.trim(&keep(20), 0).unwrap() {}
        assert_eq!(log.with(blocks).unwrap(), (2, 5), "21 is in the third");
        assert_eq!(there(), (2, all.1 / 5 * 3));
        assert_eq!(found(&log, "method:=PURGE"), [40, 35, 30, 25]);
        drop(writer);
        assert_eq!(log.clear().unwrap(), 20);
        write(&log, rows(41..=48));
        assert_eq!(found(&log, "method:=PURGE"), [45]);
        let mut writer = log.writer().unwrap();
        while writer.index_older().unwrap() {}
        assert_eq!(found(&log, "method:=PURGE path:/orders/3"), [45]);
    }

    #[test]
    fn a_log_of_before_there_were_blocks_is_searched_as_it_is_and_put_into_them_bit_by_bit() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("traffic.db");
        let old = log_of_version(8, &path);
        let slots = vec!["?"; STORED_COUNT].join(", ");
        for row in rows(1..=30) {
            let sql = format!("INSERT INTO exchanges ({STORED}) VALUES ({slots})");
            old.execute(&sql, params_from_iter(values(&row))).unwrap();
            let sql = "INSERT INTO details VALUES (?1, ?2)";
            let json = serde_json::to_string(&kept()).unwrap();
            old.execute(sql, (row.seq, json)).unwrap();
            // As words were written then.
            let words = format!("#{} {}?page=2\norders\nAcme CI", row.method, row.path);
            let sql = "INSERT INTO exchange_words (rowid, words) VALUES (?1, ?2)";
            old.execute(sql, (row.seq, words)).unwrap();
        }
        old.execute_batch("UPDATE log_rows SET rows = 30; UPDATE exchange_index SET from_seq = 0;")
            .unwrap();
        drop(old);

        let log = LogStore::open(&path).unwrap();
        assert!(dir.path().join("traffic.db.v8.bak").exists());
        let all_is_found = |newest: &[u64]| {
            let all = newest.iter().copied().chain((1..=30).rev());
            let with = |of: u64, rest: u64| -> Vec<u64> {
                all.clone().filter(|seq| seq % of == rest).collect()
            };
            let sevenths = with(7, 3);
            assert_eq!(found(&log, "path:/orders/3"), sevenths);
            assert_eq!(found(&log, "path:=/orders/3"), sevenths);
            assert_eq!(found(&log, "path:*/3"), sevenths);
            assert_eq!(found(&log, "path:/orders/3/x"), NONE);
            assert_eq!(found(&log, "host:=h9"), [9]);
            assert_eq!(found(&log, "method:=PURGE"), with(5, 0));
        };
        all_is_found(&[]);
        write(&log, rows(31..=50));
        let newest: Vec<u64> = (31..=50).rev().collect();
        all_is_found(&newest);
        let (first, end) = log.with(blocks).unwrap();
        assert_eq!((first, end), (4, 6), "new ones are made as they are full");
        let mut writer = log.writer().unwrap();
        let mut steps = 0;
        while writer.index_older().unwrap() {
            steps += 1;
            all_is_found(&newest);
        }
        assert_eq!(steps, 3, "one block at a time, and the fourth is the last");
        assert_eq!(log.with(blocks).unwrap(), (0, 6));
        all_is_found(&newest);
    }

    #[test]
    fn rows_with_a_value_are_found_alike_one_by_one_and_by_a_table() {
        let rows: Vec<u8> = (0..BLOCK * 16).map(|at| (at * at % 23) as u8).collect();
        let rows: Vec<u8> = rows.iter().map(|row| row * 11).collect();
        for (these, of) in [(1, 23), (4, 23), (9, 23), (20, 23), (23, 23), (0, 23)] {
            let verdicts: Vec<_> = (0..of)
                .map(|value| match value < these {
                    true => (value * 11, Verdict::Holds),
                    false => (value * 11, Verdict::Fails),
                })
                .collect();
            let bits = places(&rows, &verdicts, |told| told == Verdict::Holds);
            for (place, row) in rows.iter().enumerate() {
                assert_eq!(
                    bits.has(place),
                    *row < these * 11,
                    "{these}: {place} is {row}"
                );
            }
        }
    }

    #[test]
    fn names_of_all_kinds_are_read_as_they_were_written() {
        let names = [None, Some(""), Some("a\0b"), Some("é\n"), None];
        let written = write_names(names.iter().map(|name| name.map(Box::from)));
        assert_eq!(read_names(&written).collect::<Vec<_>>(), names);
        assert_eq!(read_names(&written[..written.len() - 5]).count(), 3);
    }
}
