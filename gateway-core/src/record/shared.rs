//! What the request path, the recorder's threads and those who watch know together: what waits, what was
//! counted, and what of the config concerns them.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use arc_swap::ArcSwap;
use parking_lot::Mutex;
use tokio::sync::broadcast;

use super::capture::Room;
use super::recording::Shown;
use super::redact::Redactor;
use super::summary::ExchangeSummary;
use super::unsaved::Unsaved;
use crate::clock::Clock;
use crate::config;
use crate::ids::ExchangeId;
use crate::usage::{Tally, Totals};

/// How far a live viewer may fall behind before rows pass it by.
const TAIL: usize = 8_192;
/// Most bytes that are kept of a message, however large bodies may be.
const MOST_OF_MESSAGE: usize = 1024 * 1024;

/// One of it per recorder.
pub(super) struct Shared {
    pub(super) clock: Clock,
    pub(super) in_flight: AtomicU64,
    pub(super) recorded: AtomicU64,
    pub(super) dropped: AtomicU64,
    pub(super) dropped_messages: AtomicU64,
    pub(super) queued: AtomicU64,
    pub(super) degraded: Mutex<Option<String>>,
    pub(super) shown: Mutex<HashMap<ExchangeId, Arc<Shown>>>,
    pub(super) tail: broadcast::Sender<Arc<ExchangeSummary>>,
    pub(super) messages_stored: broadcast::Sender<ExchangeId>,
    pub(super) unsaved: Arc<Unsaved>,
    /// What was counted and is not stored yet. Counted apart from rows: exact also where those are
    /// dropped.
    pub(super) tally: Mutex<Tally>,
    /// What was counted since the start, where that is wanted.
    pub(super) totals: Mutex<Totals>,
    /// Bytes of bodies that wait to be masked.
    pub(super) queued_bytes: AtomicUsize,
    /// The number of the next row.
    pub(super) next_seq: AtomicU64,
    /// Bytes of what is masked and waits for the writer.
    pub(super) masked_bytes: AtomicUsize,
    pub(super) room: Room,
    settings: ArcSwap<Settings>,
}

/// What of the config concerns the recorder.
pub(super) struct Settings {
    pub(super) recording: config::Recording,
    redactor: Arc<Redactor>,
}

impl Shared {
    pub(super) fn new(
        clock: Clock,
        recording: &config::Recording,
        api_keys: &config::ApiKeys,
    ) -> Self {
        Self {
            clock,
            in_flight: AtomicU64::new(0),
            recorded: AtomicU64::new(0),
            dropped: AtomicU64::new(0),
            dropped_messages: AtomicU64::new(0),
            queued: AtomicU64::new(0),
            degraded: Mutex::default(),
            shown: Mutex::default(),
            tail: broadcast::Sender::new(TAIL),
            messages_stored: broadcast::Sender::new(TAIL),
            unsaved: Arc::default(),
            tally: Mutex::default(),
            totals: Mutex::default(),
            queued_bytes: AtomicUsize::new(0),
            next_seq: AtomicU64::new(1),
            masked_bytes: AtomicUsize::new(0),
            room: Room::default(),
            settings: ArcSwap::from_pointee(Settings::new(recording, api_keys)),
        }
    }

    /// Counts an exchange that has ended.
    pub(super) fn count(&self, row: &ExchangeSummary) {
        self.tally.lock().count(row);
        if self.settings.load().recording.metrics {
            self.totals.lock().count(row);
        }
    }

    pub(super) fn left_queue(&self, bytes: usize) {
        self.queued_bytes.fetch_sub(bytes, Ordering::Relaxed);
    }

    pub(super) fn left_masked(&self, bytes: usize) {
        self.masked_bytes.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// Rows from now on have at least this number.
    pub(super) fn number_from(&self, seq: u64) {
        self.next_seq.fetch_max(seq, Ordering::Relaxed);
    }

    /// A row that was counted will never be in the log.
    pub(super) fn lose(&self) {
        self.queued.fetch_sub(1, Ordering::Relaxed);
        self.dropped.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn lose_messages(&self, count: u64) {
        self.dropped_messages.fetch_add(count, Ordering::Relaxed);
    }

    pub(super) fn most_body_bytes(&self) -> usize {
        let settings = self.settings.load();
        match settings.recording.bodies {
            true => usize::try_from(settings.recording.max_body_bytes).unwrap_or(usize::MAX),
            false => 0,
        }
    }

    /// How many messages of an exchange are kept, and how much of each.
    pub(super) fn most_messages(&self) -> (u64, usize) {
        let recording = &self.settings.load().recording;
        match recording.bodies {
            true => (
                recording.max_messages.into(),
                self.most_body_bytes().min(MOST_OF_MESSAGE),
            ),
            false => (0, 0),
        }
    }

    pub(super) fn redactor(&self) -> Arc<Redactor> {
        self.settings.load().redactor.clone()
    }

    pub(super) fn settings(&self) -> Arc<Settings> {
        self.settings.load_full()
    }

    /// A new config is in force.
    pub(super) fn configure(&self, recording: &config::Recording, api_keys: &config::ApiKeys) {
        let settings = Settings::new(recording, api_keys);
        self.settings.store(Arc::new(settings));
    }
}

impl Settings {
    fn new(recording: &config::Recording, api_keys: &config::ApiKeys) -> Self {
        Self {
            recording: recording.clone(),
            redactor: Arc::new(Redactor::new(&recording.redact, api_keys)),
        }
    }
}
