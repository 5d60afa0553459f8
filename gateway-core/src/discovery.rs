//! What listens on this machine: services to put the gateway in front of, and who holds a port.

mod probe;
mod sockets;

use std::collections::{BTreeMap, HashSet};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How long a service may take to answer.
pub const PROBE_LIMIT: Duration = Duration::from_millis(300);
/// How many services are asked at once.
const PROBES_AT_ONCE: usize = 16;

/// A running program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Process {
    /// Its number.
    pub pid: u32,
    /// Its name.
    #[schema(example = "node")]
    pub name: String,
}

/// What was found listening on this machine.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Scan {
    /// One entry a port, most likely services first.
    pub found: Vec<Found>,
    /// How many ports were asked with a request.
    pub checked: u32,
    /// How long it took, in microseconds.
    pub took_us: u64,
}

/// A port that something listens on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Found {
    /// The port.
    pub port: u16,
    /// The port as a target of a service.
    #[schema(example = "http://127.0.0.1:3000")]
    pub url: String,
    /// Who listens. Absent where the system does not tell, as for programs of other users.
    pub process: Option<Process>,
    /// What it said.
    pub answer: Answer,
}

/// What a port said when it was asked for `/`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Answer {
    /// It speaks HTTP.
    Http {
        /// Status of its answer.
        status: u16,
        /// Time to the answer's head, in microseconds.
        took_us: u64,
        /// What it calls itself: the title of its page, or its `Server` header.
        title: Option<String>,
    },
    /// It does not speak HTTP, or too slowly.
    NoHttp {
        /// Why that is thought.
        reason: String,
    },
    /// It was not asked, because that port is known for something else.
    Skipped {
        /// What it is known for.
        reason: String,
    },
}

/// Who listens on a TCP port of this machine, where the system tells.
pub fn holder_of(port: u16) -> Option<Process> {
    let listening = sockets::listening().into_iter();
    listening
        .filter(|socket| socket.address.port() == port)
        .find_map(|socket| socket.process)
}

/// The TCP ports on which any of these processes listens, where the system tells, in order.
pub(crate) fn ports_of(pids: &[u32]) -> Vec<u16> {
    let mut ports: Vec<_> = sockets::listening()
        .into_iter()
        .filter(|socket| {
            socket
                .process
                .as_ref()
                .is_some_and(|p| pids.contains(&p.pid))
        })
        .map(|socket| socket.address.port())
        .collect();
    ports.sort_unstable();
    ports.dedup();
    ports
}

/// Finds what listens on this machine's loopback addresses and asks each port once for `/`. Ports of
/// `own` and of this very process are left out.
pub async fn scan(own: &[SocketAddr]) -> Scan {
    let started = Instant::now();
    let listening = tokio::task::spawn_blocking(sockets::listening)
        .await
        .unwrap_or_default();
    let candidates = candidates(listening, own, std::process::id());
    let client = probe::client();
    let mut found: Vec<Found> = futures_util::stream::iter(candidates)
        .map(|candidate| ask(client.clone(), candidate))
        .buffer_unordered(PROBES_AT_ONCE)
        .collect()
        .await;
    found.sort_by_key(|found| (likelihood(&found.answer), found.port));
    let checked = found
        .iter()
        .filter(|found| !matches!(found.answer, Answer::Skipped { .. }));
    Scan {
        checked: u32::try_from(checked.count()).unwrap_or(u32::MAX),
        took_us: u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX),
        found,
    }
}

/// A port to ask.
struct Candidate {
    address: SocketAddr,
    process: Option<Process>,
}

/// One socket a port: callers of this machine reach it on 127.0.0.1 where they can.
fn candidates(listening: Vec<sockets::Socket>, own: &[SocketAddr], own_pid: u32) -> Vec<Candidate> {
    let held_here = |socket: &&sockets::Socket| {
        socket
            .process
            .as_ref()
            .is_some_and(|process| process.pid == own_pid)
    };
    // By port, since a socket may be listed a second time without its process.
    let own_ports: HashSet<u16> = listening
        .iter()
        .filter(held_here)
        .map(|socket| socket.address.port())
        .chain(own.iter().map(SocketAddr::port))
        .collect();
    let mut by_port: BTreeMap<u16, Candidate> = BTreeMap::new();
    for socket in listening {
        let port = socket.address.port();
        let Some(address) = socket.reachable_at() else {
            continue;
        };
        if own_ports.contains(&port) {
            continue;
        }
        let candidate = by_port.entry(port).or_insert_with(|| Candidate {
            address,
            process: socket.process.clone(),
        });
        if address.is_ipv4() && candidate.address.is_ipv6() {
            candidate.address = address;
        }
        if candidate.process.is_none() {
            candidate.process = socket.process;
        }
    }
    by_port.into_values().collect()
}

