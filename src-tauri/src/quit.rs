//! Quits gracefully: running requests finish, the log is on disk, then the process ends.

use std::sync::atomic::{AtomicBool, Ordering};

use tauri::{AppHandle, Manager as _};

use crate::desktop::Desktop;

/// How far quitting has come.
#[derive(Default)]
pub(crate) struct Quitting {
    begun: AtomicBool,
    done: AtomicBool,
}

/// Whether everything is stopped and stored.
pub(crate) fn is_done(app: &AppHandle) -> bool {
    app.state::<Quitting>().done.load(Ordering::SeqCst)
}

/// Begins to quit. Asked again, it goes on as it is.
pub(crate) fn quit(app: &AppHandle) {
    if app.state::<Quitting>().begun.swap(true, Ordering::SeqCst) {
        return;
    }
    crate::window::hide(app);
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        if let Some(desktop) = app.try_state::<Desktop>() {
            desktop.gateway.clone().shutdown().await;
        }
        app.state::<Quitting>().done.store(true, Ordering::SeqCst);
        app.exit(0);
    });
}

/// Quits when the system asks for it.
pub(crate) fn on_signals(app: &AppHandle) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        if let Err(error) = asked_to_end().await {
            tracing::warn!(%error, "signals cannot be waited for");
            return;
        }
        quit(&app);
    });
}

#[cfg(unix)]
async fn asked_to_end() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}

#[cfg(not(unix))]
async fn asked_to_end() -> std::io::Result<()> {
    tokio::signal::ctrl_c().await
}
