//! How many connections callers have open, and what happens to one too many.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;

use super::problem;

/// How many callers who were turned away are given time to read why, and how much time.
const MOST_LEAVING: usize = 64;
const LEAVING: Duration = Duration::from_millis(500);

/// The open connections of callers, over HTTP and HTTPS together.
#[derive(Clone)]
pub(crate) struct Connections(Arc<Shared>);

struct Shared {
    open: AtomicUsize,
    /// Whether the last one was turned away; said once.
    full: AtomicBool,
    leaving: Arc<Semaphore>,
}

/// Leave to be open; given back when dropped.
pub(crate) struct Permit(Connections);

impl Default for Connections {
    fn default() -> Self {
        Self(Arc::new(Shared {
            open: AtomicUsize::new(0),
            full: AtomicBool::new(false),
            leaving: Arc::new(Semaphore::new(MOST_LEAVING)),
        }))
    }
}

impl Connections {
    /// Leave for one more connection, if there are fewer than `most`.
    pub(crate) fn enter(&self, most: usize) -> Option<Permit> {
        let before = self.0.open.fetch_add(1, Ordering::AcqRel);
        // Dropped at once, it gives its place back.
        let permit = Permit(self.clone());
        if before < most {
            self.0.full.store(false, Ordering::Relaxed);
            return Some(permit);
        }
        if !self.0.full.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                most,
                "no more connections are taken (`listen.limits.max_connections`)"
            );
        }
        None
    }

    /// Answers a connection that cannot be taken, without reading what it asks, and closes it. Over
    /// TLS it is only closed: an answer would cost a handshake.
    pub(crate) fn turn_away(&self, mut stream: TcpStream, tls: bool) {
        if tls || stream.try_write(&problem::too_many_connections()).is_err() {
            return;
        }
        let Ok(leaving) = self.0.leaving.clone().try_acquire_owned() else {
            return;
        };
        // Closed while bytes of it are unread, it would be reset and the answer lost.
        tokio::spawn(async move {
            let closed = async {
                stream.shutdown().await?;
                let mut unread = [0; 1024];
                while stream.read(&mut unread).await? > 0 {}
                std::io::Result::Ok(())
            };
            // However it ends, it ends here.
            let _ = tokio::time::timeout(LEAVING, closed).await;
            drop(leaving);
        });
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.0.0.open.fetch_sub(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_that_is_given_back_is_free_again() {
        let connections = Connections::default();
        let first = connections.enter(1);
        assert!(first.is_some());
        assert!(connections.enter(1).is_none());
        assert!(connections.enter(2).is_some());
        drop(first);
        assert!(connections.enter(1).is_some());
    }
}
