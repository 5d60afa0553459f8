//! Who may call, and how much: a consumer with a plan and a key, a limit that is used up on purpose, a
//! key that is rolled and revoked, and a test token.

use std::time::Duration;

use crate::browser;
use crate::door::Door;
use crate::first_run::put_the_gateway_in_front;
use crate::page::Page;
use crate::process::free_port;
use crate::upstream::upstream;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn callers_are_given_keys_and_tokens_and_a_limit_is_tripped() {
    let shop = upstream("the shop").await;
    let mut door = browser::open("access").await;
    let page = &door.page;
    let gateway = put_the_gateway_in_front(page, shop.address.port()).await;
    make_a_plan(page).await;
    make_a_consumer(page).await;
    let first = issue_a_key(page).await;
    limit_the_route_by_a_preset(page).await;
    trip_it(page).await;
    read_the_429(page).await;
    look_at_the_key(page).await;
    let second = roll_the_key(page).await;
    asks(&gateway, &first, "x-api-key", |status| status != 401).await;
    asks(&gateway, &second, "x-api-key", |status| status != 401).await;
    revoke_the_key(page).await;
    asks(&gateway, &second, "x-api-key", |status| status == 401).await;
    take_tokens(page).await;
    let token = mint_a_token(page).await;
    asks(
        &gateway,
        &format!("Bearer {token}"),
        "authorization",
        |status| status == 200,
    )
    .await;
    nothing_secret_is_stored(&mut door, &[&first, &second, signature(&token)]).await;
}

async fn make_a_plan(page: &Page) {
    page.press("Keys").await;
    tab(page, "Plans").await;
    page.picture("no-plans").await;
    page.press("New plan").await;
    page.fill("Name", "bronze").await;
    page.press("1000 a day per key").await;
    page.fill("Requests", "500").await;
    page.press("Create plan").await;
    page.find("//form[@aria-label='Plan bronze']").await;
    page.is_accessible().await;
    both(page, "plan").await;
}

async fn make_a_consumer(page: &Page) {
    tab(page, "Consumers").await;
    page.press("New consumer").await;
    page.fill("Name", "mobile-app").await;
    page.pick("", "Plan", "bronze").await;
    page.press("Create consumer").await;
    page.find("//form[@aria-label='Consumer mobile-app']").await;
    page.is_accessible().await;
    both(page, "consumer").await;
}

async fn issue_a_key(page: &Page) -> String {
    tab(page, "Keys").await;
    page.press("Issue key").await;
    page.fill("Name", "mobile-dev").await;
    page.fill("Consumer", "mobile-app").await;
    page.is_accessible().await;
    page.click("//*[@role='dialog']//button[@type='submit']")
        .await;
    shown_once(page, "API key").await
}

/// What a person would copy.
async fn shown_once(page: &Page, label: &str) -> String {
    page.find(&format!("//*[@role='group' and @aria-label='{label}']"))
        .await;
    page.press("Reveal").await;
    let shown = page
        .find(&format!(
            "//*[@role='group' and @aria-label='{label}']//code[string-length() > 40]"
        ))
        .await;
    let secret = shown.text().await.unwrap();
    page.press("Done").await;
    secret
}

/// One press brings the limit and what it needs: that callers show a key.
async fn limit_the_route_by_a_preset(page: &Page) {
    page.press("Routes").await;
    page.click("(//*[@role='listitem'])[2]//button[@data-open]")
        .await;
    page.press("Limits").await;
    page.press("60/min per key").await;
    page.fill("Requests", "3").await;
    page.reads("3/min per key").await;
    page.reads("Changes take effect as you type.").await;
    page.find("//button[starts-with(normalize-space(), 'Trip it')]")
        .await;
    page.is_accessible().await;
    both(page, "route-limits").await;
}

/// Two presses.
async fn trip_it(page: &Page) {
    page.press("Trip it").await;
    page.reads("0 of 3 used").await;
    page.is_accessible().await;
    both(page, "trip").await;
    page.press("Send up to 4").await;
    page.find("//*[@role='dialog']//p[@aria-label='3 × 200, then 429']")
        .await;
    page.reads("Retry-After: ").await;
    page.is_accessible().await;
    both(page, "tripped").await;
}

async fn read_the_429(page: &Page) {
    page.press("Show the 4 requests in Traffic").await;
    page.find(&row("200")).await;
    page.click(&row("429")).await;
    page.reads("Stopped by rate limit").await;
    page.reads("tripped").await;
    page.dismiss_messages().await;
    page.is_accessible().await;
    both(page, "limited").await;
}

