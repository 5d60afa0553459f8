use super::*;
use crate::config::file;

pub(super) fn issues(yaml: &str) -> Vec<(String, String)> {
    let config = file::parse(yaml).unwrap();
    let found = match compile(&config, 1, &Snapshot::default()) {
        Ok(compiled) => compiled.warnings,
        Err(issues) => issues,
    };
    found
        .into_iter()
        .map(|issue| (issue.path, issue.message))
        .collect()
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    let found = issues(
        "
version: 1
listen: {port: 8080}
echo: {port: 8080}
services:
  - {name: s, targets: [{url: 'http://localhost:8080'}, {url: 'https://a?b'}, {url: 'ftp://a'}, {url: 'x y'}]}
  - {name: s, targets: [{url: 'http://u:p@a:1'}, {url: 'http://169.254.169.254'}, {url: 'http://a?b'}, {url: 'http://a:0'}]}
routes:
  - name: a
    service: gone
    match: {hosts: ['a:1', 'b', 'B'], path: orders, methods: ['GET', 'get', 'a b', CONNECT]}
    rate_limits: [{requests: 1, per: second, by: key}]
  - {name: a, service: s, match: {path: /a/../b}}
  - {name: b, service: s, match: {path: '/a//b'}}
  - {name: c, service: s, match: {path: '/a/*'}}
  - {name: d, service: s, match: {path: /d, methods: [GET, PUT]}}
  - {name: e, service: s, match: {path: /d/, methods: [PUT]}}
",
    );
    let paths: Vec<_> = found.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(
        paths,
        [
            "echo.port",
            "services[0].targets[0].url",
            "services[0].targets[1].url",
            "services[0].targets[2].url",
            "services[0].targets[3].url",
            "services[1].targets[0].url",
            "services[1].targets[1].url",
            "services[1].targets[2].url",
            "services[1].targets[3].url",
            "services[1].name",
            "routes[0].match.hosts[0]",
            "routes[0].match.hosts[2]",
            "routes[0].match.path",
            "routes[0].match.methods[1]",
            "routes[0].match.methods[2]",
            "routes[0].match.methods[3]",
            "routes[0].service",
            "routes[0].rate_limits[0].by",
            "routes[1].name",
            "routes[1].match.path",
            "routes[2].match.path",
            "routes[3].match.path",
            "routes[5].match",
        ],
        "{found:#?}"
    );
}

#[test]
fn listening_for_other_machines_is_warned_about() {
    let found = issues("{version: 1, listen: {address: 0.0.0.0}}");
    assert_eq!(found[0].0, "listen.address");
}

