//! HTTP/2 from bare frames, and what of it reaches a service that speaks HTTP/1.1.

mod cases;
mod frames;

use futures_util::{StreamExt as _, stream};

use super::case::{expect, in_front_of, none_failed, ordinary};
use super::service::Service;
use crate::harness::TestGateway;
use cases::{Case, Then};
use frames::{Connection, Outcome};

async fn try_one(case: &Case) -> Result<(), String> {
    let service = Service::start().await;
    let gateway = in_front_of(&service).await;
    let mut connection = Connection::open(&gateway).await;
    connection.send(&case.frames).await;
    let outcome = connection.outcome(1).await;
    let seen = || String::from_utf8_lossy(&service.connections().concat()).to_ascii_lowercase();
    match &case.then {
        Then::Refused => {
            let is_fine = match outcome {
                Outcome::Answer(status) => (400..=501).contains(&status),
                Outcome::Reset(_) | Outcome::GoAway(_) | Outcome::Closed => true,
            };
            expect(is_fine, || format!("{outcome:?}"))?;
            expect(service.connections().is_empty(), || {
                format!("the service saw {:?}", seen())
            })?;
        }
        Then::Answered(wanted) => {
            expect(outcome == Outcome::Answer(*wanted), || {
                format!("{outcome:?}")
            })?;
            expect(service.connections().is_empty(), || {
                format!("the service saw {:?}", seen())
            })?;
        }
        Then::NeverWhole => {
            let whole = service.requests()?.into_iter().any(|read| read.is_whole);
            expect(!whole && outcome != Outcome::Answer(200), || {
                format!("{outcome:?}, and the service saw {:?}", seen())
            })?;
        }
        Then::Passed(sees, never) => {
            expect(outcome == Outcome::Answer(200), || format!("{outcome:?}"))?;
            for what in *sees {
                expect(seen().contains(what), || {
                    format!("the service did not see {what:?} but {:?}", seen())
                })?;
            }
            for what in *never {
                expect(!seen().contains(what), || {
                    format!("the service saw {what:?}: {:?}", seen())
                })?;
            }
        }
        Then::Either => {}
    }
    if matches!(outcome, Outcome::Answer(_) | Outcome::Reset(_)) {
        another_stream(&mut connection).await?;
    }
    drop(connection);
    ordinary(&gateway, &service).await
}

/// What is wrong with one stream is no concern of the others.
async fn another_stream(connection: &mut Connection) -> Result<(), String> {
    connection.send(&frames::get(101, "/another")).await;
    let outcome = connection.outcome(101).await;
    expect(outcome == Outcome::Answer(200), || {
        format!("another stream ended in {outcome:?}")
    })
}

async fn try_all(cases: Vec<Case>) {
    let failed: Vec<String> = stream::iter(&cases)
        .map(async |case| {
            let why = try_one(case).await.err()?;
            Some(format!("{} ({}): {why}", case.name, case.rfc))
        })
        .buffer_unordered(8)
        .filter_map(std::future::ready)
        .collect()
        .await;
    none_failed(&failed, cases.len());
}

#[test]
fn there_are_at_least_25_cases_and_each_has_a_name_of_its_own_and_names_its_section() {
    let cases = [cases::requests(), cases::bodies(), cases::frames()].concat();
    let names: std::collections::HashSet<_> = cases.iter().map(|case| &case.name).collect();
    assert_eq!(names.len(), cases.len());
    assert!(names.len() >= 25, "{}", names.len());
    assert!(cases.iter().all(|case| case.rfc.starts_with("RFC ")));
}

#[tokio::test]
async fn a_request_of_http_2_becomes_one_of_http_1_that_has_one_reading() {
    try_all(cases::requests()).await;
}

#[tokio::test]
async fn a_body_of_http_2_becomes_one_of_http_1_that_has_one_reading() {
    try_all(cases::bodies()).await;
}

#[tokio::test]
async fn frames_that_no_client_sends_end_their_stream_or_their_connection() {
    try_all(cases::frames()).await;
}

async fn flooded() -> (Service, TestGateway, Connection) {
    let service = Service::start().await;
    let gateway = in_front_of(&service).await;
    let connection = Connection::open(&gateway).await;
    (service, gateway, connection)
}

