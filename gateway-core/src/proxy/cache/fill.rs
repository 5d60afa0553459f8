//! An answer that is kept while it passes on.
//!
//! What comes is read as fast as the service sends it, up to the length that is kept: a slow caller
//! holds up nobody who waits for the same answer, and one who leaves does not keep it from being kept.
//! One that turns out longer passes on as it comes.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt as _;
use tokio::sync::mpsc;

use crate::cache::entry::{Head, Stored};
use crate::cache::flight::{Landing, Lead};
use crate::cache::{Expected, Policy};
use crate::clock::Clock;
use crate::proxy::body::AnswerBody;
use crate::proxy::served::AnswerError;

/// How an answer is kept once it is whole.
pub(super) struct Keep {
    pub(super) head: Head,
    pub(super) policy: Arc<Policy>,
    pub(super) expected: Expected,
    pub(super) lead: Option<Lead>,
    pub(super) clock: Clock,
}

/// The body of an answer that is being kept.
pub struct Filling {
    pieces: mpsc::UnboundedReceiver<Piece>,
    /// The rest of one that is too long.
    rest: Option<Box<AnswerBody>>,
    /// What is still to come, as far as it is known.
    hint: SizeHint,
}

enum Piece {
    Frame(Frame<Bytes>),
    Rest(Box<AnswerBody>),
    Broken(AnswerError),
}

/// Keeps an answer's body while it passes on.
pub(super) fn fill(body: AnswerBody, keep: Keep) -> AnswerBody {
    if body.is_end_stream() {
        keep.whole(&[]);
        return body;
    }
    let hint = body.size_hint();
    #[expect(
        clippy::disallowed_methods,
        reason = "it never holds more than the length that is kept"
    )]
    let (send, pieces) = mpsc::unbounded_channel();
    tokio::spawn(read(body, keep, send));
    AnswerBody::Filling(Box::new(Filling {
        pieces,
        rest: None,
        hint,
    }))
}

async fn read(mut body: AnswerBody, keep: Keep, send: mpsc::UnboundedSender<Piece>) {
    let most = keep.policy.max_answer_bytes;
    let mut chunks: Vec<Bytes> = Vec::new();
    let mut length = 0;
    let mut keep = Some(keep);
    // The caller may have gone: what is kept is for others too.
    while let Some(frame) = body.frame().await {
        let frame = match frame {
            Ok(frame) => frame,
            Err(error) => {
                let _ = send.send(Piece::Broken(error));
                return;
            }
        };
        match frame.data_ref() {
            Some(data) => {
                length += u64::try_from(data.len()).unwrap_or(u64::MAX);
                chunks.push(data.clone());
            }
            // What follows a body is not kept, so neither is the answer.
            None => keep = None,
        }
        if length > most {
            if let Some(keep) = keep {
                keep.too_long();
            }
            let _ = send.send(Piece::Frame(frame));
            let _ = send.send(Piece::Rest(Box::new(body)));
            return;
        }
        // Kept before the caller has the end of it, so that whoever asks then finds it.
        if body.is_end_stream()
            && let Some(keep) = keep.take()
        {
            keep.whole(&chunks);
        }
        let _ = send.send(Piece::Frame(frame));
    }
    if let Some(keep) = keep {
        keep.whole(&chunks);
    }
}

impl Keep {
    /// The answer is there.
    fn whole(self, chunks: &[Bytes]) {
        let Self {
            head,
            policy,
            expected,
            lead,
            clock: _,
        } = self;
        // Chunks are parts of larger buffers: one copy, once, takes just the room it needs.
        let mut body = BytesMut::with_capacity(chunks.iter().map(Bytes::len).sum());
        for chunk in chunks {
            body.extend_from_slice(chunk);
        }
        let kept = expected.keep(Arc::new(Stored::new(head, body.freeze(), &policy)));
        if let Some(lead) = lead {
            lead.land(match kept {
                true => Landing::Kept,
                false => Landing::OfNoUse,
            });
        }
    }
}

impl Keep {
    /// It is longer than what is kept: nobody waits for the next one.
    fn too_long(self) {
        self.expected.is_of_no_use(self.clock.monotonic_ns());
        if let Some(lead) = self.lead {
            lead.land(Landing::OfNoUse);
        }
    }
}

impl Body for Filling {
    type Data = Bytes;
    type Error = AnswerError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, AnswerError>>> {
        let this = &mut *self;
        loop {
            if let Some(rest) = &mut this.rest {
                return Pin::new(&mut **rest).poll_frame(context);
            }
            return match this.pieces.poll_recv(context) {
                Poll::Pending => Poll::Pending,
                Poll::Ready(None) => Poll::Ready(None),
                Poll::Ready(Some(Piece::Broken(error))) => Poll::Ready(Some(Err(error))),
                Poll::Ready(Some(Piece::Rest(rest))) => {
                    this.rest = Some(rest);
                    continue;
                }
                Poll::Ready(Some(Piece::Frame(frame))) => {
                    let passed = frame.data_ref().map_or(0, Bytes::len);
                    if let Some(left) = this.hint.exact() {
                        let passed = u64::try_from(passed).unwrap_or(u64::MAX);
                        this.hint.set_exact(left.saturating_sub(passed));
                    }
                    Poll::Ready(Some(Ok(frame)))
                }
            };
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.rest {
            Some(rest) => rest.is_end_stream(),
            None => self.hint.exact() == Some(0),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.rest {
            Some(rest) => rest.size_hint(),
            None => self.hint,
        }
    }
}
