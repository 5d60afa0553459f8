//! Declares the app's own commands, so that capabilities can name them one by one.

fn main() {
    // The UI is built into the app.
    println!("cargo::rerun-if-changed=../ui/dist");
    let commands = &["admin", "events", "events_close", "open_browser"];
    let manifest = tauri_build::AppManifest::new().commands(commands);
    let attributes = tauri_build::Attributes::new().app_manifest(manifest);
    if let Err(error) = tauri_build::try_build(attributes) {
        panic!("{error:#}");
    }
}
