//! Rows of the log in another order than that in which they ended: the first of those that were
//! looked at, in a bounded time.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use rusqlite::types::Value;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::LogStore;
use super::error::StoreError;
use super::exchange_row::{COLUMNS, read};
use super::scan::Scan;
use crate::record::filter::Filter;
use crate::record::summary::ExchangeSummary;

/// How long one call looks.
const PATIENCE: Duration = Duration::from_millis(1_500);

/// What rows are sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SortBy {
    /// When they began.
    Started,
    /// How long they took.
    Duration,
    /// How long it took to the first byte of the answer.
    FirstByte,
    /// Bytes of the answer.
    ResponseBytes,
    /// Bytes of the request.
    RequestBytes,
    /// Status.
    Status,
    /// Tries to get an answer.
    Tries,
    /// Method.
    Method,
    /// Path.
    Path,
    /// Host.
    Host,
    /// Route, then version.
    Route,
    /// Name of the API key.
    Key,
    /// Consumer.
    Consumer,
    /// Plan.
    Plan,
    /// Target that was asked last.
    Target,
    /// Address of the caller.
    ClientIp,
}

/// Rows in an order.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct SortedRows {
    /// The first in that order. Those without a value come last, of equal ones the newest first.
    pub rows: Vec<ExchangeSummary>,
    /// How many rows that match were put in order.
    pub of: u64,
    /// Rows that ended before the one with this number were not looked at: that would have taken too
    /// long. Absent where all were.
    pub looked_from: Option<u64>,
}

impl SortBy {
    fn sql(self) -> &'static str {
        match self {
            Self::Started => "started_at_us",
            Self::Duration => "duration_us",
            Self::FirstByte => "gateway_us + connect_us + wait_us",
            Self::ResponseBytes => "response_bytes",
            Self::RequestBytes => "request_bytes",
            Self::Status => "status",
            Self::Tries => "tries",
            Self::Method => "method",
            Self::Path => "path",
            Self::Host => "host",
            Self::Route => "route || ' ' || coalesce(version, '')",
            Self::Key => "key_name",
            Self::Consumer => "consumer",
            Self::Plan => "plan",
            Self::Target => "target",
            Self::ClientIp => "client_ip",
        }
    }

    fn of(self, row: &ExchangeSummary) -> Value {
        let number = |number: u64| Value::from(i64::try_from(number).unwrap_or(i64::MAX));
        let text = |text: Option<String>| text.map_or(Value::Null, Value::from);
        match self {
            Self::Started => Value::from(row.started_at_us),
            Self::Duration => number(row.duration_us),
            Self::FirstByte => {
                let timing = &row.timing;
                number(timing.gateway_us + timing.connect_us + timing.wait_us)
            }
            Self::ResponseBytes => number(row.response_bytes),
            Self::RequestBytes => number(row.request_bytes),
            Self::Status => number(row.status.into()),
            Self::Tries => number(row.tries.into()),
            Self::Method => text(Some(row.method.clone())),
            Self::Path => text(Some(row.path.clone())),
            Self::Host => text(Some(row.host.clone())),
            Self::Route => text(row.route.as_ref().map(|route| {
                let version = row.version.as_ref().map(ToString::to_string);
                format!("{route} {}", version.unwrap_or_default())
            })),
            Self::Key => text(row.key.as_ref().map(|key| key.name.clone())),
            Self::Consumer => text(row.consumer.clone()),
            Self::Plan => text(row.plan.as_ref().map(ToString::to_string)),
            Self::Target => text(row.target.clone()),
            Self::ClientIp => text(Some(row.client_ip.clone())),
        }
    }
}

