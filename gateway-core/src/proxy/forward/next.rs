//! What is done after a failure: whether the request is tried again, waits for a target to listen, or is
//! given up (LB-3).

use super::Course;
use super::repeatable::Repeatable;
use crate::proxy::attempt::Failed;
use crate::proxy::error::{ErrorCode, ProxyError};
use crate::proxy::replay::MOST_KEPT;
use crate::record::decision::Try;
use crate::snapshot::budget::Place;

/// First pause before a target that did not listen is tried again; twice as long each time,
const FIRST_PAUSE_NS: u64 = 10_000_000;
/// up to this.
const LONGEST_PAUSE_NS: u64 = 250_000_000;

/// What is done after a failure.
pub(super) enum Next {
    Retry,
    Hold,
    GiveUp,
}

/// A request that waits for a target to listen.
pub(super) struct Holding {
    pub(super) since_ns: u64,
    until_ns: u64,
    pause_ns: u64,
    /// How many tries there were before.
    tries: usize,
    _place: Place,
}

impl Course<'_> {
    /// Whether an answer is thrown away for another try.
    pub(super) fn is_retried(
        &mut self,
        status: u16,
        outgoing: &Repeatable,
        tries: &mut [Try],
    ) -> bool {
        if !self.service.retries.statuses.contains(&status) || !self.may_retry(false, outgoing) {
            return false;
        }
        if let Some(last) = tries.last_mut() {
            last.reason = Some(format!(
                "status {status} is tried again (`retries.statuses`)"
            ));
        }
        self.because = Some(format!("retry after status {status}"));
        true
    }

    pub(super) fn next(&mut self, failed: &Failed, outgoing: &Repeatable) -> Next {
        let code = match &failed.error {
            ProxyError::Upstream(code, _) => *code,
            // The caller's fault, or the gateway's own answer.
            _ => return Next::GiveUp,
        };
        let late = self.deadline().is_some_and(|(at, _)| self.now_ns() >= at);
        if late || code == ErrorCode::UpstreamForbidden {
            return Next::GiveUp;
        }
        let may_hold = code == ErrorCode::UpstreamRefused && !self.service.hold.is_zero();
        let peers = &self.service.balancer.peers;
        let others = (0..peers.len()).any(|n| peers[n].weight > 0 && !self.tried.contains(&n));
        if may_hold && (self.holding.is_some() || !others) {
            return Next::Hold;
        }
        if code == ErrorCode::UpstreamTimeout && !others {
            // It would only take twice as long, and give a slow service twice the work.
            self.not_retried = Some("there is no other target".to_owned());
            return Next::GiveUp;
        }
        match self.may_retry(failed.unread, outgoing) {
            true => Next::Retry,
            false if may_hold => Next::Hold,
            false => Next::GiveUp,
        }
    }

    /// Whether the request is tried again; takes that from what is left if so. `unread` says that
    /// the target cannot have read any of it.
    fn may_retry(&mut self, unread: bool, outgoing: &Repeatable) -> bool {
        let rule = &self.service.retries;
        let why_not = if self.retries == 0 {
            return false;
        } else if self.retries_left == 0 {
            let times = match self.retries {
                1 => "once".to_owned(),
                n => format!("{n} times"),
            };
            format!("it was tried again {times} already")
        } else if !unread && !outgoing.method.is_idempotent() {
            format!(
                "a {} that may have been read is not repeated",
                outgoing.method
            )
        } else if !outgoing.body.is_whole() {
            format!("its body is longer than the {MOST_KEPT} bytes that are kept for that")
        } else if let Some(place) = self.service.balancer.budget.retry(rule.budget_percent) {
            self.retrying = Some(place);
            self.retries_left -= 1;
            return true;
        } else {
            "the service's retry budget is used up".to_owned()
        };
        self.not_retried = Some(why_not);
        false
    }

    /// Until when the request waits before the next try, if it may wait at all. What is tried while
    /// it waits is not told try by try.
    pub(super) fn hold(&mut self, tries: &mut Vec<Try>) -> Option<u64> {
        let now_ns = self.now_ns();
        let hold_ns = u64::try_from(self.service.hold.as_nanos()).unwrap_or(u64::MAX);
        if hold_ns == 0 {
            return None;
        }
        let deadline_ns = self.deadline().map_or(u64::MAX, |(at, _)| at);
        let holding = match &mut self.holding {
            Some(holding) => holding,
            none => {
                let Some(place) = self.service.balancer.budget.wait() else {
                    self.not_retried = Some("too many requests wait already".to_owned());
                    return None;
                };
                none.insert(Holding {
                    since_ns: now_ns,
                    until_ns: now_ns.saturating_add(hold_ns).min(deadline_ns),
                    pause_ns: FIRST_PAUSE_NS,
                    tries: tries.len(),
                    _place: place,
                })
            }
        };
        if now_ns >= holding.until_ns {
            return None;
        }
        tries.truncate(holding.tries);
        let until_ns = holding.until_ns.min(now_ns + holding.pause_ns);
        holding.pause_ns = (holding.pause_ns * 2).min(LONGEST_PAUSE_NS);
        self.tried.clear();
        Some(until_ns)
    }
}
