//! Frames (RFC 9113, section 4), and headers without compression (RFC 7541, section 6.2.2).

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::harness::TestGateway;

pub const DATA: u8 = 0;
pub const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
pub const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
pub const WINDOW_UPDATE: u8 = 8;
pub const CONTINUATION: u8 = 9;
pub const ACK: u8 = 1;
pub const END_STREAM: u8 = 1;
pub const END_HEADERS: u8 = 4;

const TOO_LONG: Duration = Duration::from_secs(20);

pub type Fields<'f> = &'f [(&'f str, &'f str)];

/// Any frame.
pub fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let mut frame = length[1..].to_vec();
    frame.extend([kind, flags]);
    frame.extend(stream.to_be_bytes());
    frame.extend_from_slice(payload);
    frame
}

/// A whole head in one frame.
pub fn head(stream: u32, end_stream: bool, fields: Fields<'_>) -> Vec<u8> {
    let flags = END_HEADERS | if end_stream { END_STREAM } else { 0 };
    frame(HEADERS, flags, stream, &block(fields))
}

pub fn data(stream: u32, end_stream: bool, bytes: &[u8]) -> Vec<u8> {
    frame(DATA, u8::from(end_stream), stream, bytes)
}

/// An ordinary request.
pub fn get(stream: u32, path: &str) -> Vec<u8> {
    let fields = [
        (":method", "GET"),
        (":scheme", "http"),
        (":authority", "a"),
        (":path", path),
    ];
    head(stream, true, &fields)
}

/// The beginning of an ordinary request.
pub fn open_head(stream: u32) -> Vec<u8> {
    let fields = [
        (":method", "GET"),
        (":scheme", "http"),
        (":authority", "a"),
        (":path", "/endless"),
    ];
    frame(HEADERS, END_STREAM, stream, &block(&fields))
}

pub fn continuation(stream: u32, fields: Fields<'_>) -> Vec<u8> {
    frame(CONTINUATION, 0, stream, &block(fields))
}

/// CANCEL.
pub fn reset(stream: u32) -> Vec<u8> {
    frame(RST_STREAM, 0, stream, &[0, 0, 0, 8])
}

pub fn ping() -> Vec<u8> {
    frame(PING, 0, 0, &[0; 8])
}

pub fn settings() -> Vec<u8> {
    frame(SETTINGS, 0, 0, &[])
}

pub fn window(stream: u32, by: u32) -> Vec<u8> {
    frame(WINDOW_UPDATE, 0, stream, &by.to_be_bytes())
}

/// A request whose head names one large field so many times, by its number in the dynamic table.
pub fn bomb(stream: u32, times: usize) -> Vec<u8> {
    let mut first = block(&[
        (":method", "GET"),
        (":scheme", "http"),
        (":authority", "a"),
        (":path", "/bomb"),
    ]);
    // With incremental indexing, as entry 62 (RFC 7541, section 6.2.1).
    first.push(0x40);
    string(&mut first, "x-bomb");
    string(&mut first, &"b".repeat(3_000));
    let mut frames = frame(HEADERS, END_STREAM, stream, &first);
    let rest = vec![0x80 | 62; times];
    frames.extend(frame(CONTINUATION, END_HEADERS, stream, &rest));
    frames
}

/// A head's fields, each as it is.
pub fn block(fields: Fields<'_>) -> Vec<u8> {
    let mut block = Vec::new();
    for (name, value) in fields {
        block.push(0);
        string(&mut block, name);
        string(&mut block, value);
    }
    block
}

fn string(block: &mut Vec<u8>, text: &str) {
    let mut length = text.len();
    if length < 127 {
        block.push(u8::try_from(length).unwrap());
    } else {
        block.push(127);
        length -= 127;
        while length >= 128 {
            block.push(u8::try_from(length % 128).unwrap() | 128);
            length /= 128;
        }
        block.push(u8::try_from(length).unwrap());
    }
    block.extend_from_slice(text.as_bytes());
}

/// What became of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was answered with this status.
    Answer(u16),
    /// It was reset, with this code.
    Reset(u32),
    /// The connection is given up, with this code.
    GoAway(u32),
    /// The connection was closed without a word.
    Closed,
}

/// A connection to the gateway, settings exchanged.
pub struct Connection {
    stream: TcpStream,
}

