//! How long things took, counted in cells: exact to within 1 %, and counts of two times or places add
//! up, which percentiles don't (LG-6).

/// Values below 2^7 µs have a cell each; above, each doubling is split into 64 cells, which keeps
/// a value's error below 0.8 %.
const LINEAR: u64 = 128;
const CELLS_PER_DOUBLING: u64 = 64;
/// Enough for 2^36 µs, 19 hours.
pub(crate) const CELLS: usize = (LINEAR + CELLS_PER_DOUBLING * 29) as usize;

/// The cell that counts a duration.
pub(crate) fn cell(us: u64) -> usize {
    if us < LINEAR {
        return us as usize;
    }
    let doubling = u64::from(us.ilog2()) - 7;
    let within = (us >> (doubling + 1)) - CELLS_PER_DOUBLING;
    ((LINEAR + doubling * CELLS_PER_DOUBLING + within) as usize).min(CELLS - 1)
}

/// A duration that stands for all that a cell counts.
pub(crate) fn middle_of_cell(index: usize) -> u64 {
    let index = index as u64;
    if index < LINEAR {
        return index;
    }
    let doubling = (index - LINEAR) / CELLS_PER_DOUBLING;
    let within = (index - LINEAR) % CELLS_PER_DOUBLING;
    ((within + CELLS_PER_DOUBLING) << (doubling + 1)) + (1 << doubling)
}

/// How many durations fell into each cell. Takes room for the cells that hold something only.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Latencies {
    /// Cells and counts, in the order of the cells.
    cells: Vec<(u16, u64)>,
    /// The longest, exactly, in microseconds; 0 without any.
    longest_us: u64,
}

impl Latencies {
    /// Counts a duration.
    pub fn count(&mut self, us: u64) {
        self.add(cell(us), 1);
        self.longest_us = self.longest_us.max(us);
    }

    /// Counts everything that was counted there.
    pub fn merge(&mut self, other: &Self) {
        for &(cell, count) in &other.cells {
            self.add(usize::from(cell), count);
        }
        self.longest_us = self.longest_us.max(other.longest_us);
    }

    fn add(&mut self, cell: usize, count: u64) {
        let cell = u16::try_from(cell.min(CELLS - 1)).expect("there are fewer cells");
        match self.cells.binary_search_by_key(&cell, |(cell, _)| *cell) {
            Ok(at) => self.cells[at].1 += count,
            Err(at) => self.cells.insert(at, (cell, count)),
        }
    }

    /// How many durations were counted.
    pub fn len(&self) -> u64 {
        self.cells.iter().map(|(_, count)| count).sum()
    }

    /// Whether none was counted.
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// The longest in microseconds, exactly; `None` without any.
    pub fn longest_us(&self) -> Option<u64> {
        (!self.is_empty()).then_some(self.longest_us)
    }

    /// The shortest duration that at least this share of all do not exceed, in microseconds within
    /// 1 %; `None` without any. `thousandths` is the share: 950 for the 95th percentile.
    pub fn percentile_us(&self, thousandths: u64) -> Option<u64> {
        let rank = (self.len() * thousandths).div_ceil(1_000).max(1);
        let mut below = 0;
        let found = self.cells.iter().find(|(_, count)| {
            below += count;
            below >= rank
        });
        found.map(|(cell, _)| middle_of_cell(usize::from(*cell)).min(self.longest_us))
    }

    /// How many durations fell into each doubling: `(from, count)`, where a duration is at least
    /// `from` microseconds and less than twice that; 0 stands for all below 128 µs.
    pub fn doublings(&self) -> Vec<(u64, u64)> {
        let mut found: Vec<(u64, u64)> = Vec::new();
        for &(cell, count) in &self.cells {
            let from = match u64::from(cell).checked_sub(LINEAR) {
                None => 0,
                Some(above) => LINEAR << (above / CELLS_PER_DOUBLING),
            };
            match found.last_mut() {
                Some((last, sum)) if *last == from => *sum += count,
                _ => found.push((from, count)),
            }
        }
        found
    }

    /// How many took at most `us`, as far as cells tell; for `us` that is a power of two from 128
    /// on, less one, exactly.
    pub fn at_most(&self, us: u64) -> u64 {
        let last = cell(us);
        let within = self.cells.iter();
        let within = within.take_while(|(cell, _)| usize::from(*cell) <= last);
        within.map(|(_, count)| count).sum()
    }

