//! Who calls, by the API key that is shown, and what they may not do.

use serde_json::json;

use super::matching::QUERY;
use super::steps::{Step, When, set};
use super::words::literal;
use crate::config::ApiKeys;
use crate::export::gate::{Callers, Denial, Gate, Methods, Refused};
use crate::export::patterns::any_spelling;
use crate::export::{File, Placeholder, SecretForm};

/// What keys look like. Nothing else is ever compared with one, so that no name which is left in the
/// place of a key, and no placeholder of Caddy's that a caller sends, is taken for it.
const KEY: &str = "gw_[a-z0-9]+_[0-9A-Za-z]{36}";

/// What is no key.
const NO_KEY: &str = "none";

/// A place where a key may be shown.
struct Place {
    /// Whether one is shown there that looks like a key.
    shown: When,
    /// Where it stands then.
    key: String,
    /// Whether something else is shown there.
    other: Option<When>,
}

/// The step that finds out who calls: `slot`, and what is known of it.
pub(super) fn steps(gate: &Gate<'_>) -> Option<Step> {
    let takes: Vec<String> = gate
        .routes
        .iter()
        .enumerate()
        .filter(|(_, route)| route.callers != Callers::Anyone)
        .flat_map(|(n, _)| [format!("r{n}"), format!("r{n}v")])
        .collect();
    if takes.is_empty() {
        return None;
    }
    let mut steps = Vec::new();
    for place in places(&gate.config.api_keys) {
        let Place { shown, key, other } = place;
        let first = shown.clone().and(When::var("key", &[""]));
        steps.push(Step::when(first).then(set(&[("key", &key)])));
        let is_it = When::matcher("vars", json!({ "key": [key] }));
        let another = shown.and(is_it.not());
        steps.push(Step::when(another).then(set(&[("key", NO_KEY)])));
        if let Some(other) = other {
            steps.push(Step::when(other).then(set(&[("key", NO_KEY)])));
        }
    }
    if gate.config.api_keys.bearer {
        // A token may be for the service where a key is shown elsewhere.
        let token = When::header("Authorization", "\\A(?i:bearer) ", "");
        let alone = token.and(When::var("key", &[""]));
        steps.push(Step::when(alone).then(set(&[("key", NO_KEY)])));
    }
    for slot in &gate.slots {
        // The environment's own text, and not a placeholder within another one.
        let secret = format!("{{env.{}}}", slot.placeholder);
        let is_it = When::matcher("vars", json!({ "key": [secret] }));
        let when = is_it.and(When::regex("key", format!("\\A{KEY}\\z"), ""));
        let id = slot.key.id.clone().unwrap_or_default();
        let known = set(&[
            ("slot", &slot.label),
            ("consumer", &literal(&slot.key.consumer)),
            ("credential", &literal(&id)),
            ("groups", &literal(&slot.groups.join(", "))),
            ("scopes", &literal(&slot.scopes.join(" "))),
        ]);
        steps.push(Step::when(when).one_of("slot").then(known));
    }
    let takes: Vec<_> = takes.iter().map(String::as_str).collect();
    let step = Step::when(When::var("entry", &takes)).about("api_keys");
    Some(step.steps(steps))
}

fn places(keys: &ApiKeys) -> Vec<Place> {
    let ApiKeys {
        headers,
        bearer,
        query,
        strip: _,
    } = keys;
    let mut places = Vec::new();
    for (n, name) in headers.iter().enumerate() {
        let group = format!("header_key_{n}");
        let shown = When::header(name, format!("\\A({KEY})\\z"), &group);
        // One that is sent twice stands there as a list.
        let once = format!("\\A{KEY}\\z");
        let joined = format!("{{http.request.header.{name}}}");
        places.push(Place {
            shown,
            key: format!("{{http.regexp.{group}.1}}"),
            other: Some(When::has_header(name).and(When::regex(&joined, once, "").not())),
        });
    }
    if let Some(name) = query {
        let name = any_spelling(name);
        let shown = format!("(?:\\A|&){name}=({KEY})(?:&|\\z)");
        let other = format!("(?:\\A|&){name}(?:=|&|\\z)");
        places.push(Place {
            shown: When::regex(QUERY, &shown, "query_key"),
            key: "{http.regexp.query_key.1}".to_owned(),
            other: Some(When::regex(QUERY, other, "").and(When::regex(QUERY, shown, "").not())),
        });
    }
    if *bearer {
        let group = "bearer";
        let shown = When::header(
            "Authorization",
            format!("\\A(?i:bearer) +({KEY}) *\\z"),
            group,
        );
        // What begins as keys do is meant as one.
        let other = When::header("Authorization", "\\A(?i:bearer) +gw_", "");
        places.push(Place {
            other: Some(other.and(shown.clone().not())),
            shown,
            key: format!("{{http.regexp.{group}.1}}"),
        });
    }
    places
}

/// The file with the keys, and what is to be filled in there.
pub(super) fn keys_file(gate: &Gate<'_>) -> (File, Vec<Placeholder>) {
    let mut text = String::from(
        "# API keys: put each in the place of its name after the `=`, and nothing else. A name that is\n\
         # left there is no key and lets nobody in. Keep this file to yourself: chmod 600 keys.env\n",
    );
    let mut placeholders = Vec::new();
    for slot in &gate.slots {
        let name = &slot.placeholder;
        let token = format!("${{{name}}}");
        text.push_str(&format!("{name}={token}\n"));
        placeholders.push(Placeholder {
            name: name.clone(),
            file: "keys.env".to_owned(),
            token,
            form: SecretForm::Plain,
            consumer: slot.key.consumer.clone(),
        });
    }
    let file = File {
        name: "keys.env".to_owned(),
        text,
    };
    (file, placeholders)
}

/// What is refused on a route.
pub(super) fn denials(gate: &Gate<'_>, n: usize) -> Vec<Step> {
    let mut steps = Vec::new();
    for denial in &gate.routes[n].denials {
        let who = match &denial.who {
            Refused::Slots { slots, anonymous } => {
                let mut labels: Vec<_> = slots
                    .iter()
                    .map(|n| gate.slots[*n].label.as_str())
                    .collect();
                if *anonymous {
                    labels.push("");
                }
                if labels.is_empty() {
                    continue;
                }
                When::var("slot", &labels)
            }
            Refused::Inside(networks) | Refused::Outside(networks) => {
                let ranges: Vec<_> = networks.iter().map(ToString::to_string).collect();
                let inside = When::matcher("remote_ip", json!({ "ranges": ranges }));
                match denial.who {
                    Refused::Outside(_) => inside.not(),
                    _ => inside,
                }
            }
        };
        let refused = who.and(wish(denial));
        steps.push(Step::when(refused).about(&denial.at).refuse(403));
    }
    steps
}

fn wish(denial: &Denial) -> When {
    let mut all = match &denial.methods {
        Methods::These(methods) => When::method(methods),
        Methods::AllBut(methods) if methods.is_empty() => When::always(),
        Methods::AllBut(methods) => When::method(methods).not(),
    };
    if !denial.versions.is_empty() {
        let versions: Vec<_> = denial.versions.iter().map(String::as_str).collect();
        all = all.and(When::var("version", &versions));
    }
    all
}
