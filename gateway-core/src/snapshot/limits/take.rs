//! One request under all limits it meets: it is counted by all of them or by none.

use std::sync::Arc;

use parking_lot::MutexGuard;

use super::algorithm::{Algorithm, Reading};
use super::concurrency::Running;
use super::counts::{Counts, Shard};
use super::partition::{Partition, PartitionId};
use super::{Counter, Limit};
use crate::clock::Now;
use crate::config::{LimitAlgorithm, LimitMode};
use crate::faults::Stopping;
use crate::record::decision::{ConcurrencyFact, LimitFact, QuotaFact};

/// What becomes of a request that asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asking {
    /// If all limits have room it is counted.
    Take,
    /// The same answer, but nothing is counted.
    Try,
    /// There is no request: how do the limits stand? "After" is the same as "before".
    Look,
}

/// What the limits say.
#[derive(Default)]
pub struct Taken {
    /// Whether no limit that is enforced was without room.
    pub admitted: bool,
    /// Each rate limit, in the order of the question.
    pub limits: Vec<LimitFact>,
    /// Each quota.
    pub quotas: Vec<QuotaFact>,
    /// Each limit on running requests.
    pub concurrency: Vec<ConcurrencyFact>,
    /// The request, as long as it counts as running.
    pub running: Running,
}

/// One partition of one limit, locked.
trait Held {
    fn read(&self) -> Reading;
    /// How it stands after one more request.
    fn count(&mut self, asking: Asking) -> Reading;
    /// A request comes that is not counted.
    fn pass_by(&mut self);
}

struct HeldShard<'a, A: Algorithm> {
    rule: &'a A,
    shard: MutexGuard<'a, Shard<A::State>>,
    partition: PartitionId,
    now: Now,
}

impl<A: Algorithm> Held for HeldShard<'_, A> {
    fn read(&self) -> Reading {
        self.shard.read(self.partition, self.rule, self.now)
    }

    fn count(&mut self, asking: Asking) -> Reading {
        match asking {
            Asking::Take => {
                self.shard.count(self.partition, self.rule, self.now);
                self.read()
            }
            Asking::Try => self.shard.read_ahead(self.partition, self.rule, self.now),
            Asking::Look => self.read(),
        }
    }

    fn pass_by(&mut self) {
        self.shard.pass_by(self.partition, self.rule, self.now);
    }
}

impl Counter {
    fn lock(&self, partition: PartitionId, now: Now) -> Box<dyn Held + '_> {
        fn held<'a, A: Algorithm>(
            rule: &'a A,
            counts: &'a Counts<A::State>,
            partition: PartitionId,
            now: Now,
        ) -> Box<dyn Held + 'a> {
            Box::new(HeldShard {
                rule,
                shard: counts.shard(partition),
                partition,
                now,
            })
        }
        match self {
            Self::TokenBucket(rule, counts) => held(rule, counts, partition, now),
            Self::FixedWindow(rule, counts, _) => held(rule, counts, partition, now),
            Self::SlidingWindow(rule, counts, _) => held(rule, counts, partition, now),
            Self::Quota(rule, counts) => held(rule, counts, partition, now),
            Self::Concurrency(rule, counts) => held(rule, counts, partition, now),
        }
    }

    /// Where its counts are: the same for two limits that share them.
    fn address(&self) -> usize {
        match self {
            Self::TokenBucket(_, counts) => Arc::as_ptr(counts).addr(),
            Self::FixedWindow(_, counts, _) => Arc::as_ptr(counts).addr(),
            Self::SlidingWindow(_, counts, _) => Arc::as_ptr(counts).addr(),
            Self::Quota(_, counts) => Arc::as_ptr(counts).addr(),
            Self::Concurrency(_, counts) => Arc::as_ptr(counts).addr(),
        }
    }

    /// Whether a request is counted that `passes` all limits that are enforced, or does not.
    fn counts(&self, mode: LimitMode, has_room: bool, passes: bool) -> bool {
        match self {
            Self::FixedWindow(_, _, rejected) | Self::SlidingWindow(_, _, rejected) => {
                *rejected || passes && has_room
            }
            Self::TokenBucket(..) => passes && has_room,
            // Over the top, so that it can be seen how many there would have been.
            Self::Quota(..) => passes && (has_room || mode == LimitMode::Shadow),
            Self::Concurrency(..) => passes,
        }
    }
}

/// Asks all limits at once. A request that a limit in force has no room for is counted by none of
/// them, but for those that count refused requests too.
pub fn take(wanted: &[(&Limit, Partition)], now: Now, asking: Asking) -> Taken {
    take_or(wanted, now, asking, |_| false)
}

