//! A real `gatewright serve` that is killed while requests pour in: what is left is whole, misses no
//! more than the last moments, and goes on.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rusqlite::Connection;

use crate::process::{Process, built, free_port, listening};

/// What may be lost was answered at most so long before the end (I5).
const FLUSH_WINDOW: Duration = Duration::from_millis(1_500);
const CONFIG: &str = "version: 1
recording: {retention: {max_rows: 2000}}
routes:
  - {name: fixed, match: {path: /fixed}, respond: {status: 200, body: ok}}
";

/// I3, I4, I5: also while old rows are being removed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gateway_that_is_killed_loses_the_last_moment_and_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let config = dir.path().join("gatewright.yaml");
    std::fs::write(&config, CONFIG).unwrap();
    let data = dir.path().join("data");
    let (mut sure, mut begun) = (0, 0);
    for wanted in [600, 1_500, 3_000] {
        let port = free_port();
        let gateway = serve(&config, &data, port);
        listening(port).await;
        let poured = pour(port, wanted, gateway).await;
        sure += poured.sure;
        begun += poured.begun;
        let left = look(&data, &dir.path().join("copy"));
        assert!(
            (sure..=begun).contains(&left.counted),
            "{} of {sure} to {begun} requests were counted",
            left.counted
        );
        assert_eq!(left.rows, left.rows_told);
        assert_eq!(left.rows, left.details);
    }
}

fn serve(config: &Path, data: &Path, port: u16) -> Process {
    let mut command = Command::new(built("gatewright"));
    command
        .args(["serve", "--config"])
        .arg(config)
        .arg("--data")
        .arg(data)
        .args(["--port", &port.to_string()])
        .args(["--admin-port", &free_port().to_string()])
        .stdout(Stdio::null());
    Process::start(&mut command)
}

struct Poured {
    /// Answered long enough before the end.
    sure: u64,
    /// Begun at all.
    begun: u64,
}

/// Sends requests on several connections, and kills the gateway once so many are answered.
async fn pour(port: u16, wanted: usize, gateway: Process) -> Poured {
    let begun = Arc::new(AtomicU64::new(0));
    let answered = Arc::new(Mutex::new(Vec::new()));
    let client = reqwest::Client::new();
    let callers: Vec<_> = (0..4)
        .map(|_| {
            let (client, begun, answered) = (client.clone(), begun.clone(), answered.clone());
            tokio::spawn(async move {
                let url = format!("http://127.0.0.1:{port}/fixed/item");
                loop {
                    begun.fetch_add(1, Ordering::Relaxed);
                    let answer = client.get(&url).send().await;
                    let Ok(answer) = answer else { return };
                    if answer.bytes().await.is_err() {
                        return;
                    }
                    answered.lock().unwrap().push(Instant::now());
                }
            })
        })
        .collect();
    let enough = async {
        let mut pause = tokio::time::interval(Duration::from_millis(5));
        while answered.lock().unwrap().len() < wanted {
            pause.tick().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(120), enough)
        .await
        .expect("requests are answered");
    let killed = Instant::now();
    // Dropped, it is killed with all it started; no chance to say goodbye.
    drop(gateway);
    for caller in callers {
        caller.await.unwrap();
    }
    let answered = answered.lock().unwrap();
    let sure = answered
        .iter()
        .filter(|at| **at + FLUSH_WINDOW < killed)
        .count();
    Poured {
        sure: sure as u64,
        begun: begun.load(Ordering::Relaxed),
    }
}

struct Left {
    rows: u64,
    rows_told: u64,
    details: u64,
    counted: u64,
}

/// Looks at a copy of what is on the disk.
fn look(data: &Path, copy: &Path) -> Left {
    std::fs::create_dir_all(copy).unwrap();
    for name in ["traffic.db", "traffic.db-wal"] {
        std::fs::copy(data.join(name), copy.join(name)).unwrap();
    }
    let db = Connection::open(copy.join("traffic.db")).unwrap();
    let number = |sql| db.query_row(sql, [], |row| row.get(0)).unwrap();
    let check: String = db
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(check, "ok");
    let left = Left {
        rows: number("SELECT count(*) FROM exchanges"),
        rows_told: number("SELECT rows FROM log_rows"),
        details: number("SELECT count(*) FROM exchanges JOIN details USING (seq)"),
        counted: number("SELECT coalesce(sum(requests), 0) FROM usage WHERE step = 1"),
    };
    drop(db);
    std::fs::remove_dir_all(copy).unwrap();
    left
}
