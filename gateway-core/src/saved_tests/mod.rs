//! Saved tests: requests of which it is known where they belong, tried on the router that serves
//! callers. Nothing is sent, and nothing but the snapshot is asked.

mod request;
mod run;
mod secrets;
mod to_save;
mod warnings;

pub use request::{MOST_HEADERS, MOST_REQUEST_BYTES, Wrong, head};
pub use run::{Outcome, SavedTestResult, SavedTestRun, run};
pub(crate) use secrets::{masked, redactor};
pub use to_save::{TestToSave, to_save};
pub use warnings::warnings;

#[cfg(test)]
mod tests;