impl Connection {
    pub async fn open(gateway: &TestGateway) -> Self {
        let mut stream = TcpStream::connect(gateway.address()).await.unwrap();
        stream
            .write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
            .await
            .unwrap();
        stream.write_all(&settings()).await.unwrap();
        let mut connection = Self { stream };
        let (kind, flags, ..) = connection.frame().await.expect("settings come first");
        assert_eq!((kind, flags), (SETTINGS, 0));
        connection.send(&frame(SETTINGS, ACK, 0, &[])).await;
        connection
    }

    /// Sends frames. The gateway may have hung up, which is for the outcome to say; and it may not
    /// read, which must not keep a test for ever.
    pub async fn send(&mut self, frames: &[u8]) {
        let _ = tokio::time::timeout(TOO_LONG, self.stream.write_all(frames)).await;
    }

    /// Waits until it is known what becomes of a stream.
    pub async fn outcome(&mut self, wanted: u32) -> Outcome {
        loop {
            let Some((kind, _, stream, payload)) = self.frame().await else {
                return Outcome::Closed;
            };
            match kind {
                HEADERS if stream == wanted => return Outcome::Answer(status(&payload)),
                RST_STREAM if stream == wanted => return Outcome::Reset(code(&payload)),
                GOAWAY => return Outcome::GoAway(code(&payload[4..])),
                _ => {}
            }
        }
    }

    /// Waits until the gateway has closed the connection.
    pub async fn closed(&mut self) {
        while self.frame().await.is_some() {}
    }

    async fn frame(&mut self) -> Option<(u8, u8, u32, Vec<u8>)> {
        let reading = async {
            let mut header = [0; 9];
            self.stream.read_exact(&mut header).await.ok()?;
            let length = u32::from_be_bytes([0, header[0], header[1], header[2]]);
            let mut payload = vec![0; usize::try_from(length).unwrap()];
            self.stream.read_exact(&mut payload).await.ok()?;
            let stream = code(&header[5..]) & !(1 << 31);
            Some((header[3], header[4], stream, payload))
        };
        let read = tokio::time::timeout(TOO_LONG, reading).await;
        read.expect("the gateway neither answers nor closes")
    }
}

fn code(bytes: &[u8]) -> u32 {
    u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
}

/// The status at the beginning of an answer's head.
fn status(block: &[u8]) -> u16 {
    // RFC 7541, appendix A: entries 8 to 14.
    const KNOWN: [u16; 7] = [200, 204, 206, 304, 400, 404, 500];
    // A change of the table's size may come first (section 6.3).
    let block = match block[0] & 0xe0 {
        0x20 => &block[1..],
        _ => block,
    };
    if block[0] & 0x80 != 0 {
        return KNOWN[usize::from(block[0] & 0x7f) - 8];
    }
    // A literal whose name is entry 8.
    let (length, is_huffman) = (usize::from(block[1] & 0x7f), block[1] & 0x80 != 0);
    let bytes = &block[2..2 + length];
    let digits = match is_huffman {
        true => huffman_digits(bytes),
        false => String::from_utf8_lossy(bytes).into_owned(),
    };
    digits.parse().unwrap()
}

/// RFC 7541, appendix B: 0, 1 and 2 have five bits, other digits six.
fn huffman_digits(bytes: &[u8]) -> String {
    let bits: String = bytes.iter().map(|byte| format!("{byte:08b}")).collect();
    let (mut digits, mut rest) = (String::new(), &bits[..]);
    while digits.len() < 3 {
        let short = u8::from_str_radix(&rest[..5], 2).unwrap();
        let (digit, length) = match short {
            0..=2 => (short, 5),
            _ => (
                u8::from_str_radix(&rest[..6], 2).unwrap() - 0b011_001 + 3,
                6,
            ),
        };
        digits.push(char::from(b'0' + digit));
        rest = &rest[length..];
    }
    digits
}

#[test]
fn statuses_are_read() {
    assert_eq!(status(&[0x88]), 200);
    assert_eq!(status(&[0x48, 3, b'4', b'3', b'1']), 431);
    // 4, 3, 1 as 011010, 011001, 00001, filled up with ones.
    assert_eq!(
        status(&[0x48, 0x83, 0b0110_1001, 0b1001_0000, 0b1111_1111]),
        431
    );
}
