//! Routes of which neither comes first though both take a request, and routes that no request
//! reaches. Both are told when a config is compiled, so that what answers is never a matter of luck.

mod regexes;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use self::regexes::{Common, common_path, common_text};
use super::Route;
use super::matcher::conditions::{Condition, Test};
use super::matcher::hosts::{HostPattern, parents};
use super::matcher::paths::{End, PathForm, PathPattern, Segment};
use super::matcher::{Entry, entries};
use crate::ids::RouteName;

/// Two routes that both take a request, and neither comes first.
pub(super) struct Tie {
    pub(super) one: Arc<Route>,
    pub(super) other: Arc<Route>,
    pub(super) example: Example,
}

/// A request that two routes take.
pub(super) enum Example {
    /// Such as ``GET http://localhost/orders/x``.
    Request(String),
    /// There may be one; finding out took too long.
    Undecided,
}

/// A route that no request reaches, since another takes them first.
pub(super) struct Shadow {
    pub(super) route: Arc<Route>,
    pub(super) by: Arc<Route>,
}

/// What to tell of two routes that tie.
pub(super) fn message(one: &RouteName, other: &RouteName, example: &Example) -> String {
    match example {
        Example::Request(request) => format!(
            "routes `{one}` and `{other}` both take `{request}` and neither is more specific; \
             give one of them a higher `priority`"
        ),
        Example::Undecided => format!(
            "whether a path matches the regular expressions of both `{one}` and `{other}` would \
             take too long to find out; give one of them a higher `priority`"
        ),
    }
}

/// All pairs of routes that tie, each once.
///
/// Only routes alike in everything that precedence looks at can tie; among those two paths of
/// segments are either the same or have no request in common. So routes are compared only with
/// those of the same host and path, and regular expressions with those of the same host.
pub(super) fn ties(routes: &[Arc<Route>]) -> Vec<Tie> {
    let entries = entries(routes);
    let mut alike: HashMap<_, Vec<&Entry>> = HashMap::new();
    for entry in &entries {
        let path = shape(&entry.route.path);
        let key = (&entry.precedence, &entry.host, path);
        alike.entry(key).or_default().push(entry);
    }
    let mut told = HashSet::new();
    let mut ties = Vec::new();
    for group in alike.values() {
        for (n, one) in group.iter().enumerate() {
            for other in &group[n + 1..] {
                let (one, other) = (&one.route, &other.route);
                if one.name == other.name || told.contains(&(&one.name, &other.name)) {
                    continue;
                }
                if let Some(example) = common_request(one, other, group[n].host.as_ref()) {
                    told.insert((&one.name, &other.name));
                    ties.push(Tie {
                        one: one.clone(),
                        other: other.clone(),
                        example,
                    });
                }
            }
        }
    }
    ties.sort_by(|a, b| (&a.one.name, &a.other.name).cmp(&(&b.one.name, &b.other.name)));
    ties
}

/// The same for two paths of equal precedence if they have a request in common; regular expressions
/// are all alike until they are looked at.
fn shape(path: &PathPattern) -> String {
    match &path.form {
        PathForm::Exact(exact) => exact.clone(),
        PathForm::Regex(_) => "regex".to_owned(),
        PathForm::Segments(segments, end) => segments_shape(segments, end),
    }
}

fn segments_shape(segments: &[Segment], end: &End) -> String {
    let each = segments.iter().map(|segment| match segment {
        Segment::Literal(text) => text.as_str(),
        Segment::Parameter(_) => "{}",
    });
    let last = match end {
        End::Here => "",
        End::Anything => "*",
        End::Parameter(_) => "{...}",
    };
    each.chain([last]).collect::<Vec<_>>().join("/")
}

fn common_request(one: &Route, other: &Route, host: Option<&HostPattern>) -> Option<Example> {
    let method = match (one.methods.first(), other.methods.first()) {
        (None, None) => "GET".to_owned(),
        (Some(method), None) | (None, Some(method)) => method.to_string(),
        (Some(_), Some(_)) => {
            let common = one.methods.iter().find(|method| other.takes(method));
            common?.to_string()
        }
    };
    if !meet(&one.conditions, &other.conditions) {
        return None;
    }
    let path = match (&one.path.form, &other.path.form) {
        (PathForm::Regex(_), PathForm::Regex(_)) => {
            match common_path(&one.path.text, &other.path.text) {
                Common::None => return None,
                Common::Undecided => return Some(Example::Undecided),
                Common::Text(path) => path,
            }
        }
        (form, _) => example_path(form),
    };
    let host = host.map_or_else(|| "localhost".to_owned(), HostPattern::example);
    let mut request = format!("{method} http://{host}{path}");
    let conditions: Vec<_> = one
        .conditions
        .iter()
        .chain(&other.conditions)
        .filter(|condition| !matches!(condition.test, Test::Absent))
        .map(Condition::sentence)
        .collect();
    if !conditions.is_empty() {
        request = format!(
            "{request} where {}",
            conditions.join(" and ").replace('`', "")
        );
    }
    Some(Example::Request(request))
}

