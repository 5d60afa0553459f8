//! The thread that stores what is masked, and cuts the log back. Owns the one connection that writes it.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::masker::Masked;
use super::messages::{Message, UnsavedMessages};
use super::shared::Shared;
use crate::clock::Now;
use crate::ids::ExchangeId;
use crate::store::{Finished, LogStore, LogWriter, StoreError};

/// Rows stored in one transaction.
const BATCH: usize = 256;
/// Longest time that a row waits to be stored.
const BATCH_TIME: Duration = Duration::from_millis(200);
/// Most rows held while the log cannot be written,
const MOST_UNSAVED: usize = 4_096;
/// and most bytes of them.
const MOST_UNSAVED_BYTES: usize = 64 * 1024 * 1024;
/// Time between two attempts to write while it cannot be written.
const RETRY: Duration = Duration::from_secs(1);
/// Time between two looks at what is too old or too much,
const TRIM: Duration = Duration::from_secs(5);
/// and most rows that are stored between them.
const TRIM_ROWS: u64 = 4_096;

pub(super) struct Writer {
    log: LogStore,
    shared: Arc<Shared>,
    connection: Option<LogWriter>,
    unsaved: VecDeque<Finished>,
    unsaved_bytes: usize,
    unsaved_messages: UnsavedMessages,
    /// Whether messages that an earlier run left behind have been looked for.
    is_swept: bool,
    most_unsaved_bytes: usize,
    waiting: Vec<oneshot::Sender<()>>,
    /// The lowest number that the next row may have.
    next_seq: u64,
    oldest_unsaved: Option<Instant>,
    not_before: Instant,
    next_trim: Instant,
    stored_since_trim: u64,
    /// When the index of the log is tended next.
    next_tending: Instant,
    started: Now,
}

impl Writer {
    pub(super) fn new(log: LogStore, shared: Arc<Shared>) -> Self {
        Self {
            started: shared.clock.now(),
            log,
            shared,
            connection: None,
            unsaved: VecDeque::new(),
            unsaved_bytes: 0,
            unsaved_messages: UnsavedMessages::default(),
            is_swept: false,
            most_unsaved_bytes: MOST_UNSAVED_BYTES,
            waiting: Vec::new(),
            next_seq: 1,
            oldest_unsaved: None,
            not_before: Instant::now(),
            next_trim: Instant::now() + TRIM,
            stored_since_trim: 0,
            next_tending: Instant::now(),
        }
    }

