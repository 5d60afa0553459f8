//! How long it takes to write a large log and to find something in it: measured, not judged.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use gateway_core::clock::Clock;
use gateway_core::config::Retention;
use gateway_core::record::detail::Kept;
use gateway_core::record::filter::{Filter, When};
use gateway_core::record::summary::ExchangeSummary;
use gateway_core::store::{Finished, LogStore, LogWriter};
use serde_json::json;

/// Times are those of the processor: what else the machine does is not counted. Run it with
/// `ROWS=10000000 cargo nextest run --release -p gateway-tests --run-ignored only --no-capture \
/// large_log`.
#[test]
#[ignore = "measures"]
fn a_large_log_is_written_and_found_in() {
    let rows: u64 = std::env::var("ROWS").map_or(200_000, |rows| rows.parse().unwrap());
    let dir = tempfile::tempdir().unwrap();
    let kept_at = std::env::var_os("LOG").map(PathBuf::from);
    let log = LogStore::open(&kept_at.unwrap_or(dir.path().join("traffic.db"))).unwrap();
    let mut writer = log.writer().unwrap();
    let kept: Kept = serde_json::from_value(json!({
        "revision": 1, "trace_id": "", "client_port": 1, "trace": [], "attempts": [],
        "client_request": [{ "name": "accept", "value": "application/json" }],
        "upstream_request": null, "upstream_response": null, "client_response": null,
        "request_body": { "content_type": null, "content_encoding": null, "bytes": 0,
            "truncated": false, "text": null, "base64": null },
        "response_body": { "content_type": null, "content_encoding": null, "bytes": 0,
            "truncated": false, "text": null, "base64": null },
    }))
    .unwrap();
    let (mut writing, mut longest) = (0.0, 0.0_f64);
    let there = log.last_seq().unwrap();
    for batch in there / 256..rows.div_ceil(256) {
        let numbers = (batch * 256 + 1).max(there + 1)..=(batch * 256 + 256).min(rows);
        let batch: Vec<_> = numbers
            .map(|seq| Finished::new(exchange(seq), &kept))
            .collect();
        let (took, ()) = timed(|| writer.write(&batch).unwrap());
        writing += took;
        longest = longest.max(took);
    }
    if rows > there {
        let each = writing * 1e3 / (rows - there) as f64;
        println!("{rows} rows, {each:.1} µs each, longest batch {longest:.1} ms");
    }

    let (mut tending, mut is_more) = (Vec::new(), true);
    while is_more {
        let (took, more) = timed(|| writer.tend_index().unwrap());
        tending.push(took);
        is_more = more;
    }
    tending.sort_by(f64::total_cmp);
    let (steps, all) = (tending.len(), tending.iter().sum::<f64>());
    let longest = tending.last().unwrap();
    println!("index tended in {steps} steps, {all:.0} ms in all, {longest:.1} ms at most");

    let (clock, _) = Clock::manual(2_000_000_000_000_000);
    let filter = |text: &str| Filter::parse(text, &When::now(&clock)).unwrap();
    for text in [
        "",
        "status:200",
        "status:429",
        "status:5xx",
        "status:599",
        "status:503 key:=key-7",
        "key:=key-7",
        "key:key-1",
        "key:=nobody",
        "route:users status:503",
        "route:=nothing",
        "method:GET",
        "method:=PURGE",
        "method:=PATCH",
        "path:/health",
        "path:=/health",
        "path:/health -method:GET -method:POST",
        "path:/orders",
        "path:/orders status:503",
        "path:/orders route:users status:503 key:=key-7",
        "path:/orders/4711",
        "path:/orders/4711 key:=key-7",
        "path:=/orders/4711/items",
        "path:=/orders/4711",
        "path:/orders/1",
        "path:/users/17",
        "path:/users/17 status:503",
        "path:/nothing/there",
        "path:*orders*",
        "path:*/4711/*",
        "path:*/4711",
        "path:orders/4711",
        "path:~^/orders/47.1/",
        "4711",
        "no such text",
        "host:nowhere",
        "host:nowhere method:POST",
        "service:nothing",
        "upstream:4000",
        "is:sse",
        "stage:limit",
        "duration:>399ms",
        "duration:>399ms status:503 key:=key-7",
        "header.x:y",
    ] {
        let filter = filter(text);
        let mut times = Vec::new();
        let mut page = log.page(&filter, None, 100).unwrap();
        for _ in 0..5 {
            let (took, found) = timed(|| log.page(&filter, None, 100).unwrap());
            times.push(took);
            page = found;
        }
        times.sort_by(f64::total_cmp);
        let found = page.rows.len();
        let on = match found < 100 && page.next.is_some() {
            true => ", to be continued",
            false => "",
        };
        println!("{:>9.2} ms  {text} ({found} rows{on})", times[2]);
    }
    for text in ["", "status:5xx", "path:/orders"] {
        let filter = filter(text);
        let count = || log.histogram(&filter, None, 1_990_000_000_000_000, 90);
        let (took, found) = timed(|| count().unwrap());
        let total = found.total;
        println!("{took:>9.2} ms  histogram of `{text}` ({total} counted)");
    }
    cut_back(&log, &mut writer, &kept);
}

