//! Proving an export: the product runs beside a gateway of its own, and the answers are compared.

use std::path::PathBuf;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::blocking::run_blocking;
use super::export::{ExportWish, configuration, sentence};
use super::extract::{JsonBody, UrlPath, UrlQuery};
use super::finding::filter;
use super::problem::{Problem, ProblemCode};
use crate::config::Issue;
use crate::export::{self, Source};
use crate::gateway::Gateway;
use crate::prove::job::{Busy, Order, ProofJob};
use crate::prove::recorded::{self, MOST, Selection};
use crate::prove::{FoundProgram, found};

/// Where programs are looked for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct ProgramsQuery {
    /// A folder that is looked at before `PATH`.
    #[param(example = "/opt/envoy/bin")]
    folder: Option<String>,
}

/// Says which products' programs are on this machine, and where. Starts none.
#[utoipa::path(
    get, path = "/export/programs", tag = "config", operation_id = "export_programs",
    params(ProgramsQuery),
    responses((status = 200, body = Vec<FoundProgram>), (status = "default", body = Problem)),
)]
pub(super) async fn programs(
    UrlQuery(ProgramsQuery { folder }): UrlQuery<ProgramsQuery>,
) -> Result<Json<Vec<FoundProgram>>, Problem> {
    let folders = folders(folder)?;
    let programs = run_blocking(move || Ok::<_, Problem>(found(&folders)));
    Ok(Json(programs.await?))
}

fn folders(folder: Option<String>) -> Result<Vec<PathBuf>, Problem> {
    let Some(folder) = folder.filter(|folder| !folder.is_empty()) else {
        return Ok(Vec::new());
    };
    let path = PathBuf::from(&folder);
    if path.is_absolute() {
        return Ok(vec![path]);
    }
    let message = format!("`{folder}` is no absolute path: write it from the root");
    Err(wrong("folder", message))
}

fn wrong(path: &str, message: String) -> Problem {
    Problem {
        detail: format!("`{path}`: {message}."),
        issues: vec![Issue::error(path, message)],
        ..Problem::new(ProblemCode::BodyInvalid, "")
    }
}

/// What to prove.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ProofWish {
    /// The export.
    #[serde(default)]
    pub export: ExportWish,
    /// A folder with the product's program, looked at before `PATH`.
    #[serde(default)]
    pub folder: Option<String>,
    /// Requests of the log to send to both too.
    #[serde(default)]
    pub recorded: Option<RecordedWish>,
}

/// Requests of the log.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RecordedWish {
    /// How many at most, the newest first.
    #[schema(minimum = 1, maximum = 2000)]
    pub most: usize,
    /// A filter such as `path:/orders`. Absent or empty: all.
    #[serde(default)]
    pub q: Option<String>,
    /// Also methods that may change something. They reach services that only echo.
    #[serde(default)]
    pub all_methods: bool,
}

/// Begins to prove an export: runs the product with it on loopback, beside a gateway with the same
/// configuration and in front of services that echo. The events tell how far it is.
#[utoipa::path(
    post, path = "/export/{product}/proof", tag = "config", operation_id = "prove_export",
    params(("product" = String, Path, description = "Its id, such as `nginx`.")),
    request_body = ProofWish,
    responses(
        (status = 200, body = ProofJob),
        (status = 404, body = Problem, description = "There is no export to it."),
        (status = 409, body = Problem, description = "Another one is being proved."),
        (status = 422, body = Problem, description = "What is wrong with the configuration or the wish."),
        (status = "default", body = Problem),
    ),
)]
pub(super) async fn start(
    State(gateway): State<Gateway>,
    UrlPath(product): UrlPath<String>,
    JsonBody(wish): JsonBody<ProofWish>,
) -> Result<Json<ProofJob>, Problem> {
    let ProofWish {
        export: ExportWish { options, config },
        folder,
        recorded,
    } = wish;
    let (config, revision) = configuration(&gateway, config)?;
    let source = Source::with_keys(&config, &gateway.keys().all_good(), &options);
    // What cannot be exported is refused before anything runs.
    export::export(&product, &source, &options)?;
    let keys = source.keys;
    let recorded = match recorded {
        None => Vec::new(),
        Some(wish) => read_recorded(&gateway, wish).await?,
    };
    let order = Order {
        product,
        config,
        revision,
        keys,
        options,
        folders: folders(folder)?,
        recorded,
    };
    Ok(Json(gateway.prover().start(order, gateway.clock())?))
}

async fn read_recorded(
    gateway: &Gateway,
    RecordedWish {
        most,
        q,
        all_methods,
    }: RecordedWish,
) -> Result<Vec<recorded::Recorded>, Problem> {
    if !(1..=MOST).contains(&most) {
        let message = format!("between 1 and {MOST} requests of the log can be sent");
        return Err(wrong("recorded.most", message));
    }
    let selection = Selection {
        most,
        filter: filter(gateway, q.as_deref(), false)?,
        all_methods,
    };
    // What is still on its way to the disk counts as recorded.
    gateway.recorder().flush().await;
    let log = gateway.log().clone();
    run_blocking(move || recorded::read(&log, &selection)).await
}

/// The proof that runs, or the last one.
#[derive(Serialize, ToSchema)]
pub(super) struct ProofNow {
    /// Absent where none was made since Gatewright started.
    pub job: Option<ProofJob>,
}

/// Gives the proof that runs, or the last one with what came of it.
#[utoipa::path(
    get, path = "/export/proof", tag = "config", operation_id = "export_proof",
    responses((status = 200, body = ProofNow), (status = "default", body = Problem)),
)]
pub(super) async fn read(State(gateway): State<Gateway>) -> Json<ProofNow> {
    Json(ProofNow {
        job: gateway.prover().job(),
    })
}

/// Ends the proof that runs, and the program with it.
#[utoipa::path(
    delete, path = "/export/proof", tag = "config", operation_id = "cancel_export_proof",
    responses((status = 200, body = ProofNow), (status = "default", body = Problem)),
)]
pub(super) async fn cancel(State(gateway): State<Gateway>) -> Json<ProofNow> {
    gateway.prover().stop().await;
    Json(ProofNow {
        job: gateway.prover().job(),
    })
}

impl From<Busy> for Problem {
    fn from(busy: Busy) -> Self {
        let text = sentence(&busy.to_string());
        Self::new(ProblemCode::ProofRunning, format!("{text}."))
    }
}
