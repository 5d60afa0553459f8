//! The messages of a WebSocket and the events of an event stream, as they pass.
//!
//! Whoever passes the bytes on shows them to [`MessageLog`]'s readers, which change and hold up
//! nothing. What they make of them is numbered, and handed to the recorder's thread by one try that
//! never waits: there it is masked, then told to those who watch, then stored.

mod events;
mod frames;
mod inflate;
mod masked;
mod unsaved;

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use http::HeaderMap;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::recorder::Recorder;
use crate::ids::ExchangeId;
pub(super) use events::Events;
use frames::Frames;
use inflate::Inflate;
pub(super) use masked::masked;
pub(super) use unsaved::UnsavedMessages;

/// Most that is kept of all messages of one exchange together, in bytes.
const MOST_KEPT: usize = 16 * 1024 * 1024;

/// A message that passed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Message {
    /// Its number in the exchange, from 1.
    pub number: u64,
    /// Which way it went.
    pub direction: Direction,
    /// What it was.
    pub kind: MessageKind,
    /// When it had passed, microseconds after the request arrived.
    pub at_us: u64,
    /// Bytes of its content as it passed: compressed, if it was.
    pub bytes: u64,
    /// Whether there was more of it than is kept.
    pub truncated: bool,
    /// What is kept, if it is text; for `close`, the reason. Masked.
    pub text: Option<String>,
    /// What is kept, in base64, if it is not text. Masked.
    pub base64: Option<String>,
    /// Type of a server-sent event, if it has one.
    pub event: Option<String>,
    /// Id of a server-sent event: its own, or the last one before it.
    pub event_id: Option<String>,
    /// Why a WebSocket was closed (RFC 6455, section 7.4).
    pub close_code: Option<u16>,
}

impl Message {
    /// About how many bytes it takes.
    pub(super) fn size(&self) -> usize {
        let Self { text, base64, .. } = self;
        let kept = [text, base64].into_iter().flatten().map(String::len);
        size_of::<(ExchangeId, Self)>() + kept.sum::<usize>()
    }
}

/// Which way a message went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// From the caller to the service.
    ToService,
    /// From the service to the caller.
    ToCaller,
}

/// What a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MessageKind {
    /// Text.
    Text,
    /// Bytes.
    Binary,
    /// "Are you there?"
    Ping,
    /// "I am."
    Pong,
    /// The end of a WebSocket.
    Close,
    /// A server-sent event.
    Event,
}

/// A message as it was seen to pass.
#[derive(Debug)]
pub(super) struct Observed {
    kind: MessageKind,
    bytes: u64,
    kept: Vec<u8>,
    truncated: bool,
    event: Option<String>,
    event_id: Option<String>,
    close_code: Option<u16>,
}

/// A message on its way to the recorder's thread, not masked yet.
pub(super) struct Passed {
    pub(super) exchange: ExchangeId,
    number: u64,
    direction: Direction,
    at_us: u64,
    observed: Observed,
}

impl Passed {
    /// About how many bytes it takes.
    pub(super) fn size(&self) -> usize {
        size_of::<Self>() + self.observed.kept.len()
    }
}

/// Numbers an exchange's messages and hands over those that are kept: the first ones, up to a number
/// and a size. All are counted.
pub(super) struct MessageLog {
    recorder: Recorder,
    exchange: ExchangeId,
    started_ns: u64,
    most: u64,
    most_bytes: usize,
    passed: AtomicU64,
    room: AtomicUsize,
}

impl MessageLog {
    /// For an exchange that began at `started_ns` on the clock's monotonic scale.
    pub(super) fn new(recorder: &Recorder, exchange: ExchangeId, started_ns: u64) -> Self {
        let (most, most_bytes) = recorder.shared.most_messages();
        Self {
            recorder: recorder.clone(),
            exchange,
            started_ns,
            most,
            most_bytes,
            passed: AtomicU64::new(0),
            room: AtomicUsize::new(MOST_KEPT),
        }
    }

    /// How much of each message is kept.
    pub(super) fn most_bytes(&self) -> usize {
        self.most_bytes
    }

    /// How many have passed, kept or not.
    pub(super) fn passed(&self) -> u64 {
        self.passed.load(Ordering::Relaxed)
    }

