//! What of a filter can be looked up in an index of the log.

use super::Expression;
use super::range::Range;
use super::test::{Column, Measure, Pattern, Property, Test};

/// Rows that are shown are among those that have one of these. There is at least one.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Hint {
    /// A status in one of these stretches, ends included.
    Status(Vec<(i64, i64)>),
    /// A name like one of these.
    Named(Column, Vec<Pattern>),
    /// One of these texts somewhere in its words: see [`crate::store`].
    Words(Vec<Word>),
}

/// Text that is in the words of a row.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Word {
    /// In lower case.
    pub(crate) text: String,
    /// Whether it is the path, or whole segments of it, and where it begins or ends.
    pub(crate) begins_path: bool,
    pub(crate) ends_segment: bool,
}

/// Shorter text is not in the index.
const SHORTEST: usize = 3;

/// What can be looked up for an expression that must hold.
pub(super) fn of(expression: &Expression) -> Vec<Hint> {
    match expression {
        Expression::All(parts) => parts.iter().flat_map(of).collect(),
        Expression::Any(parts) => any_of(parts).into_iter().collect(),
        Expression::Not(_) => Vec::new(),
        Expression::Test(test) => of_test(test).into_iter().collect(),
    }
}

/// Where each of them has a hint of the same kind, all of these together are one.
fn any_of(parts: &[Expression]) -> Option<Hint> {
    let hints = parts.iter().map(|part| of(part).into_iter().next());
    let hints: Vec<_> = hints.collect::<Option<_>>()?;
    hints
        .into_iter()
        .reduce(|all, hint| match (all, hint) {
            (Hint::Status(mut all), Hint::Status(more)) => {
                all.extend(more);
                Hint::Status(all)
            }
            (Hint::Named(column, mut all), Hint::Named(same, more)) if column == same => {
                all.extend(more);
                Hint::Named(column, all)
            }
            (Hint::Words(mut all), Hint::Words(more)) => {
                all.extend(more);
                Hint::Words(all)
            }
            // Words that nothing has to hold: no hint at all.
            _ => Hint::Words(Vec::new()),
        })
        .filter(|hint| !matches!(hint, Hint::Words(words) if words.is_empty()))
}

fn of_test(test: &Test) -> Option<Hint> {
    match test {
        Test::Number(Measure::Status, Range::Between(from, to)) => {
            Some(Hint::Status(vec![(*from, *to)]))
        }
        Test::Is(property) => of_property(*property),
        // The index holds one spelling of names that differ in case; an expression may tell them apart.
        Test::Text(column, Pattern::Regex(_)) if is_indexed(*column) => None,
        Test::Text(column, pattern) if is_indexed(*column) => {
            Some(Hint::Named(*column, vec![pattern.clone()]))
        }
        Test::Text(Column::Method, Pattern::Is(method)) => {
            words(&format!("#{method} "), false, false)
        }
        Test::Text(Column::Path, Pattern::Is(path)) | Test::Under(path) => words(path, true, true),
        Test::Text(
            Column::Method | Column::Path | Column::Query | Column::Code | Column::Note,
            Pattern::Contains(text) | Pattern::Is(text),
        )
        | Test::Anywhere(text) => words(text, false, false),
        Test::Text(Column::Path, Pattern::Glob(glob)) => {
            let last = glob.matches('*').count();
            let parts = glob.split('*').enumerate();
            let (place, longest) = parts.max_by_key(|(_, part)| part.len())?;
            words(longest, place == 0, place == last)
        }
        _ => None,
    }
}

/// Whether names in it are in an index of their own.
fn is_indexed(column: Column) -> bool {
    matches!(
        column,
        Column::Key | Column::Consumer | Column::Plan | Column::Route | Column::Version
    )
}

fn of_property(property: Property) -> Option<Hint> {
    let status = match property {
        Property::Error => (500, i64::MAX),
        Property::Limited => (429, 429),
        Property::Unauthed => return Some(Hint::Status(vec![(401, 401), (403, 403)])),
        _ => return None,
    };
    Some(Hint::Status(vec![status]))
}

fn words(text: &str, begins_path: bool, ends_segment: bool) -> Option<Hint> {
    let letters = text.chars().count() + usize::from(begins_path);
    let is_in_index = letters >= SHORTEST && !text.contains('\0');
    is_in_index.then(|| {
        Hint::Words(vec![Word {
            text: text.to_owned(),
            begins_path,
            ends_segment,
        }])
    })
}
