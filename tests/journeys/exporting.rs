//! A gateway is exported: what is different there leads to its setting, the export is proved beside the
//! gateway, a file is taken, and the next change is held against it.

use std::path::Path;

use crate::browser;
use crate::first_run::put_the_gateway_in_front;
use crate::page::Page;
use crate::upstream::upstream;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_export_is_read_proved_copied_and_held_against_the_last() {
    let service = upstream("the shop").await;
    let door = browser::open("export").await;
    let page = &door.page;
    let gateway = put_the_gateway_in_front(page, service.address.port()).await;
    for path in ["/orders/7", "/orders?page=2"] {
        reqwest::get(format!("{gateway}{path}")).await.unwrap();
    }
    choose_a_product(page).await;
    a_finding_leads_to_its_setting(page).await;
    prove(page).await;
    copy(page).await;
    change_the_route(page).await;
    see_what_is_different(page).await;
    page.run("document.documentElement.dataset.theme = 'dark';")
        .await;
    page.is_accessible().await;
    page.picture("diff-dark").await;
}

async fn choose_a_product(page: &Page) {
    page.press("Export").await;
    page.reads("carried over exactly").await;
    page.pick("", "Export to", "HAProxy").await;
    page.find("//*[@role='tab'][normalize-space()='haproxy.cfg']")
        .await;
    page.pick("", "Export to", "NGINX").await;
    page.find("//*[@role='region'][@aria-label='nginx.conf']")
        .await;
    page.is_accessible().await;
    page.picture("chosen").await;
}

async fn a_finding_leads_to_its_setting(page: &Page) {
    page.click("(//*[@data-findings]//button[@data-finding])[1]")
        .await;
    page.find("//*[@data-marked]").await;
    page.click("(//*[@data-findings]//li//a)[1]").await;
    page.find("//form | //h1[normalize-space()='Settings']")
        .await;
    let address = page.address().await;
    assert!(!address.contains("/export"), "{address}");
    page.press("Export").await;
    page.reads("carried over exactly").await;
}

/// Where `scripts/setup test` unpacks the products' programs.
fn programs() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let folder = root.join("target/programs/bin");
    std::fs::canonicalize(folder).unwrap().display().to_string()
}

async fn prove(page: &Page) {
    page.fill("Folder with programs", &programs()).await;
    page.reads("Found: ").await;
    page.switch("Send requests of the log too").await;
    page.press("Prove").await;
    page.find("//*[@role='progressbar' and starts-with(@aria-label, 'Proving')]")
        .await;
    page.picture("proving").await;
    let done = "//*[@aria-label='By what was asked about']";
    page.find(done).await;
    page.find(&format!(
        "{done}/li[contains(., 'recorded traffic') and contains(., 'proved')]"
    ))
    .await;
    let text = page.text().await;
    assert!(!text.contains("not proved"), "{text}");
    page.is_accessible().await;
    page.click(done).await;
    page.picture("proved").await;
}

async fn copy(page: &Page) {
    page.press("Diff").await;
    page.reads("No export to NGINX was taken yet").await;
    page.press("nginx.conf").await;
    page.click("//button[normalize-space()='Copy']").await;
    page.press("Diff").await;
    page.reads("Nothing is different").await;
}

/// As another window or a program does it.
async fn change_the_route(page: &Page) {
    let status = page
        .run(
            "return (async () => {
                const read = await fetch('/api/v1/config');
                const config = await read.json();
                config.routes[0].match.path = '/changed';
                const headers = { 'Content-Type': 'application/json', 'If-Match': read.headers.get('etag') };
                const body = JSON.stringify(config);
                return (await fetch('/api/v1/config', { method: 'PUT', headers, body })).status;
            })();",
        )
        .await;
    assert_eq!(status, 200);
}

async fn see_what_is_different(page: &Page) {
    page.reads("since the export that was copied").await;
    page.find("//section[@aria-label='nginx.conf'][contains(., '/changed')]")
        .await;
    // What was proved was another configuration.
    page.reads("Prove it again.").await;
    page.is_accessible().await;
    page.picture("diff").await;
}
