//! A route is answered by a mock, then broken on purpose, and both can be seen.

use crate::browser;
use crate::first_run::put_the_gateway_in_front;
use crate::page::Page;
use crate::upstream::upstream;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_route_is_answered_by_a_mock_and_broken_on_purpose() {
    let shop = upstream("from the shop").await;
    let door = browser::open("mocks").await;
    let page = &door.page;
    let gateway = put_the_gateway_in_front(page, shop.address.port()).await;
    page.press("Routes").await;
    page.click("(//*[@role='listitem'][.//*[@role='switch']])[1]//button[@data-open]")
        .await;
    answer_with_a_mock(page).await;
    until(&gateway, 200, "{\"mocked\": \"/orders/7\"}").await;
    break_it_on_purpose(page).await;
    until(&gateway, 503, "fault_injected").await;
    page.press("Switch off").await;
    until(&gateway, 200, "{\"mocked\": \"/orders/7\"}").await;
    page.switch("The mock answers").await;
    until(&gateway, 200, "from the shop").await;
    the_log_says_who_answered(page).await;
}

async fn answer_with_a_mock(page: &Page) {
    page.press("Mock").await;
    page.press("Answer with a mock").await;
    page.fill("Body", "{\"mocked\": {{ url | tojson }}}").await;
    page.is_accessible().await;
    page.picture("mock").await;
}

async fn break_it_on_purpose(page: &Page) {
    page.press("Faults").await;
    page.press("Break it on purpose").await;
    page.fill("Of a hundred requests", "100").await;
    page.is_accessible().await;
    page.picture("fault").await;
    page.press("Switch it on").await;
    page.reads("On purpose until").await;
    page.picture("banner").await;
}

/// Asks until the answer is the one that the last change leads to.
async fn until(gateway: &str, status: u16, text: &str) {
    let url = format!("{gateway}/orders/7");
    for _ in 0..300 {
        let answer = reqwest::get(&url).await.unwrap();
        let (found, body) = (answer.status().as_u16(), answer.text().await.unwrap());
        if found == status && body.contains(text) {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("{url} is never answered with {status} and `{text}`");
}

async fn the_log_says_who_answered(page: &Page) {
    page.press("Traffic").await;
    page.reads("mock, rule 1").await;
    page.reads("fault on purpose").await;
    page.picture("log").await;
}
