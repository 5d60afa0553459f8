//! What filters mean, for rows that arrive and for rows in the store.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use serde::Deserialize;

use super::super::decision::Stage;
use super::super::detail::HeaderLine;
use super::super::fixtures::{kept, row};
use super::super::summary::{KeyName, RequestOrigin, Source, StreamKind, Timing};
use super::*;
use crate::ids::KeyId;
use crate::proxy::error::ErrorCode;
use crate::store::{Bin, Finished, LogStore, Pinning};

/// 2026-01-01, 00:00 UTC.
const NOW_US: i64 = 1_767_225_600_000_000;

fn when() -> When {
    When {
        now_us: NOW_US,
        zone: TimeZone::UTC,
    }
}

fn parse(filter: &str) -> Filter {
    Filter::parse(filter, &when()).unwrap_or_else(|error| panic!("{filter}: {error}"))
}

/// A filter, as the cases have it that the UI's tokenizer is tested with too.
#[derive(Deserialize)]
struct Case {
    filter: String,
    /// Whether it shows the exchange of these tests.
    shows: Option<bool>,
    #[serde(default)]
    meaning: Option<String>,
    /// What does not apply: from where, to where (in bytes), and why.
    #[serde(default)]
    notes: Vec<(usize, usize, String)>,
    /// Why it cannot be read at all, and where.
    #[serde(default)]
    error: Option<(usize, String)>,
}

fn exchange() -> (ExchangeSummary, Kept) {
    let line = |name: &str, value: &str| HeaderLine {
        name: name.to_owned(),
        value: value.to_owned(),
    };
    let mut kept = kept();
    kept.trace_id = "4bf92f3577b34da6a3ce929d0e0e4736".to_owned();
    kept.client_request = vec![line("x-trace", "abc-1"), line("accept", "application/json")];
    kept.client_response = Some(vec![line("content-type", "application/json")]);
    kept.request_body.text = Some("{\"customer\":\"Ada\"}".to_owned());
    kept.response_body.text = Some("{\"total\":12}".to_owned());
    let mut summary = row(1);
    summary.started_at_us = NOW_US - 60_000_000;
    summary.target = Some("http://127.0.0.1:3000".to_owned());
    summary.request_bytes = 18;
    summary.response_bytes = 12_000;
    summary.timing = Timing {
        gateway_us: 500,
        connect_us: 1_000,
        wait_us: 10_000,
        receive_us: 1_000,
    };
    (summary, kept)
}

#[test]
fn filters_mean_what_the_cases_say() {
    let cases: Vec<Case> = serde_json::from_str(include_str!("filter-cases.json")).unwrap();
    assert!(cases.len() > 80);
    let (row, kept) = exchange();
    for case in cases {
        let Case {
            filter,
            shows,
            meaning,
            notes,
            error,
        } = case;
        let parsed = match Filter::parse(&filter, &when()) {
            Ok(parsed) => parsed,
            Err(found) => {
                let found = (found.at, found.message);
                assert_eq!(Some(found), error, "{filter}");
                continue;
            }
        };
        assert_eq!(error, None, "{filter} can be read");
        if let Some(shows) = shows {
            assert_eq!(parsed.matches(&row, Some(&kept)), shows, "{filter}");
        }
        if let Some(meaning) = meaning {
            assert_eq!(parsed.meaning(), meaning, "{filter}");
        }
        let found = parsed.notes().to_vec();
        let found: Vec<_> = found
            .into_iter()
            .map(|note| (note.from, note.to, note.message))
            .collect();
        assert_eq!(found, notes, "{filter}");
    }
}

#[test]
fn what_is_too_much_is_refused() {
    for (filter, at, message) in [
        ("(".repeat(33), 32, "parentheses may go 32 deep"),
        (
            "é".repeat(2_049),
            4_096,
            "a filter may have at most 4096 bytes",
        ),
        ("a ".repeat(257), 0, "a filter may have at most 256 terms"),
    ] {
        let error = Filter::parse(&filter, &when()).unwrap_err();
        assert_eq!((error.at, error.message.as_str()), (at, message));
    }
    let huge = parse("path:~\"(x{1000}){1000}\"");
    assert_eq!(huge.notes().len(), 1, "{:?}", huge.notes());
    assert!(huge.shows_all(), "what cannot be read does not apply");
}

