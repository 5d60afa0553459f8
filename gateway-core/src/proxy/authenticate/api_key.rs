//! By an API key.

use http::header::{AUTHORIZATION, HeaderName};
use http::{HeaderMap, HeaderValue};

use super::Authenticated;
use crate::keys::{KeyRefusal, KeyRing, format};
use crate::proxy::caller::Caller;
use crate::proxy::error::{ErrorCode, ProxyError};
use crate::record::decision::{Facts, Verdict};

/// Header in which an API key may stand, besides `Authorization: Bearer`.
pub const KEY_HEADER: HeaderName = HeaderName::from_static("x-api-key");

/// The caller, by the key that is shown.
pub(super) fn authenticate(headers: &HeaderMap, keys: &KeyRing) -> Authenticated {
    let found = find_keys(headers);
    let Some((first_place, first)) = found.first() else {
        return refused(
            KeyRefusal {
                code: ErrorCode::KeyMissing,
                key: None,
            },
            None,
        );
    };
    let place = Some((first_place, *first));
    if found.iter().any(|(_, other)| other != first) {
        return refused(
            KeyRefusal {
                code: ErrorCode::KeyDuplicate,
                key: None,
            },
            place,
        );
    }
    let key = match std::str::from_utf8(first) {
        Ok(text) => keys.check(text),
        Err(_) => Err(KeyRefusal {
            code: ErrorCode::KeyMalformed,
            key: None,
        }),
    };
    match key {
        Err(refusal) => refused(refusal, place),
        Ok(key) => Authenticated {
            verdict: Verdict::Passed,
            facts: Facts::KeyAccepted {
                key: key.id,
                name: key.name.clone(),
                place: format!("header {first_place}"),
            },
            key: Some(key.clone()),
            result: Ok(Caller {
                consumer: Some(key.consumer.as_str().into()),
                credential: Some(key.id.to_string().into()),
                key: Some(key),
                credential_headers: found.into_iter().map(|(place, _)| place).collect(),
                ..Caller::default()
            }),
        },
    }
}

/// Where keys stand, and what stands there. A bearer token that has not the form of a key, beside
/// `X-API-Key`, is meant for the service.
fn find_keys(headers: &HeaderMap) -> Vec<(HeaderName, &[u8])> {
    let mut found: Vec<_> = headers
        .get_all(KEY_HEADER)
        .iter()
        .map(|value| (KEY_HEADER, value.as_bytes()))
        .collect();
    for token in headers
        .get_all(AUTHORIZATION)
        .iter()
        .filter_map(bearer_token)
    {
        let is_key = std::str::from_utf8(token).is_ok_and(format::is_well_formed);
        if found.is_empty() || is_key {
            found.push((AUTHORIZATION, token));
        }
    }
    found
}

fn bearer_token(value: &HeaderValue) -> Option<&[u8]> {
    let (scheme, token) = value.as_bytes().split_at_checked(7)?;
    scheme
        .eq_ignore_ascii_case(b"bearer ")
        .then(|| token.trim_ascii())
}

fn refused(refusal: KeyRefusal, place: Option<(&HeaderName, &[u8])>) -> Authenticated {
    let KeyRefusal { code, key } = refusal;
    let hint = place
        .and_then(|(_, text)| std::str::from_utf8(text).ok())
        .filter(|text| format::is_well_formed(text))
        .map(format::hint);
    Authenticated {
        verdict: Verdict::Stopped,
        facts: Facts::KeyRefused {
            code,
            key: key.as_ref().map(|key| key.id),
            name: key.as_ref().map(|key| key.name.clone()),
            place: place.map(|(name, _)| format!("header {name}")),
            hint,
        },
        key,
        result: Err(ProxyError::Key(code)),
    }
}
