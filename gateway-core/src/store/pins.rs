//! Rows of the log that a person keeps. They are beside what the bounds of the log are about: neither
//! retention nor emptying the log removes them, and they take no room of other rows.

use rusqlite::{OptionalExtension as _, Transaction};

use super::error::StoreError;
use super::log_writer::{LogWriter, newest};
use super::{LogStore, messages};
use crate::ids::ExchangeId;

/// Most rows that can be pinned,
pub const MOST_PINS: u64 = if cfg!(test) { 20 } else { 1_000 };
/// and about how many bytes they may take together.
pub const MOST_PINNED_BYTES: u64 = if cfg!(test) {
    1024 * 1024
} else {
    256 * 1024 * 1024
};

/// Whether a row of a table with the column `seq` is pinned. SQLite looks each number up.
pub(crate) const IS_PINNED: &str = "seq IN (SELECT seq FROM pins)";

/// What became of wanting rows to be pinned or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pinning {
    /// They are as they were wanted.
    Done {
        /// Those that were not before.
        changed: Vec<ExchangeId>,
        /// Those that are not in the log.
        missing: Vec<ExchangeId>,
    },
    /// Nothing has changed: with these there would be more than [`MOST_PINS`].
    TooMany {
        /// How many are pinned.
        pinned: u64,
    },
    /// Nothing has changed: together they would take more than [`MOST_PINNED_BYTES`].
    TooLarge {
        /// How many bytes those take that are pinned.
        pinned_bytes: u64,
    },
}

/// How much is pinned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Pinned {
    pub(super) rows: u64,
    pub(super) bytes: u64,
}

impl LogStore {
    /// Pins rows, or lets go of them; all that are in the log, or none.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn pin(&self, ids: &[ExchangeId], pinned: bool) -> Result<Pinning, StoreError> {
        self.writer()?.pin(ids, pinned)
    }
}

impl LogWriter {
    fn pin(&mut self, ids: &[ExchangeId], pinned: bool) -> Result<Pinning, StoreError> {
        self.in_transaction(|tx| {
            let (mut changed, mut missing) = (Vec::new(), Vec::new());
            let mut wanted = Vec::new();
            for id in ids {
                match row(tx, *id)? {
                    None => missing.push(*id),
                    Some((_, is)) if is == pinned => {}
                    Some((seq, _)) if !changed.contains(id) => {
                        changed.push(*id);
                        wanted.push(seq);
                    }
                    Some(_) => {}
                }
            }
            if !pinned {
                let_go(tx, &wanted)?;
                return Ok(Pinning::Done { changed, missing });
            }
            let before = self::pinned(tx)?;
            let mut sizes = Vec::with_capacity(wanted.len());
            for seq in &wanted {
                sizes.push(size(tx, *seq)?);
            }
            if before.rows + sizes.len() as u64 > MOST_PINS {
                let pinned = before.rows;
                return Ok(Pinning::TooMany { pinned });
            }
            if before.bytes + sizes.iter().sum::<u64>() > MOST_PINNED_BYTES {
                let pinned_bytes = before.bytes;
                return Ok(Pinning::TooLarge { pinned_bytes });
            }
            let mut insert = tx.prepare_cached("INSERT INTO pins (seq, bytes) VALUES (?1, ?2)")?;
            for row in wanted.iter().zip(sizes) {
                insert.execute(row)?;
            }
            Ok(Pinning::Done { changed, missing })
        })
    }
}

