//! Hosts that a route takes.

use std::fmt;

/// One entry of a route's `match.hosts`, in lower case.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum HostPattern {
    /// This host and no other.
    Exact(String),
    /// Hosts that end in a dot and this, with one or more whole labels before it.
    Wildcard(String),
}

impl HostPattern {
    /// Whether it takes a host, given in lower case and without port.
    pub fn takes(&self, host: &str) -> bool {
        match self {
            Self::Exact(name) => name == host,
            Self::Wildcard(suffix) => host
                .strip_suffix(suffix.as_str())
                .and_then(|rest| rest.strip_suffix('.'))
                .is_some_and(|labels| !labels.is_empty()),
        }
    }

    /// A host that it takes.
    pub fn example(&self) -> String {
        match self {
            Self::Exact(name) => name.clone(),
            Self::Wildcard(suffix) => format!("a.{suffix}"),
        }
    }
}

impl fmt::Display for HostPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(name) => f.write_str(name),
            Self::Wildcard(suffix) => write!(f, "*.{suffix}"),
        }
    }
}

/// What wildcards could stand for a host: `a.b.c` → `b.c`, `c`.
pub fn parents(host: &str) -> impl Iterator<Item = &str> {
    host.match_indices('.')
        .filter(|(at, _)| *at > 0)
        .map(|(at, _)| &host[at + 1..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wildcard_stands_for_one_or_more_whole_labels() {
        let wildcard = HostPattern::Wildcard("shop.localhost".to_owned());
        for (host, taken) in [
            ("a.shop.localhost", true),
            ("a.b.shop.localhost", true),
            ("shop.localhost", false),
            ("ashop.localhost", false),
            (".shop.localhost", false),
        ] {
            assert_eq!(wildcard.takes(host), taken, "{host}");
            assert_eq!(
                parents(host).any(|parent| parent == "shop.localhost"),
                taken,
                "{host}"
            );
        }
    }
}
