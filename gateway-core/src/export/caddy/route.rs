//! What becomes of a request on its route.

use serde_json::{Map, Value, json};

use super::matching::{QUERY, URI};
use super::numbers::greater_than;
use super::service;
use super::steps::{Step, When, set};
use super::words::{literal, place, replacement, value, whole};
use super::{callers, pages, versions};
use crate::config::HostHeaderKind;
use crate::export::gate::{Callers, Gate, Route};
use crate::export::paths::{self, Line, Versions};
use crate::export::patterns::any_spelling;
use crate::export::words::spellings;
use crate::ids::ServiceName;
use crate::snapshot::Backend;
use crate::snapshot::answer::{FixedAnswer, OwnAnswer};
use crate::snapshot::header_edits::{HeaderEdits, ValueTemplate};
use crate::snapshot::versions::Scheme;

/// The step with all that is left to decide on a route.
pub(super) fn step(gate: &Gate<'_>, n: usize) -> Step {
    let route = &gate.routes[n];
    let labels = [format!("r{n}"), format!("r{n}v")];
    let labels = match route.compiled.first_segment {
        Some(_) => &labels[..],
        None => &labels[..1],
    };
    let labels: Vec<_> = labels.iter().map(String::as_str).collect();
    let step = Step::when(When::var("entry", &labels)).last();
    if let Some(setting) = &route.closed {
        return step.about(setting).refuse(403);
    }
    let mut steps = sizes(gate, route);
    if let Some(cors) = &route.config.cors {
        steps.extend(pages::steps(route, cors));
    }
    steps.extend(keys(route));
    if let Some(found) = &route.compiled.versions {
        steps.extend(versions::steps(n, route, found));
    }
    steps.extend(callers::denials(gate, n));
    steps.extend(match &route.compiled.backend {
        Backend::Own(own) => own_answer(n, route, own),
        // Only where a person wants it open: there is nothing behind it.
        Backend::Aggregate(_) => vec![Step::always().refuse(501)],
        Backend::Service(_) => forward(gate, n, route),
    });
    step.steps(steps)
}

/// Bodies that are too long are refused before anything else is asked.
fn sizes(gate: &Gate<'_>, route: &Route<'_>) -> Vec<Step> {
    let own = route.config.max_request_body_bytes;
    let Some(most) = own.or(gate.config.listen.max_request_body_bytes) else {
        return Vec::new();
    };
    let too_long = whole(&greater_than(most));
    let told = When::header("Content-Length", too_long, "");
    vec![
        Step::when(told)
            .about(format!("{}.max_request_body_bytes", route.at))
            .about("listen.max_request_body_bytes")
            .refuse(413),
        // One that does not say how long it is.
        Step::always().then(json!({ "handler": "request_body", "max_size": most })),
    ]
}

fn keys(route: &Route<'_>) -> Option<Step> {
    let nobody = When::var("slot", &[""]);
    let refused = match route.callers {
        Callers::Anyone => return None,
        Callers::Key => nobody,
        Callers::KeyIfShown => nobody.and(When::var("key", &[""]).not()),
    };
    Some(
        Step::when(refused)
            .about(format!("{}.authentication", route.at))
            .refuse(401),
    )
}

/// Finds which line of a list the raw path matches, and refuses a path that none does.
fn choose(n: usize, lines: &[Line], handler: impl Fn(&Line) -> Value) -> Vec<Step> {
    let group = format!("path {n}");
    let mut steps = Vec::new();
    for line in lines {
        let after = if line.after_version { "v" } else { "" };
        let mut when = When::var("entry", &[&format!("r{n}{after}")]);
        match &line.versions {
            Versions::Only(version) => when = when.and(When::var("version", &[version])),
            Versions::AllBut(others) if others.is_empty() => {}
            Versions::AllBut(others) => {
                let others: Vec<_> = others.iter().map(String::as_str).collect();
                when = when.and(When::var("version", &others).not());
            }
        }
        // What follows a prefix ends where the query begins.
        let path = line.pattern.replace(".*", "[^?]*");
        let pattern = format!("\\A(?:{path})(?:\\?.*)?\\z");
        let when = when.and(When::regex(URI, pattern, "cut"));
        let step = Step::when(when).one_of(&group);
        steps.push(match line.is_refused() {
            true => step.refuse(400),
            false => step.then(handler(line)),
        });
    }
    steps.push(Step::always().one_of(group).refuse(400));
    steps
}

