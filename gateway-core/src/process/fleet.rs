//! The instances of one service: how many there should be, and what is done about it.
//!
//! Everything happens in [`Managed::step`], which a task calls whenever something may have changed:
//! a request waits, an instance got ready or ended, a person said something, or time has passed.

use std::collections::VecDeque;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;

use super::approvals::Approvals;
use super::crashes::{Crash, Crashes};
use super::hand::Hand;
use super::instance::{Run, run};
use super::managed::{Managed, Rules};
use super::member::{Instance, Phase};
use super::output::{Output, OutputStream};
use super::published::Published;
use super::scaler::Scaler;
use super::state::{ScaleDecision, ScaleSample};
use super::usage::Usage;
use crate::clock::{Clock, Now};
use crate::gateway::Reach;
use crate::snapshot::Service;
use crate::snapshot::balance::Peer;

/// How often a service is looked at while it has instances or requests.
const TICK_NS: u64 = 100_000_000;
/// A person's stop lets requests run on for this long, and so does one who is not well.
const SHORT_DRAIN_NS: u64 = 10_000_000_000;
/// Lines of standard error that are shown of a crash (PR-4).
const LAST_LINES: usize = 20;

/// What instances need.
#[derive(Clone)]
pub(crate) struct Around {
    pub(crate) clock: Clock,
    pub(crate) reach: Reach,
    pub(crate) output: Arc<Output>,
    pub(crate) approvals: Arc<Approvals>,
    pub(crate) supervisor: Option<std::path::PathBuf>,
    pub(crate) ports: Ports,
}

/// Ports of all instances there are.
pub(crate) type Ports = Arc<Mutex<std::collections::HashSet<u16>>>;

/// The instances of a service, and what a person has said of them.
#[derive(Default)]
pub(super) struct Fleet {
    pub(super) runs: bool,
    pub(super) instances: Vec<Instance>,
    pub(super) last_number: u64,
    pub(super) hand: Hand,
    pub(super) scaler: Scaler,
    pub(super) crashes: Crashes,
    pub(super) wanted: u32,
    pub(super) published: Published,
    pub(super) newest_start_ms: Option<u64>,
    pub(super) decisions: VecDeque<ScaleDecision>,
    pub(super) history: VecDeque<ScaleSample>,
    pub(super) sampled_ns: Option<u64>,
}

/// What an instance tells.
pub(super) enum Told {
    Port(u16),
    Pid(u32),
    Ready,
    /// It has ended. With a reason where nobody had asked it to.
    Ended(Option<String>),
}

impl Fleet {
    /// How long the instance that got ready last took for that.
    pub(super) fn newest_start_ms(&self) -> Option<u64> {
        self.newest_start_ms
    }

    /// Those that requests may choose from.
    pub(super) fn ready(&self) -> u32 {
        count(&self.instances, |one| one.phase == Phase::Ready)
    }

    /// Those that are meant to stay.
    fn staying(&self) -> u32 {
        count(&self.instances, |one| {
            matches!(one.phase, Phase::Starting | Phase::Ready) && !one.outdated
        })
    }

    fn drain(&mut self, number: u64, until_ns: u64) {
        let generation = self.published.generation();
        if let Some(one) = self.instances.iter_mut().find(|one| one.number == number) {
            match one.phase {
                Phase::Starting => {
                    one.phase = Phase::Stopping;
                    one.stop.cancel();
                }
                Phase::Ready => {
                    one.phase = Phase::Draining {
                        generation,
                        until_ns,
                    }
                }
                Phase::Draining { .. } | Phase::Stopping => {}
            }
        }
    }
}

