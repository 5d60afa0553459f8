//! When each part was asked and how it ended, written down as it happens: also what was under way when
//! the caller left.

use http::StatusCode;
use parking_lot::Mutex;

use super::call::Call;
use super::plan::Plan;
use crate::clock::Clock;
use crate::record::decision::Try;
use crate::record::parts::{PartCall, PartEnd, PartFact};

/// Most calls of one part that are told one by one.
const MOST_TOLD: usize = 50;

/// When each part was asked, and how it ended.
pub struct Lanes {
    clock: Clock,
    started_ns: u64,
    parts: Mutex<Vec<PartFact>>,
}

/// Where a call is written down.
#[derive(Clone, Copy, Debug)]
pub struct Lane {
    part: usize,
    call: Option<usize>,
}

impl Lanes {
    /// All parts, none of them asked yet. `started_ns` is when the request arrived.
    pub fn new(plan: &Plan, clock: &Clock, started_ns: u64) -> Self {
        let parts = plan.parts.iter().map(|part| PartFact {
            name: part.name.clone(),
            service: part.service.name.clone(),
            required: part.required,
            needs: part
                .needs
                .iter()
                .map(|n| plan.parts[*n].name.clone())
                .collect(),
            end: PartEnd::Cancelled,
            reason: Some("it was not asked any more".to_owned()),
            at_us: None,
            took_us: 0,
            asked: 0,
            failed: 0,
            bytes: 0,
            calls: Vec::new(),
        });
        Self {
            clock: clock.clone(),
            started_ns,
            parts: Mutex::new(parts.collect()),
        }
    }

    /// A part begins.
    pub(super) fn begin(&self, part: usize) {
        let at_us = self.elapsed_us();
        let mut parts = self.parts.lock();
        parts[part].at_us = Some(at_us);
        parts[part].reason = Some("it was still being asked".to_owned());
    }

    /// A call of a part is made.
    pub(super) fn call(&self, call: &Call) -> Lane {
        let at_us = self.elapsed_us();
        let mut parts = self.parts.lock();
        let fact = &mut parts[call.part];
        fact.asked += 1;
        let told = fact.calls.len() < MOST_TOLD;
        if told {
            fact.calls.push(PartCall {
                entry: call.entry.and_then(|n| u32::try_from(n).ok()),
                method: call.method.to_string(),
                path: call.target(),
                at_us,
                took_us: None,
                status: None,
                reason: None,
                bytes: 0,
                tries: Vec::new(),
            });
        }
        Lane {
            part: call.part,
            call: told.then(|| fact.calls.len() - 1),
        }
    }

    /// A call has ended.
    pub(super) fn answered(
        &self,
        lane: Lane,
        status: Option<StatusCode>,
        bytes: u64,
        reason: Option<String>,
        tries: Vec<Try>,
    ) {
        let now_us = self.elapsed_us();
        let mut parts = self.parts.lock();
        let fact = &mut parts[lane.part];
        fact.bytes += bytes;
        fact.failed += u32::from(reason.is_some());
        let Some(call) = lane.call.and_then(|n| fact.calls.get_mut(n)) else {
            return;
        };
        call.took_us = Some(now_us.saturating_sub(call.at_us));
        call.status = status.map(|status| status.as_u16());
        call.bytes = bytes;
        call.reason = reason;
        call.tries = tries;
    }

    /// A part has ended.
    pub(super) fn end(&self, part: usize, end: PartEnd, reason: Option<String>) {
        let now_us = self.elapsed_us();
        let mut parts = self.parts.lock();
        let fact = &mut parts[part];
        fact.took_us = fact.at_us.map_or(0, |at| now_us.saturating_sub(at));
        fact.end = end;
        fact.reason = reason;
    }

    /// What is known so far. What is under way has taken until now.
    pub fn facts(&self) -> Vec<PartFact> {
        let now_us = self.elapsed_us();
        let mut facts = self.parts.lock().clone();
        for fact in &mut facts {
            if fact.end == PartEnd::Cancelled
                && let Some(at) = fact.at_us
            {
                fact.took_us = now_us.saturating_sub(at);
            }
            for call in &mut fact.calls {
                if call.took_us.is_none() {
                    call.took_us = Some(now_us.saturating_sub(call.at_us));
                    call.reason = call.reason.take().or(Some("it was let go of".to_owned()));
                }
            }
        }
        facts
    }

    fn elapsed_us(&self) -> u64 {
        self.clock.monotonic_ns().saturating_sub(self.started_ns) / 1_000
    }
}
