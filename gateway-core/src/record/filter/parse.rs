//! Reads a filter. The grammar is in `grammar.pest`.

use pest::Parser as _;
use pest::error::InputLocation;
use pest::iterators::Pair;
use pest_derive::Parser;

use super::explain::explain;
use super::test::{Column, Pattern, Property, Test};
use super::{Expression, FilterError};

#[derive(Parser)]
#[grammar = "record/filter/grammar.pest"]
struct Grammar;

const KEYS: [&str; 14] = [
    "code", "duration", "host", "id", "ip", "is", "key", "method", "path", "query", "route",
    "service", "source", "version",
];

/// Bounds of what is read. Beyond them, reading and asking the store take more than they are worth;
/// no person gets there.
const MOST_BYTES: usize = 4_096;
const DEEPEST: usize = 32;
const MOST_TESTS: usize = 256;

/// An expression, or `None` for an empty filter.
pub(super) fn parse(text: &str) -> Result<Option<Expression>, FilterError> {
    check_size(text)?;
    let expression = read(text)?;
    match expression.as_ref().map_or(0, Expression::tests) > MOST_TESTS {
        true => Err(FilterError {
            at: 0,
            message: format!("a filter may have at most {MOST_TESTS} terms"),
        }),
        false => Ok(expression),
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

fn read(text: &str) -> Result<Option<Expression>, FilterError> {
    let mut parsed = Grammar::parse(Rule::query, text).map_err(|error| {
        let (InputLocation::Pos(at) | InputLocation::Span((at, _))) = error.location;
        explain(text, at)
    })?;
    let query = parsed.next().expect("a query is one rule");
    match query
        .into_inner()
        .find(|pair| pair.as_rule() == Rule::any_of)
    {
        Some(any_of) => any(any_of).map(Some),
        None => Ok(None),
    }
}

fn any(pair: Pair<'_, Rule>) -> Result<Expression, FilterError> {
    let parts = pair
        .into_inner()
        .filter(|part| part.as_rule() == Rule::all_of);
    one_or(parts.map(all).collect::<Result<_, _>>()?, Expression::Any)
}

fn all(pair: Pair<'_, Rule>) -> Result<Expression, FilterError> {
    one_or(
        pair.into_inner().map(unary).collect::<Result<_, _>>()?,
        Expression::All,
    )
}

fn one_or(
    mut parts: Vec<Expression>,
    many: fn(Vec<Expression>) -> Expression,
) -> Result<Expression, FilterError> {
    match parts.len() {
        1 => Ok(parts.remove(0)),
        _ => Ok(many(parts)),
    }
}

fn unary(pair: Pair<'_, Rule>) -> Result<Expression, FilterError> {
    let mut negated = false;
    let mut expression = None;
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::not => negated = true,
            Rule::any_of => expression = Some(any(part)?),
            Rule::term => expression = Some(term(part)?),
            _ => expression = Some(free_text(part)?),
        }
    }
    let expression = expression.expect("the grammar puts something after `-`");
    Ok(if negated {
        Expression::Not(Box::new(expression))
    } else {
        expression
    })
}

fn free_text(pair: Pair<'_, Rule>) -> Result<Expression, FilterError> {
    let at = pair.as_span().start();
    let raw = pair.as_str();
    if let Some((name, rest)) = raw.split_once(':')
        && is_name(name)
        && rest.trim_matches(['<', '>', '=']).is_empty()
    {
        let key = name.to_ascii_lowercase();
        return Err(match is_key(&key) {
            true => FilterError {
                at,
                message: format!("`{raw}` needs a value"),
            },
            false => unknown(&key, at),
        });
    }
    if raw.starts_with(',') {
        return Err(FilterError {
            at,
            message: "a value is missing after the comma".to_owned(),
        });
    }
    Ok(Expression::Test(Test::Anywhere(
        unquoted(pair).to_ascii_lowercase(),
    )))
}

fn term(pair: Pair<'_, Rule>) -> Result<Expression, FilterError> {
    let mut parts = pair.into_inner();
    let name = parts.next().expect("a term begins with its name");
    let key = name.as_str().to_ascii_lowercase();
    if !is_key(&key) {
        return Err(unknown(&key, name.as_span().start()));
    }
    let tests = parts.map(|value| test(&key, value).map(Expression::Test));
    one_or(tests.collect::<Result<_, _>>()?, Expression::Any)
}

/// Whether the grammar takes it as the name of a term.
fn is_name(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte))
}

fn is_key(name: &str) -> bool {
    name == "status" || KEYS.contains(&name)
}

fn unknown(key: &str, at: usize) -> FilterError {
    let known = KEYS.iter().chain(&["status"]);
    let nearest = known.min_by_key(|known| strsim::levenshtein(known, key));
    let message = match nearest.filter(|known| strsim::levenshtein(known, key) <= 2) {
        Some(nearest) => format!("there is no `{key}:`; did you mean `{nearest}:`?"),
        None => format!("there is no `{key}:`; put text in quotes to search for it"),
    };
    FilterError { at, message }
}

