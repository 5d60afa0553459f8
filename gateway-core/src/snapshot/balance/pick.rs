//! The choice itself.

use rand::Rng;

use super::hash::score;
use super::{Balancer, Choice, Fitness, Peer, Running, Unavailable};
use crate::config::Algorithm;

const POWER_OF_TWO: &str = "power of two choices";
const ROUND_ROBIN: &str = "round robin";
const LEAST_IN_FLIGHT: &str = "fewest requests in flight";

/// What a choice depends on besides the targets.
#[derive(Clone, Copy, Debug, Default)]
pub struct Asked<'a> {
    /// Hash of what a consistent hash is made of.
    pub key: u64,
    /// What the caller's sticky cookie says.
    pub sticky: Option<&'a str>,
    /// Targets that were tried for this request already.
    pub tried: &'a [usize],
    /// The time.
    pub now_ns: u64,
}

impl Balancer {
    /// Chooses a target and counts the request there, in one step: the next choice sees it.
    ///
    /// # Errors
    /// No target is well, and health is trusted.
    pub fn choose(&self, asked: &Asked<'_>, random: &mut impl Rng) -> Result<Choice, Unavailable> {
        let fitness = self.fitness(asked.now_ns);
        let panic = self.is_panic(&fitness);
        let mut pool = self.pool(&fitness, panic, asked);
        while !pool.is_empty() {
            let (index, why, running) = self.pick(&pool, &fitness, panic, asked, random);
            let Some(running) = running else {
                // Another request became the probe in this very moment.
                pool.retain(|n| *n != index);
                continue;
            };
            let why = match panic {
                true => {
                    format!("{why}, though unhealthy targets are not left out: too few are healthy")
                }
                false => why.to_owned(),
            };
            return Ok(Choice {
                index,
                why,
                running,
            });
        }
        Err(self.unavailable(asked.now_ns))
    }

    /// Which target would be chosen and why, or only why where chance decides. Nothing is counted,
    /// and nobody's turn is taken.
    ///
    /// # Errors
    /// As [`Self::choose`].
    pub fn look(&self, asked: &Asked<'_>) -> Result<(Option<usize>, &'static str), Unavailable> {
        let fitness = self.fitness(asked.now_ns);
        let panic = self.is_panic(&fitness);
        let pool = self.pool(&fitness, panic, asked);
        if pool.is_empty() {
            return Err(self.unavailable(asked.now_ns));
        }
        if let Some((index, why)) = self.certain(&pool, &fitness, panic, asked) {
            return Ok((Some(index), why));
        }
        let weight = |n: usize| self.peers[n].weight;
        let among = |pool: &[usize]| Some(self.turns.lock().clone().next(pool, weight));
        Ok(match self.algorithm {
            Algorithm::PowerOfTwo => (None, POWER_OF_TWO),
            Algorithm::RoundRobin => (among(&pool), ROUND_ROBIN),
            Algorithm::LeastInFlight => (among(&self.least(&pool)), LEAST_IN_FLIGHT),
            Algorithm::ConsistentHash => unreachable!("it is certain"),
        })
    }

    /// Targets that may be chosen.
    fn pool(&self, fitness: &[Fitness], panic: bool, asked: &Asked<'_>) -> Vec<usize> {
        let mut pool: Vec<usize> = (0..self.peers.len())
            .filter(|&n| self.peers[n].weight > 0 && (panic || fitness[n] != Fitness::Out))
            .collect();
        if pool.iter().any(|n| !asked.tried.contains(n)) {
            pool.retain(|n| !asked.tried.contains(n));
        }
        pool
    }

    /// The target of a pool that is not empty that must be chosen, whoever's turn it is, and why.
    fn certain(
        &self,
        pool: &[usize],
        fitness: &[Fitness],
        panic: bool,
        asked: &Asked<'_>,
    ) -> Option<(usize, &'static str)> {
        let sticky = asked.sticky.and_then(|id| {
            let named = |&&n: &&usize| self.peers[n].id == id;
            pool.iter().find(named)
        });
        if let Some(&index) = sticky {
            return Some((index, "sticky cookie"));
        }
        if let &[only] = pool {
            let why = match self.peers.len() {
                1 => "only target",
                _ => "only target to choose",
            };
            return Some((only, why));
        }
        if self.algorithm == Algorithm::ConsistentHash {
            return Some((self.by_hash(pool, asked.key), "consistent hash"));
        }
        // A target that may have recovered is asked at once, whatever the rule, or it might never be.
        let due = pool.iter().find(|&&n| fitness[n] == Fitness::Due);
        match (panic, due) {
            (false, Some(&index)) => Some((index, "probe after it was left out")),
            _ => None,
        }
    }

