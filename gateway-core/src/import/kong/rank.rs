//! Which of two routes Kong asks first, as priorities here.
//!
//! Kong counts what a route asks for before it looks at the path: more kinds of conditions, then
//! more headers, then hosts without wildcards, then regular expressions before prefixes, then
//! `regex_priority`, then the longer path. Here the path decides first. So routes that differ in what
//! Kong looks at first get priorities, and where there is nothing to tell apart none.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

/// What Kong orders routes by.
#[derive(Clone, Debug)]
pub(super) struct Rank {
    /// How many of hosts, paths, methods, headers and SNIs a route asks for.
    pub kinds: usize,
    pub headers: usize,
    pub plain_hosts: bool,
    pub regex: bool,
    pub regex_priority: i64,
    pub path_length: usize,
    /// Which kinds, and the path as it is written here: routes of one class that are alike in these
    /// are told apart as they are here.
    pub kinds_named: String,
    /// Hosts, headers and path as they are written here.
    pub path: String,
    pub methods: Vec<String>,
}

type Class = (
    Reverse<usize>,
    Reverse<usize>,
    Reverse<bool>,
    Reverse<bool>,
    Reverse<i64>,
);

/// Highest priority there is here.
const MOST: usize = 1_000;

/// A priority for each route, and whether some of them had to be left to chance: there are more
/// classes than priorities.
pub(super) fn priorities(ranks: &[Rank]) -> (Vec<i32>, bool) {
    let mut kinds: HashMap<Class, HashSet<&str>> = HashMap::new();
    let mut alike: HashMap<(Class, &str), Vec<&Rank>> = HashMap::new();
    for rank in ranks {
        let class = class(rank);
        kinds.entry(class).or_default().insert(&rank.kinds_named);
        alike.entry((class, &rank.path)).or_default().push(rank);
    }
    let meets = |(key, ranks): (&(Class, &str), &Vec<&Rank>)| meet(ranks).then_some(key.0);
    let unclear: HashSet<Class> = alike.iter().filter_map(meets).collect();
    let keys: Vec<_> = ranks
        .iter()
        .enumerate()
        .map(|(n, rank)| {
            let class = class(rank);
            // Of the same path twice, neither comes first; the first in the file does then.
            let by_order = rank.regex || meet(&alike[&(class, rank.path.as_str())]);
            let by_length = rank.regex || kinds[&class].len() > 1 || unclear.contains(&class);
            let length = if by_length { rank.path_length } else { 0 };
            (class, Reverse(length), if by_order { n } else { 0 })
        })
        .collect();
    let mut order: Vec<_> = keys.iter().collect();
    order.sort();
    order.dedup();
    let places: HashMap<_, _> = order
        .iter()
        .rev()
        .enumerate()
        .map(|(n, key)| (*key, n))
        .collect();
    let priority = |key| i32::try_from(places[key].min(MOST)).unwrap_or_default();
    (keys.iter().map(priority).collect(), order.len() > MOST + 1)
}

/// Whether two of these have a method in common.
fn meet(ranks: &[&Rank]) -> bool {
    let mut seen = HashSet::new();
    ranks.len() > 1
        && ranks.iter().any(|rank| {
            rank.methods.is_empty() || !rank.methods.iter().all(|method| seen.insert(method))
        })
}

fn class(rank: &Rank) -> Class {
    (
        Reverse(rank.kinds),
        Reverse(rank.headers),
        Reverse(rank.plain_hosts),
        Reverse(rank.regex),
        Reverse(rank.regex_priority),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prefix(path: &str, kinds: &[&str]) -> Rank {
        Rank {
            kinds: kinds.len(),
            headers: 0,
            plain_hosts: false,
            regex: false,
            regex_priority: 0,
            path_length: path.len(),
            kinds_named: kinds.join(" "),
            path: path.to_owned(),
            methods: Vec::new(),
        }
    }

    #[test]
    fn prefixes_alone_need_no_priorities() {
        let ranks = [
            prefix("/", &["paths"]),
            prefix("/a", &["paths"]),
            prefix("/a/b", &["paths"]),
        ];
        assert_eq!(priorities(&ranks).0, [0, 0, 0]);
    }

    #[test]
    fn more_kinds_come_before_longer_paths_and_regular_expressions_before_prefixes() {
        let regex = Rank {
            regex: true,
            ..prefix("/.*", &["paths"])
        };
        let ranks = [
            prefix("/a/b", &["paths"]),
            prefix("/", &["methods", "paths"]),
            regex,
        ];
        assert_eq!(priorities(&ranks).0, [0, 2, 1]);
    }

    #[test]
    fn of_two_that_are_alike_the_first_comes_first_and_longer_paths_before_both() {
        let ranks = ["/a", "/a", "/a/b", "/"].map(|path| prefix(path, &["paths"]));
        assert_eq!(priorities(&ranks).0, [2, 1, 3, 0]);
        let with = |method: &str| Rank {
            methods: vec![method.to_owned()],
            ..prefix("/a", &["methods", "paths"])
        };
        assert_eq!(priorities(&[with("GET"), with("POST")]).0, [0, 0]);
    }
}
