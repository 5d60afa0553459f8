//! Earlier configurations: what changed, and the way back.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::blocking::run_blocking;
use super::change::{Applied, Edit};
use super::extract::{ExpectedRevision, UrlPath, UrlQuery};
use super::problem::Problem;
use crate::config::{Config, diff};
use crate::gateway::Gateway;
use crate::store::{Actor, RevisionInfo, StoreError};

/// Which revisions.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct RevisionQuery {
    /// Only those before this one.
    before: Option<u64>,
    /// How many at most; 50 unless told, 200 at the most.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// Some revisions, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RevisionPage {
    /// The revisions.
    pub revisions: Vec<RevisionInfo>,
    /// Give this as `before` to get the next page; absent after the last.
    pub next: Option<u64>,
}

/// Lists earlier configurations, newest first.
#[utoipa::path(
    get, path = "/revisions", tag = "config", operation_id = "revisions",
    params(RevisionQuery),
    responses((status = 200, body = RevisionPage), (status = "default", body = Problem)),
)]
pub(super) async fn list(
    State(gateway): State<Gateway>,
    UrlQuery(RevisionQuery { before, limit }): UrlQuery<RevisionQuery>,
) -> Result<Json<RevisionPage>, Problem> {
    let limit = limit.unwrap_or(50).clamp(1, 200);
    let store = gateway.configs().clone();
    let mut revisions = run_blocking(move || store.revisions(before, limit + 1)).await?;
    let more = revisions.len() > limit as usize;
    revisions.truncate(limit as usize);
    let next = if more {
        revisions.last().map(|last| last.number)
    } else {
        None
    };
    Ok(Json(RevisionPage { revisions, next }))
}

/// One configuration as it was.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RevisionDetail {
    /// When it was made, by whom and why.
    pub info: RevisionInfo,
    /// The configuration.
    pub config: Config,
    /// What was different from the one before, one sentence each.
    #[schema(example = json!(["route `orders`: rate limit 60/min per key → 30/min per key"]))]
    pub changes: Vec<String>,
}

/// Gives one earlier configuration and what changed with it.
#[utoipa::path(
    get, path = "/revisions/{number}", tag = "config", operation_id = "revision",
    params(("number" = u64, Path, description = "Its number.")),
    responses(
        (status = 200, body = RevisionDetail),
        (status = 404, body = Problem),
        (status = "default", body = Problem),
    ),
)]
pub(super) async fn read(
    State(gateway): State<Gateway>,
    UrlPath(number): UrlPath<u64>,
) -> Result<Json<RevisionDetail>, Problem> {
    let store = gateway.configs().clone();
    let found = run_blocking(move || {
        let Some(revision) = store.revision(number)? else {
            return Ok::<_, StoreError>(None);
        };
        let before = match number.checked_sub(1) {
            Some(before) => store.revision(before)?,
            None => None,
        };
        Ok(Some((revision, before)))
    })
    .await?;
    let (revision, before) = found.ok_or_else(|| no_revision(number))?;
    let before = before.map(|before| before.config).unwrap_or_default();
    let changes = diff::changes(&before, &revision.config);
    Ok(Json(RevisionDetail {
        info: revision.info,
        config: revision.config,
        changes,
    }))
}

/// Puts an earlier configuration in force again, as a new revision.
#[utoipa::path(
    post, path = "/revisions/{number}/restore", tag = "config", operation_id = "restore_revision",
    params(
        ("number" = u64, Path, description = "Its number."),
        ("If-Match" = Option<String>, Header, description = "The `ETag` of the configuration it is to replace."),
    ),
    responses(
        (status = 200, body = Applied),
        (status = 404, body = Problem),
        (status = 409, body = Problem, description = "Its port is in use."),
        (status = 412, body = Problem, description = "Someone else was first."),
        (status = 422, body = Problem, description = "It would be refused today."),
        (status = "default", body = Problem),
    ),
)]
pub(super) async fn restore(
    State(gateway): State<Gateway>,
    UrlPath(number): UrlPath<u64>,
    ExpectedRevision(expected): ExpectedRevision,
) -> Result<Applied, Problem> {
    let store = gateway.configs().clone();
    let revision = run_blocking(move || store.revision(number))
        .await?
        .ok_or_else(|| no_revision(number))?;
    let edit = Edit {
        gateway: &gateway,
        expected,
        actor: Actor::Restore,
    };
    edit.apply(revision.config, &format!("revision {number} restored"))
        .await
}

fn no_revision(number: u64) -> Problem {
    Problem::not_found(format!("revision {number}"))
}