/// Makes a log smaller by a thirtieth, in steps as the recorder does, and stores rows between them.
fn cut_back(log: &LogStore, writer: &mut LogWriter, kept: &Kept) {
    let before = log.size().unwrap();
    let keep = Retention {
        max_rows: u64::MAX >> 1,
        max_bytes: before.bytes - before.bytes / 30,
        max_age_days: 3_650,
    };
    let mut next = log.last_seq().unwrap() + 1;
    let (mut steps, mut batches, mut by_the_clock) = (Vec::new(), Vec::new(), 0.0_f64);
    loop {
        let began = Instant::now();
        let (took, more) = timed(|| writer.trim(&keep, 1_950_000_000_000_000).unwrap());
        by_the_clock = by_the_clock.max(began.elapsed().as_secs_f64() * 1e3);
        steps.push(took);
        if !more {
            break;
        }
        let batch = (next..next + 64).map(|seq| Finished::new(exchange(seq), kept));
        let batch: Vec<_> = batch.collect();
        next += 64;
        batches.push(timed(|| writer.write(&batch).unwrap()).0);
    }
    let after = log.size().unwrap();
    let [steps, batches] = [steps, batches].map(|mut times| {
        times.sort_by(f64::total_cmp);
        let at = |part: usize| times.get(times.len() * part / 100).copied();
        let last = times.last().copied();
        [Some(times.len() as f64), at(50), at(99), last].map(Option::unwrap_or_default)
    });
    println!("rows and bytes before {before:?}, after {after:?}");
    println!(
        "steps, then median, 99 %, longest in ms: {steps:.1?}; {by_the_clock:.1} by the clock"
    );
    println!("batches of 64 between them: {batches:.1?}");
}

/// Rows as large as usual come to a log that is at its bound, which is cut back beside them as the
/// recorder does it: every 5,000 rows, in steps with a batch or more between two.
/// `ROWS=300000 BOUND=300000000 cargo nextest run -p gateway-tests --run-ignored only --no-capture \
/// at_its_bound`
#[test]
#[ignore = "measures"]
fn a_log_at_its_bound_is_written_and_cut_back() {
    let of = |name: &str, default: u64| {
        std::env::var(name).map_or(default, |value| value.parse().unwrap())
    };
    let (rows, bound) = (of("ROWS", 200_000), of("BOUND", 300_000_000));
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("traffic.db");
    let log = LogStore::open(&path).unwrap();
    let mut writer = log.writer().unwrap();
    let header = |name: &str| json!({ "name": name, "value": "something as long as usual" });
    let headers: Vec<_> = [
        "accept",
        "host",
        "user-agent",
        "x-request-id",
        "traceparent",
    ]
    .map(header)
    .into();
    let kept: Kept = serde_json::from_value(json!({
        "revision": 1, "trace_id": "", "client_port": 1, "trace": [], "attempts": [],
        "client_request": headers, "upstream_request": headers, "upstream_response": headers,
        "client_response": headers,
        "request_body": { "content_type": null, "content_encoding": null, "bytes": 0,
            "truncated": false, "text": null, "base64": null },
        "response_body": { "content_type": "application/json", "content_encoding": null,
            "bytes": 900, "truncated": false, "text": "x".repeat(900), "base64": null },
    }))
    .unwrap();
    let keep = Retention {
        max_rows: u64::MAX >> 1,
        max_bytes: bound,
        max_age_days: 3_650,
    };
    let (mut batches, mut steps) = (Vec::new(), Vec::new());
    let (mut next_trim, mut is_trimming, mut rest) = (5_000, false, Instant::now());
    for batch in 0..rows.div_ceil(256) {
        let first = batch * 256 + 1;
        let batch: Vec<_> = (first..first + 256)
            .map(|seq| Finished::new(exchange(seq), &kept))
            .collect();
        batches.push(by_the_clock(|| writer.write(&batch).unwrap()).0);
        if first >= next_trim {
            next_trim += 5_000;
            is_trimming = true;
            let size = |name| fs::metadata(dir.path().join(name)).map_or(0, |file| file.len());
            println!(
                "{first} rows: batches {}; steps {}; file {} MB, WAL {} MB",
                told(&mut batches),
                told(&mut steps),
                size("traffic.db") / 1_000_000,
                size("traffic.db-wal") / 1_000_000,
            );
        }
        while is_trimming && Instant::now() >= rest {
            let (took, more) = by_the_clock(|| writer.trim(&keep, 1_950_000_000_000_000).unwrap());
            steps.push(took);
            is_trimming = more;
            rest = Instant::now() + Duration::from_secs_f64(took / 1e3);
        }
    }
}

