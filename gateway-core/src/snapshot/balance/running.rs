//! One request at one target, from the choice to the end of the answer.

use std::sync::Arc;

use super::Peer;
use super::load::Load;
use crate::snapshot::health::ejection::Ejection;

/// Counts a request as running at its target until it is dropped, and tells the target's health how
/// it ended. Dropped without a word, as when the caller leaves, it says nothing of the target.
pub struct Running {
    load: Arc<Load>,
    ejection: Option<Arc<Ejection>>,
    /// It is the one request that finds out whether a target has recovered.
    probe: bool,
    told: bool,
}

impl Running {
    pub(super) fn begin(peer: &Peer, probe: bool) -> Self {
        peer.load.begin();
        Self {
            load: peer.load.clone(),
            ejection: peer.ejection.clone(),
            probe,
            told: false,
        }
    }

    /// The head of an answer came. A status that counts as a failure decides; for a probe any does,
    /// since the body may take for ever.
    pub fn answered(&mut self, status: u16, now_ns: u64) {
        let failure = match &self.ejection {
            Some(ejection) => ejection.rule.statuses.contains(&status),
            None => false,
        };
        if failure {
            self.failed(&format!("status {status}"), now_ns);
        } else if self.probe {
            self.succeeded(now_ns);
        }
    }

    /// The answer ended as it should.
    pub fn succeeded(&mut self, now_ns: u64) {
        if !std::mem::replace(&mut self.told, true)
            && let Some(ejection) = &self.ejection
        {
            ejection.succeeded(self.probe, now_ns);
        }
    }

    /// There was no answer, or it broke off.
    pub fn failed(&mut self, why: &str, now_ns: u64) {
        if std::mem::replace(&mut self.told, true) {
            return;
        }
        self.load.fail();
        if let Some(ejection) = &self.ejection {
            ejection.failed(self.probe, why, now_ns);
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.load.end();
        if self.probe
            && !self.told
            && let Some(ejection) = &self.ejection
        {
            ejection.probe_abandoned();
        }
    }
}
