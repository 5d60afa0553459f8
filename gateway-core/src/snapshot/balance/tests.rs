use std::collections::HashMap;

use proptest::prelude::*;
use rand::SeedableRng as _;
use rand::rngs::StdRng;

use super::*;
use crate::config::Balance;
use crate::snapshot::health::ejection::EjectionRule;

fn balancer(algorithm: Algorithm, weights: &[u16]) -> Balancer {
    let peers = weights
        .iter()
        .enumerate()
        .map(|(n, weight)| Peer::new("shop", &format!("http://t{n}"), *weight))
        .collect();
    let rule = Balance {
        algorithm,
        ..Balance::default()
    };
    Balancer::new(peers, &rule, 0)
}

/// Lets each target be left out after one failure, for a second.
fn with_ejection(mut balancer: Balancer, panic_percent: u8) -> Balancer {
    balancer.panic_percent = panic_percent;
    for peer in &mut balancer.peers {
        let rule = EjectionRule {
            failures: 1,
            statuses: Vec::new(),
            eject_ns: 1_000_000_000,
        };
        peer.ejection = Some(Arc::new(Ejection::new(rule, Arc::default())));
    }
    balancer
}

fn eject(balancer: &Balancer, index: usize) {
    let ejection = balancer.peers[index].ejection.as_ref().unwrap();
    ejection.failed(false, "reset", 0);
}

fn random() -> StdRng {
    StdRng::seed_from_u64(7)
}

/// Which targets so many requests go to that end at once.
fn picks(balancer: &Balancer, requests: u64) -> Vec<usize> {
    let mut random = random();
    let pick = |key| {
        let asked = Asked {
            key: hash::of(&u64::to_be_bytes(key)),
            ..Asked::default()
        };
        balancer.choose(&asked, &mut random).unwrap().index
    };
    (0..requests).map(pick).collect()
}

fn shares(picks: &[usize], targets: usize) -> Vec<f64> {
    let count = |n| picks.iter().filter(|pick| **pick == n).count();
    (0..targets)
        .map(|n| count(n) as f64 / picks.len() as f64)
        .collect()
}

/// LB-1
#[test]
fn each_rule_spreads_ten_thousand_requests_by_weight_within_one_percent() {
    let weights = [5, 3, 0, 2];
    for algorithm in [
        Algorithm::RoundRobin,
        Algorithm::LeastInFlight,
        Algorithm::PowerOfTwo,
        Algorithm::ConsistentHash,
    ] {
        let shares = shares(&picks(&balancer(algorithm, &weights), 10_000), 4);
        for (share, weight) in shares.iter().zip(weights) {
            let wanted = f64::from(weight) / 10.0;
            assert!((share - wanted).abs() <= 0.01, "{algorithm:?}: {shares:?}");
        }
    }
}

/// The published example of smooth weighted round robin.
#[test]
fn turns_are_evenly_mixed() {
    let picks = picks(&balancer(Algorithm::RoundRobin, &[5, 1, 1]), 14);
    assert_eq!(picks, [0, 0, 1, 0, 2, 0, 0, 0, 0, 1, 0, 2, 0, 0]);
}

#[test]
fn turns_are_exact_however_many_take_them_at_once() {
    let balancer = balancer(Algorithm::RoundRobin, &[3, 2, 1]);
    let counts: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| picks(&balancer, 1_500)))
            .collect();
        threads
            .into_iter()
            .flat_map(|t| t.join().unwrap())
            .collect()
    });
    let count = |n| counts.iter().filter(|pick| **pick == n).count();
    assert_eq!([count(0), count(1), count(2)], [3_000, 2_000, 1_000]);
}

#[test]
fn running_requests_are_spread_by_weight_and_a_target_that_is_slow_gets_fewer() {
    let balancer = balancer(Algorithm::LeastInFlight, &[2, 1]);
    let asked = Asked::default();
    let mut random = random();
    let running: Vec<_> = (0..30)
        .map(|_| balancer.choose(&asked, &mut random).unwrap())
        .collect();
    let in_flight = |n: usize| balancer.peers[n].load.in_flight();
    assert_eq!([in_flight(0), in_flight(1)], [20, 10]);
    // The first answers everything and the second nothing: all that follows goes to the first.
    let (first, second): (Vec<_>, Vec<_>) = running.into_iter().partition(|c| c.index == 0);
    drop(first);
    for _ in 0..19 {
        let choice = balancer.choose(&asked, &mut random).unwrap();
        assert_eq!(choice.index, 0);
    }
    drop(second);
    assert_eq!([in_flight(0), in_flight(1)], [0, 0]);
}

#[test]
fn of_two_targets_the_one_with_fewer_running_requests_is_chosen() {
    let balancer = balancer(Algorithm::PowerOfTwo, &[1, 1]);
    let mut random = random();
    let held = balancer.choose(&Asked::default(), &mut random).unwrap();
    for _ in 0..100 {
        let choice = balancer.choose(&Asked::default(), &mut random).unwrap();
        assert_ne!(choice.index, held.index);
    }
}

