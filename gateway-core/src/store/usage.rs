//! Sums per minute: how much each key uses.

use std::collections::HashMap;

use rusqlite::Transaction;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::error::StoreError;
use super::exchanges::LogStore;
use crate::ids::KeyId;
use crate::record::summary::ExchangeSummary;

const MINUTE_US: i64 = 60_000_000;
const HOURS: i64 = 24;

/// What was done with a key in the last 24 hours: the current hour and the 23 full ones before it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct KeyUsage {
    /// Requests, refused ones too.
    pub requests: u64,
    /// Requests answered 429.
    pub limited: u64,
    /// Requests answered 401.
    pub refused: u64,
    /// Requests answered 5xx.
    pub errors: u64,
    /// When it was last accepted, microseconds since 1970; absent if never.
    pub last_used_at_us: Option<i64>,
    /// Requests per hour, oldest first; 24 numbers.
    pub hourly: Vec<u64>,
}

#[derive(Default)]
struct Sums {
    requests: u64,
    limited: u64,
    refused: u64,
    request_bytes: u64,
    response_bytes: u64,
}

/// Adds rows to the sums, in the transaction that stores them.
pub(super) fn add<'a>(
    tx: &Transaction<'_>,
    rows: impl Iterator<Item = &'a ExchangeSummary>,
) -> rusqlite::Result<()> {
    let mut sums: HashMap<(i64, Vec<u8>, String, u16), Sums> = HashMap::new();
    let mut last_used: HashMap<Uuid, i64> = HashMap::new();
    for row in rows {
        let key = row
            .key
            .as_ref()
            .map_or(Vec::new(), |key| key.id.0.as_bytes().to_vec());
        let route = row
            .route
            .as_ref()
            .map_or(String::new(), ToString::to_string);
        let minute = row.started_at_us.div_euclid(MINUTE_US);
        let sum = sums
            .entry((minute, key, route, row.status / 100))
            .or_default();
        sum.requests += 1;
        sum.limited += u64::from(row.status == 429);
        sum.refused += u64::from(row.status == 401);
        sum.request_bytes += row.request_bytes;
        sum.response_bytes += row.response_bytes;
        if let Some(key) = row.key.as_ref().filter(|_| row.status != 401) {
            let at = last_used.entry(key.id.0).or_default();
            *at = row.started_at_us.max(*at);
        }
    }
    let mut upsert = tx.prepare_cached(
        "INSERT INTO usage_minutes (minute, key_id, route, status_class, requests, limited,
                                    refused, request_bytes, response_bytes)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
         ON CONFLICT DO UPDATE SET
             requests = requests + excluded.requests,
             limited = limited + excluded.limited,
             refused = refused + excluded.refused,
             request_bytes = request_bytes + excluded.request_bytes,
             response_bytes = response_bytes + excluded.response_bytes",
    )?;
    for ((minute, key, route, class), sum) in sums {
        let Sums {
            requests,
            limited,
            refused,
            request_bytes,
            response_bytes,
        } = sum;
        upsert.execute((
            minute,
            key,
            route,
            class,
            requests,
            limited,
            refused,
            request_bytes,
            response_bytes,
        ))?;
    }
    let mut touch = tx.prepare_cached(
        "INSERT INTO key_last_used (key_id, at_us) VALUES (?1, ?2)
         ON CONFLICT DO UPDATE SET at_us = max(at_us, excluded.at_us)",
    )?;
    for (key, at_us) in last_used {
        touch.execute((key, at_us))?;
    }
    Ok(())
}

