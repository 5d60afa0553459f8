//! Names for what is imported: as near to the file's as names here may be, and unique.

use std::collections::HashSet;

/// The names that were given, so that none is given twice.
#[derive(Debug, Default)]
pub(super) struct Names(HashSet<String>);

/// Longest name, in bytes.
const MOST: usize = 63;

impl Names {
    /// A name made from `wish` that nothing else has.
    pub(super) fn give(&mut self, wish: &str, otherwise: &str) -> String {
        let mut plain = plain(wish);
        if plain.is_empty() {
            otherwise.clone_into(&mut plain);
        }
        let mut name = plain.clone();
        let mut n = 1;
        while !self.0.insert(name.clone()) {
            n += 1;
            let end = format!("-{n}");
            let start: String = plain.chars().take(MOST - end.len()).collect();
            name = format!("{start}{end}");
        }
        name
    }
}

/// Lower-case letters, digits, `-`, `_` and `.`: `getUserById` becomes `get-user-by-id`.
pub(super) fn plain(wish: &str) -> String {
    let mut plain = String::new();
    let mut before = ' ';
    for c in wish.chars() {
        let new_word =
            c.is_ascii_uppercase() && (before.is_ascii_lowercase() || before.is_ascii_digit());
        if new_word && !plain.ends_with('-') {
            plain.push('-');
        }
        match c {
            c if c.is_ascii_alphanumeric() => plain.push(c.to_ascii_lowercase()),
            '_' | '.' => plain.push(c),
            _ if plain.ends_with('-') => {}
            _ => plain.push('-'),
        }
        before = c;
        if plain.len() >= MOST {
            break;
        }
    }
    plain.truncate(MOST);
    plain.trim_matches(['-', '_', '.']).to_owned()
}

/// A name of a consumer: printable ASCII.
pub(super) fn consumer(wish: &str) -> String {
    let plain: String = wish
        .chars()
        .map(|c| if (' '..='~').contains(&c) { c } else { '-' })
        .take(64)
        .collect();
    plain.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_near_to_what_they_were() {
        for (wish, name) in [
            ("getUserById", "get-user-by-id"),
            ("auth-v1-open", "auth-v1-open"),
            ("repos/list-for-org", "repos-list-for-org"),
            ("Orders API!", "orders-api"),
            ("HTTPServer", "httpserver"),
            ("__x__", "x"),
            ("ünïcode", "n-code"),
            ("", ""),
        ] {
            assert_eq!(plain(wish), name, "{wish}");
        }
    }

    #[test]
    fn no_name_is_given_twice() {
        let mut names = Names::default();
        let long = "x".repeat(100);
        let given: Vec<_> = ["a", "A", "a-2", "", "?", &long, &long]
            .iter()
            .map(|wish| names.give(wish, "route"))
            .collect();
        assert_eq!(given[..5], ["a", "a-2", "a-2-2", "route", "route-2"]);
        assert!(given.iter().all(|name| name.len() <= MOST));
        assert_ne!(given[5], given[6]);
    }
}
