//! A caller's connection, looked through before hyper reads it.

use std::future::Future as _;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf as _, BytesMut};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;

use super::activity::Activity;
use super::framing::{Framing, Then, Vetted};
use super::refusal::Refusal;
use super::turns::Turns;
use crate::gateway::Inner;
use crate::proxy::connections::Permit;
use crate::proxy::error::{ErrorCode, ProxyError};
use crate::snapshot::callers::CallerLimits;

/// What is read at once while something is held back.
const PIECE: usize = 4 * 1024;
/// Most bytes held of what comes before it is known whether the protocol is switched.
const MOST_AHEAD: usize = 64 * 1024;
/// How long a caller may take to close after us, and how much it may still send meanwhile. Closing at
/// once would reset the connection, and the answer with it (RFC 9112, section 9.6).
const LINGER: Duration = Duration::from_secs(1);
const MOST_LINGERING: usize = 1024 * 1024;

/// Bytes of a caller, of which only those pass that belong to requests with one reading.
pub(crate) struct Vetting<T> {
    io: T,
    gateway: Arc<Inner>,
    /// The limits when the connection was opened.
    opened_with: CallerLimits,
    turns: Arc<Turns>,
    activity: Arc<Activity>,
    framing: Framing,
    /// Read, and not yet handed on.
    held: BytesMut,
    /// So many bytes of `held`, from the front, may be handed on.
    good: usize,
    /// Why the body that is being read cannot be read on.
    broken: Option<&'static str>,
    /// When the head must be whole, once it has begun.
    head_due: Option<Pin<Box<Sleep>>>,
    ended: bool,
    lingering: Option<(Pin<Box<Sleep>>, usize)>,
    _permit: Permit,
}

impl<T> Vetting<T> {
    pub(crate) fn new(
        io: T,
        gateway: Arc<Inner>,
        opened_with: CallerLimits,
        turns: Arc<Turns>,
        activity: Arc<Activity>,
        permit: Permit,
    ) -> Self {
        Self {
            io,
            gateway,
            opened_with,
            turns,
            activity,
            framing: Framing::new(),
            held: BytesMut::new(),
            good: 0,
            broken: None,
            head_due: None,
            ended: false,
            lingering: None,
            _permit: permit,
        }
    }

    /// The limits for a head: those in force, but not more fields than hyper was told to expect.
    fn limits(gateway: &Inner, opened_with: &CallerLimits) -> CallerLimits {
        let now = gateway.caller_limits();
        let most = hyper_max_headers(opened_with.max_headers);
        CallerLimits {
            max_headers: now.max_headers.min(most),
            ..now
        }
    }

    /// Looks through what is held, beginning after what is good.
    fn vet_held(&mut self) {
        let (gateway, opened_with) = (&self.gateway, &self.opened_with);
        let limits = || Self::limits(gateway, opened_with);
        let Vetted { good, then } = self.framing.vet(&self.held[self.good..], limits);
        self.good += good;
        self.go_on(then);
    }

    /// Looks through what was just read into `buffer`, after its first `before` bytes, and leaves
    /// there what may be handed on.
    fn vet_read(&mut self, buffer: &mut ReadBuf<'_>, before: usize) {
        let (gateway, opened_with) = (&self.gateway, &self.opened_with);
        let limits = || Self::limits(gateway, opened_with);
        let new = &buffer.filled()[before..];
        let Vetted { good, then } = self.framing.vet(new, limits);
        self.held.extend_from_slice(&new[good..]);
        buffer.set_filled(before + good);
        self.go_on(then);
    }

    fn go_on(&mut self, then: Then) {
        match then {
            Then::More => {}
            Then::Switching => self.turns.wait_for(self.framing.heads()),
            Then::Refused(refusal) => self.refuse(*refusal),
            Then::Broken(reason) => self.broken = Some(reason),
        }
        let in_head = self.framing.is_in_head() && self.held.len() > self.good;
        match (in_head, &self.head_due) {
            (true, None) => {
                let due = tokio::time::sleep(self.opened_with.header_read_timeout);
                self.head_due = Some(Box::pin(due));
                self.activity.set_in_head(true);
            }
            (false, Some(_)) => {
                self.head_due = None;
                self.activity.set_in_head(false);
            }
            _ => {}
        }
    }

    /// Puts a request for hyper in the place of the head that is held.
    fn refuse(&mut self, refusal: Refusal) {
        self.held.truncate(self.good);
        let stand_in = refusal.stand_in();
        self.held.extend_from_slice(stand_in);
        self.good += stand_in.len();
        self.turns.refuse(self.framing.heads() + 1, refusal);
    }

