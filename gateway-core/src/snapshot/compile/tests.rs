use super::limits::limit_name;
use super::*;
use crate::config::file;
use crate::config::{LimitBy, Per};
use crate::snapshot::bucket::Rate;
use crate::snapshot::bucket::{Partition, take};
use crate::snapshot::tests::compiled;

fn issues(yaml: &str) -> Vec<(String, String)> {
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
  - {name: s, targets: [{url: 'http://localhost:8080'}, {url: 'https://a'}, {url: 'ftp://a'}, {url: 'x y'}]}
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
fn an_unchanged_limit_keeps_its_buckets_and_a_changed_one_starts_anew() {
    let yaml = |requests: u32| {
        format!(
            "{{version: 1, services: [{{name: s, targets: [{{url: 'http://a'}}]}}],
              routes: [{{name: r, service: s, rate_limits:
                [{{requests: {requests}, per: hour, by: route}}]}}]}}"
        )
    };
    let first = compiled(&yaml(1));
    let admitted = |snapshot: &Snapshot| {
        take(&[(&snapshot.routes[0].limiters[0], Partition::Route)], 0)[0].admitted
    };
    assert!(admitted(&first));
    let same = compile(&file::parse(&yaml(1)).unwrap(), 2, &first)
        .unwrap()
        .snapshot;
    assert!(!admitted(&same));
    let other = compile(&file::parse(&yaml(2)).unwrap(), 3, &same)
        .unwrap()
        .snapshot;
    assert!(admitted(&other));
}

#[test]
fn limits_are_named_after_their_numbers() {
    let rate = Rate {
        requests: 60,
        per: Per::Minute,
        burst: 60,
    };
    assert_eq!(limit_name(rate, LimitBy::Key), "60/min per key");
}
