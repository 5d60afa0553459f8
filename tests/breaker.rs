//! A service that keeps failing is left alone for a while (CB-1).

use std::time::Duration;

use gateway_core::snapshot::service_state::BreakerStatus;

use crate::harness::{Mood, Moody, TestGateway, gateway};

async fn with_breaker(target: &Moody) -> TestGateway {
    gateway(&format!(
        "{{version: 1, services: [{{name: shop, targets: [{{url: '{}'}}],
          breaker: {{failure_percent: 50, min_requests: 4, open_ms: 5000, half_open_requests: 2}}}}],
          routes: [{{name: all, service: shop}}]}}",
        target.url()
    ))
    .await
}

async fn status(gateway: &TestGateway) -> u16 {
    let answer = gateway.get("/").await;
    let status = answer.status().as_u16();
    let _ = answer.bytes().await;
    status
}

/// Waits until the ends of all answers were counted, which may be a moment after their last byte.
async fn breaker(gateway: &TestGateway) -> (BreakerStatus, u32, u32) {
    gateway
        .eventually(|_| (gateway.service().running == 0).then_some(()))
        .await;
    let breaker = gateway.service().breaker.unwrap();
    (breaker.status, breaker.requests, breaker.failures)
}

#[tokio::test]
async fn it_opens_answers_503_without_asking_and_closes_when_the_service_recovers() {
    let shop = Moody::start("shop").await;
    let gateway = with_breaker(&shop).await;
    for _ in 0..2 {
        assert_eq!(status(&gateway).await, 200);
    }
    shop.becomes(Mood::Status(500));
    assert_eq!(status(&gateway).await, 500);
    assert_eq!(breaker(&gateway).await, (BreakerStatus::Closed, 3, 1));
    assert_eq!(status(&gateway).await, 500);
    assert_eq!(breaker(&gateway).await, (BreakerStatus::Open, 4, 2));

    let asked = shop.asked();
    gateway.clock.advance(Duration::from_millis(1_500));
    let answer = gateway.get("/").await;
    assert_eq!((answer.status().as_u16(), shop.asked()), (503, asked));
    assert_eq!(answer.headers()["retry-after"], "4");
    let problem: serde_json::Value = answer.json().await.unwrap();
    assert_eq!(problem["code"], "circuit_open");
    let (_, _, sentence) = gateway.newest().await;
    assert_eq!(
        sentence,
        "Not sent to service `shop`: its breaker is open for 3500 ms more, since 2 of 4 failed within 10000 ms."
    );

    gateway.clock.advance(Duration::from_millis(3_500));
    assert_eq!(status(&gateway).await, 500, "one is let through");
    assert_eq!(breaker(&gateway).await.0, BreakerStatus::Open);
    shop.becomes(Mood::Well);
    gateway.clock.advance(Duration::from_secs(5));
    assert_eq!(status(&gateway).await, 200);
    assert_eq!(breaker(&gateway).await.0, BreakerStatus::HalfOpen);
    assert_eq!(status(&gateway).await, 200);
    assert_eq!(breaker(&gateway).await, (BreakerStatus::Closed, 0, 0));
    assert_eq!(gateway.service().breaker.unwrap().refused, 1);
}

#[tokio::test]
async fn no_connection_a_reset_and_half_an_answer_are_failures() {
    for mood in [Mood::Reset, Mood::Half, Mood::Noise] {
        let shop = Moody::start("shop").await;
        let gateway = with_breaker(&shop).await;
        shop.becomes(mood);
        for _ in 0..4 {
            let answer = gateway.get("/").await;
            let _ = answer.bytes().await;
        }
        let (state, _, failures) = breaker(&gateway).await;
        assert_eq!((state, failures), (BreakerStatus::Open, 4), "{mood:?}");
    }
    let shop = Moody::start("shop").await;
    let gateway = with_breaker(&shop).await;
    shop.dies().await;
    for _ in 0..4 {
        assert_eq!(status(&gateway).await, 502);
    }
    assert_eq!(breaker(&gateway).await.0, BreakerStatus::Open);
}
