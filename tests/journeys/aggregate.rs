//! A route comes to be answered by several services, and somebody looks at what each gave.

use std::time::Duration;

use http::{HeaderValue, Response, StatusCode};

use crate::browser;
use crate::first_run::put_the_gateway_in_front;
use crate::page::Page;
use crate::upstream::{Upstream, full};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_answer_is_made_of_several_and_the_log_shows_a_lane_for_each() {
    let users = of_json(r#"{"id": 7, "name": "Ada"}"#, 200).await;
    let ads = of_json(r#"{"error": "out of ads"}"#, 500).await;
    let door = browser::open("aggregate").await;
    let page = &door.page;
    let gateway = put_the_gateway_in_front(page, users.address.port()).await;
    make_a_service(page, "ads", &ads.url()).await;
    page.click("(//*[@role='listitem'][.//*[@role='switch']])[1]//button[@data-open]")
        .await;
    page.choose("Several services").await;
    edit_a_part(page, 1, "user", "/users/7").await;
    edit_a_part(page, 2, "ads", "/for/{{user.id}}").await;
    page.press("When it fails").await;
    page.choose("Optional").await;
    page.find(&format!(
        "{STEPS}/li[contains(., 'user')]/following-sibling::li[contains(., 'ads')]"
    ))
    .await;

    page.press("Make the answer").await;
    page.find(&format!(
        "{PREVIEW}[contains(., 'Ada') and contains(., 'incomplete')]"
    ))
    .await;
    page.find(&format!(
        "{PREVIEW}//li[contains(., 'ads') and contains(., 'It answered 500')]"
    ))
    .await;
    // The search for services asked for `/` before.
    let asked = ads
        .seen()
        .into_iter()
        .any(|seen| seen.uri.path() == "/for/7");
    assert!(asked, "what one gave the other was asked with");
    page.find("//table[@aria-label='Failures']//tr[contains(., 'user') and contains(., '502')]")
        .await;
    page.is_accessible().await;
    page.picture("editor").await;

    let answer = the_answer_in_force(&gateway).await;
    assert_eq!(answer, r#"{"user":{"id":7,"name":"Ada"}}"#);
    page.press("Traffic").await;
    page.click(
        "(//*[contains(@class, 'log-row') and not(@hidden)][contains(., '1 part missing')])[1]",
    )
    .await;
    page.find("//ol[@aria-label='Parts']/li[contains(., 'ads') and contains(., 'After user')]")
        .await;
    page.is_accessible().await;
    page.picture("parts").await;
}

const STEPS: &str = "//ol[@aria-label='In which order parts are asked']";
const PREVIEW: &str = "//*[@aria-label='Preview of the answer']";

/// A service that answers everything with this.
async fn of_json(text: &'static str, status: u16) -> Upstream {
    Upstream::start(move |seen| {
        let mut answer = Response::new(full(text));
        // The search for services asks too.
        if seen.uri.path() != "/" {
            *answer.status_mut() = StatusCode::from_u16(status).unwrap();
        }
        let json = HeaderValue::from_static("application/json");
        answer.headers_mut().insert("content-type", json);
        answer
    })
    .await
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

/// Opens the part in this place, and says what it is and asks for.
async fn edit_a_part(page: &Page, number: usize, name: &str, path: &str) {
    let part = format!("(//*[@aria-label='Parts of the answer']/ul/li)[{number}]");
    page.click(&format!("{part}//button[@aria-expanded]")).await;
    let field =
        |label: &str| format!("{part}//input[@id=//label[normalize-space()='{label}']/@for]");
    for (label, text) in [("Name", name), ("Path", path)] {
        page.click(&field(label)).await;
        let input = page.find(&field(label)).await;
        input
            .send_keys(thirtyfour::Key::Control + "a")
            .await
            .unwrap();
        input.send_keys(text).await.unwrap();
    }
    // Closed again where another is opened next.
    if number == 1 {
        page.click(&format!("({part}//button[@aria-expanded])[1]"))
            .await;
    }
}

/// What a caller gets once what was typed has taken effect.
async fn the_answer_in_force(gateway: &str) -> String {
    let until = tokio::time::Instant::now() + Duration::from_secs(60);
    loop {
        let answer = reqwest::get(format!("{gateway}/home")).await.unwrap();
        let told = answer.headers().get("x-gateway-incomplete").cloned();
        if told.is_some_and(|names| names == "ads") {
            return answer.text().await.unwrap();
        }
        assert!(tokio::time::Instant::now() < until, "it never took effect");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
