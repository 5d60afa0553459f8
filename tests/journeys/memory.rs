//! How much memory the headless gateway takes over a million requests, and how soon one of them is seen
//! by whoever watches: measured, not judged. `make bench-memory` runs it and leaves its figures in
//! `test-output/bench-memory/`. `REQUESTS` and `MAX_BYTES` (of the log) make it shorter.

use std::fmt::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use std::{fs, io};

use futures_util::StreamExt as _;
use gateway_core::clock::Clock;
use gateway_core::keys::NewKey;
use gateway_core::{Gateway, Options};
use http::{Response, StatusCode};
use http_body_util::BodyExt as _;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::Mutex;
use tokio::time::MissedTickBehavior;

use crate::process::{Process, built, free_port, listening};
use crate::upstream::full;

/// What the gateway stands in front of. Nothing is set but what has to be, and limits by each of the
/// things that a caller can choose.
const CONFIG: &str = "
version: 1
listen: {port: LISTEN}
services: [{name: shop, targets: [{url: 'http://UPSTREAM'}]}]
routes:
  - {name: orders, service: shop, match: {path: /orders}, authentication: {methods: [api_key]},
     rate_limits: [{name: by key, requests: 300, per: second, by: key}]}
  - {name: users, service: shop, match: {path: /users},
     rate_limits: [{name: by address, requests: 600000, per: minute, by: ip}]}
  - {name: files, service: shop, match: {path: /files}}
";
const CONNECTIONS: u64 = 10;
/// Each connection sends a few requests at once, this often, and waits for their answers.
const EVERY: Duration = Duration::from_millis(10);
const AT_ONCE: u64 = 5;
/// After so many requests a connection is closed, and the next comes from another address.
const PER_CONNECTION: u64 = 500;
const KEYS: usize = 50;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "measures; run it with `make bench-memory`"]
async fn memory_over_a_million_requests() {
    let requests: u64 = std::env::var("REQUESTS").map_or(1_000_000, |n| n.parse().unwrap());
    let every = (requests / 20).max(1);
    let data = tempfile::tempdir().unwrap();
    let keys = issued(data.path()).await;
    let (port, admin) = (free_port(), free_port());
    let config = data.path().join("gatewright.yaml");
    let mut yaml = CONFIG
        .replace("UPSTREAM", &service().await.to_string())
        .replace("LISTEN", &port.to_string());
    if let Ok(bytes) = std::env::var("MAX_BYTES") {
        let _ = writeln!(yaml, "recording: {{retention: {{max_bytes: {bytes}}}}}");
    }
    fs::write(&config, yaml).unwrap();
    let mut gateway = Process::start(
        Command::new(built("gatewright"))
            .args(["serve", "--data"])
            .arg(data.path())
            .args(["--config", config.to_str().unwrap()])
            .args(["--admin-port", &admin.to_string()])
            .stdout(Stdio::null()),
    );
    let pid = gateway.child().id();
    listening(port).await;
    let delays = Arc::new(Mutex::new(Vec::new()));
    let watching = tokio::spawn(watch(admin, data.path().to_owned(), delays.clone()));

    let load = Arc::new(Load {
        address: ([127, 0, 0, 1], port).into(),
        keys,
        next: AtomicU64::new(0),
        answered: AtomicU64::new(0),
        last: requests,
    });
    let began = Instant::now();
    let loads: Vec<_> = (0..CONNECTIONS)
        .map(|_| tokio::spawn(load.clone().run()))
        .collect();
    let mut samples = Vec::new();
    let mut pause = tokio::time::interval(Duration::from_millis(20));
    let mut next = 0;
    while next <= requests {
        while load.answered.load(Ordering::Relaxed) < next {
            pause.tick().await;
        }
        let seen = std::mem::take(&mut *delays.lock().await);
        let sample = sample(pid, data.path(), next, began, seen);
        println!("{sample}");
        samples.push(sample);
        next += every;
    }
    for load in loads {
        load.await.unwrap();
    }
    watching.abort();
    let status = admin_get(admin, data.path(), "/api/v1/status").await;
    let status: Value = serde_json::from_str(&status.text().await.unwrap()).unwrap();
    let recorder = &status["recorder"];
    println!("recorder: {recorder}");
    assert!(gateway.terminate().await, "it does not end well");

    let report = json!({
        "built": if cfg!(debug_assertions) { "debug" } else { "release" },
        "requests": requests,
        "seconds": began.elapsed().as_secs(),
        "samples": samples,
        "recorder": recorder,
    });
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../test-output/bench-memory");
    fs::create_dir_all(folder).unwrap();
    let text = serde_json::to_string_pretty(&report).unwrap();
    fs::write(format!("{folder}/memory.json"), text).unwrap();
}

