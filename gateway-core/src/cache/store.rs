//! Where answers are kept: in memory, up to a number of bytes. What was used least goes first.
//!
//! Reading takes a shared lock for a moment; whatever changes what is kept takes one lock, so that
//! what is thrown away is thrown away for good, also what is on its way.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use parking_lot::Mutex;
use quick_cache::sync::Cache as Entries;
use quick_cache::{DefaultHashBuilder, Lifecycle, OptionsBuilder, Weighter};

use super::entry::{Resource, Stored};
use super::flight::Flights;
use super::key::{Key, Place};
use super::purge::{Purge, Purged};
use crate::config::CacheBudget;
use crate::ids::RouteName;

/// How many keys are remembered whose answers are of no use to others.
const MOST_UNCACHEABLE: usize = 10_000;
/// For how long.
const UNCACHEABLE_NS: u64 = 10_000_000_000;

/// Answers that are kept.
pub struct Cache {
    entries: Entries<Arc<Key>, Arc<Resource>, Weigh, DefaultHashBuilder, Forget>,
    /// Who asks for what.
    pub flights: Flights,
    /// Keys whose answers were of no use to others, and until when that is believed, on the clock's
    /// monotonic scale: nobody waits for them.
    uncacheable: Entries<Arc<Key>, u64>,
    writes: Mutex<Writes>,
    evicted: AtomicU64,
}

/// An answer that is on its way: its key, its place, and whether it was thrown away meanwhile.
type Awaited = (Arc<Key>, Arc<Place>, Arc<AtomicBool>);

/// What is needed to find what is to be thrown away.
#[derive(Default)]
struct Writes {
    places: HashMap<Arc<Place>, HashSet<Arc<Key>>>,
    expected: HashMap<u64, Awaited>,
    next: u64,
}

#[derive(Clone)]
struct Weigh;

impl Weighter<Arc<Key>, Arc<Resource>> for Weigh {
    fn weight(&self, key: &Arc<Key>, resource: &Arc<Resource>) -> u64 {
        key.weight().saturating_add(resource.weight())
    }
}

/// Collects what was thrown away to make room.
#[derive(Clone)]
struct Forget;

impl Lifecycle<Arc<Key>, Arc<Resource>> for Forget {
    type RequestState = Vec<(Arc<Key>, Arc<Resource>)>;

    fn on_evict(&self, gone: &mut Self::RequestState, key: Arc<Key>, resource: Arc<Resource>) {
        gone.push((key, resource));
    }
}

/// An answer that is on its way and shall be kept. What is thrown away meanwhile is not kept when it
/// comes.
pub struct Expected {
    cache: Arc<Cache>,
    id: u64,
    key: Arc<Key>,
    place: Arc<Place>,
    is_void: Arc<AtomicBool>,
}

/// How much is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// Answers, variants counted.
    pub answers: u64,
    /// Bytes that they take.
    pub bytes: u64,
}

impl Cache {
    /// Keeps nothing yet.
    pub fn new(budget: &CacheBudget) -> Self {
        let options = OptionsBuilder::new()
            .estimated_items_capacity(1_000)
            .weight_capacity(budget.max_bytes)
            // One, so that all of the room is everyone's, whatever the size of an answer.
            .shards(1)
            .build()
            .expect("both numbers are given");
        Self {
            entries: Entries::with_options(options, Weigh, DefaultHashBuilder::default(), Forget),
            flights: Flights::default(),
            uncacheable: Entries::new(MOST_UNCACHEABLE),
            writes: Mutex::default(),
            evicted: AtomicU64::new(0),
        }
    }

    /// Changes how much may be kept; what is too much goes.
    pub fn set_budget(&self, budget: &CacheBudget) {
        if self.entries.capacity() != budget.max_bytes {
            let mut writes = self.writes.lock();
            self.entries.set_capacity(budget.max_bytes);
            // What went is not told.
            let kept: HashSet<_> = self.entries.iter().map(|(key, _)| key).collect();
            writes.places.retain(|_, keys| {
                keys.retain(|key| kept.contains(key));
                !keys.is_empty()
            });
        }
    }

    /// What is kept under a key.
    pub fn get(&self, key: &Key) -> Option<Arc<Resource>> {
        self.entries.get(key)
    }

    /// The same, without it counting as used.
    pub fn peek(&self, key: &Key) -> Option<Arc<Resource>> {
        self.entries.peek(key)
    }

    /// Says that an answer is asked for and may be kept.
    pub fn expect(self: &Arc<Self>, key: Arc<Key>, place: Arc<Place>) -> Expected {
        let is_void = Arc::new(AtomicBool::new(false));
        let mut writes = self.writes.lock();
        let id = writes.next;
        writes.next += 1;
        let entry = (key.clone(), place.clone(), is_void.clone());
        writes.expected.insert(id, entry);
        drop(writes);
        Expected {
            cache: self.clone(),
            id,
            key,
            place,
            is_void,
        }
    }

