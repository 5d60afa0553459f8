//! A request's body that can be sent more than once: what has streamed to one target is kept for the
//! next, up to a bound. Beyond it the body still streams, but only once.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use parking_lot::Mutex;

/// Most that is kept of a body so that it can be sent again.
pub const MOST_KEPT: usize = 64 * 1024;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// A body, and what has been read of it.
pub struct Replay<B>(Option<Arc<Mutex<Source<B>>>>);

/// A body from its beginning, for one target. Another one taken from the same [`Replay`] ends it.
pub struct Replayed<B> {
    source: Option<Arc<Mutex<Source<B>>>>,
    reader: u64,
    next: usize,
}

struct Source<B> {
    body: B,
    kept: Vec<Piece>,
    kept_bytes: usize,
    most: usize,
    /// Something was read that is not kept.
    lost: bool,
    ended: bool,
    reader: u64,
}

#[derive(Clone)]
enum Piece {
    Data(Bytes),
    Trailers(http::HeaderMap),
}

/// The body now goes to another target.
#[derive(Debug, thiserror::Error)]
#[error("the request is sent to another target instead")]
struct Superseded;

impl<B: Body> Replay<B> {
    /// Keeps at most `most` bytes of `body`. With none, it can be sent again until anything was read.
    pub fn new(body: B, most: usize) -> Self {
        if body.is_end_stream() {
            return Self(None);
        }
        Self(Some(Arc::new(Mutex::new(Source {
            body,
            kept: Vec::new(),
            kept_bytes: 0,
            most,
            lost: false,
            ended: false,
            reader: 0,
        }))))
    }

    /// The body from its beginning, unless some of it is gone.
    pub fn again(&self) -> Option<Replayed<B>> {
        let Some(shared) = &self.0 else {
            return Some(Replayed {
                source: None,
                reader: 0,
                next: 0,
            });
        };
        let mut source = shared.lock();
        if source.lost {
            return None;
        }
        source.reader += 1;
        Some(Replayed {
            source: Some(shared.clone()),
            reader: source.reader,
            next: 0,
        })
    }

    /// Whether [`Self::again`] gives the body.
    pub fn is_whole(&self) -> bool {
        self.0.as_ref().is_none_or(|source| !source.lock().lost)
    }
}

impl<B: Body<Data = Bytes> + Unpin> Source<B> {
    fn keep(&mut self, piece: Piece) {
        let bytes = match &piece {
            Piece::Data(data) => data.len(),
            // Trailers are few; their size is bounded where headers are read.
            Piece::Trailers(_) => 0,
        };
        if self.lost || self.kept_bytes + bytes > self.most {
            self.lose();
            return;
        }
        self.kept_bytes += bytes;
        // A copy: a piece may be a small part of a large buffer, which would be held with it.
        self.kept.push(match piece {
            Piece::Data(data) => Piece::Data(Bytes::copy_from_slice(&data)),
            trailers @ Piece::Trailers(_) => trailers,
        });
    }

    fn lose(&mut self) {
        self.lost = true;
        self.kept = Vec::new();
    }
}

impl Piece {
    fn of(frame: &Frame<Bytes>) -> Option<Self> {
        let data = frame.data_ref().cloned().map(Self::Data);
        data.or_else(|| frame.trailers_ref().cloned().map(Self::Trailers))
    }

    fn frame(&self) -> Frame<Bytes> {
        match self {
            Self::Data(data) => Frame::data(data.clone()),
            Self::Trailers(trailers) => Frame::trailers(trailers.clone()),
        }
    }
}

