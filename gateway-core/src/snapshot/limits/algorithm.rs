//! What a way of counting has to say, over the state of one partition.

use crate::clock::Now;

/// How one limit counts the requests of one partition. Pure: the state and the time are given.
pub(super) trait Algorithm: Send + Sync {
    /// What is remembered of a partition.
    type State: Clone + Send;

    /// What is remembered of one that has made no request.
    fn fresh(&self, now: Now) -> Self::State;

    /// How it stands.
    fn read(&self, state: &Self::State, now: Now) -> Reading;

    /// One request more, whether there is room for it or not.
    fn count(&self, state: &mut Self::State, now: Now);

    /// A request came that is not counted. Whether that changes anything.
    fn pass_by(&self, _state: &mut Self::State, _now: Now) -> bool {
        false
    }

    /// Forgets what no longer matters; whether nothing is left that a fresh state doesn't say.
    fn tidy(&self, state: &mut Self::State, now: Now) -> bool;

    /// What a state holds beside itself, in words of eight bytes.
    fn extra_words(&self, _state: &Self::State) -> usize {
        0
    }

    /// Bounds on what is remembered.
    fn bounds(&self) -> Bounds {
        Bounds::USUAL
    }
}

/// How a partition stands under a limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Reading {
    /// Requests that count at the moment.
    pub used: u64,
    /// Requests there is room for now.
    pub left: u64,
    /// Nanoseconds until there is room for one; 0 where there is now.
    pub wait_ns: u64,
    /// Nanoseconds until it is as if no request had been made.
    pub rest_ns: u64,
    /// When the next calendar period begins, microseconds since 1970; 0 where that means nothing.
    pub resets_at_us: i64,
}

/// Most that one limit remembers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bounds {
    /// Partitions.
    pub partitions: usize,
    /// Words beside them.
    pub words: usize,
}

impl Bounds {
    /// About 10 MiB of partitions, and 64 MiB of what they hold.
    pub(super) const USUAL: Self = Self {
        partitions: 1 << 17,
        words: 1 << 23,
    };
}
