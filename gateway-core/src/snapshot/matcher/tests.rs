//! RT-1: which route takes a request.

use http::{HeaderMap, HeaderName, HeaderValue, Method};

use super::predicates::near_misses;
use super::*;
use crate::config::file;
use crate::snapshot::Snapshot;
use crate::snapshot::compile::compile;
use crate::snapshot::tests::compiled;

/// `GET`, `host/path?query` and headers.
struct Request {
    method: Method,
    host: String,
    path: String,
    query: Option<String>,
    headers: HeaderMap,
}

fn request(text: &str) -> Request {
    let mut words = text.split(' ');
    let mut word = words.next().unwrap();
    let mut method = Method::GET;
    if let Ok(named) = word.parse()
        && word.chars().all(char::is_uppercase)
    {
        method = named;
        word = words.next().unwrap();
    }
    let (host, rest) = word.split_at(word.find('/').unwrap());
    let (path, query) = match rest.split_once('?') {
        Some((path, query)) => (path, Some(query.to_owned())),
        None => (rest, None),
    };
    let mut headers = HeaderMap::new();
    for line in words {
        let (name, value) = line.split_once(':').unwrap();
        let name: HeaderName = name.parse().unwrap();
        headers.append(name, HeaderValue::from_str(value).unwrap());
    }
    Request {
        method,
        host: if host.is_empty() { "localhost" } else { host }.to_owned(),
        path: path.to_owned(),
        query,
        headers,
    }
}

impl Request {
    fn lookup(&self) -> Lookup<'_> {
        Lookup {
            host: &self.host,
            path: &self.path,
            method: &self.method,
            headers: &self.headers,
            query: self.query.as_deref(),
        }
    }
}

fn found(snapshot: &Snapshot, text: &str) -> String {
    match snapshot.matcher.find(&request(text).lookup()) {
        Matched::Route(found) => match found.version_segment {
            Some(segment) => format!("{} as {segment}", found.route.name),
            None => found.route.name.to_string(),
        },
        Matched::OtherMethods(methods) => methods.join(","),
        Matched::Nothing => "nothing".to_owned(),
    }
}

/// A config of these routes, each `NAME: MATCH`, in this order.
fn config(routes: &[&str]) -> String {
    let head =
        "version: 1\nservices: [{name: s, targets: [{url: 'http://127.0.0.1:1'}]}]\nroutes:\n";
    let lines = routes.iter().map(|route| {
        let (name, rest) = route.split_once(": ").unwrap();
        format!("  - {{name: {name}, service: s, {rest}}}\n")
    });
    head.to_owned() + &lines.collect::<String>()
}

