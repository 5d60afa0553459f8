//! A set of public keys (RFC 7517).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::Value;

use super::compact::algorithm;
use super::error::TokenError;
use super::key::VerifyingKey;
use crate::config::TokenAlgorithm;

/// The most keys of a set that are looked at.
const MOST_KEYS: usize = 100;

/// The public keys of an issuer.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct KeySet {
    /// Those that signatures can be checked with, in the order of the set.
    pub keys: Vec<PublicKey>,
    /// What was in the set besides them, and why it is of no use here.
    pub ignored: Vec<String>,
}

/// A key of a set.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey {
    /// What the set calls it.
    pub id: Option<String>,
    /// The only algorithm it is for, where the set says so.
    pub algorithm: Option<TokenAlgorithm>,
    /// What kind it is, such as `RSA 2048` or `EC P-256`.
    pub kind: String,
    /// The key.
    pub key: VerifyingKey,
}

/// Why a document is no set of keys.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeySetError {
    /// It is something else.
    #[error("what was read is no JSON Web Key Set: {0}")]
    NoSet(String),
    /// There is nothing to check a signature with.
    #[error("the set holds no key that can be used{0}")]
    NoKey(String),
}

#[derive(Deserialize)]
struct Set {
    keys: Vec<Value>,
}

/// RFC 7518, section 6; RFC 8037. Other members say nothing that matters here.
#[derive(Deserialize)]
struct Jwk {
    kty: String,
    kid: Option<String>,
    alg: Option<String>,
    #[serde(rename = "use")]
    usage: Option<String>,
    key_ops: Option<Vec<String>>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

impl KeySet {
    /// Reads a set. Keys that are not for checking signatures are left out, and so are secrets: a
    /// published one is none.
    ///
    /// # Errors
    /// It is no set, or holds no key that can be used.
    pub fn read(json: &[u8]) -> Result<Self, KeySetError> {
        let set: Set =
            serde_json::from_slice(json).map_err(|error| KeySetError::NoSet(error.to_string()))?;
        let mut read = Self::default();
        for (n, key) in set.keys.into_iter().take(MOST_KEYS).enumerate() {
            let key = serde_json::from_value::<Jwk>(key).map_err(|error| error.to_string());
            match key.and_then(PublicKey::of) {
                Ok(key) => read.keys.push(key),
                Err(reason) => read.ignored.push(format!("keys[{n}]: {reason}")),
            }
        }
        match read.keys.is_empty() {
            true => {
                let reasons = read.ignored.first();
                let reasons = reasons.map_or(String::new(), |first| format!(" ({first})"));
                Err(KeySetError::NoKey(reasons))
            }
            false => Ok(read),
        }
    }

    /// The keys that a token's signature may be by. A set may call several keys of different kinds
    /// alike (RFC 7517, section 4.5).
    ///
    /// # Errors
    /// There is none: the token names no key, an unknown one, or one of another kind (JWT-1).
    pub fn find(
        &self,
        key_id: Option<&str>,
        algorithm: TokenAlgorithm,
    ) -> Result<Vec<&PublicKey>, TokenError> {
        let named: Vec<_> = match (key_id, &self.keys[..]) {
            (Some(id), keys) => keys
                .iter()
                .filter(|key| key.id.as_deref() == Some(id))
                .collect(),
            (None, [only]) => vec![only],
            (None, _) => return Err(TokenError::KeyUnnamed),
        };
        if named.is_empty() {
            let id = key_id.unwrap_or_default();
            return Err(TokenError::KeyUnknown(super::error::shown(id)));
        }
        let fit: Vec<_> = named
            .into_iter()
            .filter(|key| key.is_for(algorithm))
            .collect();
        match fit.is_empty() {
            true => Err(TokenError::KeyUnfit(algorithm)),
            false => Ok(fit),
        }
    }
}

impl PublicKey {
    fn is_for(&self, algorithm: TokenAlgorithm) -> bool {
        self.key.fits(algorithm) && self.algorithm.is_none_or(|only| only == algorithm)
    }

