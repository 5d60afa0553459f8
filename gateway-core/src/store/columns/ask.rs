//! Asking blocks which of their rows a filter may show.

use rusqlite::Connection;

use super::{BLOCK, MOST_NAMES, OTHER, blocks, place, read_names};
use crate::record::filter::{Bits, Facet, Filter, Narrow, Passing, Verdict};

/// Asks the blocks of a log which of their rows may be shown.
pub(in crate::store) struct Blocks<'a> {
    db: &'a Connection,
    narrow: Narrow,
    /// The numbers of rows that are in blocks: from one to before another.
    pub(in crate::store) low: u64,
    pub(in crate::store) high: u64,
    /// Of each question what was found the last time: mostly the values are the same ones.
    told: Vec<Told>,
    last: Option<(u64, Bits)>,
}

/// What the values of a block tell, by their places.
#[derive(Default)]
struct Told {
    names: Vec<u8>,
    verdicts: Vec<Verdict>,
}

impl<'a> Blocks<'a> {
    /// `None` where they can tell nothing of a filter, or there are none.
    pub(in crate::store) fn new(
        db: &'a Connection,
        filter: &Filter,
    ) -> rusqlite::Result<Option<Self>> {
        let (first, end) = blocks(db)?;
        let narrow = filter.narrow().filter(|_| first < end);
        Ok(narrow.map(|narrow| Self {
            db,
            low: first * BLOCK,
            high: end * BLOCK,
            told: narrow.questions().iter().map(|_| Told::default()).collect(),
            narrow,
            last: None,
        }))
    }

    /// How many facets are asked.
    pub(in crate::store) fn questions(&self) -> usize {
        self.told.len()
    }

    /// Which part of the rows may be shown, by a few blocks.
    pub(in crate::store) fn part(&mut self) -> rusqlite::Result<f64> {
        const SOME: u64 = 8;
        let (first, blocks) = (self.low / BLOCK, (self.high - self.low) / BLOCK);
        let some = blocks.min(SOME);
        let mut all = 0;
        for at in 1..=some {
            all += self
                .of(first + blocks * at / some - 1)?
                .count(BLOCK as usize);
        }
        Ok(all as f64 / (some * BLOCK) as f64)
    }

    /// Whether a row may be shown.
    pub(in crate::store) fn may(&mut self, seq: u64) -> rusqlite::Result<bool> {
        let place = (seq % BLOCK) as usize;
        Ok(self.of(seq / BLOCK)?.has(place))
    }

