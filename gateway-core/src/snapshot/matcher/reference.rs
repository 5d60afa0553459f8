//! The matcher against a reference that is too simple to be wrong: every route is asked, and those
//! that take the request are compared by the rules as they are told to people.

use std::cmp::Ordering;

use http::{HeaderMap, HeaderValue, Method};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::{Lookup, Matched};
use crate::config::file;
use crate::snapshot::Snapshot;
use crate::snapshot::compile::compile;

/// A route, as it is written.
#[derive(Clone, Debug)]
struct Plan {
    priority: i32,
    hosts: Vec<&'static str>,
    kind: &'static str,
    path: String,
    methods: Vec<&'static str>,
    /// `1` and `2` for equals, else `present` and `absent`.
    header: Option<&'static str>,
    query: Option<&'static str>,
    versioned: bool,
}

/// A request.
#[derive(Clone, Debug)]
struct Asked {
    host: &'static str,
    path: String,
    method: &'static str,
    header: Option<&'static str>,
    query: Option<&'static str>,
}

fn plan() -> impl Strategy<Value = Plan> {
    let literal = || select(vec!["a", "b", "v1"]);
    let literals = vec(literal(), 0..3).prop_map(|segments| format!("/{}", segments.join("/")));
    let template = (
        vec(select(vec!["a", "b", "{}"]), 0..3),
        select(vec!["", "/{rest...}"]),
    )
        .prop_map(|(segments, end)| {
            let each = segments.iter().enumerate();
            let named =
                each.map(|(n, text)| format!("/{}", text.replace("{}", &format!("{{p{n}}}"))));
            let path = named.collect::<String>() + end;
            if path.is_empty() {
                "/".to_owned()
            } else {
                path
            }
        });
    let regex = select(vec!["/a.*", "/[ab]/b", ".*", "/b(/.*)?", "/v1/a"]).prop_map(str::to_owned);
    let path = prop_oneof![
        3 => literals.clone().prop_map(|path| ("prefix", path)),
        2 => literals.prop_map(|path| ("exact", path)),
        3 => template.prop_map(|path| ("template", path)),
        1 => regex.prop_map(|path| ("regex", path)),
    ];
    let condition = || {
        let some = select(vec!["1", "2", "present", "absent"]);
        prop_oneof![3 => Just(None), 2 => some.prop_map(Some)]
    };
    let hosts = subsequence(vec!["a.x", "b.x", "a.b.x", "*.x", "*.b.x"], 0..3);
    (
        prop_oneof![4 => Just(0), 1 => -1..2],
        prop_oneof![2 => Just(Vec::new()), 1 => hosts],
        path,
        subsequence(vec!["GET", "PUT"], 0..2),
        condition(),
        condition(),
        proptest::bool::weighted(0.2),
    )
        .prop_map(
            |(priority, hosts, (kind, path), methods, header, query, versioned)| Plan {
                priority,
                hosts,
                kind,
                path,
                methods,
                header,
                query,
                versioned,
            },
        )
}

fn asked() -> impl Strategy<Value = Asked> {
    let path = (
        vec(select(vec!["a", "b", "c", "v1"]), 0..4),
        proptest::bool::weighted(0.2),
    )
        .prop_map(|(segments, slash)| match (segments.is_empty(), slash) {
            (false, true) => format!("/{}/", segments.join("/")),
            _ => format!("/{}", segments.join("/")),
        });
    let value = || select(vec![None, Some("1"), Some("2")]);
    (
        select(vec!["a.x", "b.x", "a.b.x", "c.b.x", "x"]),
        path,
        select(vec!["GET", "PUT", "POST"]),
        value(),
        value(),
    )
        .prop_map(|(host, path, method, header, query)| Asked {
            host,
            path,
            method,
            header,
            query,
        })
}

/// How a route stands in the order for one request: what is greater comes first.
type Standing = (i32, bool, usize, String, bool, usize);

impl Plan {
    /// Its best standing for a request, if it takes it.
    fn standing(&self, asked: &Asked) -> Option<Standing> {
        let rest = asked
            .path
            .strip_prefix("/v1")
            .filter(|rest| self.versioned && (rest.is_empty() || rest.starts_with('/')));
        let rest = rest.map(|rest| if rest.is_empty() { "/" } else { rest });
        let versioned = rest.is_some_and(|rest| self.takes_path(rest));
        let takes = (versioned || self.takes_path(&asked.path))
            && (self.methods.is_empty() || self.methods.contains(&asked.method))
            && holds(self.header, asked.header)
            && holds(self.query, asked.query);
        let host = match self.hosts.is_empty() {
            true => Some(0),
            false => self
                .hosts
                .iter()
                .filter_map(|host| host_rank(host, asked.host))
                .max(),
        };
        let conditions = usize::from(self.header.is_some()) + usize::from(self.query.is_some());
        takes.then_some(())?;
        Some((
            self.priority,
            versioned,
            host?,
            self.path_rank(),
            !self.methods.is_empty(),
            conditions,
        ))
    }

