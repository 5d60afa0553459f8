//! Who may call, which pages may, and what they may do.

use serde_json::{Value, json};

use super::names::{client, duration};
use super::policies::CLIENT;
use crate::config::Cors;
use crate::export::gate::{Callers, Gate, Methods, Refused, Route};
use crate::export::patterns;

/// Methods that a rule may name.
const METHODS: [&str; 9] = [
    "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH",
];

/// What a policy says of who may call.
pub(super) fn security(gate: &Gate<'_>, route: &Route<'_>) -> Value {
    let mut spec = json!({});
    if route.closed.is_some() {
        return spec;
    }
    if let Some(cors) = &route.config.cors {
        spec["cors"] = pages(route, cors);
    }
    if route.callers != Callers::Anyone {
        let keys = &gate.config.api_keys;
        let mut names = keys.headers.clone();
        names.extend(keys.bearer.then(|| "Authorization".to_owned()));
        let mut places = Vec::new();
        if !names.is_empty() {
            places.push(json!({"headers": names}));
        }
        if let Some(name) = &keys.query {
            places.push(json!({"params": [name]}));
        }
        spec["apiKeyAuth"] = json!({
            "credentialRefs": [{"name": "api-keys"}],
            "extractFrom": places,
            "forwardClientIDHeader": CLIENT,
            "sanitize": keys.strip,
        });
    }
    if !route.denials.is_empty() {
        spec["authorization"] = authorization(gate, route);
    }
    spec
}

fn pages(route: &Route<'_>, cors: &Cors) -> Value {
    let fits = |origin: &&String| {
        let port = origin.rsplit_once(':').is_some_and(|(_, port)| port == "*");
        !port && patterns::origin(origin).len() < 1_000
    };
    let origins: Vec<_> = cors.origins.iter().filter(fits).collect();
    let mut said = json!({});
    said["allowOrigins"] = match origins.is_empty() {
        // Nobody's: a policy without any would be none.
        true => json!(["https://nobody.invalid"]),
        false => json!(origins),
    };
    let methods = match cors.methods.is_empty() {
        true => &route.config.matches.methods,
        false => &cors.methods,
    };
    said["allowMethods"] = match methods.is_empty() {
        true => json!(["*"]),
        false => json!(methods),
    };
    if !cors.headers.is_empty() {
        said["allowHeaders"] = json!(cors.headers);
    }
    if !cors.expose.is_empty() {
        said["exposeHeaders"] = json!(cors.expose);
    }
    if cors.credentials {
        said["allowCredentials"] = json!(true);
    }
    said["maxAge"] = json!(duration(cors.max_age_s.saturating_mul(1_000)));
    said
}

/// Who may do what: nobody may do anything that is not said here.
fn authorization(gate: &Gate<'_>, route: &Route<'_>) -> Value {
    let mut rules = Vec::new();
    let concerns = |methods: &Methods, method: &str| match methods {
        Methods::These(these) => these.iter().any(|one| one == method),
        Methods::AllBut(these) => these.iter().all(|one| one != method),
    };
    for denial in &route.denials {
        if let Refused::Inside(networks) = &denial.who {
            let methods: Vec<_> = METHODS
                .into_iter()
                .filter(|method| concerns(&denial.methods, method))
                .collect();
            let networks: Vec<_> = networks.iter().map(ToString::to_string).collect();
            if !methods.is_empty() {
                rules.push(json!({
                    "action": "Deny",
                    "operation": {"methods": methods},
                    "principal": {"clientCIDRs": networks},
                }));
            }
        }
    }
    // Callers, and for each method the networks that it may come from; `None` for none.
    let allowed = |slot: Option<usize>, method: &str| -> Option<Vec<String>> {
        let mut networks = Vec::new();
        for denial in route
            .denials
            .iter()
            .filter(|one| concerns(&one.methods, method))
        {
            match &denial.who {
                Refused::Slots { slots, anonymous } => {
                    let refused = slot.map_or(*anonymous, |slot| slots.contains(&slot));
                    if refused {
                        return None;
                    }
                }
                // Two lists at once cannot be said.
                Refused::Outside(_) if !networks.is_empty() => return None,
                Refused::Outside(own) => networks = own.iter().map(ToString::to_string).collect(),
                Refused::Inside(_) => {}
            }
        }
        Some(networks)
    };
    let callers: Vec<Option<usize>> = match route.callers {
        Callers::Anyone => vec![None],
        Callers::KeyIfShown | Callers::Key => (0..gate.slots.len()).map(Some).collect(),
    };
    for slot in callers {
        let mut groups: Vec<(Vec<String>, Vec<&str>)> = Vec::new();
        for method in METHODS {
            let Some(networks) = allowed(slot, method) else {
                continue;
            };
            match groups.iter_mut().find(|(own, _)| *own == networks) {
                Some((_, methods)) => methods.push(method),
                None => groups.push((networks, vec![method])),
            }
        }
        for (networks, methods) in groups {
            let mut rule = json!({"action": "Allow", "operation": {"methods": methods}});
            if let Some(slot) = slot {
                let name = client(gate, &gate.slots[slot]);
                rule["principal"]["headers"] = json!([{"name": CLIENT, "values": [name]}]);
            }
            match networks.is_empty() {
                false => rule["principal"]["clientCIDRs"] = json!(networks),
                // A rule is about somebody.
                true if slot.is_none() => {
                    rule["principal"]["clientCIDRs"] = json!(["0.0.0.0/0", "::/0"]);
                }
                true => {}
            }
            rules.push(rule);
        }
    }
    let mut said = json!({"defaultAction": "Deny"});
    if !rules.is_empty() {
        said["rules"] = json!(rules);
    }
    said
}
