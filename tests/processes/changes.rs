//! Requests that wait for a program while another configuration comes into force.

use std::sync::Arc;

use gateway_core::store::Actor;
use serde_json::Value;
use tokio::task::JoinHandle;

use super::harness::{Ran, free_port, gone, program, ran};

/// A program that does not listen, and a request that waits for it.
async fn waiting() -> (Arc<Ran>, JoinHandle<(u16, Value)>) {
    let ran = Arc::new(ran("--never-listen --log LOG", "start_timeout_ms: 60000").await);
    let request = tokio::spawn({
        let ran = ran.clone();
        async move { ran.get("/held").await }
    });
    ran.until("a program that is being started", |_| {
        ran.noted("started").len() == 1
    })
    .await;
    assert_eq!(ran.state().held, 1);
    (ran, request)
}

/// PR-1
#[tokio::test]
async fn a_request_that_waits_is_answered_by_the_program_that_takes_the_place_of_the_first() {
    let (ran, request) = waiting().await;
    let port = ran.state().instances[0].port.unwrap();
    // On the same port: it starts when the first one has left it.
    ran.apply(&program("--log LOG"), "", port, Actor::Api).await;
    let (status, body) = request.await.unwrap();
    assert_eq!(status, 200, "{body}");
    assert_eq!(body["path"], "/held");
    assert_eq!(body["port"], port);
    let sentence = ran.newest_sentence().await;
    assert!(
        sentence.contains("for its program, which was started in"),
        "{sentence}"
    );
    let started = ran.noted("started");
    assert_eq!(u64::from(started[1]), body["pid"].as_u64().unwrap());
    gone(&started[..1]).await;
    // No two instances write under one number.
    let state = ran.state();
    assert_eq!((state.instances[0].number, state.held), (2, 0));
    ran.gateway.shutdown().await;
}

#[tokio::test]
async fn a_request_that_waits_goes_on_through_one_change_after_another() {
    let (ran, request) = waiting().await;
    let never = program("--never-listen --log LOG --second");
    ran.apply(&never, "start_timeout_ms: 60000", free_port(), Actor::Api)
        .await;
    ran.until("the second program", |_| ran.noted("started").len() == 2)
        .await;
    assert_eq!(ran.state().held, 1);
    ran.apply(&program(""), "", free_port(), Actor::Api).await;
    let (status, body) = request.await.unwrap();
    assert_eq!((status, body["path"].as_str()), (200, Some("/held")));
    ran.gateway.shutdown().await;
}

#[tokio::test]
async fn a_request_that_waits_is_told_why_the_next_program_does_not_start() {
    let (ran, request) = waiting().await;
    ran.apply(&program("--exit 7"), "", free_port(), Actor::Api)
        .await;
    let (status, problem) = request.await.unwrap();
    assert_eq!(
        (status, problem["code"].as_str()),
        (503, Some("crash_loop")),
        "{problem}"
    );
    ran.gateway.shutdown().await;
}

#[tokio::test]
async fn a_request_that_waits_goes_to_what_something_else_has_started() {
    let (ran, request) = waiting().await;
    // A program that this gateway does not run.
    let other = super::harness::ran("", "").await;
    other.answered_by("/").await;
    let state = other.state();
    let port = state.instances[0].port.unwrap();
    ran.apply_service("", port, Actor::Api).await;
    let (status, body) = request.await.unwrap();
    assert_eq!(status, 200, "{body}");
    assert_eq!(
        (body["port"].as_u64(), body["path"].as_str()),
        (Some(port.into()), Some("/held"))
    );
    gone(&ran.noted("started")).await;
    ran.gateway.shutdown().await;
    other.gateway.shutdown().await;
}

#[tokio::test]
async fn a_request_that_waits_for_a_service_that_is_taken_out_is_refused() {
    let (ran, request) = waiting().await;
    ran.apply_services("", Actor::Api).await;
    let (status, problem) = request.await.unwrap();
    assert_eq!(
        (status, problem["code"].as_str()),
        (503, Some("service_stopped")),
        "{problem}"
    );
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.contains("gone from the configuration"), "{detail}");
    gone(&ran.noted("started")).await;
    ran.gateway.shutdown().await;
}
