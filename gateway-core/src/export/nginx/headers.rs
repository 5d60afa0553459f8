//! Headers of a route's requests and answers, as they are after all changes that the route and its
//! version ask for.

use std::collections::BTreeMap;

use super::words::{answer_header, header, literal, value};
use crate::config::HostHeaderKind;
use crate::export::gate::{Callers, Gate, Route, parts};
use crate::snapshot::header_edits::HeaderEdits;
use crate::snapshot::versions::Version;

/// What a header is, as one value a line; for the versions of the route one after another, where it
/// has any.
pub(super) type Plan = BTreeMap<String, Vec<Vec<String>>>;

type Lines = BTreeMap<String, Vec<String>>;

/// Headers of requests to the service. Headers that are not named are sent as they came.
pub(super) fn of_requests(gate: &Gate<'_>, n: usize) -> Plan {
    let route = &gate.routes[n];
    plan(route, n, |own, version| {
        let mut lines = base(gate, route);
        let own = own.map(|version| &version.request_headers);
        for edits in [Some(&route.compiled.request_headers), own]
            .into_iter()
            .flatten()
        {
            apply(edits, &mut lines, header, route, version);
        }
        lines
    })
}

/// Headers of answers, where they differ from those of the service.
pub(super) fn of_answers(gate: &Gate<'_>, n: usize) -> Plan {
    let route = &gate.routes[n];
    plan(route, n, |own, version| {
        let mut lines = Lines::new();
        let own = own.map(|version| &version.response_headers);
        for edits in [Some(&route.compiled.response_headers), own]
            .into_iter()
            .flatten()
        {
            apply(edits, &mut lines, answer_header, route, version);
        }
        lines
    })
}

/// One set of headers for each version, side by side.
fn plan(route: &Route<'_>, n: usize, lines: impl Fn(Option<&Version>, &str) -> Lines) -> Plan {
    let versions = route.compiled.versions.iter().flat_map(|all| &all.list);
    let name = format!("${{gw_version_{n}}}");
    let mut sets: Vec<Lines> = versions
        .map(|version| lines(Some(version), &name))
        .collect();
    if sets.is_empty() {
        sets.push(lines(None, ""));
    }
    let mut plan = Plan::new();
    for set in &sets {
        for name in set.keys() {
            plan.entry(name.clone()).or_default();
        }
    }
    for (name, values) in &mut plan {
        for set in &sets {
            values.push(
                set.get(name)
                    .cloned()
                    .unwrap_or_else(|| vec![KEPT.to_owned()]),
            );
        }
    }
    plan
}

/// Stands for the value that a header came with.
pub(super) const KEPT: &str = "\0kept";

fn apply(
    edits: &HeaderEdits,
    lines: &mut Lines,
    original: fn(&str) -> String,
    route: &Route<'_>,
    version: &str,
) {
    let HeaderEdits { remove, set, add } = edits;
    let name_of_route = route.config.name.as_str();
    for name in remove {
        lines.insert(name.to_string(), Vec::new());
    }
    for (name, template) in set {
        let text = value(template, name_of_route, version);
        lines.insert(name.to_string(), vec![text]);
    }
    for (name, template) in add {
        let text = value(template, name_of_route, version);
        lines
            .entry(name.to_string())
            .or_insert_with(|| vec![original(name.as_str())])
            .push(text);
    }
}

/// What services learn of the caller, in the place of what a caller may have said of itself.
fn base(gate: &Gate<'_>, route: &Route<'_>) -> Lines {
    let mut lines = Lines::new();
    let mut set = |name: &str, value: &str| {
        let values = if value.is_empty() {
            Vec::new()
        } else {
            vec![value.to_owned()]
        };
        lines.insert(name.to_owned(), values);
    };
    for name in [
        "forwarded",
        "x-forwarded-port",
        "x-forwarded-server",
        "x-real-ip",
    ] {
        set(name, "");
    }
    set("x-forwarded-for", "${remote_addr}");
    set("x-forwarded-host", "${host}${gw_port}");
    set("x-forwarded-proto", "${scheme}");
    set("x-request-id", "${request_id}");
    set("x-consumer-id", "${gw_consumer}");
    set("x-credential-id", "${gw_credential}");
    set("x-consumer-groups", "${gw_groups}");
    set("x-consumer-scopes", "${gw_scopes}");
    set("connection", "${gw_connection}");
    set("upgrade", "${http_upgrade}");
    let keys = &gate.config.api_keys;
    if route.callers != Callers::Anyone && keys.strip {
        for name in &keys.headers {
            set(&name.to_ascii_lowercase(), "");
        }
        if keys.bearer {
            set("authorization", "${gw_authorization_left}");
        }
    }
    if let Some(versions) = &route.config.versions
        && versions.strip
        && versions.by == crate::config::VersionScheme::Header
    {
        let name = versions.name.as_deref().unwrap_or("X-API-Version");
        set(&name.to_ascii_lowercase(), "");
    }
    let host = &route.config.host_header;
    let host = match host.kind {
        HostHeaderKind::Caller => "${host}${gw_port}".to_owned(),
        HostHeaderKind::Fixed => literal(host.value.as_deref().unwrap_or_default()),
        HostHeaderKind::Target => {
            let service = route.config.service.as_ref();
            let all = &gate.config.services;
            let service = all.iter().find(|one| Some(&one.name) == service);
            let target = service.and_then(|service| service.targets.first());
            literal(target.map_or("", |target| parts(&target.url).1))
        }
    };
    set("host", &host);
    lines
}
