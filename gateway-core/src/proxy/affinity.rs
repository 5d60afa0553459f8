//! What holds a caller to a target: a cookie of the gateway's own, or what a consistent hash is made
//! of.

use std::net::IpAddr;

use http::header::{COOKIE, HeaderMap, HeaderValue};

use super::caller::Caller;
use crate::config::{Algorithm, HashBy};
use crate::snapshot::balance::{Balancer, hash};

/// Where a caller's request should go, if that can be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Affinity {
    /// Hash of what a consistent hash is made of.
    pub key: u64,
    /// What the sticky cookie says.
    pub sticky: Option<String>,
}

impl Affinity {
    /// Reads it from a caller's headers, and takes the gateway's own cookie out of them: services
    /// have no use for it.
    pub fn take(
        balancer: &Balancer,
        headers: &mut HeaderMap,
        client: IpAddr,
        caller: &Caller,
    ) -> Self {
        let key = match balancer.algorithm {
            Algorithm::ConsistentHash => key(balancer, headers, client, caller),
            Algorithm::RoundRobin | Algorithm::LeastInFlight | Algorithm::PowerOfTwo => 0,
        };
        let cookie = balancer.sticky_cookie.as_deref();
        Self {
            key,
            sticky: cookie.and_then(|name| take_cookie(headers, name)),
        }
    }

    /// The cookie to give the caller that was answered by the target of this id.
    pub fn cookie(&self, balancer: &Balancer, id: &str) -> Option<HeaderValue> {
        let name = balancer.sticky_cookie.as_deref()?;
        if self.sticky.as_deref() == Some(id) {
            return None;
        }
        let cookie = format!("{name}={id}; Path=/; HttpOnly; SameSite=Lax");
        Some(HeaderValue::from_str(&cookie).expect("a token and hex digits, as compiled"))
    }
}

fn key(balancer: &Balancer, headers: &HeaderMap, client: IpAddr, caller: &Caller) -> u64 {
    let name = balancer.hash_name.as_deref().unwrap_or_default();
    let found = match balancer.hash_by {
        HashBy::Ip => None,
        HashBy::Header => headers.get(name).map(|value| value.as_bytes().to_vec()),
        HashBy::Cookie => cookie(headers, name).map(String::into_bytes),
        HashBy::Consumer => {
            let key = caller.key.as_ref();
            key.map(|key| key.consumer.clone().into_bytes())
        }
    };
    let address = || client.to_canonical().to_string().into_bytes();
    hash::of(&found.unwrap_or_else(address))
}

/// The pairs of `Cookie` (RFC 6265, section 4.2.1). One that is not text is nobody's name.
fn pairs(value: &HeaderValue) -> impl Iterator<Item = &str> {
    let text = value.to_str().unwrap_or_default();
    text.split(';').map(str::trim)
}

fn value_of<'a>(pair: &'a str, name: &str) -> Option<&'a str> {
    pair.strip_prefix(name)?.strip_prefix('=')
}

/// The value of a cookie.
pub(super) fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let all = headers.get_all(COOKIE).into_iter().flat_map(pairs);
    all.into_iter()
        .find_map(|pair| value_of(pair, name).map(str::to_owned))
}

/// The value of a cookie, which is taken out; others stay.
pub(super) fn take_cookie(headers: &mut HeaderMap, name: &str) -> Option<String> {
    let found = cookie(headers, name)?;
    let mut kept = Vec::new();
    for value in headers.get_all(COOKIE) {
        if !pairs(value).any(|pair| value_of(pair, name).is_some()) {
            kept.push(value.clone());
            continue;
        }
        let others: Vec<_> = pairs(value)
            .filter(|pair| value_of(pair, name).is_none() && !pair.is_empty())
            .collect();
        if let Ok(value) = HeaderValue::from_str(&others.join("; "))
            && !value.is_empty()
        {
            kept.push(value);
        }
    }
    headers.remove(COOKIE);
    for value in kept {
        headers.append(COOKIE, value);
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::tests::compiled;

    fn affinity(balance: &str, cookies: &[&'static str]) -> (Affinity, Vec<String>) {
        let snapshot = compiled(&format!(
            "{{version: 1, services: [{{name: s, balance: {balance}, targets: [{{url: 'http://a'}}]}}]}}"
        ));
        let balancer = &snapshot.services[&"s".into()].balancer;
        let mut headers = HeaderMap::new();
        for cookie in cookies {
            headers.append(COOKIE, HeaderValue::from_static(cookie));
        }
        headers.insert("x-user", HeaderValue::from_static("ada"));
        let client = IpAddr::from([10, 0, 0, 1]);
        let affinity = Affinity::take(balancer, &mut headers, client, &Caller::default());
        let left = headers.get_all(COOKIE).iter();
        let left = left.map(|value| value.to_str().unwrap().to_owned());
        (affinity, left.collect())
    }

    #[test]
    fn the_gateways_cookie_is_read_and_taken_out_and_others_stay() {
        for (cookies, sticky, left) in [
            (&["a=1; gw=x1; b=2"][..], Some("x1"), &["a=1; b=2"][..]),
            (&["gw=x1"], Some("x1"), &[]),
            (&["a=1", "gw=x1;b=2"], Some("x1"), &["a=1", "b=2"]),
            (&["agw=1; gwa=2;  c=3"], None, &["agw=1; gwa=2;  c=3"]),
            (&["gw=x1; gw=x2"], Some("x1"), &[]),
            (&[], None, &[]),
        ] {
            let (affinity, rest) = affinity("{sticky_cookie: gw}", cookies);
            assert_eq!(affinity.sticky.as_deref(), sticky, "{cookies:?}");
            assert_eq!(rest, left, "{cookies:?}");
        }
    }

    #[test]
    fn what_is_hashed_is_what_was_asked_for_and_else_the_address() {
        let by = |rest: &str| format!("{{algorithm: consistent_hash, {rest}}}");
        let key = |rest: &str, cookies| affinity(&by(rest), cookies).0.key;
        let address = hash::of(b"10.0.0.1");
        assert_eq!(key("hash_by: ip", &[]), address);
        assert_eq!(
            key("hash_by: header, hash_name: X-User", &[]),
            hash::of(b"ada")
        );
        assert_eq!(key("hash_by: header, hash_name: x-none", &[]), address);
        assert_eq!(
            key("hash_by: cookie, hash_name: c", &["b=1; c=2"]),
            hash::of(b"2")
        );
        assert_eq!(key("hash_by: cookie, hash_name: c", &["b=1"]), address);
        assert_eq!(key("hash_by: consumer", &[]), address);
    }
}
