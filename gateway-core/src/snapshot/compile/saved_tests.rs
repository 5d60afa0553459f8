//! Whether saved tests are requests at all. Where they come to is tried once there is a snapshot.

use std::collections::HashSet;

use crate::config::{Config, Issue, SavedTest};
use crate::record::redact::{MASK, Redactor};
use crate::saved_tests::{Wrong, head, masked, redactor};

/// Most saved tests of one route, and of those of no route.
const MOST_TESTS: usize = 1_000;

pub(super) fn check_saved_tests(config: &Config, issues: &mut Vec<Issue>) {
    let redactor = redactor(config);
    for (n, route) in config.routes.iter().enumerate() {
        let at = format!("routes[{n}].tests");
        check_list(&route.tests, &at, &redactor, issues);
    }
    check_list(&config.no_route_tests, "no_route_tests", &redactor, issues);
    for (m, test) in config.no_route_tests.iter().enumerate() {
        if test.version.is_some() {
            let message = "where no route is to take a request there is no version: leave this out";
            issues.push(Issue::error(
                format!("no_route_tests[{m}].version"),
                message,
            ));
        }
    }
}

fn check_list(tests: &[SavedTest], at: &str, redactor: &Redactor, issues: &mut Vec<Issue>) {
    if tests.len() > MOST_TESTS {
        let message = format!("there may be at most {MOST_TESTS} saved tests here");
        issues.push(Issue::error(at, message));
        return;
    }
    let mut seen = HashSet::new();
    for (n, test) in tests.iter().enumerate() {
        let at = format!("{at}[{n}]");
        if let Err(Wrong { field, message }) = head(test) {
            issues.push(Issue::error(format!("{at}.{field}"), message));
            continue;
        }
        if !seen.insert(test.to_string()) {
            issues.push(Issue::error(&at, "this request stands here twice"));
        }
        if let (_, places) = masked(test, redactor)
            && !places.is_empty()
        {
            let message = format!(
                "{} may hold a secret, which has no place in a configuration: leave it out, or \
                 write `{MASK}` in its place",
                places.join(" and ")
            );
            issues.push(Issue::error(at, message));
        }
    }
}
