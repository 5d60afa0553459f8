//! What people do with the real UI: the same journeys in a browser against the headless server, and
//! in the desktop app under a display of its own. `make test-journeys` builds what they need.

mod browser;
mod desktop;
mod desktop_life;
mod door;
mod first_light;
mod hot_reload;
mod page;
mod process;
#[path = "../harness/upstream.rs"]
#[allow(
    dead_code,
    reason = "shared with the tests of the core, which use more of it"
)]
mod upstream;
