//! API keys: what one looks like, what it may do, and which are good.

mod access;
mod api_key;
mod change;
pub mod format;
mod ring;
mod search;

pub use access::{Grant, KeyAccess, NotGranted};
pub use api_key::{ApiKey, KeyHash, KeyState};
pub use change::{KeyChange, KeyError, NewKey};
pub use ring::{Issued, KeyRefusal, KeyRing, good_then};
pub use search::{KeySearch, KeysFound};
