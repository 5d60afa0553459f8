//! What no HTTP library would send: literal bytes, each case named after what is odd about it and the
//! section that speaks of it.
//!
//! Whatever the gateway makes of a case, two things hold after it: what has reached the service can
//! be read in one way only, and an ordinary request still gets its own answer.

mod cases;
mod service;
mod strict;

use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::harness::{TestGateway, gateway};
use cases::{Case, Want};
use service::RecordingService;

/// One gateway in front of one service for each case, so that none can hide in another's bytes.
async fn run(case: &Case) -> Result<(), String> {
    let service = RecordingService::start().await;
    let gateway = in_front_of(&service).await;
    let answer = send(&gateway, &case.bytes).await;
    let status = status_of(&answer);
    let reached = service.requests();
    let shown = || format!("answer {answer:?}, reached the service {reached:#?}");
    strict::check(&service.bytes()).map_err(|why| format!("{why}; {}", shown()))?;
    match case.want {
        Want::Refused => {
            if !reached.is_empty() {
                return Err(format!("it reached the service; {}", shown()));
            }
            if status.is_some_and(|status| status < 400) {
                return Err(format!("it was not refused; {}", shown()));
            }
        }
        Want::Status(wanted) => {
            if status != Some(wanted) || !reached.is_empty() {
                return Err(format!("{wanted} was expected; {}", shown()));
            }
        }
        Want::Passed(count) => {
            if status != Some(200) || reached.len() != count {
                return Err(format!(
                    "{count} requests were expected to pass; {}",
                    shown()
                ));
            }
        }
        Want::Without(text) => {
            let leaked = reached
                .iter()
                .any(|head| head.to_lowercase().contains(text));
            if status != Some(200) || reached.is_empty() || leaked {
                return Err(format!("it should pass without `{text}`; {}", shown()));
            }
        }
        Want::Unambiguous => {}
    }
    ordinary(&gateway).await
}

/// A request that nothing is wrong with, on a connection of its own.
async fn ordinary(gateway: &TestGateway) -> Result<(), String> {
    let bytes = b"GET /ordinary HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n";
    let answer = send(gateway, bytes).await;
    match status_of(&answer) == Some(200) && answer.contains("/ordinary") {
        true => Ok(()),
        false => Err(format!(
            "an ordinary request after it was answered {answer:?}"
        )),
    }
}

async fn in_front_of(service: &RecordingService) -> TestGateway {
    gateway(&format!(
        "{{version: 1, listen: {{limits: {{header_read_timeout_ms: 300, idle_timeout_ms: 400}}}},
          services: [{{name: shop, targets: [{{url: '{}'}}], timeouts: {{first_byte_ms: 2000}}}}],
          routes: [{{name: all, service: shop}}]}}",
        service.url()
    ))
    .await
}

/// Sends bytes and reads all that comes until the gateway hangs up, which it does soon: nobody may
/// hold a connection for long.
async fn send(gateway: &TestGateway, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(gateway.address()).await.unwrap();
    // The gateway may hang up before all of it was sent.
    let _ = stream.write_all(bytes).await;
    let mut answer = Vec::new();
    let reading = stream.read_to_end(&mut answer);
    let ended = tokio::time::timeout(Duration::from_secs(20), reading).await;
    assert!(ended.is_ok(), "the gateway does not hang up: {answer:?}");
    String::from_utf8_lossy(&answer).into_owned()
}

fn status_of(answer: &str) -> Option<u16> {
    answer.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()
}

async fn all(cases: Vec<Case>) {
    let failures: Vec<String> = stream::iter(&cases)
        .map(|case| async move {
            let result = run(case).await;
            result
                .err()
                .map(|why| format!("{} ({}): {why}", case.name, case.section))
        })
        .buffer_unordered(8)
        .filter_map(std::future::ready)
        .collect()
        .await;
    assert!(
        failures.is_empty(),
        "{} of {} cases:\n{}",
        failures.len(),
        cases.len(),
        failures.join("\n\n")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn there_are_at_least_120_cases_each_with_a_name_of_its_own() {
    let groups = [
        cases::lengths(),
        cases::codings(),
        cases::chunks(),
        cases::fields(),
        cases::lines(),
        cases::hosts(),
        cases::connection(),
    ];
    let names: std::collections::HashSet<_> = groups
        .iter()
        .flatten()
        .map(|case| case.name.clone())
        .collect();
    assert_eq!(names.len(), groups.iter().map(Vec::len).sum::<usize>());
    assert!(names.len() >= 120, "{}", names.len());
    assert!(
        groups
            .iter()
            .flatten()
            .all(|case| case.section.starts_with("RFC "))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_length_is_read_in_one_way_only() {
    all(cases::lengths()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transfer_coding_is_read_in_one_way_only() {
    all(cases::codings()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn chunks_are_read_in_one_way_only() {
    all(cases::chunks()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fields_are_read_in_one_way_only() {
    all(cases::fields()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn request_lines_are_read_in_one_way_only() {
    all(cases::lines()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hosts_are_read_in_one_way_only() {
    all(cases::hosts()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_belongs_to_a_connection_stays_on_it() {
    all(cases::connection()).await;
}