    /// Whether the next message is kept.
    pub(super) fn keeps(&self) -> bool {
        self.passed() < self.most && self.room.load(Ordering::Relaxed) > 0
    }

    /// A message has passed.
    pub(super) fn add(&self, direction: Direction, observed: Observed) {
        let keeps = self.keeps();
        let number = self.passed.fetch_add(1, Ordering::Relaxed) + 1;
        if !keeps {
            return;
        }
        let room = self.room.load(Ordering::Relaxed);
        let left = room.saturating_sub(observed.kept.len().max(1));
        self.room.store(left, Ordering::Relaxed);
        let now_ns = self.recorder.shared.clock.monotonic_ns();
        self.recorder.take_message(Passed {
            exchange: self.exchange,
            number,
            direction,
            at_us: now_ns.saturating_sub(self.started_ns) / 1_000,
            observed,
        });
    }
}

/// Both directions of a WebSocket.
pub(super) struct Conversation {
    to_service: Frames,
    to_caller: Frames,
}

impl Conversation {
    /// Of a WebSocket that was opened with these headers of the answer.
    pub(super) fn new(headers: &HeaderMap, most: usize) -> Self {
        let compression = Compression::agreed(headers);
        let frames = |fresh: fn(&Compression) -> bool| {
            let inflate = compression
                .as_ref()
                .map(|agreed| Inflate::new(fresh(agreed)));
            Frames::new(most, inflate)
        };
        Self {
            to_service: frames(|agreed| agreed.client_is_fresh_each),
            to_caller: frames(|agreed| agreed.server_is_fresh_each),
        }
    }

    /// Bytes pass in one direction.
    pub(super) fn pass(&mut self, direction: Direction, bytes: &[u8], log: &MessageLog) {
        self.of(direction).pass(
            bytes,
            || log.keeps(),
            |observed| log.add(direction, observed),
        );
    }

    /// Whether a frame put into this direction would stand between two others.
    pub(super) fn is_between_frames(&mut self, direction: Direction) -> bool {
        self.of(direction).is_between_frames()
    }

    /// Whether either side said goodbye.
    pub(super) fn is_closed(&self) -> bool {
        self.to_service.is_closed() || self.to_caller.is_closed()
    }

    fn of(&mut self, direction: Direction) -> &mut Frames {
        match direction {
            Direction::ToService => &mut self.to_service,
            Direction::ToCaller => &mut self.to_caller,
        }
    }
}

/// What was agreed on compression (RFC 7692).
#[derive(Debug, PartialEq, Eq)]
struct Compression {
    client_is_fresh_each: bool,
    server_is_fresh_each: bool,
}

impl Compression {
    fn agreed(headers: &HeaderMap) -> Option<Self> {
        let mut extensions = headers
            .get_all("sec-websocket-extensions")
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','));
        let mut parts = extensions.next()?.split(';').map(str::trim);
        // Two extensions could both change a message; only one is known here.
        if extensions.next().is_some() || parts.next()? != "permessage-deflate" {
            return None;
        }
        let mut agreed = Self {
            client_is_fresh_each: false,
            server_is_fresh_each: false,
        };
        for parameter in parts {
            match parameter {
                "client_no_context_takeover" => agreed.client_is_fresh_each = true,
                "server_no_context_takeover" => agreed.server_is_fresh_each = true,
                // Any window is read by the largest.
                _ => {}
            }
        }
        Some(agreed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_agreed_on_compression_is_read() {
        let agreed = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert("sec-websocket-extensions", value.parse().unwrap());
            Compression::agreed(&headers)
                .map(|agreed| (agreed.client_is_fresh_each, agreed.server_is_fresh_each))
        };
        for (value, expected) in [
            ("permessage-deflate", Some((false, false))),
            (
                "permessage-deflate; server_no_context_takeover; client_max_window_bits=12",
                Some((false, true)),
            ),
            (
                "permessage-deflate;client_no_context_takeover",
                Some((true, false)),
            ),
            ("permessage-bzip2", None),
            ("permessage-deflate, x-other", None),
        ] {
            assert_eq!(agreed(value), expected, "{value}");
        }
    }
}
