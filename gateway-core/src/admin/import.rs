//! Configurations from elsewhere: looked at first, then taken over.

use std::path::Path;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::blocking::run_blocking;
use super::change::{Applied, Edit};
use super::extract::{ExpectedRevision, JsonBody};
use super::problem::Problem;
use crate::config::{Config, Issue, Severity, diff};
use crate::gateway::Gateway;
use crate::ids::RouteName;
use crate::import::{self, Finding, Format, Mode, PlannedRoute, Readdress, Upstream, Wishes};
use crate::store::Actor;

/// A file to take over.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ImportFile {
    /// The file's text.
    pub text: String,
    /// What kind of file it is. Absent: it is found out.
    #[serde(default)]
    pub format: Option<Format>,
    /// Whether it joins what is there or takes its place. Absent: a `gatewright.yaml` takes the
    /// place of everything, and other files join.
    #[serde(default)]
    pub mode: Option<Mode>,
    /// Other addresses in the place of those in the file.
    #[serde(default)]
    pub upstreams: Vec<Readdress>,
    /// Routes of the file that are not wanted.
    #[serde(default)]
    pub skip: Vec<RouteName>,
    /// Whether the gateway may read the files and environment variables that the file names and that
    /// it does not read already.
    #[serde(default)]
    pub allow_reads: bool,
    /// Whether the commands that the file names for services may run on this machine. If not, each
    /// runs once it has been approved.
    #[serde(default)]
    pub allow_runs: bool,
    /// The folder on the gateway's machine in which the commands of a `Procfile` run, whole: usually
    /// the one it is in. Absent: that of the gateway.
    #[serde(default)]
    pub folder: Option<String>,
    /// Only say what would change.
    #[serde(default)]
    pub dry_run: bool,
}

/// What a file comes to.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ImportReport {
    /// What kind of file it is; absent where that could not be found out.
    pub format: Option<Format>,
    /// The version of that format, as the file says.
    pub format_version: Option<String>,
    /// Whether it joins what is there or takes its place; absent where the file cannot be read.
    pub mode: Option<Mode>,
    /// Whether it can be, or was, taken over.
    pub valid: bool,
    /// Why it cannot be taken over, and what deserves a look in the result.
    pub issues: Vec<Issue>,
    /// What of the file was not carried over exactly: what lets more through first.
    pub findings: Vec<Finding>,
    /// How many fields of a foreign file were read.
    pub fields: u32,
    /// The addresses in the file.
    pub upstreams: Vec<Upstream>,
    /// The routes in the file and what becomes of each.
    pub routes: Vec<PlannedRoute>,
    /// Files and environment variables that would be read anew.
    #[schema(example = json!(["the file `/etc/ssl/shop.pem`"]))]
    pub reads: Vec<String>,
    /// Commands that services would run anew.
    #[schema(example = json!(["`npm start` for service `shop`"]))]
    pub runs: Vec<String>,
    /// What is, or would be, different; one sentence each.
    #[schema(example = json!(["route `orders` added"]))]
    pub changes: Vec<String>,
    /// The revision that was put in force; absent after a dry run.
    pub revision: Option<u64>,
}

impl ImportReport {
    fn unreadable(issues: Vec<Issue>) -> Self {
        Self {
            format: None,
            format_version: None,
            mode: None,
            valid: false,
            issues,
            findings: Vec::new(),
            fields: 0,
            upstreams: Vec::new(),
            routes: Vec::new(),
            reads: Vec::new(),
            runs: Vec::new(),
            changes: Vec::new(),
            revision: None,
        }
    }
}

