//! Issuers of tokens, with keys of their own.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;
use ring::rand::SystemRandom;
use ring::rsa::PublicKeyComponents;
use ring::signature::{
    self, ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair,
    Ed25519KeyPair, KeyPair as _, RsaEncoding, RsaKeyPair,
};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::pki_types::pem::PemObject as _;
use serde_json::{Value, json};

use super::gateway::EPOCH_US;

/// A key that was made for these tests and opens nothing.
const RSA_KEY: &[u8] = include_bytes!("rsa-test-key.pem");

/// Whoever holds a private key or a secret.
pub enum Signer {
    Secret(Vec<u8>),
    Rsa(Box<RsaKeyPair>),
    P256(EcdsaKeyPair),
    P384(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl Signer {
    /// One for an algorithm; each time with a new key, but for RSA.
    pub fn new(algorithm: &str) -> Self {
        let random = SystemRandom::new();
        match &algorithm[..2] {
            "HS" => Self::Secret(
                b"a secret of sixty-four bytes, which is enough for every hash...".to_vec(),
            ),
            "RS" | "PS" => {
                let key = PrivatePkcs8KeyDer::from_pem_slice(RSA_KEY).unwrap();
                Self::Rsa(Box::new(
                    RsaKeyPair::from_pkcs8(key.secret_pkcs8_der()).unwrap(),
                ))
            }
            "Ed" => {
                let key = Ed25519KeyPair::generate_pkcs8(&random).unwrap();
                Self::Ed25519(Ed25519KeyPair::from_pkcs8(key.as_ref()).unwrap())
            }
            "ES" => {
                let kind = match algorithm {
                    "ES256" => &ECDSA_P256_SHA256_FIXED_SIGNING,
                    _ => &ECDSA_P384_SHA384_FIXED_SIGNING,
                };
                let key = EcdsaKeyPair::generate_pkcs8(kind, &random).unwrap();
                let key = EcdsaKeyPair::from_pkcs8(kind, key.as_ref(), &random).unwrap();
                match algorithm {
                    "ES256" => Self::P256(key),
                    _ => Self::P384(key),
                }
            }
            other => panic!("nothing signs with {other}"),
        }
    }

    /// The public key, called `id`.
    pub fn jwk(&self, id: &str) -> Value {
        let point = |curve: &str, key: &EcdsaKeyPair| {
            let point = &key.public_key().as_ref()[1..];
            let (x, y) = point.split_at(point.len() / 2);
            json!({"kty": "EC", "kid": id, "crv": curve, "x": text(x), "y": text(y)})
        };
        match self {
            Self::Secret(secret) => json!({"kty": "oct", "kid": id, "k": text(secret)}),
            Self::Rsa(key) => {
                let public = PublicKeyComponents::<Vec<u8>>::from(key.public());
                json!({"kty": "RSA", "kid": id, "n": text(&public.n), "e": text(&public.e)})
            }
            Self::P256(key) => point("P-256", key),
            Self::P384(key) => point("P-384", key),
            Self::Ed25519(key) => json!({
                "kty": "OKP", "kid": id, "crv": "Ed25519", "x": text(key.public_key().as_ref()),
            }),
        }
    }

    /// A set with the public key alone.
    pub fn jwks(&self, id: &str) -> String {
        json!({"keys": [self.jwk(id)]}).to_string()
    }

    /// A token with these claims.
    pub fn token(&self, algorithm: &str, id: &str, claims: &Value) -> String {
        self.sign(&json!({"alg": algorithm, "kid": id, "typ": "JWT"}), claims)
    }

    /// A token with this header.
    pub fn sign(&self, header: &Value, claims: &Value) -> String {
        let signed = unsigned(header, claims);
        let signature = self.signature(header["alg"].as_str().unwrap(), signed.as_bytes());
        format!("{signed}.{}", text(&signature))
    }

    fn signature(&self, algorithm: &str, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match self {
            Self::Secret(secret) => {
                let hash = match algorithm {
                    "HS384" => hmac::HMAC_SHA384,
                    "HS512" => hmac::HMAC_SHA512,
                    _ => hmac::HMAC_SHA256,
                };
                let key = hmac::Key::new(hash, secret);
                hmac::sign(&key, message).as_ref().to_vec()
            }
            Self::Rsa(key) => {
                let encoding: &dyn RsaEncoding = match algorithm {
                    "RS384" => &signature::RSA_PKCS1_SHA384,
                    "RS512" => &signature::RSA_PKCS1_SHA512,
                    "PS256" => &signature::RSA_PSS_SHA256,
                    "PS384" => &signature::RSA_PSS_SHA384,
                    "PS512" => &signature::RSA_PSS_SHA512,
                    _ => &signature::RSA_PKCS1_SHA256,
                };
                let mut signature = vec![0; key.public().modulus_len()];
                key.sign(encoding, &random, message, &mut signature)
                    .unwrap();
                signature
            }
            Self::P256(key) | Self::P384(key) => {
                key.sign(&random, message).unwrap().as_ref().to_vec()
            }
            Self::Ed25519(key) => key.sign(message).as_ref().to_vec(),
        }
    }
}

/// The first two parts of a token.
pub fn unsigned(header: &Value, claims: &Value) -> String {
    format!(
        "{}.{}",
        text(header.to_string().as_bytes()),
        text(claims.to_string().as_bytes())
    )
}

/// Seconds since 1970, as long after the beginning of the tests' clocks.
pub fn time(after_s: i64) -> i64 {
    EPOCH_US / 1_000_000 + after_s
}

fn text(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
