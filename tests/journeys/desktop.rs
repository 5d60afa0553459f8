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
use crate::session_bus::SessionBus;

/// Starts the app through the driver of its webview, with nothing in its data folder.
pub async fn open(name: &'static str) -> Door {
    open_in(tempfile::tempdir().unwrap(), name).await
}

/// Starts the app in the same way, with its data in the folder `gatewright` of `data`.
pub async fn open_in(data: TempDir, name: &'static str) -> Door {
    Session::begin(data).await.open(name).await
}

/// A display and a message bus, with nothing on them yet.
pub struct Session {
    data: TempDir,
    port: u16,
    driver: Process,
}

impl Session {
    /// Begins a session, with the app's data in the folder `gatewright` of `data`.
    pub async fn begin(data: TempDir) -> Self {
        let port = free_port();
        let driver = Process::start(
            in_session(&data.path().join("home"))
                .args(["WebKitWebDriver", &format!("--port={port}")])
                .env("TAURI_WEBVIEW_AUTOMATION", "true"),
        );
        listening(port).await;
        Self { data, port, driver }
    }

    /// Its message bus.
    pub async fn bus(&self) -> SessionBus {
        SessionBus::of(&self.data.path().join("home")).await
    }

    /// Starts the app in it.
    pub async fn open(self, name: &'static str) -> Door {
        let mut wanted = Capabilities::new();
        let options = json!({
            "binary": built("gatewright-desktop"),
            "args": ["--data", self.data.path().join("gatewright")],
        });
        wanted.set("webkitgtk:browserOptions", options).unwrap();
        let driver = WebDriver::new(format!("http://127.0.0.1:{}", self.port), wanted)
            .await
            .unwrap();
        Door::new(name, driver, self.data, None, vec![self.driver]).await
    }
}

/// Runs what follows it, and writes down first where the session's message bus is.
const TELLING_THE_BUS: &str = r#"echo "$DBUS_SESSION_BUS_ADDRESS" >"$HOME/bus"; exec "$@""#;

/// A command that runs what follows under a display, a message bus and a home of its own.
pub fn in_session(home: &Path) -> Command {
    let runtime = home.join("runtime");
    std::fs::create_dir_all(&runtime).unwrap();
    // One of an earlier session in the same home.
    let _ = std::fs::remove_file(home.join("bus"));
    std::fs::set_permissions(&runtime, Permissions::from_mode(0o700)).unwrap();
    let mut command = Command::new("xvfb-run");
    command
        .args([
            "-a",
            "-s",
            "-screen 0 1280x800x24 -nolisten tcp",
            "dbus-run-session",
            "--",
            "sh",
            "-c",
            TELLING_THE_BUS,
            "sh",
        ])
        .env("HOME", home)
        .env("XDG_RUNTIME_DIR", &runtime)
        .env("NO_AT_BRIDGE", "1")
        .env_remove("WAYLAND_DISPLAY")
        .stdout(Stdio::null());
    command
}