    /// Runs until the masker has ended, and stores what is left then.
    pub(super) fn run(mut self, masked: &Receiver<Masked>) {
        if let Err(error) = self.ensure_connected() {
            self.degrade(&error);
        }
        loop {
            match masked.recv_timeout(self.patience()) {
                Ok(Masked::Row(row)) => self.take(row),
                Ok(Masked::Message(message)) => self.take_message(message.0, message.1),
                Ok(Masked::Flush(done)) => {
                    self.waiting.push(done);
                    self.not_before = Instant::now();
                    self.save();
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            if self.is_due() {
                self.save();
            }
            if Instant::now() >= self.next_trim || self.stored_since_trim >= TRIM_ROWS {
                self.trim();
            }
            if Instant::now() >= self.next_tending {
                self.tend_index();
            }
        }
        self.not_before = Instant::now();
        self.save();
    }

    /// How long to wait for a message before something else is due.
    fn patience(&self) -> Duration {
        let now = Instant::now();
        let save = match self.oldest_unsaved {
            Some(since) => (since + BATCH_TIME).max(self.not_before),
            None => now + TRIM,
        };
        let next = save.min(self.next_trim).min(self.next_tending);
        next.saturating_duration_since(now)
    }

    fn is_due(&self) -> bool {
        let waited = self
            .oldest_unsaved
            .is_some_and(|since| since.elapsed() >= BATCH_TIME);
        let waiting = self.unsaved.len().max(self.unsaved_messages.len());
        let is_much = self.unsaved_bytes > self.most_unsaved_bytes / 4;
        (waited || is_much || waiting >= BATCH) && Instant::now() >= self.not_before
    }

    fn take(&mut self, mut row: Finished) {
        self.shared.left_masked(row.size());
        if row.summary.seq < self.next_seq {
            // The log holds later rows than was known when it got its number.
            Arc::make_mut(&mut row.summary).seq = self.next_seq;
            self.shared.number_from(self.next_seq + 1);
        }
        self.next_seq = row.summary.seq + 1;
        self.oldest_unsaved.get_or_insert_with(Instant::now);
        self.unsaved_bytes += row.size();
        self.unsaved.push_back(row);
        while self.unsaved.len() > MOST_UNSAVED || self.unsaved_bytes > self.most_unsaved_bytes {
            let Some(oldest) = self.unsaved.pop_front() else {
                break;
            };
            self.unsaved_bytes -= oldest.size();
            self.shared.unsaved.take(oldest.summary.id);
            self.shared.lose();
        }
    }

    fn take_message(&mut self, exchange: ExchangeId, message: Message) {
        self.shared.left_masked(message.size());
        self.oldest_unsaved.get_or_insert_with(Instant::now);
        let left = self.unsaved_messages.push(exchange, message);
        self.shared.lose_messages(left);
    }

    fn save(&mut self) {
        let before = self.unsaved.len();
        let messages = !self.unsaved_messages.is_empty();
        let result = self.try_save_messages().and_then(|()| self.try_save());
        let saved = (before - self.unsaved.len()) as u64;
        self.shared.queued.fetch_sub(saved, Ordering::Relaxed);
        self.shared.recorded.fetch_add(saved, Ordering::Relaxed);
        self.stored_since_trim += saved;
        match result {
            Ok(()) => {
                self.oldest_unsaved = None;
                if saved > 0 || messages {
                    self.recover();
                }
            }
            Err(error) => self.degrade(&error),
        }
        for done in self.waiting.drain(..) {
            // Whoever waited may have given up.
            let _ = done.send(());
        }
    }

    fn degrade(&mut self, error: &StoreError) {
        self.connection = None;
        self.not_before = Instant::now() + RETRY;
        let before = self.shared.degraded.lock().replace(error.to_string());
        if before.is_none() {
            tracing::warn!(%error, "the log cannot be written; requests go on");
        }
    }

    fn recover(&self) {
        if self.shared.degraded.lock().take().is_some() {
            tracing::info!("the log can be written again");
        }
    }

    /// Stores everything that is unsaved, in batches.
    fn try_save(&mut self) -> Result<(), StoreError> {
        let mut is_to_count = !self.shared.tally.lock().is_empty();
        while !self.unsaved.is_empty() || is_to_count {
            // Once: while rows are dropped, there is always something more.
            is_to_count = false;
            self.ensure_connected()?;
            let Some(connection) = &mut self.connection else {
                break;
            };
            let batch = self.unsaved.len().min(BATCH);
            let rows = self.unsaved.make_contiguous();
            let tally = self.shared.tally.lock().take();
            if let Err(error) = connection.write_counted(&rows[..batch], &tally) {
                self.shared.tally.lock().put_back(tally);
                return Err(error);
            }
            for row in self.unsaved.drain(..batch) {
                self.unsaved_bytes -= row.size();
                self.shared.unsaved.take(row.summary.id);
            }
        }
        Ok(())
    }

    /// Stores messages, before the exchanges they belong to.
    fn try_save_messages(&mut self) -> Result<(), StoreError> {
        while !self.unsaved_messages.is_empty() {
            self.ensure_connected()?;
            let Some(connection) = &mut self.connection else {
                break;
            };
            let batch = self.unsaved_messages.first(BATCH);
            connection.write_messages(batch)?;
            let saved = batch.len();
            let exchanges: BTreeSet<_> = batch.iter().map(|(exchange, _)| *exchange).collect();
            self.unsaved_messages.remove_first(saved);
            for exchange in exchanges {
                // Nobody watches: nobody needs to be told.
                let _ = self.shared.messages_stored.send(exchange);
            }
        }
        Ok(())
    }

    fn ensure_connected(&mut self) -> Result<(), StoreError> {
        if self.connection.is_some() {
            return Ok(());
        }
        let mut connection = self.log.writer()?;
        if !self.is_swept {
            connection.remove_orphaned_messages()?;
            self.is_swept = true;
        }
        self.connection = Some(connection);
        let next = self.log.last_seq()? + 1;
        if next > self.next_seq {
            self.renumber(next);
        }
        Ok(())
    }

    /// The log holds later rows than was known while it could not be read.
    fn renumber(&mut self, next: u64) {
        self.next_seq = next;
        for row in &mut self.unsaved {
            Arc::make_mut(&mut row.summary).seq = self.next_seq;
            self.next_seq += 1;
        }
        self.shared.number_from(self.next_seq);
    }

    /// Puts some older rows into the index of the log, or brings together what is scattered in it, and rests
    /// twice as long as that took: rows that end come first. `true` if there is more to do.
    fn tend_index(&mut self) -> bool {
        let began = Instant::now();
        let more = self.ensure_connected().and_then(|()| {
            let connection = self.connection.as_mut();
            connection.map_or(Ok(false), LogWriter::tend_index)
        });
        let more = more.unwrap_or_else(|error| {
            self.degrade(&error);
            false
        });
        let rest = match more {
            true => 2 * began.elapsed(),
            false => TRIM,
        };
        self.next_tending = Instant::now() + rest;
        more
    }

    /// Removes what the log no longer keeps. Also finds out that a log can be written again to which
    /// nothing comes.
    fn trim(&mut self) {
        let began = Instant::now();
        self.next_trim = began + TRIM;
        self.stored_since_trim = 0;
        match self.try_trim() {
            Ok(is_more) => {
                if is_more {
                    // In small steps, and resting as long as each took: rows that end come first.
                    self.next_trim = Instant::now() + began.elapsed();
                }
                if self.unsaved.is_empty() && self.unsaved_messages.is_empty() {
                    self.recover();
                }
            }
            Err(error) => self.degrade(&error),
        }
    }

    fn try_trim(&mut self) -> Result<bool, StoreError> {
        let now_us = self.time_for_retention();
        self.ensure_connected()?;
        if self.unsaved.is_empty() {
            // There may be something that was counted without a row.
            self.try_save()?;
        }
        let settings = self.shared.settings();
        match &mut self.connection {
            Some(connection) => connection.trim(&settings.recording.retention, now_us),
            None => Ok(false),
        }
    }

    /// The time by which rows grow old: that of the wall clock, but a wall clock that leaps ahead
    /// does not take the log with it.
    fn time_for_retention(&self) -> i64 {
        let now = self.shared.clock.now();
        let passed_us = now.monotonic_ns.saturating_sub(self.started.monotonic_ns) / 1_000;
        let passed_us = i64::try_from(passed_us).unwrap_or(i64::MAX);
        now.epoch_us
            .min(self.started.epoch_us.saturating_add(passed_us))
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::mpsc::sync_channel;

    use bytes::Bytes;

    use super::super::capture::{Captured, Room};
    use super::super::fixtures::exchange;
    use super::super::masker::Masker;
    use super::super::recording::Ended;
    use super::super::summary::{Ending, RequestOrigin};
    use super::*;
    use crate::clock::{Clock, ManualClock};
    use crate::config;
    use crate::record::filter::Filter;
    use crate::store::UsageQuery;

    fn writer(log: &Path) -> (Writer, Clock, ManualClock) {
        writer_that_keeps(log, config::Retention::default())
    }

    fn writer_that_keeps(log: &Path, retention: config::Retention) -> (Writer, Clock, ManualClock) {
        let log = LogStore::open(log).unwrap();
        let (clock, hands) = Clock::manual(1_767_225_600_000_000);
        let recording = config::Recording {
            retention,
            ..config::Recording::default()
        };
        let shared = Shared::new(clock.clone(), &recording, &config::ApiKeys::default());
        (Writer::new(log, Arc::new(shared)), clock, hands)
    }

    fn take(writer: &mut Writer, clock: &Clock, number: u64, body: usize) {
        let mut response = Captured::up_to(body, &Room::default());
        response.add(&Bytes::from(vec![b'x'; body]));
        let ended = Ended {
            exchange: exchange(number, clock),
            request: Captured::default(),
            response,
            messages: 0,
            ending: Ending::Complete,
            ended_ns: 0,
        };
        masked(writer, |masker| masker.take(ended));
    }

    /// Gives the writer the row that a masker makes.
    fn masked(writer: &mut Writer, make: impl FnOnce(&Masker)) {
        writer.shared.queued.fetch_add(1, Ordering::Relaxed);
        let (to_writer, rows) = sync_channel(1);
        make(&Masker::new(writer.shared.clone(), to_writer));
        if let Ok(Masked::Row(row)) = rows.try_recv() {
            writer.take(row);
        }
    }

    /// I12
    #[test]
    fn a_wall_clock_that_leaps_ahead_does_not_take_the_log_with_it() {
        const DAY: Duration = Duration::from_secs(24 * 60 * 60);
        let dir = tempfile::tempdir().unwrap();
        let (mut writer, clock, hands) = writer(&dir.path().join("traffic.db"));
        take(&mut writer, &clock, 1, 0);
        writer.save();
        let rows_after_trim = |writer: &mut Writer| {
            writer.trim();
            writer.log.size().unwrap().rows
        };
        hands.set_epoch_us(clock.now().epoch_us + 365 * 24 * 60 * 60 * 1_000_000);
        assert_eq!(rows_after_trim(&mut writer), 1);
        hands.advance(29 * DAY);
        assert_eq!(rows_after_trim(&mut writer), 1);
        hands.advance(2 * DAY);
        assert_eq!(rows_after_trim(&mut writer), 0, "30 days have passed");
    }

    /// I13
    #[test]
    fn rows_that_cannot_be_written_are_bounded_by_their_bytes_too() {
        let dir = tempfile::tempdir().unwrap();
        let (mut writer, clock, _) = writer(&dir.path().join("nowhere").join("traffic.db"));
        writer.most_unsaved_bytes = 100_000;
        for number in 1..=20 {
            take(&mut writer, &clock, number, 20_000);
        }
        let left: Vec<_> = writer.unsaved.iter().map(|row| row.summary.seq).collect();
        assert_eq!(left, [17, 18, 19, 20], "the newest stay");
        assert!(writer.unsaved_bytes <= 100_000);
        assert_eq!(writer.shared.dropped.load(Ordering::Relaxed), 16);
        assert_eq!(writer.shared.queued.load(Ordering::Relaxed), 4);
    }

    /// I6: sums are exact all the same.
    #[test]
    fn a_full_disk_is_said_and_what_was_counted_meanwhile_is_stored_later() {
        let dir = tempfile::tempdir().unwrap();
        let (mut writer, clock, _) = writer(&dir.path().join("traffic.db"));
        take(&mut writer, &clock, 1, 0);
        writer.save();
        assert_eq!(*writer.shared.degraded.lock(), None);
        writer.connection.as_ref().unwrap().limit_pages(0);
        for number in 2..=200 {
            take(&mut writer, &clock, number, 10_000);
        }
        writer.save();
        let said = writer.shared.degraded.lock().clone().unwrap();
        assert!(said.contains("the disk is full"), "{said}");
        let counted = |writer: &Writer| {
            let query = UsageQuery {
                since_s: clock.now().epoch_us / 1_000_000,
                until_s: clock.now().epoch_us / 1_000_000 + 1,
                most_points: 1,
                ..UsageQuery::default()
            };
            let usage = writer.log.usage(&query, clock.now().epoch_us).unwrap();
            (
                usage.total.figures.requests,
                writer.log.size().unwrap().rows,
            )
        };
        assert_eq!(counted(&writer), (1, 1), "all of a batch or nothing");
        // There is room again: the next connection is not held to so few pages.
        writer.not_before = Instant::now();
        writer.save();
        assert_eq!(*writer.shared.degraded.lock(), None);
        assert_eq!(counted(&writer), (200, 200));
        writer.save();
        assert_eq!(counted(&writer), (200, 200), "nothing is counted twice");
    }

    /// LG-5
    #[test]
    fn what_ends_while_a_large_log_is_cut_back_is_stored_between_the_steps() {
        let dir = tempfile::tempdir().unwrap();
        let retention = config::Retention {
            max_rows: 100,
            ..config::Retention::default()
        };
        let path = dir.path().join("traffic.db");
        let (mut writer, clock, _) = writer_that_keeps(&path, retention);
        for number in 1..=2_300 {
            take(&mut writer, &clock, number, 0);
        }
        writer.save();
        let (mut number, mut steps) = (2_300, 0);
        loop {
            let began = Instant::now();
            writer.trim();
            if writer.next_trim >= began + TRIM {
                break;
            }
            steps += 1;
            if writer.log.size().unwrap().rows <= 500 {
                continue;
            }
            number += 1;
            take(&mut writer, &clock, number, 0);
            writer.save();
            let rows = writer.log.page(&Filter::default(), None, 1).unwrap().rows;
            assert_eq!(rows[0].seq, number);
        }
        assert!((3..10).contains(&steps), "{steps}");
        assert_eq!(writer.log.size().unwrap().rows, 100);
        assert_eq!(writer.shared.dropped.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn what_is_read_from_a_file_is_in_the_log_and_counted_nowhere() {
        let dir = tempfile::tempdir().unwrap();
        let (mut writer, clock, _) = writer(&dir.path().join("traffic.db"));
        take(&mut writer, &clock, 1, 0);
        let mut imported = super::super::fixtures::row(0);
        imported.id = crate::ids::ExchangeId(uuid::Uuid::from_u128(2));
        imported.started_at_us = clock.now().epoch_us;
        imported.origin = RequestOrigin::Import;
        let kept = super::super::fixtures::kept();
        masked(&mut writer, |masker| masker.keep(imported, &kept));
        writer.save();
        let rows = writer.log.page(&Filter::default(), None, 9).unwrap().rows;
        assert_eq!(rows.len(), 2);
        assert_eq!(rows[0].origin, RequestOrigin::Import);
        let now_us = clock.now().epoch_us;
        for callers_only in [true, false] {
            let query = UsageQuery {
                since_s: now_us / 1_000_000,
                until_s: now_us / 1_000_000 + 1,
                most_points: 1,
                filter: crate::store::UsageFilter {
                    callers_only,
                    ..Default::default()
                },
                ..UsageQuery::default()
            };
            let usage = writer.log.usage(&query, now_us).unwrap();
            assert_eq!(usage.total.figures.requests, 1, "{callers_only}");
        }
        let of_keys = writer.log.key_usage(now_us).unwrap();
        assert_eq!(of_keys.values().map(|key| key.requests).sum::<u64>(), 1);
    }

    /// Rows that were numbered while the log could not be read come after those that are in it.
    #[test]
    fn numbers_go_on_after_those_of_a_log_that_could_not_be_read_at_first() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("traffic.db");
        let (mut before, clock, _) = writer(&path);
        for number in 1..=5 {
            take(&mut before, &clock, number, 0);
        }
        before.save();
        drop(before);
        let (mut writer, clock, _) = writer(&path);
        take(&mut writer, &clock, 6, 0);
        writer.save();
        take(&mut writer, &clock, 7, 0);
        writer.save();
        let rows = writer.log.page(&Filter::default(), None, 9).unwrap().rows;
        let numbers: Vec<_> = rows.iter().map(|row| row.seq).collect();
        assert_eq!(numbers, [7, 6, 5, 4, 3, 2, 1]);
        assert_eq!(writer.shared.next_seq.load(Ordering::Relaxed), 8);
    }

    #[test]
    fn rows_of_before_there_was_an_index_are_put_into_it_bit_by_bit() {
        let dir = tempfile::tempdir().unwrap();
        let (mut writer, clock, _) = writer(&dir.path().join("traffic.db"));
        for number in 1..=17 {
            take(&mut writer, &clock, number, 0);
        }
        writer.save();
        crate::store::forget_index(&writer.log, 17);
        let mut steps = 0;
        while writer.tend_index() {
            steps += 1;
        }
        assert_eq!(steps, 4 + 1, "five rows at a time, then a block");
        let filter = Filter::default();
        let histogram = writer.log.histogram(&filter, None, i64::MAX / 2, 90);
        assert_eq!(histogram.unwrap().total, 17);
    }

    /// I6
    #[test]
    fn a_log_that_nothing_comes_to_heals_too() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("not there yet");
        let (mut writer, _, _) = writer(&folder.join("traffic.db"));
        writer.trim();
        assert!(writer.shared.degraded.lock().is_some());
        std::fs::create_dir(&folder).unwrap();
        writer.trim();
        assert_eq!(*writer.shared.degraded.lock(), None);
    }
}