    /// Takes one answer away: a newer one came that is not kept.
    pub fn forget(&self, key: &Key, stored: &Arc<Stored>) {
        let _writes = self.writes.lock();
        self.rewrite(key, |answer| Arc::ptr_eq(answer, stored));
    }

    /// Remembers that answers to this are of no use to others, so that nobody waits for one.
    pub fn is_of_no_use(&self, key: Arc<Key>, now_ns: u64) {
        let until_ns = now_ns.saturating_add(UNCACHEABLE_NS);
        self.uncacheable.insert(key, until_ns);
    }

    /// Whether somebody may wait for another's answer.
    pub fn may_be_of_use(&self, key: &Key, now_ns: u64) -> bool {
        let until_ns = self.uncacheable.get(key);
        until_ns.is_none_or(|until_ns| until_ns <= now_ns)
    }

    /// Throws answers away.
    pub fn purge(&self, purge: &Purge) -> Purged {
        let writes = self.writes.lock();
        for (key, place, is_void) in writes.expected.values() {
            if purge.is_about(key, place) {
                is_void.store(true, Ordering::Relaxed);
            }
        }
        let keys: Vec<_> = match purge {
            Purge::Url {
                host: Some(host),
                path,
                ..
            } => {
                let place = Place {
                    host: host.as_str().into(),
                    path: path.as_str().into(),
                };
                let keys = writes.places.get(&place).into_iter().flatten();
                keys.cloned().collect()
            }
            _ => self.entries.iter().map(|(key, _)| key).collect(),
        };
        drop(writes);
        let mut purged = Purged::default();
        for key in keys {
            let mut writes = self.writes.lock();
            let Some(resource) = self.entries.peek(&key) else {
                continue;
            };
            let before = purged.answers;
            let is_gone = |answer: &Arc<Stored>| purge.takes(&key, &resource.place, answer);
            for gone in resource.variants().iter().filter(|answer| is_gone(answer)) {
                purged.answers += 1;
                purged.bytes += gone.weight();
            }
            if purged.answers > before && !self.rewrite(&key, is_gone) {
                purged.bytes += key.weight();
                writes.forget(&key, &resource.place);
            }
        }
        purged
    }

    /// How much is kept.
    pub fn held(&self) -> Held {
        let answers = self.entries.iter();
        let answers = answers.map(|(_, resource)| resource.variants().len());
        Held {
            answers: u64::try_from(answers.sum::<usize>()).unwrap_or(u64::MAX),
            bytes: self.entries.weight(),
        }
    }

    /// How much is kept of each route.
    pub fn held_by_route(&self) -> HashMap<RouteName, Held> {
        let mut held: HashMap<RouteName, Held> = HashMap::new();
        for (key, resource) in self.entries.iter() {
            let of_route = held.entry(key.route.clone()).or_default();
            of_route.answers += resource.variants().len() as u64;
            of_route.bytes += key.weight() + resource.weight();
        }
        held
    }

    /// Most bytes that may be kept.
    pub fn max_bytes(&self) -> u64 {
        self.entries.capacity()
    }

    /// How many keys had to make room since the gateway was started.
    pub fn evicted(&self) -> u64 {
        self.evicted.load(Ordering::Relaxed)
    }

    /// Takes some answers of a key away, and says whether any is left. Under the lock of writes.
    fn rewrite(&self, key: &Key, is_gone: impl Fn(&Arc<Stored>) -> bool) -> bool {
        let Some((key, resource)) = self.entries.remove(key) else {
            return false;
        };
        match resource.without(is_gone) {
            Some(left) => {
                self.entries.insert(key, Arc::new(left));
                true
            }
            None => false,
        }
    }

    fn keep(&self, expected: &Expected, answer: Arc<Stored>) -> bool {
        let Expected {
            key,
            place,
            is_void,
            ..
        } = expected;
        let mut writes = self.writes.lock();
        if is_void.load(Ordering::Relaxed) {
            return false;
        }
        let before = self.entries.peek(&**key);
        let resource = Arc::new(match &before {
            Some(before) => before.with(answer),
            None => Resource::new(place.clone(), answer),
        });
        let keys = writes.places.entry(place.clone()).or_default();
        keys.insert(key.clone());
        let mut gone = Vec::new();
        self.entries
            .insert_with_lifecycle(key.clone(), resource, &mut gone);
        let mut is_kept = true;
        for (gone, resource) in gone {
            // What was replaced is told too.
            if before
                .as_ref()
                .is_some_and(|before| Arc::ptr_eq(before, &resource))
            {
                continue;
            }
            self.evicted.fetch_add(1, Ordering::Relaxed);
            is_kept &= gone != *key;
            writes.forget(&gone, &resource.place);
        }
        self.uncacheable.remove(&**key);
        is_kept
    }
}

