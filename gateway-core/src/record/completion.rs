//! How a filter that is being written can go on.

use serde::Serialize;
use utoipa::ToSchema;

use super::filter::term::{HAVINGS, NAMES, PREFIXES, PROPERTIES, STAGES};
use crate::store::Seen;

/// Most that are offered.
const MOST: usize = 20;

/// What can stand in the place of the word with the caret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Completions {
    /// Where that word begins, in UTF-16 units,
    pub from: usize,
    /// and where it ends.
    pub to: usize,
    /// What it could be, likeliest first.
    pub options: Vec<Completion>,
}

/// One way to go on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Completion {
    /// What to write.
    pub text: String,
    /// What it is for; absent for a value that was seen.
    pub help: Option<String>,
    /// In how many of the newest 20,000 requests it was seen.
    pub count: Option<u64>,
}

/// Completes the word around `at` (a byte), given the values that were `seen` of a term.
pub fn complete<E>(
    filter: &str,
    at: usize,
    seen: impl FnOnce(&str) -> Result<Vec<Seen>, E>,
) -> Result<Completions, E> {
    let (from, to) = word(filter, at);
    let written = filter[from..to].to_owned();
    let Some((name, value)) = written.split_once(':') else {
        let options = names(&written.to_ascii_lowercase());
        return Ok(Completions { from, to, options });
    };
    let name = name.to_ascii_lowercase();
    // The last of several values, behind its comparison.
    let begun = value.rsplit(',').next().unwrap_or_default();
    let begun = begun.trim_start_matches(['<', '>', '=', '~', '"']);
    let kept = &written[..written.len() - begun.len()].trim_end_matches('"');
    let like = begun.to_ascii_lowercase();
    let fixed: &[&str] = match name.as_str() {
        "is" => &PROPERTIES,
        "has" => &HAVINGS,
        "stage" => &STAGES,
        "status" if !like.starts_with(|first: char| first.is_ascii_digit()) => {
            &["2xx", "3xx", "4xx", "5xx"]
        }
        "since" | "until" => &["-5m", "-15m", "-1h", "-6h", "-1d", "-7d"],
        "duration" | "ttfb" | "upstream.time" => &[">100ms", ">500ms", ">1s", ">p95", ">p99"],
        _ => &[],
    };
    let fixed = fixed
        .iter()
        .filter(|value| value.contains(&like) && **value != like)
        .map(|value| Completion {
            text: format!("{kept}{value}"),
            help: None,
            count: None,
        });
    let seen = seen(&name)?;
    let seen = seen
        .into_iter()
        .filter(|seen| seen.value.to_ascii_lowercase().contains(&like))
        .filter(|seen| seen.value.to_ascii_lowercase() != like)
        .map(|seen| Completion {
            text: format!("{kept}{}", written_value(&seen.value)),
            help: None,
            count: Some(seen.count),
        });
    let options = fixed.chain(seen).take(MOST).collect();
    Ok(Completions { from, to, options })
}

/// Names of terms that begin like this, or hold it.
fn names(written: &str) -> Vec<Completion> {
    let named = NAMES.iter().map(|(name, help)| (format!("{name}:"), *help));
    let prefixes = PREFIXES
        .iter()
        .map(|(name, help)| ((*name).to_owned(), *help));
    let mut found: Vec<_> = named
        .chain(prefixes)
        .filter(|(name, _)| name.contains(written))
        .collect();
    found.sort_by_key(|(name, _)| !name.starts_with(written));
    found
        .into_iter()
        .take(MOST)
        .map(|(text, help)| Completion {
            text,
            help: Some(help.to_owned()),
            count: None,
        })
        .collect()
}

/// The word around a byte: up to a space or parenthesis outside quotes, without what turns it round.
fn word(filter: &str, at: usize) -> (usize, usize) {
    let (mut from, mut quoted) = (0, false);
    let mut escaped = false;
    for (byte, character) in filter.char_indices() {
        let ends = !quoted && matches!(character, ' ' | '\t' | '\r' | '\n' | '(' | ')');
        match character {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '-' if !quoted && byte == from => from = byte + 1,
            _ if ends && byte >= at => return (from, byte),
            _ if ends => from = byte + character.len_utf8(),
            _ => {}
        }
    }
    (from, filter.len())
}

/// A value, in quotes where it would otherwise end early or mean something else.
fn written_value(value: &str) -> String {
    let is_bare = !value.is_empty()
        && !value.contains("..")
        && !value.contains(|one: char| one.is_whitespace() || "()\",<>=~*\\".contains(one));
    match is_bare {
        true => value.to_owned(),
        false => format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\"")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(filter: &str, at: usize) -> (usize, usize, Vec<String>) {
        let seen = |term: &str| {
            let values: &[(&str, u64)] = match term {
                "route" => &[("orders", 40), ("users", 3)],
                "key" => &[("Acme CI", 7)],
                "status" => &[("200", 50), ("503", 2)],
                _ => &[],
            };
            let seen = values.iter().map(|(value, count)| Seen {
                value: (*value).to_owned(),
                count: *count,
            });
            Ok::<_, std::convert::Infallible>(seen.collect())
        };
        let Ok(found) = complete(filter, at, seen);
        let texts = found.options.into_iter().map(|option| option.text);
        (found.from, found.to, texts.collect())
    }

    fn strings(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn a_word_goes_on_as_a_name_and_a_term_with_what_was_seen() {
        assert_eq!(texts("rou", 3), (0, 3, strings(&["route:"])));
        assert_eq!(texts("a -ro", 5), (3, 5, strings(&["route:", "proto:"])));
        assert_eq!(
            texts("route: x", 6),
            (0, 6, strings(&["route:orders", "route:users"]))
        );
        assert_eq!(texts("route:user", 10), (0, 10, strings(&["route:users"])));
        assert_eq!(
            texts("key:ac status:1", 5),
            (0, 6, strings(&["key:\"Acme CI\""]))
        );
        assert_eq!(texts("key:\"ac", 7), (0, 7, strings(&["key:\"Acme CI\""])));
        assert_eq!(
            texts("status:200,5", 12),
            (0, 12, strings(&["status:200,503"]))
        );
        assert_eq!(
            texts("(is:sl", 6),
            (1, 6, strings(&["is:slow"])),
            "a parenthesis begins a word"
        );
        assert_eq!(texts("route:orders", 12).2, strings(&[]));
    }
}
