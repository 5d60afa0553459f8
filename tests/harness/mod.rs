//! What the tests say things with.

pub mod admin;
mod files;
mod gateway;
mod modern;
mod moody;
mod raw;
pub mod signers;
mod upstream;

pub use files::assert_free_of;
pub use gateway::{EPOCH_US, PATIENCE, TestGateway, gateway, is_own};
pub use modern::{Answering, Authority, Modern};
pub use moody::{Mood, Moody};
pub use raw::{RawUpstream, exchange_raw};
pub use upstream::{Body, Upstream, full, upstream};