#[test]
fn a_sticky_cookie_wins_over_the_rule_while_its_target_is_well() {
    let balancer = with_ejection(balancer(Algorithm::RoundRobin, &[1, 1, 1]), 0);
    let id = balancer.peers[2].id.clone();
    assert!(!id.contains("t2"), "it says nothing of the URL: {id}");
    let asked = Asked {
        sticky: Some(&id),
        ..Asked::default()
    };
    let mut random = random();
    for _ in 0..5 {
        let choice = balancer.choose(&asked, &mut random).unwrap();
        assert_eq!((choice.index, choice.why.as_str()), (2, "sticky cookie"));
    }
    eject(&balancer, 2);
    assert_ne!(balancer.choose(&asked, &mut random).unwrap().index, 2);
    let gone = Asked {
        sticky: Some("0123456789abcdef"),
        ..Asked::default()
    };
    assert!(balancer.choose(&gone, &mut random).is_ok());
}

/// LB-2
#[test]
fn a_target_that_may_have_recovered_gets_one_request() {
    let balancer = with_ejection(balancer(Algorithm::RoundRobin, &[1, 1]), 0);
    eject(&balancer, 0);
    let mut random = random();
    let mut at = |now_ns| {
        let asked = Asked {
            now_ns,
            ..Asked::default()
        };
        balancer.choose(&asked, &mut random).unwrap()
    };
    assert_eq!(at(999_999_999).index, 1);
    let mut probe = at(1_000_000_000);
    assert_eq!(
        (probe.index, probe.why.as_str()),
        (0, "probe after it was left out")
    );
    for _ in 0..5 {
        assert_eq!(at(1_000_000_000).index, 1, "one at a time");
    }
    probe.running.answered(200, 1_000_000_000);
    let next: Vec<_> = (0..4).map(|_| at(1_000_000_000).index).collect();
    assert!(next.contains(&0), "{next:?}");
}

#[test]
fn where_none_is_well_there_is_no_target_unless_panic_says_otherwise() {
    let trusting = with_ejection(balancer(Algorithm::RoundRobin, &[1, 1, 1]), 0);
    for n in 0..3 {
        eject(&trusting, n);
    }
    let none = trusting.choose(&Asked::default(), &mut random());
    let none = none.err().unwrap();
    assert_eq!(none.retry_after_ms, 1_000);
    assert!(none.reason.contains("http://t1 is left out"), "{none:?}");

    let panicking = with_ejection(balancer(Algorithm::RoundRobin, &[1, 1, 1, 0]), 34);
    eject(&panicking, 0);
    assert!(!panicking.panics(0), "two of three are well");
    eject(&panicking, 1);
    assert!(panicking.panics(0), "one of three is");
    let mut picked = picks(&panicking, 3);
    picked.sort_unstable();
    assert_eq!(picked, [0, 1, 2], "all, but for the one of weight 0");
}

#[test]
fn a_request_tried_again_goes_elsewhere_if_there_is_anywhere_else() {
    for algorithm in [Algorithm::RoundRobin, Algorithm::ConsistentHash] {
        let balancer = balancer(algorithm, &[1, 1, 1]);
        let asked = |tried| Asked {
            tried,
            ..Asked::default()
        };
        for _ in 0..5 {
            let choice = balancer.choose(&asked(&[0, 2]), &mut random()).unwrap();
            assert_eq!(choice.index, 1);
        }
        assert!(balancer.choose(&asked(&[0, 1, 2]), &mut random()).is_ok());
    }
}

fn by_url(balancer: &Balancer) -> HashMap<u64, String> {
    let picks = picks(balancer, 2_000);
    let url = |n: usize| balancer.peers[n].url.clone();
    (0..).zip(picks.into_iter().map(url)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// Smooth weighted round robin is exact over each whole round, whatever the weights, and never
    /// further than one request from the ideal for any target within it.
    #[test]
    fn turns_never_stray_from_the_weights(weights in prop::collection::vec(1_u16..12, 1..8)) {
        let total: u64 = weights.iter().map(|w| u64::from(*w)).sum();
        let picks = picks(&balancer(Algorithm::RoundRobin, &weights), total * 2);
        for (n, weight) in weights.iter().enumerate() {
            let mut got = 0.0;
            for (turn, pick) in picks.iter().enumerate() {
                got += f64::from(u8::from(*pick == n));
                let ideal = (turn + 1) as f64 * f64::from(*weight) / total as f64;
                prop_assert!((got - ideal).abs() < weights.len() as f64, "{weights:?}");
            }
            prop_assert_eq!(got as u64, 2 * u64::from(*weight));
        }
    }

    /// Only the keys of the target that goes move, whichever it is.
    #[test]
    fn when_a_target_goes_only_its_keys_move(
        weights in prop::collection::vec(1_u16..12, 2..8),
        gone in any::<prop::sample::Index>(),
    ) {
        let before = balancer(Algorithm::ConsistentHash, &weights);
        let mut after = balancer(Algorithm::ConsistentHash, &weights);
        let gone = after.peers.remove(gone.index(weights.len())).url;
        let (before, after) = (by_url(&before), by_url(&after));
        for (key, url) in &before {
            prop_assert!(*url == gone || after[key] == *url);
        }
    }

    /// A target whose weight changes takes keys or gives them away; between others none moves.
    #[test]
    fn when_a_weight_changes_no_key_moves_between_the_others(
        weights in prop::collection::vec(1_u16..12, 2..8),
        heavier in any::<prop::sample::Index>(),
    ) {
        let before = by_url(&balancer(Algorithm::ConsistentHash, &weights));
        let mut changed = weights.clone();
        let heavier = heavier.index(weights.len());
        changed[heavier] += 5;
        let after = by_url(&balancer(Algorithm::ConsistentHash, &changed));
        let url = format!("http://t{heavier}");
        for (key, old) in &before {
            prop_assert!(after[key] == *old || after[key] == url);
        }
    }
}