#[test]
fn what_was_probably_meant_is_offered() {
    let notes = |filter| parse(filter).notes().to_vec();
    let instead = |filter| notes(filter)[0].instead.clone();
    assert_eq!(instead("stats:5xx").as_deref(), Some("status:5xx"));
    assert_eq!(instead("http://x").as_deref(), Some("\"http://x\""));
    assert_eq!(notes("rute:=a rute:b").len(), 2);
}

#[test]
fn the_parts_can_be_taken_away_one_by_one_and_so_can_the_time() {
    let filter = parse("status:5xx since:-1h (a OR b) until:-5m");
    assert_eq!(filter.parts(), [(0, 10), (11, 20), (21, 29), (30, 39)]);
    let less = filter.without(0);
    assert_eq!(less.parts(), [(11, 20), (21, 29), (30, 39)]);
    let (timeless, since, until) = filter.without_time();
    assert_eq!(timeless.parts(), [(0, 10), (21, 29)]);
    assert_eq!(since, Some(NOW_US - 3_600_000_000));
    assert_eq!(until, Some(NOW_US - 300_000_000));
    assert_eq!(parse("a OR b since:-1h").parts(), [(0, 16)]);
}

fn log(dir: &tempfile::TempDir) -> LogStore {
    LogStore::open(&dir.path().join("traffic.db")).unwrap()
}

/// Writes rows with numbers from 1.
fn write(log: &LogStore, rows: Vec<(ExchangeSummary, Kept)>) -> Vec<(ExchangeSummary, Kept)> {
    let rows: Vec<_> = rows
        .into_iter()
        .zip(1..)
        .map(|((summary, kept), seq)| {
            let id = row(seq).id;
            (ExchangeSummary { seq, id, ..summary }, kept)
        })
        .collect();
    let finished: Vec<_> = rows
        .iter()
        .map(|(summary, kept)| Finished::new(summary.clone(), kept))
        .collect();
    let mut writer = log.writer().unwrap();
    writer.write(&finished).unwrap();
    while writer.tend_index().unwrap() {}
    let pinned = rows.iter().filter(|(row, _)| row.pinned);
    let pinned: Vec<_> = pinned.map(|(row, _)| row.id).collect();
    let pinning = log.pin(&pinned, true).unwrap();
    assert!(matches!(pinning, Pinning::Done { .. }), "{pinning:?}");
    rows
}

/// All pages of the store, a few rows at a time.
fn stored(log: &LogStore, filter: &Filter) -> Vec<ExchangeSummary> {
    let (mut rows, mut before) = (Vec::new(), None);
    loop {
        let page = log.page(filter, before, 3).unwrap();
        rows.extend(page.rows);
        before = page.next;
        if before.is_none() {
            return rows;
        }
    }
}

#[test]
fn percentiles_are_those_of_the_requests_in_its_time() {
    let dir = tempfile::tempdir().unwrap();
    let log = log(&dir);
    let rows = (1..=100).map(|at| {
        let mut row = row(at);
        row.duration_us = at * 1_000;
        // Two of every three are older than an hour.
        let hours = i64::from(at % 3 != 0) * 2;
        row.started_at_us = NOW_US - hours * 3_600_000_000;
        (row, kept())
    });
    let rows = write(&log, rows.collect());
    let shown = |text: &str| {
        let mut filter = parse(text);
        log.resolve(&mut filter).unwrap();
        let live = rows.iter().filter(|(row, _)| filter.matches(row, None));
        assert_eq!(live.count(), stored(&log, &filter).len(), "{text}");
        stored(&log, &filter).len()
    };
    assert_eq!(shown("duration:>p95"), 5);
    assert_eq!(shown("duration:>=p95"), 6);
    assert_eq!(shown("duration:<p50"), 49);
    assert_eq!(shown("since:-1h"), 33);
    assert_eq!(shown("since:-1h duration:>p50"), 16);
    assert_eq!(shown("-duration:>p95"), 95);
}

