//! Sums against a recount of every request.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{Usage, UsageBy, UsageFilter, UsageQuery};
use crate::config::Retention;
use crate::ids::KeyId;
use crate::record::decision::CacheResult;
use crate::record::fixtures::{kept, row};
use crate::record::summary::{ExchangeSummary, KeyName, RequestOrigin, Source, StreamKind, Timing};
use crate::store::log_writer::log_of_version;
use crate::store::{Finished, LogStore, LogWriter};
use crate::usage::{CacheCounts, Outcome, Tally};

const SECOND_US: i64 = 1_000_000;
/// A Thursday, 00:00 UTC.
const BEGIN_S: i64 = 1_767_225_600;
const NOW_S: i64 = BEGIN_S + 3 * 86_400 + 7_777;

/// What the recorder counts of these rows.
pub(in super::super) fn tally(rows: &[Finished]) -> Tally {
    let mut tally = Tally::default();
    for row in rows {
        tally.count(&row.summary);
    }
    tally
}

fn log(dir: &tempfile::TempDir) -> (LogStore, LogWriter) {
    let log = LogStore::open(&dir.path().join("traffic.db")).unwrap();
    let writer = log.writer().unwrap();
    (log, writer)
}

fn trim(writer: &mut LogWriter, now_s: i64) {
    let keep = Retention {
        max_rows: u64::MAX >> 1,
        max_bytes: u64::MAX >> 1,
        max_age_days: 3_650,
    };
    while writer.trim(&keep, now_s * SECOND_US).unwrap() {}
}

#[derive(Clone, Debug)]
struct Request {
    row: ExchangeSummary,
}

fn any_request() -> impl Strategy<Value = Request> {
    let names = (
        0..3_u128,
        prop::option::of(prop::sample::select(vec!["acme", "zed"])),
        prop::option::of(prop::sample::select(vec!["gold", "free"])),
        prop::option::of(prop::sample::select(vec!["orders", "users"])),
        prop::option::of(prop::sample::select(vec!["v1", "v2"])),
    );
    let facts = (
        prop::sample::select(vec![
            101_u16, 200, 204, 304, 401, 403, 404, 429, 499, 500, 503,
        ]),
        prop_oneof![0..100_i64, 0..8_000_i64, 0..3 * 86_400_i64],
        0..2_000_000_u64,
        0..5_000_u64,
        0..3_u32,
        any::<bool>(),
        prop::option::of(prop::sample::select(vec![
            StreamKind::Websocket,
            StreamKind::Grpc,
        ])),
        prop::sample::select(vec![RequestOrigin::Caller, RequestOrigin::Trip]),
        prop::option::of(prop::sample::select(vec![
            CacheResult::Hit,
            CacheResult::Revalidated,
            CacheResult::Stale,
            CacheResult::Miss,
            CacheResult::Bypass,
        ])),
    );
    (names, facts).prop_map(|((key, consumer, plan, route, version), facts)| {
        let (status, age_s, duration_us, bytes, tries, own, stream, origin, cache) = facts;
        Request {
            row: ExchangeSummary {
                consumer: consumer.map(str::to_owned),
                plan: plan.map(Into::into),
                status,
                started_at_us: (NOW_S - age_s) * SECOND_US - 1,
                key: (key > 0).then(|| KeyName {
                    id: KeyId(uuid::Uuid::from_u128(key)),
                    name: format!("key {key}"),
                }),
                route: route.map(Into::into),
                version: version.map(Into::into),
                source: if own {
                    Source::Gateway
                } else {
                    Source::Upstream
                },
                tries,
                request_bytes: bytes,
                response_bytes: bytes * 3,
                duration_us,
                timing: Timing {
                    gateway_us: duration_us / 10,
                    connect_us: duration_us / 7,
                    wait_us: duration_us / 3,
                    receive_us: 0,
                },
                stream,
                origin,
                cache,
                ..row(0)
            },
        }
    })
}

