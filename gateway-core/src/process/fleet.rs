//! The instances of one service: how many there should be, and what is done about it.
//!
//! Everything happens in [`Managed::step`], which a task calls whenever something may have changed:
//! a request waits, an instance got ready or ended, a person said something, or time has passed.

use std::collections::VecDeque;
use std::sync::{Arc, Weak};

use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;

use super::approvals::Approvals;
use super::crashes::{Crash, Crashes};
use super::instance::{Run, run};
use super::managed::{Managed, Rules, Standing, off};
use super::output::{Output, OutputStream};
use super::scaler::{Advice, Aim, Scaler};
use super::state::{
    CrashState, InstanceState, InstanceStatus, ProcessState, ProcessStatus, ScaleDecision,
    ScaleSample,
};
use super::usage::Usage;
use crate::clock::{Clock, Now};
use crate::gateway::Reach;
use crate::proxy::error::{ErrorCode, ProcessProblem};
use crate::snapshot::Service;
use crate::snapshot::balance::Peer;

/// How often a service is looked at while it has instances or requests.
const TICK_NS: u64 = 100_000_000;
/// How often how things stand is remembered,
const SAMPLE_NS: u64 = 1_000_000_000;
/// and how many times.
const SAMPLES: usize = 300;
const DECISIONS: usize = 100;
/// A person's stop lets requests run on for this long.
const HAND_DRAIN_NS: u64 = 10_000_000_000;
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
    runs: bool,
    instances: Vec<Instance>,
    last_number: u64,
    hand: Hand,
    scaler: Scaler,
    crashes: Crashes,
    wanted: u32,
    generation: u64,
    /// Sets of instances that requests may still choose from, by when they were replaced.
    retired: Vec<(u64, Weak<Service>)>,
    /// What requests see: the settings and the instances.
    published: Option<(Arc<Service>, Vec<u64>)>,
    newest_start_ms: Option<u64>,
    decisions: VecDeque<ScaleDecision>,
    history: VecDeque<ScaleSample>,
    sampled_ns: Option<u64>,
}

/// What a person has said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Hand {
    /// Nothing: the rule decides.
    #[default]
    Off,
    Stopped,
    Pinned {
        count: u32,
        until_ns: u64,
    },
}

struct Instance {
    number: u64,
    phase: Phase,
    port: Option<u16>,
    pid: Option<u32>,
    started: Now,
    ready: Option<(Now, Peer)>,
    /// It is to be replaced by another one.
    outdated: bool,
    stop: CancellationToken,
    usage: Option<Usage>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Starting,
    Ready,
    /// Since when, by [`Fleet::generation`], and until when at most.
    Draining {
        generation: u64,
        until_ns: u64,
    },
    Stopping,
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

    fn ready(&self) -> u32 {
        count(&self.instances, |one| one.phase == Phase::Ready)
    }

    /// Those that are meant to stay.
    fn staying(&self) -> u32 {
        count(&self.instances, |one| {
            matches!(one.phase, Phase::Starting | Phase::Ready) && !one.outdated
        })
    }

