//! JSON Web Tokens (RFC 7519): read strictly, checked by the clock that is passed in.
//!
//! Signatures are ring's work, which is here for TLS anyway. A key is of one kind, and each kind
//! checks only its own algorithms, so that a public key can never pass for a shared secret. What a
//! token says is read here and not by a library, because those at hand take the system's time and
//! the last of several members of one name.

mod claims;
mod compact;
mod error;
mod key;
mod key_set;
mod members;

pub use claims::{ClaimPath, Claims, Expectations};
pub use compact::{Compact, MOST_BYTES};
pub use error::TokenError;
pub use key::VerifyingKey;
pub use key_set::{KeySet, KeySetError, PublicKey};