async fn ask(client: reqwest::Client, candidate: Candidate) -> Found {
    let Candidate { address, process } = candidate;
    let answer = match probe::known_for(address.port()) {
        Some(reason) => Answer::Skipped {
            reason: reason.to_owned(),
        },
        None => probe::ask(&client, address).await,
    };
    Found {
        port: address.port(),
        url: format!("http://{address}"),
        process,
        answer,
    }
}

fn likelihood(answer: &Answer) -> u8 {
    match answer {
        Answer::Http {
            status: 200..=399, ..
        } => 0,
        Answer::Http { status: ..=499, .. } => 1,
        Answer::Http { .. } => 2,
        Answer::NoHttp { .. } => 3,
        Answer::Skipped { .. } => 4,
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    fn socket(address: &str, pid: Option<u32>) -> sockets::Socket {
        let process = pid.map(|pid| Process {
            pid,
            name: "x".to_owned(),
        });
        sockets::Socket {
            address: address.parse().unwrap(),
            process,
        }
    }

    #[test]
    fn each_port_is_asked_once_on_loopback_and_never_its_own() {
        let listening = vec![
            socket("[::]:3000", None),
            socket("0.0.0.0:3000", Some(7)),
            socket("[::1]:4000", Some(7)),
            socket("192.168.1.2:5000", Some(7)),
            socket("127.0.0.1:6000", Some(1)),
            socket("127.0.0.1:6000", None),
            socket("127.0.0.1:8080", Some(7)),
        ];
        let own = ["127.0.0.1:8080".parse().unwrap()];
        let asked: Vec<_> = candidates(listening, &own, 1)
            .into_iter()
            .map(|candidate| {
                (
                    candidate.address.to_string(),
                    candidate.process.map(|p| p.pid),
                )
            })
            .collect();
        assert_eq!(
            asked,
            [
                ("127.0.0.1:3000".to_owned(), Some(7)),
                ("[::1]:4000".to_owned(), Some(7))
            ]
        );
    }

    #[test]
    fn the_holder_of_a_port_is_named() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        assert_eq!(holder_of(port).unwrap().pid, std::process::id());
        drop(listener);
        assert_eq!(holder_of(port), None);
    }

    #[tokio::test]
    async fn what_speaks_http_is_told_from_what_does_not() {
        let page = axum::Router::new().route(
            "/",
            axum::routing::get(|| async {
                axum::response::Html("<html><head><title> Shop &amp; API </title></head></html>")
            }),
        );
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let web = listener.local_addr().unwrap();
        let server = tokio::spawn(async move { axum::serve(listener, page).await });
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();

        let client = probe::client();
        match probe::ask(&client, web).await {
            Answer::Http { status, title, .. } => {
                assert_eq!((status, title.as_deref()), (200, Some("Shop & API")));
            }
            other => panic!("{other:?}"),
        }
        let answer = probe::ask(&client, silent.local_addr().unwrap()).await;
        assert_eq!(
            answer,
            Answer::NoHttp {
                reason: "it did not answer within 300 ms".to_owned()
            }
        );
        server.abort();
    }

    #[tokio::test]
    async fn a_listener_of_another_process_is_found() {
        let mut child = std::process::Command::new("python3")
            .args(["-u", "-m", "http.server", "0", "--bind", "127.0.0.1"])
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::null())
            .spawn()
            .expect("python3 is on the machines this is tested on");
        let port = port_announced_by(&mut child);
        let scan = scan(&[]).await;
        let found = scan.found.iter().find(|found| found.port == port).cloned();
        child.kill().unwrap();
        child.wait().unwrap();
        let found = found.expect("the server listens");
        assert_eq!(found.process.unwrap().pid, child.id());
        assert!(
            matches!(found.answer, Answer::Http { status: 200, .. }),
            "{:?}",
            found.answer
        );
        assert!(scan.checked >= 1);
    }

    /// Reads `Serving HTTP on 127.0.0.1 port 40123 (…)`.
    fn port_announced_by(child: &mut std::process::Child) -> u16 {
        use std::io::BufRead;
        let mut line = String::new();
        std::io::BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        line.split(" port ")
            .nth(1)
            .unwrap()
            .split(' ')
            .next()
            .unwrap()
            .parse()
            .unwrap()
    }
}
