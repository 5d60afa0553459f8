//! What of the log goes: bounds of rows, bytes and age, and emptying it. In steps that take milliseconds,
//! so that new rows never wait long.

use rusqlite::{Connection, Transaction};

use super::error::StoreError;
use super::log_writer::{LogWriter, count_rows, log_rows, newest};
use super::pins::{self, IS_PINNED};
use super::{columns, messages, removed, row_index, usage, word_parts};
use crate::config::Retention;

/// Most rows removed in one step,
const STEP_ROWS: u64 = 500;
/// and about how many bytes at most.
const STEP_BYTES: u64 = 16 * 1024 * 1024;
/// Which part of the bytes that a log may have is left free for the next rows.
const RESERVE: u64 = 32;
/// Pages given back to the file system in one step.
const STEP_PAGES: u64 = 1_000;
const DAY_US: i64 = 24 * 60 * 60 * 1_000_000;

impl LogWriter {
    /// Removes some of what is beyond the bounds, oldest first; `true` if there is more to do. One
    /// step takes milliseconds, so that new rows never wait long.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn trim(&mut self, retention: &Retention, now_us: i64) -> Result<bool, StoreError> {
        let Retention {
            max_rows,
            max_bytes,
            max_age_days,
        } = retention;
        let oldest_us = now_us - i64::from(*max_age_days) * DAY_US;
        let mut series = std::mem::take(&mut self.series);
        let more_sums = self.in_transaction(|tx| {
            Ok(usage::roll_up(tx, now_us)? | usage::forget(tx, now_us, &mut series)?)
        })?;
        self.series = series;
        let (removed, max_bytes) = self.in_transaction(|tx| {
            removed::forget(tx, now_us)?;
            // What is pinned is beside the bounds.
            let pinned = pins::pinned(tx)?;
            let max_rows = max_rows.saturating_add(pinned.rows);
            let max_bytes = max_bytes.saturating_add(pinned.bytes);
            let removed = remove_oldest(tx, excess(tx, max_rows, max_bytes)?)?;
            Ok((removed + remove_older(tx, oldest_us)?, max_bytes))
        })?;
        // Rows first: the next ones find room where they were, and fewer pages have to be moved.
        Ok(more_sums || removed > 0 || self.give_back_pages(max_bytes)?)
    }

    /// Removes all rows there are now but for those that are pinned, and gives how many. In steps: rows
    /// that arrive meanwhile are stored between them, and stay.
    pub(super) fn clear(&mut self) -> Result<u64, StoreError> {
        let (last, step) =
            self.in_transaction(|tx| Ok((newest(tx)?, step(log_rows(tx)?, used_bytes(tx)?))))?;
        let mut all = 0;
        loop {
            let removed = self.in_transaction(|tx| remove_up_to(tx, step, last))?;
            all += removed;
            if removed == 0 {
                break;
            }
        }
        self.in_transaction(|tx| {
            word_parts::forget_up_to(tx, last)?;
            removed::forget(tx, i64::MAX)
        })?;
        while self.give_back_pages(0)? {}
        Ok(all)
    }

    /// Gives free pages back to the file system where the file is larger than it may be, or mostly
    /// empty; else the next rows find room in them. `true` if there is more to do.
    fn give_back_pages(&self, max_bytes: u64) -> Result<bool, StoreError> {
        let failed = |error: rusqlite::Error| StoreError::of(&self.path, &error);
        let pragma = |name| pages(&self.connection, name).map_err(failed);
        let (all, free, size) = (
            pragma("page_count")?,
            pragma("freelist_count")?,
            pragma("page_size")?,
        );
        let is_mostly_empty = free > STEP_PAGES && free > all / 2;
        let too_many = match is_mostly_empty {
            true => free,
            false => all.saturating_sub(max_bytes / size).min(free),
        };
        if too_many > 0 {
            self.vacuum(too_many.min(STEP_PAGES)).map_err(failed)?;
        }
        Ok(too_many > STEP_PAGES)
    }

    fn vacuum(&self, pages: u64) -> rusqlite::Result<()> {
        let sql = format!("PRAGMA incremental_vacuum({pages})");
        let mut statement = self.connection.prepare(&sql)?;
        let mut freed = statement.query([])?;
        while freed.next()?.is_some() {}
        // The file itself becomes smaller with a checkpoint. This one waits for nobody.
        self.connection
            .query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))
    }

    /// Removes rows up to a number, and every word of them.
    #[cfg(test)]
    pub(super) fn forget_rows(&mut self, last: u64) {
        self.in_transaction(|tx| {
            remove_up_to(tx, u64::MAX >> 1, last)?;
            word_parts::forget_up_to(tx, last)
        })
        .unwrap();
    }
}

