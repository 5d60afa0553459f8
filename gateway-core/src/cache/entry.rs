//! An answer that is kept.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use bytes::Bytes;
use http::header::{
    AGE, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, LAST_MODIFIED,
    SET_COOKIE,
};
use http::{HeaderMap, HeaderName, StatusCode};

use super::control::Directives;
use super::freshness::{Freshness, initial_age_ns};
use super::key::Place;
use super::policy::Policy;
use super::vary::{Selecting, matches, tags};
use crate::clock::Now;
use crate::proxy::headers::is_hop_by_hop;

/// Most answers of one address that differ by their `Vary`.
const MOST_VARIANTS: usize = 64;

/// An answer that is kept: whole, with its body.
pub struct Stored {
    /// Its status.
    pub status: StatusCode,
    /// Its fields, without those of one connection and without `Age`.
    pub headers: HeaderMap,
    /// Its body, shared by all whom it is given to.
    pub body: Bytes,
    /// What a request must have in the fields that its `Vary` names.
    pub selecting: Selecting,
    /// How long it is fresh.
    pub freshness: Freshness,
    /// How old it was when it came, in nanoseconds.
    pub initial_age_ns: u64,
    /// When it came, on the clock's monotonic scale.
    pub came_ns: u64,
    /// Tags by which it is thrown away.
    pub tags: Vec<Box<str>>,
    /// Whether it is being fetched anew in the background.
    pub refreshing: AtomicBool,
}

/// The head of an answer that will be kept once its body is whole.
pub struct Head {
    /// Its status.
    pub status: StatusCode,
    /// Its fields as they came.
    pub headers: HeaderMap,
    /// What a request must have in the fields that its `Vary` names.
    pub selecting: Selecting,
    /// How long it is fresh.
    pub freshness: Freshness,
    /// How old it was when it came, in nanoseconds.
    pub initial_age_ns: u64,
    /// Tags by which it is thrown away.
    pub tags: Vec<Box<str>>,
    /// When it came.
    pub came: Now,
}

impl Stored {
    /// An answer with this head and this body.
    pub fn new(head: Head, body: Bytes, policy: &Policy) -> Self {
        let Head {
            status,
            headers,
            selecting,
            freshness,
            initial_age_ns,
            tags,
            came,
        } = head;
        Self {
            status,
            freshness,
            initial_age_ns,
            came_ns: came.monotonic_ns,
            tags,
            headers: kept_fields(headers, policy),
            body,
            selecting,
            refreshing: AtomicBool::new(false),
        }
    }

    /// The same, after the service said with these fields that it is still good (RFC 9111, sections
    /// 3.2 and 4.3.4); `headers` are those of this answer to its caller.
    pub fn freshened(
        &self,
        news: &HeaderMap,
        asked_ns: u64,
        came: Now,
        policy: &Policy,
    ) -> (Self, HeaderMap) {
        let mut headers = self.headers.clone();
        let names: Vec<HeaderName> = news
            .keys()
            .filter(|name| is_updated(name))
            .cloned()
            .collect();
        for name in names {
            headers.remove(&name);
            for value in news.get_all(&name) {
                headers.append(&name, value.clone());
            }
        }
        let head = Head {
            status: self.status,
            headers: headers.clone(),
            selecting: self.selecting.clone(),
            freshness: Freshness::of(self.status, &headers, policy, came),
            initial_age_ns: initial_age_ns(&headers, asked_ns, came),
            tags: tags(&headers),
            came,
        };
        headers.remove(AGE);
        (Self::new(head, self.body.clone(), policy), headers)
    }

    /// How old it is, in whole seconds.
    pub fn age_s(&self, now_ns: u64) -> u64 {
        let here_ns = now_ns.saturating_sub(self.came_ns);
        self.initial_age_ns.saturating_add(here_ns) / 1_000_000_000
    }

    /// For how many seconds it is still fresh; negative, for how many it has been stale.
    pub fn ttl_s(&self, now_ns: u64) -> i64 {
        let signed = |seconds| i64::try_from(seconds).unwrap_or(i64::MAX);
        signed(self.freshness.lifetime_s) - signed(self.age_s(now_ns))
    }

