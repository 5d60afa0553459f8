//! The requests that are told of, gathered between one time and the next.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use utoipa::ToSchema;

use crate::admin::blocking::run_blocking;
use crate::admin::cells::CellReader;
use crate::admin::finding::resolve;
use crate::figures::TrafficFigures;
use crate::gateway::Gateway;
use crate::ids::ExchangeId;
use crate::record::cells::RowCells;
use crate::record::filter::Filter;
use crate::record::summary::ExchangeSummary;
use crate::store::{Bin, StoreError};

/// How long traffic may wait for the cells of its rows.
const CELLS_TIME: Duration = Duration::from_millis(40);

/// Requests since the last such event.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Traffic {
    /// The newest that match the filter, oldest first.
    pub rows: Vec<ExchangeSummary>,
    /// How many matched since the last such event.
    pub matched: u64,
    /// How many of those are not in `rows`.
    pub omitted: u64,
    /// How many of those that matched began in each second, by class of status.
    pub counts: Vec<SecondCount>,
    /// The highest number of a request that ended, matching or not.
    pub newest: u64,
    /// How many ended since this stream began, matching or not.
    pub total_seen: u64,
    /// Those that match and still run, once the head of their answer was sent.
    pub open: Vec<ExchangeSummary>,
    /// The cells of the columns that were asked for, of those of these requests whose detail can be
    /// read already.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cells: Vec<RowCells>,
    /// How much traffic there is.
    pub figures: TrafficFigures,
    /// How many were not recorded since Gatewright started, for want of room.
    pub dropped: u64,
}

/// Requests that began in one second.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct SecondCount {
    /// The second, since 1970.
    pub at_s: i64,
    /// How many.
    #[serde(flatten)]
    pub count: Bin,
}

/// The newest matching rows since the last [`Traffic`].
pub(super) struct Window {
    filter: Filter,
    most: usize,
    rows: VecDeque<Arc<ExchangeSummary>>,
    counts: BTreeMap<i64, Bin>,
    matched: u64,
    /// Where the filter takes the detail of requests: the last one whose detail was looked at.
    looked_at: u64,
    total_seen: u64,
    newest: u64,
    told_seen: u64,
    /// What was told of running requests: which, and how far.
    told_open: Vec<(ExchangeId, u64, u64, u64)>,
    cells: CellReader,
}

impl Window {
    /// Tells at most so many rows at a time that match.
    pub(super) fn new(filter: Filter, most: usize, cells: CellReader) -> Self {
        Self {
            filter,
            most,
            rows: VecDeque::new(),
            counts: BTreeMap::new(),
            matched: 0,
            looked_at: 0,
            total_seen: 0,
            newest: 0,
            told_seen: 0,
            told_open: Vec::new(),
            cells,
        }
    }

    /// Finds out what the filter leaves to be found out.
    pub(super) async fn begin(&mut self, gateway: &Gateway) {
        let store = gateway.log().clone();
        // Where the log cannot be read, nothing is beyond a percentile of it.
        if let Ok(filter) = resolve(store.clone(), self.filter.clone()).await {
            self.filter = filter;
        }
        if self.filter.needs_detail() {
            self.looked_at = run_blocking(move || store.last_seq()).await.unwrap_or(0);
        }
    }

    /// Takes one that ended.
    pub(super) fn see(&mut self, summary: Arc<ExchangeSummary>) {
        self.total_seen += 1;
        self.newest = self.newest.max(summary.seq);
        if !self.filter.needs_detail() && self.filter.matches(&summary, None) {
            self.show(summary);
        }
    }

    fn show(&mut self, summary: Arc<ExchangeSummary>) {
        self.matched += 1;
        let second = summary.started_at_us.div_euclid(1_000_000);
        let count = self.counts.entry(second).or_default();
        count.add(summary.status, 1);
        if self.rows.len() == self.most {
            self.rows.pop_front();
        }
        self.rows.push_back(summary);
    }

    /// The detail of requests is in the log only, a little after they ended.
    async fn look_at_details(&mut self, gateway: &Gateway) {
        let (store, filter, after) = (gateway.log().clone(), self.filter.clone(), self.looked_at);
        let found = run_blocking(move || {
            let last = store.last_seq()?;
            Ok::<_, StoreError>((store.newer(&filter, after)?, last))
        });
        // What cannot be read now is looked at the next time.
        let Ok((rows, last)) = found.await else {
            return;
        };
        self.looked_at = rows.last().map_or(last, |row| row.seq.max(last));
        rows.into_iter().for_each(|row| self.show(Arc::new(row)));
    }

    /// What to tell, if anything happened since the last time.
    pub(super) async fn take(&mut self, gateway: &Gateway) -> Option<Traffic> {
        if self.filter.needs_detail() {
            self.look_at_details(gateway).await;
        }
        let recorder = gateway.recorder();
        let mut open = recorder.open();
        open.retain(|summary| match self.filter.needs_detail() {
            false => self.filter.matches(summary, None),
            true => recorder
                .running(summary.id)
                .is_some_and(|(_, kept)| self.filter.matches(summary, Some(&kept))),
        });
        let progress: Vec<_> = open
            .iter()
            .map(|open| {
                let ExchangeSummary {
                    id,
                    request_bytes,
                    response_bytes,
                    messages,
                    ..
                } = open;
                (*id, *request_bytes, *response_bytes, *messages)
            })
            .collect();
        if self.total_seen == self.told_seen && self.matched == 0 && progress == self.told_open {
            return None;
        }
        self.told_seen = self.total_seen;
        self.told_open = progress;
        let rows: Vec<_> = self.rows.drain(..).map(Arc::unwrap_or_clone).collect();
        let matched = std::mem::take(&mut self.matched);
        // The newest first: of large bodies there is not time for all, and the rest can be asked for.
        let ids = rows.iter().chain(&open).rev().map(|row| row.id).collect();
        // Without them the rows are still worth telling.
        let cells = self.cells.read(ids, Some(CELLS_TIME)).await;
        let cells = cells.unwrap_or_default();
        Some(Traffic {
            cells,
            matched,
            omitted: matched - rows.len() as u64,
            rows,
            counts: std::mem::take(&mut self.counts)
                .into_iter()
                .map(|(at_s, count)| SecondCount { at_s, count })
                .collect(),
            newest: self.newest,
            total_seen: self.total_seen,
            open,
            figures: gateway.figures().now(),
            dropped: gateway.recorder().status().dropped,
        })
    }
}
