//! Who is asking? A file a way to show it.
//!
//! Where any way is enough, the first in the config for which something is shown decides: what is
//! shown and wrong is refused, whatever else is shown, so that nobody gets by with less than they
//! tried. Where all are needed, the caller is who the first says, with the groups and scopes of all.
//! Callers pass as nobody only where nothing at all is shown.

mod api_key;
mod assumed;
mod basic;
mod challenge;
mod forward;
mod jwt;
mod passwords;

use std::borrow::Cow;
use std::sync::Arc;

use http::HeaderMap;
use http::header::AUTHORIZATION;
use http::request::Parts;

use super::body::AnswerBody;
use super::caller::Caller;
use super::decided::Decided;
use super::errand::Errands;
use super::error::{ErrorCode, ProxyError, Unauthenticated};
use super::what_if::WhatIf;
use crate::clock::Now;
use crate::config::{AuthenticationMethod, Require};
use crate::ids::{IssuerName, KeyId};
use crate::keys::{ApiKey, KeyRing};
use crate::record::decision::{Facts, Verdict};
use crate::snapshot::Snapshot;
use crate::snapshot::authentication::{Authentication, Method};
use crate::snapshot::key_places::KeyPlaces;

use api_key::Look;
pub(crate) use api_key::WINDOW;

pub use passwords::Passwords;

/// What was found out, for the trace, and what follows from it.
pub struct Authenticated {
    /// The key, where it is known, good or not.
    pub key: Option<Arc<ApiKey>>,
    /// Who is asking, or why that can't be said.
    pub decided: Decided<Admitted>,
}

/// What becomes of a request whose caller is no mystery.
pub enum Admitted {
    /// It goes on.
    Caller(Box<Caller>),
    /// The service that is asked about callers has answered it.
    Answered(Box<http::Response<AnswerBody>>),
}

/// What credentials are checked with.
pub struct Checks<'a> {
    /// The API keys.
    pub keys: &'a KeyRing,
    /// Passwords that were checked.
    pub passwords: &'a Passwords,
    /// How others are asked.
    pub errands: &'a Errands,
    /// Whether one only asks what would be, and under which circumstances.
    pub(crate) what_if: Option<&'a WhatIf>,
}

/// A request whose caller is looked for.
pub struct Asking<'a> {
    /// What its route wants.
    pub wanted: &'a Authentication,
    /// Who there is.
    pub snapshot: &'a Snapshot,
    /// The request.
    pub head: &'a Parts,
    /// Where it comes from.
    pub client: std::net::IpAddr,
    /// `http` or `https`: how the caller is connected.
    pub scheme: &'static str,
    /// The host it was made to.
    pub host: &'a str,
    /// The API key that it counts as shown with, where the gateway itself asks.
    pub granted: Option<KeyId>,
    /// The consumer that it counts as shown by, where the gateway itself asks.
    pub granted_consumer: Option<&'a str>,
    /// What credentials are checked with.
    pub checks: Checks<'a>,
    /// The time.
    pub now: Now,
}

/// What one way found.
enum Found {
    Good(Box<Good>),
    Refused(Box<Refused>),
    /// Somebody else has answered the request.
    Answered {
        facts: Facts,
        response: Box<http::Response<AnswerBody>>,
    },
}

/// A good credential.
#[derive(Default)]
struct Good {
    caller: Caller,
    /// The issuer of the token.
    issuer: Option<IssuerName>,
    /// Where the key was found.
    place: Option<String>,
    /// Who would have to be asked about the caller, where one only asks what would be.
    not_asked: Option<String>,
}

impl Good {
    /// The caller of a request that the gateway itself sends as this consumer.
    fn granted(consumer: &str) -> Self {
        Self {
            caller: Caller {
                consumer: Some(consumer.into()),
                credential: Some(consumer.into()),
                ..Caller::default()
            },
            place: Some(WINDOW.to_owned()),
            ..Self::default()
        }
    }

