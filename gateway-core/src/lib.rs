//! The Gatewright gateway: proxy, log, configuration and admin API. Knows nothing of windows.
//!
//! In suggested reading order: [`config`] is what people write, [`snapshot`] what requests read;
//! [`proxy`] is the life of a request (begin at `proxy/pipeline.rs`), [`record`] what is written
//! down of it; [`gateway`] holds everything together, and [`admin`] is how it is looked at and
//! changed.

pub mod admin;
pub mod aggregate;
pub mod cache;
pub mod certificates;
pub mod clock;
pub mod config;
pub mod discovery;
pub mod echo;
pub mod export;
pub mod exported;
pub mod faults;
pub mod figures;
pub mod gateway;
pub mod ids;
pub mod import;
pub mod keys;
pub mod latency;
pub mod local_ca;
pub mod local_issuer;
pub mod passwords;
mod private_file;
pub mod process;
pub mod prove;
pub mod proxy;
pub mod record;
pub mod replay;
pub mod saved_tests;
pub mod snapshot;
pub mod store;
pub mod tokens;
pub mod usage;

pub use gateway::{Gateway, Options, default_data_dir};
