//! A route gets a second version, and a tenth of its callers.

use std::time::Duration;

use crate::browser;
use crate::first_run::put_the_gateway_in_front;
use crate::page::Page;
use crate::upstream::upstream;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tenth_of_the_callers_get_the_new_version_and_the_log_says_which() {
    let old = upstream("the old shop").await;
    let new = upstream("the new shop").await;
    let door = browser::open("versions").await;
    let page = &door.page;
    let gateway = put_the_gateway_in_front(page, old.address.port()).await;
    make_a_service(page, "next", &new.url()).await;
    add_versions(page).await;
    let caller = Caller::of(&gateway);
    caller.waits_for_the_new_version().await;
    its_callers_go_on_as_before(&caller).await;
    split(page).await;
    caller.waits_for_a_split().await;
    a_tenth_gets_the_new_one(&caller).await;
    the_log_says_which(page, &caller).await;
}

async fn make_a_service(page: &Page, name: &str, url: &str) {
    page.press("Routes").await;
    page.press("New service").await;
    page.fill("Name", name).await;
    page.fill("Target", url).await;
    page.press("Create service").await;
    page.find(&format!("//form[@aria-label='Service {name}']"))
        .await;
}

/// Callers name a version in a header; one goes to the other service.
async fn add_versions(page: &Page) {
    page.click("(//*[@role='listitem'][.//*[@role='switch']])[1]//button[@data-open]")
        .await;
    page.press("Versions & split").await;
    page.press("Add versions…").await;
    page.pick("", "Callers name a version in", "A header").await;
    page.press("Add versions").await;
    page.press("v1").await;
    page.pick(
        "//*[@role='group' and @aria-label='Version v1']",
        "Service",
        "next",
    )
    .await;
    page.is_accessible().await;
    page.picture("versions").await;
}

/// Who names no version still gets what was there before.
async fn its_callers_go_on_as_before(caller: &Caller) {
    for _ in 0..20 {
        assert_eq!(caller.ask("/orders", None).await, "the old shop");
    }
}

async fn split(page: &Page) {
    page.choose("Are split").await;
    page.fill("Share of original", "90").await;
    page.find("//button[contains(., 'original') and contains(., '90 %')]")
        .await;
    page.find("//button[contains(., 'v1') and contains(., '10 %')]")
        .await;
    page.is_accessible().await;
    page.picture("split").await;
}

async fn a_tenth_gets_the_new_one(caller: &Caller) {
    let mut new = 0;
    for _ in 0..300 {
        let answer = caller.ask("/orders", None).await;
        new += usize::from(answer == "the new shop");
    }
    // Outside of this once in a million runs.
    assert!((6..=58).contains(&new), "{new} of 300");
}

async fn the_log_says_which(page: &Page, caller: &Caller) {
    let answer = caller.ask("/named", Some("v1")).await;
    assert_eq!(answer, "the new shop");
    page.press("Traffic").await;
    page.find(&row("/orders", "· original")).await;
    page.click(&row("/named", "· v1")).await;
    page.reads("a header names it").await;
    page.is_accessible().await;
    page.picture("version-in-the-log").await;
}

/// The row of the log with this path and this in the column of the route.
fn row(path: &str, route: &str) -> String {
    format!(
        "//*[contains(@class, 'log-row') and not(@hidden)]\
         [.//*[contains(@class, 'log-path') and contains(., '{path}')]]\
         [.//*[contains(@class, 'log-route') and contains(., '{route}')]]"
    )
}

struct Caller {
    client: reqwest::Client,
    gateway: String,
}

impl Caller {
    fn of(gateway: &str) -> Self {
        Self {
            client: reqwest::Client::new(),
            gateway: gateway.to_owned(),
        }
    }

    async fn ask(&self, path: &str, version: Option<&str>) -> String {
        let mut request = self.client.get(format!("{}{path}", self.gateway));
        if let Some(version) = version {
            request = request.header("x-api-version", version);
        }
        request.send().await.unwrap().text().await.unwrap()
    }

    /// The form applies itself a moment after the last change.
    async fn waits_for_the_new_version(&self) {
        for _ in 0..200 {
            if self.ask("/orders", Some("v1")).await == "the new shop" {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("version v1 never went to its own service");
    }

    /// Until some caller who names none gets the new one.
    async fn waits_for_a_split(&self) {
        for _ in 0..2_000 {
            if self.ask("/orders", None).await == "the new shop" {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("nobody got the new version");
    }
}
