//! The first journey: from nothing to a limited caller, with the reason for every answer in the
//! window.

use http::Response;
use thirtyfour::Key;

use crate::door::Door;
use crate::page::Page;
use crate::process::free_port;
use crate::upstream::{Upstream, full};
use crate::{browser, desktop};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn first_light_in_a_browser() {
    first_light(browser::open("browser").await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn first_light_in_the_desktop_app() {
    first_light(desktop::open("desktop").await).await;
}

async fn first_light(mut door: Door) {
    let shop = Upstream::start(|_| {
        Response::builder()
            .header("content-type", "application/json")
            .body(full(r#"{"orders":[{"id":7}]}"#))
            .unwrap()
    })
    .await;
    let gateway = first_run(&door.page, &shop).await;
    let key = issue_key(&door.page).await;
    limit_the_route(&door.page).await;
    ask_until_limited(&gateway, &key).await;
    read_the_reasons(&door.page).await;
    count_on_the_key(&door.page).await;
    everything_is_stored_and_no_secret_is(&mut door, &key).await;
}

/// Picks the service that the test runs, and sends a request. Gives the gateway's address.
async fn first_run(page: &Page, shop: &Upstream) -> String {
    page.reads("Put a gateway in front of a service").await;
    page.press("Rescan").await;
    page.choose(&format!(":{}", shop.address.port())).await;
    let port = free_port();
    page.fill("Gateway port", &port.to_string()).await;
    page.is_accessible().await;
    page.picture("first-run").await;
    page.press("Start gateway").await;

    page.reads("Waiting for the first request").await;
    page.picture("waiting").await;
    page.press("Send one for me").await;
    page.find(&row("200")).await;
    let seen = shop.seen().pop().unwrap();
    assert!(
        seen.headers.contains_key("x-forwarded-for"),
        "it came through the gateway: {seen:?}"
    );
    format!("http://127.0.0.1:{port}")
}

/// Issues a key and gives what a person would copy.
async fn issue_key(page: &Page) -> String {
    page.press("Keys").await;
    page.reads("Keys identify callers").await;
    page.picture("no-keys").await;
    page.press("Issue key").await;
    page.fill("Name", "mobile-dev").await;
    page.type_keys(Key::Enter).await;
    page.reads("it will not be shown again").await;
    page.picture("key-masked").await;
    page.press("Reveal").await;
    let shown = page
        .find("//*[@role='group' and @aria-label='API key']//code")
        .await;
    let key = shown.text().await.unwrap();
    assert!(key.starts_with("gw_dev_") && !key.contains('…'), "{key}");
    page.press("Done").await;
    page.reads("mobile-dev").await;
    assert!(!page.source().await.contains(&key), "it is shown this once");
    page.picture("keys").await;
    key
}

/// Says that the only route needs a key, and may be called twice a minute with each.
async fn limit_the_route(page: &Page) {
    page.press("Routes").await;
    page.click("(//*[@role='listitem'])[2]//button[@data-open]")
        .await;
    page.press("Who may call").await;
    page.choose("API key").await;
    page.press("Limits").await;
    page.press("60/min per key").await;
    page.fill("Requests", "2").await;
    page.reads("2/min per key").await;
    page.is_accessible().await;
    page.picture("route").await;
}

/// What a caller from outside sees, by status, once the limit is in force: 200, 401, 200, 429.
async fn ask_until_limited(gateway: &str, key: &str) {
    let client = reqwest::Client::new();
    let ask = |key: Option<&str>| {
        let request = client.get(format!("{gateway}/orders?page=1"));
        let request = match key {
            Some(key) => request.header("x-api-key", key),
            None => request,
        };
        async { request.send().await.unwrap() }
    };
    // The form applies itself a moment after each change. The first answer under the limit is one of two.
    let mut is_in_force = false;
    for _ in 0..100 {
        let answer = ask(Some(key)).await;
        assert_eq!(answer.status(), 200);
        let policy = answer.headers().get("ratelimit-policy");
        is_in_force = policy.is_some_and(|policy| policy.to_str().unwrap().contains(";q=2;"));
        if is_in_force {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    assert!(is_in_force, "the route has no limit of two a minute");
    assert_eq!(ask(None).await.status(), 401);
    assert_eq!(ask(Some(key)).await.status(), 200);
    let limited = ask(Some(key)).await;
    assert_eq!(limited.status(), 429);
    let wait: u64 = limited.headers()["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!((1..=30).contains(&wait), "{wait}");
}

/// The rows of those requests, and the reason for the last of them in one sentence.
async fn read_the_reasons(page: &Page) {
    page.press("Traffic").await;
    for (status, note) in [
        ("401", "no key"),
        ("200", "/orders"),
        ("429", "2/min per key"),
    ] {
        page.find(&format!("{}[contains(., '{note}')]", row(status)))
            .await;
    }
    page.picture("traffic").await;
    page.click(&row("429")).await;
    page.reads("Stopped by rate limit").await;
    let sentence = page
        .find("//*[@data-testid='sentence']")
        .await
        .text()
        .await
        .unwrap();
    assert!(sentence.contains("2/min per key"), "{sentence}");
    page.is_accessible().await;
    page.dismiss_messages().await;
    page.picture("why-429").await;
}

async fn count_on_the_key(page: &Page) {
    page.press("Keys").await;
    // Three requests, and one of them was limited.
    let row = "//*[@role='row' and contains(., 'mobile-dev')]";
    page.find(&format!(
        "{row}[.//*[normalize-space()='3'] and .//*[normalize-space()='1']]"
    ))
    .await;
    page.picture("keys-used").await;
}

/// Leaves the UI, and looks at the files.
async fn everything_is_stored_and_no_secret_is(door: &mut Door, key: &str) {
    door.leave().await;
    let mut rows = 0;
    for path in door.databases() {
        let bytes = std::fs::read(&path).unwrap();
        let found = bytes
            .windows(key.len())
            .any(|window| window == key.as_bytes());
        assert!(!found, "the key stands in {}", path.display());
        if path.ends_with("traffic.db") {
            let log = rusqlite::Connection::open(&path).unwrap();
            let count = "SELECT count(*) FROM exchanges WHERE status IN (200, 401, 429)";
            rows = log.query_row(count, [], |row| row.get(0)).unwrap();
        }
    }
    assert!(rows >= 5, "the log holds what happened: {rows} rows");
}

/// The row of the log with this status.
fn row(status: &str) -> String {
    format!(
        "//*[contains(@class, 'log-row') and not(@hidden)]\
         [.//*[contains(@class, 'log-status') and contains(., '{status}')]]"
    )
}