    fn poll_head_due(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let Some(due) = &mut self.head_due else {
            return Poll::Pending;
        };
        ready!(due.as_mut().poll(context));
        let ms = self.opened_with.header_read_timeout.as_millis();
        let reason = format!("The request's head did not come within {ms} ms.");
        let error = ProxyError::Request(ErrorCode::RequestTimeout, reason.into());
        let refusal = self.framing.refuse(error, &self.held[self.good..]);
        self.go_on(Then::Refused(Box::new(refusal)));
        Poll::Ready(())
    }

    fn hand_on(&mut self, buffer: &mut ReadBuf<'_>) {
        let length = self.good.min(buffer.remaining());
        buffer.put_slice(&self.held[..length]);
        self.held.advance(length);
        self.good -= length;
        if self.held.is_empty() {
            // Most connections never need it again.
            self.held = BytesMut::new();
        }
    }
}

impl<T: AsyncRead + Unpin> Vetting<T> {
    /// Reads more to what is held. Ready with whether anything came.
    fn poll_hold(&mut self, context: &mut Context<'_>) -> Poll<io::Result<bool>> {
        let mut piece = [0; PIECE];
        let mut piece = ReadBuf::new(&mut piece);
        ready!(Pin::new(&mut self.io).poll_read(context, &mut piece))?;
        self.held.extend_from_slice(piece.filled());
        self.ended = piece.filled().is_empty();
        Poll::Ready(Ok(!self.ended))
    }

    /// Waits for the answer to a request that asked to switch; meanwhile it is only noticed when the
    /// caller leaves.
    fn poll_switched(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if let Poll::Ready(switched) = self.turns.poll_switched(context) {
            self.framing.answered(switched);
            self.vet_held();
            return Poll::Ready(Ok(()));
        }
        while !self.ended && self.held.len() < MOST_AHEAD {
            ready!(self.poll_hold(context))?;
        }
        match self.ended && self.held.is_empty() {
            true => Poll::Ready(Ok(())),
            false => Poll::Pending,
        }
    }

    /// Reads away what the caller still sends, until it closes or has had its time.
    fn poll_linger(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut piece = [0; PIECE];
        while !self.ended {
            let (due, read) = self
                .lingering
                .get_or_insert_with(|| (Box::pin(tokio::time::sleep(LINGER)), 0));
            if due.as_mut().poll(context).is_ready() || *read > MOST_LINGERING {
                break;
            }
            let mut piece = ReadBuf::new(&mut piece);
            match ready!(Pin::new(&mut self.io).poll_read(context, &mut piece)) {
                Ok(()) if !piece.filled().is_empty() => *read += piece.filled().len(),
                Ok(()) | Err(_) => self.ended = true,
            }
        }
        Poll::Ready(Ok(()))
    }
}

/// How many header fields hyper is to expect at most, for a limit of the gateway's; never less than
/// it expects by itself, which costs it nothing.
pub(crate) fn hyper_max_headers(limit: usize) -> usize {
    limit.max(100)
}

impl<T: AsyncRead + Unpin> AsyncRead for Vetting<T> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        loop {
            if this.good > 0 {
                this.hand_on(buffer);
                return Poll::Ready(Ok(()));
            }
            if let Some(reason) = this.broken {
                return Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidData, reason)));
            }
            if this.framing.is_over() {
                // hyper closes the connection once it has answered.
                return Poll::Pending;
            }
            if this.framing.is_switching() {
                ready!(this.poll_switched(context))?;
                if this.framing.is_switching() {
                    return Poll::Ready(Ok(()));
                }
                continue;
            }
            if this.ended {
                return Poll::Ready(Ok(()));
            }
            if this.framing.is_unframed() {
                return Pin::new(&mut this.io).poll_read(context, buffer);
            }
            if !this.held.is_empty() {
                match this.poll_hold(context) {
                    Poll::Ready(more) => {
                        if more? {
                            this.vet_held();
                        }
                    }
                    Poll::Pending => ready!(this.poll_head_due(context)),
                }
                continue;
            }
            let before = buffer.filled().len();
            ready!(Pin::new(&mut this.io).poll_read(context, buffer))?;
            if buffer.filled().len() == before {
                this.ended = true;
                return Poll::Ready(Ok(()));
            }
            this.vet_read(buffer, before);
            if buffer.filled().len() > before {
                return Poll::Ready(Ok(()));
            }
        }
    }
}

impl<T: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Vetting<T> {
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

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.lingering.is_none() {
            ready!(Pin::new(&mut this.io).poll_shutdown(context))?;
        }
        match this.framing.is_unframed() {
            true => Poll::Ready(Ok(())),
            false => this.poll_linger(context),
        }
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
