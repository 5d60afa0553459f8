//! A set of rows of one block, by their places in it.

/// Which places are in the set. Sets of one block have the same length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Bits {
    /// None of them.
    None,
    /// All of them.
    All,
    /// Those whose bit is set, 64 in a number.
    Some(Vec<u64>),
}

impl Bits {
    /// Whether a place is in the set.
    pub(crate) fn has(&self, place: usize) -> bool {
        match self {
            Self::None => false,
            Self::All => true,
            Self::Some(words) => words[place / 64] >> (place % 64) & 1 == 1,
        }
    }

    /// How many of so many places are in the set.
    pub(crate) fn count(&self, places: usize) -> usize {
        match self {
            Self::None => 0,
            Self::All => places,
            Self::Some(words) => words.iter().map(|word| word.count_ones() as usize).sum(),
        }
    }

    /// The places in the set before `end`, the last one first.
    pub(crate) fn backwards(&self, end: usize) -> impl Iterator<Item = usize> {
        let words = (0..end.div_ceil(64)).rev();
        let of = |at: usize| match self {
            Self::None => 0,
            Self::All => u64::MAX,
            Self::Some(words) => words[at],
        };
        words.flat_map(move |at| {
            let above = (at + 1) * 64;
            let mut left = of(at);
            if above > end {
                left &= u64::MAX >> (above - end);
            }
            std::iter::from_fn(move || {
                let last = 63_u32.checked_sub(left.leading_zeros())?;
                left ^= 1 << last;
                Some(at * 64 + last as usize)
            })
        })
    }

    /// What is in both.
    pub(super) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::None, _) | (_, Self::None) => Self::None,
            (Self::All, other) | (other, Self::All) => other,
            (Self::Some(mut all), Self::Some(more)) => {
                all.iter_mut()
                    .zip(more)
                    .for_each(|(all, more)| *all &= more);
                Self::of(all)
            }
        }
    }

    /// What is in either.
    pub(super) fn or(self, other: Self) -> Self {
        !(!self).and(!other)
    }

    /// The set of those whose bit is set.
    pub(crate) fn of(words: Vec<u64>) -> Self {
        match words.iter().all(|word| *word == 0) {
            true => Self::None,
            false => Self::Some(words),
        }
    }
}

impl std::ops::Not for Bits {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            Self::None => Self::All,
            Self::All => Self::None,
            Self::Some(mut words) => {
                words.iter_mut().for_each(|word| *word = !*word);
                Self::of(words)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_are_joined_turned_and_read_backwards() {
        let some = Bits::Some(vec![0b1010, 1 << 63]);
        let read = |bits: &Bits, end| bits.backwards(end).collect::<Vec<_>>();
        assert_eq!(read(&some, 128), [127, 3, 1]);
        assert_eq!(read(&some, 127), [3, 1]);
        assert_eq!(read(&some, 3), [1]);
        assert_eq!(read(&Bits::All, 3), [2, 1, 0]);
        assert!(read(&Bits::All, 0).is_empty() && read(&Bits::None, 99).is_empty());
        assert_eq!(some.clone().and(!some.clone()), Bits::None);
        assert_eq!(some.clone().or(Bits::None), some);
        assert_eq!(some.clone().or(Bits::All), Bits::All);
        assert_eq!(some.clone().and(Bits::All), some);
        assert!(some.has(127) && some.has(1) && !some.has(0));
        assert_eq!((some.count(128), Bits::All.count(128)), (3, 128));
        assert_eq!((!some).count(128), 125);
    }
}
