//! Runs an export for real beside Gatewright, on the same services, and compares what both answer.
//!
//! Every route is asked within its borders and just outside of them. What differs is held against a
//! ledger of differences that are known, with reasons; everything else is a failure of the export.

mod ask;
mod compare;
mod echo;
mod example;
pub mod job;
mod ledger;
mod program;
pub mod recorded;
#[cfg(test)]
mod reimport;
mod wire;

use std::path::PathBuf;

use serde::Serialize;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use utoipa::ToSchema;

use crate::clock::Clock;
use crate::config::Config;
use crate::export::gate::{Gate, Route};
use crate::export::{
    self, Export, ExportError, ExportKey, File, Grade, Options as ExportOptions, Source,
};
use crate::gateway::{Change, Gateway, Options};
use crate::keys::NewKey;
use crate::store::Actor;
use ask::Asked;
use recorded::Recorded;

pub use program::{FoundProgram, found};

/// What is proved, and with what.
pub struct Wish<'w> {
    /// The product.
    pub product: &'w str,
    /// The configuration.
    pub config: &'w Config,
    /// Who calls; new keys are made for them.
    pub keys: &'w [ExportKey],
    /// What a person has decided about the export.
    pub options: &'w ExportOptions,
    /// Folders where programs are looked for, before `PATH`.
    pub folders: &'w [PathBuf],
    /// Requests of the log that are sent too, as a class of their own.
    pub recorded: &'w [Recorded],
    /// Hears how far it has come, and may end it.
    pub watch: Option<&'w Watch>,
    /// Changes the files before they are run: a prover that finds nothing wrong with a broken export
    /// proves nothing.
    pub tamper: Option<&'w Tamper>,
}

/// Changes files.
pub type Tamper = dyn Fn(&mut Vec<File>) + Sync;

/// Whoever waits for a proof.
#[derive(Debug, Default)]
pub struct Watch {
    /// Is told how far it has come.
    pub progress: watch::Sender<Progress>,
    /// Ends it.
    pub cancel: CancellationToken,
}

/// How far a proof has come.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ProofProgress)]
pub struct Progress {
    /// How many requests both have answered.
    pub done: usize,
    /// How many there are; 0 until both run.
    pub total: usize,
    /// What they are about, in the order in which they are sent.
    pub classes: Vec<ClassProgress>,
}

/// How far the requests about one thing have come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ProofClassProgress)]
pub struct ClassProgress {
    /// What they are about.
    pub name: &'static str,
    /// How many both have answered.
    pub done: usize,
    /// How many there are.
    pub total: usize,
    /// What came of it, once all are answered.
    pub badge: Option<Badge>,
}

impl Progress {
    fn of(asked: &[Asked]) -> Self {
        let classes = asked.chunk_by(|a, b| a.class == b.class);
        let classes: Vec<_> = classes
            .map(|group| ClassProgress {
                name: group.first().map_or("", |one| one.class),
                done: 0,
                total: group.iter().map(|one| one.times).sum(),
                badge: None,
            })
            .collect();
        Self {
            done: 0,
            total: classes.iter().map(|class| class.total).sum(),
            classes,
        }
    }
}

/// How an export was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Proof {
    /// The product's id.
    pub product: &'static str,
    /// What its program says of its version.
    pub version: String,
    /// All in all.
    pub badge: Badge,
    /// By what was asked about.
    pub classes: Vec<Class>,
    /// Requests of the log that were not sent, by why.
    pub left_out: Vec<LeftOut>,
}

/// Requests of the log that were not sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ProofLeftOut)]
pub struct LeftOut {
    /// Why.
    pub why: String,
    /// How many.
    pub count: usize,
}

/// Whether something is proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Badge {
    /// All answers were alike, or differed as is known.
    Proved,
    /// Some answers differed.
    Partly,
    /// All answers differed, or nothing was asked.
    NotProved,
}

/// Requests about one thing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Class {
    /// What they are about, such as `paths`.
    pub name: &'static str,
    /// Whether it is proved.
    pub badge: Badge,
    /// How many requests were sent.
    pub asked: usize,
    /// How many answers differed as is known.
    pub known: Vec<KnownDifference>,
    /// What differed otherwise; the first of them.
    pub different: Vec<Unlike>,
    /// How many requests differed otherwise.
    pub unlike: usize,
}

