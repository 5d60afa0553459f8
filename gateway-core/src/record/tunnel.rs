//! The guard around a tunnel: what passes is counted, and the exchange ends with it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use http::HeaderMap;
use http::header::UPGRADE;
use parking_lot::Mutex;

use super::capture::Captured;
use super::messages::{Conversation, Direction, MessageLog};
use super::recording::{Recording, Shown};
use super::summary::Ending;

/// An exchange whose connection was handed over to another protocol. Dropped without an end, it is
/// recorded as one whose caller went away.
pub struct RecordedTunnel {
    recording: Recording,
    shown: Arc<Shown>,
    to_service: AtomicU64,
    to_caller: AtomicU64,
    /// Where the other protocol is WebSocket.
    conversation: Option<(Mutex<Conversation>, Arc<MessageLog>)>,
}

impl RecordedTunnel {
    /// Of an exchange that was answered with these headers and is shown from now on.
    pub(super) fn new(mut recording: Recording, shown: Arc<Shown>, headers: &HeaderMap) -> Self {
        let conversation = is_websocket(headers).then(|| {
            let log = recording.messages();
            (
                Mutex::new(Conversation::new(headers, log.most_bytes())),
                log,
            )
        });
        Self {
            recording,
            shown,
            to_service: AtomicU64::new(0),
            to_caller: AtomicU64::new(0),
            conversation,
        }
    }

    /// Bytes have been passed on.
    pub fn passed(&self, direction: Direction, bytes: &[u8]) {
        let (counted, shown) = match direction {
            Direction::ToService => (&self.to_service, &self.shown.request_bytes),
            Direction::ToCaller => (&self.to_caller, &self.shown.response_bytes),
        };
        let all = counted.fetch_add(bytes.len() as u64, Ordering::Relaxed) + bytes.len() as u64;
        shown.store(all, Ordering::Relaxed);
        if let Some((conversation, log)) = &self.conversation {
            conversation.lock().pass(direction, bytes, log);
        }
    }

    /// Whether the protocol is one whose messages are known here.
    pub fn has_messages(&self) -> bool {
        self.conversation.is_some()
    }

    /// Whether the protocol ended in its own way.
    pub fn said_goodbye(&self) -> bool {
        let conversation = self.conversation.as_ref();
        conversation.is_some_and(|(conversation, _)| conversation.lock().is_closed())
    }

    /// What to send in a direction so that its receiver knows why the tunnel ends (RFC 6455, section
    /// 5.5.1); `None` where there is nothing to say, or it would stand in the middle of something.
    pub fn close_frame(&self, direction: Direction, code: u16) -> Option<Vec<u8>> {
        let (conversation, _) = self.conversation.as_ref()?;
        let is_between = conversation.lock().is_between_frames(direction);
        let [high, low] = code.to_be_bytes();
        is_between.then(|| match direction {
            Direction::ToCaller => vec![0x88, 2, high, low],
            // Masked, as all that comes from a client has to be; by a mask that changes nothing.
            Direction::ToService => vec![0x88, 0x82, 0, 0, 0, 0, high, low],
        })
    }

    /// The tunnel is closed.
    pub fn end(self, ending: Ending) {
        let count = |counted: &AtomicU64| counted.load(Ordering::Relaxed);
        self.recording.add_request_bytes(count(&self.to_service));
        let mut response = Captured::default();
        response.passed = count(&self.to_caller);
        self.recording.end(response, ending);
    }
}

/// Whether an answer switches to WebSocket.
pub(super) fn is_websocket(headers: &HeaderMap) -> bool {
    headers
        .get(UPGRADE)
        .is_some_and(|protocol| protocol.as_bytes().eq_ignore_ascii_case(b"websocket"))
}