fn used_bytes(db: &Connection) -> rusqlite::Result<u64> {
    let used = pages(db, "page_count")? - pages(db, "freelist_count")?;
    Ok(used * pages(db, "page_size")?)
}

pub(super) fn pages(db: &Connection, pragma: &str) -> rusqlite::Result<u64> {
    db.query_row(&format!("PRAGMA {pragma}"), [], |row| row.get(0))
}

/// How many of the oldest rows are too many, as far as one step goes.
fn excess(tx: &Transaction<'_>, max_rows: u64, max_bytes: u64) -> rusqlite::Result<u64> {
    let (rows, bytes) = (log_rows(tx)?, used_bytes(tx)?);
    // The next rows find room in what is free then, and the file need not grow and shrink.
    let max_bytes = max_bytes - max_bytes / RESERVE;
    let too_many = rows.saturating_sub(max_rows);
    // Rows are taken to be of one size; the next step looks again.
    let too_large = match bytes.saturating_sub(max_bytes) {
        0 => 0,
        over => rows.saturating_mul(over).div_ceil(bytes),
    };
    Ok(too_many.max(too_large).min(step(rows, bytes)))
}

/// How many rows of so many, that take so many bytes together, can be removed at once without
/// holding up new ones for long.
fn step(rows: u64, bytes: u64) -> u64 {
    let bytes_per_row = bytes / rows.max(1);
    (STEP_BYTES / bytes_per_row.max(1)).clamp(1, STEP_ROWS)
}

fn remove_oldest(tx: &Transaction<'_>, rows: u64) -> rusqlite::Result<u64> {
    remove_up_to(tx, rows, i64::MAX.unsigned_abs())
}

/// Removes the oldest rows that are not pinned, but none after `last`.
fn remove_up_to(tx: &Transaction<'_>, rows: u64, last: u64) -> rusqlite::Result<u64> {
    if rows == 0 {
        return Ok(0);
    }
    let Some(first) = pins::first_to_go(tx)? else {
        return Ok(0);
    };
    let sql = format!(
        "SELECT max(seq) FROM (SELECT seq FROM exchanges
         WHERE seq >= ?1 AND seq <= ?2 AND NOT {IS_PINNED} ORDER BY seq LIMIT ?3)"
    );
    let last: Option<u64> = tx.query_row(&sql, (first, last, rows), |row| row.get(0))?;
    let Some(last) = last else { return Ok(0) };
    messages::remove_between(tx, first, last)?;
    let removed = remove_between(tx, first, last)?;
    match newest(tx)? <= last {
        // The numbers of the next rows may be those that were used, once the log is opened again.
        true => word_parts::forget_up_to(tx, last)?,
        false => word_parts::remove_up_to(tx, last)?,
    }
    columns::remove_up_to(tx, last)?;
    Ok(removed)
}

/// Removes the rows from one number to another, but for those that are pinned, and gives how many.
/// Their messages and their words stay.
pub(super) fn remove_between(tx: &Transaction<'_>, first: u64, last: u64) -> rusqlite::Result<u64> {
    row_index::remove_between(tx, first, last)?;
    for table in ["details", "exchanges"] {
        let sql = format!("DELETE FROM {table} WHERE seq >= ?1 AND seq <= ?2 AND NOT {IS_PINNED}");
        tx.prepare_cached(&sql)?.execute((first, last))?;
    }
    let removed = tx.changes();
    count_rows(tx, -i64::try_from(removed).unwrap_or(i64::MAX))?;
    Ok(removed)
}

