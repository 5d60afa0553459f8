//! Gatewright with a window.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

fn main() {
    gatewright_desktop::run();
}
