//! A proof as a job: at most one at a time, watched, ended and looked at from elsewhere.

use std::path::PathBuf;
use std::sync::Arc;

use parking_lot::Mutex;
use serde::Serialize;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use utoipa::ToSchema;

use super::recorded::Recorded;
use super::{Progress, Proof, ProveError, Watch, Wish, markdown, prove};
use crate::clock::Clock;
use crate::config::Config;
use crate::export::{ExportKey, Options};

/// What proves exports, one after the other. Remembers the last proof until the next begins.
#[derive(Default)]
pub struct Prover {
    job: watch::Sender<Option<ProofJob>>,
    running: Mutex<Option<Running>>,
}

struct Running {
    watch: Arc<Watch>,
    task: JoinHandle<()>,
}

/// A proof that runs or has ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ProofJob {
    /// Tells it apart from those before it.
    pub id: u64,
    /// The product's id.
    #[schema(example = "nginx")]
    pub product: String,
    /// What was decided about the export.
    pub options: Options,
    /// Revision of the configuration; absent for one that was given with the order.
    pub revision: Option<u64>,
    /// How many requests of the log were to be sent too.
    pub recorded: usize,
    /// When it began, microseconds since 1970.
    pub started_at_us: i64,
    /// When it ended.
    pub ended_at_us: Option<i64>,
    /// How far it has come.
    pub progress: Progress,
    /// What came of it.
    pub outcome: ProofOutcome,
}

/// What came of a proof.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum ProofOutcome {
    /// It runs.
    Running,
    /// It was made.
    Done {
        /// How the export was found.
        proof: Proof,
        /// The same as Markdown.
        report: String,
    },
    /// There is nothing to compare.
    Failed {
        /// Why, in one sentence.
        reason: String,
    },
    /// Somebody ended it.
    Cancelled,
}

impl ProofJob {
    /// Whether it runs.
    pub fn runs(&self) -> bool {
        self.outcome == ProofOutcome::Running
    }
}

/// A proof to make.
pub struct Order {
    /// The product.
    pub product: String,
    /// The configuration,
    pub config: Config,
    /// and its revision, if it has one.
    pub revision: Option<u64>,
    /// Who calls.
    pub keys: Vec<ExportKey>,
    /// What a person has decided about the export.
    pub options: Options,
    /// Folders where the program is looked for, before `PATH`.
    pub folders: Vec<PathBuf>,
    /// Requests of the log that are sent too.
    pub recorded: Vec<Recorded>,
}

/// Another proof runs.
#[derive(Clone, Debug, thiserror::Error)]
#[error("an export to `{0}` is being proved: wait for it, or cancel it")]
pub struct Busy(pub String);

impl Prover {
    /// The proof that runs, or the last one, as it changes.
    pub fn watch(&self) -> watch::Receiver<Option<ProofJob>> {
        self.job.subscribe()
    }

    /// The proof that runs, or the last one.
    pub fn job(&self) -> Option<ProofJob> {
        self.job.borrow().clone()
    }

    /// Begins a proof.
    ///
    /// # Errors
    /// Another one runs.
    pub fn start(&self, order: Order, clock: &Clock) -> Result<ProofJob, Busy> {
        let mut running = self.running.lock();
        if let Some(job) = self.job.borrow().as_ref().filter(|job| job.runs()) {
            return Err(Busy(job.product.clone()));
        }
        let watch = Arc::new(Watch::default());
        let job = ProofJob {
            id: self.job.borrow().as_ref().map_or(1, |last| last.id + 1),
            product: order.product.clone(),
            options: order.options.clone(),
            revision: order.revision,
            recorded: order.recorded.len(),
            started_at_us: clock.now().epoch_us,
            ended_at_us: None,
            progress: Progress::default(),
            outcome: ProofOutcome::Running,
        };
        self.job.send_replace(Some(job.clone()));
        let task = run(order, watch.clone(), self.job.clone(), clock.clone());
        *running = Some(Running {
            task: tokio::spawn(task),
            watch,
        });
        Ok(job)
    }

    /// Ends the proof that runs and waits until its program has ended. What it was is left to be
    /// seen; none runs: nothing happens.
    pub async fn stop(&self) {
        let running = self.running.lock().take();
        let Some(Running { watch, task }) = running else {
            return;
        };
        watch.cancel.cancel();
        if task.await.is_err() {
            tracing::error!("a proof of an export broke off");
        }
    }
}

/// Makes the proof and says in `job` how far it is.
async fn run(order: Order, watch: Arc<Watch>, job: watch::Sender<Option<ProofJob>>, clock: Clock) {
    let tell = |change: &dyn Fn(&mut ProofJob)| {
        job.send_modify(|job| job.iter_mut().for_each(change));
    };
    let _ended = EndedSomehow(job.clone());
    let mut progress = watch.progress.subscribe();
    let wish = Wish {
        product: &order.product,
        config: &order.config,
        keys: &order.keys,
        options: &order.options,
        folders: &order.folders,
        recorded: &order.recorded,
        watch: Some(&watch),
        tamper: None,
    };
    let mut proving = Box::pin(prove(&wish));
    let outcome = loop {
        tokio::select! {
            outcome = &mut proving => break outcome,
            Ok(()) = progress.changed() => {
                let now = progress.borrow_and_update().clone();
                tell(&|job| job.progress.clone_from(&now));
            }
        }
    };
    let last = watch.progress.borrow().clone();
    let outcome = match outcome {
        Ok(proof) => ProofOutcome::Done {
            report: markdown(&proof),
            proof,
        },
        Err(ProveError::Cancelled) => ProofOutcome::Cancelled,
        Err(error) => ProofOutcome::Failed {
            reason: error.to_string(),
        },
    };
    tell(&|job| {
        job.progress.clone_from(&last);
        job.ended_at_us = Some(clock.now().epoch_us);
        job.outcome.clone_from(&outcome);
    });
}

/// Says that a proof has failed where a fault in it kept it from saying how it ended: nobody waits for
/// ever.
struct EndedSomehow(watch::Sender<Option<ProofJob>>);

impl Drop for EndedSomehow {
    fn drop(&mut self) {
        self.0.send_if_modified(|job| match job {
            Some(job) if job.runs() => {
                job.outcome = ProofOutcome::Failed {
                    reason: "a fault in Gatewright broke it off; its own log says more".to_owned(),
                };
                true
            }
            _ => false,
        });
    }
}