fn own_answer(n: usize, route: &Route<'_>, own: &OwnAnswer) -> Vec<Step> {
    let mut steps = answer_edits(route, &route.compiled.response_headers, &When::always());
    match own {
        // Only where a person wants it open: there is nothing behind it.
        OwnAnswer::OnlyMock => steps.push(Step::always().refuse(404)),
        OwnAnswer::Redirect(redirect) => {
            let lines = paths::redirected(route);
            let status = redirect.status.as_u16();
            let mut chosen = choose(n, &lines, |line| {
                json!({
                    "handler": "static_response",
                    "status_code": status,
                    "headers": { "Location": [place(&line.made)] },
                })
            });
            if let Some(first) = chosen.first_mut() {
                *first = std::mem::take(first).about(format!("{}.redirect", route.at));
            }
            steps.extend(chosen);
        }
        OwnAnswer::Fixed(FixedAnswer {
            status,
            headers,
            body,
        }) => {
            let mut told: Map<String, Value> = Map::new();
            for name in headers.keys() {
                let values = headers.get_all(name).iter();
                let values: Vec<_> = values
                    .map(|value| literal(&String::from_utf8_lossy(value.as_bytes())))
                    .collect();
                told.insert(name.to_string(), json!(values));
            }
            let mut answer = json!({
                "handler": "static_response",
                "status_code": status.as_u16(),
                "headers": told,
            });
            if !body.is_empty() {
                answer["body"] = literal(&String::from_utf8_lossy(body)).into();
            }
            let at = format!("{}.respond", route.at);
            steps.push(Step::always().about(at).then(answer).last());
        }
    }
    steps
}

fn forward(gate: &Gate<'_>, n: usize, route: &Route<'_>) -> Vec<Step> {
    let lines = paths::forwarded(route);
    let mut steps = choose(n, &lines, |line| {
        json!({
            "handler": "rewrite",
            "path_regexp": [{
                "find": format!("\\A(?:{})\\z", line.pattern),
                "replace": replacement(&line.made),
            }],
        })
    });
    if let Some(first) = steps.first_mut() {
        *first = std::mem::take(first)
            .about(format!("{}.rewrite", route.at))
            .about(format!("{}.strip_prefix", route.at));
    }
    steps.extend(query(gate, route));
    steps.push(headers(gate, route));
    let versions = route.compiled.versions.iter().flat_map(|all| &all.list);
    let versions: Vec<_> = versions.collect();
    let of_route = &route.compiled.request_headers;
    steps.extend(request_edits(route, of_route, &When::always()));
    for version in &versions {
        let only = When::var("version", &[version.name.as_str()]);
        steps.extend(request_edits(route, &version.request_headers, &only));
    }
    // Handlers that wait for the answer are asked from the last to the first.
    for version in &versions {
        let only = When::var("version", &[version.name.as_str()]);
        steps.extend(answer_edits(route, &version.response_headers, &only));
    }
    let of_route = &route.compiled.response_headers;
    steps.extend(answer_edits(route, of_route, &When::always()));
    if route.config.cors.is_some() {
        steps.push(Step::always().then(json!({
            "handler": "headers",
            "response": { "deferred": true, "delete": ["Access-Control-*"] },
        })));
    }
    steps.extend(services(gate, route));
    steps
}

fn services(gate: &Gate<'_>, route: &Route<'_>) -> Vec<Step> {
    let kind = route.config.host_header.kind;
    let to = |name: &ServiceName| service::invoked(gate, name, kind);
    let versions = route.config.versions.iter().flat_map(|all| &all.list);
    let mut steps = Vec::new();
    for (m, version) in versions.enumerate() {
        if let Some(service) = &version.service {
            let only = When::var("version", &[version.name.as_str()]);
            let at = format!("{}.versions.list[{m}].service", route.at);
            steps.push(Step::when(only).about(at).then(to(service)).last());
        }
    }
    if let Some(service) = &route.config.service {
        let at = format!("{}.service", route.at);
        steps.push(Step::always().about(at).then(to(service)).last());
    }
    steps
}

/// The variable with a query to replace. Where the text to find has two slashes, doubled ones in the
/// path are left as they are.
const KEPT_SLASHES: &str = "//query";

/// Takes out of the query what only the gateway needs to know.
fn query(gate: &Gate<'_>, route: &Route<'_>) -> Vec<Step> {
    let names = gate.own_parameters(route);
    let mut steps = Vec::new();
    for name in names.iter().flat_map(|name| [name, name]) {
        let name = any_spelling(name);
        let one = format!("{name}(?:=[^&]*)?");
        // The query is replaced as a text, so that the rest stays as it was sent; the same text in
        // the path would be replaced too.
        let there = When::regex(QUERY, format!("(?:\\A|&){one}(?:&|\\z)"), "");
        let same = format!("\\A[^?]*{name}");
        steps.push(Step::when(there.and(When::regex(URI, same, ""))).refuse(400));
        for (pattern, left) in [
            (format!("\\A{one}\\z"), ""),
            (format!("\\A{one}&(.*)\\z"), "{http.regexp.rest.1}"),
            (format!("\\A(.*)&{one}\\z"), "{http.regexp.rest.1}"),
            (
                format!("\\A(.*&){one}&(.*)\\z"),
                "{http.regexp.rest.1}{http.regexp.rest.2}",
            ),
        ] {
            let replace = json!({
                "handler": "rewrite",
                "uri_substring": [{
                    "find": format!("{{http.vars.{KEPT_SLASHES}}}"),
                    "replace": left,
                    "limit": 1,
                }],
            });
            let step = Step::when(When::regex(QUERY, pattern, "rest"));
            steps.push(step.then(set(&[(KEPT_SLASHES, QUERY)])).then(replace));
        }
    }
    steps
}