/// A difference that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ProofKnownDifference)]
pub struct KnownDifference {
    /// Its id in the report of the export.
    pub id: &'static str,
    /// How many answers differed so.
    pub count: usize,
}

/// A request that is answered otherwise there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ProofUnlike)]
pub struct Unlike {
    /// Method, path and query.
    pub request: String,
    /// Host.
    pub host: String,
    /// Headers; keys are not told.
    pub headers: Vec<String>,
    /// How many times it was sent, to see limits.
    pub times: usize,
    /// What differs, such as `status 200 here, 404 there`.
    pub what: String,
}

impl std::fmt::Display for Unlike {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            request,
            host,
            headers,
            times: _,
            what,
        } = self;
        let headers = headers.join("; ");
        write!(f, "`{request} [{host}] {headers}`: {what}")
    }
}

/// Why nothing could be proved.
#[derive(Debug, thiserror::Error)]
pub enum ProveError {
    /// There is no export.
    #[error(transparent)]
    Export(#[from] ExportError),
    /// No program can be run with the export.
    #[error("an export to {0} is not run: it is held against its schema in the tests alone")]
    NotRun(&'static str),
    /// The program is not there.
    #[error("`{0}` is neither on PATH nor in the folders given: install it, or say where it is")]
    NoProgram(&'static str),
    /// The program does not run the export.
    #[error("`{program}` does not run the export: {output}")]
    DoesNotRun {
        /// Its name.
        program: &'static str,
        /// What it said.
        output: String,
    },
    /// Somebody ended it.
    #[error("it was cancelled before it was through")]
    Cancelled,
    /// Something else is in the way.
    #[error("{0}")]
    Io(String),
}

fn io(error: impl std::fmt::Display) -> ProveError {
    ProveError::Io(error.to_string())
}

/// Proves an export.
///
/// # Errors
/// Why there is nothing to compare.
pub async fn prove(wish: &Wish<'_>) -> Result<Proof, ProveError> {
    let upstreams = echo::Upstreams::start(wish.config).await.map_err(io)?;
    let mut config = upstreams.config.clone();
    config.listen.address = std::net::Ipv4Addr::LOCALHOST.into();
    config.listen.https = None;
    config.echo = None;
    config.local_issuer = None;
    without_mocks(&mut config);

    let folder = tempfile::tempdir().map_err(io)?;
    let gateway = Gateway::open(Options {
        data_dir: folder.path().join("here"),
        config_file: None,
        clock: Clock::system(),
    })
    .await
    .map_err(io)?;
    config.listen.port = 0;
    let change = Change {
        config: config.clone(),
        expected: None,
        actor: Actor::Api,
        note: "to prove an export".to_owned(),
    };
    gateway.apply(change).await.map_err(io)?;
    let outcome = match wish.watch {
        None => compared(wish, &mut config, &gateway, folder.path()).await,
        // The program ends with what is dropped here.
        Some(watch) => tokio::select! {
            outcome = compared(wish, &mut config, &gateway, folder.path()) => outcome,
            () = watch.cancel.cancelled() => Err(ProveError::Cancelled),
        },
    };
    gateway.shutdown().await;
    outcome
}

/// A mock stays here; where there is a service beside it, that is what is compared.
fn without_mocks(config: &mut Config) {
    for route in &mut config.routes {
        let others = route.service.is_some() || route.redirect.is_some() || route.respond.is_some();
        if others {
            route.mock = None;
        }
        for version in route.versions.iter_mut().flat_map(|all| &mut all.list) {
            version.mock = None;
        }
    }
}

async fn compared(
    wish: &Wish<'_>,
    config: &mut Config,
    gateway: &Gateway,
    folder: &std::path::Path,
) -> Result<Proof, ProveError> {
    let here = gateway.start().await.map_err(io)?;
    let mut secrets = Vec::new();
    for key in wish.keys {
        let issued = gateway.issue_key(NewKey {
            name: key.name.clone(),
            consumer: Some(key.consumer.clone()),
            scopes: key.scopes.clone(),
            plan: key.plan.clone(),
            access: key.access.clone(),
            ..NewKey::default()
        });
        secrets.push(issued.map_err(io)?.secret);
    }
    config.listen.port = program::free_port().map_err(io)?;
    let source = Source::with_keys(config, &gateway.keys().all_good(), wish.options);
    let export = export::export(wish.product, &source, wish.options)?;
    let mut gate =
        Gate::of(&source).map_err(|issues| ProveError::Export(ExportError::Wrong(issues)))?;
    for route in &mut gate.routes {
        route.closed = export.closed.get(&route.config.name).cloned();
    }
    let by_name: std::collections::BTreeMap<_, _> = gate
        .slots
        .iter()
        .zip(&secrets)
        .map(|(slot, secret)| (slot.placeholder.clone(), secret.clone()))
        .collect();
    let mut files = export.filled(|placeholder| by_name.get(&placeholder.name).cloned());
    if let Some(tamper) = wish.tamper {
        tamper(&mut files);
    }
    let there = folder.join("there");
    let running = program::start(
        &export.product,
        wish.folders,
        &there,
        &files,
        config.listen.port,
    )
    .await?;
    let mut asked = ask::requests(&gate, &secrets, |route| keeps(&export, route));
    let keys: Vec<_> = wish.keys.iter().zip(&secrets).collect();
    let (sent, left_out) = recorded::asked(&gate, wish.recorded, &keys);
    asked.extend(sent);
    let tell = |change: &dyn Fn(&mut Progress)| {
        if let Some(watch) = wish.watch {
            watch.progress.send_modify(change);
        }
    };
    tell(&|progress| *progress = Progress::of(&asked));
    let snapshot = gateway.snapshot();
    let mut classes: Vec<Class> = Vec::new();
    for group in asked.chunk_by(|a, b| a.class == b.class) {
        let at = classes.len();
        let both = compare::Both {
            snapshot: &snapshot,
            here,
            there: running.address,
        };
        let class = compare::class(&export.product, &gate, group, both, |times| {
            tell(&|progress| {
                progress.done += times;
                progress.classes[at].done += times;
            });
        });
        let class = class.await.map_err(io)?;
        tell(&|progress| progress.classes[at].badge = Some(class.badge));
        classes.push(class);
    }
    let badge = all_in_all(&classes);
    Ok(Proof {
        product: export.product.id,
        version: running.version.clone(),
        badge,
        classes,
        left_out,
    })
}

/// Whether a route keeps answers there as it does here, or nearly.
fn keeps(export: &Export, route: &Route<'_>) -> bool {
    let at = format!("{}.cache", route.at);
    let missing = export.findings.iter().any(|finding| {
        let lost = !matches!(finding.grade, Grade::Approximated | Grade::FillIn);
        lost && finding.path == at
    });
    route
        .config
        .cache
        .as_ref()
        .is_some_and(|cache| cache.enabled)
        && !missing
}

fn all_in_all(classes: &[Class]) -> Badge {
    let is = |badge| classes.iter().all(|class| class.badge == badge);
    match (is(Badge::Proved), is(Badge::NotProved)) {
        _ if classes.is_empty() => Badge::NotProved,
        (true, _) => Badge::Proved,
        (_, true) => Badge::NotProved,
        _ => Badge::Partly,
    }
}

/// The report as Markdown.
pub fn markdown(proof: &Proof) -> String {
    let badge = |badge| match badge {
        Badge::Proved => "proved",
        Badge::Partly => "partly proved",
        Badge::NotProved => "not proved",
    };
    let mut text = format!(
        "## Run for real: {}\n\nHeld against {} request by request.\n\n\
         | about | | requests | known differences |\n| --- | --- | --- | --- |\n",
        badge(proof.badge),
        proof.version
    );
    for class in &proof.classes {
        let known: Vec<_> = class
            .known
            .iter()
            .map(|KnownDifference { id, count }| format!("{id} ({count})"))
            .collect();
        text.push_str(&format!(
            "| {} | {} | {} | {} |\n",
            class.name,
            badge(class.badge),
            class.asked,
            known.join(", ")
        ));
    }
    for class in proof
        .classes
        .iter()
        .filter(|class| !class.different.is_empty())
    {
        text.push_str(&format!("\n### {}\n\n", class.name));
        for line in &class.different {
            text.push_str(&format!("- {line}\n"));
        }
        if class.unlike > class.different.len() {
            let more = class.unlike - class.different.len();
            text.push_str(&format!("- and {more} more\n"));
        }
    }
    if !proof.left_out.is_empty() {
        text.push_str("\nOf the recorded requests were not sent:\n\n");
        for LeftOut { why, count } in &proof.left_out {
            text.push_str(&format!("- {count}: {why}\n"));
        }
    }
    text
}
