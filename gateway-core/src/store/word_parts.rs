//! The words of rows, in tables of so many rows each: what is old goes by dropping a table. Taking
//! rows out of one large index of words one by one would make FTS5 merge it again and again, which holds
//! up the rows that come.

use rusqlite::{Connection, Transaction};

use super::exchange_row::{COLUMNS, read};
use super::log_writer::log_rows;
use super::row_index::{from_seq, words};
use crate::record::summary::ExchangeSummary;

/// Fewest rows of a part, and most. Many small parts make finding rare words slow, large ones keep the
/// words of rows that are gone for long. A few in tests, so that there are many parts.
const FEWEST: u64 = if cfg!(test) { 16 } else { 2_048 };
const MOST: u64 = FEWEST * 128;
/// Which part of the rows of the log is in a part, between these bounds.
const SHARE: u64 = if cfg!(test) { 8 } else { 2 };
/// About how many pages of a part are brought together at once: some 10 ms of work.
const MERGED_PAGES: i64 = 32;

/// A table of words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// Its table, which FTS5 made.
    pub(super) table: String,
    /// The rows that it has: from this number
    pub(super) first: u64,
    /// to before this one.
    pub(super) end: u64,
}

/// All parts, newest first.
pub(super) fn parts(db: &Connection) -> rusqlite::Result<Vec<Part>> {
    let sql = "SELECT first_seq, name FROM exchange_word_parts ORDER BY first_seq DESC";
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query([])?;
    let (mut parts, mut end) = (Vec::new(), i64::MAX.unsigned_abs());
    while let Some(row) = rows.next()? {
        let (first, table) = (row.get(0)?, row.get(1)?);
        parts.push(Part { table, first, end });
        end = first;
    }
    Ok(parts)
}

/// The number from which on all rows are in a part.
pub(super) fn words_from(db: &Connection) -> rusqlite::Result<u64> {
    let sql = "SELECT min(first_seq) FROM exchange_word_parts";
    let oldest: Option<u64> = db.prepare_cached(sql)?.query_row([], |row| row.get(0))?;
    Ok(from_seq(db)?.max(oldest.unwrap_or(u64::MAX)))
}

/// Puts rows into the parts that they belong to, the newest into a new one where the last is full.
pub(super) fn add<'a>(
    tx: &Transaction<'_>,
    rows: impl Iterator<Item = &'a ExchangeSummary>,
) -> rusqlite::Result<()> {
    let mut all = parts(tx)?;
    let most = (log_rows(tx)? / SHARE).clamp(FEWEST, MOST);
    for row in rows {
        let newest = all.first().map_or(0, |part| part.first);
        if all.is_empty() || row.seq >= newest + most {
            begin(tx, row.seq)?;
            all = parts(tx)?;
        }
        // Rows that are older than all parts are not looked for in any.
        if let Some(part) = all.iter().find(|part| part.first <= row.seq) {
            let sql = format!("INSERT INTO {} (rowid, words) VALUES (?1, ?2)", part.table);
            tx.prepare_cached(&sql)?.execute((row.seq, words(row)))?;
        }
    }
    Ok(())
}

fn begin(tx: &Transaction<'_>, first: u64) -> rusqlite::Result<()> {
    let table = format!("exchange_words_{first}");
    // As the first one was made. Where words stand is not kept: rows that are found are looked at anyway.
    tx.execute_batch(&format!(
        "CREATE VIRTUAL TABLE {table} USING fts5(
             words, content = '', contentless_delete = 1, detail = none, tokenize = 'trigram'
         )"
    ))?;
    let sql = "INSERT INTO exchange_word_parts VALUES (?1, ?2)";
    tx.execute(sql, (first, table)).map(drop)
}

