//! Who calls, by the API key that is shown, and what they may not do.

use serde_json::{Map, Value, json};

use super::rules::Rule;
use super::tree::{ENTRY, Router, SLOT, Tree, VERSION};
use crate::export::gate::{Callers, Denial, Gate, Methods, Refused, Slot};
use crate::export::words::spellings;
use crate::export::{File, Placeholder, SecretForm};

/// What keys look like. Nothing else is ever taken for one.
const KEY: &str = "gw_[a-z0-9]+_[0-9A-Za-z]{36}";

/// The router that all requests pass which may show a key.
const KEYS: &str = "keys";

/// Those who show no key that is known.
const NOBODY: &str = "caller-unknown";

/// Takes a key out of `Authorization`.
const BEARER_TAKEN: &str = "bearer-taken";

fn name(slot: &Slot) -> String {
    format!("caller-{}", slot.label)
}

/// Routers for whoever calls, below those of all routes that take keys. Gives the names of the last
/// ones.
pub(super) fn routers(gate: &Gate<'_>, tree: &mut Tree, above: &[String]) -> Vec<String> {
    let taking = Router::below(above, KEYS, Rule::always()).about("api_keys");
    tree.pass(taking);
    let mut last = Vec::new();
    for slot in &gate.slots {
        let known = [
            (SLOT, slot.label.clone()),
            ("X-Consumer-Id", slot.key.consumer.clone()),
            ("X-Credential-Id", slot.key.id.clone().unwrap_or_default()),
            ("X-Consumer-Groups", slot.groups.join(", ")),
            ("X-Consumer-Scopes", slot.scopes.join(" ")),
        ];
        let known: Map<String, Value> = known
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.into()))
            .collect();
        tree.request_headers(name(slot), known);
        last.push(name(slot));
        if gate.config.api_keys.bearer {
            last.push(format!("{}-bearer", name(slot)));
        }
    }
    if gate.config.api_keys.strip && gate.config.api_keys.bearer {
        let taken = [("Authorization".to_owned(), Value::from(""))];
        tree.request_headers(BEARER_TAKEN, taken.into_iter().collect());
    }
    last.push(tree.pass(Router::below(&[KEYS.to_owned()], NOBODY, Rule::always())));
    last
}

/// Headers to take away where keys are not for services.
pub(super) fn stripped(gate: &Gate<'_>) -> Vec<String> {
    let keys = &gate.config.api_keys;
    match keys.strip {
        true => keys
            .headers
            .iter()
            .flat_map(|name| spellings(name.as_str()))
            .collect(),
        false => Vec::new(),
    }
}