#[test]
fn what_takes_long_goes_on_where_it_stopped() {
    let dir = tempfile::tempdir().unwrap();
    let log = log(&dir);
    let rows = (1..=500).map(|at| {
        let mut kept = kept();
        kept.response_body.text = (at % 100 == 1).then(|| "a Needle in it".to_owned());
        (row(at), kept)
    });
    write(&log, rows.collect());
    let filter = parse("body:needle");
    let (mut found, mut before, mut asked) = (Vec::new(), None, 0);
    loop {
        // No time at all.
        let page = log.page_until(&filter, before, 10, Instant::now()).unwrap();
        found.extend(page.rows.iter().map(|row| row.seq));
        asked += 1;
        assert!(page.next < before.or(Some(u64::MAX)), "it comes nearer");
        before = page.next;
        if before.is_none() {
            break;
        }
    }
    assert_eq!(found, [401, 301, 201, 101, 1]);
    assert!(asked > 5, "{asked}");
}

fn any_row() -> impl Strategy<Value = (ExchangeSummary, Kept)> {
    let texts = (
        prop::sample::select(vec!["GET", "POST", "DELETE", "GETX"]),
        any_path(),
        prop::option::of(prop::sample::select(vec![
            "page=2",
            "Page=3&q=a+b",
            "",
            "x=%20orders",
        ])),
        prop::option::of(prop::sample::select(vec![
            "acme", "Acme CI", "ACME", "x\ny",
        ])),
        prop::option::of(prop::sample::select(vec!["orders", "Orders", "users"])),
        prop::option::of(prop::sample::select(vec!["60/min per key", "no key"])),
        prop::option::of(prop::sample::select(vec![
            "acme", "Globex", "a\"b (c)", "ACME",
        ])),
        prop::option::of(prop::sample::select(vec!["gold", "Free", "gold-old"])),
    );
    let numbers = (
        prop::sample::select(vec![101_u16, 200, 304, 401, 403, 404, 429, 499, 500, 502]),
        prop::sample::select(vec![0, 900, 12_000, 1_000_000, 3_000_000_u64]),
        0..4_u32,
        prop::sample::select(vec![0, 5, 30, 3_600, 90_000_i64]),
        prop::sample::select(vec![0, 10, 2_000, u64::from(u32::MAX)]),
    );
    let others = (
        (any::<bool>(), prop::bool::weighted(0.2)),
        prop::option::of(prop::sample::select(vec![
            StreamKind::Websocket,
            StreamKind::EventStream,
        ])),
        prop::option::of(prop::sample::select(vec![
            ErrorCode::RouteNotFound,
            ErrorCode::UpstreamRefused,
            ErrorCode::RateLimited,
        ])),
        prop::option::of(prop::sample::select(vec![
            Stage::Forward,
            Stage::RateLimit,
            Stage::Authenticate,
        ])),
        prop::option::of(prop::sample::select(vec!["abc", "xyz needle", "{\"a\":1}"])),
        prop::sample::select(vec![RequestOrigin::Caller, RequestOrigin::Trip]),
    );
    (texts, numbers, others).prop_map(
        |(
            (method, path, query, key, route, note, consumer, plan),
            (status, duration_us, tries, ago_s, bytes),
            ((own, pinned), stream, code, decided_by, text, origin),
        )| {
            let summary = ExchangeSummary {
                started_at_us: NOW_US - ago_s * 1_000_000,
                stream,
                method: method.to_owned(),
                path,
                query: query.map(str::to_owned),
                status,
                key: key.map(|name| KeyName {
                    id: KeyId(uuid::Uuid::nil()),
                    name: name.to_owned(),
                }),
                consumer: consumer.map(str::to_owned),
                plan: plan.map(Into::into),
                route: route.map(Into::into),
                note: note.map(str::to_owned),
                duration_us,
                origin,
                tries,
                pinned,
                response_bytes: bytes,
                code,
                decided_by,
                source: if own {
                    Source::Gateway
                } else {
                    Source::Upstream
                },
                timing: Timing {
                    gateway_us: duration_us / 2,
                    connect_us: 0,
                    wait_us: duration_us / 4,
                    receive_us: duration_us / 4,
                },
                ..row(0)
            };
            let mut kept = kept();
            kept.response_body.text = text.map(str::to_owned);
            kept.request_body.truncated = own;
            kept.client_request = vec![HeaderLine {
                name: "x-trace".to_owned(),
                value: method.to_ascii_lowercase(),
            }];
            (summary, kept)
        },
    )
}

