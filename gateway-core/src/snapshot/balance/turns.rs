//! Smooth weighted round robin, as nginx does it: each turn every target earns its weight, and the
//! richest is chosen and pays what all of them earned. Weights 5, 1, 1 give a a b a c a a.

/// What each target has earned.
#[derive(Clone)]
pub(super) struct Turns(Vec<i64>);

impl Turns {
    /// A round of this many targets that begins.
    pub(super) fn of(targets: usize) -> Self {
        Self(vec![0; targets])
    }

    /// Whose turn it is, among `pool`, which must not be empty.
    pub(super) fn next(&mut self, pool: &[usize], weight: impl Fn(usize) -> u16) -> usize {
        let mut total = 0;
        let mut richest = pool[0];
        for &index in pool {
            let weight = i64::from(weight(index));
            total += weight;
            self.0[index] += weight;
            // The first of equals: `>` and not `>=`.
            if self.0[index] > self.0[richest] {
                richest = index;
            }
        }
        self.0[richest] -= total;
        richest
    }
}
