//! What requests see of a service's program: instances that are ready, or a place to wait for them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use parking_lot::Mutex;
use tokio::sync::{Notify, watch};

use super::fleet::Fleet;
use super::program::Program;
use crate::clock::Clock;
use crate::ids::ServiceName;
use crate::proxy::error::{ErrorCode, ProcessProblem, ProxyError};
use crate::snapshot::Service;

/// How long a request waits for an instance (PR-1).
pub const LONGEST_HOLD: Duration = Duration::from_secs(30);

/// The program of a service, and how it is run.
pub struct ManagedService {
    /// What is shared with the snapshots before and after this one.
    pub shared: Arc<Managed>,
    /// How it is run.
    pub rules: Rules,
}

/// How a program is run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// A path that an instance answers well when it is ready; `None`: when it takes connections.
    pub ready_path: Option<String>,
    /// Fewest instances.
    pub min: u32,
    /// Most instances; at least one.
    pub max: u32,
    /// Running requests for each.
    pub target_in_flight: u32,
    /// After how long without a request none is needed, in nanoseconds.
    pub idle_ns: u64,
    /// How long one may take to get ready, in nanoseconds.
    pub start_timeout_ns: u64,
    /// How long one may take to end.
    pub stop_grace: Duration,
    /// The longer window, in nanoseconds.
    pub stable_ns: u64,
    /// The shorter one, in nanoseconds.
    pub panic_ns: u64,
}

/// What requests share with the task that runs the program.
pub struct Managed {
    /// The service.
    pub service: ServiceName,
    /// What is run.
    pub program: Program,
    /// The service with the instances that are ready as its targets; `None` where there are none.
    pub(super) live: ArcSwapOption<Service>,
    /// The same service in a later configuration that has another program, or none.
    successor: ArcSwapOption<Service>,
    pub(super) standing: watch::Sender<Standing>,
    /// Told when the task has to look.
    pub(super) wake: Notify,
    pub(super) fleet: Mutex<Fleet>,
    held: AtomicU64,
    changes: AtomicU64,
}

/// Whether it is worth waiting for an instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// One is there, or will be.
    Wait,
    /// None will be for now.
    Refuse {
        problem: ProcessProblem,
        /// Until when, on the clock's monotonic scale, where that is known.
        until_ns: Option<u64>,
    },
}

/// An instance that a request had to wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waited {
    /// How long the request waited, in milliseconds.
    pub held_ms: u64,
    /// How long the instance took to get ready, in milliseconds, where one was started.
    pub started_ms: Option<u64>,
}

/// How long a request waits.
struct Patience<'a> {
    clock: &'a Clock,
    since_ns: u64,
    until_ns: u64,
}

/// What there is for a request that has waited.
enum Found {
    /// Instances, and how long the newest took to get ready, in milliseconds.
    Instances(Arc<Service>, Option<u64>),
    /// The service has changed. Its instances are looked for there.
    Successor(Arc<Service>),
}

