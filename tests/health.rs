//! Targets that are not well are found out, left out, and taken back.

use std::time::Duration;

use gateway_core::snapshot::service_state::{TargetHealth, TargetState};

use crate::harness::{Mood, Moody, TestGateway, gateway};

fn service(rest: &str, targets: &[&Moody]) -> String {
    let urls = targets
        .iter()
        .map(|target| format!("{{url: '{}'}}", target.url()));
    let urls: Vec<_> = urls.collect();
    format!(
        "{{version: 1, services: [{{name: shop, retries: {{attempts: 0}}, {rest}, targets: [{}]}}],
          routes: [{{name: all, service: shop}}]}}",
        urls.join(", ")
    )
}

async fn status(gateway: &TestGateway) -> u16 {
    let answer = gateway.get("/").await;
    let status = answer.status().as_u16();
    let _ = answer.bytes().await;
    status
}

/// Waits until the first target is as it should be, letting the gateway's time pass meanwhile.
async fn until(gateway: &TestGateway, is: impl Fn(&TargetState) -> bool) -> TargetState {
    gateway
        .eventually(|_| {
            gateway.clock.advance(Duration::from_millis(100));
            let target = gateway.service().targets.remove(0);
            is(&target).then_some(target)
        })
        .await
}

const ACTIVE: &str = "health: {active: {path: /well, interval_ms: 100, timeout_ms: 5000,
    unhealthy_after: 2, healthy_after: 2}}";

#[tokio::test]
async fn a_target_that_fails_its_checks_is_left_out_until_it_passes_them() {
    let (a, b) = (Moody::start("a").await, Moody::start("b").await);
    let gateway = gateway(&service(ACTIVE, &[&a, &b])).await;
    // The first check is made at once: the gateway's time stands still.
    let first = gateway
        .eventually(|_| gateway.service().targets.remove(0).last_check)
        .await;
    assert_eq!((first.good, first.status), (true, Some(200)));
    a.becomes(Mood::Status(500));
    let out = until(&gateway, |target| target.health == TargetHealth::Unhealthy).await;
    assert_eq!(out.last_check.unwrap().status, Some(500));
    assert_eq!(
        out.reason.as_deref(),
        Some("fails its checks with status 500")
    );
    for _ in 0..4 {
        assert_eq!(gateway.get("/").await.text().await.unwrap(), "b");
    }
    a.becomes(Mood::Well);
    until(&gateway, |target| target.health == TargetHealth::Healthy).await;
    let mut answers = Vec::new();
    for _ in 0..4 {
        answers.push(gateway.get("/").await.text().await.unwrap());
    }
    assert!(answers.contains(&"a".to_owned()), "{answers:?}");
}

#[tokio::test]
async fn a_target_that_does_not_listen_fails_checks_by_tcp_and_where_none_is_well_the_answer_is_503()
 {
    let a = Moody::start("a").await;
    let tcp =
        "health: {active: {kind: tcp, interval_ms: 2500, timeout_ms: 1000, unhealthy_after: 1}}";
    let gateway = gateway(&service(tcp, &[&a])).await;
    assert_eq!(status(&gateway).await, 200);
    a.dies().await;
    until(&gateway, |target| target.health == TargetHealth::Unhealthy).await;
    let answer = gateway.get("/").await;
    assert_eq!(answer.status(), 503);
    assert_eq!(answer.headers()["retry-after"], "3");
    let problem: serde_json::Value = answer.json().await.unwrap();
    assert_eq!(problem["code"], "no_healthy_upstream");
    let (summary, kept, sentence) = gateway.newest().await;
    assert_eq!(summary.tries, 0);
    assert_eq!(kept.attempts, []);
    assert!(
        sentence.starts_with("Not sent to service `shop`: no target is healthy: "),
        "{sentence}"
    );
    // Its time passes on while checks are made, so that the next may have begun.
    let next = ["(the next check is in ", "(it is being checked, "];
    assert!(
        next.iter().any(|next| sentence.contains(next)),
        "{sentence}"
    );
    assert!(
        sentence.contains(" used again after 1 good check)"),
        "{sentence}"
    );
    a.returns().await;
    until(&gateway, |target| target.health == TargetHealth::Healthy).await;
    assert_eq!(status(&gateway).await, 200);
}

