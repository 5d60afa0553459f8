//! Reads a filter. The grammar is in `grammar.pest`, what a term stands for in `term.rs`.

use pest::Parser as _;
use pest::error::InputLocation;
use pest::iterators::Pair;
use pest_derive::Parser;

use super::explain::explain;
use super::term::{Term, Terms};
use super::test::Test;
use super::{Expression, Filter, FilterError, Note, NoteKind, Part, When};

#[derive(Parser)]
#[grammar = "record/filter/grammar.pest"]
pub(super) struct Grammar;

/// Bounds of what is read. Beyond them, reading and asking the store take more than they are worth;
/// no person gets there.
const MOST_BYTES: usize = 4_096;
const DEEPEST: usize = 32;
const MOST_TESTS: usize = 256;

pub(super) fn parse(text: &str, when: &When) -> Result<Filter, FilterError> {
    check_size(text)?;
    let mut reader = Reader {
        terms: Terms { when },
        notes: Vec::new(),
    };
    let parts = reader.read(text)?;
    let tests: usize = parts.iter().map(|part| part.expression.tests()).sum();
    match tests > MOST_TESTS {
        true => Err(FilterError {
            at: 0,
            message: format!("a filter may have at most {MOST_TESTS} terms"),
        }),
        false => Ok(Filter {
            parts,
            notes: reader.notes,
        }),
    }
}

fn check_size(text: &str) -> Result<(), FilterError> {
    if text.len() > MOST_BYTES {
        return Err(FilterError {
            at: text.floor_char_boundary(MOST_BYTES),
            message: format!("a filter may have at most {MOST_BYTES} bytes"),
        });
    }
    let mut depth = 0_usize;
    for (at, character) in text.char_indices() {
        match character {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEEPEST {
            return Err(FilterError {
                at,
                message: format!("parentheses may go {DEEPEST} deep"),
            });
        }
    }
    Ok(())
}

/// Reads pairs of the grammar, and notes the terms that do not apply.
struct Reader<'a> {
    terms: Terms<'a>,
    notes: Vec<Note>,
}

