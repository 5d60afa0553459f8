//! What a person says of a service's program, above the rule.

use super::managed::Managed;
use crate::clock::Now;

/// What a person has said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Hand {
    /// Nothing: the rule decides.
    #[default]
    Off,
    Stopped,
    Pinned {
        count: u32,
        until_ns: u64,
    },
}

impl Managed {
    /// Starts an instance, as a request does.
    pub fn start_by_hand(&self, now: Now) {
        let mut fleet = self.fleet.lock();
        fleet.hand = Hand::Off;
        fleet.crashes.recovered();
        fleet.scaler.touch(now.monotonic_ns);
        drop(fleet);
        self.wake.notify_one();
    }

    /// Ends all instances. Requests start none until a person says so.
    pub fn stop_by_hand(&self) {
        self.fleet.lock().hand = Hand::Stopped;
        self.wake.notify_one();
    }

    /// Replaces all instances by new ones. Where there may be more than one, the old ones take
    /// requests until new ones do; else requests wait.
    pub fn restart_by_hand(&self, now: Now) {
        let mut fleet = self.fleet.lock();
        for one in &mut fleet.instances {
            one.outdated = true;
        }
        if fleet.hand == Hand::Stopped {
            fleet.hand = Hand::Off;
        }
        fleet.crashes.recovered();
        fleet.scaler.touch(now.monotonic_ns);
        drop(fleet);
        self.wake.notify_one();
    }

    /// Lets so many instances run for a while.
    pub fn scale_by_hand(&self, count: u32, now: Now, for_ns: u64) {
        let mut fleet = self.fleet.lock();
        fleet.hand = Hand::Pinned {
            count,
            until_ns: now.monotonic_ns.saturating_add(for_ns),
        };
        fleet.crashes.recovered();
        drop(fleet);
        self.wake.notify_one();
    }
}