impl LogStore {
    /// What was done with each key in the last 24 hours; keys that were never seen are absent.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn key_usage(&self, now_us: i64) -> Result<HashMap<KeyId, KeyUsage>, StoreError> {
        let this_hour = now_us.div_euclid(60 * MINUTE_US);
        let first_minute = (this_hour - HOURS + 1) * 60;
        self.with(|db| {
            let mut usage: HashMap<KeyId, KeyUsage> = HashMap::new();
            let empty = || KeyUsage {
                hourly: vec![0; HOURS as usize],
                ..KeyUsage::default()
            };
            let mut last = db.prepare_cached("SELECT key_id, at_us FROM key_last_used")?;
            let mut rows = last.query([])?;
            while let Some(row) = rows.next()? {
                let of_key = usage.entry(KeyId(row.get(0)?)).or_insert_with(empty);
                of_key.last_used_at_us = Some(row.get(1)?);
            }
            let mut sums = db.prepare_cached(
                "SELECT key_id, (minute - ?1) / 60, status_class,
                        sum(requests), sum(limited), sum(refused)
                 FROM usage_minutes WHERE minute >= ?1 AND key_id <> x''
                 GROUP BY 1, 2, 3",
            )?;
            let mut rows = sums.query([first_minute])?;
            while let Some(row) = rows.next()? {
                let of_key = usage.entry(KeyId(row.get(0)?)).or_insert_with(empty);
                let (hour, class): (usize, u16) = (row.get(1)?, row.get(2)?);
                let requests: u64 = row.get(3)?;
                of_key.requests += requests;
                of_key.limited += row.get::<_, u64>(4)?;
                of_key.refused += row.get::<_, u64>(5)?;
                of_key.errors += if class == 5 { requests } else { 0 };
                // A clock that was set back leaves sums in hours to come.
                if let Some(of_hour) = of_key.hourly.get_mut(hour) {
                    *of_hour += requests;
                }
            }
            Ok(usage)
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::record::fixtures::{kept, row};
    use crate::record::summary::KeyName;
    use crate::store::Finished;

    const HOUR_US: i64 = 60 * MINUTE_US;
    const NOW_US: i64 = 1_000 * HOUR_US + 7 * MINUTE_US;

    fn any_rows() -> impl Strategy<Value = Vec<ExchangeSummary>> {
        let any_row = (
            0..3_u128,
            any::<bool>(),
            prop::sample::select(vec![200_u16, 304, 401, 403, 404, 429, 499, 500, 503]),
            0..30 * HOUR_US,
        )
            .prop_map(|(key, on_a_route, status, age_us)| ExchangeSummary {
                status,
                started_at_us: NOW_US - age_us,
                route: on_a_route.then(|| "orders".into()),
                key: (key > 0).then(|| KeyName {
                    id: KeyId(Uuid::from_u128(key)),
                    name: format!("key {key}"),
                }),
                ..row(0)
            });
        prop::collection::vec(any_row, 0..60).prop_map(|rows| {
            let numbered = rows.into_iter().zip(1..);
            numbered
                .map(|(summary, seq)| ExchangeSummary {
                    seq,
                    id: row(seq).id,
                    ..summary
                })
                .collect()
        })
    }

    /// The same, counted one by one.
    fn recount(rows: &[ExchangeSummary]) -> HashMap<KeyId, KeyUsage> {
        let mut counted: HashMap<KeyId, KeyUsage> = HashMap::new();
        for row in rows {
            let Some(key) = &row.key else { continue };
            let hours_ago = NOW_US / HOUR_US - row.started_at_us / HOUR_US;
            let accepted = row.status != 401;
            if hours_ago >= HOURS && !accepted {
                continue;
            }
            let usage = counted.entry(key.id).or_insert_with(|| KeyUsage {
                hourly: vec![0; 24],
                ..KeyUsage::default()
            });
            if accepted {
                usage.last_used_at_us = usage.last_used_at_us.max(Some(row.started_at_us));
            }
            if hours_ago < HOURS {
                usage.requests += 1;
                usage.limited += u64::from(row.status == 429);
                usage.refused += u64::from(row.status == 401);
                usage.errors += u64::from(row.status >= 500);
                usage.hourly[23 - usize::try_from(hours_ago).unwrap()] += 1;
            }
        }
        counted
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20))]
        #[test]
        fn sums_equal_a_recount_however_rows_were_batched_and_also_without_the_rows(
            rows in any_rows(),
            batch in 1..20_usize,
        ) {
            let dir = tempfile::tempdir().unwrap();
            let log = LogStore::open(&dir.path().join("traffic.db")).unwrap();
            let finished: Vec<_> = rows
                .iter()
                .map(|row| Finished::new(row.clone(), &kept()))
                .collect();
            let mut writer = log.writer().unwrap();
            for batch in finished.chunks(batch) {
                writer.write(batch).unwrap();
            }
            let counted = recount(&rows);
            prop_assert_eq!(&log.key_usage(NOW_US).unwrap(), &counted);
            log.clear().unwrap();
            prop_assert_eq!(&log.key_usage(NOW_US).unwrap(), &counted);
        }
    }
}
