//! One instance of a service ends and the other begins to fail: its page says so as it happens.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use http::{Response, StatusCode};

use crate::browser;
use crate::first_run::put_the_gateway_in_front;
use crate::page::Page;
use crate::upstream::{Upstream, full, upstream};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_of_a_service_shows_a_target_that_ended_and_a_breaker_that_opened() {
    let fails = Arc::new(AtomicBool::new(false));
    let first = sometimes_failing(fails.clone()).await;
    let second = upstream("the second").await;
    let door = browser::open("service-health").await;
    let page = &door.page;
    let gateway = put_the_gateway_in_front(page, first.address.port()).await;
    watch_two_targets(page, &second).await;
    for target in [&first, &second] {
        page.find(&target_is(target, "Healthy")).await;
    }
    page.picture("healthy").await;

    let gone = second.address;
    drop(second);
    page.find(&target_at(&gone.to_string(), "Unhealthy")).await;
    page.find(&target_is(&first, "Healthy")).await;
    page.is_accessible().await;
    page.picture("one-target-left").await;
    for _ in 0..6 {
        assert_eq!(status_of(&gateway).await, StatusCode::OK);
    }

    fails.store(true, Ordering::Relaxed);
    let mut answers = Vec::new();
    while !answers.contains(&StatusCode::SERVICE_UNAVAILABLE) {
        assert!(answers.len() < 30, "the breaker never opens: {answers:?}");
        answers.push(status_of(&gateway).await);
    }
    page.find("//*[@aria-label='State of the circuit breaker'][contains(., 'Open')]")
        .await;
    page.picture("breaker-open").await;

    // After its rest one request is let through, and that goes well.
    fails.store(false, Ordering::Relaxed);
    page.reads("Half open").await;
    page.is_accessible().await;
    assert_eq!(status_of(&gateway).await, StatusCode::OK);
    page.find("//*[@aria-label='State of the circuit breaker'][contains(., 'Closed')]")
        .await;
}

/// Answers 200, or 500 while it is told to fail.
async fn sometimes_failing(fails: Arc<AtomicBool>) -> Upstream {
    Upstream::start(move |_| {
        let mut response = Response::new(full("the first"));
        if fails.load(Ordering::Relaxed) {
            *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        }
        response
    })
    .await
}

/// Gives the only service a second target, a check of both each second, and a breaker.
async fn watch_two_targets(page: &Page, second: &Upstream) {
    page.press("Routes").await;
    page.click("(//*[@role='listitem'])[1]//button[@data-open]")
        .await;
    page.press("Add target").await;
    page.fill("Target 2", &second.url()).await;
    page.press("Health").await;
    page.switch("Ask each target now and then").await;
    page.pick("", "By", "A connection").await;
    page.fill("Every", "1").await;
    page.press("Circuit breaker").await;
    page.switch("Stop calling the service while it keeps failing")
        .await;
    page.fill("Of at least", "8").await;
    page.fill("Stays open for", "3").await;
    page.press("Save service").await;
}

async fn status_of(gateway: &str) -> StatusCode {
    reqwest::get(format!("{gateway}/orders"))
        .await
        .unwrap()
        .status()
}

fn target_is(target: &Upstream, word: &str) -> String {
    target_at(&target.address.to_string(), word)
}

fn target_at(address: &str, word: &str) -> String {
    format!(
        "//*[@aria-label='State of the targets']/li\
         [contains(., '{address}') and contains(., '{word}')]"
    )
}
