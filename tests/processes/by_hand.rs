//! What a person says: start, stop, so many, and other settings.

use gateway_core::gateway::{ProcessAction, ProcessActionError};
use gateway_core::process::state::ProcessStatus;
use gateway_core::store::Actor;

use super::harness::{gone, program, ran};

#[tokio::test]
async fn a_person_starts_stops_and_scales_it() {
    let ran = ran("--log LOG", "max_instances: 3").await;
    let service = "api".into();
    let act = |action| ran.gateway.act_on_process(&service, action);
    act(ProcessAction::Start).unwrap();
    ran.until("an instance", |s| s.status == ProcessStatus::Ready)
        .await;
    act(ProcessAction::Scale(3)).unwrap();
    let three = ran
        .until("three", |s| {
            s.instances
                .iter()
                .filter(|i| i.ready_after_ms.is_some())
                .count()
                == 3
        })
        .await;
    let ports: std::collections::BTreeSet<_> = three.instances.iter().map(|i| i.port).collect();
    assert_eq!(ports.len(), 3, "each has a port of its own");
    assert!(three.pinned_until_us.is_some());
    let refused = act(ProcessAction::Scale(4)).unwrap_err();
    assert_eq!(refused, ProcessActionError::TooMany { wanted: 4, max: 3 });
    let used = ran
        .until("what they use", |s| {
            s.instances
                .iter()
                .all(|i| i.memory_bytes.is_some_and(|b| b > 0))
        })
        .await;
    assert!(
        used.instances.iter().all(|one| one.processes == Some(1)),
        "{used:#?}"
    );

    act(ProcessAction::Stop).unwrap();
    ran.until("none", |s| s.instances.is_empty()).await;
    gone(&ran.noted("started")).await;
    let (status, problem) = ran.get("/").await;
    assert_eq!(
        (status, problem["code"].as_str()),
        (503, Some("service_stopped"))
    );
    act(ProcessAction::Start).unwrap();
    ran.until("an instance again", |s| s.status == ProcessStatus::Ready)
        .await;
    ran.answered_by("/").await;
    let none = "other".into();
    let missing = ran.gateway.act_on_process(&none, ProcessAction::Start);
    assert_eq!(missing, Err(ProcessActionError::NoProcess(none)));
    ran.gateway.shutdown().await;
}

#[tokio::test]
async fn some_that_always_run_are_there_before_any_request() {
    let ran = ran("", "min_instances: 2, max_instances: 2").await;
    ran.until("two", |s| {
        s.instances
            .iter()
            .filter(|i| i.ready_after_ms.is_some())
            .count()
            == 2
    })
    .await;
    ran.gateway.stop().await;
    assert_eq!(ran.state().status, ProcessStatus::Off);
    assert_eq!(ran.state().instances, []);
    // And again with the gateway.
    ran.gateway.start().await.unwrap();
    ran.until("two again", |s| s.instances.len() == 2).await;
    ran.gateway.shutdown().await;
}

#[tokio::test]
async fn another_command_takes_over_and_other_numbers_restart_nothing() {
    let ran = ran("--log LOG", "environment: {GREETING: one}").await;
    let first = ran.answered_by("/").await;
    let port = ran.state().instances[0].port.unwrap();
    let more = "environment: {GREETING: one}, idle_ms: 100000";
    ran.apply(&program("--log LOG"), more, port, Actor::Api)
        .await;
    assert_eq!(ran.answered_by("/").await, first);
    // The same port: the new one waits until the old one has left it.
    ran.apply(
        &program("--log LOG"),
        "environment: {GREETING: two}",
        port,
        Actor::Api,
    )
    .await;
    let (status, body) = ran.get("/").await;
    assert_eq!(
        (status, body["greeting"].as_str()),
        (200, Some("two")),
        "{body}"
    );
    gone(&[u32::try_from(first).unwrap()]).await;
    ran.gateway.shutdown().await;
}
