//! Follows the frames of one direction of a WebSocket (RFC 6455), as they pass.
//!
//! Looks on: nothing is held up or changed. Frames are read by hyper's neighbour `tungstenite`; what
//! is kept of a message is bounded, and where the bytes stop making sense nothing more is read.

use std::io::Cursor;

use tungstenite::protocol::frame::FrameHeader;
use tungstenite::protocol::frame::coding::{Control, Data, OpCode};

use super::inflate::Inflate;
use super::{MessageKind, Observed};

/// The longest header there is.
const LONGEST_HEADER: usize = 14;

/// One direction of a WebSocket.
pub(super) struct Frames {
    state: State,
    /// What there is of a header that came in pieces.
    header: Vec<u8>,
    /// The message under way; control frames may come between its fragments.
    message: Option<Partial>,
    inflate: Option<Inflate>,
    most: usize,
    is_closed: bool,
}

enum State {
    Header,
    Payload(Payload),
    /// These are no frames; the rest is not looked at.
    Lost,
}

struct Payload {
    left: u64,
    mask: Option<[u8; 4]>,
    /// Bytes of this frame that have passed, for the mask.
    passed: usize,
    is_final: bool,
    /// A control frame, which is a message of its own; `None` for a part of [`Frames::message`].
    control: Option<Partial>,
}

/// A message as far as it has passed.
struct Partial {
    kind: MessageKind,
    bytes: u64,
    content: Content,
}

enum Content {
    /// What is kept.
    Plain(Vec<u8>),
    /// What is kept, decoded.
    Compressed(Vec<u8>),
    /// Nothing is kept.
    Counted,
}

impl Frames {
    /// Keeps at most `most` bytes of each message; those with the compression bit set are decoded by
    /// `inflate`, or not kept.
    pub(super) fn new(most: usize, inflate: Option<Inflate>) -> Self {
        Self {
            state: State::Header,
            header: Vec::with_capacity(LONGEST_HEADER),
            message: None,
            inflate,
            most,
            is_closed: false,
        }
    }

    /// Whether a frame put in here would stand between two others.
    pub(super) fn is_between_frames(&self) -> bool {
        matches!(self.state, State::Header) && self.header.is_empty() && !self.is_closed
    }

    /// Whether this direction said goodbye.
    pub(super) fn is_closed(&self) -> bool {
        self.is_closed
    }

    /// Bytes pass; `each` is given the messages that end in them. Content is kept only of messages
    /// that begin while `keeps` says so.
    pub(super) fn pass(
        &mut self,
        mut bytes: &[u8],
        keeps: impl Fn() -> bool,
        mut each: impl FnMut(Observed),
    ) {
        while !bytes.is_empty() {
            match &mut self.state {
                State::Lost => return,
                State::Header => {
                    let taken = self.read_header(bytes, &keeps);
                    bytes = &bytes[taken..];
                }
                State::Payload(payload) => {
                    let here = usize::try_from(payload.left)
                        .unwrap_or(usize::MAX)
                        .min(bytes.len());
                    let (piece, rest) = bytes.split_at(here);
                    let partial = payload.control.as_mut().or(self.message.as_mut());
                    if let Some(partial) = partial {
                        let unmasked = Unmasked {
                            bytes: piece,
                            mask: payload.mask,
                            at: payload.passed,
                        };
                        partial.add(&unmasked, self.most, self.inflate.as_mut());
                    }
                    payload.left -= here as u64;
                    payload.passed += here;
                    bytes = rest;
                }
            }
            if let Some(observed) = self.end_of_frame() {
                each(observed);
            }
        }
    }

    /// Reads a header, or what there is of it; gives how many bytes it took.
    fn read_header(&mut self, bytes: &[u8], keeps: &impl Fn() -> bool) -> usize {
        let before = self.header.len();
        let offered = bytes.len().min(LONGEST_HEADER - before);
        self.header.extend_from_slice(&bytes[..offered]);
        let mut cursor = Cursor::new(&self.header);
        match FrameHeader::parse(&mut cursor) {
            Ok(None) if self.header.len() < LONGEST_HEADER => offered,
            Ok(Some((header, length))) => {
                let taken = usize::try_from(cursor.position()).unwrap_or(offered) - before;
                self.header.clear();
                self.begin(&header, length, keeps);
                taken
            }
            Ok(None) | Err(_) => {
                self.state = State::Lost;
                offered
            }
        }
    }

