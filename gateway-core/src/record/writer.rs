//! The recorder's thread: masks, shows, stores. Owns the one connection that writes the log.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::recorder::{Message, Shared};
use super::recording::Ended;
use super::summarise::finished;
use crate::store::{Finished, LogStore, LogWriter, StoreError};

/// Rows stored in one transaction.
const BATCH: usize = 256;
/// Longest time that a row waits to be stored.
const BATCH_TIME: Duration = Duration::from_millis(200);
/// Most rows held while the log cannot be written.
const MOST_UNSAVED: usize = 4_096;
/// Time between two attempts to write while it cannot be written.
const RETRY: Duration = Duration::from_secs(1);
/// Time between two looks at what is too old.
const TRIM: Duration = Duration::from_secs(5);

pub(super) struct Writer {
    log: LogStore,
    shared: Arc<Shared>,
    connection: Option<LogWriter>,
    unsaved: VecDeque<Finished>,
    waiting: Vec<oneshot::Sender<()>>,
    next_seq: u64,
    oldest_unsaved: Option<Instant>,
    not_before: Instant,
    next_trim: Instant,
}

impl Writer {
    pub(super) fn new(log: LogStore, shared: Arc<Shared>) -> Self {
        Self {
            log,
            shared,
            connection: None,
            unsaved: VecDeque::new(),
            waiting: Vec::new(),
            next_seq: 1,
            oldest_unsaved: None,
            not_before: Instant::now(),
            next_trim: Instant::now() + TRIM,
        }
    }

    /// Runs until the last handle of the recorder is gone, and stores what is left then.
    pub(super) fn run(mut self, messages: &Receiver<Message>) {
        if let Err(error) = self.ensure_connected() {
            self.degrade(&error);
        }
        loop {
            match messages.recv_timeout(self.patience()) {
                Ok(Message::Ended(ended)) => self.take(*ended),
                Ok(Message::Flush(done)) => {
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
            if Instant::now() >= self.next_trim {
                self.trim();
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
        save.min(self.next_trim).saturating_duration_since(now)
    }

    fn is_due(&self) -> bool {
        let waited = self
            .oldest_unsaved
            .is_some_and(|since| since.elapsed() >= BATCH_TIME);
        (waited || self.unsaved.len() >= BATCH) && Instant::now() >= self.not_before
    }

    fn take(&mut self, ended: Ended) {
        self.shared
            .left_queue(ended.request.kept.len() + ended.response.kept.len());
        let row = finished(ended, &self.shared.redactor(), self.next_seq);
        self.next_seq += 1;
        // Nobody watches: nobody needs to be shown.
        let _ = self.shared.tail.send(row.summary.clone());
        self.oldest_unsaved.get_or_insert_with(Instant::now);
        self.unsaved.push_back(row);
        while self.unsaved.len() > MOST_UNSAVED {
            self.unsaved.pop_front();
            self.shared.queued.fetch_sub(1, Ordering::Relaxed);
            self.shared.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn save(&mut self) {
        let before = self.unsaved.len();
        let result = self.try_save();
        let saved = (before - self.unsaved.len()) as u64;
        self.shared.queued.fetch_sub(saved, Ordering::Relaxed);
        self.shared.recorded.fetch_add(saved, Ordering::Relaxed);
        match result {
            Ok(()) => {
                self.oldest_unsaved = None;
                if saved > 0 && self.shared.degraded.lock().take().is_some() {
                    tracing::info!("the log can be written again");
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

    /// Stores everything that is unsaved, in batches.
    fn try_save(&mut self) -> Result<(), StoreError> {
        while !self.unsaved.is_empty() {
            self.ensure_connected()?;
            let Some(connection) = &mut self.connection else {
                break;
            };
            let batch = self.unsaved.len().min(BATCH);
            let rows = self.unsaved.make_contiguous();
            connection.write(&rows[..batch])?;
            self.unsaved.drain(..batch);
        }
        Ok(())
    }

    fn ensure_connected(&mut self) -> Result<(), StoreError> {
        if self.connection.is_some() {
            return Ok(());
        }
        self.connection = Some(self.log.writer()?);
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
    }

    fn trim(&mut self) {
        self.next_trim = Instant::now() + TRIM;
        let Some(connection) = &mut self.connection else {
            return;
        };
        let settings = self.shared.settings();
        let now_us = self.shared.clock.now().epoch_us;
        match connection.trim(&settings.recording.retention, now_us) {
            // In small steps, so that rows never wait long.
            Ok(true) => self.next_trim = Instant::now(),
            Ok(false) => {}
            Err(error) => tracing::warn!(%error, "old rows could not be removed from the log"),
        }
    }
}
