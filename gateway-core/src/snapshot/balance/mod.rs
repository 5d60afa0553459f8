//! Which target a request goes to, of those that are well.
//!
//! Everything that counts is shared with the snapshots before and after this one, so that a change
//! of the configuration neither forgets a target's failures nor miscounts running requests.

pub mod hash;
pub mod load;
mod pick;
mod running;
#[cfg(test)]
mod tests;
mod turns;

use std::sync::Arc;

use parking_lot::Mutex;

use super::breaker::{Breaker, Trial};
use super::budget::Budget;
use super::health::checked::Checked;
use super::health::ejection::{Ejection, Standing};
use crate::config::{Algorithm, HashBy};
use load::Load;
pub use pick::Asked;
pub use running::Running;
use turns::Turns;

/// Chooses targets and learns from how requests end.
pub struct Balancer {
    /// The rule.
    pub algorithm: Algorithm,
    /// What a consistent hash is made of.
    pub hash_by: HashBy,
    /// Name of the header or cookie that is hashed, in lower case for a header.
    pub hash_name: Option<String>,
    /// Name of the cookie that holds a caller to a target.
    pub sticky_cookie: Option<String>,
    /// Where at most this share of the targets is well, health is not trusted. 0: never.
    pub panic_percent: u8,
    /// The targets, in the order of the service's.
    pub peers: Vec<Peer>,
    /// Stops requests while the service keeps failing.
    pub breaker: Option<Arc<Breaker>>,
    /// What is granted beside plain requests.
    pub budget: Arc<Budget>,
    /// How often the health of a target or the breaker changed.
    pub changes: Arc<Changes>,
    turns: Arc<Mutex<Turns>>,
}

/// A target, as the balancer sees it.
#[derive(Clone)]
pub struct Peer {
    /// Its URL.
    pub url: String,
    /// What a sticky cookie calls it: says nothing of the URL.
    pub id: String,
    /// Its share.
    pub weight: u16,
    /// The number of the instance, where the gateway runs it.
    pub instance: Option<u64>,
    /// What it is doing.
    pub load: Arc<Load>,
    /// What checks say of it, where there are any.
    pub checked: Option<Arc<Checked>>,
    /// What requests say of it, where they are listened to.
    pub ejection: Option<Arc<Ejection>>,
    seed: u64,
}

/// Counts how often something changed that a person watches.
#[derive(Debug, Default)]
pub struct Changes(std::sync::atomic::AtomicU64);

impl Changes {
    /// Something changed.
    pub fn add(&self) {
        self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    }

    /// How often so far.
    pub fn count(&self) -> u64 {
        self.0.load(std::sync::atomic::Ordering::Relaxed)
    }
}

/// A target that was chosen.
pub struct Choice {
    /// Which of the service's targets.
    pub index: usize,
    /// Why, in a few words.
    pub why: String,
    /// Counts the request as running, and learns how it ends.
    pub running: Running,
}

/// Why there is no target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unavailable {
    /// When it may be worth another try, in milliseconds.
    pub retry_after_ms: u64,
    /// In one sentence, for the log.
    pub reason: String,
}

/// How well a target is at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fitness {
    Well,
    /// It was left out and may be tried by one request.
    Due,
    Out,
}

impl Balancer {
    /// A balancer whose round begins here.
    pub fn new(peers: Vec<Peer>, rule: &crate::config::Balance, panic_percent: u8) -> Self {
        Self {
            algorithm: rule.algorithm,
            hash_by: rule.hash_by,
            hash_name: rule.hash_name.clone(),
            sticky_cookie: rule.sticky_cookie.clone(),
            panic_percent,
            turns: Arc::new(Mutex::new(Turns::of(peers.len()))),
            peers,
            breaker: None,
            budget: Arc::default(),
            changes: Arc::default(),
        }
    }

    /// The same rule over other targets. What counts for the whole service is shared.
    pub(crate) fn with_peers(&self, peers: Vec<Peer>) -> Self {
        let Self {
            algorithm,
            hash_by,
            hash_name,
            sticky_cookie,
            panic_percent,
            peers: _,
            breaker,
            budget,
            changes,
            turns: _,
        } = self;
        Self {
            algorithm: *algorithm,
            hash_by: *hash_by,
            hash_name: hash_name.clone(),
            sticky_cookie: sticky_cookie.clone(),
            panic_percent: *panic_percent,
            turns: Arc::new(Mutex::new(Turns::of(peers.len()))),
            peers,
            breaker: breaker.clone(),
            budget: budget.clone(),
            changes: changes.clone(),
        }
    }

    /// Goes on with the round of `before`, where its targets and weights are the same.
    pub fn inherit_turns(&mut self, before: &Self) {
        let same = |(new, old): (&Peer, &Peer)| new.url == old.url && new.weight == old.weight;
        if self.peers.len() == before.peers.len() && self.peers.iter().zip(&before.peers).all(same)
        {
            self.turns = before.turns.clone();
        }
    }

