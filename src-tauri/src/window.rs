//! The one window.

use tauri::webview::{NewWindowResponse, PageLoadEvent};
use tauri::{AppHandle, Manager as _, Url, WebviewUrl, WebviewWindow, WebviewWindowBuilder};

use crate::events::Subscriptions;
use crate::system_theme::SystemTheme;

const MAIN: &str = "main";

/// Opens the window on the app's own UI. It goes nowhere else and opens no others.
pub(crate) fn open(app: &AppHandle) -> tauri::Result<()> {
    build(app, WebviewUrl::default())
}

/// Opens the window on a page that says why there is nothing else to see.
pub(crate) fn open_failure(app: &AppHandle, message: &str) -> tauri::Result<()> {
    let query: String = Url::parse_with_params("http://x", [("reason", message)])
        .map(|url| url.query().unwrap_or_default().to_owned())
        .unwrap_or_default();
    build(
        app,
        WebviewUrl::App(format!("start-failed.html?{query}").into()),
    )
}

fn build(app: &AppHandle, url: WebviewUrl) -> tauri::Result<()> {
    let theme = app.state::<SystemTheme>().script();
    WebviewWindowBuilder::new(app, MAIN, url)
        .initialization_script(theme)
        .title("Gatewright")
        .inner_size(1280.0, 800.0)
        .min_inner_size(640.0, 420.0)
        .on_navigation(is_own)
        .on_new_window(|_, _| NewWindowResponse::Deny)
        .on_page_load(|window, load| match load.event() {
            PageLoadEvent::Started => {
                if let Some(subscriptions) = window.try_state::<Subscriptions>() {
                    subscriptions.close_all();
                }
            }
            // What the window was opened with may have changed since.
            PageLoadEvent::Finished => {
                let theme = window.state::<SystemTheme>().script();
                report(window.eval(theme), "the page cannot be told the theme");
            }
        })
        .build()
        .map(drop)
}

/// Whether a page is part of the app: bundled, or from Vite's development server (see `devUrl`).
fn is_own(url: &Url) -> bool {
    let bundled = match cfg!(windows) {
        true => url.host_str() == Some("tauri.localhost"),
        false => url.scheme() == "tauri",
    };
    let dev = cfg!(dev) && url.host_str() == Some("127.0.0.1") && url.port() == Some(5173);
    bundled || dev
}

/// Brings the window to the front.
pub(crate) fn show(app: &AppHandle) {
    let Some(window) = app.get_webview_window(MAIN) else {
        return;
    };
    let shown = window
        .unminimize()
        .and_then(|()| window.show())
        .and_then(|()| window.set_focus());
    report(shown, "the window cannot be shown");
}

/// Runs a script on the page.
pub(crate) fn run(app: &AppHandle, script: &str) {
    let window = app.get_webview_window(MAIN);
    let ran = window.map(|window| window.eval(script));
    report(ran.unwrap_or(Ok(())), "the page cannot be told something");
}

/// Takes the window away.
pub(crate) fn hide(app: &AppHandle) {
    let hidden = app
        .get_webview_window(MAIN)
        .as_ref()
        .map(WebviewWindow::hide);
    report(hidden.unwrap_or(Ok(())), "the window cannot be hidden");
}

fn report(result: tauri::Result<()>, what: &str) {
    if let Err(error) = result {
        tracing::warn!(%error, "{what}");
    }
}