    /// As few bytes: numbers of seven bits a byte, each cell as the distance from the one before.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(4 + self.cells.len() * 2);
        if self.is_empty() {
            return bytes;
        }
        push(&mut bytes, self.longest_us);
        let mut before = 0;
        for &(cell, count) in &self.cells {
            push(&mut bytes, u64::from(cell - before));
            push(&mut bytes, count);
            before = cell;
        }
        bytes
    }

    /// What [`Self::to_bytes`] wrote; `None` for anything else.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut found = Self::default();
        found.merge_bytes(bytes)?;
        Some(found)
    }

    /// Counts everything that was counted in what [`Self::to_bytes`] wrote; `None` for anything else.
    pub(crate) fn merge_bytes(&mut self, mut bytes: &[u8]) -> Option<()> {
        if bytes.is_empty() {
            return Some(());
        }
        self.longest_us = self.longest_us.max(pull(&mut bytes)?);
        let mut cell = 0_u64;
        while !bytes.is_empty() {
            cell = cell.checked_add(pull(&mut bytes)?)?;
            let count = pull(&mut bytes)?;
            let cell = usize::try_from(cell).ok().filter(|cell| *cell < CELLS)?;
            self.add(cell, count);
        }
        Some(())
    }
}

fn push(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

fn pull(bytes: &mut &[u8]) -> Option<u64> {
    let (mut number, mut shift) = (0_u64, 0);
    loop {
        let (first, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(first & 0x7f).checked_shl(shift)?;
        if first & 0x80 == 0 {
            return Some(number);
        }
        shift += 7;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_duration_is_kept_within_one_percent() {
        for us in (0..36)
            .map(|power| 1_u64 << power)
            .flat_map(|us| [us, us + us / 3, us + us / 2])
        {
            let kept = middle_of_cell(cell(us));
            let error = us.abs_diff(kept) as f64 / us as f64;
            assert!(error < 0.01, "{us} µs became {kept} µs");
        }
    }

    fn of(durations: &[u64]) -> Latencies {
        let mut latencies = Latencies::default();
        durations.iter().for_each(|us| latencies.count(*us));
        latencies
    }

    fn any_durations() -> impl Strategy<Value = Vec<u64>> {
        let any_duration = prop_oneof![0..300_u64, 0..3_000_000_u64, 0..1_u64 << 36];
        prop::collection::vec(any_duration, 0..300)
    }

    proptest! {
        /// LG-6
        #[test]
        fn percentiles_are_those_of_the_sorted_durations_within_one_percent(
            mut durations in any_durations(),
            thousandths in 0..=1_000_u64,
        ) {
            let latencies = of(&durations);
            durations.sort_unstable();
            let rank = (durations.len() as u64 * thousandths).div_ceil(1_000).max(1);
            let exact = durations.get(usize::try_from(rank).unwrap() - 1).copied();
            let found = latencies.percentile_us(thousandths);
            prop_assert_eq!(found.is_some(), exact.is_some());
            if let Some((found, exact)) = found.zip(exact) {
                prop_assert!(found.abs_diff(exact) as f64 <= exact as f64 * 0.01, "{found} for {exact}");
            }
            prop_assert_eq!(latencies.longest_us(), durations.last().copied());
            prop_assert_eq!(latencies.len(), durations.len() as u64);
        }

        #[test]
        fn parts_add_up_to_the_whole_also_written_down(
            mut first in any_durations(),
            second in any_durations(),
        ) {
            let mut sum = of(&first);
            sum.merge(&of(&second));
            let mut read = Latencies::from_bytes(&of(&first).to_bytes()).unwrap();
            read.merge_bytes(&of(&second).to_bytes()).unwrap();
            first.extend(second);
            prop_assert_eq!(&sum, &of(&first));
            prop_assert_eq!(&read, &sum);
            prop_assert_eq!(sum.doublings().iter().map(|(_, count)| count).sum::<u64>(), sum.len());
            for (from, count) in sum.doublings() {
                let inside = |us: &&u64| match from {
                    0 => **us < 128,
                    _ => (from..from * 2).contains(us),
                };
                prop_assert_eq!(first.iter().filter(inside).count() as u64, count);
            }
            for power in 7..36 {
                let bound = (1_u64 << power) - 1;
                let exact = first.iter().filter(|us| **us <= bound).count() as u64;
                prop_assert_eq!(sum.at_most(bound), exact);
            }
        }

        #[test]
        fn bytes_of_another_kind_are_refused_or_read_but_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            let _ = Latencies::from_bytes(&bytes);
        }
    }
}