/// Sums of one group or point, counted one by one.
#[derive(Debug, Default, PartialEq)]
struct Recount {
    requests: u64,
    outcomes: BTreeMap<&'static str, u64>,
    bytes: (u64, u64),
    retries: u64,
    cache: BTreeMap<CacheResult, u64>,
    saved_bytes: u64,
    total: Vec<u64>,
    upstream: Vec<u64>,
    gateway: Vec<u64>,
}

impl Recount {
    fn cache_counts(&self) -> CacheCounts {
        let of = |result| self.cache.get(&result).copied().unwrap_or(0);
        CacheCounts {
            hits: of(CacheResult::Hit),
            revalidated: of(CacheResult::Revalidated),
            stale: of(CacheResult::Stale),
            misses: of(CacheResult::Miss),
            bypassed: of(CacheResult::Bypass),
            saved_bytes: self.saved_bytes,
        }
    }
}

fn class(status: u16) -> &'static str {
    match status {
        401 => "unauthenticated",
        429 => "limited",
        _ => match status / 100 {
            1 => "informational",
            2 => "success",
            3 => "redirect",
            4 => "caller_error",
            _ => "server_error",
        },
    }
}

fn recount<'a>(requests: impl Iterator<Item = &'a Request>) -> Recount {
    let mut sum = Recount::default();
    for Request { row } in requests {
        sum.requests += 1;
        *sum.outcomes.entry(class(row.status)).or_default() += 1;
        sum.bytes.0 += row.request_bytes;
        sum.bytes.1 += row.response_bytes;
        sum.retries += u64::from(row.tries.max(1)) - 1;
        if let Some(result) = row.cache {
            *sum.cache.entry(result).or_default() += 1;
            if !matches!(result, CacheResult::Miss | CacheResult::Bypass) {
                sum.saved_bytes += row.response_bytes;
            }
        }
        if row.stream != Some(StreamKind::Websocket) {
            sum.total.push(row.duration_us);
        }
        if row.tries > 0 {
            sum.upstream
                .push(row.timing.connect_us + row.timing.wait_us);
        }
        sum.gateway.push(row.timing.gateway_us);
    }
    for durations in [&mut sum.total, &mut sum.upstream, &mut sum.gateway] {
        durations.sort_unstable();
    }
    sum
}

/// Nearest rank, within 1 %.
fn is_percentile(found: Option<u64>, sorted: &[u64], thousandths: u64) -> bool {
    let rank = (sorted.len() as u64 * thousandths).div_ceil(1_000).max(1);
    let exact = sorted.get(usize::try_from(rank).unwrap() - 1);
    match (found, exact) {
        (None, None) => true,
        (Some(found), Some(exact)) => found.abs_diff(*exact) as f64 <= *exact as f64 * 0.01,
        _ => false,
    }
}

fn name(by: UsageBy, request: &Request) -> Option<String> {
    match by {
        UsageBy::Key => request.row.key.as_ref().map(|key| key.id.to_string()),
        UsageBy::Consumer => request.row.consumer.clone(),
        UsageBy::Plan => request.row.plan.as_ref().map(ToString::to_string),
        UsageBy::Route => request.row.route.as_ref().map(ToString::to_string),
        UsageBy::Version => request.row.version.as_ref().map(ToString::to_string),
        UsageBy::Service => request.row.service.as_ref().map(ToString::to_string),
        UsageBy::Target => request.row.target.clone(),
        UsageBy::Outcome => Some(class(request.row.status).to_owned()),
    }
}

fn passes(filter: &UsageFilter, request: &Request) -> bool {
    let of_route = request.row.route.as_ref().map_or("", |name| name.as_str());
    let of_version = request
        .row
        .version
        .as_ref()
        .map_or("", |name| name.as_str());
    let of_consumer = request.row.consumer.as_deref().unwrap_or("");
    let key = request.row.key.as_ref().map(|key| key.id);
    filter.route.as_ref().is_none_or(|name| name == of_route)
        && filter
            .version
            .as_ref()
            .is_none_or(|name| name == of_version)
        && filter
            .consumer
            .as_ref()
            .is_none_or(|name| name == of_consumer)
        && filter.key.is_none_or(|wanted| wanted == key)
        && filter
            .outcome
            .is_none_or(|outcome| outcome == Outcome::of(request.row.status))
        && filter
            .source
            .is_none_or(|source| source == request.row.source)
        && !(filter.callers_only && request.row.origin != RequestOrigin::Caller)
}

