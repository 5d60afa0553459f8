//! What is taken for granted of credentials where one only asks what would become of a request.

use std::sync::Arc;

use http::HeaderMap;

use super::{Found, Good, Reason, Refused, challenge, credentials, refusal};
use crate::config::AuthenticationMethod;
use crate::ids::KeyId;
use crate::keys::{ApiKey, KeyRefusal, KeyRing, good_then};
use crate::proxy::caller::Caller;
use crate::proxy::error::{ErrorCode, ProxyError};
use crate::proxy::what_if::{Consent, Password, WhatIf, is_masked};
use crate::record::decision::Facts;
use crate::snapshot::authentication::{ForwardAuth, Method};

/// The consumer that one has chosen, whatever is shown.
pub(super) fn consumer(what_if: &WhatIf, consumer: &str, method: &Method) -> Good {
    let way = challenge::named(method.kind());
    what_if.notes.say(format!(
        "The caller is taken to have shown {way} of the consumer `{consumer}`."
    ));
    Good {
        caller: Caller {
            consumer: Some(consumer.into()),
            credential: Some(consumer.into()),
            ..Caller::default()
        },
        not_asked: match method {
            Method::Forward(forward) => Some(forward.url.to_string()),
            Method::ApiKey | Method::Basic | Method::Jwt(_) => None,
        },
        ..Good::default()
    }
}

/// The API key that is shown, or that stands where one is masked.
pub(super) fn key(what_if: &WhatIf, keys: &KeyRing, text: &str) -> Result<Arc<ApiKey>, KeyRefusal> {
    let then_us = what_if.now.epoch_us;
    if !is_masked(text.as_bytes()) {
        return keys.peek_then(text, then_us);
    }
    match &what_if.caller.key {
        Some(Ok(key)) => good_then(key.clone(), then_us),
        Some(Err(code)) => {
            what_if
                .notes
                .say("What was sent as API key is not in the log; it is refused as it was then.");
            Err(KeyRefusal {
                code: *code,
                key: None,
            })
        }
        None => {
            what_if.notes.say(
                "What was sent as API key is not in the log, and nobody looked at it then; it is \
                 taken for one that was never issued.",
            );
            Err(KeyRefusal {
                code: ErrorCode::KeyInvalid,
                key: None,
            })
        }
    }
}

/// The API key that was granted to a request of the gateway's own.
pub(super) fn granted(
    what_if: &WhatIf,
    keys: &KeyRing,
    id: KeyId,
) -> Result<Arc<ApiKey>, KeyRefusal> {
    let key = keys.get(id).ok_or(KeyRefusal {
        code: ErrorCode::KeyInvalid,
        key: None,
    })?;
    good_then(Arc::new(key), what_if.now.epoch_us)
}

/// What was found of a name and a password that are masked; `None` where they are there.
pub(super) fn password(what_if: &WhatIf, headers: &HeaderMap) -> Option<Result<Good, Refused>> {
    let shown = credentials(headers, "basic").next()?;
    if !is_masked(shown) {
        return None;
    }
    let wrong = |reason: String, consumer: Option<String>| {
        let (method, code) = (
            Some(AuthenticationMethod::Basic),
            ErrorCode::PasswordInvalid,
        );
        let told = "There is no such name with such a password.";
        let mut refused = refusal(method, code, reason, told.into(), None);
        if let Facts::CallerRefused {
            consumer: known, ..
        } = &mut refused.facts
        {
            *known = consumer;
        }
        refused
    };
    Some(match &what_if.caller.password {
        Some(Password::Of(consumer)) => {
            what_if.notes.say(format!(
                "The password is not in the log; it is taken to be that of `{consumer}`, as then."
            ));
            Ok(Good {
                caller: Caller {
                    consumer: Some(consumer.as_str().into()),
                    credential: Some(consumer.as_str().into()),
                    credential_headers: vec![http::header::AUTHORIZATION],
                    ..Caller::default()
                },
                ..Good::default()
            })
        }
        Some(Password::With { groups, scopes }) => {
            what_if.notes.say(
                "The password is not in the log; it is taken to be right, and to give the groups \
                 and scopes that it gave then.",
            );
            Ok(Good {
                caller: Caller {
                    groups: groups.clone(),
                    scopes: scopes.clone(),
                    credential_headers: vec![http::header::AUTHORIZATION],
                    ..Caller::default()
                },
                ..Good::default()
            })
        }
        Some(Password::Wrong { reason, consumer }) => {
            what_if
                .notes
                .say("The password is not in the log; it is refused as it was then.");
            Err(wrong(reason.clone(), consumer.clone()))
        }
        None => {
            what_if.notes.say(
                "The password is not in the log, and nobody looked at it then; it is taken for a \
                 wrong one.",
            );
            Err(wrong("The password is not known.".to_owned(), None))
        }
    })
}

/// Whether the signature of a token is taken to be right where it is masked.
pub(super) fn signature(what_if: &WhatIf) -> bool {
    let (good, note) = match what_if.caller.signature {
        Some(true) => (true, "it is taken to be right, as then"),
        Some(false) => (false, "it is refused as it was then"),
        None => (true, "nobody looked at it then; it is taken to be right"),
    };
    what_if.notes.say(format!(
        "The signature of the token is not in the log; {note}."
    ));
    good
}

/// What the service that is asked about callers said then, or that it would be asked.
pub(super) fn consent(what_if: &WhatIf, forward: &ForwardAuth) -> Found {
    let url = forward.url.to_string();
    let as_then = || {
        what_if.notes.say(format!(
            "`{url}` is not asked about the caller; its answer is taken to be the one of then."
        ));
    };
    let consumer = match &what_if.caller.consent {
        Some(Consent::Refused(facts)) if is_about(facts, &url) => {
            as_then();
            let mut response = http::Response::new(crate::proxy::body::AnswerBody::Own(
                http_body_util::Full::default(),
            ));
            if let Facts::RefusedElsewhere { status, .. } = facts
                && let Ok(status) = http::StatusCode::from_u16(*status)
            {
                *response.status_mut() = status;
            }
            return Found::Answered {
                facts: facts.clone(),
                response: Box::new(response),
            };
        }
        Some(Consent::Silent(code, reason)) => {
            as_then();
            return Found::Refused(Box::new(Refused {
                facts: Facts::CallerRefused {
                    code: *code,
                    method: Some(AuthenticationMethod::Forward),
                    reason: reason.clone(),
                    consumer: None,
                },
                key: None,
                error: Reason::Other(ProxyError::Upstream(*code, reason.clone())),
            }));
        }
        Some(Consent::Given(consumer)) => {
            as_then();
            consumer.clone()
        }
        Some(Consent::Refused(_)) | None => {
            what_if.notes.say(format!(
                "`{url}` would be asked about the caller; its answer is taken to be yes."
            ));
            None
        }
    };
    Found::Good(Box::new(Good {
        caller: Caller {
            credential: consumer.as_deref().map(Into::into),
            consumer: consumer.as_deref().map(Into::into),
            ..Caller::default()
        },
        not_asked: Some(url),
        ..Good::default()
    }))
}

fn is_about(facts: &Facts, url: &str) -> bool {
    matches!(facts, Facts::RefusedElsewhere { url: then, .. } if then == url)
}