    fn begin(&mut self, header: &FrameHeader, length: u64, keeps: &impl Fn() -> bool) {
        let partial = |kind, is_compressed: bool| Partial {
            kind,
            bytes: 0,
            content: match is_compressed {
                _ if !keeps() || header.rsv2 || header.rsv3 => Content::Counted,
                false => Content::Plain(Vec::new()),
                true => Content::Compressed(Vec::new()),
            },
        };
        let control = match header.opcode {
            OpCode::Control(Control::Close) => Some(partial(MessageKind::Close, header.rsv1)),
            OpCode::Control(Control::Ping) => Some(partial(MessageKind::Ping, header.rsv1)),
            OpCode::Control(Control::Pong) => Some(partial(MessageKind::Pong, header.rsv1)),
            OpCode::Data(Data::Continue) if self.message.is_some() => None,
            OpCode::Data(Data::Text) if self.message.is_none() => {
                self.message = Some(partial(MessageKind::Text, header.rsv1));
                None
            }
            OpCode::Data(Data::Binary) if self.message.is_none() => {
                self.message = Some(partial(MessageKind::Binary, header.rsv1));
                None
            }
            OpCode::Data(_) | OpCode::Control(_) => {
                self.state = State::Lost;
                return;
            }
        };
        self.state = State::Payload(Payload {
            left: length,
            mask: header.mask,
            passed: 0,
            is_final: header.is_final,
            control,
        });
    }

    /// The message that ends with the frame, if the frame has ended and one does.
    fn end_of_frame(&mut self) -> Option<Observed> {
        let State::Payload(payload) = &mut self.state else {
            return None;
        };
        if payload.left > 0 {
            return None;
        }
        let control = payload.control.take();
        let is_final = payload.is_final;
        self.state = State::Header;
        let ended = match control {
            Some(control) => control,
            None if is_final => self.message.take()?,
            None => return None,
        };
        let observed = ended.end(self.most, self.inflate.as_mut());
        self.is_closed |= observed.kind == MessageKind::Close;
        Some(observed)
    }
}

/// A piece of a payload, as it was before it was masked (RFC 6455, section 5.3).
struct Unmasked<'p> {
    bytes: &'p [u8],
    mask: Option<[u8; 4]>,
    at: usize,
}

impl Unmasked<'_> {
    fn first(&self, most: usize) -> Vec<u8> {
        let bytes = &self.bytes[..most.min(self.bytes.len())];
        match self.mask {
            None => bytes.to_vec(),
            Some(mask) => bytes
                .iter()
                .enumerate()
                .map(|(n, byte)| byte ^ mask[(self.at + n) % 4])
                .collect(),
        }
    }
}

impl Partial {
    fn add(&mut self, piece: &Unmasked<'_>, most: usize, inflate: Option<&mut Inflate>) {
        self.bytes += piece.bytes.len() as u64;
        match &mut self.content {
            Content::Counted => {}
            Content::Plain(kept) => kept.extend(piece.first(most - kept.len())),
            Content::Compressed(kept) => {
                let read = inflate
                    .is_some_and(|inflate| inflate.add(&piece.first(usize::MAX), kept, most));
                if !read {
                    self.content = Content::Counted;
                }
            }
        }
    }

