//! Reads along what a target says first on a connection for HTTP/2.
//!
//! A server begins with its settings (RFC 9113, section 3.4). They say how many requests it takes at
//! once, and that it speaks HTTP/2 at all.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::oneshot;

const FRAME_HEADER: usize = 9;
const SETTINGS: u8 = 4;
const SETTINGS_MAX_CONCURRENT_STREAMS: u16 = 3;
/// Settings are few; a first frame longer than this is none.
const MOST: usize = 1024;

/// What a target said first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Greeting {
    /// Settings, with the number of streams it takes at once if it said one.
    Http2 {
        /// `SETTINGS_MAX_CONCURRENT_STREAMS`.
        most_streams: Option<u32>,
    },
    /// Something else, as far as it was read.
    Other(Vec<u8>),
}

/// A connection whose beginning is read along.
pub struct Greeted<T> {
    io: T,
    first: Option<(Vec<u8>, oneshot::Sender<Greeting>)>,
}

impl<T> Greeted<T> {
    /// Reads along on `io`. The receiver fails if the connection ends before there is a greeting.
    pub fn new(io: T) -> (Self, oneshot::Receiver<Greeting>) {
        let (heard, greeting) = oneshot::channel();
        let first = Some((Vec::new(), heard));
        (Self { io, first }, greeting)
    }

    fn hear(&mut self, bytes: &[u8]) {
        let Some((first, _)) = &mut self.first else {
            return;
        };
        first.extend_from_slice(bytes);
        if let Some(greeting) = read(first)
            && let Some((_, heard)) = self.first.take()
        {
            // Whoever waited has given up.
            let _ = heard.send(greeting);
        }
    }
}

/// The greeting, once enough of it is there.
fn read(bytes: &[u8]) -> Option<Greeting> {
    let other = || Some(Greeting::Other(bytes.to_vec()));
    let Some((header, rest)) = bytes.split_at_checked(FRAME_HEADER) else {
        return match bytes.starts_with(b"HTTP/") {
            true => other(),
            false => None,
        };
    };
    let length =
        usize::from(header[0]) << 16 | usize::from(header[1]) << 8 | usize::from(header[2]);
    if header[3] != SETTINGS || length > MOST {
        return other();
    }
    let settings = rest.get(..length)?;
    let most_streams = settings
        .chunks_exact(6)
        .filter(|setting| {
            u16::from_be_bytes([setting[0], setting[1]]) == SETTINGS_MAX_CONCURRENT_STREAMS
        })
        .map(|setting| u32::from_be_bytes([setting[2], setting[3], setting[4], setting[5]]))
        .next_back();
    Some(Greeting::Http2 { most_streams })
}

impl<T: AsyncRead + Unpin> AsyncRead for Greeted<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.io).poll_read(context, buffer))?;
        if self.first.is_some() {
            match &buffer.filled()[before..] {
                [] => self.first = None,
                bytes => self.hear(bytes),
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Greeted<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write_vectored(context, pieces)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_once_they_are_whole() {
        let frame = [
            0, 0, 12, 4, 0, 0, 0, 0, 0, 0, 1, 0, 0, 16, 0, 0, 3, 0, 0, 0, 7,
        ];
        for end in 0..frame.len() {
            assert_eq!(read(&frame[..end]), None, "{end} bytes");
        }
        let most_streams = Some(7);
        assert_eq!(read(&frame), Some(Greeting::Http2 { most_streams }));
        let empty = [0, 0, 0, 4, 0, 0, 0, 0, 0];
        let most_streams = None;
        assert_eq!(read(&empty), Some(Greeting::Http2 { most_streams }));
    }

    #[test]
    fn what_is_not_http_2_is_told_from_it() {
        for bytes in [
            &b"HTTP/1.1 400 Bad Request\r\n"[..],
            b"HTTP/1",
            b"SSH-2.0-OpenSSH",
        ] {
            assert_eq!(read(bytes), Some(Greeting::Other(bytes.to_vec())));
        }
    }
}
