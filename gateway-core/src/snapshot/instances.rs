//! A service whose targets are the instances of its program.

use std::sync::Arc;

use super::balance::Peer;
use super::health::checked::Checked;
use super::health::ejection::Ejection;
use super::{Service, Target};

impl Service {
    /// Its targets that are checked, and what the checks say of them.
    pub(crate) fn checked_targets(&self) -> impl Iterator<Item = (&Target, &Arc<Checked>)> {
        let peers = self.targets.iter().zip(&self.balancer.peers);
        peers.filter_map(|(target, peer)| Some((target, peer.checked.as_ref()?)))
    }

    /// The same service with instances that the gateway runs as its targets; `peers` in the same
    /// order. What requests have said of an instance is taken over from `before`.
    pub(crate) fn with_instances(
        &self,
        targets: Vec<Target>,
        mut peers: Vec<Peer>,
        before: Option<&Self>,
    ) -> Self {
        let Self {
            name,
            targets: _,
            connect_timeout,
            first_byte_timeout,
            idle_timeout,
            total_timeout,
            hold,
            retries,
            balancer,
            managed: _,
        } = self;
        let rule = balancer
            .peers
            .first()
            .and_then(|peer| peer.ejection.as_ref());
        for peer in &mut peers {
            peer.ejection = rule.map(|like| {
                let before = before.and_then(|before| {
                    let mut peers = before.balancer.peers.iter();
                    let same = |old: &&Peer| Arc::ptr_eq(&old.load, &peer.load);
                    peers.find(same)?.ejection.clone()
                });
                before
                    .filter(|kept| kept.rule == like.rule)
                    .unwrap_or_else(|| {
                        let changes = balancer.changes.clone();
                        Arc::new(Ejection::new(like.rule.clone(), changes))
                    })
            });
        }
        Self {
            name: name.clone(),
            targets,
            connect_timeout: *connect_timeout,
            first_byte_timeout: *first_byte_timeout,
            idle_timeout: *idle_timeout,
            total_timeout: *total_timeout,
            hold: *hold,
            retries: retries.clone(),
            balancer: balancer.with_peers(peers),
            managed: None,
        }
    }
}