fn any_filter() -> impl Strategy<Value = UsageFilter> {
    let maybe = |names: Vec<&'static str>| {
        let name = prop::sample::select(names).prop_map(str::to_owned);
        prop::option::weighted(0.2, name)
    };
    (
        maybe(vec!["", "orders"]),
        maybe(vec!["", "v1"]),
        maybe(vec!["", "acme"]),
        prop::option::weighted(0.2, prop::option::of(Just(KeyId(uuid::Uuid::from_u128(1))))),
        prop::option::weighted(0.2, prop::sample::select(Outcome::ALL.to_vec())),
        prop::option::weighted(0.2, Just(Source::Gateway)),
        any::<bool>(),
    )
        .prop_map(
            |(route, version, consumer, key, outcome, source, callers_only)| UsageFilter {
                route,
                version,
                consumer,
                key,
                outcome,
                source,
                callers_only,
                ..UsageFilter::default()
            },
        )
}

fn any_by() -> impl Strategy<Value = UsageBy> {
    prop::sample::select(vec![
        UsageBy::Key,
        UsageBy::Consumer,
        UsageBy::Plan,
        UsageBy::Route,
        UsageBy::Version,
        UsageBy::Service,
        UsageBy::Target,
        UsageBy::Outcome,
    ])
}

/// Everything that is said of these requests is so.
fn check(usage: &Usage, query: &UsageQuery, requests: &[Request]) -> Result<(), TestCaseError> {
    let by = query.by.unwrap();
    let began = |request: &Request| request.row.started_at_us;
    let inside = |request: &&Request| {
        (usage.since_us..usage.until_us).contains(&began(request)) && passes(&query.filter, request)
    };
    prop_assert!(usage.since_us <= query.since_s * SECOND_US);
    prop_assert!(usage.until_us >= query.until_s * SECOND_US);
    let points = usage.total.points.request_bytes.len();
    prop_assert!(points <= usize::try_from(query.most_points).unwrap() + 1);
    let shown = usage.groups.iter().map(|group| (Some(&group.name), group));
    for (of, group) in std::iter::once((None, &usage.total)).chain(shown) {
        let mine = |request: &&Request| of.is_none_or(|of| *of == name(by, request));
        let counted = recount(requests.iter().filter(inside).filter(mine));
        let figures = &group.figures;
        prop_assert_eq!(figures.requests, counted.requests);
        prop_assert_eq!(
            (figures.request_bytes, figures.response_bytes),
            counted.bytes
        );
        prop_assert_eq!(figures.retries, counted.retries);
        prop_assert_eq!(figures.cache, counted.cache_counts());
        let outcomes = serde_json::to_value(&figures.outcomes).unwrap();
        for (class, count) in outcomes.as_object().unwrap() {
            let recounted = counted.outcomes.get(class.as_str()).copied();
            prop_assert_eq!(count.as_u64().unwrap(), recounted.unwrap_or(0), "{}", class);
        }
        for (found, exact) in [
            (&figures.total, &counted.total),
            (&figures.upstream, &counted.upstream),
            (&figures.gateway, &counted.gateway),
        ] {
            prop_assert_eq!(found.n, exact.len() as u64);
            prop_assert_eq!(found.longest_us, exact.last().copied());
            prop_assert!(is_percentile(found.p50_us, exact, 500));
            prop_assert!(is_percentile(found.p90_us, exact, 900));
            prop_assert!(is_percentile(found.p95_us, exact, 950));
            prop_assert!(is_percentile(found.p99_us, exact, 990));
        }
        let of_group = |request: &&Request| passes(&query.filter, request) && mine(request);
        let last = requests.iter().filter(of_group).map(began).max();
        prop_assert_eq!(group.last_us, last);
        for point in 0..points {
            let since = usage.since_us + i64::try_from(point).unwrap() * usage.step_s * SECOND_US;
            let within = since..since + usage.step_s * SECOND_US;
            let at_point = |request: &&Request| within.contains(&began(request));
            let inside = requests.iter().filter(inside).filter(mine);
            let counted = recount(inside.filter(at_point));
            let points = &group.points;
            let of_class = |class| counted.outcomes.get(class).copied().unwrap_or(0);
            prop_assert_eq!(points.outcomes.success[point], of_class("success"));
            prop_assert_eq!(points.outcomes.limited[point], of_class("limited"));
            prop_assert_eq!(
                points.outcomes.server_error[point],
                of_class("server_error")
            );
            prop_assert_eq!(points.response_bytes[point], counted.bytes.1);
            prop_assert_eq!(points.retries[point], counted.retries);
            let cache = CacheCounts {
                hits: points.cache.hits[point],
                revalidated: points.cache.revalidated[point],
                stale: points.cache.stale[point],
                misses: points.cache.misses[point],
                bypassed: points.cache.bypassed[point],
                saved_bytes: points.cache.saved_bytes[point],
            };
            prop_assert_eq!(cache, counted.cache_counts());
            prop_assert_eq!(points.total.n[point], counted.total.len() as u64);
            prop_assert!(is_percentile(
                points.total.p95_us[point],
                &counted.total,
                950
            ));
            prop_assert!(is_percentile(
                points.gateway.p99_us[point],
                &counted.gateway,
                990
            ));
        }
    }
    let all: std::collections::BTreeSet<_> = requests
        .iter()
        .filter(|request| passes(&query.filter, request))
        .map(|request| name(by, request))
        .collect();
    prop_assert_eq!(usage.groups.len() + usage.more_groups, all.len());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    /// LG-6: however requests were batched, whenever their time was added up, whether their rows are
    /// still there or never were.
    #[test]
    fn sums_equal_a_recount_of_every_request(
        requests in prop::collection::vec(any_request(), 0..80),
        batch in 1..30_usize,
        rolled_up_to in prop::collection::vec(0..3 * 86_400_i64 + 90_000, 0..4),
        age_s in prop_oneof![1..1_700_i64, 1..80_000_i64, 1..3 * 86_400_i64],
        length_s in 1..3 * 86_400_i64,
        most_points in 1..300_u32,
        filter in any_filter(),
        by in any_by(),
    ) {
        let dir = tempfile::tempdir().unwrap();
        let (log, mut writer) = log(&dir);
        let mut rolled_up_to = rolled_up_to.into_iter();
        for (number, batch) in requests.chunks(batch).enumerate() {
            let mut tally = Tally::default();
            for request in batch {
                tally.count(&request.row);
            }
            // Every other batch has no rows: they were dropped.
            let rows = match number % 2 {
                0 => vec![Finished::new(row(number as u64 + 1), &kept())],
                _ => Vec::new(),
            };
            writer.write_counted(&rows, &tally).unwrap();
            if let Some(after) = rolled_up_to.next() {
                trim(&mut writer, (BEGIN_S + after).min(NOW_S));
            }
        }
        let query = UsageQuery {
            since_s: NOW_S - age_s,
            until_s: (NOW_S - age_s + length_s).min(NOW_S),
            least_step_s: 1,
            most_points,
            filter,
            by: Some(by),
            most_groups: 2,
        };
        let usage = log.usage(&query, NOW_S * SECOND_US).unwrap();
        check(&usage, &query, &requests)?;
        trim(&mut writer, NOW_S);
        log.clear().unwrap();
        prop_assert_eq!(log.usage(&query, NOW_S * SECOND_US).unwrap(), usage);
    }
}

