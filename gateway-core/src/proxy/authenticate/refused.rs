//! That no credential is shown, or none that is good.

use std::borrow::Cow;
use std::sync::Arc;

use super::{Asking, Authenticated, api_key, challenge};
use crate::config::AuthenticationMethod;
use crate::keys::ApiKey;
use crate::proxy::decided::Decided;
use crate::proxy::error::{ErrorCode, ProxyError, Unauthenticated};
use crate::record::decision::{Facts, Verdict};
use crate::snapshot::authentication::{Authentication, Method};
use crate::snapshot::key_places::KeyPlaces;

/// A credential that is missing or not good.
pub(super) struct Refused {
    pub(super) facts: Facts,
    pub(super) key: Option<Arc<ApiKey>>,
    pub(super) error: Reason,
}

/// What the caller is told.
pub(super) enum Reason {
    /// 401, with a challenge for each way.
    Unauthenticated {
        code: ErrorCode,
        detail: Cow<'static, str>,
        /// What is wrong with the bearer token (RFC 6750), if one was shown.
        bearer: Option<&'static str>,
    },
    /// Something else.
    Other(ProxyError),
}

/// That nothing is shown, or nothing of the kind that is needed too.
pub(super) fn missing(asking: &Asking<'_>, kind: Option<AuthenticationMethod>) -> Refused {
    let wanted = asking.wanted;
    if let [Method::ApiKey] = wanted.methods[..] {
        return api_key::missing(&asking.snapshot.key_places);
    }
    let needed = match kind {
        Some(kind) => challenge::named(kind).to_owned(),
        None => {
            let all = wanted.methods.iter();
            let all: Vec<_> = all.map(|method| challenge::named(method.kind())).collect();
            all.join(" or ")
        }
    };
    let reason = format!("No credential was sent: {needed} is needed.");
    let code = ErrorCode::CredentialMissing;
    refusal(kind, code, reason.clone(), reason.into(), None)
}

/// That a credential of a kind is not good: `reason` is for the log, `detail` for the caller.
pub(super) fn refusal(
    method: Option<AuthenticationMethod>,
    code: ErrorCode,
    reason: String,
    detail: Cow<'static, str>,
    bearer: Option<&'static str>,
) -> Refused {
    Refused {
        facts: Facts::CallerRefused {
            code,
            method,
            reason,
            consumer: None,
        },
        key: None,
        error: Reason::Unauthenticated {
            code,
            detail,
            bearer,
        },
    }
}

/// What follows from it.
pub(super) fn refused(asking: &Asking<'_>, why: Refused) -> Authenticated {
    let Refused { facts, key, error } = why;
    let error = match error {
        Reason::Other(error) => error,
        Reason::Unauthenticated {
            code,
            detail,
            bearer,
        } => ProxyError::Unauthenticated(Box::new(Unauthenticated {
            code,
            detail,
            challenges: challenge::all(asking.wanted, &asking.snapshot.key_places, bearer),
        })),
    };
    let decided = Decided {
        verdict: Verdict::Stopped,
        facts,
        result: Err(error),
    };
    Authenticated { key, decided }
}

/// The refusal of a credential that is not good, of a kind that the route takes: for a person who
/// wants to see what callers do about it.
pub fn as_if_refused(wanted: &Authentication, places: &KeyPlaces) -> ProxyError {
    const EXPIRED: &str = "The token has expired.";
    let (code, detail, bearer) = if wanted.takes_keys() || wanted.methods.is_empty() {
        let code = ErrorCode::KeyInvalid;
        (code, api_key::advice(code), None)
    } else if wanted.takes_tokens() {
        (ErrorCode::TokenInvalid, EXPIRED, Some(EXPIRED))
    } else {
        let code = ErrorCode::PasswordInvalid;
        (code, code.title(), None)
    };
    let mut challenges = challenge::all(wanted, places, bearer);
    if challenges.is_empty() {
        challenges.push(places.challenge());
    }
    ProxyError::Unauthenticated(Box::new(Unauthenticated {
        code,
        detail: detail.into(),
        challenges,
    }))
}
