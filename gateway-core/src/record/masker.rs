//! The thread that masks what ended, numbers it, counts it and shows it, and hands it on to be stored. It
//! never waits for the disk, so that what happens is seen at once also while that is slow.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, SyncSender};

use tokio::sync::oneshot;

use super::detail::Kept;
use super::messages::{self, Passed, masked};
use super::recorder::Message;
use super::recording::Ended;
use super::shared::Shared;
use super::summarise::finished;
use super::summary::{ExchangeSummary, Source};
use crate::ids::ExchangeId;
use crate::proxy::error::ErrorCode;
use crate::store::Finished;

/// Most rows and messages that wait to be stored,
pub(super) const MOST_MASKED: usize = 16_384;
/// and most bytes of them.
const MOST_MASKED_BYTES: usize = 64 * 1024 * 1024;

/// What is masked, on its way to the writer.
pub(super) enum Masked {
    Row(Finished),
    Message(Box<(ExchangeId, messages::Message)>),
    /// Answered once everything before it is on disk, or known not to get there.
    Flush(oneshot::Sender<()>),
}

pub(super) struct Masker {
    shared: Arc<Shared>,
    writer: SyncSender<Masked>,
}

impl Masker {
    pub(super) fn new(shared: Arc<Shared>, writer: SyncSender<Masked>) -> Self {
        Self { shared, writer }
    }

    /// Runs until the last handle of the recorder is gone.
    pub(super) fn run(self, messages: &Receiver<Message>) {
        for message in messages {
            match message {
                Message::Ended(ended) => self.take(*ended),
                Message::Imported(exchanges) => {
                    for (summary, kept) in exchanges {
                        self.shared.queued.fetch_add(1, Ordering::Relaxed);
                        self.keep(summary, &kept);
                    }
                }
                Message::Passed(passed) => self.take_message(*passed),
                // Whoever asked waits for what is before it. Without a writer there is nothing to wait for.
                Message::Flush(done) => drop(self.writer.send(Masked::Flush(done))),
            }
        }
    }

    pub(super) fn take(&self, ended: Ended) {
        let shared = &self.shared;
        shared.left_queue(ended.request.kept.len() + ended.response.kept.len());
        let id = ended.exchange.id;
        let redactor = shared.redactor();
        let (status, started_at_us) = (ended.exchange.status, ended.exchange.started_at_us);
        let seq = shared.next_seq.fetch_add(1, Ordering::Relaxed);
        // Whatever a caller or a service sent, the log goes on.
        let row = catch_unwind(AssertUnwindSafe(|| finished(ended, &redactor, seq)));
        let Ok(row) = row else {
            tracing::error!(%id, "an exchange could not be written down");
            let status = status.unwrap_or(ErrorCode::ClientClosed.status().as_u16());
            let mut tally = shared.tally.lock();
            tally.count_unreadable(status, Source::Gateway, started_at_us);
            drop(tally);
            shared.lose();
            return;
        };
        shared.count(&row.summary);
        self.hand_on(row);
    }

    /// Gives a row that is masked its number.
    pub(super) fn keep(&self, mut summary: ExchangeSummary, kept: &Kept) {
        summary.seq = self.shared.next_seq.fetch_add(1, Ordering::Relaxed);
        self.hand_on(Finished::new(summary, kept));
    }

    fn hand_on(&self, row: Finished) {
        let shared = &self.shared;
        // Before it is told of, so that whoever is told can ask.
        shared.unsaved.put(&row);
        // Nobody watches: nobody needs to be shown.
        let _ = shared.tail.send(row.summary.clone());
        let id = row.summary.id;
        if !self.try_hand_on(row.size(), Masked::Row(row)) {
            shared.unsaved.take(id);
            shared.lose();
        }
    }

    fn take_message(&self, passed: Passed) {
        let shared = &self.shared;
        shared.left_queue(passed.size());
        let (exchange, redactor) = (passed.exchange, shared.redactor());
        // Whatever was sent, the log goes on.
        let Ok(message) = catch_unwind(AssertUnwindSafe(|| masked(passed, &redactor))) else {
            tracing::error!(%exchange, "a message could not be written down");
            shared.lose_messages(1);
            return;
        };
        let size = message.size();
        if !self.try_hand_on(size, Masked::Message(Box::new((exchange, message)))) {
            shared.lose_messages(1);
        }
    }

    /// `false` where too much waits already: the disk cannot keep up.
    fn try_hand_on(&self, size: usize, masked: Masked) -> bool {
        let waiting = &self.shared.masked_bytes;
        let before = waiting.fetch_add(size, Ordering::Relaxed);
        let taken = before <= MOST_MASKED_BYTES && self.writer.try_send(masked).is_ok();
        if !taken {
            waiting.fetch_sub(size, Ordering::Relaxed);
        }
        taken
    }
}
