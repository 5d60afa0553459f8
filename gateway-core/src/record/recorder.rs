//! Takes exchanges from the request path, without ever making it wait.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::thread;

use serde::Serialize;
use tokio::sync::{broadcast, oneshot};
use utoipa::ToSchema;

use super::detail::Kept;
use super::exchange::Exchange;
use super::masker::{MOST_MASKED, Masker};
use super::messages::Passed;
use super::recording::{Ended, Recording};
use super::redact::Redactor;
use super::shared::Shared;
use super::summarise::counted;
use super::summary::ExchangeSummary;
use super::unsaved::DetailWatch;
use super::writer::Writer;
use crate::clock::Clock;
use crate::config;
use crate::ids::ExchangeId;
use crate::store::LogStore;
use crate::usage::Totals;

/// Most exchanges that wait to be masked.
const MOST_QUEUED: usize = 16_384;
/// Most bytes of bodies that wait with them.
const MOST_QUEUED_BYTES: usize = 64 * 1024 * 1024;

/// Records exchanges. A cheap handle.
#[derive(Clone)]
pub struct Recorder {
    pub(super) shared: Arc<Shared>,
    queue: SyncSender<Message>,
}

/// How the recorder is doing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct RecorderStatus {
    /// Rows stored since the start.
    pub recorded: u64,
    /// Exchanges since the start that are not in the log, because it could not keep up or could not
    /// be written.
    pub dropped: u64,
    /// Messages of WebSockets and event streams since the start that should be in the log and are
    /// not, for the same reasons.
    pub dropped_messages: u64,
    /// Exchanges that wait to be stored.
    pub queued: u64,
    /// Requests that are running.
    pub in_flight: u64,
    /// Why the log cannot be written at the moment, in one sentence.
    pub degraded: Option<String>,
}

/// What the request path hands to the recorder's threads.
pub(super) enum Message {
    Ended(Box<Ended>),
    /// A message of an exchange that goes on.
    Passed(Box<Passed>),
    /// Exchanges of another program's file, without numbers.
    Imported(Vec<(ExchangeSummary, Kept)>),
    /// Answered once everything before it is on disk, or known not to get there.
    Flush(oneshot::Sender<()>),
}

impl Recorder {
    /// Starts the recorder's threads, which end when the last handle is gone.
    pub fn start(
        log: LogStore,
        clock: Clock,
        recording: &config::Recording,
        api_keys: &config::ApiKeys,
    ) -> Self {
        let (queue, messages) = sync_channel(MOST_QUEUED);
        let shared = Arc::new(Shared::new(clock, recording, api_keys));
        // A log that cannot be read yet says later what its last number was.
        shared.number_from(log.last_seq().map_or(1, |last| last + 1));
        let (to_writer, masked) = sync_channel(MOST_MASKED);
        let masker = Masker::new(shared.clone(), to_writer);
        let writer = Writer::new(log, shared.clone());
        start("gatewright-mask", move || masker.run(&messages));
        start("gatewright-log", move || writer.run(&masked));
        Self { shared, queue }
    }

    /// A new config is in force.
    pub fn configure(&self, recording: &config::Recording, api_keys: &config::ApiKeys) {
        self.shared.configure(recording, api_keys);
    }

    /// What was counted since the start, where the configuration wants that.
    pub fn totals(&self) -> Option<Totals> {
        let is_on = self.shared.settings().recording.metrics;
        is_on.then(|| self.shared.totals.lock().clone())
    }

    /// Begins to record an exchange.
    pub fn begin(&self, exchange: Exchange) -> Recording {
        Recording::begin(self, exchange)
    }

    /// How it is doing.
    pub fn status(&self) -> RecorderStatus {
        let shared = &self.shared;
        RecorderStatus {
            recorded: shared.recorded.load(Ordering::Relaxed),
            dropped: shared.dropped.load(Ordering::Relaxed),
            dropped_messages: shared.dropped_messages.load(Ordering::Relaxed),
            queued: shared.queued.load(Ordering::Relaxed),
            in_flight: shared.in_flight.load(Ordering::Relaxed),
            degraded: shared.degraded.lock().clone(),
        }
    }

    /// Exchanges as they end, masked. A viewer that is too slow is told how many it missed.
    pub fn tail(&self) -> broadcast::Receiver<Arc<ExchangeSummary>> {
        self.shared.tail.subscribe()
    }

    /// Exchanges whose answers have been under way for a while, such as event streams; oldest first.
    pub fn open(&self) -> Vec<ExchangeSummary> {
        let now_ns = self.shared.clock.monotonic_ns();
        let shown: Vec<_> = self.shared.shown.lock().values().cloned().collect();
        let mut open: Vec<_> = shown.iter().map(|shown| shown.summary(now_ns)).collect();
        open.sort_by_key(|summary| (summary.started_at_us, summary.id));
        open
    }

