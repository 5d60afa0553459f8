//! HTTPS is switched on, and the window says how to trust it.

use std::process::{Command, Output};

use crate::browser;
use crate::first_run::put_the_gateway_in_front;
use crate::process::free_port;
use crate::upstream::upstream;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn https_is_switched_on_and_trusted_by_the_file_that_the_window_names() {
    let shop = upstream("the shop").await;
    let door = browser::open("https").await;
    let page = &door.page;
    put_the_gateway_in_front(page, shop.address.port()).await;

    page.press("Settings").await;
    let port = free_port();
    page.switch("HTTPS too").await;
    page.fill("HTTPS port", &port.to_string()).await;
    page.press("Save").await;
    page.reads("Served at").await;
    page.is_accessible().await;
    page.picture("https").await;
    let url = format!("https://localhost:{port}/");
    page.reads(url.trim_end_matches('/')).await;

    assert!(
        !curl(&[&url]).status.success(),
        "no trust store was changed"
    );

    page.press("Trust the certificate…").await;
    page.reads("SHA-256").await;
    page.find("//section[.//*[normalize-space()='Trust'] and .//*[normalize-space()='Undo']]")
        .await;
    page.is_accessible().await;
    page.picture("trust").await;
    let file = page
        .find("//dt[normalize-space()='File']/following-sibling::dd[1]//code")
        .await
        .text()
        .await
        .unwrap();
    page.reads(&format!(
        "curl --cacert \"{file}\" {}",
        url.trim_end_matches('/')
    ))
    .await;
    let trusting = curl(&["--cacert", &file, &url]);
    assert!(trusting.status.success(), "{trusting:?}");
    assert_eq!(trusting.stdout, b"the shop");
}

/// What a person would do in a terminal.
fn curl(arguments: &[&str]) -> Output {
    Command::new("curl")
        .args(["--silent", "--show-error", "--noproxy", "*"])
        .args(arguments)
        .output()
        .expect("curl is installed")
}
