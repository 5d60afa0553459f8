//! Undoes the compression of a WebSocket's messages (RFC 7692), for those who look on.

use flate2::{Decompress, FlushDecompress, Status};

/// Most that one message is unfolded to. Beyond it, this direction is no longer decoded: the next
/// message may refer to what was not read.
const MOST_UNFOLDED: u64 = 4 * 1024 * 1024;
/// What every compressed message ends with, and is not sent (section 7.2.1).
const END: [u8; 4] = [0, 0, 0xff, 0xff];

/// The decoder of one direction.
pub(in crate::record) struct Inflate {
    decoder: Decompress,
    /// Whether each message is compressed by itself (`no_context_takeover`).
    is_fresh_each: bool,
    unfolded: u64,
    is_broken: bool,
}

impl Inflate {
    pub(super) fn new(is_fresh_each: bool) -> Self {
        Self {
            decoder: Decompress::new(false),
            is_fresh_each,
            unfolded: 0,
            is_broken: false,
        }
    }

    /// Decodes a piece of a message and keeps what there is room for up to `most`; `false` once this
    /// can't be done any more.
    pub(super) fn add(&mut self, mut piece: &[u8], kept: &mut Vec<u8>, most: usize) -> bool {
        let mut unfolded = [0; 8 * 1024];
        while !self.is_broken {
            let (read, written) = (self.decoder.total_in(), self.decoder.total_out());
            let status = self
                .decoder
                .decompress(piece, &mut unfolded, FlushDecompress::None);
            let read = usize::try_from(self.decoder.total_in() - read).unwrap_or(piece.len());
            let written = usize::try_from(self.decoder.total_out() - written).unwrap_or(0);
            piece = &piece[read..];
            self.unfolded += written as u64;
            let room = most.saturating_sub(kept.len());
            kept.extend_from_slice(&unfolded[..written.min(room)]);
            match status {
                Ok(Status::StreamEnd) if piece.is_empty() => {
                    // A sender may end the stream and begin another one.
                    self.decoder.reset(false);
                    return true;
                }
                Ok(Status::StreamEnd) => self.decoder.reset(false),
                Ok(_) if self.unfolded > MOST_UNFOLDED => self.is_broken = true,
                Ok(_) if piece.is_empty() && written < unfolded.len() => return true,
                Ok(Status::BufError) if read == 0 && written == 0 => self.is_broken = true,
                Ok(_) => {}
                Err(_) => self.is_broken = true,
            }
        }
        false
    }

    /// The message ends; whether all of it was kept. `None` if it could not be decoded.
    pub(super) fn end(&mut self, kept: &mut Vec<u8>, most: usize) -> Option<bool> {
        let is_read = self.add(&END, kept, most);
        let is_whole = self.unfolded <= kept.len() as u64;
        self.unfolded = 0;
        if self.is_fresh_each {
            self.decoder.reset(false);
        }
        is_read.then_some(is_whole)
    }
}