/// How many times there are, their sum and the longest, in milliseconds; empties them.
fn told(times: &mut Vec<f64>) -> String {
    let (sum, most) = (
        times.iter().sum::<f64>(),
        times.iter().copied().fold(0.0, f64::max),
    );
    let told = format!("{} in {sum:.0} ms, at most {most:.0} ms", times.len());
    times.clear();
    told
}

/// How long something took, in milliseconds.
fn by_the_clock<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let began = Instant::now();
    let done = work();
    (began.elapsed().as_secs_f64() * 1e3, done)
}

/// How long something kept the processor, in milliseconds.
fn timed<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let used = || -> Option<f64> {
        let used = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
        Some(used.split(' ').next()?.parse::<f64>().ok()? / 1e6)
    };
    let (before, began) = (used(), Instant::now());
    let done = work();
    let by_the_clock = began.elapsed().as_secs_f64() * 1e3;
    let took = before.and_then(|before| Some(used()? - before));
    (took.unwrap_or(by_the_clock), done)
}

/// A request like many, the same each time.
fn exchange(seq: u64) -> ExchangeSummary {
    // Numbers without a pattern.
    let random = seq.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
    let pick = |of: u64, at: u32| (random >> at) % of;
    let method = match seq % 100_003 {
        0 => "PURGE",
        _ => ["GET", "GET", "GET", "POST"][pick(4, 3) as usize],
    };
    let path = match pick(5, 5) {
        0 => "/health".to_owned(),
        1 => format!("/users/{}", pick(5_000, 8)),
        _ => format!("/orders/{}/items", pick(100_000, 8)),
    };
    let status = match pick(1_000, 9) {
        0 => 503,
        1..=20 => 429,
        21..=60 => 404,
        _ => 200,
    };
    let route = ["orders", "users", "health"][pick(3, 12) as usize];
    serde_json::from_value(json!({
        "seq": seq,
        "id": format!("{random:08x}-0000-4000-8000-{seq:012x}"),
        "request_id": format!("r{seq}"),
        "started_at_us": 1_900_000_000_000_000 + seq * 1_000,
        "method": method, "host": "localhost:8080", "path": path, "query": "page=2",
        "protocol": "http/1.1", "stream": null, "messages": 0, "status": status,
        "source": "upstream", "ending": "complete", "code": null, "decided_by": "forward",
        "note": null, "route": route,
        "version": null, "service": "shop", "target": "http://127.0.0.1:3000",
        "key": { "id": "00000000-0000-0000-0000-000000000001",
            "name": format!("key-{}", pick(200, 14)) },
        "client_ip": "127.0.0.1", "origin": "caller", "replay_of": null, "tries": 1,
        "request_bytes": 0, "response_bytes": 512, "duration_us": pick(400_000, 4),
        "timing": { "gateway_us": 300, "connect_us": 0, "wait_us": 9_000, "receive_us": 200 },
    }))
    .unwrap()
}
