//! The headless server, seen in Chromium.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use thirtyfour::{ChromiumLikeCapabilities as _, DesiredCapabilities, WebDriver};

use crate::door::Door;
use crate::process::{Process, built, free_port, listening};

/// Starts the headless server and opens the link that it prints.
pub async fn open(name: &'static str) -> Door {
    let data = tempfile::tempdir().unwrap();
    let mut gateway = Process::start(
        Command::new(built("gatewright"))
            .args(["serve", "--data"])
            .arg(data.path())
            .args(["--admin-port", &free_port().to_string()])
            .stdout(Stdio::piped()),
    );
    let link = one_time_link(&mut gateway);

    let port = free_port();
    let chromedriver = Process::start(
        Command::new("chromedriver")
            .arg(format!("--port={port}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null()),
    );
    listening(port).await;
    let mut wanted = DesiredCapabilities::chrome();
    for argument in [
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--window-size=1280,800",
    ] {
        wanted.add_arg(argument).unwrap();
    }
    if let Ok(binary) = std::env::var("CHROMIUM") {
        wanted.set_binary(&binary).unwrap();
    }
    let driver = WebDriver::new(format!("http://127.0.0.1:{port}"), wanted)
        .await
        .unwrap();
    driver.goto(&link).await.unwrap();
    Door::new(name, driver, data, Some(gateway), vec![chromedriver]).await
}

/// The link in what the server prints. The rest is read too, so that it never waits for us.
fn one_time_link(gateway: &mut Process) -> String {
    let output = gateway.child().stdout.take().unwrap();
    let mut lines = BufReader::new(output).lines().map_while(Result::ok);
    let link = lines.find_map(|line| {
        let begin = line.find("http://")?;
        let link = line[begin..].split_whitespace().next()?;
        link.contains("/open/").then(|| link.to_owned())
    });
    std::thread::spawn(move || lines.for_each(drop));
    link.expect("the server prints a link")
}
