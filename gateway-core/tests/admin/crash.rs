//! What is left when the program ends without being asked, and what happens when the system has
//! nothing left to give.

use std::collections::HashSet;
use std::io::BufRead as _;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::server::{Server, eventually, read};

/// A server in front of its own echo service.
async fn with_echo() -> Server {
    let server = Server::start();
    let target = json!({ "target": { "kind": "echo" } });
    let (status, answer) = server.post("/first-route", target).await;
    assert_eq!(status, 200, "{answer}");
    server
}

/// I3: what lies on the disk is whole, whenever it is looked at.
fn are_whole(data: &TempDir) {
    let copies = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(data.path()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            continue;
        }
        let copy = copies.path().join(path.file_name().unwrap());
        std::fs::copy(&path, copy).unwrap();
    }
    for name in ["gatewright.db", "quotas.db", "traffic.db"] {
        let copy = rusqlite::Connection::open(copies.path().join(name)).unwrap();
        let check = |pragma: &str| -> Vec<String> {
            let mut found = copy.prepare(pragma).unwrap();
            let rows = found.query_map([], |row| row.get(0)).unwrap();
            rows.map(Result::unwrap).collect()
        };
        assert_eq!(check("PRAGMA integrity_check"), ["ok"], "{name}");
        assert!(check("PRAGMA foreign_key_check").is_empty(), "{name}");
    }
}

/// I1 to I4: adds routes as fast as it can, and is killed in the middle of it, again and again.
#[tokio::test]
async fn a_change_that_was_answered_survives_a_kill_and_no_change_is_there_in_part() {
    let mut server = with_echo().await;
    let answered = Arc::new(Mutex::new(HashSet::new()));
    for round in 0..4 {
        let adding = tokio::spawn(add_routes(
            server.request(Method::POST, "/routes"),
            round,
            answered.clone(),
        ));
        let before = answered.lock().unwrap().len();
        let many = || answered.lock().unwrap().len() >= before + 5 + 3 * round;
        eventually(async || many().then_some(())).await;
        let data = server.kill();
        adding.await.unwrap();
        are_whole(&data);

        let began = Instant::now();
        server = Server::with(data, &[]);
        assert!(began.elapsed() < Duration::from_secs(10), "{round}");
        let (_, routes) = server.get("/routes").await;
        let there: HashSet<String> = routes
            .as_array()
            .unwrap()
            .iter()
            .map(|route| route["name"].as_str().unwrap().to_owned())
            .filter(|name| name.starts_with("added-"))
            .collect();
        let mut answered = answered.lock().unwrap();
        assert!(there.is_superset(&answered), "{answered:?}, but {there:?}");
        // The one that was being answered may be there, and then it is there whole.
        assert!(there.len() <= answered.len() + 1, "{there:?}");
        *answered = there;
    }
}

/// Adds one route after the other until nobody answers any more.
async fn add_routes(
    request: reqwest::RequestBuilder,
    round: usize,
    answered: Arc<Mutex<HashSet<String>>>,
) {
    for n in 0.. {
        let name = format!("added-{round}-{n}");
        let route = json!({
            "name": name,
            "service": "echo",
            "match": { "path": format!("/{name}") },
        });
        let Ok(answer) = request.try_clone().unwrap().json(&route).send().await else {
            return;
        };
        if answer.status() == 201 {
            answered.lock().unwrap().insert(name);
        }
    }
}

/// I9: what a file system may lose of the newest writes is the end of them, and nothing before it.
#[tokio::test]
async fn what_is_left_of_a_torn_write_ahead_log_is_a_beginning() {
    let server = with_echo().await;
    let answered = Arc::new(Mutex::new(HashSet::new()));
    let adding = tokio::spawn(add_routes(
        server.request(Method::POST, "/routes"),
        0,
        answered.clone(),
    ));
    eventually(async || (answered.lock().unwrap().len() >= 12).then_some(())).await;
    let data = server.kill();
    adding.await.unwrap();
    let wal = data.path().join("gatewright.db-wal");
    let length = std::fs::metadata(&wal).unwrap().len();
    let file = std::fs::File::options().write(true).open(&wal).unwrap();
    file.set_len(length * 2 / 3).unwrap();
    drop(file);

    are_whole(&data);
    let server = Server::with(data, &[]);
    let (_, routes) = server.get("/routes").await;
    let routes = routes.as_array().unwrap();
    let added = routes
        .iter()
        .filter_map(|route| route["name"].as_str().unwrap().strip_prefix("added-0-"));
    let numbers: Vec<usize> = added.map(|number| number.parse().unwrap()).collect();
    let all: Vec<usize> = (0..numbers.len()).collect();
    assert_eq!(numbers, all, "in the order in which they were added");
    assert!(
        numbers.len() < answered.lock().unwrap().len(),
        "{numbers:?}"
    );
}

/// I5
#[tokio::test]
async fn a_kill_loses_nothing_of_the_log_but_its_last_moment() {
    let server = with_echo().await;
    let ask = async |n: usize| {
        let url = server.gateway_url(&format!("/numbered/{n}"));
        assert_eq!(server.client.get(url).send().await.unwrap().status(), 200);
    };
    for n in 0..100 {
        ask(n).await;
    }
    // All of that is older than what may be lost now.
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    for n in 100..140 {
        ask(n).await;
    }
    let data = server.kill();
    are_whole(&data);
    let server = Server::with(data, &[]);
    let (status, listed) = server.get("/exchanges?limit=500&q=path:/numbered").await;
    assert_eq!(status, 200, "{listed}");
    let rows = listed["rows"].as_array().unwrap();
    let number = |row: &Value| -> usize {
        let path = row["path"].as_str().unwrap();
        path.strip_prefix("/numbered/").unwrap().parse().unwrap()
    };
    let numbers: Vec<usize> = rows.iter().rev().map(number).collect();
    assert!(numbers.len() >= 100, "{numbers:?}");
    let all: Vec<usize> = (0..numbers.len()).collect();
    assert_eq!(numbers, all, "each once, and none in between is missing");
    // None is torn: each can be opened.
    let newest = rows[0]["id"].as_str().unwrap();
    let (status, detail) = server.get(&format!("/exchanges/{newest}")).await;
    assert_eq!(status, 200, "{detail}");
}

