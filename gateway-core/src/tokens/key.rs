//! A key that signatures are checked with.

use ring::hmac;
use ring::signature::{self, RsaParameters, RsaPublicKeyComponents, UnparsedPublicKey};

use crate::config::TokenAlgorithm;
use crate::config::TokenAlgorithm::{
    ES256, ES384, EdDSA, HS256, HS384, HS512, PS256, PS384, PS512, RS256, RS384, RS512,
};

/// A key that signatures are checked with. Of one kind, and good for the algorithms of that kind
/// alone.
#[derive(Clone, PartialEq, Eq)]
pub enum VerifyingKey {
    /// A secret that is shared with the issuer.
    Secret(Vec<u8>),
    /// RSA: modulus and exponent, big-endian, without leading zeros.
    Rsa {
        /// The modulus.
        n: Vec<u8>,
        /// The exponent.
        e: Vec<u8>,
    },
    /// A point on P-256, uncompressed (SEC 1, section 2.3.3).
    P256(Vec<u8>),
    /// A point on P-384, uncompressed.
    P384(Vec<u8>),
    /// Ed25519 (RFC 8032).
    Ed25519(Vec<u8>),
}

impl VerifyingKey {
    /// Whether it is of the kind that this algorithm needs.
    pub fn fits(&self, algorithm: TokenAlgorithm) -> bool {
        match algorithm {
            HS256 | HS384 | HS512 => matches!(self, Self::Secret(_)),
            RS256 | RS384 | RS512 | PS256 | PS384 | PS512 => matches!(self, Self::Rsa { .. }),
            ES256 => matches!(self, Self::P256(_)),
            ES384 => matches!(self, Self::P384(_)),
            EdDSA => matches!(self, Self::Ed25519(_)),
        }
    }

    /// Whether `signature` is one of `message`. Secrets are compared in constant time.
    pub fn verify(&self, algorithm: TokenAlgorithm, message: &[u8], signature: &[u8]) -> bool {
        let public = |algorithm: &'static dyn signature::VerificationAlgorithm, key: &[u8]| {
            UnparsedPublicKey::new(algorithm, key)
                .verify(message, signature)
                .is_ok()
        };
        match self {
            Self::Secret(secret) => hmac_of(algorithm).is_some_and(|hash| {
                let key = hmac::Key::new(hash, secret);
                hmac::verify(&key, message, signature).is_ok()
            }),
            Self::Rsa { n, e } => rsa_of(algorithm).is_some_and(|parameters| {
                let key = RsaPublicKeyComponents { n, e };
                key.verify(parameters, message, signature).is_ok()
            }),
            Self::P256(key) => {
                algorithm == ES256 && public(&signature::ECDSA_P256_SHA256_FIXED, key)
            }
            Self::P384(key) => {
                algorithm == ES384 && public(&signature::ECDSA_P384_SHA384_FIXED, key)
            }
            Self::Ed25519(key) => algorithm == EdDSA && public(&signature::ED25519, key),
        }
    }
}

fn hmac_of(algorithm: TokenAlgorithm) -> Option<hmac::Algorithm> {
    match algorithm {
        HS256 => Some(hmac::HMAC_SHA256),
        HS384 => Some(hmac::HMAC_SHA384),
        HS512 => Some(hmac::HMAC_SHA512),
        RS256 | RS384 | RS512 | PS256 | PS384 | PS512 | ES256 | ES384 | EdDSA => None,
    }
}

/// With keys of 2048 bits and more (RFC 7518, sections 3.3 and 3.5).
fn rsa_of(algorithm: TokenAlgorithm) -> Option<&'static RsaParameters> {
    match algorithm {
        RS256 => Some(&signature::RSA_PKCS1_2048_8192_SHA256),
        RS384 => Some(&signature::RSA_PKCS1_2048_8192_SHA384),
        RS512 => Some(&signature::RSA_PKCS1_2048_8192_SHA512),
        PS256 => Some(&signature::RSA_PSS_2048_8192_SHA256),
        PS384 => Some(&signature::RSA_PSS_2048_8192_SHA384),
        PS512 => Some(&signature::RSA_PSS_2048_8192_SHA512),
        HS256 | HS384 | HS512 | ES256 | ES384 | EdDSA => None,
    }
}
