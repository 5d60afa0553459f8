//! Under which key the answer to a request is kept.

use http::{HeaderMap, HeaderName, HeaderValue};

use crate::cache::Policy;
use crate::cache::key::{Identity, Key, Place, Whose};
use crate::cache::vary::value_of;
use crate::config::{CacheAudience, CacheQuery};
use crate::proxy::cache::Wanted;
use crate::proxy::permit::Permit;

/// What a request has to share with others to get the same answer.
pub(super) fn key(permit: &Permit<'_>, wanted: &Wanted<'_>, policy: &Policy) -> Key {
    let headers = policy.headers.iter();
    let headers = headers.map(|name| (name.clone(), value_of(name, wanted.headers)));
    // As it was sent, since parts are asked with it.
    let read = policy.reads.headers.iter();
    let read = read.map(|name| (name.clone(), written(name, wanted.headers)));
    let version = permit.version.as_ref();
    Key {
        route: permit.found.route.name.clone(),
        generation: policy.generation,
        version: version.map(|(version, _)| version.name.clone()),
        whose: whose(permit, policy),
        https: permit.scheme == "https",
        host: permit.accepted.host.as_str().into(),
        path: permit.head.uri.path().into(),
        query: policy.counting_query(wanted.query).into_boxed_str(),
        whole_query: policy.query == CacheQuery::All,
        headers: headers.chain(read).collect(),
    }
}

/// A field to the letter, all its lines.
fn written(name: &HeaderName, headers: &HeaderMap) -> Option<Vec<u8>> {
    let lines: Vec<_> = headers
        .get_all(name)
        .iter()
        .map(HeaderValue::as_bytes)
        .collect();
    (!lines.is_empty()).then(|| lines.join(&b'\n'))
}

/// Where the answers to a request are found.
pub(super) fn place(permit: &Permit<'_>) -> Place {
    Place {
        host: permit.accepted.host.as_str().into(),
        path: permit.accepted.match_path.as_str().into(),
    }
}

/// Whose requests the answer to this one may be given to.
fn whose(permit: &Permit<'_>, policy: &Policy) -> Whose {
    let caller = &permit.caller;
    let is_known = caller.consumer.is_some()
        || caller.credential.is_some()
        || caller.key.is_some()
        || caller.claims.is_some()
        || !caller.groups.is_empty()
        || !caller.scopes.is_empty()
        || !caller.identity_headers.is_empty();
    if policy.audience == CacheAudience::Shared || !is_known {
        return Whose::Everyone;
    }
    let of_key = || caller.key_id().map(|key| key.to_string());
    let credential = caller.credential.as_deref().map(str::to_owned);
    let told = caller.identity_headers.iter();
    Whose::Caller(Box::new(Identity {
        consumer: caller.consumer.as_deref().map(Into::into),
        credential: credential.or_else(of_key).map(String::into_boxed_str),
        groups: caller.groups.clone(),
        scopes: caller.scopes.clone(),
        told: told
            .map(|(name, value)| (name.clone(), value.as_bytes().to_vec()))
            .collect(),
    }))
}