    fn is_granted(&self) -> bool {
        self.caller.key.is_none() && self.place.as_deref() == Some(WINDOW)
    }
}

/// A credential that is missing or not good.
struct Refused {
    facts: Facts,
    key: Option<Arc<ApiKey>>,
    error: Reason,
}

/// What the caller is told.
enum Reason {
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

/// Finds the caller.
pub async fn authenticate(asking: &Asking<'_>) -> Authenticated {
    let wanted = asking.wanted;
    let shown: Vec<bool> = wanted
        .methods
        .iter()
        .map(|method| asking.shows(method))
        .collect();
    let nothing_shown = !shown.contains(&true);
    if wanted.methods.is_empty() || (nothing_shown && wanted.anonymous) {
        return nobody(asking);
    }
    let pairs = wanted.methods.iter().zip(shown.iter().copied());
    match wanted.require {
        Require::Any => {
            // Somebody who is asked decides about those too who show nothing.
            let asked = |method: &Method| matches!(method, Method::Forward(_));
            let mut decides = pairs.clone().filter(|(_, shown)| *shown);
            let method = decides
                .next()
                .or_else(|| pairs.clone().find(|(method, _)| asked(method)));
            match method {
                None => refused(asking, missing(asking, None)),
                Some((method, _)) => match asking.look(method).await {
                    Found::Good(good) => known(asking, vec![(method.kind(), *good)]),
                    Found::Refused(why) => refused(asking, *why),
                    Found::Answered { facts, response } => answered(facts, response),
                },
            }
        }
        Require::All => {
            let mut all = Vec::new();
            for (method, shown) in pairs {
                if !shown && !matches!(method, Method::Forward(_)) {
                    return refused(asking, missing(asking, Some(method.kind())));
                }
                match asking.look(method).await {
                    Found::Good(good) => all.push((method.kind(), *good)),
                    Found::Refused(why) => return refused(asking, *why),
                    Found::Answered { facts, response } => return answered(facts, response),
                }
            }
            known(asking, all)
        }
    }
}

/// The caller that a good API key says, where the route takes keys and one is shown: all that can be
/// said without asking anybody.
pub fn by_key_alone(
    wanted: &Authentication,
    head: &Parts,
    places: &KeyPlaces,
    keys: &KeyRing,
) -> Option<Caller> {
    let look = Look {
        head,
        places,
        tokens: wanted.takes_tokens(),
        masked: false,
    };
    let good = wanted
        .takes_keys()
        .then(|| api_key::check(&look, |text| keys.peek(text)).ok());
    good.flatten().map(|good| good.caller)
}

impl Asking<'_> {
    /// Whether something is shown that this way would look at.
    fn shows(&self, method: &Method) -> bool {
        if self.taken_for().is_some() {
            return true;
        }
        let headers = &self.head.headers;
        match method {
            Method::ApiKey | Method::Basic | Method::Jwt(_) if self.granted_consumer.is_some() => {
                true
            }
            Method::ApiKey => self.granted.is_some() || api_key::is_shown(&self.for_keys()),
            Method::Basic => basic::is_shown(headers),
            Method::Jwt(_) => jwt::is_shown(headers, self.bearer_keys()),
            Method::Forward(forward) => forward
                .request_headers
                .iter()
                .any(|name| headers.contains_key(name)),
        }
    }

    /// The consumer that the caller is taken for, whatever it shows.
    fn taken_for(&self) -> Option<&str> {
        self.checks.what_if?.caller.consumer.as_deref()
    }

