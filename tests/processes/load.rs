//! From none to one, from one to many, and back, without losing a request.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use gateway_core::process::state::{InstanceStatus, ProcessStatus};

use super::harness::{Ran, gone, ran};

/// PR-1
#[tokio::test]
async fn the_first_request_starts_the_program_and_is_answered_by_it() {
    let ran = ran("--ready-after 300", "environment: {GREETING: 'at {port}'}").await;
    let before = ran.state();
    assert_eq!(before.status, ProcessStatus::Idle);
    assert_eq!(before.instances, []);
    let (status, body) = ran.get("/hello").await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(body["greeting"], format!("at {}", body["port"]));
    let after = ran
        .until("an instance", |s| s.status == ProcessStatus::Ready)
        .await;
    assert_eq!(after.instances.len(), 1);
    assert!(after.instances[0].ready_after_ms.unwrap() >= 300);
    let sentence = ran.newest_sentence().await;
    assert!(
        sentence.contains("for its program, which was started in"),
        "{sentence}"
    );
    // The second one finds it.
    assert_eq!(
        ran.answered_by("/again").await,
        body["pid"].as_u64().unwrap()
    );
    assert!(!ran.newest_sentence().await.contains("started in"));
    let pid = u32::try_from(body["pid"].as_u64().unwrap()).unwrap();
    ran.gateway.shutdown().await;
    gone(&[pid]).await;
}

/// PR-5
#[tokio::test]
async fn slow_requests_at_once_get_more_instances_and_the_numbers_are_told() {
    let scale = "max_instances: 4, target_in_flight: 2, stable_window_ms: 4000, \
                 panic_window_ms: 400, idle_ms: 60000";
    let ran = Arc::new(ran("", scale).await);
    let pids = under_load(&ran, 10, 12, "/slow/400").await;
    assert!(pids.len() >= 3, "only {pids:?} answered");
    let state = ran.state();
    let grown: Vec<_> = state.decisions.iter().filter(|d| d.to > d.from).collect();
    let most = grown.iter().map(|decision| decision.to).max();
    assert_eq!(most, Some(4), "{grown:#?}");
    let to_four = grown.iter().find(|decision| decision.to == 4).unwrap();
    assert!(to_four.stable.max(to_four.panic) > 2.0, "{to_four:#?}");
    assert!(
        to_four.because.contains("2 are meant for each"),
        "{to_four:#?}"
    );
    assert!(state.history.iter().any(|sample| sample.in_flight > 2));
    assert!(!ran.lines("instance(s) wanted").is_empty());
    ran.gateway.shutdown().await;
}

#[tokio::test]
async fn instances_go_again_after_a_rest_and_no_request_is_lost() {
    let scale = "max_instances: 3, target_in_flight: 1, stable_window_ms: 600, \
                 panic_window_ms: 200, idle_ms: 700";
    let ran = Arc::new(ran("--log LOG", scale).await);
    let pids = under_load(&ran, 6, 6, "/slow/200").await;
    assert!(pids.len() > 1, "only {pids:?} answered");
    // One long request runs while the others rest: what it runs on stays.
    let long = tokio::spawn({
        let ran = ran.clone();
        async move { ran.answered_by("/slow/4000").await }
    });
    ran.until("fewer instances", |s| {
        let staying = |one: &&_| matches_ready(one);
        s.instances.iter().filter(staying).count() == 1 && s.wanted <= 1
    })
    .await;
    long.await.unwrap();
    let idle = ran.until("none", |s| s.instances.is_empty()).await;
    assert_eq!(idle.status, ProcessStatus::Idle);
    let last = idle.decisions.last().unwrap();
    assert_eq!(
        (last.to, last.because.as_str()),
        (0, "there was no request for 0.7 s")
    );
    gone(&ran.noted("started")).await;
    // And again from none.
    ran.answered_by("/").await;
    ran.gateway.shutdown().await;
}

fn matches_ready(one: &gateway_core::process::state::InstanceState) -> bool {
    one.status == InstanceStatus::Ready
}

#[tokio::test]
async fn a_restart_under_load_loses_no_request() {
    for settings in ["max_instances: 1", "max_instances: 3"] {
        let ran = Arc::new(ran("", settings).await);
        let first = ran.answered_by("/").await;
        let stop = Arc::new(AtomicBool::new(false));
        let callers: Vec<_> = (0..4)
            .map(|_| {
                let (ran, stop) = (ran.clone(), stop.clone());
                tokio::spawn(async move {
                    let mut pids = BTreeSet::new();
                    while !stop.load(Ordering::Relaxed) {
                        pids.insert(ran.answered_by("/slow/20").await);
                    }
                    pids
                })
            })
            .collect();
        // All of them are under way.
        let asked = |s: &gateway_core::process::state::ProcessState| s.instances[0].requests > 8;
        ran.until("requests", asked).await;
        let service = "api".into();
        let restart = gateway_core::gateway::ProcessAction::Restart;
        ran.gateway.act_on_process(&service, restart).unwrap();
        ran.until("a new instance alone", |s| {
            s.instances.len() == 1 && s.instances[0].number > 1 && matches_ready(&s.instances[0])
        })
        .await;
        ran.answered_by("/slow/100").await;
        stop.store(true, Ordering::Relaxed);
        let mut pids = BTreeSet::new();
        for caller in callers {
            pids.extend(caller.await.unwrap());
        }
        assert!(pids.len() >= 2, "{settings}: {pids:?}");
        assert!(pids.contains(&first), "{settings}");
        ran.gateway.shutdown().await;
    }
}

/// So many callers ask so many times each; who answered.
async fn under_load(ran: &Arc<Ran>, callers: u32, times: u32, path: &'static str) -> BTreeSet<u64> {
    let callers: Vec<_> = (0..callers)
        .map(|_| {
            let ran = ran.clone();
            tokio::spawn(async move {
                let mut pids = BTreeSet::new();
                for _ in 0..times {
                    pids.insert(ran.answered_by(path).await);
                }
                pids
            })
        })
        .collect();
    let mut pids = BTreeSet::new();
    for caller in callers {
        pids.extend(caller.await.unwrap());
    }
    pids
}
