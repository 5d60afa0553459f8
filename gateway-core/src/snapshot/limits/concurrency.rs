//! How many requests run at the same time.

use std::sync::Arc;

use super::algorithm::{Algorithm, Bounds, Reading};
use super::counts::Counts;
use super::partition::PartitionId;
use crate::clock::Now;

/// At most `requests` at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Concurrency {
    pub requests: u64,
}

/// How many run.
pub(super) type RunningCount = u64;

impl Algorithm for Concurrency {
    type State = RunningCount;

    fn fresh(&self, _now: Now) -> RunningCount {
        0
    }

    fn read(&self, running: &RunningCount, _now: Now) -> Reading {
        Reading {
            used: *running,
            left: self.requests.saturating_sub(*running),
            ..Reading::default()
        }
    }

    fn count(&self, running: &mut RunningCount, _now: Now) {
        *running += 1;
    }

    fn tidy(&self, running: &mut RunningCount, _now: Now) -> bool {
        *running == 0
    }

    /// None needed: there are no more partitions than requests that run.
    fn bounds(&self) -> Bounds {
        Bounds {
            partitions: usize::MAX,
            words: usize::MAX,
        }
    }
}

/// A request that runs, under every limit that counts it. Until this is dropped.
#[must_use = "dropped, the request no longer counts as running"]
#[derive(Default)]
pub struct Running(Vec<(Arc<Counts<RunningCount>>, PartitionId)>);

impl Running {
    /// Counted already.
    pub(super) fn counted(&mut self, counts: Arc<Counts<RunningCount>>, partition: PartitionId) {
        self.0.push((counts, partition));
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        for (counts, partition) in self.0.drain(..) {
            counts.shard(partition).change(partition, |running| {
                *running = running.saturating_sub(1);
                *running == 0
            });
        }
    }
}
