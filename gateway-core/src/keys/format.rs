//! What an API key looks like: `gw_dev_<30 random characters><6 of checksum>`.
//!
//! The underscore lets a double click select the whole; the checksum lets scanners, and this
//! gateway, tell a mistyped key from a wrong one without a look-up. Secret scanners may use
//! [`PATTERN`].

use rand::rngs::OsRng;
use rand::{Rng as _, TryRngCore as _};
use sha2::{Digest as _, Sha256};

use super::KeyHash;

/// A regular expression that each key matches.
pub const PATTERN: &str = "gw_[a-z0-9]+_[0-9A-Za-z]{36}";

const PREFIX: &str = "gw_dev_";
const BODY: usize = 30;
const CHECK: usize = 6;
const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Makes a key from the operating system's randomness: 30 characters of 62, about 178 bits.
pub fn generate() -> String {
    let mut random = OsRng.unwrap_err();
    let mut key = String::with_capacity(PREFIX.len() + BODY + CHECK);
    key.push_str(PREFIX);
    for _ in 0..BODY {
        key.push(char::from(BASE62[random.random_range(0..BASE62.len())]));
    }
    key.push_str(&checksum(&key));
    key
}

/// Whether `text` has the form of a key and its checksum is right.
pub fn is_well_formed(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("gw_") else {
        return false;
    };
    let Some((environment, random)) = rest.split_once('_') else {
        return false;
    };
    let environment_ok = !environment.is_empty()
        && environment
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    if !environment_ok
        || random.len() != BODY + CHECK
        || !random.bytes().all(|b| b.is_ascii_alphanumeric())
    {
        return false;
    }
    let (body, check) = text.split_at(text.len() - CHECK);
    checksum(body) == check
}

/// What may be shown of a key: its beginning and its last four characters.
pub fn hint(key: &str) -> String {
    let prefix = match key.match_indices('_').nth(1) {
        Some((at, _)) => &key[..=at],
        None => "",
    };
    let last: String = key
        .chars()
        .skip(key.chars().count().saturating_sub(4))
        .collect();
    format!("{prefix}…{last}")
}

/// SHA-256 of a key.
pub fn hash(key: &str) -> KeyHash {
    KeyHash(Sha256::digest(key.as_bytes()).into())
}

/// CRC-32 of everything before it, in base 62, six characters.
fn checksum(text: &str) -> String {
    let mut rest = crc32fast::hash(text.as_bytes()) as usize;
    let mut digits = [b'0'; CHECK];
    for digit in digits.iter_mut().rev() {
        *digit = BASE62[rest % 62];
        rest /= 62;
    }
    digits.iter().copied().map(char::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// KEY-1
    #[test]
    fn a_generated_key_has_the_published_form() {
        let pattern = regex::Regex::new(&format!("^{PATTERN}$")).unwrap();
        for _ in 0..1000 {
            let key = generate();
            assert!(is_well_formed(&key) && pattern.is_match(&key), "{key}");
            assert_eq!(key.len(), PREFIX.len() + 36);
        }
        assert_ne!(generate(), generate());
        let published = include_str!("../../../README.md");
        assert!(
            published.contains(PATTERN),
            "scanners find it in the README"
        );
    }

    /// KEY-2
    #[test]
    fn one_wrong_character_breaks_the_checksum() {
        let key = generate();
        for at in PREFIX.len()..key.len() {
            let mut wrong = key.clone().into_bytes();
            wrong[at] = if wrong[at] == b'a' { b'b' } else { b'a' };
            let wrong = String::from_utf8(wrong).unwrap();
            assert!(!is_well_formed(&wrong), "{wrong} for {key}");
        }
    }

    #[test]
    fn what_is_no_key_is_told_apart() {
        for text in [
            "",
            "gw_",
            "gw__",
            "gw_dev_",
            "gw_dev_é",
            "secret",
            "gw_DEV_0",
            "sk_live_abc",
        ] {
            assert!(!is_well_formed(text), "{text}");
        }
        assert!(
            !is_well_formed(&generate().replace("dev", "prod")),
            "the prefix is checked too"
        );
    }

    #[test]
    fn a_hint_shows_little() {
        let key = generate();
        assert_eq!(hint(&key), format!("gw_dev_…{}", &key[key.len() - 4..]));
        assert_eq!(hint("é"), "…é");
    }
}