/// Takes over a `gatewright.yaml`, a declarative file of Kong, an OpenAPI document or a `Procfile`, or says what
/// that would change. API keys and passwords in it are never taken over, and nothing it names is
/// fetched, read or started unless `allow_reads` or `allow_runs` says so.
#[utoipa::path(
    post, path = "/import", tag = "config", operation_id = "import_file",
    params(("If-Match" = Option<String>, Header, description = "The `ETag` of the configuration it is to change.")),
    request_body = ImportFile,
    responses(
        (status = 200, body = ImportReport),
        (status = 412, body = Problem, description = "Someone else was first."),
        (status = 422, body = Problem, description = "Everything that is wrong with it (not after a dry run)."),
        (status = "default", body = Problem),
    ),
)]
pub(super) async fn import(
    State(gateway): State<Gateway>,
    ExpectedRevision(expected): ExpectedRevision,
    JsonBody(file): JsonBody<ImportFile>,
) -> Result<Json<ImportReport>, Problem> {
    let (dry_run, allow_runs) = (file.dry_run, file.allow_runs);
    let looking = gateway.clone();
    let looked = run_blocking(move || Ok::<_, Problem>(look(&looking, file))).await?;
    let (mut report, base, config) = match looked {
        Ok(found) => found,
        Err(issues) if dry_run => return Ok(Json(ImportReport::unreadable(issues))),
        Err(issues) => return Err(Problem::refused(issues)),
    };
    if dry_run {
        return Ok(Json(report));
    }
    if !report.valid {
        return Err(Problem::refused(report.issues));
    }
    let edit = Edit {
        gateway: &gateway,
        // What was merged was merged with this.
        expected: Some(expected.unwrap_or(base)),
        actor: Actor::Import,
    };
    let note = match report.format {
        Some(Format::Kong) => "imported from a Kong file",
        Some(Format::Openapi) => "imported from an OpenAPI document",
        Some(Format::Procfile) => "imported from a Procfile",
        Some(Format::Gatewright) | None => "imported from a file",
    };
    let approved = allow_runs.then(|| config.clone());
    let Applied { revision, warnings } = edit.apply(config, note).await?;
    if let Some(config) = approved {
        gateway.approve_processes_of(&config).await?;
    }
    report.issues = warnings;
    report.revision = Some(revision);
    Ok(Json(report))
}

/// Why commands could not run there.
fn no_folder(folder: &str) -> Option<Issue> {
    let path = Path::new(folder);
    let message = match (path.is_absolute(), path.is_dir()) {
        (true, true) => return None,
        (false, _) => format!("`{folder}` is no whole path: write it from the root on"),
        (true, false) => format!("there is no folder `{folder}` on this machine"),
    };
    Some(Issue::error("folder", message))
}

/// What a file comes to beside what is in force, and the revision that is.
fn look(gateway: &Gateway, file: ImportFile) -> Result<(ImportReport, u64, Config), Vec<Issue>> {
    let ImportFile {
        text,
        format,
        mode,
        upstreams,
        skip,
        allow_reads,
        allow_runs: _,
        folder,
        dry_run: _,
    } = file;
    let mut imported = import::read(&text, format)?;
    let folder = folder.filter(|folder| !folder.trim().is_empty());
    let mut wrong_folder = None;
    if let Some(folder) = folder.filter(|_| imported.format == Format::Procfile) {
        imported.run_in(&folder);
        wrong_folder = no_folder(&folder);
    }
    let current = gateway.current();
    let mode = mode.unwrap_or(match imported.format {
        Format::Gatewright => Mode::Replace,
        Format::Kong | Format::Openapi | Format::Procfile => Mode::Merge,
    });
    let wishes = Wishes {
        mode,
        upstreams,
        skip,
        allow_reads,
    };
    let plan = import::plan(&current.config, &imported, &wishes);
    let mut issues = plan.issues;
    issues.extend(wrong_folder);
    issues.extend(gateway.validate(&plan.config));
    let report = ImportReport {
        format: Some(imported.format),
        format_version: imported.version,
        mode: Some(mode),
        valid: issues.iter().all(|issue| issue.severity != Severity::Error),
        issues,
        findings: imported.findings,
        fields: imported.fields,
        upstreams: plan.upstreams,
        routes: plan.routes,
        reads: plan.reads,
        runs: plan.runs,
        changes: diff::changes(&current.config, &plan.config),
        revision: None,
    };
    Ok((report, current.revision, plan.config))
}
