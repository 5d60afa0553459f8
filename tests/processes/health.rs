//! Programs that run and are not well.

use gateway_core::process::state::ProcessStatus;
use gateway_core::store::Actor;

use super::harness::{Ran, free_port, gone, program, ran};

const CHECKS: &str = "health: {active: {path: /health, interval_ms: 100, unhealthy_after: 2}}";

/// Lets the program run with these settings, and be checked.
async fn checked(arguments: &str, settings: &str, port: u16) -> Ran {
    let ran = ran("", "").await;
    let process = ran.process(&program(arguments), settings);
    let service = format!("{process}, {CHECKS}");
    ran.apply_service(&service, port, Actor::Api).await;
    ran
}

#[tokio::test]
async fn an_instance_that_fails_its_checks_is_replaced_and_no_request_is_lost() {
    for settings in ["max_instances: 1", "min_instances: 2, max_instances: 3"] {
        let ran = checked("", settings, free_port()).await;
        let ill = ran.answered_by("/fall-ill").await;
        let ill = u32::try_from(ill).unwrap();
        // Whoever asks meanwhile waits, or is answered by another one.
        ran.until("a failure", |s| s.last_crash.is_some()).await;
        for n in 0..20 {
            let by = ran.answered_by(&format!("/{n}")).await;
            assert_ne!(by, u64::from(ill), "{settings}");
        }
        gone(&[ill]).await;
        let state = ran.state();
        assert_eq!(state.status, ProcessStatus::Ready, "{settings}");
        let crash = state.last_crash.unwrap();
        assert_eq!(crash.reason, "it fails its checks with status 500");
        assert_eq!(state.crashes, 1);
        let said = ran.lines("is replaced: it fails its checks with status 500");
        assert_eq!(said.len(), 1, "{said:#?}");
        ran.gateway.shutdown().await;
    }
}

/// PR-4
#[tokio::test]
async fn a_program_that_is_never_well_is_a_crash_loop() {
    let ran = checked("--unwell", "", free_port()).await;
    // It answers until its checks have found out.
    let (status, problem) = loop {
        let answer = ran.get("/").await;
        if answer.0 != 200 {
            break answer;
        }
    };
    assert_eq!(
        (status, problem["code"].as_str()),
        (503, Some("crash_loop")),
        "{problem}"
    );
    let detail = problem["detail"].as_str().unwrap();
    assert!(
        detail.contains("failed 3 times. The last time: it fails its checks with status 500"),
        "{detail}"
    );
    ran.until("none", |s| s.instances.is_empty()).await;
    ran.gateway.shutdown().await;
}

#[tokio::test]
async fn what_checks_found_is_told_of_each_instance_and_other_checks_restart_nothing() {
    let port = free_port();
    let ran = checked("", "min_instances: 2, max_instances: 2", port).await;
    let told = |ran: &Ran| {
        let states = ran.gateway.service_states();
        states[0].targets.clone()
    };
    ran.until("checks of both", |_| {
        let targets = told(&ran);
        targets.len() == 2 && targets.iter().all(|target| target.last_check.is_some())
    })
    .await;
    let pids = |ran: &Ran| {
        ran.state()
            .instances
            .iter()
            .map(|one| one.pid)
            .collect::<Vec<_>>()
    };
    let before = pids(&ran);
    let process = ran.process(&program(""), "min_instances: 2, max_instances: 2");
    ran.apply_service(&process, port, Actor::Api).await;
    ran.until("no checks", |_| {
        told(&ran).iter().all(|target| target.last_check.is_none())
    })
    .await;
    assert_eq!(pids(&ran), before);
    ran.gateway.shutdown().await;
}
