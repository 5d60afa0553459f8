//! The headless program from outside: a real process, real sockets, real files.

#![expect(
    clippy::unwrap_used,
    reason = "a test ends where something is not as it must be"
)]

mod server;

mod command;
mod configuration;
mod crash;
mod events;
mod finding;
mod first_steps;
mod guard;
mod import;
mod keeping;
mod keys;
mod limits;
mod problems;
mod processes;
mod routing;
mod saved_tests;
mod service_states;
mod traffic;
mod versions;