/// The same, but a request that limits in force have no room for passes where `excuse`, which is given
/// them, says so. Limits without room do not count it, but for those on running requests.
pub fn take_or(
    wanted: &[(&Limit, Partition)],
    now: Now,
    asking: Asking,
    excuse: impl FnOnce(&[Stopping<'_>]) -> bool,
) -> Taken {
    let mut held = lock_all(wanted, now);
    let before: Vec<_> = held.iter().map(|held| held.read()).collect();
    let stops = |limit: &Limit, before: &Reading| before.left == 0 && limit.is_enforced();
    let stopping = wanted.iter().zip(&before);
    let stopping = stopping.filter(|((limit, _), before)| stops(limit, before));
    let stopping: Vec<_> = stopping
        .map(|((limit, partition), _)| Stopping {
            name: &limit.name,
            owner: &limit.owner,
            partition: &partition.text,
        })
        .collect();
    let is_excused = !stopping.is_empty() && asking != Asking::Look && excuse(&stopping);
    let passes = stopping.is_empty() || is_excused;
    let mut taken = Taken {
        admitted: passes,
        ..Taken::default()
    };
    for (((limit, partition), held), before) in wanted.iter().zip(&mut held).zip(before) {
        let counts = limit.counter.counts(limit.mode, before.left > 0, passes);
        let after = match counts {
            true => held.count(asking),
            false => {
                if asking == Asking::Take {
                    held.pass_by();
                }
                before
            }
        };
        if let (true, Asking::Take, Counter::Concurrency(_, running)) =
            (counts, asking, &limit.counter)
        {
            taken.running.counted(running.clone(), partition.id);
        }
        let let_through = is_excused && stops(limit, &before);
        taken.tell(limit, partition, before, after, let_through);
    }
    taken
}

/// Limits are shared between routes, and two requests that meet the same ones lock them in the same
/// order, whatever order their configurations had them in.
fn lock_all<'a>(wanted: &'a [(&Limit, Partition)], now: Now) -> Vec<Box<dyn Held + 'a>> {
    let mut order: Vec<_> = (0..wanted.len()).collect();
    order.sort_unstable_by_key(|index| wanted[*index].0.counter.address());
    let mut held: Vec<_> = order
        .into_iter()
        .map(|index| {
            let (limit, partition) = &wanted[index];
            (index, limit.counter.lock(partition.id, now))
        })
        .collect();
    held.sort_unstable_by_key(|(index, _)| *index);
    held.into_iter().map(|(_, held)| held).collect()
}

impl Limit {
    fn is_enforced(&self) -> bool {
        self.mode == LimitMode::Enforce
    }
}

impl Taken {
    fn tell(
        &mut self,
        limit: &Limit,
        partition: &Partition,
        before: Reading,
        after: Reading,
        let_through: bool,
    ) {
        let name = limit.name.clone();
        let owner = Some(limit.owner.clone());
        let by = limit.by.kind();
        let partition = partition.text.clone();
        let mode = limit.mode;
        let admitted = before.left > 0;
        let ms = |nanos: u64| nanos.div_ceil(1_000_000);
        let (algorithm, requests, per, burst) = match &limit.counter {
            Counter::TokenBucket(rule, _) => (
                LimitAlgorithm::TokenBucket,
                rule.requests,
                rule.per,
                rule.burst,
            ),
            Counter::FixedWindow(rule, ..) => {
                let requests = rule.requests;
                (LimitAlgorithm::FixedWindow, requests, rule.per, requests)
            }
            Counter::SlidingWindow(rule, ..) => {
                let requests = rule.requests;
                (LimitAlgorithm::SlidingWindow, requests, rule.per, requests)
            }
            Counter::Quota(rule, _) => {
                return self.quotas.push(QuotaFact {
                    name,
                    owner,
                    by,
                    partition,
                    mode,
                    requests: rule.requests,
                    per: rule.per,
                    used_before: before.used,
                    used_after: after.used,
                    admitted,
                    let_through,
                    resets_at_us: after.resets_at_us,
                    time_zone: rule.zone.name().to_owned(),
                    retry_after_ms: ms(after.wait_ns),
                });
            }
            Counter::Concurrency(rule, _) => {
                return self.concurrency.push(ConcurrencyFact {
                    name,
                    owner,
                    by,
                    partition,
                    mode,
                    requests: rule.requests,
                    running_before: before.used,
                    admitted,
                    let_through,
                });
            }
        };
        self.limits.push(LimitFact {
            name,
            owner,
            by,
            partition,
            algorithm,
            mode,
            requests,
            per,
            burst,
            remaining_before: before.left,
            remaining_after: after.left,
            admitted,
            let_through,
            retry_after_ms: ms(after.wait_ns),
            full_after_ms: ms(after.rest_ns),
        });
    }
}