    fn for_keys(&self) -> Look<'_> {
        Look {
            head: self.head,
            places: &self.snapshot.key_places,
            tokens: self.wanted.takes_tokens(),
            masked: self.checks.what_if.is_some(),
        }
    }

    /// Whether bearer tokens may be API keys too.
    fn bearer_keys(&self) -> bool {
        self.wanted.takes_keys() && self.snapshot.key_places.bearer
    }

    async fn look(&self, method: &Method) -> Found {
        let headers = &self.head.headers;
        let what_if = self.checks.what_if;
        if let (Some(what_if), Some(consumer)) = (what_if, self.taken_for()) {
            return Found::Good(Box::new(assumed::consumer(what_if, consumer, method)));
        }
        if let (Some(consumer), Method::ApiKey | Method::Basic | Method::Jwt(_)) =
            (self.granted_consumer, method)
        {
            return Found::Good(Box::new(Good::granted(consumer)));
        }
        let found = match (method, what_if) {
            (Method::ApiKey, None) => {
                let keys = self.checks.keys;
                match self.granted {
                    Some(id) => api_key::granted(keys.granted(id)),
                    None => api_key::check(&self.for_keys(), |text| keys.check(text)),
                }
                .map_err(|why| *why)
            }
            (Method::ApiKey, Some(what_if)) => {
                let keys = self.checks.keys;
                let known = |text: &str| assumed::key(what_if, keys, text);
                match self.granted {
                    Some(id) => api_key::granted(assumed::granted(what_if, keys, id)),
                    None => api_key::check(&self.for_keys(), known),
                }
                .map_err(|why| *why)
            }
            (Method::Basic, _) => {
                let consumers = &self.snapshot.consumers;
                match what_if.and_then(|what_if| assumed::password(what_if, headers)) {
                    Some(found) => found,
                    None => Box::pin(basic::check(headers, consumers, self.checks.passwords)).await,
                }
            }
            (Method::Jwt(issuers), _) => {
                let keys = self.bearer_keys();
                Box::pin(jwt::check(headers, issuers, keys, self.now, what_if)).await
            }
            (Method::Forward(forward), None) => {
                return Box::pin(forward::ask(self, forward)).await;
            }
            (Method::Forward(forward), Some(what_if)) => {
                return assumed::consent(what_if, forward);
            }
        };
        match found {
            Ok(good) => Found::Good(Box::new(good)),
            Err(why) => Found::Refused(Box::new(why)),
        }
    }
}

/// A caller who need not say who it is.
fn nobody(asking: &Asking<'_>) -> Authenticated {
    let wanted = asking.wanted;
    let mut caller = Caller {
        identity_names: identity_names(wanted),
        ..Caller::default()
    };
    keep_keys(asking, &mut caller);
    let decided = Decided {
        verdict: match wanted.methods.is_empty() {
            true => Verdict::NotConfigured,
            false => Verdict::Passed,
        },
        facts: Facts::Anonymous,
        result: Ok(Admitted::Caller(Box::new(caller))),
    };
    Authenticated { key: None, decided }
}

/// On routes that take keys, these stay here wherever they are shown and whatever the caller was known
/// by, also where they are spelt in a way in which they count for nothing here (KEY-4).
fn keep_keys(asking: &Asking<'_>, caller: &mut Caller) {
    let places = &asking.snapshot.key_places;
    if !(asking.wanted.takes_keys() && places.strip) {
        return;
    }
    caller.credential_headers.extend_from_slice(&places.headers);
    let mut bearer = credentials(&asking.head.headers, "bearer");
    if places.bearer && bearer.any(looks_like_a_key) {
        caller.credential_headers.push(AUTHORIZATION);
    }
    caller.credential_query.clone_from(&places.query);
}

fn identity_names(wanted: &Authentication) -> Vec<http::HeaderName> {
    let forward = wanted.forward();
    forward.map_or_else(Vec::new, |forward| forward.response_headers.clone())
}