/// Rows are numbered in the order in which they ended; but for those that were read from files, which
/// go with those around them.
fn remove_older(tx: &Transaction<'_>, oldest_us: i64) -> rusqlite::Result<u64> {
    let Some(first) = pins::first_to_go(tx)? else {
        return Ok(0);
    };
    let sql = format!(
        "SELECT count(*) FROM
         (SELECT started_at_us + duration_us AS ended_us, origin FROM exchanges
          WHERE seq >= ?1 AND NOT {IS_PINNED} ORDER BY seq LIMIT ?2)
         WHERE ended_us < ?3 AND origin <> 'import'"
    );
    let old: u64 = tx.query_row(&sql, (first, STEP_ROWS, oldest_us), |row| row.get(0))?;
    remove_oldest(tx, old)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::fixtures::{kept, row};
    use crate::record::summary::RequestOrigin;
    use crate::store::usage::tests::tally;
    use crate::store::{Finished, LogStore};

    const MIB: u64 = 1024 * 1024;

    fn retention(max_rows: u64, max_bytes: u64, max_age_days: u32) -> Retention {
        Retention {
            max_rows,
            max_bytes,
            max_age_days,
        }
    }

    /// Rows that began a day apart, with bodies of so many bytes.
    fn rows(numbers: std::ops::RangeInclusive<u64>, body: usize) -> Vec<Finished> {
        let row = |seq: u64| {
            let mut summary = row(seq);
            summary.started_at_us = i64::try_from(seq).unwrap() * DAY_US;
            let mut kept = kept();
            kept.response_body.text = Some("x".repeat(body));
            Finished::new(summary, &kept)
        };
        numbers.map(row).collect()
    }

    fn log(dir: &tempfile::TempDir) -> (LogStore, LogWriter) {
        let log = LogStore::open(&dir.path().join("traffic.db")).unwrap();
        let writer = log.writer().unwrap();
        (log, writer)
    }

    fn write(writer: &mut LogWriter, rows: &[Finished]) {
        writer.write_counted(rows, &tally(rows)).unwrap();
    }

    fn trim(writer: &mut LogWriter, retention: &Retention, now_us: i64) {
        while writer.trim(retention, now_us).unwrap() {}
    }

    fn numbers(log: &LogStore) -> (u64, u64, u64) {
        log.with(|db| {
            let sql = "SELECT count(*), coalesce(min(seq), 0), coalesce(max(seq), 0) FROM exchanges
                       JOIN details USING (seq)";
            db.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        })
        .unwrap()
    }

    /// LG-5
    #[test]
    fn the_oldest_rows_go_when_there_are_too_many_or_they_are_too_old() {
        let dir = tempfile::tempdir().unwrap();
        let (log, mut writer) = log(&dir);
        write(&mut writer, &rows(1..=3_000, 10));
        trim(&mut writer, &retention(2_500, u64::MAX, 3_650), 0);
        assert_eq!(numbers(&log), (2_500, 501, 3_000));
        let now_us = 3_000 * DAY_US;
        trim(&mut writer, &retention(10_000, u64::MAX, 99), now_us);
        assert_eq!(numbers(&log), (100, 2_901, 3_000));
    }

    /// LG-5
    #[test]
    fn a_log_that_is_too_large_loses_what_is_too_much_and_no_more_and_its_file_shrinks() {
        let dir = tempfile::tempdir().unwrap();
        let (log, mut writer) = log(&dir);
        write(&mut writer, &rows(1..=400, 50_000));
        assert!(log.size().unwrap().bytes > 20 * MIB);
        trim(&mut writer, &retention(10_000, 8 * MIB, 3_650), 0);
        let (count, _, newest) = numbers(&log);
        assert_eq!(newest, 400);
        assert!((100..=170).contains(&count), "{count}");
        let file = std::fs::metadata(dir.path().join("traffic.db")).unwrap();
        assert!(file.len() <= 8 * MIB, "{}", file.len());
    }

    /// LG-5: by what a step does, however long it takes.
    #[test]
    fn however_much_is_too_much_each_step_is_small_and_new_rows_are_stored_between_two() {
        let dir = tempfile::tempdir().unwrap();
        let (log, mut writer) = log(&dir);
        for part in 0..8 {
            let first = part * 500 + 1;
            write(&mut writer, &rows(first..=first + 499, 4_000));
        }
        let file = || {
            let file = std::fs::metadata(dir.path().join("traffic.db")).unwrap();
            file.len()
        };
        let (largest, mut steps, mut next) = (file(), 0, 4_001);
        assert!(largest > 12 * MIB, "{largest}");
        let keep = retention(150, 2 * MIB, 3_650);
        let now = |writer: &LogWriter| {
            let pages = pages(&writer.connection, "page_count").unwrap();
            (log.size().unwrap().rows, pages)
        };
        loop {
            let (rows_before, pages_before) = now(&writer);
            let more = writer.trim(&keep, 0).unwrap();
            let (rows_after, pages_after) = now(&writer);
            assert!(rows_before - rows_after <= STEP_ROWS);
            // Those that say where the others are go with them.
            assert!(pages_before - pages_after <= STEP_PAGES + STEP_PAGES / 100);
            if !more {
                break;
            }
            steps += 1;
            if rows_after > 500 {
                write(&mut writer, &rows(next..=next, 4_000));
                assert_eq!(log.last_seq().unwrap(), next);
                next += 1;
            }
        }
        assert!(steps > 3 && next > 4_003, "{steps} steps, up to {next}");
        assert_eq!(numbers(&log), (150, next - 150, next - 1));
        assert!(file() <= 2 * MIB, "{largest} bytes became {}", file());
    }

    /// Rows of a file of another program are as old as they are, and were read just now.
    #[test]
    fn what_was_read_from_a_file_goes_with_the_rows_around_it_and_takes_none_along() {
        let dir = tempfile::tempdir().unwrap();
        let (log, mut writer) = log(&dir);
        let ended_on = |seq: u64, day: i64, began: i64, origin| {
            let mut summary = row(seq);
            summary.started_at_us = began * DAY_US;
            summary.duration_us = (day - began).max(0).unsigned_abs() * DAY_US.unsigned_abs();
            summary.origin = origin;
            Finished::new(summary, &kept())
        };
        let (caller, import) = (RequestOrigin::Caller, RequestOrigin::Import);
        // Number, the day it came to the log, the day it began.
        let all = [
            (1, 100, 100, caller),
            (2, 100, 3, import),
            (3, 120, 120, caller),
            // It was open for a hundred days.
            (4, 121, 21, caller),
            (5, 122, 5, import),
        ];
        let all = all.map(|(seq, day, began, origin)| ended_on(seq, day, began, origin));
        writer.write(&all).unwrap();
        let keep = |writer: &mut LogWriter, today: i64| {
            trim(writer, &retention(100, u64::MAX, 30), today * DAY_US);
            let page = log.page(&Default::default(), None, 10).unwrap();
            page.rows.iter().map(|row| row.seq).collect::<Vec<_>>()
        };
        assert_eq!(keep(&mut writer, 125), [5, 4, 3, 2, 1]);
        assert_eq!(keep(&mut writer, 131), [5, 4, 3, 2]);
        assert_eq!(keep(&mut writer, 151), [5, 4]);
        assert_eq!(
            keep(&mut writer, 900),
            [5],
            "nothing after it tells its time"
        );
    }

    #[test]
    fn an_emptied_log_gives_its_room_back_and_keeps_its_sums() {
        let dir = tempfile::tempdir().unwrap();
        let (log, mut writer) = log(&dir);
        write(&mut writer, &rows(1..=400, 50_000));
        assert_eq!(log.clear().unwrap(), 400);
        assert_eq!(numbers(&log), (0, 0, 0));
        let file = std::fs::metadata(dir.path().join("traffic.db")).unwrap();
        assert!(file.len() < MIB, "{}", file.len());
        write(&mut writer, &rows(401..=401, 10));
        assert_eq!(numbers(&log), (1, 401, 401));
        let usage = log.key_usage(401 * DAY_US).unwrap();
        let of_key = usage.values().next().unwrap();
        assert_eq!(of_key.last_used_at_us, Some(401 * DAY_US));
    }
}
