//! The same window in the system's browser. It is served on loopback from when it is first asked for
//! until the app ends, behind the guard that the headless program has: whoever opens the link first is
//! let in, once, and nobody else without the token.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use gateway_core::Gateway;
use gateway_core::admin::guard::{Guard, Token};
use gateway_core::admin::serve::{AdminServer, bind};
use serde::Serialize;
use tauri::{AppHandle, Manager as _, State};
use tokio::sync::Mutex;

use crate::desktop::Desktop;

/// The listener, once it was asked for.
#[derive(Default)]
pub(crate) struct Browser {
    door: Mutex<Option<Door>>,
}

struct Door {
    address: SocketAddr,
    guard: Arc<Guard>,
    /// It serves as long as this is there.
    _server: AdminServer,
}

/// Where the window is in a browser.
#[derive(Debug, Serialize)]
pub(crate) struct Opened {
    /// Where it is served, such as `http://127.0.0.1:41237`.
    address: String,
    /// Where no browser could be started: the link that lets one in, once.
    link: Option<String>,
}

/// Opens the window in the system's browser.
#[tauri::command]
pub(crate) async fn open_browser(
    app: AppHandle,
    desktop: State<'_, Desktop>,
    browser: State<'_, Browser>,
) -> Result<Opened, String> {
    open(&app, &desktop, &browser).await
}

/// The same, for the tray.
pub(crate) fn open_from_tray(app: &AppHandle) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        let (Some(desktop), Some(browser)) =
            (app.try_state::<Desktop>(), app.try_state::<Browser>())
        else {
            return;
        };
        match open(&app, &desktop, &browser).await {
            Ok(Opened { link: None, .. }) => {}
            // Its window can show the link.
            Ok(_) => crate::window::show(&app),
            Err(error) => tracing::warn!(%error, "the window cannot be served to a browser"),
        }
    });
}

async fn open(app: &AppHandle, desktop: &Desktop, browser: &Browser) -> Result<Opened, String> {
    let mut door = browser.door.lock().await;
    if door.is_none() {
        let begun = serve(&desktop.gateway, &desktop.data_dir, files(app.clone())).await;
        let begun =
            begun.map_err(|error| format!("the window cannot be served to a browser: {error}"))?;
        *door = Some(begun);
    }
    let door = door.as_ref().ok_or("there is no listener")?;
    let address = format!("http://{}", door.address);
    let link = format!("{address}{}", door.guard.one_time_path());
    let started = ::open::that_detached(&link);
    if let Err(error) = &started {
        tracing::warn!(%error, "no browser could be started");
    }
    Ok(Opened {
        address,
        link: started.is_err().then_some(link),
    })
}

async fn serve(gateway: &Gateway, data_dir: &Path, files: Router) -> io::Result<Door> {
    let token = Token::load(data_dir).map_err(io::Error::other)?;
    // Any port that is free: it holds as long as the app runs.
    let (socket, address) = bind(0).await?;
    // Nothing may ever be proxied to the admin API.
    gateway.own_addresses().add(address);
    let guard = Guard::new(address.port(), token);
    let router = guard.protect(gateway_core::admin::router(gateway.clone()), files);
    Ok(Door {
        address,
        guard,
        _server: AdminServer::start(socket, router),
    })
}

/// The UI's files as they are built into the app. Every other path is a place in the UI and gets its
/// page.
fn files(app: AppHandle) -> Router {
    let serve = move |uri: Uri| {
        let app = app.clone();
        async move { file(&app, uri.path()) }
    };
    Router::new().fallback(get(serve))
}

fn file(app: &AppHandle, path: &str) -> Response {
    let assets = app.asset_resolver();
    let name = path.trim_start_matches('/');
    // A place in the UI has no dot in its path.
    let wanted = if name.contains('.') {
        name
    } else {
        "index.html"
    };
    // No name of ours needs more; in a debug build names are looked for on the disk.
    let plain = |part: &str| {
        let mut letters = part.bytes();
        !part.is_empty()
            && !part.starts_with('.')
            && letters.all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    let known = wanted.split('/').all(plain);
    match known.then(|| assets.get(wanted.to_owned())).flatten() {
        Some(asset) => {
            // Names under `assets/` change with their content.
            let caching = match wanted.starts_with("assets/") {
                true => "public, max-age=31536000, immutable",
                false => "no-store",
            };
            let headers = [
                (CONTENT_TYPE, asset.mime_type().to_owned()),
                (CACHE_CONTROL, caching.to_owned()),
            ];
            (headers, asset.bytes().to_vec()).into_response()
        }
        None => (StatusCode::NOT_FOUND, "There is no such file.\n").into_response(),
    }
}

#[cfg(test)]
mod tests {
    use gateway_core::Options;
    use gateway_core::clock::Clock;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpStream;

    use super::*;

    /// The answer to a GET, with these headers.
    async fn get(address: SocketAddr, path: &str, headers: &str) -> String {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nConnection: close\r\n{headers}\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    #[tokio::test]
    async fn a_browser_is_let_in_by_its_link_once_and_a_stranger_never() {
        let folder = tempfile::tempdir().unwrap();
        let options = Options {
            data_dir: folder.path().to_owned(),
            config_file: None,
            clock: Clock::system(),
        };
        let gateway = Gateway::open(options).await.unwrap();
        let page = Router::new().fallback(axum::routing::get(|| async { "the page" }));
        let door = serve(&gateway, folder.path(), page).await.unwrap();
        let host = format!("Host: {}", door.address);
        let status = "/api/v1/status";

        assert!(door.address.ip().is_loopback());
        let refused = get(door.address, status, &host).await;
        assert!(refused.starts_with("HTTP/1.1 401"), "{refused}");
        // A name that somebody made resolve to this machine.
        let stranger = get(door.address, status, "Host: evil.test").await;
        assert!(!stranger.starts_with("HTTP/1.1 200"), "{stranger}");

        let path = door.guard.one_time_path();
        let let_in = get(door.address, &path, &host).await;
        let cookie = let_in
            .lines()
            .find_map(|line| line.strip_prefix("set-cookie: "))
            .unwrap_or_else(|| panic!("no cookie: {let_in}"));
        assert!(cookie.contains("HttpOnly"), "{cookie}");
        let cookie = cookie.split(';').next().unwrap();
        let signed_in = format!("{host}\r\nCookie: {cookie}");
        let answer = get(door.address, status, &signed_in).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        let page = get(door.address, "/traffic", &signed_in).await;
        assert!(page.ends_with("the page"), "{page}");
        let from_a_page = format!("{signed_in}\r\nOrigin: http://evil.test");
        let answer = get(door.address, status, &from_a_page).await;
        assert!(!answer.starts_with("HTTP/1.1 200"), "{answer}");

        let again = get(door.address, &path, &host).await;
        assert!(!again.contains("set-cookie"), "{again}");
        gateway.shutdown().await;
    }
}
