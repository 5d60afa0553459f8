//! The tray icon: what the gateway does, at a glance, and the switch for it.

use gateway_core::Gateway;
use gateway_core::gateway::GatewayState;
use tauri::menu::{Menu, MenuItem, PredefinedMenuItem};
use tauri::tray::TrayIconBuilder;
use tauri::{AppHandle, Manager as _, Wry};

use crate::desktop::Desktop;
use crate::{browser, quit, window};

const SHOW: &str = "show";
const BROWSER: &str = "browser";
const SWITCH: &str = "switch";
const QUIT: &str = "quit";

/// Puts the icon into the tray and keeps it true.
pub(crate) fn build(app: &AppHandle, gateway: &Gateway) -> tauri::Result<()> {
    let state = MenuItem::with_id(app, "state", "Stopped", false, None::<&str>)?;
    let show = MenuItem::with_id(app, SHOW, "Show window", true, None::<&str>)?;
    let browser = MenuItem::with_id(app, BROWSER, "Open in browser", true, None::<&str>)?;
    let switch = MenuItem::with_id(app, SWITCH, "Start gateway", true, None::<&str>)?;
    let quit = MenuItem::with_id(app, QUIT, "Quit Gatewright", true, None::<&str>)?;
    let line = PredefinedMenuItem::separator(app)?;
    let menu = Menu::with_items(
        app,
        &[&state, &line, &show, &browser, &switch, &line, &quit],
    )?;
    let mut tray = TrayIconBuilder::with_id("main")
        .menu(&menu)
        .tooltip("Gatewright")
        .on_menu_event(|app, event| match event.id().as_ref() {
            SHOW => window::show(app),
            BROWSER => browser::open_from_tray(app),
            SWITCH => flip(app),
            QUIT => quit::quit(app),
            _ => {}
        });
    if let Some(icon) = app.default_window_icon() {
        tray = tray.icon(icon.clone());
    }
    tray.build(app)?;
    follow(app.clone(), gateway, state, switch);
    Ok(())
}

/// Starts a stopped gateway, and stops a running one.
fn flip(app: &AppHandle) {
    let Some(desktop) = app.try_state::<Desktop>() else {
        return;
    };
    let gateway = desktop.gateway.clone();
    tauri::async_runtime::spawn(async move {
        let state = gateway.state().borrow().clone();
        if matches!(state, GatewayState::Running { .. } | GatewayState::Starting) {
            gateway.stop().await;
        } else if let Err(error) = gateway.start().await {
            // The state says so too, and the window shows it.
            tracing::warn!(%error, "the gateway did not start");
        }
    });
}

fn follow(app: AppHandle, gateway: &Gateway, state: MenuItem<Wry>, switch: MenuItem<Wry>) {
    let mut states = gateway.state();
    tauri::async_runtime::spawn(async move {
        loop {
            let now = states.borrow_and_update().clone();
            if let Err(error) = show(&app, &now, &state, &switch) {
                tracing::warn!(%error, "the tray icon cannot be changed");
            }
            if states.changed().await.is_err() {
                return;
            }
        }
    });
}

fn show(
    app: &AppHandle,
    now: &GatewayState,
    state: &MenuItem<Wry>,
    switch: &MenuItem<Wry>,
) -> tauri::Result<()> {
    let words = match now {
        GatewayState::Stopped => "Stopped".to_owned(),
        GatewayState::Starting => "Starting".to_owned(),
        GatewayState::Running { address } => format!("Running on {address}"),
        GatewayState::Failed { message, .. } => format!("Not running: {message}"),
    };
    let running = matches!(now, GatewayState::Running { .. });
    state.set_text(&words)?;
    switch.set_text(if running {
        "Stop gateway"
    } else {
        "Start gateway"
    })?;
    if let Some(tray) = app.tray_by_id("main") {
        tray.set_tooltip(Some(format!("Gatewright: {words}")))?;
    }
    Ok(())
}