    /// The numbers from one to before another of rows that may be shown, newest first, until `take` says
    /// that it is enough.
    pub(in crate::store) fn backwards(
        &mut self,
        low: u64,
        high: u64,
        mut take: impl FnMut(u64) -> rusqlite::Result<bool>,
    ) -> rusqlite::Result<()> {
        for block in (low / BLOCK..high.div_ceil(BLOCK)).rev() {
            let begin = block * BLOCK;
            let end = (high - begin).min(BLOCK) as usize;
            for place in self.of(block)?.backwards(end) {
                let seq = begin + place as u64;
                if seq < low {
                    break;
                }
                if !take(seq)? {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    fn of(&mut self, block: u64) -> rusqlite::Result<&Bits> {
        if self.last.as_ref().is_none_or(|(last, _)| *last != block) {
            let Self {
                db, narrow, told, ..
            } = self;
            let turns = narrow.turns();
            let bits = narrow.rows(|number| {
                let facet = narrow.questions()[number].facet;
                ask(db, facet, block, turns, &mut told[number], |value| {
                    narrow.questions()[number].verdict(value)
                })
            })?;
            self.last = Some((block, bits));
        }
        Ok(&self.last.as_ref().expect("it was just set").1)
    }
}

/// What the values of a facet in a block tell.
fn ask(
    db: &Connection,
    facet: Facet,
    block: u64,
    turns: bool,
    told: &mut Told,
    verdict: impl Fn(Option<&str>) -> Verdict,
) -> rusqlite::Result<Passing> {
    let facet = Facet::ALL.iter().position(|one| *one == facet);
    let facet = facet.expect("all facets are in the list of all");
    let mut statement =
        db.prepare_cached("SELECT names, rows FROM exchange_columns WHERE at = ?1")?;
    let mut found = statement.query([place(facet, block)])?;
    let Some(found) = found.next()? else {
        return Ok(Passing::unknown());
    };
    let names = found.get_ref(0)?.as_blob()?;
    if told.names != names || told.verdicts.is_empty() {
        told.names = names.to_owned();
        told.verdicts = read_names(names).map(verdict).collect();
    }
    let all = |is: Verdict| told.verdicts.iter().all(|told| *told == is);
    let has_others = told.verdicts.len() == MOST_NAMES;
    let first = told.verdicts.first().copied().unwrap_or(Verdict::Perhaps);
    if !has_others && all(first) {
        return Ok(match first {
            Verdict::Fails => Passing {
                may: Bits::None,
                must: Bits::None,
            },
            Verdict::Perhaps => Passing::unknown(),
            Verdict::Holds => Passing {
                may: Bits::All,
                must: Bits::All,
            },
        });
    }
    // Of what is not told apart nothing is known.
    let mut verdicts: Vec<_> = (0..).zip(told.verdicts.iter().copied()).collect();
    verdicts.extend(has_others.then_some((OTHER, Verdict::Perhaps)));
    let rows = found.get_ref(1)?.as_blob()?;
    let may = places(rows, &verdicts, |told| told != Verdict::Fails);
    let is_sure = verdicts.iter().all(|(_, told)| *told != Verdict::Perhaps);
    let must = match turns {
        true if is_sure => may.clone(),
        true => places(rows, &verdicts, |told| told == Verdict::Holds),
        false => Bits::None,
    };
    Ok(Passing { may, must })
}

/// The places of rows whose value's verdict is like that.
pub(super) fn places(
    rows: &[u8],
    verdicts: &[(u8, Verdict)],
    is: impl Fn(Verdict) -> bool,
) -> Bits {
    /// Up to so many values are looked for one by one, eight rows at a time.
    const FEW: usize = 4;
    let all = verdicts.iter().map(|(value, told)| (*value, is(*told)));
    let (these, others): (Vec<_>, Vec<_>) = all.partition(|(_, is)| *is);
    let words = rows.chunks(64);
    if these.len() <= FEW {
        Bits::of(words.map(|rows| equal(rows, &these)).collect())
    } else if others.len() <= FEW {
        Bits::of(words.map(|rows| !equal(rows, &others)).collect())
    } else {
        let mut is = [false; 256];
        for (value, _) in these {
            is[usize::from(value)] = true;
        }
        let of = |rows: &[u8]| {
            let bits = rows.iter().enumerate();
            bits.fold(0, |all, (at, row)| {
                all | u64::from(is[usize::from(*row)]) << at
            })
        };
        Bits::of(words.map(of).collect())
    }
}

/// A bit for each of 64 rows that has one of these values.
fn equal(rows: &[u8], values: &[(u8, bool)]) -> u64 {
    const LOW: u64 = 0x7f7f_7f7f_7f7f_7f7f;
    const EACH: u64 = 0x0101_0101_0101_0101;
    // Brings the lowest bits of eight bytes together in the highest byte.
    const TOGETHER: u64 = 0x0102_0408_1020_4080;
    let mut bits = 0;
    for (at, eight) in rows.chunks(8).enumerate() {
        let mut bytes = [OTHER; 8];
        bytes[..eight.len()].copy_from_slice(eight);
        let eight = u64::from_le_bytes(bytes);
        let mut found = 0;
        for (value, _) in values {
            // A byte that is the same is zero here, and has its highest bit set then.
            let differs = eight ^ (EACH * u64::from(*value));
            found |= !(((differs & LOW) + LOW) | differs | LOW) >> 7;
        }
        bits |= (found.wrapping_mul(TOGETHER) >> 56) << (at * 8);
    }
    bits
}
