//! Who issues the tokens that are taken.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::ids::IssuerName;

/// An issuer of JSON Web Tokens (RFC 7519).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Issuer {
    /// Unique name: lower-case letters, digits, `-`, `_` and `.`.
    pub name: IssuerName,
    /// The claim `iss` of its tokens, exactly.
    #[schema(example = "https://login.example.com/")]
    pub issuer: String,
    /// One of these has to be among the claim `aud`. Empty: `aud` is not looked at.
    #[serde(default)]
    pub audiences: Vec<String>,
    /// The algorithms that are taken, and no others. All of one kind: `HS*` or public keys.
    #[schema(min_items = 1)]
    pub algorithms: Vec<TokenAlgorithm>,
    /// Its public keys, as a JSON Web Key Set (RFC 7517).
    #[serde(default)]
    pub jwks: Option<Jwks>,
    /// For `HS256`, `HS384` and `HS512`: where the shared secret is. Never the secret itself.
    #[serde(default)]
    pub secret: Option<SecretFrom>,
    /// Claim whose value names the consumer.
    #[serde(default = "sub")]
    pub consumer_claim: String,
    /// Claims that hold scopes, as a list or as text with spaces between them. A path such as
    /// `realm_access.roles` leads into objects.
    #[serde(default = "scope_claims")]
    pub scope_claims: Vec<String>,
    /// Claim that holds groups, as a list or as text with spaces between them. Absent: none.
    #[serde(default)]
    pub groups_claim: Option<String>,
    /// How far clocks may differ, in seconds.
    #[serde(default = "a_minute")]
    #[schema(maximum = 600)]
    pub leeway_s: u32,
}

fn sub() -> String {
    "sub".to_owned()
}

fn scope_claims() -> Vec<String> {
    vec!["scope".to_owned(), "scp".to_owned()]
}

fn a_minute() -> u32 {
    60
}

/// A signature algorithm (RFC 7518, RFC 8037). `none` is not one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
pub enum TokenAlgorithm {
    /// HMAC with SHA-256.
    HS256,
    /// HMAC with SHA-384.
    HS384,
    /// HMAC with SHA-512.
    HS512,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    RS256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    RS384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    RS512,
    /// RSASSA-PSS with SHA-256.
    PS256,
    /// RSASSA-PSS with SHA-384.
    PS384,
    /// RSASSA-PSS with SHA-512.
    PS512,
    /// ECDSA on P-256 with SHA-256.
    ES256,
    /// ECDSA on P-384 with SHA-384.
    ES384,
    /// Ed25519.
    EdDSA,
}

/// Where an issuer's public keys are. Either `url` or `file`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Jwks {
    /// Fetched from here, at most 256 KiB. If that fails, the keys fetched before stay good.
    #[serde(default)]
    pub url: Option<String>,
    /// Read from this file when the configuration comes into force.
    #[serde(default)]
    pub file: Option<String>,
    /// How long fetched keys are used before they are fetched anew, in seconds. A token with an
    /// unknown key brings that forward, at most every 30 seconds.
    #[serde(default = "a_quarter")]
    #[schema(minimum = 30, maximum = 604_800)]
    pub refresh_s: u32,
}

fn a_quarter() -> u32 {
    900
}

/// Where a secret is. Either `env` or `file`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SecretFrom {
    /// Name of an environment variable of the gateway.
    #[serde(default)]
    pub env: Option<String>,
    /// Path of a file; a line break at its end is no part of the secret.
    #[serde(default)]
    pub file: Option<String>,
}

/// An issuer of one's own for test tokens. It signs with a key made on first use, which never
/// leaves the data folder, and publishes the public key on loopback at `/.well-known/jwks.json`.
/// The name `local` in a route's `issuers` means it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LocalIssuer {
    /// TCP port on 127.0.0.1; `http://127.0.0.1:<port>` is the claim `iss` of its tokens.
    #[schema(minimum = 1, maximum = 65535)]
    pub port: u16,
}
