//! What a route uses.

use super::authentication::authentication_uses;
use super::version::version_uses;
use super::{Found, is_odd};
use crate::config::{self, Condition, ConditionTest, HeaderEdits, PathKind};
use crate::export::feature::{Feature, Keeping};
use crate::export::gate::{Gate, Route};
use crate::export::patterns::{has_unicode_classes, portable};
use crate::snapshot::Backend;
use crate::snapshot::answer::OwnAnswer;

pub(super) fn route_uses<'c>(gate: &Gate<'c>, route: &Route<'c>, found: &mut Found<'c>) {
    let at = &route.at;
    let config::Route {
        name: _,
        enabled: _,
        priority: _,
        matches,
        service: _,
        redirect,
        respond,
        mock,
        aggregate,
        strip_prefix: _,
        rewrite,
        host_header: _,
        request_headers,
        response_headers,
        max_request_body_bytes,
        authentication,
        authorization,
        cors,
        // Among those of the gate.
        rate_limits: _,
        quotas: _,
        concurrency: _,
        cache,
        versions,
        // They say where requests belong, and change nothing.
        tests: _,
    } = route.config;
    match_uses(matches, at, found);
    found.add_if(
        redirect.is_some(),
        Feature::Redirect,
        format!("{at}.redirect"),
    );
    found.add_if(
        respond.is_some(),
        Feature::FixedAnswer,
        format!("{at}.respond"),
    );
    if let Some(mock) = mock {
        let only = matches!(route.compiled.backend, Backend::Own(OwnAnswer::OnlyMock));
        mock_use(mock, only, at, found);
    }
    // Whatever it says of its parts: where one is missing, none of the others can be had.
    if let Some(parts) = aggregate {
        found.add(Feature::Aggregate(parts), format!("{at}.aggregate"));
    }
    let is_regex = matches.path_kind == PathKind::Regex;
    let fills = |text: &Option<String>| text.as_deref().is_some_and(|text| text.contains('{'));
    found.add_if(
        is_regex && fills(rewrite),
        Feature::RewriteByRegex,
        format!("{at}.rewrite"),
    );
    edit_uses(request_headers, &format!("{at}.request_headers"), found);
    edit_uses(response_headers, &format!("{at}.response_headers"), found);
    found.add_if(
        max_request_body_bytes.is_some(),
        Feature::BodyLimit,
        format!("{at}.max_request_body_bytes"),
    );
    authentication_uses(gate, authentication, at, found);
    for n in 0..authorization.len() {
        found.add(Feature::AccessRule, format!("{at}.authorization[{n}]"));
    }
    found.add_if(cors.is_some(), Feature::Cors, format!("{at}.cors"));
    if cache.is_some() {
        let limited = found.route.is_some_and(|n| !gate.limits_of(n).is_empty());
        if let Some(keeping) = Keeping::of(route, limited) {
            found.add(Feature::Cache(keeping), format!("{at}.cache"));
        }
    }
    if let Some(versions) = versions {
        version_uses(versions, is_regex, &format!("{at}.versions"), found);
    }
}

/// `only`: nothing else answers on the route.
pub(super) fn mock_use(mock: &config::Mock, only: bool, at: &str, found: &mut Found<'_>) {
    // What the rules say stays here.
    let config::Mock { enabled, rules: _ } = mock;
    let at = format!("{at}.mock");
    found.add_if(*enabled && !only, Feature::Mock, at.clone());
    found.add_if(only, Feature::OnlyMock, at);
}

fn match_uses<'c>(matches: &'c config::Match, at: &str, found: &mut Found<'c>) {
    let config::Match {
        hosts: _,
        path,
        path_kind,
        methods: _,
        headers,
        query,
    } = matches;
    if *path_kind == PathKind::Regex {
        let at = format!("{at}.match.path");
        regex_use(path, Feature::RegexPath, at, found);
    }
    for (n, condition) in headers.iter().enumerate() {
        let at = format!("{at}.match.headers[{n}]");
        let Condition { name, test, value } = condition;
        found.add_if(is_odd(name), Feature::OddHeaderName, at.clone());
        match test {
            ConditionTest::Equals => {}
            ConditionTest::Present | ConditionTest::Absent => {
                found.add(Feature::HeaderCondition, at);
            }
            ConditionTest::Matches => {
                let pattern = value.as_deref().unwrap_or_default();
                regex_use(pattern, Feature::HeaderCondition, at, found);
            }
        }
    }
    for (n, condition) in query.iter().enumerate() {
        let Condition {
            name: _,
            test,
            value,
        } = condition;
        if *test == ConditionTest::Matches {
            let pattern = value.as_deref().unwrap_or_default();
            let at = format!("{at}.match.query[{n}]");
            regex_use(pattern, Feature::QueryMatches, at, found);
        }
    }
}

fn regex_use<'c>(pattern: &str, feature: Feature<'c>, at: String, found: &mut Found<'c>) {
    match portable(pattern) {
        Err(_) => found.add(Feature::UnportableRegex, at),
        Ok(_) if feature != Feature::RegexPath || has_unicode_classes(pattern) => {
            found.add(feature, at);
        }
        Ok(_) => {}
    }
}

pub(super) fn edit_uses(edits: &HeaderEdits, at: &str, found: &mut Found<'_>) {
    let HeaderEdits {
        remove: _,
        set,
        add,
    } = edits;
    for (n, line) in set.iter().enumerate() {
        found.add_if(
            line.value.contains("${"),
            Feature::HeaderVariable,
            format!("{at}.set[{n}]"),
        );
    }
    for (n, line) in add.iter().enumerate() {
        found.add(Feature::HeaderBeside, format!("{at}.add[{n}]"));
        found.add_if(
            line.value.contains("${"),
            Feature::HeaderVariable,
            format!("{at}.add[{n}]"),
        );
    }
}
