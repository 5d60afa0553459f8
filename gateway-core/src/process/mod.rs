//! Programs that answer for services, started when a request needs them and ended when none does.
//!
//! A request asks [`managed`] for instances and waits there for the first one. A task a service
//! ([`fleet`]) says how many there should be, by the rule in [`scaler`] and by what a person
//! says ([`hand`]), what becomes of those that crash ([`crashes`]), and which of them requests may
//! choose from ([`published`]). Each instance ([`instance`]) is a program under a supervisor of its own
//! ([`supervisor`]), which ends it with everything it started, however the gateway itself ends.

pub mod approvals;
pub mod crashes;
mod decisions;
pub(crate) mod fleet;
mod hand;
mod instance;
pub mod managed;
mod member;
pub mod output;
pub mod program;
mod published;
pub mod scaler;
mod standing;
pub mod state;
#[cfg(unix)]
pub mod supervisor;
pub(crate) mod usage;
