//! The versions of a route: how a request names one, and what is different about each.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use http::{HeaderName, HeaderValue};
use regex::Regex;

use super::Service;
use super::balance::hash;
use super::header_edits::HeaderEdits;
use super::limits::Limit;
use super::mock::Mock;
use super::rewrite::PathChange;
use crate::config::Sticky;
use crate::ids::VersionName;

/// The versions of a route.
pub struct Versions {
    /// Where callers say which one they want.
    pub scheme: Scheme,
    /// Whether what names the version is taken away before the request is forwarded.
    pub strip: bool,
    /// What callers get who name none.
    pub unnamed: Unnamed,
    /// All of them, in the order of the config.
    pub list: Vec<Arc<Version>>,
    /// How callers write them.
    pub by_value: HashMap<String, Arc<Version>>,
}

/// Where callers say which version they want.
pub enum Scheme {
    /// The first segment of the path, before the route's own.
    FirstSegment,
    /// The segment after the route's prefix, if it looks like this.
    AfterPrefix(Regex),
    /// A header.
    Header(HeaderName),
    /// A query parameter.
    Query(String),
    /// A parameter of `Accept`, in lower case.
    Accept(String),
    /// The host, or its first label if it looks like this.
    Host(Regex),
}

/// What callers get who name no version.
pub enum Unnamed {
    /// An error.
    Refused,
    /// This one.
    Default(Arc<Version>),
    /// One of several.
    Split(Split),
}

/// One version of a route.
pub struct Version {
    /// Its name.
    pub name: VersionName,
    /// How callers write it.
    pub value: String,
    /// Who answers, instead of the route's own service.
    pub service: Option<Arc<Service>>,
    /// What stands in for who answers, instead of what the route says. `Some(None)`: nothing does.
    pub mock: Option<Option<Mock>>,
    /// What becomes of the path, instead of what the route says.
    pub path_change: Option<PathChange>,
    /// Changes to the request's headers, after those of the route.
    pub request_headers: HeaderEdits,
    /// Changes to the answer's headers, after those of the route.
    pub response_headers: HeaderEdits,
    /// Its limits, beside those of the route.
    pub limits: Vec<Arc<Limit>>,
    /// How it ends.
    pub lifecycle: Lifecycle,
}

/// How a version ends.
#[derive(Default)]
pub struct Lifecycle {
    /// `Deprecation` (RFC 9745), `Sunset` (RFC 8594) and their links.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// From when on it is answered 410, in seconds since 1970-01-01 UTC.
    pub gone_from_s: Option<i64>,
    /// How callers write the version to move to.
    pub successor: Option<String>,
}

/// How callers are spread over versions.
pub struct Split {
    /// What a version stays the same for.
    pub sticky: Sticky,
    /// Name of the cookie that remembers it.
    pub cookie: String,
    shares: Vec<(Arc<Version>, u32)>,
    turn: AtomicU64,
}

impl Split {
    /// Versions with their weights, of which one at least is not 0.
    pub fn new(sticky: Sticky, cookie: String, shares: Vec<(Arc<Version>, u32)>) -> Self {
        Self {
            sticky,
            cookie,
            shares,
            turn: AtomicU64::new(0),
        }
    }

    /// The version for whatever stays the same: always the same one for the same bytes, on every
    /// machine. Where a version's weight grows, nobody moves but to that version (weighted
    /// rendezvous hashing).
    pub fn of(&self, staying: &[u8]) -> Arc<Version> {
        let score = |(version, weight): &(Arc<Version>, u32)| {
            let bytes = [version.name.as_str().as_bytes(), b"\0", staying].concat();
            // 53 bits are what a float holds; between 0 and 1, neither of them included.
            let part = ((hash::of(&bytes) >> 11) as f64 + 0.5) / (1_u64 << 53) as f64;
            f64::from(*weight) / -part.ln()
        };
        let best = self
            .shares
            .iter()
            .max_by(|a, b| score(a).total_cmp(&score(b)));
        best.expect("a split has versions").0.clone()
    }

    /// The version that everyone gets, if one has all of it.
    pub fn only(&self) -> Option<&Arc<Version>> {
        let mut shares = self.shares.iter().filter(|(_, weight)| *weight > 0);
        match (shares.next(), shares.next()) {
            (Some((version, _)), None) => Some(version),
            _ => None,
        }
    }

    /// The version whose turn it is: shares are as even as they can be at any moment, since turns
    /// step round the circle by the golden ratio.
    pub fn next(&self) -> Arc<Version> {
        self.at(self.turn.fetch_add(1, Ordering::Relaxed))
    }

    /// The version that [`Self::next`] would give, whose turn it still is afterwards.
    pub fn coming(&self) -> Arc<Version> {
        self.at(self.turn.load(Ordering::Relaxed))
    }

    fn at(&self, turn: u64) -> Arc<Version> {
        const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;
        let place = turn.wrapping_mul(GOLDEN).wrapping_add(GOLDEN / 2);
        let total: u64 = self
            .shares
            .iter()
            .map(|(_, weight)| u64::from(*weight))
            .sum();
        let mut at = u64::try_from((u128::from(place) * u128::from(total)) >> 64)
            .expect("a part of the total is no more than it");
        for (version, weight) in &self.shares {
            match at.checked_sub(u64::from(*weight)) {
                Some(left) => at = left,
                None => return version.clone(),
            }
        }
        unreachable!("the place is below the total")
    }

