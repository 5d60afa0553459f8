//! One request, top to bottom.

pub mod error;