impl LogStore {
    /// The first rows that match in an order, as far as the log could be looked through, newest
    /// first.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn sorted(
        &self,
        filter: &Filter,
        by: SortBy,
        descending: bool,
        limit: usize,
    ) -> Result<SortedRows, StoreError> {
        self.sorted_until(filter, by, descending, limit, Instant::now() + PATIENCE)
    }

    fn sorted_until(
        &self,
        filter: &Filter,
        by: SortBy,
        descending: bool,
        limit: usize,
        until: Instant,
    ) -> Result<SortedRows, StoreError> {
        self.with(|db| {
            let view = db.unchecked_transaction()?;
            let mut scan = Scan::new(&view, filter, None)?;
            let mut windows = scan.windows();
            let mut first = First {
                places: BinaryHeap::new(),
                descending,
                limit,
            };
            let (mut of, mut looked_from) = (0, None);
            while let Some((low, high)) = windows.next() {
                let began = Instant::now();
                for (seq, value) in values(&mut scan, filter, by, low, high)? {
                    of += 1;
                    first.take(seq, value);
                }
                if Instant::now() >= until && low > scan.low {
                    looked_from = Some(low);
                    break;
                }
                windows.looked(began.elapsed());
            }
            let places = first.places.into_sorted_vec();
            let rows = places.iter().map(|place| row(&view, place.seq));
            Ok(SortedRows {
                rows: rows.collect::<Result<_, _>>()?,
                of,
                looked_from,
            })
        })
    }
}

/// The numbers of a window's rows that match, and what they are sorted by.
fn values(
    scan: &mut Scan<'_>,
    filter: &Filter,
    by: SortBy,
    low: u64,
    high: u64,
) -> rusqlite::Result<Vec<(u64, Value)>> {
    if !filter.is_whole_in_sql() {
        let (mut rows, far_off) = (Vec::new(), Instant::now() + Duration::from_secs(60));
        scan.each(low, high, usize::MAX, far_off, &mut rows)?;
        return Ok(rows.iter().map(|row| (row.seq, by.of(row))).collect());
    }
    let columns = format!("seq, {}", by.sql());
    let mut found = scan.narrowed(low, high, usize::MAX, &columns, |row| {
        Ok((row.get(0)?, row.get(1)?))
    })?;
    found.sort_unstable_by_key(|(seq, _)| *seq);
    found.dedup_by_key(|(seq, _): &mut (u64, Value)| *seq);
    Ok(found)
}

fn row(db: &Connection, seq: u64) -> rusqlite::Result<ExchangeSummary> {
    let sql = format!("SELECT {COLUMNS} FROM exchanges WHERE seq = ?1");
    db.prepare_cached(&sql)?.query_row([seq], read)
}

/// The first of what was taken, never more than the limit.
struct First {
    /// The last of them on top.
    places: BinaryHeap<Place>,
    descending: bool,
    limit: usize,
}

impl First {
    fn take(&mut self, seq: u64, value: Value) {
        let place = Place {
            order: Order::of(value, self.descending),
            seq,
        };
        if self.places.len() < self.limit {
            self.places.push(place);
        } else if let Some(mut last) = self.places.peek_mut()
            && place < *last
        {
            *last = place;
        }
    }
}

/// Where a row stands; the least comes first.
#[derive(PartialEq, Eq)]
struct Place {
    order: Order,
    seq: u64,
}

/// A value as it is compared. Text without the case of ASCII letters.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Order {
    Up(i64, String),
    Down(Reverse<(i64, String)>),
    None,
}

impl Order {
    fn of(value: Value, descending: bool) -> Self {
        let (number, text) = match value {
            Value::Integer(number) => (number, String::new()),
            Value::Text(text) => (0, text.to_ascii_lowercase()),
            _ => return Self::None,
        };
        match descending {
            false => Self::Up(number, text),
            true => Self::Down(Reverse((number, text))),
        }
    }
}

impl Ord for Place {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_value = self.order.cmp(&other.order);
        by_value.then_with(|| other.seq.cmp(&self.seq))
    }
}

impl PartialOrd for Place {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::filter::When;
    use crate::record::fixtures::{kept, row};
    use crate::store::Finished;

    const ALL: [SortBy; 16] = [
        SortBy::Started,
        SortBy::Duration,
        SortBy::FirstByte,
        SortBy::ResponseBytes,
        SortBy::RequestBytes,
        SortBy::Status,
        SortBy::Tries,
        SortBy::Method,
        SortBy::Path,
        SortBy::Host,
        SortBy::Route,
        SortBy::Key,
        SortBy::Consumer,
        SortBy::Plan,
        SortBy::Target,
        SortBy::ClientIp,
    ];

