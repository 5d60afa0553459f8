//! The configuration as one document.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::change::{Applied, Edit, etag};
use super::extract::{By, ExpectedRevision, JsonBody, JsonDocument};
use super::problem::Problem;
use crate::config::{Config, Issue, diff, file, schema};
use crate::gateway::Gateway;
use crate::import::reads_anew;
use crate::store::Actor;

/// Gives the configuration in force; its revision is the `ETag`.
#[utoipa::path(
    get, path = "/config", tag = "config", operation_id = "config",
    params(("If-None-Match" = Option<String>, Header, description = "The `ETag` the caller has.")),
    responses(
        (status = 200, body = Config, headers(("ETag" = String, description = "The revision, in quotes."))),
        (status = 304, description = "The caller has it already."),
        (status = "default", body = Problem),
    ),
)]
pub(super) async fn read(State(gateway): State<Gateway>, headers: HeaderMap) -> Response {
    let current = gateway.current();
    let tag = etag(current.revision);
    let known = headers
        .get(IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok());
    if known.is_some_and(|known| matches(known, &tag)) {
        return (StatusCode::NOT_MODIFIED, [(ETAG, tag)]).into_response();
    }
    ([(ETAG, tag)], Json(&current.config)).into_response()
}

fn matches(known: &str, tag: &str) -> bool {
    known
        .split(',')
        .map(str::trim)
        .any(|one| one == "*" || one.trim_start_matches("W/") == tag)
}

/// Replaces the configuration. Refused, nothing changes.
#[utoipa::path(
    put, path = "/config", tag = "config", operation_id = "replace_config",
    params(("If-Match" = Option<String>, Header, description = "The `ETag` of the configuration that was edited.")),
    request_body = Config,
    responses(
        (status = 200, body = Applied),
        (status = 409, body = Problem, description = "The new port is in use."),
        (status = 412, body = Problem, description = "Someone else was first."),
        (status = 422, body = Problem, description = "Everything that is wrong with it."),
        (status = "default", body = Problem),
    ),
)]
pub(super) async fn write(
    State(gateway): State<Gateway>,
    ExpectedRevision(expected): ExpectedRevision,
    By(actor): By,
    JsonDocument(document): JsonDocument,
) -> Result<Applied, Problem> {
    let edit = Edit {
        gateway: &gateway,
        expected,
        actor,
    };
    edit.replace(&document, "configuration replaced").await
}

/// What is wrong with a configuration.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Validation {
    /// Whether it would be taken.
    pub valid: bool,
    /// Everything that is wrong or deserves a look.
    pub issues: Vec<Issue>,
}

impl Validation {
    fn of(issues: Vec<Issue>) -> Self {
        let valid = issues
            .iter()
            .all(|issue| issue.severity != crate::config::Severity::Error);
        Self { valid, issues }
    }
}

/// Says what is wrong with a configuration, and changes nothing.
#[utoipa::path(
    post, path = "/config/validate", tag = "config", operation_id = "validate_config",
    request_body = Config,
    responses((status = 200, body = Validation), (status = "default", body = Problem)),
)]
pub(super) async fn validate(
    State(gateway): State<Gateway>,
    JsonDocument(document): JsonDocument,
) -> Json<Validation> {
    let issues = match schema::check(&document) {
        Ok(config) => gateway.validate(&config),
        Err(issues) => issues,
    };
    Json(Validation::of(issues))
}

/// Gives the configuration as `gatewright.yaml`.
#[utoipa::path(
    get, path = "/config/yaml", tag = "config", operation_id = "config_yaml",
    responses(
        (status = 200, body = String, content_type = "application/yaml"),
        (status = "default", body = Problem),
    ),
)]
pub(super) async fn read_yaml(State(gateway): State<Gateway>) -> Response {
    let current = gateway.current();
    let headers = [
        (ETAG, etag(current.revision)),
        (CONTENT_TYPE, "application/yaml; charset=utf-8".to_owned()),
    ];
    (headers, file::to_yaml(&current.config)).into_response()
}

/// A `gatewright.yaml` to take over.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Import {
    /// The file's text.
    pub yaml: String,
    /// Whether the gateway may read the files and environment variables that the file names and that
    /// it does not read already.
    #[serde(default)]
    pub allow_reads: bool,
    /// Only say what would change.
    #[serde(default)]
    pub dry_run: bool,
}

/// What an import changes.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Imported {
    /// Whether the file can be, or was, taken over.
    pub valid: bool,
    /// Everything that is wrong with the file or deserves a look.
    pub issues: Vec<Issue>,
    /// Files and environment variables that would be read anew.
    #[schema(example = json!(["the file `/etc/ssl/shop.pem`"]))]
    pub reads: Vec<String>,
    /// What is, or would be, different; one sentence each.
    #[schema(example = json!(["route `orders` added"]))]
    pub changes: Vec<String>,
    /// The revision that was put in force; absent after a dry run.
    pub revision: Option<u64>,
}

/// Replaces the configuration by a `gatewright.yaml`, or says what that would change. What it names is
/// only read if `allow_reads` says so, or if it is read already.
#[utoipa::path(
    post, path = "/config/import", tag = "config", operation_id = "import_config",
    params(("If-Match" = Option<String>, Header, description = "The `ETag` of the configuration it is to replace.")),
    request_body = Import,
    responses(
        (status = 200, body = Imported),
        (status = 412, body = Problem, description = "Someone else was first."),
        (status = 422, body = Problem, description = "Everything that is wrong with the file (not after a dry run)."),
        (status = "default", body = Problem),
    ),
)]
pub(super) async fn import(
    State(gateway): State<Gateway>,
    ExpectedRevision(expected): ExpectedRevision,
    JsonBody(import): JsonBody<Import>,
) -> Result<Json<Imported>, Problem> {
    let Import {
        yaml,
        allow_reads,
        dry_run,
    } = import;
    let parsed = file::parse(&yaml);
    if dry_run {
        return Ok(Json(preview(&gateway, parsed, allow_reads)));
    }
    let config = parsed.map_err(Problem::refused)?;
    let current = gateway.current();
    let (reads, unasked) = reads_anew(&current.config, &config);
    if !allow_reads && !unasked.is_empty() {
        return Err(Problem::refused(unasked));
    }
    let changes = diff::changes(&current.config, &config);
    let edit = Edit {
        gateway: &gateway,
        expected,
        actor: Actor::Import,
    };
    let Applied { revision, warnings } = edit.apply(config, "imported from a file").await?;
    Ok(Json(Imported {
        valid: true,
        issues: warnings,
        reads,
        changes,
        revision: Some(revision),
    }))
}

fn preview(gateway: &Gateway, parsed: Result<Config, Vec<Issue>>, allow_reads: bool) -> Imported {
    let current = gateway.current();
    let (issues, reads, changes) = match parsed {
        Ok(config) => {
            let (reads, mut issues) = reads_anew(&current.config, &config);
            if allow_reads {
                issues.clear();
            }
            issues.extend(gateway.validate(&config));
            (issues, reads, diff::changes(&current.config, &config))
        }
        Err(issues) => (issues, Vec::new(), Vec::new()),
    };
    let Validation { valid, issues } = Validation::of(issues);
    Imported {
        valid,
        issues,
        reads,
        changes,
        revision: None,
    }
}
