//! The programs of services: run while the gateway runs, and looked at by the admin API.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use parking_lot::Mutex;
use tokio::task::JoinHandle;
use tokio_util::task::AbortOnDropHandle;

use super::{Control, Gateway};
use crate::clock::Clock;
use crate::config::Config;
use crate::ids::ServiceName;
use crate::process::approvals::Approvals;
use crate::process::fleet::{Around, Ports, keep};
use crate::process::managed::{Managed, ManagedService};
use crate::process::output::{Output, OutputPage, Wanted};
use crate::process::program::fingerprint;
use crate::process::state::ProcessState;
use crate::process::usage::{Watched, measure};
use crate::snapshot::{Service, Snapshot};

/// What all programs share.
pub(super) struct Programs {
    output: Arc<Output>,
    approvals: Arc<Approvals>,
    ports: Ports,
    supervisor: OnceLock<PathBuf>,
    watched: Watched,
}

impl Programs {
    /// Nothing runs yet. What was approved is read.
    ///
    /// # Errors
    /// There can be no more threads.
    pub(super) fn open(data_dir: &Path, clock: &Clock) -> std::io::Result<Self> {
        Ok(Self {
            output: Arc::new(Output::start(data_dir.join("output"), clock.clone())?),
            approvals: Arc::new(Approvals::load(data_dir)),
            ports: Ports::default(),
            supervisor: OnceLock::new(),
            watched: Watched::default(),
        })
    }
}

/// The programs that run, by the address of what requests see of them: that lives as long as its
/// task.
#[derive(Default)]
pub(super) struct Kept {
    running: HashMap<usize, Running>,
    /// Those of earlier configurations, as long as they end.
    ending: Vec<JoinHandle<()>>,
    meter: Option<AbortOnDropHandle<()>>,
}

struct Running {
    managed: Arc<Managed>,
    template: Arc<Mutex<Arc<Service>>>,
    task: JoinHandle<()>,
}

impl Kept {
    /// Runs the programs of a snapshot and no others. Those it has in common with the one before go
    /// on.
    fn follow(&mut self, snapshot: &Snapshot, around: &Around) {
        let mut before = std::mem::take(&mut self.running);
        for service in snapshot.services.values() {
            let Some(ManagedService { shared, rules: _ }) = &service.managed else {
                continue;
            };
            let key = Arc::as_ptr(shared).addr();
            let running = match before.remove(&key) {
                Some(running) => {
                    *running.template.lock() = service.clone();
                    running.managed.look();
                    running
                }
                None => {
                    let replaced = before.values().find(|old| old.is_of(service));
                    shared.open(replaced.map(|old| &*old.managed));
                    let template = Arc::new(Mutex::new(service.clone()));
                    let task = keep(shared.clone(), template.clone(), around.clone());
                    Running {
                        managed: shared.clone(),
                        template,
                        task: tokio::spawn(task),
                    }
                }
            };
            self.running.insert(key, running);
        }
        self.ending.retain(|task| !task.is_finished());
        for ended in before.into_values() {
            if let Some(next) = snapshot.services.get(&ended.managed.service) {
                ended.managed.hand_over(next.clone());
            }
            self.ending.push(ended.close());
        }
    }

    /// Ends all of them, and waits until they have ended.
    pub(super) async fn stop(&mut self) {
        let running = std::mem::take(&mut self.running);
        self.ending
            .extend(running.into_values().map(Running::close));
        for task in std::mem::take(&mut self.ending) {
            if let Err(error) = task.await {
                tracing::error!(%error, "the programs of a service were not ended in order");
            }
        }
        self.meter = None;
    }
}

impl Running {
    fn is_of(&self, service: &Service) -> bool {
        self.managed.service == service.name
    }

    fn close(self) -> JoinHandle<()> {
        self.managed.close();
        self.task
    }
}

/// What a person wants of a service's program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProcessAction {
    /// An instance, as for a request.
    Start,
    /// None, until they say so.
    Stop,
    /// New instances in the place of those there are.
    Restart,
    /// So many, until the load has been looked at again.
    Scale(u32),
}

/// Why nothing was done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProcessActionError {
    /// There is no such program.
    #[error("no service named `{0}` has a process")]
    NoProcess(ServiceName),
    /// More than the configuration lets there be.
    #[error("{wanted} instances are more than the {max} that may run (`process.max_instances`)")]
    TooMany {
        /// How many were wanted.
        wanted: u32,
        /// How many there may be.
        max: u32,
    },
    /// What was approved is not what the configuration has now.
    #[error("the command has changed since you looked at it; look again before you approve it")]
    Changed,
    /// It cannot be remembered.
    #[error("the approval cannot be kept: {0}")]
    NotKept(String),
}

impl Gateway {
    /// Says which program watches over the programs of services: it is run with the arguments that
    /// [`crate::process::supervisor`] takes. Said once; without it, none of them is started. On
    /// Windows there is no need for one.
    pub fn supervise_with(&self, program: PathBuf) {
        // A second one would not be used by those that run already.
        let _ = self.0.programs.supervisor.set(program);
    }

    /// Lets whatever program the configuration names run, without a person's approval, as long as
    /// this gateway lives.
    pub fn approve_all_processes(&self) {
        self.0.programs.approvals.approve_all();
    }