#[test]
fn what_is_old_is_kept_by_the_hour_and_by_the_day_and_then_forgotten() {
    const DAY: i64 = 86_400;
    let dir = tempfile::tempdir().unwrap();
    let (log, mut writer) = log(&dir);
    let mut tally = Tally::default();
    for hour in 0..48 {
        let mut summary = row(1);
        summary.started_at_us = (BEGIN_S + hour * 3_600) * SECOND_US;
        tally.count(&summary);
    }
    writer.write_counted(&[], &tally).unwrap();
    let steps = || {
        log.with(|db| {
            let sql = "SELECT step, count(*) FROM usage GROUP BY step ORDER BY step";
            let mut select = db.prepare(sql)?;
            let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            rows.collect::<Result<Vec<(i64, i64)>, _>>()
        })
        .unwrap()
    };
    assert_eq!(steps(), [(1, 48)]);
    trim(&mut writer, BEGIN_S + 3 * DAY);
    assert_eq!(steps(), [(60, 48), (3_600, 48), (86_400, 2)]);
    trim(&mut writer, BEGIN_S + 10 * DAY);
    assert_eq!(steps(), [(3_600, 48), (86_400, 2)]);
    let sum = |now_s: i64| {
        let query = UsageQuery {
            since_s: BEGIN_S,
            until_s: BEGIN_S + 2 * DAY,
            most_points: 300,
            ..UsageQuery::default()
        };
        let usage = log.usage(&query, now_s * SECOND_US).unwrap();
        (usage.step_s, usage.total.figures.requests)
    };
    assert_eq!(sum(BEGIN_S + 10 * DAY), (3_600, 48));
    trim(&mut writer, BEGIN_S + 200 * DAY);
    assert_eq!(steps(), [(86_400, 2)]);
    assert_eq!(sum(BEGIN_S + 200 * DAY), (86_400, 48));
    trim(&mut writer, BEGIN_S + 900 * DAY);
    assert_eq!(steps(), []);
    let series: u64 = log
        .with(|db| db.query_row("SELECT count(*) FROM usage_series", [], |row| row.get(0)))
        .unwrap();
    assert_eq!(series, 0);
}

