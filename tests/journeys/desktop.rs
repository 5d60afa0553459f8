//! The desktop app, under a display and a session of its own.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::json;
use tempfile::TempDir;
use thirtyfour::{Capabilities, WebDriver};

use crate::door::Door;
use crate::process::{Process, built, free_port, listening};

/// Starts the app through the driver of its webview, with nothing in its data folder.
pub async fn open(name: &'static str) -> Door {
    open_in(tempfile::tempdir().unwrap(), name).await
}

/// Starts the app in the same way, with its data in the folder `gatewright` of `data`.
pub async fn open_in(data: TempDir, name: &'static str) -> Door {
    let home = data.path().join("home");
    let port = free_port();
    let driver_process = Process::start(
        in_session(&home)
            .args(["WebKitWebDriver", &format!("--port={port}")])
            .env("TAURI_WEBVIEW_AUTOMATION", "true"),
    );
    listening(port).await;
    let mut wanted = Capabilities::new();
    let options = json!({
        "binary": built("gatewright-desktop"),
        "args": ["--data", data.path().join("gatewright")],
    });
    wanted.set("webkitgtk:browserOptions", options).unwrap();
    let driver = WebDriver::new(format!("http://127.0.0.1:{port}"), wanted)
        .await
        .unwrap();
    Door::new(name, driver, data, None, vec![driver_process]).await
}

/// A command that runs what follows under a display, a message bus and a home of its own.
pub fn in_session(home: &Path) -> Command {
    let runtime = home.join("runtime");
    std::fs::create_dir_all(&runtime).unwrap();
    std::fs::set_permissions(&runtime, Permissions::from_mode(0o700)).unwrap();
    let mut command = Command::new("xvfb-run");
    command
        .args([
            "-a",
            "-s",
            "-screen 0 1280x800x24 -nolisten tcp",
            "dbus-run-session",
            "--",
        ])
        .env("HOME", home)
        .env("XDG_RUNTIME_DIR", &runtime)
        .env("NO_AT_BRIDGE", "1")
        .env_remove("WAYLAND_DISPLAY")
        .stdout(Stdio::null());
    command
}
