//! A shared cache by RFC 9111: which answers are kept, which are given again, and where they are.
//!
//! Everything that decides is pure: it is given a request, an answer, the terms of a route and the
//! time. Where in the life of a request that happens is in [`crate::proxy::cache`].

pub mod conditional;
pub mod control;
pub mod counters;
mod date;
pub mod entry;
pub mod flight;
pub mod freshness;
pub mod key;
pub mod policy;
pub mod purge;
pub mod reusing;
mod store;
pub mod storing;
pub mod together;
pub mod vary;

pub use policy::Policy;
pub use store::{Cache, Expected, Held};