/// Headers that say who calls and where.
fn headers(gate: &Gate<'_>, route: &Route<'_>) -> Step {
    let mut remove: Vec<String> = [
        "Forwarded",
        "X-Forwarded-Port",
        "X-Forwarded-Server",
        "X-Real-Ip",
        "X-Consumer-Id",
        "X-Credential-Id",
        "X-Consumer-Groups",
        "X-Consumer-Scopes",
    ]
    .map(str::to_owned)
    .to_vec();
    let keys = &gate.config.api_keys;
    let asks = route.callers != Callers::Anyone;
    if asks && keys.strip {
        for name in &keys.headers {
            remove.extend(spellings(name.as_str()));
        }
    }
    if let Some(versions) = &route.compiled.versions
        && let (Scheme::Header(name), true) = (&versions.scheme, versions.strip)
    {
        remove.push(name.to_string());
    }
    let mut kept = vec![Step::always().then(json!({
        "handler": "headers",
        "request": { "delete": remove, "set": { "X-Request-Id": ["{http.request.uuid}"] } },
    }))];
    if asks {
        for (name, fact) in [
            ("X-Consumer-Id", "consumer"),
            ("X-Credential-Id", "credential"),
            ("X-Consumer-Groups", "groups"),
            ("X-Consumer-Scopes", "scopes"),
        ] {
            let known = When::var(fact, &[""]).not();
            kept.push(Step::when(known).then(request(
                "set",
                name,
                format!("{{http.vars.{fact}}}"),
            )));
        }
        if keys.strip && keys.bearer {
            let is_key = When::var("slot", &[""]).not();
            let is_key = is_key.and(When::header("Authorization", "\\A(?i:bearer) +gw_", ""));
            kept.push(Step::when(is_key).then(json!({
                "handler": "headers",
                "request": { "delete": ["Authorization"] },
            })));
        }
    }
    let host = &route.config.host_header;
    let host = match host.kind {
        HostHeaderKind::Caller => Some("{http.vars.host_and_port}".to_owned()),
        HostHeaderKind::Fixed => Some(literal(host.value.as_deref().unwrap_or_default())),
        HostHeaderKind::Target => None,
    };
    if let Some(host) = host {
        kept.push(
            Step::always()
                .about(format!("{}.host_header", route.at))
                .then(request("set", "Host", host)),
        );
    }
    Step::always().steps(kept)
}

fn request(verb: &str, name: &str, value: String) -> Value {
    json!({ "handler": "headers", "request": { verb: { name: [value] } } })
}

fn request_edits(route: &Route<'_>, edits: &HeaderEdits, only: &When) -> Vec<Step> {
    edit(route, edits, only, "request")
}

/// The steps stand the other way round: the last is taken first.
fn answer_edits(route: &Route<'_>, edits: &HeaderEdits, only: &When) -> Vec<Step> {
    let mut steps = edit(route, edits, only, "response");
    steps.reverse();
    steps
}

fn edit(route: &Route<'_>, edits: &HeaderEdits, only: &When, of: &str) -> Vec<Step> {
    let HeaderEdits { remove, set, add } = edits;
    let at = format!("{}.{of}_headers", route.at);
    let handler = |verb: &str, change: Value| {
        let mut changes = json!({ verb: change });
        if of == "response" {
            changes["deferred"] = true.into();
        }
        json!({ "handler": "headers", of: changes })
    };
    let mut steps = Vec::new();
    let mut put = |handler: Value| {
        steps.push(Step::when(only.clone()).about(&at).then(handler));
    };
    if !remove.is_empty() {
        let names: Vec<_> = remove.iter().map(ToString::to_string).collect();
        put(handler("delete", json!(names)));
    }
    let name_of_route = route.config.name.as_str();
    let line = |template: &ValueTemplate| value(template, name_of_route);
    for (name, template) in set {
        put(handler("set", json!({ name.as_str(): [line(template)] })));
    }
    for (name, template) in add {
        put(handler("add", json!({ name.as_str(): [line(template)] })));
    }
    steps
}
