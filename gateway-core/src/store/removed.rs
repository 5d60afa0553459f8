//! Rows that a person removed, one by one. They leave the log at once, so that everything that is counted
//! and found is right; for a while they can be had back.

use rusqlite::{OptionalExtension as _, Transaction};

use super::error::StoreError;
use super::exchange_row::{COLUMNS, read};
use super::log_writer::{self, Finished, LogWriter};
use super::{LogStore, columns, retention, row_index, word_parts};
use crate::ids::ExchangeId;
use crate::record::summary::ExchangeSummary;

/// Rows that are moved in one step: new ones never wait long.
const STEP: usize = 50;

/// What became of wanting rows to be removed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Removal {
    /// Those that were removed.
    pub removed: Vec<ExchangeId>,
    /// Those that stay, since they are pinned.
    pub pinned: Vec<ExchangeId>,
    /// Those that are not in the log.
    pub missing: Vec<ExchangeId>,
}

/// What became of wanting rows back.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Restored {
    /// Those that are in the log again, at the places they had.
    pub rows: Vec<ExchangeSummary>,
    /// Those that are gone for good, or were not removed.
    pub missing: Vec<ExchangeId>,
}

impl LogStore {
    /// Removes rows that are not pinned. Until `until_us`, microseconds since 1970, they can be had back;
    /// the next time that the log is trimmed after it, or opened, they are gone for good. Sums of usage stay.
    ///
    /// # Errors
    /// The database cannot be written. Some may have been removed.
    pub fn remove(&self, ids: &[ExchangeId], until_us: i64) -> Result<Removal, StoreError> {
        let mut writer = self.writer()?;
        let mut removal = Removal::default();
        for some in ids.chunks(STEP) {
            writer.remove(some, until_us, &mut removal)?;
        }
        Ok(removal)
    }

    /// Puts removed rows back.
    ///
    /// # Errors
    /// The database cannot be written. Some may be back.
    pub fn restore(&self, ids: &[ExchangeId]) -> Result<Restored, StoreError> {
        let mut writer = self.writer()?;
        let mut restored = Restored::default();
        for some in ids.chunks(STEP) {
            writer.restore(some, &mut restored)?;
        }
        Ok(restored)
    }
}

impl LogWriter {
    fn remove(
        &mut self,
        ids: &[ExchangeId],
        until_us: i64,
        removal: &mut Removal,
    ) -> Result<(), StoreError> {
        let step = self.in_transaction(|tx| {
            let mut step = Removal::default();
            for id in ids {
                match row(tx, *id)? {
                    None => step.missing.push(*id),
                    Some(row) if row.pinned => step.pinned.push(*id),
                    Some(row) => {
                        remember(tx, &row, until_us)?;
                        retention::remove_between(tx, row.seq, row.seq)?;
                        word_parts::remove_one(tx, row.seq)?;
                        step.removed.push(*id);
                    }
                }
            }
            Ok(step)
        })?;
        removal.removed.extend(step.removed);
        removal.pinned.extend(step.pinned);
        removal.missing.extend(step.missing);
        Ok(())
    }

    fn restore(&mut self, ids: &[ExchangeId], restored: &mut Restored) -> Result<(), StoreError> {
        let (rows, missing) = self.in_transaction(|tx| {
            let (mut rows, mut missing) = (Vec::new(), Vec::new());
            for id in ids {
                match take(tx, *id)? {
                    None => missing.push(*id),
                    Some(row) => rows.push(row),
                }
            }
            log_writer::insert(tx, &rows)?;
            let indexed_from = row_index::from_seq(tx)?;
            // Those before it are put into the index with all others.
            let indexed = rows.iter().map(|row| &*row.summary);
            row_index::add(tx, indexed.filter(|row| row.seq >= indexed_from))?;
            for row in &rows {
                columns::make_again(tx, row.summary.seq)?;
            }
            Ok((rows, missing))
        })?;
        let rows = rows.iter().map(|row| (*row.summary).clone());
        restored.rows.extend(rows);
        restored.missing.extend(missing);
        Ok(())
    }
}

