//! Keeps the counts of quotas on disk: twice a second, and when the gateway stops. The request path
//! never waits for it.

use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use arc_swap::ArcSwap;
use parking_lot::Mutex;

use crate::snapshot::Snapshot;
use crate::snapshot::limits::{changed_quotas, quotas_change_again};
use crate::store::QuotaStore;

/// How often. What a crash may lose was counted since the last time, and while that was written.
const EVERY: Duration = Duration::from_millis(500);

/// Keeps the counts of quotas on disk.
pub(super) struct QuotaKeeper {
    keeping: Arc<Keeping>,
    /// Dropped, it ends the thread.
    _alive: mpsc::Sender<()>,
}

struct Keeping {
    store: QuotaStore,
    snapshot: Arc<ArcSwap<Snapshot>>,
    not_kept: Mutex<Option<String>>,
}

impl QuotaKeeper {
    /// Keeps the counts of the snapshot in force, until this is dropped.
    ///
    /// # Errors
    /// The operating system gives no thread.
    pub(super) fn start(
        store: QuotaStore,
        snapshot: Arc<ArcSwap<Snapshot>>,
    ) -> std::io::Result<Self> {
        let (alive, ended) = mpsc::channel();
        let keeping = Arc::new(Keeping {
            store,
            snapshot,
            not_kept: Mutex::new(None),
        });
        let work = {
            let keeping = keeping.clone();
            move || {
                while ended.recv_timeout(EVERY) == Err(RecvTimeoutError::Timeout) {
                    keeping.keep();
                }
            }
        };
        thread::Builder::new()
            .name("quotas".to_owned())
            .spawn(work)?;
        Ok(Self {
            keeping,
            _alive: alive,
        })
    }

    /// Writes down what was counted since the last time, and waits for it.
    pub(super) async fn keep(&self) {
        let keeping = self.keeping.clone();
        let kept = tokio::task::spawn_blocking(move || keeping.keep());
        kept.await.expect("keeping does not panic");
    }

    /// Why they cannot be kept at the moment, if they cannot.
    pub(super) fn not_kept(&self) -> Option<String> {
        self.keeping.not_kept.lock().clone()
    }
}

impl Keeping {
    /// Blocks on the disk.
    fn keep(&self) {
        let snapshot = self.snapshot.load_full();
        let counts = &snapshot.limiting.quota_counts;
        let saved = self.store.save(
            || changed_quotas(counts),
            |rows| quotas_change_again(counts, &rows),
        );
        let not_kept = saved.err().map(|error| error.to_string());
        let mut known = self.not_kept.lock();
        if *known != not_kept {
            match &not_kept {
                Some(error) => tracing::warn!(error, "the counts of quotas cannot be kept"),
                None => tracing::info!("the counts of quotas are kept again"),
            }
            *known = not_kept;
        }
    }
}
