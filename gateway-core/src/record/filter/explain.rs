//! Says what is wrong with a filter that the grammar does not take.

use super::FilterError;

/// `at` is where the grammar gave up.
pub(super) fn explain(text: &str, at: usize) -> FilterError {
    unbalanced(text).unwrap_or_else(|| FilterError {
        at,
        message: match text[..at].trim_end().is_empty() {
            true => "something is missing before this".to_owned(),
            false => "something is missing or too much here; put text in quotes to search for it"
                .to_owned(),
        },
    })
}

/// A quote or parenthesis without its other half.
fn unbalanced(text: &str) -> Option<FilterError> {
    let mut open = Vec::new();
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' if !ends(&mut characters) => {
                return error(
                    at,
                    "this quote is not closed; write `\"` where the text ends",
                );
            }
            '(' => open.push(at),
            ')' if open.pop().is_none() => {
                return error(
                    at,
                    "there is no `(` for this `)`; put text in quotes to search for it",
                );
            }
            _ => {}
        }
    }
    error(
        open.pop()?,
        "this parenthesis is not closed; write `)` where it ends",
    )
}

/// Goes on to behind the quote that ends a text, if there is one.
fn ends(characters: &mut std::str::CharIndices<'_>) -> bool {
    while let Some((_, character)) = characters.next() {
        match character {
            '"' => return true,
            '\\' => drop(characters.next()),
            _ => {}
        }
    }
    false
}

fn error(at: usize, message: &str) -> Option<FilterError> {
    Some(FilterError {
        at,
        message: message.to_owned(),
    })
}
