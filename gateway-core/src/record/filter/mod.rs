//! What a person types above the log: one meaning, for rows that arrive and for rows in the store.
//!
//! [`test::Test`] says what each term means. SQL only narrows down which rows of the store have to be
//! put to it, and counts where it can say the same.

mod bits;
mod deep;
mod explain;
mod facet;
mod hint;
mod meaning;
mod narrow;
mod parse;
mod range;
mod sql;
pub(crate) mod term;
mod test;

use jiff::tz::TimeZone;
use rusqlite::types::Value;
use serde::Serialize;
use utoipa::ToSchema;

pub(crate) use self::bits::Bits;
pub(crate) use self::facet::{Facet, Verdict};
pub(crate) use self::hint::{Hint, Word};
pub(crate) use self::narrow::{Narrow, Passing};
use self::range::Range;
pub(crate) use self::sql::{MATCHES_GLOB, MATCHES_REGEX};
pub(crate) use self::test::{Column, Measure, Pattern};
use self::test::{Property, Test};
use super::detail::Kept;
use super::summary::ExchangeSummary;
use crate::clock::Clock;

/// Which rows to show. The default shows all.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// What must all hold.
    parts: Vec<Part>,
    notes: Vec<Note>,
}

/// One of the things that must all hold, and where it is written.
#[derive(Clone, Debug)]
struct Part {
    from: usize,
    to: usize,
    expression: Expression,
}

/// When a filter is read: what its times are relative to.
#[derive(Clone, Debug)]
pub struct When {
    /// Microseconds since 1970.
    pub now_us: i64,
    /// Where times of the clock are meant.
    pub zone: TimeZone,
}

/// Why a filter cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct FilterError {
    /// Where, in bytes from the beginning.
    pub at: usize,
    /// What is wrong and what to write instead.
    pub message: String,
}

/// Something in a filter that does not apply. The rest does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// What is wrong with it.
    pub kind: NoteKind,
    /// Where it begins, in bytes,
    pub from: usize,
    /// and where it ends.
    pub to: usize,
    /// What is wrong and what to write instead, in lower case and without a full stop.
    pub message: String,
    /// What was probably meant.
    pub instead: Option<String>,
}

/// Why a term does not apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NoteKind {
    /// There is no such term.
    UnknownKey,
    /// Its value cannot be read.
    Invalid,
    /// It goes on.
    Unfinished,
}

#[derive(Clone, Debug, PartialEq)]
enum Expression {
    All(Vec<Expression>),
    Any(Vec<Expression>),
    Not(Box<Expression>),
    Test(Test),
}

impl When {
    /// Now, on this machine.
    pub fn now(clock: &Clock) -> Self {
        Self {
            now_us: clock.now().epoch_us,
            zone: TimeZone::system(),
        }
    }
}

impl Filter {
    /// Reads a filter such as `status:5xx key:acme -path:/health "timeout"`. A term that is not
    /// finished or not known does not apply; [`Self::notes`] says so.
    ///
    /// # Errors
    /// Where it cannot be read at all, and why.
    pub fn parse(text: &str, when: &When) -> Result<Self, FilterError> {
        parse::parse(text, when)
    }

    /// Terms that do not apply.
    pub fn notes(&self) -> &[Note] {
        &self.notes
    }

    /// Whether a row is shown. Where [`Self::needs_detail`], it has to be given.
    pub fn matches(&self, row: &ExchangeSummary, kept: Option<&Kept>) -> bool {
        let mut parts = self.parts.iter();
        parts.all(|part| part.expression.matches(row, kept))
    }

    /// Whether every row is shown.
    pub fn shows_all(&self) -> bool {
        self.parts.is_empty()
    }

    /// Whether it takes the detail of an exchange to tell.
    pub fn needs_detail(&self) -> bool {
        self.any_test(|test| matches!(test, Test::Deep(_)))
    }

    /// Whether it asks whether a row is pinned.
    pub(crate) fn asks_for_pinned(&self) -> bool {
        self.any_test(|test| matches!(test, Test::Is(Property::Pinned)))
    }

    /// A condition on the table `exchanges`, and the values of its `?`s. Every row that is shown
    /// meets it; where [`Self::is_whole_in_sql`], no other does.
    pub(crate) fn to_sql(&self) -> (String, Vec<Value>) {
        match self.parts.is_empty() {
            true => ("1".to_owned(), Vec::new()),
            false => sql::condition(&self.expression()),
        }
    }

