//! What a new person does first takes no more than it may, from nothing or from an OpenAPI document.

use crate::browser;
use crate::budgets::{ROWS, count, took};
use crate::page::Page;
use crate::process::free_port;
use crate::upstream::upstream;
use thirtyfour::Key;

/// An OpenAPI document of a service with three routes.
fn openapi(service: &str) -> String {
    format!(
        "openapi: 3.0.3
info: {{ title: Shop, version: '1' }}
servers: [{{ url: '{service}' }}]
paths:
  /orders: {{ get: {{ responses: {{ '200': {{ description: all }} }} }} }}
  /items: {{ get: {{ responses: {{ '200': {{ description: all }} }} }} }}
  /carts: {{ get: {{ responses: {{ '200': {{ description: all }} }} }} }}
"
    )
}

/// Makes the gateway listen where no other test does; a person leaves it as it is.
async fn listen_elsewhere(page: &Page) {
    let script = format!(
        "return fetch('/api/v1/config').then(async (read) => {{
            const config = await read.json();
            config.listen = {{ ...config.listen, port: {} }};
            const answer = await fetch('/api/v1/config', {{
                method: 'PUT',
                headers: {{ 'Content-Type': 'application/json', 'If-Match': read.headers.get('etag') }},
                body: JSON.stringify(config),
            }});
            return answer.status;
        }});",
        free_port()
    );
    assert_eq!(page.run(&script).await, 200);
}

/// Drops a file on the page, as from a file manager.
async fn drop_file(page: &Page, name: &str, text: &str) {
    let script = format!(
        "const held = new DataTransfer();
        held.items.add(new File([{}], {}));
        const at = document.querySelector('main form');
        for (const type of ['dragenter', 'dragover', 'drop']) {{
            at.dispatchEvent(new DragEvent(type, {{
                bubbles: true, cancelable: true, dataTransfer: held,
            }}));
        }}",
        serde_json::json!(text),
        serde_json::json!(name)
    );
    page.run(&script).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_request_is_logged_after_one_key_and_one_press() {
    let shop = upstream("the shop").await;
    let door = browser::open("first-budget").await;
    let page = &door.page;
    page.reads("Put a gateway in front of a service").await;
    listen_elsewhere(page).await;
    // Where other tests run there are other services; a person has the one found first.
    page.press("Rescan").await;
    page.choose(&format!(":{}", shop.address.port())).await;

    count(page).await;
    page.type_keys(Key::Enter).await;
    page.reads("Waiting for the first request").await;
    page.press("Send one for me").await;
    page.find(&format!("{ROWS}[contains(., '200')]")).await;
    took(page, 2).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dropped_openapi_document_takes_two_presses_to_its_first_request() {
    let shop = upstream("the shop").await;
    let door = browser::open("openapi-budget").await;
    let page = &door.page;
    page.reads("Put a gateway in front of a service").await;
    listen_elsewhere(page).await;

    count(page).await;
    drop_file(page, "shop.yaml", &openapi(&shop.url())).await;
    page.reads("Import 3 routes").await;
    page.is_accessible().await;
    page.picture("dropped").await;
    page.press("Import 3 routes").await;
    page.reads("Waiting for the first request").await;
    page.press("Send one for me").await;
    page.find(&format!("{ROWS}[contains(., '200')]")).await;
    took(page, 2).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_slow_requests_of_one_key_are_one_press_away() {
    let shop = upstream("the shop").await;
    let door = browser::open("slow-budget").await;
    let page = &door.page;
    let gateway = crate::first_run::put_the_gateway_in_front(page, shop.address.port()).await;
    crate::budgets::ask_for_keys(page).await;
    let issue = "
        return fetch('/api/v1/keys', {
            method: 'POST',
            headers: { 'Content-Type': 'application/json' },
            body: JSON.stringify({ name: 'acme-ci', access: { kind: 'all' } }),
        }).then((answer) => answer.json()).then((issued) => issued.secret);";
    let key = page.run(issue).await;
    let client = reqwest::Client::new();
    for order in 0..20 {
        let ask = client.get(format!("{gateway}/orders/{order}"));
        let answer = ask.header("x-api-key", key.as_str().unwrap());
        assert_eq!(answer.send().await.unwrap().status(), 200);
    }
    page.press("Keys").await;
    let slow = "//a[starts-with(@aria-label, 'Slow requests of acme-ci')]";
    page.find(slow).await;
    page.is_accessible().await;
    page.picture("keys").await;

    count(page).await;
    page.click(slow).await;
    page.find(&format!("{ROWS}[contains(., 'acme-ci')]")).await;
    page.reads("Requests whose key is").await;
    took(page, 1).await;
    page.picture("slow").await;
}
