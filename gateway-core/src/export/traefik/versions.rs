//! Which version of a route a request is for.

use serde_json::{Map, Value};

use super::paths;
use super::rules::{Rule, other_than, whole};
use super::tree::{ENTRY, Router, Tree, VERSION};
use crate::export::gate::Route;
use crate::export::paths::version_segment;
use crate::export::patterns::escaped;
use crate::snapshot::versions::{Scheme, Unnamed, Version, Versions};

/// Routers that find the version, below others. `here` holds for requests of the route. Gives the
/// names of those that did.
pub(super) fn routers(
    tree: &mut Tree,
    n: usize,
    route: &Route<'_>,
    versions: &Versions,
    above: &[String],
    here: &Rule,
) -> Vec<String> {
    let at = format!("{}.versions", route.at);
    let named = Named::of(n, route, versions);
    let of = Found { n, versions, above };
    let mut found = Vec::new();
    for (m, unclear) in named.unclear.into_iter().enumerate() {
        let rule = Rule::all([here.clone(), unclear]);
        let router = Router::below(above, format!("r{n}-unclear-{m}"), rule).about(&at);
        tree.refuse(router, 400);
    }
    for (version, rule) in versions.list.iter().zip(named.by_version) {
        let rule = Rule::all([here.clone(), rule]);
        let name = format!("r{n}-{}", version.name);
        found.extend(take(tree, &of, version, &name, rule, &at));
    }
    if let Some(other) = named.other {
        let rule = Rule::all([here.clone(), other]);
        let router = Router::below(above, format!("r{n}-unknown"), rule).about(&at);
        tree.refuse(router, 404);
    }
    let unnamed = match &versions.unnamed {
        Unnamed::Refused => None,
        Unnamed::Default(version) => Some(version.clone()),
        Unnamed::Split(_) => most(route, versions),
    };
    let name = format!("r{n}-unnamed");
    match unnamed {
        None => tree.refuse(Router::below(above, name, here.clone()).about(&at), 400),
        Some(version) => {
            let at = format!("{at}.default");
            found.extend(take(tree, &of, &version, &name, here.clone(), &at));
        }
    }
    found
}

/// The version that most of a split get.
fn most(route: &Route<'_>, versions: &Versions) -> Option<std::sync::Arc<Version>> {
    let split = route.config.versions.iter().flat_map(|all| &all.split);
    let weights = split.flat_map(|split| &split.weights);
    // Of equal ones the first.
    let most = weights.rev().max_by_key(|weight| weight.weight)?;
    let mut list = versions.list.iter();
    list.find(|version| version.name == most.version).cloned()
}

/// Where versions of a route are found.
struct Found<'f> {
    n: usize,
    versions: &'f Versions,
    above: &'f [String],
}

fn take(
    tree: &mut Tree,
    found: &Found<'_>,
    version: &Version,
    name: &str,
    rule: Rule,
    at: &str,
) -> Option<String> {
    let Found { n, versions, above } = found;
    let router = Router::below(above, name, rule).about(at);
    if version.lifecycle.gone_from_s.is_some() {
        // Nothing there knows what time it is.
        tree.refuse(router, 410);
        return None;
    }
    let is = [(VERSION.to_owned(), Value::from(version.name.as_str()))];
    let mut middlewares = vec![tree.request_headers(
        format!("r{n}-is-{}", version.name),
        is.into_iter().collect(),
    )];
    let told = told(versions, version);
    if !told.is_empty() {
        middlewares.push(tree.answer_headers(format!("r{n}-end-of-{}", version.name), told));
    }
    Some(tree.pass(router.with(middlewares)))
}

/// What callers are told of a version on every answer.
fn told(versions: &Versions, version: &Version) -> Map<String, Value> {
    let mut told: Map<String, Value> = Map::new();
    let mut links = Vec::new();
    for (name, value) in &version.lifecycle.headers {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        match name.as_str() {
            "link" => links.push(value),
            name => {
                told.insert(name.to_owned(), value.into());
            }
        }
    }
    let successor = version.lifecycle.successor.as_deref();
    let target = match (&versions.scheme, successor) {
        (Scheme::FirstSegment, Some(next)) => Some(format!("/{next}")),
        (Scheme::Query(name), Some(next)) => Some(format!("?{name}={next}")),
        (Scheme::Host(_), Some(next)) if next.contains('.') => Some(format!("//{next}")),
        _ => None,
    };
    links.extend(target.map(|target| format!("<{target}>; rel=\"successor-version\"")));
    if !links.is_empty() {
        told.insert("link".to_owned(), links.join(", ").into());
    }
    told
}

/// How versions are named.
#[derive(Default)]
struct Named {
    /// When each of them is.
    by_version: Vec<Rule>,
    /// When more than one is.
    unclear: Vec<Rule>,
    /// When something is named at all.
    other: Option<Rule>,
}

impl Named {
    fn of(n: usize, route: &Route<'_>, versions: &Versions) -> Self {
        let all = |rule: &dyn Fn(&str) -> Rule| -> Vec<Rule> {
            versions.list.iter().map(|one| rule(&one.value)).collect()
        };
        match &versions.scheme {
            Scheme::Header(name) => {
                let name = name.as_str();
                Self {
                    by_version: all(&|value| Rule::header(name, value)),
                    unclear: all(&|value| {
                        let other = Rule::header_matches(name, &other_than(value));
                        Rule::all([Rule::header(name, value), other])
                    }),
                    other: Some(Rule::header_matches(name, ".")),
                }
            }
            Scheme::Query(name) => {
                let is = |value: &str| Rule::query_matches(name, &whole(&escaped(value)));
                Self {
                    by_version: all(&is),
                    unclear: all(&|value| {
                        let other = Rule::query_matches(name, &other_than(value));
                        Rule::all([is(value), other])
                    }),
                    other: Some(Rule::query_matches(name, ".")),
                }
            }
            Scheme::FirstSegment => {
                let after = Rule::header(ENTRY, &format!("r{n}v"));
                Self {
                    by_version: all(&|value| {
                        let first = format!("\\A/+{}(?:/|\\z)", escaped(value));
                        Rule::all([after.clone(), Rule::path(&first)])
                    }),
                    unclear: Vec::new(),
                    other: Some(after),
                }
            }
            Scheme::AfterPrefix(_) => {
                let prefix = paths::prefix(route);
                let after = |rest: &str| Rule::path(&format!("\\A{prefix}/+(?:{rest})(?:/|\\z)"));
                Self {
                    by_version: all(&|value| after(&escaped(value))),
                    unclear: Vec::new(),
                    other: Some(after(&version_segment(route))),
                }
            }
            Scheme::Accept(parameter) => {
                let parameter = escaped(parameter);
                Self {
                    by_version: all(&|value| {
                        let value = escaped(value);
                        let pattern = format!(
                            ";\\s*(?i:{parameter})\\s*=\\s*(?:{value}|\\x22{value}\\x22)\\s*(?:[;,]|\\z)"
                        );
                        Rule::header_matches("Accept", &pattern)
                    }),
                    ..Self::default()
                }
            }
            Scheme::Host(_) => {
                let named = |pattern: &str| {
                    Rule::all([Rule::host("\\A[0-9.]+\\z").not(), Rule::host(pattern)])
                };
                Self {
                    by_version: all(&|value| {
                        let value = escaped(&value.to_ascii_lowercase());
                        named(&format!("\\A(?:{value}\\z|{value}\\x2e)"))
                    }),
                    unclear: Vec::new(),
                    other: Some(named(&format!("\\A(?:{})\\x2e", version_segment(route)))),
                }
            }
        }
    }
}
