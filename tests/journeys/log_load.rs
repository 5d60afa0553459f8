//! How the live log does under 5,000 requests a second: measured, not judged. `make bench-ui` runs it
//! and leaves its figures in `test-output/bench-ui/`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use http::{Response, StatusCode};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::MissedTickBehavior;

use crate::door::Door;
use crate::first_run::put_the_gateway_in_front;
use crate::upstream::{Upstream, full};
use crate::{browser, desktop};

const OFFERED_PER_SECOND: u64 = 5_000;
const CONNECTIONS: u64 = 10;
/// Each connection sends a few requests at once, this often.
const EVERY: Duration = Duration::from_millis(10);
/// How long it runs before it is measured, and how long it is measured.
const WARM_UP: Duration = Duration::from_secs(3);
const MEASURED: Duration = Duration::from_secs(10);
/// Parts of a second in which the kernel counts time.
const TICKS: f64 = 100.0;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "measures; run it with `make bench-ui`"]
async fn the_log_in_chromium_under_load() {
    measure("chromium", browser::open("bench-ui-chromium").await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "measures; run it with `make bench-ui`"]
async fn the_log_in_the_desktop_app_under_load() {
    measure("desktop", desktop::open("bench-ui-desktop").await).await;
}

async fn measure(name: &str, door: Door) {
    let service = Upstream::start(|seen| {
        let mut response = Response::new(full("{\"ok\":true}"));
        *response.status_mut() = match seen.uri.path().as_bytes().last() {
            Some(b'7') => StatusCode::NOT_FOUND,
            Some(b'9') => StatusCode::BAD_GATEWAY,
            _ => StatusCode::OK,
        };
        response
    })
    .await;
    let gateway = put_the_gateway_in_front(&door.page, service.address.port()).await;
    let address = gateway.trim_start_matches("http://").to_owned();

    let (answered, running) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(true)));
    let loads: Vec<_> = (0..CONNECTIONS)
        .map(|_| tokio::spawn(load(address.clone(), answered.clone(), running.clone())))
        .collect();
    tokio::time::sleep(WARM_UP).await;
    let mut figures = BTreeMap::new();
    for (state, keys) in [("live", None), ("scrolled", Some("k")), ("filtered", None)] {
        if state == "filtered" {
            // In either shell, by the address alone.
            let filter = "history.replaceState(null, '', '/traffic?q=status:5xx'); \
                          dispatchEvent(new PopStateEvent('popstate'))";
            door.page.run(filter).await;
            tokio::time::sleep(WARM_UP).await;
        }
        if let Some(keys) = keys {
            door.page
                .run("document.querySelector('[role=grid]').focus()")
                .await;
            door.page.type_keys(keys).await;
        }
        figures.insert(state, measured(&door, &answered).await);
        door.page.picture(state).await;
        door.page
            .run("document.querySelector('[role=grid]').focus()")
            .await;
        door.page.type_keys(thirtyfour::Key::End).await;
    }
    running.store(false, Ordering::Relaxed);
    for load in loads {
        load.await.unwrap();
    }

    let built = if cfg!(debug_assertions) {
        "debug"
    } else {
        "release"
    };
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let report = json!({
        "shell": name,
        "built": built,
        "cores": cores,
        "offered_per_second": OFFERED_PER_SECOND,
        "seconds": MEASURED.as_secs(),
        "states": figures,
    });
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../test-output/bench-ui");
    fs::create_dir_all(folder).unwrap();
    let text = serde_json::to_string_pretty(&report).unwrap();
    fs::write(format!("{folder}/{name}.json"), &text).unwrap();
    println!("{text}");
}

/// Frames, time and memory of a while.
async fn measured(door: &Door, answered: &AtomicU64) -> Value {
    door.page.run(WATCH_FRAMES).await;
    let (began, before, first) = (Instant::now(), used(), answered.load(Ordering::Relaxed));
    tokio::time::sleep(MEASURED).await;
    let (seconds, after) = (began.elapsed().as_secs_f64(), used());
    let requests = answered.load(Ordering::Relaxed) - first;
    let frames = door.page.run(FRAMES_SEEN).await;
    let said = door.page.text().await;
    let shown = said.lines().find(|line| line.contains("new/s"));
    let of = |group: &str| {
        let ticks = |used: &BTreeMap<String, Used>| used.get(group).map_or(0, |used| used.ticks);
        let percent = (ticks(&after) - ticks(&before)) as f64 / TICKS / seconds * 100.0;
        json!({
            "cpu_percent_of_a_core": percent.round(),
            "pss_mb": after.get(group).map_or(0, |used| used.pss_kb / 1024),
        })
    };
    json!({
        "requests_per_second": (requests as f64 / seconds).round(),
        "frames": frames,
        "shown": shown,
        "ui": of("ui"),
        "gateway": of("gateway"),
    })
}

