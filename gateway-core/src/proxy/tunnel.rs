//! What passes between a caller and a target once both have left HTTP: bytes, either way, as they
//! come.
//!
//! Each direction reads into one buffer and reads no more until the other side has taken it, so a
//! slow side slows the other down and memory stays bounded. An end is passed on as it is noticed,
//! and the other direction goes on until it ends too.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU16, Ordering};
use std::time::Duration;

use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use parking_lot::Mutex;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, ReadHalf, WriteHalf};
use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::upgrade::Switched;
use crate::ids::KeyId;
use crate::keys::KeyRing;
use crate::record::RecordedTunnel;
use crate::record::messages::Direction;
use crate::record::summary::Ending;

/// Most that is held of a direction.
const BUFFER: usize = 16 * 1024;
/// How long the other direction may stand still after one has ended.
const HALF_CLOSED: Duration = Duration::from_secs(30);
/// The same for WebSocket, which ends both ways at once (RFC 6455, section 7.1.1).
const HALF_CLOSED_WEBSOCKET: Duration = Duration::from_secs(1);
/// How long a tunnel may take to end after it was told to.
const FAREWELL: Duration = Duration::from_millis(500);
/// RFC 6455, section 7.4.1: an endpoint is going away,
const GOING_AWAY: u16 = 1001;
/// and one that may no longer speak here.
const POLICY_VIOLATION: u16 = 1008;

/// The tunnels that are open. They outlive the connection's HTTP and a change of configuration, but
/// not a stop of the gateway.
#[derive(Default)]
pub struct Tunnels {
    stop: Mutex<CancellationToken>,
    open: TaskTracker,
}

/// A tunnel that is about to open.
pub struct Opening {
    /// The caller's connection, once it has been answered.
    pub caller: OnUpgrade,
    /// The target's.
    pub target: Switched,
    /// The key it was opened with; it closes when that is revoked.
    pub key: Option<KeyId>,
    /// What is written down of it.
    pub recorded: RecordedTunnel,
}

impl Tunnels {
    /// Passes bytes on from now on, until either side ends or [`Self::close`].
    pub(crate) fn open(&self, opening: Opening, keys: Arc<KeyRing>) {
        let stop = self.stop.lock().clone();
        self.open.spawn(run(opening, stop, keys));
    }

    /// Closes all of them, and those that still open, until [`Self::reopen`]. Waits until they have
    /// ended, which takes half a second at most.
    pub async fn close(&self) {
        self.stop.lock().cancel();
        self.open.close();
        self.open.wait().await;
    }

    /// Lets tunnels be opened again.
    pub fn reopen(&self) {
        let mut stop = self.stop.lock();
        if stop.is_cancelled() {
            *stop = CancellationToken::new();
            self.open.reopen();
        }
    }
}

/// Why a direction ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// The one who sends closed it.
    Closed,
    /// The one who sends is gone.
    SenderLost,
    /// The one who receives is gone.
    ReceiverLost,
    /// The gateway closed it.
    Stopped,
}

async fn run(opening: Opening, stop: CancellationToken, keys: Arc<KeyRing>) {
    let Opening {
        caller,
        target: switched,
        key,
        recorded,
    } = opening;
    let (caller, target) = tokio::select! {
        both = async { tokio::join!(caller, switched.target) } => both,
        () = stop.cancelled() => return recorded.end(Ending::CutOff),
    };
    let (caller, target) = match (caller, target) {
        (Ok(caller), Ok(target)) => (TokioIo::new(caller), TokioIo::new(target)),
        (Err(_), _) => return recorded.end(Ending::ClientClosed),
        (_, Err(_)) => return recorded.end(Ending::CutOff),
    };
    let (from_caller, to_caller) = tokio::io::split(caller);
    let (from_target, to_target) = tokio::io::split(target);
    let shared = Shared {
        recorded: &recorded,
        stop: &stop,
        close_code: AtomicU16::new(GOING_AWAY),
        revoked: CancellationToken::new(),
        pulse: Pulse::new(match recorded.has_messages() {
            true => HALF_CLOSED_WEBSOCKET,
            false => HALF_CLOSED,
        }),
        first: Mutex::new(None),
    };
    let both = async {
        tokio::join!(
            shared.pump(from_caller, to_target, Direction::ToService),
            shared.pump(from_target, to_caller, Direction::ToCaller),
        )
    };
    let revocation = async {
        match key {
            Some(key) => keys.until_ended(key).await,
            None => std::future::pending().await,
        }
        shared.close_code.store(POLICY_VIOLATION, Ordering::Relaxed);
        shared.revoked.cancel();
        std::future::pending::<()>().await;
    };
    let whole = tokio::select! {
        _ = both => true,
        () = shared.pulse.silence(switched.idle_timeout) => false,
        () = shared.overdue() => false,
        () = revocation => false,
    };
    let ending = shared.ending(whole);
    recorded.end(ending);
}

