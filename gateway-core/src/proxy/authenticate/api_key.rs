//! By an API key.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use http::HeaderName;
use http::header::AUTHORIZATION;
use http::request::Parts;
use percent_encoding::percent_decode_str;

use super::{Good, Reason, Refused, credentials, looks_like_a_key};
use crate::keys::{ApiKey, KeyRefusal, format};
use crate::proxy::caller::Caller;
use crate::proxy::error::ErrorCode;
use crate::record::decision::Facts;
use crate::snapshot::key_places::KeyPlaces;

/// Where a key stands that is granted to a request of the gateway's own.
pub(crate) const WINDOW: &str = "the window";

/// A request that is looked through for keys.
#[derive(Clone, Copy)]
pub(super) struct Look<'r> {
    pub(super) head: &'r Parts,
    pub(super) places: &'r KeyPlaces,
    /// Whether bearer tokens may be of another kind.
    pub(super) tokens: bool,
    /// Whether keys may be masked: the request is one of the log.
    pub(super) masked: bool,
}

/// A key, or what stands where one would.
struct Shown<'r> {
    place: Place,
    text: Cow<'r, [u8]>,
}

#[derive(Clone)]
enum Place {
    Header(HeaderName),
    Query(String),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Header(name) => write!(f, "header {name}"),
            Self::Query(name) => write!(f, "query parameter {name}"),
        }
    }
}

/// Whether there is something to look at.
pub(super) fn is_shown(look: &Look<'_>) -> bool {
    !find_keys(look).is_empty()
}

/// The caller, by the key that is shown.
pub(super) fn check(
    look: &Look<'_>,
    is_good: impl FnOnce(&str) -> Result<Arc<ApiKey>, KeyRefusal>,
) -> Result<Good, Box<Refused>> {
    let found = find_keys(look);
    let Some(first) = found.first() else {
        return Err(Box::new(missing(look.places)));
    };
    let refuse = |refusal| {
        let mut refused = refused(refusal, Some(first), look.places);
        // Where it is masked, what is left of it is just that.
        if let (true, Facts::KeyRefused { hint, .. }) = (look.masked, &mut refused.facts)
            && first.text.starts_with(b"gw_")
            && hint.is_none()
        {
            let text = String::from_utf8_lossy(&first.text);
            *hint = text.contains('…').then(|| text.into_owned());
        }
        Box::new(refused)
    };
    if found.iter().any(|other| other.text != first.text) {
        return Err(refuse(KeyRefusal {
            code: ErrorCode::KeyDuplicate,
            key: None,
        }));
    }
    let key = match std::str::from_utf8(&first.text) {
        Ok(text) => is_good(text),
        Err(_) => Err(KeyRefusal {
            code: ErrorCode::KeyMalformed,
            key: None,
        }),
    };
    Ok(Good {
        caller: caller(key.map_err(refuse)?),
        place: Some(first.place.to_string()),
        ..Good::default()
    })
}

/// The caller, by a key that counts as shown. What a request shows beside it is none of its own.
pub(super) fn granted(key: Result<Arc<ApiKey>, KeyRefusal>) -> Result<Good, Box<Refused>> {
    match key {
        Ok(key) => Ok(Good {
            place: Some(WINDOW.to_owned()),
            caller: caller(key),
            ..Good::default()
        }),
        Err(KeyRefusal { code, key }) => Err(Box::new(Refused {
            facts: Facts::KeyRefused {
                code,
                key: key.as_ref().map(|key| key.id),
                name: key.as_ref().map(|key| key.name.clone()),
                place: Some(WINDOW.to_owned()),
                hint: key.as_ref().map(|key| key.hint.clone()),
                ended_at_us: key.as_ref().and_then(|key| ended_at_us(key, code)),
            },
            key,
            error: Reason::Unauthenticated {
                code,
                detail: advice(code).into(),
                bearer: None,
            },
        })),
    }
}

fn caller(key: Arc<ApiKey>) -> Caller {
    Caller {
        consumer: Some(key.consumer.as_str().into()),
        credential: Some(key.id.to_string().into()),
        scopes: key.scopes.clone(),
        plan: key.plan.clone(),
        key: Some(key),
        ..Caller::default()
    }
}

/// Where keys stand, and what stands there. A bearer token that does not begin as keys do, beside
/// a header for keys, is meant for the service.
fn find_keys<'r>(look: &Look<'r>) -> Vec<Shown<'r>> {
    let Look {
        head,
        places,
        tokens,
        masked: _,
    } = *look;
    let mut found: Vec<_> = places
        .headers
        .iter()
        .flat_map(|name| {
            let values = head.headers.get_all(name).iter();
            values.map(|value| Shown {
                place: Place::Header(name.clone()),
                text: value.as_bytes().into(),
            })
        })
        .collect();
    if let Some(name) = &places.query {
        let query = head.uri.query().unwrap_or_default();
        found.extend(parameters(query, name).map(|text| Shown {
            place: Place::Query(name.clone()),
            text,
        }));
    }
    for token in credentials(&head.headers, "bearer").filter(|_| places.bearer) {
        let alone = !tokens && found.is_empty();
        if looks_like_a_key(token) || alone {
            found.push(Shown {
                place: Place::Header(AUTHORIZATION),
                text: token.into(),
            });
        }
    }
    found
}

/// What a query says for this name, each time it does.
fn parameters<'q>(query: &'q str, wanted: &'q str) -> impl Iterator<Item = Cow<'q, [u8]>> {
    query.split('&').filter_map(move |pair| {
        let (name, value) = pair.split_once('=')?;
        (percent_decode_str(name).decode_utf8_lossy() == wanted)
            .then(|| percent_decode_str(value).into())
    })
}

/// That there is no key.
pub(super) fn missing(places: &KeyPlaces) -> Refused {
    refused(
        KeyRefusal {
            code: ErrorCode::KeyMissing,
            key: None,
        },
        None,
        places,
    )
}

fn refused(refusal: KeyRefusal, shown: Option<&Shown<'_>>, places: &KeyPlaces) -> Refused {
    let KeyRefusal { code, key } = refusal;
    let hint = shown
        .and_then(|shown| std::str::from_utf8(&shown.text).ok())
        .filter(|text| format::is_well_formed(text))
        .map(format::hint);
    Refused {
        facts: Facts::KeyRefused {
            code,
            key: key.as_ref().map(|key| key.id),
            name: key.as_ref().map(|key| key.name.clone()),
            place: shown.map(|shown| shown.place.to_string()),
            hint,
            ended_at_us: key.as_ref().and_then(|key| ended_at_us(key, code)),
        },
        key,
        error: Reason::Unauthenticated {
            code,
            detail: match code {
                ErrorCode::KeyMissing => places.advice().into(),
                code => advice(code).into(),
            },
            bearer: shown.map(|_| ""),
        },
    }
}

fn ended_at_us(key: &ApiKey, code: ErrorCode) -> Option<i64> {
    match code {
        ErrorCode::KeyRevoked => key.revoked_at_us,
        ErrorCode::KeyExpired => key.expires_at_us,
        _ => None,
    }
}

pub(super) fn advice(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::KeyMalformed => {
            "What was sent cannot be an API key: its form or its checksum is wrong."
        }
        ErrorCode::KeyRevoked => "This API key has been revoked.",
        ErrorCode::KeyExpired => "This API key has expired.",
        ErrorCode::KeyDuplicate => "Send one API key; several different ones were sent.",
        _ => "This API key is not known here.",
    }
}