#[test]
fn each_rule_of_precedence_holds_in_either_order_of_the_config() {
    // What is asked, the route that takes it, and one that would take it too.
    for (asked, first, second) in [
        // Priority before all else.
        (
            "/orders",
            "a: priority: 1, match: {path: /}",
            "b: match: {path: /orders, path_kind: exact, hosts: [localhost]}",
        ),
        (
            "/orders",
            "a: match: {path: /orders}",
            "b: priority: -1, match: {path: /orders, path_kind: exact}",
        ),
        // Hosts before paths.
        (
            "/orders/7",
            "a: match: {path: /, hosts: [localhost]}",
            "b: match: {path: /orders/7, path_kind: exact}",
        ),
        (
            "a.b.localhost/",
            "a: match: {hosts: [a.b.localhost]}",
            "b: match: {hosts: ['*.b.localhost'], path: /, path_kind: exact}",
        ),
        (
            "a.b.localhost/",
            "a: match: {hosts: ['*.b.localhost']}",
            "b: match: {hosts: ['*.localhost'], path: /, path_kind: exact}",
        ),
        (
            "a.localhost/",
            "a: match: {hosts: ['*.localhost']}",
            "b: match: {path: /, path_kind: exact}",
        ),
        // Kinds of paths.
        (
            "/orders",
            "a: match: {path: /orders, path_kind: exact}",
            "b: match: {path: /orders, path_kind: template}",
        ),
        (
            "/orders",
            "a: match: {path: /orders, path_kind: template}",
            "b: match: {path: /orders}",
        ),
        (
            "/orders/7",
            "a: match: {path: '/orders/{id}', path_kind: template}",
            "b: match: {path: /orders}",
        ),
        (
            "/orders/archive",
            "a: match: {path: /orders/archive}",
            "b: match: {path: '/orders/{id}', path_kind: template}",
        ),
        (
            "/orders/7",
            "a: match: {path: '/orders/{id}', path_kind: template}",
            "b: match: {path: '/orders/{rest...}', path_kind: template}",
        ),
        (
            "/orders/7",
            "a: match: {path: '/orders/{rest...}', path_kind: template}",
            "b: match: {path: /orders}",
        ),
        (
            "/a/b/c",
            "a: match: {path: '/a/{x}/{y}', path_kind: template}",
            "b: match: {path: '/{x}/b/c', path_kind: template}",
        ),
        ("/a/b/c", "a: match: {path: /a/b}", "b: match: {path: /a}"),
        (
            "/a",
            "a: match: {path: /}",
            "b: match: {path: /a, path_kind: regex}",
        ),
        // Then methods, then conditions.
        (
            "/a",
            "a: match: {path: /a, methods: [GET]}",
            "b: match: {path: /a, headers: [{name: x, test: absent}]}",
        ),
        (
            "/a?q=1 x:1",
            "a: match: {path: /a, headers: [{name: x, value: '1'}], query: [{name: q, value: '1'}]}",
            "b: match: {path: /a, headers: [{name: x, test: present}]}",
        ),
        (
            "/a?q=1",
            "a: match: {path: /a, query: [{name: q, test: present}]}",
            "b: match: {path: /a}",
        ),
        // A version before the path comes before the whole path.
        (
            "/v1/orders",
            "a as v1: match: {path: /orders}, versions: {by: path, list: [{name: v1}]}",
            "b: match: {path: /v1/orders}",
        ),
        (
            "/v1/orders",
            "a: priority: 1, match: {path: /v1/orders}",
            "b: match: {path: /orders}, versions: {by: path, list: [{name: v1}]}",
        ),
    ] {
        let wanted = first.split(": ").next().unwrap().to_owned();
        let first = first.replacen(" as v1", "", 1);
        for order in [[first.as_str(), second], [second, &first]] {
            let snapshot = compiled(&config(&order));
            assert_eq!(found(&snapshot, asked), wanted, "{asked}: {order:?}");
            let asked = request(asked);
            let all = snapshot.matcher.all(&asked.lookup());
            assert_eq!(all.len(), 2, "both take it: {order:?}");
        }
    }
}

#[test]
fn a_path_is_taken_as_its_kind_says() {
    let routes = config(&[
        "exact: match: {path: /exact, path_kind: exact}",
        "slash: match: {path: /slash/, path_kind: exact}",
        "orders: match: {path: /orders/}",
        "item: match: {path: '/items/{id}', path_kind: template}",
        "files: match: {path: '/files/{path_...}', path_kind: template}",
        r"year: match: {path: '/(?P<year>20[0-9]{2})/.+', path_kind: regex}",
    ]);
    let snapshot = compiled(&routes);
    for (asked, wanted) in [
        ("/exact", "exact"),
        ("/exact/", "nothing"),
        ("/exact/x", "nothing"),
        ("/slash/", "slash"),
        ("/slash", "nothing"),
        ("/orders", "orders"),
        ("/orders/", "orders"),
        ("/orders/7/x", "orders"),
        ("/orders-old", "nothing"),
        ("/items/7", "item"),
        ("/items/7/", "item"),
        ("/items", "nothing"),
        ("/items/7/x", "nothing"),
        ("/files", "nothing"),
        ("/files/", "nothing"),
        ("/files/a", "files"),
        ("/files/a/b/c", "files"),
        ("/2024/x", "year"),
        ("/x/2024/x", "nothing"),
        ("/2024/", "nothing"),
    ] {
        assert_eq!(found(&snapshot, asked), wanted, "{asked}");
    }
}

