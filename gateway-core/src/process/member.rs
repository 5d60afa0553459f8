//! One instance, as its service sees it: what it does, and when it may end.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::state::{InstanceState, InstanceStatus};
use super::usage::Usage;
use crate::clock::Now;
use crate::snapshot::Service;
use crate::snapshot::balance::Peer;
use crate::snapshot::health::checked::Checked;

/// An instance that was started, and has not ended yet.
pub(super) struct Instance {
    pub(super) number: u64,
    pub(super) phase: Phase,
    pub(super) port: Option<u16>,
    pub(super) pid: Option<u32>,
    pub(super) started: Now,
    pub(super) ready: Option<(Now, Peer)>,
    /// It is to be replaced by another one.
    pub(super) outdated: bool,
    pub(super) stop: CancellationToken,
    pub(super) usage: Option<Usage>,
}

/// What an instance does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Starting,
    Ready,
    /// Since when, by [`Published::generation`](super::published::Published::generation), and until when at most.
    Draining {
        generation: u64,
        until_ns: u64,
    },
    Stopping,
}

impl Instance {
    /// One that is about to be started.
    pub(super) fn new(number: u64, now: Now, stop: CancellationToken) -> Self {
        Self {
            number,
            phase: Phase::Starting,
            port: None,
            pid: None,
            started: now,
            ready: None,
            outdated: false,
            stop,
            usage: None,
        }
    }

    /// Requests whose answer has not ended.
    pub(super) fn in_flight(&self) -> u64 {
        let load = self.ready.as_ref().map(|(_, peer)| peer.load.in_flight());
        load.unwrap_or(0)
    }

    /// Lets it be checked as the service says. What is known of it stays where that is the same.
    pub(super) fn is_checked_as(&mut self, service: &Service) {
        let Some((_, peer)) = &mut self.ready else {
            return;
        };
        let like = service.balancer.peers.first();
        let rule = like.and_then(|like| Some(&like.checked.as_ref()?.rule));
        if peer.checked.as_ref().map(|checked| &checked.rule) != rule {
            let changes = &service.balancer.changes;
            peer.checked = rule.map(|rule| Arc::new(Checked::new(rule.clone(), changes.clone())));
        }
    }

    /// Its number and why, where it takes requests and the checks say that it should not.
    pub(super) fn unwell(&self) -> Option<(u64, String)> {
        let checked = self.ready.as_ref()?.1.checked.as_ref()?;
        let unwell = self.phase == Phase::Ready && !checked.is_healthy();
        unwell.then(|| (self.number, checked.why()))
    }

    /// How it is, for people.
    pub(super) fn state(&self) -> InstanceState {
        let load = self.ready.as_ref().map(|(_, peer)| &peer.load);
        InstanceState {
            number: self.number,
            status: match self.phase {
                Phase::Starting => InstanceStatus::Starting,
                Phase::Ready => InstanceStatus::Ready,
                Phase::Draining { .. } => InstanceStatus::Draining,
                Phase::Stopping => InstanceStatus::Stopping,
            },
            port: self.port,
            pid: self.usage.as_ref().and_then(|usage| usage.pid).or(self.pid),
            started_at_us: self.started.epoch_us,
            ready_after_ms: self.ready.as_ref().map(|(ready, _)| {
                ready.monotonic_ns.saturating_sub(self.started.monotonic_ns) / 1_000_000
            }),
            in_flight: self.in_flight(),
            requests: load.map_or(0, |load| load.requests()),
            cpu_percent: self.usage.as_ref().map(|usage| usage.cpu_percent),
            memory_bytes: self.usage.as_ref().map(|usage| usage.memory_bytes),
            processes: self.usage.as_ref().map(|usage| usage.processes),
        }
    }
}