/// Counts a request that waits until it is dropped.
struct Held<'a>(&'a AtomicU64);

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Managed {
    /// A program that nobody runs yet.
    pub fn new(service: ServiceName, program: Program) -> Self {
        Self {
            service,
            program,
            live: ArcSwapOption::empty(),
            successor: ArcSwapOption::empty(),
            standing: watch::Sender::new(Standing::Wait),
            wake: Notify::new(),
            fleet: Mutex::default(),
            held: AtomicU64::new(0),
            changes: AtomicU64::new(0),
        }
    }

    /// The service with the instances that are ready, if there are any.
    pub fn live(&self) -> Option<Arc<Service>> {
        self.live.load_full()
    }

    /// Requests that wait.
    pub fn held(&self) -> u64 {
        self.held.load(Ordering::Acquire)
    }

    /// How often something changed that a person watches.
    pub fn changes(&self) -> u64 {
        self.changes.load(Ordering::Relaxed)
    }

    pub(super) fn changed(&self) {
        self.changes.fetch_add(1, Ordering::Relaxed);
    }

    /// From now on requests find what they look for at `next`, the same service as a later
    /// configuration has it: those that wait here wait there.
    pub(crate) fn hand_over(&self, next: Arc<Service>) {
        self.successor.store(Some(next));
    }

    /// The instances for a request, which waits for the first one if there is none: also for one of a
    /// program that takes the place of this one meanwhile. Until `deadline_ns`, on the clock's
    /// monotonic scale, at most.
    ///
    /// # Errors
    /// Why there is none.
    pub async fn admit(
        &self,
        template: &Service,
        clock: &Clock,
        deadline_ns: u64,
    ) -> Result<(Arc<Service>, Option<Waited>), ProxyError> {
        if let Some(live) = self.live() {
            return Ok((live, None));
        }
        let since_ns = clock.monotonic_ns();
        let longest_ns = u64::try_from(LONGEST_HOLD.as_nanos()).unwrap_or(u64::MAX);
        let patience = Patience {
            clock,
            since_ns,
            until_ns: since_ns.saturating_add(longest_ns).min(deadline_ns),
        };
        let mut found = self.wait(template, &patience).await?;
        let (live, started_ms) = loop {
            let next = match found {
                Found::Instances(live, started_ms) => break (live, started_ms),
                Found::Successor(next) => next,
            };
            found = match &next.managed {
                // Something else starts what is there now.
                None => break (next, None),
                Some(managed) => managed.shared.wait(&next, &patience).await?,
            };
        };
        let held_ns = clock.monotonic_ns().saturating_sub(since_ns);
        let waited = Waited {
            held_ms: held_ns / 1_000_000,
            started_ms,
        };
        Ok((live, Some(waited)))
    }

    async fn wait(&self, template: &Service, patience: &Patience<'_>) -> Result<Found, ProxyError> {
        let Some(_place) = template.balancer.budget.wait() else {
            return Err(starting("as many requests wait for it as may", 1_000));
        };
        self.held.fetch_add(1, Ordering::AcqRel);
        let _held = Held(&self.held);
        // Before looking, so that nothing is missed between the two.
        let mut standing = self.standing.subscribe();
        self.wake.notify_one();
        let Patience {
            clock,
            since_ns,
            until_ns,
        } = patience;
        loop {
            if let Some(live) = self.live() {
                return Ok(Found::Instances(live, self.fleet.lock().newest_start_ms()));
            }
            if let Some(next) = self.successor.load_full() {
                return Ok(Found::Successor(next));
            }
            let now_ns = clock.monotonic_ns();
            let refused = match &*standing.borrow_and_update() {
                Standing::Refuse { problem, until_ns } => match until_ns {
                    // The task is about to find out that it may try again.
                    Some(until_ns) if *until_ns <= now_ns => None,
                    Some(until_ns) => Some(ProcessProblem {
                        retry_after_ms: (until_ns - now_ns).div_ceil(1_000_000),
                        ..problem.clone()
                    }),
                    None => Some(problem.clone()),
                },
                Standing::Wait => None,
            };
            if let Some(problem) = refused {
                return Err(ProxyError::Process(Box::new(problem)));
            }
            tokio::select! {
                changed = standing.changed() => {
                    if changed.is_err() {
                        return Err(ProxyError::Process(Box::new(off())));
                    }
                }
                () = clock.sleep_until(*until_ns) => {
                    let ms = until_ns.saturating_sub(*since_ns) / 1_000_000;
                    let why = format!("it was not ready within {ms} ms");
                    return Err(starting(&why, 2_000));
                }
            }
        }
    }
}

fn starting(why: &str, retry_after_ms: u64) -> ProxyError {
    ProxyError::Process(Box::new(ProcessProblem {
        code: ErrorCode::ServiceStarting,
        retry_after_ms,
        detail: format!("The service is being started: {why}."),
        output: Vec::new(),
    }))
}

/// The gateway does not run it.
pub(super) fn off() -> ProcessProblem {
    ProcessProblem {
        code: ErrorCode::ServiceStopped,
        retry_after_ms: 5_000,
        detail:
            "The gateway does not run the service's program: it is stopped, or the service is gone \
                 from the configuration."
                .to_owned(),
        output: Vec::new(),
    }
}
