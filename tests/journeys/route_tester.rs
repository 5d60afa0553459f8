//! Somebody asks which route takes a request, and why no other does.

use crate::browser;
use crate::first_run::put_the_gateway_in_front;
use crate::page::Page;
use crate::upstream::upstream;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_tester_says_who_takes_a_request_and_what_keeps_the_others_from_it() {
    let shop = upstream("the shop").await;
    let door = browser::open("route-tester").await;
    let page = &door.page;
    put_the_gateway_in_front(page, shop.address.port()).await;
    make_a_route_for_reports(page).await;

    page.press("Test a request").await;
    page.fill("Path or URL", "/reports/7").await;
    page.find(&format!("{VERDICT}[contains(., 'Route reports takes it')]"))
        .await;
    page.find(&format!(
        "{OTHERS}[contains(., 'takes it too, but is asked later')]"
    ))
    .await;
    page.picture("taken").await;

    // The first thing that keeps it from the route: the path comes before the method.
    page.fill("Path or URL", "/orders?page=2").await;
    page.find(&format!(
        "{OTHERS}[contains(., 'reports') and contains(., '/orders')]"
    ))
    .await;
    page.fill("Method", "DELETE").await;
    page.fill("Path or URL", "/reports/7").await;
    page.find(&format!(
        "{OTHERS}[contains(., 'reports') and contains(., 'DELETE')]"
    ))
    .await;
    page.is_accessible().await;
    page.picture("near-miss").await;

    page.press("Send it").await;
    page.press("Show it in Traffic").await;
    page.find("//*[@data-testid='sentence'][contains(., '200')]")
        .await;
    let sent = shop.seen().into_iter().any(|seen| seen.method == "DELETE");
    assert!(sent, "it went to the service: {:?}", shop.seen());
}

const VERDICT: &str = "//*[@aria-label='Verdict']";
const OTHERS: &str = "//*[@aria-label='Other routes']//li";

/// Beside the route of the first run, which takes everything: only `GET /reports…`.
async fn make_a_route_for_reports(page: &Page) {
    page.press("Routes").await;
    page.press("New route").await;
    page.fill("Name", "reports").await;
    page.fill("Path prefix", "/reports").await;
    page.press("GET").await;
    page.press("Create route").await;
    page.find("//form[@aria-label='Route reports']").await;
}
