//! Somebody looks for requests in the log, sends one again, compares it, and sees who used how much.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use http::{Response, StatusCode};
use thirtyfour::Key;

use crate::browser;
use crate::first_run::put_the_gateway_in_front;
use crate::page::Page;
use crate::upstream::{Upstream, full};

/// Rows of the log that can be seen.
const ROWS: &str = "//*[contains(@class, 'log-row') and not(@hidden)]";

/// A shop that knows nothing of `/missing`, and whose orders are numbered.
async fn shop() -> Upstream {
    let number = Arc::new(AtomicU32::new(0));
    Upstream::start(move |seen| {
        if seen.uri.path().starts_with("/missing") {
            let mut answer = Response::new(full("{\"error\":\"no such thing\"}"));
            *answer.status_mut() = StatusCode::NOT_FOUND;
            return answer;
        }
        let number = number.fetch_add(1, Ordering::Relaxed);
        Response::builder()
            .header("content-type", "application/json")
            .body(full(format!("{{\"order\":{number},\"total\":12}}")))
            .unwrap()
    })
    .await
}

async fn ask(gateway: &str, path: &str, status: u16) {
    let answer = reqwest::get(format!("{gateway}{path}")).await.unwrap();
    assert_eq!(answer.status(), status);
}

/// What the paths of the rows say, from the top.
async fn paths(page: &Page) -> Vec<String> {
    let script = "return [...document.querySelectorAll('.log-row:not([hidden]) .log-path')]
        .map((cell) => cell.textContent)";
    serde_json::from_value(page.run(script).await).unwrap()
}