#[tokio::test]
async fn checks_end_with_what_they_check_and_go_on_through_other_changes() {
    let (a, b) = (Moody::start("a").await, Moody::start("b").await);
    let yaml = service(ACTIVE, &[&a, &b]);
    let gateway = gateway(&yaml).await;
    gateway
        .eventually(|_| (a.asked() == 1 && b.asked() == 1).then_some(()))
        .await;
    // Another route does not begin the checks anew, which would ask at once.
    gateway
        .apply(&yaml.replace("name: all", "name: other"))
        .await;
    gateway.apply(&service(ACTIVE, &[&b])).await;
    gateway.clock.advance(Duration::from_millis(100));
    gateway.eventually(|_| (b.asked() == 2).then_some(())).await;
    assert_eq!(a.asked(), 1, "nobody asks a target that is gone");
    gateway.gateway.stop().await;
    gateway.clock.advance(Duration::from_secs(10));
    gateway.gateway.start().await.unwrap();
    gateway.eventually(|_| (b.asked() == 3).then_some(())).await;
}

const PASSIVE: &str = "health: {passive: {failures: 3, eject_ms: 10000}}";

/// LB-2
#[tokio::test]
async fn a_target_whose_requests_fail_is_left_out_and_tried_again_by_one_request() {
    let (a, b) = (Moody::start("a").await, Moody::start("b").await);
    let gateway = gateway(&service(PASSIVE, &[&a, &b])).await;
    a.becomes(Mood::Reset);
    let mut failed = 0;
    for _ in 0..20 {
        failed += u32::from(status(&gateway).await == 502);
    }
    assert_eq!(failed, 3);
    let target = gateway.service().targets.remove(0);
    assert_eq!(target.health, TargetHealth::Ejected);
    let until_us = target.ejected_until_us.unwrap();
    assert_eq!(
        until_us - gateway.gateway.clock().now().epoch_us,
        10_000_000
    );
    assert!(
        target
            .reason
            .unwrap()
            .contains("3 requests in a row failed")
    );

    gateway.clock.advance(Duration::from_secs(10));
    assert_eq!(gateway.service().targets[0].health, TargetHealth::Probing);
    let probed: Vec<_> = [status(&gateway).await, status(&gateway).await].into();
    assert_eq!(probed, [502, 200], "one request tries it");
    gateway.clock.advance(Duration::from_secs(10));
    assert_eq!(
        gateway.service().targets[0].health,
        TargetHealth::Ejected,
        "twice as long"
    );

    a.becomes(Mood::Well);
    gateway.clock.advance(Duration::from_secs(10));
    let answer = gateway.get("/").await.text().await.unwrap();
    assert_eq!(answer, "a");
    let (_, kept, _) = gateway.newest().await;
    let chosen = kept.attempts[0].chosen.as_deref();
    assert_eq!(chosen, Some("probe after it was left out"));
    assert_eq!(gateway.service().targets[0].health, TargetHealth::Healthy);
}

