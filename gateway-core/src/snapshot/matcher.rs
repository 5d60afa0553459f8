//! Host, method and path to a route.
//!
//! The most specific route that takes a request wins: a named host before any host, then the longer
//! path prefix, then a route with methods before one for any. The compiler refuses routes that would
//! tie, so the order in the config never matters. A look-up costs one hash per path segment, however
//! many routes there are.

use std::collections::HashMap;
use std::sync::Arc;

use http::Method;

use super::Route;
use crate::record::decision::NearMiss;

/// Finds the route of a request.
#[derive(Default)]
pub struct Matcher {
    by_host: HashMap<String, Prefixes>,
    any_host: Prefixes,
}

/// Path prefix to the routes under it. `/` is the empty prefix.
type Prefixes = HashMap<String, Vec<Arc<Route>>>;

/// What a [`Matcher`] found.
pub enum Matched {
    /// This route, and the host by which it was found.
    Route(Arc<Route>, Option<String>),
    /// The path is taken, but only with these methods, sorted.
    OtherMethods(Vec<String>),
    /// Nothing.
    Nothing,
}

impl Matcher {
    /// Adds a route. Its hosts are lower-case and its prefix is normalised, as compiled.
    pub fn add(&mut self, route: &Arc<Route>) {
        let key = prefix_key(&route.path_prefix);
        if route.hosts.is_empty() {
            add_to(&mut self.any_host, key, route);
        }
        for host in &route.hosts {
            add_to(self.by_host.entry(host.clone()).or_default(), key, route);
        }
    }

    /// The route for a request. `host` is lower-case and without port; `path` is normalised.
    pub fn find(&self, host: &str, path: &str, method: &Method) -> Matched {
        let mut other_methods = Vec::new();
        let tables = [
            (self.by_host.get(host), true),
            (Some(&self.any_host), false),
        ];
        for (table, named) in tables {
            let Some(table) = table else { continue };
            for prefix in prefixes(path) {
                let Some(routes) = table.get(prefix) else {
                    continue;
                };
                if let Some(route) = routes.iter().find(|route| route.takes(method)) {
                    return Matched::Route(route.clone(), named.then(|| host.to_owned()));
                }
                other_methods.extend(routes.iter().flat_map(|route| &route.methods).cloned());
            }
        }
        if other_methods.is_empty() {
            return Matched::Nothing;
        }
        let mut methods: Vec<_> = other_methods
            .iter()
            .map(|method| method.to_string())
            .collect();
        methods.sort();
        methods.dedup();
        Matched::OtherMethods(methods)
    }
}

fn add_to(table: &mut Prefixes, key: &str, route: &Arc<Route>) {
    let routes = table.entry(key.to_owned()).or_default();
    routes.push(route.clone());
    // Routes that name methods come first; two that share one are refused when compiled.
    routes.sort_by_key(|route| route.methods.is_empty());
}

fn prefix_key(prefix: &str) -> &str {
    prefix.trim_end_matches('/')
}

/// `/a/b` → `/a/b`, `/a`, and the empty prefix.
fn prefixes(path: &str) -> impl Iterator<Item = &str> {
    let path = path.trim_end_matches('/');
    let mut next = Some(path);
    std::iter::from_fn(move || {
        let current = next?;
        next = current.rfind('/').map(|at| &current[..at]);
        Some(current)
    })
}

/// The routes that came closest to a request, and what kept each from taking it: at most five.
/// Only asked when something is shown or refused, so it may look at every route.
pub fn near_misses(
    routes: &[Arc<Route>],
    host: &str,
    path: &str,
    method: &Method,
) -> Vec<NearMiss> {
    let mut misses: Vec<(usize, NearMiss)> = routes
        .iter()
        .filter_map(|route| {
            let (distance, reason) = miss(route, host, path, method)?;
            Some((
                distance,
                NearMiss {
                    route: route.name.clone(),
                    reason,
                },
            ))
        })
        .collect();
    misses.sort_by(|(a, x), (b, y)| a.cmp(b).then_with(|| x.route.cmp(&y.route)));
    misses.into_iter().take(5).map(|(_, miss)| miss).collect()
}