impl Writes {
    fn forget(&mut self, key: &Arc<Key>, place: &Arc<Place>) {
        if let Some(keys) = self.places.get_mut(place) {
            keys.remove(key);
            if keys.is_empty() {
                self.places.remove(place);
            }
        }
    }
}

impl Expected {
    /// It is of no use to others; see [`Cache::is_of_no_use`].
    pub fn is_of_no_use(&self, now_ns: u64) {
        self.cache.is_of_no_use(self.key.clone(), now_ns);
    }

    /// Keeps the answer. `false` where it was thrown away while it came, or is larger than all that
    /// may be kept.
    pub fn keep(self, answer: Arc<Stored>) -> bool {
        self.cache.keep(&self, answer)
    }
}

impl Drop for Expected {
    fn drop(&mut self) {
        self.cache.writes.lock().expected.remove(&self.id);
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::{HeaderMap, HeaderValue, StatusCode};

    use super::*;
    use crate::cache::Policy;
    use crate::cache::entry::Head;
    use crate::cache::freshness::Freshness;
    use crate::cache::key::Whose;
    use crate::cache::vary::tags;
    use crate::clock::Now;

    fn key(path: &str) -> (Arc<Key>, Arc<Place>) {
        let key = Key {
            route: "all".into(),
            generation: 0,
            version: None,
            whose: Whose::Everyone,
            https: false,
            host: "a".into(),
            path: path.into(),
            query: "".into(),
            whole_query: true,
            headers: Vec::new(),
        };
        let place = Place {
            host: "a".into(),
            path: path.into(),
        };
        (Arc::new(key), Arc::new(place))
    }

    fn answer(body: &Bytes, tag: &'static str) -> Arc<Stored> {
        let mut headers = HeaderMap::new();
        headers.insert("cache-tag", HeaderValue::from_static(tag));
        let policy = Policy::for_tests();
        let came = Now {
            monotonic_ns: 0,
            epoch_us: 0,
        };
        let head = Head {
            status: StatusCode::OK,
            selecting: vec![("x".parse().unwrap(), Some(tag.as_bytes().to_vec()))],
            freshness: Freshness::of(StatusCode::OK, &headers, &policy, came),
            initial_age_ns: 0,
            tags: tags(&headers),
            headers,
            came,
        };
        Arc::new(Stored::new(head, body.clone(), &policy))
    }

    #[test]
    fn a_body_is_shared_and_never_copied() {
        let cache = Arc::new(Cache::new(&CacheBudget::default()));
        let body = Bytes::from(vec![b'a'; 1_000]);
        let (key, place) = key("/");
        assert!(cache.expect(key.clone(), place).keep(answer(&body, "one")));
        for _ in 0..2 {
            let resource = cache.get(&key).unwrap();
            let kept = resource.variants()[0].body.clone();
            assert_eq!(kept.as_ptr(), body.as_ptr());
        }
    }

    #[test]
    fn what_is_thrown_away_leaves_nothing_behind() {
        let cache = Arc::new(Cache::new(&CacheBudget::default()));
        let body = Bytes::from_static(b"hello");
        for path in ["/a", "/b"] {
            for tag in ["one", "two"] {
                let (key, place) = key(path);
                assert!(cache.expect(key, place).keep(answer(&body, tag)));
            }
        }
        assert_eq!(cache.held().answers, 4);
        assert_eq!(cache.purge(&Purge::Tag("one".to_owned())).answers, 2);
        assert_eq!(cache.writes.lock().places.len(), 2);
        let purged = cache.purge(&Purge::Route("all".into()));
        assert_eq!((purged.answers, cache.held()), (2, Held::default()));
        assert!(cache.writes.lock().places.is_empty());
        assert!(cache.writes.lock().expected.is_empty());
    }

    #[test]
    fn what_makes_room_is_forgotten_wholly() {
        let budget = CacheBudget {
            max_bytes: 65_536,
            max_answer_bytes: 65_536,
        };
        let cache = Arc::new(Cache::new(&budget));
        let body = Bytes::from(vec![b'a'; 10_000]);
        for n in 0..100 {
            let (key, place) = key(&format!("/{n}"));
            cache.expect(key, place).keep(answer(&body, "one"));
            let places = cache.writes.lock().places.len() as u64;
            let Held { answers, bytes } = cache.held();
            assert_eq!(places, answers);
            assert!(bytes <= budget.max_bytes);
        }
        let (key, place) = key("/large");
        let large = answer(&Bytes::from(vec![b'a'; 70_000]), "one");
        assert!(
            !cache.expect(key, place).keep(large),
            "it has no room at all"
        );
        assert_eq!(
            cache.writes.lock().places.len() as u64,
            cache.held().answers
        );
    }
}