/// Brings the words of a part that gets no more rows together bit by bit: they are stored in as many
/// pieces as they came in, and finding any asks each. `true` if there is more to do.
pub(super) fn bring_together(tx: &Transaction<'_>) -> rusqlite::Result<bool> {
    for Part { table, .. } in parts(tx)?.iter().skip(1) {
        let sql = format!(
            "SELECT (SELECT min(segid) FROM {table}_idx) < (SELECT max(segid) FROM {table}_idx)"
        );
        let in_pieces: Option<bool> = tx.query_row(&sql, [], |row| row.get(0))?;
        if in_pieces != Some(true) {
            continue;
        }
        let before = tx.total_changes();
        let sql = format!("INSERT INTO {table} ({table}, rank) VALUES ('merge', ?1)");
        tx.execute(&sql, [-MERGED_PAGES])?;
        // So FTS5 says that it had nothing to do.
        if tx.total_changes() - before >= 2 {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Takes one row out of its part: a few may go so.
pub(super) fn remove_one(tx: &Transaction<'_>, seq: u64) -> rusqlite::Result<()> {
    match parts(tx)?.iter().find(|part| part.first <= seq) {
        Some(Part { table, .. }) => {
            let sql = format!("DELETE FROM {table} WHERE rowid = ?1");
            tx.prepare_cached(&sql)?.execute([seq]).map(drop)
        }
        None => Ok(()),
    }
}

/// Drops the parts of which no row is left but for pinned ones, once those up to a number are gone. Those
/// that are pinned are few, and looked through.
pub(super) fn remove_up_to(tx: &Transaction<'_>, last: u64) -> rusqlite::Result<()> {
    for part in parts(tx)? {
        if part.end <= last + 1 {
            remove(tx, &part)?;
        }
    }
    Ok(())
}

fn remove(tx: &Transaction<'_>, part: &Part) -> rusqlite::Result<()> {
    tx.execute_batch(&format!("DROP TABLE {}", part.table))?;
    let sql = "DELETE FROM exchange_word_parts WHERE first_seq = ?1";
    tx.execute(sql, [part.first]).map(drop)
}

/// Leaves no word of the rows up to a number, which are gone: also not in a part that has later rows.
pub(super) fn forget_up_to(tx: &Transaction<'_>, last: u64) -> rusqlite::Result<()> {
    let (mut kept, all) = (Vec::new(), parts(tx)?);
    for part in all.iter().filter(|part| part.first <= last) {
        let sql = format!("SELECT {COLUMNS} FROM exchanges WHERE seq > ?1 AND seq < ?2");
        let mut statement = tx.prepare_cached(&sql)?;
        let rows = statement.query_map((last, part.end), read)?;
        kept.extend(rows.collect::<Result<Vec<_>, _>>()?);
        remove(tx, part)?;
    }
    if !kept.is_empty() {
        begin(tx, last + 1)?;
        add(tx, kept.iter())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Retention;
    use crate::record::filter::{Filter, When};
    use crate::record::fixtures::{kept, row};
    use crate::store::{Finished, LogStore};

    fn rows(numbers: std::ops::RangeInclusive<u64>) -> Vec<Finished> {
        let row = |seq: u64| {
            let mut row = row(seq);
            row.path = format!("/things/{}", seq % 10);
            Finished::new(row, &kept())
        };
        numbers.map(row).collect()
    }

    /// Numbers of the rows with a path, by asking again and again.
    fn found(log: &LogStore, path: &str) -> Vec<u64> {
        let when = When {
            now_us: 0,
            zone: jiff::tz::TimeZone::UTC,
        };
        let filter = Filter::parse(&format!("path:={path}"), &when).unwrap();
        let (mut found, mut before) = (Vec::new(), None);
        loop {
            let page = log.page(&filter, before, 2).unwrap();
            found.extend(page.rows.iter().map(|row| row.seq));
            before = page.next;
            if before.is_none() {
                return found;
            }
        }
    }

    fn sevens(numbers: std::ops::RangeInclusive<u64>) -> Vec<u64> {
        numbers.rev().filter(|seq| seq % 10 == 7).collect()
    }

    /// The tables there are, by what SQLite knows.
    fn tables(log: &LogStore) -> Vec<String> {
        let sql = "SELECT name FROM sqlite_schema
                   WHERE sql LIKE 'CREATE VIRTUAL TABLE %' ORDER BY name";
        let names = |db: &Connection| {
            let mut statement = db.prepare(sql)?;
            let names = statement.query_map([], |row| row.get(0))?;
            names.collect::<rusqlite::Result<_>>()
        };
        log.with(names).unwrap()
    }

    #[test]
    fn words_are_found_in_all_parts_and_a_part_goes_with_the_last_of_its_rows() {
        let dir = tempfile::tempdir().unwrap();
        let log = LogStore::open(&dir.path().join("traffic.db")).unwrap();
        let mut writer = log.writer().unwrap();
        for first in (1..=97).step_by(4) {
            writer.write(&rows(first..=first + 3)).unwrap();
        }
        assert_eq!(found(&log, "/things/7"), sevens(1..=100));
        let all = log.with(parts).unwrap();
        assert_eq!(all.len(), 7, "{all:?}");
        let firsts: Vec<_> = all.iter().map(|part| part.first).collect();
        assert_eq!(firsts, [96, 80, 64, 48, 32, 16, 0]);

        let keep = Retention {
            max_rows: 60,
            max_bytes: u64::MAX >> 1,
            max_age_days: 36_500,
        };
        while writer.trim(&keep, 0).unwrap() {}
        assert_eq!(found(&log, "/things/7"), sevens(41..=100));
        assert_eq!(
            log.with(parts).unwrap(),
            all[..5],
            "the fifth has rows 32 to 47"
        );
        assert_eq!(tables(&log).len(), 5);
        writer.write(&rows(101..=120)).unwrap();
        assert_eq!(found(&log, "/things/7"), sevens(41..=120));
    }

    /// In how many pieces FTS5 keeps the words of each part, newest first.
    fn pieces(log: &LogStore) -> Vec<u64> {
        let of = |db: &Connection, part: &Part| {
            let sql = format!("SELECT count(DISTINCT segid) FROM {}_idx", part.table);
            db.query_row(&sql, [], |row| row.get(0))
        };
        let each = |db: &Connection| parts(db)?.iter().map(|part| of(db, part)).collect();
        log.with(each).unwrap()
    }

    #[test]
    fn the_words_of_full_parts_are_brought_together_and_found_as_before() {
        let dir = tempfile::tempdir().unwrap();
        let log = LogStore::open(&dir.path().join("traffic.db")).unwrap();
        let mut writer = log.writer().unwrap();
        for seq in 1..=40 {
            writer.write(&rows(seq..=seq)).unwrap();
        }
        assert_eq!(log.with(parts).unwrap().len(), 3);
        let before = pieces(&log);
        assert!(before[0] > 1 && before[2] > 1, "{before:?}");
        while writer.tend_index().unwrap() {
            assert_eq!(found(&log, "/things/7"), sevens(1..=40));
        }
        assert_eq!(pieces(&log), [before[0], 1, 1], "the newest part goes on");
        assert_eq!(found(&log, "/things/7"), sevens(1..=40));
        assert!(!writer.tend_index().unwrap());
    }

    #[test]
    fn numbers_that_are_used_again_find_no_words_of_rows_that_had_them() {
        let dir = tempfile::tempdir().unwrap();
        let log = LogStore::open(&dir.path().join("traffic.db")).unwrap();
        let mut writer = log.writer().unwrap();
        writer.write(&rows(1..=40)).unwrap();
        let too_old = Retention {
            max_rows: 100,
            max_bytes: u64::MAX >> 1,
            max_age_days: 1,
        };
        while writer.trim(&too_old, i64::MAX / 2).unwrap() {}
        assert_eq!(log.last_seq().unwrap(), 0);
        assert_eq!(tables(&log), [""; 0]);
        writer.write(&rows(1..=40)).unwrap();
        assert_eq!(found(&log, "/things/7"), sevens(1..=40));
        let newest = log.with(parts).unwrap().remove(0);
        let sql = format!(
            "SELECT count(*) FROM {0} WHERE {0} MATCH '\"ngs\"'",
            newest.table
        );
        let words: u64 = log
            .with(|db| db.query_row(&sql, [], |row| row.get(0)))
            .unwrap();
        assert_eq!(words, 40 - newest.first + 1);
    }

    /// Whoever empties the log wants its words gone too.
    #[test]
    fn an_emptied_log_has_no_word_of_what_was_in_it_and_rows_that_came_meanwhile_are_found() {
        let dir = tempfile::tempdir().unwrap();
        let log = LogStore::open(&dir.path().join("traffic.db")).unwrap();
        let mut writer = log.writer().unwrap();
        writer.write(&rows(1..=40)).unwrap();
        assert_eq!(log.clear().unwrap(), 40);
        assert_eq!(tables(&log), [""; 0]);
        assert_eq!(found(&log, "/things/7"), [0; 0]);
        let mut writer = log.writer().unwrap();
        writer.write(&rows(41..=50)).unwrap();
        assert_eq!(found(&log, "/things/7"), [47]);
        // Some rows of a part are later than what is removed.
        writer.forget_rows(44);
        assert_eq!(found(&log, "/things/7"), [47]);
        let all = log.with(parts).unwrap();
        assert_eq!(all[0].first, 45);
    }
}
