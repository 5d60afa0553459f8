//! What the log knows of a request that cannot be found out again: what was found of secrets that are
//! masked, whose turn it was, how limits stood.

use std::sync::Arc;

use super::{KeyId, NamedBy, RouteName, VersionName};
use crate::config::AuthenticationMethod;
use crate::keys::{ApiKey, KeyRing};
use crate::proxy::authenticate::WINDOW;
use crate::proxy::error::{ErrorCode, ProxyError};
use crate::proxy::what_if::{Assumed, Consent, Password};
use crate::record::decision::{Decision, Facts, Stage, Verdict};
use crate::record::detail::Kept;
use crate::record::summary::ExchangeSummary;
use crate::snapshot::limits::stood::Stood;
use crate::tokens::TokenError;

/// What is known of a request in the log.
#[derive(Default)]
pub(super) struct Known {
    /// Of its caller.
    pub(super) caller: Assumed,
    /// The version that it got, where its turn or a cookie decided.
    pub(super) version: Option<(RouteName, VersionName, NamedBy)>,
    /// How limits stood.
    pub(super) limits: Stood,
    /// The key that the gateway granted it, since it sent it itself.
    pub(super) granted: Option<KeyId>,
    /// The consumer as which it did.
    pub(super) granted_consumer: Option<Arc<str>>,
    /// Whether its bearer token was taken for an API key, of which nothing is left.
    pub(super) bearer_key: bool,
    /// What was wrong with its bytes.
    pub(super) refused: Option<ProxyError>,
    /// What else cannot be known.
    pub(super) notes: Vec<String>,
}

/// What is known of a request in the log.
pub(super) fn known(summary: &ExchangeSummary, kept: &Kept, keys: &KeyRing) -> Known {
    let at = |stage| kept.trace.iter().find(|decision| decision.stage == stage);
    let mut known = Known {
        caller: caller(summary, at(Stage::Authenticate), keys),
        version: at(Stage::Version).and_then(|decision| version(summary, decision)),
        limits: at(Stage::RateLimit).map_or_else(Stood::default, |d| Stood::of(&d.facts)),
        granted: at(Stage::Authenticate).and_then(granted),
        granted_consumer: at(Stage::Authenticate).and_then(granted_consumer),
        bearer_key: at(Stage::Authenticate).is_some_and(is_bearer_key),
        refused: at(Stage::Accept).and_then(refused),
        notes: Vec::new(),
    };
    if known.caller.key.is_none() {
        known.caller.key = by_hint(kept, summary, keys).map(Ok);
    }
    let unseen = |error: &ProxyError| {
        !matches!(
            error.code(),
            ErrorCode::UriTooLong | ErrorCode::HeadersTooLarge
        )
    };
    if known.refused.as_ref().is_some_and(unseen) {
        let note = "What was wrong with the request's bytes cannot be seen any more; it is refused \
                    as it was then.";
        known.notes.push(note.to_owned());
    }
    known
}

fn caller(summary: &ExchangeSummary, decision: Option<&Decision>, keys: &KeyRing) -> Assumed {
    let key = summary.key.as_ref().and_then(|key| keys.get(key.id));
    let mut assumed = Assumed {
        key: key.map(|key| Ok(Arc::new(key))),
        ..Assumed::default()
    };
    match decision.map(|decision| &decision.facts) {
        Some(Facts::KeyRefused {
            code, key: None, ..
        }) => assumed.key = Some(Err(*code)),
        Some(Facts::CallerKnown {
            methods,
            consumer,
            groups,
            scopes,
            ..
        }) => {
            assumed.password = match (methods.first(), consumer) {
                (Some(AuthenticationMethod::Basic), Some(consumer)) => {
                    Some(Password::Of(consumer.clone()))
                }
                _ if methods.contains(&AuthenticationMethod::Basic) => Some(Password::With {
                    groups: groups.clone(),
                    scopes: scopes.clone(),
                }),
                _ => None,
            };
            if methods.contains(&AuthenticationMethod::Jwt) {
                assumed.signature = Some(true);
            }
            if methods.contains(&AuthenticationMethod::Forward) {
                assumed.consent = Some(Consent::Given(consumer.clone()));
            }
        }
        Some(Facts::CallerRefused {
            code,
            method,
            reason,
            consumer,
        }) => match method {
            Some(AuthenticationMethod::Basic) => {
                assumed.password = Some(Password::Wrong {
                    reason: reason.clone(),
                    consumer: consumer.clone(),
                });
            }
            Some(AuthenticationMethod::Jwt) => {
                let wrong = *reason == TokenError::Signature.to_string();
                assumed.signature = wrong.then_some(false);
            }
            Some(AuthenticationMethod::Forward) => {
                assumed.consent = Some(Consent::Silent(*code, reason.clone()));
            }
            Some(AuthenticationMethod::ApiKey) | None => {}
        },
        Some(facts @ Facts::RefusedElsewhere { .. }) => {
            assumed.consent = Some(Consent::Refused(facts.clone()));
        }
        _ => {}
    }
    assumed
}

/// The key that nobody looked at, by what is left of it, if only one looks like that.
fn by_hint(kept: &Kept, summary: &ExchangeSummary, keys: &KeyRing) -> Option<Arc<ApiKey>> {
    let values = kept.client_request.iter().map(|line| line.value.as_str());
    let values = values.chain(summary.query.as_deref());
    let shown: Vec<_> = values.filter(|value| value.contains('…')).collect();
    if shown.is_empty() {
        return None;
    }
    let all = keys.list().into_iter();
    let mut alike = all.filter(|key| shown.iter().any(|value| value.contains(&key.hint)));
    let one = alike.next()?;
    alike.next().is_none().then(|| Arc::new(one))
}

fn is_bearer_key(decision: &Decision) -> bool {
    match &decision.facts {
        Facts::KeyRefused { place, .. } => place.as_deref() == Some("header authorization"),
        _ => false,
    }
}

fn granted(decision: &Decision) -> Option<KeyId> {
    match &decision.facts {
        Facts::KeyAccepted { key, place, .. } if place == WINDOW => Some(*key),
        Facts::KeyRefused { key, place, .. } if place.as_deref() == Some(WINDOW) => *key,
        _ => None,
    }
}

/// Who was not shown in any way is who the window said.
fn granted_consumer(decision: &Decision) -> Option<Arc<str>> {
    match &decision.facts {
        Facts::CallerKnown {
            methods,
            consumer: Some(consumer),
            ..
        } if methods.is_empty() => Some(consumer.as_str().into()),
        _ => None,
    }
}

fn version(
    summary: &ExchangeSummary,
    decision: &Decision,
) -> Option<(RouteName, VersionName, NamedBy)> {
    match &decision.facts {
        Facts::VersionChosen { version, by } => {
            Some((summary.route.clone()?, version.clone(), *by))
        }
        _ => None,
    }
}

/// Why its bytes were refused, where that is not surely to be seen in what was read of them.
fn refused(decision: &Decision) -> Option<ProxyError> {
    match (&decision.facts, decision.verdict) {
        (
            Facts::NotAccepted {
                code:
                    code @ (ErrorCode::BadRequest
                    | ErrorCode::TransferCodingUnsupported
                    | ErrorCode::HttpVersionUnsupported
                    | ErrorCode::UriTooLong
                    | ErrorCode::HeadersTooLarge
                    | ErrorCode::RequestTimeout),
                reason,
            },
            Verdict::Stopped,
        ) => Some(ProxyError::Request(*code, reason.clone().into())),
        _ => None,
    }
}