impl Reader<'_> {
    /// What must all hold.
    fn read(&mut self, text: &str) -> Result<Vec<Part>, FilterError> {
        let mut parsed = Grammar::parse(Rule::query, text).map_err(|error| {
            let (InputLocation::Pos(at) | InputLocation::Span((at, _))) = error.location;
            explain(text, at)
        })?;
        let query = parsed.next().expect("a query is one rule");
        let any_of = query
            .into_inner()
            .find(|pair| pair.as_rule() == Rule::any_of);
        let Some(any_of) = any_of else {
            return Ok(Vec::new());
        };
        let alternatives: Vec<_> = all_ofs(any_of.clone()).collect();
        if let [all_of] = &*alternatives {
            let parts = all_of.clone().into_inner().filter_map(|unary| {
                let span = unary.as_span();
                let expression = self.unary(unary)?;
                Some(part(span, expression))
            });
            return Ok(parts.collect());
        }
        let span = any_of.as_span();
        let expression = self.any(any_of);
        Ok(expression.map(|it| part(span, it)).into_iter().collect())
    }

    fn any(&mut self, pair: Pair<'_, Rule>) -> Option<Expression> {
        let parts = all_ofs(pair).filter_map(|part| self.all(part)).collect();
        one_or(parts, Expression::Any)
    }

    fn all(&mut self, pair: Pair<'_, Rule>) -> Option<Expression> {
        let parts = pair.into_inner().filter_map(|part| self.unary(part));
        one_or(parts.collect(), Expression::All)
    }

    /// `None` for what does not apply; then neither does its opposite.
    fn unary(&mut self, pair: Pair<'_, Rule>) -> Option<Expression> {
        let mut negated = false;
        let mut expression = None;
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::not => negated = true,
                Rule::any_of => expression = self.any(part),
                Rule::term => expression = self.term(part),
                _ => expression = self.free_text(part),
            }
        }
        match negated {
            true => expression.map(|expression| Expression::Not(Box::new(expression))),
            false => expression,
        }
    }

    fn term(&mut self, pair: Pair<'_, Rule>) -> Option<Expression> {
        let whole = pair.as_span();
        let mut inner = pair.into_inner();
        let name = inner.next().expect("a term begins with its name");
        let Some(term) = Term::named(name.as_str()) else {
            self.notes.push(unknown(name.as_str(), whole));
            return None;
        };
        let mut tests = Vec::new();
        for value in inner {
            let span = value.as_span();
            match self.terms.test(&term, value) {
                Ok(test) => tests.push(Expression::Test(test)),
                Err(message) => self.note(NoteKind::Invalid, span, message),
            }
        }
        one_or(tests, Expression::Any)
    }

    fn free_text(&mut self, pair: Pair<'_, Rule>) -> Option<Expression> {
        let (span, raw) = (pair.as_span(), pair.as_str());
        if let Some((name, rest)) = raw.split_once(':')
            && is_name(name)
            && rest.trim_matches(['<', '>', '=', '~']).is_empty()
        {
            match Term::named(name) {
                Some(_) => self.note(NoteKind::Unfinished, span, format!("`{raw}` needs a value")),
                None => self.notes.push(unknown(name, span)),
            }
            return None;
        }
        if raw.starts_with(',') {
            let message = "a value is missing after the comma".to_owned();
            self.note(NoteKind::Unfinished, span, message);
            return None;
        }
        let text = unquoted(pair.as_str()).to_ascii_lowercase();
        Some(Expression::Test(Test::Anywhere(text)))
    }

    fn note(&mut self, kind: NoteKind, span: pest::Span<'_>, message: String) {
        self.notes.push(Note {
            kind,
            from: span.start(),
            to: span.end(),
            message,
            instead: None,
        });
    }
}

fn all_ofs(pair: Pair<'_, Rule>) -> impl Iterator<Item = Pair<'_, Rule>> {
    pair.into_inner()
        .filter(|part| part.as_rule() == Rule::all_of)
}

fn part(span: pest::Span<'_>, expression: Expression) -> Part {
    Part {
        from: span.start(),
        to: span.end(),
        expression,
    }
}

fn one_or(
    mut parts: Vec<Expression>,
    many: fn(Vec<Expression>) -> Expression,
) -> Option<Expression> {
    match parts.len() {
        0 => None,
        1 => Some(parts.remove(0)),
        _ => Some(many(parts)),
    }
}

/// Whether the grammar takes it as the name of a term.
fn is_name(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte))
}

fn unknown(name: &str, span: pest::Span<'_>) -> Note {
    let key = name.to_ascii_lowercase();
    let nearest = Term::nearest(&key);
    Note {
        kind: NoteKind::UnknownKey,
        from: span.start(),
        to: span.end(),
        message: match &nearest {
            Some(nearest) => format!("there is no `{key}:`; did you mean `{nearest}:`?"),
            None => format!("there is no `{key}:`; put text in quotes to search for it"),
        },
        instead: match nearest {
            Some(nearest) => Some(format!("{nearest}{}", &span.as_str()[name.len()..])),
            None => Some(format!("\"{}\"", span.as_str().replace('"', "\\\""))),
        },
    }
}

/// The text of a literal, without its quotes and escapes.
pub(super) fn unquoted(raw: &str) -> String {
    match inside_quotes(raw) {
        Some(inner) => {
            let mut text = String::with_capacity(inner.len());
            let mut characters = inner.chars();
            while let Some(character) = characters.next() {
                text.extend(if character == '\\' {
                    characters.next()
                } else {
                    Some(character)
                });
            }
            text
        }
        None => raw.to_owned(),
    }
}

/// What stands between the quotes, if there are any.
pub(super) fn inside_quotes(raw: &str) -> Option<&str> {
    raw.strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
}
