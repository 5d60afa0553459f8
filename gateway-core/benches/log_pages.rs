//! The newest page of the log for filters that find much, little and nothing, and usage over a day, on
//! a log of `GATEWRIGHT_BENCH_ROWS` rows (200,000 unless told). With `GATEWRIGHT_BENCH_LOG` the log is
//! kept in that file, and used again if it is there.

#![allow(missing_docs, reason = "criterion's macros make undocumented items")]

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use gateway_core::config::Retention;
use gateway_core::ids::{ExchangeId, KeyId};
use gateway_core::record::detail::{CapturedBody, Kept};
use gateway_core::record::filter::{Filter, When};
use gateway_core::record::summary::{
    Ending, ExchangeSummary, KeyName, RequestOrigin, Source, Timing,
};
use gateway_core::store::{Finished, LogStore, UsageBy, UsageQuery};
use gateway_core::usage::Tally;
use jiff::tz::TimeZone;
use uuid::Uuid;

/// 2026-01-01, and how long there is between two requests: a million rows are a day.
const BEGIN_US: i64 = 1_767_225_600_000_000;
const APART_US: i64 = 86_400;
const BATCH: u64 = 256;

/// A row of a busy day. What is rare is spread over the whole log by multiplying with a prime.
fn row(seq: u64) -> ExchangeSummary {
    let die = seq.wrapping_mul(2_654_435_761) >> 7;
    let one_in = |n: u64| die.is_multiple_of(n);
    let status = match () {
        () if seq.is_multiple_of(100_003) => 418,
        () if one_in(997) => 503,
        () if one_in(211) => 500,
        () if one_in(53) => 429,
        () if one_in(19) => 404,
        () => 200,
    };
    let method = match () {
        () if seq.is_multiple_of(50_021) => "DELETE",
        () if one_in(7) => "POST",
        () => "GET",
    };
    let (route, path) = match () {
        () if seq.is_multiple_of(70_001) => ("rare", "/rare/thing".to_owned()),
        () if one_in(3) => ("users", format!("/users/{}", die % 5_000)),
        () => ("orders", format!("/orders/{}", die % 50_000)),
    };
    let key = if one_in(4) { 2 + die / 4 % 30 } else { 1 };
    ExchangeSummary {
        seq,
        cache: None,
        id: ExchangeId(Uuid::from_u128(u128::from(seq))),
        request_id: Uuid::from_u128(u128::from(seq)).to_string(),
        started_at_us: BEGIN_US + i64::try_from(seq).expect("few rows") * APART_US,
        method: method.to_owned(),
        host: "localhost:8080".to_owned(),
        path,
        query: one_in(5).then(|| format!("page={}", die % 40)),
        protocol: "http/1.1".to_owned(),
        stream: None,
        messages: 0,
        status,
        source: if status == 429 {
            Source::Gateway
        } else {
            Source::Upstream
        },
        ending: Ending::Complete,
        code: None,
        decided_by: None,
        note: None,
        route: Some(route.into()),
        version: None,
        service: Some("shop".into()),
        target: Some("http://127.0.0.1:3000".to_owned()),
        key: Some(KeyName {
            id: KeyId(Uuid::from_u128(u128::from(key))),
            name: format!("key-{key}"),
        }),
        consumer: Some(format!("consumer-{}", key % 7)),
        plan: None,
        client_ip: "127.0.0.1".to_owned(),
        origin: RequestOrigin::Caller,
        replay_of: None,
        pinned: false,
        tries: 1,
        request_bytes: 0,
        response_bytes: die % 4_000,
        duration_us: 800 + die % 90_000,
        timing: Timing {
            gateway_us: 90,
            connect_us: 0,
            wait_us: 600 + die % 80_000,
            receive_us: 100,
        },
    }
}

fn kept() -> Kept {
    Kept {
        revision: 1,
        trace_id: "0".repeat(32),
        client_port: 4711,
        trace: Vec::new(),
        attempts: Vec::new(),
        client_request: Vec::new(),
        upstream_request: None,
        upstream_path: None,
        upstream_response: None,
        client_response: None,
        request_body: CapturedBody {
            text: Some("x".repeat(500)),
            ..CapturedBody::default()
        },
        response_body: CapturedBody::default(),
    }
}

