//! Pages of other origins: preflights are answered, and answers say who may read them.

use serde_json::{Map, Value, json};

use super::steps::{Step, When, set};
use super::words::{literal, whole};
use crate::config::Cors;
use crate::export::gate::Route;
use crate::export::patterns::{self, escaped};

/// The steps for a route that pages of other origins may call.
pub(super) fn steps(route: &Route<'_>, cors: &Cors) -> Vec<Step> {
    let Cors {
        origins,
        methods,
        headers,
        expose,
        credentials,
        max_age_s,
    } = cors;
    let at = format!("{}.cors", route.at);
    let any = origins.iter().any(|origin| origin == "*");
    let allowed = match any {
        true => When::header("Origin", "", ""),
        false => {
            let all: Vec<_> = origins.iter().map(|one| patterns::origin(one)).collect();
            When::header("Origin", whole(&all.join("|")), "origin")
        }
    };
    let origin = if any { "*" } else { "{http.regexp.origin.0}" };
    let mut steps = vec![
        Step::when(allowed.clone())
            .about(&at)
            .then(set(&[("origin", origin)])),
    ];
    if !any {
        steps.push(Step::always().then(json!({
            "handler": "headers",
            "response": { "deferred": true, "add": { "Vary": ["Origin"] } },
        })));
    }
    let mut told = Map::new();
    let mut tell = |name: &str, value: String| {
        told.insert(name.to_owned(), json!([value]));
    };
    tell(
        "Access-Control-Allow-Origin",
        "{http.vars.origin}".to_owned(),
    );
    if *credentials {
        tell("Access-Control-Allow-Credentials", "true".to_owned());
    }
    if !expose.is_empty() {
        let names = literal(&expose.join(", ").to_ascii_lowercase());
        tell("Access-Control-Expose-Headers", names);
    }
    let found = || When::var("origin", &[""]).not();
    steps.push(Step::when(found()).then(json!({
        "handler": "headers",
        "response": { "deferred": true, "set": told },
    })));
    let preflight = || When::var("preflight", &[""]).not();
    let methods = match methods.is_empty() {
        true => &route.config.matches.methods,
        false => methods,
    };
    let (method, granted) = match methods.is_empty() {
        true => (
            When::always(),
            "{http.request.header.Access-Control-Request-Method}".to_owned(),
        ),
        false => {
            let names: Vec<_> = methods.iter().map(|name| escaped(name)).collect();
            let asked = "Access-Control-Request-Method";
            let pattern = whole(&names.join("|"));
            (
                When::header(asked, pattern, ""),
                literal(&methods.join(", ")),
            )
        }
    };
    let asked = "Access-Control-Request-Headers";
    let joined = format!("{{http.request.header.{asked}}}");
    let any_header = headers.iter().any(|name| name == "*");
    let (header, granted_headers) = match any_header {
        true => (When::always(), joined),
        false => {
            let names: Vec<_> = headers.iter().map(|name| escaped(name)).collect();
            let names = names.join("|");
            let list = match headers.is_empty() {
                true => "[\\x20\\t,]*".to_owned(),
                false => format!("[\\x20\\t,]*(?:(?:{names})[\\x20\\t]*(?:,[\\x20\\t,]*|\\z))*"),
            };
            let pattern = format!("(?i){}", whole(&list));
            (
                When::regex(&joined, pattern, ""),
                literal(&headers.join(", ")),
            )
        }
    };
    let mut answer = Map::new();
    answer.insert("Access-Control-Allow-Methods".to_owned(), json!([granted]));
    answer.insert(
        "Access-Control-Max-Age".to_owned(),
        json!([max_age_s.to_string()]),
    );
    let good = preflight().and(found()).and(method).and(header);
    if any_header {
        let none = When::has_header(asked).not();
        steps.push(granting(good.clone().and(none), &answer));
    }
    if !granted_headers.is_empty() {
        answer.insert(
            "Access-Control-Allow-Headers".to_owned(),
            json!([granted_headers]),
        );
    }
    steps.push(granting(good, &answer));
    steps.push(Step::when(preflight()).refuse(403));
    steps
}

fn granting(when: When, headers: &Map<String, Value>) -> Step {
    let answer = json!({
        "handler": "static_response",
        "status_code": 204,
        "headers": headers,
    });
    Step::when(when).then(answer).last()
}