/// The file with the keys: a router for each, and what is to be filled in there.
pub(super) fn keys_file(gate: &Gate<'_>) -> (File, Vec<Placeholder>) {
    let headers: Vec<_> = gate
        .config
        .api_keys
        .headers
        .iter()
        .map(|name| name.as_str())
        .collect();
    let bearer = gate.config.api_keys.bearer;
    let mut routers = Map::new();
    let mut placeholders = Vec::new();
    for slot in &gate.slots {
        let token = format!("${{{}}}", slot.placeholder);
        // Between a key and the header that shows it: it has to look like one, too, so that a name
        // which is left in its place is no key.
        let shows = |header: &str| {
            Rule::all([
                Rule::header(header, &token),
                Rule::header_matches(header, &format!("\\A{KEY}\\z")),
            ])
        };
        let shows_bearer =
            Rule::header_matches("Authorization", &format!("\\A(?i:bearer) +{token} *\\z"));
        // What begins as keys do is meant as one.
        let a_bearer = Rule::header_matches("Authorization", "\\A(?i:bearer) +gw_");
        // All places where one is shown have to say the same.
        let alike = headers
            .iter()
            .map(|name| Rule::any([shows(name), Rule::has_header(name).not()]));
        let alike: Vec<_> = alike.collect();
        let mut put = |name: String, rule: Rule, middlewares: Value| {
            routers.insert(
                name,
                json!({
                    "parentRefs": [KEYS],
                    "priority": 2_000_000,
                    "rule": rule.text(),
                    "middlewares": middlewares,
                }),
            );
        };
        if bearer {
            let mut all = vec![shows_bearer];
            all.extend(alike.iter().cloned());
            let by_bearer = format!("{}-bearer", name(slot));
            let mut middlewares = vec![name(slot)];
            if gate.config.api_keys.strip {
                middlewares.push(BEARER_TAKEN.to_owned());
            }
            put(by_bearer, Rule::all(all), json!(middlewares));
        }
        let mut all = alike;
        let shown = headers.iter().map(|name| shows(name));
        all.push(match headers.is_empty() {
            true => Rule::always().not(),
            false => Rule::any(shown),
        });
        if bearer {
            all.push(a_bearer.not());
        }
        put(name(slot), Rule::all(all), json!([name(slot)]));
        placeholders.push(Placeholder {
            name: slot.placeholder.clone(),
            file: "conf/keys.yml".to_owned(),
            token,
            form: SecretForm::Plain,
            consumer: slot.key.consumer.clone(),
        });
    }
    let document = json!({ "http": { "routers": routers } });
    let mut file = super::write::written_as_yaml("conf/keys.yml", document);
    let note = "# API keys: put each in the place of its name such as ${KEY_ALICE}, everywhere in this\n\
                # file. A name that is left is no key and lets nobody in. Keep this file to yourself:\n\
                # chmod 600 conf/keys.yml\n";
    file.text.insert_str(0, note);
    (file, placeholders)
}

/// Whether a route's entry is this one.
pub(super) fn on(n: usize) -> Rule {
    Rule::header_matches(ENTRY, &format!("\\Ar{n}v?\\z"))
}

/// Who has to be refused for showing no good key.
pub(super) fn unknown(gate: &Gate<'_>, callers: Callers) -> Option<Rule> {
    let nobody = Rule::has_header(SLOT).not();
    match callers {
        Callers::Anyone => None,
        Callers::Key => Some(nobody),
        Callers::KeyIfShown => {
            let keys = &gate.config.api_keys;
            let mut shown: Vec<_> = keys
                .headers
                .iter()
                .map(|name| Rule::has_header(name.as_str()))
                .collect();
            if keys.bearer {
                shown.push(Rule::header_matches("Authorization", "\\A(?i:bearer) "));
            }
            Some(Rule::all([nobody, Rule::any(shown)]))
        }
    }
}

/// Whom a denial is about, and when; `None` for nobody.
pub(super) fn denied(gate: &Gate<'_>, denial: &Denial) -> Option<Rule> {
    let who = match &denial.who {
        Refused::Slots { slots, anonymous } => {
            let mut all: Vec<_> = slots
                .iter()
                .map(|n| Rule::header(SLOT, &gate.slots[*n].label))
                .collect();
            if *anonymous {
                all.push(Rule::has_header(SLOT).not());
            }
            if all.is_empty() {
                return None;
            }
            Rule::any(all)
        }
        Refused::Inside(networks) | Refused::Outside(networks) => {
            let networks: Vec<_> = networks.iter().map(ToString::to_string).collect();
            let inside = Rule::client(&networks);
            match denial.who {
                Refused::Outside(_) => inside.not(),
                _ => inside,
            }
        }
    };
    let mut all = vec![who];
    match &denial.methods {
        Methods::These(methods) => all.push(Rule::method(methods)),
        Methods::AllBut(methods) if methods.is_empty() => {}
        Methods::AllBut(methods) => all.push(Rule::method(methods).not()),
    }
    if !denial.versions.is_empty() {
        let versions = denial.versions.iter();
        all.push(Rule::any(versions.map(|one| Rule::header(VERSION, one))));
    }
    Some(Rule::all(all))
}
