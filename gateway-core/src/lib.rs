//! The Gatewright gateway: proxy, log, configuration and admin API. Knows nothing of windows.

pub mod clock;
pub mod config;
pub mod ids;
pub mod keys;
pub mod proxy;
pub mod record;