    /// Runs the programs of the snapshot in force, and no others.
    pub(super) fn follow_programs(&self, control: &mut Control) {
        let programs = &self.0.programs;
        let snapshot = self.snapshot();
        let around = Around {
            clock: self.0.clock.clone(),
            reach: self.reach(),
            output: programs.output.clone(),
            approvals: programs.approvals.clone(),
            supervisor: programs.supervisor.get().cloned(),
            ports: programs.ports.clone(),
        };
        let kept = &mut control.kept;
        kept.follow(&snapshot, &around);
        let running = kept.running.values();
        *programs.watched.lock() = running.map(|one| one.managed.clone()).collect();
        if !kept.running.is_empty() && kept.meter.is_none() {
            let task = tokio::spawn(measure(programs.watched.clone()));
            kept.meter = Some(AbortOnDropHandle::new(task));
        }
    }

    /// Approves the commands of `after` that are not in `before`: a person has just written them.
    pub(super) async fn approve_new(&self, before: &Config, after: &Config) {
        let known = fingerprints(before);
        let mut new = fingerprints(after);
        new.retain(|one| !known.contains(one));
        if let Err(error) = self.approve(new).await {
            tracing::warn!(%error, "an approval of a command cannot be kept");
        }
    }

    /// Approves the commands of all services in a configuration, as a person has said.
    pub async fn approve_processes_of(&self, config: &Config) -> Result<(), ProcessActionError> {
        self.approve(fingerprints(config)).await
    }

    async fn approve(&self, fingerprints: Vec<String>) -> Result<(), ProcessActionError> {
        if fingerprints.is_empty() {
            return Ok(());
        }
        let approvals = self.0.programs.approvals.clone();
        let approving = tokio::task::spawn_blocking(move || approvals.approve(fingerprints));
        let kept = approving.await.expect("approving does not panic");
        for (_, managed) in self.managed() {
            managed.look();
        }
        kept.map_err(|error| ProcessActionError::NotKept(error.to_string()))
    }

    /// Approves the command of a service, which must be the one a person has seen.
    ///
    /// # Errors
    /// There is none, it is another one by now, or this cannot be remembered.
    pub async fn approve_process(
        &self,
        name: &ServiceName,
        seen: &str,
    ) -> Result<(), ProcessActionError> {
        let managed = self.managed_of(name)?;
        if managed.program.fingerprint() != seen {
            return Err(ProcessActionError::Changed);
        }
        self.approve(vec![seen.to_owned()]).await
    }

    /// Does what a person wants of a service's program.
    ///
    /// # Errors
    /// Why nothing was done.
    pub fn act_on_process(
        &self,
        name: &ServiceName,
        action: ProcessAction,
    ) -> Result<(), ProcessActionError> {
        let managed = self.managed_of(name)?;
        let now = self.0.clock.now();
        match action {
            ProcessAction::Start => managed.start_by_hand(now),
            ProcessAction::Stop => managed.stop_by_hand(),
            ProcessAction::Restart => managed.restart_by_hand(now),
            ProcessAction::Scale(wanted) => {
                let snapshot = self.snapshot();
                let service = snapshot.services.get(name);
                let rules = service.and_then(|service| Some(&service.managed.as_ref()?.rules));
                let (max, hold_ns) = rules.map_or((1, 0), |rules| {
                    (rules.max, rules.idle_ns.max(rules.stable_ns))
                });
                if wanted > max {
                    return Err(ProcessActionError::TooMany { wanted, max });
                }
                managed.scale_by_hand(wanted, now, hold_ns);
            }
        }
        Ok(())
    }

    /// How the programs of all services are, by name.
    pub fn process_states(&self) -> Vec<ProcessState> {
        let now = self.0.clock.now();
        let approvals = &self.0.programs.approvals;
        let managed = self.managed();
        managed
            .iter()
            .map(|(service, managed)| managed.state(service, approvals, now))
            .collect()
    }

    /// How often something changed about the program of each service, and the number of the newest
    /// line it wrote.
    pub fn process_changes(&self) -> Vec<(ServiceName, u64, u64)> {
        let output = &self.0.programs.output;
        self.managed()
            .into_iter()
            .map(|(service, managed)| {
                let newest = output.of(&service.name).newest();
                (service.name.clone(), managed.changes(), newest)
            })
            .collect()
    }

    /// Lines that the program of a service wrote. Blocks on the disk.
    pub fn process_output(&self, name: &ServiceName, wanted: &Wanted) -> OutputPage {
        self.0.programs.output.read(name, wanted)
    }

    /// The services that have a program, by name.
    fn managed(&self) -> Vec<(Arc<Service>, Arc<Managed>)> {
        let snapshot = self.snapshot();
        let mut managed: Vec<_> = snapshot
            .services
            .values()
            .filter_map(|service| {
                let shared = service.managed.as_ref()?.shared.clone();
                Some((service.clone(), shared))
            })
            .collect();
        managed.sort_by(|(a, _), (b, _)| a.name.cmp(&b.name));
        managed
    }

    fn managed_of(&self, name: &ServiceName) -> Result<Arc<Managed>, ProcessActionError> {
        let snapshot = self.snapshot();
        let service = snapshot.services.get(name);
        let managed = service.and_then(|service| service.managed.as_ref());
        managed
            .map(|managed| managed.shared.clone())
            .ok_or_else(|| ProcessActionError::NoProcess(name.clone()))
    }
}

fn fingerprints(config: &Config) -> Vec<String> {
    let services = config.services.iter();
    services
        .filter_map(|service| service.process.as_ref())
        .map(fingerprint)
        .collect()
}
