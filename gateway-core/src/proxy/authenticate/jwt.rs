//! By a token of an issuer (RFC 7519), sent as `Authorization: Bearer` (RFC 6750).

use std::sync::Arc;

use http::HeaderMap;
use http::header::AUTHORIZATION;

use super::{Good, Reason, Refused, assumed, credentials, looks_like_a_key, refusal};
use crate::clock::Now;
use crate::config::AuthenticationMethod;
use crate::proxy::caller::Caller;
use crate::proxy::error::{ErrorCode, ProxyError, whole_seconds};
use crate::proxy::what_if::WhatIf;
use crate::record::decision::Facts;
use crate::record::redact::MASK;
use crate::snapshot::issuers::{Held, Issuer, KeySource};
use crate::tokens::{Claims, Compact, Expectations, TokenError, VerifyingKey};

/// Why a token does not tell who is asking.
enum Failure {
    /// It is not good.
    Token(TokenError),
    /// That cannot be said, for there is nothing to check it with.
    Unavailable { reason: String, retry_after_ms: u64 },
}

/// What shows that a token is the issuer's.
#[derive(Clone, Copy)]
enum Proof {
    /// Its signature.
    Signature,
    /// Its signature, where nothing may be fetched to check it.
    SignatureByHeldKeys,
    /// Its signature is masked; whether it was right is taken for granted.
    Assumed(bool),
}

impl From<TokenError> for Failure {
    fn from(error: TokenError) -> Self {
        Self::Token(error)
    }
}

/// Whether there is something to look at. `keys`: API keys may be bearer tokens too.
pub(super) fn is_shown(headers: &HeaderMap, keys: bool) -> bool {
    tokens(headers, keys).next().is_some()
}

fn tokens(headers: &HeaderMap, keys: bool) -> impl Iterator<Item = &[u8]> {
    credentials(headers, "bearer").filter(move |token| !(keys && looks_like_a_key(token)))
}

/// The caller, by the token that is shown.
pub(super) async fn check(
    headers: &HeaderMap,
    issuers: &[Arc<Issuer>],
    keys: bool,
    now: Now,
    what_if: Option<&WhatIf>,
) -> Result<Good, Refused> {
    let mut shown = tokens(headers, keys);
    let first = shown.next().unwrap_or_default();
    if shown.any(|other| other != first) {
        let reason = "Several different tokens were sent; send one.";
        return Err(refused_as(reason.to_owned(), reason));
    }
    let token = std::str::from_utf8(first).map_err(|_| TokenError::Malformed("it is no text"));
    // Of a token in the log, the signature alone is masked.
    let unsigned = token
        .as_ref()
        .ok()
        .and_then(|token| token.strip_suffix(MASK));
    let unsigned = unsigned.filter(|token| token.ends_with('.'));
    let proof = match (what_if, unsigned) {
        (None, _) => Proof::Signature,
        (Some(_), None) => Proof::SignatureByHeldKeys,
        (Some(what_if), Some(_)) => Proof::Assumed(assumed::signature(what_if)),
    };
    let token = match (&proof, unsigned) {
        (Proof::Assumed(_), Some(unsigned)) => Ok(unsigned),
        _ => token,
    };
    let checked = match token.and_then(Compact::read) {
        Ok(token) => by_issuers(&token, issuers, now, proof).await,
        Err(error) => Err(error.into()),
    };
    checked.map_err(refused)
}

/// Several issuers may have one `iss`, for instance with an audience each; one of them has to take
/// the token.
async fn by_issuers(
    token: &Compact<'_>,
    issuers: &[Arc<Issuer>],
    now: Now,
    proof: Proof,
) -> Result<Good, Failure> {
    let iss = token.issuer()?;
    let mut failure = token.of_nobody(iss).into();
    for issuer in issuers.iter().filter(|issuer| issuer.issuer == iss) {
        match by_issuer(token, issuer, now, proof).await {
            Ok(()) => return Ok(good(token, issuer)),
            Err(why) => failure = why,
        }
    }
    Err(failure)
}

