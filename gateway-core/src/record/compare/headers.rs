//! Headers, compared by their names in any case and whatever order they stand in.

use serde::Serialize;
use utoipa::ToSchema;

use crate::record::detail::HeaderLine;

/// What differs with every request or answer, and so says nothing.
const NOISE: [&str; 12] = [
    "age",
    "date",
    "ratelimit",
    "ratelimit-remaining",
    "ratelimit-reset",
    "server-timing",
    "traceparent",
    "tracestate",
    "x-ratelimit-remaining",
    "x-ratelimit-reset",
    "x-request-id",
    "x-response-time",
];

/// What differs in the headers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct HeadersDifference {
    /// What is not the same, by name.
    pub changes: Vec<HeaderChange>,
    /// Names that have the same values in both.
    pub same: usize,
}

/// A header that is not the same in both messages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct HeaderChange {
    /// In lower case.
    pub name: String,
    /// Its values in the first; absent where it has none.
    pub before: Option<String>,
    /// Its values in the other.
    pub after: Option<String>,
    /// Whether it differs with every message anyway.
    pub noise: bool,
}

/// Compares headers. Those of one name belong together, in their order (RFC 9110, section 5.3).
pub(super) fn compare(before: &[HeaderLine], after: &[HeaderLine]) -> HeadersDifference {
    let mut difference = HeadersDifference::default();
    let mut names: Vec<String> = Vec::new();
    for header in before.iter().chain(after) {
        let name = header.name.to_ascii_lowercase();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    for name in names {
        let (old, new) = (values(before, &name), values(after, &name));
        if old == new {
            difference.same += 1;
        } else {
            difference.changes.push(HeaderChange {
                noise: NOISE.contains(&name.as_str()),
                name,
                before: old,
                after: new,
            });
        }
    }
    difference
}

fn values(headers: &[HeaderLine], name: &str) -> Option<String> {
    let named = headers
        .iter()
        .filter(|header| header.name.eq_ignore_ascii_case(name));
    let values: Vec<_> = named.map(|header| header.value.as_str()).collect();
    (!values.is_empty()).then(|| values.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(headers: &[(&str, &str)]) -> Vec<HeaderLine> {
        let line = |(name, value): &(&str, &str)| HeaderLine {
            name: (*name).to_owned(),
            value: (*value).to_owned(),
        };
        headers.iter().map(line).collect()
    }

    #[test]
    fn neither_case_nor_order_of_names_makes_a_difference_but_that_of_values_does() {
        let before = lines(&[("Accept", "a"), ("Vary", "x"), ("vary", "y")]);
        let after = lines(&[("vary", "x, y"), ("accept", "a")]);
        assert_eq!(compare(&before, &after).changes, []);
        let swapped = lines(&[("vary", "y, x"), ("accept", "a")]);
        let compared = compare(&before, &swapped);
        assert_eq!(compared.changes.len(), 1);
        assert_eq!(compared.same, 1);
    }

    #[test]
    fn headers_that_only_one_has_are_told_apart() {
        let compared = compare(
            &lines(&[("a", "1")]),
            &lines(&[("b", "2"), ("date", "now")]),
        );
        let seen: Vec<_> = compared
            .changes
            .iter()
            .map(|c| (c.name.as_str(), c.before.is_some(), c.noise))
            .collect();
        assert_eq!(
            seen,
            [
                ("a", true, false),
                ("b", false, false),
                ("date", false, true)
            ]
        );
    }
}
