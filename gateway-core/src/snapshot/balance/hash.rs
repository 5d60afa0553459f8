//! Weighted rendezvous hashing: every key ranks all targets, and takes the first that is well. When
//! a target goes, only its own keys move; when one comes, it takes its share and no other moves.

use sha2::{Digest, Sha256};

/// A number for a key, the same on every machine and in every version.
pub fn of(key: &[u8]) -> u64 {
    let digest = Sha256::digest(key);
    let first = digest.first_chunk().expect("a SHA-256 has 32 bytes");
    u64::from_be_bytes(*first)
}

/// How much a key wants a target: the highest wins. Over all keys a target wins as often as its
/// weight says (Thaler and Ravishankar 1998, with weights as in draft-ietf-bess-weighted-hrw).
pub(super) fn score(key: u64, seed: u64, weight: u16) -> f64 {
    // (0, 1): neither end, so that the logarithm is finite and below zero.
    let unit = ((mix(key ^ seed) >> 11) as f64 + 0.5) / (1_u64 << 53) as f64;
    -f64::from(weight) / unit.ln()
}

/// Every bit of the input changes half of the output (the finaliser of SplitMix64).
fn mix(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}
