//! What the tests say things with.

mod gateway;
mod raw;
mod upstream;

pub use gateway::{TestGateway, config, gateway};
pub use raw::{RawUpstream, exchange_raw};
pub use upstream::{Seen, Upstream, full, upstream};
