//! Which instances requests may choose from, and which of the others are still in use.

use std::sync::{Arc, Weak};

use super::fleet::{Around, Fleet};
use super::managed::Managed;
use super::member::Phase;
use crate::gateway::Checks;
use crate::snapshot::Service;
use crate::snapshot::balance::Peer;

/// The sets of instances that requests were given to choose from.
#[derive(Default)]
pub(super) struct Published {
    /// The newest: the settings and the instances. `None` where there are none.
    newest: Option<(Arc<Service>, Vec<u64>)>,
    /// How many there were before it.
    generation: u64,
    /// Those that a request may still have, by the generation they were.
    retired: Vec<(u64, Weak<Service>)>,
    /// Asks the instances of the newest whether they are well.
    checks: Checks,
}

impl Published {
    /// Which set is the newest.
    pub(super) fn generation(&self) -> u64 {
        self.generation
    }

    /// Whether a request may still choose from the set of this generation, or one before it.
    fn is_chosen_from(&self, generation: u64) -> bool {
        let mut retired = self.retired.iter();
        retired.any(|(replaced, _)| *replaced <= generation)
    }
}

impl Managed {
    /// Lets requests choose from the instances that are ready, and from no others.
    pub(super) fn publish(&self, fleet: &mut Fleet, template: &Arc<Service>, around: &Around) {
        let numbers: Vec<_> = fleet
            .instances
            .iter()
            .filter(|one| one.phase == Phase::Ready)
            .map(|one| one.number)
            .collect();
        let same = match &fleet.published.newest {
            Some((settings, before)) => Arc::ptr_eq(settings, template) && *before == numbers,
            None => numbers.is_empty(),
        };
        if same {
            return;
        }
        for one in &mut fleet.instances {
            one.is_checked_as(template);
        }
        let ready: Vec<_> = fleet
            .instances
            .iter()
            .filter(|one| one.phase == Phase::Ready)
            .filter_map(|one| Some((one.port?, &one.ready.as_ref()?.1)))
            .collect();
        let before = self.live.load_full();
        let live = (!ready.is_empty()).then(|| {
            let targets = ready.iter().map(|(port, _)| self.program.target_on(*port));
            let peers = ready.iter().map(|(_, peer)| Peer::clone(peer));
            Arc::new(template.with_instances(targets.collect(), peers.collect(), before.as_deref()))
        });
        let published = &mut fleet.published;
        let checked = live.iter().flat_map(|live| live.checked_targets());
        published
            .checks
            .follow(checked, &around.reach, &around.clock);
        self.live.store(live);
        published.newest = (!numbers.is_empty()).then(|| (template.clone(), numbers));
        if let Some(before) = before {
            let retired = (published.generation, Arc::downgrade(&before));
            published.retired.push(retired);
        }
        published.generation += 1;
        self.changed();
        // Whoever waits looks again, also where there is one again that was refused before.
        self.standing.send_modify(|_| {});
    }
}

impl Fleet {
    /// Ends instances that no request uses any more, nor can begin to.
    pub(super) fn end_drained(&mut self, now_ns: u64) {
        let published = &mut self.published;
        published.retired.retain(|(_, set)| set.strong_count() > 0);
        for one in &mut self.instances {
            let Phase::Draining {
                generation,
                until_ns,
            } = one.phase
            else {
                continue;
            };
            // One that is drained was in the sets up to that generation.
            let in_use = published.is_chosen_from(generation) || one.in_flight() > 0;
            if !in_use || now_ns >= until_ns {
                one.phase = Phase::Stopping;
                one.stop.cancel();
            }
        }
    }
}
