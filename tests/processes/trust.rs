//! SE-4: what came with a file runs only after a person's word. And what is secret stays so.

use gateway_core::process::state::ProcessStatus;
use gateway_core::store::Actor;

use super::harness::{program, ran_by};

#[tokio::test]
async fn a_command_from_a_file_runs_only_after_a_person_has_approved_it() {
    let ran = ran_by(&program("--log LOG"), "min_instances: 1", Actor::Import).await;
    let (status, problem) = ran.get("/").await;
    assert_eq!(
        (status, problem["code"].as_str()),
        (503, Some("process_not_approved"))
    );
    assert_eq!(ran.noted("started"), [0; 0]);
    let state = ran.state();
    assert_eq!(
        (state.status, state.approved),
        (ProcessStatus::NotApproved, false)
    );
    let service = "api".into();
    let other = ran.gateway.approve_process(&service, "another").await;
    assert!(other.unwrap_err().to_string().contains("has changed"));
    ran.gateway
        .approve_process(&service, &state.fingerprint)
        .await
        .unwrap();
    ran.answered_by("/").await;
    // Once approved, it is approved on this machine; anything else is not.
    let port = ran.state().instances[0].port.unwrap();
    ran.apply(&program("--log LOG --x"), "", port, Actor::Restore)
        .await;
    assert!(!ran.state().approved);
    ran.apply(&program("--log LOG"), "", port, Actor::File)
        .await;
    assert!(ran.state().approved);
    ran.gateway.shutdown().await;
}

#[tokio::test]
async fn a_word_for_all_lets_a_file_run() {
    let ran = ran_by(&program(""), "", Actor::File).await;
    assert!(!ran.state().approved);
    ran.gateway.approve_all_processes();
    ran.answered_by("/").await;
    ran.gateway.shutdown().await;
}

#[tokio::test]
async fn values_of_its_file_of_variables_reach_the_program_and_not_its_output() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(".env"), "GREETING=\"s3cret-greeting\"\n").unwrap();
    let settings = format!("folder: {}, env_file: .env", folder.path().display());
    let ran = ran_by(&program(""), &settings, Actor::Api).await;
    let (_, body) = ran.get("/").await;
    assert_eq!(body["greeting"], "s3cret-greeting");
    let lines = ran.lines("listening on");
    assert_eq!(lines.len(), 1);
    assert!(lines[0].text.contains("•••"), "{}", lines[0].text);
    assert!(ran.lines("s3cret").is_empty());
    ran.gateway.shutdown().await;
}