/// How things stand after so many requests: memory in kB, files in kB, delays in milliseconds.
fn sample(pid: u32, data: &Path, requests: u64, began: Instant, mut delays: Vec<i64>) -> Value {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let of = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        line.and_then(|line| {
            line.trim_start_matches(':')
                .trim()
                .split(' ')
                .next()?
                .parse::<u64>()
                .ok()
        })
    };
    let size = |name: &str| fs::metadata(data.join(name)).map_or(0, |file| file.len() / 1_024);
    delays.sort_unstable();
    let at = |part: usize| delays.get((delays.len() * part / 1_000).min(delays.len().max(1) - 1));
    json!({
        "requests": requests,
        "seconds": began.elapsed().as_secs(),
        "rss": of("VmRSS"),
        "rss_anonymous": of("RssAnon"),
        "rss_most": of("VmHWM"),
        "threads": of("Threads"),
        "log": size("traffic.db"),
        "wal": size("traffic.db-wal"),
        "seen_after_ms": { "rows": delays.len(), "p50": at(500), "p99": at(990), "most": delays.last() },
    })
}

/// The texts of some new keys.
async fn issued(data: &Path) -> Vec<String> {
    let options = Options {
        data_dir: data.to_owned(),
        config_file: None,
        clock: Clock::system(),
    };
    let gateway = Gateway::open(options).await.unwrap();
    let issue = |n: usize| {
        gateway
            .issue_key(NewKey::new(format!("key {n}")).everywhere())
            .unwrap()
    };
    let keys = (0..KEYS).map(|n| issue(n).secret).collect();
    gateway.shutdown().await;
    keys
}

/// A service that reads each request whole and remembers none.
async fn service() -> SocketAddr {
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = socket.accept().await {
            let service = service_fn(async |request: http::Request<hyper::body::Incoming>| {
                let path = request.uri().path().to_owned();
                // What was cut short is answered too.
                let read = request
                    .into_body()
                    .collect()
                    .await
                    .map_or(0, |all| all.to_bytes().len());
                let more = if path.ends_with("00") { 20_000 } else { 100 };
                let body = json!({ "path": path, "read": read, "more": "x".repeat(more) });
                let mut response = Response::new(full(body.to_string()));
                *response.status_mut() = match path.as_bytes().last() {
                    Some(b'7') => StatusCode::NOT_FOUND,
                    Some(b'9') => StatusCode::SERVICE_UNAVAILABLE,
                    _ => StatusCode::OK,
                };
                Ok::<_, io::Error>(response)
            });
            let http = hyper::server::conn::http1::Builder::new();
            tokio::spawn(http.serve_connection(TokioIo::new(stream), service));
        }
    });
    address
}

/// Requests that are sent.
struct Load {
    address: SocketAddr,
    keys: Vec<String>,
    next: AtomicU64,
    answered: AtomicU64,
    last: u64,
}

impl Load {
    /// Sends at a steady pace, until all together have sent enough.
    async fn run(self: Arc<Self>) {
        let mut pace = tokio::time::interval(EVERY);
        pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut on = None;
        while self.next.load(Ordering::Relaxed) < self.last {
            pace.tick().await;
            let first = self.next.fetch_add(AT_ONCE, Ordering::Relaxed);
            let (mut stream, left) = match on.take() {
                Some(on) => on,
                None => (self.connect(first).await, PER_CONNECTION),
            };
            let batch: String = (first..first + AT_ONCE).map(|n| self.request(n)).collect();
            let sent = stream.write_all(batch.as_bytes()).await;
            let answered = match sent {
                Ok(()) => answers(&mut stream, AT_ONCE).await,
                Err(_) => 0,
            };
            self.answered.fetch_add(AT_ONCE, Ordering::Relaxed);
            assert_eq!(answered, AT_ONCE, "an answer is missing of {batch}");
            on = (left > AT_ONCE).then_some((stream, left - AT_ONCE));
        }
    }

