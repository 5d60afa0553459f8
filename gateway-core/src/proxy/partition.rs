//! Whose request is it, for a limit?

use std::net::IpAddr;

use http::HeaderMap;

use super::caller::Caller;
use crate::ids::RouteName;
use crate::snapshot::limits::partition::{By, Partition};

/// What limits tell callers apart by.
#[derive(Clone, Copy)]
pub struct Whose<'r> {
    /// Who asks.
    pub caller: &'r Caller,
    /// From where.
    pub client: IpAddr,
    /// With these headers.
    pub headers: &'r HeaderMap,
    /// On this route.
    pub route: &'r RouteName,
}

impl Whose<'_> {
    /// The partition that a limit counts the request in. Where there is no key or consumer, it says
    /// so (RL-7).
    pub fn partition(&self, by: &By) -> Partition {
        let caller = self.caller;
        match by {
            By::Key => match (&caller.key, &caller.credential) {
                (Some(key), _) => Partition::key(key.id),
                (None, Some(credential)) => {
                    Partition::credential(caller.consumer.as_deref(), credential)
                }
                (None, None) => Partition::ip_for_want_of("key", self.client),
            },
            By::Consumer => match &caller.consumer {
                Some(consumer) => Partition::consumer(consumer),
                None => Partition::ip_for_want_of("consumer", self.client),
            },
            By::Ip => Partition::ip(self.client),
            By::Header(name) => {
                let values = self.headers.get_all(name).iter();
                Partition::header(name, values.map(|value| value.as_bytes()))
            }
            By::Claim(name) => {
                let claims = caller.claims.as_ref();
                Partition::claim(name, claims.and_then(|claims| claims.get(name)))
            }
            By::Route => Partition::route(self.route),
            By::Global => Partition::all(),
        }
    }
}