/// Whether a request can meet all of these conditions, as far as can be told.
fn meet(one: &[Condition], other: &[Condition]) -> bool {
    one.iter().all(|a| {
        other.iter().all(|b| {
            let both_match = match (&a.test, &b.test) {
                (Test::Matches(_, a), Test::Matches(_, b)) => Some((a, b)),
                _ => None,
            };
            match both_match {
                Some((x, y)) if a.on == b.on => common_text(x, y) != Common::None,
                _ => !a.excludes(b),
            }
        })
    })
}

/// A path that a route takes, of the most readable kind.
fn example_path(form: &PathForm) -> String {
    match form {
        PathForm::Exact(exact) => exact.clone(),
        PathForm::Regex(_) => "/".to_owned(),
        PathForm::Segments(segments, end) => {
            let each = segments.iter().map(|segment| match segment {
                Segment::Literal(text) => text.as_str(),
                Segment::Parameter(_) => "x",
            });
            let last = matches!(end, End::Parameter(_)).then_some("x");
            let path = each.chain(last).collect::<Vec<_>>().join("/");
            format!("/{path}")
        }
    }
}

/// Routes that no request reaches, as far as that is sure at a glance: another route of a higher
/// priority takes every host, path and method that they take, and asks for no more.
pub(super) fn shadows(routes: &[Arc<Route>]) -> Vec<Shadow> {
    let Some(least) = routes.iter().map(|route| route.priority).min() else {
        return Vec::new();
    };
    let mut higher: HashMap<(Option<HostPattern>, String), Vec<&Arc<Route>>> = HashMap::new();
    for route in routes.iter().filter(|route| route.priority > least) {
        let hosts: Vec<_> = match route.hosts.is_empty() {
            true => vec![None],
            false => route.hosts.iter().cloned().map(Some).collect(),
        };
        for host in hosts {
            let key = (host, exact_shape(&route.path));
            higher.entry(key).or_default().push(route);
        }
    }
    if higher.is_empty() {
        return Vec::new();
    }
    let shadow = |route: &Arc<Route>| {
        let by = covering(route, &higher)?;
        Some(Shadow {
            route: route.clone(),
            by,
        })
    };
    routes.iter().filter_map(shadow).collect()
}

/// As [`shape`], but regular expressions are only like themselves.
fn exact_shape(path: &PathPattern) -> String {
    match &path.form {
        PathForm::Regex(_) => format!("regex {}", path.text),
        PathForm::Exact(exact) => format!("exact {exact}"),
        PathForm::Segments(segments, end) => segments_shape(segments, end),
    }
}

fn covering(
    route: &Arc<Route>,
    higher: &HashMap<(Option<HostPattern>, String), Vec<&Arc<Route>>>,
) -> Option<Arc<Route>> {
    // Where its versions stand before its path it takes more than its path says.
    if route.first_segment.is_some() {
        return None;
    }
    let paths = wider_paths(&route.path);
    let takes_more = |by: &Route| {
        let methods = by.methods.is_empty()
            || (!route.methods.is_empty() && route.methods.iter().all(|method| by.takes(method)));
        let wanted = |condition: &Condition| {
            let given = &route.conditions;
            given.iter().any(|other| other.same_as(condition))
        };
        by.priority > route.priority && methods && by.conditions.iter().all(wanted)
    };
    let under_host = |host: &Option<HostPattern>| {
        let hosts = wider_hosts(host.as_ref());
        let keys = hosts
            .into_iter()
            .flat_map(|host| paths.iter().map(move |path| (host.clone(), path.clone())));
        keys.filter_map(|key| higher.get(&key))
            .flatten()
            .find(|by| takes_more(by))
    };
    let hosts: Vec<_> = match route.hosts.is_empty() {
        true => vec![None],
        false => route.hosts.iter().cloned().map(Some).collect(),
    };
    let found: Option<Vec<_>> = hosts.iter().map(under_host).collect();
    // Named only where one route does it alone.
    let mut found = found?.into_iter();
    let first = found.next()?;
    found
        .all(|other| other.name == first.name)
        .then(|| (*first).clone())
}

/// The host itself and what stands for more than it.
fn wider_hosts(host: Option<&HostPattern>) -> Vec<Option<HostPattern>> {
    let mut hosts = vec![None];
    if let Some(host) = host {
        hosts.push(Some(host.clone()));
        let (HostPattern::Exact(name) | HostPattern::Wildcard(name)) = host;
        hosts.extend(parents(name).map(|parent| Some(HostPattern::Wildcard(parent.to_owned()))));
    }
    hosts
}

/// The path itself and the prefixes it is under.
fn wider_paths(path: &PathPattern) -> Vec<String> {
    let mut paths = vec![exact_shape(path)];
    let literals: Vec<_> = match &path.form {
        PathForm::Regex(_) => Vec::new(),
        PathForm::Exact(exact) => exact
            .trim_matches('/')
            .split('/')
            .filter(|segment| !segment.is_empty())
            .map(|segment| Segment::Literal(segment.to_owned()))
            .collect(),
        PathForm::Segments(segments, _) => segments
            .iter()
            .take_while(|segment| matches!(segment, Segment::Literal(_)))
            .cloned()
            .collect(),
    };
    paths.extend((0..=literals.len()).map(|n| segments_shape(&literals[..n], &End::Anything)));
    paths
}
