//! What the tests say things with.

mod gateway;
mod raw;
mod upstream;

pub use gateway::{TestGateway, gateway};
pub use raw::{RawUpstream, exchange_raw};
pub use upstream::{Body, Upstream, full, upstream};
