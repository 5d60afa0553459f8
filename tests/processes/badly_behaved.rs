//! Programs that do not do what they should.

use gateway_core::process::state::ProcessStatus;

use super::harness::{free_port, gone, ran};

/// PR-4
#[tokio::test]
async fn a_program_that_ends_at_once_is_a_crash_loop_and_its_last_words_are_told() {
    let ran = ran("--exit 7", "").await;
    let (status, problem) = ran.get("/").await;
    assert_eq!(status, 503);
    assert_eq!(problem["code"], "crash_loop", "{problem}");
    assert_eq!(problem["output"][0], "there is no database at db.example");
    assert_eq!(problem["output"][1], "giving up");
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.contains("ended by itself with status 7"), "{detail}");
    let state = ran.state();
    assert_eq!((state.status, state.crashes), (ProcessStatus::CrashLoop, 3));
    assert!(state.retry_at_us.is_some());
    // Refused at once from now on, with a time to come back.
    let response = ran.client.get(ran.url("/")).send().await.unwrap();
    let wait: u64 = response.headers()["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!((1..=10).contains(&wait), "{wait}");
    assert_eq!(ran.state().crashes, 3);
    // What is known of it stays said when its pause is over.
    let message = "It failed 3 times; the next request starts it again.";
    ran.until("the end of the pause", |s| s.message == message)
        .await;
    assert_eq!(ran.state().status, ProcessStatus::CrashLoop);
    assert_eq!(ran.get("/").await.1["code"], "crash_loop");
    assert_eq!(ran.state().crashes, 4);
    ran.gateway.shutdown().await;
}

#[tokio::test]
async fn a_program_that_does_not_exist_is_said_by_name() {
    let ran = ran("", "").await;
    ran.apply(
        "no-such-program-here --x",
        "",
        free_port(),
        gateway_core::store::Actor::Api,
    )
    .await;
    let (status, problem) = ran.get("/").await;
    assert_eq!(
        (status, problem["code"].as_str()),
        (503, Some("crash_loop"))
    );
    let said = problem["output"].to_string();
    assert!(
        said.contains("`no-such-program-here` cannot be run"),
        "{problem}"
    );
    ran.gateway.shutdown().await;
}

#[tokio::test]
async fn a_program_that_ignores_its_port_is_told_where_it_listens_instead() {
    let elsewhere = free_port();
    let ran = ran(&format!("--port {elsewhere}"), "start_timeout_ms: 700").await;
    let (status, problem) = ran.get("/").await;
    assert_eq!(
        (status, problem["code"].as_str()),
        (503, Some("crash_loop")),
        "{problem}"
    );
    let detail = problem["detail"].as_str().unwrap();
    let expected =
        format!("it listens on {elsewhere} instead: let it listen on the port in `PORT`");
    assert!(detail.contains(&expected), "{detail}");
    ran.gateway.shutdown().await;
}

#[tokio::test]
async fn a_program_that_never_gets_ready_is_ended_and_said_so() {
    let ran = ran("--never-listen --log LOG", "start_timeout_ms: 300").await;
    let (status, problem) = ran.get("/").await;
    assert_eq!(
        (status, problem["code"].as_str()),
        (503, Some("crash_loop"))
    );
    let detail = problem["detail"].as_str().unwrap();
    assert!(
        detail.contains("did not get ready within 300 ms: it takes no connections"),
        "{detail}"
    );
    gone(&ran.noted("started")).await;
    ran.gateway.shutdown().await;
}

/// PR-3
#[tokio::test]
async fn what_a_program_started_ends_with_it_even_in_a_session_of_its_own() {
    let ran = ran("--fork --log LOG", "stop_grace_ms: 1000").await;
    ran.answered_by("/").await;
    ran.until("both children", |_| ran.noted("child").len() == 2)
        .await;
    let all = [ran.noted("started"), ran.noted("child")].concat();
    ran.gateway.shutdown().await;
    assert_eq!(ran.state().instances, []);
    gone(&all).await;
}

/// PR-3
#[tokio::test]
async fn a_program_that_does_not_want_to_end_is_killed_after_its_time() {
    let ran = ran("--ignore-term --log LOG", "stop_grace_ms: 300").await;
    ran.answered_by("/").await;
    let began = std::time::Instant::now();
    ran.gateway.shutdown().await;
    let took = began.elapsed();
    assert!(took.as_millis() >= 300, "it had no time: {took:?}");
    gone(&ran.noted("started")).await;
    assert!(!ran.lines("asked to end, and will not").is_empty());
}

#[tokio::test]
async fn a_flood_of_output_holds_up_no_request_and_its_end_is_kept() {
    let ran = ran("--flood", "start_timeout_ms: 60000").await;
    ran.answered_by("/").await;
    let found = ran.lines("line 199999 of a flood");
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].instance, 1);
    let bytes: u64 = std::fs::read_dir(ran.dir.path().join("output"))
        .unwrap()
        .map(|entry| entry.unwrap().metadata().unwrap().len())
        .sum();
    assert!(bytes < 9 * 1024 * 1024, "{bytes} bytes are kept");
    ran.gateway.shutdown().await;
}

#[tokio::test]
async fn a_crash_while_it_serves_is_followed_by_another_instance() {
    let ran = ran("", "").await;
    let first = ran.answered_by("/").await;
    // Not sent again to the next instance, which would crash too.
    let crash = reqwest::Client::new().post(ran.url("/crash"));
    assert_eq!(crash.send().await.unwrap().status(), 502);
    let second = ran.answered_by("/").await;
    assert_ne!(first, second);
    let crash = ran.state().last_crash.unwrap();
    assert_eq!(crash.reason, "it ended by itself with status 3");
    assert_eq!(crash.output, ["crashed on purpose"]);
    ran.gateway.shutdown().await;
}

#[tokio::test]
async fn a_port_that_somebody_else_has_is_said_with_who_it_is() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let ran = ran("", "").await;
    ran.apply(
        &super::harness::program(""),
        "",
        port,
        gateway_core::store::Actor::Api,
    )
    .await;
    let (status, problem) = ran.get("/").await;
    assert_eq!(status, 503);
    let detail = problem["detail"].as_str().unwrap();
    assert!(
        detail.contains(&format!("port {port} is used by `")),
        "{detail}"
    );
    ran.gateway.shutdown().await;
}
