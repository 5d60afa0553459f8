//! The window around the gateway. Holds no behaviour: everything it shows and does goes through the
//! admin API of `gateway-core`, called in process.

mod admin;
mod browser;
mod desktop;
mod events;
mod quit;
mod rendering;
mod system_theme;
mod tray;
mod window;

use std::path::PathBuf;

use clap::Parser;
use tauri::{AppHandle, Manager as _, RunEvent, WindowEvent};
use tauri_plugin_window_state::StateFlags;
use tracing_subscriber::EnvFilter;

use desktop::Desktop;

/// The local API gateway with a window.
#[derive(Parser)]
#[command(name = "gatewright-desktop", version)]
struct Arguments {
    /// Folder of the databases.
    #[arg(long = "data", value_name = "DIR", env = "GATEWRIGHT_DATA")]
    data_dir: Option<PathBuf>,
}

/// Runs the app until it is quit.
pub fn run() {
    let arguments = Arguments::parse();
    if !rendering::has_display() {
        eprintln!(
            "gatewright-desktop: there is no display here; `gatewright serve` shows the same \
             window in a browser"
        );
        std::process::exit(1);
    }
    rendering::prepare();
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::try_from_default_env().unwrap_or_else(|_| "info".into()))
        .with_writer(std::io::stderr)
        .init();
    let data_dir = arguments
        .data_dir
        .unwrap_or_else(gateway_core::default_data_dir);
    tauri::Builder::default()
        .plugin(tauri_plugin_single_instance::init(|app, _, _| {
            window::show(app)
        }))
        // The page sees the same `Notification` as in a browser.
        .plugin(tauri_plugin_notification::init())
        .plugin(
            tauri_plugin_window_state::Builder::default()
                // Its position is not known while it is hidden, which it is when the app ends.
                .with_state_flags(StateFlags::SIZE | StateFlags::MAXIMIZED | StateFlags::FULLSCREEN)
                .build(),
        )
        .invoke_handler(tauri::generate_handler![
            admin::admin,
            browser::open_browser,
            events::events,
            events::events_close
        ])
        .setup(move |app| start(app.handle(), data_dir).map_err(Into::into))
        .build(tauri::generate_context!())
        .expect("the app is described by its own configuration")
        .run(|app, event| match event {
            RunEvent::WindowEvent {
                event: WindowEvent::CloseRequested { api, .. },
                ..
            } => {
                api.prevent_close();
                quit::quit(app);
            }
            RunEvent::ExitRequested { api, .. } if !quit::is_done(app) => {
                api.prevent_exit();
                quit::quit(app);
            }
            _ => {}
        });
}

/// Opens the data folder and shows the window; a folder that cannot be opened is said in it.
fn start(app: &AppHandle, data_dir: PathBuf) -> tauri::Result<()> {
    app.manage(quit::Quitting::default());
    app.manage(events::Subscriptions::default());
    app.manage(browser::Browser::default());
    quit::on_signals(app);
    app.manage(tauri::async_runtime::block_on(
        system_theme::SystemTheme::ask(),
    ));
    system_theme::follow(app);
    match tauri::async_runtime::block_on(Desktop::open(data_dir)) {
        Ok(desktop) => {
            let gateway = desktop.gateway.clone();
            app.manage(desktop);
            if let Err(error) = tray::build(app, &gateway) {
                // Some desktops have no place for it; the window does all that it does.
                tracing::warn!(%error, "there is no tray icon");
            }
            window::open(app)
        }
        Err(error) => {
            tracing::error!(%error, "Gatewright cannot start");
            window::open_failure(app, &error.to_string())
        }
    }
}