    fn log(dir: &tempfile::TempDir) -> (LogStore, Vec<ExchangeSummary>) {
        let log = LogStore::open(&dir.path().join("traffic.db")).unwrap();
        let rows: Vec<_> = (1..=60_u64)
            .map(|seq| {
                let mut row = row(seq);
                let pick = |of: u64| seq.wrapping_mul(7_919) % of;
                row.started_at_us = i64::try_from(pick(50)).unwrap();
                row.duration_us = pick(11);
                row.timing.wait_us = pick(13);
                row.status = [200, 404, 503][pick(3) as usize];
                row.tries = pick(3) as u32;
                row.response_bytes = pick(17);
                row.path = ["/b", "/A", "/c"][pick(3) as usize].to_owned();
                row.consumer = [None, Some("zed"), Some("Acme")][pick(3) as usize].map(Into::into);
                row.plan = [None, Some("gold")][pick(2) as usize].map(Into::into);
                row.version = [None, Some("v1")][pick(2) as usize].map(Into::into);
                row
            })
            .collect();
        let finished: Vec<_> = rows
            .iter()
            .map(|row| Finished::new(row.clone(), &kept()))
            .collect();
        log.writer().unwrap().write(&finished).unwrap();
        (log, rows)
    }

    fn filter(text: &str) -> Filter {
        let when = When {
            now_us: 0,
            zone: jiff::tz::TimeZone::UTC,
        };
        Filter::parse(text, &when).unwrap()
    }

    /// All of these, sorted by hand.
    fn by_hand(
        rows: &[ExchangeSummary],
        filter: &Filter,
        by: SortBy,
        descending: bool,
    ) -> Vec<u64> {
        let shown = rows.iter().filter(|row| filter.matches(row, Some(&kept())));
        let mut shown: Vec<_> = shown.map(|row| (by.of(row), row.seq)).collect();
        let text = |value: &Value| match value {
            Value::Integer(number) => format!("{number:020}"),
            Value::Text(text) => text.to_lowercase(),
            _ => String::new(),
        };
        shown.sort_by(|(a, a_seq), (b, b_seq)| {
            let none = (*a == Value::Null).cmp(&(*b == Value::Null));
            let value = text(a).cmp(&text(b));
            let value = if descending { value.reverse() } else { value };
            none.then(value).then(b_seq.cmp(a_seq))
        });
        shown.into_iter().map(|(_, seq)| seq).collect()
    }

    #[test]
    fn the_first_of_any_filter_in_any_order_are_those_that_are_found_by_hand() {
        let dir = tempfile::tempdir().unwrap();
        let (log, rows) = log(&dir);
        // The last two cannot be said in SQL alone.
        for text in [
            "",
            "status:404,503",
            "consumer:acme",
            "query.page:2",
            "-body:x",
        ] {
            let filter = filter(text);
            for by in ALL {
                for descending in [true, false] {
                    let sorted = log.sorted(&filter, by, descending, 9).unwrap();
                    let all = by_hand(&rows, &filter, by, descending);
                    let found: Vec<_> = sorted.rows.iter().map(|row| row.seq).collect();
                    assert_eq!(found, all[..9.min(all.len())], "{text} {by:?} {descending}");
                    assert_eq!((sorted.of, sorted.looked_from), (all.len() as u64, None));
                }
            }
        }
    }

    #[test]
    fn what_was_not_looked_at_in_time_is_said() {
        let dir = tempfile::tempdir().unwrap();
        let (log, rows) = log(&dir);
        let all = Filter::default();
        let sorted = log.sorted_until(&all, SortBy::Duration, true, 100, Instant::now());
        let sorted = sorted.unwrap();
        let from = sorted.looked_from.unwrap();
        assert!(from > 1 && sorted.of == 61 - from, "{from}");
        let looked_at = &rows[usize::try_from(from - 1).unwrap()..];
        let found: Vec<_> = sorted.rows.iter().map(|row| row.seq).collect();
        assert_eq!(found, by_hand(looked_at, &all, SortBy::Duration, true));
    }
}
