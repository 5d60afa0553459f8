//! What happened, out of the request path.

pub mod decision;
pub mod exchange;
