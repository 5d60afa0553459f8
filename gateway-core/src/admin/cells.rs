//! Cells of the log that are made of the detail of requests.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;

use super::blocking::run_blocking;
use super::extract::JsonBody;
use super::problem::{Problem, ProblemCode};
use crate::gateway::Gateway;
use crate::ids::ExchangeId;
use crate::record::cells::{DetailColumn, MOST_COLUMNS, RowCells, cells};
use crate::record::{DetailWatch, Recorder};
use crate::store::{LogStore, StoreError};

/// Most rows of one question: a screenful and some.
const MOST_ROWS: usize = 200;

/// Which cells.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CellsWanted {
    /// The requests, at most 200.
    pub ids: Vec<ExchangeId>,
    /// The columns, at most 20: `trace`, `limit.left`, `header.NAME`, `res.header.NAME`,
    /// `req.body:PATH` and `res.body:PATH`, where the path is a JSON path (RFC 9535) such as
    /// `$.order.id`.
    pub columns: Vec<String>,
}

/// Reads cells of the log that are made of headers, bodies and traces, for the rows that are on
/// screen. What the log holds is shown, so secrets are not. Of a request that is not in the log there
/// are none.
#[utoipa::path(
    post, path = "/exchanges/cells", tag = "traffic", operation_id = "exchange_cells",
    request_body = CellsWanted,
    responses(
        (status = 200, body = Vec<RowCells>),
        (status = 400, body = Problem, description = "There is no such column."),
        (status = "default", body = Problem),
    ),
)]
pub(super) async fn read(
    State(gateway): State<Gateway>,
    JsonBody(CellsWanted { ids, columns }): JsonBody<CellsWanted>,
) -> Result<Json<Vec<RowCells>>, Problem> {
    if ids.len() > MOST_ROWS {
        return Err(refused(format!(
            "Cells of at most {MOST_ROWS} requests can be read at a time."
        )));
    }
    let reader = CellReader::new(&gateway, parsed(&columns)?);
    reader.read(ids, None).await.map(Json)
}

/// Reads columns out of a URL: a JSON array of their names.
pub(super) fn columns(text: Option<&str>) -> Result<Vec<DetailColumn>, Problem> {
    let Some(text) = text.filter(|text| !text.is_empty()) else {
        return Ok(Vec::new());
    };
    let names: Vec<String> = serde_json::from_str(text)
        .map_err(|_| refused("`cols` is a JSON array of the names of columns.".to_owned()))?;
    parsed(&names)
}

fn parsed(names: &[String]) -> Result<Vec<DetailColumn>, Problem> {
    if names.len() > MOST_COLUMNS {
        return Err(refused(format!(
            "At most {MOST_COLUMNS} columns can be made of the detail of requests."
        )));
    }
    let columns = names.iter().map(|name| name.parse().map_err(refused));
    columns.collect()
}

fn refused(detail: String) -> Problem {
    Problem::new(ProblemCode::RequestInvalid, detail)
}

/// Makes cells of requests that run, that ended just now, and that are in the log.
pub(super) struct CellReader {
    columns: Arc<[DetailColumn]>,
    recorder: Recorder,
    log: LogStore,
    /// Where columns are asked for; nothing is kept for nobody.
    watch: Option<Arc<DetailWatch>>,
}

impl CellReader {
    pub(super) fn new(gateway: &Gateway, columns: Vec<DetailColumn>) -> Self {
        let recorder = gateway.recorder().clone();
        let watch = (!columns.is_empty()).then(|| Arc::new(recorder.watch_details()));
        Self {
            columns: columns.into(),
            recorder,
            log: gateway.log().clone(),
            watch,
        }
    }

    /// The cells of those of the requests whose detail can be read, in their order and in the time
    /// there is.
    pub(super) async fn read(
        &self,
        ids: Vec<ExchangeId>,
        within: Option<Duration>,
    ) -> Result<Vec<RowCells>, Problem> {
        let Some(watch) = self.watch.clone().filter(|_| !ids.is_empty()) else {
            return Ok(Vec::new());
        };
        let (columns, recorder, log) = (
            self.columns.clone(),
            self.recorder.clone(),
            self.log.clone(),
        );
        run_blocking(move || {
            let began = Instant::now();
            let mut rows = Vec::with_capacity(ids.len());
            for id in ids {
                if within.is_some_and(|within| began.elapsed() > within) {
                    break;
                }
                // In the order in which a request goes from one to the next, so that it is in none
                // of them at no time.
                let kept = recorder.running(id).map(|(_, kept)| kept);
                let kept = kept.or_else(|| watch.detail(id));
                let kept = match kept {
                    Some(kept) => Some(kept),
                    None => log.exchange(id)?.map(|(_, kept)| kept),
                };
                rows.extend(kept.map(|kept| RowCells {
                    id,
                    cells: cells(&columns, &kept),
                }));
            }
            Ok::<_, StoreError>(rows)
        })
        .await
    }
}
