//! A caller's connection, watched: who is slow to send a request, leaves a connection unused or does
//! not read the answer must not hold the gateway for ever.
//!
//! Times here are those of the machine, not of the gateway's clock: they bound real sockets.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use http_body::{Body, Frame, SizeHint};
use parking_lot::Mutex;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::time::Instant;

/// How long an answer that nobody asked for may take to be written.
const LAST_WORDS: Duration = Duration::from_secs(1);
/// What an HTTP/2 connection begins with (RFC 9113, section 3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2.0";

/// How patient the gateway is.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// From the first byte of a request's head to its last.
    pub head: Duration,
    /// Without a request, or without a byte of an answer being taken.
    pub idle: Duration,
}

/// Why a connection is given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slow {
    /// A request's head was begun and not ended.
    Head,
    /// Nothing was asked for a long time.
    Unused,
    /// The answer is not read.
    Reading,
}

/// What is going on on one connection.
#[derive(Debug)]
pub struct Activity {
    running: AtomicUsize,
    times: Mutex<Times>,
}

#[derive(Debug)]
struct Times {
    /// When the last request ended, or the connection began.
    rest: Instant,
    /// When the first byte of the next head came.
    head: Option<Instant>,
    /// Since when the caller takes nothing.
    blocked: Option<Instant>,
    /// HTTP/2 sends more than heads while nothing runs.
    http2: bool,
}

impl Activity {
    /// A connection that was just made.
    pub fn new() -> Arc<Self> {
        Arc::new(Self {
            running: AtomicUsize::new(0),
            times: Mutex::new(Times {
                rest: Instant::now(),
                head: None,
                blocked: None,
                http2: false,
            }),
        })
    }

    /// A request has arrived; it runs until what this gives is dropped.
    pub fn run(self: &Arc<Self>) -> Running {
        self.running.fetch_add(1, Ordering::SeqCst);
        self.times.lock().head = None;
        Running(self.clone())
    }

    /// Waits until the connection is not worth keeping.
    pub async fn given_up(&self, patience: Patience) -> Slow {
        loop {
            let (until, why) = self.deadline(patience);
            if until <= Instant::now() {
                return why;
            }
            tokio::time::sleep_until(until).await;
        }
    }

    fn deadline(&self, patience: Patience) -> (Instant, Slow) {
        let times = self.times.lock();
        if let Some(since) = times.blocked {
            return (since + patience.idle, Slow::Reading);
        }
        if self.running.load(Ordering::SeqCst) > 0 {
            return (Instant::now() + patience.idle, Slow::Unused);
        }
        match times.head.filter(|_| !times.http2) {
            Some(since) => (since + patience.head, Slow::Head),
            None => (times.rest + patience.idle, Slow::Unused),
        }
    }

    fn read(&self, bytes: &[u8]) {
        if bytes.is_empty() || self.running.load(Ordering::SeqCst) > 0 {
            return;
        }
        let mut times = self.times.lock();
        if times.head.is_none() {
            times.http2 |= bytes.starts_with(PREFACE);
            times.head = Some(Instant::now());
        }
    }

    fn wrote(&self, blocked: bool) {
        let mut times = self.times.lock();
        times.blocked = match (blocked, times.blocked) {
            (true, None) => Some(Instant::now()),
            (true, since) => since,
            (false, _) => None,
        };
    }
}

/// A request that runs.
pub struct Running(Arc<Activity>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.times.lock().rest = Instant::now();
        self.0.running.fetch_sub(1, Ordering::SeqCst);
    }
}

/// An answer's body; its request runs until it is dropped.
pub struct RunningBody<B> {
    /// The body.
    pub body: B,
    /// Its request.
    pub running: Running,
}

impl<B: Body + Unpin> Body for RunningBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A connection whose stream can still be spoken to after hyper has let go of it.
pub struct CallerIo<S> {
    stream: Arc<Mutex<S>>,
    activity: Arc<Activity>,
}

/// What is left of a connection.
pub struct Rest<S>(Arc<Mutex<S>>);

impl<S: AsyncWrite + Unpin> CallerIo<S> {
    /// Watches a stream.
    pub fn new(stream: S, activity: Arc<Activity>) -> Self {
        Self {
            stream: Arc::new(Mutex::new(stream)),
            activity,
        }
    }

    /// What will be left of it.
    pub fn rest(&self) -> Rest<S> {
        Rest(self.stream.clone())
    }
}

impl<S: AsyncWrite + Unpin> Rest<S> {
    /// Writes a last answer and hangs up, if nobody else has the connection any more. Whoever does
    /// not take it within a second goes without.
    pub async fn say(self, answer: &[u8]) {
        if let Some(stream) = Arc::into_inner(self.0) {
            last_words(stream.into_inner(), answer).await;
        }
    }
}

/// Writes an answer and hangs up.
pub async fn last_words(mut stream: impl AsyncWrite + Unpin, answer: &[u8]) {
    let saying = async {
        stream.write_all(answer).await?;
        stream.shutdown().await
    };
    // Whoever is gone or does not listen goes without.
    let _ = tokio::time::timeout(LAST_WORDS, saying).await;
}

impl<S: AsyncRead + Unpin> AsyncRead for CallerIo<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut *self.stream.lock()).poll_read(context, buffer);
        self.activity.read(&buffer.filled()[before..]);
        polled
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for CallerIo<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut *self.stream.lock()).poll_write(context, bytes);
        self.activity.wrote(polled.is_pending());
        polled
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut *self.stream.lock()).poll_write_vectored(context, slices);
        self.activity.wrote(polled.is_pending());
        polled
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.lock().is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.stream.lock()).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.stream.lock()).poll_shutdown(context)
    }
}