#[test]
fn sums_of_older_versions_are_taken_over() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("traffic.db");
    let old = log_of_version(1, &path);
    let minute = BEGIN_S / 60 + 5;
    old.execute_batch(&format!(
        "INSERT INTO usage_minutes VALUES
             ({minute}, x'00000000000000000000000000000007', 'orders', 2, 10, 0, 0, 100, 200),
             ({minute}, x'00000000000000000000000000000007', 'orders', 4, 9, 5, 3, 1, 2),
             ({minute}, x'', '', 4, 2, 0, 0, 0, 0);
         INSERT INTO key_last_used VALUES
             (x'00000000000000000000000000000007', {});",
        BEGIN_S * SECOND_US + 301_234_567,
    ))
    .unwrap();
    drop(old);
    let log = LogStore::open(&path).unwrap();
    let mut writer = log.writer().unwrap();
    for _ in 0..2 {
        let query = UsageQuery {
            since_s: BEGIN_S,
            until_s: BEGIN_S + 3_600,
            most_points: 300,
            by: Some(UsageBy::Key),
            most_groups: 10,
            ..UsageQuery::default()
        };
        let usage = log.usage(&query, (BEGIN_S + 4_000) * SECOND_US).unwrap();
        let figures = &usage.total.figures;
        assert_eq!((figures.requests, figures.total.n), (21, 0));
        assert_eq!(
            (figures.outcomes.limited, figures.outcomes.unauthenticated),
            (5, 3)
        );
        assert_eq!((figures.request_bytes, figures.response_bytes), (101, 202));
        assert_eq!(usage.groups[0].figures.requests, 19);
        let last_us = BEGIN_S * SECOND_US + 301_234_567;
        assert_eq!(usage.groups[0].last_us, Some(last_us));
        trim(&mut writer, BEGIN_S + 4_000);
    }
    assert!(dir.path().join("traffic.db.v1.bak").exists());
}