#[test]
fn what_a_route_asks_and_changes_is_checked_where_it_stands() {
    let route = |rest: &str| {
        format!(
            "{{version: 1, services: [{{name: s, targets: [{{url: 'http://a'}}]}}],
              routes: [{{name: r, {rest}}}]}}"
        )
    };
    for (rest, path, message) in [
        ("match: {path: /}", "service", "say who answers"),
        ("service: s, respond: {}", "respond", "one answers"),
        ("service: s, redirect: {to: /}", "redirect", "one answers"),
        (
            "service: s, match: {hosts: ['a.*']}",
            "match.hosts[0]",
            "at the front",
        ),
        (
            "service: s, match: {hosts: ['*']}",
            "match.hosts[0]",
            "at the front",
        ),
        (
            "service: s, match: {hosts: ['*.']}",
            "match.hosts[0]",
            "no host name",
        ),
        (
            "service: s, match: {path: '/a{b}'}",
            "match.path",
            "path_kind: template",
        ),
        (
            "service: s, match: {path_kind: template, path: '/a{b}'}",
            "match.path",
            "a whole segment",
        ),
        (
            "service: s, match: {path_kind: template, path: '/{a}/{a}'}",
            "match.path",
            "two parameters",
        ),
        (
            "service: s, match: {path_kind: template, path: '/{a...}/b'}",
            "match.path",
            "nothing can follow",
        ),
        (
            "service: s, match: {path_kind: template, path: '/{1}'}",
            "match.path",
            "no name for a parameter",
        ),
        (
            "service: s, match: {path_kind: template, path: '/{path}'}",
            "match.path",
            "may not be called",
        ),
        (
            "service: s, match: {path_kind: template, path: '/../{a}'}",
            "match.path",
            "dot segment",
        ),
        (
            "service: s, match: {path_kind: regex, path: '/('}",
            "match.path",
            "no regular expression",
        ),
        (
            "service: s, match: {path_kind: regex, path: '/(.{1000}){1000}'}",
            "match.path",
            "too large",
        ),
        (
            "service: s, match: {path_kind: regex, path: '/(?=a)'}",
            "match.path",
            "look-around",
        ),
        (
            "service: s, match: {methods: [TRACE]}",
            "match.methods[0]",
            "never proxied",
        ),
        (
            "service: s, match: {headers: [{name: 'a b', value: x}]}",
            "match.headers[0].name",
            "no name of a header",
        ),
        (
            "service: s, match: {headers: [{name: Host, value: x}]}",
            "match.headers[0].name",
            "match.hosts",
        ),
        (
            "service: s, match: {headers: [{name: x}]}",
            "match.headers[0].value",
            "which value",
        ),
        (
            "service: s, match: {query: [{name: x, test: present, value: a}]}",
            "match.query[0].value",
            "leave the value out",
        ),
        (
            "service: s, match: {query: [{name: x, test: matches, value: '('}]}",
            "match.query[0].value",
            "no regular expression",
        ),
        (
            "service: s, match: {query: [{name: x, value: a}, {name: x, test: absent}]}",
            "match.query[1]",
            "can't hold",
        ),
        (
            "service: s, strip_prefix: true, match: {path: /a, path_kind: exact}",
            "strip_prefix",
            "no prefix to strip",
        ),
        (
            "service: s, strip_prefix: true, rewrite: /x",
            "rewrite",
            "either",
        ),
        ("service: s, rewrite: x", "rewrite", "begins with `/`"),
        (
            "service: s, rewrite: '/{id}'",
            "rewrite",
            "`{id}` is no parameter of `match.path`; there is `{rest}`, `{path}`",
        ),
        (
            "service: s, rewrite: '/{rest}', match: {path: /a, path_kind: exact}",
            "rewrite",
            "no parameter",
        ),
        ("service: s, rewrite: '/a?b=c'", "rewrite", "no `?`"),
        ("service: s, rewrite: '/a/../b'", "rewrite", "dot segment"),
        ("service: s, rewrite: '/{path'", "rewrite", "has no `}`"),
        ("service: s, rewrite: '/é'", "rewrite", "percent-encoded"),
        (
            "service: s, rewrite: '/{host}'",
            "rewrite",
            "neither a host nor a query",
        ),
        (
            "redirect: {to: /, status: 304}",
            "redirect.status",
            "304 does not send",
        ),
        (
            "redirect: {to: '//evil.com'}",
            "redirect.to",
            "neither a path",
        ),
        (
            "redirect: {to: 'javascript://x'}",
            "redirect.to",
            "not supported",
        ),
        (
            "redirect: {to: 'https://a{rest}'}",
            "redirect.to",
            "choose the host",
        ),
        (
            "redirect: {to: 'https://u@a/'}",
            "redirect.to",
            "is no host",
        ),
        (
            "redirect: {to: 'https://a{path}', status: 301}, rewrite: /x",
            "rewrite",
            "no effect",
        ),
        (
            "respond: {status: 204, body: x}",
            "respond.body",
            "has no body",
        ),
        (
            "respond: {headers: [{name: transfer-encoding, value: chunked}]}",
            "respond.headers[0].name",
            "up to the gateway",
        ),
        (
            "respond: {headers: [{name: x, value: \"a\\r\\nb: c\"}]}",
            "respond.headers[0].value",
            "one line",
        ),
        (
            "service: s, host_header: {kind: fixed}",
            "host_header.value",
            "which host",
        ),
        (
            "service: s, host_header: {kind: fixed, value: 'a b'}",
            "host_header.value",
            "is no host",
        ),
        (
            "service: s, host_header: {value: a}",
            "host_header.value",
            "no effect",
        ),
        (
            "service: s, request_headers: {remove: [Connection]}",
            "request_headers.remove[0]",
            "up to the gateway",
        ),
        (
            "service: s, request_headers: {remove: [Host]}",
            "request_headers.remove[0]",
            "host_header",
        ),
        (
            "service: s, request_headers: {set: [{name: content-length, value: '1'}]}",
            "request_headers.set[0].name",
            "up to the gateway",
        ),
        (
            "service: s, response_headers: {add: [{name: x, value: '${user}'}]}",
            "response_headers.add[0].value",
            "there is no `${user}`",
        ),
        (
            "service: s, response_headers: {add: [{name: x, value: '5 $'}]}",
            "response_headers.add[0].value",
            "write `$$`",
        ),
        (
            "service: s, response_headers: {add: [{name: x, value: '${path'}]}",
            "response_headers.add[0].value",
            "has no `}`",
        ),
        (
            "service: s, response_headers: {set: [{name: x, value: a}, {name: X, value: b}]}",
            "response_headers.set",
            "set twice",
        ),
        (
            "service: s, versions: {by: path, pattern: '(', list: [{name: v1}]}",
            "versions.pattern",
            "no regular expression",
        ),
    ] {
        let found = issues(&route(rest));
        let told = found
            .iter()
            .find(|(at, _)| *at == format!("routes[0].{path}"));
        let Some((_, told)) = told else {
            panic!("{rest}: {found:#?}");
        };
        assert!(told.contains(message), "{rest}: {told}");
    }
}
