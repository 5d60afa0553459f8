//! A service that a person started by hand is given to the gateway: it starts with the first request,
//! grows under load, crashes in the open and ends when it is told to.

use reqwest::StatusCode;

use crate::browser;
use crate::first_run::put_the_gateway_in_front;
use crate::page::Page;
use crate::upstream::upstream;

/// Answers after a while, and ends with a word where it is asked to.
const PROGRAM: &str = "node -e 'require(\"http\").createServer((q, a) => { if (q.url == \"/crash\") \
    { console.error(\"out of luck\"); process.exit(9); } console.log(q.url); \
    setTimeout(() => a.end(\"from \" + process.pid), 300); }).listen(process.env.PORT)'";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_is_started_by_a_request_and_watched_in_the_window() {
    let by_hand = upstream("by hand").await;
    let mut door = browser::open("managed-service").await;
    let page = &door.page;
    let gateway = put_the_gateway_in_front(page, by_hand.address.port()).await;
    drop(by_hand);
    page.press("Routes").await;
    page.click("(//*[@role='listitem'])[1]//button[@data-open]")
        .await;
    page.click("//button[starts-with(normalize-space(), 'Process')]")
        .await;
    page.switch("Start the service's program when a request needs it")
        .await;
    page.fill("Command", PROGRAM).await;
    page.fill("Instances at most", "3").await;
    page.fill("Running requests for each", "2").await;
    page.is_accessible().await;
    page.picture("form").await;
    page.press("Save service").await;
    page.reads("It does not run; the next request starts it.")
        .await;
    page.picture("idle").await;

    assert_eq!(status_of(&gateway, "/first").await, StatusCode::OK);
    page.reads("1 instance is ready.").await;
    page.reads("/first").await;
    page.picture("running").await;
    output_and_requests_lead_to_each_other(page).await;

    let load: Vec<_> = (0..12)
        .map(|n| {
            let gateway = gateway.clone();
            tokio::spawn(async move {
                for _ in 0..15 {
                    assert_eq!(status_of(&gateway, &format!("/{n}")).await, StatusCode::OK);
                }
            })
        })
        .collect();
    page.reads("3 instances are ready.").await;
    page.find("//*[@aria-label='Scale decisions']/li[contains(., '→ 3')]")
        .await;
    page.is_accessible().await;
    page.picture("under-load").await;
    page.run("document.querySelector('[aria-label=Output]').scrollIntoView({block: 'end'});")
        .await;
    page.picture("output").await;
    for one in load {
        one.await.unwrap();
    }

    for _ in 0..6 {
        // Each ends one; the others, and then new ones, answer the rest.
        let _ = status_of(&gateway, "/crash").await;
    }
    page.reads("out of luck").await;
    page.run("document.querySelector('[aria-label=\"Process now\"]').scrollIntoView();")
        .await;
    page.is_accessible().await;
    page.picture("crashed").await;

    page.find("//*[@aria-label='Process now']//button[normalize-space()='Stop']")
        .await;
    press(page, "Stop").await;
    page.reads("A person stopped it.").await;
    assert_eq!(
        status_of(&gateway, "/").await,
        StatusCode::SERVICE_UNAVAILABLE
    );
    press(page, "Start").await;
    page.reads("is ready.").await;
    assert_eq!(status_of(&gateway, "/again").await, StatusCode::OK);
    door.leave().await;
}

/// From a request to what its program wrote meanwhile, and from there back to the request.
async fn output_and_requests_lead_to_each_other(page: &Page) {
    page.press("Traffic").await;
    page.click("//*[contains(@class, 'log-row')][.//*[contains(@class, 'log-path')][.='/first']]")
        .await;
    page.click("//section[starts-with(@aria-label, 'Output of')]//button[@aria-expanded='false']")
        .await;
    page.find(
        "//section[starts-with(@aria-label, 'Output of')]//*[@role='log'][contains(., '/first')]",
    )
    .await;
    page.is_accessible().await;
    page.picture_in_both_themes("beside-a-request").await;
    page.press("All output at this time").await;
    page.reads("Show all output").await;
    page.find("//*[@aria-label='Output']//*[@role='log'][contains(., '/first')]")
        .await;
    page.is_accessible().await;
    page.picture_in_both_themes("output-of-a-time").await;
    page.click("//*[@aria-label='Output']//*[@role='log']/div[contains(., '/first')]/button")
        .await;
    page.find("//*[contains(@class, 'log-row')][.//*[contains(@class, 'log-path')][.='/first']]")
        .await;
    assert!(page.address().await.contains("service"), "it is filtered");
    page.press("Routes").await;
    page.click("(//*[@role='listitem'])[1]//button[@data-open]")
        .await;
    page.reads("1 instance is ready.").await;
}

async fn press(page: &Page, name: &str) {
    let button = "//*[@aria-label='Process now']//button";
    page.click(&format!("{button}[normalize-space()='{name}']"))
        .await;
}

async fn status_of(gateway: &str, path: &str) -> StatusCode {
    reqwest::get(format!("{gateway}{path}"))
        .await
        .unwrap()
        .status()
}
