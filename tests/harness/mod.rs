//! What the tests say things with.

mod gateway;
mod moody;
mod modern;
mod raw;
mod upstream;

pub use gateway::{TestGateway, gateway};
pub use moody::{Mood, Moody};
pub use modern::{Answering, Authority, Modern};
pub use raw::{RawUpstream, exchange_raw};
pub use upstream::{Body, Upstream, full, upstream};
