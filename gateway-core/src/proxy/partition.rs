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

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;
    use std::sync::Arc;

    use serde_json::{Value, json};

    use super::*;

    fn text(caller: &Caller, by: &By) -> String {
        let whose = Whose {
            caller,
            client: Ipv4Addr::LOCALHOST.into(),
            headers: &HeaderMap::new(),
            route: &"orders".into(),
        };
        whose.partition(by).text
    }

    fn with_claims(claims: Value) -> Caller {
        let Value::Object(claims) = claims else {
            panic!("claims are an object");
        };
        Caller {
            claims: Some(Arc::new(claims)),
            ..Caller::default()
        }
    }

    /// RL-7
    #[test]
    fn where_there_is_nothing_to_count_by_the_partition_says_so() {
        let nobody = Caller::default();
        let claim = By::Claim("tenant".to_owned());
        assert_eq!(text(&nobody, &By::Key), "ip 127.0.0.1, for want of a key");
        assert_eq!(
            text(&nobody, &By::Consumer),
            "ip 127.0.0.1, for want of a consumer"
        );
        assert_eq!(text(&nobody, &claim), "no claim tenant");
        assert_eq!(
            text(&with_claims(json!({"tenant": null})), &claim),
            "no claim tenant"
        );
        assert_eq!(text(&nobody, &By::Route), "route orders");
    }

    #[test]
    fn a_claim_counts_by_its_value_whatever_its_type() {
        let claim = By::Claim("tenant".to_owned());
        let of = |tenant| text(&with_claims(json!({ "tenant": tenant })), &claim);
        assert_eq!(of(json!("acme")), "claim tenant: acme");
        assert_eq!(of(json!(7)), "claim tenant: 7");
        assert_eq!(of(json!(["a", "b"])), "claim tenant: [\"a\",\"b\"]");
    }

    #[test]
    fn credentials_other_than_keys_count_each_by_itself() {
        let of = |credential: &str| Caller {
            consumer: Some("app".into()),
            credential: Some(credential.into()),
            ..Caller::default()
        };
        assert_eq!(text(&of("jti-1"), &By::Key), "credential jti-1");
        assert_eq!(text(&of("jti-1"), &By::Consumer), "consumer app");
    }
}