/// The caller that all of these say, beginning with the first.
fn known(asking: &Asking<'_>, all: Vec<(AuthenticationMethod, Good)>) -> Authenticated {
    // What the gateway granted was shown in no way.
    let shown = all.iter().filter(|(_, good)| !good.is_granted());
    let methods: Vec<_> = shown.map(|(method, _)| *method).collect();
    let not_asked = all.iter().find_map(|(_, good)| good.not_asked.clone());
    let mut all = all.into_iter().map(|(_, good)| good);
    let Good {
        mut caller,
        mut issuer,
        place,
        not_asked: _,
    } = all.next().unwrap_or_default();
    add_consumer(asking, &mut caller);
    for mut other in all {
        add_consumer(asking, &mut other.caller);
        issuer = issuer.or(other.issuer);
        add(&mut caller, other.caller);
    }
    keep_keys(asking, &mut caller);
    caller.identity_names = identity_names(asking.wanted);
    let key = caller.key.clone();
    let facts = match (&methods[..], &asking.wanted.methods[..], &key, not_asked) {
        (_, _, _, Some(url)) => Facts::WouldAsk {
            url,
            consumer: caller.consumer.as_deref().map(str::to_owned),
        },
        ([AuthenticationMethod::ApiKey], [Method::ApiKey], Some(key), None) => Facts::KeyAccepted {
            key: key.id,
            name: key.name.clone(),
            place: place.unwrap_or_default(),
        },
        _ => Facts::CallerKnown {
            methods,
            consumer: caller.consumer.as_deref().map(str::to_owned),
            key: caller.key_id(),
            issuer,
            scopes: caller.scopes.clone(),
            groups: caller.groups.clone(),
        },
    };
    let decided = Decided {
        verdict: Verdict::Passed,
        facts,
        result: Ok(Admitted::Caller(Box::new(caller))),
    };
    Authenticated { key, decided }
}

/// What the config says of the consumer.
fn add_consumer(asking: &Asking<'_>, caller: &mut Caller) {
    let name = caller.consumer.as_deref();
    let Some(consumer) = name.and_then(|name| asking.snapshot.consumers.get(name)) else {
        return;
    };
    unite(&mut caller.groups, &consumer.groups);
    unite(&mut caller.scopes, &consumer.scopes);
    if caller.plan.is_none() {
        caller.plan.clone_from(&consumer.plan);
    }
}

fn add(caller: &mut Caller, other: Caller) {
    let Caller {
        key,
        // The caller is who the first says.
        consumer: _,
        credential: _,
        plan: _,
        groups,
        scopes,
        claims,
        credential_headers,
        credential_query,
        identity_names: _,
        identity_headers,
    } = other;
    caller.key = caller.key.take().or(key);
    caller.claims = caller.claims.take().or(claims);
    unite(&mut caller.groups, &groups);
    unite(&mut caller.scopes, &scopes);
    caller.credential_headers.extend(credential_headers);
    caller.credential_query = caller.credential_query.take().or(credential_query);
    caller.identity_headers.extend(identity_headers);
}

fn unite(words: &mut Vec<String>, more: &[String]) {
    for word in more {
        if !words.contains(word) {
            words.push(word.clone());
        }
    }
}

/// That nothing is shown, or nothing of the kind that is needed too.
fn missing(asking: &Asking<'_>, kind: Option<AuthenticationMethod>) -> Refused {
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
fn refusal(
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

fn refused(asking: &Asking<'_>, why: Refused) -> Authenticated {
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

fn answered(facts: Facts, response: Box<http::Response<AnswerBody>>) -> Authenticated {
    let decided = Decided {
        verdict: Verdict::Answered,
        facts,
        result: Ok(Admitted::Answered(response)),
    };
    Authenticated { key: None, decided }
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

/// What stands after a scheme in `Authorization` (RFC 9110, section 11.4).
fn credentials<'h>(
    headers: &'h HeaderMap,
    scheme: &'static str,
) -> impl Iterator<Item = &'h [u8]> + use<'h> {
    headers
        .get_all(AUTHORIZATION)
        .iter()
        .filter_map(move |value| {
            let (given, rest) = value.as_bytes().split_at_checked(scheme.len())?;
            let is_it =
                given.eq_ignore_ascii_case(scheme.as_bytes()) && rest.first() == Some(&b' ');
            is_it.then(|| rest.trim_ascii())
        })
}

/// Whether a bearer token is meant as an API key, where tokens are taken too.
fn looks_like_a_key(token: &[u8]) -> bool {
    token.starts_with(b"gw_")
}
