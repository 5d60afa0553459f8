//! By an API key.

use http::HeaderMap;
use http::header::{AUTHORIZATION, HeaderName};

use super::{Good, Reason, Refused, credentials, looks_like_a_key};
use crate::keys::{KeyRefusal, KeyRing, format};
use crate::proxy::caller::Caller;
use crate::proxy::error::ErrorCode;
use crate::record::decision::Facts;

/// Header in which an API key may stand, besides `Authorization: Bearer`.
pub const KEY_HEADER: HeaderName = HeaderName::from_static("x-api-key");

/// Whether there is something to look at. `tokens`: bearer tokens may be of another kind.
pub(super) fn is_shown(headers: &HeaderMap, tokens: bool) -> bool {
    !find_keys(headers, tokens).is_empty()
}

/// The caller, by the key that is shown.
pub(super) fn check(headers: &HeaderMap, keys: &KeyRing, tokens: bool) -> Result<Good, Refused> {
    let found = find_keys(headers, tokens);
    let Some((first_place, first)) = found.first() else {
        return Err(missing());
    };
    let place = Some((first_place, *first));
    if found.iter().any(|(_, other)| other != first) {
        return Err(refused(
            KeyRefusal {
                code: ErrorCode::KeyDuplicate,
                key: None,
            },
            place,
        ));
    }
    let key = match std::str::from_utf8(first) {
        Ok(text) => keys.check(text),
        Err(_) => Err(KeyRefusal {
            code: ErrorCode::KeyMalformed,
            key: None,
        }),
    };
    let key = key.map_err(|refusal| refused(refusal, place))?;
    Ok(Good {
        place: Some(format!("header {first_place}")),
        issuer: None,
        caller: Caller {
            consumer: Some(key.consumer.as_str().into()),
            credential: Some(key.id.to_string().into()),
            key: Some(key),
            credential_headers: found.into_iter().map(|(place, _)| place).collect(),
            ..Caller::default()
        },
    })
}

/// Where keys stand, and what stands there. A bearer token that has not the form of a key, beside
/// `X-API-Key`, is meant for the service.
fn find_keys(headers: &HeaderMap, tokens: bool) -> Vec<(HeaderName, &[u8])> {
    let mut found: Vec<_> = headers
        .get_all(KEY_HEADER)
        .iter()
        .map(|value| (KEY_HEADER, value.as_bytes()))
        .collect();
    for token in credentials(headers, "bearer") {
        let is_key = std::str::from_utf8(token).is_ok_and(format::is_well_formed);
        let may_be_key = match tokens {
            true => looks_like_a_key(token),
            false => found.is_empty(),
        };
        if is_key || may_be_key {
            found.push((AUTHORIZATION, token));
        }
    }
    found
}

/// That there is no key.
pub(super) fn missing() -> Refused {
    refused(
        KeyRefusal {
            code: ErrorCode::KeyMissing,
            key: None,
        },
        None,
    )
}

fn refused(refusal: KeyRefusal, place: Option<(&HeaderName, &[u8])>) -> Refused {
    let KeyRefusal { code, key } = refusal;
    let hint = place
        .and_then(|(_, text)| std::str::from_utf8(text).ok())
        .filter(|text| format::is_well_formed(text))
        .map(format::hint);
    Refused {
        facts: Facts::KeyRefused {
            code,
            key: key.as_ref().map(|key| key.id),
            name: key.as_ref().map(|key| key.name.clone()),
            place: place.map(|(name, _)| format!("header {name}")),
            hint,
        },
        key,
        error: Reason::Unauthenticated {
            code,
            detail: advice(code).into(),
            bearer: place.map(|_| ""),
        },
    }
}

fn advice(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::KeyMissing => {
            "Send an API key in the header `X-API-Key`, or as `Authorization: Bearer`."
        }
        ErrorCode::KeyMalformed => {
            "What was sent cannot be an API key: its form or its checksum is wrong."
        }
        ErrorCode::KeyRevoked => "This API key has been revoked.",
        ErrorCode::KeyDuplicate => "Send one API key; several different ones were sent.",
        _ => "This API key is not known here.",
    }
}
