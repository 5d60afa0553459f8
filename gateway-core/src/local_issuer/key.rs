//! The key of the local issuer, and the test tokens it signs.
//!
//! The key is made on first use, in the data folder: `local-issuer.key`, for this user alone. Tokens
//! are given to who asked for them, and kept nowhere.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rcgen::{KeyPair, PublicKeyData as _};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::private_file;
use crate::tokens::KeySet;

const KEY_FILE: &str = "local-issuer.key";

/// Claims that are made from the other fields of a wish.
const OWN_CLAIMS: [&str; 8] = ["iss", "sub", "aud", "exp", "iat", "jti", "scope", "groups"];

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum LocalIssuerError {
    /// Its file cannot be read or written.
    #[error("{} cannot be used: {reason}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        reason: io::Error,
    },
    /// Its file holds something else.
    #[error(
        "{} holds no key for ES256 ({reason}); move it away to have another made, with which tokens \
         signed so far are no longer good", path.display()
    )]
    Broken {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
}

/// What a test token should say.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Wish {
    /// `sub`: who it is for.
    pub subject: String,
    /// `aud`; empty for none.
    pub audience: Vec<String>,
    /// `scope`.
    pub scopes: Vec<String>,
    /// `groups`.
    pub groups: Vec<String>,
    /// More claims.
    pub claims: Map<String, Value>,
    /// Seconds from now on that it is good.
    pub expires_in_s: u32,
}

impl Wish {
    /// The first of [`Self::claims`] that is not to be given there.
    pub fn reserved_claim(&self) -> Option<&str> {
        OWN_CLAIMS
            .into_iter()
            .find(|name| self.claims.contains_key(*name))
    }
}

/// The local issuer's key.
pub struct LocalKey {
    signing: EcdsaKeyPair,
    x: String,
    y: String,
    id: String,
}

impl LocalKey {
    /// The key in `folder`, made now where there is none. Blocks on the disk.
    ///
    /// # Errors
    /// It cannot be read or made.
    pub fn open(folder: &Path) -> Result<Self, LocalIssuerError> {
        let path = folder.join(KEY_FILE);
        let failed = |reason| LocalIssuerError::File {
            path: path.clone(),
            reason,
        };
        let pem = match fs::read_to_string(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let key = KeyPair::generate().expect("the system has random numbers");
                private_file::create(&path, key.serialize_pem().as_bytes()).map_err(failed)?;
                // Another may have been quicker, and then it is theirs that counts.
                fs::read_to_string(&path)
            }
            read => read,
        };
        Self::of(&pem.map_err(failed)?).map_err(|reason| LocalIssuerError::Broken { path, reason })
    }

    fn of(pem: &str) -> Result<Self, String> {
        let key = KeyPair::from_pem(pem).map_err(|error| error.to_string())?;
        let signing = EcdsaKeyPair::from_pkcs8(
            &ECDSA_P256_SHA256_FIXED_SIGNING,
            key.serialized_der(),
            &SystemRandom::new(),
        );
        let signing = signing.map_err(|error| error.to_string())?;
        let (x, y) = match key.der_bytes() {
            [4, point @ ..] if point.len() == 64 => point.split_at(32),
            _ => return Err("its public key is no point on P-256".to_owned()),
        };
        let [x, y] = [x, y].map(|half| URL_SAFE_NO_PAD.encode(half));
        // RFC 7638: these members, in this order.
        let thumbprint = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
        Ok(Self {
            signing,
            id: URL_SAFE_NO_PAD.encode(Sha256::digest(thumbprint.as_bytes())),
            x,
            y,
        })
    }

    /// Its public half, as a JSON Web Key Set.
    pub fn jwks(&self) -> Value {
        let Self { x, y, id, .. } = self;
        json!({"keys": [{
            "kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": id, "x": x, "y": y,
        }]})
    }

    /// Its public half, to check tokens with.
    pub fn key_set(&self) -> KeySet {
        KeySet::read(self.jwks().to_string().as_bytes()).expect("it was made for that")
    }

    /// Signs a token of `issuer`, issued at `now_s`.
    pub fn sign(&self, issuer: &str, wish: &Wish, now_s: i64) -> String {
        let Wish {
            subject,
            audience,
            scopes,
            groups,
            claims,
            expires_in_s,
        } = wish;
        let mut all = claims.clone();
        let mut put = |name: &str, value: Value| all.insert(name.to_owned(), value);
        put("iss", json!(issuer));
        put("sub", json!(subject));
        put("iat", json!(now_s));
        put("exp", json!(now_s.saturating_add((*expires_in_s).into())));
        put("jti", json!(Uuid::now_v7()));
        match &audience[..] {
            [] => None,
            [one] => put("aud", json!(one)),
            several => put("aud", json!(several)),
        };
        if !scopes.is_empty() {
            put("scope", json!(scopes.join(" ")));
        }
        if !groups.is_empty() {
            put("groups", json!(groups));
        }
        let header = json!({"alg": "ES256", "typ": "JWT", "kid": self.id});
        let encode = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
        let signed = format!("{}.{}", encode(&header), encode(&Value::Object(all)));
        let signature = self
            .signing
            .sign(&SystemRandom::new(), signed.as_bytes())
            .expect("the system has random numbers");
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokens::Compact;

    fn wish() -> Wish {
        Wish {
            subject: "anna".to_owned(),
            audience: vec!["shop".to_owned()],
            scopes: vec!["read".to_owned(), "write".to_owned()],
            groups: vec!["staff".to_owned()],
            claims: json!({"plan": "gold"}).as_object().unwrap().clone(),
            expires_in_s: 60,
        }
    }

    /// JWT-4
    #[test]
    fn a_token_is_signed_with_the_key_that_is_published() {
        let folder = tempfile::tempdir().unwrap();
        let key = LocalKey::open(folder.path()).unwrap();
        let text = key.sign("http://127.0.0.1:9000", &wish(), 1_000);
        let token = Compact::read(&text).ok().unwrap();
        let set = key.key_set();
        let found = set.find(token.key_id.as_deref(), token.algorithm);
        let [found] = found.ok().unwrap()[..] else {
            panic!("one key was expected");
        };
        assert!(
            found
                .key
                .verify(token.algorithm, token.signed, &token.signature)
        );
        let claims = Value::Object(token.claims);
        for (name, expected) in [
            ("iss", json!("http://127.0.0.1:9000")),
            ("sub", json!("anna")),
            ("aud", json!("shop")),
            ("exp", json!(1_060)),
            ("scope", json!("read write")),
            ("groups", json!(["staff"])),
            ("plan", json!("gold")),
        ] {
            assert_eq!(claims[name], expected, "{name}");
        }
    }

    /// JWT-4
    #[test]
    fn the_key_is_made_once_and_is_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let made = LocalKey::open(folder.path()).unwrap().jwks();
        assert_eq!(LocalKey::open(folder.path()).unwrap().jwks(), made);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let file = folder.path().join(KEY_FILE).metadata().unwrap();
            assert_eq!(file.permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn what_is_no_key_is_said_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(KEY_FILE);
        fs::write(&path, "nonsense").unwrap();
        let error = LocalKey::open(folder.path()).err().unwrap().to_string();
        assert!(error.contains("holds no key for ES256"), "{error}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "nonsense");
    }

    #[test]
    fn claims_that_are_given_elsewhere_are_found() {
        assert_eq!(wish().reserved_claim(), None);
        let mut wish = wish();
        wish.claims.insert("exp".to_owned(), json!(1));
        assert_eq!(wish.reserved_claim(), Some("exp"));
    }
}