async fn by_issuer(
    token: &Compact<'_>,
    issuer: &Issuer,
    now: Now,
    proof: Proof,
) -> Result<(), Failure> {
    if !issuer.algorithms.contains(&token.algorithm) {
        return Err(TokenError::AlgorithmRefused(token.algorithm).into());
    }
    let keys = find_keys(token, issuer, now, proof).await?;
    let verifies = |key: &VerifyingKey| key.verify(token.algorithm, token.signed, &token.signature);
    let is_signed = match proof {
        Proof::Signature | Proof::SignatureByHeldKeys => keys.iter().any(verifies),
        Proof::Assumed(good) => good,
    };
    if !is_signed {
        return Err(TokenError::Signature.into());
    }
    let expected = Expectations {
        issuer: &issuer.issuer,
        audiences: &issuer.audiences,
        leeway_s: issuer.leeway_s,
        now_s: now.epoch_us.div_euclid(1_000_000),
    };
    Ok(Claims(&token.claims).check(&expected)?)
}

/// The keys that the signature may be by. Where the set has none of that name, it is fetched anew,
/// unless that was done a moment ago (JWT-2).
async fn find_keys(
    token: &Compact<'_>,
    issuer: &Issuer,
    now: Now,
    proof: Proof,
) -> Result<Vec<VerifyingKey>, Failure> {
    let may_fetch = matches!(proof, Proof::Signature);
    let mut renewed = !(may_fetch && matches!(issuer.source, KeySource::Url { .. }));
    loop {
        let unknown = match issuer.keys.held().as_deref() {
            None => None,
            Some(Held::Secret(secret)) => return Ok(vec![secret.clone()]),
            Some(Held::Public(set)) => match set.find(token.key_id.as_deref(), token.algorithm) {
                Ok(keys) => return Ok(keys.into_iter().map(|key| key.key.clone()).collect()),
                Err(unknown @ TokenError::KeyUnknown(_)) => Some(unknown),
                Err(other) => return Err(other.into()),
            },
        };
        if !renewed {
            renewed = true;
            if issuer.keys.renew(now.monotonic_ns).await {
                continue;
            }
        }
        let progress = issuer.keys.progress();
        let retry_after_ms = progress.next_ns.map_or(1_000, |next| {
            next.saturating_sub(now.monotonic_ns) / 1_000_000
        });
        return Err(match (unknown, &progress.error) {
            (Some(unknown), None) => unknown.into(),
            // Whether the issuer has such a key by now cannot be said.
            (_, error) => Failure::Unavailable {
                reason: format!(
                    "The keys of issuer `{}` cannot be had: {}; {}.",
                    issuer.name,
                    error.as_deref().unwrap_or("they have not been read yet"),
                    match progress.next_ns {
                        Some(_) =>
                            format!("the next try is in {} s", whole_seconds(retry_after_ms)),
                        None => "they are read again with the next configuration".to_owned(),
                    },
                ),
                retry_after_ms,
            },
        });
    }
}

fn good(token: &Compact<'_>, issuer: &Issuer) -> Good {
    let claims = Claims(&token.claims);
    let text = |name: &str| token.claims.get(name).and_then(serde_json::Value::as_str);
    let words = issuer.scope_claims.iter().flat_map(|at| claims.words(at));
    let mut scopes = Vec::new();
    super::admitted::unite(&mut scopes, &words.collect::<Vec<_>>());
    let groups = issuer.groups_claim.as_ref().map(|at| claims.words(at));
    Good {
        caller: Caller {
            consumer: claims.text(&issuer.consumer_claim).map(Arc::from),
            credential: text("jti").or_else(|| text("sub")).map(Arc::from),
            groups: groups.unwrap_or_default(),
            scopes,
            claims: Some(Arc::new(token.claims.clone())),
            credential_headers: vec![AUTHORIZATION],
            ..Caller::default()
        },
        issuer: Some(issuer.name.clone()),
        ..Good::default()
    }
}

fn refused(failure: Failure) -> Refused {
    match failure {
        Failure::Token(error) => refused_as(error.to_string(), error.told()),
        Failure::Unavailable {
            reason,
            retry_after_ms,
        } => {
            let code = ErrorCode::IssuerUnavailable;
            Refused {
                facts: Facts::CallerRefused {
                    code,
                    method: Some(AuthenticationMethod::Jwt),
                    reason: reason.clone(),
                    consumer: None,
                },
                key: None,
                error: Reason::Other(ProxyError::Unavailable {
                    code,
                    retry_after_ms,
                    reason,
                }),
            }
        }
    }
}

fn refused_as(reason: String, told: &'static str) -> Refused {
    let method = Some(AuthenticationMethod::Jwt);
    let code = ErrorCode::TokenInvalid;
    refusal(method, code, reason, told.into(), Some(told))
}