    fn of(jwk: Jwk) -> Result<Self, String> {
        if jwk.usage.as_deref().is_some_and(|usage| usage != "sig") {
            return Err("it is not for signatures (`use`)".to_owned());
        }
        let verifies = |ops: &Vec<String>| ops.iter().any(|op| op == "verify");
        if !jwk.key_ops.as_ref().is_none_or(verifies) {
            return Err("it is not for checking signatures (`key_ops`)".to_owned());
        }
        let only = jwk.alg.as_deref().map(|name| {
            algorithm(name).ok_or_else(|| format!("its `alg` is none that is known: `{name}`"))
        });
        let only = only.transpose()?;
        let (kind, key) = key(&jwk)?;
        if only.is_some_and(|only| !key.fits(only)) {
            return Err("its `alg` is for another kind of key".to_owned());
        }
        Ok(Self {
            id: jwk.kid,
            algorithm: only,
            kind,
            key,
        })
    }
}

fn key(jwk: &Jwk) -> Result<(String, VerifyingKey), String> {
    let member = |name: &str, value: &Option<String>| {
        let value = value
            .as_deref()
            .ok_or_else(|| format!("it has no `{name}`"))?;
        URL_SAFE_NO_PAD
            .decode(value)
            .map_err(|_| format!("its `{name}` is not base64url"))
    };
    match (jwk.kty.as_str(), jwk.crv.as_deref()) {
        ("RSA", _) => rsa(member("n", &jwk.n)?, member("e", &jwk.e)?),
        ("EC", Some(curve @ ("P-256" | "P-384"))) => {
            let point = point(curve, &member("x", &jwk.x)?, &member("y", &jwk.y)?)?;
            let key = match curve {
                "P-256" => VerifyingKey::P256(point),
                _ => VerifyingKey::P384(point),
            };
            Ok((format!("EC {curve}"), key))
        }
        ("OKP", Some("Ed25519")) => match member("x", &jwk.x)? {
            key if key.len() == 32 => Ok(("Ed25519".to_owned(), VerifyingKey::Ed25519(key))),
            _ => Err("its `x` has not 32 bytes".to_owned()),
        },
        ("oct", _) => Err("a shared secret in a public set is none".to_owned()),
        (kty, curve) => Err(format!(
            "its kind is not known: `{kty}` {}",
            curve.unwrap_or_default()
        )),
    }
}

fn rsa(n: Vec<u8>, e: Vec<u8>) -> Result<(String, VerifyingKey), String> {
    let trim = |number: Vec<u8>| -> Vec<u8> {
        let zeros = number.iter().take_while(|byte| **byte == 0).count();
        number[zeros..].to_vec()
    };
    let (n, e) = (trim(n), trim(e));
    let bits = n.first().map_or(0, |first| {
        n.len() * 8 - usize::try_from(first.leading_zeros()).unwrap_or(0)
    });
    match bits {
        2048..=8192 => Ok((format!("RSA {bits}"), VerifyingKey::Rsa { n, e })),
        _ => Err(format!("RSA with {bits} bits: 2048 to 8192 are taken")),
    }
}

/// RFC 7518, section 6.2.1.2: coordinates have their full length.
fn point(curve: &str, x: &[u8], y: &[u8]) -> Result<Vec<u8>, String> {
    let length = match curve {
        "P-256" => 32,
        _ => 48,
    };
    match (x.len(), y.len()) == (length, length) {
        true => Ok([&[4], x, y].concat()),
        false => Err(format!("its `x` and `y` have not {length} bytes each")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::config::TokenAlgorithm::{ES256, EdDSA, HS256, RS256};

    fn bytes(n: usize) -> String {
        URL_SAFE_NO_PAD.encode(vec![0xab; n])
    }

    fn read(keys: Value) -> Result<KeySet, KeySetError> {
        KeySet::read(json!({ "keys": keys }).to_string().as_bytes())
    }

    fn rsa(id: &str) -> Value {
        json!({"kty": "RSA", "kid": id, "n": bytes(256), "e": "AQAB"})
    }

    /// JWT-1
    #[test]
    fn a_key_must_be_named_where_there_are_several() {
        let one = read(json!([rsa("a")])).ok().unwrap();
        assert_eq!(one.find(None, RS256).ok().unwrap().len(), 1);
        let two = read(json!([rsa("a"), rsa("b")])).ok().unwrap();
        assert_eq!(two.find(None, RS256).err(), Some(TokenError::KeyUnnamed));
        let found = two.find(Some("b"), RS256).ok().unwrap();
        assert_eq!(found[0].id.as_deref(), Some("b"));
        let unknown = two.find(Some("c"), RS256).err();
        assert_eq!(unknown, Some(TokenError::KeyUnknown("c".to_owned())));
    }

    /// JWT-1
    #[test]
    fn a_public_key_is_never_a_secret_nor_for_another_kind_of_algorithm() {
        let set = read(json!([rsa("a")])).ok().unwrap();
        for algorithm in [HS256, ES256, EdDSA] {
            let unfit = set.find(Some("a"), algorithm).err();
            assert_eq!(unfit, Some(TokenError::KeyUnfit(algorithm)));
        }
    }

    #[test]
    fn a_key_for_one_algorithm_is_for_no_other() {
        let mut key = rsa("a");
        key["alg"] = json!("PS256");
        let set = read(json!([key])).ok().unwrap();
        let unfit = set.find(None, RS256).err();
        assert_eq!(unfit, Some(TokenError::KeyUnfit(RS256)));
        assert!(set.find(None, TokenAlgorithm::PS256).is_ok());
    }

    #[test]
    fn what_cannot_be_used_is_left_out_and_said() {
        for (key, reason) in [
            (json!({"kty": "oct", "k": bytes(32)}), "shared secret"),
            (
                json!({"kty": "RSA", "n": bytes(128), "e": "AQAB"}),
                "1024 bits",
            ),
            (json!({"kty": "RSA", "e": "AQAB"}), "no `n`"),
            (
                json!({"kty": "RSA", "n": "+/", "e": "AQAB"}),
                "not base64url",
            ),
            (
                json!({"kty": "EC", "crv": "P-256", "x": bytes(31), "y": bytes(32)}),
                "32 bytes",
            ),
            (
                json!({"kty": "EC", "crv": "secp256k1", "x": bytes(32), "y": bytes(32)}),
                "not known",
            ),
            (
                json!({"kty": "OKP", "crv": "Ed25519", "x": bytes(31)}),
                "32 bytes",
            ),
            (
                json!({"kty": "OKP", "crv": "X25519", "x": bytes(32)}),
                "not known",
            ),
            (
                json!({"kty": "RSA", "n": bytes(256), "e": "AQAB", "use": "enc"}),
                "`use`",
            ),
            (
                json!({"kty": "RSA", "n": bytes(256), "e": "AQAB", "key_ops": ["sign"]}),
                "`key_ops`",
            ),
            (
                json!({"kty": "RSA", "n": bytes(256), "e": "AQAB", "alg": "ES256"}),
                "another kind",
            ),
            (
                json!({"kty": "RSA", "n": bytes(256), "e": "AQAB", "alg": "RSA-OAEP"}),
                "none that",
            ),
            (json!(7), "invalid type"),
        ] {
            let set = read(json!([key, rsa("good")])).ok().unwrap();
            assert_eq!(set.keys.len(), 1);
            assert!(set.ignored[0].contains(reason), "{key}: {:?}", set.ignored);
            assert!(matches!(read(json!([key])), Err(KeySetError::NoKey(_))));
        }
    }

    #[test]
    fn what_is_no_set_is_said() {
        for text in [
            "",
            "<html>",
            "[]",
            "{}",
            r#"{"keys":{}}"#,
            r#"{"keys":null}"#,
        ] {
            let read = KeySet::read(text.as_bytes());
            assert!(matches!(read, Err(KeySetError::NoSet(_))), "{text}");
        }
        assert!(matches!(read(json!([])), Err(KeySetError::NoKey(_))));
    }
}