    /// Whether SQL says the same.
    pub(crate) fn is_whole_in_sql(&self) -> bool {
        !self.any_test(|test| matches!(test, Test::Deep(_) | Test::Parameter(..)))
    }

    /// What it means, in words.
    pub fn meaning(&self) -> String {
        meaning::of(&self.expression())
    }

    /// Where each of the things that must all hold is written, in bytes.
    pub fn parts(&self) -> Vec<(usize, usize)> {
        self.parts.iter().map(|part| (part.from, part.to)).collect()
    }

    /// The same without one of its parts.
    #[must_use]
    pub fn without(&self, part: usize) -> Self {
        let mut less = self.clone();
        less.parts.remove(part);
        less
    }

    /// The same whenever a request began, and the stretch of time that it was bound to: from a
    /// moment to the one before which it ends.
    #[must_use]
    pub fn without_time(&self) -> (Self, Option<i64>, Option<i64>) {
        let mut less = self.clone();
        let (mut since, mut until) = (None, None);
        less.parts.retain(|part| match &part.expression {
            Expression::Test(Test::Number(Measure::Started, Range::Between(from, to))) => {
                if *from != i64::MIN {
                    since = since.max(Some(*from));
                }
                if *to != i64::MAX {
                    let end = to.saturating_add(1);
                    until = Some(until.map_or(end, |until: i64| until.min(end)));
                }
                false
            }
            _ => true,
        });
        (less, since, until)
    }

    /// The percentiles that have to be found out before it can be asked anything.
    pub(crate) fn percentiles(&self) -> Vec<(Measure, u8)> {
        let mut found = Vec::new();
        self.any_test(|test| {
            if let Test::Number(measure, Range::Percentile(_, percent)) = test {
                found.push((*measure, *percent));
            }
            false
        });
        found
    }

    /// Puts numbers in the place of percentiles. Without one, no row passes.
    pub(crate) fn resolve(&mut self, number: impl Fn(Measure, u8) -> Option<i64>) {
        for part in &mut self.parts {
            part.expression.resolve(&number);
        }
    }

    /// What can be looked up of the things that must all hold.
    pub(crate) fn hints(&self) -> Vec<Hint> {
        let parts = self.parts.iter();
        parts.flat_map(|part| hint::of(&part.expression)).collect()
    }

    /// What the values that a block of rows has tell of it; `None` where they tell nothing.
    pub(crate) fn narrow(&self) -> Option<Narrow> {
        Narrow::of(&self.expression())
    }

    fn expression(&self) -> Expression {
        Expression::All(
            self.parts
                .iter()
                .map(|part| part.expression.clone())
                .collect(),
        )
    }

    fn any_test(&self, mut is: impl FnMut(&Test) -> bool) -> bool {
        let mut parts = self.parts.iter();
        parts.any(|part| part.expression.any_test(&mut is))
    }
}

impl Expression {
    fn matches(&self, row: &ExchangeSummary, kept: Option<&Kept>) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.matches(row, kept)),
            Self::Any(parts) => parts.iter().any(|part| part.matches(row, kept)),
            Self::Not(part) => !part.matches(row, kept),
            Self::Test(test) => test.matches(row, kept),
        }
    }

    /// How many tests it is made of.
    fn tests(&self) -> usize {
        let mut count = 0;
        self.any_test(&mut |_| {
            count += 1;
            false
        });
        count
    }

    fn any_test(&self, is: &mut impl FnMut(&Test) -> bool) -> bool {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().any(|part| part.any_test(is)),
            Self::Not(part) => part.any_test(is),
            Self::Test(test) => is(test),
        }
    }

    fn resolve(&mut self, number: &impl Fn(Measure, u8) -> Option<i64>) {
        match self {
            Self::All(parts) | Self::Any(parts) => {
                parts.iter_mut().for_each(|part| part.resolve(number));
            }
            Self::Not(part) => part.resolve(number),
            Self::Test(Test::Number(measure, range)) => {
                if let Range::Percentile(side, percent) = *range
                    && let Some(number) = number(*measure, percent)
                {
                    *range = side.range(number, number);
                }
            }
            Self::Test(_) => {}
        }
    }
}

#[cfg(test)]
mod tests;