    /// Lets a request go on to the service, if its breaker does.
    ///
    /// # Errors
    /// The breaker is open.
    pub fn admit(&self, now_ns: u64) -> Result<Option<Trial>, Unavailable> {
        match &self.breaker {
            None => Ok(None),
            Some(breaker) => breaker.admit(now_ns).map(Some),
        }
    }

    /// Whether the service's breaker would let a request pass. Changes nothing.
    ///
    /// # Errors
    /// As [`Self::admit`].
    pub fn look_at_breaker(&self, now_ns: u64) -> Result<(), Unavailable> {
        self.breaker
            .as_ref()
            .map_or(Ok(()), |breaker| breaker.look(now_ns))
    }

    /// Whether so few targets are well that health is not trusted.
    pub fn panics(&self, now_ns: u64) -> bool {
        let fitness = self.fitness(now_ns);
        self.is_panic(&fitness)
    }

    fn is_panic(&self, fitness: &[Fitness]) -> bool {
        let usable = self
            .peers
            .iter()
            .zip(fitness)
            .filter(|(peer, _)| peer.weight > 0);
        let (mut all, mut well) = (0, 0);
        for (_, fitness) in usable {
            all += 1;
            well += usize::from(*fitness == Fitness::Well);
        }
        self.panic_percent > 0 && well < all && well * 100 <= all * usize::from(self.panic_percent)
    }

    fn fitness(&self, now_ns: u64) -> Vec<Fitness> {
        self.peers.iter().map(|peer| peer.fitness(now_ns)).collect()
    }

    fn unavailable(&self, now_ns: u64) -> Unavailable {
        let mut reasons = Vec::new();
        let mut retry_after_ms = None;
        for peer in self.peers.iter().filter(|peer| peer.weight > 0) {
            let (why, wait_ms) = peer.why_out(now_ns);
            reasons.push(match peer.what_next(now_ns) {
                Some(next) => format!("{} {why} ({next})", peer.url),
                None => format!("{} {why}", peer.url),
            });
            retry_after_ms = Some(retry_after_ms.map_or(wait_ms, |least: u64| least.min(wait_ms)));
        }
        let reason = match reasons.is_empty() {
            true => "no target has a weight above 0".to_owned(),
            false => format!("no target is healthy: {}", reasons.join("; ")),
        };
        Unavailable {
            retry_after_ms: retry_after_ms.unwrap_or(1_000),
            reason,
        }
    }
}

impl Peer {
    /// A target of which nothing is known yet.
    pub fn new(service: &str, url: &str, weight: u16) -> Self {
        let seed = hash::of(format!("{service}\n{url}").as_bytes());
        Self {
            url: url.to_owned(),
            id: format!("{seed:016x}"),
            weight,
            instance: None,
            load: Arc::default(),
            checked: None,
            ejection: None,
            seed,
        }
    }

    fn fitness(&self, now_ns: u64) -> Fitness {
        if self
            .checked
            .as_ref()
            .is_some_and(|checked| !checked.is_healthy())
        {
            return Fitness::Out;
        }
        match self
            .ejection
            .as_ref()
            .map(|ejection| ejection.standing(now_ns))
        {
            None | Some(Standing::In) => Fitness::Well,
            Some(Standing::Due) => Fitness::Due,
            Some(Standing::Out { .. }) => Fitness::Out,
        }
    }

    /// What will happen to a target that is left out, as a clause, as far as it is known.
    fn what_next(&self, now_ns: u64) -> Option<String> {
        let unwell = |checked: &&Arc<Checked>| !checked.is_healthy();
        if let Some(checked) = self.checked.as_ref().filter(unwell) {
            return Some(checked.what_next(now_ns));
        }
        let ejection = self.ejection.as_ref()?;
        match (ejection.standing(now_ns), ejection.is_probed()) {
            (Standing::Out { .. }, true) => {
                Some("one request finds out just now whether it has recovered".to_owned())
            }
            (Standing::Out { .. }, false) => {
                Some("the first request after that finds out whether it has recovered".to_owned())
            }
            (Standing::In | Standing::Due, _) => None,
        }
    }

    /// Why it is left out, and for how many milliseconds at least.
    pub fn why_out(&self, now_ns: u64) -> (String, u64) {
        if let Some(checked) = &self.checked
            && !checked.is_healthy()
        {
            return (checked.why(), checked.rule.interval_ms);
        }
        match self
            .ejection
            .as_ref()
            .map(|ejection| ejection.standing(now_ns))
        {
            Some(Standing::Out { until_ns, why }) => {
                let ms = until_ns.saturating_sub(now_ns).div_ceil(1_000_000);
                let out = match ms {
                    // Another request is the probe.
                    0 => format!("is left out: {why}"),
                    ms => format!("is left out for {ms} ms: {why}"),
                };
                (out, ms)
            }
            _ => ("is well".to_owned(), 1_000),
        }
    }
}
