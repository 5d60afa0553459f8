//! Pages of other origins: preflights are answered by routes of their own, and the CORS filter says on
//! answers who may read them.

use serde_json::{Value, json};

use super::headers::{Edits, Verb, some};
use super::matching::{Match, asks, method, not, present};
use crate::config::Cors;
use crate::export::gate::{Entry, Route};
use crate::export::patterns::{self, escaped};

const ASKED: &str = "access-control-request-method";
const ASKED_HEADERS: &str = "access-control-request-headers";

/// What a service may not say about it: on these routes, the gateway does.
pub(super) const OF_SERVICES: [&str; 7] = [
    "access-control-allow-origin",
    "access-control-allow-credentials",
    "access-control-allow-headers",
    "access-control-allow-methods",
    "access-control-allow-private-network",
    "access-control-expose-headers",
    "access-control-max-age",
];

fn origins(cors: &Cors) -> Option<String> {
    let any = cors.origins.iter().any(|origin| origin == "*");
    let all: Vec<_> = cors
        .origins
        .iter()
        .map(|one| patterns::origin(one))
        .collect();
    (!any).then(|| all.join("|"))
}

/// Whether pages of any origin may call.
pub(super) fn any(cors: &Cors) -> bool {
    origins(cors).is_none()
}

/// What the CORS filter does on a route.
pub(super) fn policy(cors: &Cors) -> Value {
    let pattern = origins(cors).unwrap_or_else(|| ".*".to_owned());
    let mut policy = json!({
        "@type": "type.googleapis.com/envoy.extensions.filters.http.cors.v3.CorsPolicy",
        "allow_origin_string_match": [{"safe_regex": {"regex": pattern}}],
    });
    if cors.credentials {
        policy["allow_credentials"] = json!(true);
    }
    if !cors.expose.is_empty() {
        policy["expose_headers"] = json!(cors.expose.join(", ").to_ascii_lowercase());
    }
    policy
}

/// Routes for preflights of an entry: the answer, and refusals.
pub(super) fn preflights(route: &Route<'_>, entry: &Entry) -> Vec<Value> {
    let mut base = asks(route, entry)
        .and_header(method(":method", &["OPTIONS"]))
        .and_header(present("origin"));
    base = match route.config.matches.methods.as_slice() {
        [] => base.and_header(present(ASKED)),
        methods => base.and_header(method(ASKED, methods)),
    };
    let name = format!("{} preflight", route.config.name);
    let Some(cors) = route
        .config
        .cors
        .as_ref()
        .filter(|_| route.closed.is_none())
    else {
        // Here it is no preflight but a request like any other.
        let matches = base.and(not(super::matching::is("preflight", "none")));
        return vec![json!({
            "name": name,
            "match": matches.said(),
            "direct_response": {"status": 404},
            "metadata": {"filter_metadata": {"gateway.path": {"preflight": "none"}}},
        })];
    };
    base = base.and(not(super::matching::is("preflight", "none")));
    let from_allowed = match origins(cors) {
        None => base.clone(),
        Some(pattern) => base.and_header(
            json!({"name": "origin", "string_match": {"safe_regex": {"regex": pattern}}}),
        ),
    };
    let answer = |matches: &Match, status: u16, edits: Edits| {
        let mut route = json!({
            "name": name,
            "match": matches.said(),
            "direct_response": {"status": status},
        });
        edits.write("response", &mut route);
        route
    };
    let fine = fine(route, cors, &from_allowed);
    let mut granted = described(cors);
    grant(route, cors, &mut granted);
    vec![
        answer(&fine, 204, granted),
        answer(&from_allowed, 403, described(cors)),
        answer(&base, 403, Edits::default()),
    ]
}

/// What a browser is told on any answer of the route.
fn described(cors: &Cors) -> Edits {
    let mut edits = Edits::default();
    let mut tell = |name: &str, value: &str| edits.add.push(some(Verb::Set, name, value));
    match origins(cors) {
        None => tell(OF_SERVICES[0], "*"),
        Some(_) => tell(OF_SERVICES[0], "%REQ(origin)%"),
    }
    if cors.credentials {
        tell(OF_SERVICES[1], "true");
    }
    if !cors.expose.is_empty() {
        tell(OF_SERVICES[5], &cors.expose.join(", ").to_ascii_lowercase());
    }
    edits.add.push(some(Verb::Add, "vary", "Origin"));
    edits
}

fn methods<'a>(route: &'a Route<'_>, cors: &'a Cors) -> &'a [String] {
    match cors.methods.is_empty() {
        true => &route.config.matches.methods,
        false => &cors.methods,
    }
}

/// Preflights that ask for nothing that may not be.
fn fine(route: &Route<'_>, cors: &Cors, from_allowed: &Match) -> Match {
    let mut fine = from_allowed.clone();
    let methods = methods(route, cors);
    if !methods.is_empty() {
        fine = fine.and_header(method(ASKED, methods));
    }
    if cors.headers.iter().all(|name| name != "*") {
        let names: Vec<_> = cors.headers.iter().map(|name| escaped(name)).collect();
        let names = names.join("|");
        let list = match cors.headers.is_empty() {
            true => "[ \\t,]*".to_owned(),
            false => format!("(?i)[ \\t,]*(?:(?:{names})[ \\t]*(?:,[ \\t,]*|$))*"),
        };
        fine = fine.and_header(json!({
            "name": ASKED_HEADERS,
            "string_match": {"safe_regex": {"regex": list}},
            "treat_missing_header_as_empty": true,
        }));
    }
    fine
}

fn grant(route: &Route<'_>, cors: &Cors, edits: &mut Edits) {
    let mut tell = |name: &str, value: &str| edits.add.push(some(Verb::Set, name, value));
    let methods = methods(route, cors);
    match methods.is_empty() {
        true => tell(OF_SERVICES[3], &format!("%REQ({ASKED})%")),
        false => tell(OF_SERVICES[3], &methods.join(", ")),
    }
    match cors.headers.iter().any(|name| name == "*") {
        true => tell(OF_SERVICES[2], &format!("%REQ({ASKED_HEADERS})%")),
        false if cors.headers.is_empty() => {}
        false => tell(OF_SERVICES[2], &cors.headers.join(", ")),
    }
    tell(OF_SERVICES[6], &cors.max_age_s.to_string());
}

/// What is said on answers beside what the filter says.
pub(super) fn on_answers(cors: &Cors, edits: &mut Edits) {
    edits
        .remove
        .extend(OF_SERVICES.iter().map(|name| (*name).to_owned()));
    if origins(cors).is_some() {
        edits.add.push(some(Verb::Add, "vary", "Origin"));
    }
}
