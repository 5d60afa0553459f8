//! A Vite dev server behind the gateway: what is edited changes on the page, through the gateway,
//! without the page being loaded again.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::browser;
use crate::first_run::put_the_gateway_in_front;
use crate::page::Page;
use crate::process::{Process, free_port, listening};

const PAGE: &str = "<!doctype html>
<p id=\"text\"></p>
<script type=\"module\" src=\"/main.js\"></script>
";
const MAIN: &str = "
import { text } from './text.js';
const show = (text) => (document.querySelector('#text').textContent = text);
show(text);
import.meta.hot.accept('./text.js', (changed) => show(changed.text));
";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_edit_changes_the_page_without_loading_it_again() {
    let site = tempfile::tempdir().unwrap();
    write(site.path(), "index.html", PAGE);
    write(site.path(), "main.js", MAIN);
    write(site.path(), "text.js", "export const text = 'first words';");
    let vite = free_port();
    let _vite = dev_server(site.path(), vite);
    listening(vite).await;

    let door = browser::open("hot-reload").await;
    let page = &door.page;
    let gateway = put_the_gateway_in_front(page, vite).await;
    let window = page.address().await;
    page.go_to(&format!("{gateway}/")).await;
    page.reads("first words").await;
    // Gone if the page were loaded again.
    page.run("window.survivor = 'still the same page';").await;
    for words in ["second words", "third words"] {
        let edited = format!("export const text = '{words}';");
        write(site.path(), "text.js", &edited);
        page.reads(words).await;
    }
    let survivor = page.run("return window.survivor;").await;
    assert_eq!(survivor, "still the same page");
    page.picture("edited").await;

    page.go_to(&window).await;
    its_messages_are_in_the_log(page).await;
}

fn write(folder: &Path, name: &str, text: &str) {
    std::fs::write(folder.join(name), text).unwrap();
}

fn dev_server(site: &Path, port: u16) -> Process {
    let vite = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../ui/node_modules/vite/bin/vite.js"
    );
    Process::start(
        Command::new("node")
            .arg(vite)
            .args(["--host", "127.0.0.1", "--strictPort", "--port"])
            .arg(port.to_string())
            .current_dir(site)
            .stdin(Stdio::null())
            .stdout(Stdio::null()),
    )
}

/// Vite's client would turn to Vite itself if the gateway let it down; the log says that it did not.
async fn its_messages_are_in_the_log(page: &Page) {
    page.press("Traffic").await;
    page.click(
        "//*[contains(@class, 'log-row') and not(@hidden)]\
         [.//*[contains(@class, 'log-stream') and contains(., 'ws')]]",
    )
    .await;
    page.press("Messages").await;
    page.find(
        "//ol[@aria-label='Messages']/li[contains(., 'to caller') and contains(., 'connected')]",
    )
    .await;
    page.find(
        "//ol[@aria-label='Messages']/li[contains(., 'to caller') and contains(., 'text.js')]",
    )
    .await;
    page.is_accessible().await;
    page.picture("messages").await;
}
