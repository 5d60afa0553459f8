//! Passwords of consumers: Argon2id, as PHC strings.

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Argon2, Params};

/// The most memory that a hash may take to check, in KiB; a configuration must not be able to take
/// the machine's.
const MOST_MEMORY_KIB: u32 = 256 * 1024;
/// The most passes over it.
const MOST_PASSES: u32 = 16;

/// Hashes a password with Argon2id, 19 MiB and two passes, and a salt of its own. Takes tens of
/// milliseconds of a processor.
pub fn hash(password: &str) -> String {
    Argon2::default()
        .hash_password(password.as_bytes())
        .expect("the system has random numbers, and any password can be hashed")
        .to_string()
}

/// A hash that passwords can be checked against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored(String);

impl Stored {
    /// Takes a PHC string of Argon2.
    ///
    /// # Errors
    /// Why passwords cannot be checked against it.
    pub fn new(phc: &str) -> Result<Self, String> {
        let advice = "; `gatewright hash-password` makes one";
        let hash = PasswordHash::new(phc)
            .map_err(|error| format!("this is no hash of a password: {error}{advice}"))?;
        if !matches!(hash.algorithm.as_str(), "argon2id" | "argon2i" | "argon2d") {
            let name = hash.algorithm.as_str();
            return Err(format!(
                "a hash of `{name}` is not taken, only of Argon2{advice}"
            ));
        }
        let params = Params::try_from(&hash)
            .map_err(|error| format!("the parameters of this hash are wrong: {error}"))?;
        if params.m_cost() > MOST_MEMORY_KIB || params.t_cost() > MOST_PASSES {
            return Err(format!(
                "this hash takes too long to check: at most m={MOST_MEMORY_KIB} and t={MOST_PASSES}"
            ));
        }
        if hash.hash.is_none() || hash.salt.is_none() {
            return Err(format!("this hash is not whole{advice}"));
        }
        Ok(Self(phc.to_owned()))
    }

    /// Whether it is the hash of `password`; compared in constant time. Takes tens of milliseconds of
    /// a processor, so never to be called where requests are served.
    pub fn is_of(&self, password: &[u8]) -> bool {
        PasswordHash::new(&self.0)
            .is_ok_and(|hash| Argon2::default().verify_password(password, &hash).is_ok())
    }

    /// The PHC string.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_known_by_its_hash() {
        let text = hash("grüße:1");
        assert!(
            text.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{text}"
        );
        assert_ne!(text, hash("grüße:1"));
        let stored = Stored::new(&text).unwrap();
        assert!(stored.is_of("grüße:1".as_bytes()));
        for wrong in ["grüße:2", "", "GRÜSSE:1", "grüße:1 "] {
            assert!(!stored.is_of(wrong.as_bytes()), "{wrong}");
        }
    }

    #[test]
    fn what_is_no_hash_is_refused() {
        let salted = "c2FsdHNhbHRzYWx0c2FsdA$dGhpcyBpcyBubyBoYXNoIG9mIGFueXRoaW5nISE";
        for (text, reason) in [
            (String::new(), "no hash"),
            ("secret".to_owned(), "no hash"),
            ("$2b$12$abc".to_owned(), "hash"),
            (format!("$scrypt$ln=1,r=8,p=1${salted}"), "only of Argon2"),
            ("$argon2id$v=19$m=19456,t=2,p=1".to_owned(), "not whole"),
            (
                format!("$argon2id$v=19$m=4194304,t=2,p=1${salted}"),
                "too long",
            ),
            (
                format!("$argon2id$v=19$m=19456,t=900,p=1${salted}"),
                "too long",
            ),
        ] {
            let error = Stored::new(&text).unwrap_err();
            assert!(error.contains(reason), "{text}: {error}");
        }
    }
}