/// The number of a row, and whether it is pinned.
fn row(tx: &Transaction<'_>, id: ExchangeId) -> rusqlite::Result<Option<(u64, bool)>> {
    let sql = format!("SELECT seq, {IS_PINNED} FROM exchanges WHERE id = ?1");
    let mut find = tx.prepare_cached(&sql)?;
    find.query_row([id.0], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()
}

/// About how many bytes a row takes, with its messages.
fn size(tx: &Transaction<'_>, seq: u64) -> rusqlite::Result<u64> {
    /// Of a row and what it is found by, beside its detail.
    const ROW: u64 = 600;
    let sql = "SELECT coalesce((SELECT octet_length(kept) FROM details WHERE seq = ?1), 0)";
    let kept: u64 = tx.prepare_cached(sql)?.query_row([seq], |row| row.get(0))?;
    Ok(ROW + kept + messages::bytes_of(tx, seq)?)
}

fn let_go(tx: &Transaction<'_>, rows: &[u64]) -> rusqlite::Result<()> {
    let mut delete = tx.prepare_cached("DELETE FROM pins WHERE seq = ?1")?;
    for seq in rows {
        delete.execute([seq])?;
    }
    match rows.iter().min() {
        Some(first) => may_go_from(tx, *first),
        None => Ok(()),
    }
}

/// How much is pinned.
pub(super) fn pinned(tx: &Transaction<'_>) -> rusqlite::Result<Pinned> {
    let sql = "SELECT count(*), coalesce(sum(bytes), 0) FROM pins";
    tx.prepare_cached(sql)?.query_row([], |row| {
        Ok(Pinned {
            rows: row.get(0)?,
            bytes: row.get(1)?,
        })
    })
}

/// The oldest row that may go. Pinned rows before it are passed once, and never again.
pub(super) fn first_to_go(tx: &Transaction<'_>) -> rusqlite::Result<Option<u64>> {
    let sql = "SELECT only_pinned_to FROM log_rows";
    let only_pinned_to: u64 = tx.prepare_cached(sql)?.query_row([], |row| row.get(0))?;
    let sql = format!(
        "SELECT seq FROM exchanges WHERE seq > ?1 AND NOT {IS_PINNED} ORDER BY seq LIMIT 1"
    );
    let first: Option<u64> = tx
        .prepare_cached(&sql)?
        .query_row([only_pinned_to], |row| row.get(0))
        .optional()?;
    let before = match first {
        Some(first) => first.saturating_sub(1),
        None => newest(tx)?,
    };
    if before > only_pinned_to {
        tx.execute("UPDATE log_rows SET only_pinned_to = ?1", [before])?;
    }
    Ok(first)
}

/// A row with this number may go: it is new, or not pinned any more.
pub(super) fn may_go_from(tx: &Transaction<'_>, seq: u64) -> rusqlite::Result<()> {
    let sql = "UPDATE log_rows SET only_pinned_to = ?1 WHERE only_pinned_to > ?1";
    let before = seq.saturating_sub(1);
    tx.prepare_cached(sql)?.execute([before]).map(drop)
}

#[cfg(test)]
mod tests {
    use std::ops::RangeInclusive;

    use jiff::tz::TimeZone;

    use super::*;
    use crate::config::Retention;
    use crate::record::filter::{Filter, When};
    use crate::record::fixtures::{kept, row};
    use crate::store::Finished;

    const DAY_US: i64 = 24 * 60 * 60 * 1_000_000;

    /// Rows that began a day apart.
    fn rows(numbers: RangeInclusive<u64>) -> Vec<Finished> {
        let row = |seq: u64| {
            let mut summary = row(seq);
            summary.started_at_us = i64::try_from(seq).unwrap() * DAY_US;
            Finished::new(summary, &kept())
        };
        numbers.map(row).collect()
    }

    fn log(dir: &tempfile::TempDir, numbers: RangeInclusive<u64>) -> (LogStore, LogWriter) {
        let log = LogStore::open(&dir.path().join("traffic.db")).unwrap();
        let mut writer = log.writer().unwrap();
        writer.write(&rows(numbers)).unwrap();
        (log, writer)
    }

    fn pin(log: &LogStore, rows: impl IntoIterator<Item = u64>, pinned: bool) -> Pinning {
        let ids: Vec<_> = rows.into_iter().map(|seq| row(seq).id).collect();
        log.pin(&ids, pinned).unwrap()
    }

    fn shown(log: &LogStore, filter: &str) -> Vec<u64> {
        let when = When {
            now_us: 0,
            zone: TimeZone::UTC,
        };
        let filter = Filter::parse(filter, &when).unwrap();
        let page = log.page(&filter, None, 100).unwrap();
        page.rows.iter().map(|row| row.seq).collect()
    }

    /// What is counted of the whole log, without looking at its rows.
    fn counted(log: &LogStore) -> (u64, u64) {
        let histogram = log.histogram(&Filter::default(), Some(0), 100 * DAY_US, 9);
        (log.size().unwrap().rows, histogram.unwrap().total)
    }

    fn trim(writer: &mut LogWriter, max_rows: u64, max_age_days: u32, now_us: i64) -> usize {
        let retention = Retention {
            max_rows,
            max_bytes: u64::MAX,
            max_age_days,
        };
        let mut steps = 0;
        while writer.trim(&retention, now_us).unwrap() {
            steps += 1;
        }
        steps
    }

    /// LG-5
    #[test]
    fn pinned_rows_stay_whatever_goes_and_take_no_room_of_others() {
        let dir = tempfile::tempdir().unwrap();
        let (log, mut writer) = log(&dir, 1..=40);
        pin(&log, [3, 4, 30], true);
        assert_eq!(shown(&log, "is:pinned"), [30, 4, 3]);
        assert_eq!(shown(&log, "-is:pinned").len(), 37);
        trim(&mut writer, 10, 3_650, 0);
        let newest: Vec<u64> = (31..=40).rev().collect();
        assert_eq!(shown(&log, "-is:pinned"), newest);
        assert_eq!(shown(&log, "is:pinned"), [30, 4, 3]);
        assert_eq!(counted(&log), (13, 13));
        // All but the newest are too old.
        trim(&mut writer, u64::MAX, 1, 41 * DAY_US);
        assert_eq!(shown(&log, ""), [40, 30, 4, 3]);
        assert_eq!(log.clear().unwrap(), 1);
        assert_eq!(shown(&log, ""), [30, 4, 3]);
        assert_eq!(counted(&log), (3, 3));
        assert!(log.exchange(row(3).id).unwrap().is_some());
        // They are found by their words, too.
        assert_eq!(shown(&log, "path:/orders/7"), [30, 4, 3]);
        assert_eq!(
            shown(&log, "is:pinned status:200 path:*rders/7"),
            [30, 4, 3]
        );
    }

    #[test]
    fn a_row_that_is_not_pinned_any_more_goes_with_those_of_its_age() {
        let dir = tempfile::tempdir().unwrap();
        let (log, mut writer) = log(&dir, 1..=40);
        pin(&log, [2, 3], true);
        trim(&mut writer, 5, 3_650, 0);
        let done = Pinning::Done {
            changed: vec![row(2).id],
            missing: vec![row(90).id],
        };
        assert_eq!(pin(&log, [2, 2, 40, 90], false), done);
        assert_eq!(shown(&log, "").len(), 7);
        trim(&mut writer, 5, 3_650, 0);
        assert_eq!(shown(&log, ""), [40, 39, 38, 37, 36, 3]);
        assert_eq!(counted(&log), (6, 6));
        writer.write(&rows(41..=48)).unwrap();
        while writer.tend_index().unwrap() {}
        assert_eq!(shown(&log, "is:pinned"), [3]);
        assert_eq!(shown(&log, "method:=GET").len(), 14);
    }

    #[test]
    fn pinned_rows_at_the_old_end_are_passed_once() {
        let dir = tempfile::tempdir().unwrap();
        let (log, mut writer) = log(&dir, 1..=60);
        pin(&log, 1..=20, true);
        let first = |writer: &mut LogWriter| writer.in_transaction(first_to_go).unwrap();
        let passed = |log: &LogStore| -> u64 {
            let sql = "SELECT only_pinned_to FROM log_rows";
            log.with(|db| db.query_row(sql, [], |row| row.get(0)))
                .unwrap()
        };
        assert_eq!((passed(&log), first(&mut writer)), (0, Some(21)));
        assert_eq!(passed(&log), 20);
        trim(&mut writer, 10, 3_650, 0);
        assert_eq!((first(&mut writer), passed(&log)), (Some(51), 50));
        pin(&log, [7], false);
        assert_eq!((first(&mut writer), passed(&log)), (Some(7), 6));
        log.clear().unwrap();
        assert_eq!((first(&mut writer), passed(&log)), (None, 20));
        // The log begins anew once it is opened again: its numbers do, too.
        pin(&log, 1..=20, false);
        log.clear().unwrap();
        writer.write(&rows(1..=3)).unwrap();
        assert_eq!(first(&mut writer), Some(1));
    }

    #[test]
    fn more_than_can_be_pinned_is_refused_as_a_whole() {
        let dir = tempfile::tempdir().unwrap();
        let (log, mut writer) = log(&dir, 1..=60);
        pin(&log, 1..=19, true);
        assert_eq!(pin(&log, 18..=21, true), Pinning::TooMany { pinned: 19 });
        assert_eq!(shown(&log, "is:pinned").len(), 19);
        assert!(matches!(pin(&log, [20], true), Pinning::Done { .. }));
        pin(&log, 1..=20, false);
        let mut large = kept();
        large.response_body.text = Some("x".repeat(600_000));
        let large = [61, 62].map(|seq| Finished::new(row(seq), &large));
        writer.write(&large).unwrap();
        pin(&log, [61], true);
        let Pinning::TooLarge { pinned_bytes } = pin(&log, [62], true) else {
            panic!("two of them are more than can be pinned");
        };
        assert!((600_000..610_000).contains(&pinned_bytes), "{pinned_bytes}");
        assert_eq!(shown(&log, "is:pinned"), [61]);
    }

    #[test]
    fn what_is_pinned_stays_so_when_the_log_is_opened_again() {
        let dir = tempfile::tempdir().unwrap();
        let (log, writer) = log(&dir, 1..=3);
        pin(&log, [2], true);
        drop((log, writer));
        let log = LogStore::open(&dir.path().join("traffic.db")).unwrap();
        assert_eq!(shown(&log, "is:pinned"), [2]);
        let (summary, _) = log.exchange(row(2).id).unwrap().unwrap();
        assert!(summary.pinned);
    }
}
