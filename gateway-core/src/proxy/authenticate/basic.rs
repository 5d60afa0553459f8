//! By a consumer's name and password (RFC 7617).

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use http::HeaderMap;
use http::header::AUTHORIZATION;

use super::{Good, Passwords, Refused, credentials, refusal};
use crate::config::AuthenticationMethod;
use crate::proxy::caller::Caller;
use crate::proxy::error::ErrorCode;
use crate::snapshot::consumers::Consumers;

/// Some callers leave the padding out.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Longer ones are refused unread.
const MOST_BYTES: usize = 4 * 1024;

/// Whether there is something to look at.
pub(super) fn is_shown(headers: &HeaderMap) -> bool {
    credentials(headers, "basic").next().is_some()
}

/// The caller, by the name and the password that are shown.
pub(super) async fn check(
    headers: &HeaderMap,
    consumers: &Consumers,
    passwords: &Passwords,
) -> Result<Good, Refused> {
    let mut shown = credentials(headers, "basic");
    let first = shown.next().unwrap_or_default();
    if shown.any(|other| other != first) {
        let reason = "Several different names with passwords were sent; send one.";
        return Err(wrong(reason.to_owned(), reason, None));
    }
    let malformed = "What was sent is no name with a password in base64.";
    let (user, password) =
        read(first).ok_or_else(|| wrong(malformed.to_owned(), malformed, None))?;
    let stored = consumers
        .get(&user)
        .and_then(|consumer| consumer.password.as_ref());
    // An unknown name takes as long as a wrong password, and is answered the same.
    let good = passwords
        .check(&password, stored.unwrap_or(consumers.decoy()))
        .await;
    let told = "There is no such name with such a password.";
    match (stored, good) {
        (Some(_), true) => Ok(Good {
            caller: Caller {
                consumer: Some(user.as_str().into()),
                credential: Some(user.as_str().into()),
                credential_headers: vec![AUTHORIZATION],
                ..Caller::default()
            },
            ..Good::default()
        }),
        (Some(_), false) => {
            let reason = format!("The password of consumer `{user}` is wrong.");
            Err(wrong(reason, told, Some(user)))
        }
        (None, _) => {
            let known = consumers.get(&user).is_some();
            let reason = match known {
                true => format!("Consumer `{user}` has no password."),
                // What was sent as a name may be a password that was typed in the wrong place.
                false => "No consumer has the name that was sent.".to_owned(),
            };
            Err(wrong(reason, told, known.then_some(user)))
        }
    }
}

/// The name, and the password, in which there may be colons.
fn read(encoded: &[u8]) -> Option<(String, Vec<u8>)> {
    if encoded.len() > MOST_BYTES {
        return None;
    }
    let decoded = BASE64.decode(encoded).ok()?;
    let colon = decoded.iter().position(|byte| *byte == b':')?;
    let user = std::str::from_utf8(&decoded[..colon]).ok()?;
    Some((user.to_owned(), decoded[colon + 1..].to_vec()))
}

fn wrong(reason: String, told: &'static str, consumer: Option<String>) -> Refused {
    let method = Some(AuthenticationMethod::Basic);
    let mut refused = refusal(
        method,
        ErrorCode::PasswordInvalid,
        reason,
        told.into(),
        None,
    );
    if let crate::record::decision::Facts::CallerRefused {
        consumer: known, ..
    } = &mut refused.facts
    {
        *known = consumer;
    }
    refused
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_and_a_password_are_read_whatever_is_in_them() {
        for (plain, name, password) in [
            ("anna:secret", "anna", "secret"),
            ("anna:a:b::c", "anna", "a:b::c"),
            ("jürgen:grüße", "jürgen", "grüße"),
            (":", "", ""),
        ] {
            let encoded = BASE64.encode(plain);
            for encoded in [encoded.as_str(), encoded.trim_end_matches('=')] {
                let (user, given) = read(encoded.as_bytes()).unwrap();
                assert_eq!((user.as_str(), given), (name, password.as_bytes().to_vec()));
            }
        }
        let long = BASE64.encode(format!("anna:{}", "x".repeat(MOST_BYTES)));
        for text in ["", "####", "YW5uYQ==", long.as_str()] {
            assert!(read(text.as_bytes()).is_none(), "{text}");
        }
        let not_utf8 = BASE64.encode(b"\xff:secret");
        assert!(read(not_utf8.as_bytes()).is_none());
    }
}