impl<B> Body for Replayed<B>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<BoxError>,
{
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let Some(shared) = self.source.clone() else {
            return Poll::Ready(None);
        };
        let mut source = shared.lock();
        if source.reader != self.reader {
            // Not the end: a target must not take half a body for a whole one.
            return Poll::Ready(Some(Err(Superseded.into())));
        }
        if !source.lost
            && let Some(piece) = source.kept.get(self.next)
        {
            let frame = piece.frame();
            self.next += 1;
            return Poll::Ready(Some(Ok(frame)));
        }
        if source.ended {
            return Poll::Ready(None);
        }
        let frame = match ready!(Pin::new(&mut source.body).poll_frame(context)) {
            None => {
                source.ended = true;
                return Poll::Ready(None);
            }
            Some(Err(error)) => {
                source.lose();
                return Poll::Ready(Some(Err(error.into())));
            }
            Some(Ok(frame)) => frame,
        };
        match Piece::of(&frame) {
            Some(piece) => source.keep(piece),
            None => source.lose(),
        }
        self.next += 1;
        Poll::Ready(Some(Ok(frame)))
    }

    fn is_end_stream(&self) -> bool {
        let Some(shared) = &self.source else {
            return true;
        };
        let source = shared.lock();
        let more_kept = !source.lost && self.next < source.kept.len();
        source.reader == self.reader && !more_kept && (source.ended || source.body.is_end_stream())
    }

    fn size_hint(&self) -> SizeHint {
        let Some(shared) = &self.source else {
            return SizeHint::with_exact(0);
        };
        let source = shared.lock();
        let kept = match source.lost {
            true => &[],
            false => &source.kept[self.next.min(source.kept.len())..],
        };
        let kept: u64 = kept.iter().map(Piece::bytes).sum();
        let rest = source.body.size_hint();
        let mut hint = SizeHint::new();
        hint.set_lower(kept + rest.lower());
        if let Some(upper) = rest.upper() {
            hint.set_upper(kept + upper);
        }
        hint
    }
}

impl Piece {
    fn bytes(&self) -> u64 {
        match self {
            Self::Data(data) => data.len() as u64,
            Self::Trailers(_) => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use http_body_util::{BodyExt as _, StreamBody};

    use super::*;

    fn body(
        pieces: &[&'static str],
    ) -> impl Body<Data = Bytes, Error = Infallible> + Unpin + use<> {
        let frames: Vec<_> = pieces
            .iter()
            .map(|piece| Ok(Frame::data(Bytes::from_static(piece.as_bytes()))))
            .collect();
        StreamBody::new(futures_util::stream::iter(frames))
    }

    async fn whole<B>(body: Replayed<B>) -> String
    where
        B: Body<Data = Bytes, Error = Infallible> + Unpin,
    {
        let bytes = body.collect().await.unwrap().to_bytes();
        String::from_utf8(bytes.to_vec()).unwrap()
    }

    #[tokio::test]
    async fn what_one_target_has_read_the_next_one_reads_too() {
        let replay = Replay::new(body(&["one ", "two ", "three"]), 64);
        let mut first = replay.again().unwrap();
        first.frame().await.unwrap().unwrap();
        let second = replay.again().unwrap();
        let late = first.frame().await.unwrap();
        assert!(late.is_err(), "the first is not told that this is the end");
        assert_eq!(whole(second).await, "one two three");
        assert_eq!(whole(replay.again().unwrap()).await, "one two three");
    }

    #[tokio::test]
    async fn a_body_beyond_the_bound_streams_whole_but_once() {
        let replay = Replay::new(body(&["1234", "5678", "9"]), 8);
        assert_eq!(whole(replay.again().unwrap()).await, "123456789");
        assert!(replay.again().is_none());
    }

    #[tokio::test]
    async fn without_a_bound_a_body_can_be_sent_again_until_it_was_touched() {
        let replay = Replay::new(body(&["1"]), 0);
        drop(replay.again().unwrap());
        let mut second = replay.again().unwrap();
        assert!(!second.is_end_stream());
        second.frame().await.unwrap().unwrap();
        assert!(!replay.is_whole());
    }

    #[tokio::test]
    async fn a_body_that_broke_off_is_never_sent_again() {
        let frames = [
            Ok(Frame::data(Bytes::from_static(b"1"))),
            Err(std::io::Error::other("gone")),
        ];
        let replay = Replay::new(StreamBody::new(futures_util::stream::iter(frames)), 64);
        assert!(replay.again().unwrap().collect().await.is_err());
        assert!(replay.again().is_none());
    }

    #[tokio::test]
    async fn the_size_of_a_body_is_the_same_each_time() {
        let replay = Replay::new(http_body_util::Full::new(Bytes::from_static(b"12345")), 64);
        for _ in 0..2 {
            let again = replay.again().unwrap();
            assert_eq!(again.size_hint().exact(), Some(5));
            assert_eq!(whole(again).await, "12345");
        }
    }
}