#[tokio::test]
async fn where_no_target_is_well_the_log_says_when_one_is_tried_again() {
    let a = Moody::start("a").await;
    let rest = "health: {passive: {failures: 1, eject_ms: 10000}}, timeouts: {total_ms: 60000}";
    let gateway = gateway(&service(rest, &[&a])).await;
    a.becomes(Mood::Reset);
    assert_eq!(status(&gateway).await, 502);
    gateway.clock.advance(Duration::from_secs(4));
    assert_eq!(status(&gateway).await, 503);
    let (_, _, sentence) = gateway.newest().await;
    let out = format!("{} is left out for 6000 ms: a request failed (", a.url());
    assert!(sentence.contains(&out), "{sentence}");
    let then = "(the first request after that finds out whether it has recovered)";
    assert!(sentence.contains(then), "{sentence}");

    // While that request is on its way, the next is told so.
    a.becomes(Mood::Hang);
    gateway.clock.advance(Duration::from_secs(6));
    let asked = a.asked();
    let probe = gateway.client.get(gateway.url("/")).send();
    let probe = tokio::spawn(probe);
    gateway
        .eventually(|_| (a.asked() > asked).then_some(()))
        .await;
    assert_eq!(status(&gateway).await, 503);
    let (_, _, sentence) = gateway.newest().await;
    let probing = "(one request finds out just now whether it has recovered)";
    assert!(sentence.contains(probing), "{sentence}");
    assert!(
        sentence.contains(" is left out: a request failed ("),
        "{sentence}"
    );
    probe.abort();
}

#[tokio::test]
async fn every_way_to_fail_counts_and_answers_of_the_service_itself_do_not() {
    for (mood, ejected) in [
        (Mood::Status(503), true),
        (Mood::Reset, true),
        (Mood::Half, true),
        (Mood::Noise, true),
        (Mood::Hang, true),
        (Mood::Status(500), false),
        (Mood::Status(404), false),
    ] {
        let a = Moody::start("a").await;
        let rest = "health: {passive: {failures: 2}}, timeouts: {total_ms: 60000}";
        let gateway = gateway(&service(rest, &[&a])).await;
        a.becomes(mood);
        for n in 1..=2 {
            let asking = gateway.client.get(gateway.url("/")).send();
            let asking = tokio::spawn(async move { asking.await.unwrap().bytes().await.map(drop) });
            if mood == Mood::Hang {
                gateway.eventually(|_| (a.asked() == n).then_some(())).await;
                gateway.clock.advance(Duration::from_secs(60));
            }
            let _ = asking.await.unwrap();
        }
        let is_out = |_: &_| {
            let target = gateway.service().targets.remove(0);
            let out = target.health == TargetHealth::Ejected;
            (target.in_flight == 0 && out == ejected).then_some(())
        };
        gateway.eventually(is_out).await;
    }
}

#[tokio::test]
async fn health_is_not_trusted_where_too_few_are_well() {
    let (a, b) = (Moody::start("a").await, Moody::start("b").await);
    let rest = "health: {panic_percent: 50, passive: {failures: 1, statuses: [500]}}";
    let gateway = gateway(&service(rest, &[&a, &b])).await;
    a.becomes(Mood::Status(500));
    let mut statuses = Vec::new();
    for _ in 0..8 {
        statuses.push(status(&gateway).await);
    }
    assert!(gateway.service().panic);
    assert_eq!(statuses.iter().filter(|status| **status == 500).count(), 4);
    let (_, kept, _) = gateway.newest().await;
    let chosen = kept.attempts[0].chosen.clone().unwrap();
    assert!(chosen.contains("too few are healthy"), "{chosen}");
}

#[tokio::test]
async fn what_is_known_of_a_target_outlives_a_change_that_does_not_concern_it() {
    let (a, b) = (Moody::start("a").await, Moody::start("b").await);
    let gateway = gateway(&service(PASSIVE, &[&a, &b])).await;
    a.becomes(Mood::Reset);
    for _ in 0..6 {
        status(&gateway).await;
    }
    assert_eq!(gateway.service().targets[0].health, TargetHealth::Ejected);
    gateway.apply(&service(PASSIVE, &[&b, &a])).await;
    let targets = gateway.service().targets;
    let health: Vec<_> = targets.iter().map(|target| target.health).collect();
    assert_eq!(health, [TargetHealth::Healthy, TargetHealth::Ejected]);
    assert_eq!(targets[1].requests, 3);
    gateway
        .apply(&service("health: {passive: {failures: 4}}", &[&b, &a]))
        .await;
    assert_eq!(gateway.service().targets[1].health, TargetHealth::Healthy);
}