/// Sends requests at a steady pace and reads the answers, until it is told to stop.
async fn load(address: String, answered: Arc<AtomicU64>, running: Arc<AtomicBool>) {
    let connection = TcpStream::connect(&address).await.unwrap();
    let (mut answers, mut requests) = connection.into_split();
    let reading = tokio::spawn(async move {
        let mut buffer = vec![0; 64 * 1024];
        let mut end = 0;
        loop {
            let read = match answers.read(&mut buffer[end..]).await {
                Ok(0) | Err(_) => return,
                Ok(read) => read,
            };
            // An answer begins with its status line; half of one waits for the rest.
            let text = &buffer[..end + read];
            let count = text.windows(9).filter(|nine| *nine == b"HTTP/1.1 ").count();
            answered.fetch_add(count as u64, Ordering::Relaxed);
            let rest = text.len().min(8);
            let kept = text.len() - rest;
            buffer.copy_within(kept..kept + rest, 0);
            end = rest;
        }
    });
    let each = OFFERED_PER_SECOND * EVERY.as_millis() as u64 / 1_000 / CONNECTIONS;
    let mut pace = tokio::time::interval(EVERY);
    pace.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut number = 0_u64;
    while running.load(Ordering::Relaxed) {
        pace.tick().await;
        let mut batch = String::new();
        for _ in 0..each {
            number += 1;
            batch += &format!("GET /orders/{number} HTTP/1.1\r\nHost: {address}\r\n\r\n");
        }
        if requests.write_all(batch.as_bytes()).await.is_err() {
            break;
        }
    }
    reading.abort();
}

/// What processes used.
#[derive(Clone, Copy, Default)]
struct Used {
    ticks: u64,
    pss_kb: u64,
}

/// What the programs that this test has started use: the gateway, and all that shows its UI. In the
/// desktop app the gateway is part of the window's program, and counts there.
fn used() -> BTreeMap<String, Used> {
    let mut parents = BTreeMap::new();
    let processes = fs::read_dir("/proc").unwrap().flatten();
    let mut found = Vec::new();
    for process in processes {
        let Some(id) = process.file_name().to_str().and_then(|id| id.parse().ok()) else {
            continue;
        };
        // It may be gone by now.
        let Ok(stat) = fs::read_to_string(process.path().join("stat")) else {
            continue;
        };
        let (Some(begin), Some(end)) = (stat.find('('), stat.rfind(')')) else {
            continue;
        };
        let fields: Vec<&str> = stat[end + 2..].split(' ').collect();
        let number = |at: usize| fields[at].parse::<u64>().unwrap_or(0);
        parents.insert(id, number(1));
        found.push((id, stat[begin + 1..end].to_owned(), number(11) + number(12)));
    }
    let own = u64::from(std::process::id());
    let is_ours = |id: u64| {
        let mut seen = BTreeSet::new();
        let mut at = id;
        while seen.insert(at) {
            match parents.get(&at) {
                Some(parent) if *parent == own => return true,
                Some(parent) => at = *parent,
                None => return false,
            }
        }
        false
    };
    let mut groups = BTreeMap::<String, Used>::new();
    for (id, command, ticks) in found.into_iter().filter(|(id, ..)| is_ours(*id)) {
        let group = match command.as_str() {
            "gatewright" => "gateway",
            "chromedriver" | "Xvfb" | "WebKitWebDriver" | "dbus-daemon" => continue,
            _ => "ui",
        };
        let memory = fs::read_to_string(format!("/proc/{id}/smaps_rollup")).unwrap_or_default();
        let pss = memory.lines().find_map(|line| line.strip_prefix("Pss:"));
        let pss_kb = pss.and_then(|line| line.trim().split(' ').next()?.parse::<u64>().ok());
        let used = groups.entry(group.to_owned()).or_default();
        used.ticks += ticks;
        used.pss_kb += pss_kb.unwrap_or(0);
    }
    groups
}

const WATCH_FRAMES: &str = "
    const watch = { gaps: [], last: performance.now(), on: true };
    window.watchedFrames = watch;
    const frame = (now) => {
        if (!watch.on) return;
        watch.gaps.push(now - watch.last);
        watch.last = now;
        requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
";

const FRAMES_SEEN: &str = "
    const watch = window.watchedFrames;
    watch.on = false;
    const gaps = watch.gaps.slice(1).sort((a, b) => a - b);
    const at = (share) => Math.round((gaps[Math.floor(gaps.length * share)] ?? 0) * 10) / 10;
    const total = gaps.reduce((sum, gap) => sum + gap, 0);
    return {
        per_second: Math.round((gaps.length / total) * 10000) / 10,
        median_ms: at(0.5), p95_ms: at(0.95), longest_ms: at(0.9999),
    };
";