    /// An exchange that is still running, with what is known of it so far, masked.
    pub fn running(&self, id: ExchangeId) -> Option<(ExchangeSummary, Kept)> {
        let now_ns = self.shared.clock.monotonic_ns();
        let shown = self.shared.shown.lock().get(&id).cloned()?;
        Some((shown.summary(now_ns), shown.kept.clone()))
    }

    /// Gives the details of exchanges that end from now on, until they are in the log.
    pub fn watch_details(&self) -> DetailWatch {
        self.shared.unsaved.clone().watch()
    }

    /// Exchanges whose messages were stored just now.
    pub fn messages_stored(&self) -> broadcast::Receiver<ExchangeId> {
        self.shared.messages_stored.subscribe()
    }

    /// Takes exchanges that were read from another program's file, masks them, and shows and stores
    /// them as if they ended now.
    pub async fn import(&self, exchanges: Vec<(ExchangeSummary, Kept)>) {
        let queue = self.queue.clone();
        let message = Message::Imported(exchanges);
        // The queue may be full; whoever waits here is not the request path.
        let sent = tokio::task::spawn_blocking(move || queue.send(message).is_ok());
        if sent.await.is_ok_and(|sent| sent) {
            self.flush().await;
        }
    }

    /// What masks secrets at the moment.
    pub fn redactor(&self) -> Arc<Redactor> {
        self.shared.redactor()
    }

    /// Waits until everything that has ended so far is on disk, or is known not to get there.
    pub async fn flush(&self) {
        let queue = self.queue.clone();
        let (done, wait) = oneshot::channel();
        // The queue may be full; whoever waits here is not the request path.
        let sent = tokio::task::spawn_blocking(move || queue.send(Message::Flush(done)));
        if sent.await.is_ok_and(|sent| sent.is_ok()) {
            // The thread may end while we wait; then there is nothing to wait for.
            let _ = wait.await;
        }
    }

    /// Takes an exchange that has ended, or counts it as dropped.
    pub(super) fn take(&self, ended: Ended) {
        let shared = &self.shared;
        let bytes = ended.request.kept.len() + ended.response.kept.len();
        let before = shared.queued_bytes.fetch_add(bytes, Ordering::Relaxed);
        shared.queued.fetch_add(1, Ordering::Relaxed);
        let ended = Box::new(ended);
        let refused = match before <= MOST_QUEUED_BYTES {
            true => match self.queue.try_send(Message::Ended(ended)) {
                Ok(()) => None,
                Err(TrySendError::Full(message) | TrySendError::Disconnected(message)) => {
                    Some(message)
                }
            },
            false => Some(Message::Ended(ended)),
        };
        if let Some(Message::Ended(ended)) = refused {
            shared.left_queue(bytes);
            shared.lose();
            // Its row is lost; that it was there is not.
            let row = counted(&ended, &shared.redactor());
            shared.count(&row);
        }
    }

    /// Takes a message that passed, or counts it as dropped. Its number is used up either way, so
    /// that what is missing can be seen.
    pub(super) fn take_message(&self, passed: Passed) {
        let shared = &self.shared;
        let bytes = passed.size();
        let before = shared.queued_bytes.fetch_add(bytes, Ordering::Relaxed);
        let taken = before <= MOST_QUEUED_BYTES
            && self
                .queue
                .try_send(Message::Passed(Box::new(passed)))
                .is_ok();
        if !taken {
            shared.left_queue(bytes);
            shared.lose_messages(1);
        }
    }
}