/// Paths that callers send, and some that only a hostile one does.
fn any_path() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "/",
        "/orders",
        "/orders/",
        "/Orders/7",
        "/orders/7/items",
        "/orders/77",
        "/orders-old",
        "/v1/shops/3/orders/7",
        "/V1/shops/3/orders",
        "//orders",
        "*",
        "/a%b_c",
        "/a%2Fb/%C3%A9",
        "/é",
        "/É/é",
        "/#get /x",
        "/\u{0}nul/orders",
    ]);
    prop_oneof![
        8 => known.prop_map(str::to_owned),
        1 => "/[a-cO-R0-2/%*~.\u{e9}\u{0}\\\\\"']{0,12}",
        1 => (1..2_000_usize).prop_map(|times| format!("/long{}", "/x".repeat(times))),
    ]
}

const TERMS: [&str; 128] = [
    "status:4xx",
    "status:>=500",
    "status:401,429",
    "status:300..404",
    "status:<200",
    "method:get,post",
    "method:=GET",
    "method:~^get$",
    "path:/orders",
    "path:/orders/",
    "path:*7",
    "path:=/",
    "path:/",
    "path:ord",
    "path:~^/orders?(/|$)",
    "path:/orders/7",
    "path:=/orders/7",
    "path:=/Orders/",
    "path:/ORDERS",
    "path:/v1/shops/3",
    "path:/v1/shops/3/orders",
    "path:/v1/shops/3/orders/7",
    "path:=/v1/shops/3/orders",
    "path:=/v1/shops/3/orders/7",
    "path:/v1/shops/*/orders",
    "path:/v1/shops/3/ord*",
    "path:/orders/*",
    "path:/*/7",
    "path:*orders*",
    "path:*/orders",
    "path://orders",
    "path:=*",
    "path:/a%2fb",
    "path:=/é",
    "path:/long/x/x/x",
    "path:/orders status:4xx",
    "path:/orders/7 key:acme method:GET",
    "path:\"/orders\",*old",
    "key:acme",
    "key:=x",
    "key:*i",
    "key:~^acme$",
    "key:acme,x",
    "route:ord",
    "route:=orders",
    "route:nothing",
    "route:~^O",
    "version:1",
    "service:shop",
    "upstream:3000",
    "code:refused",
    "code:=rate_limited",
    "note:60",
    "ip:127",
    "ip:=127.0.0.1",
    "proto:1.1",
    "proto:http/*",
    "host:local",
    "source:gateway",
    "duration:>1s",
    "duration:10ms..500ms",
    "duration:>p50",
    "duration:<=p95",
    "ttfb:>1ms",
    "upstream.time:<1ms",
    "upstream.time:>p50",
    "size:>1kb",
    "size:0",
    "req.size:<1ki",
    "since:-10s",
    "since:-1h",
    "until:-20s",
    "since:2025-12-31 until:23:59:50",
    "is:error",
    "is:slow",
    "is:limited",
    "is:unauthed",
    "is:retried",
    "is:running",
    "is:pinned",
    "is:pinned,error",
    "is:replayed",
    "is:unmatched",
    "is:ws",
    "is:sse",
    "is:grpc",
    "is:truncated",
    "has:body",
    "has:query",
    "has:key",
    "has:route,error",
    "has:messages",
    "has:header.x-trace",
    "has:query.page",
    "query:page",
    "query.page:2",
    "query.q:\"a b\"",
    "header.x-trace:get",
    "header.X-Trace:~^p",
    "res.header.x:y",
    "body:needle",
    "res.body:abc",
    "req.body:abc",
    "res.body.id:=7",
    "body.list.0.name:x",
    "trace:0",
    "consumer:acme",
    "consumer:=ACME",
    "consumer:=\"a\\\"b (c)\",globex",
    "consumer:~^acme$",
    "consumer:*x",
    "plan:gold",
    "plan:=gold",
    "plan:=free",
    "has:consumer",
    "has:plan",
    "limit:60",
    "stage:limit,connect",
    "acme",
    "orders",
    "or",
    "%b_",
    "\"Acme CI\"",
    "É",
    "id:r1",
    "id:00000000-0000-0000-0000-000000000002,r3",
    "id:0000",
    "get",
];

fn any_filter() -> impl Strategy<Value = String> {
    let term = prop::sample::select(TERMS.to_vec());
    term.prop_map(str::to_owned)
        .prop_recursive(3, 12, 3, |inner| {
            prop_oneof![
                (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a} {b}")),
                (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} OR {b})")),
                inner.prop_map(|a| format!("-({a})")),
            ]
        })
}

