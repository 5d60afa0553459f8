//! Exports on disk: folders that products run from, secrets of their own, and what was taken last.
//! What is in an export is decided in [`crate::export`]; this is where it leaves the process.

pub mod folder;
pub mod last;
pub mod new_keys;
pub mod zip;
