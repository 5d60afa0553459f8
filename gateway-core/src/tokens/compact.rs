//! A token as it is sent (RFC 7515, section 7.1): three parts of base64url with points between them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::error::{TokenError, shown};
use super::members;
use crate::config::TokenAlgorithm;

/// The longest token that is looked at, in bytes.
pub const MOST_BYTES: usize = 16 * 1024;

/// A token that was read. Nothing of it has been checked yet.
pub struct Compact<'t> {
    /// How it says it is signed.
    pub algorithm: TokenAlgorithm,
    /// The key that it says it is signed with.
    pub key_id: Option<String>,
    /// What it claims.
    pub claims: Map<String, Value>,
    /// What is signed: the first two parts as they were sent.
    pub signed: &'t [u8],
    /// The signature.
    pub signature: Vec<u8>,
}

impl<'t> Compact<'t> {
    /// Reads a token.
    ///
    /// # Errors
    /// It has another form, is signed with nothing, or wants something understood that is not.
    pub fn read(token: &'t str) -> Result<Self, TokenError> {
        if token.len() > MOST_BYTES {
            return Err(TokenError::TooLong { most: MOST_BYTES });
        }
        let malformed = TokenError::Malformed;
        let (signed, signature) = token
            .rsplit_once('.')
            .ok_or(malformed("it has no points"))?;
        let (header, claims) = signed
            .split_once('.')
            .ok_or(malformed("it has not three parts"))?;
        if claims.contains('.') {
            return Err(malformed("it has more than three parts"));
        }
        let decode = |part: &str, what| URL_SAFE_NO_PAD.decode(part).map_err(|_| malformed(what));
        let header = decode(header, "its header is not base64url")?;
        let header = members::object(&header)
            .map_err(|_| malformed("its header is no JSON object with distinct members"))?;
        if header.contains_key("crit") {
            return Err(TokenError::Critical);
        }
        let algorithm = match header.get("alg") {
            Some(Value::String(name)) => {
                algorithm(name).ok_or_else(|| TokenError::AlgorithmUnknown(shown(name)))?
            }
            _ => return Err(malformed("its header has no `alg`")),
        };
        let key_id = match header.get("kid") {
            None => None,
            Some(Value::String(id)) => Some(id.clone()),
            Some(_) => return Err(malformed("its `kid` is no text")),
        };
        let claims = decode(claims, "its claims are not base64url")?;
        let claims = members::object(&claims)
            .map_err(|_| malformed("its claims are no JSON object with distinct members"))?;
        Ok(Self {
            algorithm,
            key_id,
            claims,
            signed: signed.as_bytes(),
            signature: decode(signature, "its signature is not base64url")?,
        })
    }

    /// Who it says has issued it.
    ///
    /// # Errors
    /// It does not say.
    pub fn issuer(&self) -> Result<&str, TokenError> {
        match self.claims.get("iss") {
            Some(Value::String(issuer)) => Ok(issuer),
            other => Err(TokenError::Claim {
                claim: "iss",
                problem: match other {
                    None => "is missing".to_owned(),
                    Some(_) => "is no text".to_owned(),
                },
                told: "The token does not say who issued it (iss).",
            }),
        }
    }

    /// That its issuer is none of those that are taken.
    pub fn of_nobody(&self, issuer: &str) -> TokenError {
        TokenError::IssuerUnknown(format!("`{}`", shown(issuer)))
    }
}

/// The algorithm of this name; they are compared as they are written (RFC 7515, section 4.1.1).
pub(super) fn algorithm(name: &str) -> Option<TokenAlgorithm> {
    serde_json::from_value(Value::String(name.to_owned())).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(header: &str, claims: &str) -> String {
        let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
        format!("{}.{}.{}", encode(header), encode(claims), encode("sig"))
    }

    fn refusal(token: &str) -> String {
        match Compact::read(token) {
            Ok(_) => panic!("{token} was read"),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn a_token_is_read() {
        let text = token(
            r#"{"alg":"ES256","kid":"a","typ":"JWT"}"#,
            r#"{"iss":"me"}"#,
        );
        let token = Compact::read(&text).ok().unwrap();
        assert_eq!(token.algorithm, TokenAlgorithm::ES256);
        assert_eq!(token.key_id.as_deref(), Some("a"));
        assert_eq!(token.issuer().unwrap(), "me");
        assert_eq!(token.signature, b"sig");
        assert!(text.as_bytes().starts_with(token.signed));
    }

    /// JWT-1
    #[test]
    fn what_is_not_signed_is_refused() {
        for name in ["none", "None", "NONE", "nOnE", "", "hs256", "HS1", "dir"] {
            let text = token(&format!(r#"{{"alg":"{name}"}}"#), "{}");
            assert!(refusal(&text).contains("not one that signs"), "{name}");
        }
        for header in ["{}", r#"{"alg":null}"#, r#"{"alg":["HS256"]}"#] {
            assert!(
                refusal(&token(header, "{}")).contains("no `alg`"),
                "{header}"
            );
        }
    }

    #[test]
    fn what_has_another_form_is_refused() {
        let good = token(r#"{"alg":"HS256"}"#, "{}");
        for text in [
            String::new(),
            "a".to_owned(),
            "a.b".to_owned(),
            format!("{good}.x"),
            format!(".{good}"),
            good.replace('.', ".."),
            format!("{good}="),
            format!("{good} "),
            token("[]", "{}"),
            token(r#"{"alg":"HS256"}"#, "1"),
            token(r#"{"alg":"HS256","kid":1}"#, "{}"),
            token(r#"{"alg":"HS256","alg":"none"}"#, "{}"),
            token(r#"{"alg":"HS256"}"#, r#"{"sub":"a","sub":"b"}"#),
        ] {
            assert!(
                refusal(&text).starts_with("What was sent is no token"),
                "{text}"
            );
        }
        let critical = token(r#"{"alg":"HS256","crit":["exp"],"exp":1}"#, "{}");
        assert!(refusal(&critical).contains("`crit`"));
        let long = "x".repeat(MOST_BYTES + 1);
        assert!(refusal(&long).contains("longer than 16384 bytes"));
    }
}
