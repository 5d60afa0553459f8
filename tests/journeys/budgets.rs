//! What people do most takes no more presses and keys than it may: each flow counts them.

use crate::browser;
use crate::first_run::put_the_gateway_in_front;
use crate::page::Page;
use crate::upstream::upstream;

/// Rows of the log that can be seen.
pub const ROWS: &str = "//*[contains(@class, 'log-row') and not(@hidden)]";

/// Begins to count what a person does.
pub async fn count(page: &Page) {
    let script = "
        if (!window.counted) {
            window.counted = true;
            addEventListener('pointerdown', () => { window.inputs += 1; }, true);
            addEventListener('keydown', () => { window.inputs += 1; }, true);
        }
        window.inputs = 0;";
    page.run(script).await;
}

/// No more than so many presses and keys since it was counted.
pub async fn took(page: &Page, most: u64) {
    let inputs = page.run("return window.inputs;").await;
    let inputs = inputs.as_u64().unwrap();
    assert!(
        (1..=most).contains(&inputs),
        "it took {inputs} of {most} inputs"
    );
}

/// Lets the only route ask for API keys.
pub async fn ask_for_keys(page: &Page) {
    let script = "
        return fetch('/api/v1/config').then(async (read) => {
            const config = await read.json();
            for (const route of config.routes) {
                route.authentication = { ...route.authentication, methods: ['api_key'] };
            }
            const answer = await fetch('/api/v1/config', {
                method: 'PUT',
                headers: { 'Content-Type': 'application/json', 'If-Match': read.headers.get('etag') },
                body: JSON.stringify(config),
            });
            return answer.status;
        });";
    assert_eq!(page.run(script).await, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_request_gets_its_key_by_one_press_and_a_429_is_forced_by_two() {
    let shop = upstream("the shop").await;
    let door = browser::open("budgets").await;
    let page = &door.page;
    let gateway = put_the_gateway_in_front(page, shop.address.port()).await;
    ask_for_keys(page).await;
    let refused = reqwest::get(format!("{gateway}/orders/7")).await.unwrap();
    assert_eq!(refused.status(), 401);
    page.click(&format!("{ROWS}[contains(., '/orders/7')]"))
        .await;
    page.find("//button[normalize-space()='Issue key & retry']")
        .await;

    count(page).await;
    page.press("Issue key & retry").await;
    page.find("//*[@role='dialog'][contains(., 'Beside the original')]")
        .await;
    page.reads("status 401 and 200").await;
    took(page, 1).await;
    page.is_accessible().await;
    page.picture("retried").await;
    page.press("Reveal").await;
    let shown = page
        .find("//*[@role='group' and @aria-label='API key']//code[string-length() > 40]")
        .await;
    let key = shown.text().await.unwrap();
    page.press("Open it in Keys").await;

    page.find("//button[normalize-space()='Force next…']").await;
    count(page).await;
    page.press("Force next…").await;
    page.press("429 Too Many Requests").await;
    page.reads("On purpose until").await;
    took(page, 2).await;
    page.picture("forced").await;
    let ask = || {
        let request = reqwest::Client::new().get(format!("{gateway}/orders/8"));
        request.header("x-api-key", &key).send()
    };
    let limited = ask().await.unwrap();
    assert_eq!(limited.status(), 429);
    assert!(limited.headers().contains_key("retry-after"));
    assert!(limited.headers().contains_key("ratelimit"));
    assert_eq!(ask().await.unwrap().status(), 200, "once");

    // The log is one key away, of just this key, and says what it was.
    page.run("document.activeElement.blur();").await;
    count(page).await;
    page.type_keys("`").await;
    page.find("//section[@aria-label='Log']").await;
    page.find(&format!("{ROWS}[contains(., 'forced by a person')]"))
        .await;
    took(page, 1).await;
    page.is_accessible().await;
    page.picture("dock").await;
}