/// Waits until so many rows can be seen.
async fn has_rows(page: &Page, count: usize) {
    page.find(&format!("//body[count({ROWS}) = {count}]")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_are_found_by_a_filter_that_becomes_a_view_and_a_link() {
    let shop = shop().await;
    let door = browser::open("finding").await;
    let page = &door.page;
    let gateway = put_the_gateway_in_front(page, shop.address.port()).await;
    for number in 1..=9 {
        ask(&gateway, &format!("/orders/{number}"), 200).await;
    }
    for number in 1..=3 {
        ask(&gateway, &format!("/missing/{number}"), 404).await;
    }
    has_rows(page, 12).await;

    page.fill("Filter requests", "status:4xx path:/missing")
        .await;
    has_rows(page, 3).await;
    page.reads("Requests answered 4xx and on").await;
    page.is_accessible().await;
    page.picture("found").await;

    page.press("Save view…").await;
    page.fill("Name", "Not found").await;
    page.click("//*[@role='dialog']//button[@type='submit']")
        .await;
    page.find(
        "//nav[@aria-label='Views']//button[normalize-space()='Not found' and @aria-current]",
    )
    .await;
    let link = page.address().await;
    page.press("All").await;
    has_rows(page, 12).await;

    // As somebody opens it who was given the link.
    page.go_to(&link).await;
    has_rows(page, 3).await;
    ask(&gateway, "/missing/4", 404).await;
    ask(&gateway, "/orders/10", 200).await;
    has_rows(page, 4).await;
    page.press("All").await;
    has_rows(page, 14).await;

    page.press("Group repeats").await;
    page.find(&format!("{ROWS}[contains(., '×9')]")).await;
    page.picture("grouped").await;
    page.press("Group repeats").await;
    page.click("//*[@role='columnheader'][starts-with(normalize-space(), 'Path')]")
        .await;
    page.reads("Sorted by Path, lowest first").await;
    let sorted = paths(page).await;
    assert!(sorted.is_sorted() && sorted.len() == 14, "{sorted:?}");
    page.type_keys(Key::End + "").await;
    page.find("//*[@role='grid'][not(.//*[@aria-sort='ascending'])]")
        .await;
    page.reads("Live").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_column_of_a_header_and_one_of_a_body_belong_to_the_view_they_were_added_to() {
    let shop = shop().await;
    let door = browser::open("columns").await;
    let page = &door.page;
    let gateway = put_the_gateway_in_front(page, shop.address.port()).await;
    let client = reqwest::Client::new();
    let buy = async |tenant: &str| {
        let sent = client.post(format!("{gateway}/orders"));
        let sent = sent.header("x-tenant", tenant).body("{\"of\": \"boots\"}");
        assert_eq!(sent.send().await.unwrap().status(), 200);
    };
    buy("acme").await;
    ask(&gateway, "/missing/1", 404).await;
    has_rows(page, 2).await;
    page.fill("Filter requests", "path:/orders").await;
    has_rows(page, 1).await;
    page.press("Save view…").await;
    page.fill("Name", "Orders").await;
    page.click("//*[@role='dialog']//button[@type='submit']")
        .await;
    page.find("//nav[@aria-label='Views']//button[normalize-space()='Orders' and @aria-current]")
        .await;

    page.press("Columns").await;
    page.reads("They are saved with the view Orders.").await;
    page.fill("Name of the header", "X-Tenant").await;
    page.press("Add").await;
    page.find("//button[@aria-label='Remove x-tenant']").await;
    page.pick("//*[@role='dialog']", "Add a column", "JSON of the request")
        .await;
    page.fill("JSON path", "$.of").await;
    page.press("Add").await;
    page.find("//button[@aria-label='Remove $.of']").await;
    page.is_accessible().await;
    page.picture("columns").await;
    page.press("Done").await;
    page.find(&format!(
        "{ROWS}[contains(., 'acme') and contains(., 'boots')]"
    ))
    .await;
    // One that ends now brings its cells.
    buy("globex").await;
    page.find(&format!(
        "{ROWS}[contains(., 'globex') and contains(., 'boots')]"
    ))
    .await;
    page.click("//*[@role='separator'][@aria-label='Width of x-tenant']")
        .await;
    page.type_keys(Key::Left + "").await;
    page.find("//*[@role='separator'][@aria-label='Width of x-tenant'][@aria-valuenow='146']")
        .await;
    page.picture("own-columns").await;

    page.press("All").await;
    page.find("//*[@role='grid'][not(.//*[@role='columnheader'][@aria-label='x-tenant'])]")
        .await;
    let link = page.address().await;
    page.go_to(&link).await;
    has_rows(page, 3).await;
    page.press("Orders").await;
    page.find("//*[@role='separator'][@aria-label='Width of x-tenant'][@aria-valuenow='146']")
        .await;
    page.find(&format!(
        "{ROWS}[contains(., 'acme') and contains(., 'boots')]"
    ))
    .await;

    // What a cell says is a term of the filter.
    page.fill(
        "Filter requests",
        "req.body.of:=boots header.x-tenant:=globex",
    )
    .await;
    has_rows(page, 1).await;
    page.reads("in whose request body").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_is_sent_again_and_what_differs_is_shown() {
    let shop = shop().await;
    let door = browser::open("again").await;
    let page = &door.page;
    let gateway = put_the_gateway_in_front(page, shop.address.port()).await;
    ask(&gateway, "/orders/7", 200).await;
    page.click(&format!("{ROWS}[contains(., '/orders/7')]"))
        .await;
    page.press("Replay").await;
    page.press("Send").await;
    page.find("//section[@aria-label='Comparison'][contains(., '1 value in the JSON')]")
        .await;
    page.find("//section[@aria-label='Comparison'][contains(., '$.order')]")
        .await;
    page.is_accessible().await;
    page.picture("replayed").await;
    // What is read does not move; the new row is there for whoever goes on.
    page.press("1 new").await;
    has_rows(page, 2).await;
    page.find(&format!("{ROWS}[contains(., 'replayed')]")).await;
    // The search for services asked too.
    let asked = shop.seen();
    let sent = asked.iter().filter(|seen| seen.uri.path() == "/orders/7");
    assert_eq!(sent.count(), 2);

    // The newer one, beside the one that was before it.
    page.click(&format!("{ROWS}[contains(., 'replayed')]"))
        .await;
    page.press("Diff").await;
    page.press("The original").await;
    page.find("//*[@role='tabpanel'][contains(., '$.order')]")
        .await;
    page.is_accessible().await;
    page.picture("diff").await;
    page.run("document.documentElement.dataset.theme = 'dark'")
        .await;
    page.picture("diff-dark").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_used_how_much_leads_to_their_requests() {
    let shop = shop().await;
    let door = browser::open("dashboards").await;
    let page = &door.page;
    let gateway = put_the_gateway_in_front(page, shop.address.port()).await;
    let secret = keys_are_needed(page).await;
    let client = reqwest::Client::new();
    for path in ["/orders/1", "/orders/2", "/missing/1"] {
        let asked = client.get(format!("{gateway}{path}"));
        asked.header("x-api-key", &secret).send().await.unwrap();
    }
    ask(&gateway, "/orders/3", 401).await;
    has_rows(page, 4).await;

    page.press("Dashboards").await;
    page.reads("4 requests: 1 with 401.").await;
    page.reads("1 consumer called").await;
    page.is_accessible().await;
    page.picture("dashboards").await;
    page.run("document.documentElement.dataset.theme = 'dark'")
        .await;
    page.picture("dashboards-dark").await;

    page.press("Show Requests by status as a table").await;
    page.find("//*[@role='region' or self::section][@aria-label='Requests by status, point by point']//table")
        .await;
    page.press("Show Requests by status as a chart").await;

    page.click("//table[@aria-label='Usage by consumer']//a[normalize-space()='acme corp']")
        .await;
    has_rows(page, 3).await;
    let field = page.find("//*[@aria-label='Filter requests']").await;
    let filter = field.prop("value").await.unwrap().unwrap();
    assert!(filter.contains("consumer:=\"acme corp\""), "{filter}");
    page.picture("rows-of-a-consumer").await;
}

/// The route of the first run takes keys from now on. Gives one of them.
async fn keys_are_needed(page: &Page) -> String {
    let script = "
        const json = (method, body) => ({
            method,
            headers: { 'Content-Type': 'application/json' },
            body: JSON.stringify(body),
        });
        return fetch('/api/v1/config')
            .then((answer) => answer.json())
            .then((config) => {
                config.routes[0].authentication = { methods: ['api_key'] };
                return fetch('/api/v1/config', json('PUT', config));
            })
            .then(() => fetch('/api/v1/keys', json('POST', {
                name: 'acme ci', consumer: 'acme corp', access: { kind: 'all' },
            })))
            .then((answer) => answer.json())
            .then((issued) => issued.secret)";
    let secret = page.run(script).await;
    secret.as_str().expect("a key was issued").to_owned()
}