    /// Whether the service can be asked if it is still good.
    pub fn has_validator(&self) -> bool {
        self.headers.contains_key(ETAG) || self.headers.contains_key(LAST_MODIFIED)
    }

    /// How much memory it takes, in bytes, about.
    pub fn weight(&self) -> u64 {
        let fields = self.headers.iter();
        let fields: usize = fields.map(|(n, v)| n.as_str().len() + v.len() + 32).sum();
        let selecting = self.selecting.iter();
        let selecting: usize = selecting
            .map(|(name, value)| name.as_str().len() + value.as_ref().map_or(0, Vec::len))
            .sum();
        let bytes = self.body.len() + fields + selecting;
        u64::try_from(bytes).unwrap_or(u64::MAX).saturating_add(256)
    }
}

/// The fields of an answer that are kept (RFC 9111, section 3.1).
fn kept_fields(mut headers: HeaderMap, policy: &Policy) -> HeaderMap {
    let said = Directives::of_answer(&headers);
    let named: Vec<HeaderName> = said
        .fields("no-cache")
        .chain(said.fields("private"))
        .collect();
    let of_connection = |name: &&HeaderName| {
        is_hop_by_hop(name) || matches!(name.as_str(), "proxy-authentication-info" | "trailer")
    };
    let of_connection: Vec<HeaderName> = headers.keys().filter(of_connection).cloned().collect();
    for name in named.into_iter().chain(of_connection) {
        headers.remove(name);
    }
    headers.remove(AGE);
    if !policy.store_set_cookie {
        headers.remove(SET_COOKIE);
    }
    headers
}

/// Whether a field of a 304 takes the place of the one kept: not what speaks of the body that is kept
/// or of a connection.
fn is_updated(name: &HeaderName) -> bool {
    let of_body = [
        CONTENT_LENGTH,
        CONTENT_ENCODING,
        CONTENT_TYPE,
        CONTENT_RANGE,
    ];
    !of_body.contains(name) && !is_hop_by_hop(name)
}

/// What is kept under one key: one answer, or several that differ by their `Vary`; newest first.
pub struct Resource {
    /// Where it is found.
    pub place: Arc<Place>,
    variants: Vec<Arc<Stored>>,
}

impl Resource {
    /// One with a single answer.
    pub fn new(place: Arc<Place>, first: Arc<Stored>) -> Self {
        Self {
            place,
            variants: vec![first],
        }
    }

    /// The newest answer that does for a request with these fields.
    pub fn select(&self, request: &HeaderMap) -> Option<&Arc<Stored>> {
        let mut all = self.variants.iter();
        all.find(|stored| matches(&stored.selecting, request))
    }

    /// All its answers.
    pub fn variants(&self) -> &[Arc<Stored>] {
        &self.variants
    }

    /// The same with `answer`, which takes the place of those that do for the same requests.
    pub fn with(&self, answer: Arc<Stored>) -> Self {
        let others = self.variants.iter();
        let others = others.filter(|other| other.selecting != answer.selecting);
        let mut variants: Vec<_> = std::iter::once(answer.clone())
            .chain(others.cloned())
            .collect();
        variants.truncate(MOST_VARIANTS);
        Self {
            place: self.place.clone(),
            variants,
        }
    }

    /// The same without some of its answers; `None` where none is left.
    pub fn without(&self, is_gone: impl Fn(&Arc<Stored>) -> bool) -> Option<Self> {
        let left = self.variants.iter().filter(|stored| !is_gone(stored));
        let variants: Vec<_> = left.cloned().collect();
        (!variants.is_empty()).then(|| Self {
            place: self.place.clone(),
            variants,
        })
    }

    /// How much memory it takes, in bytes, about.
    pub fn weight(&self) -> u64 {
        let weights = self.variants.iter().map(|stored| stored.weight());
        weights.fold(128, u64::saturating_add)
    }
}
