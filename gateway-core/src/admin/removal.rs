//! Removing requests from the log, and having them back.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::blocking::run_blocking;
use super::extract::JsonBody;
use super::problem::{Problem, ProblemCode};
use crate::config::Issue;
use crate::gateway::{Gateway, LogAction};
use crate::ids::ExchangeId;
use crate::record::summary::ExchangeSummary;

/// Most requests at a time.
const MOST: usize = 1_000;
/// How long they can be had back.
const UNDO: Duration = Duration::from_mins(1);

/// Which requests.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Those {
    /// Which.
    #[schema(min_items = 1, max_items = 1000)]
    pub ids: Vec<ExchangeId>,
}

/// What became of removing requests.
#[derive(Serialize, ToSchema)]
pub(super) struct RemovedRequests {
    /// Those that are not in the log any more.
    pub removed: Vec<ExchangeId>,
    /// Those that stay, since they are pinned.
    pub pinned: Vec<ExchangeId>,
    /// Those that were not in the log: they still run, or were removed before.
    pub missing: Vec<ExchangeId>,
    /// Until when they can be had back, microseconds since 1970.
    pub until_us: i64,
}

/// Removes requests that are not pinned from the log. For a minute they can be had back; then they are
/// gone for good, also if nobody asks again. Sums of usage stay.
#[utoipa::path(
    post, path = "/exchanges/remove", tag = "traffic", operation_id = "remove_exchanges",
    request_body = Those,
    responses(
        (status = 200, body = RemovedRequests),
        (status = 404, body = Problem, description = "None of them is in the log."),
        (status = 409, body = Problem, description = "It still runs."),
        (status = "default", body = Problem),
    ),
)]
pub(super) async fn remove(
    State(gateway): State<Gateway>,
    JsonBody(Those { ids }): JsonBody<Those>,
) -> Result<Json<RemovedRequests>, Problem> {
    check(&ids)?;
    // What has just ended can be removed.
    gateway.recorder().flush().await;
    let undo_us = i64::try_from(UNDO.as_micros()).unwrap_or(i64::MAX);
    let until_us = gateway.clock().now().epoch_us.saturating_add(undo_us);
    let (store, wanted) = (gateway.log().clone(), ids.clone());
    let done = run_blocking(move || store.remove(&wanted, until_us)).await?;
    if done.missing.len() == ids.len() {
        return Err(not_there(&gateway, &done.missing, "removed"));
    }
    gateway.log_changed(LogAction::Removed, &done.removed);
    Ok(Json(RemovedRequests {
        removed: done.removed,
        pinned: done.pinned,
        missing: done.missing,
        until_us,
    }))
}

/// What became of wanting requests back.
#[derive(Serialize, ToSchema)]
pub(super) struct RestoredRequests {
    /// Those that are in the log again, at the places they had.
    pub rows: Vec<ExchangeSummary>,
    /// Those that are gone for good.
    pub missing: Vec<ExchangeId>,
}

/// Puts requests back that were removed less than a minute ago.
#[utoipa::path(
    post, path = "/exchanges/restore", tag = "traffic", operation_id = "restore_exchanges",
    request_body = Those,
    responses(
        (status = 200, body = RestoredRequests),
        (status = 404, body = Problem, description = "They are gone for good."),
        (status = "default", body = Problem),
    ),
)]
pub(super) async fn restore(
    State(gateway): State<Gateway>,
    JsonBody(Those { ids }): JsonBody<Those>,
) -> Result<Json<RestoredRequests>, Problem> {
    check(&ids)?;
    let store = gateway.log().clone();
    let done = run_blocking(move || store.restore(&ids)).await?;
    if done.rows.is_empty() {
        let detail = "They were removed more than a minute ago, or the log was emptied since: they \
                      are gone for good.";
        return Err(Problem {
            detail: detail.to_owned(),
            ..Problem::not_found("such removed request")
        });
    }
    let ids: Vec<_> = done.rows.iter().map(|row| row.id).collect();
    gateway.log_changed(LogAction::Restored, &ids);
    Ok(Json(RestoredRequests {
        rows: done.rows,
        missing: done.missing,
    }))
}

/// Refuses no requests, and too many.
pub(super) fn check(ids: &[ExchangeId]) -> Result<(), Problem> {
    let message = match ids.len() {
        0 => "it takes one request at least".to_owned(),
        1..=MOST => return Ok(()),
        _ => format!("it takes at most {MOST} requests at a time"),
    };
    Err(Problem {
        issues: vec![Issue::error("ids", message.clone())],
        ..Problem::new(ProblemCode::BodyInvalid, format!("`ids`: {message}."))
    })
}

/// None of these requests is in the log.
pub(super) fn not_there(gateway: &Gateway, ids: &[ExchangeId], what: &str) -> Problem {
    let mut running = ids.iter().map(|id| gateway.recorder().running(*id));
    if running.all(|one| one.is_some()) {
        return Problem::new(
            ProblemCode::RequestRunning,
            format!("It still runs. It can be {what} once it has ended."),
        );
    }
    Problem {
        detail: "It is not in the log any more: it was removed, or there was no more room for it."
            .to_owned(),
        ..Problem::not_found("such request in the log")
    }
}