    /// Each version's share in words: `v1 90 %, v2 10 %`.
    pub fn told(&self) -> String {
        let total: u64 = self
            .shares
            .iter()
            .map(|(_, weight)| u64::from(*weight))
            .sum();
        let share = |(version, weight): &(Arc<Version>, u32)| {
            let tenths = (u64::from(*weight) * 1_000 + total / 2) / total.max(1);
            match (tenths / 10, tenths % 10) {
                (whole, 0) => format!("{} {whole} %", version.name),
                (whole, tenth) => format!("{} {whole}.{tenth} %", version.name),
            }
        };
        self.shares.iter().map(share).collect::<Vec<_>>().join(", ")
    }

    /// The version of this name, if callers still get it.
    pub fn remembered(&self, name: &str) -> Option<Arc<Version>> {
        let share = self
            .shares
            .iter()
            .find(|(version, weight)| version.name.as_str() == name && *weight > 0)?;
        Some(share.0.clone())
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    fn version(name: &str) -> Arc<Version> {
        Arc::new(Version {
            name: name.into(),
            value: name.to_owned(),
            service: None,
            mock: None,
            path_change: None,
            request_headers: HeaderEdits::default(),
            response_headers: HeaderEdits::default(),
            limits: Vec::new(),
            lifecycle: Lifecycle::default(),
        })
    }

    fn split(weights: &[(&str, u32)]) -> Split {
        let shares = weights
            .iter()
            .map(|(name, weight)| (version(name), *weight));
        Split::new(Sticky::Ip, "c".to_owned(), shares.collect())
    }

    fn counts(split: &Split, choose: impl Fn(&Split, u32) -> Arc<Version>) -> HashMap<String, i32> {
        let mut counts = HashMap::new();
        for n in 0..10_000 {
            *counts.entry(choose(split, n).name.to_string()).or_default() += 1;
        }
        counts
    }

    /// LB-1: within 1 % over 10,000
    #[test]
    fn shares_are_kept_within_one_percent() {
        for weights in [
            &[("v1", 90), ("v2", 10)][..],
            &[("v1", 1), ("v2", 1), ("v3", 1)],
            &[("v1", 0), ("v2", 1)],
            &[("v1", 999_999), ("v2", 1)],
            &[("v1", 50), ("v2", 30), ("v3", 15), ("v4", 5)],
        ] {
            let split = split(weights);
            let total: u32 = weights.iter().map(|(_, weight)| weight).sum();
            let in_turn = counts(&split, |split, _| split.next());
            let by_caller = counts(&split, |split, n| split.of(format!("10.0.{n}").as_bytes()));
            for counts in [in_turn, by_caller] {
                for (name, weight) in weights {
                    let wanted = f64::from(*weight) / f64::from(total) * 10_000.0;
                    let found = f64::from(*counts.get(*name).unwrap_or(&0));
                    assert!(
                        (found - wanted).abs() <= 100.0,
                        "{name}: {counts:?} of {weights:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_caller_keeps_its_version_and_moves_only_to_one_that_grows() {
        let before = split(&[("v1", 50), ("v2", 30), ("v3", 20)]);
        let after = split(&[("v1", 50), ("v2", 60), ("v3", 20)]);
        let mut moved = 0;
        for n in 0..10_000 {
            let caller = format!("caller-{n}");
            let (old, new) = (before.of(caller.as_bytes()), after.of(caller.as_bytes()));
            assert_eq!(old.name, before.of(caller.as_bytes()).name);
            if old.name != new.name {
                assert_eq!(new.name.as_str(), "v2", "{caller} moved from {}", old.name);
                moved += 1;
            }
        }
        assert!(moved > 1_000, "{moved}");
    }

    #[test]
    fn the_same_caller_gets_the_same_version_on_every_machine() {
        let split = split(&[("v1", 50), ("v2", 50)]);
        let chosen: String = (0..16)
            .map(|n| split.of(format!("caller-{n}").as_bytes()).name.to_string())
            .map(|name| name[1..].to_owned())
            .collect();
        assert_eq!(chosen, "1212121122221222");
    }

    #[test]
    fn shares_are_told_in_percent() {
        assert_eq!(split(&[("v1", 9), ("v2", 1)]).told(), "v1 90 %, v2 10 %");
        let thirds = split(&[("v1", 1), ("v2", 1), ("v3", 1)]);
        assert_eq!(thirds.told(), "v1 33.3 %, v2 33.3 %, v3 33.3 %");
        assert_eq!(split(&[("v1", 0), ("v2", 5)]).told(), "v1 0 %, v2 100 %");
    }

    #[test]
    fn whose_turn_it_is_can_be_asked_without_taking_it() {
        let split = split(&[("v1", 1), ("v2", 1)]);
        for _ in 0..10 {
            let coming = split.coming();
            assert_eq!(split.coming().name, coming.name);
            assert_eq!(split.next().name, coming.name);
        }
    }

    #[test]
    fn a_version_without_a_share_is_not_remembered() {
        let split = split(&[("v1", 0), ("v2", 1)]);
        assert!(split.remembered("v1").is_none());
        assert!(split.remembered("v9").is_none());
        assert_eq!(split.remembered("v2").unwrap().name.as_str(), "v2");
    }
}
