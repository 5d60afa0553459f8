//! How a service's program is, for requests that wait and for people.

use super::approvals::Approvals;
use super::fleet::Fleet;
use super::hand::Hand;
use super::managed::{Managed, Standing, off};
use super::member::{Instance, Phase};
use super::state::{CrashState, ProcessState, ProcessStatus};
use crate::clock::Now;
use crate::proxy::error::{ErrorCode, ProcessProblem};
use crate::snapshot::Service;

impl Managed {
    /// Tells those who wait whether that is worth it.
    pub(super) fn tell_standing(&self, standing: Standing) {
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
}

impl Fleet {
    /// Whether requests may wait for an instance.
    pub(super) fn standing(&self, now_ns: u64, approved: bool) -> Standing {
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
                let Some(left_ns) = self.crashes.loop_left_ns(now_ns) else {
                    return Standing::Wait;
                };
                let last = self.crashes.last();
                let detail = format!(
                    "The service's program failed {} times. The last time: {}.",
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
                "It failed {} times; after {seconds} s a request starts it again.",
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
            None if self.crashes.is_loop() => {
                let message = format!(
                    "It failed {} times; the next request starts it again.",
                    self.crashes.total()
                );
                (ProcessStatus::CrashLoop, message)
            }
            None => said(
                ProcessStatus::Idle,
                "It does not run; the next request starts it.",
            ),
        }
    }
}
