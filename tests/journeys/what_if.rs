//! Somebody sees a refusal in the log and asks what would have let the request through.

use crate::browser;
use crate::first_run::put_the_gateway_in_front;
use crate::page::Page;
use crate::upstream::upstream;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_a_429_in_the_log_to_the_limit_that_would_have_let_it_through() {
    let shop = upstream("the shop").await;
    let door = browser::open("what-if").await;
    let page = &door.page;
    let gateway = put_the_gateway_in_front(page, shop.address.port()).await;
    two_a_minute(page).await;
    for expected in [200, 200, 429] {
        let answer = reqwest::get(format!("{gateway}/orders/7")).await.unwrap();
        assert_eq!(answer.status(), expected);
    }
    let sent = shop.seen().len();

    page.click(REFUSED).await;
    page.reads("Stopped by rate limit two").await;
    page.press("What if?").await;
    page.find(&format!("{DIFFERENCE}[contains(., 'Nothing changes')]"))
        .await;
    page.is_accessible().await;
    page.picture("as-then").await;

    page.press("Try another configuration").await;
    let yaml = page.find(CONFIGURATION).await;
    let text = yaml.prop("value").await.unwrap().unwrap();
    let roomier = text.replace("requests: 2", "requests: 3");
    assert_ne!(text, roomier, "the limit is in the file: {text}");
    page.fill("Configuration", &roomier).await;
    page.find(&format!(
        "{DIFFERENCE}[contains(., 'it would be sent to service')]"
    ))
    .await;
    page.find("//*[@aria-label='Stages if'][contains(., 'Would be sent to service')]")
        .await;
    page.is_accessible().await;
    page.picture("roomier").await;
    page.run("document.documentElement.dataset.theme = 'dark'")
        .await;
    page.picture("roomier-dark").await;

    assert_eq!(shop.seen().len(), sent, "nothing was sent");
    let limit = page
        .run("return fetch('/api/v1/config').then((c) => c.json()).then((c) => c.routes[0].rate_limits[0].requests)")
        .await;
    assert_eq!(limit, 2, "nothing has changed");
}

const REFUSED: &str = "//*[contains(@class, 'log-row') and not(@hidden)][contains(., '429')]";
const CONFIGURATION: &str = "//textarea[@id=//label[normalize-space()='Configuration']/@for]";
const DIFFERENCE: &str = "//*[@data-testid='difference']";

/// On the route of the first run, for each address.
async fn two_a_minute(page: &Page) {
    let script = "
        return fetch('/api/v1/config')
            .then((answer) => answer.json())
            .then((config) => {
                config.routes[0].rate_limits = [
                    { name: 'two', requests: 2, per: 'minute', by: 'ip', algorithm: 'fixed_window' },
                ];
                return fetch('/api/v1/config', {
                    method: 'PUT',
                    headers: { 'Content-Type': 'application/json' },
                    body: JSON.stringify(config),
                });
            })
            .then((answer) => answer.status)";
    assert_eq!(page.run(script).await, 200);
}
