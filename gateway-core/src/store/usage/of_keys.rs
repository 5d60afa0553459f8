//! How much each key uses.

use std::collections::HashMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::super::{LogStore, StoreError};
use super::query::{UsageFilter, series, visit};
use crate::ids::KeyId;
use crate::usage::Outcome;

const HOUR_S: i64 = 3_600;
const HOUR_US: i64 = HOUR_S * 1_000_000;
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

impl LogStore {
    /// What was done with each key in the last 24 hours; keys that were never seen are absent.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn key_usage(&self, now_us: i64) -> Result<HashMap<KeyId, KeyUsage>, StoreError> {
        let this_hour = now_us.div_euclid(HOUR_US);
        let first = (this_hour - HOURS + 1) * HOUR_S;
        let until = (this_hour + 1) * HOUR_S;
        self.in_one_read(|db| {
            let found = series(db, &UsageFilter::default())?;
            let mut usage: HashMap<KeyId, KeyUsage> = HashMap::new();
            let empty = || KeyUsage {
                hourly: vec![0; HOURS as usize],
                ..KeyUsage::default()
            };
            for (series, last_us) in found.values() {
                if let Some(key) = series
                    .key
                    .filter(|_| series.outcome != Outcome::Unauthenticated)
                {
                    let of_key = usage.entry(key).or_insert_with(empty);
                    of_key.last_used_at_us = of_key.last_used_at_us.max(Some(*last_us));
                }
            }
            visit(db, HOUR_S, (first, until), |at, id, sums| {
                let Some((series, _)) = found.get(&id) else {
                    return Ok(());
                };
                let Some(key) = series.key else { return Ok(()) };
                let of_key = usage.entry(key).or_insert_with(empty);
                let requests = sums()?.requests;
                of_key.requests += requests;
                match series.outcome {
                    Outcome::Limited => of_key.limited += requests,
                    Outcome::Unauthenticated => of_key.refused += requests,
                    Outcome::ServerError => of_key.errors += requests,
                    _ => {}
                }
                let hour = usize::try_from((at - first) / HOUR_S).unwrap_or(0);
                of_key.hourly[hour.min(HOURS as usize - 1)] += requests;
                Ok(())
            })?;
            Ok(usage)
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use uuid::Uuid;

    use crate::record::fixtures::{kept, row};
    use crate::record::summary::{ExchangeSummary, KeyName};
    use crate::store::Finished;
    use crate::store::usage::tests::tally;

    const NOW_US: i64 = 1_000 * HOUR_US + 7 * 60_000_000;

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
                writer.write_counted(batch, &tally(batch)).unwrap();
            }
            let counted = recount(&rows);
            prop_assert_eq!(&log.key_usage(NOW_US).unwrap(), &counted);
            log.clear().unwrap();
            prop_assert_eq!(&log.key_usage(NOW_US).unwrap(), &counted);
        }
    }
}