/// The first thing that keeps a route from taking a request, and how far off it is.
fn miss(route: &Route, host: &str, path: &str, method: &Method) -> Option<(usize, String)> {
    if !route.hosts.is_empty() && !route.hosts.iter().any(|wanted| wanted == host) {
        let wanted = route.hosts.join("`, `");
        return Some((1_000, format!("host `{host}` is not `{wanted}`")));
    }
    let key = prefix_key(&route.path_prefix);
    if !prefixes(path).any(|prefix| prefix == key) {
        let off = spelling_distance(key, path);
        return Some((
            10 + off,
            format!("path `{path}` is not under `{}`", route.path_prefix),
        ));
    }
    if !route.takes(method) {
        let methods: Vec<_> = route.methods.iter().map(Method::as_str).collect();
        return Some((
            0,
            format!("method {method} is not {}", methods.join(" or ")),
        ));
    }
    None
}

/// How many characters differ between a prefix and the path cut to as many segments.
fn spelling_distance(prefix: &str, path: &str) -> usize {
    let segments = prefix.matches('/').count();
    let cut = path
        .match_indices('/')
        .nth(segments)
        .map_or(path, |(at, _)| &path[..at]);
    strsim::levenshtein(prefix, cut)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::tests::compiled;

    fn found(yaml: &str, host: &str, path: &str, method: &Method) -> String {
        let snapshot = compiled(yaml);
        match snapshot.matcher.find(host, path, method) {
            Matched::Route(route, host) => match host {
                Some(host) => format!("{} by {host}", route.name),
                None => route.name.to_string(),
            },
            Matched::OtherMethods(methods) => methods.join(","),
            Matched::Nothing => "nothing".to_owned(),
        }
    }

    const ROUTES: &str = "
version: 1
services: [{name: s, targets: [{url: 'http://127.0.0.1:1'}]}]
routes:
  - {name: orders, service: s, match: {path: /orders}}
  - {name: items, service: s, match: {path: /orders/items/, methods: [GET, PUT]}}
  - {name: new-item, service: s, match: {path: /orders/items, methods: [POST]}}
  - {name: shop, service: s, match: {hosts: [shop.localhost], path: /}}
  - {name: users, service: s, match: {path: /users, methods: [GET]}}
  - {name: off, service: s, enabled: false, match: {path: /off}}
";

    /// RT-1
    #[test]
    fn the_most_specific_route_wins() {
        for (host, path, method, wanted) in [
            ("localhost", "/orders", Method::GET, "orders"),
            ("localhost", "/orders/", Method::GET, "orders"),
            ("localhost", "/orders/7", Method::DELETE, "orders"),
            ("localhost", "/orders-old", Method::GET, "nothing"),
            ("localhost", "/orders/items", Method::GET, "items"),
            ("localhost", "/orders/items/7", Method::POST, "new-item"),
            ("localhost", "/orders/items/7", Method::DELETE, "orders"),
            (
                "shop.localhost",
                "/anything",
                Method::GET,
                "shop by shop.localhost",
            ),
            (
                "shop.localhost",
                "/orders",
                Method::GET,
                "shop by shop.localhost",
            ),
            ("localhost", "/users/7", Method::POST, "GET"),
            ("localhost", "/", Method::GET, "nothing"),
            ("localhost", "/off", Method::GET, "nothing"),
        ] {
            assert_eq!(
                found(ROUTES, host, path, &method),
                wanted,
                "{method} {host} {path}"
            );
        }
    }

    #[test]
    fn near_misses_name_the_first_thing_that_failed_nearest_first() {
        let snapshot = compiled(ROUTES);
        let misses = near_misses(&snapshot.routes, "localhost", "/oders/7", &Method::GET);
        assert_eq!(misses[0].route.as_str(), "orders");
        assert_eq!(misses[0].reason, "path `/oders/7` is not under `/orders`");
        let misses = near_misses(&snapshot.routes, "localhost", "/users", &Method::POST);
        assert_eq!(misses[0].reason, "method POST is not GET");
    }
}