fn start(name: &str, run: impl FnOnce() + Send + 'static) {
    thread::Builder::new()
        .name(name.to_owned())
        .spawn(run)
        .expect("a thread can be started");
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::io;
    use std::path::Path;

    use bytes::Bytes;
    use futures_util::stream;
    use http::header::CONTENT_TYPE;
    use http::{HeaderValue, Method, Response};
    use http_body::{Body, Frame};
    use http_body_util::{BodyExt as _, Empty, Full, StreamBody};

    use super::super::exchange::Outcome;
    use super::super::fixtures::exchange;
    use super::super::summary::Ending;
    use super::*;
    use crate::record::filter::Filter;
    use crate::store::UsageQuery;

    fn recorder(log: &Path) -> (Recorder, LogStore, Clock) {
        let (clock, _) = Clock::manual(1_000_000);
        let log = LogStore::open(log).unwrap();
        let recorder = Recorder::start(
            log.clone(),
            clock.clone(),
            &config::Recording::default(),
            &config::ApiKeys::default(),
        );
        (recorder, log, clock)
    }

    fn rows(log: &LogStore) -> Vec<ExchangeSummary> {
        log.page(&Filter::default(), None, 10_000).unwrap().rows
    }

    #[tokio::test]
    async fn whatever_becomes_of_an_exchange_it_is_one_row() {
        let dir = tempfile::tempdir().unwrap();
        let (recorder, log, clock) = recorder(&dir.path().join("traffic.db"));
        let answered = |number, method| {
            let mut recording = recorder.begin(exchange(number, &clock));
            recording.exchange().outcome = Outcome::Answered;
            recording.exchange().method = method;
            recording
        };
        drop(recorder.begin(exchange(1, &clock)));
        let whole = Response::new(Full::new(Bytes::from("whole")));
        let body = answered(2, Method::GET).finish(whole).into_body();
        body.collect().await.unwrap();
        let left = Response::new(Full::new(Bytes::from("unread")));
        drop(answered(3, Method::GET).finish(left));
        let pieces: [Result<Frame<Bytes>, io::Error>; 2] = [
            Ok(Frame::data(Bytes::from("part"))),
            Err(io::Error::other("broken off")),
        ];
        let broken = Response::new(StreamBody::new(stream::iter(pieces)));
        let body = answered(4, Method::GET).finish(broken).into_body();
        assert!(body.collect().await.is_err());
        let head = Response::new(Full::new(Bytes::from("not sent")));
        drop(answered(5, Method::HEAD).finish(head));
        drop(answered(6, Method::GET).finish(Response::new(Empty::<Bytes>::new())));
        recorder.flush().await;
        let rows = rows(&log);
        let seen: Vec<_> = rows
            .iter()
            .rev()
            .map(|row| (row.seq, row.status, row.ending, row.response_bytes))
            .collect();
        assert_eq!(
            seen,
            [
                (1, 499, Ending::ClientClosed, 0),
                (2, 200, Ending::Complete, 5),
                (3, 200, Ending::ClientClosed, 0),
                (4, 200, Ending::CutOff, 4),
                (5, 200, Ending::Complete, 0),
                (6, 200, Ending::Complete, 0),
            ]
        );
        let status = recorder.status();
        assert_eq!((status.recorded, status.dropped, status.queued), (6, 0, 0));
        assert_eq!(status.in_flight, 0);
    }

    #[tokio::test]
    async fn a_body_says_of_itself_what_it_said_before() {
        let dir = tempfile::tempdir().unwrap();
        let (recorder, _, clock) = recorder(&dir.path().join("traffic.db"));
        let of_five = || Full::new(Bytes::from("whole"));
        let recording = recorder.begin(exchange(1, &clock));
        let mut request = recording.request_tap().on(of_five());
        let mut answer = recording.finish(Response::new(of_five())).into_body();
        assert_eq!(
            (request.size_hint().exact(), request.is_end_stream()),
            (Some(5), false)
        );
        assert_eq!(
            (answer.size_hint().exact(), answer.is_end_stream()),
            (Some(5), false)
        );
        request.frame().await.unwrap().unwrap();
        answer.frame().await.unwrap().unwrap();
        assert!(request.is_end_stream() && answer.is_end_stream());
        let trailers: [Result<Frame<Bytes>, Infallible>; 1] =
            [Ok(Frame::trailers(http::HeaderMap::new()))];
        let with_trailers = Response::new(StreamBody::new(stream::iter(trailers)));
        let recording = recorder.begin(exchange(2, &clock));
        let mut answer = recording.finish(with_trailers).into_body();
        assert!(answer.frame().await.unwrap().unwrap().is_trailers());
    }

    #[tokio::test]
    async fn rows_are_shown_as_they_are_stored_and_numbers_go_on_after_a_restart() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("traffic.db");
        for seq in 1..=2 {
            let (recorder, log, clock) = recorder(&path);
            let mut tail = recorder.tail();
            drop(recorder.begin(exchange(seq, &clock)));
            recorder.flush().await;
            let shown = tail.recv().await.unwrap();
            assert_eq!(shown.seq, seq);
            assert_eq!(rows(&log)[0], *shown);
        }
    }

    /// I6
    #[tokio::test]
    async fn what_cannot_be_written_is_kept_until_it_can() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("not there yet");
        let (recorder, log, clock) = recorder(&folder.join("traffic.db"));
        for number in 1..=10 {
            drop(recorder.begin(exchange(number, &clock)));
        }
        recorder.flush().await;
        let status = recorder.status();
        assert!(status.degraded.unwrap().contains("traffic.db"));
        assert_eq!((status.recorded, status.dropped, status.queued), (0, 0, 10));
        std::fs::create_dir(&folder).unwrap();
        recorder.flush().await;
        let status = recorder.status();
        assert_eq!(status.degraded, None);
        assert_eq!((status.recorded, status.dropped, status.queued), (10, 0, 0));
        let numbers: Vec<_> = rows(&log).iter().map(|row| row.seq).collect();
        assert_eq!(numbers, (1..=10).rev().collect::<Vec<_>>());
    }

    /// I13
    #[tokio::test]
    async fn while_nothing_can_be_written_memory_is_bounded_and_what_is_lost_is_counted() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("not there yet");
        let (recorder, log, clock) = recorder(&folder.join("traffic.db"));
        for number in 1..=5_000 {
            drop(recorder.begin(exchange(number, &clock)));
        }
        recorder.flush().await;
        let status = recorder.status();
        assert_eq!((status.queued, status.dropped), (4_096, 904));
        std::fs::create_dir(&folder).unwrap();
        recorder.flush().await;
        let healed = recorder.status();
        assert_eq!(
            (healed.recorded, healed.dropped),
            (status.queued, status.dropped)
        );
        assert_eq!(rows(&log).len() as u64, healed.recorded);
        assert_eq!(
            counted(&log, &clock),
            5_000,
            "those without a row count too"
        );
    }

    fn counted(log: &LogStore, clock: &Clock) -> u64 {
        let query = UsageQuery {
            until_s: clock.now().epoch_us / 1_000_000 + 1,
            most_points: 1,
            ..UsageQuery::default()
        };
        let usage = log.usage(&query, clock.now().epoch_us).unwrap();
        usage.total.figures.requests
    }

    #[tokio::test]
    async fn what_finds_no_room_in_the_queue_is_counted_all_the_same() {
        let dir = tempfile::tempdir().unwrap();
        let (recorder, log, clock) = recorder(&dir.path().join("traffic.db"));
        let queued = &recorder.shared.queued_bytes;
        queued.fetch_add(MOST_QUEUED_BYTES + 1, Ordering::Relaxed);
        for number in 1..=7 {
            drop(recorder.begin(exchange(number, &clock)));
        }
        queued.fetch_sub(MOST_QUEUED_BYTES + 1, Ordering::Relaxed);
        drop(recorder.begin(exchange(8, &clock)));
        recorder.flush().await;
        let status = recorder.status();
        assert_eq!((status.recorded, status.dropped, status.queued), (1, 7, 0));
        assert_eq!(counted(&log, &clock), 8);
    }

    /// `cargo nextest run -p gateway-core a_million --run-ignored only --no-capture`
    #[cfg(target_os = "linux")]
    #[ignore = "takes minutes"]
    #[tokio::test]
    async fn a_million_exchanges_take_no_more_memory_than_the_first_hundred_thousand() {
        let dir = tempfile::tempdir().unwrap();
        let (recorder, log, clock) = recorder(&dir.path().join("traffic.db"));
        let resident_mib = || {
            let pages = std::fs::read_to_string("/proc/self/statm").unwrap();
            let pages: u64 = pages.split(' ').nth(1).unwrap().parse().unwrap();
            pages * 4_096 / 1024 / 1024
        };
        let mut first = 0;
        for number in 1..=1_000_000 {
            let mut recording = recorder.begin(exchange(number, &clock));
            recording.exchange().route = Some(["orders", "users"][number as usize % 2].into());
            let body = Full::new(Bytes::from_static(b"{}"));
            let answer = recording.finish(Response::new(body));
            answer.into_body().collect().await.unwrap();
            if number % 8_192 == 0 {
                recorder.flush().await;
            }
            if number % 100_000 == 0 {
                recorder.flush().await;
                eprintln!("{number} exchanges: {} MiB resident", resident_mib());
                first = if first == 0 { resident_mib() } else { first };
            }
        }
        assert_eq!(recorder.status().dropped, 0);
        assert_eq!(counted(&log, &clock), 1_000_000);
        assert!(
            resident_mib() < first + 32,
            "{first} MiB became {}",
            resident_mib()
        );
    }

    /// I13
    #[tokio::test]
    async fn messages_that_find_no_room_are_counted_too() {
        const ROOM: u64 = 16_384;
        let dir = tempfile::tempdir().unwrap();
        let nowhere = dir.path().join("not there yet").join("traffic.db");
        let (recorder, _, clock) = recorder(&nowhere);
        let each = u64::from(config::Recording::default().max_messages);
        let exchanges = ROOM / each + 2;
        for number in 1..=exchanges {
            let mut recording = recorder.begin(exchange(number, &clock));
            recording.exchange().outcome = Outcome::Answered;
            let events = "data: x\n\n".repeat(usize::try_from(each).unwrap());
            let mut response = Response::new(Full::new(Bytes::from(events)));
            let kind = HeaderValue::from_static("text/event-stream");
            response.headers_mut().insert(CONTENT_TYPE, kind);
            let body = recording.finish(response).into_body();
            body.collect().await.unwrap();
            recorder.flush().await;
            let passed = number * each;
            let dropped = recorder.status().dropped_messages;
            assert_eq!(dropped, passed.saturating_sub(ROOM));
        }
    }
}
