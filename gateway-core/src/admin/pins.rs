//! Requests that a person keeps.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::blocking::run_blocking;
use super::extract::JsonBody;
use super::problem::{Problem, ProblemCode};
use super::removal::{check, not_there};
use crate::gateway::{Gateway, LogAction};
use crate::ids::ExchangeId;
use crate::store::{MOST_PINNED_BYTES, MOST_PINS, Pinning};

/// Which requests, and whether they are to be kept.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PinsWanted {
    /// Which.
    #[schema(min_items = 1, max_items = 1000)]
    pub ids: Vec<ExchangeId>,
    /// Whether they are to be pinned, or not any more.
    pub pinned: bool,
}

/// What became of it.
#[derive(Serialize, ToSchema)]
pub(super) struct PinsChanged {
    /// Those that were not like that before.
    pub changed: Vec<ExchangeId>,
    /// Those that are not in the log: they still run, or were removed.
    pub missing: Vec<ExchangeId>,
}

/// Pins requests, or lets go of them. Neither retention nor emptying the log removes pinned ones, and
/// they take no room of others: at most 1,000, and at most 256 MiB of them.
#[utoipa::path(
    post, path = "/exchanges/pin", tag = "traffic", operation_id = "pin_exchanges",
    request_body = PinsWanted,
    responses(
        (status = 200, body = PinsChanged),
        (status = 404, body = Problem, description = "None of them is in the log."),
        (status = 409, body = Problem, description = "No more can be pinned, or it still runs."),
        (status = "default", body = Problem),
    ),
)]
pub(super) async fn pin(
    State(gateway): State<Gateway>,
    JsonBody(PinsWanted { ids, pinned }): JsonBody<PinsWanted>,
) -> Result<Json<PinsChanged>, Problem> {
    check(&ids)?;
    // What has just ended can be pinned.
    gateway.recorder().flush().await;
    let (store, wanted) = (gateway.log().clone(), ids.clone());
    let (changed, missing) = match run_blocking(move || store.pin(&wanted, pinned)).await? {
        Pinning::Done { changed, missing } => (changed, missing),
        Pinning::TooMany { pinned } => {
            return Err(full(format!(
                "At most {MOST_PINS} requests can be pinned, and {pinned} are."
            )));
        }
        Pinning::TooLarge { pinned_bytes } => {
            let mib = |bytes: u64| bytes.div_ceil(1024 * 1024);
            return Err(full(format!(
                "Pinned requests may take {} MiB together, and those that are pinned take {} MiB.",
                mib(MOST_PINNED_BYTES),
                mib(pinned_bytes)
            )));
        }
    };
    if missing.len() == ids.len() {
        return Err(not_there(&gateway, &missing, "pinned"));
    }
    let action = match pinned {
        true => LogAction::Pinned,
        false => LogAction::Unpinned,
    };
    gateway.log_changed(action, &changed);
    Ok(Json(PinsChanged { changed, missing }))
}

fn full(detail: String) -> Problem {
    let detail = format!("{detail} Unpin some first; the filter `is:pinned` shows them.");
    Problem::new(ProblemCode::PinsFull, detail)
}