/// What both directions of a tunnel know.
struct Shared<'t> {
    recorded: &'t RecordedTunnel,
    stop: &'t CancellationToken,
    revoked: CancellationToken,
    close_code: AtomicU16,
    pulse: Pulse,
    /// The direction that ended first, and why.
    first: Mutex<Option<(Direction, End)>>,
}

impl Shared<'_> {
    /// Passes on one direction until it ends, and its end.
    async fn pump(
        &self,
        mut from: ReadHalf<TokioIo<Upgraded>>,
        mut to: WriteHalf<TokioIo<Upgraded>>,
        direction: Direction,
    ) {
        let end = self.pass(&mut from, &mut to, direction).await;
        self.first.lock().get_or_insert((direction, end));
        let code = self.close_code.load(Ordering::Relaxed);
        if end == End::Stopped
            && let Some(frame) = self.recorded.close_frame(direction, code)
        {
            // Whoever does not take it is gone, which is what it says.
            let _ = to.write_all(&frame).await;
        }
        // A connection that is gone cannot be closed any better.
        let _ = to.shutdown().await;
        self.pulse.half_closed();
    }

    async fn pass(
        &self,
        from: &mut ReadHalf<TokioIo<Upgraded>>,
        to: &mut WriteHalf<TokioIo<Upgraded>>,
        direction: Direction,
    ) -> End {
        let mut buffer = vec![0; BUFFER];
        loop {
            // Between two reads: what was read is always passed on whole.
            let read = tokio::select! {
                biased;
                () = self.stop.cancelled() => return End::Stopped,
                () = self.revoked.cancelled() => return End::Stopped,
                read = from.read(&mut buffer) => read,
            };
            let bytes = match read {
                Ok(0) => return End::Closed,
                Ok(read) => &buffer[..read],
                Err(_) => return End::SenderLost,
            };
            self.pulse.beat();
            if to.write_all(bytes).await.is_err() || to.flush().await.is_err() {
                return End::ReceiverLost;
            }
            self.pulse.beat();
            self.recorded.passed(direction, bytes);
        }
    }

    /// Ends when the tunnel had to and did not.
    async fn overdue(&self) {
        tokio::select! {
            () = self.stop.cancelled() => {}
            () = self.revoked.cancelled() => {}
        }
        tokio::time::sleep(FAREWELL).await;
    }

    fn ending(&self, whole: bool) -> Ending {
        if self.recorded.said_goodbye() {
            return Ending::Complete;
        }
        match *self.first.lock() {
            Some((_, End::Closed)) if whole && !self.recorded.has_messages() => Ending::Complete,
            Some((Direction::ToService, End::Closed | End::SenderLost))
            | Some((Direction::ToCaller, End::ReceiverLost)) => Ending::ClientClosed,
            Some((Direction::ToCaller, End::Closed | End::SenderLost))
            | Some((Direction::ToService, End::ReceiverLost))
            | Some((_, End::Stopped))
            | None => Ending::CutOff,
        }
    }
}

/// When something last passed, and whether one direction has ended.
struct Pulse {
    last: Mutex<Instant>,
    is_half_closed: AtomicBool,
    patience_half_closed: Duration,
    changed: Notify,
}

impl Pulse {
    fn new(patience_half_closed: Duration) -> Self {
        Self {
            last: Mutex::new(Instant::now()),
            is_half_closed: AtomicBool::new(false),
            patience_half_closed,
            changed: Notify::new(),
        }
    }

    fn beat(&self) {
        *self.last.lock() = Instant::now();
    }

    fn half_closed(&self) {
        self.beat();
        self.is_half_closed.store(true, Ordering::Relaxed);
        self.changed.notify_one();
    }

    /// Ends when nothing has passed for too long.
    async fn silence(&self, idle_timeout: Option<Duration>) {
        loop {
            let patience = match self.is_half_closed.load(Ordering::Relaxed) {
                true => {
                    let patience = self.patience_half_closed;
                    Some(idle_timeout.map_or(patience, |idle| idle.min(patience)))
                }
                false => idle_timeout,
            };
            let Some(patience) = patience else {
                self.changed.notified().await;
                continue;
            };
            let until = *self.last.lock() + patience;
            if until <= Instant::now() {
                return;
            }
            tokio::select! {
                () = tokio::time::sleep_until(until) => {}
                () = self.changed.notified() => {}
            }
        }
    }
}
