//! What is remembered of the callers of one limit: bounded, and locked in pieces.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, RandomState};

use parking_lot::{Mutex, MutexGuard};

use super::algorithm::{Algorithm, Reading};
use super::partition::PartitionId;
use crate::clock::Now;

const SHARDS: usize = 16;

/// States of one limit, by partition.
pub struct Counts<S> {
    hasher: RandomState,
    shards: Box<[Mutex<Shard<S>>]>,
}

/// A part of the partitions, under one lock.
pub(super) struct Shard<S> {
    states: HashMap<PartitionId, S>,
    /// Words that the states hold beside themselves.
    words: usize,
    /// Partitions that were counted since they were last asked for, where anyone asks.
    changed: Option<HashSet<PartitionId>>,
}

impl<S> Counts<S> {
    /// Nothing is remembered yet.
    pub(super) fn new() -> Self {
        Self::with(None)
    }

    /// The same, that also remembers what changed.
    pub(super) fn noting_changes() -> Self {
        Self::with(Some(HashSet::new()))
    }

    fn with(changed: Option<HashSet<PartitionId>>) -> Self {
        let shard = || Shard {
            states: HashMap::new(),
            words: 0,
            changed: changed.clone(),
        };
        Self {
            hasher: RandomState::new(),
            shards: (0..SHARDS).map(|_| Mutex::new(shard())).collect(),
        }
    }

    pub(super) fn shard(&self, partition: PartitionId) -> MutexGuard<'_, Shard<S>> {
        let index = self.hasher.hash_one(partition) % SHARDS as u64;
        self.shards[usize::try_from(index).unwrap_or(0)].lock()
    }

    /// Whether nothing is remembered.
    pub(super) fn is_empty(&self) -> bool {
        let mut shards = self.shards.iter();
        shards.all(|shard| shard.lock().states.is_empty())
    }

    /// How many partitions are remembered.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        let shards = self.shards.iter();
        shards.map(|shard| shard.lock().states.len()).sum()
    }

    /// How many words they hold beside themselves.
    #[cfg(test)]
    pub(super) fn words(&self) -> usize {
        self.shards.iter().map(|shard| shard.lock().words).sum()
    }
}

impl<S: Clone> Counts<S> {
    /// Puts back what was kept elsewhere.
    pub(super) fn restore(&self, partition: PartitionId, state: S) {
        self.shard(partition).states.insert(partition, state);
    }

    /// What was counted since the last call, as it stands now.
    pub(super) fn take_changes(&self) -> Vec<(PartitionId, S)> {
        let mut changes = Vec::new();
        for shard in &self.shards {
            let mut shard = shard.lock();
            let Some(changed) = &mut shard.changed else {
                continue;
            };
            let changed = std::mem::take(changed);
            let states = changed.into_iter().filter_map(|id| {
                let state = shard.states.get(&id)?;
                Some((id, state.clone()))
            });
            changes.extend(states);
        }
        changes
    }

    /// What could not be kept elsewhere is given again by the next [`Self::take_changes`].
    pub(super) fn change_again(&self, partitions: impl Iterator<Item = PartitionId>) {
        for partition in partitions {
            if let Some(changed) = &mut self.shard(partition).changed {
                changed.insert(partition);
            }
        }
    }
}

impl<S: Clone + Send> Shard<S> {
    /// How a partition stands.
    pub(super) fn read<A>(&self, partition: PartitionId, rule: &A, now: Now) -> Reading
    where
        A: Algorithm<State = S>,
    {
        match self.states.get(&partition) {
            Some(state) => rule.read(state, now),
            None => rule.read(&rule.fresh(now), now),
        }
    }

    /// How it would stand after one more request.
    pub(super) fn read_ahead<A>(&self, partition: PartitionId, rule: &A, now: Now) -> Reading
    where
        A: Algorithm<State = S>,
    {
        let known = self.states.get(&partition).cloned();
        let mut state = known.unwrap_or_else(|| rule.fresh(now));
        rule.count(&mut state, now);
        rule.read(&state, now)
    }

    /// Counts a request.
    pub(super) fn count<A>(&mut self, partition: PartitionId, rule: &A, now: Now)
    where
        A: Algorithm<State = S>,
    {
        let bounds = rule.bounds();
        let full = self.states.len() >= bounds.partitions / SHARDS
            && !self.states.contains_key(&partition);
        if full || self.words >= bounds.words / SHARDS {
            self.make_room(rule, now);
        }
        let state = self.states.entry(partition);
        let state = state.or_insert_with(|| rule.fresh(now));
        self.words -= rule.extra_words(state);
        rule.count(state, now);
        self.words += rule.extra_words(state);
        if let Some(changed) = &mut self.changed {
            changed.insert(partition);
        }
    }

    /// A request comes that is not counted.
    pub(super) fn pass_by<A>(&mut self, partition: PartitionId, rule: &A, now: Now)
    where
        A: Algorithm<State = S>,
    {
        if let Some(state) = self.states.get_mut(&partition)
            && rule.pass_by(state, now)
            && let Some(changed) = &mut self.changed
        {
            changed.insert(partition);
        }
    }

    /// Changes a state that is there, and forgets it if that says so.
    pub(super) fn change(
        &mut self,
        partition: PartitionId,
        mut forget: impl FnMut(&mut S) -> bool,
    ) {
        if let Some(state) = self.states.get_mut(&partition)
            && forget(state)
        {
            self.states.remove(&partition);
        }
    }

    /// Frees an eighth at once, so that the work is shared by the many that come after. First goes
    /// what says nothing any more, then those who have most room left: who is limited stays as long
    /// as anyone else is there.
    fn make_room<A>(&mut self, rule: &A, now: Now)
    where
        A: Algorithm<State = S>,
    {
        self.states.retain(|_, state| !rule.tidy(state, now));
        self.words = self.states.values().map(|s| rule.extra_words(s)).sum();
        let bounds = rule.bounds();
        let keep = |most: usize| most / SHARDS - most / SHARDS / 8;
        let (most, most_words) = (keep(bounds.partitions), keep(bounds.words));
        if self.states.len() <= most && self.words <= most_words {
            return;
        }
        let room = |state: &S| {
            let Reading { left, wait_ns, .. } = rule.read(state, now);
            (left, std::cmp::Reverse(wait_ns))
        };
        let mut by_room: Vec<_> = self.states.iter().map(|(p, s)| (room(s), *p)).collect();
        if by_room.len() > most {
            by_room.select_nth_unstable(most);
            for (_, partition) in by_room.drain(most..) {
                self.forget(partition, rule);
            }
        }
        if self.words > most_words {
            by_room.sort_unstable();
        }
        while self.words > most_words
            && let Some((_, partition)) = by_room.pop()
        {
            self.forget(partition, rule);
        }
    }

    fn forget<A>(&mut self, partition: PartitionId, rule: &A)
    where
        A: Algorithm<State = S>,
    {
        if let Some(state) = self.states.remove(&partition) {
            self.words -= rule.extra_words(&state);
        }
    }
}