/// Whatever becomes of the flood, it ends, and others are served meanwhile and after it.
async fn survives(
    (service, gateway, mut connection): (Service, TestGateway, Connection),
    flood: Vec<u8>,
) {
    let others = async {
        for _ in 0..5 {
            ordinary(&gateway, &service).await.unwrap();
        }
    };
    tokio::join!(connection.send(&flood), others);
    drop(connection);
    ordinary(&gateway, &service).await.unwrap();
}

/// RFC 9113, section 10.5.1; CVE-2024-27316 and its kin.
#[tokio::test]
async fn a_head_without_end_is_cut_off() {
    let parts = flooded().await;
    let mut flood = frames::open_head(1);
    for _ in 0..20_000 {
        flood.extend(frames::continuation(1, &[("x-filler", "aaaaaaaaaaaaaaaa")]));
    }
    survives(parts, flood).await;
}

/// RFC 9113, section 5.1.2; CVE-2023-44487.
#[tokio::test]
async fn requests_that_are_taken_back_at_once_are_cut_off() {
    let parts = flooded().await;
    let mut flood = Vec::new();
    for n in 0..5_000 {
        flood.extend(frames::get(2 * n + 1, "/taken-back"));
        flood.extend(frames::reset(2 * n + 1));
    }
    survives(parts, flood).await;
}

/// RFC 7541, section 7.3: a few bytes that unpack to many.
#[tokio::test]
async fn a_head_that_unpacks_to_megabytes_is_refused() {
    let (service, gateway, mut connection) = flooded().await;
    connection.send(&frames::bomb(1, 10_000)).await;
    let outcome = connection.outcome(1).await;
    let is_refused = matches!(
        outcome,
        Outcome::Answer(431) | Outcome::Reset(_) | Outcome::GoAway(_) | Outcome::Closed
    );
    assert!(is_refused, "{outcome:?}");
    assert!(service.connections().is_empty());
    ordinary(&gateway, &service).await.unwrap();
}

/// RFC 9113, section 10.5.
#[tokio::test]
async fn floods_of_frames_that_ask_for_an_answer_hold_nobody_up() {
    for frame in [frames::ping(), frames::settings(), frames::window(0, 1)] {
        survives(flooded().await, frame.repeat(20_000)).await;
    }
}

/// RFC 9113, section 6.9.1: a stream that is never given room must not hold the gateway.
#[tokio::test]
async fn a_caller_that_gives_no_room_for_an_answer_is_given_up() {
    let service = Service::scripted(|_| {
        let body = "x".repeat(1_000_000);
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
        Some(super::service::Reply {
            bytes: (head + &body).into_bytes(),
            then_close: false,
        })
    })
    .await;
    let gateway = crate::harness::gateway(&format!(
        "{{version: 1, listen: {{port: 1, limits: {{idle_timeout_ms: 300}}}},
          services: [{{name: raw, targets: [{{url: '{}'}}]}}],
          routes: [{{name: all, service: raw}}]}}",
        service.url()
    ))
    .await;
    let mut connection = Connection::open(&gateway).await;
    connection.send(&frames::get(1, "/large")).await;
    assert_eq!(connection.outcome(1).await, Outcome::Answer(200));
    connection.closed().await;
    let row = gateway.only_row().await;
    assert!(row.response_bytes < 1_000_000, "{row:?}");
}

/// RFC 9113, section 9.1.
#[tokio::test]
async fn a_connection_of_http_2_that_nobody_uses_is_closed() {
    let service = Service::start().await;
    let gateway = crate::harness::gateway(&format!(
        "{{version: 1, listen: {{port: 1, limits: {{idle_timeout_ms: 300}}}},
          services: [{{name: raw, targets: [{{url: '{}'}}]}}],
          routes: [{{name: all, service: raw}}]}}",
        service.url()
    ))
    .await;
    let mut connection = Connection::open(&gateway).await;
    connection.send(&frames::get(1, "/a")).await;
    assert_eq!(connection.outcome(1).await, Outcome::Answer(200));
    connection.closed().await;
}