    fn takes_path(&self, path: &str) -> bool {
        let found: Vec<_> = path.split('/').filter(|s| !s.is_empty()).collect();
        let wanted: Vec<_> = self.path.split('/').filter(|s| !s.is_empty()).collect();
        let alike = |wanted: &[&str], found: &[&str]| {
            let mut pairs = wanted.iter().zip(found);
            pairs.all(|(wanted, found)| wanted.starts_with('{') || wanted == found)
        };
        match self.kind {
            "exact" => self.path == path,
            "prefix" => found.len() >= wanted.len() && alike(&wanted, &found),
            "regex" => regex::Regex::new(&format!("^({})$", self.path))
                .unwrap()
                .is_match(path),
            _ if wanted.last() == Some(&"{rest...}") => {
                let before = &wanted[..wanted.len() - 1];
                found.len() > before.len() && alike(before, &found)
            }
            _ => found.len() == wanted.len() && alike(&wanted, &found),
        }
    }

    /// Text whose order is that of paths: a letter for each segment, the greatest first.
    fn path_rank(&self) -> String {
        let segments = self.path.split('/').filter(|segment| !segment.is_empty());
        let letters: String = segments
            .map(|segment| match segment {
                "{rest...}" => 'C',
                parameter if parameter.starts_with('{') => 'E',
                _ => 'F',
            })
            .collect();
        match self.kind {
            "exact" => "Z".to_owned(),
            "regex" => "A".to_owned(),
            "prefix" => letters + "B",
            _ if letters.ends_with('C') => letters,
            _ => letters + "D",
        }
    }

    fn yaml(&self, name: usize) -> String {
        let condition = |name: &str, test: Option<&str>| match test {
            None => String::new(),
            Some(test @ ("present" | "absent")) => format!("{{name: {name}, test: {test}}}"),
            Some(value) => format!("{{name: {name}, value: '{value}'}}"),
        };
        let versions = match self.versioned {
            true => ", versions: {by: path, list: [{name: v1}]}",
            false => "",
        };
        format!(
            "  - {{name: r{name}, service: s, priority: {}{versions}, match: {{hosts: {:?}, \
             path_kind: {}, path: '{}', methods: {:?}, headers: [{}], query: [{}]}}}}\n",
            self.priority,
            self.hosts,
            self.kind,
            self.path,
            self.methods,
            condition("h", self.header),
            condition("q", self.query),
        )
    }
}

fn host_rank(pattern: &str, host: &str) -> Option<usize> {
    match pattern.strip_prefix('*') {
        None => (pattern == host).then_some(100),
        Some(suffix) => host.ends_with(suffix).then_some(suffix.len()),
    }
}

fn holds(wanted: Option<&str>, sent: Option<&str>) -> bool {
    match wanted {
        None => true,
        Some("present") => sent.is_some(),
        Some("absent") => sent.is_none(),
        value => sent == value,
    }
}

/// The snapshot of these routes without those that are refused since they tie with one before.
fn without_ties(plans: &mut Vec<Plan>) -> Snapshot {
    loop {
        let routes: String = plans
            .iter()
            .enumerate()
            .map(|(n, plan)| plan.yaml(n))
            .collect();
        let yaml = format!(
            "version: 1\nservices: [{{name: s, targets: [{{url: 'http://127.0.0.1:1'}}]}}]\n\
             routes:\n{routes}"
        );
        let config = file::parse(&yaml).unwrap();
        match compile(&config, 1, &Snapshot::default()) {
            Ok(compiled) => return compiled.snapshot,
            Err(issues) => {
                let wrong = issues
                    .iter()
                    .filter_map(|issue| issue.path.strip_prefix("routes["))
                    .filter_map(|rest| rest.strip_suffix("].match"))
                    .filter_map(|index| index.parse::<usize>().ok())
                    .max();
                plans.remove(wrong.unwrap_or_else(|| panic!("{yaml}\n{issues:#?}")));
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    /// RT-1
    #[test]
    fn the_matcher_finds_what_asking_every_route_finds(
        mut plans in vec(plan(), 1..12),
        requests in vec(asked(), 30),
    ) {
        let snapshot = without_ties(&mut plans);
        for asked in &requests {
            let mut taking: Vec<_> = plans
                .iter()
                .enumerate()
                .filter_map(|(n, plan)| Some((plan.standing(asked)?, n)))
                .collect();
            taking.sort_by(|a, b| b.cmp(a));
            if let [(first, _), (second, _), ..] = taking.as_slice() {
                prop_assert_ne!(first.cmp(second), Ordering::Equal, "a tie was not refused");
            }
            let mut headers = HeaderMap::new();
            if let Some(value) = asked.header {
                headers.insert("h", HeaderValue::from_static(value));
            }
            let query = asked.query.map(|value| format!("q={value}"));
            let found = snapshot.matcher.find(&Lookup {
                host: asked.host,
                path: &asked.path,
                method: &asked.method.parse::<Method>().unwrap(),
                headers: &headers,
                query: query.as_deref(),
            });
            let found = match found {
                Matched::Route(found) => Some(found.route.name.to_string()),
                Matched::OtherMethods(_) | Matched::Nothing => None,
            };
            let wanted = taking.first().map(|(_, n)| format!("r{n}"));
            prop_assert_eq!(found, wanted, "{:?}", asked);
        }
    }
}
