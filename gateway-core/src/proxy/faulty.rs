//! An answer's body with something wrong with it on purpose.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::time::{Sleep, sleep};

use super::body::{AnswerBody, MadeBy};
use super::served::AnswerError;

/// How often a body that comes slowly moves, and how long after its last piece one breaks off.
const BEAT: Duration = Duration::from_millis(100);

/// What is wrong with an answer's body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mishap {
    /// It breaks off.
    Truncated {
        /// After this many bytes.
        after_bytes: u64,
    },
    /// It comes slowly.
    Slow {
        /// So many bytes in a second.
        bytes_per_second: u32,
    },
}

/// A body that breaks off, or comes slowly.
pub struct Faulty {
    body: AnswerBody,
    /// How many bytes may still pass; `None` for all.
    left: Option<u64>,
    /// How many bytes pass with each beat; `None` for as they come.
    beat_bytes: Option<usize>,
    /// What has come and not yet passed.
    held: Bytes,
    beat: Option<Pin<Box<Sleep>>>,
}

impl Faulty {
    /// `body`, with this wrong with it.
    pub fn new(body: AnswerBody, mishaps: &[Mishap]) -> Self {
        let mut faulty = Self {
            body,
            left: None,
            beat_bytes: None,
            held: Bytes::new(),
            beat: None,
        };
        for mishap in mishaps {
            match *mishap {
                Mishap::Truncated { after_bytes } => {
                    let left = faulty.left.unwrap_or(u64::MAX);
                    faulty.left = Some(left.min(after_bytes));
                }
                Mishap::Slow { bytes_per_second } => {
                    let each = usize::try_from(bytes_per_second).unwrap_or(usize::MAX) / 10;
                    let before = faulty.beat_bytes.unwrap_or(usize::MAX);
                    faulty.beat_bytes = Some(before.min(each.max(1)));
                }
            }
        }
        faulty
    }

    /// Who made the answer that it holds.
    pub fn made_by(&self) -> MadeBy {
        self.body.made_by()
    }

    /// As much of what is held as may pass now.
    fn pass(&mut self) -> Result<Frame<Bytes>, AnswerError> {
        let mut most = self.beat_bytes.unwrap_or(usize::MAX).min(self.held.len());
        if let Some(left) = &mut self.left {
            if *left == 0 {
                return Err(AnswerError::Fault);
            }
            most = most.min(usize::try_from(*left).unwrap_or(usize::MAX));
            *left -= most as u64;
        }
        Ok(Frame::data(self.held.split_to(most)))
    }
}

impl Body for Faulty {
    type Data = Bytes;
    type Error = AnswerError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, AnswerError>>> {
        if let Some(beat) = &mut self.beat {
            ready!(beat.as_mut().poll(context));
            self.beat = None;
        }
        if self.held.is_empty() {
            match ready!(Pin::new(&mut self.body).poll_frame(context)) {
                None if self.left == Some(0) => return Poll::Ready(Some(Err(AnswerError::Fault))),
                None => return Poll::Ready(None),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => self.held = data,
                    Err(trailers) => return Poll::Ready(Some(Ok(trailers))),
                },
            }
        }
        let passed = self.pass();
        // What passed is to reach the caller before it breaks off.
        if (self.beat_bytes.is_some() || self.left == Some(0)) && passed.is_ok() {
            self.beat = Some(Box::pin(sleep(BEAT)));
        }
        Poll::Ready(Some(passed))
    }

    fn is_end_stream(&self) -> bool {
        self.held.is_empty() && self.left != Some(0) && self.body.is_end_stream()
    }

    /// That of the whole body: a caller of one that breaks off is told how long it would have been.
    fn size_hint(&self) -> SizeHint {
        let mut hint = self.body.size_hint();
        let held = self.held.len() as u64;
        if let Some(upper) = hint.upper() {
            hint.set_upper(upper + held);
        }
        hint.set_lower(hint.lower() + held);
        hint
    }
}