#[test]
fn conditions_ask_for_one_of_the_values() {
    let routes = config(&[
        "canary: match: {path: /a, headers: [{name: X-Canary, value: 'yes'}]}",
        "beta: match: {path: /b, headers: [{name: x-v, test: matches, value: 'b[0-9]+'}]}",
        "q: match: {path: /q, query: [{name: a b, value: 'ä&'}]}",
        "there: match: {path: /there, query: [{name: x, test: present}]}",
        "not: match: {path: /not, headers: [{name: cookie, test: absent}], methods: [GET]}",
    ]);
    let snapshot = compiled(&routes);
    for (asked, wanted) in [
        ("/a x-canary:yes", "canary"),
        ("/a x-canary:no x-canary:yes", "canary"),
        ("/a x-canary:YES", "nothing"),
        ("/a", "nothing"),
        ("/b x-v:b12", "beta"),
        ("/b x-v:ab12", "nothing"),
        ("/q?a+b=%C3%A4%26", "q"),
        ("/q?a%20b=x&a%20b=%c3%a4%26", "q"),
        ("/q?a=b", "nothing"),
        ("/there?x", "there"),
        ("/there?y", "nothing"),
        ("/not", "not"),
        ("/not cookie:a", "nothing"),
        // 405 only where the method is all that is wrong.
        ("POST /not", "GET"),
        ("POST /not cookie:a", "nothing"),
    ] {
        assert_eq!(found(&snapshot, asked), wanted, "{asked}");
    }
}

#[test]
fn only_what_looks_like_a_version_is_taken_for_one() {
    let routes = config(&[
        "orders: match: {path: /orders}, versions: {by: path, list: [{name: one, value: '2024-01'}]}",
        "all: match: {path: /}",
    ]);
    let snapshot = compiled(&routes);
    for (asked, wanted) in [
        ("/v1/orders/7", "orders as v1"),
        ("/v9.2/orders", "orders as v9.2"),
        ("/2024-01/orders", "orders as 2024-01"),
        ("/orders/7", "orders"),
        ("/one/orders", "all"),
        ("/vx/orders", "all"),
        ("/v1/other", "all"),
        ("/v1", "all"),
    ] {
        assert_eq!(found(&snapshot, asked), wanted, "{asked}");
    }
}

#[test]
fn near_misses_name_the_first_thing_that_failed_nearest_first() {
    let routes = config(&[
        "orders: match: {path: /orders}",
        "users: match: {path: /users, methods: [GET], headers: [{name: x-a, value: '1'}]}",
        "item: match: {path: '/item/{id}/x', path_kind: template}",
        "one: match: {path: /one, path_kind: exact}",
        "regex: match: {path: '/r[0-9]', path_kind: regex, query: [{name: q, test: present}]}",
        "shop: match: {hosts: ['*.shop'], path: /}",
    ]);
    let snapshot = compiled(&routes);
    for (asked, route, reason) in [
        (
            "/oders/7",
            "orders",
            "path `/oders/7` is not under `/orders`",
        ),
        ("POST /users", "users", "method POST is not GET"),
        ("/users x-a:2", "users", "header `x-a` is not `1`"),
        (
            "/item/7/y",
            "item",
            "path `/item/7/y` has not the form `/item/{id}/x`",
        ),
        ("/one/", "one", "path `/one/` is not `/one`"),
        ("/r7", "regex", "query parameter `q` is not there"),
    ] {
        let asked = request(asked);
        let misses = near_misses(snapshot.routes.iter().map(Arc::as_ref), &asked.lookup());
        assert_eq!(
            (misses[0].route.as_str(), misses[0].reason.as_str()),
            (route, reason)
        );
        let last = misses.iter().find(|miss| miss.route.as_str() == "shop");
        let Some(last) = last else { continue };
        assert_eq!(last.reason, "host `localhost` is not `*.shop`");
    }
}

