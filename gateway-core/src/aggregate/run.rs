//! Asks for the parts: at the same time, but for those that need another's answer, and no longer than
//! they and the whole may take.
//!
//! All of it is one future. Whoever lets go of it, as when the caller leaves, lets go of every request
//! that is under way.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::OnceLock;
use std::sync::atomic::AtomicU64;
use std::task::Poll;
use std::time::Duration;

use serde_json::Value;

use super::ask::{Ask, Room};
use super::call::{Known, call};
use super::lanes::Lanes;
use super::merge::{Failed, Outcome, Why};
use super::plan::Plan;
use super::reference::Input;
use super::reply::taken;
use crate::clock::Clock;
use crate::record::parts::PartEnd;

/// Asks for all parts. `started_ns` is when the request arrived. What comes of each is told in the order
/// of the plan; once the answer is decided, what could not change it is let go of.
pub async fn run<A: Ask>(
    plan: &Plan,
    input: &Input,
    ask: &A,
    clock: &Clock,
    lanes: &Lanes,
    started_ns: u64,
) -> Vec<Outcome> {
    let running = Running {
        plan,
        input,
        ask,
        clock,
        lanes,
        deadline_ns: started_ns.saturating_add(nanos(plan.deadline)),
        bytes: AtomicU64::new(0),
        outcomes: plan.parts.iter().map(|_| OnceLock::new()).collect(),
    };
    running.all().await;
    let outcomes = running.outcomes.into_iter();
    outcomes
        .map(|outcome| outcome.into_inner().unwrap_or(Outcome::LetGo))
        .collect()
}

pub(super) struct Running<'r, A> {
    pub(super) plan: &'r Plan,
    pub(super) input: &'r Input,
    ask: &'r A,
    clock: &'r Clock,
    lanes: &'r Lanes,
    /// When all of it has to be there, on the clock's monotonic scale.
    deadline_ns: u64,
    /// Read so far of all parts.
    bytes: AtomicU64,
    /// What came of each part, once something did.
    pub(super) outcomes: Vec<OnceLock<Outcome>>,
}

/// A part that is being asked.
type Asked<'f> = Option<Pin<Box<dyn Future<Output = Outcome> + Send + 'f>>>;

impl<A: Ask> Running<'_, A> {
    /// Starts each part once what it needs is there.
    async fn all(&self) {
        let mut waiting: Vec<usize> = self.plan.order.clone();
        let mut asked: Vec<Asked<'_>> = self.plan.parts.iter().map(|_| None).collect();
        loop {
            waiting.retain(|index| {
                let needs = &self.plan.parts[*index].needs;
                let ready = needs
                    .iter()
                    .all(|need| self.outcomes[*need].get().is_some());
                if ready {
                    asked[*index] = Some(Box::pin(self.part(*index)));
                }
                !ready
            });
            if asked.iter().all(Option::is_none) {
                return;
            }
            let (index, outcome) = poll_fn(|context| {
                for index in &self.plan.order {
                    if let Some(part) = &mut asked[*index]
                        && let Poll::Ready(outcome) = part.as_mut().poll(context)
                    {
                        return Poll::Ready((*index, outcome));
                    }
                }
                Poll::Pending
            })
            .await;
            asked[index] = None;
            self.lanes.end(index, outcome.end(), outcome.reason());
            let too_long =
                matches!(&outcome, Outcome::Failed(failed) if failed.why == Why::WholeTooLong);
            let fatal = outcome.is_missing() && self.plan.parts[index].required;
            self.outcomes[index].get_or_init(|| outcome);
            if too_long {
                return;
            }
            if fatal {
                // Only a part that comes before this one could still decide otherwise, so that what
                // decides never depends on which answer comes first.
                let place = |wanted: usize| self.plan.order.iter().position(|one| *one == wanted);
                let later = |one: usize| place(one) > place(index);
                waiting.retain(|one| !later(*one));
                for (one, part) in asked.iter_mut().enumerate() {
                    if later(one) {
                        *part = None;
                    }
                }
            }
        }
    }

    async fn part(&self, index: usize) -> Outcome {
        let part = &self.plan.parts[index];
        self.lanes.begin(index);
        let end_ns = self
            .clock
            .monotonic_ns()
            .saturating_add(nanos(part.timeout));
        let end = match end_ns > self.deadline_ns {
            true => End {
                at_ns: self.deadline_ns,
                setting: format!("`deadline_ms` of {} ms", self.plan.deadline.as_millis()),
            },
            false => End {
                at_ns: end_ns,
                setting: format!("`timeout_ms` of {} ms", part.timeout.as_millis()),
            },
        };
        let outcome = match &part.for_each {
            None => self.one(index, None, &end).await,
            Some(list) => self.each(index, list, &end).await,
        };
        match outcome {
            Outcome::There { value, .. } if part.must_be_object && !value.is_object() => {
                Outcome::Failed(Failed {
                    why: Why::Unusable,
                    reason: "its answer is no object, and others stand in the same place"
                        .to_owned(),
                    reply: None,
                })
            }
            other => other,
        }
    }

    /// Asks once.
    pub(super) async fn one(
        &self,
        index: usize,
        entry: Option<(usize, &Value)>,
        end: &End,
    ) -> Outcome {
        let part = &self.plan.parts[index];
        let known = Known {
            plan: self.plan,
            outcomes: &self.outcomes,
            item: entry.map(|(_, item)| item),
            input: self.input,
        };
        let call = match call(index, part, entry.map(|(n, _)| n), &known) {
            Ok(call) => call,
            Err(missing) => return Outcome::Skipped(missing),
        };
        let lane = self.lanes.call(&call);
        let mut tries = Vec::new();
        let room = Room::new(part.max_bytes, &self.bytes, self.plan.max_bytes);
        let reply = {
            let late = self.clock.sleep_until(end.at_ns);
            let asking = self.ask.ask(call, &room, &mut tries);
            tokio::select! {
                biased;
                reply = asking => Some(reply),
                () = late => None,
            }
        };
        let status = match &reply {
            Some(Ok(reply)) => Some(reply.status),
            _ => None,
        };
        let outcome = match reply {
            None => Outcome::Failed(end.late()),
            Some(Ok(reply)) => taken(part, reply),
            Some(Err(why)) => Outcome::Failed(Failed::of(why, part.max_bytes, self.plan.max_bytes)),
        };
        self.lanes
            .answered(lane, status, room.taken(), outcome.reason(), tries);
        outcome
    }
}

/// When a part has to be there, and what says so.
pub(super) struct End {
    at_ns: u64,
    setting: String,
}

impl End {
    fn late(&self) -> Failed {
        Failed {
            why: Why::Late,
            reason: format!("no answer within its {}", self.setting),
            reply: None,
        }
    }
}

impl Outcome {
    /// How its lane ends.
    pub(super) fn end(&self) -> PartEnd {
        match self {
            Self::There { .. } => PartEnd::Ok,
            Self::Failed(failed) if failed.why == Why::Late => PartEnd::TimedOut,
            Self::Failed(_) => PartEnd::Failed,
            Self::Partly { .. } => PartEnd::Partly,
            Self::Skipped(_) => PartEnd::Skipped,
            Self::LetGo => PartEnd::Cancelled,
        }
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