    fn drain(&mut self, number: u64, until_ns: u64) {
        let generation = self.generation;
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

    /// Lets instances be started: its task is about to run.
    pub(crate) fn open(&self) {
        self.fleet.lock().runs = true;
    }

    /// Lets the task look, since something may have changed.
    pub(crate) fn look(&self) {
        self.wake.notify_one();
    }

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
        self.publish(&mut fleet, template);
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
            true => now_ns.saturating_add(HAND_DRAIN_NS),
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
        fleet.instances.push(Instance {
            number,
            phase: Phase::Starting,
            port: None,
            pid: None,
            started: now,
            ready: None,
            outdated: false,
            stop: stop.clone(),
            usage: None,
        });
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
                    one.ready = Some((now, Peer::new(self.service.as_str(), &url, 1)));
                    let took_ns = now.monotonic_ns.saturating_sub(one.started.monotonic_ns);
                    fleet.newest_start_ms = Some(took_ns / 1_000_000);
                }
            }
            Told::Ended(why) => {
                fleet.instances.remove(index);
                if let Some(reason) = why {
                    let output = around
                        .output
                        .of(&self.service)
                        .last_errors(number, LAST_LINES);
                    let crash = Crash {
                        reason,
                        output,
                        at_us: now.epoch_us,
                    };
                    fleet.crashes.record(now.monotonic_ns, crash);
                }
            }
        }
        drop(fleet);
        self.changed();
        self.wake.notify_one();
    }

    /// Lets requests choose from the instances that are ready, and from no others.
    fn publish(&self, fleet: &mut Fleet, template: &Arc<Service>) {
        let ready: Vec<_> = fleet
            .instances
            .iter()
            .filter(|one| one.phase == Phase::Ready)
            .filter_map(|one| Some((one.number, one.port?, &one.ready.as_ref()?.1)))
            .collect();
        let numbers: Vec<_> = ready.iter().map(|(number, ..)| *number).collect();
        let same = match &fleet.published {
            Some((settings, before)) => Arc::ptr_eq(settings, template) && *before == numbers,
            None => numbers.is_empty(),
        };
        if same {
            return;
        }
        let before = self.live.load_full();
        let live = (!ready.is_empty()).then(|| {
            let targets = ready
                .iter()
                .map(|(_, port, _)| self.program.target_on(*port));
            let peers = ready.iter().map(|(.., peer)| Peer::clone(peer));
            Arc::new(template.with_instances(targets.collect(), peers.collect(), before.as_deref()))
        });
        self.live.store(live);
        fleet.published = (!numbers.is_empty()).then(|| (template.clone(), numbers));
        if let Some(before) = before {
            fleet
                .retired
                .push((fleet.generation, Arc::downgrade(&before)));
        }
        fleet.generation += 1;
        self.changed();
        // Whoever waits looks again, also where there is one again that was refused before.
        self.standing.send_modify(|_| {});
    }

    /// Tells those who wait whether that is worth it.
    fn tell_standing(&self, standing: Standing) {
        self.standing.send_if_modified(|told| {
            let differs = match (&*told, &standing) {
                // The same, only later.
                (
                    Standing::Refuse {
                        until_ns: Some(a), ..
                    },
                    Standing::Refuse {
                        until_ns: Some(b), ..
                    },
                ) if a == b => return false,
                (told, standing) => told != standing,
            };
            *told = standing;
            differs
        });
    }

    /// How it is.
    pub fn state(&self, template: &Service, approvals: &Approvals, now: Now) -> ProcessState {
        let fleet = self.fleet.lock();
        let fingerprint = self.program.fingerprint();
        let approved = approvals.is_approved(&fingerprint);
        let (status, message) = fleet.status(now.monotonic_ns, approved);
        let rules = template.managed.as_ref().map(|managed| &managed.rules);
        let retry = fleet.crashes.loop_left_ns(now.monotonic_ns);
        ProcessState {
            service: self.service.clone(),
            status,
            message,
            command: self.program.written.clone(),
            folder: self.program.folder.clone(),
            environment: self.program.environment.keys().cloned().collect(),
            env_file: self.program.env_file.clone(),
            fingerprint,
            approved,
            instances: fleet.instances.iter().map(Instance::state).collect(),
            wanted: fleet.wanted,
            min: rules.map_or(0, |rules| rules.min),
            max: rules.map_or(1, |rules| rules.max),
            target_in_flight: rules.map_or(1, |rules| rules.target_in_flight),
            held: self.held(),
            in_flight: template.balancer.budget.running() + self.held(),
            pinned_until_us: match fleet.hand {
                Hand::Pinned { until_ns, .. } => Some(now.epoch_us_at(until_ns)),
                Hand::Off | Hand::Stopped => None,
            },
            crashes: fleet.crashes.total(),
            last_crash: fleet.crashes.last().map(|crash| CrashState {
                at_us: crash.at_us,
                reason: crash.reason.clone(),
                output: crash.output.clone(),
            }),
            retry_at_us: retry.map(|ns| now.epoch_us_at(now.monotonic_ns + ns)),
            decisions: fleet.decisions.iter().cloned().collect(),
            history: fleet.history.iter().cloned().collect(),
        }
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

impl Fleet {
    /// How many instances there should be, and why.
    fn advise(&mut self, now: Now, approved: bool, rules: &Rules) -> Advice {
        let now_ns = now.monotonic_ns;
        if let Hand::Pinned { until_ns, .. } = self.hand
            && now_ns >= until_ns
        {
            self.hand = Hand::Off;
        }
        let aim = Aim {
            target: rules.target_in_flight,
            min: rules.min,
            max: rules.max,
            stable_ns: rules.stable_ns,
            panic_ns: rules.panic_ns,
            idle_ns: rules.idle_ns,
        };
        let ready = self.ready();
        let mut advice = self.scaler.advise(now_ns, ready, &aim);
        let mut instead = |wanted, because: &str| {
            advice.wanted = wanted;
            advice.because = because.to_owned();
        };
        match self.hand {
            _ if !self.runs => instead(0, "the gateway stops, or the program is another now"),
            _ if !approved => instead(0, "no person has approved the command yet"),
            Hand::Stopped => instead(0, "a person stopped it"),
            Hand::Pinned { count, .. } => instead(count.min(rules.max), "a person said so"),
            Hand::Off if self.crashes.loop_left_ns(now_ns).is_some() && ready == 0 => {
                instead(0, "it crashes again and again")
            }
            Hand::Off => {}
        }
        advice
    }

    /// Takes the advice; whether that is a change.
    fn decide(&mut self, now: Now, in_flight: u64, advice: &Advice) -> bool {
        if advice.wanted == self.wanted {
            return false;
        }
        if self.decisions.len() == DECISIONS {
            self.decisions.pop_front();
        }
        self.decisions.push_back(ScaleDecision {
            at_us: now.epoch_us,
            from: self.wanted,
            to: advice.wanted,
            because: advice.because.clone(),
            in_flight,
            stable: advice.stable,
            panic: advice.panic,
            panicking: advice.panicking,
            ready: self.ready(),
        });
        self.wanted = advice.wanted;
        true
    }

    /// Remembers that an instance does not crash any more.
    fn note_health(&mut self, now_ns: u64) {
        let well = self.instances.iter().any(|one| {
            one.phase == Phase::Ready
                && one.ready.as_ref().is_some_and(|(ready, _)| {
                    Crashes::is_long_enough(now_ns.saturating_sub(ready.monotonic_ns))
                })
        });
        if well && self.crashes.recent() > 0 {
            self.crashes.recovered();
        }
    }

    /// Ends instances that no request uses any more, nor can begin to.
    fn end_drained(&mut self, now_ns: u64) {
        self.retired.retain(|(_, set)| set.strong_count() > 0);
        let retired = &self.retired;
        for one in &mut self.instances {
            let Phase::Draining {
                generation,
                until_ns,
            } = one.phase
            else {
                continue;
            };
            // One that is drained was in the sets up to that generation.
            let chosen_from = retired.iter().any(|(replaced, _)| *replaced <= generation);
            let load = one
                .ready
                .as_ref()
                .map_or(0, |(_, peer)| peer.load.in_flight());
            if (!chosen_from && load == 0) || now_ns >= until_ns {
                one.phase = Phase::Stopping;
                one.stop.cancel();
            }
        }
    }

    /// Remembers how things stand, once a second; whether it did.
    fn sample(&mut self, now: Now, in_flight: u64) -> bool {
        let due = self
            .sampled_ns
            .is_none_or(|at| now.monotonic_ns.saturating_sub(at) >= SAMPLE_NS);
        if !due {
            return false;
        }
        self.sampled_ns = Some(now.monotonic_ns);
        if self.history.len() == SAMPLES {
            self.history.pop_front();
        }
        self.history.push_back(ScaleSample {
            at_us: now.epoch_us,
            in_flight,
            ready: self.ready(),
            wanted: self.wanted,
        });
        true
    }

    /// Whether requests may wait for an instance.
    fn standing(&self, now_ns: u64, approved: bool) -> Standing {
        let problem = |code, detail: String| Standing::Refuse {
            problem: ProcessProblem {
                code,
                retry_after_ms: 10_000,
                detail,
                output: Vec::new(),
            },
            until_ns: None,
        };
        let (status, message) = self.status(now_ns, approved);
        match status {
            ProcessStatus::Off => Standing::Refuse {
                problem: off(),
                until_ns: None,
            },
            ProcessStatus::NotApproved => problem(ErrorCode::ProcessNotApproved, message),
            ProcessStatus::Stopped => problem(ErrorCode::ServiceStopped, message),
            ProcessStatus::CrashLoop => {
                let left_ns = self.crashes.loop_left_ns(now_ns).unwrap_or(0);
                let last = self.crashes.last();
                let detail = format!(
                    "The service's program ended {} times by itself. The last time: {}.",
                    self.crashes.total(),
                    last.map_or("", |crash| crash.reason.as_str()),
                );
                Standing::Refuse {
                    problem: ProcessProblem {
                        code: ErrorCode::CrashLoop,
                        retry_after_ms: left_ns.div_ceil(1_000_000),
                        detail,
                        output: last.map_or(Vec::new(), |crash| crash.output.clone()),
                    },
                    until_ns: Some(self.crashes.may_start_at_ns()),
                }
            }
            ProcessStatus::Idle
            | ProcessStatus::Starting
            | ProcessStatus::Ready
            | ProcessStatus::Stopping => Standing::Wait,
        }
    }

    fn status(&self, now_ns: u64, approved: bool) -> (ProcessStatus, String) {
        let ready = self.ready();
        let said = |status, message: &str| (status, message.to_owned());
        let some = |n: u32| match n {
            1 => "1 instance is".to_owned(),
            n => format!("{n} instances are"),
        };
        if !self.runs {
            return said(ProcessStatus::Off, "The gateway does not run it.");
        }
        if !approved {
            let message = "The command came with a file: it runs once a person on this machine has \
                           approved it.";
            return said(ProcessStatus::NotApproved, message);
        }
        if self.hand == Hand::Stopped {
            return said(ProcessStatus::Stopped, "A person stopped it.");
        }
        if ready > 0 {
            return (ProcessStatus::Ready, format!("{} ready.", some(ready)));
        }
        if let Some(left_ns) = self.crashes.loop_left_ns(now_ns) {
            let seconds = left_ns.div_ceil(1_000_000_000);
            let message = format!(
                "It ended by itself {} times; after {seconds} s a request starts it again.",
                self.crashes.total()
            );
            return (ProcessStatus::CrashLoop, message);
        }
        match self
            .instances
            .iter()
            .find(|one| one.phase == Phase::Starting)
        {
            Some(_) => said(ProcessStatus::Starting, "It is being started."),
            None if self.wanted > 0 => said(ProcessStatus::Starting, "It is about to be started."),
            None if !self.instances.is_empty() => {
                said(ProcessStatus::Stopping, "The last instance is being ended.")
            }
            None => said(
                ProcessStatus::Idle,
                "It does not run; the next request starts it.",
            ),
        }
    }
}

impl Instance {
    fn state(&self) -> InstanceState {
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
            in_flight: load.map_or(0, |load| load.in_flight()),
            requests: load.map_or(0, |load| load.requests()),
            cpu_percent: self.usage.as_ref().map(|usage| usage.cpu_percent),
            memory_bytes: self.usage.as_ref().map(|usage| usage.memory_bytes),
            processes: self.usage.as_ref().map(|usage| usage.processes),
        }
    }
}
