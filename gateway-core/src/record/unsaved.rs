//! The detail of exchanges that ended a moment ago and are not in the log yet, for those who watch
//! them: a list that shows headers does not wait for the disk. Kept only while somebody watches.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;

use super::detail::Kept;
use crate::ids::ExchangeId;
use crate::store::Finished;

/// What waits to be stored, by its exchange.
#[derive(Default)]
pub(super) struct Unsaved(Mutex<Watched>);

#[derive(Default)]
struct Watched {
    watchers: usize,
    rows: HashMap<ExchangeId, Arc<Finished>>,
}

/// While it is there, the details of what ends are kept until they are in the log.
pub struct DetailWatch(Arc<Unsaved>);

impl Unsaved {
    pub(super) fn watch(self: Arc<Self>) -> DetailWatch {
        self.0.lock().watchers += 1;
        DetailWatch(self)
    }

    /// An exchange has ended.
    pub(super) fn put(&self, row: &Finished) {
        let mut watched = self.0.lock();
        if watched.watchers > 0 {
            watched.rows.insert(row.summary.id, Arc::new(row.clone()));
        }
    }

    /// An exchange is in the log now, or will never be.
    pub(super) fn take(&self, exchange: ExchangeId) {
        let mut watched = self.0.lock();
        if !watched.rows.is_empty() {
            watched.rows.remove(&exchange);
        }
    }
}

impl DetailWatch {
    /// What is kept of an exchange that is not in the log yet.
    pub fn detail(&self, id: ExchangeId) -> Option<Kept> {
        let row = self.0.0.lock().rows.get(&id).cloned();
        row?.detail()
    }
}

impl Drop for DetailWatch {
    fn drop(&mut self) {
        let mut watched = self.0.0.lock();
        watched.watchers -= 1;
        if watched.watchers == 0 {
            watched.rows = HashMap::new();
        }
    }
}