async fn look_at_the_key(page: &Page) {
    page.press("Keys").await;
    let row = "//*[@role='row' and contains(., 'mobile-dev')]";
    // Three of the plan's 500 are gone: the one that was refused took nothing.
    page.find(&format!(
        "{row}//*[@role='meter' and contains(@aria-valuetext, '3 of 500 used')]"
    ))
    .await;
    page.is_accessible().await;
    both(page, "keys").await;
    page.click(row).await;
    page.find("//section[@aria-label='Key mobile-dev']").await;
    page.pick(
        "//section[@aria-label='Key mobile-dev']",
        "Route",
        "On service-",
    )
    .await;
    page.reads("3/min per key").await;
    page.is_accessible().await;
    both(page, "key").await;
}

async fn roll_the_key(page: &Page) -> String {
    page.press("Roll…").await;
    page.picture("roll").await;
    page.press("Issue the new key").await;
    shown_once(page, "API key").await
}

/// The newest is the one that was issued in place of the other.
async fn revoke_the_key(page: &Page) {
    page.press("Keys").await;
    page.click("(//*[@role='row' and contains(., 'mobile-dev')])[1]")
        .await;
    page.reads("In place of").await;
    page.press("Revoke…").await;
    page.picture("revoke").await;
    page.press("Revoke key").await;
    page.reads("Key mobile-dev revoked").await;
}

/// The local issuer is switched on, and the route takes tokens beside keys.
async fn take_tokens(page: &Page) {
    tab(page, "Issuers").await;
    page.switch("Local issuer").await;
    page.fill("Port", &free_port().to_string()).await;
    page.press("Switch on").await;
    page.reads("Signs test tokens as").await;
    page.is_accessible().await;
    both(page, "issuers").await;
    page.press("Routes").await;
    page.click("(//*[@role='listitem'])[2]//button[@data-open]")
        .await;
    page.press("Who may call").await;
    page.choose("Token").await;
    page.reads("Changes take effect as you type.").await;
    page.is_accessible().await;
    both(page, "who-may-call").await;
}

async fn mint_a_token(page: &Page) -> String {
    page.press("Keys").await;
    tab(page, "Issuers").await;
    page.press("Mint a token").await;
    page.find("//input[@value='mobile-app']").await;
    both(page, "mint").await;
    page.press("Mint token").await;
    shown_once(page, "Token").await
}

/// Asks the gateway until it answers as it should: what was changed comes into force in a moment.
async fn asks(gateway: &str, credential: &str, header: &str, is_right: impl Fn(u16) -> bool) {
    let client = reqwest::Client::new();
    let mut status = 0;
    for _ in 0..100 {
        let request = client.get(format!("{gateway}/orders"));
        let answer = request.header(header, credential).send().await.unwrap();
        status = answer.status().as_u16();
        if is_right(status) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the gateway answers {status}");
}

async fn nothing_secret_is_stored(door: &mut Door, secrets: &[&str]) {
    door.leave().await;
    for path in door.databases() {
        let bytes = std::fs::read(&path).unwrap();
        for secret in secrets {
            let found = bytes
                .windows(secret.len())
                .any(|window| window == secret.as_bytes());
            assert!(!found, "a secret stands in {}", path.display());
        }
    }
}

/// The part of a token that only its issuer can make.
fn signature(token: &str) -> &str {
    token.rsplit_once('.').expect("a token has three parts").1
}

async fn tab(page: &Page, name: &str) {
    page.click(&format!(
        "//*[@role='tab' and starts-with(normalize-space(), '{name}')]"
    ))
    .await;
}

/// The row of the log with this status.
fn row(status: &str) -> String {
    format!(
        "//*[contains(@class, 'log-row') and not(@hidden)]\
         [.//*[contains(@class, 'log-status') and contains(., '{status}')]]"
    )
}

/// Pictures in the light and in the dark.
async fn both(page: &Page, name: &str) {
    page.dismiss_messages().await;
    for theme in ["light", "dark"] {
        page.run(&format!(
            "document.documentElement.dataset.theme = '{theme}'"
        ))
        .await;
        page.picture(&format!("{name}-{theme}")).await;
    }
    page.run("document.documentElement.dataset.theme = 'light'")
        .await;
}