fn count(instances: &[Instance], which: impl Fn(&Instance) -> bool) -> u32 {
    let n = instances.iter().filter(|one| which(one)).count();
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// Runs the program of a service until its task is ended by [`Managed::close`].
pub(crate) async fn keep(
    managed: Arc<Managed>,
    template: Arc<Mutex<Arc<Service>>>,
    around: Around,
) {
    loop {
        let now_template = template.lock().clone();
        let next_ns = managed.clone().step(&now_template, &around);
        drop(now_template);
        let Some(next_ns) = next_ns else {
            managed.wake.notified().await;
            continue;
        };
        if next_ns == 0 {
            return;
        }
        tokio::select! {
            () = managed.wake.notified() => {}
            () = around.clock.sleep_until(next_ns) => {}
        }
    }
}

impl Managed {
    /// Lets all instances end; the task of [`keep`] ends after them. Requests that run are waited
    /// for, at most ten seconds.
    pub(crate) fn close(&self) {
        self.fleet.lock().runs = false;
        self.wake.notify_one();
    }

    /// Lets instances be started: its task is about to run. Where it takes the place of another
    /// program, its instances are numbered on from there, so that no two write under one number.
    pub(crate) fn open(&self, replaced: Option<&Self>) {
        let number = replaced.map_or(0, |other| other.fleet.lock().last_number);
        let mut fleet = self.fleet.lock();
        fleet.runs = true;
        fleet.last_number = fleet.last_number.max(number);
    }

    /// Lets the task look, since something may have changed.
    pub(crate) fn look(&self) {
        self.wake.notify_one();
    }

    /// Looks at everything, and does what follows. When to look again, on the clock's monotonic
    /// scale; `None`: only when woken; 0: never.
    fn step(self: Arc<Self>, template: &Arc<Service>, around: &Around) -> Option<u64> {
        let rules = &template.managed.as_ref()?.rules;
        let now = around.clock.now();
        let now_ns = now.monotonic_ns;
        let mut fleet = self.fleet.lock();
        let in_flight = template.balancer.budget.running() + self.held();
        fleet.scaler.record(now_ns, in_flight, rules.stable_ns);
        fleet.note_health(now_ns);
        self.give_up_unwell(&mut fleet, now, around);
        let approved = around.approvals.is_approved(&self.program.fingerprint());
        let advice = fleet.advise(now, approved, rules);
        if fleet.decide(now, in_flight, &advice) {
            tracing::info!(
                service = %self.service, wanted = advice.wanted, in_flight,
                stable = advice.stable, panic = advice.panic, because = advice.because,
                "instances of a service"
            );
            let text = format!("{} instance(s) wanted: {}", advice.wanted, advice.because);
            around
                .output
                .of(&self.service)
                .add(0, OutputStream::Gatewright, text);
            self.changed();
        }
        let pause = self.fit(&mut fleet, now, rules, around);
        self.publish(&mut fleet, template, around);
        fleet.end_drained(now_ns);
        if fleet.sample(now, in_flight) {
            self.changed();
        }
        self.tell_standing(fleet.standing(now_ns, approved));
        if !fleet.runs && fleet.instances.is_empty() {
            return Some(0);
        }
        match fleet.instances.is_empty() && in_flight == 0 && pause.is_none() {
            true => {
                // A burst after a rest is not averaged with the rest.
                if fleet.wanted == 0 {
                    fleet.scaler.rest();
                }
                match fleet.hand {
                    Hand::Pinned { until_ns, .. } => Some(until_ns.max(1)),
                    Hand::Off | Hand::Stopped => None,
                }
            }
            false => Some(now_ns + TICK_NS),
        }
    }

    /// Starts and ends instances. Until when it must not start one that is wanted.
    fn fit(
        self: &Arc<Self>,
        fleet: &mut Fleet,
        now: Now,
        rules: &Rules,
        around: &Around,
    ) -> Option<u64> {
        let now_ns = now.monotonic_ns;
        let wanted = fleet.wanted;
        // One that is on its way out and still well is as good as a new one.
        for n in 0..fleet.instances.len() {
            if fleet.staying() >= wanted {
                break;
            }
            let one = &mut fleet.instances[n];
            if !one.outdated && matches!(one.phase, Phase::Draining { .. }) {
                one.phase = Phase::Ready;
            }
        }
        let mut pause = None;
        if fleet.staying() < wanted {
            if fleet.crashes.may_start_at_ns() > now_ns {
                pause = Some(fleet.crashes.may_start_at_ns());
            } else {
                let missing = wanted - fleet.staying();
                // After a crash one is tried first.
                let most = if fleet.crashes.recent() > 0 {
                    1
                } else {
                    missing
                };
                let starting = count(&fleet.instances, |one| one.phase == Phase::Starting);
                let starts = match fleet.crashes.recent() > 0 && starting > 0 {
                    true => 0,
                    false => missing.min(most),
                };
                for _ in 0..starts {
                    self.start_one(fleet, now, rules, around);
                }
            }
        }
        let by_hand = fleet.hand == Hand::Stopped || !fleet.runs;
        let until_ns = match by_hand {
            true => now_ns.saturating_add(SHORT_DRAIN_NS),
            false => u64::MAX,
        };
        let mut excess = fleet.staying().saturating_sub(wanted);
        // Those that are not ready yet first, then the youngest.
        let mut order: Vec<_> = fleet
            .instances
            .iter()
            .filter(|one| !one.outdated)
            .map(|one| (one.phase == Phase::Ready, std::cmp::Reverse(one.number)))
            .collect();
        order.sort_unstable();
        for (_, std::cmp::Reverse(number)) in order {
            if excess == 0 {
                break;
            }
            let phase = fleet.instances.iter().find(|one| one.number == number);
            if phase.is_some_and(|one| matches!(one.phase, Phase::Starting | Phase::Ready)) {
                fleet.drain(number, until_ns);
                excess -= 1;
            }
        }
        // Replaced ones go when others do their work, or at once where there may be only one.
        let fresh = count(&fleet.instances, |one| {
            one.phase == Phase::Ready && !one.outdated
        });
        let replaced = rules.max == 1 || wanted == 0 || fresh >= wanted;
        let outdated: Vec<_> = fleet
            .instances
            .iter()
            .filter(|one| one.outdated && (replaced || one.phase == Phase::Starting))
            .map(|one| one.number)
            .collect();
        for number in outdated {
            fleet.drain(number, until_ns);
        }
        pause
    }

    fn start_one(self: &Arc<Self>, fleet: &mut Fleet, now: Now, rules: &Rules, around: &Around) {
        fleet.last_number += 1;
        let number = fleet.last_number;
        let stop = CancellationToken::new();
        fleet
            .instances
            .push(Instance::new(number, now, stop.clone()));
        self.changed();
        let run_one = Run {
            managed: self.clone(),
            number,
            rules: rules.clone(),
            around: around.clone(),
            stop,
        };
        tokio::spawn(run(run_one));
    }

    /// Takes instances that fail the service's health checks from the requests. Others are started for
    /// them, with pauses, as if they had ended by themselves.
    fn give_up_unwell(&self, fleet: &mut Fleet, now: Now, around: &Around) {
        let until_ns = now.monotonic_ns.saturating_add(SHORT_DRAIN_NS);
        let unwell = fleet.instances.iter().filter_map(Instance::unwell);
        for (number, why) in unwell.collect::<Vec<_>>() {
            let said = format!("instance {number} is replaced: it {why}");
            tracing::info!(service = %self.service, "{said}");
            around
                .output
                .of(&self.service)
                .add(number, OutputStream::Gatewright, said);
            for one in &mut fleet.instances {
                one.outdated |= one.number == number;
            }
            fleet.drain(number, until_ns);
            self.note_failure(fleet, number, format!("it {why}"), now, around);
        }
    }

    /// Remembers that an instance was of no use, and what it wrote last.
    fn note_failure(
        &self,
        fleet: &mut Fleet,
        number: u64,
        reason: String,
        now: Now,
        around: &Around,
    ) {
        let captured = around.output.of(&self.service);
        let crash = Crash {
            reason,
            output: captured.last_errors(number, LAST_LINES),
            at_us: now.epoch_us,
        };
        fleet.crashes.record(now.monotonic_ns, crash);
        self.changed();
    }

    /// Takes what an instance tells.
    pub(super) fn hear(&self, number: u64, told: Told, now: Now, around: &Around) {
        let mut fleet = self.fleet.lock();
        let Some(index) = fleet.instances.iter().position(|one| one.number == number) else {
            return;
        };
        match told {
            Told::Port(port) => fleet.instances[index].port = Some(port),
            Told::Pid(pid) => fleet.instances[index].pid = Some(pid),
            Told::Ready => {
                let one = &mut fleet.instances[index];
                if let (Phase::Starting, Some(port)) = (one.phase, one.port) {
                    one.phase = Phase::Ready;
                    let url = self.program.target_on(port).url;
                    let mut peer = Peer::new(self.service.as_str(), &url, 1);
                    peer.instance = Some(number);
                    one.ready = Some((now, peer));
                    let took_ns = now.monotonic_ns.saturating_sub(one.started.monotonic_ns);
                    fleet.newest_start_ms = Some(took_ns / 1_000_000);
                }
            }
            Told::Ended(why) => {
                let ended = fleet.instances.remove(index);
                match why {
                    Some(reason) => self.note_failure(&mut fleet, number, reason, now, around),
                    // It did its work until it was not needed any more.
                    None if ended.ready.is_some() && !ended.outdated => fleet.crashes.recovered(),
                    None => {}
                }
            }
        }
        drop(fleet);
        self.changed();
        self.wake.notify_one();
    }

    /// The processes of its instances.
    pub(super) fn pids(&self) -> Vec<(u64, u32)> {
        let fleet = self.fleet.lock();
        let instances = fleet.instances.iter();
        instances
            .filter_map(|one| Some((one.number, one.pid?)))
            .collect()
    }

    /// What its instances use.
    pub(super) fn note_usage(&self, usages: Vec<(u64, Usage)>) {
        let mut fleet = self.fleet.lock();
        for (number, usage) in usages {
            if let Some(one) = fleet.instances.iter_mut().find(|one| one.number == number) {
                one.usage = Some(usage);
            }
        }
        drop(fleet);
        self.changed();
    }
}
