//! Who a good credential says is asking, or several together.

use http::header::AUTHORIZATION;

use super::api_key::WINDOW;
use super::{Admitted, Asking, Authenticated, credentials, looks_like_a_key};
use crate::config::AuthenticationMethod;
use crate::ids::IssuerName;
use crate::proxy::caller::Caller;
use crate::proxy::decided::Decided;
use crate::record::decision::{Facts, Verdict};
use crate::snapshot::authentication::{Authentication, Method};

/// A good credential.
#[derive(Default)]
pub(super) struct Good {
    pub(super) caller: Caller,
    /// The issuer of the token.
    pub(super) issuer: Option<IssuerName>,
    /// Where the key was found.
    pub(super) place: Option<String>,
    /// Who would have to be asked about the caller, where one only asks what would be.
    pub(super) not_asked: Option<String>,
}

impl Good {
    /// The caller of a request that the gateway itself sends as this consumer.
    pub(super) fn granted(consumer: &str) -> Self {
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

/// A caller who need not say who it is.
pub(super) fn nobody(asking: &Asking<'_>) -> Authenticated {
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
pub(super) fn known(asking: &Asking<'_>, all: Vec<(AuthenticationMethod, Good)>) -> Authenticated {
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

/// Adds words that are not there yet.
pub(super) fn unite(words: &mut Vec<String>, more: &[String]) {
    for word in more {
        if !words.contains(word) {
            words.push(word.clone());
        }
    }
}