#[test]
fn routes_that_tie_are_refused_with_both_names_and_a_request_that_both_take() {
    for (one, other, example) in [
        (
            "match: {path: /a}",
            "match: {path: /a/}",
            "GET http://localhost/a",
        ),
        (
            "match: {path: /a, methods: [GET, PUT]}",
            "match: {path: /a, methods: [PUT]}",
            "PUT http://localhost/a",
        ),
        (
            "match: {path: '/a/{x}', path_kind: template}",
            "match: {path: '/a/{y}', path_kind: template}",
            "GET http://localhost/a/x",
        ),
        (
            "match: {path: /a, hosts: [a.x, '*.b.x']}",
            "match: {path: /a, hosts: ['*.b.x']}",
            "GET http://a.b.x/a",
        ),
        (
            "match: {path: /a, headers: [{name: x, value: '1'}]}",
            "match: {path: /a, query: [{name: q, value: '2'}]}",
            "GET http://localhost/a where header x is 1 and query parameter q is 2",
        ),
        (
            "match: {path: '/a/[0-9]+', path_kind: regex}",
            "match: {path: '/.*/7', path_kind: regex}",
            "GET http://localhost/a/7",
        ),
    ] {
        let yaml = config(&[&format!("one: {one}"), &format!("other: {other}")]);
        let config = file::parse(&yaml).unwrap();
        let issues = compile(&config, 1, &Snapshot::default()).err().unwrap();
        assert_eq!(issues.len(), 1, "{issues:#?}");
        assert_eq!(issues[0].path, "routes[1].match");
        let wanted = format!(
            "routes `one` and `other` both take `{example}` and neither is more specific; \
             give one of them a higher `priority`"
        );
        assert_eq!(issues[0].message, wanted);
    }
}

#[test]
fn routes_with_no_request_in_common_or_different_priorities_are_no_tie() {
    for (one, other) in [
        ("match: {path: /a}", "match: {path: /b}"),
        ("match: {path: /a}", "priority: 1, match: {path: /a}"),
        (
            "match: {path: /a, methods: [GET]}",
            "match: {path: /a, methods: [PUT]}",
        ),
        (
            "match: {path: /a, hosts: [a]}",
            "match: {path: /a, hosts: [b]}",
        ),
        (
            "match: {path: /a, headers: [{name: x, value: '1'}]}",
            "match: {path: /a, headers: [{name: X, value: '2'}]}",
        ),
        (
            "match: {path: /a, headers: [{name: x, test: present}]}",
            "match: {path: /a, headers: [{name: x, test: absent}]}",
        ),
        (
            "match: {path: /a, query: [{name: q, test: matches, value: 'a+'}]}",
            "match: {path: /a, query: [{name: q, test: matches, value: 'b+'}]}",
        ),
        (
            "match: {path: '/a/[0-9]+', path_kind: regex}",
            "match: {path: '/a/[a-z]+', path_kind: regex}",
        ),
    ] {
        compiled(&config(&[
            &format!("one: {one}"),
            &format!("other: {other}"),
        ]));
    }
}

#[test]
fn a_route_that_no_request_reaches_is_warned_about() {
    let warnings = |routes: &[&str]| {
        let config = file::parse(&config(routes)).unwrap();
        let warnings = compile(&config, 1, &Snapshot::default()).unwrap().warnings;
        let told = warnings
            .into_iter()
            .map(|issue| (issue.path, issue.message));
        told.collect::<Vec<_>>()
    };
    let all = "all: priority: 5, match: {path: /, methods: [GET, PUT]}";
    let told = warnings(&[
        all,
        "a: match: {path: '/a/{id}', path_kind: template, methods: [PUT]}",
    ]);
    assert_eq!(told[0].0, "routes[1].match");
    assert_eq!(
        told[0].1,
        "no request reaches this route: `all` has a higher priority and takes them all"
    );
    let local = "local: priority: 1, match: {path: /a, hosts: ['*.localhost']}";
    assert_eq!(
        warnings(&[local, "b: match: {path: /a/b, hosts: [x.localhost]}"]).len(),
        1
    );
    for other in [
        "a: match: {path: /a}",
        "a: match: {path: /a, methods: [GET, POST]}",
        "a: priority: 5, match: {path: /a, methods: [GET]}",
    ] {
        assert_eq!(warnings(&[all, other]), []);
    }
    assert_eq!(warnings(&[local, "b: match: {path: /a}"]), []);
}