fn build(path: &Path, rows: u64) -> LogStore {
    let log = LogStore::open(path).expect("a log");
    let mut next = log.last_seq().expect("a log") + 1;
    let mut writer = log.writer().expect("a log");
    let keep = Retention {
        max_rows: u64::MAX >> 1,
        max_bytes: u64::MAX >> 1,
        max_age_days: 3_650,
    };
    let (kept, began, first, mut slowest) = (kept(), Instant::now(), next, Duration::ZERO);
    while next <= rows {
        let mut tally = Tally::default();
        let batch: Vec<_> = (next..=rows.min(next + BATCH - 1))
            .map(|seq| {
                let row = row(seq);
                tally.count(&row);
                Finished::new(row, &kept)
            })
            .collect();
        next += batch.len() as u64;
        let since = Instant::now();
        writer.write_counted(&batch, &tally).expect("room");
        if next.is_multiple_of(BATCH * 40) || next > rows {
            let now_us = row(next).started_at_us;
            while writer.trim(&keep, now_us).expect("room") {}
        }
        slowest = slowest.max(since.elapsed());
    }
    if next > first {
        let each = began.elapsed().as_micros() as f64 / (next - first) as f64;
        let size = log.size().expect("a log");
        eprintln!(
            "{} rows of {} bytes each, {each:.1} µs each to store, slowest batch {slowest:?}",
            size.rows,
            size.bytes / size.rows.max(1)
        );
    }
    log
}

fn rows() -> u64 {
    let told = std::env::var("GATEWRIGHT_BENCH_ROWS");
    told.ok()
        .and_then(|rows| rows.parse().ok())
        .unwrap_or(200_000)
}

fn pages(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a folder");
    let told = std::env::var_os("GATEWRIGHT_BENCH_LOG").map(PathBuf::from);
    let path = told.unwrap_or_else(|| folder.path().join("traffic.db"));
    let log = build(&path, rows());
    let when = When {
        now_us: row(rows()).started_at_us,
        zone: TimeZone::UTC,
    };
    let mut group = criterion.benchmark_group("newest page");
    group.sample_size(10);
    for text in [
        "",
        "status:200",
        "status:418",
        "status:5xx",
        "status:511",
        "key:=key-1",
        "key:=key-7",
        "key:=nobody",
        "route:=orders",
        "route:=rare",
        "method:=GET",
        "method:=DELETE",
        "method:=PATCH",
        "path:/orders",
        "path:/orders/77",
        "path:/rare",
        "path:/nowhere",
        "key:=key-1 route:=users status:503 method:=POST",
        "key:=key-7 status:418",
    ] {
        let filter = Filter::parse(text, &when).expect("a filter");
        let input = BenchmarkId::from_parameter(if text.is_empty() { "all" } else { text });
        group.bench_function(input, |bencher| {
            bencher.iter(|| black_box(log.page(&filter, None, 50).expect("a page")));
        });
    }
    group.finish();
    let now_us = row(rows()).started_at_us;
    let now_s = now_us / 1_000_000;
    let mut group = criterion.benchmark_group("usage of a day by key");
    group.sample_size(10);
    for (name, back_s, until_s) in [
        ("minute", 60, now_s),
        ("hour", 3_600, now_s),
        ("day", 86_400, now_s),
        ("30 days", 30 * 86_400, now_s),
    ] {
        let query = UsageQuery {
            since_s: until_s - back_s,
            until_s,
            most_points: 300,
            by: Some(UsageBy::Key),
            most_groups: 20,
            ..UsageQuery::default()
        };
        group.bench_function(name, |bencher| {
            bencher.iter(|| black_box(log.usage(&query, now_us).expect("sums")));
        });
    }
    group.finish();
}

criterion_group!(benches, pages);
criterion_main!(benches);
