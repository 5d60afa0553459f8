//! What people do with the real UI: the same journeys in a browser against the headless server, and
//! in the desktop app under a display of its own. `make test-journeys` builds what they need.

mod access;
mod aggregate;
mod browser;
mod budgets;
mod conversation;
mod desktop;
mod desktop_life;
mod door;
mod exporting;
mod first_budgets;
mod first_light;
mod first_run;
mod hot_reload;
mod https;
mod log_load;
mod managed_service;
mod memory;
mod mocks;
mod page;
mod process;
mod procfile;
mod route_tester;
mod service_health;
mod session_bus;
mod traffic;
#[path = "../harness/upstream.rs"]
#[allow(
    dead_code,
    reason = "shared with the tests of the core, which use more of it"
)]
mod upstream;
mod versions;
mod what_if;
