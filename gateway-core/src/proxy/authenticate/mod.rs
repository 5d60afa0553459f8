//! Who is asking? A file a way to show it.
//!
//! Where any way is enough, the first in the config for which something is shown decides: what is
//! shown and wrong is refused, whatever else is shown, so that nobody gets by with less than they
//! tried. Where all are needed, the caller is who the first says, with the groups and scopes of all.
//! Callers pass as nobody only where nothing at all is shown.

mod admitted;
mod api_key;
mod assumed;
mod basic;
mod challenge;
mod forward;
mod jwt;
mod passwords;
mod refused;

use std::sync::Arc;

use http::HeaderMap;
use http::header::AUTHORIZATION;
use http::request::Parts;

use super::body::AnswerBody;
use super::caller::Caller;
use super::decided::Decided;
use super::errand::Errands;
use super::what_if::WhatIf;
use crate::clock::Now;
use crate::config::Require;
use crate::ids::KeyId;
use crate::keys::{ApiKey, KeyRing};
use crate::record::decision::{Facts, Verdict};
use crate::snapshot::Snapshot;
use crate::snapshot::authentication::{Authentication, Method};
use crate::snapshot::key_places::KeyPlaces;

use admitted::{Good, known, nobody};
use api_key::Look;
pub(crate) use api_key::WINDOW;
use refused::{Reason, Refused, missing, refusal, refused};

pub use passwords::Passwords;
pub use refused::as_if_refused;

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

fn answered(facts: Facts, response: Box<http::Response<AnswerBody>>) -> Authenticated {
    let decided = Decided {
        verdict: Verdict::Answered,
        facts,
        result: Ok(Admitted::Answered(response)),
    };
    Authenticated { key: None, decided }
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