/// I5: also while old rows are being removed. Rows and sums are stored together.
#[tokio::test]
async fn a_kill_while_requests_pour_in_leaves_rows_and_sums_that_agree() {
    let mut server = with_echo().await;
    let (_, mut config) = server.get("/config").await;
    config["recording"]["retention"]["max_rows"] = 500.into();
    let saved = server.request(Method::PUT, "/config").json(&config);
    assert_eq!(saved.send().await.unwrap().status(), 200);
    let (mut sure, mut begun) = (0, 0);
    for wanted in [300, 700, 1_500] {
        let sent = Arc::new(Mutex::new((0_u64, Vec::new())));
        let callers: Vec<_> = (0..4)
            .map(|_| {
                let asking = server.client.get(server.gateway_url("/poured"));
                tokio::spawn(pour(asking, sent.clone()))
            })
            .collect();
        eventually(async || (sent.lock().unwrap().1.len() >= wanted).then_some(())).await;
        let killed = Instant::now();
        let data = server.kill();
        for caller in callers {
            caller.await.unwrap();
        }
        are_whole(&data);
        let (asked, answered) = std::mem::take(&mut *sent.lock().unwrap());
        let window = Duration::from_millis(1_500);
        sure += answered.iter().filter(|at| **at + window < killed).count() as u64;
        begun += asked;
        let log = rusqlite::Connection::open(data.path().join("traffic.db")).unwrap();
        let number = |sql| -> u64 { log.query_row(sql, [], |row| row.get(0)).unwrap() };
        let counted = number("SELECT coalesce(sum(requests), 0) FROM usage WHERE step = 1");
        assert!(
            (sure..=begun).contains(&counted),
            "{sure} to {begun}, but {counted}"
        );
        let rows = number("SELECT count(*) FROM exchanges");
        assert_eq!(number("SELECT rows FROM log_rows"), rows);
        assert_eq!(
            number("SELECT count(*) FROM exchanges JOIN details USING (seq)"),
            rows
        );
        drop(log);
        server = Server::with(data, &[]);
    }
}

/// Sends one request after the other until nobody answers any more. Counts those that were sent, and
/// says when each was answered.
async fn pour(asking: reqwest::RequestBuilder, sent: Arc<Mutex<(u64, Vec<Instant>)>>) {
    loop {
        sent.lock().unwrap().0 += 1;
        let Ok(answer) = asking.try_clone().unwrap().send().await else {
            return;
        };
        if answer.bytes().await.is_err() {
            return;
        }
        sent.lock().unwrap().1.push(Instant::now());
    }
}

/// I14
#[cfg(target_os = "linux")]
#[tokio::test]
async fn without_a_file_left_to_open_it_waits_without_spinning_and_goes_on_afterwards() {
    const REFUSED: &str = "no connection can be accepted at the moment";
    let mut server = with_echo().await;
    let mut errors = server.errors();
    let mut complains = || {
        let mut line = String::new();
        while !line.contains(REFUSED) {
            line.clear();
            assert_ne!(errors.read_line(&mut line).unwrap(), 0, "it has ended");
        }
    };
    let pid = server.pid();
    let open = std::fs::read_dir(format!("/proc/{pid}/fd"))
        .unwrap()
        .count();
    let limit = format!("--nofile={}", open + 4);
    let limited = std::process::Command::new("prlimit")
        .args(["--pid", &pid.to_string(), &limit])
        .status();
    assert!(limited.unwrap().success());
    let address = format!("127.0.0.1:{}", server.gateway_port);
    let mut callers = Vec::new();
    for _ in 0..30 {
        callers.push(tokio::net::TcpStream::connect(&address).await.unwrap());
    }
    complains();
    let (before, began) = (processor_time(pid), Instant::now());
    for _ in 0..10 {
        complains();
    }
    let (spent, took) = (processor_time(pid) - before, began.elapsed());
    assert!(took > Duration::from_millis(700), "ten tries in {took:?}");
    assert!(spent < Duration::from_millis(300), "{spent:?} in {took:?}");

    // Whoever comes while the first of those who have left are still being found out may be told
    // that there is no connection to the service.
    drop(callers);
    eventually(async || {
        let asked = server.client.get(server.gateway_url("/again")).send();
        let asked = tokio::time::timeout(Duration::from_secs(2), asked).await;
        (asked.ok()?.ok()?.status() == 200).then_some(())
    })
    .await;
    let (status, _) = read(server.request(Method::GET, "/status").send().await.unwrap()).await;
    assert_eq!(status, 200);
}

/// What a process has had of the processors.
#[cfg(target_os = "linux")]
fn processor_time(pid: u32) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    // After the name, which may hold blanks: the state, then user and system time as the 12th and
    // 13th, in hundredths of a second.
    let (_, rest) = stat.rsplit_once(") ").unwrap();
    let fields: Vec<_> = rest.split(' ').collect();
    let ticks = |n: usize| -> u64 { fields[n].parse().unwrap() };
    Duration::from_millis(10 * (ticks(11) + ticks(12)))
}
