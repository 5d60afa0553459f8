//! Keeps on disk when keys were last used: every few seconds, and when the gateway stops. The request
//! path never waits for it.

use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use crate::keys::KeyRing;

const EVERY: Duration = Duration::from_secs(5);

/// Keeps on disk when keys were last used.
pub(super) struct KeyKeeper {
    keys: Arc<KeyRing>,
    /// Dropped, it ends the thread.
    _alive: mpsc::Sender<()>,
}

impl KeyKeeper {
    /// Keeps it until this is dropped.
    ///
    /// # Errors
    /// The operating system gives no thread.
    pub(super) fn start(keys: Arc<KeyRing>) -> std::io::Result<Self> {
        let (alive, ended) = mpsc::channel();
        let kept = keys.clone();
        let work = move || {
            while ended.recv_timeout(EVERY) == Err(RecvTimeoutError::Timeout) {
                keep(&kept);
            }
        };
        thread::Builder::new().name("keys".to_owned()).spawn(work)?;
        Ok(Self {
            keys,
            _alive: alive,
        })
    }

    /// Writes down what is known now, and waits for it.
    pub(super) async fn keep(&self) {
        let keys = self.keys.clone();
        let kept = tokio::task::spawn_blocking(move || keep(&keys));
        kept.await.expect("keeping does not panic");
    }
}

fn keep(keys: &KeyRing) {
    if let Err(error) = keys.keep_last_used() {
        tracing::warn!(%error, "when keys were last used cannot be written down");
    }
}