    fn end(mut self, most: usize, inflate: Option<&mut Inflate>) -> Observed {
        let mut is_whole = true;
        if let Content::Compressed(kept) = &mut self.content {
            match inflate.and_then(|inflate| inflate.end(kept, most)) {
                Some(whole) => is_whole = whole,
                None => self.content = Content::Counted,
            }
        }
        let (mut kept, truncated) = match self.content {
            Content::Plain(kept) => {
                let truncated = (kept.len() as u64) < self.bytes;
                (kept, truncated)
            }
            Content::Compressed(kept) => (kept, !is_whole),
            Content::Counted => (Vec::new(), self.bytes > 0),
        };
        // RFC 6455, section 5.5.1: a code, and then why.
        let close_code = match (self.kind, kept.first_chunk::<2>()) {
            (MessageKind::Close, Some(code)) => {
                let code = u16::from_be_bytes(*code);
                kept.drain(..2);
                Some(code)
            }
            _ => None,
        };
        Observed {
            kind: self.kind,
            bytes: self.bytes,
            kept,
            truncated,
            event: None,
            event_id: None,
            close_code,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use proptest::prelude::*;

    use super::*;

    /// A frame as a caller (masked) or a service sends it.
    fn frame(opcode: u8, is_final: bool, rsv1: bool, masked: bool, payload: &[u8]) -> Vec<u8> {
        let header = FrameHeader {
            is_final,
            rsv1,
            rsv2: false,
            rsv3: false,
            opcode: OpCode::from(opcode),
            mask: masked.then_some([1, 2, 3, 4]),
        };
        let mut bytes = Vec::new();
        header.format(payload.len() as u64, &mut bytes).unwrap();
        let mask = if masked { [1, 2, 3, 4] } else { [0; 4] };
        bytes.extend(payload.iter().zip(mask.iter().cycle()).map(|(b, m)| b ^ m));
        bytes
    }

    fn observed(frames: &mut Frames, bytes: &[u8], piece: usize) -> Vec<Observed> {
        let mut all = Vec::new();
        for piece in bytes.chunks(piece) {
            frames.pass(piece, || true, |observed| all.push(observed));
        }
        all
    }

    fn text(observed: &Observed) -> (MessageKind, &str, bool) {
        let kept = std::str::from_utf8(&observed.kept).unwrap();
        (observed.kind, kept, observed.truncated)
    }

    #[test]
    fn messages_are_read_whatever_pieces_they_come_in() {
        let bytes = [
            frame(1, false, false, true, b"hel"),
            frame(9, true, false, true, b"are you there"),
            frame(0, false, false, true, b""),
            frame(0, true, false, true, b"lo"),
            frame(2, true, false, true, &[b'x'; 70_000]),
            frame(1, true, false, false, b""),
            frame(8, true, false, true, b"\x03\xe8done"),
        ]
        .concat();
        for piece in [1, 2, 7, 1_000, usize::MAX] {
            let mut frames = Frames::new(100, None);
            let all = observed(&mut frames, &bytes, piece);
            let seen: Vec<_> = all.iter().map(text).collect();
            let long = "x".repeat(100);
            assert_eq!(
                seen,
                [
                    (MessageKind::Ping, "are you there", false),
                    (MessageKind::Text, "hello", false),
                    (MessageKind::Binary, long.as_str(), true),
                    (MessageKind::Text, "", false),
                    (MessageKind::Close, "done", false),
                ],
                "in pieces of {piece}"
            );
            assert_eq!((all[2].bytes, all[4].close_code), (70_000, Some(1000)));
            assert!(frames.is_closed() && !frames.is_between_frames());
        }
    }

    #[test]
    fn what_is_not_to_be_kept_is_counted() {
        let mut frames = Frames::new(100, None);
        let mut all = Vec::new();
        let bytes = frame(1, true, false, true, b"hello");
        frames.pass(&bytes, || false, |observed| all.push(observed));
        assert_eq!((all[0].bytes, text(&all[0]).1), (5, ""));
        assert!(frames.is_between_frames());
    }

    #[test]
    fn bytes_that_are_no_frames_are_let_be() {
        let mut frames = Frames::new(100, None);
        let bytes = b"GET / HTTP/1.1\r\n\r\n".repeat(100);
        assert!(observed(&mut frames, &bytes, 10).is_empty());
        assert!(!frames.is_between_frames());
    }

    /// RFC 7692, section 7.2.1, with the window kept from one message to the next.
    #[test]
    fn compressed_messages_are_decoded() {
        let mut deflate = flate2::Compress::new(flate2::Compression::best(), false);
        let mut compressed = |text: &str| {
            let mut out = Vec::with_capacity(1_000);
            deflate
                .compress_vec(text.as_bytes(), &mut out, flate2::FlushCompress::Sync)
                .unwrap();
            out.truncate(out.len() - 4);
            out
        };
        let (first, second) = (compressed("hello hello hello"), compressed("hello hello"));
        let bytes = [
            frame(1, false, true, true, &first[..3]),
            frame(0, true, false, true, &first[3..]),
            frame(1, true, true, true, &second),
            frame(1, true, false, true, b"plain"),
        ]
        .concat();
        for piece in [1, usize::MAX] {
            let mut frames = Frames::new(100, Some(Inflate::new(false)));
            let all = observed(&mut frames, &bytes, piece);
            let seen: Vec<_> = all.iter().map(|one| text(one).1).collect();
            assert_eq!(seen, ["hello hello hello", "hello hello", "plain"]);
        }
        let mut frames = Frames::new(5, Some(Inflate::new(false)));
        let all = observed(&mut frames, &bytes, 1);
        assert_eq!(text(&all[1]), (MessageKind::Text, "hello", true));
        // Without an agreement on compression there is no reading it.
        let mut frames = Frames::new(100, None);
        let all = observed(&mut frames, &bytes, 1);
        assert_eq!(text(&all[0]), (MessageKind::Text, "", true));
    }

    /// reliability.md, item 26
    #[test]
    fn a_compressed_bomb_does_not_unfold() {
        let mut encoder =
            flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(&vec![0; 64 * 1024 * 1024]).unwrap();
        let bomb = encoder.finish().unwrap();
        let mut frames = Frames::new(1_000, Some(Inflate::new(false)));
        let all = observed(&mut frames, &frame(2, true, true, true, &bomb), 16 * 1024);
        assert!(all[0].truncated && all[0].kept.len() <= 1_000);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..500), piece in 1..50_usize) {
            let mut frames = Frames::new(50, Some(Inflate::new(true)));
            observed(&mut frames, &bytes, piece);
        }
    }
}
