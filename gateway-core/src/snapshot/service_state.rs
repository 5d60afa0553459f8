//! How a service is, for people: which targets are used and why, and what its breaker does.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Service;
use super::balance::Peer;
use super::health::ejection::Standing;
use crate::clock::Now;
use crate::ids::ServiceName;

/// How a service is at this moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ServiceState {
    /// The service.
    pub service: ServiceName,
    /// Its targets, in the order of the configuration.
    pub targets: Vec<TargetState>,
    /// Whether so few targets are healthy that health is not trusted and all of them are used
    /// (`health.panic_percent`).
    pub panic: bool,
    /// Its breaker. Absent where it has none.
    pub breaker: Option<BreakerState>,
    /// Requests whose answer has not ended.
    pub running: u64,
    /// Retries granted since Gatewright started.
    pub retries_granted: u64,
    /// Retries refused since Gatewright started, since the budget was used up.
    pub retries_refused: u64,
    /// Requests that wait for a target to listen again (`hold_ms`).
    pub waiting: u64,
    /// Requests that had to wait so, since Gatewright started.
    pub held: u64,
}

/// How a target is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TargetState {
    /// Its URL.
    pub url: String,
    /// Its share of the requests.
    pub weight: u16,
    /// Whether it is used.
    pub health: TargetHealth,
    /// Why it is not, in one sentence.
    pub reason: Option<String>,
    /// Until when it is left out, microseconds since 1970, where that is known.
    pub ejected_until_us: Option<i64>,
    /// The last check of it. Absent before the first, and where there are none.
    pub last_check: Option<CheckResult>,
    /// Requests whose answer has not ended.
    pub in_flight: u64,
    /// Requests in a row that failed, where requests are learned from.
    pub consecutive_failures: u32,
    /// Requests sent to it since Gatewright started.
    pub requests: u64,
    /// How many of those got no whole answer, or one with a status that counts as a failure.
    pub failures: u64,
}

/// Whether a target is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TargetHealth {
    /// It is, as far as anyone knows.
    Healthy,
    /// Its checks fail.
    Unhealthy,
    /// Requests failed; it is left out for a while.
    Ejected,
    /// It was left out long enough: the next request finds out whether it has recovered, or one does
    /// just now.
    Probing,
}

/// One check of a target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CheckResult {
    /// When it began, microseconds since 1970.
    pub at_us: i64,
    /// Whether the target was well.
    pub good: bool,
    /// Status of the answer, where there was one.
    pub status: Option<u16>,
    /// What went wrong, where something did.
    pub error: Option<String>,
    /// How long it took, in microseconds.
    pub took_us: u64,
}

/// How a breaker stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BreakerState {
    /// Whether requests pass.
    pub status: BreakerStatus,
    /// Until when it is open, microseconds since 1970.
    pub open_until_us: Option<i64>,
    /// Requests in the window.
    pub requests: u32,
    /// How many of them failed: no whole answer, or a status of 500 and above.
    pub failures: u32,
    /// Requests it stopped since Gatewright started.
    pub refused: u64,
}

/// Whether a breaker lets requests pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BreakerStatus {
    /// It does.
    Closed,
    /// It does not.
    Open,
    /// It lets a few through, to find out whether the service has recovered.
    HalfOpen,
}

impl Service {
    /// How it is.
    pub fn state(&self, now: Now) -> ServiceState {
        let live = self.managed.as_ref().map(|managed| managed.shared.live());
        match live {
            Some(Some(live)) => return live.state(now),
            // Its program does not run: there is nothing at the target, and nothing wrong with it.
            Some(None) => {
                let mut state = self.own_state(now);
                state.targets.clear();
                state.panic = false;
                return state;
            }
            None => {}
        }
        self.own_state(now)
    }

    fn own_state(&self, now: Now) -> ServiceState {
        let balancer = &self.balancer;
        let (retries_granted, retries_refused) = balancer.budget.retries();
        let (waiting, held) = balancer.budget.waits();
        ServiceState {
            service: self.name.clone(),
            targets: balancer.peers.iter().map(|peer| peer.state(now)).collect(),
            panic: balancer.panics(now.monotonic_ns),
            breaker: balancer.breaker.as_ref().map(|breaker| breaker.state(now)),
            running: balancer.budget.running(),
            retries_granted,
            retries_refused,
            waiting,
            held,
        }
    }
}

impl Peer {
    fn state(&self, now: Now) -> TargetState {
        let standing = self
            .ejection
            .as_ref()
            .map_or(Standing::In, |ejection| ejection.standing(now.monotonic_ns));
        let probed = self.ejection.as_ref().is_some_and(|e| e.is_probed());
        let checked_out = self
            .checked
            .as_ref()
            .is_some_and(|checked| !checked.is_healthy());
        let (health, until_ns) = match (checked_out, standing) {
            (true, _) => (TargetHealth::Unhealthy, None),
            (false, Standing::In) => (TargetHealth::Healthy, None),
            (false, Standing::Due) => (TargetHealth::Probing, None),
            (false, Standing::Out { .. }) if probed => (TargetHealth::Probing, None),
            (false, Standing::Out { until_ns, .. }) => (TargetHealth::Ejected, Some(until_ns)),
        };
        TargetState {
            url: self.url.clone(),
            weight: self.weight,
            health,
            reason: match health {
                TargetHealth::Healthy => None,
                TargetHealth::Unhealthy | TargetHealth::Ejected | TargetHealth::Probing => {
                    Some(self.why_out(now.monotonic_ns).0)
                }
            },
            ejected_until_us: until_ns.map(|ns| now.epoch_us_at(ns)),
            last_check: self.checked.as_ref().and_then(|checked| checked.last()),
            in_flight: self.load.in_flight(),
            consecutive_failures: self.ejection.as_ref().map_or(0, |e| e.failures()),
            requests: self.load.requests(),
            failures: self.load.failures(),
        }
    }
}