fn test(key: &str, value: Pair<'_, Rule>) -> Result<Test, FilterError> {
    let at = value.as_span().start();
    let raw = value.as_str().to_owned();
    let wrong = |message: String| FilterError { at, message };
    match key {
        "status" => bounds(value, status, 999)
            .map(|(from, to)| Test::Status(from, to))
            .ok_or_else(|| {
                wrong(format!(
                    "`{raw}` is no status; write `404`, `5xx`, `>=400` or `400..499`"
                ))
            }),
        "duration" => bounds(value, duration, u64::MAX)
            .map(|(from, to)| Test::Duration(from, to))
            .ok_or_else(|| {
                wrong(format!(
                    "`{raw}` is no duration; write `>200ms`, `<2s` or `1s..3s`"
                ))
            }),
        "is" => property(&raw).map(Test::Is).ok_or_else(|| {
            wrong(format!(
                "`{raw}` is not one of `error`, `limited`, `unauthed`, `running`, `replayed`, `ws`, `sse`, `grpc`"
            ))
        }),
        "id" => Ok(id(pattern(value))),
        "path" => Ok(path(pattern(value))),
        key => Ok(Test::Text(column(key), pattern(value))),
    }
}

fn column(key: &str) -> Column {
    match key {
        "code" => Column::Code,
        "host" => Column::Host,
        "ip" => Column::Ip,
        "key" => Column::Key,
        "method" => Column::Method,
        "query" => Column::Query,
        "route" => Column::Route,
        "version" => Column::Version,
        "service" => Column::Service,
        "source" => Column::Source,
        other => unreachable!("`{other}` is not a text column of `KEYS`"),
    }
}

fn property(name: &str) -> Option<Property> {
    match name.to_ascii_lowercase().as_str() {
        "error" => Some(Property::Error),
        "limited" => Some(Property::Limited),
        "unauthed" => Some(Property::Unauthed),
        "running" => Some(Property::Running),
        "replayed" => Some(Property::Replayed),
        "ws" => Some(Property::Websocket),
        "sse" => Some(Property::EventStream),
        "grpc" => Some(Property::Grpc),
        _ => None,
    }
}

fn id(pattern: Pattern) -> Test {
    match pattern {
        Pattern::Contains(id) | Pattern::Is(id) | Pattern::Glob(id) => Test::Id(id),
    }
}

fn path(pattern: Pattern) -> Test {
    match pattern {
        Pattern::Contains(path) if path.starts_with('/') => {
            Test::Under(path.trim_end_matches('/').to_owned())
        }
        other => Test::Text(Column::Path, other),
    }
}

fn pattern(value: Pair<'_, Rule>) -> Pattern {
    let mut exact = false;
    let mut text = value.as_str().to_owned();
    let mut quoted = false;
    for part in value.into_inner() {
        match part.as_rule() {
            Rule::comparison => exact = part.as_str() == "=",
            Rule::literal => {
                quoted = part.as_str().starts_with('"');
                text = unquoted(part);
            }
            _ => {}
        }
    }
    let text = text.to_ascii_lowercase();
    match exact {
        true => Pattern::Is(text),
        false if text.contains('*') && !quoted => Pattern::Glob(text),
        false => Pattern::Contains(text),
    }
}

/// The text of a literal, without its quotes and escapes.
fn unquoted(pair: Pair<'_, Rule>) -> String {
    let raw = pair.as_str();
    match raw
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
    {
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

/// Bounds of a number, both included. `read` gives the bounds that a single value stands for.
fn bounds<N>(value: Pair<'_, Rule>, read: fn(&str) -> Option<(N, N)>, most: N) -> Option<(N, N)>
where
    N: Copy
        + Default
        + PartialOrd
        + From<u8>
        + std::ops::Add<Output = N>
        + std::ops::Sub<Output = N>,
{
    let mut comparison = "";
    for part in value.into_inner() {
        match part.as_rule() {
            Rule::comparison => comparison = part.as_str(),
            Rule::literal => {
                let (low, high) = read(part.as_str())?;
                let (least, one) = (N::default(), N::from(1));
                return Some(match comparison {
                    ">=" => (low, most),
                    ">" if high < most => (high + one, most),
                    "<=" => (least, high),
                    "<" if low > least => (least, low - one),
                    // Nothing is beyond the ends.
                    ">" | "<" => (one, least),
                    _ => (low, high),
                });
            }
            Rule::range => {
                let mut ends = part.into_inner();
                let (low, _) = read(ends.next()?.as_str())?;
                let (_, high) = read(ends.next()?.as_str())?;
                return Some((low, high));
            }
            _ => {}
        }
    }
    None
}

/// `404`, or `4xx` for a whole class.
fn status(text: &str) -> Option<(u16, u16)> {
    let class = text.to_ascii_lowercase();
    if let Some(digit) = class.strip_suffix("xx") {
        let class: u16 = digit.parse().ok().filter(|digit| (1..=9).contains(digit))?;
        return Some((class * 100, class * 100 + 99));
    }
    let status: u16 = text.parse().ok().filter(|status| *status <= 999)?;
    Some((status, status))
}

/// `200ms`, `1.5s`, `300us`; a bare number is in milliseconds. In microseconds.
fn duration(text: &str) -> Option<(u64, u64)> {
    let text = text.to_ascii_lowercase();
    let units = [("us", 1.0), ("ms", 1e3), ("s", 1e6), ("m", 60e6), ("", 1e3)];
    let (number, unit) = units
        .iter()
        .find_map(|(unit, us)| Some((text.strip_suffix(unit)?, *us)))?;
    let number: f64 = number
        .parse()
        .ok()
        .filter(|number: &f64| number.is_finite() && *number >= 0.0)?;
    let us = (number * unit).round() as u64;
    Some((us, us))
}