    /// From one of many addresses of this machine.
    async fn connect(&self, number: u64) -> TcpStream {
        let socket = TcpSocket::new_v4().unwrap();
        let [.., a, b] = (number / PER_CONNECTION).to_be_bytes();
        let from = Ipv4Addr::new(127, 1, a, b.max(1));
        socket.bind(SocketAddr::from((from, 0))).unwrap();
        socket.connect(self.address).await.unwrap()
    }

    /// A request like few others: of every 20, some find nothing, show a key that does not exist, ask for
    /// another host, send a body or are refused by a limit.
    fn request(&self, number: u64) -> String {
        let random = number.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20;
        let key = &self.keys[usize::try_from(random).unwrap() % KEYS];
        let body = "x".repeat(usize::try_from(random % 4_000).unwrap());
        let body = format!("{{\"number\":{number},\"text\":\"{body}\"}}");
        let host = self.address;
        let (line, rest) = match number % 20 {
            0 => (
                format!("GET /unknown/{random:x}"),
                format!("host: {host}\r\n"),
            ),
            1 => (
                format!("GET /orders/{random}"),
                format!("host: {host}\r\nx-api-key: gk_{random:x}\r\n"),
            ),
            2 => (
                format!("GET /users/{random}?page={}", random % 9),
                format!("host: h{random:x}.example\r\n"),
            ),
            3 | 4 => (
                format!("POST /files/{random:x}"),
                format!(
                    "host: {host}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n",
                    body.len()
                ),
            ),
            5..=8 => (
                format!("GET /users/{}", random % 5_000),
                format!(
                    "host: {host}\r\nx-one-{}: {number}\r\nuser-agent: load/{random:x}\r\n",
                    random % 100
                ),
            ),
            _ => (
                format!("GET /orders/{}", random % 50_000),
                format!("host: {host}\r\nx-api-key: {key}\r\naccept: application/json\r\n"),
            ),
        };
        let body = if line.starts_with("POST") { &body } else { "" };
        format!("{line} HTTP/1.1\r\n{rest}\r\n{body}")
    }
}

/// Reads so many answers, and gives how many came.
async fn answers(stream: &mut TcpStream, count: u64) -> u64 {
    let (mut buffer, mut come) = (Vec::with_capacity(32 * 1_024), 0);
    while come < count {
        let head = buffer.windows(4).position(|four| four == b"\r\n\r\n");
        let whole = head.and_then(|end| {
            let head = String::from_utf8_lossy(&buffer[..end]).to_ascii_lowercase();
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length:"));
            let length = length.map_or(0, |length| length.trim().parse::<usize>().unwrap());
            (buffer.len() >= end + 4 + length).then_some(end + 4 + length)
        });
        match whole {
            Some(end) => {
                buffer.drain(..end);
                come += 1;
            }
            None => match stream.read_buf(&mut buffer).await {
                Ok(0) | Err(_) => break,
                Ok(_) => {}
            },
        }
    }
    come
}

async fn admin_get(port: u16, data: &Path, path: &str) -> reqwest::Response {
    let token = fs::read_to_string(data.join("admin-token")).unwrap();
    let request = reqwest::Client::new().get(format!("http://127.0.0.1:{port}{path}"));
    request.bearer_auth(token.trim()).send().await.unwrap()
}

/// Watches the live log as the window does, and notes how long after its end each row came, in
/// milliseconds.
async fn watch(port: u16, data: PathBuf, delays: Arc<Mutex<Vec<i64>>>) {
    let mut events = admin_get(port, &data, "/api/v1/events?rows=500")
        .await
        .bytes_stream();
    let mut text = Vec::new();
    while let Some(Ok(more)) = events.next().await {
        text.extend_from_slice(&more);
        while let Some(end) = text.windows(2).position(|two| two == b"\n\n") {
            let event: Vec<u8> = text.drain(..end + 2).collect();
            let now = SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .unwrap()
                .as_micros();
            let now = i64::try_from(now).unwrap();
            let mut data = String::new();
            for line in String::from_utf8_lossy(&event).lines() {
                let _ = write!(data, "{}", line.strip_prefix("data:").unwrap_or_default());
            }
            let Ok(event) = serde_json::from_str::<Value>(&data) else {
                continue;
            };
            let rows = event["rows"].as_array();
            let ended =
                |row: &Value| Some(row["started_at_us"].as_i64()? + row["duration_us"].as_i64()?);
            let came = rows
                .into_iter()
                .flatten()
                .filter_map(ended)
                .map(|at| (now - at) / 1_000);
            delays.lock().await.extend(came);
        }
    }
}
