//! Whose requests are counted together.

use std::fmt;
use std::net::IpAddr;

use http::HeaderName;
use sha2::{Digest, Sha256};

use crate::config::LimitBy;
use crate::ids::{KeyId, RouteName};

/// Most characters of a value that is shown.
const MOST_SHOWN: usize = 64;

/// By what a limit tells callers apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum By {
    /// By credential.
    Key,
    /// By consumer.
    Consumer,
    /// By address.
    Ip,
    /// By the value of this header.
    Header(HeaderName),
    /// By the value of this claim.
    Claim(String),
    /// By route.
    Route,
    /// Not at all.
    Global,
}

impl By {
    /// As a person wrote it.
    pub fn kind(&self) -> LimitBy {
        match self {
            Self::Key => LimitBy::Key,
            Self::Consumer => LimitBy::Consumer,
            Self::Ip => LimitBy::Ip,
            Self::Header(_) => LimitBy::Header,
            Self::Claim(_) => LimitBy::Claim,
            Self::Route => LimitBy::Route,
            Self::Global => LimitBy::Global,
        }
    }

    /// The header or the claim.
    pub fn of(&self) -> Option<&str> {
        match self {
            Self::Header(name) => Some(name.as_str()),
            Self::Claim(name) => Some(name),
            Self::Key | Self::Consumer | Self::Ip | Self::Route | Self::Global => None,
        }
    }
}

/// Names a partition: of the same length whatever callers send, and the same in every process, for
/// counts that are kept on disk. Holds no value that a caller sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PartitionId([u8; 17]);

/// Whose requests are counted together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partition {
    /// What counts are found by.
    pub id: PartitionId,
    /// The same for people, such as `key 0193…`, `ip 127.0.0.1` or `route orders`.
    pub text: String,
}

impl PartitionId {
    /// What stands in a file.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// What stood in a file, if it is one.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    fn new(kind: u8, value: [u8; 16]) -> Self {
        let mut id = [kind; 17];
        id[1..].copy_from_slice(&value);
        Self(id)
    }

    /// 128 bits of SHA-256: nobody finds two values that are counted as one.
    fn hashed(kind: u8, value: &[&[u8]]) -> Self {
        let mut hash = Sha256::new();
        for part in value {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        let mut short = [0; 16];
        short.copy_from_slice(&hash.finalize()[..16]);
        Self::new(kind, short)
    }
}

impl Partition {
    /// An API key.
    pub fn key(id: KeyId) -> Self {
        Self {
            id: PartitionId::new(1, id.0.into_bytes()),
            text: format!("key {id}"),
        }
    }

    /// A credential other than an API key.
    pub fn credential(consumer: Option<&str>, credential: &str) -> Self {
        let consumer = consumer.unwrap_or_default();
        Self {
            id: PartitionId::hashed(2, &[consumer.as_bytes(), credential.as_bytes()]),
            text: format!("credential {}", shown(credential)),
        }
    }

    /// A consumer.
    pub fn consumer(name: &str) -> Self {
        Self {
            id: PartitionId::hashed(3, &[name.as_bytes()]),
            text: format!("consumer {}", shown(name)),
        }
    }

    /// A client's address; an IPv6 address stands for its /64.
    pub fn ip(address: IpAddr) -> Self {
        let bits = |v6: std::net::Ipv6Addr| u128::from(v6);
        let (value, text) = match address.to_canonical() {
            IpAddr::V4(v4) => (bits(v4.to_ipv6_mapped()), format!("ip {v4}")),
            IpAddr::V6(v6) => {
                let network = bits(v6) & !u128::from(u64::MAX);
                let text = format!("ip {}/64", std::net::Ipv6Addr::from(network));
                (network, text)
            }
        };
        Self {
            id: PartitionId::new(4, value.to_be_bytes()),
            text,
        }
    }

    /// A client's address, because there is no `wanted` to count by (RL-7: nobody has to guess).
    pub fn ip_for_want_of(wanted: &str, address: IpAddr) -> Self {
        let Self { id, text } = Self::ip(address);
        Self {
            id,
            text: format!("{text}, for want of a {wanted}"),
        }
    }

    /// A value of a header. The value itself may be a secret, so it is not shown: the log shows the
    /// header, masked as it has to be.
    pub fn header<'v>(name: &HeaderName, values: impl Iterator<Item = &'v [u8]>) -> Self {
        let values: Vec<_> = values.collect();
        match values.is_empty() {
            true => Self::without(format!("no header {name}")),
            false => Self {
                id: PartitionId::hashed(5, &values),
                text: format!("header {name}"),
            },
        }
    }

    /// A value of a claim.
    pub fn claim(name: &str, value: Option<&serde_json::Value>) -> Self {
        use serde_json::Value;
        let value = match value {
            None | Some(Value::Null) => return Self::without(format!("no claim {name}")),
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        };
        Self {
            id: PartitionId::hashed(5, &[value.as_bytes()]),
            text: format!("claim {name}: {}", shown(&value)),
        }
    }

    /// A route.
    pub fn route(name: &RouteName) -> Self {
        Self {
            id: PartitionId::hashed(7, &[name.as_str().as_bytes()]),
            text: format!("route {name}"),
        }
    }

    /// Everyone.
    pub fn all() -> Self {
        Self {
            id: PartitionId::new(8, [0; 16]),
            text: "all requests".to_owned(),
        }
    }

    fn without(text: String) -> Self {
        Self {
            id: PartitionId::new(6, [0; 16]),
            text,
        }
    }
}

impl fmt::Display for Partition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn shown(value: &str) -> String {
    let mut shown: String = value.chars().take(MOST_SHOWN).collect();
    if shown.len() < value.len() {
        shown.push('…');
    }
    shown.replace(char::is_control, "\u{fffd}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ipv6_callers_share_a_partition_within_their_network() {
        let of = |text: &str| Partition::ip(text.parse().unwrap());
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:1"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_eq!(of("::ffff:10.0.0.1"), of("10.0.0.1"));
        assert_eq!(of("2001:db8::1").text, "ip 2001:db8::/64");
    }

    #[test]
    fn values_are_bounded_however_long_callers_make_them() {
        let long = serde_json::json!("x".repeat(1_000_000));
        let longer = serde_json::json!("x".repeat(1_000_001));
        let of = |value| Partition::claim("tenant", Some(value));
        assert!(of(&long).text.len() < 100);
        assert_ne!(of(&long).id, of(&longer).id);
        let values = |values: &[&'static str]| {
            let name = HeaderName::from_static("x-tenant");
            Partition::header(&name, values.iter().map(|value| value.as_bytes()))
        };
        assert_ne!(values(&["ab"]).id, values(&["a", "b"]).id);
        assert_ne!(values(&[""]).id, values(&[]).id);
        assert_eq!(values(&[]).text, "no header x-tenant");
    }

    #[test]
    fn a_header_that_carries_a_secret_is_not_shown() {
        let name = HeaderName::from_static("authorization");
        let partition = Partition::header(&name, [b"Bearer secret".as_slice()].into_iter());
        assert!(!partition.text.contains("secret"), "{partition}");
        assert!(!format!("{:?}", partition.id).contains("secret"));
    }
}