fn row(tx: &Transaction<'_>, id: ExchangeId) -> rusqlite::Result<Option<ExchangeSummary>> {
    let sql = format!("SELECT {COLUMNS} FROM exchanges WHERE id = ?1");
    tx.prepare_cached(&sql)?.query_row([id.0], read).optional()
}

fn remember(tx: &Transaction<'_>, row: &ExchangeSummary, until_us: i64) -> rusqlite::Result<()> {
    let sql = "INSERT OR REPLACE INTO removed (seq, id, until_us, summary, kept)
               SELECT seq, ?2, ?3, ?4, kept FROM details WHERE seq = ?1";
    let summary = serde_json::to_string(row).expect("a row is plain JSON");
    let values = (row.seq, row.id.0, until_us, summary);
    tx.prepare_cached(sql)?.execute(values).map(drop)
}

fn take(tx: &Transaction<'_>, id: ExchangeId) -> rusqlite::Result<Option<Finished>> {
    let sql = "DELETE FROM removed WHERE id = ?1 RETURNING summary, kept";
    let mut delete = tx.prepare_cached(sql)?;
    let found: Option<(String, String)> = delete
        .query_row([id.0], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    Ok(found.and_then(|(summary, kept)| {
        let summary = serde_json::from_str(&summary).ok()?;
        Some(Finished::as_stored(summary, kept))
    }))
}

/// Removes those for good that could be had back until then, with their messages.
pub(super) fn forget(tx: &Transaction<'_>, until_us: i64) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "DELETE FROM messages WHERE exchange IN (SELECT id FROM removed WHERE until_us <= ?1)",
    )?
    .execute([until_us])?;
    tx.prepare_cached("DELETE FROM removed WHERE until_us <= ?1")?
        .execute([until_us])
        .map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Retention;
    use crate::record::filter::{Filter, When};
    use crate::record::fixtures::{kept, row};
    use crate::record::messages::{Direction, Message, MessageKind};

    fn rows(numbers: std::ops::RangeInclusive<u64>) -> Vec<Finished> {
        let row = |seq: u64| {
            let mut summary = row(seq);
            summary.messages = 1;
            summary.status = 200 + u16::try_from(seq % 2).unwrap() * 204;
            summary.host = format!("h{}", seq % 3);
            Finished::new(summary, &kept())
        };
        numbers.map(row).collect()
    }

    fn log(dir: &tempfile::TempDir) -> (LogStore, LogWriter) {
        let log = LogStore::open(&dir.path().join("traffic.db")).unwrap();
        let mut writer = log.writer().unwrap();
        for seq in 1..=40 {
            writer.write_messages(&[(row(seq).id, message())]).unwrap();
        }
        writer.write(&rows(1..=40)).unwrap();
        while writer.tend_index().unwrap() {}
        (log, writer)
    }

    fn message() -> Message {
        Message {
            number: 1,
            direction: Direction::ToService,
            kind: MessageKind::Text,
            at_us: 1,
            bytes: 1,
            truncated: false,
            text: Some("a".to_owned()),
            base64: None,
            event: None,
            event_id: None,
            close_code: None,
        }
    }

    fn ids(rows: &[u64]) -> Vec<ExchangeId> {
        rows.iter().map(|seq| row(*seq).id).collect()
    }

    fn shown(log: &LogStore, filter: &str) -> Vec<u64> {
        let when = When {
            now_us: 0,
            zone: jiff::tz::TimeZone::UTC,
        };
        let filter = Filter::parse(filter, &when).unwrap();
        let page = log.page(&filter, None, 100).unwrap();
        page.rows.iter().map(|row| row.seq).collect()
    }

    /// Everything that is counted of the log, and what is found by each kind of index.
    fn seen(log: &LogStore) -> (u64, u64, usize, usize, usize) {
        let histogram = log.histogram(&Filter::default(), Some(0), 100_000_000, 9);
        (
            log.size().unwrap().rows,
            histogram.unwrap().total,
            shown(log, "status:404").len(),
            shown(log, "path:/orders/7").len(),
            shown(log, "host:=h1").len(),
        )
    }

    fn trim(writer: &mut LogWriter, now_us: i64) {
        let retention = Retention {
            max_rows: u64::MAX,
            max_bytes: u64::MAX,
            max_age_days: 3_650,
        };
        while writer.trim(&retention, now_us).unwrap() {}
    }

    #[test]
    fn what_is_removed_is_gone_at_once_and_comes_back_to_its_place() {
        let dir = tempfile::tempdir().unwrap();
        let (log, _) = log(&dir);
        let before = seen(&log);
        assert_eq!(before, (40, 40, 20, 40, 14));
        log.pin(&ids(&[4]), true).unwrap();
        let removal = log.remove(&ids(&[1, 4, 13, 90]), 100).unwrap();
        assert_eq!(removal.removed, ids(&[1, 13]));
        assert_eq!(removal.pinned, ids(&[4]));
        assert_eq!(removal.missing, ids(&[90]));
        assert_eq!(seen(&log), (38, 38, 18, 38, 12));
        assert_eq!(log.exchange(row(13).id).unwrap(), None);

        let restored = log.restore(&ids(&[13, 1, 7])).unwrap();
        let numbers: Vec<_> = restored.rows.iter().map(|row| row.seq).collect();
        assert_eq!((numbers, restored.missing), (vec![13, 1], ids(&[7])));
        assert_eq!(seen(&log), before);
        let (_, detail) = log.exchange(row(13).id).unwrap().unwrap();
        assert_eq!(detail, kept());
        let messages = log.messages(row(13).id, 0, 10).unwrap();
        assert_eq!(messages.rows, [message()]);
        assert_eq!(log.restore(&ids(&[13])).unwrap().rows, []);
    }

    #[test]
    fn it_is_gone_for_good_once_the_time_is_over_or_the_log_is_opened_again() {
        let dir = tempfile::tempdir().unwrap();
        let (log, mut writer) = log(&dir);
        let left = |log: &LogStore| -> (u64, u64) {
            let count = "SELECT (SELECT count(*) FROM removed), (SELECT count(*) FROM messages)";
            log.with(|db| db.query_row(count, [], |row| Ok((row.get(0)?, row.get(1)?))))
                .unwrap()
        };
        log.remove(&ids(&[1, 2]), 100).unwrap();
        log.remove(&ids(&[3]), 200).unwrap();
        trim(&mut writer, 99);
        assert_eq!(left(&log), (3, 40), "there is time to think again");
        trim(&mut writer, 100);
        assert_eq!(left(&log), (1, 38));
        assert_eq!(log.restore(&ids(&[1])).unwrap().rows, []);
        drop(writer);
        let mut writer = log.writer().unwrap();
        writer.remove_orphaned_messages().unwrap();
        assert_eq!(left(&log), (0, 37));
        log.remove(&ids(&[4]), i64::MAX - 1).unwrap();
        log.clear().unwrap();
        assert_eq!(left(&log), (0, 0), "who empties the log means all of it");
    }

    #[test]
    fn a_row_that_comes_back_to_a_block_that_was_made_without_it_is_found() {
        let dir = tempfile::tempdir().unwrap();
        let (log, mut writer) = log(&dir);
        log.remove(&ids(&[40]), 100).unwrap();
        writer.write(&rows(41..=60)).unwrap();
        while writer.tend_index().unwrap() {}
        let before = shown(&log, "host:=h1");
        log.restore(&ids(&[40])).unwrap();
        let after = shown(&log, "host:=h1");
        assert_eq!(after.len(), before.len() + 1);
        assert!(after.contains(&40));
    }
}
