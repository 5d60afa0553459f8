//! The time, as a value that is passed in.
//!
//! Nothing that decides asks the system for the time: it is given a [`Now`], read once from the
//! [`Clock`] that the gateway holds. Tests and simulations hold a clock that stands still until it
//! is moved.

use std::fmt;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tokio::sync::Notify;

/// One moment, on both scales.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// Nanoseconds since the clock was made. Never goes back: limits and durations use it, so that
    /// a changed system clock changes neither.
    pub monotonic_ns: u64,
    /// Microseconds since 1970-01-01 UTC, for people and for files.
    pub epoch_us: i64,
}

impl Now {
    /// The wall clock's time at a moment of the monotonic scale, as far as can be said now.
    pub fn epoch_us_at(&self, monotonic_ns: u64) -> i64 {
        let us = |ns: u64| i64::try_from(ns / 1_000).unwrap_or(i64::MAX);
        match monotonic_ns.checked_sub(self.monotonic_ns) {
            Some(ahead) => self.epoch_us.saturating_add(us(ahead)),
            None => self
                .epoch_us
                .saturating_sub(us(self.monotonic_ns - monotonic_ns)),
        }
    }
}

/// Where the time comes from.
#[derive(Clone)]
pub struct Clock(Source);

#[derive(Clone)]
enum Source {
    System(Instant),
    Manual(Arc<Hands>),
}

#[derive(Debug)]
struct Hands {
    monotonic_ns: AtomicU64,
    epoch_us: AtomicI64,
    moved: Notify,
}

/// Moves a clock made by [`Clock::manual`].
#[derive(Clone, Debug)]
pub struct ManualClock(Arc<Hands>);

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self(Source::System(Instant::now()))
    }

    /// A clock that stands at `epoch_us` until it is moved.
    pub fn manual(epoch_us: i64) -> (Self, ManualClock) {
        let hands = Arc::new(Hands {
            monotonic_ns: AtomicU64::new(0),
            epoch_us: AtomicI64::new(epoch_us),
            moved: Notify::new(),
        });
        (Self(Source::Manual(hands.clone())), ManualClock(hands))
    }

    /// This moment.
    pub fn now(&self) -> Now {
        match &self.0 {
            Source::System(start) => {
                let since = SystemTime::now()
                    .duration_since(UNIX_EPOCH)
                    .unwrap_or_default();
                Now {
                    monotonic_ns: nanos(start.elapsed()),
                    epoch_us: i64::try_from(since.as_micros()).unwrap_or(i64::MAX),
                }
            }
            Source::Manual(hands) => Now {
                monotonic_ns: hands.monotonic_ns.load(Ordering::SeqCst),
                epoch_us: hands.epoch_us.load(Ordering::SeqCst),
            },
        }
    }

    /// Only the scale that never goes back, which is cheaper to read.
    pub fn monotonic_ns(&self) -> u64 {
        match &self.0 {
            Source::System(start) => nanos(start.elapsed()),
            Source::Manual(hands) => hands.monotonic_ns.load(Ordering::SeqCst),
        }
    }
}

impl Clock {
    /// Waits until this moment of the monotonic scale. By a clock that is moved by hand: until it
    /// has been moved that far.
    pub fn sleep_until(&self, monotonic_ns: u64) -> impl Future<Output = ()> + Send + use<> {
        let clock = self.clone();
        async move {
            match &clock.0 {
                Source::System(start) => {
                    let at = *start + Duration::from_nanos(monotonic_ns);
                    tokio::time::sleep_until(at.into()).await;
                }
                Source::Manual(hands) => loop {
                    let mut moved = pin!(hands.moved.notified());
                    // Before looking, so that no move falls between the two.
                    moved.as_mut().enable();
                    if hands.monotonic_ns.load(Ordering::SeqCst) >= monotonic_ns {
                        return;
                    }
                    moved.await;
                },
            }
        }
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Source::System(_) => "Clock::system",
            Source::Manual(_) => "Clock::manual",
        })
    }
}

impl ManualClock {
    /// Lets time pass on both scales.
    pub fn advance(&self, by: Duration) {
        self.0.monotonic_ns.fetch_add(nanos(by), Ordering::SeqCst);
        let us = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
        self.0.epoch_us.fetch_add(us, Ordering::SeqCst);
        self.0.moved.notify_waiters();
    }

    /// Sets the wall clock alone, as a person or NTP does.
    pub fn set_epoch_us(&self, epoch_us: i64) {
        self.0.epoch_us.store(epoch_us, Ordering::SeqCst);
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
