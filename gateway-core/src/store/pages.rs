//! Finds rows of the log, newest first, in a bounded time: what was not looked at yet is looked at by
//! asking again.

use std::time::{Duration, Instant};

use serde::Serialize;
use utoipa::ToSchema;

use super::LogStore;
use super::error::StoreError;
use super::scan::Scan;
use crate::record::filter::Filter;
use crate::record::summary::ExchangeSummary;

/// How long one call looks.
const PATIENCE: Duration = Duration::from_millis(250);

/// Some rows of the log.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = ExchangePage)]
pub struct Page {
    /// Newest first.
    pub rows: Vec<ExchangeSummary>,
    /// What to give as `before` for the rows after these; absent at the end. A page may hold fewer
    /// rows than were asked for, or none, and still have one: then looking took long.
    pub next: Option<u64>,
    /// What had to be looked through: from this number
    pub oldest: u64,
    /// to before this one. With `next` it tells how far looking has come.
    pub end: u64,
}

impl LogStore {
    /// At most `limit` rows that match, before the row `before`, newest first. Stable while rows
    /// are added.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn page(
        &self,
        filter: &Filter,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Page, StoreError> {
        self.page_until(filter, before, limit, Instant::now() + PATIENCE)
    }

    /// The same, but looks until a moment. At least one window is always looked through, so that
    /// asking again and again comes to the end.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn page_until(
        &self,
        filter: &Filter,
        before: Option<u64>,
        limit: u32,
        until: Instant,
    ) -> Result<Page, StoreError> {
        self.with(|db| {
            // One view of the log, while rows are added and removed.
            let view = db.unchecked_transaction()?;
            page(Scan::new(&view, filter, before)?, limit as usize, until)
        })
    }

    /// The rows after the row `after` that match, oldest first.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn newer(&self, filter: &Filter, after: u64) -> Result<Vec<ExchangeSummary>, StoreError> {
        self.with(|db| {
            let view = db.unchecked_transaction()?;
            let mut scan = Scan::new(&view, filter, None)?;
            scan.low = scan.low.max(after + 1);
            let mut rows = Vec::new();
            if scan.low < scan.high {
                let far_off = Instant::now() + Duration::from_secs(60);
                scan.each(scan.low, scan.high, usize::MAX, far_off, &mut rows)?;
            }
            rows.reverse();
            Ok(rows)
        })
    }
}

fn page(mut scan: Scan<'_>, limit: usize, until: Instant) -> rusqlite::Result<Page> {
    let oldest: u64 = scan
        .db
        .prepare_cached("SELECT coalesce(min(seq), 0) FROM exchanges")?
        .query_row([], |row| row.get(0))?;
    scan.low = scan.low.max(oldest);
    let mut page = Page {
        rows: Vec::new(),
        next: None,
        oldest: scan.low,
        end: scan.high,
    };
    let mut windows = scan.windows();
    while let Some((low, high)) = windows.next() {
        let began = Instant::now();
        let left = limit - page.rows.len();
        let stopped = scan.each(low, high, left, until, &mut page.rows)?;
        if page.rows.len() >= limit {
            page.next = page.rows.last().map(|row| row.seq);
            break;
        }
        if stopped.is_some() || Instant::now() >= until {
            page.next = stopped.or((low > scan.low).then_some(low));
            break;
        }
        windows.looked(began.elapsed());
    }
    Ok(page)
}