/// What is counted by hand.
fn counted(rows: &[&ExchangeSummary], from_us: i64, bin_us: i64) -> BTreeMap<i64, Bin> {
    let mut bins = BTreeMap::<_, Bin>::new();
    for row in rows {
        let bin = (row.started_at_us - from_us).div_euclid(bin_us);
        bins.entry(bin).or_default().add(row.status, 1);
    }
    bins
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn rows_that_arrive_and_rows_in_the_store_are_judged_and_counted_alike(
        rows in prop::collection::vec(any_row(), 1..40),
        filters in prop::collection::vec(any_filter(), 20),
        indexed in 0..3_usize,
    ) {
        let dir = tempfile::tempdir().unwrap();
        let log = log(&dir);
        let rows = write(&log, rows);
        // As a log of before there was an index, some of it or nothing put there since.
        if indexed < 2 {
            crate::store::forget_index(&log, (indexed * rows.len() / 2) as u64);
        }
        for text in filters {
            let mut filter = parse(&text);
            prop_assert!(filter.notes().is_empty(), "{}: {:?}", text, filter.notes());
            log.resolve(&mut filter).unwrap();
            let live = rows.iter().rev();
            let live = live.filter(|(row, kept)| filter.matches(row, Some(kept)));
            let live: Vec<_> = live.map(|(row, _)| row).collect();
            let stored = stored(&log, &filter);
            prop_assert_eq!(stored.iter().collect::<Vec<_>>(), &live[..], "{}", text);
            let newer = log.newer(&filter, 2).unwrap();
            let after = live.iter().rev().filter(|row| row.seq > 2);
            prop_assert_eq!(newer.iter().collect::<Vec<_>>(), after.copied().collect::<Vec<_>>());
            let far_off = Instant::now() + Duration::from_secs(60);
            let count = log.count(&filter, far_off).unwrap();
            prop_assert_eq!(count, (live.len() as u64, true), "{}", text);
            let (timeless, ..) = filter.without_time();
            for from_us in [None, Some(NOW_US - 3_600_000_000), Some(NOW_US - 8_000_000)] {
                let found = log.histogram(&timeless, from_us, NOW_US + 1, 90).unwrap();
                let shown = rows.iter().filter(|(row, kept)| {
                    row.started_at_us >= found.from_us && timeless.matches(row, Some(kept))
                });
                let shown: Vec<_> = shown.map(|(row, _)| row).collect();
                prop_assert_eq!(found.total, shown.len() as u64, "{}", text);
                let bins = found.bins.iter().enumerate();
                let bins = bins.map(|(at, bin)| (at as i64, *bin));
                let bins: BTreeMap<_, _> =
                    bins.filter(|(_, bin)| *bin != Bin::default()).collect();
                prop_assert_eq!(bins, counted(&shown, found.from_us, found.bin_us));
            }
        }
    }

    #[test]
    fn nothing_that_is_read_is_too_much_for_the_store(
        text in prop::sample::select(vec!["a ", "status:1,2xx,>3 ", "-path:a*b*c ", "(", "-(", "a OR ", "key:~a "]),
        times in 1..300_usize,
    ) {
        let open = text.repeat(times);
        let text = format!("{open}a{}", ")".repeat(open.matches('(').count()));
        if let Ok(filter) = Filter::parse(&text, &when()) {
            let dir = tempfile::tempdir().unwrap();
            log(&dir).page(&filter, None, 10).unwrap();
        }
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in any::<String>()) {
        if let Ok(filter) = Filter::parse(&text, &when()) {
            filter.matches(&row(1), Some(&kept()));
            filter.meaning();
        }
    }
}

proptest! {
    /// What the values of facets tell of a test is so.
    #[test]
    fn what_a_value_tells_of_a_test_is_true_of_its_row(
        (row, _) in any_row(),
        filter in prop::sample::select(TERMS.to_vec()),
    ) {
        let filter = parse(filter);
        filter.any_test(|test| {
            let passes = test.matches(&row, None);
            for facet in Facet::about(test) {
                let value = facet.of(&row);
                match facet.tells(test, value.as_deref()) {
                    Verdict::Fails => assert!(!passes, "{test:?} by {facet:?} of {row:?}"),
                    Verdict::Holds => assert!(passes, "{test:?} by {facet:?} of {row:?}"),
                    Verdict::Perhaps => {}
                }
            }
            false
        });
    }
}