    /// A target of a pool that is not empty; `None` for one that must be probed and already is.
    fn pick(
        &self,
        pool: &[usize],
        fitness: &[Fitness],
        panic: bool,
        asked: &Asked<'_>,
        random: &mut impl Rng,
    ) -> (usize, &'static str, Option<Running>) {
        let begin = |index: usize, why: &'static str| {
            let peer: &Peer = &self.peers[index];
            if panic || fitness[index] != Fitness::Due {
                return (index, why, Some(Running::begin(peer, false)));
            }
            let granted = peer
                .ejection
                .as_ref()
                .is_some_and(|ejection| ejection.begin_probe(asked.now_ns));
            let running = granted.then(|| Running::begin(peer, true));
            (index, "probe after it was left out", running)
        };
        if let Some((index, why)) = self.certain(pool, fitness, panic, asked) {
            return begin(index, why);
        }
        let weight = |n: usize| self.peers[n].weight;
        match self.algorithm {
            Algorithm::PowerOfTwo => begin(self.of_two(pool, random), POWER_OF_TWO),
            Algorithm::RoundRobin => {
                let mut turns = self.turns.lock();
                begin(turns.next(pool, weight), ROUND_ROBIN)
            }
            Algorithm::LeastInFlight => {
                // Held until the request is counted, or two would see the same numbers.
                let mut turns = self.turns.lock();
                let least = self.least(pool);
                begin(turns.next(&least, weight), LEAST_IN_FLIGHT)
            }
            Algorithm::ConsistentHash => unreachable!("it is certain"),
        }
    }

    fn by_hash(&self, pool: &[usize], key: u64) -> usize {
        let rank = |&n: &usize| score(key, self.peers[n].seed, self.peers[n].weight);
        let wanted = pool.iter().max_by(|a, b| rank(a).total_cmp(&rank(b)));
        *wanted.expect("the pool is not empty")
    }

    /// Those with the fewest running requests for their weight.
    fn least(&self, pool: &[usize]) -> Vec<usize> {
        let loads: Vec<_> = pool
            .iter()
            .map(|&n| {
                (
                    n,
                    self.peers[n].load.in_flight(),
                    u64::from(self.peers[n].weight),
                )
            })
            .collect();
        let least = loads
            .iter()
            .copied()
            .min_by(|a, b| (a.1 * b.2).cmp(&(b.1 * a.2)))
            .expect("the pool is not empty");
        loads
            .into_iter()
            .filter(|load| load.1 * least.2 == least.1 * load.2)
            .map(|load| load.0)
            .collect()
    }

    fn of_two(&self, pool: &[usize], random: &mut impl Rng) -> usize {
        let first = self.by_weight(pool, None, random);
        let second = self.by_weight(pool, Some(first), random);
        let load = |n: usize| {
            (
                self.peers[n].load.in_flight(),
                u64::from(self.peers[n].weight),
            )
        };
        let ((a, a_weight), (b, b_weight)) = (load(first), load(second));
        // Of equals the first, which was drawn by weight.
        match a * b_weight <= b * a_weight {
            true => first,
            false => second,
        }
    }

    fn by_weight(&self, pool: &[usize], without: Option<usize>, random: &mut impl Rng) -> usize {
        let others = || pool.iter().copied().filter(|n| Some(*n) != without);
        let total: u64 = others().map(|n| u64::from(self.peers[n].weight)).sum();
        let mut drawn = random.random_range(0..total);
        for n in others() {
            let weight = u64::from(self.peers[n].weight);
            if drawn < weight {
                return n;
            }
            drawn -= weight;
        }
        unreachable!("less than the sum of the weights was drawn")
    }
}
