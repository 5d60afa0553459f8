//! Gatewright with a window.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

use std::process::ExitCode;

fn main() -> ExitCode {
    // Services' programs run under this very program.
    #[cfg(unix)]
    if let Some(status) = gateway_core::process::supervisor::run_if_asked() {
        return status;
    }
    gatewright_desktop::run();
    ExitCode::SUCCESS
}
